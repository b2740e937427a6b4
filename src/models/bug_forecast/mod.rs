//! Where and when will the next bugs come?
//!
//! In: a [`Record`] of what happened in a repository. Out: for the whole and each module the probability of a fix within
//! 7, 15 and 30 days. Never sees what came after the moment it is asked about, never learns while forecasting.
//! The card beside this file says how it is done and what was measured.

mod backtest;
mod columns;
mod explain;
mod grade;
mod head;
mod horizon;
mod model;
mod modules;
mod params;
mod patterns;
mod record;
mod smoothing;
#[cfg(test)]
mod tests;
mod trend;
mod weeks;

pub use backtest::{Backtest, Case, backtest};
pub use grade::Grade;
pub use horizon::{Curve, HORIZONS_DAYS};
pub use model::{Error, Forecast, MIN_FIXES, MIN_WEEKS, MODEL_VERSION, Model, ModuleForecast};
pub use modules::Modules;
pub use params::Params;
pub use record::{Record, Seen};
