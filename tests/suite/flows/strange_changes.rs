//! Does every change come to an end, however strange?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{
    Commit, FRAGILE, STEADY, binary, commit, deletion, first_commit, huge_file, many_files, merge_of, renames,
    rewrite_one_function, small_edit, strange_contents, strange_paths, tiny,
};

/// Reviews a change on top of [`tiny`]: one check run, one comment. Gives the comment.
async fn check(commits: &[Commit]) -> String {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(commits);
    stage.settle().await;
    assert_eq!(stage.only_run(number).conclusion.as_deref(), Some("neutral"));
    let comment = stage.only_comment(number).body;
    stage.assert_clean().await;
    comment
}

#[tokio::test]
async fn renamed_files_are_reviewed() {
    check(&renames()).await;
}

#[tokio::test]
async fn deleted_files_are_reviewed() {
    check(&deletion()).await;
}

#[tokio::test]
async fn binary_files_are_reviewed() {
    check(&binary()).await;
}

#[tokio::test]
async fn a_huge_file_is_named_where_it_was_not_read() {
    let comment = check(&huge_file()).await;
    assert!(comment.contains("table.py"), "{comment}");
}

#[tokio::test]
async fn paths_that_are_not_utf8_are_reviewed() {
    check(&strange_paths()).await;
}

#[tokio::test]
async fn contents_that_are_not_utf8_are_reviewed() {
    check(&strange_contents()).await;
}

#[tokio::test]
async fn many_files_are_reviewed() {
    check(&many_files(400)).await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_reviewed() {
    check(&[commit("Begin with nothing")]).await;
}

#[tokio::test]
async fn links_and_submodules_are_not_followed() {
    check(&[commit("Point outside").link("src/passwords.py", "/etc/passwd").link("docs", "../../..")]).await;
}

#[tokio::test]
async fn a_merge_of_the_base_branch_as_head_is_reviewed() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.push(REPOSITORY, "main", &[commit("Go on").write("src/next.py", "def next():\n    return 1\n")]);
    stage.settle().await;
    stage.push(&merge_of("main"));
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn the_first_commits_of_a_repository_can_be_changed() {
    let stage = Stage::with(&first_commit()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_branch_that_shares_no_commit_with_its_base_is_reviewed() {
    let stage = Stage::with(&tiny()).await;
    stage.github.push_orphan(REPOSITORY, "pages", &first_commit());
    let number = stage.open_branch("pages", "main", false);
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn an_empty_repository_gets_its_first_review_once_it_has_something() {
    let stage = Stage::with(&[]).await;
    stage.settle().await;
    stage.github.push(REPOSITORY, "main", &tiny());
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_head_branch_deleted_before_the_review_closes_the_pull_request_and_nothing_hangs() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.delete_branch(REPOSITORY, "topic");
    stage.settle().await;
    assert!(!stage.pull(number).is_open());
    assert!(stage.comments(number).is_empty());
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_deleted_base_branch_ends_the_check_run_with_the_reason() {
    let stage = Stage::with(&tiny()).await;
    stage.github.force_push(REPOSITORY, "next", "main", &deletion());
    stage.github.force_push(REPOSITORY, "topic", "main", &small_edit());
    let number = stage.open_branch("topic", "next", false);
    stage.github.delete_branch(REPOSITORY, "next");
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("neutral"));
    let summary = run.summary.unwrap();
    assert!(summary.contains("base branch"), "the reason is named: {summary}");
    stage.assert_clean().await;
}

#[tokio::test]
async fn renamed_deleted_binary_and_strange_files_are_flagged_on_lines_github_takes() {
    let stage = Stage::with_verdicts("thresholds:\n  risk: 0\n  impact: 0\n").await;
    let image: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff";
    let change = [
        rewrite_one_function(FRAGILE[0], 1),
        commit("Move and drop")
            .rename(FRAGILE[1], "engine/store.py")
            .delete(STEADY[4])
            .write("logo.png", image)
            .write(b"engine/caf\xe9.py", "def coffee():\n    return 1\n")
            .write("engine/a \"quoted\"\tname.py", "def quoted():\n    return 2\n"),
    ];
    let number = stage.open(&change);
    stage.settle().await;
    let run = stage.only_run(number);
    assert!(!run.annotations.is_empty());
    stage.only_comment(number);
    assert!(stage.github.review_comments(REPOSITORY, number).len() <= 3);
    stage.assert_clean().await;
}

#[tokio::test]
async fn more_than_fifty_flagged_files_are_annotated_in_batches() {
    let stage = Stage::with_verdicts("thresholds:\n  risk: 0\n").await;
    let number = stage.open(&many_files(120));
    stage.settle().await;
    let run = stage.only_run(number);
    let mut paths: Vec<_> = run.annotations.iter().map(|note| note["path"].to_string()).collect();
    paths.sort();
    let n_sent = paths.len();
    paths.dedup();
    assert_eq!((n_sent, paths.len()), (120, 120), "each file once");
    stage.assert_clean().await;
}
