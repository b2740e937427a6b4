//! Do fixes of a module become more, fewer, or neither?
//!
//! Method: the test of Mann (1945) and Kendall on the fixes of each four weeks of the last year, with the correction for
//! ties; it asks only for order, so one bad month is not a trend.

use super::patterns::two_sided;
use crate::models::answer::Trend;

/// Below this chance a trend is called one.
const MAX_P_VALUE: f64 = 0.05;

/// With fewer values there is no order to speak of.
const MIN_VALUES: usize = 8;

/// The direction of some values, oldest first.
pub(super) fn trend(values: &[f64]) -> Trend {
    let Some(score) = score(values).filter(|score| two_sided(*score) < MAX_P_VALUE) else { return Trend::Stable };
    if score > 0.0 { Trend::Rising } else { Trend::Falling }
}

/// Pairs in rising order minus pairs in falling order, over its standard deviation; `None` for few or equal values.
fn score(values: &[f64]) -> Option<f64> {
    let n = values.len();
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let order = |(a, b): (usize, usize)| values[b].partial_cmp(&values[a]).map_or(0, |order| order as i32);
    let sum: i32 = pairs.map(order).sum();
    let spread = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|equal| spread(equal.len() as f64)).sum();
    let variance = (spread(n as f64) - ties) / 18.0;
    let towards_zero = f64::from(sum - sum.signum());
    (n >= MIN_VALUES && variance > 0.0).then(|| towards_zero / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_trend_and_one_bad_month_is_none() {
        let rising = [0.0, 0.0, 1.0, 0.0, 1.0, 2.0, 1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 3.0];
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        assert_eq!([trend(&rising), trend(&falling)], [Trend::Rising, Trend::Falling]);
        assert_eq!(trend(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0]), Trend::Stable);
        assert_eq!([trend(&[]), trend(&[1.0, 2.0, 3.0]), trend(&[2.0; 13])], [Trend::Stable; 3]);
    }

    #[test]
    fn the_score_is_that_of_a_count_by_hand() {
        // Eight values in order: 28 pairs rise, the variance is 8 * 7 * 21 / 18.
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        assert!((score(&values).expect("values differ") - 27.0 / (1_176.0_f64 / 18.0).sqrt()).abs() < 1e-12);
    }
}
