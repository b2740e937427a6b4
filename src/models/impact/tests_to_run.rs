//! Which tests are worth running for a change?
//!
//! In: the tests that depend on the changed files with their distance, and the tests that used to change along with how
//! often. Out: their paths, most promising first. Never reads a test.

use super::structural::decay;
use std::collections::BTreeMap;

/// Tests that are named: a reader runs a handful, and a command must stay short enough to paste.
pub(super) const MAX_TESTS: usize = 20;

/// A test that went along in fewer of the changes says nothing about this one.
const MIN_HABIT: f64 = 0.2;

/// Tests by the chance that they feel the change, where imports and habit carry it independently, so that either is
/// enough; equal ones in order of their paths.
///
/// `importing` are paths with their distance in imports, `habitual` paths with the share of past changes, 0 to 1.
pub(super) fn ranked<'a>(
    importing: impl Iterator<Item = (&'a str, u32)>,
    habitual: impl Iterator<Item = (&'a str, f64)>,
) -> Vec<&'a str> {
    let mut untouched: BTreeMap<&str, f64> = BTreeMap::new();
    let habitual = habitual.filter(|(_, habit)| *habit >= MIN_HABIT).map(|(path, habit)| (path, habit.min(1.0)));
    for (path, felt) in importing.map(|(path, depth)| (path, decay(depth))).chain(habitual) {
        *untouched.entry(path).or_insert(1.0) *= 1.0 - felt;
    }
    let mut tests: Vec<(&str, f64)> = untouched.into_iter().collect();
    tests.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(b.0)));
    tests.into_iter().map(|(path, _)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_imports_the_file_and_goes_along_stands_before_one_that_does_either() {
        let importing = [("far", 2), ("near", 1), ("both", 1)];
        let habitual = [("both", 0.5), ("habit", 0.6), ("chance", 0.1)];
        assert_eq!(ranked(importing.into_iter(), habitual.into_iter()), ["both", "habit", "near", "far"]);
    }
}
