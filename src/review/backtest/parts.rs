//! What is there to say of a backtest?
//!
//! In: a report. Out: headline, lead and sections as lines that any renderer can write. Says first whether there is
//! evidence at all, then the figures that show it.

use crate::domain::{CommitId, Timestamp};
use crate::models::answer::Outcome;
use crate::models::backtest::{
    AtThreshold, Baseline, Bin, Budget, Case, Effort, Evidence, Figures, Longer, Question, Recommendation, Report,
};
use crate::models::interval::Interval;
use crate::review::findings::{Block, Section, Table};
use crate::review::frequency::share;
use crate::review::hostile;
use crate::review::span::{Line, count};

/// Words of a subject that are shown: enough to know the commit again.
const SUBJECT_CHARS: usize = 60;

/// Everything a report says, in the order it is said.
pub(super) struct Parts {
    /// Our own words, numbers, and the cleaned name of the repository.
    pub(super) headline: String,
    pub(super) lead: Vec<Line>,
    pub(super) sections: Vec<Part>,
}

/// A section, and what a page may draw beside it.
pub(super) struct Part {
    pub(super) section: Section,
    pub(super) figure: Option<Figure>,
}

/// What can be drawn.
pub(super) enum Figure {
    /// Said against happened.
    Reliability,
}

pub(super) fn parts(report: &Report) -> Parts {
    let name = hostile::clean(&report.repository);
    let verdict = match &report.backtest {
        Outcome::Ready(figures) => verdict(figures),
        _ => "not enough history",
    };
    let sections = report.backtest.ready().map(sections).unwrap_or_default();
    Parts { headline: format!("Backtest of {name}: {verdict}"), lead: lead(report), sections }
}

/// The gate flags files and blocks changes: evidence for one is not evidence for the other.
fn verdict(figures: &Figures) -> &'static str {
    match (figures.files.evidence, figures.changes.evidence) {
        (Evidence::BetterThanChance, Evidence::BetterThanChance) => "the risk score is better than chance here",
        (Evidence::BetterThanChance, _) => "better than chance for files, no evidence yet for whole changes",
        (_, Evidence::BetterThanChance) => "better than chance for whole changes, no evidence yet for files",
        (Evidence::WorseThanChance, _) | (_, Evidence::WorseThanChance) => "the risk score is worse than chance here",
        _ => "no evidence yet",
    }
}

fn lead(report: &Report) -> Vec<Line> {
    let mut lines = vec![replayed(report)];
    match &report.backtest {
        Outcome::Ready(figures) => {
            let Question { n, n_positive, .. } = figures.changes;
            let rate = share(n_positive as u32, n as u32);
            lines.push(Line::new().ours(format!("{n_positive} of the {n} needed a fix within 30 days: {rate}.")));
        }
        Outcome::NotEnoughHistory { missing } => {
            lines.push(Line::new().ours("What is missing: ").theirs(missing).ours("."))
        }
        Outcome::NotAvailable => {}
    }
    lines.extend(report.longer.map(longer));
    lines.extend(silent(report));
    lines.extend(left_out(report));
    lines
}

fn replayed(report: &Report) -> Line {
    let (n_changes, n_models) = (report.replay.n_scored, report.replay.n_refits - report.replay.n_abstained);
    let (since, until) = (date(report.since), date(report.until));
    Line::new().ours(format!(
        "{} between {since} and {until} replayed, scored by {} that knew only what was known before them.",
        count(n_changes, "change"),
        count(n_models, "model"),
    ))
}

fn longer(Longer { years, n_changes }: Longer) -> Line {
    let line = Line::new().ours("A longer stretch may hold enough: ").code(format!("--since {years}y"));
    line.ours(format!(" has {}.", count(n_changes, "change")))
}

/// The changes before which the review would have had nothing to say.
fn silent(report: &Report) -> Option<Line> {
    let n = report.replay.n_without_score;
    let line = Line::new().ours(format!("{} had no score, ", count(n, "more change")));
    (n > 0).then(|| match &report.replay.abstained_because {
        Some(reason) => {
            line.ours("because the model of their time abstained. What it lacked: ").theirs(reason).ours(".")
        }
        None => line.ours("because there was no history before them."),
    })
}

fn left_out(report: &Report) -> Vec<Line> {
    let n = report.replay.n_left_out;
    let older = (n > 0).then(|| {
        Line::new().ours(format!("{} older than that were left out: there are too many to replay.", count(n, "change")))
    });
    let because = report
        .skipped
        .iter()
        .map(|item| Line::new().ours("Not read: ").theirs(&item.subject).ours(": ").theirs(&item.reason).ours("."));
    older.into_iter().chain(because).collect()
}

fn sections(figures: &Figures) -> Vec<Part> {
    let plain = |section| Part { section, figure: None };
    let cases = [("Best catches", &figures.catches), ("Worst misses", &figures.misses)];
    let cases =
        cases.into_iter().filter(|(_, cases)| !cases.is_empty()).map(|(title, cases)| case_section(title, cases));
    [
        plain(ranking(figures)),
        Part { section: calibration(figures), figure: Some(Figure::Reliability) },
        plain(gate(figures)),
    ]
    .into_iter()
    .chain(cases.map(plain))
    .collect()
}

fn ranking(figures: &Figures) -> Section {
    let questions = [
        ("file fixed in 30 days", Some(&figures.files)),
        ("change: a file fixed", Some(&figures.changes)),
        ("change blamed in 180 days", figures.introductions.as_ref()),
    ];
    let known = questions.into_iter().filter_map(|(words, question)| Some((words, question?)));
    let table = Table {
        head: vec!["Outcome", "Cases", "Came true", "AUC (95% interval)", "Earlier fixes", "Lines changed"],
        is_number: vec![false, true, true, true, true, true],
        rows: known.map(|(words, question)| question_row(words, question)).collect(),
    };
    let words = format!("Files: {}. Changes: {}.", compared(&figures.files), compared(&figures.changes));
    let blocks = vec![Block::Table(table), Block::Text(Line::new().ours(words)), Block::Text(effort(&figures.effort))];
    Section { title: "Does a higher score mean more fixes? (AUC: 0.50 is chance)".to_owned(), blocks }
}

fn question_row(words: &str, question: &Question) -> Vec<Line> {
    let rate = 100.0 * question.n_positive as f64 / question.n.max(1) as f64;
    let baseline = |name: &str| {
        let found = question.baselines.iter().find(|baseline| baseline.name == name).and_then(|baseline| baseline.auc);
        found.map_or("".to_owned(), |auc| format!("{:.2}", auc.value))
    };
    let cells = [
        words.to_owned(),
        question.n.to_string(),
        format!("{} ({rate:.0}%)", question.n_positive),
        question.auc.map_or("too few weeks".to_owned(), interval),
        baseline("earlier_fixes"),
        baseline("lines_changed"),
    ];
    cells.into_iter().map(|cell| Line::new().ours(cell)).collect()
}

fn interval(Interval { value, low, high }: Interval) -> String {
    format!("{value:.2} ({low:.2} to {high:.2})")
}

/// What the interval says, and how far the model is ahead of the better plain ranking.
fn compared(question: &Question) -> String {
    let evidence = match question.evidence {
        Evidence::BetterThanChance => "better than chance",
        Evidence::NoneYet => "no evidence yet, the interval includes chance",
        Evidence::WorseThanChance => "worse than chance",
    };
    let best = question.baselines.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
    match best.and_then(|baseline| Some((baseline, baseline.gain?))) {
        Some((baseline, gain)) => format!("{evidence}; {}", gained(baseline, gain)),
        None => evidence.to_owned(),
    }
}

fn value(baseline: &Baseline) -> f64 {
    baseline.auc.map_or(0.0, |auc| auc.value)
}

fn gained(baseline: &Baseline, gain: Interval) -> String {
    let plain = baseline.name.replace('_', " ");
    let Interval { value, low, high } = gain;
    if gain.includes(0.0) {
        return format!("not told apart from {plain} alone ({value:+.2}, {low:+.2} to {high:+.2})");
    }
    let than = if value > 0.0 { "better" } else { "worse" };
    format!("{than} than {plain} alone by {:.2} ({low:+.2} to {high:+.2})", value.abs())
}

fn effort(effort: &Effort) -> Line {
    Line::new().ours(format!(
        "Reading a fifth of the changed lines, densest risk first, meets {} of the changes that needed a fix (smallest \
         first: {}). The riskiest fifth of the changes holds {} of them (chance: 20%).",
        percent(effort.recall),
        percent(effort.recall_smallest_first),
        percent(effort.recall_riskiest_fifth),
    ))
}

/// Steps as columns: ten rows would fill half a screen.
const STEPS: [&str; 10] =
    ["0-10%", "10-20%", "20-30%", "30-40%", "40-50%", "50-60%", "60-70%", "70-80%", "80-90%", "90-100%"];

fn calibration(figures: &Figures) -> Section {
    let bins = &figures.calibration.bins;
    let step = |bin: &Bin| STEPS[((bin.from * STEPS.len() as f64).round() as usize).min(STEPS.len() - 1)];
    let row = |title: &str, cell: &dyn Fn(&Bin) -> String| -> Vec<Line> {
        let cells = std::iter::once(title.to_owned()).chain(bins.iter().map(cell));
        cells.map(|cell| Line::new().ours(cell)).collect()
    };
    let table = Table {
        head: std::iter::once("Score").chain(bins.iter().map(step)).collect(),
        is_number: std::iter::once(false).chain(bins.iter().map(|_| true)).collect(),
        rows: vec![
            row("said on average", &|bin| percent(bin.said)),
            row("happened", &|bin| percent(bin.n_happened as f64 / bin.n as f64)),
            row("of files", &|bin| bin.n.to_string()),
        ],
    };
    let blocks = vec![Block::Table(table), Block::Text(said(figures))];
    Section { title: "Is it right about how often?".to_owned(), blocks }
}

/// The highest step that holds enough to be said aloud, and the errors.
fn said(figures: &Figures) -> Line {
    let calibration = &figures.calibration;
    let loudest = calibration.bins.iter().rev().find(|bin| bin.n >= 10).or(calibration.bins.last());
    let example = loudest.map_or(String::new(), |bin| {
        let happened = percent(bin.n_happened as f64 / bin.n as f64);
        format!("Where it said {}, it happened in {happened} of {}. ", percent(bin.said), count(bin.n, "file"))
    });
    Line::new().ours(format!(
        "{example}Brier score {:.3}, where always saying the true rate has {:.3}; calibration error {:.3}.",
        calibration.brier, calibration.base_rate_brier, calibration.ece
    ))
}

fn gate(figures: &Figures) -> Section {
    let gate = &figures.gate;
    let mut rows: Vec<(&AtThreshold, &str)> = gate.thresholds.iter().map(|at| (at, "")).collect();
    rows.retain(|(at, _)| at.threshold != gate.configured.threshold);
    // Above a threshold that blocks nothing, every other one says the same.
    let n_telling = rows.iter().take_while(|(at, _)| at.n_blocked > 0).count();
    rows.truncate(n_telling + 1);
    rows.push((&gate.configured, " (yours)"));
    rows.sort_by(|(a, _), (b, _)| a.threshold.total_cmp(&b.threshold));
    let table = Table {
        head: vec!["Above", "Blocked", "A week", "Needed a fix", "Caught", "Lift"],
        is_number: vec![false, true, true, true, true, true],
        rows: rows.into_iter().map(|(at, note)| threshold_row(at, note)).collect(),
    };
    let blocks = vec![Block::Table(table), Block::Text(recommended(figures))];
    Section { title: "What would a required gate have done?".to_owned(), blocks }
}

fn threshold_row(at: &AtThreshold, note: &str) -> Vec<Line> {
    let share = percent(at.n_blocked as f64 / at.n.max(1) as f64);
    let cells = [
        format!("{:.2}{note}", at.threshold),
        format!("{} ({share})", at.n_blocked),
        format!("{:.1}", at.blocked_per_week),
        at.precision.map_or("none blocked".to_owned(), |rate| format!("{} ({})", at.n_caught, percent(rate))),
        at.recall.map_or(String::new(), |recall| format!("{} of all", percent(recall))),
        at.lift.map_or(String::new(), |lift| format!("{lift:.1}")),
    ];
    cells.into_iter().map(|cell| Line::new().ours(cell)).collect()
}

fn recommended(figures: &Figures) -> Line {
    let Recommendation { budget, threshold, older, newer } = &figures.gate.recommendation;
    let line = Line::new().ours(format!("To block at most the riskiest {}: ", share_of_budget(budget.share())));
    let line = line.code(format!("thresholds.risk: {threshold:.2}"));
    let line = line.ours(format!(
        ", chosen on the older {} ({} blocked). On the newer {}, which had no part in it, {}.",
        count(older.n, "change"),
        older.n_blocked,
        count(newer.n, "change"),
        outcome(newer, *budget),
    ));
    match figures.changes.evidence {
        Evidence::BetterThanChance => line,
        _ => line.ours(" There is no evidence yet that it blocks the right ones: leave the gate advisory."),
    }
}

fn outcome(at: &AtThreshold, budget: Budget) -> String {
    let AtThreshold { n, n_positive, n_blocked, n_caught, blocked_per_week, .. } = *at;
    let usual = share(n_positive as u32, n as u32);
    if n_blocked == 0 {
        return format!("it blocks none, and so catches none of the {n_positive} that needed a fix");
    }
    let of_all = percent(n_blocked as f64 / n as f64);
    let lift = at.lift.map_or(String::new(), |lift| format!(", lift {lift:.1}"));
    let is_beyond = n_blocked as f64 > budget.share() * n as f64 + 1.0;
    let beyond = if is_beyond { ", more than the budget because scores have risen since" } else { "" };
    format!(
        "it blocks {n_blocked} ({of_all}, {blocked_per_week:.1} a week){beyond}; {n_caught} of them needed a fix, where \
         {usual} is usual{lift}"
    )
}

fn case_section(title: &str, cases: &[Case]) -> Section {
    Section { title: title.to_owned(), blocks: vec![Block::Items(cases.iter().map(case).collect())] }
}

fn case(case: &Case) -> Line {
    let after = match case.repair.after_days {
        days if days < 1.0 => "within a day".to_owned(),
        days => format!("after {}", count(days as usize, "day")),
    };
    let line = Line::new().strong(format!("{:.2}", case.score)).ours(" ");
    let line = line.code(short(case.commit)).ours(" ").theirs(hostile::sentence(&case.subject, SUBJECT_CHARS));
    let line = line.ours("; ").path(&case.path).ours(format!(" fixed {after} by "));
    line.code(short(case.repair.commit)).ours(" ").theirs(hostile::sentence(&case.repair.subject, SUBJECT_CHARS))
}

fn short(commit: CommitId) -> String {
    commit.to_string().chars().take(7).collect()
}

fn date(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn percent(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}

/// Whole percents as such, finer ones with what they need.
fn share_of_budget(share: f64) -> String {
    format!("{}%", (share * 10_000.0).round() / 100.0)
}
