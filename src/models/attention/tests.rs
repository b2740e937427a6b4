//! Are the right places pointed at, never outside the diff, and never without a record?

use super::judge::judge;
use super::past::{Lesson, Reading, lessons};
use super::spots::pieces;
use super::*;
use crate::history::{LineHistory, Past};

fn hunk(new_start: u32, new_lines: u32) -> Hunk {
    Hunk { old_start: new_start.saturating_sub(1), old_lines: 0, new_start, new_lines }
}

fn file<'a>(text: &'a str, hunks: &'a [Hunk], functions: &'a [Function]) -> ChangedFile<'a> {
    ChangedFile { path: "src/a.py", before: None, hunks, text, functions }
}

fn function(name: &str, start_line: u32, end_line: u32) -> Function {
    Function { name: name.to_owned(), start_line, end_line, cyclomatic: 3, cognitive: 4, n_parameters: 0 }
}

fn places(text: &str, hunks: &[Hunk], functions: &[Function]) -> Vec<(u32, u32)> {
    let spots = pieces(&file(text, hunks, functions)).spots;
    spots.iter().map(|spot| (spot.first_line, spot.last_line)).collect()
}

#[test]
fn a_spot_is_the_code_of_one_hunk_in_one_function() {
    let text = "# words\n\ndef a():\n    x = 1\n    return x\n\ndef b():\n    return 2\n";
    let functions = [function("a", 3, 5), function("b", 7, 8)];
    assert_eq!(places(text, &[hunk(1, 8)], &functions), [(3, 5), (7, 8)]);
    assert_eq!(places(text, &[hunk(4, 1), hunk(8, 1)], &functions), [(4, 4), (8, 8)]);
    assert_eq!(places(text, &[hunk(1, 2)], &functions), [], "words and blank lines are no code");
    assert_eq!(places(text, &[hunk(5, 0)], &functions), [], "nothing is left of what was removed");
    assert_eq!(places(text, &[hunk(u32::MAX, u32::MAX)], &functions), [], "a hunk outside the text is nowhere");
}

#[test]
fn a_long_stretch_is_cut_into_even_parts_that_cover_it() {
    let text = "x = 1\n".repeat(45);
    let found = places(&text, &[hunk(1, 45)], &[]);
    assert_eq!(found, [(1, 15), (16, 30), (31, 45)]);
    assert!(found.iter().all(|(first, last)| last - first < MAX_SPOT_LINES));
}

/// Four functions are added at once; later the last one is repaired.
fn repaired() -> crate::history::test_log::TestLog {
    let added: String = (0..4).map(|n| format!("def f{n}():\n    return {n}\n")).collect();
    crate::history::test_log::TestLog::new()
        .commit("start", &[("a.py", "y = 0\n")])
        .commit("add four", &[("a.py", &format!("y = 0\n{added}"))])
        .commit("fix the last", &[("a.py", &format!("y = 0\n{}", added.replace("return 3", "return 4")))])
}

#[test]
fn the_lines_a_fix_repaired_are_found_in_the_change_that_wrote_them() {
    let built = repaired();
    let labels = built.labels();
    let past = Past::new(&built.log, &labels, built.log.commits[2].id).expect("the tip is in the log");
    let lines = LineHistory::new(&built.log);
    let make_reader = || |blob| built.text(blob);
    let told = lessons(&past, &lines, &Reading { make_reader: &make_reader, n_threads: 2 });
    let guilty: Vec<(u32, u32)> = told[0]
        .spots
        .iter()
        .zip(&told[0].is_guilty)
        .filter(|(_, is_guilty)| **is_guilty)
        .map(|(seen, _)| (seen.spot.first_line, seen.spot.last_line))
        .collect();
    assert_eq!((told.len(), told[0].commit, told[0].spots.len(), guilty), (1, 1, 4, vec![(8, 9)]));

    let before = Past::new(&built.log, &labels, built.log.commits[1].id).expect("so is the change");
    assert_eq!(
        lessons(&before, &lines, &Reading { make_reader: &make_reader, n_threads: 1 }),
        [],
        "nothing was known then"
    );
}

/// A change of five spots of two to six lines; the guilty one makes `n_calls` calls.
fn lesson(guilty: usize, n_calls: f32) -> Lesson {
    let calls = CLUES.iter().position(|clue| *clue == "calls").expect("a clue");
    let seen = |nth: usize| {
        let mut clues = [0.0; CLUES.len()];
        clues[calls] = if nth == guilty { n_calls } else { 0.0 };
        let last_line = nth as u32 * 10 + 2 + nth as u32;
        Seen { file: 0, spot: Spot { first_line: nth as u32 * 10 + 1, last_line, hunk: nth, function: None }, clues }
    };
    Lesson { commit: 0, spots: (0..5).map(seen).collect(), is_guilty: (0..5).map(|nth| nth == guilty).collect() }
}

#[test]
fn weights_are_learned_from_what_guilty_spots_have_in_common_and_judged_beside_the_longest() {
    let told: Vec<Lesson> = (0..60).map(|nth| lesson(nth % 5, 2.0)).collect();
    let weights = learn(&told.iter().collect::<Vec<_>>());
    let rates = judge(&weights, &told).expect("there are enough");
    assert_eq!((rates.record.n, rates.record.hit_rate, rates.record.baseline_hit_rate), (60, 1.0, 0.6));
    assert!((rates.by_chance - 0.6).abs() < 1e-9 && rates.mean_spots == 5.0);
    let [low, high] = rates.record.difference_interval;
    assert!(low > 0.2 && low < 0.4 && high > 0.4 && high < 0.6, "{low} {high}");
    assert_eq!(judge(&weights, &told[..MIN_JUDGED - 1]), None);
}

#[test]
fn what_knows_nothing_has_an_interval_around_zero() {
    let told: Vec<Lesson> = (0..100).map(|nth| lesson(nth % 5, 0.0)).collect();
    let rates = judge(&learn(&told.iter().collect::<Vec<_>>()), &told).expect("there are enough");
    let [low, high] = rates.record.difference_interval;
    assert!(low <= 0.0 && high >= 0.0, "{low} {high}");
}

fn attended(interval: Option<[f64; 2]>, n_functions: u32) -> LineAttention {
    let built = repaired();
    let lines = LineHistory::new(&built.log);
    let scene = Scene { log: &built.log, lines: &lines, is_fix: &[false; 3], before: 2, at: Timestamp(0) };
    let text: String = (0..n_functions).map(|n| format!("def f{n}(x):\n    return g(x, {n}) < {n}\n")).collect();
    let functions: Vec<Function> = (0..n_functions).map(|n| function("f", 2 * n + 1, 2 * n + 2)).collect();
    let record = interval.map(|difference_interval| TrackRecord {
        n: 200,
        hit_rate: 0.6,
        baseline_hit_rate: 0.5,
        difference_interval,
    });
    attend(&scene, &[file(&text, &[hunk(1, 2 * n_functions)], &functions)], record)
}

#[test]
fn three_spots_of_the_diff_are_shown_where_the_record_is_good() {
    let attention = attended(Some([0.02, 0.2]), 6);
    assert_eq!((attention.spots.len(), attention.not_shown), (3, None));
    for spot in &attention.spots {
        assert!(spot.first_line >= 1 && spot.last_line <= 12 && spot.first_line <= spot.last_line);
        assert!(spot.share > 0.0 && spot.share < 1.0 && spot.function.as_deref() == Some("f"));
    }
}

#[test]
fn nothing_is_shown_without_a_good_record_and_the_reason_is_said() {
    let why = |interval, n_functions| {
        let attention = attended(interval, n_functions);
        assert_eq!(attention.spots, []);
        attention.not_shown.expect("a reason")
    };
    assert!(why(None, 6).starts_with("fewer than 50 past changes"));
    let unsure = why(Some([-0.01, 0.2]), 6);
    assert!(unsure.contains("60%") && unsure.contains("-1.0 to +20.0 points, includes zero"), "{unsure}");
    assert!(why(Some([0.02, 0.2]), 2).contains("2 spots"));
}
