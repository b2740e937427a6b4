//! How much does each sign count?
//!
//! In: what a commit shows. Out: a score, above 0 for a fix. The weights are those of a logistic regression, learned on
//! the dev half of `fixtures/fix_commits` by `hyperion evaluate fixes … --learn`, which prints this table.

use super::signs::{SIGNS, Shown, Sign};

/// Score of a commit that shows nothing.
const BIAS: f64 = -2.26;

/// Learned from 256 commits on 2026-11-23, penalty as in [`super::learn`].
const WEIGHTS: [f64; SIGNS.len()] = [
    1.0, -1.34, 1.6, 1.77, 0.09, -1.11, -1.09, -0.93, 1.57, -0.52, -0.69, -0.92, 0.78, 1.18, -1.25, 0.73, -0.49, 1.19,
    -0.91, 0.37,
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
