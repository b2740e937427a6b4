//! How good would the forecast have been in the past?
//!
//! In: a record. Out: [`Case`]s: for origins two weeks apart what the model of that time said for each module and
//! horizon, what two plain forecasts said, and what happened. The model is trained anew every twelve weeks on only what
//! was known then, and forecasts from what was known at each origin; outcomes count once their days have passed.

use super::head::probability_of_rate;
use super::horizon::{HORIZONS_DAYS, WEEK_DAYS};
use super::model::{Error, Model};
use super::modules::Modules;
use super::params::Params;
use super::record::{Record, Seen};
use super::weeks::{OWN_RATE_DAYS, n_between, own_rate};
use crate::domain::{Probability, Timestamp};

/// Days from one origin to the next.
const STEP_DAYS: i64 = 14;

/// Origins a model serves before it is trained anew. The product trains anew every week; here that would cost minutes.
const ORIGINS_A_MODEL: usize = 6;

/// Earlier years a seasonal forecast looks at.
const MAX_SEASONS: i64 = 3;

/// Days before and after the same days of an earlier year that count as the season: a week alone is a coin toss.
const SEASON_MARGIN_DAYS: i64 = 14;

/// One forecast and its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The moment.
    pub origin: Timestamp,
    /// The module; `None` is the whole repository.
    pub module: Option<String>,
    /// Index into [`HORIZONS_DAYS`].
    pub horizon: usize,
    /// What the model said.
    pub said: f64,
    /// What the module's own rate of the last 365 days says.
    pub own_rate: f64,
    /// The same of the last two years.
    pub two_year_rate: f64,
    /// What the same season of up to three earlier years says.
    pub seasonal: f64,
    /// Whether a fix came.
    pub happened: bool,
    /// Whether the horizon was answered by what was learned.
    pub is_learned: bool,
}

/// All cases.
#[derive(Debug, Clone, Default)]
pub struct Backtest {
    /// In the order of their origins.
    pub cases: Vec<Case>,
    /// Origins at which the model abstained.
    pub n_abstained: usize,
    /// Origins at which it answered.
    pub n_origins: usize,
    /// Models trained.
    pub n_models: usize,
}

/// Replays the newest `days` of a record.
///
/// # Errors
/// [`Error::Trees`].
pub fn backtest(
    record: &Record,
    days: i64,
    params: &Params,
    progress: &dyn Fn(usize, usize),
) -> Result<Backtest, Error> {
    let n_origins = (days / STEP_DAYS) as usize;
    let first = record.ends_at().plus_days(-STEP_DAYS * n_origins as i64);
    let mut backtest = Backtest::default();
    let mut model: Option<Model> = None;
    for nth in 0..n_origins {
        progress(nth, n_origins);
        let seen = record.as_of(first.plus_days(STEP_DAYS * nth as i64));
        if nth % ORIGINS_A_MODEL == 0 || model.is_none() {
            model = Model::train(seen, params)?.ok();
            backtest.n_models += usize::from(model.is_some());
        }
        match &model {
            None => backtest.n_abstained += 1,
            Some(model) => {
                backtest.n_origins += 1;
                add_cases(&mut backtest.cases, record, seen, model)?;
            }
        }
    }
    Ok(backtest)
}

fn add_cases(cases: &mut Vec<Case>, record: &Record, seen: Seen<'_>, model: &Model) -> Result<(), Error> {
    let forecast = model.forecast(seen)?;
    let fixes = Fixes::of(record, &seen, model.modules());
    let whole = (None, &forecast.whole, forecast.modules.len());
    let modules = forecast.modules.iter().enumerate();
    let modules = modules.map(|(nth, said)| (Some(said.module.clone()), &said.curve, nth));
    for (module, curve, unit) in modules.chain([whole]) {
        for (horizon, days) in HORIZONS_DAYS.into_iter().enumerate() {
            let until = seen.as_of.plus_days(days);
            if until > record.ends_at() {
                continue;
            }
            cases.push(Case {
                origin: seen.as_of,
                module: module.clone(),
                horizon,
                said: curve.all()[horizon].get(),
                own_rate: fixes.own_rate(unit, seen.as_of, OWN_RATE_DAYS, days).get(),
                two_year_rate: fixes.own_rate(unit, seen.as_of, 2 * OWN_RATE_DAYS, days).get(),
                seasonal: fixes.seasonal(unit, seen.as_of, days).get(),
                happened: n_between(&fixes.at[unit], seen.as_of, until) > 0,
                is_learned: model.is_learned(horizon),
            });
        }
    }
    Ok(())
}

/// When each module, and last the whole, was fixed, now and later, and when it was first touched.
struct Fixes {
    at: Vec<Vec<Timestamp>>,
    born_at: Vec<Option<Timestamp>>,
}

impl Fixes {
    fn of(record: &Record, seen: &Seen<'_>, modules: &Modules) -> Self {
        let places = modules.of_paths(seen);
        let whole = modules.names().len();
        let mut born_at = vec![None; whole + 1];
        for commit in seen.commits {
            for touch in &commit.touches {
                for unit in places[touch.path as usize].into_iter().chain([whole]) {
                    born_at[unit].get_or_insert(commit.at);
                }
            }
        }
        Self { at: record.fixes_by_module(seen, modules), born_at }
    }

    fn own_rate(&self, unit: usize, now: Timestamp, window_days: i64, days: i64) -> Probability {
        probability_of_rate(own_rate(&self.at[unit], self.born_at[unit], now, window_days), days)
    }

    /// The rate in the same days of earlier years, a little widened, half a fix added; the own rate before there are any.
    fn seasonal(&self, unit: usize, now: Timestamp, days: i64) -> Probability {
        let windows = (1..=MAX_SEASONS)
            .map(|year| now.plus_days(-52 * WEEK_DAYS * year))
            .map(|same| (same.plus_days(-SEASON_MARGIN_DAYS), same.plus_days(days + SEASON_MARGIN_DAYS).min(now)));
        let known: Vec<_> = windows.filter(|(from, _)| self.born_at[unit].is_some_and(|born| born <= *from)).collect();
        if known.is_empty() {
            return self.own_rate(unit, now, OWN_RATE_DAYS, days);
        }
        let n_fixes: usize = known.iter().map(|(from, until)| n_between(&self.at[unit], *from, *until)).sum();
        let n_days: f64 = known.iter().map(|(from, until)| until.days_since(*from)).sum();
        probability_of_rate((n_fixes as f64 + 0.5) * WEEK_DAYS as f64 / n_days, days)
    }
}
