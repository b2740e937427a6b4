//! What does BugPredictor answer, as plain data?

use super::as_text;
use crate::domain::{Probability, Timestamp};
use serde::Serialize;

/// What BugPredictor says of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BugAnswer {
    /// The forecast.
    pub bug_predictions: BugPredictions,
    /// Which model said it.
    pub model: BugModelInfo,
    /// The moment from which days are counted.
    #[serde(serialize_with = "as_text")]
    pub as_of: Timestamp,
}

/// When and where the next fixes are expected. A probability is that of at least one fix commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BugPredictions {
    /// In the whole repository, within 7 days.
    pub overall_probability_7_days: Probability,
    /// Within 15 days.
    pub overall_probability_15_days: Probability,
    /// Within 30 days.
    pub overall_probability_30_days: Probability,
    /// Modules where a fix within 30 days is likelier than not, likeliest first; at most ten.
    pub high_risk_areas: Vec<HighRiskArea>,
    /// How many modules were judged.
    pub n_modules: usize,
    /// The whole repository week by week.
    pub temporal_forecast: TemporalForecast,
    /// Rhythms that a test on this history supports; empty where none is.
    pub temporal_patterns: Vec<TemporalPattern>,
}

/// A module where fixes are expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HighRiskArea {
    /// Its folder; `.` is the top of the tree.
    pub module: String,
    /// Within 30 days.
    pub probability: Probability,
    /// Within 7 days.
    pub probability_7_days: Probability,
    /// Within 15 days.
    pub probability_15_days: Probability,
    /// Fix commits in 30 days, on average over the last year.
    pub historical_bug_rate: f64,
    /// Where the fixes of each four weeks of the last year are going.
    pub trend: Trend,
    /// What moved the probability most, as fact and effect, strongest first.
    pub contributing_factors: Vec<String>,
    /// Files of the change under review that lie in it.
    pub changed_files: Vec<String>,
}

/// A direction that a test supports, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Trend {
    Rising,
    Falling,
    Stable,
}

/// Probability of a fix up to the end of each of the next four weeks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TemporalForecast {
    /// Within 7 days.
    pub week_1: Probability,
    /// Within 14 days.
    pub week_2: Probability,
    /// Within 21 days.
    pub week_3: Probability,
    /// Within 28 days.
    pub week_4: Probability,
}

/// A rhythm of fixes that chance does not explain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TemporalPattern {
    /// `monday_effect`, `release_correlation`, `sprint_end_spike` or `team_rotation`.
    pub name: String,
    /// Share of fixes among commits at these times over that at other times nearby.
    pub effect: f64,
    /// Chance of such an effect by accident, corrected for all tests made (Holm).
    pub p_value: f64,
    /// Tests made on this history.
    pub n_tests: usize,
    /// The same in words.
    pub description: String,
}

/// Which model forecast, and how good it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BugModelInfo {
    /// `bug_predictor`.
    pub name: String,
    /// Changes whenever the method or the columns change.
    pub version: String,
    /// Newest moment it has learned from.
    #[serde(serialize_with = "as_text")]
    pub trained_until: Timestamp,
    /// One entry for each of 7, 15 and 30 days.
    pub horizons: Vec<BugHorizonInfo>,
}

/// How one horizon is answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BugHorizonInfo {
    /// Days ahead.
    pub days: i64,
    /// `boosting_and_rate`, `smoothed_rate`, or `own_rate` where nothing was better than that.
    pub method: String,
    /// Module weeks it was judged on; absent while there are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<BugTrial>,
}

/// Quality on later weeks the model had not seen, beside the module's own rate on the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, serde::Deserialize)]
pub struct BugTrial {
    /// Module weeks judged.
    pub n_test: usize,
    /// Mean squared error of the probability; lower is better.
    pub brier: f64,
    /// Mean negative log-likelihood in nats; lower is better.
    pub log_loss: f64,
    /// Brier score of the own rate.
    pub baseline_brier: f64,
    /// Log loss of the own rate.
    pub baseline_log_loss: f64,
}
