//! Where does each file stand among the others?
//!
//! In: an import graph. Out: layers, circles, and how many shortest import paths lead through a file. Never recurses,
//! and never takes longer than a fixed number of walks over the graph.

use super::ImportGraph;
use std::sync::OnceLock;

/// Files that shortest paths are followed from. Brandes and Pich find ranks of central nodes settled with some dozens.
pub const N_PIVOTS: usize = 64;

/// Makes the choice of pivots the same every time.
const PIVOT_SEED: u64 = 0x5eed;

/// Layers, circles and betweenness of one import graph.
#[derive(Debug)]
pub struct Structure<'g> {
    graph: &'g ImportGraph,
    layers: Vec<u32>,
    circles: Vec<Vec<u32>>,
    /// Place in `circles`.
    circle_of: Vec<Option<u32>>,
    betweenness: OnceLock<Vec<f64>>,
}

impl<'g> Structure<'g> {
    /// Layers and circles of `graph`; betweenness is computed at the first question for it.
    pub fn of(graph: &'g ImportGraph) -> Self {
        let circles = graph.cycles();
        let mut circle_of = vec![None; graph.len()];
        for (circle, nth) in circles.iter().zip(0..) {
            circle.iter().for_each(|&file| circle_of[file as usize] = Some(nth));
        }
        Self { graph, layers: layers(graph), circles, circle_of, betweenness: OnceLock::new() }
    }

    /// The longest way down from `file` to one that imports nothing, in imports; a circle counts as one file. An
    /// import leads to a lower layer, except inside a circle. 0 for a file that is not there.
    pub fn layer(&self, file: u32) -> u32 {
        self.layers.get(file as usize).copied().unwrap_or_default()
    }

    /// Estimated number of ordered pairs of files whose shortest import path leads through `file`, a pair with several
    /// such paths counting by share. Follows paths from [`N_PIVOTS`] files chosen by chance with a fixed seed, or from
    /// all where there are fewer (Brandes, 2001; Brandes and Pich, "Centrality Estimation in Large Networks", 2007).
    pub fn betweenness(&self, file: u32) -> f64 {
        let all = self.betweenness.get_or_init(|| betweenness(self.graph));
        all.get(file as usize).copied().unwrap_or_default()
    }

    /// The files that `file` stands in a circle with, itself among them, in order; `None` where it stands in none.
    pub fn cycle_of(&self, file: u32) -> Option<&[u32]> {
        let nth = self.circle_of.get(file as usize).copied().flatten()?;
        Some(&self.circles[nth as usize])
    }
}

fn layers(graph: &ImportGraph) -> Vec<u32> {
    let mut layers = vec![0; graph.len()];
    let mut group_of = vec![u32::MAX; graph.len()];
    // What a group imports comes before it.
    for (group, nth) in graph.strong_groups().iter().zip(0..) {
        group.iter().for_each(|&file| group_of[file as usize] = nth);
        let below = group.iter().flat_map(|&file| graph.targets(file)).filter(|&to| group_of[to as usize] != nth);
        let layer = below.map(|to| layers[to as usize] + 1).max().unwrap_or(0);
        group.iter().for_each(|&file| layers[file as usize] = layer);
    }
    layers
}

fn betweenness(graph: &ImportGraph) -> Vec<f64> {
    let n_files = graph.len();
    let targets: Vec<Vec<u32>> = (0..n_files as u32).map(|file| graph.targets(file).collect()).collect();
    let pivots = pivots(n_files);
    let mut between = vec![0.0; n_files];
    let mut walk = Walk::new(n_files);
    for &pivot in &pivots {
        walk.add_from(pivot, &targets, &mut between);
    }
    let scale = n_files as f64 / pivots.len().max(1) as f64;
    between.iter_mut().for_each(|value| *value *= scale);
    between
}

/// [`N_PIVOTS`] different files by chance, or all (Fisher and Yates' shuffle, cut short).
fn pivots(n_files: usize) -> Vec<u32> {
    let mut files: Vec<u32> = (0..n_files as u32).collect();
    let mut state = PIVOT_SEED;
    for at in 0..N_PIVOTS.min(n_files) {
        let other = at + (next_random(&mut state) % (n_files - at) as u64) as usize;
        files.swap(at, other);
    }
    files.truncate(N_PIVOTS);
    files
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Shortest paths from one file, in memory that is used again for the next.
struct Walk {
    /// Files in the order they were met.
    met: Vec<u32>,
    distance: Vec<u32>,
    n_paths: Vec<f64>,
    dependency: Vec<f64>,
}

const UNSEEN: u32 = u32::MAX;

impl Walk {
    fn new(n_files: usize) -> Self {
        let zeros = vec![0.0; n_files];
        Self { met: Vec::new(), distance: vec![UNSEEN; n_files], n_paths: zeros.clone(), dependency: zeros }
    }

    /// Adds what each file carries of the shortest paths from `pivot`.
    fn add_from(&mut self, pivot: u32, targets: &[Vec<u32>], between: &mut [f64]) {
        self.find_paths(pivot, targets);
        for at in (0..self.met.len()).rev() {
            let file = self.met[at] as usize;
            let below = targets[file].iter().map(|&to| to as usize);
            let on_path = below.filter(|&to| self.distance[to] == self.distance[file] + 1);
            let shares = on_path.map(|to| self.n_paths[file] / self.n_paths[to] * (1.0 + self.dependency[to]));
            self.dependency[file] = shares.sum();
            if at > 0 {
                between[file] += self.dependency[file];
            }
        }
        for file in self.met.drain(..) {
            self.distance[file as usize] = UNSEEN;
            self.n_paths[file as usize] = 0.0;
            self.dependency[file as usize] = 0.0;
        }
    }

    fn find_paths(&mut self, pivot: u32, targets: &[Vec<u32>]) {
        self.distance[pivot as usize] = 0;
        self.n_paths[pivot as usize] = 1.0;
        self.met.push(pivot);
        let mut at = 0;
        while let Some(&file) = self.met.get(at) {
            let (distance, n_paths) = (self.distance[file as usize], self.n_paths[file as usize]);
            for &to in &targets[file as usize] {
                if self.distance[to as usize] == UNSEEN {
                    self.distance[to as usize] = distance + 1;
                    self.met.push(to);
                }
                if self.distance[to as usize] == distance + 1 {
                    self.n_paths[to as usize] += n_paths;
                }
            }
            at += 1;
        }
    }
}
