//! How much does each clue draw attention, and how is that said?
//!
//! In: the spots of one change. Out: the share of the attention each gets, and why. The weights maximise what
//! `hyperion evaluate attention --learn` maximises; they were fitted outside the program.

use super::{CLUES, Seen};

/// A reason is told where a clue makes a spot at least this much likelier than the mean of the change, in log-odds.
const MIN_TOLD: f64 = 0.15;

/// One number for each clue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights(pub [f64; CLUES.len()]);

/// Learned on 14 repositories; the decision page names them with their commits.
pub const WEIGHTS: Weights = Weights([
    0.4745, 0.3583, -0.1474, 0.4607, 0.1722, -0.1744, -0.4428, 0.175, -0.2724, 0.1735, 0.1611, 0.1464, 0.5248, -1.8196,
    0.424, -0.3964,
]);

impl Weights {
    /// The share of the attention each spot of one change gets; they sum to 1.
    pub fn shares(&self, seen: &[Seen]) -> Vec<f64> {
        let scores: Vec<f64> = seen.iter().map(|seen| self.score(&seen.clues)).collect();
        let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    fn score(&self, clues: &[f32; CLUES.len()]) -> f64 {
        self.0.iter().zip(clues).map(|(weight, clue)| weight * f64::from(*clue)).sum()
    }

    /// What makes a spot stand out among those of its change, strongest first, in words.
    pub(super) fn reasons(&self, seen: &Seen, usual: &[f32; CLUES.len()]) -> Vec<String> {
        let pull = |at: usize| self.0[at] * f64::from(seen.clues[at] - usual[at]);
        let mut pulls: Vec<(f64, String)> = (0..CLUES.len())
            .filter_map(|at| Some((pull(at), worded(CLUES[at], seen.clues[at])?)))
            .filter(|(pull, _)| *pull >= MIN_TOLD)
            .collect();
        pulls.sort_by(|a, b| b.0.total_cmp(&a.0));
        pulls.into_iter().map(|(_, words)| words).collect()
    }
}

/// A clue as a fact about the spot; `None` for what would tell a reader nothing.
fn worded(clue: &str, value: f32) -> Option<String> {
    let n = value.exp_m1().round();
    let counted = |one: &str, many: &str| if n == 1.0 { format!("1 {one}") } else { format!("{n} {many}") };
    let words = match clue {
        "lines" => counted("line of new code", "lines of new code"),
        "tokens" => counted("word or sign", "words and signs"),
        "cognitive" => format!("cognitive complexity {n} around it"),
        "calls" => counted("call", "calls"),
        "logic" => counted("comparison or condition", "comparisons and conditions"),
        "names" => counted("different name", "different names"),
        "literals" => counted("literal", "literals"),
        "earlier_fixes" => counted("earlier fix of these lines", "earlier fixes of these lines"),
        "replaces" => return (value > 0.0).then(|| "replaces earlier lines".to_owned()),
        _ => return None,
    };
    (n > 0.0).then_some(words)
}
