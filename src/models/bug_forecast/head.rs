//! How is one horizon learned, calibrated and asked?
//!
//! In: rows of the [`Panel`] with mature outcomes, in the order of time. Out: a [`Head`]: boosted trees beside the
//! smoothed rate, calibrated on weeks they were not fitted on, or a rate alone where that did better on the newest fifth.
//! Never learns from a week whose outcome was still open when the next part began.

use super::columns::N_COLUMNS;
use super::horizon::WEEK_DAYS;
use super::params::Params;
use super::weeks::{Panel, SMOOTHED_BY};
use crate::domain::Probability;
use crate::models::answer::BugTrial;
use crate::models::calibration::{Calibration, Shape};
use crate::models::dataset::NEWEST_SHARE;
use crate::models::evaluation::{brier, log_loss};
use crate::models::trees::{self, Sample, Trees, TreesError};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Weeks of history before the first row: what is younger has hardly anything to look back on.
const FIRST_ROW_WEEK: usize = 13;

/// Share of the rows before the judged ones that the judged model is calibrated on: the newest of them.
const CALIBRATION_SHARE: f64 = 0.25;

/// Each part of the split needs this many rows of either outcome.
const MIN_OF_EITHER: usize = 10;

/// Margins beyond this are as good as certain, and keep the calibration from leaning on single rows.
const MAX_MARGIN: f64 = 8.0;

/// One horizon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) days: i64,
    pub(super) method: Method,
    /// Whether the whole repository is answered by what was learned, too. It is one unit among many, and where hardly a
    /// week passes without a fix a line fitted to modules is not sure enough of it.
    whole_is_learned: bool,
    /// How the method did beside the own rate on the newest fifth of the weeks; `None` where there are too few.
    pub(super) trial: Option<BugTrial>,
}

/// How a horizon is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Method {
    /// Trees beside the smoothed rate, calibrated.
    Learned(Box<Learned>),
    /// The smoothed rate alone.
    SmoothedRate,
    /// The module's own rate of the last year.
    OwnRate,
}

impl Method {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Method::Learned(_) => "boosting_and_rate",
            Method::SmoothedRate => "smoothed_rate",
            Method::OwnRate => "own_rate",
        }
    }
}

/// Trees, their weight beside the smoothed rate, and the line to log-odds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Learned {
    trees: Trees,
    trees_weight: f64,
    line: Calibration,
}

/// Rows of one horizon in the order of their weeks.
#[derive(Default)]
struct Rows {
    values: Vec<f32>,
    margins: Vec<f64>,
    own: Vec<f64>,
    labels: Vec<bool>,
    week: Vec<usize>,
    is_whole: Vec<bool>,
}

/// Rows to fit, to calibrate and to judge.
struct Split {
    fit: Range<usize>,
    calibrate: Range<usize>,
    judge: Range<usize>,
}

impl Head {
    /// Learns one horizon from all weeks whose outcome is known, and takes what does best on the newest fifth of them.
    pub(super) fn learn(panel: &Panel<'_>, days: i64, params: &Params) -> Result<Self, TreesError> {
        let rows = Rows::of(panel, days, params.n_weeks);
        let Some(split) = rows.split(days).filter(|split| rows.is_enough(split)) else {
            // Elsewhere the smoothed rate is better than the own one on average; here nothing can be told.
            return Ok(Self { days, method: Method::SmoothedRate, whole_is_learned: false, trial: None });
        };
        let Split { fit, calibrate, judge } = split;
        let smoothed = rows.trial(&rows.smoothed(judge.clone()), judge.clone());
        let twin = Learned::fit(&rows, fit, calibrate, params)?;
        let said = twin.map(|twin| twin.probabilities(&rows, judge.clone())).transpose()?;
        let trial = said.as_ref().map(|said| rows.trial(said, judge.clone()));
        if let (Some(said), Some(trial)) = (said, trial.filter(|trial| is_best(trial, &smoothed))) {
            let whole_is_learned = rows.is_better_of_whole(&said, judge.clone());
            let older = rows.before(judge.start, days);
            if let Some(learned) = Learned::fit(&rows, older, judge, params)? {
                return Ok(Self {
                    days,
                    method: Method::Learned(Box::new(learned)),
                    whole_is_learned,
                    trial: Some(trial),
                });
            }
        }
        let is_better = smoothed.log_loss < smoothed.baseline_log_loss;
        let method = if is_better { Method::SmoothedRate } else { Method::OwnRate };
        let own = BugTrial { brier: smoothed.baseline_brier, log_loss: smoothed.baseline_log_loss, ..smoothed };
        Ok(Self { days, method, whole_is_learned: false, trial: Some(if is_better { smoothed } else { own }) })
    }

    /// The probability for a unit at the end of a week.
    pub(super) fn ask(&self, panel: &Panel<'_>, unit: usize, week: usize) -> Result<Probability, TreesError> {
        match &self.method {
            Method::OwnRate => Ok(probability_of_rate(panel.own_rate(unit, week), self.days)),
            Method::SmoothedRate => Ok(smoothed_probability(panel, unit, week, self.days)),
            Method::Learned(_) if unit == panel.whole() && !self.whole_is_learned => {
                Ok(smoothed_probability(panel, unit, week, self.days))
            }
            Method::Learned(learned) => {
                let log_odds =
                    learned.log_odds(&panel.row(unit, week), &[rate_margin(panel, unit, week, self.days)])?;
                Ok(Probability::from_log_odds(log_odds[0]))
            }
        }
    }

    /// What each column, and the smoothed rate beside that of `usual` units, adds to the log-odds of a unit; `None` where
    /// nothing was learned.
    pub(super) fn parts(
        &self,
        panel: &Panel<'_>,
        unit: usize,
        week: usize,
        usual: f64,
    ) -> Result<Option<Parts>, TreesError> {
        let Method::Learned(learned) = &self.method else { return Ok(None) };
        let parts = learned.trees.parts(&panel.row(unit, week))?;
        let (trees, rate) = (learned.line.low * learned.trees_weight, learned.line.low * (1.0 - learned.trees_weight));
        let scaled = |parts: &trees::Parts| parts.weights.iter().map(|weight| trees * weight).collect();
        let rate = rate * (rate_margin(panel, unit, week, self.days) - usual);
        Ok(parts.first().map(|parts| Parts { columns: scaled(parts), rate }))
    }
}

/// The parts of one unit's log-odds.
pub(super) struct Parts {
    /// One for each column.
    pub(super) columns: Vec<f64>,
    /// Of the smoothed rate.
    pub(super) rate: f64,
}

/// Better than the own rate in both figures, and than the smoothed rate in the one that was fitted.
fn is_best(trial: &BugTrial, smoothed: &BugTrial) -> bool {
    trial.brier < trial.baseline_brier && trial.log_loss < trial.baseline_log_loss && trial.log_loss < smoothed.log_loss
}

/// At least one event of a Poisson process with `rate` events a week: `1 - exp(-rate * days / 7)`.
pub(super) fn probability_of_rate(rate: f64, days: i64) -> Probability {
    let p = -(-rate * days as f64 / WEEK_DAYS as f64).exp_m1();
    Probability::new(p).unwrap_or(Probability::from_log_odds(0.0))
}

/// The mean of what a shorter and a longer memory of the rate say.
fn smoothed_probability(panel: &Panel<'_>, unit: usize, week: usize, days: i64) -> Probability {
    let [short, long] = SMOOTHED_BY.map(|memory| probability_of_rate(panel.expected(unit, week, memory), days));
    Probability::new((short.get() + long.get()) / 2.0).unwrap_or(long)
}

/// Log-odds of the smoothed rate.
pub(super) fn rate_margin(panel: &Panel<'_>, unit: usize, week: usize, days: i64) -> f64 {
    let p = smoothed_probability(panel, unit, week, days).get();
    (p / (1.0 - p)).ln().clamp(-MAX_MARGIN, MAX_MARGIN)
}

impl Rows {
    fn of(panel: &Panel<'_>, days: i64, n_weeks: usize) -> Self {
        let mut rows = Self::default();
        let n_open = (days as usize).div_ceil(WEEK_DAYS as usize);
        let end = panel.n_weeks().saturating_sub(n_open);
        for week in end.saturating_sub(n_weeks).max(FIRST_ROW_WEEK)..end {
            for unit in (0..panel.n_units()).filter(|unit| panel.is_born(*unit, week)) {
                let Some(label) = panel.label(unit, week, days) else { continue };
                rows.values.extend(panel.row(unit, week));
                rows.margins.push(rate_margin(panel, unit, week, days));
                rows.own.push(probability_of_rate(panel.own_rate(unit, week), days).get());
                rows.labels.push(label);
                rows.week.push(week);
                rows.is_whole.push(unit == panel.whole());
            }
        }
        rows
    }

    /// In the order of time: the newest fifth of the weeks judges, the newest quarter of the others calibrates.
    fn split(&self, days: i64) -> Option<Split> {
        let (first, last) = (*self.week.first()?, *self.week.last()?);
        let cut = |from: usize, to: usize, share: f64| to - ((to - from) as f64 * share).round() as usize;
        let judge_week = cut(first, last + 1, NEWEST_SHARE);
        let judge = self.first_row_of(judge_week)..self.week.len();
        let known = self.before(judge.start, days);
        let calibrate_week = cut(first, judge_week, CALIBRATION_SHARE);
        let calibrate = self.first_row_of(calibrate_week).min(known.end)..known.end;
        let fit = self.before(calibrate.start, days);
        Some(Split { fit, calibrate, judge })
    }

    fn first_row_of(&self, week: usize) -> usize {
        self.week.partition_point(|at| *at < week)
    }

    /// Rows whose outcome was known when the row at an index was made.
    fn before(&self, row: usize, days: i64) -> Range<usize> {
        let n_open = (days as usize).div_ceil(WEEK_DAYS as usize);
        let week = self.week.get(row).copied().unwrap_or(0);
        0..self.first_row_of((week + 1).saturating_sub(n_open))
    }

    fn is_enough(&self, split: &Split) -> bool {
        [&split.fit, &split.calibrate, &split.judge].into_iter().all(|part| {
            let n_positive = self.labels[part.clone()].iter().filter(|label| **label).count();
            n_positive >= MIN_OF_EITHER && part.len() - n_positive >= MIN_OF_EITHER
        })
    }

    fn values(&self, rows: Range<usize>) -> &[f32] {
        &self.values[rows.start * N_COLUMNS..rows.end * N_COLUMNS]
    }

    /// What the smoothed rate says of some rows.
    fn smoothed(&self, rows: Range<usize>) -> Vec<f64> {
        self.margins[rows].iter().map(|margin| Probability::from_log_odds(*margin).get()).collect()
    }

    /// Whether probabilities are better than the smoothed rate for the whole repository alone.
    fn is_better_of_whole(&self, said: &[f64], rows: Range<usize>) -> bool {
        let whole: Vec<usize> = rows.clone().filter(|row| self.is_whole[*row]).collect();
        let labels: Vec<bool> = whole.iter().map(|row| self.labels[*row]).collect();
        let said: Vec<f64> = whole.iter().map(|row| said[row - rows.start]).collect();
        let smoothed: Vec<f64> = whole.iter().flat_map(|row| self.smoothed(*row..row + 1)).collect();
        log_loss(&said, &labels) < log_loss(&smoothed, &labels)
    }

    /// How good probabilities are, beside the own rate on the same rows.
    fn trial(&self, said: &[f64], rows: Range<usize>) -> BugTrial {
        let (labels, own) = (&self.labels[rows.clone()], &self.own[rows]);
        BugTrial {
            n_test: labels.len(),
            brier: brier(said, labels),
            log_loss: log_loss(said, labels),
            baseline_brier: brier(own, labels),
            baseline_log_loss: log_loss(own, labels),
        }
    }
}

impl Learned {
    /// `None` where higher margins did not go with more fixes on the calibration rows.
    fn fit(
        rows: &Rows,
        fit: Range<usize>,
        calibrate: Range<usize>,
        params: &Params,
    ) -> Result<Option<Self>, TreesError> {
        let sample =
            Sample { values: rows.values(fit.clone()), n_columns: N_COLUMNS, labels: &rows.labels[fit.clone()] };
        let trees = trees::grow_boosting(sample, &params.boosting, params.seed)?;
        let plain = Self { trees, trees_weight: params.trees_weight, line: Calibration::identity() };
        let margins = plain.log_odds(rows.values(calibrate.clone()), &rows.margins[calibrate.clone()])?;
        Ok(Calibration::fit(Shape::Platt, &margins, &rows.labels[calibrate]).ok().map(|line| Self { line, ..plain }))
    }

    /// Log-odds of some rows, given their values and the margins of their smoothed rates.
    fn log_odds(&self, values: &[f32], rates: &[f64]) -> Result<Vec<f64>, TreesError> {
        let mixed = |(tree, rate): (f64, &f64)| self.trees_weight * tree + (1.0 - self.trees_weight) * rate;
        Ok(self.trees.margins(values)?.into_iter().zip(rates).map(mixed).map(|m| self.line.log_odds(m)).collect())
    }

    fn probabilities(&self, rows: &Rows, part: Range<usize>) -> Result<Vec<f64>, TreesError> {
        let log_odds = self.log_odds(rows.values(part.clone()), &rows.margins[part])?;
        Ok(log_odds.into_iter().map(|log_odds| Probability::from_log_odds(log_odds).get()).collect())
    }
}
