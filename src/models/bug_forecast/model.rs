//! How likely is a fix in each module within 7, 15 and 30 days?
//!
//! In: what was seen of a repository. Out: a [`Model`], and from a model and what was seen since a [`Forecast`].
//! Never learns while forecasting; never says more than the own rate of a module where what it learned was not better.

use super::head::{Head, Method};
use super::horizon::{Curve, HORIZONS_DAYS};
use super::modules::Modules;
use super::params::Params;
use super::record::Seen;
use super::weeks::Panel;
use crate::domain::{Probability, Timestamp};
use crate::models::trees::TreesError;
use serde::{Deserialize, Serialize};

/// Grows whenever the method or the columns change.
pub const MODEL_VERSION: &str = "bugs-1";

/// Weeks of history a forecast needs.
pub const MIN_WEEKS: usize = 26;

/// Fixes a forecast needs.
pub const MIN_FIXES: usize = 10;

/// A forecast that could not be learned, made or stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The trees failed.
    #[error("could not learn or ask the bug forecast")]
    Trees(#[from] TreesError),
    /// The bytes are no model of this version.
    #[error("could not store or read the model of the bug forecast")]
    Store(#[source] postcard::Error),
}

/// What was learned of one repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    pub(super) modules: Modules,
    pub(super) heads: Vec<Head>,
    /// The moment it was learned as of.
    pub(super) trained_until: Timestamp,
}

/// What is expected of one repository from one moment on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The moment.
    pub as_of: Timestamp,
    /// The whole repository.
    pub whole: Curve,
    /// Its modules, in the order of their names.
    pub modules: Vec<ModuleForecast>,
}

/// What is expected of one module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModuleForecast {
    /// Its folder; `.` is the top.
    pub module: String,
    /// Probability of a fix.
    pub curve: Curve,
}

impl Model {
    /// Learns from everything that was seen; `Err` of the inner result says in words what is missing.
    ///
    /// # Errors
    /// [`Error::Trees`].
    pub fn train(seen: Seen<'_>, params: &Params) -> Result<Result<Self, String>, Error> {
        if let Some(missing) = missing(&seen) {
            return Ok(Err(missing));
        }
        let modules = Modules::of(&seen);
        let panel = Panel::of(seen, &modules);
        let heads = HORIZONS_DAYS.iter().map(|days| Head::learn(&panel, *days, params)).collect::<Result<_, _>>()?;
        Ok(Ok(Self { modules, heads, trained_until: seen.as_of }))
    }

    /// Forecasts from the moment that was seen, which is not before the moment of training.
    ///
    /// # Errors
    /// [`Error::Trees`].
    pub fn forecast(&self, seen: Seen<'_>) -> Result<Forecast, Error> {
        self.forecast_of(&Panel::of(seen, &self.modules), seen.as_of)
    }

    pub(super) fn forecast_of(&self, panel: &Panel<'_>, as_of: Timestamp) -> Result<Forecast, Error> {
        let curves = (0..panel.n_units()).map(|unit| self.curve(panel, unit)).collect::<Result<Vec<_>, _>>()?;
        let (whole, modules) = curves.split_last().expect("the whole is always a unit");
        // A fix in a module is one in the repository.
        let whole = modules.iter().fold(*whole, |whole, module| whole.at_least(*module));
        let named = self.modules.names().iter().zip(modules);
        let module = |(name, curve): (&String, &Curve)| ModuleForecast { module: name.clone(), curve: *curve };
        Ok(Forecast { as_of, whole, modules: named.map(module).collect() })
    }

    fn curve(&self, panel: &Panel<'_>, unit: usize) -> Result<Curve, TreesError> {
        let Some(week) = panel.n_weeks().checked_sub(1) else {
            return Ok(Curve::raised([Probability::from_log_odds(0.0); 3]));
        };
        let ask = |nth: usize| self.heads[nth].ask(panel, unit, week);
        Ok(Curve::raised([ask(0)?, ask(1)?, ask(2)?]))
    }

    /// Its modules.
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// How many of the three horizons are answered by what was learned.
    pub fn n_learned(&self) -> usize {
        (0..self.heads.len()).filter(|horizon| self.is_learned(*horizon)).count()
    }

    /// Whether one of [`HORIZONS_DAYS`] is answered by what was learned.
    pub(super) fn is_learned(&self, horizon: usize) -> bool {
        matches!(self.heads[horizon].method, Method::Learned(_))
    }

    /// As bytes that [`Model::from_bytes`] reads.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        postcard::to_stdvec(self).map_err(Error::Store)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::Store`] when the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = postcard::from_bytes(bytes).map_err(Error::Store)?;
        let is_whole = model.heads.iter().map(|head| head.days).eq(HORIZONS_DAYS);
        if is_whole { Ok(model) } else { Err(Error::Store(postcard::Error::SerdeDeCustom)) }
    }
}

/// What a forecast needs and there is not, in words with numbers.
fn missing(seen: &Seen<'_>) -> Option<String> {
    let weeks = seen.begins_at().map_or(0, |begins_at| seen.as_of.days_since(begins_at) as usize / 7);
    let n_fixes = seen.n_fixes();
    if weeks < MIN_WEEKS {
        return Some(format!("{weeks} weeks of history are known, at least {MIN_WEEKS} are needed"));
    }
    (n_fixes < MIN_FIXES).then(|| format!("{n_fixes} fixes are known, at least {MIN_FIXES} are needed"))
}
