//! A GitHub that answers what a test scripted, in order, and remembers every request.
//!
//! It is no model of GitHub: a request nobody scripted gets 418, so that no test passes by an answer it did not mean.

use crate::domain::Timestamp;
use crate::github::{App, Connection, Installation, Pacing, Proxy, Secret, Settings, Timeouts};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use base64::Engine;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

pub(super) const APP_ID: u64 = 42;
pub(super) const INSTALLATION_ID: u64 = 7;
/// Not the root, as on GitHub Enterprise Server.
pub(super) const PREFIX: &str = "/api/v3";
pub(super) const NOW: i64 = 1_790_000_000;

/// One RSA key for all tests: making one takes a while.
pub(super) static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

pub(super) fn pem() -> Secret {
    let der: Pkcs8V1Der = KEY.as_der().unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")).into()
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub line: String,
    pub query: String,
    pub authorization: Option<String>,
    pub body: Value,
}

/// What the server does when asked.
#[derive(Clone)]
pub(super) enum Reply {
    /// Answers.
    With(u16, Vec<(&'static str, String)>, Value),
    /// Closes the connection without a word.
    Drop,
    /// Never answers.
    Hang,
}

pub(super) fn ok(body: Value) -> Reply {
    Reply::With(200, Vec::new(), body)
}

pub(super) fn status(status: u16) -> Reply {
    message(status, "no")
}

pub(super) fn message(status: u16, message: &str) -> Reply {
    Reply::With(status, Vec::new(), json!({ "message": message }))
}

impl Reply {
    pub(super) fn with(self, name: &'static str, value: impl ToString) -> Self {
        match self {
            Self::With(status, mut headers, body) => {
                headers.push((name, value.to_string()));
                Self::With(status, headers, body)
            }
            other => other,
        }
    }
}

#[derive(Default)]
struct Script {
    /// For a method and path below the prefix: replies in order, the last one for ever.
    replies: Vec<(String, VecDeque<Reply>)>,
    seen: Vec<Seen>,
}

#[derive(Clone)]
pub(super) struct Server {
    script: Arc<Mutex<Script>>,
    now: Arc<AtomicI64>,
    pub origin: String,
}

impl Server {
    /// Listens on a free port; knows the App, and mints `token-1`, `token-2` and so on for [`INSTALLATION_ID`].
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { script: Arc::default(), now: Arc::new(AtomicI64::new(NOW)), origin };
        server.on("GET /app", [ok(json!({ "id": APP_ID, "slug": "hyperion", "html_url": "https://x" }))]);
        let tokens: Vec<Reply> = (1..=9).map(|n| token(&format!("token-{n}"), NOW + 3_600)).collect();
        server.on(&token_line(), tokens);
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// Replaces what is answered to `line`, such as `GET /app`.
    pub(super) fn on(&self, line: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut script = self.script.lock().unwrap();
        script.replies.retain(|(known, _)| known != line);
        script.replies.push((line.to_owned(), replies.into_iter().collect()));
    }

    pub(super) fn api_url(&self) -> String {
        format!("{}{PREFIX}", self.origin)
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Every request for `line`, in order.
    pub(super) fn seen(&self, line: &str) -> Vec<Seen> {
        self.script.lock().unwrap().seen.iter().filter(|seen| seen.line == line).cloned().collect()
    }

    pub(super) fn n(&self, line: &str) -> usize {
        self.seen(line).len()
    }

    /// Methods and paths in order, tokens and the App's own name left out.
    pub(super) fn lines(&self) -> Vec<String> {
        let script = self.script.lock().unwrap();
        let lines = script.seen.iter().map(|seen| seen.line.clone());
        lines.filter(|line| *line != token_line() && line != "GET /app").collect()
    }

    pub(super) fn settings(&self) -> Settings {
        let now = self.now.clone();
        Settings {
            connection: Connection {
                api_url: self.api_url(),
                proxy: Proxy::default(),
                timeouts: Timeouts { connect: Duration::from_millis(200), answer: Duration::from_millis(300) },
            },
            app_id: APP_ID,
            private_key_pem: pem(),
            pacing: Pacing {
                write_interval: Duration::ZERO,
                retry_wait: Duration::from_millis(1),
                patience: Duration::from_secs(2),
                ..Pacing::default()
            },
            now: Arc::new(move || Timestamp(now.load(Ordering::SeqCst))),
        }
    }

    pub(super) fn app(&self) -> App {
        App::new(self.settings()).unwrap()
    }

    pub(super) fn installation(&self) -> Arc<Installation> {
        self.app().installation(INSTALLATION_ID)
    }

    fn next(&self, line: &str) -> Reply {
        let mut script = self.script.lock().unwrap();
        match script.replies.iter_mut().find(|(known, _)| known == line) {
            Some((_, replies)) if replies.len() > 1 => replies.pop_front().unwrap(),
            Some((_, replies)) => replies.front().cloned().unwrap_or(status(418)),
            None => message(418, &format!("nobody scripted `{line}`")),
        }
    }
}

pub(super) fn token_line() -> String {
    format!("POST /app/installations/{INSTALLATION_ID}/access_tokens")
}

pub(super) fn token(token: &str, expires_at: i64) -> Reply {
    Reply::With(201, Vec::new(), json!({ "token": token, "expires_at": Timestamp(expires_at).to_string() }))
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or("/outside-the-prefix");
    let line = format!("{method} {path}");
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let seen = Seen {
        line: line.clone(),
        query: uri.query().unwrap_or_default().to_owned(),
        authorization,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    server.script.lock().unwrap().seen.push(seen);
    match server.next(&line) {
        Reply::With(status, headers, body) => {
            let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
            let response = headers.into_iter().fold(response, |response, (name, value)| response.header(name, value));
            response.body(Body::from(body.to_string())).unwrap()
        }
        // A body that fails makes the server close the connection in the middle of its answer.
        Reply::Drop => {
            let broken = http_body_util::Limited::new(http_body_util::Full::new(Bytes::from_static(b"cut here")), 1);
            Response::new(Body::new(broken))
        }
        Reply::Hang => std::future::pending().await,
    }
}
