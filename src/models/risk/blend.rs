//! How much of an answer is this repository's own, and how much is what many others taught?
//!
//! In: what the repository taught, the base model, and rows neither had learned from. Out: the log-odds of a row and
//! their exact parts: both opinions in log-odds, averaged by a measured weight, then calibrated. Never weighs by taste:
//! the weight is the one with the lowest log loss on the newest rows; without own rows all of it is the base model's.

use super::base::{self, BaseHead};
use crate::domain::Probability;
use crate::features::Feature;
use crate::models::calibration::{Calibration, CalibrationError, Shape};
use crate::models::evaluation::log_loss;
use crate::models::learner::{Learned, Lesson, Rows};
use crate::models::trees::{Parts, TreesError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Weights of the base model that are looked at: finer steps make no difference that could be measured.
const BASE_WEIGHTS: [f64; 8] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0];

/// Whose opinion an answer is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Blend {
    /// This repository's alone.
    Own(Box<Learned>),
    /// The base model's alone, over its own columns.
    Base(#[serde(with = "base::by_name")] Arc<BaseHead>),
    /// Both.
    Both(Box<Both>),
}

/// Two opinions and their share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Both {
    /// What this repository taught, over all columns.
    own: Learned,
    /// What others taught, over some of them. Kept once in the program, not in every model.
    #[serde(with = "base::by_name")]
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

/// A blend could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum FitError {
    #[error("could not ask the trees")]
    Trees(#[from] TreesError),
    #[error("could not calibrate the scores")]
    Calibration(#[from] CalibrationError),
}

impl Blended {
    /// What this repository taught, and nothing else.
    pub(super) fn of_own(lesson: Lesson) -> Self {
        Self { blend: Blend::Own(Box::new(lesson.learned)), held_out: lesson.held_out }
    }

    /// Weighs and calibrates both opinions on the rows `lesson` held out. `columns` are those of `rows`.
    ///
    /// # Errors
    /// [`FitError::Calibration`] when no share of both rises with the outcomes; [`FitError::Trees`] when the base model
    /// cannot be asked.
    pub(super) fn fit(
        lesson: Lesson,
        base: &Arc<BaseHead>,
        columns: &[Feature],
        rows: &Rows<'_>,
    ) -> Result<Self, FitError> {
        let (held_out, own): (Vec<usize>, Vec<f64>) = lesson.held_out.into_iter().unzip();
        let values: Vec<f32> = held_out.iter().flat_map(|row| rows.row(*row)).copied().collect();
        let base_columns = base.places_in(columns);
        let others = base.log_odds(&select(&values, columns.len(), &base_columns))?;
        let labels: Vec<bool> = held_out.iter().map(|row| rows.labels[*row]).collect();
        let Weighed { base_weight, calibration, log_odds, .. } = best_weight(&own, &others, &labels)?;
        let (base, n_columns) = (Arc::clone(base), columns.len());
        let both = Both { own: lesson.learned, base, base_columns, n_columns, base_weight, calibration };
        Ok(Self { blend: Blend::Both(Box::new(both)), held_out: held_out.into_iter().zip(log_odds).collect() })
    }
}

impl Blend {
    /// Calibrated log-odds of each row.
    pub(super) fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        match self {
            Blend::Own(own) => own.log_odds(values),
            Blend::Base(base) => base.log_odds(values),
            Blend::Both(both) => both.log_odds(values),
        }
    }

    /// The parts of each row's log-odds.
    pub(super) fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        match self {
            Blend::Own(own) => own.parts(values),
            Blend::Base(base) => base.parts(values),
            Blend::Both(both) => both.parts(values),
        }
    }

    /// For each row the leaf it falls into, in every tree of the repository's own model, else of the base model.
    pub(super) fn leaves(&self, values: &[f32]) -> Result<Vec<Vec<u32>>, TreesError> {
        match self {
            Blend::Own(own) => own.leaves(values),
            Blend::Base(base) => base.leaves(values),
            Blend::Both(both) => both.own.leaves(values),
        }
    }

    /// Whose knowledge it is, such as `62% base, 38% this repository`.
    pub(super) fn mix(&self) -> String {
        match self {
            Blend::Own(_) => "100% this repository".to_owned(),
            Blend::Base(_) => "100% base".to_owned(),
            Blend::Both(both) => {
                let percent = (100.0 * both.base_weight).round();
                format!("{percent:.0}% base, {:.0}% this repository", 100.0 - percent)
            }
        }
    }

    /// The base model it draws on.
    pub(super) fn base(&self) -> Option<&BaseHead> {
        match self {
            Blend::Own(_) => None,
            Blend::Base(base) => Some(base),
            Blend::Both(both) => Some(&both.base),
        }
    }
}

impl Both {
    fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let others = self.base.log_odds(&select(values, self.n_columns, &self.base_columns))?;
        let own = self.own.log_odds(values)?.into_iter();
        Ok(own.zip(others).map(|(own, other)| self.calibration.log_odds(mean(self.base_weight, own, other))).collect())
    }

    fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        let others = self.base.parts(&select(values, self.n_columns, &self.base_columns))?;
        let own = self.own.parts(values)?.into_iter();
        Ok(own.zip(others).map(|(own, other)| self.calibrated(own, &self.spread(&other))).collect())
    }

    /// The base model's parts, one for each of all columns.
    fn spread(&self, parts: &Parts) -> Parts {
        let mut weights = vec![0.0; self.n_columns];
        self.base_columns.iter().zip(&parts.weights).for_each(|(column, weight)| weights[*column] = *weight);
        Parts { weights, base: parts.base }
    }

    fn calibrated(&self, own: Parts, other: &Parts) -> Parts {
        let mean = |own: f64, other: f64| mean(self.base_weight, own, other);
        let weights = own.weights.iter().zip(&other.weights).map(|(own, other)| mean(*own, *other)).collect();
        self.calibration.parts(Parts { weights, base: mean(own.base, other.base) })
    }
}

fn mean(base_weight: f64, own: f64, other: f64) -> f64 {
    base_weight * other + (1.0 - base_weight) * own
}

/// One share of the base model, and what comes of it.
struct Weighed {
    base_weight: f64,
    calibration: Calibration,
    /// Calibrated, of each row.
    log_odds: Vec<f64>,
    log_loss: f64,
}

/// The share with the lowest log loss; of equal ones that with the least of the base model.
fn best_weight(own: &[f64], others: &[f64], labels: &[bool]) -> Result<Weighed, CalibrationError> {
    let mut best: Result<Weighed, CalibrationError> = Err(CalibrationError::NotRising);
    for base_weight in BASE_WEIGHTS {
        let found = weigh(base_weight, own, others, labels);
        let is_better = match (&found, &best) {
            (Ok(found), Ok(best)) => found.log_loss < best.log_loss,
            (_, Err(_)) => true,
            (Err(_), Ok(_)) => false,
        };
        if is_better {
            best = found;
        }
    }
    best
}

fn weigh(base_weight: f64, own: &[f64], others: &[f64], labels: &[bool]) -> Result<Weighed, CalibrationError> {
    let margins: Vec<f64> = own.iter().zip(others).map(|(own, other)| mean(base_weight, *own, *other)).collect();
    let calibration = Calibration::fit(Shape::Platt, &margins, labels)?;
    let log_odds: Vec<f64> = margins.iter().map(|margin| calibration.log_odds(*margin)).collect();
    let probabilities: Vec<f64> = log_odds.iter().map(|odds| Probability::from_log_odds(*odds).get()).collect();
    Ok(Weighed { base_weight, calibration, log_loss: log_loss(&probabilities, labels), log_odds })
}

/// Some columns of whole rows of `n_columns`.
pub(super) fn select(values: &[f32], n_columns: usize, columns: &[usize]) -> Vec<f32> {
    values.chunks_exact(n_columns).flat_map(|row| columns.iter().map(|column| row[*column])).collect()
}
