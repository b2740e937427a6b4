//! How central is each file?
//!
//! In: an import graph. Out: PageRank by power iteration. Never longer than [`MAX_ROUNDS`] rounds.

use super::ImportGraph;

/// Chance to follow an import instead of starting anew anywhere (Brin and Page, 1998).
const DAMPING: f64 = 0.85;

/// Rounds at most: 0.85 to the power of 100 is below a millionth.
const MAX_ROUNDS: usize = 100;

/// Sum of changes in one round below which the ranks have settled.
const SETTLED: f64 = 1e-9;

/// One rank for each file, summing to 1; empty for an empty graph.
pub(super) fn pagerank(graph: &ImportGraph) -> Vec<f64> {
    let n_files = graph.len();
    if n_files == 0 {
        return Vec::new();
    }
    let targets: Vec<Vec<u32>> = (0..n_files as u32).map(|ix| graph.imports(ix).collect()).collect();
    let mut ranks = vec![1.0 / n_files as f64; n_files];
    for _ in 0..MAX_ROUNDS {
        let next = next_round(&targets, &ranks);
        let change: f64 = next.iter().zip(&ranks).map(|(new, old)| (new - old).abs()).sum();
        ranks = next;
        if change < SETTLED {
            break;
        }
    }
    ranks
}

fn next_round(targets: &[Vec<u32>], ranks: &[f64]) -> Vec<f64> {
    let n_files = ranks.len() as f64;
    // A file that imports nothing sends its reader anywhere.
    let lost: f64 = targets.iter().zip(ranks).filter(|(targets, _)| targets.is_empty()).map(|(_, rank)| rank).sum();
    let mut next = vec![(1.0 - DAMPING + DAMPING * lost) / n_files; ranks.len()];
    for (targets, rank) in targets.iter().zip(ranks) {
        let share = DAMPING * rank / targets.len().max(1) as f64;
        targets.iter().for_each(|&target| next[target as usize] += share);
    }
    next
}
