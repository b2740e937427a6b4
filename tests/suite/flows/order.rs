//! Does the order of events matter, or how often they come?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{commit, renames, small_edit, tiny};
use std::time::Duration;

#[tokio::test]
async fn same_delivery_twice_posts_one_review() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    let opened = stage.github.pending().into_iter().find(|delivery| delivery.event == "pull_request").unwrap();
    assert_eq!(stage.github.send(opened.id).await.status, Some(202));
    assert_eq!(stage.github.send(opened.id).await.status, Some(200), "GitHub hears that it is here already");
    stage.settle().await;
    stage.github.send(opened.id).await;
    stage.settle().await;
    stage.only_run(number);
    assert_eq!(stage.only_comment(number).n_edits, 0);
    assert_eq!(stage.bot.metric("hyperion_webhooks_total", "duplicate").await, 2.0);
    stage.assert_clean().await;
}

#[tokio::test]
async fn deliveries_out_of_order_end_with_a_verdict_on_the_newest_head() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    for i in 0..3 {
        stage.push(&[commit("Go on").write("src/more.py", format!("def more():\n    return {i}\n"))]);
    }
    stage.github.reverse_pending();
    stage.settle().await;
    stage.only_run(number);
    let comment = stage.only_comment(number);
    assert!(comment.body.contains(&stage.pull(number).head[..7]), "{}", comment.body);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_push_that_is_announced_late_changes_nothing() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    let opened = stage.github.pending();
    stage.push(&renames());
    let synchronize = stage.github.pending().into_iter().find(|delivery| delivery.name() == "pull_request.synchronize");
    stage.github.send(synchronize.unwrap().id).await;
    stage.bot.wait_until("review the push", || stage.runs(number).iter().any(|run| run.status == "completed")).await;
    for delivery in opened {
        stage.github.send(delivery.id).await;
    }
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_force_push_during_the_analysis_ends_with_a_verdict_on_the_newest_head() {
    let stage = Stage::with(&tiny()).await;
    stage.github.on("GET", "/octo/engine.git/info/refs").delays(Duration::from_millis(600));
    let number = stage.open(&small_edit());
    let before = stage.pull(number).head;
    stage.github.send_pending().await;
    stage.bot.wait_until("begin the review", || !stage.runs(number).is_empty()).await;
    let after = stage.github.force_push(REPOSITORY, "topic", "main", &renames());
    stage.settle().await;
    assert_eq!(stage.pull(number).head, after);
    stage.only_run(number);
    let outdated = stage.github.check_runs(REPOSITORY, &before);
    assert_eq!(outdated.len(), 1);
    assert_eq!((outdated[0].status.as_str(), outdated[0].conclusion.as_deref()), ("completed", Some("neutral")));
    let comment = stage.only_comment(number);
    assert!(comment.body.contains(&after[..7]), "{}", comment.body);
    stage.assert_clean().await;
}

/// The verdict is computed, and before it is posted the head moves.
#[tokio::test]
async fn a_push_just_before_the_verdict_is_posted_is_noticed() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    // The second look at the pull request, which comes after the analysis.
    stage.github.on("GET", "/repos/octo/engine/pulls/*").nth(2).delays(Duration::from_millis(500));
    stage.github.send_pending().await;
    let looked = || stage.github.requests_for("GET /repos/{owner}/{repo}/pulls/{pull_number}").len() >= 2;
    stage.bot.wait_until("look at the pull request again", looked).await;
    let after = stage.push(&renames());
    stage.settle().await;
    stage.only_run(number);
    let comment = stage.only_comment(number);
    assert!(comment.body.contains(&after[..7]), "{}", comment.body);
    stage.assert_clean().await;
}

#[tokio::test]
async fn ten_pushes_in_a_row_are_reviewed_once_or_twice_and_not_ten_times() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    for i in 0..10 {
        stage.push(&[commit("Go on").write("src/more.py", format!("def more():\n    return {i}\n"))]);
    }
    stage.settle().await;
    stage.only_run(number);
    let n_runs = stage.github.all_check_runs().len();
    assert!(n_runs <= 3, "{n_runs} check runs");
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn going_back_to_an_earlier_head_gives_that_head_its_verdict() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let first = stage.pull(number).head;
    stage.push(&renames());
    stage.settle().await;
    stage.github.force_push(REPOSITORY, "topic", &first, &[]);
    stage.settle().await;
    assert_eq!(stage.pull(number).head, first);
    stage.newest_run(number);
    let comment = stage.only_comment(number);
    assert!(comment.body.contains(&first[..7]), "{}", comment.body);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_repository_renamed_while_its_review_waits_is_reviewed_under_its_new_name() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.rename_repository(REPOSITORY, "motor");
    stage.settle().await;
    let head = stage.github.pull_request("octo/motor", number).head;
    let runs = stage.github.check_runs("octo/motor", &head);
    assert_eq!((runs.len(), runs[0].status.as_str()), (1, "completed"), "{runs:#?}");
    let comments = stage.github.bot_comments("octo/motor", number);
    assert_eq!(comments.len(), 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_rename_that_is_heard_of_first_does_not_lose_the_review() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.rename_repository(REPOSITORY, "motor");
    stage.github.reverse_pending();
    stage.settle().await;
    let head = stage.github.pull_request("octo/motor", number).head;
    let runs = stage.github.check_runs("octo/motor", &head);
    assert_eq!((runs.len(), runs[0].status.as_str()), (1, "completed"), "{runs:#?}");
    assert_eq!(stage.github.bot_comments("octo/motor", number).len(), 1);
    stage.assert_clean().await;
}
