//! Would the tests that are recommended have caught what broke in the past?
//!
//! In: the past with its labels, and the import graph of the present. Out: of the past changes that a fix blames, how
//! many had one of the fix's tests among the twenty that would have been recommended. Habits are counted as of the
//! blamed change, from nothing but what was committed before it. Imports are those of the present tree, because no graph
//! of each past commit is kept: that share of the record looks ahead, and whoever shows the record says so.

use super::same_file::SameFile;
use super::structural::{MAX_DEPTH, is_test};
use super::tests_to_run::{MAX_TESTS, ranked};
use crate::domain::{Commit, Timestamp};
use crate::graph::ImportGraph;
use crate::history::Past;
use crate::models::answer::TestRecord;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Below this many breaks a share says nothing: of 20 the standard error is still up to a ninth.
const MIN_BREAKS: u32 = 20;

/// Breaks that are looked at, the newest ones: each walks the import graph once.
const MAX_BREAKS: usize = 300;

/// Files in one commit above which it ties nobody together, as in the counts of co-change.
const MAX_COMMIT_FILES: usize = 30;

/// Days in which a commit loses half its weight, as there.
const HALF_LIFE_DAYS: f64 = 365.0;

/// Strength that a single commit in common can give, as there.
const MAX_STRENGTH_ONCE: f64 = 1.0 / 3.0;

/// How often such a choice of tests would have held one that a later fix needed; `None` below [`MIN_BREAKS`].
///
/// A break is a change that a fix blames, where the fix changed a test that existed before the blamed change and was
/// not part of it: what its author already had in hand needs no recommendation.
pub fn test_record(past: &Past<'_>, imports: &ImportGraph) -> Option<TestRecord> {
    let breaks = breaks(past);
    let (scenes, same) = walk(past, &breaks);
    let name = |file: u32| past.log.paths[same.path(file) as usize].as_str();
    let mut record = TestRecord { n_breaks: 0, n_caught: 0 };
    for scene in scenes.values().filter(|scene| !scene.needed.is_empty()) {
        record.n_breaks += 1;
        let changed: Vec<u32> = scene.changed.iter().filter_map(|file| imports.index_of(name(*file))).collect();
        let reached = imports.dependents(&changed, MAX_DEPTH);
        let importing = reached.iter().map(|reached| (imports.file(reached.file), reached.depth));
        let habitual = scene.habits.iter().map(|(file, habit)| (name(*file), *habit));
        // What was written later could not be chosen then.
        let existed: FxHashSet<&str> = scene.existing_tests.iter().map(|file| name(*file)).collect();
        let chosen = ranked(importing.filter(|(path, _)| existed.contains(path)), habitual);
        let needed: FxHashSet<&str> = scene.needed.iter().map(|file| name(*file)).collect();
        record.n_caught += u32::from(chosen.iter().take(MAX_TESTS).any(|path| needed.contains(path)));
    }
    (record.n_breaks >= MIN_BREAKS).then_some(record)
}

/// Fixes by the change they blame: the newest pairs whose fix changed a test.
fn breaks(past: &Past<'_>) -> BTreeMap<u32, BTreeSet<u32>> {
    let log = past.log;
    let tests_changed = |fix: u32| {
        let changes = log.commits.get(fix as usize).map_or(&[][..], |commit| &commit.changes);
        changes.iter().any(|change| is_test(&log.paths[change.path as usize]))
    };
    let pairs: BTreeSet<(u32, u32)> = past
        .introductions
        .iter()
        .map(|found| (found.fix, found.culprit))
        .filter(|(fix, _)| tests_changed(*fix))
        .collect();
    let mut breaks: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (fix, culprit) in pairs.into_iter().rev() {
        if breaks.len() < MAX_BREAKS || breaks.contains_key(&culprit) {
            breaks.entry(culprit).or_default().insert(fix);
        }
    }
    breaks
}

/// What was there when a change was made that later proved wrong.
#[derive(Default)]
struct Scene {
    changed: Vec<u32>,
    /// Tests that had changed along with the changed files, and how usually.
    habits: Vec<(u32, f64)>,
    existing_tests: Vec<u32>,
    /// Tests that the fixes changed, of those that existed.
    needed: BTreeSet<u32>,
}

/// Walks the past once, oldest first, and keeps a scene for each blamed change.
fn walk(past: &Past<'_>, breaks: &BTreeMap<u32, BTreeSet<u32>>) -> (BTreeMap<u32, Scene>, SameFile) {
    let log = past.log;
    let mut culprits_of: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (culprit, fixes) in breaks {
        fixes.iter().for_each(|fix| culprits_of.entry(*fix).or_default().push(*culprit));
    }
    let is_test_path: Vec<bool> = log.paths.iter().map(|path| is_test(path)).collect();
    let (mut same, mut habits, mut tests) = (SameFile::default(), Habits::default(), BTreeSet::new());
    let mut scenes: BTreeMap<u32, Scene> = BTreeMap::new();
    for at in past.order.iter().copied().filter(|at| (*at as usize) < log.commits.len()) {
        let commit = &log.commits[at as usize];
        let files = same.take(commit);
        let is_test = |file: &u32| is_test_path[same.path(*file) as usize];
        if breaks.contains_key(&at) {
            let existing_tests = tests.iter().copied().filter(|file| !files.contains(file)).collect();
            let scene =
                Scene { habits: habits.tests_of(&files), existing_tests, changed: files.clone(), ..Scene::default() };
            scenes.insert(at, scene);
        }
        for culprit in culprits_of.get(&at).into_iter().flatten() {
            if let Some(scene) = scenes.get_mut(culprit) {
                let existed = files.iter().filter(|file| scene.existing_tests.binary_search(file).is_ok());
                scene.needed.extend(existed.copied().collect::<Vec<_>>());
            }
        }
        tests.extend(files.iter().copied().filter(is_test));
        let gone = commit.changes.iter().filter(|change| change.new_blob.is_none());
        if gone.count() > 0 {
            tests.retain(|file| same.at(same.path(*file)) == Some(*file));
        }
        if !commit.is_merge() && files.len() <= MAX_COMMIT_FILES {
            habits.add(commit, &files, is_test);
        }
    }
    (scenes, same)
}

/// Weights that grow with time instead of shrinking with age: their ratios are the same, and no past one changes.
#[derive(Default)]
struct Habits {
    began_at: Option<Timestamp>,
    changes: FxHashMap<u32, f64>,
    /// By file, then by test.
    with_tests: FxHashMap<u32, FxHashMap<u32, (u32, f64)>>,
}

impl Habits {
    fn add(&mut self, commit: &Commit, files: &[u32], is_test: impl Fn(&u32) -> bool) {
        let began_at = *self.began_at.get_or_insert(commit.committed_at);
        let years = commit.committed_at.days_since(began_at) / HALF_LIFE_DAYS;
        // A clock far in the future must not reach infinity.
        let weight = years.clamp(-500.0, 500.0).exp2();
        for file in files {
            *self.changes.entry(*file).or_default() += weight;
            for test in files.iter().filter(|test| *test != file && is_test(test)) {
                let (n, together) = self.with_tests.entry(*file).or_default().entry(*test).or_default();
                (*n, *together) = (*n + 1, *together + weight);
            }
        }
    }

    /// For each test outside `files` its strongest habit with one of them.
    fn tests_of(&self, files: &[u32]) -> Vec<(u32, f64)> {
        let mut strongest: BTreeMap<u32, f64> = BTreeMap::new();
        for file in files {
            let all = self.changes.get(file).copied().unwrap_or_default();
            for (test, (n, together)) in self.with_tests.get(file).into_iter().flatten() {
                let most = if *n > 1 { 1.0 } else { MAX_STRENGTH_ONCE };
                let habit = strongest.entry(*test).or_default();
                *habit = habit.max((together / all).min(most));
            }
        }
        strongest.into_iter().filter(|(test, _)| !files.contains(test)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::History;
    use crate::history::Introduction;

    /// Breaks of `a.rs`, each fixed together with `fixed_test`; `a.rs` goes along with `habit` before each.
    fn record(habit: &str, fixed_test: &str, n_breaks: u32) -> Option<TestRecord> {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("0 ann | tests | +tests/x_test.rs 9/0, +tests/y_test.rs 9/0");
        for nth in 0..n_breaks {
            let day = 1 + 3 * nth;
            history.add(&format!("{day} ann | both | src/a.rs 1/0, {habit} 1/0"));
            history.add(&format!("{} ann | alone | src/a.rs 1/0", day + 1));
            history.add(&format!("{} ann | fix | src/a.rs 1/0, {fixed_test} 1/0", day + 2));
        }
        let mut past = history.past_on(1_000);
        past.introductions = (0..n_breaks)
            .map(|nth| Introduction {
                fix: 4 + 3 * nth,
                culprit: 3 + 3 * nth,
                path: 0,
                fixed_path: 0,
                n_lines: 1,
                lines: [(0, 0); 3],
                is_repaired: true,
                confidence: 0.9,
            })
            .collect();
        let none = serde_json::json!({ "paths": [], "edges": [], "n_internal": 0, "n_unresolved": 0 });
        test_record(&past, &serde_json::from_value(none).expect("an empty graph"))
    }

    #[test]
    fn a_test_that_went_along_before_the_break_counts_as_caught() {
        assert_eq!(record("tests/x_test.rs", "tests/x_test.rs", 25), Some(TestRecord { n_breaks: 25, n_caught: 25 }));
    }

    #[test]
    fn what_only_the_fix_shows_is_not_known_at_the_break() {
        let record = record("tests/x_test.rs", "tests/y_test.rs", 25).expect("enough breaks");
        // The first fix shows the pair for the first time, so the first break cannot have known it.
        assert_eq!(record.n_breaks, 25);
        assert!(record.n_caught < 25, "{record:?}");
    }

    #[test]
    fn too_few_breaks_give_no_record() {
        assert_eq!(record("tests/x_test.rs", "tests/x_test.rs", 19), None);
    }
}
