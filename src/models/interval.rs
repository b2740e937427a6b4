//! Between which values does an AUC lie, when rows come in clusters?
//!
//! In: scores, outcomes, and which cluster each row belongs to. Out: the AUC, or the difference of two on the same rows,
//! with an interval that would cover the truth 95 times in 100. Never treats rows of one cluster as independent: files of
//! one commit, and commits of one week, share what happened to them.
//!
//! Method: the structural components of DeLong, DeLong and Clarke-Pearson (1988), computed from midranks as Sun and Xu
//! (2014) do, summed within clusters as Obuchowski (1997, "Nonparametric analysis of clustered ROC curve data").

use serde::Serialize;

/// Fewer clusters than this say too little about how much clusters differ.
const MIN_CLUSTERS: usize = 5;

/// Two-sided 95% of the normal distribution.
const Z: f64 = 1.959_964;

/// A figure and where the truth lies 95 times in 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The figure on these rows.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside, ends included.
    pub fn includes(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// AUC of `scores` with its interval, which is symmetric in log-odds and so stays between 0 and 1.
///
/// `clusters` names the cluster of each row; any numbers do. `None` unless both outcomes occur, in five clusters or more.
pub fn auc_interval(scores: &[f64], labels: &[bool], clusters: &[u32]) -> Option<Interval> {
    let components = Components::of(scores, labels)?;
    let auc = components.auc();
    if auc <= 0.0 || auc >= 1.0 {
        return separated(auc, labels, clusters);
    }
    let deviation = standard_error(&components, labels, clusters)?.margin() / (auc * (1.0 - auc));
    let log_odds = (auc / (1.0 - auc)).ln();
    let back = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    Some(Interval { value: auc, low: back(log_odds - deviation), high: back(log_odds + deviation) })
}

/// AUC of `scores` minus AUC of `others` on the same rows, with the interval of the difference.
///
/// `None` as for [`auc_interval`].
pub fn auc_gain(scores: &[f64], others: &[f64], labels: &[bool], clusters: &[u32]) -> Option<Interval> {
    let components = Components::of(scores, labels)?.minus(&Components::of(others, labels)?);
    let gain = components.auc();
    let margin = standard_error(&components, labels, clusters)?.margin();
    Some(Interval { value: gain, low: gain - margin, high: gain + margin })
}

/// For each positive row the share of negatives below it, for each negative the share of positives above it.
struct Components {
    of_row: Vec<f64>,
    auc: f64,
}

impl Components {
    fn of(scores: &[f64], labels: &[bool]) -> Option<Self> {
        let n = labels.len();
        let n_positive = labels.iter().filter(|label| **label).count();
        let n_negative = n - n_positive;
        if n_positive == 0 || n_negative == 0 {
            return None;
        }
        let among_all = midranks(scores, &(0..n).collect::<Vec<_>>());
        let own = |wanted: bool| midranks(scores, &(0..n).filter(|&row| labels[row] == wanted).collect::<Vec<_>>());
        let (among_positives, among_negatives) = (own(true), own(false));
        let component = |row: usize| match labels[row] {
            true => (among_all[row] - among_positives[row]) / n_negative as f64,
            false => 1.0 - (among_all[row] - among_negatives[row]) / n_positive as f64,
        };
        let of_row: Vec<f64> = (0..n).map(component).collect();
        let auc = of_row.iter().zip(labels).filter(|(_, label)| **label).map(|(value, _)| value).sum::<f64>();
        Some(Self { of_row, auc: auc / n_positive as f64 })
    }

    fn auc(&self) -> f64 {
        self.auc
    }

    fn minus(&self, other: &Self) -> Self {
        let of_row = self.of_row.iter().zip(&other.of_row).map(|(a, b)| a - b).collect();
        Self { of_row, auc: self.auc - other.auc }
    }
}

/// Rank of each of `rows` among them, from 1, rows with equal scores sharing their mean rank. Other rows have 0.
fn midranks(scores: &[f64], rows: &[usize]) -> Vec<f64> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut ranks = vec![0.0; scores.len()];
    let mut n_below = 0;
    for equal in sorted.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let mean_rank = n_below as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|row| ranks[*row] = mean_rank);
        n_below += equal.len();
    }
    ranks
}

/// A standard error and the clusters it was estimated from.
struct Deviation {
    standard_error: f64,
    n_clusters: usize,
}

impl Deviation {
    /// Half the width of a 95% interval, wider where there are few clusters.
    fn margin(&self) -> f64 {
        student(self.n_clusters - 1) * self.standard_error
    }
}

/// What one cluster adds.
#[derive(Default, Clone, Copy)]
struct Cluster {
    positives: f64,
    negatives: f64,
}

/// Obuchowski's variance: each cluster's sum of components, as far as it is from what its number of rows would give.
fn standard_error(components: &Components, labels: &[bool], clusters: &[u32]) -> Option<Deviation> {
    let mut sums = std::collections::BTreeMap::<u32, Cluster>::new();
    for ((value, label), cluster) in components.of_row.iter().zip(labels).zip(clusters) {
        let sum = sums.entry(*cluster).or_default();
        *(if *label { &mut sum.positives } else { &mut sum.negatives }) += value - components.auc;
    }
    let n_positive = labels.iter().filter(|label| **label).count() as f64;
    let n_negative = labels.len() as f64 - n_positive;
    // The two variances and their covariance are one square: a cluster's whole pull on the figure.
    let pull = |sum: &Cluster| (sum.positives / n_positive + sum.negatives / n_negative).powi(2);
    let n_clusters = sums.len();
    let variance = sums.values().map(pull).sum::<f64>() * n_clusters as f64 / (n_clusters.max(2) - 1) as f64;
    (n_clusters >= MIN_CLUSTERS).then_some(Deviation { standard_error: variance.sqrt(), n_clusters })
}

/// Two-sided 95% of Student's distribution: the expansion of Cornish and Fisher (1937), right to 0.01 from 4 degrees of
/// freedom on.
fn student(degrees: usize) -> f64 {
    let n = degrees as f64;
    let term = |coefficients: [f64; 4], divisor: f64| {
        let [seventh, fifth, third, first] = coefficients;
        (seventh * Z.powi(7) + fifth * Z.powi(5) + third * Z.powi(3) + first * Z) / divisor
    };
    Z + term([0.0, 0.0, 1.0, 1.0], 4.0 * n)
        + term([0.0, 5.0, 16.0, 3.0], 96.0 * n.powi(2))
        + term([3.0, 19.0, 17.0, -15.0], 384.0 * n.powi(3))
}

/// Where no pair is out of order, the rows show no spread: what `n` clusters without an exception leave possible is
/// `0.05^(1/n)`, the exact form of the rule of three.
fn separated(auc: f64, labels: &[bool], clusters: &[u32]) -> Option<Interval> {
    let n_with = |wanted: bool| {
        let with = labels.iter().zip(clusters).filter(|(label, _)| **label == wanted).map(|(_, cluster)| cluster);
        with.collect::<std::collections::BTreeSet<_>>().len()
    };
    let n_all = clusters.iter().collect::<std::collections::BTreeSet<_>>().len();
    let bound = 0.05_f64.powf(1.0 / n_with(true).min(n_with(false)).max(1) as f64);
    let interval = match auc > 0.5 {
        true => Interval { value: 1.0, low: bound.min(1.0), high: 1.0 },
        false => Interval { value: 0.0, low: 0.0, high: 1.0 - bound },
    };
    (n_all >= MIN_CLUSTERS).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::evaluation::auc;

    /// A small generator of numbers in [0, 1), so that tests do not depend on a library's.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }

        /// Roughly normal, mean 0 and variance 1.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.next()).sum::<f64>() - 6.0
        }
    }

    /// Scores, outcomes and clusters.
    type Rows = (Vec<f64>, Vec<bool>, Vec<u32>);

    /// Positives score higher by `gain`; rows of one cluster lie on one side together by `shared`, and most of them have
    /// one outcome.
    fn rows(chance: &mut Chance, n_clusters: u32, gain: f64, shared: f64) -> Rows {
        let (mut scores, mut labels, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
        for cluster in 0..n_clusters {
            let together = chance.normal() * shared;
            for row in 0..8 {
                let label = row < if cluster % 2 == 0 { 6 } else { 2 };
                scores.push(chance.normal() + together + if label { gain } else { 0.0 });
                labels.push(label);
                clusters.push(cluster);
            }
        }
        (scores, labels, clusters)
    }

    #[test]
    fn the_figure_is_the_auc_ties_included() {
        let mut chance = Chance(3);
        let (scores, labels, clusters) = rows(&mut chance, 20, 0.7, 0.5);
        let coarse: Vec<f64> = scores.iter().map(|score| (score * 2.0).round()).collect();
        for scores in [scores, coarse] {
            let found = auc_interval(&scores, &labels, &clusters).expect("both outcomes in twenty clusters");
            let expected = auc(&scores, &labels).expect("both outcomes");
            assert!((found.value - expected).abs() < 1e-12, "{found:?} {expected}");
            assert!(found.low < expected && expected < found.high);
        }
    }

    #[test]
    fn without_clusters_it_is_the_variance_of_delong() {
        // Five positives and four negatives: components by hand, each row its own cluster.
        let scores = [0.9, 0.8, 0.6, 0.55, 0.3, 0.7, 0.5, 0.4, 0.2];
        let labels = [true, true, true, true, true, false, false, false, false];
        let above: [f64; 5] = [1.0, 1.0, 0.75, 0.75, 0.25];
        let below: [f64; 4] = [0.4, 0.8, 0.8, 1.0];
        let auc = 0.75;
        let square = |values: &[f64]| values.iter().map(|value| (value - auc).powi(2)).sum::<f64>();
        let expected = (square(&above) / 25.0 + square(&below) / 16.0) * 9.0 / 8.0;
        let components = Components::of(&scores, &labels).expect("both outcomes");
        let clusters: Vec<u32> = (0..9).collect();
        let found = standard_error(&components, &labels, &clusters).expect("nine clusters").standard_error;
        assert!((components.auc() - auc).abs() < 1e-12 && (found.powi(2) - expected).abs() < 1e-12);
    }

    #[test]
    fn ninety_five_of_a_hundred_intervals_hold_the_truth_where_rows_hang_together() {
        let (gain, shared) = (0.8, 1.5);
        // What all of these draws would show together.
        let mut chance = Chance(11);
        let (scores, labels, _) = rows(&mut chance, 4_000, gain, shared);
        let truth = auc(&scores, &labels).expect("both outcomes");
        let (mut n_held, mut n_held_by_rows) = (0, 0);
        for _ in 0..400 {
            let (scores, labels, clusters) = rows(&mut chance, 40, gain, shared);
            let alone: Vec<u32> = (0..labels.len() as u32).collect();
            n_held += u32::from(auc_interval(&scores, &labels, &clusters).is_some_and(|it| it.includes(truth)));
            n_held_by_rows += u32::from(auc_interval(&scores, &labels, &alone).is_some_and(|it| it.includes(truth)));
        }
        assert!((372..=392).contains(&n_held), "{n_held} of 400");
        assert!(n_held_by_rows < 360, "rows taken as independent would be too sure: {n_held_by_rows} of 400");
    }

    #[test]
    fn a_gain_is_judged_on_the_rows_both_saw() {
        let mut chance = Chance(5);
        let (scores, labels, clusters) = rows(&mut chance, 40, 1.0, 1.0);
        let alike: Vec<f64> = scores.iter().map(|score| score * 3.0 + 1.0).collect();
        let none = auc_gain(&scores, &alike, &labels, &clusters).expect("forty clusters");
        assert_eq!((none.value, none.low, none.high), (0.0, 0.0, 0.0));
        let noise: Vec<f64> = scores.iter().map(|_| chance.normal()).collect();
        let some = auc_gain(&scores, &noise, &labels, &clusters).expect("forty clusters");
        assert!(some.low > 0.0 && some.value < some.high, "{some:?}");
    }

    #[test]
    fn too_little_to_say_says_nothing() {
        assert_eq!(auc_interval(&[0.1, 0.2], &[true, true], &[0, 1]), None);
        assert_eq!(auc_interval(&[0.1, 0.2, 0.3], &[true, false, true], &[0, 0, 1]), None);
        assert_eq!(auc_interval(&[], &[], &[]), None);
    }

    #[test]
    fn perfect_order_is_not_certainty() {
        let labels: Vec<bool> = (0..20).map(|row| row >= 10).collect();
        let scores: Vec<f64> = (0..20).map(f64::from).collect();
        let clusters: Vec<u32> = (0..20).collect();
        let found = auc_interval(&scores, &labels, &clusters).expect("twenty clusters");
        assert_eq!((found.value, found.high), (1.0, 1.0));
        assert!((found.low - 0.741).abs() < 1e-3, "{found:?}");
        let backwards: Vec<f64> = scores.iter().map(|score| -score).collect();
        let found = auc_interval(&backwards, &labels, &clusters).expect("twenty clusters");
        assert!(found.value == 0.0 && found.high < 0.27, "{found:?}");
    }

    #[test]
    fn few_clusters_are_trusted_as_student_says() {
        for (degrees, table) in [(4, 2.776), (5, 2.571), (9, 2.262), (29, 2.045), (99, 1.984)] {
            assert!((student(degrees) - table).abs() < 0.01, "{degrees}: {}", student(degrees));
        }
    }
}
