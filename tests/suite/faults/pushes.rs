//! What is left when the head moves while it is looked at?

use super::scene::{REPOSITORY, Scene};
use crate::support::github::CheckRun;
use crate::support::history::commit;
use std::time::Duration;

/// Longer than the deliveries of a push take.
const A_WHILE: Duration = Duration::from_millis(700);

fn push(scene: &Scene, branch: &str, n: usize) -> String {
    let text = format!("def late():\n    return {n}\n");
    scene.github.push(REPOSITORY, branch, &[commit(format!("Once more {n}")).write("engine/part_1.py", text)])
}

fn titles(runs: &[CheckRun]) -> Vec<&str> {
    runs.iter().filter_map(|run| run.title.as_deref()).collect()
}

#[tokio::test]
async fn a_push_right_after_the_last_look_gets_its_own_verdict() {
    let scene = Scene::begin().await;
    let number = scene.open("moving");
    let older = scene.github.pull_request(REPOSITORY, number).head;
    scene.github.on("GET", "/repos/*/*/pulls/*").nth(2).delays(A_WHILE);
    scene.send_until_struck(1).await;
    push(&scene, "moving", 1);
    scene.settle().await;
    scene.assert_reviewed(number);
    // The answer was made before the push: the older head has its verdict as well.
    assert_eq!(scene.github.check_runs(REPOSITORY, &older).len(), 1);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_push_before_the_last_look_lets_the_review_give_way() {
    let scene = Scene::begin().await;
    let number = scene.open("giving-way");
    let older = scene.github.pull_request(REPOSITORY, number).head;
    scene.github.on("POST", "/octo/engine.git/git-upload-pack").nth(2).delays(A_WHILE);
    scene.send_until_struck(1).await;
    push(&scene, "giving-way", 1);
    scene.settle().await;
    scene.assert_reviewed(number);
    assert_eq!(titles(&scene.github.check_runs(REPOSITORY, &older)), ["Superseded"]);
    scene.assert_clean().await;
}

#[tokio::test]
async fn after_ten_pushes_in_a_row_the_last_head_has_its_verdict_and_no_check_run_hangs() {
    let scene = Scene::begin().await;
    let number = scene.open("ten");
    scene.github.send_pending().await;
    for n in 0..10 {
        push(&scene, "ten", n);
        scene.github.send_pending().await;
    }
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_branch_forced_away_under_a_review_leaves_nothing_in_progress() {
    let scene = Scene::begin().await;
    let number = scene.open("forced");
    scene.github.on("GET", "/octo/engine.git/**").delays(A_WHILE);
    scene.send_until_struck(1).await;
    scene.github.force_push(REPOSITORY, "forced", "main", &[super::scene::large_change(7)]);
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_pull_request_closed_under_a_review_leaves_nothing_in_progress() {
    let scene = Scene::begin().await;
    let number = scene.open("closed");
    scene.github.on("POST", "/octo/engine.git/git-upload-pack").nth(2).delays(A_WHILE);
    scene.send_until_struck(1).await;
    scene.github.close(REPOSITORY, number);
    scene.settle().await;
    scene.assert_nothing_in_progress();
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    scene.assert_clean().await;
}
