//! Which doors does the server have?
//!
//! In: HTTP. Out: answers in milliseconds; whatever takes longer is a job. Never trusts a header, a body or a name.

mod body;
mod coverage;
mod health;
mod layers;
mod logging;
mod metrics;
mod serve;
pub mod setup;
#[cfg(test)]
mod test_door;
mod webhooks;

pub use logging::{DEFAULT_DIRECTIVES, InvalidDirectives, LogFormat, start_logging};
pub use metrics::Metrics;
pub use serve::serve;

use crate::domain::Secret;
use crate::store::{Clock, Store};
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use body::Budget;
use std::sync::Arc;
use tokio::sync::watch;

/// Whether `X-Hub-Signature-256` is right for a body. A missing header is never right.
pub type Verify = Arc<dyn Fn(&[u8], Option<&str>) -> bool + Send + Sync>;

/// What the doors need. Cheap to clone.
#[derive(Clone)]
pub struct State {
    store: Store,
    verify: Verify,
    known_events: &'static [&'static str],
    metrics: Metrics,
    clock: Clock,
    shutdown: watch::Receiver<bool>,
    budget: Budget,
    api_token: Option<Secret>,
}

impl State {
    /// `known_events` are the values of `X-GitHub-Event` that become jobs; others are accepted and dropped. Once
    /// `shutdown` is true the server says that it is not ready.
    pub fn new(
        store: Store,
        verify: Verify,
        known_events: &'static [&'static str],
        metrics: Metrics,
        clock: Clock,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self { store, verify, known_events, metrics, clock, shutdown, budget: Budget::default(), api_token: None }
    }

    /// Takes uploads from whoever sends this token.
    pub fn with_api_token(self, token: Option<Secret>) -> Self {
        Self { api_token: token, ..self }
    }
}

/// Every door: `/webhooks/github`, `/api/v2/repos/{owner}/{name}/coverage/{commit}`, `/livez`, `/readyz`, `/metrics`.
pub fn router(state: State) -> Router {
    let routes = Router::new()
        .route("/webhooks/github", post(webhooks::receive))
        .route("/api/v2/repos/{owner}/{name}/coverage/{commit}", post(coverage::receive))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .fallback(not_found)
        .with_state(state);
    layers::around(routes)
}

async fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "there is nothing at this address")
}

/// An answer that says what was wrong.
fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(serde_json::json!({ "error": reason }))).into_response()
}
