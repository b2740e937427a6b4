//! What do the models answer, as plain data?
//!
//! Field names are the JSON contract of the product (documented in `docs/json.md`); more fields may be added.
//! Never holds a number that was not computed: what is unknown is absent.

mod anomaly;
mod bugs;
mod impact;

pub use anomaly::*;
pub use bugs::*;
pub use impact::*;

use crate::domain::{Band, CommitId, Probability, Timestamp};
use serde::Serialize;

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
    /// The same question asked of another change, where the answer is noticeably lower; at most three, lowest first.
    pub counterfactuals: Vec<Counterfactual>,
    /// The earlier changes of this repository that the model finds most alike, and what became of them; at most three.
    pub similar_changes: Vec<SimilarChange>,
    /// Where in the diff to look first.
    pub line_attention: LineAttention,
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
    /// Share of this repository's files at their last change that score lower, 0 to 100; absent where none is known.
    pub percentile: Option<f64>,
    /// The strongest contributions as fact and comparison, strongest first.
    pub factors: Vec<String>,
    /// Exact contributions in log-odds; with `model.base_log_odds` they sum to the log-odds of `risk_score`.
    pub contributions: Vec<Contribution>,
    /// What the author can do about it; empty where nothing follows.
    pub recommendations: Vec<String>,
    /// How often files scored this high or higher needed a fix in the backtest.
    pub frequency: Option<Frequency>,
}

/// How likely the change introduces a bug.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeRisk {
    /// Calibrated probability of a bug-introducing change (SZZ label).
    pub risk_score: Probability,
    /// Share of this repository's changes that introduced one: the value to compare with; absent where none is known.
    pub base_rate: Option<Probability>,
    /// Share of this repository's past changes that score lower, 0 to 100; absent where none is known.
    pub percentile: Option<f64>,
    /// The strongest contributions as fact and comparison, strongest first.
    pub factors: Vec<String>,
    /// Exact contributions in log-odds.
    pub contributions: Vec<Contribution>,
    /// Log-odds before any contribution.
    pub base_log_odds: f64,
    /// How often changes scored this high or higher introduced a bug in the backtest.
    pub frequency: Option<Frequency>,
    /// How well the model did on later data of this repository; absent where it was not judged here.
    pub evaluation: Option<Evaluation>,
}

/// What the model says of a change that is not this one but could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counterfactual {
    /// What is different.
    pub kind: CounterfactualKind,
    /// The same in words, with both scores.
    pub description: String,
    /// Which score is compared.
    pub subject: ScoreSubject,
    /// That score of the change as it is.
    pub risk_now: Probability,
    /// The score it would have; of the riskier part where it is split.
    pub risk_score: Probability,
    /// The file that is left out, or the test that is thought to be added; empty for a split.
    pub files: Vec<String>,
    /// Both parts of a split; empty otherwise.
    pub parts: Vec<ChangePart>,
}

/// How a change may be different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterfactualKind {
    /// One file is left out.
    WithoutFile,
    /// A usual number of lines of a test is added.
    WithTests,
    /// It comes as two changes.
    Split,
}

/// Whose score is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreSubject {
    /// `change_risk`.
    Change,
    /// `risk_score` of the riskiest file, where the change as a whole has no score.
    RiskiestFile,
}

/// One part of a change that is split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangePart {
    /// Its files.
    pub files: Vec<String>,
    /// Its score as a change of its own.
    pub risk_score: Probability,
}

/// An earlier change of this repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarChange {
    /// Its commit.
    pub commit: CommitId,
    /// First line of its message: a stranger's words.
    pub subject: String,
    /// When it was committed.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// How alike, 0 to 1: the share of the trees that cannot tell the two apart.
    pub similarity: f64,
    /// What became of it.
    pub outcome: ChangeOutcome,
    /// The commit that fixed or reverted it.
    pub by: Option<CommitId>,
}

/// What became of a change, as far as is known at the moment of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOutcome {
    /// No fix blames it.
    Clean,
    /// A fix blames it.
    Fixed,
    /// It was undone.
    Reverted,
}

/// Spots of the diff to look at first, or why none is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LineAttention {
    /// At most three, the likeliest first; empty where nothing is shown.
    pub spots: Vec<AttentionSpot>,
    /// Why nothing is shown, as a sentence fragment.
    pub not_shown: Option<String>,
    /// How often such spots were right on this repository's past; absent where there was too little of it.
    pub track_record: Option<TrackRecord>,
}

/// Lines that the change wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttentionSpot {
    /// Path after the change.
    pub file: String,
    /// First line in the new file, from 1; stands in the diff.
    pub first_line: u32,
    /// Last line, inclusive; stands in the diff.
    pub last_line: u32,
    /// The function around them, where there is one.
    pub function: Option<String>,
    /// Share of the attention among all spots of the change, 0 to 1. Ranks; not a probability of a bug.
    pub share: f64,
    /// What draws attention to it, strongest first.
    pub reasons: Vec<String>,
}

/// How often one of the three spots held a line that a later fix changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, serde::Deserialize)]
pub struct TrackRecord {
    /// Changes that were judged: each introduced a defect, and had more than three spots.
    pub n: u32,
    /// Share of them with a hit among the three spots.
    pub hit_rate: f64,
    /// The same for the three spots with the most lines.
    pub baseline_hit_rate: f64,
    /// 95% bootstrap interval of the difference between the two.
    pub difference_interval: [f64; 2],
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

/// A frequency one can say aloud: of the cases that scored this high or higher, and of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Frequency {
    /// Cases of the backtest that scored this high or higher.
    pub n: u32,
    /// How many of them came true.
    pub n_hits: u32,
    /// All cases of the backtest.
    pub n_all: u32,
    /// How many of all came true.
    pub n_all_hits: u32,
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
    /// How well it did on the newest fifth of the mature rows of this repository; absent where it was not judged here.
    pub evaluation: Option<Evaluation>,
    /// What is missing to trust it here, as a sentence fragment with numbers: too few rows to judge it, or no evidence
    /// that it is better than chance. Its scores are then shown, and block nothing.
    pub missing: Option<String>,
    /// The base model's part in it, where it has one.
    pub base: Option<BaseInfo>,
}

/// The base model an answer draws on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct BaseInfo {
    /// Public repositories it learned from; this one is not among them.
    pub n_repositories: usize,
    /// Rows of them.
    pub n_train: usize,
    /// Newest of those rows.
    #[serde(serialize_with = "as_text")]
    pub trained_until: Timestamp,
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

impl Evaluation {
    /// Whether the model put the held-out rows in a better order than the plain baseline did.
    pub fn ranks_better_than_baseline(&self) -> bool {
        self.auc > self.baseline_auc
    }
}

fn as_text<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() { serializer.collect_str(at) } else { serializer.serialize_i64(at.0) }
}
