//! Is a blend with the base model better than this repository alone, or than the base model alone?
//!
//! In: a training table and a base model that has not learned from it. Out: for either head, how each of the three did
//! on the same newest rows. The proof behind the base model, and the choice of how it is blended.

use super::base::Base;
use super::blend::select;
use super::train::Task;
use super::{Error, ValidParams};
use crate::domain::Probability;
use crate::features::Table;
use crate::models::evaluation::{auc, brier};
use crate::models::learner::learn;
use serde::Serialize;

/// Rank and error on the newest rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
}

/// Three models on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows judged.
    pub n_test: usize,
    /// Positives among them.
    pub n_positive: usize,
    /// The plain ranking: earlier fixes of the file, lines of the change.
    pub baseline_auc: f64,
    /// This repository alone; absent where it is too short to learn from.
    pub own: Option<Quality>,
    /// The base model as it comes: this repository taught it nothing.
    pub base: Quality,
    /// Both, by the weight the rows before the judged ones asked for.
    pub blend: Option<Quality>,
    /// What that was, such as `62% base, 38% this repository`.
    pub mix: Option<String>,
}

/// Both heads, `None` where the newest rows do not hold both outcomes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// File risk.
    pub files: Option<Comparison>,
    /// Change risk.
    pub changes: Option<Comparison>,
}

/// Judges the three on the newest fifth of the rows.
///
/// # Errors
/// [`Error::Trees`] when the trees fail, which sound rows never cause.
pub fn compare(table: &Table, params: &ValidParams, base: &Base) -> Result<Compared, Error> {
    Ok(Compared {
        files: compare_head(&Task::of_files(table), params, base)?,
        changes: compare_head(&Task::of_changes(table), params, base)?,
    })
}

fn compare_head(task: &Task, params: &ValidParams, base: &Base) -> Result<Option<Comparison>, Error> {
    let (data, split) = (&task.data, task.data.judging_split());
    let (test, labels) = (split.test.clone(), &data.labels[split.test.clone()]);
    let quality = |log_odds: Vec<f64>| {
        let probabilities: Vec<f64> = log_odds.into_iter().map(|odds| Probability::from_log_odds(odds).get()).collect();
        auc(&probabilities, labels).map(|auc| Quality { auc, brier: brier(&probabilities, labels) })
    };
    let head = base.head(task.kind);
    let values = data.values(test.clone());
    let of_base = head.log_odds(&select(values, data.columns.len(), &head.places_in(&data.columns)))?;
    let Some(of_base) = quality(of_base) else { return Ok(None) };
    let rows = data.rows(split.train.clone());
    let lesson = learn(&rows, &params.get().menu).ok();
    let own = lesson.as_ref().map(|lesson| lesson.learned.log_odds(values)).transpose()?.and_then(&quality);
    let blend = lesson.and_then(|lesson| task.blend(lesson, Some(base), &rows).ok()).map(|blended| blended.blend);
    let of_blend = blend.as_ref().map(|blend| blend.log_odds(values)).transpose()?.and_then(&quality);
    Ok(Some(Comparison {
        n_test: labels.len(),
        n_positive: data.n_positive(test.clone()),
        baseline_auc: auc(&task.baseline[test], labels).unwrap_or(0.5),
        own,
        base: of_base,
        blend: of_blend,
        mix: blend.map(|blend| blend.mix()),
    }))
}
