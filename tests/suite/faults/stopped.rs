//! What is left when an operator stops the bot?
//!
//! It is asked to stop at every request of a review. No check run may be left in progress, whatever the review was
//! waiting for; the next start completes it.

use super::scene::{LATE, REPOSITORY, Scene, operation};
use std::time::Duration;

/// Shorter than the grace that running jobs have.
const WITHIN_GRACE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn stopped_at_any_request_no_check_run_is_left_in_progress_and_the_next_start_completes_it() {
    let scene = Scene::begin().await;
    let steps = scene.undisturbed_review().await;
    for (index, step) in steps.iter().enumerate() {
        let number = scene.open(&format!("stopped-{index}"));
        // Until the check run's number is known there is nothing to end: its creation is waited for.
        let is_before_the_check_run = operation(step) == "POST /repos/{owner}/{repo}/check-runs";
        let late = if is_before_the_check_run { WITHIN_GRACE } else { LATE };
        scene.github.on("*", "**").nth(index + 1).delays(late);
        scene.send_until_struck(1).await;
        assert!(scene.bot.stop().await.success());
        eprintln!("stopped at {}", operation(step));
        scene.assert_nothing_in_progress();
        scene.github.heal();
        scene.bot.restart().await;
        scene.settle().await;
        scene.assert_reviewed(number);
        scene.end(number).await;
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_verdict_that_stands_is_not_taken_back_by_a_stop() {
    let scene = Scene::begin().await;
    let number = scene.open("verdict");
    scene.github.on("POST", "/repos/*/*/issues/*/comments").stays_silent();
    scene.send_until_struck(1).await;
    assert!(scene.bot.stop().await.success());
    scene.assert_verdict(number);
    scene.github.heal();
    scene.bot.restart().await;
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_interrupted_review_says_so() {
    let scene = Scene::begin().await;
    let number = scene.open("interrupted");
    scene.github.on("GET", "/octo/engine.git/**").stays_silent();
    scene.send_until_struck(1).await;
    assert!(scene.bot.stop().await.success());
    let run = scene.runs(number)[0].clone();
    assert_eq!((run.conclusion.as_deref(), run.title.as_deref()), (Some("neutral"), Some("Interrupted")));
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    scene.github.heal();
    scene.bot.restart().await;
    scene.settle().await;
    scene.assert_reviewed(number);
}
