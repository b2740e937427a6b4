//! What happens when someone presses "Re-run"?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{commit, renames, small_edit, tiny};

#[tokio::test]
async fn a_rerequested_check_run_gets_a_new_one() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let first = stage.only_run(number);
    stage.github.rerequest_check_run(first.id);
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    assert_ne!(stage.newest_run(number).id, first.id);
    assert_eq!(stage.only_comment(number).n_edits, 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_rerequested_check_suite_gets_a_new_check_run() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.rerequest_check_suite(REPOSITORY, &stage.pull(number).head);
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    stage.newest_run(number);
    stage.assert_clean().await;
}

/// Events about heads of forks name no pull request.
#[tokio::test]
async fn a_rerequest_on_a_forks_head_finds_its_pull_request() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.github.open_change_from_fork(REPOSITORY, "hubot", "spaces", &small_edit());
    stage.settle().await;
    stage.github.rerequest_check_run(stage.only_run(number).id);
    let waiting = stage.github.pending();
    assert_eq!(waiting[0].document()["check_run"]["pull_requests"], serde_json::json!([]));
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    stage.github.rerequest_check_suite(REPOSITORY, &stage.pull(number).head);
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 3);
    stage.newest_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_rerequest_on_a_head_of_two_pull_requests_reviews_both() {
    let stage = Stage::with(&tiny()).await;
    stage.github.force_push(REPOSITORY, "next", "main", &renames());
    let first = stage.open(&small_edit());
    let second = stage.open_branch("topic", "next", false);
    stage.settle().await;
    let n_before = stage.runs(first).len();
    stage.github.rerequest_check_suite(REPOSITORY, &stage.pull(first).head);
    stage.settle().await;
    assert_eq!(stage.runs(first).len(), n_before + 2);
    stage.newest_run(first);
    stage.only_comment(first);
    stage.only_comment(second);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_rerequest_on_an_outdated_head_reviews_nothing() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let outdated = stage.only_run(number);
    stage.push(&renames());
    stage.settle().await;
    stage.github.rerequest_check_suite(REPOSITORY, &outdated.head);
    stage.settle().await;
    assert_eq!(stage.github.check_runs(REPOSITORY, &outdated.head).len(), 1);
    stage.only_run(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_merge_group_is_answered_on_its_own_head() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let head = stage.github.queue_for_merge(REPOSITORY, number);
    stage.settle().await;
    let runs = stage.github.check_runs(REPOSITORY, &head);
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].name.as_str(), runs[0].conclusion.as_deref()), ("hyperion", Some("success")));
    stage.only_run(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_rerequest_on_a_merge_groups_head_is_answered_too() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let head = stage.github.queue_for_merge(REPOSITORY, number);
    stage.settle().await;
    stage.github.rerequest_check_suite(REPOSITORY, &head);
    stage.settle().await;
    let runs = stage.github.check_runs(REPOSITORY, &head);
    assert!(runs.iter().all(|run| run.conclusion.as_deref() == Some("success")), "{runs:#?}");
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_merged_pull_request_is_done_with_and_its_base_is_read() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.merge(REPOSITORY, number);
    stage.settle().await;
    stage.bot.bring_forward("mine_repository").await;
    stage.settle().await;
    stage.only_run(number);
    assert_eq!(stage.only_comment(number).n_edits, 0);
    stage.assert_clean().await;
}

#[tokio::test]
async fn who_reviewed_a_merged_pull_request_is_read_once_and_kept_as_a_number() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.approve(REPOSITORY, number, "grace");
    stage.github.merge(REPOSITORY, number);
    stage.settle().await;
    for i in 0..2 {
        stage.bot.bring_forward("mine_repository").await;
        stage.settle().await;
        let kept = "update merged_changes set n_reviewers = n_reviewers where n_reviewers = 1";
        assert_eq!(stage.bot.execute(kept).await, 1);
        stage.github.push(REPOSITORY, "main", &[commit("Go on").write("src/more.py", format!("MORE = {i}\n"))]);
        stage.settle().await;
    }
    let lists = stage.github.requests_for("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews");
    let of_mining = lists.iter().filter(|request| request.path.contains(&format!("/pulls/{number}/")));
    assert_eq!(of_mining.count(), 1, "{lists:#?}");
    stage.assert_clean().await;
}
