//! What does the model say of one change?

use super::base::BaseHead;
use super::counterfactual::{Surroundings, counterfactuals};
use super::explain::{MAX_EXPLAINED_FILES, explain, recommendations};
use super::head::Head;
use super::{Error, MODEL_VERSION, Model, Trained};
use crate::domain::Probability;
use crate::features::{ChangeRows, ChangedFile, Row};
use crate::models::answer::{ChangeRisk, Counterfactual, FileRisk, LineAttention, ModelInfo, Outcome, RiskAnswer};
use rustc_hash::FxHashMap;

/// Judges every file of the change and the change itself.
///
/// Files come riskiest first. The [`MAX_EXPLAINED_FILES`] riskiest have contributions and factors; the others say that
/// they have none.
///
/// # Errors
/// [`Error::Trees`] when a row holds an infinite value, which rows of the catalogue never do.
pub fn predict(model: &Model, rows: &ChangeRows) -> Result<Outcome<RiskAnswer>, Error> {
    predict_around(model, rows, None)
}

/// As [`predict`], and asks the model about changes that could have been: their answers stand beside the change's, and
/// in the recommendations.
///
/// # Errors
/// As [`predict`].
pub fn predict_with(model: &Model, rows: &ChangeRows, around: &Surroundings<'_>) -> Result<Outcome<RiskAnswer>, Error> {
    predict_around(model, rows, Some(around))
}

fn predict_around(
    model: &Model,
    rows: &ChangeRows,
    around: Option<&Surroundings<'_>>,
) -> Result<Outcome<RiskAnswer>, Error> {
    let head = match &model.files {
        Trained::Ready(head) => head,
        Trained::Abstains { missing } => return Ok(Outcome::NotEnoughHistory { missing: missing.clone() }),
    };
    let change_risk = match (model.changes.head(), &rows.change) {
        (Some(head), Some(change)) => Some(change_risk(head, change)?),
        _ => None,
    };
    let mut risk_predictions = file_risks(head, &rows.files)?;
    let riskiest = risk_predictions.first().map(|risk| (risk.file.as_str(), risk.risk_score));
    let counterfactuals = match (around, riskiest) {
        (Some(around), Some(riskiest)) => {
            counterfactuals(model, around, change_risk.as_ref().map(|risk| risk.risk_score), riskiest)?
        }
        _ => Vec::new(),
    };
    advise(&mut risk_predictions, &rows.files, &counterfactuals);
    Ok(Outcome::Ready(RiskAnswer {
        risk_predictions,
        change_risk,
        counterfactuals,
        similar_changes: Vec::new(),
        line_attention: LineAttention::default(),
        model: model_info(head),
        as_of: rows.at,
    }))
}

fn file_risks(head: &Head, files: &[ChangedFile]) -> Result<Vec<FileRisk>, Error> {
    let after = head.probabilities(files.iter().map(|file| &file.after))?;
    let mut before = head.probabilities(files.iter().filter_map(|file| file.before.as_ref()))?.into_iter();
    let mut scored: Vec<Scored<'_>> = files
        .iter()
        .zip(after)
        .map(|(file, score)| Scored { file, score, before: file.before.as_ref().and_then(|_| before.next()) })
        .collect();
    // By path where scores are equal, so that the order does not depend on the diff's.
    scored.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()).then_with(|| a.file.path.cmp(&b.file.path)));
    let explained = explain(head, scored.iter().take(MAX_EXPLAINED_FILES).map(|scored| &scored.file.after))?;
    let mut explained = explained.into_iter();
    Ok(scored.iter().map(|scored| file_risk(head, scored, explained.next())).collect())
}

/// A file and its probabilities.
struct Scored<'a> {
    file: &'a ChangedFile,
    score: Probability,
    before: Option<Probability>,
}

fn file_risk(head: &Head, scored: &Scored<'_>, explained: Option<super::explain::Explained>) -> FileRisk {
    let explained = explained.unwrap_or_else(super::explain::not_explained);
    let percentile = head.percentile(scored.score);
    FileRisk {
        file: scored.file.path.clone(),
        risk_score: scored.score,
        risk_before: scored.before,
        band: scored.score.band(),
        percentile,
        factors: explained.factors,
        contributions: explained.contributions,
        recommendations: Vec::new(),
        frequency: head.frequency(scored.score),
    }
}

/// Gives every file its recommendations.
fn advise(risks: &mut [FileRisk], files: &[ChangedFile], counterfactuals: &[Counterfactual]) {
    let by_path: FxHashMap<&str, &ChangedFile> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    for risk in risks {
        let scored = (risk.risk_score, risk.percentile);
        let file = by_path.get(risk.file.as_str());
        let advice = file.map(|file| recommendations(file, scored, &risk.contributions, counterfactuals));
        risk.recommendations = advice.unwrap_or_default();
    }
}

fn change_risk(head: &Head, row: &Row) -> Result<ChangeRisk, Error> {
    let explained = explain(head, [row].into_iter())?.pop().unwrap_or_else(super::explain::not_explained);
    let risk_score = head.probabilities([row].into_iter())?.pop().unwrap_or(Probability::from_log_odds(0.0));
    Ok(ChangeRisk {
        risk_score,
        base_rate: head.base_rate.and_then(Probability::new),
        percentile: head.percentile(risk_score),
        factors: explained.factors,
        contributions: explained.contributions,
        base_log_odds: head.base_log_odds,
        frequency: head.frequency(risk_score),
        evaluation: head.evaluation.clone(),
    })
}

fn model_info(head: &Head) -> ModelInfo {
    ModelInfo {
        name: "risk_predictor".to_owned(),
        version: MODEL_VERSION.to_owned(),
        mix: head.ensemble.mix(),
        trained_until: head.trained_until,
        n_train: head.n_train,
        base_log_odds: head.base_log_odds,
        evaluation: head.evaluation.clone(),
        missing: head.missing.clone(),
        base: head.ensemble.base().map(BaseHead::info),
    }
}
