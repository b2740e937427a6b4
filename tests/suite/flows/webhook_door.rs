//! Who may bring a webhook, and what does the one who may not hear?

use super::stage::Stage;
use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::{EVENTS, GitHub, examples, signature};
use crate::support::history::{small_edit, tiny};
use reqwest::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SECRET: &str = "It's a Secret to Everybody";

async fn started() -> (Bot, GitHub, Database) {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = Bot::start(&github, &database).await;
    (bot, github, database)
}

/// Brings a body as GitHub does, signed with `secret`.
async fn bring(bot: &Bot, event: &str, body: &[u8], secret: &str) -> Response {
    let request = reqwest::Client::new()
        .post(bot.webhook_url())
        .header("content-type", "application/json")
        .header("x-github-event", event)
        .header("x-github-delivery", uuid::Uuid::new_v4().to_string())
        .header("x-hub-signature-256", signature(secret, body));
    request.body(body.to_vec()).send().await.expect("the bot answers")
}

/// The status and the reason given.
async fn heard(answer: Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn n_outcomes(bot: &Bot, outcome: &str) -> f64 {
    bot.metric("hyperion_webhooks_total", &format!("outcome=\"{outcome}\"")).await
}

#[tokio::test]
async fn every_recorded_example_of_our_events_is_taken_and_done_with() {
    let (bot, github, _database) = started().await;
    let mut n_sent = 0;
    for event in EVENTS {
        for example in examples(event) {
            let status = github.send_raw(event, example.to_string().as_bytes()).await;
            assert!((200..300).contains(&status), "{event}: {status}");
            n_sent += 1;
        }
    }
    assert!(n_sent > 50, "{n_sent} examples");
    // Work for repositories and installations of which this GitHub knows nothing must come to an end as well.
    bot.settle(&github).await;
    let dead = bot.dead_jobs().await;
    assert!(dead.is_empty(), "{dead:#?}");
    assert!(!bot.log().contains("panicked"));
    assert!(github.all_check_runs().is_empty());
}

#[tokio::test]
async fn webhook_with_wrong_signature_is_refused() {
    let (bot, _github, _database) = started().await;
    let (status, reason) = heard(bring(&bot, "push", b"{}", "guessed").await).await;
    assert_eq!(status, 401);
    assert!(reason.contains("signature"), "{reason}");
    let unsigned = reqwest::Client::new()
        .post(bot.webhook_url())
        .header("x-github-event", "push")
        .header("x-github-delivery", "one")
        .body("{}");
    assert_eq!(heard(unsigned.send().await.unwrap()).await.0, 401);
    assert_eq!(n_outcomes(&bot, "wrong_signature").await, 2.0);
    assert!(bot.jobs().await.iter().all(|job| job.kind != "handle_delivery"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let (bot, _github, _database) = started().await;
    // Only announced: who sends all of it may find the door closed before it has said why.
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nx-github-event: push\r\n\
         x-github-delivery: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{{",
        bot.address(),
        uuid::Uuid::new_v4(),
        25 * 1024 * 1024 + 1
    );
    let mut connection = tokio::net::TcpStream::connect(bot.address()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("26214400 bytes"), "{answer}");
    assert_eq!(n_outcomes(&bot, "too_large").await, 1.0);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_the_reason() {
    let (bot, _github, _database) = started().await;
    let (status, reason) = heard(bring(&bot, "push", b"{\"ref\": ", SECRET).await).await;
    assert_eq!(status, 400);
    assert!(reason.contains("not JSON") && reason.contains("line 1"), "{reason}");
    assert_eq!(heard(bring(&bot, "push", b"\xff\xfe", SECRET).await).await.0, 400);
    assert_eq!(n_outcomes(&bot, "bad_json").await, 2.0);
}

#[tokio::test]
async fn an_unknown_event_is_accepted_and_dropped() {
    let (bot, github, _database) = started().await;
    bot.settle(&github).await;
    let n_jobs = bot.jobs().await.len();
    assert_eq!(bring(&bot, "quantum_merge", br#"{"action":"entangled"}"#, SECRET).await.status(), 202);
    assert_eq!(bot.jobs().await.len(), n_jobs);
    assert_eq!(n_outcomes(&bot, "ignored").await, 1.0);
}

#[tokio::test]
async fn two_secrets_are_valid_while_one_is_being_replaced() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let secrets =
        [("HYPERION_GITHUB_WEBHOOK_SECRET", "the new one"), ("HYPERION_GITHUB_WEBHOOK_SECRET_PREVIOUS", SECRET)];
    let bot = Bot::start_with(&github, &database, &secrets).await;
    assert_eq!(bring(&bot, "push", b"{}", SECRET).await.status(), 202);
    assert_eq!(bring(&bot, "push", b"{}", "the new one").await.status(), 202);
    assert_eq!(bring(&bot, "push", b"{}", "an older one").await.status(), 401);
}

#[tokio::test]
async fn a_secret_is_replaced_without_losing_a_delivery() {
    let mut stage = Stage::with(&tiny()).await;
    let variable = "HYPERION_GITHUB_WEBHOOK_SECRET";
    stage.bot.stop().await;
    stage.bot.set(variable, &format!("the new one,{SECRET}"));
    stage.bot.restart().await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.change_webhook_secret("the new one");
    stage.bot.stop().await;
    stage.bot.set(variable, "the new one");
    stage.bot.restart().await;
    stage.github.comment(super::stage::REPOSITORY, number, "mona", "/hyperion reanalyze");
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    stage.newest_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}
