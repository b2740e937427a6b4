//! What does `review --format json` print?
//!
//! In: the same input and review. Out: one document that holds the models' answers under the names of the product's
//! JSON contract, the review's texts, and what they are about. Never holds an answer of a model that did not answer:
//! its `status` says so.

use super::types::{Policy, Review};
use super::{Input, Repository};
use crate::domain::{CommitId, Skipped};
use crate::models::answer::{AnomalyAnswer, BugAnswer, ImpactAnswer, Outcome, RiskAnswer};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The document. Field names are documented in `docs/json.md`; more may be added.
#[derive(Debug, Clone, Serialize)]
pub struct Document<'a> {
    /// Version of the program.
    pub hyperion_version: &'a str,
    /// `owner/name`; absent for a local repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<&'a str>,
    /// Newest commit of the base branch.
    pub base: CommitId,
    /// Where the change left it; null without common history.
    pub merge_base: Option<CommitId>,
    /// Newest commit of the change.
    pub head: CommitId,
    /// Newest moment of the data, RFC 3339.
    pub data_as_of: String,
    /// RiskPredictor's answer.
    pub risk: &'a Outcome<RiskAnswer>,
    /// AnomalyDetector's answer.
    pub anomaly: &'a Outcome<AnomalyAnswer>,
    /// BugPredictor's answer.
    pub bugs: &'a Outcome<BugAnswer>,
    /// ImpactAnalyzer's answer.
    pub impact: Outcome<Impact<'a>>,
    /// The meta-learner's answer.
    pub meta: Outcome<()>,
    /// What the repository asked for.
    pub policy: &'a Policy,
    /// What is wrong with `.github/hyperion.yml`, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_problem: Option<&'a str>,
    /// Verdict, check run, comment, annotations, line notes.
    pub review: &'a Review,
    /// What was not read, and why.
    pub skipped: Vec<&'a Skipped>,
    /// Changed paths the configuration leaves out.
    pub ignored: &'a [String],
    /// How long each step took, in milliseconds; absent where nobody measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings_ms: Option<&'a BTreeMap<String, u64>>,
}

/// ImpactAnalyzer's answer in its envelope.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Impact<'a> {
    /// The answer.
    pub impact_analysis: &'a ImpactAnswer,
}

/// Puts everything into one document.
pub fn document<'a>(
    input: &Input<'a>,
    review: &'a Review,
    timings_ms: Option<&'a BTreeMap<String, u64>>,
) -> Document<'a> {
    Document {
        hyperion_version: input.hyperion_version,
        repository: input.repository.map(|Repository { name, .. }| name),
        base: input.diff.base,
        merge_base: input.diff.merge_base,
        head: input.diff.head,
        data_as_of: input.data_as_of.to_string(),
        risk: input.risk,
        anomaly: input.anomaly,
        bugs: input.bugs,
        impact: impact(input.impact),
        meta: Outcome::NotAvailable,
        policy: input.policy,
        config_problem: input.config_problem,
        review,
        skipped: input.diff.skipped.iter().chain(input.skipped).collect(),
        ignored: input.ignored,
        timings_ms,
    }
}

fn impact(outcome: &Outcome<ImpactAnswer>) -> Outcome<Impact<'_>> {
    match outcome {
        Outcome::Ready(impact_analysis) => Outcome::Ready(Impact { impact_analysis }),
        Outcome::NotEnoughHistory { missing } => Outcome::NotEnoughHistory { missing: missing.clone() },
        Outcome::NotAvailable => Outcome::NotAvailable,
    }
}

/// Thresholds under the names the repository's configuration has for them.
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Thresholds {
            risk: f64,
            impact: f64,
        }
        #[derive(Serialize)]
        struct Shown {
            gate: super::types::Gate,
            thresholds: Thresholds,
            comment: bool,
            people: bool,
        }
        let thresholds = Thresholds { risk: self.risk_threshold, impact: self.impact_threshold };
        Shown { gate: self.gate, thresholds, comment: self.comment, people: self.people }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::scenarios::{self, Scenario};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn check(scenario: &Scenario) -> Value {
        let review = scenario.review();
        serde_json::to_value(document(&scenario.input(), &review, None)).unwrap()
    }

    #[test]
    fn answers_keep_the_names_of_the_contract() {
        let document = check(&scenarios::flagged());
        assert_eq!(document["risk"]["status"], "ready");
        assert_eq!(document["risk"]["risk_predictions"][2]["risk_score"], 0.83);
        assert_eq!(document["risk"]["risk_predictions"][2]["band"], "immediate_action");
        assert_eq!(document["risk"]["model"]["mix"], "100% this repository");
        assert_eq!(document["impact"]["impact_analysis"]["overall_impact_score"], 6.1);
        assert_eq!(document["anomaly"]["status"], "ready");
        assert_eq!(document["anomaly"]["anomalies_detected"][0]["type"], "complexity_spike");
        let area = &document["bugs"]["bug_predictions"]["high_risk_areas"][0];
        assert_eq!((&area["module"], &area["trend"]), (&json!("src/parser.rs"), &json!("rising")));
        assert_eq!(document["bugs"]["bug_predictions"]["temporal_forecast"]["week_1"], 0.71);
        assert_eq!(document["policy"]["thresholds"], json!({"risk": 0.7, "impact": 8.0}));
        assert_eq!(document["review"]["verdict"], "flagged");
        assert_eq!(document["review"]["annotations"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_model_that_did_not_answer_has_a_status_and_no_number() {
        let document = check(&scenarios::young());
        let missing = "14 mature fixes are known, at least 30 are needed";
        assert_eq!(document["risk"], json!({"status": "not_enough_history", "missing": missing}));
        assert_eq!(document["bugs"]["status"], "not_enough_history");
        assert_eq!(document["meta"], json!({"status": "not_available"}));
    }

    #[test]
    fn every_field_is_in_the_documentation() {
        let documentation = include_str!("../../docs/json.md");
        let mut scenario = scenarios::flagged();
        scenario.config_problem = Some("line 1: x".into());
        let review = scenario.review();
        let timings = BTreeMap::new();
        let document = serde_json::to_value(document(&scenario.input(), &review, Some(&timings))).unwrap();
        let mut names = BTreeSet::new();
        collect_names(&document, &mut names);
        // The keys of this map are measured dimensions, not fields.
        names.remove("architectural");
        assert!(names.len() > 60, "{names:?}");
        let has =
            |name: &&String| [format!("`{name}`"), format!(".{name}`")].iter().any(|it| documentation.contains(it));
        let missing: Vec<_> = names.iter().filter(|name| !has(name)).collect();
        assert!(missing.is_empty(), "docs/json.md does not name {missing:?}");
    }

    fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                names.insert(name.clone());
                collect_names(value, names);
            }),
            Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
            _ => {}
        }
    }
}
