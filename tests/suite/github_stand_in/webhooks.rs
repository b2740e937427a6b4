//! Are webhooks signed, ordered and sent again as GitHub does?

use super::client::{ask, get, web_token};
use crate::support::github::{Delivery, EVENTS, GitHub, examples, signature};
use crate::support::history::{small_edit, tiny};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use std::sync::{Arc, Mutex};

type Inbox = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver that keeps what it gets and answers with `status`.
async fn receiver(status: StatusCode) -> (String, Inbox) {
    let inbox = Inbox::default();
    let kept = Arc::clone(&inbox);
    let keep = move |headers: HeaderMap, body: Bytes| {
        kept.lock().unwrap().push((headers, body));
        async move { status }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/webhooks/github", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(keep)).await });
    (address, inbox)
}

fn header(inbox: &Inbox, n: usize, name: &str) -> String {
    inbox.lock().unwrap()[n].0[name].to_str().unwrap().to_owned()
}

fn installed() -> GitHub {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    github.install("octo", &["octo/engine"]);
    github
}

#[test]
fn the_signature_is_githubs_own_example() {
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature("It's a Secret to Everybody", b"Hello, World!"), expected);
}

#[tokio::test]
async fn deliveries_are_signed_over_their_bytes_and_name_their_event() {
    let github = installed();
    let (address, inbox) = receiver(StatusCode::ACCEPTED).await;
    github.hook_to(&address);
    github.open_change("octo/engine", "spaces", &small_edit());
    let sent = github.send_pending().await;
    let names: Vec<String> = sent.iter().map(Delivery::name).collect();
    assert_eq!(names, ["installation.created", "push", "check_suite.requested", "pull_request.opened"]);
    assert!(sent.iter().all(|delivery| delivery.status == Some(202)));
    let body = inbox.lock().unwrap()[3].1.clone();
    assert_eq!(header(&inbox, 3, "x-github-event"), "pull_request");
    assert_eq!(header(&inbox, 3, "x-hub-signature-256"), signature(&github.app().webhook_secret, &body));
    let document = sent[3].document();
    assert_eq!(document["pull_request"]["head"]["ref"], "spaces");
    assert_eq!(document["repository"]["full_name"], "octo/engine");
    assert!(document["installation"]["id"].is_u64());
    let text = document.to_string();
    assert!(!text.contains("Codertocat") && !text.contains("api.github.com"), "traces of the example are left");
}

#[tokio::test]
async fn redelivery_keeps_the_id_and_failures_can_be_found() {
    let github = installed();
    github.lose_pending();
    let (address, inbox) = receiver(StatusCode::OK).await;
    github.hook_to(&address);
    let token = web_token(&github, json!({}));
    let failed = get(&github, &token, "/app/hook/deliveries?status=failure&per_page=100").await;
    assert_eq!(failed.document.as_array().unwrap().len(), 1);
    assert_ne!(failed.document[0]["status"], "OK");

    let attempt = format!("/app/hook/deliveries/{}/attempts", failed.document[0]["id"]);
    assert_eq!(ask(&github, &token, "POST", &attempt, None).await.status, 202);
    let again = github.send_pending().await;
    assert!(again[0].is_redelivery);
    assert_eq!(header(&inbox, 0, "x-github-delivery"), failed.document[0]["guid"].as_str().unwrap());
    let all = get(&github, &token, "/app/hook/deliveries").await.document;
    assert_eq!((&all[0]["status"], &all[0]["redelivery"]), (&json!("OK"), &json!(true)));
    assert_eq!(all[0]["guid"], all[1]["guid"]);
    github.assert_clean();
}

#[tokio::test]
async fn old_deliveries_cannot_be_seen_and_cursors_lead_on() {
    let github = installed();
    for number in 0..5 {
        github.push("octo/engine", &format!("branch-{number}"), &small_edit());
    }
    let n_lost = github.lose_pending().len();
    let token = web_token(&github, json!({}));
    let (mut next, mut n_seen) = (format!("{}/app/hook/deliveries?per_page=4", github.api_url()), 0);
    while !next.is_empty() {
        let page = get(&github, &token, &next).await;
        n_seen += page.document.as_array().unwrap().len();
        next = page.header("link").trim_start_matches('<').split('>').next().unwrap_or_default().to_owned();
    }
    assert_eq!(n_seen, n_lost);
    github.advance(3 * 86_400 + 1);
    let claims = json!({ "iat": 0, "exp": now() + 3 * 86_400 + 60 });
    let later = get(&github, &web_token(&github, claims), "/app/hook/deliveries").await;
    assert_eq!(later.document, json!([]));
    github.assert_clean();
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn a_suspended_installation_hears_nothing_more() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let id = github.install("octo", &["octo/engine"]);
    github.suspend(id);
    github.push("octo/engine", "main", &small_edit());
    github.unsuspend(id);
    let names: Vec<String> = github.pending().iter().map(Delivery::name).collect();
    assert_eq!(names, ["installation.created", "installation.suspend", "installation.unsuspend"]);
}

#[tokio::test]
async fn every_event_we_make_has_the_fields_of_its_recorded_example() {
    let github = installed();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    github.comment("octo/engine", number, "mona", "/hyperion help");
    github.comment_on_line("octo/engine", number, "mona", "src/parser.py", 20, "Why?");
    github.rerequest_check_suite("octo/engine", &github.pull_request("octo/engine", number).head);
    github.queue_for_merge("octo/engine", number);
    for delivery in github.pending() {
        let made = delivery.document();
        let recorded = examples(&delivery.event)
            .iter()
            .find(|example| delivery.action.is_none() || example["action"] == json!(delivery.action));
        let recorded = recorded.unwrap().as_object().unwrap();
        // Organisations are not modelled; the rest of every recorded payload must be there.
        for name in recorded.keys().filter(|name| !matches!(name.as_str(), "organization" | "requester")) {
            assert!(made.get(name).is_some(), "{} has no `{name}`", delivery.name());
        }
    }
}

#[test]
fn there_are_examples_of_every_event() {
    let n_examples: usize = EVENTS.iter().map(|event| examples(event).len()).sum();
    assert_eq!(n_examples, 97);
}
