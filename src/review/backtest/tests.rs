//! Does a backtest read as it should, and stay text where a stranger wrote it?

use super::*;
use crate::domain::{CommitId, Skipped, Timestamp};
use crate::models::answer::Outcome;
use crate::models::backtest::{Budget, Judged, JudgedFile, Longer, Plan, Repair, Replay, figures};
use expect_test::{expect, expect_file};

/// Breaks out of tags, attributes, terminals and lines.
const HOSTILE: &str = "</title><script>alert('x')</script>\u{1b}[31m\u{202e}\"onload=x\n@octocat & `code`";

/// A change a day: what scores above a half needs a fix, every twentieth time the other way round.
fn judged(n_days: i64, subject: &str) -> Vec<Judged> {
    let change = |day: i64| {
        let score = ((day * 37) % 100) as f64 / 100.0;
        let needed_fix = (score > 0.5) != (day % 20 == 7);
        let repair = Repair { commit: CommitId([0xfe; 20]), subject: subject.to_owned(), after_days: 3.5 };
        let file = JudgedFile {
            path: "src/parser.rs".to_owned(),
            score,
            n_lines: (10 + day % 90) as f64,
            n_earlier_fixes: (day % 3) as f64,
            repair: needed_fix.then_some(repair),
        };
        Judged {
            commit: CommitId([day as u8; 20]),
            subject: subject.to_owned(),
            at: Timestamp(1_700_000_000).plus_days(day),
            files: vec![file],
            introduction: None,
        }
    };
    (0..n_days).map(change).collect()
}

fn report(judged: &[Judged]) -> Report {
    let plan = Plan { threshold: 0.7, budget: Budget::DEFAULT };
    Report {
        repository: "parser".to_owned(),
        as_of_commit: CommitId([0xab; 20]),
        as_of: Timestamp(1_720_000_000),
        history_from: Timestamp(1_600_000_000),
        since: Timestamp(1_700_000_000),
        until: Timestamp(1_720_000_000).plus_days(-30),
        model: "risk-2/features-2",
        skipped: Vec::new(),
        replay: Replay { n_scored: judged.len(), n_refits: 7, ..Replay::default() },
        longer: None,
        backtest: figures(judged, &plan),
    }
}

const STYLE: Style = Style { width: 100, colour: false };

#[test]
fn a_backtest_fits_on_one_screen() {
    let text = text(&report(&judged(200, "Read numbers with exponents")), STYLE);
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    expect_file!["../../../fixtures/backtest/expected.txt"].assert_eq(&text);
}

#[test]
fn the_page_is_as_it_was_looked_at() {
    let page = html(&report(&judged(200, "Read numbers with exponents")), "0.1.0");
    expect_file!["../../../fixtures/backtest/expected.html"].assert_eq(&page);
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = html(&report(&judged(200, HOSTILE)), "0.1.0");
    for forbidden in ["<script", "src=", "href=", "url(", "@import", "<link", "<iframe", "<img"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("prefers-color-scheme:dark"));
}

#[test]
fn hostile_words_stay_words() {
    let mut report = report(&judged(200, HOSTILE));
    report.repository = HOSTILE.to_owned();
    report.skipped.push(Skipped::new(HOSTILE, HOSTILE));
    let page = html(&report, "0.1.0");
    assert!(!page.contains("<script") && !page.contains("alert('x')") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert_eq!((page.matches("<title>").count(), page.matches("</title>").count()), (1, 1));
    let text = text(&report, STYLE);
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
}

#[test]
fn without_evidence_the_first_line_says_so_and_no_gate_is_advised() {
    let mut blind = judged(200, "x");
    blind.iter_mut().for_each(|change| change.files[0].score = 0.5);
    let text = text(&report(&blind), STYLE);
    assert!(text.starts_with("Backtest of parser: no evidence yet\n"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("leave the gate advisory"), "{text}");
}

#[test]
fn without_figures_it_says_what_is_missing() {
    let mut report = report(&judged(12, "x"));
    report.replay.n_without_score = 30;
    report.replay.n_abstained = 7;
    report.replay.abstained_because = Some("91 mature file changes, 200 needed".to_owned());
    report.longer = Some(Longer { years: 5, n_changes: 229 });
    report.skipped.push(Skipped::new("older history", "the clone is shallow"));
    let expected = expect![[r#"
        Backtest of parser: not enough history
        12 changes between 2023-11-14 and 2024-06-03 replayed, scored by 0 models that knew only what was
        known before them.
        What is missing: 12 past changes have a score and a known outcome, 4 of them needed a fix within 30
        days; at least 10 that did and 10 that did not are needed.
        A longer stretch may hold enough: --since 5y has 229 changes.
        30 more changes had no score, because the model of their time abstained. What it lacked: 91 mature
        file changes, 200 needed.
        Not read: older history: the clone is shallow.

    "#]];
    expected.assert_eq(&text(&report, STYLE));
    assert!(matches!(report.backtest, Outcome::NotEnoughHistory { .. }));
}

#[test]
fn every_field_is_in_the_documentation() {
    let documentation = include_str!("../../../docs/json.md");
    let mut judged = judged(200, "x");
    judged.iter_mut().for_each(|change| {
        let (score, is_blamed) = (change.files[0].score, change.files[0].repair.is_some());
        change.introduction = Some(crate::models::backtest::Introduction { score, is_blamed });
    });
    let mut report = report(&judged);
    report.longer = Some(Longer { years: 5, n_changes: 229 });
    let document = serde_json::to_value(Document { hyperion_version: "0.1.0", report: &report }).expect("plain data");
    let mut names = std::collections::BTreeSet::new();
    collect_names(&document, &mut names);
    assert!(names.len() > 50, "{names:?}");
    let is_missing = |name: &&String| !documentation.contains(&format!("`{name}`"));
    let missing: Vec<_> = names.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "docs/json.md does not name {missing:?}");
}

fn collect_names(value: &serde_json::Value, names: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            names.insert(name.clone());
            collect_names(value, names);
        }),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}
