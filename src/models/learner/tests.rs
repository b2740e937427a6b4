//! Does the learner learn what is there, choose by newer rows only, and say what it is?

use super::*;
use crate::domain::Timestamp;
use crate::models::calibration::Shape;
use crate::models::evaluation::{auc, expected_calibration_error};
use crate::models::trees::{Boosting, Forest};

/// A small generator of numbers in [0, 1), so that tests do not depend on a library's.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Rows that own their parts.
struct Table {
    values: Vec<f32>,
    labels: Vec<bool>,
    at: Vec<Timestamp>,
    owners: Option<Vec<u32>>,
}

const N_COLUMNS: usize = 4;

/// One row a day with four columns in [0, 1), a tenth of them unknown; `risk` is the chance of an outcome, given the
/// day and the columns.
fn table(n: usize, seed: u64, risk: impl Fn(usize, &[f64]) -> f64) -> Table {
    let mut chance = Chance(seed);
    let mut table = Table { values: Vec::new(), labels: Vec::new(), at: Vec::new(), owners: None };
    for day in 0..n {
        let columns: Vec<f64> = (0..N_COLUMNS).map(|_| chance.next()).collect();
        table.labels.push(chance.next() < risk(day, &columns));
        table.at.push(Timestamp(0).plus_days(day as i64));
        table.values.extend(columns.iter().map(|value| if chance.next() < 0.1 { f32::NAN } else { *value as f32 }));
    }
    table
}

impl Table {
    fn rows(&self) -> Rows<'_> {
        Rows {
            values: &self.values,
            n_columns: N_COLUMNS,
            labels: &self.labels,
            at: &self.at,
            label_days: 0,
            owners: self.owners.as_deref(),
        }
    }
}

fn small_menu() -> Menu {
    let usual = Recipe::default();
    let forest = Forest { n_trees: 24, ..usual.forest };
    let boosting = Boosting { n_rounds: 30, ..usual.boosting };
    Menu { forests: vec![forest], boostings: vec![boosting], ..Menu::default() }
}

fn taught(table: &Table) -> Lesson {
    learn(&table.rows(), &small_menu()).expect("sound rows")
}

#[test]
fn what_decides_the_outcome_is_learned_and_the_probabilities_come_true() {
    let risk = |_: usize, columns: &[f64]| 0.1 + 0.8 * columns[1];
    let lesson = taught(&table(2_000, 1, risk));
    let newer = table(2_000, 2, risk);
    let probabilities = lesson.learned.probabilities(&newer.values).expect("rows fit");
    let best: Vec<f64> =
        newer.values.chunks(N_COLUMNS).map(|row| f64::from(row[1])).map(|v| if v.is_nan() { 0.5 } else { v }).collect();
    let (ours, possible) = (auc(&probabilities, &newer.labels), auc(&best, &newer.labels));
    assert!(ours > possible.map(|auc| auc - 0.03), "{ours:?} of {possible:?}");
    assert!(expected_calibration_error(&probabilities, &newer.labels) < 0.05);
}

#[test]
fn parts_and_base_sum_to_the_log_odds_under_a_line_and_under_a_bent_curve() {
    let table = table(600, 3, |_, columns| if columns[0] > 0.7 { 0.9 } else { 0.1 });
    for calibration in [Shape::Platt, Shape::Beta] {
        let recipe = Recipe { calibration, ..Recipe::default() };
        let learned = learn_as(&table.rows(), &recipe, 1).expect("sound rows").learned;
        let log_odds = learned.log_odds(&table.values).expect("rows fit");
        for (parts, log_odds) in learned.parts(&table.values).expect("rows fit").iter().zip(log_odds) {
            let sum = parts.base + parts.weights.iter().sum::<f64>();
            assert!((sum - log_odds).abs() < 1e-4, "{calibration:?}: {sum} is not {log_odds}");
        }
    }
}

#[test]
fn what_is_held_out_comes_from_a_twin_that_has_not_seen_it() {
    // Pure chance: a model asked about its own rows would look clever.
    let table = table(1_000, 4, |_, _| 0.3);
    let lesson = learn_as(
        &table.rows(),
        &Recipe { forest: Forest { depth: 9, ..Recipe::default().forest }, ..Recipe::default() },
        1,
    );
    let Ok(lesson) = lesson else { return };
    let rows: Vec<usize> = lesson.held_out.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, (400..1_000).collect::<Vec<_>>());
    let scores: Vec<f64> = lesson.held_out.iter().map(|(_, log_odds)| *log_odds).collect();
    let auc = auc(&scores, &table.labels[400..]).expect("both outcomes occur");
    assert!((auc - 0.5).abs() < 0.12, "{auc}");
}

#[test]
fn old_rows_count_less_where_the_times_have_changed() {
    // For 800 days one column decides, then its opposite.
    let turned = taught(&table(1_200, 5, |day, columns| if (columns[2] > 0.5) == (day < 700) { 0.8 } else { 0.2 }));
    assert_eq!(turned.recipe.half_life_days, Some(240.0), "{:?}", turned.trials);
    let steady = taught(&table(1_200, 5, |_, columns| if columns[2] > 0.5 { 0.8 } else { 0.2 }));
    assert_eq!(steady.recipe.half_life_days, None, "{:?}", steady.trials);
}

#[test]
fn others_that_follow_other_rules_are_made_to_count_less() {
    let mut mixed = table(2_400, 6, |day, columns| if (columns[0] > 0.5) == (day % 3 == 0) { 0.8 } else { 0.2 });
    mixed.owners = Some((0..2_400).map(|row| u32::from(row % 3 != 0)).collect());
    let lesson = taught(&mixed);
    assert!(lesson.recipe.others_weight < 0.2, "{:?}", lesson.trials);
    let rows: Vec<usize> = lesson.held_out.iter().map(|(row, _)| *row).collect();
    assert!(rows.iter().all(|row| row % 3 == 0) && !rows.is_empty());
}

#[test]
fn a_choice_needs_more_than_chance() {
    let lesson = taught(&table(300, 7, |_, columns| 0.2 + 0.5 * columns[3]));
    for trial in &lesson.trials[1..] {
        assert_eq!(trial.is_taken, trial.gain > trial.standard_error, "{trial:?}");
    }
    let only = Menu::only(Recipe::default(), 1);
    let lesson = learn(&table(300, 7, |_, columns| columns[3]).rows(), &only).expect("sound rows");
    assert_eq!((lesson.recipe, lesson.trials.len()), (Recipe::default(), 1));
}

#[test]
fn the_same_rows_teach_the_same_on_any_number_of_threads() {
    let table = table(700, 8, |_, columns| columns[0]);
    let bytes = || postcard::to_stdvec(&taught(&table).learned).expect("plain data");
    let here = bytes();
    let others: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(bytes)).collect();
        workers.into_iter().map(|worker| worker.join().expect("no panic")).collect()
    });
    assert!(others.iter().all(|other| *other == here));
}

#[test]
fn rows_that_make_no_sense_are_refused_with_the_place() {
    let sound = table(300, 9, |_, columns| columns[0]);
    let said = |rows: &Rows<'_>| match learn(rows, &small_menu()) {
        Err(error) => std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string),
        Ok(_) => panic!("these rows must be refused"),
    };
    let mut values = sound.values.clone();
    values[2 * N_COLUMNS + 1] = f32::INFINITY;
    let text = said(&Rows { values: &values, ..sound.rows() });
    assert_eq!(text, "expected finite or unknown values, but column 1 of row 2 is infinite");
    assert!(said(&Rows { values: &values[1..], ..sound.rows() }).starts_with("expected 4 values, a label"));
    let mut at = sound.at.clone();
    at.swap(10, 20);
    assert_eq!(
        said(&Rows { at: &at, ..sound.rows() }),
        "expected rows oldest first, but row 11 is older than the one before it"
    );
}

#[test]
fn too_few_rows_or_one_outcome_are_said_with_their_number() {
    let said = |table: &Table| learn(&table.rows(), &small_menu()).expect_err("too few").to_string();
    assert!(said(&table(20, 10, |_, columns| columns[0])).starts_with("20 rows with "));
    assert!(said(&table(500, 10, |_, _| 0.0)).starts_with("500 rows with 0 positives"));
    assert!(said(&table(500, 10, |_, _| 1.0)).starts_with("500 rows with 500 positives"));
    assert!(said(&table(0, 10, |_, _| 1.0)).starts_with("0 rows with 0 positives"));
}

#[test]
fn rows_without_a_single_known_value_have_one_probability_or_none() {
    let mut blank = table(400, 11, |_, columns| columns[0]);
    blank.values.fill(f32::NAN);
    match learn(&blank.rows(), &small_menu()) {
        Ok(lesson) => {
            let probabilities = lesson.learned.probabilities(&blank.values).expect("rows fit");
            assert!(probabilities.iter().all(|p| p.is_finite() && *p == probabilities[0]));
        }
        Err(error) => assert!(matches!(error, LearnError::Calibration(_)), "{error}"),
    }
}
