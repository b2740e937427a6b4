//! What does one trained head hold, and how does it score a row?
//!
//! In: rows of the catalogue. Out: log-odds, their exact parts, and how often rows scored like this came true in the
//! backtest. A head answers one question: file risk or change risk.

use crate::domain::{Probability, Timestamp};
use crate::features::{Feature, Row};
use crate::models::answer::{Evaluation, Frequency};
use crate::models::calibration::Platt;
use crate::models::explanation::{Distribution, RowKind};
use crate::models::trees::{Parts, Trees, TreesError};
use serde::{Deserialize, Serialize};

/// Held-out rows a frequency is counted over: enough that one more hit moves it by two percent.
const MAX_NEIGHBOURS: usize = 50;

/// The two members and the line from their mean margin to log-odds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ensemble {
    pub(super) forest: Trees,
    pub(super) boosting: Trees,
    pub(super) platt: Platt,
}

impl Ensemble {
    /// Calibrated log-odds of each row.
    pub(super) fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let margins = mean_margins(&self.forest, &self.boosting, values)?;
        Ok(margins.into_iter().map(|margin| self.platt.log_odds(margin)).collect())
    }

    /// For each row the leaf it falls into, in every tree of both members.
    pub(super) fn leaves(&self, values: &[f32]) -> Result<Vec<Vec<u32>>, TreesError> {
        let (forest, boosting) = (self.forest.leaves(values)?, self.boosting.leaves(values)?);
        Ok(forest.into_iter().zip(boosting).map(|(forest, boosting)| [forest, boosting].concat()).collect())
    }

    /// The parts of each row's log-odds.
    ///
    /// Exact: the log-odds are a line through the mean of two margins, and each margin is the sum of its parts.
    pub(super) fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        let (forest, boosting) = (self.forest.parts(values)?, self.boosting.parts(values)?);
        Ok(forest.iter().zip(&boosting).map(|(forest, boosting)| self.calibrated_parts(forest, boosting)).collect())
    }

    fn calibrated_parts(&self, forest: &Parts, boosting: &Parts) -> Parts {
        let half = self.platt.slope / 2.0;
        let weights = forest.weights.iter().zip(&boosting.weights).map(|(a, b)| half * (a + b)).collect();
        Parts { weights, base: half * (forest.base + boosting.base) + self.platt.intercept }
    }
}

/// The mean of both members' margins, uncalibrated.
pub(super) fn mean_margins(forest: &Trees, boosting: &Trees, values: &[f32]) -> Result<Vec<f64>, TreesError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let (forest, boosting) = (forest.margins(values)?, boosting.margins(values)?);
    Ok(forest.iter().zip(&boosting).map(|(a, b)| (a + b) / 2.0).collect())
}

/// Everything one question needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) kind: RowKind,
    /// Names of the columns, in order.
    columns: Vec<String>,
    pub(super) ensemble: Ensemble,
    /// Log-odds before any contribution.
    pub(super) base_log_odds: f64,
    /// Where a value stands, for each column.
    pub(super) usual: Vec<Distribution>,
    /// Scores of the newest fifth, which the trees have not learned from.
    pub(super) scores: Distribution,
    /// Score and outcome of every row the judged model was tested on, lowest score first.
    backtest: Vec<(f32, bool)>,
    pub(super) evaluation: Evaluation,
    pub(super) base_rate: f64,
    pub(super) n_train: usize,
    pub(super) trained_until: Timestamp,
}

/// What a [`Head`] is made of.
pub(super) struct HeadParts {
    pub(super) kind: RowKind,
    pub(super) columns: Vec<Feature>,
    pub(super) ensemble: Ensemble,
    pub(super) base_log_odds: f64,
    pub(super) usual: Vec<Distribution>,
    pub(super) scores: Distribution,
    pub(super) backtest: Vec<(f64, bool)>,
    pub(super) evaluation: Evaluation,
    pub(super) base_rate: f64,
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

    /// Percent of the newest fifth that scored lower.
    pub(super) fn percentile(&self, probability: Probability) -> f64 {
        self.scores.percent_below(probability.get() as f32).unwrap_or(0.0)
    }

    /// How often the backtest rows with the nearest scores came true.
    pub(super) fn frequency(&self, probability: Probability) -> Option<Frequency> {
        let score = probability.get() as f32;
        let n = self.backtest.len().min(MAX_NEIGHBOURS);
        let (mut from, mut to) = (0, self.backtest.len());
        // The farther end goes until only the nearest are left.
        while to - from > n {
            let (low, high) = (score - self.backtest[from].0, self.backtest[to - 1].0 - score);
            if low > high { from += 1 } else { to -= 1 }
        }
        let n_hits = self.backtest[from..to].iter().filter(|row| row.1).count() as u32;
        (n > 0).then_some(Frequency { n: n as u32, n_hits })
    }
}
