//! Which rows may be learned from?

use crate::domain::Timestamp;
use std::ops::Range;

/// The owner of the rows the answer is for.
pub const OWN: u32 = 0;

/// Rows with known outcomes, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// `n_columns` values for each row, one row after the other; NaN is unknown.
    pub values: &'a [f32],
    /// Values of one row, at least 1.
    pub n_columns: usize,
    /// Outcome of each row.
    pub labels: &'a [bool],
    /// Moment of each row, never falling.
    pub at: &'a [Timestamp],
    /// Days after a row in which its outcome is decided: until then nobody could have learned from it.
    pub label_days: i64,
    /// Whose each row is: [`OWN`] for what the answer is for, other numbers for others, whose rows only teach. Where no
    /// row is own, the answer is for all of them. `None`: all are of one owner.
    pub owners: Option<&'a [u32]>,
}

/// Rows that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRows {
    /// Parts of different lengths.
    #[error(
        "expected {n_columns} values, a label, a moment and an owner for each row, got {n_values} values, {n_labels} \
         labels, {n_moments} moments and {n_owners} owners"
    )]
    #[expect(missing_docs, reason = "the message says it")]
    Misshapen { n_columns: usize, n_values: usize, n_labels: usize, n_moments: usize, n_owners: usize },
    /// A row is older than the one before it.
    #[error("expected rows oldest first, but row {row} is older than the one before it")]
    OutOfOrder {
        /// From 0.
        row: usize,
    },
    /// A value is infinite.
    #[error("expected finite or unknown values, but column {column} of row {row} is infinite")]
    Infinite {
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
    },
}

impl<'a> Rows<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whose a row is.
    pub(super) fn owner(&self, row: usize) -> u32 {
        self.owners.map_or(OWN, |owners| owners[row])
    }

    /// The rows the answer is for, oldest first.
    pub(super) fn own(&self) -> Vec<usize> {
        let own: Vec<usize> = (0..self.len()).filter(|row| self.owner(*row) == OWN).collect();
        if own.is_empty() { (0..self.len()).collect() } else { own }
    }

    /// Some rows that follow each other.
    pub fn slice(&self, rows: Range<usize>) -> Rows<'a> {
        Rows {
            values: &self.values[rows.start * self.n_columns..rows.end * self.n_columns],
            labels: &self.labels[rows.clone()],
            at: &self.at[rows.clone()],
            owners: self.owners.map(|owners| &owners[rows]),
            ..*self
        }
    }

    /// How many of the oldest rows had their outcome decided at `moment`.
    pub fn n_known_at(&self, moment: Timestamp) -> usize {
        self.at.partition_point(|at| at.plus_days(self.label_days) <= moment)
    }

    /// Values of one row.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.n_columns..(row + 1) * self.n_columns]
    }

    pub(super) fn check(&self) -> Result<(), InvalidRows> {
        let n = self.len();
        let n_owners = self.owners.map_or(n, <[u32]>::len);
        let n_expected = n.checked_mul(self.n_columns);
        if self.n_columns == 0 || n_expected != Some(self.values.len()) || self.at.len() != n || n_owners != n {
            return Err(InvalidRows::Misshapen {
                n_columns: self.n_columns,
                n_values: self.values.len(),
                n_labels: n,
                n_moments: self.at.len(),
                n_owners,
            });
        }
        if let Some(before) = self.at.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(InvalidRows::OutOfOrder { row: before + 1 });
        }
        match self.values.iter().position(|value| value.is_infinite()) {
            Some(at) => Err(InvalidRows::Infinite { row: at / self.n_columns, column: at % self.n_columns }),
            None => Ok(()),
        }
    }
}
