//! Means, entropies and trends of a few numbers.

use crate::features::moment::Touch;
use rustc_hash::FxHashMap;

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// Each author's share of the touches, smallest first.
pub(super) fn shares_by_author(touches: &[Touch]) -> Vec<f64> {
    let mut n_by_author = FxHashMap::<u32, u32>::default();
    touches.iter().for_each(|touch| *n_by_author.entry(touch.author).or_default() += 1);
    // Sorted, because the order of a hash map would leak into sums of fractions.
    let mut counts: Vec<u32> = n_by_author.into_values().collect();
    counts.sort_unstable();
    counts.into_iter().map(|n| f64::from(n) / touches.len() as f64).collect()
}

/// Shannon entropy of shares that sum to 1, over its largest possible value; 0 for a single share.
pub(super) fn relative_entropy(shares: &[f64]) -> Option<f64> {
    let entropy = -shares.iter().filter(|share| **share > 0.0).map(|share| share * share.log2()).sum::<f64>();
    match shares.len() {
        0 => None,
        1 => Some(0.0),
        n => Some((entropy / (n as f64).log2()).clamp(0.0, 1.0)),
    }
}

/// `n_twice` counts the newer and the older half of the time together.
pub(super) fn trend(n_newer: usize, n_twice: usize) -> Option<f64> {
    let n_older = n_twice - n_newer;
    (n_twice > 0).then(|| (n_newer as f64 - n_older as f64) / n_twice as f64)
}
