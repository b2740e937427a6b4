//! What is there to say?
//!
//! In: the answers, the flags and the verdict. Out: [`Findings`]: headline, gate, reasons, actions, riskiest files and
//! the rest in sections, as lines that any renderer can write. Never says more than a reader can check, names a
//! person only as a suggested reviewer, never gives a number where the model abstained.

mod actions;
mod explained;
mod impact;
mod sections;

use super::span::{Line, Span, capitalised, count_are};
use super::types::{Conclusion, Gate, Policy, Verdict};
use super::verdict::Flags;
use super::view::View;
use super::{Input, frequency, markdown};
use crate::domain::{Band, CommitId, Timestamp};
use crate::models::answer::{AttentionSpot, FileRisk, Frequency, ModelInfo, Outcome, Picture};

/// More reasons than these are not read.
const MAX_REASONS: usize = 3;
/// More advice than this is not followed.
const MAX_ACTIONS: usize = 3;
/// Rows of the table of riskiest files.
const MAX_RISKIEST: usize = 5;
/// A longer link is left out: five of them must never fill the comment.
const MAX_URL_BYTES: usize = 1_000;

/// Everything a review says, in the order it is said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Findings {
    /// Band and number, and how often that was followed by a fix.
    pub(super) headline: Headline,
    /// Whether the check blocks, and why.
    pub(super) gate: Line,
    /// What a reader must know before the numbers: what is missing, or that nothing was judged.
    pub(super) notice: Option<Line>,
    /// Why the riskiest file stands where it stands.
    pub(super) reasons: Option<Reasons>,
    /// What the author can do, strongest first.
    pub(super) actions: Vec<Line>,
    /// The riskiest files of the change.
    pub(super) riskiest: Option<Table>,
    /// Everything else, to be folded away.
    pub(super) sections: Vec<Section>,
    /// Commit, model, data, commands.
    pub(super) footer: Vec<Line>,
}

/// The first line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Headline {
    /// Band of the riskiest file, for colour.
    pub(super) band: Option<Band>,
    /// `Watch 0.52`.
    pub(super) words: String,
    /// `1 in 3 file changes scored this high or higher here needed a fix within 30 days; 1 in 8 overall`.
    pub(super) frequency: Option<String>,
}

/// Why one file stands where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reasons {
    /// Which file.
    pub(super) title: Line,
    /// Fact, comparison and contribution, strongest first.
    pub(super) items: Vec<Line>,
}

/// A part that is folded away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    /// Our own words and numbers only: it stands where GitHub reads HTML.
    pub(super) title: String,
    /// What it holds.
    pub(super) blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// A paragraph.
    Text(Line),
    /// A list.
    Items(Vec<Line>),
    /// A table.
    Table(Table),
    /// A small graph; where nothing joins its files, nothing is shown.
    Picture(Picture),
}

/// A small table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// One word a column.
    pub(super) head: Vec<&'static str>,
    /// Whether a column holds numbers.
    pub(super) is_number: Vec<bool>,
    /// Cells, one [`Line`] each.
    pub(super) rows: Vec<Vec<Line>>,
}

/// Decides what to say.
pub(super) fn find(
    input: &Input<'_>,
    view: &View<'_>,
    flags: &Flags,
    verdict: Verdict,
    conclusion: Conclusion,
) -> Findings {
    Findings {
        headline: headline(input, view),
        gate: gate(input, flags, verdict, conclusion),
        notice: notice(input, view),
        reasons: view.top().and_then(reasons),
        actions: actions(view),
        riskiest: riskiest(input, view),
        sections: sections::all(input, view),
        footer: footer(input),
    }
}

/// What the whole review is headed by.
pub(super) fn headline(input: &Input<'_>, view: &View<'_>) -> Headline {
    let Some(top) = view.top() else {
        let words = if input.risk.ready().is_some() { "Nothing to judge" } else { "Not enough history" };
        return Headline { band: None, words: words.to_owned(), frequency: None };
    };
    let is_trusted = input.risk.ready().is_none_or(|answer| answer.model.missing.is_none());
    let score = format!("{} {}", top.band, top.risk_score);
    Headline {
        band: Some(top.band),
        words: if is_trusted { score } else { format!("Not enough history · {score}, unproven here") },
        frequency: top.frequency.and_then(frequency),
    }
}

/// The backtest as a plain frequency; `None` without cases.
pub(super) fn frequency(counts: Frequency) -> Option<String> {
    frequency::sentence(counts, "file changes", "needed a fix within 30 days")
}

fn gate(input: &Input<'_>, flags: &Flags, verdict: Verdict, conclusion: Conclusion) -> Line {
    if let Some(problem) = input.config_problem {
        return Line::new()
            .strong("Gate: advisory.")
            .ours(" ")
            .code(".github/hyperion.yml")
            .ours(" on the base branch could not be used: ")
            .theirs(problem)
            .ours(". The defaults apply and the check is neutral.");
    }
    let state = match (input.policy.gate, conclusion) {
        (Gate::Advisory, _) => "Gate: advisory.",
        (Gate::Required, Conclusion::Success) => "Gate: required, passed.",
        (Gate::Required, Conclusion::Failure) => "Gate: required, failed.",
        (Gate::Required, Conclusion::Neutral) => "Gate: required, open.",
    };
    let effect = match conclusion {
        Conclusion::Success => "",
        Conclusion::Neutral => " The check is neutral and blocks nothing.",
        Conclusion::Failure => " The check fails while a score is above its threshold.",
    };
    let found = match verdict {
        Verdict::NotEnoughHistory if !flags.any() => "Without enough history there is no verdict.".to_owned(),
        _ => above_thresholds(input, flags),
    };
    Line::new().strong(state).ours(format!(" {found}{effect}"))
}

/// Which thresholds were passed, in one sentence.
fn above_thresholds(input: &Input<'_>, flags: &Flags) -> String {
    let (risk, impact) = (input.policy.risk_threshold, input.policy.impact_threshold);
    let mut parts = Vec::new();
    if flags.n_risky() > 0 {
        parts.push(format!("{} above the risk threshold {risk:.2}", count_are(flags.n_risky(), "file")));
    }
    match (flags.overall_impact, flags.n_felt()) {
        (Some(score), _) => parts.push(format!("the impact {score:.1} is above its threshold {impact:.1}")),
        (None, 0) => {}
        (None, n) => parts.push(format!("{} above the impact threshold {impact:.1}", count_are(n, "file"))),
    }
    if parts.is_empty() {
        return format!("Nothing is above its threshold (risk {risk:.2}, impact {impact:.1}).");
    }
    format!("{}.", capitalised(&parts.join(" and ")))
}

fn notice(input: &Input<'_>, view: &View<'_>) -> Option<Line> {
    let line = Line::new();
    match input.risk {
        Outcome::NotEnoughHistory { missing } => {
            let line = line.ours("There is no risk score yet. What is missing: ").theirs(without_stop(missing));
            Some(line.ours(". Until then only what can be read from the code is shown."))
        }
        Outcome::NotAvailable => Some(line.ours("This version has no risk model to ask.")),
        Outcome::Ready(_) if view.risks.is_empty() && !input.ignored.is_empty() && is_all_ignored(input) => {
            Some(line.ours("Every changed file is left out by ").code(".github/hyperion.yml").ours("."))
        }
        Outcome::Ready(_) if view.risks.is_empty() && input.diff.files.is_empty() => {
            Some(line.ours("The change touches no file."))
        }
        Outcome::Ready(_) if view.risks.is_empty() => {
            Some(line.ours("No changed file has a risk score: none is source code that the model reads."))
        }
        Outcome::Ready(risk) => not_trusted(&risk.model),
    }
}

/// Scores of a model that was not shown to be of use on this repository stand with what is missing for that.
fn not_trusted(model: &ModelInfo) -> Option<Line> {
    let missing = model.missing.as_ref()?;
    let said = match (&model.evaluation, &model.base) {
        (None, Some(base)) => format!(
            "The scores come from a model learned over {} public repositories, which has not been judged on this one: they \
             block nothing.",
            base.n_repositories
        ),
        _ => "The scores are shown and block nothing.".to_owned(),
    };
    Some(Line::new().ours(format!("{said} What is missing: ")).theirs(without_stop(missing)).ours("."))
}

fn is_all_ignored(input: &Input<'_>) -> bool {
    input.diff.files.iter().all(|file| input.ignored.contains(&file.path))
}

fn reasons(top: &FileRisk) -> Option<Reasons> {
    let items: Vec<_> = top.factors.iter().take(MAX_REASONS).map(|factor| reason(factor)).collect();
    (!items.is_empty()).then(|| Reasons { title: Line::new().ours("Why ").path(&top.file), items })
}

/// Fact, comparison and contribution, as the model words them.
pub(super) fn reason(factor: &str) -> Line {
    Line::new().theirs(without_stop(factor))
}

/// Up to three things to do, taking turns between the riskiest file and the impact, without repeats.
fn actions(view: &View<'_>) -> Vec<Line> {
    let of_top = view.top().map_or(&[][..], |top| &top.recommendations);
    let of_impact = view.impact.map_or(&[][..], |impact| &impact.recommendations);
    let in_turn = (0..MAX_ACTIONS).flat_map(|turn| [of_top.get(turn), of_impact.get(turn)]).flatten();
    let mut seen: Vec<&str> = Vec::new();
    for text in in_turn.map(|text| without_stop(text)) {
        if !text.is_empty() && !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.into_iter().take(MAX_ACTIONS).map(|text| Line::new().theirs(text)).collect()
}

fn riskiest(input: &Input<'_>, view: &View<'_>) -> Option<Table> {
    let rows: Vec<_> = view.risks.iter().take(MAX_RISKIEST).map(|risk| riskiest_row(input, view, risk)).collect();
    (!rows.is_empty()).then(|| Table {
        head: vec!["File", "Risk", "Before", "Band", "Impact"],
        is_number: vec![false, true, true, false, true],
        rows,
    })
}

fn riskiest_row(input: &Input<'_>, view: &View<'_>, risk: &FileRisk) -> Vec<Line> {
    let Policy { risk_threshold, impact_threshold, .. } = *input.policy;
    let impact = view.impact_of(&risk.file);
    vec![
        Line::new().with(file(input, &risk.file)),
        number(risk.risk_score.to_string(), risk.risk_score.get() > risk_threshold),
        number(risk.risk_before.map_or_else(|| "new".to_owned(), |before| before.to_string()), false),
        Line::new().ours(risk.band.to_string()),
        impact.map_or_else(Line::new, |score| number(format!("{score:.1}"), score > impact_threshold)),
    ]
}

/// A score, loud where it is above its threshold.
fn number(text: String, is_above: bool) -> Line {
    if is_above { Line::new().strong(text) } else { Line::new().ours(text) }
}

/// A path of the head of the change, linked where the repository has a page.
pub(super) fn file(input: &Input<'_>, path: &str) -> Span {
    let page = input.repository.and_then(|repository| repository.web_url).filter(|url| is_plain_url(url));
    // A path whose bytes were replaced on the way names nothing that could be linked.
    let page = page.filter(|_| !path.contains('\u{fffd}'));
    let url = page.map(|page| page_of(page, &input.diff.head.to_string(), path));
    Span::File { path: path.to_owned(), url: url.filter(|url| url.len() <= MAX_URL_BYTES) }
}

/// Lines of a file as they stand at the head of the change.
fn file_lines(input: &Input<'_>, path: &str, (first, last): (u32, u32)) -> Span {
    match file(input, path) {
        Span::File { path, url } => Span::File { path, url: url.map(|url| format!("{url}#L{first}-L{last}")) },
        other => other,
    }
}

/// A commit of this repository, linked where it has a page.
fn commit(input: &Input<'_>, id: CommitId) -> Span {
    let page = input.repository.and_then(|repository| repository.web_url).filter(|url| is_plain_url(url));
    let url = page.map(|page| format!("{}/commit/{id}", page.trim_end_matches('/')));
    Span::Commit { short: id.short(), url: url.filter(|url| url.len() <= MAX_URL_BYTES) }
}

/// The function around a spot and what draws attention to it, for a note that stands on it.
pub(super) fn spot(line: Line, spot: &AttentionSpot) -> Line {
    explained::within(line.ours(format!(" Look first at {}", explained::lines_of(spot))), spot).ours(".")
}

fn page_of(page: &str, head: &str, path: &str) -> String {
    format!("{}/blob/{head}/{}", page.trim_end_matches('/'), markdown::url_path(path))
}

fn is_plain_url(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '-' | '_' | '~' | '%');
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(is_plain)
}

fn footer(input: &Input<'_>) -> Vec<Line> {
    let commit = Line::new().ours("Commit ").code(input.diff.head.short());
    let model = match input.risk.ready().map(|answer| &answer.model) {
        Some(ModelInfo { name, version, mix, .. }) => {
            Line::new().ours("model ").code(format!("{name} {version}")).ours(" (").theirs(mix).ours(")")
        }
        None => Line::new().ours("no risk model yet"),
    };
    vec![
        commit,
        model,
        Line::new().ours(format!("data as of {}", date(input.data_as_of))),
        Line::new().ours(format!("Hyperion {}", input.hyperion_version)),
        Line::new().code("/hyperion reanalyze").ours(" reviews again"),
        Line::new().code("/hyperion help").ours(" lists the commands"),
    ]
}

/// `2026-11-20`.
pub(super) fn date(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// A sentence fragment, whoever wrote it with a full stop.
pub(super) fn without_stop(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}
