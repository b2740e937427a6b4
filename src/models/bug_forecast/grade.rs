//! Did what was forecast come?
//!
//! In: a forecast made earlier, and what happened since. Out: the [`Grade`] of a horizon whose days have passed. Never
//! grades a horizon that is still open, and gives the same grade however often it is asked.

use super::horizon::HORIZONS_DAYS;
use super::model::Forecast;
use super::modules::Modules;
use super::record::Record;
use super::weeks::n_between;
use crate::domain::Timestamp;
use crate::models::evaluation::{brier, log_loss};
use serde::{Deserialize, Serialize};

/// How one horizon of one forecast turned out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// Days of the horizon.
    pub horizon_days: i64,
    /// What was said for the whole repository.
    pub whole_said: f64,
    /// Whether a fix came.
    pub whole_happened: bool,
    /// Modules graded.
    pub n_modules: usize,
    /// Of those, how many saw a fix.
    pub n_happened: usize,
    /// Sum of what was said for them: how many were expected to.
    pub n_expected: f64,
    /// Over the modules; absent where there is none.
    pub brier: Option<f64>,
    /// Over the modules, in nats; absent where there is none.
    pub log_loss: Option<f64>,
}

impl Forecast {
    /// Grades one of [`HORIZONS_DAYS`] by what stands in `record`; `None` where the record ends before its days have passed.
    /// Each file counts for the module it was in when the forecast was made.
    pub fn grade(&self, horizon: usize, record: &Record) -> Option<Grade> {
        let days = *HORIZONS_DAYS.get(horizon)?;
        let is_due = self.as_of.plus_days(days) <= record.ends_at();
        is_due.then(|| self.grade_horizon(horizon, days, &self.fixes(record)))
    }

    /// When each module, and last the whole, was fixed after the forecast.
    fn fixes(&self, record: &Record) -> Vec<Vec<Timestamp>> {
        let modules = Modules::named(self.modules.iter().map(|module| module.module.clone()).collect());
        record.fixes_by_module(&record.as_of(self.as_of), &modules)
    }

    fn grade_horizon(&self, horizon: usize, days: i64, fixes: &[Vec<Timestamp>]) -> Grade {
        let happened = |at: &Vec<Timestamp>| n_between(at, self.as_of, self.as_of.plus_days(days)) > 0;
        let outcomes: Vec<bool> = fixes[..self.modules.len()].iter().map(happened).collect();
        let said: Vec<f64> = self.modules.iter().map(|module| module.curve.all()[horizon].get()).collect();
        let known = |score: f64| Some(score).filter(|score| score.is_finite());
        Grade {
            horizon_days: days,
            whole_said: self.whole.all()[horizon].get(),
            whole_happened: fixes.last().is_some_and(happened),
            n_modules: outcomes.len(),
            n_happened: outcomes.iter().filter(|happened| **happened).count(),
            n_expected: said.iter().sum(),
            brier: known(brier(&said, &outcomes)),
            log_loss: known(log_loss(&said, &outcomes)),
        }
    }
}
