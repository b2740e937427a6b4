//! Are the answers to "what if" those of changes measured anew, and are the neighbours near and their fates known?

use super::*;
use crate::domain::{Diff, Timestamp};
use crate::features::fixture::{DAY_0, EVERYTHING, History};
use crate::features::{ChangeRow, Feature, FileRow, Present, Row, Table, rows_for_change};
use crate::models::answer::{ChangeOutcome, Counterfactual, CounterfactualKind, Outcome, RiskAnswer, ScoreSubject};

/// Changes of which the long ones without tests introduce bugs; one file each, that is repaired as often.
fn table(n_days: usize, has_change_labels: bool) -> Table {
    let (mut files, mut changes) = (Vec::new(), Vec::new());
    for day in 0..n_days {
        let (lines, is_tested) = (((day * 37) % 100) as f64 * 5.0, day % 3 == 0);
        let mut values = Row::unknown();
        values.set(Feature::LinesAdded, lines);
        values.set(Feature::TestLinesRatio, if is_tested { 0.4 } else { 0.0 });
        values.set(Feature::NFiles, (day % 4) as f64);
        let at = DAY_0.plus_days(day as i64);
        // One in ten falls out otherwise.
        let label = Some((lines > 200.0 && !is_tested) != (day % 10 == 7));
        files.push(FileRow { commit: day as u32, file: day as u32, at, values: values.clone(), label });
        let change_label = label.filter(|_| has_change_labels);
        changes.push(ChangeRow { commit: day as u32, at, values, label: change_label });
    }
    Table { files, changes, people: true, as_of: DAY_0.plus_days(n_days as i64 + 200) }
}

fn model(has_change_labels: bool) -> Model {
    let params = Params::default().check().expect("the default parameters are valid");
    train(&table(900, has_change_labels), &params).expect("sound rows")
}

/// Three files: a long and a short one that have nothing to do with each other, and a page of words.
fn history() -> History {
    History::read(
        "0 ann | start | +src/long/a.rs 10/0 c3, +src/short/b.rs 5/0 c2, +tests/a_test.rs 4/0, +guide.md 3/0
         1 bob | more  | src/long/a.rs 300/0 c9, src/short/b.rs 20/0 c2, guide.md 2/0",
    )
}

fn ask(model: &Model, history: &History, diff: &Diff, usual_test: Option<&str>) -> RiskAnswer {
    let past = history.past_before(1);
    let metrics = |blob| history.metrics(blob);
    let around = Surroundings {
        present: &Present::of(&past),
        diff,
        metrics: &metrics,
        inputs: EVERYTHING,
        links: &[],
        usual_test,
        n_functions: Some(2),
    };
    match predict_with(model, &rows_for_change(&past, diff, &metrics, EVERYTHING), &around).expect("sound rows") {
        Outcome::Ready(answer) => answer,
        other => panic!("expected an answer, got {other:?}"),
    }
}

fn of_kind(answer: &RiskAnswer, kind: CounterfactualKind) -> &Counterfactual {
    let found = answer.counterfactuals.iter().find(|found| found.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind:?} in {:?}", answer.counterfactuals))
}

#[test]
fn a_smaller_a_tested_and_a_split_change_score_as_such_changes_do() {
    let (model, history) = (model(true), history());
    let diff = history.diff_of(1);
    let whole = ask(&model, &history, &diff, Some("tests/a_test.rs"));
    let now = whole.change_risk.as_ref().expect("there are labels").risk_score;
    assert!(now.get() > 0.6, "{now}");
    for found in &whole.counterfactuals {
        assert!(found.subject == ScoreSubject::Change && found.risk_now == now && found.risk_score < now, "{found:?}");
        assert!(found.description.contains(&found.risk_score.to_string()), "{found:?}");
    }

    // What is said of the change without the file is what is said of a change that never had it.
    let without = of_kind(&whole, CounterfactualKind::WithoutFile);
    let mut rest = diff.clone();
    rest.files.retain(|file| file.path != "src/long/a.rs");
    let alone = ask(&model, &history, &rest, None).change_risk.expect("a file is left").risk_score;
    assert_eq!((without.files[0].as_str(), without.risk_score), ("src/long/a.rs", alone));

    let tested = of_kind(&whole, CounterfactualKind::WithTests);
    assert_eq!(tested.files, ["tests/a_test.rs"]);
    // 322 lines of which two fifths would be tests: 215 more.
    assert!(tested.description.starts_with("with tests of the 2 changed functions (215 lines"), "{tested:?}");
}

#[test]
fn a_change_splits_between_places_when_nothing_ties_them_and_both_parts_must_be_lower() {
    let (model, history) = (model(true), history());
    let mut diff = history.diff_of(1);
    diff.files.iter_mut().for_each(|file| file.added = if file.path.ends_with("rs") { 150 } else { 0 });
    let answer = ask(&model, &history, &diff, None);
    let split = of_kind(&answer, CounterfactualKind::Split);
    let parts: Vec<&[String]> = split.parts.iter().map(|part| part.files.as_slice()).collect();
    let mut sources: Vec<&str> =
        parts.iter().flat_map(|files| files.iter()).map(String::as_str).filter(|file| file.ends_with("rs")).collect();
    sources.sort_unstable();
    assert_eq!((parts.len(), sources), (2, vec!["src/long/a.rs", "src/short/b.rs"]));
    assert!(split.parts.iter().all(|part| part.risk_score <= split.risk_score && part.risk_score < split.risk_now));
}

#[test]
fn nothing_is_claimed_where_the_model_would_say_the_same() {
    let (model, history) = (model(true), history());
    let mut diff = history.diff_of(1);
    diff.files.iter_mut().for_each(|file| file.added = 1);
    assert_eq!(ask(&model, &history, &diff, None).counterfactuals, []);
    diff.files.truncate(1);
    assert_eq!(ask(&model, &history, &diff, None).counterfactuals, []);
}

#[test]
fn without_a_score_of_the_change_the_riskiest_file_is_asked_about() {
    let history = history();
    let answer = ask(&model(false), &history, &history.diff_of(1), Some("tests/a_test.rs"));
    assert!(answer.change_risk.is_none());
    let tested = of_kind(&answer, CounterfactualKind::WithTests);
    assert_eq!((tested.subject, tested.risk_now), (ScoreSubject::RiskiestFile, answer.risk_predictions[0].risk_score));
    let advice =
        answer.risk_predictions.iter().flat_map(|risk| &risk.recommendations).find(|it| it.contains("no test"));
    let expected = format!("The riskiest file would score {} instead of {}.", tested.risk_score, tested.risk_now);
    assert!(advice.is_some_and(|advice| advice.ends_with(&expected)), "{advice:?} {expected}");
}

/// 900 commits, of which one is repaired on day 901 and one reverted.
fn long_history() -> History {
    let mut history = History::default();
    for day in 0..900 {
        history.add(&format!("{day} ann | change {day} | {}src/a.rs 1/1", if day == 0 { "+" } else { "" }));
    }
    history.add("901 bob | fix(899) crash | src/a.rs 1/1");
    history.add("902 bob | Revert \"change 898\" | src/a.rs 1/1");
    history
}

/// The neighbours of a change like that of `day`, as the past before commit `n_known` knows them.
fn neighbours(day: usize, n_known: usize) -> Vec<(usize, ChangeOutcome, bool)> {
    let (model, history, table) = (model(true), long_history(), table(900, true));
    let past = history.past_before(n_known);
    let memory = Memory::of(&model, &table, &past).expect("sound rows");
    let memory = Memory::from_bytes(&memory.to_bytes().expect("can be kept")).expect("and read");
    let change = Some(table.changes[day].values.clone());
    let rows = crate::features::ChangeRows { at: Timestamp(0), files: Vec::new(), change, skipped: Vec::new() };
    let similar = memory.similar_changes(&model, &rows, &past).expect("sound rows");
    assert!(similar.iter().all(|change| change.similarity >= 0.5 && change.similarity <= 1.0));
    let index = |id| history.log.commits.iter().position(|commit| commit.id == id).expect("a commit");
    similar.iter().map(|change| (index(change.commit), change.outcome, change.by.is_some())).collect()
}

#[test]
fn the_nearest_changes_come_first_with_what_became_of_them() {
    let fixed = neighbours(899, 902);
    assert_eq!((fixed.len(), fixed[0]), (3, (899, ChangeOutcome::Fixed, true)));
    assert_eq!(neighbours(898, 902)[0], (898, ChangeOutcome::Reverted, true));
    assert_eq!(neighbours(897, 902)[0], (897, ChangeOutcome::Clean, false));
}

#[test]
fn what_happened_later_is_not_told() {
    assert_eq!(neighbours(899, 900)[0], (899, ChangeOutcome::Clean, false));
    assert_eq!(neighbours(898, 901)[0], (898, ChangeOutcome::Clean, false));
    assert!(neighbours(899, 880).iter().all(|(commit, ..)| *commit < 880));
}
