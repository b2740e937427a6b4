//! What is left when the process dies?
//!
//! A review is killed at every request it makes, once when GitHub has not done what was asked and once when it has, and
//! taken up by the next process.

use super::scene::{LATE, REPOSITORY, Scene, operation, operations};
use crate::support::github::Recorded;

#[tokio::test]
async fn killed_at_any_request_that_had_no_effect_a_review_is_completed_once() {
    let scene = Scene::begin().await;
    let steps = scene.undisturbed_review().await;
    assert!(steps.iter().filter(|step| step.is_write()).count() >= 5, "{:#?}", operations(&steps));
    for (index, step) in steps.iter().enumerate() {
        let number = scene.open(&format!("without-effect-{index}"));
        scene.github.on("*", "**").nth(index + 1).stays_silent();
        kill_at(&scene, step, number).await;
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn killed_at_any_write_whose_answer_is_lost_a_review_is_completed_once() {
    let scene = Scene::begin().await;
    let steps = scene.undisturbed_review().await;
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.is_write()) {
        let number = scene.open(&format!("with-effect-{index}"));
        scene.github.on("*", "**").nth(index + 1).delays(LATE);
        kill_at(&scene, step, number).await;
    }
    scene.assert_clean().await;
}

/// Kills the bot while it waits for the answer that the test holds back, starts it again, and looks.
async fn kill_at(scene: &Scene, step: &Recorded, number: u64) {
    scene.send_until_struck(1).await;
    assert_eq!(operation(&scene.struck()[0]), operation(step), "the review takes another way than the undisturbed one");
    scene.kill_and_restart().await;
    scene.settle().await;
    eprintln!("killed at {}", operation(step));
    scene.assert_reviewed(number);
    scene.end(number).await;
}

#[tokio::test]
async fn killed_again_and_again_a_review_is_completed_once() {
    let scene = Scene::begin().await;
    let number = scene.open("again-and-again");
    for struck in
        ["/repos/*/*/check-runs", "/octo/engine.git/**", "/repos/*/*/check-runs/*", "/repos/*/*/issues/*/comments"]
    {
        scene.github.on("*", struck).delays(LATE);
        scene.send_until_struck(1).await;
        scene.kill_and_restart().await;
        scene.github.forget_requests();
    }
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_delivery_that_was_answered_survives_a_kill_right_after() {
    let scene = Scene::begin().await;
    for round in 0..3 {
        let number = scene.open(&format!("right-after-{round}"));
        let sent = scene.github.send_pending().await;
        scene.bot.kill();
        assert!(sent.iter().all(|delivery| delivery.status == Some(202)), "{sent:#?}");
        scene.bot.end_leases().await;
        scene.bot.restart().await;
        scene.settle().await;
        scene.assert_reviewed(number);
        scene.end(number).await;
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_check_run_whose_review_never_comes_back_ends_at_its_deadline() {
    let scene = Scene::begin().await;
    let number = scene.open("overdue");
    scene.github.on("GET", "/octo/engine.git/**").stays_silent();
    scene.send_until_struck(1).await;
    scene.bot.kill();
    scene.github.heal();
    // The dead process still holds the job when the deadline passes.
    scene.bot.execute("update jobs set lease_until = lease_until + 3600 where state = 'running'").await;
    scene.bot.execute("update jobs set run_at = run_at + 3600 where kind = 'review_pull_request'").await;
    scene.bot.execute("update check_runs set deadline_at = 0").await;
    scene.bot.restart().await;
    scene.bot.wait_until("end the check run", || scene.runs(number)[0].status == "completed").await;
    let run = scene.runs(number)[0].clone();
    assert_eq!(run.conclusion.as_deref(), Some("neutral"));
    assert_eq!(run.title.as_deref(), Some("Not finished in time"));
    // The review comes after all: its verdict counts.
    scene.bot.end_leases().await;
    scene.settle().await;
    scene.assert_reviewed(number);
    assert_eq!(scene.github.pull_request(REPOSITORY, number).number, number);
    scene.assert_clean().await;
}
