//! Is what was missed made up for?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{renames, small_edit, tiny};

#[tokio::test]
async fn deliveries_missed_while_the_bot_was_away_are_asked_for_again() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.bot.stop().await;
    stage.github.comment(REPOSITORY, number, "mona", "/hyperion help");
    stage.github.send_pending().await;
    stage.bot.restart().await;
    stage.settle().await;
    assert!(stage.github.deliveries().iter().any(|delivery| delivery.is_redelivery));
    assert_eq!(stage.comments(number).len(), 2, "the question asked meanwhile is answered");
    stage.only_run(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn open_pull_requests_without_our_check_run_are_made_up_for() {
    let stage = Stage::with(&tiny()).await;
    let seen = stage.open(&small_edit());
    stage.settle().await;
    stage.bot.stop().await;
    let unseen = stage.github.open_change(REPOSITORY, "second", &renames());
    stage.github.drop_pending();
    stage.bot.restart().await;
    stage.settle().await;
    stage.only_run(unseen);
    stage.only_comment(unseen);
    stage.only_run(seen);
    assert_eq!(stage.only_comment(seen).n_edits, 0, "what was reviewed is not reviewed again");
    assert!(!stage.github.deliveries().iter().any(|delivery| delivery.is_redelivery));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_push_missed_and_redelivered_is_reviewed_once() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.bot.kill();
    stage.push(&renames());
    stage.github.lose_pending();
    stage.bot.restart().await;
    stage.settle().await;
    stage.only_run(number);
    assert_eq!(stage.only_comment(number).id, stage.comments(number)[0].id);
    stage.assert_clean().await;
}

#[tokio::test]
async fn what_arrived_is_not_asked_for_again() {
    let stage = Stage::with(&tiny()).await;
    stage.open(&small_edit());
    stage.settle().await;
    stage.bot.stop().await;
    stage.bot.restart().await;
    stage.settle().await;
    stage.bot.bring_forward("catch_up").await;
    stage.settle().await;
    assert!(stage.github.requests_for("POST /app/hook/deliveries/{delivery_id}/attempts").is_empty());
    stage.assert_clean().await;
}

/// Somebody pressed "Redeliver" before the bot looked: the event arrived, although its first attempt had failed.
#[tokio::test]
async fn a_delivery_that_arrived_at_the_second_try_is_not_asked_for() {
    let stage = Stage::with(&tiny()).await;
    stage.bot.stop().await;
    let number = stage.open(&small_edit());
    let lost = stage.github.lose_pending();
    stage.bot.restart().await;
    stage.settle().await;
    stage.only_run(number);
    let n_asked = stage.github.requests_for("POST /app/hook/deliveries/{delivery_id}/attempts").len();
    assert_eq!(n_asked, lost.len());
    stage.bot.bring_forward("catch_up").await;
    stage.settle().await;
    assert_eq!(stage.github.requests_for("POST /app/hook/deliveries/{delivery_id}/attempts").len(), n_asked);
    stage.assert_clean().await;
}

/// All of them have the same commit as their head.
#[tokio::test]
async fn pull_requests_that_share_their_head_are_all_made_up_for() {
    let stage = Stage::with(&tiny()).await;
    stage.bot.stop().await;
    let numbers: Vec<u64> =
        (0..5).map(|i| stage.github.open_change(REPOSITORY, &format!("topic-{i}"), &small_edit())).collect();
    stage.github.drop_pending();
    stage.bot.restart().await;
    stage.settle().await;
    for number in numbers {
        stage.only_comment(number);
        assert!(stage.runs(number).iter().all(|run| run.status == "completed"));
    }
    stage.assert_clean().await;
}
