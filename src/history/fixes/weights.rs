//! How much does each sign count?
//!
//! In: what a commit shows. Out: a score, above 0 for a fix. The weights are those of a logistic regression, learned on
//! the dev half of `fixtures/fix_commits` by `hyperion evaluate fixes … --learn`, which prints this table.

use super::signs::{SIGNS, Shown, Sign};

/// Score of a commit that shows nothing.
const BIAS: f64 = -2.39;

/// Learned from the 256 commits of the dev half that change source lines, on 2026-11-23.
#[rustfmt::skip]
const WEIGHTS: [f64; SIGNS.len()] = [
    1.02,  // RepairType
    -1.28, // OtherType
    1.65,  // NamesRepair
    1.76,  // BeginsWithRepair
    0.09,  // RepairsOther
    -1.09, // AboutForm
    -1.05, // AboutProse
    -0.91, // AboutTests
    1.60,  // Behaviour
    -0.37, // AboutSpeed
    -0.65, // BeginsNew
    -0.87, // BeginsOther
    0.81,  // ClosesIssue
    1.37,  // TellsDefect
    -1.61, // BesideProduct
    0.74,  // BugNote
    -0.49, // OtherNote
    1.24,  // OneSourceFile
    -0.91, // ManySourceFiles
    0.42,  // TestsToo
];

/// The signs with what each adds to the score, those shown only.
pub(super) fn contributions(shown: &Shown) -> impl Iterator<Item = (Sign, f64)> {
    SIGNS
        .into_iter()
        .zip(shown.iter().zip(WEIGHTS))
        .filter(|(_, (x, _))| **x != 0.0)
        .map(|(sign, (x, w))| (sign, x * w))
}

/// Log odds that a commit which changes source lines is a fix.
pub(super) fn score(shown: &Shown) -> f64 {
    BIAS + contributions(shown).map(|(_, weight)| weight).sum::<f64>()
}
