//! What is left when the App may not go on?
//!
//! Tokens that expire, installations that are suspended, repositories that are deleted and permissions that are missing,
//! all while a review is under way.

use super::scene::{REPOSITORY, Scene, large_change};
use crate::support::github::When;
use crate::support::history::tiny;
use std::time::Duration;

/// Enough to do something while the bot waits.
const A_WHILE: Duration = Duration::from_millis(700);

#[tokio::test]
async fn a_token_that_expires_under_a_review_is_renewed_at_each_request() {
    let scene = Scene::begin().await;
    let writes = ["/repos/*/*/check-runs", "/repos/*/*/issues/*/comments", "/repos/*/*/pulls/*/reviews"];
    for path in writes {
        scene.github.on("POST", path).answers(401, When::BeforeEffect);
        scene.github.on("GET", path).answers(401, When::BeforeEffect);
    }
    scene.github.on("PATCH", "/repos/*/*/check-runs/*").answers(401, When::BeforeEffect);
    let number = scene.open("refused-once");
    // No read of check runs has this path: that rule is not wanted.
    scene.github.send_pending().await;
    scene.settle().await;
    scene.assert_reviewed(number);
}

#[tokio::test]
async fn a_token_that_expired_unseen_is_renewed() {
    let scene = Scene::begin().await;
    let n_before = scene.github.n_token_requests();
    scene.github.let_tokens_age(3_600);
    let number = scene.open("expired");
    scene.settle().await;
    scene.assert_reviewed(number);
    assert!(scene.github.n_token_requests() > n_before);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_token_that_expires_between_two_requests_is_renewed() {
    let scene = Scene::begin().await;
    let number = scene.open("expiring");
    scene.github.on("GET", "/octo/engine.git/**").delays(A_WHILE);
    scene.send_until_struck(1).await;
    scene.github.let_tokens_age(3_600);
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

/// Suspends while the review waits for an answer, and gives the pull request.
async fn suspend_under_a_review(scene: &Scene, branch: &str) -> u64 {
    let number = scene.open(branch);
    scene.github.on("GET", "/repos/*/*/pulls/*").nth(2).delays(A_WHILE);
    scene.send_until_struck(1).await;
    scene.github.suspend(scene.installation);
    number
}

/// Lets the installation go on, and looks whether the review is made up for.
async fn unsuspend(scene: &Scene, number: u64) {
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    scene.github.forget_requests();
    scene.github.unsuspend(scene.installation);
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_review_of_a_suspended_installation_stops_and_is_made_up_for() {
    let scene = Scene::begin().await;
    let number = suspend_under_a_review(&scene, "suspended").await;
    scene.settle().await;
    let n_requests = scene.github.requests().len();
    // What arrives late is not acted on.
    let opened =
        scene.github.deliveries().into_iter().find(|delivery| delivery.name() == "pull_request.opened").unwrap();
    scene.github.redeliver(opened.id);
    scene.settle().await;
    assert_eq!(scene.github.requests().len(), n_requests, "called for a suspended installation");
    unsuspend(&scene, number).await;
}

#[tokio::test]
async fn a_suspension_nobody_told_us_of_is_learned_from_the_refusal() {
    let scene = Scene::begin().await;
    let number = suspend_under_a_review(&scene, "untold").await;
    scene.github.drop_pending();
    scene.settle().await;
    let n_requests = scene.github.requests().len();
    // Also after a restart nobody asks in vain.
    scene.bot.stop().await;
    scene.bot.restart().await;
    scene.settle().await;
    let asked: Vec<String> = scene.github.requests()[n_requests..].iter().map(|request| request.path.clone()).collect();
    assert!(asked.iter().all(|path| path.starts_with("/app")), "{asked:?}");
    unsuspend(&scene, number).await;
}

#[tokio::test]
async fn an_end_of_suspension_nobody_told_us_of_is_found() {
    let scene = Scene::begin().await;
    let number = suspend_under_a_review(&scene, "unheard").await;
    scene.settle().await;
    scene.github.unsuspend(scene.installation);
    scene.github.drop_pending();
    scene.bot.bring_forward("catch_up").await;
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_uninstallation_under_a_review_ends_all_calls() {
    let scene = Scene::begin().await;
    let number = scene.open("uninstalled");
    scene.github.on("GET", "/repos/*/*/pulls/*").nth(2).delays(A_WHILE);
    scene.send_until_struck(1).await;
    scene.github.uninstall(scene.installation);
    scene.settle().await;
    let n_requests = scene.github.requests().len();
    scene.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    scene.settle().await;
    assert_eq!(scene.github.requests().len(), n_requests);
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_repository_deleted_under_a_review_ends_the_work_on_it() {
    let scene = Scene::begin().await;
    let requests = [
        ("GET", "/repos/*/*/pulls/*"),
        ("GET", "/repos/*/*/commits/*/check-runs"),
        ("POST", "/repos/*/*/check-runs"),
        ("PATCH", "/repos/*/*/check-runs/*"),
        ("POST", "/repos/*/*/issues/*/comments"),
    ];
    let cases = requests.iter().flat_map(|request| [(request, true), (request, false)]);
    for (index, ((method, path), is_told)) in cases.enumerate() {
        let repository = format!("octo/short-lived-{index}");
        scene.github.create_repository(&repository, &tiny());
        scene.github.add_to_installation(scene.installation, &repository);
        scene.settle().await;
        scene.github.forget_requests();
        scene.github.open_change(&repository, "topic", &[large_change(1)]);
        scene.github.on(method, path).delays(A_WHILE);
        scene.send_until_struck(1).await;
        scene.github.delete_repository(&repository);
        if !is_told {
            scene.github.drop_pending();
        }
        scene.settle().await;
        eprintln!("deleted at {method} {path}, told: {is_told}");
        scene.assert_clean().await;
    }
}

#[tokio::test]
async fn a_repository_renamed_while_its_review_waits_is_reviewed_under_its_new_name() {
    let scene = Scene::begin().await;
    let number = scene.open("renamed");
    scene.github.on("GET", "/octo/engine.git/**").answers(500, When::BeforeEffect);
    scene.send_until_struck(1).await;
    scene.github.rename_repository(REPOSITORY, "motor");
    scene.settle().await;
    scene.assert_nothing_in_progress();
    assert_eq!(scene.github.bot_comments("octo/motor", number).len(), 1);
    scene.assert_clean().await;
}

#[tokio::test]
async fn without_the_permission_to_comment_the_check_run_completes() {
    let scene = Scene::begin().await;
    scene.github.grant("issues", Some("read"));
    scene.github.grant("pull_requests", Some("read"));
    scene.github.let_tokens_age(3_600);
    let number = scene.open("silenced");
    scene.settle().await;
    scene.assert_verdict(number);
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    assert!(scene.github.reviews(REPOSITORY, number).is_empty());
    scene.assert_clean().await;
    // Granted later, the next review says it all.
    scene.github.grant("issues", Some("write"));
    scene.github.grant("pull_requests", Some("write"));
    scene.github.let_tokens_age(3_600);
    scene.github.rerequest_check_run(scene.runs(number)[0].id);
    scene.settle().await;
    assert_eq!(scene.github.bot_comments(REPOSITORY, number).len(), 1);
    scene.assert_nothing_in_progress();
}
