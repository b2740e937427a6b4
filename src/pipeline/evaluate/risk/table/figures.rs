//! The figures of one model on rows it has not seen.

use crate::models::evaluation::{
    auc, brier, caught_in_riskiest_fifth, expected_calibration_error, popt, pr_auc, recall_at_fifth_of_effort,
};
use serde::Serialize;
use std::fmt;

/// As the product defines them; `docs/measurements.md` says how.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) auc: f64,
    pr_auc: f64,
    f1: f64,
    pub(super) brier: f64,
    pub(super) ece: f64,
    c20: f64,
    r20: f64,
    popt: f64,
    /// Processor seconds to choose, learn and calibrate, all threads.
    train_cpu_seconds: f64,
}

/// A change counts as named risky above this probability.
const THRESHOLD: f64 = 0.5;

impl Figures {
    pub(super) const HEAD: &'static str =
        "    auc  pr_auc      f1   brier     ece     c20     r20    popt  train CPU s";

    /// Effort is in changed lines.
    pub(super) fn of(
        probabilities: &[f64],
        efforts: &[f64],
        labels: &[bool],
        train_cpu_seconds: f64,
    ) -> Result<Self, String> {
        let n_positive = labels.iter().filter(|label| **label).count();
        let one_outcome =
            || format!("{n_positive} of {} rows to judge by are positive: no order can be judged", labels.len());
        Ok(Self {
            auc: auc(probabilities, labels).ok_or_else(one_outcome)?,
            pr_auc: pr_auc(probabilities, labels).ok_or_else(one_outcome)?,
            f1: f1(probabilities, labels),
            brier: brier(probabilities, labels),
            ece: expected_calibration_error(probabilities, labels),
            c20: caught_in_riskiest_fifth(probabilities, labels).ok_or_else(one_outcome)?,
            r20: recall_at_fifth_of_effort(probabilities, efforts, labels).ok_or_else(one_outcome)?,
            // Without any effort no order is better than another.
            popt: popt(probabilities, efforts, labels).unwrap_or(0.5),
            train_cpu_seconds,
        })
    }

    /// Mean of each figure; of no figures it is not a number, which nobody asks for.
    pub(super) fn mean<'a>(figures: impl Iterator<Item = &'a Figures> + Clone) -> Self {
        let n = figures.clone().count() as f64;
        let mean = |of: fn(&Figures) -> f64| figures.clone().map(of).sum::<f64>() / n;
        Self {
            auc: mean(|figures| figures.auc),
            pr_auc: mean(|figures| figures.pr_auc),
            f1: mean(|figures| figures.f1),
            brier: mean(|figures| figures.brier),
            ece: mean(|figures| figures.ece),
            c20: mean(|figures| figures.c20),
            r20: mean(|figures| figures.r20),
            popt: mean(|figures| figures.popt),
            train_cpu_seconds: mean(|figures| figures.train_cpu_seconds),
        }
    }
}

/// Harmonic mean of precision and recall above the threshold; 0 where nothing right is named.
fn f1(probabilities: &[f64], labels: &[bool]) -> f64 {
    let n_named = probabilities.iter().filter(|p| **p > THRESHOLD).count();
    let n_right = probabilities.iter().zip(labels).filter(|(p, label)| **p > THRESHOLD && **label).count();
    let n_positive = labels.iter().filter(|label| **label).count();
    if n_right == 0 { 0.0 } else { 2.0 * n_right as f64 / (n_named + n_positive) as f64 }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { auc, pr_auc, f1, brier, ece, c20, r20, popt, train_cpu_seconds } = self;
        for figure in [auc, pr_auc, f1, brier, ece, c20, r20, popt] {
            write!(f, "{figure:>7.3} ")?;
        }
        write!(f, "{train_cpu_seconds:>12.1}")
    }
}
