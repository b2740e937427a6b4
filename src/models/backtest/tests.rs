//! Do the figures say of a planted past what was planted there?

use super::*;
use crate::models::backtest::gate::Budget;

fn budget(text: &str) -> Budget {
    text.parse().expect("a share")
}

fn plan(threshold: f64, share: &str) -> Plan {
    Plan { threshold, budget: budget(share) }
}

fn judged(day: i64, score: f64, needed_fix: bool) -> Judged {
    let repair = Repair { commit: CommitId([9; 20]), subject: "fix it".into(), after_days: 3.0 };
    let file = JudgedFile {
        path: "src/a.rs".into(),
        score,
        n_lines: 10.0,
        n_earlier_fixes: 1.0,
        repair: needed_fix.then_some(repair),
    };
    Judged {
        commit: CommitId([day as u8; 20]),
        subject: format!("change of day {day}"),
        at: Timestamp(0).plus_days(day),
        files: vec![file],
        introduction: None,
    }
}

/// One change a day; scores run through the hundredths 0.05, 0.15 … 0.95, and what scores above `bound` needs a fix.
fn planted(n_days: i64, bound: f64) -> Vec<Judged> {
    let score = |day: i64| ((day * 7) % 10) as f64 / 10.0 + 0.05;
    (0..n_days).map(|day| judged(day, score(day), score(day) > bound)).collect()
}

fn ready(judged: &[Judged], plan: &Plan) -> Figures {
    match figures(judged, plan) {
        Outcome::Ready(figures) => figures,
        other => panic!("expected figures, got {other:?}"),
    }
}

#[test]
fn a_threshold_that_is_planted_is_seen_in_the_table() {
    let figures = ready(&planted(200, 0.6), &plan(0.6, "5%"));
    let at = figures.gate.thresholds[5];
    assert_eq!((at.threshold, at.n, at.n_positive, at.n_blocked, at.n_caught), (0.6, 200, 80, 80, 80));
    assert_eq!((at.precision, at.recall, at.lift), (Some(1.0), Some(1.0), Some(2.5)));
    assert!((at.blocked_per_week - 80.0 / (199.0 / 7.0)).abs() < 1e-12);
    assert_eq!(figures.gate.configured, at);
    // Every other threshold either blocks what was fine or lets through what was not.
    for other in figures.gate.thresholds.iter().filter(|other| other.threshold != 0.6) {
        assert!(other.precision < Some(1.0) || other.recall < Some(1.0), "{other:?}");
    }
    assert_eq!(figures.changes.evidence, Evidence::BetterThanChance);
}

#[test]
fn a_budget_is_kept_on_the_older_half_and_shown_on_the_newer() {
    // 100 changes a half: ten of each score. A budget of 30% allows the scores 0.95, 0.85 and 0.75.
    let recommended = ready(&planted(200, 0.6), &plan(0.7, "30%")).gate.recommendation;
    assert_eq!((recommended.threshold, recommended.older.n_blocked, recommended.newer.n_blocked), (0.65, 30, 30));
    // One change less, and all of a score must go: 29 are allowed, the 30th has the score of the 21st.
    let recommended = ready(&planted(200, 0.6), &plan(0.7, "29%")).gate.recommendation;
    assert_eq!((recommended.threshold, recommended.older.n_blocked), (0.75, 20));
    // A newer half that is scored higher breaks the budget there, and that is what is shown.
    let mut drifted = planted(200, 0.6);
    drifted[100..].iter_mut().for_each(|change| change.files[0].score = (change.files[0].score + 0.2).min(0.99));
    let recommended = ready(&drifted, &plan(0.7, "30%")).gate.recommendation;
    assert_eq!((recommended.older.n_blocked, recommended.newer.n_blocked), (30, 50));
}

#[test]
fn the_threshold_for_a_budget_does_not_depend_on_outcomes_or_on_the_newer_half() {
    let recommended = |judged: &[Judged]| ready(judged, &plan(0.7, "10%")).gate.recommendation.threshold;
    let honest = recommended(&planted(200, 0.6));
    assert_eq!(recommended(&planted(200, 0.3)), honest);
    let mut other_end = planted(200, 0.6);
    other_end[100..].iter_mut().for_each(|change| change.files[0].score /= 3.0);
    assert_eq!(recommended(&other_end), honest);
}

#[test]
fn a_change_is_as_risky_as_its_riskiest_file_and_needed_a_fix_when_one_of_them_did() {
    let mut judged = planted(60, 0.6);
    let quiet = JudgedFile { score: 0.01, repair: None, path: "src/quiet.rs".into(), ..judged[0].files[0].clone() };
    judged.iter_mut().for_each(|change| change.files.push(quiet.clone()));
    let (with, without) = (ready(&judged, &plan(0.7, "5%")), ready(&planted(60, 0.6), &plan(0.7, "5%")));
    assert_eq!(with.gate, without.gate);
    assert_eq!((with.files.n, without.files.n, with.changes.n), (120, 60, 60));
    assert_eq!(with.catches[0].path, "src/a.rs");
}

#[test]
fn scores_that_know_nothing_are_no_evidence_and_backwards_ones_are_worse_than_chance() {
    let mut blind = planted(200, 0.6);
    // The outcome follows the calendar, the score does not.
    blind.iter_mut().enumerate().for_each(|(day, change)| {
        change.files[0].repair =
            (day / 10 % 2 == 0).then(|| Repair { commit: CommitId([1; 20]), subject: "fix".into(), after_days: 1.0 });
    });
    let figures = ready(&blind, &plan(0.7, "5%"));
    assert_eq!((figures.files.evidence, figures.changes.evidence), (Evidence::NoneYet, Evidence::NoneYet));
    let mut backwards = planted(200, 0.6);
    backwards.iter_mut().for_each(|change| change.files[0].score = 1.0 - change.files[0].score);
    assert_eq!(ready(&backwards, &plan(0.7, "5%")).files.evidence, Evidence::WorseThanChance);
}

#[test]
fn what_was_said_stands_beside_what_happened() {
    let figures = ready(&planted(200, 0.6), &plan(0.7, "5%"));
    let bins = &figures.calibration.bins;
    assert_eq!(bins.len(), 10);
    assert!((bins[7].said - 0.75).abs() < 1e-12);
    assert_eq!((bins[7].n, bins[7].n_happened, bins[2].n_happened), (20, 20, 0));
    assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), 200);
    assert!((figures.calibration.base_rate_brier - 0.24).abs() < 1e-12);
    assert!(figures.calibration.brier < figures.calibration.base_rate_brier);
}

#[test]
fn a_fifth_of_the_lines_is_read_where_risk_is_densest() {
    // Twenty changes: ten small and harmless, nine small and faulty, one huge and faulty.
    let mut judged: Vec<Judged> = (0..20).map(|day| judged(day, if day < 10 { 0.1 } else { 0.9 }, day >= 10)).collect();
    judged[19].files[0].n_lines = 60.0;
    // 250 lines in all, so 50 are read: five of the small faulty ones.
    let effort = ready(&judged, &plan(0.7, "5%")).effort;
    assert_eq!((effort.recall, effort.recall_smallest_first), (0.5, 0.0));
    assert!((effort.recall_riskiest_fifth - 0.4).abs() < 1e-12);
}

#[test]
fn catches_and_misses_are_the_extremes_of_what_needed_a_fix() {
    let mut judged = planted(100, 0.6);
    judged[10].files[0] = JudgedFile { score: 0.02, path: "src/quiet.rs".into(), ..judged[3].files[0].clone() };
    judged[10].files[0].repair = Some(Repair { commit: CommitId([7; 20]), subject: "oops".into(), after_days: 2.0 });
    let figures = ready(&judged, &plan(0.7, "5%"));
    assert_eq!((figures.misses[0].path.as_str(), figures.misses[0].score), ("src/quiet.rs", 0.02));
    assert_eq!(figures.misses[0].repair.subject, "oops");
    assert!(figures.catches.iter().all(|case| case.score > 0.94) && figures.catches.len() == 3);
    assert!(figures.catches[0].at > figures.catches[2].at);
}

#[test]
fn one_outcome_alone_gives_no_figures_and_says_how_many_there_were() {
    for (bound, n_positive) in [(1.0, 0), (0.0, 200)] {
        let Outcome::NotEnoughHistory { missing } = figures(&planted(200, bound), &plan(0.7, "5%")) else {
            panic!("one outcome cannot be judged")
        };
        assert!(missing.starts_with("200 past changes") && missing.contains(&format!("{n_positive} of them")));
    }
    assert!(matches!(figures(&[], &plan(0.7, "5%")), Outcome::NotEnoughHistory { .. }));
}

#[test]
fn blamed_changes_are_judged_where_enough_of_them_are_known() {
    let mut judged = planted(200, 0.6);
    assert_eq!(ready(&judged, &plan(0.7, "5%")).introductions, None);
    judged[..100].iter_mut().for_each(|change| {
        let score = change.files[0].score;
        change.introduction = Some(Introduction { score, is_blamed: score > 0.5 });
    });
    let introductions = ready(&judged, &plan(0.7, "5%")).introductions.expect("a hundred are known");
    assert_eq!((introductions.n, introductions.n_positive), (100, 50));
    assert_eq!(introductions.auc.map(|auc| auc.value), Some(1.0));
}

#[test]
fn a_budget_is_a_share_of_the_changes() {
    assert_eq!((budget("5%"), budget("0.05"), budget(" 5 % ")), (Budget::DEFAULT, Budget::DEFAULT, Budget::DEFAULT));
    for text in ["0%", "100%", "-1%", "five", "", "NaN", "inf", "5%%", "1"] {
        let error = text.parse::<Budget>().expect_err("no share of anything").to_string();
        assert!(error.contains(&format!("got `{text}`")), "{error}");
    }
}

#[test]
fn no_figure_is_infinite_or_nan() {
    let mut judged = planted(40, 0.6);
    judged.iter_mut().for_each(|change| {
        change.at = Timestamp(0);
        change.files[0].n_lines = 0.0;
    });
    let text = serde_json::to_string(&ready(&judged, &plan(0.99, "1%"))).expect("plain data");
    // JSON has no word for them: they would be written as null, which only options may be.
    let nulls = text.matches("null").count();
    let figures = ready(&judged, &plan(0.99, "1%"));
    assert_eq!(figures.files.auc, None);
    assert!(nulls > 0 && figures.gate.configured.blocked_per_week == 0.0 && figures.effort.recall.is_finite());
}
