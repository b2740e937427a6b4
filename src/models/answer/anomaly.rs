//! What does AnomalyDetector answer, as plain data?

use super::as_text;
use crate::domain::{CommitId, Timestamp};
use serde::Serialize;

/// What AnomalyDetector says of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnomalyAnswer {
    /// What is extraordinary about it, strangest first; empty for an ordinary change.
    pub anomalies_detected: Vec<Anomaly>,
    /// The change over all columns, whether or not anything of it is told.
    pub change: ChangeStrangeness,
    /// Which model said it.
    pub model: AnomalyModel,
    /// The moment everything was computed as of.
    #[serde(serialize_with = "as_text")]
    pub as_of: Timestamp,
}

/// One way in which a change is extraordinary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anomaly {
    /// `large_commit`, `late_night_coding`, `complexity_spike`, `unusual_file_pattern`, `mass_deletion` or
    /// `dependency_injection`.
    #[serde(rename = "type")]
    pub kind: String,
    /// -1 (every change here is as strange) to 1: 1 - 2 √`share_as_strange`.
    pub score: f64,
    /// Percentile of the score times the share of the trees that agree, 0 to 1.
    pub confidence: f64,
    /// Share of the changes it was compared with that were at least as strange in this way, 0 to 1.
    pub share_as_strange: f64,
    /// What is extraordinary, with its numbers.
    pub description: String,
    /// Newest commit of the change.
    pub commit: CommitId,
    /// Its time.
    #[serde(serialize_with = "as_text")]
    pub timestamp: Timestamp,
    /// What may follow from it.
    pub impact_assessment: String,
    /// What one can do.
    pub suggested_action: String,
}

/// How strange a change is over all columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeStrangeness {
    /// -1 to 1, as [`Anomaly::score`].
    pub score: f64,
    /// Share of the changes it was compared with that were at least as strange, 0 to 1.
    pub share_as_strange: f64,
    /// The columns that set it apart, strongest first.
    pub contributions: Vec<AnomalyContribution>,
}

/// One column's part in setting a change apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnomalyContribution {
    /// Name of the column; the card of the model explains it.
    pub column: String,
    /// Its part, 0 to 1; all parts together are 1.
    pub share: f64,
    /// Share of the compared changes with a lower value, 0 to 100; absent where the value is unknown.
    pub percentile: Option<f64>,
}

/// Which anomaly model answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnomalyModel {
    /// `anomaly_detector`.
    pub name: String,
    /// Changes whenever the method or the columns change.
    pub version: String,
    /// `100% this repository`, or `100% base` while it has too few changes.
    pub mix: String,
    /// Changes it was fitted on.
    pub n_changes: usize,
    /// Newest commit time among them.
    #[serde(serialize_with = "as_text")]
    pub trained_until: Timestamp,
    /// A change is told when at most this share of them was as strange.
    pub alarm_share: f64,
}
