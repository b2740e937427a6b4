//! Along which imports does a change travel to a file, and by which names?
//!
//! In: the terrain, the changed files and everything that depends on them. Out: for one file the shortest path from a
//! change, the path whose steps use the most names, and the names of each step. The work is bounded: next to a hub of
//! 50,000 importers the second path is not looked for to its end.

use super::structural::MAX_DEPTH;
use super::terrain::Terrain;
use crate::graph::{ImportGraph, Reached};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};

/// Imports that are looked at for most-used paths in one answer: some ten milliseconds.
const MAX_STEPS_LOOKED_AT: usize = 20_000;

/// Names that are given for one step.
const MAX_SYMBOLS: usize = 5;

/// Ways from the changed files to others.
pub(super) struct Ways<'a> {
    terrain: &'a Terrain<'a>,
    changed: FxHashSet<u32>,
    reached: &'a [Reached],
    is_reached: FxHashSet<u32>,
    n_left: Cell<usize>,
    widest: RefCell<FxHashMap<(u32, u32), Option<Step>>>,
}

/// The best way to go on from a file towards a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// Names used in the step of the way that uses fewest.
    n_names: usize,
    /// The file that is imported.
    to: u32,
    /// Steps to the change.
    length: u32,
}

impl<'a> Ways<'a> {
    /// `reached` is what [`ImportGraph::dependents`] gave for `changed`.
    pub(super) fn new(terrain: &'a Terrain<'a>, changed: &[u32], reached: &'a [Reached]) -> Self {
        Self {
            terrain,
            changed: changed.iter().copied().collect(),
            reached,
            is_reached: reached.iter().map(|one| one.file).collect(),
            n_left: Cell::new(MAX_STEPS_LOOKED_AT),
            widest: RefCell::default(),
        }
    }

    /// From a changed file by the fewest imports; empty where no imports lead there.
    pub(super) fn shortest(&self, file: u32) -> Vec<u32> {
        ImportGraph::path_to(self.reached, file)
    }

    /// The path of at most [`MAX_DEPTH`] imports whose step with the fewest names has the most, the shortest of those;
    /// empty where it is `shortest`, or where nothing is known of names.
    pub(super) fn most_used(&self, file: u32, shortest: &[u32]) -> Vec<u32> {
        let mut path = vec![file];
        let mut at = file;
        for left in (1..=MAX_DEPTH).rev() {
            let Some(step) = self.widest(at, left).filter(|step| step.n_names > 0) else { return Vec::new() };
            path.push(step.to);
            at = step.to;
            if self.changed.contains(&at) {
                path.reverse();
                let is_better = self.width(&path) > self.width(shortest);
                return if is_better { path } else { Vec::new() };
            }
        }
        Vec::new()
    }

    /// The names that each file of a path uses of the one before it.
    pub(super) fn symbols(&self, path: &[u32]) -> Vec<Vec<String>> {
        let names =
            |step: &[u32]| self.names(step[1], step[0]).into_iter().take(MAX_SYMBOLS).map(str::to_owned).collect();
        path.windows(2).map(names).collect()
    }

    fn names(&self, from: u32, to: u32) -> Vec<&'a str> {
        self.terrain.symbols(from, to)
    }

    fn width(&self, path: &[u32]) -> usize {
        path.windows(2).map(|step| self.names(step[1], step[0]).len()).min().unwrap_or(0)
    }

    /// The best next step towards a change from `file`, in at most `left` steps.
    fn widest(&self, file: u32, left: u32) -> Option<Step> {
        if let Some(known) = self.widest.borrow().get(&(file, left)) {
            return *known;
        }
        let mut best: Option<Step> = None;
        for to in self.terrain.imports.imports(file) {
            let is_changed = self.changed.contains(&to);
            // Steps that lead nowhere are not looked at, so they cost nothing.
            if !is_changed && (left < 2 || !self.is_reached.contains(&to)) {
                continue;
            }
            let Some(n_left) = self.n_left.get().checked_sub(1) else { break };
            self.n_left.set(n_left);
            let n_names = self.names(file, to).len();
            let step = if is_changed {
                Some(Step { n_names, to, length: 1 })
            } else {
                let further = self.widest(to, left - 1);
                further.map(|next| Step { n_names: n_names.min(next.n_names), to, length: next.length + 1 })
            };
            let rank = |step: &Step| (step.n_names, std::cmp::Reverse((step.length, step.to)));
            best = best.into_iter().chain(step).max_by_key(rank);
        }
        self.widest.borrow_mut().insert((file, left), best);
        best
    }
}
