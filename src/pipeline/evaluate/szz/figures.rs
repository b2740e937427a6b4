//! How good are the answers?
//!
//! In: for each fix, how many culprits were named and how many of them are right. Out: precision, recall and F1 over
//! all pairs together (micro, as pyszz counts), and how far chance alone moves F1.

use serde::Serialize;
use std::fmt;

/// Resamples behind an interval: its ends then move by less than 0.002 from seed to seed.
const N_RESAMPLES: usize = 2_000;

/// One fix, answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    /// Culprits that were named.
    pub(super) n_named: usize,
    /// Commits the oracle calls guilty.
    pub(super) n_guilty: usize,
    /// Both.
    pub(super) n_right: usize,
}

impl Answer {
    /// `guilty` is `None` for a commit that cannot be named because the repository does not hold it.
    pub(super) fn new(named: &[u32], guilty: &[Option<u32>]) -> Self {
        let n_right = named.iter().filter(|commit| guilty.contains(&Some(**commit))).count();
        Self { n_named: named.len(), n_guilty: guilty.len(), n_right }
    }
}

/// Shares in [0, 1]; 0 where nothing was named or nothing is guilty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    precision: f64,
    recall: f64,
    pub(super) f1: f64,
}

impl Figures {
    pub(super) fn of(answers: &[Answer]) -> Self {
        Self::of_sums(answers.iter())
    }

    fn of_sums<'a>(answers: impl Iterator<Item = &'a Answer>) -> Self {
        let (named, guilty, right) = answers.fold((0, 0, 0), |(named, guilty, right), answer| {
            (named + answer.n_named, guilty + answer.n_guilty, right + answer.n_right)
        });
        let (precision, recall) = (share(right, named), share(right, guilty));
        // 2PR / (P + R) with the common factor taken out: no division by zero where nothing is right.
        Self { precision, recall, f1: share(2 * right, named + guilty) }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.3} {:>9.3} {:>9.3}", self.precision, self.recall, self.f1)
    }
}

/// The middle 95% of F1 when fixes are drawn again with replacement; the same for the same answers.
pub(super) fn interval(answers: &[Answer]) -> [f64; 2] {
    if answers.is_empty() {
        return [0.0, 0.0];
    }
    let mut draw = Draws(0x5a5a_2026);
    let mut seen: Vec<f64> = (0..N_RESAMPLES)
        .map(|_| Figures::of_sums((0..answers.len()).map(|_| &answers[draw.below(answers.len())])).f1)
        .collect();
    seen.sort_by(f64::total_cmp);
    [seen[N_RESAMPLES / 40], seen[N_RESAMPLES - 1 - N_RESAMPLES / 40]]
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_over_all_fixes_together() {
        let answers =
            [Answer::new(&[1, 2], &[Some(1)]), Answer::new(&[], &[Some(3), None]), Answer::new(&[4], &[Some(4)])];
        let figures = Figures::of(&answers);
        assert_eq!((figures.precision, figures.recall), (2.0 / 3.0, 0.5));
        assert!((figures.f1 - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(Figures::of(&[]).f1, 0.0);
    }

    #[test]
    fn the_interval_holds_the_figure_and_is_narrow_where_nothing_varies() {
        let mixed: Vec<Answer> = (0..100).map(|at| Answer::new(&[at % 2], &[Some(1)])).collect();
        let [low, high] = interval(&mixed);
        assert!(low < 0.5 && 0.5 < high && high - low < 0.25, "{low} {high}");
        assert_eq!(interval(&[Answer::new(&[1], &[Some(1)])]), [1.0, 1.0]);
    }
}
