//! What is known of the files a change can reach?
//!
//! In: the import graph and the co-change counts of one commit, the components, and what each file is like. Out: a
//! [`Terrain`] that every way to measure impact reads. Computed once for a review and for the past changes it is
//! compared with. Never knows the change.

use super::components::Components;
use super::structural::is_test;
use crate::features::is_benchmark;
use crate::graph::{CoChange, ImportGraph, Structure};
use std::collections::VecDeque;

/// Import steps over which a test or a benchmark still says something about a file.
const MAX_TEST_STEPS: u8 = 4;

/// What one file is like, beyond its place in the graph. All zero where nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traits {
    /// How much security hangs on it, 0 to 1: what the owners say, else 1 where its path or its libraries speak of it.
    pub sensitivity: f64,
    /// How much speed hangs on it, 0 to 1: what the owners say, else the share of its changes that changed a benchmark.
    pub criticality: f64,
    /// Past changes of it whose first line speaks of speed.
    pub n_speed_changes: u32,
    /// McCabe's number of the whole file.
    pub cyclomatic: u32,
    /// Deepest nesting of control structures.
    pub nesting_max: u32,
}

/// The repository in which a change is felt.
pub struct Terrain<'a> {
    pub(super) imports: &'a ImportGraph,
    pub(super) together: &'a CoChange,
    pub(super) components: &'a Components,
    /// Page rank of each file over the mean, so that an ordinary file weighs 1.
    pub(super) centrality: Vec<f64>,
    traits: Vec<Traits>,
    steps_from_test: Vec<Option<u8>>,
    steps_from_benchmark: Vec<Option<u8>>,
    structure: Structure<'a>,
    means: Means,
}

/// What is ordinary here.
#[derive(Debug, Clone, Copy)]
struct Means {
    coupling: f64,
    cyclomatic: f64,
    betweenness: f64,
}

impl<'a> Terrain<'a> {
    /// All as of the same commit; `traits` says what the file at a path is like.
    pub fn new(
        imports: &'a ImportGraph,
        together: &'a CoChange,
        components: &'a Components,
        traits: impl Fn(&str) -> Traits,
    ) -> Self {
        let files = || 0..imports.len() as u32;
        let n_files = imports.len().max(1) as f64;
        let traits: Vec<Traits> = files().map(|file| traits(imports.file(file))).collect();
        let mean = |value: &dyn Fn(u32) -> f64| files().map(value).sum::<f64>() / n_files;
        let structure = Structure::of(imports);
        let means = Means {
            coupling: 2.0 * imports.n_edges() as f64 / n_files,
            cyclomatic: mean(&|file| f64::from(traits[file as usize].cyclomatic)),
            betweenness: mean(&|file| structure.betweenness(file)),
        };
        let steps_from = |is_start: fn(&str) -> bool| steps(imports, |file| is_start(imports.file(file)));
        Self {
            steps_from_test: steps_from(is_test),
            steps_from_benchmark: steps_from(is_benchmark),
            centrality: imports.pagerank().iter().map(|rank| rank * n_files).collect(),
            imports,
            together,
            components,
            traits,
            structure,
            means,
        }
    }

    /// The files that the graph knows, each once, in the order of the graph.
    pub(super) fn known(&self, paths: &[&str]) -> Vec<u32> {
        let mut known: Vec<u32> = paths.iter().filter_map(|path| self.imports.index_of(path)).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// Names that `from` uses of `to`, most used first.
    pub(super) fn symbols(&self, from: u32, to: u32) -> Vec<&'a str> {
        self.imports.symbols(from, to)
    }

    /// Whether `from` imports `to`.
    pub(super) fn has_import(&self, from: u32, to: u32) -> bool {
        self.imports.imports(from).any(|imported| imported == to)
    }

    /// What a file is like.
    pub(super) fn traits(&self, file: u32) -> &Traits {
        &self.traits[file as usize]
    }

    /// The component a file belongs to.
    pub(super) fn component(&self, file: u32) -> &str {
        self.components.of(self.imports.file(file))
    }

    /// By how many imports the nearest test reaches a file, if one does by few.
    pub(super) fn steps_from_test(&self, file: u32) -> Option<u8> {
        self.steps_from_test[file as usize]
    }

    /// The same for the nearest benchmark.
    pub(super) fn steps_from_benchmark(&self, file: u32) -> Option<u8> {
        self.steps_from_benchmark[file as usize]
    }

    /// The circle of imports that a file stands in: its files in order.
    pub(super) fn circle(&self, file: u32) -> Option<&[u32]> {
        self.structure.cycle_of(file)
    }

    /// The layer a file stands in: who imports stands above what is imported, 0 imports nothing.
    pub(super) fn layer(&self, file: u32) -> u32 {
        self.structure.layer(file)
    }

    /// Imports into and out of a file.
    pub(super) fn coupling(&self, file: u32) -> usize {
        self.imports.fan_in(file) + self.imports.fan_out(file)
    }

    /// How hard a file is to keep in order, 1 for an ordinary one: the mean of coupling, complexity and betweenness, each
    /// over its mean here.
    pub(super) fn burden(&self, file: u32) -> f64 {
        let over = |value: f64, mean: f64| if mean > 0.0 { value / mean } else { 0.0 };
        let coupling = over(self.coupling(file) as f64, self.means.coupling);
        let complexity = over(f64::from(self.traits(file).cyclomatic), self.means.cyclomatic);
        (coupling + complexity + over(self.structure.betweenness(file), self.means.betweenness)) / 3.0
    }
}

/// For each file the fewest imports by which one of the starts reaches it, itself at 0; `None` beyond
/// [`MAX_TEST_STEPS`]. One walk over the graph for all.
fn steps(imports: &ImportGraph, is_start: impl Fn(u32) -> bool) -> Vec<Option<u8>> {
    let mut steps: Vec<Option<u8>> = vec![None; imports.len()];
    let mut queue: VecDeque<(u32, u8)> =
        (0..imports.len() as u32).filter(|&file| is_start(file)).map(|file| (file, 0)).collect();
    queue.iter().for_each(|(file, _)| steps[*file as usize] = Some(0));
    while let Some((file, n)) = queue.pop_front() {
        if n == MAX_TEST_STEPS {
            break;
        }
        for next in imports.imports(file) {
            if steps[next as usize].is_none() {
                steps[next as usize] = Some(n + 1);
                queue.push_back((next, n + 1));
            }
        }
    }
    steps
}
