//! Does the stand-in fail as it is told to?

use super::client::{get, post, try_ask};
use crate::support::github::{GitHub, When};
use crate::support::history::tiny;
use serde_json::json;
use std::time::{Duration, Instant};

const COMMENTS: &str = "/repos/octo/engine/issues/1/comments";

fn scene() -> (GitHub, String) {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    github.open_issue("octo/engine", "mona", "It is slow");
    (github, token)
}

#[tokio::test]
async fn an_error_before_the_effect_leaves_nothing_and_one_after_it_leaves_all() {
    for (when, n_comments) in [(When::BeforeEffect, 0), (When::AfterEffect, 1)] {
        let (github, token) = scene();
        github.on("POST", "/repos/*/*/issues/*/comments").answers(502, when);
        assert_eq!(post(&github, &token, COMMENTS, json!({ "body": "x" })).await.status, 502);
        assert_eq!(github.comments("octo/engine", 1).len(), n_comments);
        assert_eq!(post(&github, &token, COMMENTS, json!({ "body": "x" })).await.status, 201);
        github.assert_clean();
    }
}

#[tokio::test]
async fn a_dropped_connection_gives_no_answer() {
    for (when, n_comments) in [(When::BeforeEffect, 0), (When::AfterEffect, 1)] {
        let (github, token) = scene();
        github.on("POST", COMMENTS).drops_connection(when);
        assert!(try_ask(&github, &token, "POST", COMMENTS, Some(json!({ "body": "x" }))).await.is_err());
        assert_eq!(github.comments("octo/engine", 1).len(), n_comments);
        assert_eq!(github.requests()[0].status, None);
        github.assert_clean();
    }
}

#[tokio::test]
async fn limits_say_how_long_to_wait_or_do_not() {
    let (github, token) = scene();
    github.on("GET", "/repos/octo/engine").limits_with_retry_after(429, 7);
    let limited = get(&github, &token, "/repos/octo/engine").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "7"));
    github.on("GET", "/repos/octo/engine").limits_bare();
    let limited = get(&github, &token, "/repos/octo/engine").await;
    assert_eq!((limited.status, limited.header("retry-after")), (403, ""));
    assert_ne!(limited.header("x-ratelimit-remaining"), "0");
    github.on("GET", "/repos/octo/engine").limits_primary(60);
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.header("x-ratelimit-remaining"), "0");
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 200);
    github.assert_clean();
}

#[tokio::test]
async fn a_rule_strikes_the_nth_request_as_often_as_it_says() {
    let (github, token) = scene();
    github.on("GET", "/repos/**").nth(2).times(2).answers(500, When::BeforeEffect);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&github, &token, "/repos/octo/engine").await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    let struck: Vec<bool> = github.requests().iter().map(|request| request.was_struck).collect();
    assert_eq!(struck, [false, true, true, false]);
    github.assert_clean();
}

#[tokio::test]
async fn a_late_answer_is_late_and_silence_is_silent() {
    let (github, token) = scene();
    github.on("GET", "/repos/octo/engine").delays(Duration::from_millis(80));
    let begun = Instant::now();
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(80));
    github.on("GET", "/repos/octo/engine").stays_silent();
    let waiting = tokio::time::timeout(Duration::from_millis(80), get(&github, &token, "/repos/octo/engine"));
    assert!(waiting.await.is_err());
    github.assert_clean();
}

#[tokio::test]
#[should_panic(expected = "faults that never struck")]
async fn a_fault_that_never_struck_fails_the_test() {
    let (github, _) = scene();
    github.on("GET", "/nowhere").answers(500, When::BeforeEffect);
    github.assert_clean();
}
