//! What do the models answer, as plain data?
//!
//! Field names are the JSON contract of the product (documented in `docs/json.md`); more fields may be added.
//! Never holds a number that was not computed: what is unknown is absent.

use crate::domain::{Band, Probability, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// An answer, or the honest reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// The model stands behind this.
    Ready(T),
    /// Too little history, or the model was not better than its baseline on newer data.
    NotEnoughHistory {
        /// What is missing, as a sentence fragment with numbers.
        missing: String,
    },
    /// This version of Hyperion does not have the model yet.
    NotAvailable,
}

impl<T> Outcome<T> {
    /// The answer, where there is one.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Outcome::Ready(answer) => Some(answer),
            _ => None,
        }
    }
}

/// What RiskPredictor says of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiskAnswer {
    /// One entry for each changed file it can judge, riskiest first.
    pub risk_predictions: Vec<FileRisk>,
    /// The change as a whole; absent while there are too few mature bug-introduction labels.
    pub change_risk: Option<ChangeRisk>,
    /// Which model said it.
    pub model: ModelInfo,
    /// The moment everything was computed as of.
    #[serde(serialize_with = "as_text")]
    pub as_of: Timestamp,
}

/// How likely one file needs a bug fix within 30 days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileRisk {
    /// Path after the change.
    pub file: String,
    /// Calibrated probability that a fix touches the file in the 30 days after.
    pub risk_score: Probability,
    /// The same for the file as it was before; absent for a new file.
    pub risk_before: Option<Probability>,
    /// Band of `risk_score`.
    pub band: Band,
    /// Share of this repository's files at their last change that score lower, 0 to 100.
    pub percentile: f64,
    /// The strongest contributions as fact and comparison, strongest first.
    pub factors: Vec<String>,
    /// Exact contributions in log-odds; with `model.base_log_odds` they sum to the log-odds of `risk_score`.
    pub contributions: Vec<Contribution>,
    /// What the author can do about it; empty where nothing follows.
    pub recommendations: Vec<String>,
    /// How often files scored like this needed a fix in the backtest.
    pub frequency: Option<Frequency>,
}

/// How likely the change introduces a bug.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeRisk {
    /// Calibrated probability of a bug-introducing change (SZZ label).
    pub risk_score: Probability,
    /// Share of this repository's changes that introduced one: the value to compare with.
    pub base_rate: Probability,
    /// Share of this repository's past changes that score lower, 0 to 100.
    pub percentile: f64,
    /// The strongest contributions as fact and comparison, strongest first.
    pub factors: Vec<String>,
    /// Exact contributions in log-odds.
    pub contributions: Vec<Contribution>,
    /// Log-odds before any contribution.
    pub base_log_odds: f64,
    /// How often changes scored like this introduced a bug in the backtest.
    pub frequency: Option<Frequency>,
    /// How well the model did on later data.
    pub evaluation: Evaluation,
}

/// One feature's part in a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// Name in the catalogue.
    pub feature: String,
    /// Its value, in the catalogue's unit; absent when unknown.
    pub value: Option<f64>,
    /// Signed contribution in log-odds.
    pub weight: f64,
    /// Share of this repository's rows with a lower value, 0 to 100.
    pub percentile: Option<f64>,
}

/// A frequency one can say aloud: `n_hits` of `n` similar cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Frequency {
    /// Cases in the backtest whose score was nearest.
    pub n: u32,
    /// How many of them needed a fix.
    pub n_hits: u32,
}

/// Which model answered, and how good it was.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct ModelInfo {
    /// `risk_predictor`.
    pub name: String,
    /// Changes whenever the method or the features change.
    pub version: String,
    /// Where the knowledge comes from, such as `100% this repository`.
    pub mix: String,
    /// Newest commit time it has learned from.
    #[serde(serialize_with = "as_text")]
    pub trained_until: Timestamp,
    /// Mature rows it was trained on.
    pub n_train: usize,
    /// Log-odds before any contribution.
    pub base_log_odds: f64,
    /// How well it did on the newest fifth of the mature rows.
    pub evaluation: Evaluation,
}

/// Quality on later data the model had not seen, beside plain baselines on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Evaluation {
    /// Rows judged.
    pub n_test: usize,
    /// Of those, how many were positive.
    pub n_positive: usize,
    /// First and last row judged.
    #[serde(serialize_with = "as_text")]
    pub from: Timestamp,
    /// Last row judged.
    #[serde(serialize_with = "as_text")]
    pub to: Timestamp,
    /// Area under the ROC curve; 0.5 is chance.
    pub auc: f64,
    /// Area under the precision-recall curve; the base rate is chance.
    pub pr_auc: f64,
    /// Mean squared error of the probability; lower is better.
    pub brier: f64,
    /// Expected calibration error, 15 equal-width bins.
    pub ece: f64,
    /// AUC of the plain baseline (churn for changes, earlier fixes for files).
    pub baseline_auc: f64,
    /// Brier score of always saying the base rate of the training part.
    pub baseline_brier: f64,
}

/// What ImpactAnalyzer says of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImpactAnswer {
    /// Paths after the change.
    pub files_changed: Vec<String>,
    /// 0 to 10; 8.0 and above is the top 4% of this repository's past changes.
    pub overall_impact_score: f64,
    /// Dimensions this version measures, 0 to 10 each; a dimension it does not measure is absent.
    pub dimensions: BTreeMap<String, f64>,
    /// Files expected to feel the change, most affected first.
    pub affected_components: Vec<AffectedComponent>,
    /// Existing tests that reach the changed files.
    pub recommended_tests: Vec<String>,
    /// What to do, checkable.
    pub recommendations: Vec<String>,
    /// Files that depend on the changed ones, directly or not.
    pub n_dependents: usize,
    /// Usual companions of the changed files that are missing from this change.
    pub missing_companions: Vec<Companion>,
    /// Per changed file, 0 to 10, in the order of `files_changed`.
    pub file_scores: Vec<f64>,
    /// How it was computed: `structural`.
    pub method: String,
}

/// A file that will feel the change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AffectedComponent {
    /// Folder or package it belongs to.
    pub component: String,
    /// Its path.
    pub file: String,
    /// 0 to 10.
    pub impact_score: f64,
    /// `imports` or `changes_together`.
    pub impact_type: String,
    /// From a changed file to this one, both included.
    pub dependency_path: Vec<String>,
    /// `low` when tests reach it, `medium` when only tests of its dependents do, `high` when none do.
    pub estimated_test_effort: String,
}

/// A file that usually changes together with a changed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// The missing file.
    pub file: String,
    /// The changed file it usually goes with.
    pub with: String,
    /// Changes of `with` that changed `file` too.
    pub n_together: u32,
    /// Changes of `with`.
    pub n_changes: u32,
}

// ---- BugPredictor ----

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

fn as_text<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() { serializer.collect_str(at) } else { serializer.serialize_i64(at.0) }
}
