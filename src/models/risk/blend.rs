//! How much of an answer is this repository's own, and how much is what many others taught?
//!
//! In: what the repository taught, the base model, and rows neither had learned from. Out: the log-odds of a row and
//! their exact parts: both opinions in log-odds, averaged by a measured weight, then calibrated. Never weighs by taste:
//! the weight is the one with the lowest log loss on the newest rows; without own rows all of it is the base model's.

use super::base::{self, BaseHead};
use crate::models::calibration::{Calibration, CalibrationError, Shape};
use crate::models::evaluation::log_loss;
use crate::models::learner::{Learned, Lesson, Rows};
use crate::models::trees::{Parts, TreesError};
use crate::domain::Probability;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Weights of the base model that are looked at. Finer steps than these make no difference that could be measured.
const BASE_WEIGHTS: [f64; 7] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9];

/// Two opinions and their share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Blend {
    /// What this repository taught, over all columns.
    own: Option<Learned>,
    /// What others taught, over some of them. Kept once in the program, not in every model.
    #[serde(serialize_with = "base::by_name", deserialize_with = "base::shipped_by_name")]
    base: Arc<BaseHead>,
    /// Where the base model's columns stand among all.
    base_columns: Vec<usize>,
    n_columns: usize,
    /// 0 to 1.
    base_weight: f64,
    calibration: Calibration,
}

/// A blend, and what a twin of it that had not seen them said of the newest rows: row and log-odds.
pub(super) struct Blended {
    pub(super) blend: Blend,
    pub(super) held_out: Vec<(usize, f64)>,
}

impl Blend {
    /// The base model alone, over its own columns.
    pub(super) fn of_base(base: &Arc<BaseHead>) -> Self {
        let n_columns = base.n_columns();
        Self {
            own: None,
            base: Arc::clone(base),
            base_columns: (0..n_columns).collect(),
            n_columns,
            base_weight: 1.0,
            calibration: Calibration::identity(),
        }
    }

    /// Weighs and calibrates both opinions on the rows `lesson` held out. `names` are the columns of `rows`.
    ///
    /// # Errors
    /// [`CalibrationError`] when no share of both rises with the outcomes; [`TreesError`] when the base model cannot be
    /// asked.
    pub(super) fn fit(
        lesson: Lesson,
        base: &Arc<BaseHead>,
        names: &[String],
        rows: &Rows<'_>,
    ) -> Result<Blended, FitError> {
        let base_columns = base.places_in(names);
        let held_out: Vec<usize> = lesson.held_out.iter().map(|(row, _)| *row).collect();
        let own: Vec<f64> = lesson.held_out.iter().map(|(_, log_odds)| *log_odds).collect();
        let values: Vec<f32> = held_out.iter().flat_map(|row| rows.row(*row)).copied().collect();
        let others = base.log_odds(&select(&values, names.len(), &base_columns))?;
        let labels: Vec<bool> = held_out.iter().map(|row| rows.labels[*row]).collect();
        let (base_weight, calibration, log_odds) = best_weight(&own, &others, &labels)?;
        let blend = Self {
            own: Some(lesson.learned),
            base: Arc::clone(base),
            base_columns,
            n_columns: names.len(),
            base_weight,
            calibration,
        };
        Ok(Blended { blend, held_out: held_out.into_iter().zip(log_odds).collect() })
    }

    /// Calibrated log-odds of each row.
    pub(super) fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let others = self.base.log_odds(&select(values, self.n_columns, &self.base_columns))?;
        let mean = match &self.own {
            Some(own) => own.log_odds(values)?.into_iter().zip(others).map(|(own, other)| self.mean(own, other)).collect(),
            None => others,
        };
        Ok(mean.into_iter().map(|margin: f64| self.calibration.log_odds(margin)).collect())
    }

    /// The parts of each row's log-odds.
    pub(super) fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        let others = self.base.parts(&select(values, self.n_columns, &self.base_columns))?;
        let others = others.into_iter().map(|parts| self.spread(parts));
        let mean: Vec<Parts> = match &self.own {
            Some(own) => own.parts(values)?.iter().zip(others).map(|(own, other)| self.mean_parts(own, &other)).collect(),
            None => others.collect(),
        };
        Ok(mean.into_iter().map(|parts| self.calibration.parts(parts)).collect())
    }

    /// Share of the base model, 0 to 1.
    pub(super) fn base_weight(&self) -> f64 {
        self.base_weight
    }

    fn mean(&self, own: f64, other: f64) -> f64 {
        self.base_weight * other + (1.0 - self.base_weight) * own
    }

    fn mean_parts(&self, own: &Parts, other: &Parts) -> Parts {
        let weights = own.weights.iter().zip(&other.weights).map(|(own, other)| self.mean(*own, *other)).collect();
        Parts { weights, base: self.mean(own.base, other.base) }
    }

    /// The base model's parts, one for each of all columns.
    fn spread(&self, parts: Parts) -> Parts {
        let mut weights = vec![0.0; self.n_columns];
        self.base_columns.iter().zip(parts.weights).for_each(|(column, weight)| weights[*column] = weight);
        Parts { weights, base: parts.base }
    }
}

/// A blend could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum FitError {
    #[error("could not ask the trees")]
    Trees(#[from] TreesError),
    #[error("could not calibrate the scores")]
    Calibration(#[from] CalibrationError),
}

/// The share of the base model with the lowest log loss, its calibration, and the calibrated log-odds of the rows.
fn best_weight(own: &[f64], others: &[f64], labels: &[bool]) -> Result<(f64, Calibration, Vec<f64>), CalibrationError> {
    let mut best: Option<(f64, (f64, Calibration, Vec<f64>))> = None;
    let mut failure = CalibrationError::NotRising;
    for weight in BASE_WEIGHTS {
        let margins: Vec<f64> = own.iter().zip(others).map(|(own, other)| weight * other + (1.0 - weight) * own).collect();
        let calibration = match Calibration::fit(Shape::Platt, &margins, labels) {
            Ok(calibration) => calibration,
            Err(error) => {
                failure = error;
                continue;
            }
        };
        let log_odds: Vec<f64> = margins.iter().map(|margin| calibration.log_odds(*margin)).collect();
        let probabilities: Vec<f64> = log_odds.iter().map(|odds| Probability::from_log_odds(*odds).get()).collect();
        let loss = log_loss(&probabilities, labels);
        if best.as_ref().is_none_or(|(lowest, _)| loss < *lowest) {
            best = Some((loss, (weight, calibration, log_odds)));
        }
    }
    best.map(|(_, found)| found).ok_or(failure)
}

/// Some columns of whole rows.
fn select(values: &[f32], n_columns: usize, columns: &[usize]) -> Vec<f32> {
    values.chunks_exact(n_columns).flat_map(|row| columns.iter().map(|column| row[*column])).collect()
}
