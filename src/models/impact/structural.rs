//! What does a change reach, by imports and by habit?
//!
//! In: the import graph of one commit and the co-change counts before it. Out: an [`Analyzer`] whose reach is a sum over
//! the changed files and everything that depends on them, each weighted by how central it is and halved with every step
//! away, plus the habit of files that change along. The formulas are in the room's card.

use super::{Analyzer, Reach};
use super::{affected, tests_to_run};
use crate::code::{self, FileKind};
use crate::features::{is_security_sensitive, subsystem};
use crate::graph::{CoChange, ImportGraph, Partner, Reached};
use crate::models::answer::{AffectedComponent, Companion};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Import steps that are followed: what is five imports away feels a thirty-second of the change.
pub(super) const MAX_DEPTH: u32 = 4;

/// What is left of an effect after one import step.
pub(super) const STEP_DECAY: f64 = 0.5;

/// A companion is missing when it went along in at least this share of the changes of a file …
const MIN_COMPANION_STRENGTH: f64 = 0.5;
/// … and at least this often: three times may still be chance.
const MIN_COMPANION_CHANGES: u32 = 4;
/// Missing companions that are named.
const MAX_COMPANIONS: usize = 10;

/// Imports and co-change.
pub struct Structural<'a> {
    pub(super) imports: &'a ImportGraph,
    together: &'a CoChange,
    /// Page rank of each file over the mean, so that an ordinary file weighs 1.
    centrality: Vec<f64>,
    /// Which circle of imports a file stands in, if in any.
    circle_of: FxHashMap<u32, usize>,
}

impl<'a> Structural<'a> {
    /// Both as of the same commit.
    pub fn new(imports: &'a ImportGraph, together: &'a CoChange) -> Self {
        let n_files = imports.len() as f64;
        let centrality = imports.pagerank().iter().map(|rank| rank * n_files).collect();
        let circles = imports.cycles().into_iter().enumerate();
        let circle_of = circles.flat_map(|(nth, files)| files.into_iter().map(move |file| (file, nth))).collect();
        Self { imports, together, centrality, circle_of }
    }

    /// The changed files that the graph knows, each once, in the order of the graph.
    pub(super) fn known(&self, changed: &[&str]) -> Vec<u32> {
        let mut known: Vec<u32> = changed.iter().filter_map(|path| self.imports.index_of(path)).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    pub(super) fn dependents(&self, changed: &[&str]) -> Vec<Reached> {
        self.imports.dependents(&self.known(changed), MAX_DEPTH)
    }

    /// For each companion the strongest habit among the changed files.
    fn habits(&self, changed: &[&str]) -> BTreeMap<&'a str, f64> {
        let mut habits = BTreeMap::new();
        for (_, partner) in self.together_with(changed) {
            let strongest = habits.entry(partner.path.as_str()).or_insert(0.0);
            *strongest = f64::from(partner.strength).max(*strongest);
        }
        habits
    }

    /// Files outside the change that have changed along with a changed file, and with which.
    pub(super) fn together_with<'b>(&self, changed: &[&'b str]) -> Vec<(&'b str, &'a Partner)> {
        let inside: BTreeSet<&str> = changed.iter().copied().collect();
        let partners = |path: &'b str| self.together.partners(path).iter().map(move |partner| (path, partner));
        let is_outside = |partner: &Partner| !inside.contains(partner.path.as_str());
        changed.iter().flat_map(|path| partners(path)).filter(|(_, partner)| is_outside(partner)).collect()
    }

    fn subsystems_crossed(&self, known: &[u32], reached: &[Reached]) -> f64 {
        let at_home: BTreeSet<&str> = known.iter().map(|&file| subsystem(self.imports.file(file))).collect();
        let entered: BTreeSet<&str> =
            reached.iter().map(|reached| subsystem(self.imports.file(reached.file))).collect();
        entered.difference(&at_home).count() as f64
    }

    fn circles_touched(&self, known: &[u32]) -> f64 {
        known.iter().filter_map(|file| self.circle_of.get(file)).collect::<BTreeSet<_>>().len() as f64
    }

    fn coupling(&self, known: &[u32]) -> f64 {
        known.iter().map(|&file| (self.imports.fan_in(file) + self.imports.fan_out(file)) as f64).sum()
    }
}

impl Analyzer for Structural<'_> {
    fn method(&self) -> &'static str {
        "structural"
    }

    fn reach(&self, changed: &[&str]) -> Reach {
        let known = self.known(changed);
        let reached = self.imports.dependents(&known, MAX_DEPTH);
        let felt = || {
            known
                .iter()
                .map(|&file| (file, 1.0))
                .chain(reached.iter().map(|reached| (reached.file, decay(reached.depth))))
        };
        let imports: f64 = felt().map(|(file, share)| share * self.centrality[file as usize]).sum();
        let habits: f64 = self.habits(changed).values().sum();
        let is_sensitive = |file: u32| is_security_sensitive(self.imports.file(file));
        let n_files = self.imports.len().max(1) as f64;
        Reach {
            overall: imports + habits,
            dimensions: BTreeMap::from([
                ("functional", (known.len() + reached.len()) as f64 / n_files),
                ("maintainability", self.coupling(&known)),
                ("architectural", self.subsystems_crossed(&known, &reached) + self.circles_touched(&known)),
                ("security", felt().filter(|(file, _)| is_sensitive(*file)).map(|(_, share)| share).sum()),
            ]),
        }
    }

    fn affected(&self, changed: &[&str]) -> Vec<AffectedComponent> {
        affected::components(self, changed)
    }

    fn n_dependents(&self, changed: &[&str]) -> usize {
        // The count is of all that depend, however far the effect is followed.
        self.imports.dependents(&self.known(changed), u32::MAX).len()
    }

    fn n_direct_dependents(&self, path: &str) -> usize {
        self.imports.index_of(path).map_or(0, |file| self.imports.fan_in(file))
    }

    fn tests(&self, changed: &[&str]) -> Vec<String> {
        let reached = self.dependents(changed);
        let importing = reached.iter().map(|reached| (self.imports.file(reached.file), reached.depth));
        let habitual = self.habits(changed).into_iter().filter(|(path, _)| is_test(path));
        let ranked = tests_to_run::ranked(importing.filter(|(path, _)| is_test(path)), habitual);
        ranked.into_iter().map(str::to_owned).collect()
    }

    fn missing_companions(&self, changed: &[&str]) -> Vec<Companion> {
        let is_habit = |partner: &Partner| {
            f64::from(partner.strength) >= MIN_COMPANION_STRENGTH && partner.n_together >= MIN_COMPANION_CHANGES
        };
        let mut found: Vec<(&str, &Partner)> =
            self.together_with(changed).into_iter().filter(|(_, partner)| is_habit(partner)).collect();
        found.sort_by(|a, b| b.1.strength.total_cmp(&a.1.strength).then_with(|| a.1.path.cmp(&b.1.path)));
        let mut seen = BTreeSet::new();
        found.retain(|(_, partner)| seen.insert(partner.path.as_str()));
        let companion = |(with, partner): (&str, &Partner)| Companion {
            file: partner.path.clone(),
            with: with.to_owned(),
            n_together: partner.n_together,
            n_changes: partner.n_changes,
        };
        found.into_iter().take(MAX_COMPANIONS).map(companion).collect()
    }
}

/// Share of a change that is felt `depth` import steps away.
pub(super) fn decay(depth: u32) -> f64 {
    STEP_DECAY.powi(depth.min(64) as i32)
}

/// Product code or tests.
pub(super) fn is_code(path: &str) -> bool {
    matches!(code::file_kind(path), FileKind::Source | FileKind::Test)
}

pub(super) fn is_test(path: &str) -> bool {
    code::file_kind(path) == FileKind::Test
}
