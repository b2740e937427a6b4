//! Why this score, and what can the author do about it?
//!
//! In: a head and rows. Out: exact contributions, the strongest of them in words, and actions that can be checked.
//! Never gives a person as a reason: features about people keep their contribution and have no words.

use super::head::Head;
use crate::domain::{Band, Probability};
use crate::features::{ChangedFile, Feature, Row};
use crate::models::answer::{Contribution, Counterfactual, CounterfactualKind, ScoreSubject};
use crate::models::explanation::factor;
use crate::models::trees::{Parts, TreesError};

/// Files of one change that are explained: nobody reads more, and each costs about a millisecond.
pub const MAX_EXPLAINED_FILES: usize = 20;

/// Reasons in words for one score.
const MAX_FACTORS: usize = 5;

/// A file that scores higher than this percent of the others gets recommendations although its band is normal.
const HIGH_PERCENTILE: f64 = 90.0;

/// A change that adds more lines than this to one file is easier to check in parts.
const MANY_LINES: f32 = 200.0;

/// Growth of a file's cyclomatic complexity that is worth a function of its own.
const MUCH_COMPLEXITY: f32 = 10.0;

/// A score taken apart.
pub(super) struct Explained {
    pub(super) contributions: Vec<Contribution>,
    pub(super) factors: Vec<String>,
}

/// What a file beyond the limit gets.
pub(super) fn not_explained() -> Explained {
    let factor = format!("reasons are computed for the {MAX_EXPLAINED_FILES} riskiest files of a change only");
    Explained { contributions: Vec::new(), factors: vec![factor] }
}

/// Takes the scores of some rows apart.
pub(super) fn explain<'a>(
    head: &Head,
    rows: impl Iterator<Item = &'a Row> + Clone,
) -> Result<Vec<Explained>, TreesError> {
    let parts = head.ensemble.parts(&head.values(rows.clone()))?;
    Ok(rows.zip(&parts).map(|(row, parts)| explain_row(head, row, parts)).collect())
}

fn explain_row(head: &Head, row: &Row, parts: &Parts) -> Explained {
    let mut reasons: Vec<Reason<'_>> = head
        .columns()
        .into_iter()
        .zip(&head.usual)
        .zip(&parts.weights)
        .filter_map(|((feature, usual), &weight)| Some(Reason { feature: feature?, usual, weight }))
        .collect();
    reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let worded = reasons
        .iter()
        .filter_map(|reason| factor(head.kind, reason.feature, row.get(reason.feature), reason.usual, reason.weight));
    Explained {
        factors: worded.take(MAX_FACTORS).collect(),
        contributions: reasons.iter().map(|reason| reason.contribution(row)).collect(),
    }
}

/// One feature's part in one score.
struct Reason<'a> {
    feature: Feature,
    usual: &'a crate::models::explanation::Distribution,
    weight: f64,
}

impl Reason<'_> {
    fn contribution(&self, row: &Row) -> Contribution {
        let value = row.get(self.feature);
        Contribution {
            feature: self.feature.name().to_owned(),
            value: value.map(f64::from),
            weight: self.weight,
            percentile: value.and_then(|value| self.usual.percent_below(value)),
        }
    }
}

/// What the author can do; nothing for a file that is not risky here.
///
/// Each names a factor and is left out where the model says that this factor speaks for the file. Where the model was
/// asked what it would say instead, the advice carries the answer.
pub(super) fn recommendations(
    file: &ChangedFile,
    (score, percentile): (Probability, Option<f64>),
    contributions: &[Contribution],
    counterfactuals: &[Counterfactual],
) -> Vec<String> {
    if score.band() == Band::Normal && percentile.is_none_or(|percentile| percentile < HIGH_PERCENTILE) {
        return Vec::new();
    }
    let row = &file.after;
    let speaks_for = |feature: Feature| {
        let weight = contributions.iter().find(|part| part.feature == feature.name()).map(|part| part.weight);
        weight.is_some_and(|weight| weight < 0.0)
    };
    let unless_good = |feature: Feature, advice: Option<String>| advice.filter(|_| !speaks_for(feature));
    let answer = |kind: CounterfactualKind| counterfactuals.iter().find(|found| found.kind == kind);
    let with_answer = |advice: Option<String>, kind: CounterfactualKind| {
        advice.map(|advice| format!("{advice}{}", answer(kind).map(then_said).unwrap_or_default()))
    };
    let test = add_a_test(row)
        .filter(|_| answer(CounterfactualKind::WithTests).is_some() || !speaks_for(Feature::TestLinesRatio));
    [
        keep_the_last_fix(file),
        with_answer(test, CounterfactualKind::WithTests),
        unless_good(Feature::FileComplexityDelta, lower_complexity(row)),
        with_answer(unless_good(Feature::FileLinesAdded, split_it(row)), CounterfactualKind::Split),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the model says of the change after the advice was followed.
fn then_said(found: &Counterfactual) -> String {
    let (now, then) = (found.risk_now, found.risk_score);
    let whose = match found.subject {
        ScoreSubject::Change => "The change",
        ScoreSubject::RiskiestFile => "The riskiest file",
    };
    match &found.parts[..] {
        [] => format!(" {whose} would score {then} instead of {now}."),
        parts => {
            let scores: Vec<String> = parts.iter().map(|part| part.risk_score.to_string()).collect();
            format!(" {whose} would score {} instead of {now}.", scores.join(" and "))
        }
    }
}

fn keep_the_last_fix(file: &ChangedFile) -> Option<String> {
    let fix = file.last_fix?.short();
    Some(match file.after.get(Feature::FileEarlierFixes) {
        Some(n_fixes) if n_fixes > 1.0 => {
            format!("Check that the change keeps what `{fix}` repaired, the newest of {n_fixes:.0} fixes of this file.")
        }
        _ => format!("Check that the change keeps what `{fix}` repaired in this file."),
    })
}

fn add_a_test(row: &Row) -> Option<String> {
    let has_no_test = row.get(Feature::TestLinesRatio) == Some(0.0);
    has_no_test.then(|| "The change touches no test: add one for this file, or name the one that covers it.".to_owned())
}

fn lower_complexity(row: &Row) -> Option<String> {
    let growth = row.get(Feature::FileComplexityDelta).filter(|growth| *growth >= MUCH_COMPLEXITY)?;
    let after = row.get(Feature::CyclomaticComplexity)?;
    let before = after - growth;
    Some(format!(
        "Cyclomatic complexity grows from {before:.0} to {after:.0}: move new branches into functions of their own."
    ))
}

fn split_it(row: &Row) -> Option<String> {
    let added = row.get(Feature::FileLinesAdded).filter(|added| *added >= MANY_LINES)?;
    Some(format!("The change adds {added:.0} lines to this file: reviewed in parts, each is easier to check."))
}
