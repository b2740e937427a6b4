//! Which rows may a model learn from, and on which is it judged?
//!
//! In: rows of the catalogue with mature labels, oldest first. Out: ranges in time order. Never shuffles; never lets an
//! outcome that became known later into an earlier part; never cuts a commit in two.

use super::learner::Rows;
use crate::domain::Timestamp;
use crate::features::{Feature, Row};
use std::ops::Range;

/// The newest share of the rows, on which a model is judged.
pub const NEWEST_SHARE: f64 = 0.2;

/// Rows of some columns with their labels, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The features of a row, in order.
    pub columns: Vec<Feature>,
    values: Vec<f32>,
    /// Outcome of each row.
    pub labels: Vec<bool>,
    /// Moment of each row.
    pub at: Vec<Timestamp>,
    /// Days after a row in which its outcome is decided.
    pub label_days: i64,
}

impl Dataset {
    /// Without rows.
    pub fn new(columns: Vec<Feature>, label_days: i64) -> Self {
        Self { columns, values: Vec::new(), labels: Vec::new(), at: Vec::new(), label_days }
    }

    /// Adds a row that is not older than the newest.
    pub fn push(&mut self, row: &Row, label: bool, at: Timestamp) {
        debug_assert!(self.at.last().is_none_or(|newest| *newest <= at), "rows are added oldest first");
        self.values.extend(self.columns.iter().map(|column| row.raw(*column)));
        self.labels.push(label);
        self.at.push(at);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Some rows as the learner takes them.
    pub fn rows(&self, rows: Range<usize>) -> Rows<'_> {
        Rows {
            values: self.values(rows.clone()),
            n_columns: self.columns.len(),
            labels: &self.labels[rows.clone()],
            at: &self.at[rows],
            label_days: self.label_days,
            owners: None,
        }
    }

    /// The values of some rows, one row after the other.
    pub fn values(&self, rows: Range<usize>) -> &[f32] {
        &self.values[rows.start * self.columns.len()..rows.end * self.columns.len()]
    }

    /// One column of some rows.
    pub fn column(&self, column: usize, rows: Range<usize>) -> impl Iterator<Item = f32> + '_ {
        rows.map(move |row| self.values[row * self.columns.len() + column])
    }

    /// How many of some rows are positive.
    pub fn n_positive(&self, rows: Range<usize>) -> usize {
        self.labels[rows].iter().filter(|label| **label).count()
    }

    /// Older part to learn from, newest fifth to judge.
    ///
    /// Rows whose outcome was still open when the newest fifth began are in neither: nobody could have learned from
    /// them at that moment.
    pub fn judging_split(&self) -> Split {
        let test_start = self.commit_start(self.len() as f64 * (1.0 - NEWEST_SHARE));
        Split { train: 0..self.n_known_before(test_start), test: test_start..self.len() }
    }

    /// The first row at or after `near` that starts a new moment, so that no commit stands on both sides.
    fn commit_start(&self, near: f64) -> usize {
        let is_inside = |row: usize| row > 0 && row < self.len() && self.at[row] == self.at[row - 1];
        (near.round() as usize..self.len()).find(|&row| !is_inside(row)).unwrap_or(self.len())
    }

    /// How many of the oldest rows had their outcome decided before row `start`.
    fn n_known_before(&self, start: usize) -> usize {
        let Some(&from) = self.at.get(start) else { return self.len() };
        self.at.partition_point(|at| at.plus_days(self.label_days) <= from).min(start)
    }
}

/// Two parts of a data set, one older than the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// To learn from.
    pub train: Range<usize>,
    /// To judge.
    pub test: Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(days: impl IntoIterator<Item = i64>, label_days: i64) -> Dataset {
        let mut dataset = Dataset::new(vec![Feature::LinesAdded], label_days);
        days.into_iter().for_each(|day| dataset.push(&Row::unknown(), day % 2 == 0, Timestamp(0).plus_days(day)));
        dataset
    }

    #[test]
    fn training_split_never_sees_the_future() {
        let split = dataset(0..100, 10).judging_split();
        // Row 70 is decided on day 80, when the newest fifth begins; row 71 is not.
        assert_eq!(split, Split { train: 0..71, test: 80..100 });
    }

    #[test]
    fn a_commit_is_never_cut_in_two() {
        let days = (0..100).map(|row| row / 7);
        let split = dataset(days.clone(), 0).judging_split();
        assert_eq!(split.test.start % 7, 0);
        assert_eq!(split.train.end % 7, 0);
    }

    #[test]
    fn a_history_shorter_than_its_labels_leaves_nothing_to_fit() {
        assert_eq!(dataset(0..20, 180).judging_split().train, 0..0);
        assert_eq!(dataset([], 30).judging_split(), Split { train: 0..0, test: 0..0 });
    }
}
