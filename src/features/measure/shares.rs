//! Means, entropies, ranks and trends of a few numbers.

use std::cmp::Ordering;

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// Each count as a share of all.
pub(super) fn shares(counts: impl Iterator<Item = u32>) -> Vec<f64> {
    let counts: Vec<f64> = counts.map(f64::from).collect();
    let sum: f64 = counts.iter().sum();
    counts.into_iter().map(|count| count / sum).collect()
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

/// Share of `values` below `value`, its equals counting half; half where all are equal.
pub(super) fn rank(values: &[f64], value: f64) -> Option<f64> {
    let weight = |other: &f64| match other.total_cmp(&value) {
        Ordering::Less => 1.0,
        Ordering::Equal => 0.5,
        Ordering::Greater => 0.0,
    };
    mean(values.iter().map(weight))
}
