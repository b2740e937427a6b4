//! Who is let in, who is turned away, and is it said why?

use super::super::test_door::{Door, send, signature};
use super::*;
use crate::domain::Timestamp;
use crate::store::{Claim, HANDLE_DELIVERY, Lane};

const OPENED: &str =
    r#"{"action":"opened","number":5,"pull_request":{"number":5},"repository":{"full_name":"octo/hello"}}"#;

async fn n_kept(door: &Door) -> u64 {
    door.database.store.depth(Timestamp(1_000)).await.unwrap().n_queued
}

#[tokio::test]
async fn a_right_delivery_is_in_the_inbox_when_it_is_answered() {
    let door = Door::open().await;
    assert_eq!(send(door.delivery("d-1", OPENED)).await, (202, r#"{"status":"accepted"}"#.to_owned()));

    let store = &door.database.store;
    let kept = store.delivery("d-1").await.unwrap().unwrap();
    assert_eq!((kept.event.as_str(), kept.body.as_deref()), ("pull_request", Some(OPENED.as_bytes())));
    let job = store.claim(&Claim::new("w", Lane::Quick, Timestamp(1_000))).await.unwrap().unwrap();
    assert_eq!((job.kind.as_str(), job.delivery.as_deref()), (HANDLE_DELIVERY, Some("d-1")));
    assert_eq!((job.group.as_str(), job.pull_request), ("octo/hello", Some(5)));
}

#[tokio::test]
async fn the_same_delivery_twice_is_kept_once() {
    let door = Door::open().await;
    assert_eq!(send(door.delivery("d-1", OPENED)).await.0, 202);
    assert_eq!(send(door.delivery("d-1", OPENED)).await, (200, r#"{"status":"already here"}"#.to_owned()));
    assert_eq!(n_kept(&door).await, 1);
}

#[tokio::test]
async fn an_event_we_do_not_know_is_accepted_and_dropped() {
    let door = Door::open().await;
    let request = door.unsigned("d-1", "sponsorship", "{}").header("x-hub-signature-256", signature(b"{}"));
    assert_eq!(send(request).await, (202, r#"{"status":"ignored"}"#.to_owned()));
    assert_eq!(n_kept(&door).await, 0);
}

#[tokio::test]
async fn a_wrong_or_missing_signature_is_refused() {
    let door = Door::open().await;
    let wrong = door.unsigned("d-1", "pull_request", OPENED).header("x-hub-signature-256", "sum=1");
    assert_eq!(send(wrong).await.0, 401);
    assert_eq!(send(door.unsigned("d-1", "pull_request", OPENED)).await.0, 401);
    // Not even a stranger's broken text is looked at.
    assert_eq!(send(door.unsigned("d-1", "pull_request", "{")).await.0, 401);
    assert_eq!(n_kept(&door).await, 0);
}

#[tokio::test]
async fn missing_headers_are_named() {
    let door = Door::open().await;
    let (status, text) = send(door.client().post(door.url("/webhooks/github")).body(OPENED)).await;
    assert_eq!(status, 400);
    assert!(text.contains("X-GitHub-Delivery"), "{text}");
    let (status, text) = send(door.unsigned("d-1", "<script>", OPENED)).await;
    assert_eq!(status, 400);
    assert!(text.contains("X-GitHub-Event"), "{text}");
}

#[tokio::test]
async fn a_form_is_refused_with_what_to_change() {
    let door = Door::open().await;
    let form = door.client().post(door.url("/webhooks/github")).body("payload=%7B%7D");
    let form = form
        .header("x-github-delivery", "d-1")
        .header("x-github-event", "push")
        .header("content-type", "application/x-www-form-urlencoded");
    let (status, text) = send(form).await;
    assert_eq!(status, 400);
    assert!(text.contains("webhook's settings"), "{text}");
}

#[tokio::test]
async fn unparsable_json_is_refused_with_the_place() {
    let door = Door::open().await;
    let (status, text) = send(door.delivery("d-1", "{\n  \"action\": }")).await;
    assert_eq!(status, 400);
    assert!(text.contains("line 2 column 13"), "{text}");
    for body in ["", "[1]", "7", "null", "{} {}", "{\"a\":\"\\u00\"}"] {
        assert_eq!(send(door.delivery("d-2", body)).await.0, 400, "{body}");
    }
    assert_eq!(send(door.delivery("d-2", b"{\"a\":\"\xff\"}".to_vec())).await.0, 400);
    assert_eq!(n_kept(&door).await, 0);
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_and_one_of_twenty_megabytes_is_not() {
    let door = Door::open().await;
    let padded = |n_bytes: usize| format!(r#"{{"padding":"{}"}}"#, "x".repeat(n_bytes - 14));
    assert_eq!(send(door.delivery("d-1", padded(20_000_000))).await.0, 202);
    // The server answers and hangs up before such a body has arrived, so a client may see either.
    match door.delivery("d-2", padded(MAX_BODY_BYTES + 1)).send().await {
        Ok(response) => assert_eq!(response.status(), 413),
        Err(error) => assert!(error.is_request(), "{error:?}"),
    }
    assert!(door.database.store.delivery("d-2").await.unwrap().is_none());
}

#[tokio::test]
async fn a_database_that_is_away_is_not_answered_with_2xx() {
    let door = Door::open().await;
    door.database.store.close().await;
    assert_eq!(send(door.delivery("d-1", OPENED)).await.0, 503);
}

#[tokio::test]
async fn every_outcome_is_counted() {
    let door = Door::open().await;
    send(door.unsigned("d-1", "pull_request", OPENED)).await;
    send(door.delivery("d-1", "{")).await;
    let (_, text) = door.get("/metrics").await;
    for outcome in ["wrong_signature", "bad_json"] {
        assert!(text.contains(&format!(r#"hyperion_webhooks_total{{outcome="{outcome}"}}"#)), "{text}");
    }
}

#[test]
fn a_payload_of_another_shape_is_about_nothing_in_particular() {
    let subject = |text: &str| subject_of(text.as_bytes()).unwrap();
    assert_eq!(subject("{}"), Subject::default());
    assert_eq!(subject(r#"{"repository":5,"pull_request":[]}"#), Subject::default());
    assert_eq!(subject(r#"{"repository":{"full_name":"../../etc"}}"#), Subject::default());
    assert_eq!(subject(r#"{"repository":{},"repository":{}}"#), Subject::default());
    assert_eq!(subject(r#"{"issue":{"number":7}}"#).pull_request, Some(7));
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(subject(&deep), Subject::default());
}
