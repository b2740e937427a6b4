//! Where do tests knock?
//!
//! A whole server on a port of its own, with an empty database. Its signature of a body is `sum=` and the sum of the
//! body's bytes: wrong bodies and wrong headers are told apart without a secret.

use super::{Metrics, State, router, serve};
use crate::domain::Timestamp;
use crate::store::Clock;
use crate::store::test_database::TestDatabase;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(super) struct Door {
    pub(super) database: TestDatabase,
    pub(super) address: SocketAddr,
    /// Makes the server say that it is not ready.
    pub(super) stopping: watch::Sender<bool>,
    /// Makes it take no more connections.
    pub(super) shutdown: watch::Sender<bool>,
    pub(super) server: JoinHandle<()>,
    client: reqwest::Client,
}

pub(super) fn signature(body: &[u8]) -> String {
    format!("sum={}", body.iter().map(|byte| u64::from(*byte)).sum::<u64>())
}

impl Door {
    pub(super) async fn open() -> Self {
        let database = TestDatabase::create().await;
        let (stopping, shutdown) = (watch::Sender::new(false), watch::Sender::new(false));
        let state = State::new(
            database.store.clone(),
            Arc::new(|body, header| header == Some(&signature(body))),
            &["pull_request", "push"],
            Metrics::install(),
            Clock::from_fn(|| Timestamp(1_000)),
            stopping.subscribe(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let server = tokio::spawn(serve(listener, router(state), shutdown.subscribe()));
        Self { database, address, stopping, shutdown, server, client: reqwest::Client::new() }
    }

    pub(super) async fn response(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        let response = self.response(path).await;
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    pub(super) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A delivery without a signature.
    pub(super) fn unsigned(&self, id: &str, event: &str, body: impl Into<Vec<u8>>) -> reqwest::RequestBuilder {
        self.client
            .post(self.url("/webhooks/github"))
            .header("x-github-delivery", id)
            .header("x-github-event", event)
            .header("content-type", "application/json")
            .body(body.into())
    }

    /// A `pull_request` delivery with everything in order.
    pub(super) fn delivery(&self, id: &str, body: impl Into<Vec<u8>>) -> reqwest::RequestBuilder {
        let body = body.into();
        let signature = signature(&body);
        self.unsigned(id, "pull_request", body).header("x-hub-signature-256", signature)
    }
}

/// Status and body of the answer.
pub(super) async fn send(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("a body"))
}
