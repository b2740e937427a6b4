//! What does one trained head hold, and how does it score a row?
//!
//! In: rows of the catalogue. Out: log-odds, their exact parts, and how often rows scored this high came true in the
//! backtest. A head answers one question: file risk or change risk.

use super::blend::Blend;
use crate::domain::{Probability, Timestamp};
use crate::features::{Feature, Row};
use crate::models::answer::{Evaluation, Frequency};
use crate::models::explanation::{Distribution, RowKind};
use crate::models::frequency::scored_at_least;
use crate::models::trees::TreesError;
use serde::{Deserialize, Serialize};

/// Everything one question needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) kind: RowKind,
    /// Names of the columns, in order.
    columns: Vec<String>,
    pub(super) ensemble: Blend,
    /// Log-odds before any contribution.
    pub(super) base_log_odds: f64,
    /// Where a value stands, for each column.
    pub(super) usual: Vec<Distribution>,
    /// Scores of the newest fifth, given by a twin that had not learned from it.
    pub(super) scores: Distribution,
    /// Score and outcome of every row the judged model was tested on, lowest score first.
    backtest: Vec<(f32, bool)>,
    /// How well it did on later rows of this repository; absent where it was not judged here.
    pub(super) evaluation: Option<Evaluation>,
    /// What is missing to trust it here.
    pub(super) missing: Option<String>,
    /// Share of positives among the rows of this repository.
    pub(super) base_rate: Option<f64>,
    pub(super) n_train: usize,
    pub(super) trained_until: Timestamp,
}

/// What a [`Head`] is made of.
pub(super) struct HeadParts {
    pub(super) kind: RowKind,
    pub(super) columns: Vec<Feature>,
    pub(super) ensemble: Blend,
    pub(super) base_log_odds: f64,
    pub(super) usual: Vec<Distribution>,
    pub(super) scores: Distribution,
    pub(super) backtest: Vec<(f64, bool)>,
    /// How well it did on later rows of this repository; absent where it was not judged here.
    pub(super) evaluation: Option<Evaluation>,
    /// What is missing to trust it here.
    pub(super) missing: Option<String>,
    /// Share of positives among the rows of this repository.
    pub(super) base_rate: Option<f64>,
    pub(super) n_train: usize,
    pub(super) trained_until: Timestamp,
}

impl Head {
    pub(super) fn new(parts: HeadParts) -> Self {
        let mut backtest: Vec<(f32, bool)> = parts.backtest.iter().map(|&(p, label)| (p as f32, label)).collect();
        backtest.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            kind: parts.kind,
            columns: parts.columns.iter().map(|column| column.name().to_owned()).collect(),
            ensemble: parts.ensemble,
            base_log_odds: parts.base_log_odds,
            usual: parts.usual,
            scores: parts.scores,
            backtest,
            evaluation: parts.evaluation,
            missing: parts.missing,
            base_rate: parts.base_rate,
            n_train: parts.n_train,
            trained_until: parts.trained_until,
        }
    }

    /// The columns, by name: a stored model does not depend on the order of the catalogue.
    pub(super) fn columns(&self) -> Vec<Option<Feature>> {
        self.columns.iter().map(|name| Feature::named(name)).collect()
    }

    /// The head's columns of some rows, one row after the other.
    pub(super) fn values<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<f32> {
        let columns = self.columns();
        rows.flat_map(|row| columns.iter().map(|column| column.map_or(f32::NAN, |column| row.raw(column)))).collect()
    }

    /// Calibrated probability of each row.
    pub(super) fn probabilities<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
    ) -> Result<Vec<Probability>, TreesError> {
        let log_odds = self.ensemble.log_odds(&self.values(rows))?;
        Ok(log_odds.into_iter().map(Probability::from_log_odds).collect())
    }

    /// Percent of the newest fifth that scored lower; `None` where there is no row yet.
    pub(super) fn percentile(&self, probability: Probability) -> Option<f64> {
        self.scores.percent_below(probability.get() as f32)
    }

    /// How often the backtest rows that scored this high or higher came true.
    pub(super) fn frequency(&self, probability: Probability) -> Option<Frequency> {
        scored_at_least(&self.backtest, probability.get() as f32)
    }
}
