//! What does a change reach, by imports and by habit?
//!
//! In: the terrain: the import graph of one commit and the co-change counts before it. Out: an [`Analyzer`] whose reach is a sum over
//! the changed files and everything that depends on them, each weighted by how central it is and halved with every step
//! away, plus the habit of files that change along. The formulas are in the room's card.

use super::terrain::Terrain;
use super::{Analyzer, Reach, dimensions, tests_to_run};
use crate::code::{self, FileKind};
use crate::graph::{CoChange, ImportGraph, Partner, Reached};
use crate::models::answer::Companion;
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

/// A habit weaker than this is not worth a line.
const MIN_STRENGTH: f64 = 0.2;

/// Imports and co-change.
pub struct Structural<'a> {
    terrain: &'a Terrain<'a>,
    imports: &'a ImportGraph,
}

impl<'a> Structural<'a> {
    /// On a terrain.
    pub fn new(terrain: &'a Terrain<'a>) -> Self {
        Self { terrain, imports: terrain.imports }
    }

    fn dependents(&self, changed: &[&str]) -> Vec<Reached> {
        self.imports.dependents(&self.terrain.known(changed), MAX_DEPTH)
    }

    /// For each companion the strongest habit among the changed files.
    fn habits(&self, changed: &[&str]) -> BTreeMap<&'a str, f64> {
        let mut habits = BTreeMap::new();
        for (_, partner) in together_with(self.terrain.together, changed) {
            let strongest = habits.entry(partner.path.as_str()).or_insert(0.0);
            *strongest = f64::from(partner.strength).max(*strongest);
        }
        habits
    }
}

impl Analyzer for Structural<'_> {
    fn method(&self) -> &'static str {
        "structural"
    }

    fn reach(&self, changed: &[&str]) -> Reach {
        let known = self.terrain.known(changed);
        let reached = self.imports.dependents(&known, MAX_DEPTH);
        let felt: Vec<(u32, f64)> = reached.iter().map(|reached| (reached.file, decay(reached.depth))).collect();
        let centrality = |file: u32| self.terrain.centrality[file as usize];
        let here: f64 = known.iter().map(|&file| centrality(file)).sum();
        let further: f64 = felt.iter().map(|(file, share)| share * centrality(*file)).sum();
        let habits: f64 = self.habits(changed).values().sum();
        Reach { overall: here + further + habits, dimensions: dimensions::raw(self.terrain, &known, &felt) }
    }

    /// Both ways may carry the change, and do so independently.
    fn strengths(&self, changed: &[&str]) -> Vec<(String, f64)> {
        let mut rests: BTreeMap<&str, f64> = BTreeMap::new();
        for reached in self.dependents(changed) {
            rests.insert(self.imports.file(reached.file), 1.0 - decay(reached.depth));
        }
        for (path, habit) in self.habits(changed).into_iter().filter(|(_, habit)| *habit >= MIN_STRENGTH) {
            *rests.entry(path).or_insert(1.0) *= 1.0 - habit.clamp(0.0, 1.0);
        }
        rests.into_iter().map(|(path, rest)| (path.to_owned(), 1.0 - rest)).collect()
    }

    fn n_dependents(&self, changed: &[&str]) -> usize {
        // The count is of all that depend, however far the effect is followed.
        self.imports.dependents(&self.terrain.known(changed), u32::MAX).len()
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
        let mut found: Vec<(&str, &Partner)> = together_with(self.terrain.together, changed)
            .into_iter()
            .filter(|(_, partner)| is_habit(partner))
            .collect();
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

/// Files outside the change that have changed along with a changed file, and with which.
pub(super) fn together_with<'a, 'b>(together: &'a CoChange, changed: &[&'b str]) -> Vec<(&'b str, &'a Partner)> {
    let inside: BTreeSet<&str> = changed.iter().copied().collect();
    let partners = |path: &'b str| together.partners(path).iter().map(move |partner| (path, partner));
    let is_outside = |partner: &Partner| !inside.contains(partner.path.as_str());
    changed.iter().flat_map(|path| partners(path)).filter(|(_, partner)| is_outside(partner)).collect()
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
