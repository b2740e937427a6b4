//! How good were these probabilities?
//!
//! In: probabilities (or any scores, where only the order counts) and what really happened. Out: the figures of the
//! product, exactly as defined, ties included. Never looks at who made the scores.

/// Bins of the expected calibration error.
const N_BINS: usize = 15;

/// Chance that a positive has a higher score than a negative, ties counting half; 0.5 is guessing.
///
/// `None` unless both outcomes occur.
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let (mut n_negative_below, mut n_won) = (0.0, 0.0);
    for block in blocks_of_equal_scores(scores, labels).iter().rev() {
        let n_negative = (block.n - block.n_positive) as f64;
        n_won += block.n_positive as f64 * (n_negative_below + n_negative / 2.0);
        n_negative_below += n_negative;
    }
    let n_positive = labels.iter().filter(|label| **label).count() as f64;
    let n_pairs = n_positive * n_negative_below;
    (n_pairs > 0.0).then(|| n_won / n_pairs)
}

/// Area under the precision-recall curve as average precision; the share of positives is guessing.
///
/// `None` without a positive.
pub fn pr_auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let all_positive = labels.iter().filter(|label| **label).count();
    let (mut n, mut n_positive, mut area) = (0, 0, 0.0);
    for block in blocks_of_equal_scores(scores, labels) {
        n += block.n;
        n_positive += block.n_positive;
        area += block.n_positive as f64 * n_positive as f64 / n as f64;
    }
    (all_positive > 0).then(|| area / all_positive as f64)
}

/// Mean squared difference between probability and outcome; lower is better. NaN without rows.
pub fn brier(probabilities: &[f64], labels: &[bool]) -> f64 {
    let squares = probabilities.iter().zip(labels).map(|(p, label)| (p - f64::from(u8::from(*label))).powi(2));
    squares.sum::<f64>() / probabilities.len() as f64
}

/// Expected calibration error: distance between mean probability and share of positives, in 15 bins of equal width,
/// weighted by their rows. NaN without rows.
pub fn expected_calibration_error(probabilities: &[f64], labels: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0); N_BINS];
    for (p, label) in probabilities.iter().zip(labels) {
        let (sum, n_positive) = &mut bins[((p * N_BINS as f64) as usize).min(N_BINS - 1)];
        *sum += p;
        *n_positive += f64::from(u8::from(*label));
    }
    bins.iter().map(|(sum, n_positive)| f64::abs(sum - n_positive)).sum::<f64>() / probabilities.len() as f64
}

/// Share of the positives among the 20% of rows with the highest scores. Rows with equal scores share their place.
///
/// `None` without a positive.
pub fn caught_in_riskiest_fifth(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let mut room = scores.len() as f64 * 0.2;
    let (mut n_caught, mut n_positive) = (0.0, 0.0);
    for block in blocks_of_equal_scores(scores, labels) {
        let taken = (room / block.n as f64).clamp(0.0, 1.0);
        n_caught += taken * block.n_positive as f64;
        n_positive += block.n_positive as f64;
        room -= block.n as f64;
    }
    (n_positive > 0.0).then(|| n_caught / n_positive)
}

/// Share of the positives among the rows a reviewer gets through with a fifth of all effort, taking the rows with the
/// highest score per effort first; the first row that does not fit ends it. Effort below 1 counts as 1.
///
/// `None` without a positive.
pub fn recall_at_fifth_of_effort(scores: &[f64], efforts: &[f64], labels: &[bool]) -> Option<f64> {
    let n_positive = labels.iter().filter(|label| **label).count() as f64;
    let budget = 0.2 * efforts.iter().sum::<f64>();
    let (mut spent, mut n_found) = (0.0, 0.0);
    for row in by_score_per_effort(scores, efforts) {
        spent += efforts[row];
        if spent > budget {
            break;
        }
        n_found += f64::from(u8::from(labels[row]));
    }
    (n_positive > 0.0).then(|| n_found / n_positive)
}

/// How near the order by score per effort comes to the best possible one: 1 for the best, 0 for the worst.
///
/// Area between both curves of positives found over effort spent, as a share of the area between the best and the worst
/// order (Kamei et al., 2013). `None` without a positive or any effort, or where every order is as good.
pub fn popt(scores: &[f64], efforts: &[f64], labels: &[bool]) -> Option<f64> {
    let truth: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
    let mut best = by_score_per_effort(&truth, efforts);
    let best_area = area_over_effort(&best, efforts, &truth)?;
    best.reverse();
    let worst_area = area_over_effort(&best, efforts, &truth)?;
    let area = area_over_effort(&by_score_per_effort(scores, efforts), efforts, &truth)?;
    (best_area > worst_area).then(|| 1.0 - (best_area - area) / (best_area - worst_area))
}

/// Rows with the highest score for each unit of effort first; rows that are alike keep their order.
fn by_score_per_effort(scores: &[f64], efforts: &[f64]) -> Vec<usize> {
    let density = |row: usize| scores[row] / efforts[row].max(1.0);
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    rows.sort_by(|a, b| density(*b).total_cmp(&density(*a)));
    rows
}

/// Area under the share of positives found over the share of effort spent; `None` where either is nothing.
fn area_over_effort(order: &[usize], efforts: &[f64], truth: &[f64]) -> Option<f64> {
    let (all_effort, n_positive) = (efforts.iter().sum::<f64>(), truth.iter().sum::<f64>());
    let (mut found, mut area) = (0.0, 0.0);
    for &row in order {
        area += efforts[row] * (found + truth[row] / 2.0);
        found += truth[row];
    }
    (all_effort > 0.0 && n_positive > 0.0).then(|| area / (all_effort * n_positive))
}

/// Probabilities are clipped to this distance from 0 and 1: one outcome that was called impossible costs 16 nats, not
/// infinity.
const MIN_PROBABILITY: f64 = 1e-7;

/// Mean negative log-likelihood in nats, probabilities clipped; lower is better. NaN without rows.
pub fn log_loss(probabilities: &[f64], labels: &[bool]) -> f64 {
    let loss = |(p, label): (&f64, &bool)| {
        let p = p.clamp(MIN_PROBABILITY, 1.0 - MIN_PROBABILITY);
        -(if *label { p } else { 1.0 - p }).ln()
    };
    probabilities.iter().zip(labels).map(loss).sum::<f64>() / probabilities.len() as f64
}

/// Rows that no order can tell apart.
struct Block {
    n: usize,
    n_positive: usize,
}

/// Highest score first.
fn blocks_of_equal_scores(scores: &[f64], labels: &[bool]) -> Vec<Block> {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = |rows: &[(f64, bool)]| Block { n: rows.len(), n_positive: rows.iter().filter(|row| row.1).count() };
    rows.chunk_by(|a, b| a.0 == b.0).map(count).collect()
}

/// Rank correlation of two lists of the same length, ties sharing their mean rank (Spearman, 1904), from -1 to 1.
///
/// `None` for fewer than three pairs, or where one list is all the same.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let whole = (product(&a, &a) * product(&b, &b)).sqrt();
    (a.len() > 2 && whole > 0.0).then(|| product(&a, &b) / whole)
}

/// Ranks from 0, ties sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = start as f64 + (tied.len() - 1) as f64 / 2.0;
        tied.iter().for_each(|at| ranks[*at] = mean);
        start += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two positives at 0.9 and 0.4, three negatives at 0.6, 0.4 and 0.1.
    const SCORES: [f64; 5] = [0.9, 0.6, 0.4, 0.4, 0.1];
    const LABELS: [bool; 5] = [true, false, true, false, false];

    fn check(found: Option<f64>, expected: f64) {
        assert!((found.expect("both outcomes occur") - expected).abs() < 1e-12, "expected {expected}, found {found:?}");
    }

    #[test]
    fn the_figures_agree_with_a_count_by_hand() {
        // Pairs won: 0.9 beats three; 0.4 beats 0.1 and ties once: 4.5 of 6.
        check(auc(&SCORES, &LABELS), 4.5 / 6.0);
        // Precision at the first positive 1/1, at the block of the second 2/4.
        check(pr_auc(&SCORES, &LABELS), (1.0 + 2.0 / 4.0) / 2.0);
        check(Some(brier(&SCORES, &LABELS)), (0.01 + 0.36 + 0.36 + 0.16 + 0.01) / 5.0);
        // Bins: 0.9 alone, 0.6 alone, both 0.4 together, 0.1 alone.
        check(Some(expected_calibration_error(&SCORES, &LABELS)), (0.1 + 0.6 + 0.2 + 0.1) / 5.0);
        let logs = f64::ln(0.9) + f64::ln(0.4) + f64::ln(0.4) + f64::ln(0.6) + f64::ln(0.9);
        check(Some(log_loss(&SCORES, &LABELS)), -logs / 5.0);
        // A fifth is one row: the one at 0.9.
        check(caught_in_riskiest_fifth(&SCORES, &LABELS), 0.5);
    }

    #[test]
    fn effort_is_spent_where_most_is_found_for_it() {
        // Per line: 0.09, 0.06, 0.004, 0.4, 0.1. A fifth of 212 lines is 42.4: the last, fourth, first and second row fit.
        let efforts = [10.0, 10.0, 190.0, 1.0, 1.0];
        check(recall_at_fifth_of_effort(&SCORES, &efforts, &LABELS), 0.5);
        check(popt(&LABELS.map(|label| f64::from(u8::from(label))), &efforts, &LABELS), 1.0);
        check(popt(&LABELS.map(|label| f64::from(u8::from(!label))), &[1.0; 5], &LABELS), 0.0);
        assert_eq!(popt(&SCORES, &[0.0; 5], &LABELS), None);
        assert_eq!(popt(&SCORES, &efforts, &[false; 5]), None);
        assert_eq!(recall_at_fifth_of_effort(&SCORES, &efforts, &[false; 5]), None);
    }

    #[test]
    fn rows_with_equal_scores_share_their_place() {
        let labels = [true, true, false, false, false, false, false, false, false, false];
        check(caught_in_riskiest_fifth(&[0.5; 10], &labels), 0.2);
        check(auc(&[0.5; 10], &labels), 0.5);
        check(pr_auc(&[0.5; 10], &labels), 0.2);
    }

    #[test]
    fn score_is_unchanged_when_rows_are_reordered() {
        let (scores, labels) = ([0.1, 0.4, 0.9, 0.6, 0.4], [false, true, true, false, false]);
        assert_eq!(auc(&scores, &labels), auc(&SCORES, &LABELS));
        assert_eq!(pr_auc(&scores, &labels), pr_auc(&SCORES, &LABELS));
        assert_eq!(caught_in_riskiest_fifth(&scores, &labels), caught_in_riskiest_fifth(&SCORES, &LABELS));
    }

    #[test]
    fn an_outcome_called_impossible_costs_a_finite_loss() {
        check(Some(log_loss(&[0.0, 1.0], &[true, true])), -f64::ln(1e-7) / 2.0 - f64::ln(1.0 - 1e-7) / 2.0);
        assert!(log_loss(&[], &[]).is_nan());
    }

    #[test]
    fn one_outcome_alone_cannot_be_ranked() {
        assert_eq!(auc(&[0.1, 0.2], &[true, true]), None);
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(pr_auc(&[0.1], &[false]), None);
        assert_eq!(caught_in_riskiest_fifth(&[0.1], &[false]), None);
    }

    #[test]
    fn ranks_go_together_or_against_each_other() {
        let found = spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0, 20.0, 90.0]).expect("differ");
        assert!((found - 0.948_683).abs() < 1e-6, "{found}");
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 1.0, 1.0]), None);
    }
}
