//! What did the models say about the files that count?
//!
//! In: the answers as they came. Out: the same without the paths the repository leaves out, riskiest first, and looked
//! up by path. Never fills a gap: a file a model did not judge has no number.

use super::Input;
use crate::domain::DiffFile;
use crate::models::answer::{FileRisk, ImpactAnswer};
use std::collections::{HashMap, HashSet};

/// The answers, ready to be asked.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// Judged files, riskiest first, equal scores in path order.
    pub(super) risks: Vec<&'a FileRisk>,
    /// What is felt, where the model answered.
    pub(super) impact: Option<&'a ImpactAnswer>,
    risk_by_path: HashMap<&'a str, &'a FileRisk>,
    impact_by_path: HashMap<&'a str, f64>,
    diff_by_path: HashMap<&'a str, &'a DiffFile>,
}

impl<'a> View<'a> {
    /// Reads the answers once.
    pub(super) fn new(input: &Input<'a>) -> Self {
        let ignored: HashSet<&str> = input.ignored.iter().map(String::as_str).collect();
        let counts = |path: &str| !ignored.contains(path);
        let predictions = input.risk.ready().map_or(&[][..], |answer| &answer.risk_predictions);
        let mut risks: Vec<_> = predictions.iter().filter(|risk| counts(&risk.file)).collect();
        risks.sort_by(|a, b| b.risk_score.get().total_cmp(&a.risk_score.get()).then_with(|| a.file.cmp(&b.file)));
        let impact = input.impact.ready();
        let scores = impact.into_iter().flat_map(|answer| answer.files_changed.iter().zip(&answer.file_scores));
        Self {
            risk_by_path: risks.iter().map(|&risk| (risk.file.as_str(), risk)).collect(),
            risks,
            impact,
            impact_by_path: scores.map(|(path, &score)| (path.as_str(), score)).filter(|(p, _)| counts(p)).collect(),
            diff_by_path: input.diff.files.iter().map(|file| (file.path.as_str(), file)).collect(),
        }
    }

    /// The riskiest file, if any was judged.
    pub(super) fn top(&self) -> Option<&'a FileRisk> {
        self.risks.first().copied()
    }

    /// What RiskPredictor says of one file.
    pub(super) fn risk_of(&self, path: &str) -> Option<&'a FileRisk> {
        self.risk_by_path.get(path).copied()
    }

    /// Impact of one file, 0 to 10.
    pub(super) fn impact_of(&self, path: &str) -> Option<f64> {
        self.impact_by_path.get(path).copied()
    }

    /// Files with an impact score, highest first, equal scores in path order.
    pub(super) fn impacts(&self) -> Vec<(&'a str, f64)> {
        let mut scores: Vec<_> = self.impact_by_path.iter().map(|(&path, &score)| (path, score)).collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        scores
    }

    /// What happened to one file.
    pub(super) fn diff_of(&self, path: &str) -> Option<&'a DiffFile> {
        self.diff_by_path.get(path).copied()
    }
}
