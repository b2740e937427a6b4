//! What is left when a stranger, or a broken GitHub, knocks at the webhook door?
//!
//! Everything that is not a whole, signed delivery is refused with a reason and counted. Everything that is signed, and
//! of another shape than GitHub documents, is taken in and comes to nothing. No answer is the fault of the server, and
//! nothing panics.

use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::{EVENTS, GitHub, examples, signature};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// GitHub's cap, and one byte.
const TOO_LARGE: usize = 25 * 1024 * 1024 + 1;

/// Below this depth nothing is taken out of a payload: what is read lies above.
const MAX_DEPTH: usize = 3;

/// A bot at whose door one may knock.
struct Door {
    bot: Bot,
    github: GitHub,
    client: reqwest::Client,
    _database: Database,
}

/// One knock: everything is right unless said.
struct Knock<'a> {
    event: &'a str,
    delivery: String,
    body: Vec<u8>,
    signature: Option<String>,
    content_type: Option<&'a str>,
}

impl Door {
    async fn open() -> Self {
        let (github, database) = (GitHub::start(), Database::fresh().await);
        let bot = Bot::start(&github, &database).await;
        Self { bot, github, client: reqwest::Client::new(), _database: database }
    }

    fn knock<'a>(&self, event: &'a str, body: impl Into<Vec<u8>>) -> Knock<'a> {
        let body = body.into();
        let signature = Some(signature(&self.github.app().webhook_secret, &body));
        let delivery = uuid::Uuid::new_v4().to_string();
        Knock { event, delivery, body, signature, content_type: Some("application/json") }
    }

    /// Status and body of the answer.
    async fn answer(&self, knock: Knock<'_>) -> (u16, String) {
        let mut request = self.client.post(self.bot.webhook_url());
        request = request.header("x-github-event", knock.event).header("x-github-delivery", knock.delivery);
        if let Some(signature) = knock.signature {
            request = request.header("x-hub-signature-256", signature);
        }
        if let Some(content_type) = knock.content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.body(knock.body).send().await.expect("the door answers");
        (answer.status().as_u16(), answer.text().await.expect("the answer is text"))
    }

    async fn n_counted(&self, outcome: &str) -> f64 {
        self.bot.metric("hyperion_webhooks_total", &format!("outcome=\"{outcome}\"")).await
    }

    fn assert_calm(&self) {
        let log = self.bot.log();
        assert!(!log.contains("panicked"), "something panicked");
        let faults: Vec<&str> = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
        assert!(faults.is_empty(), "errors in the log:\n{}", faults.join("\n"));
    }
}

#[tokio::test]
async fn what_is_not_a_whole_signed_delivery_is_refused_with_a_reason_and_counted() {
    let door = Door::open().await;
    let body = examples("pull_request")[0].to_string().into_bytes();
    let right = || door.knock("pull_request", body.clone());
    let with_secret = |secret: &str| Some(signature(secret, &body));
    let cut = &body[..body.len() / 2];
    let signed = |body: &[u8]| door.knock("pull_request", body);

    let cases: Vec<(&str, u16, Knock<'_>)> = vec![
        ("wrong_signature", 401, Knock { signature: None, ..right() }),
        ("wrong_signature", 401, Knock { signature: with_secret("guess"), ..right() }),
        ("wrong_signature", 401, Knock { signature: Some(String::new()), ..right() }),
        ("wrong_signature", 401, Knock { signature: Some("sha256=".to_owned()), ..right() }),
        ("wrong_signature", 401, Knock { signature: Some("sha256=zz".to_owned()), ..right() }),
        ("wrong_signature", 401, Knock { signature: Some(format!("sha1={}", "0".repeat(40))), ..right() }),
        ("wrong_signature", 401, Knock { signature: Some(format!("sha256={}", "0".repeat(10_000))), ..right() }),
        ("wrong_signature", 401, Knock { body: cut.to_vec(), ..right() }),
        ("bad_json", 400, signed(cut)),
        ("bad_json", 400, signed(b"")),
        ("bad_json", 400, signed(b"null")),
        ("bad_json", 400, signed(b"[]")),
        ("bad_json", 400, signed(b"\"text\"")),
        ("bad_json", 400, signed(b"{\"a\":1}{\"b\":2}")),
        ("bad_json", 400, signed(b"{\"action\":\"\xff\xfe\"}")),
        ("bad_json", 400, signed(&[b'['; 100_000])),
        ("bad_json", 400, signed(&b"{\"a\":".repeat(100_000))),
        ("bad_headers", 400, Knock { event: "", ..right() }),
        ("bad_headers", 400, Knock { event: "pull request", ..right() }),
        ("bad_headers", 400, Knock { event: "../../etc/passwd", ..right() }),
        ("bad_headers", 400, Knock { event: "<script>alert(1)</script>", ..right() }),
        ("bad_headers", 400, Knock { event: "pull_request'; drop table jobs; --", ..right() }),
        ("bad_headers", 400, Knock { delivery: "'; drop table deliveries; --".to_owned(), ..right() }),
        ("bad_headers", 400, Knock { delivery: "d".repeat(5_000), ..right() }),
        ("bad_headers", 400, Knock { content_type: Some("application/x-www-form-urlencoded"), ..right() }),
    ];
    for (number, (outcome, status, knock)) in cases.into_iter().enumerate() {
        let n_before = door.n_counted(outcome).await;
        let (given, reason) = door.answer(knock).await;
        assert_eq!(given, status, "case {number}, {outcome}: {reason}");
        assert!(reason.len() > 10, "case {number} gives no reason: {reason}");
        assert_eq!(door.n_counted(outcome).await, n_before + 1.0, "case {number} was not counted as {outcome}");
    }
    assert_eq!(door.answer(right()).await.0, 202);
    door.bot.settle(&door.github).await;
    door.assert_calm();
}

/// What the server answers to these bytes, as far as it gets.
async fn raw(door: &Door, head: &str, body: impl Iterator<Item = Vec<u8>>) -> String {
    let address = door.bot.url("").trim_start_matches("http://").to_owned();
    let (mut reading, mut writing) = TcpStream::connect(&address).await.unwrap().into_split();
    let answer = tokio::spawn(async move {
        let mut answer = Vec::new();
        // An answer that is followed by a reset has been read all the same.
        let _ = reading.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    });
    let request = format!("POST /webhooks/github HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{head}\r\n");
    writing.write_all(request.as_bytes()).await.unwrap();
    for part in body {
        // The server may have seen enough.
        if writing.write_all(&part).await.is_err() {
            break;
        }
    }
    answer.await.unwrap()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    let door = Door::open().await;
    let head = "x-github-event: push\r\nx-github-delivery: large\r\ncontent-type: application/json\r\n";
    let announced = format!("{head}content-length: {TOO_LARGE}\r\n");
    let answer = raw(&door, &announced, std::iter::empty()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    let chunk = || [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
    let chunked = format!("{head}transfer-encoding: chunked\r\n");
    let answer = raw(&door, &chunked, (0..27).map(|_| chunk())).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(door.n_counted("too_large").await, 2.0);
    door.assert_calm();
}

#[tokio::test]
async fn headers_that_are_missing_or_no_text_are_refused() {
    let door = Door::open().await;
    for head in [
        "",
        "x-github-event: push\r\n",
        "x-github-delivery: alone\r\n",
        "x-github-event: p\u{fc}sh\r\nx-github-delivery: odd\r\n",
        "x-github-event: push\r\nx-github-delivery: \u{1f4a5}\r\n",
    ] {
        let answer = raw(&door, &format!("{head}content-length: 2\r\n"), std::iter::once(b"{}".to_vec())).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
    }
    let (status, _) = door.bot.get("/webhooks/github").await;
    assert_eq!(status, 405);
    door.assert_calm();
}

#[tokio::test]
async fn an_unknown_event_is_taken_and_dropped() {
    let door = Door::open().await;
    for event in ["ping", "star", "a_very_new_event", "deployment_protection_rule"] {
        let knock = door.knock(event, json!({ "zen": "x" }).to_string());
        assert_eq!(door.answer(knock).await.0, 202, "{event}");
    }
    assert_eq!(door.n_counted("ignored").await, 4.0);
    door.assert_calm();
}

#[tokio::test]
async fn a_signed_delivery_of_any_shape_is_taken_in_and_does_no_harm() {
    let door = Door::open().await;
    let mut n_sent = 0;
    for event in EVENTS {
        for shape in shapes(&examples(event)[0]) {
            let knock = door.knock(event, shape.to_string());
            let (status, answer) = door.answer(knock).await;
            assert!((200..300).contains(&status), "{event}: {status} {answer} to {shape}");
            n_sent += 1;
        }
    }
    assert!(n_sent > 500, "{n_sent} shapes");
    door.bot.settle(&door.github).await;
    let dead = door.bot.dead_jobs().await;
    assert!(dead.is_empty(), "work that was given up: {dead:#?}");
    door.assert_calm();
}

/// The payload with each of its upper fields missing, null, or of another type.
fn shapes(payload: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect_pointers(payload, String::new(), 1, &mut pointers);
    let wrong = [Value::Null, json!([]), json!({}), json!(-1), json!(1.5e300), json!("\u{0}\u{202e}../..")];
    let mut shapes: Vec<Value> = Vec::new();
    for (number, pointer) in pointers.iter().enumerate() {
        shapes.push(without(payload, pointer));
        let depth = pointer.matches('/').count();
        // Every wrong value for what stands at the top, another one each for what lies below.
        let chosen = if depth == 1 { &wrong[..] } else { &wrong[number % wrong.len()..][..1] };
        shapes.extend(chosen.iter().map(|value| with(payload, pointer, value)));
    }
    shapes
}

fn collect_pointers(value: &Value, above: String, depth: usize, pointers: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return };
    for (name, below) in fields {
        // Addresses are read by nobody, and there are hundreds of them.
        if name.ends_with("_url") || name == "url" {
            continue;
        }
        let pointer = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        pointers.push(pointer.clone());
        if depth < MAX_DEPTH {
            collect_pointers(below, pointer, depth + 1, pointers);
        }
    }
}

fn with(payload: &Value, pointer: &str, value: &Value) -> Value {
    let mut shape = payload.clone();
    *shape.pointer_mut(pointer).expect("the field is there") = value.clone();
    shape
}

fn without(payload: &Value, pointer: &str) -> Value {
    let mut shape = payload.clone();
    let (above, name) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    let parent = shape.pointer_mut(above).and_then(Value::as_object_mut).expect("the field has a parent");
    parent.remove(&name.replace("~1", "/").replace("~0", "~"));
    shape
}
