//! What is left when GitHub fails?
//!
//! Every request of a review fails once, and every write so often that the job itself is tried again: with an error, a
//! limit or a lost connection, before GitHub has done what was asked and after.

use super::scene::{REPOSITORY, Scene, operation, operations};
use crate::support::github::{GitHub, Recorded, When};

/// How a request fails.
#[derive(Debug, Clone, Copy)]
enum Failing {
    Error(u16, When),
    Dropped(When),
    Limited(u16),
}

use Failing::{Dropped, Error, Limited};
use When::{AfterEffect, BeforeEffect};

/// More than the client tries by itself.
const N_UNTIL_THE_JOB_FAILS: usize = 3;

fn fail(github: &GitHub, request: &Recorded, failing: Failing, n_times: usize) {
    let rule = github.on(&request.method, &pattern(request)).times(n_times);
    match failing {
        Error(status, when) => rule.answers(status, when),
        Dropped(when) => rule.drops_connection(when),
        Limited(status) => rule.limits_with_retry_after(status, 1),
    }
}

/// The request's path with a star for every number and name.
fn pattern(request: &Recorded) -> String {
    let named = |part: &str| if part.starts_with('{') { "*".to_owned() } else { part.to_owned() };
    match request.template.as_str() {
        "" => request.path.clone(),
        template => template.split('/').map(named).collect::<Vec<_>>().join("/"),
    }
}

/// One request of each operation that `wanted` accepts.
fn distinct(requests: &[Recorded], wanted: impl Fn(&Recorded) -> bool) -> Vec<Recorded> {
    let mut distinct: Vec<Recorded> = Vec::new();
    for request in requests.iter().filter(|request| wanted(request)) {
        if !distinct.iter().any(|known| operation(known) == operation(request)) {
            distinct.push(request.clone());
        }
    }
    distinct
}

fn is_api_write(request: &Recorded) -> bool {
    request.is_write() && !request.template.is_empty()
}

/// Every write of one review fails once, in each of these ways.
async fn check_each_write_once(ways: &[Failing]) {
    let scene = Scene::begin().await;
    let writes = distinct(&scene.undisturbed_review().await, is_api_write);
    assert_eq!(writes.len(), 4, "{:?}", operations(&writes));
    for (round, way) in ways.iter().enumerate() {
        for write in &writes {
            fail(&scene.github, write, *way, 1);
        }
        let number = scene.open(&format!("once-{round}"));
        scene.settle().await;
        eprintln!("each write fails once with {way:?}");
        scene.assert_reviewed(number);
        scene.github.assert_clean();
        scene.end(number).await;
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_error_at_each_write_leaves_everything_there_once() {
    check_each_write_once(&[
        Error(500, BeforeEffect),
        Error(500, AfterEffect),
        Error(502, AfterEffect),
        Error(503, BeforeEffect),
    ])
    .await;
}

#[tokio::test]
async fn a_lost_connection_at_each_write_leaves_everything_there_once() {
    check_each_write_once(&[Dropped(BeforeEffect), Dropped(AfterEffect)]).await;
}

#[tokio::test]
async fn a_limit_at_each_write_is_waited_for_and_leaves_everything_there_once() {
    check_each_write_once(&[Limited(429), Limited(403)]).await;
}

/// One write of each review fails until the job is tried again, in each of these ways.
async fn check_each_write_for_long(ways: &[Failing]) {
    let scene = Scene::begin().await;
    let writes = distinct(&scene.undisturbed_review().await, is_api_write);
    for (round, way) in ways.iter().enumerate() {
        for (index, write) in writes.iter().enumerate() {
            fail(&scene.github, write, *way, N_UNTIL_THE_JOB_FAILS);
            let number = scene.open(&format!("for-long-{round}-{index}"));
            scene.settle().await;
            eprintln!("{} fails for long with {way:?}", operation(write));
            scene.assert_reviewed(number);
            scene.github.heal();
            scene.end(number).await;
        }
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn errors_for_long_without_effect_are_waited_for_and_leave_everything_there_once() {
    check_each_write_for_long(&[Error(500, BeforeEffect)]).await;
}

#[tokio::test]
async fn errors_for_long_with_effect_are_waited_for_and_leave_everything_there_once() {
    check_each_write_for_long(&[Error(502, AfterEffect)]).await;
}

#[tokio::test]
async fn connections_lost_for_long_are_waited_for_and_leave_everything_there_once() {
    check_each_write_for_long(&[Dropped(AfterEffect)]).await;
}

#[tokio::test]
async fn a_failure_at_each_read_leaves_everything_there_once() {
    let scene = Scene::begin().await;
    let reads = distinct(&scene.undisturbed_review().await, |request| !is_api_write(request));
    assert!(reads.len() >= 6, "{:?}", operations(&reads));
    for (round, way) in [Error(500, BeforeEffect), Dropped(BeforeEffect), Limited(429)].into_iter().enumerate() {
        for read in &reads {
            fail(&scene.github, read, way, 1);
        }
        let number = scene.open(&format!("read-{round}"));
        scene.settle().await;
        eprintln!("each read fails once with {way:?}");
        scene.assert_reviewed(number);
        scene.github.assert_clean();
        scene.end(number).await;
    }
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_used_up_hour_is_waited_for_without_asking_again() {
    let scene = Scene::begin().await;
    scene.github.on("POST", "/repos/*/*/check-runs").limits_primary(1_800);
    let number = scene.open("used-up");
    scene.send_until_struck(1).await;
    scene.bot.wait_until("put the job off", || scene.bot.log().contains("trying again at")).await;
    let n_before = scene.github.requests().len();
    // The job is tried at once, and told without a request that it is too early.
    scene.bot.hurry().await;
    let n_put_off = || scene.bot.log().matches("trying again at").count();
    scene.bot.wait_until("put the job off again", || n_put_off() >= 2).await;
    assert_eq!(scene.github.requests().len(), n_before, "asked although the hour is used up");
    // The next process knows nothing of the limit, and GitHub gives it another hour.
    assert!(scene.bot.stop().await.success());
    scene.bot.restart().await;
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_outage_beside_the_verdict_does_not_take_the_verdict_back() {
    let scene = Scene::begin().await;
    let number = scene.open("outage");
    scene.github.on("*", "/repos/*/*/issues/*/comments").always().answers(503, BeforeEffect);
    scene.github.send_pending().await;
    scene.bot.wait_until("put the job off", || scene.bot.log().contains("trying again at")).await;
    // As if it had gone on for hours.
    scene.bot.execute("update jobs set attempt = max_attempts - 2 where kind = 'review_pull_request'").await;
    scene.settle().await;
    let run = scene.assert_verdict(number);
    assert_eq!(run.past_statuses.last().map(String::as_str), Some("completed"));
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    let dead = scene.bot.dead_jobs().await;
    assert_eq!(dead.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["review_pull_request"], "{dead:#?}");
    // Asked for again after the outage, the comment comes.
    scene.github.heal();
    scene.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    scene.settle().await;
    assert_eq!(scene.github.bot_comments(REPOSITORY, number).len(), 1);
    scene.assert_nothing_in_progress();
    scene.github.assert_clean();
}
