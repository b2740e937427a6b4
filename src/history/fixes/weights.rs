//! How much does each sign count?
//!
//! In: what a commit shows. Out: a score, above 0 for a fix. The weights are those of a logistic regression, learned on
//! the dev half of `fixtures/fix_commits` by `hyperion evaluate fixes … --learn`, which prints this table.

use super::signs::{SIGNS, Shown, Sign};

/// Score of a commit that shows nothing.
const BIAS: f64 = -1.94;

/// Learned from the 343 commits of the dev half that change source lines, on 2026-11-23.
#[rustfmt::skip]
const WEIGHTS: [f64; SIGNS.len()] = [
    1.57,  // RepairType
    -1.63, // OtherType
    1.63,  // NamesRepair
    1.74,  // BeginsWithRepair
    0.22,  // RepairsOther
    -0.71, // AboutForm
    -1.28, // AboutProse
    -0.55, // AboutTests
    1.28,  // Behaviour
    -0.74, // AboutSpeed
    -0.98, // BeginsNew
    -0.94, // BeginsOther
    0.80,  // ClosesIssue
    1.33,  // TellsDefect
    0.80,  // TellsRepair
    -1.57, // BesideProduct
    1.46,  // BugNote
    -0.49, // OtherNote
    0.87,  // OneSourceFile
    -1.01, // ManySourceFiles
    0.31,  // TestsToo
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
