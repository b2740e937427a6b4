//! What do all doors have in common?
//!
//! In: the routes. Out: the same, with a line in the log for each request, a limit on its time and headers that tell a
//! browser to trust nothing that was not meant.

use super::refusal;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::time::{Duration, Instant};
use tracing::Instrument;
use tracing::field::Empty;

/// How long any request may take: everything here answers in milliseconds, so this only ends what hangs.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest delivery id taken into the log; GitHub's are UUIDs.
const MAX_DELIVERY_CHARS: usize = 100;

/// Set unless a door has set its own: a page with scripts brings its own policy.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The routes with everything around them.
pub(super) fn around(routes: Router) -> Router {
    routes.layer(from_fn(limit_time)).layer(from_fn(secure)).layer(from_fn(log))
}

/// `X-GitHub-Delivery`, if it is one: it goes into the log and into the database, so it must be short and plain.
pub(super) fn delivery_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-github-delivery")?.to_str().ok()?;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':');
    let fits = (1..=MAX_DELIVERY_CHARS).contains(&id.len()) && id.chars().all(is_plain);
    fits.then_some(id)
}

/// Opens the span that stands on every line: the door adds repository and pull request once it knows them.
async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        delivery = delivery_id(request.headers()),
        repository = Empty,
        pull_request = Empty,
    );
    async {
        let response = next.run(request).await;
        let (status, elapsed_ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
        tracing::info!(status, elapsed_ms, "answered {status}");
        response
    }
    .instrument(span)
    .await
}

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::test_door::Door;

    #[tokio::test]
    async fn every_answer_carries_the_security_headers() {
        let door = Door::open().await;
        for path in ["/livez", "/nowhere"] {
            let response = door.response(path).await;
            for (name, value) in SECURITY_HEADERS {
                assert_eq!(response.headers().get(&name), Some(&value), "{path} {name}");
            }
        }
    }

    #[test]
    fn a_delivery_id_is_short_and_plain() {
        let id = |value: &'static str| {
            let headers =
                HeaderMap::from_iter([("x-github-delivery".parse().unwrap(), HeaderValue::from_static(value))]);
            delivery_id(&headers).map(str::to_owned)
        };
        let uuid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
        assert_eq!(id(uuid).as_deref(), Some(uuid));
        for bad in ["", "a b", "a/b", "<script>", "ab\t"] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
