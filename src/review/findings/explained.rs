//! What else is said of the risk, for those who unfold it?
//!
//! In: the answer of RiskPredictor. Out: sections on where to look first, on what it would say of a different change,
//! and on the most similar earlier changes. A section without content is not there: spots whose record is not good
//! enough are not mentioned at all.

use super::{Block, Section, commit, date, file_lines};
use crate::models::answer::{
    AttentionSpot, ChangeOutcome, ChangePart, Counterfactual, CounterfactualKind, RiskAnswer, ScoreSubject,
    SimilarChange, TrackRecord,
};
use crate::review::Input;
use crate::review::span::{Line, count};

/// Files of a part that are named.
const MAX_NAMED: usize = 3;

/// Where to look first, with how often that was right.
pub(super) fn attention(input: &Input<'_>, answer: &RiskAnswer) -> Option<Section> {
    let attention = &answer.line_attention;
    let record = attention.track_record.filter(|_| !attention.spots.is_empty())?;
    let spots = attention.spots.iter().filter(|spot| !input.ignored.contains(&spot.file));
    let lines: Vec<Line> = spots.map(|spot| spot_line(input, spot)).collect();
    if lines.is_empty() {
        return None;
    }
    let title = format!("Where to look first: {}", count(lines.len(), "spot"));
    Some(Section { title, blocks: vec![Block::Items(lines), Block::Text(record_line(&record))] })
}

fn spot_line(input: &Input<'_>, spot: &AttentionSpot) -> Line {
    let line = Line::new().with(file_lines(input, &spot.file, (spot.first_line, spot.last_line)));
    within(line.ours(format!(", {}", lines_of(spot))), spot)
}

/// `line 4`, `lines 4 to 9`.
pub(super) fn lines_of(spot: &AttentionSpot) -> String {
    match (spot.first_line, spot.last_line) {
        (first, last) if first == last => format!("line {first}"),
        (first, last) => format!("lines {first} to {last}"),
    }
}

/// The function around a spot and what draws attention to it.
pub(super) fn within(line: Line, spot: &AttentionSpot) -> Line {
    let line = match &spot.function {
        Some(function) => line.ours(" in ").path(function),
        None => line,
    };
    if spot.reasons.is_empty() { line } else { line.ours(": ").theirs(spot.reasons.join(", ")) }
}

fn record_line(record: &TrackRecord) -> Line {
    let TrackRecord { n, hit_rate, baseline_hit_rate, difference_interval: [low, high] } = record;
    Line::new().ours(format!(
        "Of {n} past changes here that introduced a bug, {:.0}% had a line that was later repaired in one of three such \
         spots; their three longest spots had one in {:.0}% (95% interval of the difference: {:+.0} to {:+.0} points).",
        100.0 * hit_rate,
        100.0 * baseline_hit_rate,
        100.0 * low,
        100.0 * high,
    ))
}

/// What the model would say of a different change.
pub(super) fn counterfactuals(answer: &RiskAnswer) -> Option<Section> {
    let now = answer.counterfactuals.first()?;
    let whose = match now.subject {
        ScoreSubject::Change => "this change",
        ScoreSubject::RiskiestFile => "the riskiest file",
    };
    let title = format!("What would lower the {} of {whose}", now.risk_now);
    let items = answer.counterfactuals.iter().map(counterfactual).collect();
    let caution = "Measured and scored again as changes of their own: what the model would say, not a promise.";
    Some(Section { title, blocks: vec![Block::Items(items), Block::Text(Line::new().ours(caution))] })
}

fn counterfactual(found: &Counterfactual) -> Line {
    let named = found.files.first().map_or("", String::as_str);
    let score = found.risk_score.to_string();
    match found.kind {
        CounterfactualKind::WithoutFile => Line::new().ours("Without ").path(named).ours(" ").strong(score),
        CounterfactualKind::WithTests => {
            Line::new().ours("With a usual share of test lines, as in ").path(named).ours(" ").strong(score)
        }
        CounterfactualKind::Split => {
            let scores: Vec<String> = found.parts.iter().map(|part| part.risk_score.to_string()).collect();
            let line = Line::new().ours("Split in two ").strong(scores.join(" + "));
            found
                .parts
                .iter()
                .enumerate()
                .fold(line, |line, (at, part)| named_files(line.ours(if at == 0 { ": " } else { " and " }), part))
        }
    }
}

fn named_files(line: Line, part: &ChangePart) -> Line {
    let shown = part.files.iter().take(MAX_NAMED).enumerate();
    let line = shown.fold(line, |line, (at, file)| line.ours(if at == 0 { "" } else { ", " }).path(file));
    match part.files.len().saturating_sub(MAX_NAMED) {
        0 => line,
        n => line.ours(format!(" with {n} more")),
    }
}

/// The most similar earlier changes and what became of them.
pub(super) fn similar_changes(input: &Input<'_>, answer: &RiskAnswer) -> Option<Section> {
    let similar = &answer.similar_changes;
    let n_repaired = similar.iter().filter(|change| change.outcome != ChangeOutcome::Clean).count();
    let title = match (similar.len(), n_repaired) {
        (0, _) => return None,
        (n, 0) => format!("{}: none was blamed by a fix", count(n, "similar earlier change")),
        (n, n_repaired) => format!("{}: {n_repaired} fixed or reverted", count(n, "similar earlier change")),
    };
    Some(Section { title, blocks: vec![Block::Items(similar.iter().map(|change| became(input, change)).collect())] })
}

fn became(input: &Input<'_>, change: &SimilarChange) -> Line {
    let line = Line::new().with(commit(input, change.commit)).ours(" ").theirs(&change.subject);
    let line = line.ours(format!(" ({}, {:.0}% alike): ", date(change.at), 100.0 * change.similarity));
    match (change.outcome, change.by) {
        (ChangeOutcome::Fixed, Some(by)) => line.ours("fixed by ").with(commit(input, by)),
        (ChangeOutcome::Reverted, Some(by)) => line.ours("reverted by ").with(commit(input, by)),
        _ => line.ours("no fix blames it"),
    }
}
