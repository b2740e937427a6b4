//! Is the server alive, ready, and how busy?
//!
//! In: questions from whoever runs it. Out: short answers. `/livez` asks nobody else, so a database that is away does
//! not get the process restarted; `/readyz` asks the database.

use super::{State, refusal};
use crate::store::chain;
use axum::extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use metrics::gauge;
use std::time::Duration;

/// How long the database may take to answer before we are not ready: probes give up after a few seconds.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// How Prometheus names the format it reads.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn livez() -> Response {
    status("alive")
}

pub(super) async fn readyz(extract::State(state): extract::State<State>) -> Response {
    if *state.shutdown.borrow() {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
    match tokio::time::timeout(PING_TIMEOUT, state.store.ping()).await {
        Ok(Ok(())) => status("ready"),
        Ok(Err(error)) => {
            tracing::warn!(error = chain(&error), "the database does not answer");
            refusal(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the database takes too long to answer"),
    }
}

pub(super) async fn metrics(extract::State(state): extract::State<State>) -> Response {
    measure_queue(&state).await;
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], state.metrics.render()).into_response()
}

/// A queue that cannot be measured keeps its last figures; that the database is away shows in `/readyz`.
async fn measure_queue(state: &State) {
    let question = state.store.depth(state.clock.now());
    if let Ok(Ok(depth)) = tokio::time::timeout(PING_TIMEOUT, question).await {
        gauge!("hyperion_jobs_queued").set(depth.n_queued as f64);
        gauge!("hyperion_jobs_running").set(depth.n_running as f64);
        gauge!("hyperion_jobs_dead").set(depth.n_dead as f64);
        gauge!("hyperion_jobs_oldest_wait_seconds").set(depth.oldest_wait_seconds as f64);
    }
}

fn status(word: &str) -> Response {
    Json(serde_json::json!({ "status": word })).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::test_door::Door;

    #[tokio::test]
    async fn a_running_server_is_alive_and_ready() {
        let door = Door::open().await;
        assert_eq!(door.get("/livez").await.0, 200);
        assert_eq!(door.get("/readyz").await.0, 200);
    }

    #[tokio::test]
    async fn a_server_that_stops_is_alive_and_not_ready() {
        let door = Door::open().await;
        door.stopping.send_replace(true);
        assert_eq!(door.get("/livez").await.0, 200);
        assert_eq!(door.get("/readyz").await, (503, r#"{"error":"shutting down"}"#.to_owned()));
    }

    #[tokio::test]
    async fn a_server_without_its_database_is_alive_and_not_ready() {
        let door = Door::open().await;
        door.database.store.close().await;
        assert_eq!(door.get("/livez").await.0, 200);
        assert_eq!(door.get("/readyz").await.0, 503);
    }

    #[tokio::test]
    async fn the_metrics_name_the_queue() {
        let door = Door::open().await;
        let (status, text) = door.get("/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("hyperion_jobs_queued"), "{text}");
    }
}
