//! What is folded away?
//!
//! In: the answers. Out: sections on anomalies, impact, what to do (`actions`), the bug forecast, the change as a whole, the
//! model's quality, and what was not read. Every list has a cap and says how many more there are. A section without
//! content is not there.

use super::{Block, Section, actions, date, explained, impact, reason, without_stop};
use crate::domain::Skipped;
use crate::models::answer::{Anomaly, BaseInfo, BugAnswer, ChangeRisk, Evaluation, HighRiskArea, ModelInfo, Trend};
use crate::review::span::{Line, capitalised, count, count_are};
use crate::review::view::View;
use crate::review::{Input, frequency};
use std::collections::HashSet;

/// Rows of a folded list: enough to act on, few enough to scroll past.
pub(super) const MAX_ITEMS: usize = 15;
/// Modules of the bug forecast that are named.
const MAX_AREAS: usize = 3;

/// All sections that have something to say.
pub(super) fn all(input: &Input<'_>, view: &View<'_>) -> Vec<Section> {
    let risk = input.risk.ready();
    let before = [
        risk.and_then(|answer| explained::attention(input, answer)),
        risk.and_then(explained::counterfactuals),
        risk.and_then(|answer| explained::similar_changes(input, answer)),
        anomalies(input),
        impact::section(input),
    ];
    let actions = view.impact.map(|answer| actions::all(input, answer));
    let after = [
        input.bugs.ready().and_then(bug_forecast),
        risk.and_then(|answer| answer.change_risk.as_ref()).map(change_risk),
        risk.map(|answer| model_card(&answer.model)),
        left_out(input),
    ];
    let before = before.into_iter().flatten();
    before.chain(actions.into_iter().flatten()).chain(after.into_iter().flatten()).collect()
}

/// What is extraordinary about the change; an ordinary one says nothing here.
fn anomalies(input: &Input<'_>) -> Option<Section> {
    let answer = input.anomaly.ready()?;
    let n = answer.anomalies_detected.len();
    let title = format!("{} unusual for this repository", count_are(n, "thing"));
    let blocks = answer.anomalies_detected.iter().take(MAX_ITEMS).flat_map(anomaly);
    (n > 0).then(|| Section { title, blocks: blocks.collect() })
}

fn anomaly(anomaly: &Anomaly) -> [Block; 2] {
    let kind = anomaly.kind.replace('_', " ");
    let measured = format!(" (anomaly score {:.2}, confidence {:.2}): ", anomaly.score, anomaly.confidence);
    let what =
        Line::new().strong(capitalised(&kind)).ours(measured).theirs(without_stop(&anomaly.description)).ours(".");
    let items = [&anomaly.impact_assessment, &anomaly.suggested_action];
    let items = items.into_iter().map(|text| Line::new().theirs(without_stop(text)));
    [Block::Text(what), Block::Items(items.collect())]
}

/// Only where a changed file lies in a module in which a fix is likelier than not, and most modules are not such.
fn bug_forecast(answer: &BugAnswer) -> Option<Section> {
    let predictions = &answer.bug_predictions;
    let areas: Vec<_> = predictions.high_risk_areas.iter().filter(|area| !area.changed_files.is_empty()).collect();
    if areas.is_empty() || 2 * predictions.high_risk_areas.len() > predictions.n_modules {
        return None;
    }
    let n_files = areas.iter().map(|area| area.changed_files.len()).sum();
    let title = format!("{} where fixes are expected soon", count_lie(n_files));
    let items = areas.iter().take(MAX_AREAS).map(|area| area_line(area)).collect();
    let mut blocks = vec![Block::Items(items)];
    if areas.len() > MAX_AREAS {
        blocks.push(Block::Text(Line::new().ours(format!("And {} more.", areas.len() - MAX_AREAS))));
    }
    Some(Section { title, blocks })
}

fn count_lie(n: usize) -> String {
    if n == 1 { "1 changed file lies".to_owned() } else { format!("{n} changed files lie") }
}

fn area_line(area: &HighRiskArea) -> Line {
    let line = Line::new().path(&area.module).ours(format!(
        ": a fix is expected within 30 days with probability {}; {:.1} fixes in 30 days were usual over the last year",
        area.probability, area.historical_bug_rate
    ));
    match area.trend {
        Trend::Rising => line.ours(", and they become more"),
        Trend::Falling => line.ours(", and they become fewer"),
        Trend::Stable => line,
    }
}

fn change_risk(risk: &ChangeRisk) -> Section {
    let usual = risk.base_rate.map_or(String::new(), |rate| format!(" where {rate} is usual"));
    let title = format!("The change as a whole: {}{usual}", risk.risk_score);
    let mut parts = vec![format!("Calibrated probability that this change introduces a bug: {}", risk.risk_score)];
    parts.extend(risk.base_rate.map(|rate| format!("the share among past changes here is {rate}")));
    parts.extend(risk.percentile.map(|percentile| format!("{percentile:.0}% of them score lower")));
    let mut summary = Line::new().ours(format!("{}.", parts.join("; ")));
    let said = risk.frequency.and_then(|counts| frequency::sentence(counts, "changes", "introduced a bug"));
    if let Some(said) = said {
        summary = summary.ours(format!(" {said}."));
    }
    let reasons: Vec<_> = risk.factors.iter().take(MAX_ITEMS).map(|factor| reason(factor)).collect();
    let mut blocks = vec![Block::Text(summary)];
    if !reasons.is_empty() {
        blocks.push(Block::Items(reasons));
    }
    blocks.extend(risk.evaluation.as_ref().map(|judged| Block::Text(quality("changes", "churn alone", judged))));
    Section { title, blocks }
}

fn model_card(model: &ModelInfo) -> Section {
    let odds = format!("Before any reason the odds are {:.2}.", model.base_log_odds.exp());
    let own = format!("{} mature file changes here up to {}", model.n_train, date(model.trained_until));
    let others = model.base.as_ref().map(|base| {
        let BaseInfo { n_repositories, n_train, trained_until } = base;
        format!(
            "{n_train} of {n_repositories} public repositories up to {}, none of them this one",
            date(*trained_until)
        )
    });
    match (&model.evaluation, others) {
        (Some(evaluation), others) => {
            let beside = others.map_or(String::new(), |others| format!(", and from {others} ({})", model.mix));
            let learned = Line::new().ours(format!("Learned from {own}{beside}. {odds}"));
            let title = format!("How well the model does here: AUC {:.2} on later changes", evaluation.auc);
            let quality = quality("file changes", "earlier fixes alone", evaluation);
            Section { title, blocks: vec![Block::Text(learned), Block::Text(quality)] }
        }
        (None, others) => {
            let others = others.map_or(own, |others| format!("file changes: {others}"));
            let learned =
                Line::new().ours(format!("Learned from {others}. Its scores are not calibrated here. {odds}"));
            Section {
                title: "How well the model does here is not known yet".to_owned(),
                blocks: vec![Block::Text(learned)],
            }
        }
    }
}

/// The model card in one line: held-out quality beside the plain baselines on the same rows.
fn quality(rows: &str, baseline: &str, evaluation: &Evaluation) -> Line {
    let Evaluation { n_test, n_positive, from, to, auc, pr_auc, brier, ece, baseline_auc, baseline_brier } = evaluation;
    let warning = if evaluation.ranks_better_than_baseline() {
        String::new()
    } else {
        format!(" It ranks no better than {baseline}: its probabilities are worth more here than its order.")
    };
    Line::new().ours(format!(
        "Judged on {n_test} later {rows} it had not seen ({n_positive} positive, {} to {}): AUC {auc:.3} \
         ({baseline}: {baseline_auc:.3}), precision-recall {pr_auc:.3}, Brier {brier:.3} \
         (always the base rate: {baseline_brier:.3}), calibration error {ece:.3}.{warning}",
        date(*from),
        date(*to),
    ))
}

/// What was skipped, and what the configuration leaves out.
fn left_out(input: &Input<'_>) -> Option<Section> {
    let mut seen = HashSet::new();
    let skipped =
        input.diff.skipped.iter().chain(input.skipped).filter(|item| seen.insert((&item.subject, &item.reason)));
    let because = |item: &Skipped| Line::new().path(&item.subject).ours(": ").theirs(without_stop(&item.reason));
    let ignored = |path: &String| Line::new().path(path).ours(": left out by ").code(".github/hyperion.yml");
    let lines: Vec<_> = skipped.map(because).chain(input.ignored.iter().map(ignored)).collect();
    list(format!("{} not judged", count(lines.len(), "item")), &lines, Line::clone)
}

/// A capped list under a title; `None` where there is nothing to list.
pub(super) fn list<T>(title: String, items: &[T], line: impl Fn(&T) -> Line) -> Option<Section> {
    if items.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Items(items.iter().take(MAX_ITEMS).map(line).collect())];
    blocks.extend(more(items.len(), MAX_ITEMS));
    Some(Section { title, blocks })
}

/// How many are left of `n` when `n_shown` are shown.
pub(super) fn more(n: usize, n_shown: usize) -> Option<Block> {
    (n > n_shown).then(|| Block::Text(Line::new().ours(format!("and {} more", n - n_shown))))
}

#[cfg(test)]
mod tests {
    use crate::models::answer::Outcome;
    use crate::review::scenarios;

    /// The comment on a change of three files in two watched modules of `n_modules`.
    fn comment(n_modules: usize) -> String {
        let mut scenario = scenarios::flagged();
        let Outcome::Ready(answer) = &mut scenario.bugs else { panic!("the scenario has a forecast") };
        answer.bug_predictions.n_modules = n_modules;
        scenario.review().comment
    }

    #[test]
    fn a_watched_module_is_named_only_where_most_are_not_watched() {
        let said = "3 changed files lie where fixes are expected soon";
        assert!(comment(4).contains(said) && comment(40).contains(said));
        assert!(!comment(3).contains(said));
    }
}
