//! What does `.github/hyperion.yml` change?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{Commit, FRAGILE, STEADY, commit, rewrite_one_function, small_edit, tiny};

const SETTINGS: &str = ".github/hyperion.yml";

/// [`tiny`] with these settings on its base branch.
fn tiny_with(settings: &str) -> Vec<Commit> {
    let mut commits = tiny();
    commits.push(commit("Configure the review").write(SETTINGS, settings));
    commits
}

#[tokio::test]
async fn a_required_gate_fails_on_a_flag_and_passes_without_one() {
    let stage = Stage::with_verdicts("gate: required\nthresholds:\n  risk: 0\n").await;
    let number = stage.open(&[rewrite_one_function(FRAGILE[0], 1)]);
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("failure"), "{run:#?}");
    assert!(!run.annotations.is_empty());
    assert!(stage.only_comment(number).body.contains("required"));

    let settings = "gate: required\nthresholds:\n  risk: 1\n  impact: 10\n";
    stage.github.push(REPOSITORY, "main", &[commit("Ask for less").write(SETTINGS, settings)]);
    let comment = stage.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    stage.settle().await;
    assert_eq!(stage.reactions(comment), ["eyes"]);
    assert_eq!(stage.newest_run(number).conclusion.as_deref(), Some("success"));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_required_gate_blocks_nothing_without_enough_history() {
    let stage = Stage::with(&tiny_with("gate: required\nthresholds:\n  risk: 0\n")).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    assert_eq!(stage.only_run(number).conclusion.as_deref(), Some("neutral"));
    stage.assert_clean().await;
}

#[tokio::test]
async fn broken_settings_give_a_neutral_check_that_names_line_and_field() {
    let stage = Stage::with_verdicts("gate: required\nthresholds:\n  risk: high\n").await;
    let number = stage.open(&[rewrite_one_function(STEADY[1], 1)]);
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("neutral"));
    let summary = run.summary.unwrap();
    assert!(summary.contains("line 3") && summary.contains("thresholds.risk"), "{summary}");
    assert!(run.title.unwrap().contains(SETTINGS));
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn settings_that_are_no_yaml_are_named_too() {
    let stage = Stage::with(&tiny_with("gate: [required\n")).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("neutral"));
    let summary = run.summary.unwrap();
    assert!(summary.contains(SETTINGS) && summary.contains("line "), "{summary}");
    stage.assert_clean().await;
}

#[tokio::test]
async fn settings_come_from_the_base_branch_and_not_from_the_change() {
    let stage = Stage::with_verdicts("gate: required\nthresholds:\n  risk: 0\n").await;
    let loosened = commit("Let me through").write(SETTINGS, "gate: advisory\nthresholds:\n  risk: 1\ncomment: off\n");
    let number = stage.open(&[rewrite_one_function(FRAGILE[0], 1), loosened]);
    stage.settle().await;
    assert_eq!(stage.only_run(number).conclusion.as_deref(), Some("failure"));
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn settings_broken_by_the_change_itself_harm_nobody() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&[commit("Configure").write(SETTINGS, "gate: [")]);
    stage.settle().await;
    let run = stage.only_run(number);
    assert!(!run.title.unwrap().contains("could not be used"));
    stage.assert_clean().await;
}

#[tokio::test]
async fn without_a_comment_there_is_still_a_check_run() {
    let stage = Stage::with(&tiny_with("comment: off\n")).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.only_run(number);
    assert!(stage.comments(number).is_empty());
    assert!(stage.github.reviews(REPOSITORY, number).is_empty());
    let comment = stage.github.comment(REPOSITORY, number, "mona", "/hyperion help");
    stage.settle().await;
    assert_eq!(stage.reactions(comment), ["+1"], "whoever asks is answered");
    stage.assert_clean().await;
}

#[tokio::test]
async fn ignored_files_are_not_judged_and_are_named() {
    let stage = Stage::with_verdicts("thresholds:\n  risk: 0\nignore:\n  - engine/**\n").await;
    let number = stage.open(&[rewrite_one_function(FRAGILE[0], 1), rewrite_one_function(FRAGILE[2], 1)]);
    stage.settle().await;
    let run = stage.only_run(number);
    let paths: Vec<_> = run.annotations.iter().map(|note| note["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [FRAGILE[2]]);
    assert!(stage.only_comment(number).body.contains(FRAGILE[0]));
    stage.assert_clean().await;
}
