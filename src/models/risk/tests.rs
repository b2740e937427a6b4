//! Does the risk model learn what is there, say how sure it is, and stay silent otherwise?

use super::*;
use crate::domain::{Band, Timestamp};
use crate::features::fixture::{EVERYTHING, History};
use crate::features::{CATALOGUE_VERSION, ChangeRow, ChangeRows, ChangedFile, Feature, FileRow, Row, Table};
use crate::features::{rows_for_change, training_table};
use crate::models::answer::{Outcome, RiskAnswer};
use crate::models::learner::{Menu, Recipe};
use crate::models::trees::{Boosting, Forest};
use std::time::Instant;

/// A small generator of numbers in [0, 1), so that tests do not depend on a library's.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A row with plausible values everywhere, `fixes` of them drawn by the caller.
fn row(chance: &mut Chance, fixes: f64) -> Row {
    let mut row = Row::unknown();
    for feature in Feature::all() {
        let value = (chance.next() * 20.0).floor();
        row.set(feature, (chance.next() > 0.1).then_some(value));
    }
    row.set(Feature::HistoricalBugDensity, fixes);
    row.set(Feature::FileRecentFixes, fixes);
    row.set(Feature::FileEarlierFixes, fixes);
    row.set(Feature::TestLinesRatio, 0.0);
    row
}

/// One file row and one change row a day; `risk` is the chance of an outcome, given the fixes of the last year.
pub(super) fn table(n_days: usize, people: bool, risk: impl Fn(f64) -> f64) -> Table {
    let mut chance = Chance(7);
    let (mut files, mut changes) = (Vec::new(), Vec::new());
    for day in 0..n_days {
        let fixes = (chance.next() * 8.0).floor();
        let at = Timestamp(0).plus_days(day as i64);
        let values = row(&mut chance, fixes);
        let label = Some(chance.next() < risk(fixes));
        files.push(FileRow { commit: day as u32, file: day as u32 % 50, at, values: values.clone(), label });
        changes.push(ChangeRow { commit: day as u32, at, values, label });
    }
    Table { files, changes, people, as_of: Timestamp(0).plus_days(n_days as i64 + 200) }
}

pub(super) fn learnable(n_days: usize) -> Table {
    table(n_days, true, |fixes| 0.05 + 0.1 * fixes)
}

pub(super) fn small() -> ValidParams {
    let usual = Recipe::default();
    let forest = Forest { n_trees: 30, ..usual.forest };
    let boosting = Boosting { n_rounds: 40, ..usual.boosting };
    let menu = Menu { forests: vec![forest], boostings: vec![boosting], ..Menu::default() };
    Params { menu }.check().expect("small, but sound")
}

pub(super) fn change(n_files: usize) -> ChangeRows {
    let mut chance = Chance(99);
    let files = (0..n_files).map(|nth| ChangedFile {
        path: format!("src/{nth}.rs"),
        before: (nth % 2 == 0).then(|| row(&mut chance, 0.0)),
        after: row(&mut chance, (nth % 8) as f64),
        last_fix: None,
    });
    let files = files.collect();
    ChangeRows { at: Timestamp(5), files, change: Some(row(&mut chance, 7.0)), skipped: Vec::new() }
}

pub(super) fn answer(model: &Model, rows: &ChangeRows) -> RiskAnswer {
    match predict(model, rows).expect("sound rows") {
        Outcome::Ready(answer) => answer,
        other => panic!("expected an answer, got {other:?}"),
    }
}

fn missing(table: &Table) -> String {
    let model = train(table, &small()).expect("sound rows");
    match predict(&model, &change(1)).expect("sound rows") {
        Outcome::NotEnoughHistory { missing } => missing,
        Outcome::Ready(answer) if answer.model.missing.is_some() => answer.model.missing.unwrap_or_default(),
        other => panic!("expected an abstention, got {other:?}"),
    }
}

pub(super) fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

#[test]
fn what_decides_the_outcome_is_learned_and_beats_the_base_rate_on_newer_rows() {
    let model = train(&learnable(1_500), &small()).expect("sound rows");
    let answer = answer(&model, &change(8));
    let evaluation = answer.model.evaluation.as_ref().expect("enough rows to judge");
    assert!(evaluation.auc > 0.65 && evaluation.brier < evaluation.baseline_brier, "{evaluation:?}");
    assert_eq!(evaluation.n_test, 300);
    assert!(evaluation.ece < 0.15, "{evaluation:?}");
    let first = &answer.risk_predictions[0];
    // The files have as many fixes as their names say; between the two highest, chance may decide.
    let n_fixes = if first.file == "src/7.rs" { 7 } else { 6 };
    assert_eq!(first.file, format!("src/{n_fixes}.rs"));
    assert!(first.factors[0].starts_with(&n_fixes.to_string()), "{:?}", first.factors);
    assert!(first.risk_score > answer.risk_predictions[7].risk_score);
}

#[test]
fn contributions_and_base_sum_to_the_log_odds() {
    let model = train(&learnable(900), &small()).expect("sound rows");
    let answer = answer(&model, &change(8));
    for risk in &answer.risk_predictions {
        let sum = answer.model.base_log_odds + risk.contributions.iter().map(|part| part.weight).sum::<f64>();
        assert!((sum - log_odds(risk.risk_score.get())).abs() < 1e-4, "{}: {sum}", risk.file);
    }
    let risk = answer.change_risk.expect("there are enough changes");
    let sum = risk.base_log_odds + risk.contributions.iter().map(|part| part.weight).sum::<f64>();
    assert!((sum - log_odds(risk.risk_score.get())).abs() < 1e-4);
}

#[test]
fn too_few_rows_are_said_with_their_number() {
    assert_eq!(missing(&learnable(37)), "37 mature file changes, 200 needed");
    assert_eq!(
        missing(&table(300, true, |_| 0.0)),
        "0 of 300 file changes followed by a fix within 30 days, 20 needed"
    );
}

#[test]
fn labels_of_one_kind_are_said_with_their_number() {
    assert_eq!(
        missing(&table(300, true, |_| 1.0)),
        "211 file changes with 211 positives are old enough to learn from, at least 20 with 5 of either outcome needed"
    );
}

#[test]
fn one_commit_or_none_is_said_with_its_number() {
    assert_eq!(missing(&learnable(1)), "1 mature file changes, 200 needed");
    assert_eq!(missing(&learnable(0)), "0 mature file changes, 200 needed");
}

#[test]
fn rows_in_which_nothing_is_known_teach_nothing_and_say_so() {
    let mut table = learnable(600);
    table.files.iter_mut().for_each(|row| row.values = Row::unknown());
    table.changes.iter_mut().for_each(|row| row.values = Row::unknown());
    let text = missing(&table);
    assert!(text.starts_with("a model ") && (text.contains("AUC 0.50") || text.contains("higher scores")), "{text}");
}

#[test]
fn three_files_of_one_author_are_enough_where_their_history_is_long() {
    let mut table = learnable(1_200);
    for (nth, row) in table.files.iter_mut().enumerate() {
        row.file = nth as u32 % 3;
        Feature::all().filter(|feature| feature.is_about_people()).for_each(|feature| row.values.set(feature, 1.0));
    }
    let model = train(&table, &small()).expect("sound rows");
    let answer = answer(&model, &change(8));
    assert!(answer.risk_predictions[0].risk_score > answer.risk_predictions[7].risk_score);
    // The newest change of each of the three files.
    assert!(
        answer
            .risk_predictions
            .iter()
            .all(|risk| risk.percentile.is_some_and(|percentile| (0.0..=100.0).contains(&percentile)))
    );
}

#[test]
fn a_file_of_which_nothing_is_known_has_a_finite_score_and_finite_reasons() {
    let model = train(&learnable(900), &small()).expect("sound rows");
    let mut rows = change(2);
    rows.files.iter_mut().for_each(|file| file.after = Row::unknown());
    rows.change = Some(Row::unknown());
    let answer = answer(&model, &rows);
    for risk in &answer.risk_predictions {
        assert!(risk.risk_score.get() > 0.0 && risk.risk_score.get() < 1.0);
        assert!(risk.contributions.iter().all(|part| part.weight.is_finite() && part.value.is_none()));
    }
    assert!(answer.change_risk.is_some_and(|risk| risk.risk_score.get().is_finite() && risk.base_log_odds.is_finite()));
}

#[test]
fn rows_without_an_outcome_do_not_count() {
    let mut table = learnable(300);
    table.files.iter_mut().skip(150).for_each(|row| row.label = None);
    assert_eq!(missing(&table), "150 mature file changes, 200 needed");
}

#[test]
fn pure_chance_is_not_sold_as_knowledge() {
    let text = missing(&table(600, true, |_| 0.3));
    assert!(text.starts_with("a model ") || text.starts_with("evidence "), "{text}");
}

#[test]
fn a_repository_whose_positives_are_all_old_abstains() {
    let mut table = learnable(600);
    table.files.iter_mut().skip(400).for_each(|row| row.label = Some(false));
    assert!(missing(&table).contains("to learn from") || missing(&table).contains("to judge by"));
}

#[test]
fn a_model_read_back_from_bytes_answers_the_same() {
    let model = train(&learnable(600), &small()).expect("sound rows");
    let read = Model::from_bytes(&model.to_bytes().expect("can be stored")).expect("can be read");
    assert_eq!(answer(&read, &change(5)), answer(&model, &change(5)));
    let silent = train(&learnable(10), &small()).expect("sound rows");
    let read = Model::from_bytes(&silent.to_bytes().expect("can be stored")).expect("can be read");
    assert_eq!(read.missing_for_files(), silent.missing_for_files());
}

#[test]
fn a_model_of_another_version_or_broken_bytes_are_refused() {
    let other = postcard::to_stdvec(&("risk-0/features-1", 1u8)).expect("plain bytes");
    let said = Model::from_bytes(&other).expect_err("another version").to_string();
    assert!(said.contains(MODEL_VERSION) && said.contains("`risk-0/features-1`"), "{said}");
    assert!(said.ends_with("`hyperion review <path>` trains it anew"), "{said}");
    let model = train(&learnable(10), &small()).expect("sound rows").to_bytes().expect("can be stored");
    assert!(matches!(Model::from_bytes(&model[..model.len() - 1]), Err(Error::Store(_))));
    assert!(Model::from_bytes(&[]).is_err());
    assert!(MODEL_VERSION.ends_with(&format!("features-{CATALOGUE_VERSION}")));
}

#[test]
fn the_same_table_trains_the_same_model() {
    let bytes = || train(&learnable(600), &small()).and_then(|model| model.to_bytes()).expect("sound rows");
    assert_eq!(bytes(), bytes());
}

#[test]
fn score_is_unchanged_when_files_are_reordered() {
    let model = train(&learnable(600), &small()).expect("sound rows");
    let mut rows = change(9);
    let expected = answer(&model, &rows);
    rows.files.reverse();
    assert_eq!(answer(&model, &rows), expected);
}

#[test]
fn people_may_weigh_but_are_never_a_factor() {
    let mut table = table(900, true, |_| 0.0);
    for (file, change) in table.files.iter_mut().zip(&mut table.changes) {
        let is_newcomer = file.values.get(Feature::ContributorExperience).is_some_and(|n| n < 5.0);
        (file.label, change.label) = (Some(is_newcomer), Some(is_newcomer));
    }
    let model = train(&table, &small()).expect("sound rows");
    let answer = answer(&model, &change(8));
    let risk = &answer.risk_predictions[0];
    assert_eq!(risk.contributions[0].feature, "contributor_experience");
    assert!(risk.factors.iter().all(|factor| !factor.contains("author") && !factor.contains("experience")));

    table.people = false;
    let model = train(&table, &small()).expect("sound rows");
    let is_about_people = |name: &str| Feature::named(name).is_some_and(|feature| feature.is_about_people());
    if let Outcome::Ready(answer) = predict(&model, &change(8)).expect("sound rows") {
        assert!(!answer.risk_predictions[0].contributions.iter().any(|part| is_about_people(&part.feature)));
    }
}

#[test]
fn a_frequency_counts_what_scored_as_high_or_higher_in_the_backtest() {
    let model = train(&learnable(1_500), &small()).expect("sound rows");
    let answer = answer(&model, &change(8));
    let frequencies = answer.risk_predictions.iter().map(|risk| risk.frequency.expect("there is a backtest"));
    let frequencies: Vec<_> = frequencies.collect();
    assert!(frequencies.windows(2).all(|pair| pair[0].n <= pair[1].n), "riskiest first: {frequencies:?}");
    // The riskiest score may be higher than nearly all of the backtest, where a handful says nothing.
    let high = frequencies.iter().find(|it| it.n >= 30).expect("some score is no extreme");
    assert_eq!(
        (high.n_all, high.n_all_hits),
        (300, answer.model.evaluation.as_ref().expect("judged").n_positive as u32)
    );
    let rate = |n_hits: u32, n: u32| f64::from(n_hits) / f64::from(n);
    assert!(high.n < 300 && rate(high.n_hits, high.n) > rate(high.n_all_hits, high.n_all), "{high:?}");
    let percentile = |nth: usize| answer.risk_predictions[nth].percentile.expect("there are past rows");
    assert!(percentile(0) > percentile(7) + 30.0);
}

#[test]
fn a_new_file_has_no_risk_before_and_a_known_one_has() {
    let model = train(&learnable(600), &small()).expect("sound rows");
    for risk in answer(&model, &change(8)).risk_predictions {
        let is_new = risk.file.as_bytes()[4] % 2 == 1;
        assert_eq!(risk.risk_before.is_none(), is_new, "{}", risk.file);
    }
}

#[test]
fn risky_files_come_with_actions_and_others_without() {
    let model = train(&table(900, true, |fixes| if fixes > 5.0 { 0.95 } else { 0.02 }), &small()).expect("sound rows");
    let mut rows = change(8);
    rows.files[7].last_fix = Some("0123456789abcdef0123456789abcdef01234567".parse().expect("forty digits"));
    let answer = answer(&model, &rows);
    let calm = &answer.risk_predictions[7];
    assert!(answer.risk_predictions[0].band >= Band::Watch);
    let actions: Vec<_> = answer
        .risk_predictions
        .iter()
        .filter(|risk| risk.file == "src/7.rs")
        .flat_map(|risk| &risk.recommendations)
        .collect();
    assert!(actions[0].contains("`0123456` repaired, the newest of 7 fixes"), "{actions:?}");
    assert!(actions[1].starts_with("The change touches no test"));
    assert!(calm.band == Band::Normal && calm.recommendations.is_empty(), "{calm:?}");
}

#[test]
fn files_beyond_the_limit_have_scores_and_say_that_they_are_not_explained() {
    let model = train(&learnable(600), &small()).expect("sound rows");
    let answer = answer(&model, &change(MAX_EXPLAINED_FILES + 2));
    let last = answer.risk_predictions.last().expect("there are files");
    assert!(last.contributions.is_empty() && last.factors[0].contains("riskiest files"));
    assert!(!answer.risk_predictions[MAX_EXPLAINED_FILES - 1].contributions.is_empty());
}

#[test]
fn a_change_without_source_files_has_no_change_risk() {
    let model = train(&learnable(600), &small()).expect("sound rows");
    let rows = ChangeRows { at: Timestamp(5), files: Vec::new(), change: None, skipped: Vec::new() };
    let answer = answer(&model, &rows);
    assert!(answer.risk_predictions.is_empty() && answer.change_risk.is_none());
}

/// From commits to an answer: files of one folder are repaired five days after most of their changes.
#[test]
fn a_history_whose_fixes_gather_in_one_folder_makes_that_folder_risky() {
    let mut chance = Chance(3);
    let mut history = History::read("0 ann | start | +src/calm/0.rs 9/0");
    for nth in 0..12 {
        history.add(&format!("0 ann | start | +src/calm/{nth}x.rs 9/0, +src/shaky/{nth}.rs 9/0 c5"));
    }
    let mut to_fix: Vec<(usize, usize)> = Vec::new();
    for day in 1..700 {
        let nth = (chance.next() * 12.0) as usize;
        history.add(&format!("{day} ann | work | src/calm/{nth}x.rs 2/1"));
        let nth = (chance.next() * 12.0) as usize;
        history.add(&format!("{day} bob | work | src/shaky/{nth}.rs 2/1 c5"));
        if chance.next() < 0.3 {
            to_fix.push((day + 5, nth));
        }
        for (_, nth) in to_fix.extract_if(.., |(due, _)| *due == day) {
            history.add(&format!("{day} bob | fix crash | src/shaky/{nth}.rs 1/1 c5"));
        }
    }
    history.add("705 ann | both | src/calm/3x.rs 2/1, src/shaky/3.rs 2/1 c5");
    let newest = history.log.commits.len() - 1;
    let (past, diff) = (history.past_before(newest), history.diff_of(newest));
    let metrics = |blob| history.metrics(blob);
    let model = train(&training_table(&past, &metrics, EVERYTHING), &small()).expect("sound rows");
    let answer = answer(&model, &rows_for_change(&past, &diff, &metrics, EVERYTHING));
    let [shaky, calm] = &answer.risk_predictions[..] else { panic!("expected two files, got {answer:?}") };
    assert_eq!((shaky.file.as_str(), calm.file.as_str()), ("src/shaky/3.rs", "src/calm/3x.rs"));
    assert!(shaky.risk_score.get() > calm.risk_score.get() + 0.3, "{shaky:?} {calm:?}");
    let judged = answer.model.evaluation.expect("enough rows to judge");
    assert!(judged.auc > judged.baseline_auc - 0.05);
    assert!(shaky.recommendations[0].starts_with("Check that the change keeps what `"));
    // No fix blames a commit here, so there is nothing to say of the change as a whole.
    assert_eq!(model.missing_for_changes().map(|text| text.contains("blamed by a fix")), Some(true));
    assert!(answer.change_risk.is_none());
}

/// Times for the card; run by hand: `cargo test --lib -- --ignored --nocapture ten_thousand_rows`.
#[test]
#[ignore = "a measurement"]
fn ten_thousand_rows_are_learned_and_thirty_files_explained_in_time() {
    let table = learnable(10_000);
    let start = Instant::now();
    let model = train(&table, &ValidParams::default()).expect("sound rows");
    let trained = start.elapsed();
    let rows = change(30);
    let start = Instant::now();
    answer(&model, &rows);
    let (first, start) = (start.elapsed(), Instant::now());
    answer(&model, &rows);
    let n_bytes = model.to_bytes().expect("can be stored").len();
    eprintln!("train {trained:?}, predict {first:?} then {:?}, {n_bytes} bytes", start.elapsed());
    assert!(trained.as_secs() < 20);
}
