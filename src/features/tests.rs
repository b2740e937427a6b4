//! Does every feature mean what the catalogue says, and only what was known then?

mod as_of;
mod definitions;

use super::fixture::{EVERYTHING, History};
use super::*;
use crate::domain::ChangeKind;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The row of `file` in the newest commit of `history`, through the review door.
fn newest_row(history: &str, file: &str) -> Row {
    let history = History::read(history);
    let newest = history.log.commits.len() - 1;
    let rows = rows_for_change(
        &history.past_before(newest),
        &history.diff_of(newest),
        &|blob| history.metrics(blob),
        EVERYTHING,
    );
    rows.files.into_iter().find(|row| row.path == file).expect("the newest commit changes the file").after
}

fn change_row(history: &str) -> Row {
    let history = History::read(history);
    let newest = history.log.commits.len() - 1;
    let metrics = |blob| history.metrics(blob);
    rows_for_change(&history.past_before(newest), &history.diff_of(newest), &metrics, EVERYTHING)
        .change
        .expect("source files")
}

fn check(row: &Row, expected: &[(Feature, Option<f32>)]) {
    for (feature, value) in expected {
        let same = match (row.get(*feature), value) {
            (Some(found), Some(value)) => (found - value).abs() < 1e-5,
            (found, value) => found == *value,
        };
        assert!(same, "{}: expected {value:?}, found {:?}", feature.name(), row.get(*feature));
    }
}

const STORY: &str = "
    0   ann | start            | +src/core/a.rs 10/0 c3, +src/core/b.rs 5/0, +tests/a_test.rs 3/0
    10  bob | extend #v1       | src/core/a.rs 4/1 c5
    20  ann | fix(1) crash     | src/core/a.rs 2/2 c5
    200 cid | docs             | +README.md 5/0
    300 ann | more             | src/core/a.rs 6/0 c9
    305 bob | fix(4) overflow  | src/core/a.rs 1/1 c8, src/core/b.rs 2/0 c2, tests/a_test.rs>tests/b_test.rs 1/0
";

#[test]
fn history_features_count_the_commits_before_the_change() {
    check(
        &newest_row(STORY, "src/core/a.rs"),
        &[
            (Feature::CommitFrequency, Some(1.0)),
            (Feature::TimeSinceLastChange, Some(5.0)),
            (Feature::ChangeFrequencyTrend, Some(1.0)),
            // One fix in a file of 80 lines, which counts as 100.
            (Feature::HistoricalBugDensity, Some(10.0)),
            (Feature::CodeAge, Some(305.0)),
            (Feature::FileEarlierChanges, Some(4.0)),
            (Feature::FileEarlierFixes, Some(1.0)),
            (Feature::ReleaseProximity, Some(295.0)),
            (Feature::TeamVelocity, Some(1.0)),
        ],
    );
}

#[test]
fn team_features_count_the_authors_of_the_file() {
    // Before the newest commit, a.rs was changed by ann, bob, ann, ann.
    check(
        &newest_row(STORY, "src/core/a.rs"),
        &[
            (Feature::ContributorsCount, Some(2.0)),
            (Feature::CodeOwnershipConcentration, Some(0.75)),
            (Feature::KnowledgeDistribution, Some(0.811_278_1)),
            (Feature::CollaborationScore, Some(2.0 / 3.0)),
            (Feature::ContributorExperience, Some(1.0)),
            (Feature::AuthorExperience, Some(1.0)),
            // bob's one earlier commit is 295 days old: less than a year.
            (Feature::AuthorExperienceRecent, Some(1.0)),
            // bob has one earlier commit to src/core and none to tests.
            (Feature::AuthorExperienceSubsystem, Some(0.5)),
        ],
    );
}

#[test]
fn code_features_are_the_metrics_of_the_file_after_the_change() {
    check(
        &newest_row(STORY, "src/core/a.rs"),
        &[
            (Feature::CyclomaticComplexity, Some(8.0)),
            (Feature::LinesOfCode, Some(80.0)),
            (Feature::CommentDensity, Some(5.0 / 85.0)),
            (Feature::FileComplexityDelta, Some(-1.0)),
            (Feature::ComplexityDelta, Some(-1.0 + 1.0)),
            (Feature::MaintainabilityIndex, None),
            (Feature::TestCoverageRatio, None),
            (Feature::TechnicalDebtRatio, Some(0.0)),
        ],
    );
}

#[test]
fn the_change_group_describes_the_whole_change() {
    let row = change_row(STORY);
    check(
        &row,
        &[
            (Feature::LinesAdded, Some(4.0)),
            (Feature::LinesDeleted, Some(1.0)),
            (Feature::NFiles, Some(3.0)),
            (Feature::NDirectories, Some(2.0)),
            (Feature::NSubsystems, Some(2.0)),
            (Feature::TestLinesRatio, Some(0.2)),
            (Feature::Entropy, Some((1.521_928_1 / 3f64.log2()) as f32)),
            (Feature::NNewDependencies, Some(0.0)),
            (Feature::IsFix, Some(1.0)),
            (Feature::EarlierChanges, Some((4.0 + 1.0) / 2.0)),
            (Feature::MeanAge, Some((5.0 + 305.0) / 2.0)),
            (Feature::FileLinesAdded, None),
            (Feature::HistoricalBugDensity, Some(10.0)),
        ],
    );
    check(
        &newest_row(STORY, "src/core/b.rs"),
        &[(Feature::LinesAdded, Some(4.0)), (Feature::FileLinesAdded, Some(2.0))],
    );
}

#[test]
fn a_manifest_nobody_could_read_leaves_new_dependencies_unknown() {
    for manifest in ["Cargo.toml", "setup.py"] {
        let row = change_row(&format!("0 ann | start | +a.rs 1/0, +{manifest} 9/0"));
        check(&row, &[(Feature::NNewDependencies, None)]);
    }
}

#[test]
fn what_a_new_file_has_no_past_for_is_unknown_and_not_zero() {
    check(
        &newest_row("0 ann | start | +a.rs 1/0\n9 bob | new | +b.rs 1/0 c4", "b.rs"),
        &[
            (Feature::CodeAge, Some(0.0)),
            (Feature::CommitFrequency, Some(0.0)),
            (Feature::TimeSinceLastChange, None),
            (Feature::ChangeFrequencyTrend, None),
            (Feature::CodeOwnershipConcentration, None),
            (Feature::SeasonalPatterns, None),
            (Feature::ReleaseProximity, None),
            (Feature::AuthorExperience, Some(0.0)),
            (Feature::FileComplexityDelta, Some(4.0)),
        ],
    );
}

#[test]
fn path_words_set_the_business_flags() {
    let row = newest_row("0 ann | start | +src/auth/userClient.rs 1/0", "src/auth/userClient.rs");
    let flags = [Feature::SecuritySensitivity, Feature::DataSensitivity, Feature::ExternalDependencies];
    check(&row, &flags.map(|flag| (flag, Some(1.0))));
    check(&row, &[(Feature::RevenueImpact, None), (Feature::PerformanceCriticality, None)]);
}

#[test]
fn a_weekday_with_more_fixes_than_others_shows_as_a_season() {
    // 30 Mondays with a fix, and 30 Tuesdays without one.
    let mut history = String::from("0 ann | start | +a.rs 1/0\n");
    for week in 0..30 {
        history += &format!("{} ann | fix it | a.rs 1/1\n{} ann | go on | a.rs 1/1\n", 7 * week, 7 * week + 1);
    }
    let monday = history.clone() + "210 ann | on | a.rs 1/0";
    let tuesday = history + "211 ann | on | a.rs 1/0";
    // 31 commits on Mondays, 30 of them fixes; 61 commits in all.
    let expected = (30.0 / 31.0) / (30.0 / 61.0);
    check(&newest_row(&monday, "a.rs"), &[(Feature::SeasonalPatterns, Some(expected))]);
    check(&newest_row(&tuesday, "a.rs"), &[(Feature::SeasonalPatterns, Some(0.0))]);
}

#[test]
fn a_renamed_file_keeps_its_past_and_its_old_name_starts_anew() {
    let history = "
        0  ann | start   | +a.rs 9/0
        10 ann | fix it  | a.rs 1/1
        20 ann | move    | a.rs>b.rs 0/0
        30 bob | again   | +a.rs 3/0
        40 bob | both    | a.rs 1/0, b.rs 1/0";
    check(&newest_row(history, "b.rs"), &[(Feature::CodeAge, Some(40.0)), (Feature::FileEarlierFixes, Some(1.0))]);
    check(&newest_row(history, "a.rs"), &[(Feature::CodeAge, Some(10.0)), (Feature::FileEarlierFixes, Some(0.0))]);
}

#[test]
fn two_files_may_swap_their_names_in_one_commit() {
    let history = "
        0  ann | start | +a.rs 9/0
        5  ann | start | +b.rs 9/0
        20 ann | swap  | a.rs>b.rs 0/0, b.rs>a.rs 0/0
        30 bob | both  | a.rs 1/0, b.rs 1/0";
    check(&newest_row(history, "b.rs"), &[(Feature::CodeAge, Some(30.0))]);
    check(&newest_row(history, "a.rs"), &[(Feature::CodeAge, Some(25.0))]);
}

fn table_on(history: &History, day: i64) -> Table {
    training_table(&history.past_on(day), &|blob| history.metrics(blob), EVERYTHING)
}

#[test]
fn a_file_row_is_positive_when_a_fix_touches_the_file_within_thirty_days() {
    let history = History::read(
        "
        0  ann | start  | +a.rs 9/0, +b.rs 9/0
        5  ann | move   | a.rs>c.rs 1/0
        30 bob | fix it | c.rs 1/1
        31 bob | on     | c.rs 1/1",
    );
    let labels: Vec<_> = table_on(&history, 61).files.iter().map(|row| row.label).collect();
    // Under another name, on the last day of the window; b.rs never; the fix itself is not its own outcome.
    assert_eq!(labels, [Some(true), Some(false), Some(true), Some(false), Some(false)]);
}

#[test]
fn a_fix_of_very_many_files_is_nobodys_fix() {
    let label = |n_files: usize| {
        let mut history = History::read("0 ann | start | +a.rs 9/0");
        let others: Vec<_> = (1..n_files).map(|i| format!("+f{i}.rs 1/0")).collect();
        history.add(&format!("5 bob | fix all | a.rs 1/1, {}", others.join(", ")));
        table_on(&history, 100).files[0].label
    };
    assert_eq!(label(MAX_FILES_A_COMMIT), Some(true));
    assert_eq!(label(MAX_FILES_A_COMMIT + 1), Some(false));
}

#[test]
fn a_young_row_is_never_a_negative() {
    let history = History::read("0 ann | start | +a.rs 9/0\n10 ann | on | a.rs 1/0");
    assert_eq!(table_on(&history, 29).files, []);
    assert_eq!(table_on(&history, 30).files.len(), 1);
    let table = table_on(&history, 180);
    assert_eq!(table.changes.iter().map(|row| row.label).collect::<Vec<_>>(), [Some(false), None]);
}

#[test]
fn a_change_row_is_positive_when_a_fix_blames_it_within_180_days() {
    let history = History::read(
        "
        0   ann | start        | +a.rs 9/0
        1   ann | more         | a.rs 9/0
        181 bob | fix(1) first | a.rs 1/1
        182 bob | fix(0) late  | a.rs 1/1",
    );
    let labels: Vec<_> = table_on(&history, 400).changes.iter().map(|row| row.label).collect();
    assert_eq!(labels, [Some(false), Some(true), Some(false), Some(false)]);
}

#[test]
fn only_product_code_that_exists_after_the_change_has_rows() {
    let history = History::read(
        "0 ann | start | +a.rs 9/0, +b.rs 9/0, +notes.md 1/0, +tests/a.rs 1/0\n5 ann | drop | a.rs 1/0, -b.rs 0/9",
    );
    let table = table_on(&history, 100);
    assert_eq!(table.files.iter().map(|row| row.commit).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(table.changes.len(), 2);
}

#[test]
fn a_commit_that_touches_very_many_files_teaches_nothing() {
    let files = |n: usize| (0..n).map(|i| format!("+f{i}.rs 1/0")).collect::<Vec<_>>().join(", ");
    let rows = |n: usize| table_on(&History::read(&format!("0 ann | import | {}", files(n))), 100).files.len();
    assert_eq!(rows(MAX_FILES_A_COMMIT), MAX_FILES_A_COMMIT);
    assert_eq!(rows(MAX_FILES_A_COMMIT + 1), 0);
}

#[test]
fn a_busy_repository_keeps_half_its_rows_for_changes_old_enough_to_judge() {
    // 60 files a day for 300 days: the newest 10,000 rows are all younger than 180 days.
    let files = (0..60).map(|i| format!("f{i}.rs 1/0")).collect::<Vec<_>>();
    let mut history = History::read(&format!("0 ann | start | +{}", files.join(", +")));
    (1..300).for_each(|day| history.add(&format!("{day} ann | on | {}", files.join(", "))));
    let table = table_on(&history, 330);
    assert!(table.files.len() <= MAX_TRAINING_ROWS && table.files.len() > MAX_TRAINING_ROWS - 120);
    let n_mature = table.changes.iter().filter(|row| row.label.is_some()).count();
    assert_eq!(n_mature, (MAX_TRAINING_ROWS / 2) / 60);
    assert!(table.files.is_sorted_by_key(|row| row.at));
}

#[test]
fn without_people_nothing_about_authors_is_known() {
    let history = History::read(&format!("{STORY}\n0 ! owned src/ @ann @bob\n201 ! reviewed 4 by 2"));
    let newest = history.log.commits.len() - 1;
    let rows = |people: bool| {
        let (past, diff) = (history.past_before(newest), history.diff_of(newest));
        let inputs = Inputs { people, ..history.inputs() };
        rows_for_change(&past, &diff, &|blob| history.metrics(blob), inputs)
    };
    let (with, without) = (rows(true), rows(false));
    let all = |rows: &ChangeRows| -> Vec<Row> {
        rows.files.iter().map(|file| file.after.clone()).chain(rows.change.clone()).collect()
    };
    for feature in Feature::all() {
        let known = |rows: &ChangeRows| all(rows).iter().any(|row| row.get(feature).is_some());
        if feature.is_about_people() {
            assert!(known(&with), "{} is known of this history", feature.name());
            assert!(!known(&without), "{} is about people", feature.name());
        } else {
            assert_eq!(known(&with), known(&without), "{} is about things", feature.name());
        }
    }
}

#[test]
fn a_commit_has_the_same_rows_through_the_training_and_the_review_door() {
    let history = History::read(STORY);
    let metrics = |blob| history.metrics(blob);
    let table = table_on(&history, 1_000);
    for commit in 0..history.log.commits.len() {
        let rows = rows_for_change(&history.past_before(commit), &history.diff_of(commit), &metrics, EVERYTHING);
        let learned: Vec<_> = table.files.iter().filter(|row| row.commit as usize == commit).collect();
        assert_eq!(learned.len(), rows.files.len());
        assert!(learned.iter().zip(&rows.files).all(|(learned, served)| learned.values.is_same(&served.after)));
        let learned = table.changes.iter().find(|row| row.commit as usize == commit).map(|row| &row.values);
        match (learned, &rows.change) {
            (Some(learned), Some(served)) => assert!(learned.is_same(served)),
            (learned, served) => assert_eq!(learned, served.as_ref()),
        }
    }
}

#[test]
fn a_file_before_the_change_is_its_row_at_its_last_commit() {
    let history = History::read(STORY);
    let metrics = |blob| history.metrics(blob);
    let rows = |commit| rows_for_change(&history.past_before(commit), &history.diff_of(commit), &metrics, EVERYTHING);
    let newest = rows(5);
    let before = newest.files.iter().find(|file| file.path == "src/core/a.rs").and_then(|file| file.before.as_ref());
    assert!(before.expect("a.rs has a past").is_same(&rows(4).files[0].after));
    assert_eq!(newest.files[0].last_fix, Some(history.log.commits[2].id));
    assert_eq!(rows(0).files[0].before, None);
}

#[test]
fn later_commits_change_no_earlier_row() {
    let mut history = History::read(STORY);
    let before = table_on(&history, 400);
    history.add("306 dan | fix(5) again #v2 | src/core/a.rs>src/core/z.rs 1/1 c7, +src/core/a.rs 9/0");
    history.add("307 ann | undo | -src/core/z.rs 0/9, src/core/b.rs 3/3");
    let after = table_on(&history, 400);
    assert!(after.files.len() > before.files.len());
    assert!(
        before
            .files
            .iter()
            .zip(&after.files)
            .all(|(old, new)| old.commit == new.commit && old.values.is_same(&new.values))
    );
    assert!(before.changes.iter().zip(&after.changes).all(|(old, new)| old.values.is_same(&new.values)));
}

#[test]
fn exactly_the_wanted_contents_are_asked_for() {
    let history = History::read(STORY);
    let asked = RefCell::new(BTreeSet::new());
    let metrics = |blob| {
        asked.borrow_mut().insert(blob);
        history.metrics(blob)
    };
    training_table(&history.past_on(1_000), &metrics, EVERYTHING);
    let wanted: BTreeSet<_> = wanted_blobs(&history.past_on(1_000)).into_iter().map(|(blob, _)| blob).collect();
    assert_eq!(asked.take(), wanted);

    let (past, diff) = (history.past_before(5), history.diff_of(5));
    rows_for_change(&past, &diff, &metrics, EVERYTHING);
    let wanted: BTreeSet<_> = wanted_blobs_for_change(&past, &diff).into_iter().map(|(blob, _)| blob).collect();
    assert_eq!(asked.take(), wanted);
}

#[test]
fn a_review_of_too_many_files_keeps_the_most_changed_and_says_so() {
    let files: Vec<_> = (0..MAX_REVIEWED_FILES + 3).map(|i| format!("+f{i}.rs {}/0", i + 1)).collect();
    let history = History::read(&format!("0 ann | import | {}", files.join(", ")));
    let diff = history.diff_of(0);
    assert!(diff.files.iter().all(|file| file.kind == ChangeKind::Added));
    let rows = rows_for_change(&history.past_before(0), &diff, &|blob| history.metrics(blob), EVERYTHING);
    assert_eq!(rows.files.len(), MAX_REVIEWED_FILES);
    assert_eq!(rows.files[0].path, "f3.rs");
    assert_eq!(rows.skipped[0].subject, "3 changed files");
}

#[test]
fn an_empty_history_gives_an_empty_table() {
    let table = table_on(&History::default(), 10);
    assert!(table.files.is_empty() && table.changes.is_empty());
}

/// A long history for times; run by hand: `cargo test --lib -- --ignored --nocapture twenty_four_thousand`.
#[test]
#[ignore = "a measurement"]
fn twenty_four_thousand_commits_are_swept_in_time() {
    let mut history = History::default();
    let files: Vec<String> =
        (0..5_000).map(|i| format!("crates/part{}/src/module{}/file{i}.rs", i % 40, i % 300)).collect();
    for (i, chunk) in files.chunks(50).enumerate() {
        let list: Vec<String> = chunk.iter().map(|file| format!("+{file} 9/0")).collect();
        history.add(&format!("{} a{} | start | {}", i / 20, i % 200, list.join(", ")));
    }
    for i in 0..24_000usize {
        let list: Vec<String> = (0..5).map(|k| format!("{} 3/1 c4", files[(i * i % 4_999 + k * 37) % 5_000])).collect();
        let message = if i % 4 == 0 { "fix it" } else { "go on" };
        history.add(&format!("{} a{} | {message} | {}", 5 + i / 8, i % 200, list.join(", ")));
    }
    let past = history.past_on(10_000);
    let start = std::time::Instant::now();
    let time = |what: &str| eprintln!("{what} by {:?}", start.elapsed());
    let n = wanted_blobs(&past).len();
    time(&format!("{n} wanted"));
    let table = training_table(&past, &|blob| history.metrics(blob), EVERYTHING);
    time(&format!("{} rows, {} changes", table.files.len(), table.changes.len()));
    let diff = history.diff_of(24_050);
    wanted_blobs_for_change(&past, &diff);
    time("wanted for change");
    rows_for_change(&past, &diff, &|blob| history.metrics(blob), EVERYTHING);
    time("rows for change");
}

#[test]
fn chosen_files_have_rows_whatever_they_are_and_the_same_as_through_the_other_doors() {
    let history = History::read(STORY);
    let past = history.past_on(400);
    let paths = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let chosen = Chosen::from([
        (4, paths(&["src/core/a.rs"])),
        (5, paths(&["src/core/a.rs", "src/core/b.rs", "tests/a_test.rs", "tests/b_test.rs", "README.md"])),
    ]);
    let rows = rows_of_chosen(&past, &chosen, &|blob| history.metrics(blob), EVERYTHING);
    let found: Vec<(u32, &str)> = rows.iter().map(|row| (row.commit, row.path)).collect();
    let expected = [(4, "src/core/a.rs"), (5, "src/core/a.rs"), (5, "src/core/b.rs"), (5, "tests/b_test.rs")];
    assert_eq!(found[..4], expected);
    assert_eq!(
        found[4..],
        [(5, "tests/a_test.rs")],
        "the name that was left is a deleted file; README was not touched"
    );
    assert_eq!(rows[4].values.get(Feature::LinesOfCode), None);
    assert_eq!(rows[4].values.get(Feature::FileLinesBefore), Some(20.0));
    let table = training_table(&past, &|blob| history.metrics(blob), EVERYTHING);
    let trained = table.files.iter().find(|row| row.commit == 4).expect("a row");
    assert!(rows[0].values.is_same(&trained.values), "one commit, one row");
    let wanted = wanted_blobs_of_chosen(&past, &chosen);
    assert_eq!(wanted.len(), 7, "three texts of a.rs, two of b.rs and two of the test that moved: {wanted:?}");
    assert!(wanted_manifests_of_chosen(&past, &chosen).is_empty());
}
