//! Are the small histories what they say they are?

use crate::support::git;
use crate::support::history::{self, Commit, FRAGILE, Onto, STEADY, import};
use std::collections::BTreeMap;
use tempfile::TempDir;

fn repository(commits: &[Commit]) -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    git::run(directory.path(), &["init", "--quiet", "--bare", "--initial-branch=main"]);
    let tip = import(directory.path(), "main", Onto::Tip, commits);
    (directory, tip)
}

#[test]
fn the_same_commits_have_the_same_names_every_day() {
    assert_eq!(repository(&history::tiny()).1, "ccda897d27ef383cf21b7dd8397380dc1c5b6bd9");
    let (first, second) = (repository(&history::seeded()).1, repository(&history::seeded()).1);
    assert_eq!(first, second);
}

#[test]
fn in_the_seeded_history_fragile_files_are_fixed_far_more_often() {
    let (directory, _) = repository(&history::seeded());
    let log = git::run(directory.path(), &["log", "--format=%x01%s", "--name-only", "main"]);
    let log = String::from_utf8(log).unwrap();
    let (mut n_changes, mut n_fixes) = (BTreeMap::<String, u32>::new(), BTreeMap::<String, u32>::new());
    for entry in log.split('\u{1}').skip(1) {
        let (subject, files) = entry.split_once('\n').unwrap();
        for file in files.lines().filter(|file| !file.is_empty()) {
            *n_changes.entry(file.to_owned()).or_default() += 1;
            *n_fixes.entry(file.to_owned()).or_default() += u32::from(subject.starts_with("Fix "));
        }
    }
    let n_commits = log.split('\u{1}').count() - 1;
    assert!((550..700).contains(&n_commits), "{n_commits} commits");
    let share = |path: &str| f64::from(n_fixes[path]) / f64::from(n_changes[path]);
    assert!(FRAGILE.iter().all(|path| share(path) > 0.3), "{n_fixes:?} of {n_changes:?}");
    assert!(STEADY.iter().all(|path| share(path) < 0.15), "{n_fixes:?} of {n_changes:?}");
}

#[test]
fn a_fix_changes_the_very_lines_the_feature_wrote() {
    let (directory, _) = repository(&history::seeded());
    let fix = git::line(directory.path(), &["log", "-1", "--grep=^Fix crash", "--format=%H", "main"]);
    let patch = String::from_utf8(git::run(directory.path(), &["show", "--format=", "-U0", &fix])).unwrap();
    assert!(patch.lines().any(|line| line.starts_with('-') && line.contains("value == 0")), "{patch}");
}

#[test]
fn no_commit_of_the_seeded_history_is_empty() {
    let (directory, _) = repository(&history::seeded());
    let log = git::run(directory.path(), &["log", "--format=%x01%H", "--name-only", "main"]);
    let log = String::from_utf8(log).unwrap();
    let empty: Vec<&str> = log.split('\u{1}').skip(1).filter(|entry| entry.trim().lines().count() < 2).collect();
    assert!(empty.is_empty(), "{} of them", empty.len());
}

#[test]
fn a_rewritten_function_is_a_small_change_on_top() {
    let (directory, _) = repository(&history::seeded());
    for path in [FRAGILE[0], STEADY[15]] {
        let tip = import(directory.path(), "topic", Onto::Revision("main"), &[history::rewrite_one_function(path, 1)]);
        let stat = git::line(directory.path(), &["diff", "--numstat", "main", &tip]);
        let (added, rest) = stat.split_once('\t').unwrap();
        assert!(rest.ends_with(path) && (1..=10).contains(&added.parse::<u32>().unwrap()), "{stat}");
    }
}

#[test]
fn strange_paths_arrive_as_they_are() {
    let (directory, _) = repository(&[history::tiny(), history::strange_paths()].concat());
    let listed = git::run(directory.path(), &["ls-tree", "-r", "-z", "--name-only", "main"]);
    let has = |path: &[u8]| listed.split(|&byte| byte == 0).any(|listed| listed == path);
    assert!(has(b"src/caf\xe9.py") && has(b"src/a \"quoted\"\tname.py"));
}

#[test]
fn a_merge_has_two_parents() {
    let (directory, _) = repository(&history::tiny());
    import(directory.path(), "topic", Onto::Revision("main~1"), &history::small_edit());
    let tip = import(directory.path(), "topic", Onto::Tip, &history::merge_of("main"));
    assert_eq!(git::line(directory.path(), &["show", "--no-patch", "--format=%P", &tip]).split(' ').count(), 2);
}
