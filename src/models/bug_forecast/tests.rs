//! Does the forecast keep what it promises, on histories made by seeds?

use super::head::probability_of_rate;
use super::record::{Commit, Record, Touch};
use super::weeks::Panel;
use super::*;
use crate::domain::{DAY_SECONDS, Timestamp};
use crate::models::evaluation::{brier, log_loss};

/// 2019-01-07T00:00:00Z, a Monday.
const START: Timestamp = Timestamp(1_546_819_200);

/// Chance for tests.
struct Draw(u64);

impl Draw {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

const PATHS: [&str; 8] = [
    "src/parser/rules.rs",
    "src/parser/tokens.rs",
    "src/server/door.rs",
    "src/server/queue.rs",
    "src/cache/map.rs",
    "src/cli/words.rs",
    "src/main.rs",
    "tools/build.rs",
];

fn commit(at: Timestamp, author: u32, is_fix: bool, paths: &[u32]) -> Commit {
    let touch = |path: &u32| Touch { path: *path, old_path: None, is_deleted: false, churn: 12, growth: 4 };
    Commit {
        at,
        local_day: Timestamp(at.0.div_euclid(DAY_SECONDS) * DAY_SECONDS),
        author,
        is_fix,
        has_tests: author == 1,
        touches: paths.iter().map(touch).collect(),
    }
}

/// Some commits a day for `n_days`; modules are fixed in spells that come and go, which a yearly rate cannot follow.
fn history(seed: u64, n_days: i64) -> Record {
    let mut draw = Draw(seed * 13 + 5);
    let mut commits: Vec<Commit> = (0..8).map(|path| commit(START, 0, false, &[path])).collect();
    let mut busy = [false; 8];
    for day in 0..n_days {
        for (path, busy) in busy.iter_mut().enumerate() {
            if draw.share() < 0.02 {
                *busy = !*busy;
            }
            let chance = if *busy { 0.3 } else { 0.01 };
            let at = Timestamp(START.plus_days(day).0 + 3_600 * (path as i64 + 8));
            if draw.share() < 0.3 {
                commits.push(commit(at, (draw.share() * 5.0) as u32, draw.share() < chance, &[path as u32]));
            }
        }
    }
    let releases = (1..n_days / 14).map(|sprint| START.plus_days(14 * sprint)).collect();
    Record::written(&PATHS, commits).with_releases(releases)
}

fn trained(seen: Seen<'_>) -> Model {
    Model::train(seen, &Params::default()).expect("trees grow").expect("there is enough history")
}

#[test]
fn probabilities_lie_in_bounds_and_never_fall_with_a_longer_horizon() {
    for seed in 0..4 {
        let record = history(seed, 900);
        let (forecast, answer) = trained(record.whole()).answer(record.whole()).expect("trees answer");
        let curves = forecast.modules.iter().map(|module| &module.curve).chain([&forecast.whole]);
        for curve in curves {
            let all = curve.all().map(|p| p.get());
            assert!(all.is_sorted() && all.iter().all(|p| (0.0..=1.0).contains(p)), "{all:?}");
        }
        assert!(forecast.modules.iter().all(|module| module.curve.month() <= forecast.whole.month()));
        let said = answer.bug_predictions;
        let weeks = said.temporal_forecast;
        assert!([weeks.week_1, weeks.week_2, weeks.week_3, weeks.week_4].is_sorted());
        assert!(said.high_risk_areas.iter().all(|area| area.historical_bug_rate.is_finite()));
    }
}

#[test]
fn what_came_after_the_moment_changes_nothing_bit_for_bit() {
    let record = history(7, 1_000);
    for days in [500, 777] {
        let at = Timestamp(START.plus_days(days).0 + 12 * 3_600);
        let cut = record.truncated(at);
        let (with, without) = (trained(record.as_of(at)), trained(cut.whole()));
        assert_eq!(with.to_bytes().expect("stored"), without.to_bytes().expect("stored"), "day {days}");
        let answers = [with.answer(record.as_of(at)), without.answer(cut.whole())].map(|said| said.expect("answers"));
        assert_eq!(answers[0], answers[1]);
    }
}

#[test]
fn rows_and_labels_of_a_week_are_the_same_whenever_they_are_made() {
    let record = history(3, 700);
    let now = record.ends_at();
    let modules = Modules::of(&record.whole());
    let late = Panel::of(record.whole(), &modules);
    let early = Panel::of(record.as_of(now.plus_days(-140)), &modules);
    let same = |unit| {
        let bits = |row: [f32; columns::N_COLUMNS]| row.map(f32::to_bits);
        bits(late.row(unit, late.n_weeks() - 21)) == bits(early.row(unit, early.n_weeks() - 1))
    };
    assert!((0..late.n_units()).all(same));
    assert_eq!(early.label(0, early.n_weeks() - 1, 7), None, "a week that is not over has no outcome");
    assert!(late.label(0, late.n_weeks() - 21, 7).is_some());
}

#[test]
fn spells_of_fixes_are_foreseen_better_than_by_the_yearly_rate() {
    let record = history(11, 1_600);
    let replayed = backtest(&record, 728, &Params::default(), &|_, _| {}).expect("trees grow");
    assert_eq!((replayed.n_origins, replayed.n_abstained), (52, 0));
    for horizon in 0..3 {
        let cases: Vec<&Case> =
            replayed.cases.iter().filter(|case| case.horizon == horizon && case.module.is_some()).collect();
        let labels: Vec<bool> = cases.iter().map(|case| case.happened).collect();
        let said: Vec<f64> = cases.iter().map(|case| case.said).collect();
        let own: Vec<f64> = cases.iter().map(|case| case.own_rate).collect();
        assert!(brier(&said, &labels) < 0.97 * brier(&own, &labels), "horizon {horizon}");
        assert!(log_loss(&said, &labels) < 0.97 * log_loss(&own, &labels), "horizon {horizon}");
    }
    assert!(replayed.cases.iter().any(|case| case.is_learned));
}

#[test]
fn a_model_reads_back_from_bytes_and_damage_is_refused() {
    let record = history(2, 600);
    let model = trained(record.whole());
    let bytes = model.to_bytes().expect("stored");
    let read = Model::from_bytes(&bytes).expect("read");
    assert_eq!(read.forecast(record.whole()).expect("answers"), model.forecast(record.whole()).expect("answers"));
    assert!(Model::from_bytes(&bytes[..bytes.len() / 2]).is_err() && Model::from_bytes(b"").is_err());
}

#[test]
fn reasons_are_facts_with_numbers_and_name_nobody() {
    let record = history(5, 1_200);
    let model = trained(record.whole());
    assert!(model.n_learned() > 0, "spells can be learned");
    let (_, answer) = model.answer(record.whole()).expect("answers");
    let areas = &answer.bug_predictions.high_risk_areas;
    assert!(!areas.is_empty());
    for factor in areas.iter().flat_map(|area| &area.contributing_factors) {
        assert!(factor.chars().any(|letter| letter.is_ascii_digit()), "{factor}");
        assert!(!factor.contains("author"), "{factor}");
    }
}

#[test]
fn changed_files_are_placed_in_the_nearest_listed_module() {
    let record = history(5, 1_200);
    let model = trained(record.whole());
    let (_, mut answer) = model.answer(record.whole()).expect("answers");
    let listed = answer.bug_predictions.high_risk_areas[0].module.clone();
    let inside = format!("{listed}/new_file.rs");
    model.place_changed_files(&mut answer, [inside.as_str(), "elsewhere/a.rs"].into_iter());
    let files: Vec<_> = answer.bug_predictions.high_risk_areas.iter().flat_map(|area| &area.changed_files).collect();
    assert_eq!(files, [&inside]);
}

#[test]
fn grades_count_what_came_and_wait_for_the_end_of_the_days() {
    let mut record = history(9, 600);
    let at = record.ends_at().plus_days(-16);
    let forecast = trained(record.as_of(at)).forecast(record.as_of(at)).expect("answers");
    let grades = [0, 1, 2, 3].map(|horizon| forecast.grade(horizon, &record));
    assert!(grades[2].is_none() && grades[3].is_none(), "a month has not passed");
    let week = grades[0].expect("a week has passed");
    let module = |path: &str| forecast.modules.iter().position(|module| path.starts_with(&module.module));
    record.commits.retain(|commit| commit.at <= at || !commit.is_fix);
    let none = forecast.grade(0, &record).expect("a week has passed");
    assert_eq!((none.n_happened, none.whole_happened, none.n_modules), (0, false, forecast.modules.len()));
    record.commits.push(commit(at.plus_days(3), 1, true, &[2, 3]));
    record.commits.sort_by_key(|commit| commit.at);
    let one = forecast.grade(0, &record).expect("a week has passed");
    assert!(module(PATHS[2]).is_some());
    assert!(one.n_happened >= 1 && one.whole_happened && one.brier != none.brier);
    assert_eq!(forecast.grade(0, &record), Some(one), "the same however often it is asked");
    assert!(week.n_expected > 0.0 && week.log_loss.is_some_and(f64::is_finite));
}

#[test]
fn modules_are_some_folders_and_a_new_file_belongs_to_the_nearest() {
    let record = history(1, 400);
    let modules = Modules::of(&record.whole());
    assert!((3..=40).contains(&modules.names().len()), "{modules:?}");
    assert!(modules.names().iter().any(|name| name.starts_with("src/parser")));
    let place = |path: &str| modules.of_path(path).map(|module| modules.names()[module].as_str());
    assert_eq!(place("tools/new/deep.rs"), Some("tools"));
    assert_eq!(place("src/server/new.rs").map(|name| name.starts_with("src")), Some(true));
}

#[test]
fn a_moved_file_counts_where_it_is_now() {
    let mut record = history(1, 400);
    let (from, to) = (2, record.paths.len() as u32);
    record.paths.push("lib/door.rs".to_owned());
    let moved_at = record.ends_at();
    let mut moving = commit(moved_at, 0, false, &[to]);
    moving.touches[0].old_path = Some(from);
    record.commits.push(moving);
    let before = record.as_of(Timestamp(moved_at.0 - 1));
    let after = record.whole();
    let place = |seen: &Seen<'_>| {
        let modules = Modules::of(seen);
        modules.of_paths(seen)[from as usize].map(|module| modules.names()[module].clone())
    };
    assert!(place(&before).is_some_and(|name| name.starts_with("src")));
    assert!(place(&after).is_some_and(|name| name.starts_with("lib")));
}

#[test]
fn many_folders_give_no_more_than_forty_modules() {
    let paths: Vec<String> = (0..300).map(|nth| format!("pkg/a{nth}/b{}/c.rs", nth % 7)).collect();
    let names: Vec<&str> = paths.iter().map(String::as_str).collect();
    let commits =
        (0..300).map(|nth| commit(START.plus_days(i64::from(nth)), 0, nth % 4 == 0, &[nth, (nth * 7) % 300])).collect();
    let record = Record::written(&names, commits);
    assert!(Modules::of(&record.whole()).names().len() <= 40);
    trained(record.whole()).answer(record.whole()).expect("answers");
}

/// What is said of a strange history: an answer in bounds, or what is missing with numbers.
fn check_strange(commits: Vec<Commit>) -> Option<Forecast> {
    let record = Record::written(&PATHS, commits);
    match Model::train(record.whole(), &Params::default()).expect("trees grow") {
        Err(missing) => {
            assert!(missing.chars().any(|letter| letter.is_ascii_digit()), "{missing}");
            None
        }
        Ok(model) => {
            let (forecast, _) = model.answer(record.whole()).expect("answers");
            let curves = forecast.modules.iter().map(|module| module.curve).chain([forecast.whole]);
            assert!(curves.flat_map(|curve| curve.all()).all(|p| p.get().is_finite()));
            backtest(&record, 182, &Params::default(), &|_, _| {}).expect("trees grow");
            Some(forecast)
        }
    }
}

#[test]
fn little_history_is_named_with_its_numbers() {
    assert!(check_strange(Vec::new()).is_none());
    assert!(check_strange(vec![commit(START, 0, true, &[0])]).is_none());
    let two_weeks = (0..14).map(|day| commit(START.plus_days(day), 0, true, &[0])).collect();
    assert!(check_strange(two_weeks).is_none());
    let no_fixes = (0..600).map(|day| commit(START.plus_days(day), 0, false, &[0, 4])).collect();
    assert!(check_strange(no_fixes).is_none());
}

#[test]
fn strange_histories_get_a_number_or_a_reason_and_never_nan() {
    let day = |day: i64| START.plus_days(day);
    let all_fixes = check_strange((0..500).map(|n| commit(day(n), 0, true, &[0, 4, 5])).collect()).expect("fixes");
    assert!(all_fixes.whole.all()[0].get() > 0.9);
    let gap = |n: i64| if n < 100 { n } else { n + 2_000 };
    check_strange((0..200).map(|n| commit(day(gap(n)), 0, n % 3 == 0, &[(n % 8) as u32])).collect());
    // A commit of 1970, and one without product sources.
    let mut old = vec![commit(Timestamp(0), 0, false, &[0]), commit(day(1), 0, false, &[])];
    old.extend((0..300).map(|n| commit(day(n), 0, n % 9 == 0, &[1])));
    check_strange(old);
    // Years after the last commit everything has become unlikely.
    let mut over: Vec<Commit> = (0..300).map(|n| commit(day(n), 0, n % 3 == 0, &[(n % 8) as u32])).collect();
    over.push(commit(day(3_000), 0, false, &[0]));
    let silent = check_strange(over).expect("there were fixes once");
    assert!(silent.whole.month().get() < 0.2, "{silent:?}");
}

#[test]
fn a_rate_of_nothing_is_unlikely_and_a_rate_of_everything_is_certain() {
    assert_eq!(probability_of_rate(0.0, 30).get(), 0.0);
    assert_eq!(probability_of_rate(f64::MAX, 30).get(), 1.0);
    assert!((probability_of_rate(1.0, 7).get() - (1.0 - (-1.0f64).exp())).abs() < 1e-12);
}
