//! Does what others taught help where little is known, and keep silent where it would be cheating?

use super::tests::{answer, change, learnable, log_odds, small, table};
use super::*;
use crate::domain::CommitId;
use crate::features::Table;
use crate::features::fixture::History;

const ELSEWHERE: CommitId = CommitId([7; 20]);

fn base(tables: &[Table]) -> Base {
    let repositories: Vec<_> = tables.iter().map(|table| (ELSEWHERE, table)).collect();
    Base::train(&repositories).expect("enough rows")
}

/// Others in which earlier fixes mean what they mean in [`learnable`].
fn alike() -> Base {
    base(&[learnable(900), table(900, false, |fixes| 0.02 + 0.11 * fixes)])
}

/// Others in which nothing means anything.
fn noise() -> Base {
    base(&[table(900, true, |_| 0.4)])
}

fn beside(n_days: usize, base: &Base) -> Model {
    train_beside(&learnable(n_days), &small(), Some(base)).expect("sound rows")
}

fn base_percent(model: &Model) -> f64 {
    let mix = answer(model, &change(1)).model.mix;
    mix.split('%').next().and_then(|percent| percent.parse().ok()).expect("a mix begins with a percentage")
}

fn check_sums(model: &Model) {
    let answer = answer(model, &change(4));
    for risk in &answer.risk_predictions {
        let sum: f64 = risk.contributions.iter().map(|part| part.weight).sum();
        assert!((answer.model.base_log_odds + sum - log_odds(risk.risk_score.get())).abs() < 1e-4, "{risk:?}");
    }
}

#[test]
fn where_too_little_is_known_the_base_model_answers_and_says_that_it_was_not_judged_here() {
    let model = beside(10, &alike());
    let answer = answer(&model, &change(8));
    assert_eq!(answer.model.mix, "100% base");
    assert_eq!(answer.model.evaluation, None);
    assert_eq!(answer.model.missing.as_deref(), Some("10 mature file changes, 200 needed"));
    assert_eq!(answer.model.base.as_ref().map(|base| base.n_repositories), Some(2));
    // Seven earlier fixes are riskier than none, although this repository could not have taught it.
    let score =
        |path: &str| answer.risk_predictions.iter().find(|risk| risk.file == path).map(|risk| risk.risk_score.get());
    assert!(score("src/7.rs") > score("src/0.rs"), "{:?}", answer.risk_predictions);
    assert!(answer.risk_predictions.iter().all(|risk| risk.frequency.is_none()));
    assert_eq!(model.missing_for_files(), Some("10 mature file changes, 200 needed"));
    check_sums(&model);
}

#[test]
fn without_a_single_row_there_is_an_answer_without_comparisons() {
    let model = beside(0, &alike());
    let answer = answer(&model, &change(2));
    assert!(answer.risk_predictions.iter().all(|risk| risk.percentile.is_none()));
    assert_eq!(answer.change_risk.and_then(|risk| risk.base_rate), None);
}

#[test]
fn the_weight_of_the_base_model_is_what_later_rows_ask_for() {
    let (helpful, useless) = (beside(260, &alike()), beside(1_500, &noise()));
    assert!(base_percent(&helpful) >= 30.0, "{}", base_percent(&helpful));
    assert!(base_percent(&useless) <= 45.0, "{}", base_percent(&useless));
    [helpful, useless].iter().for_each(check_sums);
}

#[test]
fn a_blend_is_judged_on_rows_of_this_repository() {
    let answer = answer(&beside(900, &alike()), &change(1));
    let evaluation = answer.model.evaluation.expect("nine hundred rows are enough");
    assert!(evaluation.auc > 0.6 && evaluation.brier < evaluation.baseline_brier, "{evaluation:?}");
    assert_eq!(answer.model.missing, None);
}

#[test]
fn the_base_model_reads_nothing_about_people() {
    for head in [&alike().files, &Base::shipped().files, &Base::shipped().changes] {
        assert!(head.columns().iter().all(|feature| !feature.is_about_people()));
    }
    // With people switched off, a repository still has every column the base model reads.
    let mut quiet = learnable(400);
    quiet.people = false;
    assert!(train_beside(&quiet, &small(), Some(&alike())).is_ok());
}

#[test]
fn a_repository_that_taught_the_base_model_is_not_judged_by_it() {
    let history = History::read("0 ann | start | +src/a.rs 9/0");
    let past = history.past_on(1);
    let beginning = past.log.commits[past.order[0] as usize].id;
    let table = learnable(900);
    assert!(base_of(ELSEWHERE, &table).for_past(&past).is_some());
    assert!(base_of(beginning, &table).for_past(&past).is_none());
    assert!(Base::shipped().for_past(&past).is_some());
}

fn base_of(beginning: CommitId, table: &Table) -> Base {
    Base::train(&[(beginning, table)]).expect("enough rows")
}

#[test]
fn the_shipped_base_model_is_of_this_catalogue_and_small() {
    let bytes = Base::shipped().to_bytes().expect("can be written");
    assert!(bytes.len() < 4_000_000, "{} bytes", bytes.len());
    assert!(Base::shipped().is_of_this_catalogue());
    let info = answer(&beside(10, Base::shipped()), &change(1)).model.base.expect("it is the base model's answer");
    assert!(info.n_repositories >= 40, "{info:?}");
}

#[test]
fn a_kept_blend_finds_the_base_model_it_was_made_with_and_no_other() {
    let kept = beside(600, Base::shipped());
    let bytes = kept.to_bytes().expect("can be written");
    assert!(bytes.len() < 2_400_000, "{} bytes", bytes.len());
    let read = Model::from_bytes(&bytes).expect("it was just written");
    assert_eq!(answer(&read, &change(3)), answer(&kept, &change(3)));
    let foreign = beside(600, &alike()).to_bytes().expect("can be written");
    assert!(Model::from_bytes(&foreign).is_err());
}

#[test]
fn a_large_repository_teaches_no_more_rows_than_the_limit() {
    let large = base(&[learnable(2 * MAX_ROWS_A_REPOSITORY)]);
    let info = answer(&beside(10, &large), &change(1)).model.base.expect("it is the base model's answer");
    assert!(info.n_train <= MAX_ROWS_A_REPOSITORY && info.n_train > MAX_ROWS_A_REPOSITORY * 9 / 10, "{info:?}");
}
