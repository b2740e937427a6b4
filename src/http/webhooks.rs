//! May this delivery come in?
//!
//! In: a request that claims to be GitHub's. Out: an answer in milliseconds, and the delivery in the inbox before it.
//! Nothing is done here but to check and to keep; a job does the rest. Every outcome is counted.
//! Never looks at a body whose signature is wrong, and never answers 2xx for a known event that is not on disk.

use super::body::{MAX_BODY_BYTES, Unread, Whole, read};
use super::layers::delivery_id;
use super::{State, refusal};
use crate::domain::RepoName;
use crate::store::{self, Delivered, NewDelivery, chain};
use axum::body::Body;
use axum::extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::time::Instant;

/// Longest event name; GitHub's are at most some forty letters.
const MAX_EVENT_CHARS: usize = 60;

/// Bodies above this are checked on a thread of their own: a megabyte takes some milliseconds, in which this thread
/// could have answered others.
const LARGE_BODY_BYTES: usize = 256 * 1024;

/// What became of a delivery that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Duplicate,
    Ignored,
}

/// Why a delivery was turned away.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("expected the header `{0}` with a plain value")]
    BadHeader(&'static str),
    #[error("expected a body of type `application/json`: choose it in the webhook's settings")]
    WrongContentType,
    #[error("expected at most {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("the body took too long to arrive")]
    TooSlow,
    #[error("the body broke off")]
    BrokenOff,
    #[error("the signature in `X-Hub-Signature-256` does not belong to this body")]
    WrongSignature,
    #[error("the body is not UTF-8 after byte {0}")]
    NotUtf8(usize),
    #[error("the body is not JSON: {0}")]
    BadJson(serde_json::Error),
    #[error("expected the body to be a JSON object")]
    NotAnObject,
    #[error("the delivery could not be kept, please send it again")]
    Storage(#[source] store::Error),
    #[error("the delivery could not be checked, please send it again")]
    Unchecked(#[source] tokio::task::JoinError),
}

/// `POST /webhooks/github`.
pub(super) async fn receive(extract::State(state): extract::State<State>, headers: HeaderMap, body: Body) -> Response {
    let started = Instant::now();
    let outcome = take_in(&state, &headers, body).await;
    let label = match &outcome {
        Ok(outcome) => outcome.label(),
        Err(refusal) => refusal.label(),
    };
    metrics::counter!("hyperion_webhooks_total", "outcome" => label).increment(1);
    metrics::histogram!("hyperion_webhook_seconds").record(started.elapsed());
    match outcome {
        Ok(outcome) => outcome.response(),
        Err(refused) => {
            tracing::warn!(outcome = label, error = chain(&refused), "turned a webhook away");
            refusal(refused.status(), &refused.to_string())
        }
    }
}

async fn take_in(state: &State, headers: &HeaderMap, body: Body) -> Result<Outcome, Refusal> {
    let id = delivery_id(headers).ok_or(Refusal::BadHeader("X-GitHub-Delivery"))?;
    let event = event_name(headers).ok_or(Refusal::BadHeader("X-GitHub-Event"))?;
    require_json(headers)?;
    let body = read(body, content_length(headers), &state.budget).await?;
    let (body, subject) = check(state, headers, body).await?;
    note_subject(&subject);
    if !state.known_events.contains(&event) {
        return Ok(Outcome::Ignored);
    }
    let delivery = NewDelivery {
        id: id.to_owned(),
        event: event.to_owned(),
        repository: subject.repository.map(|name| name.to_string()).unwrap_or_default(),
        pull_request: subject.pull_request,
        body: body.bytes,
        received_at: state.clock.now(),
    };
    match state.store.deliver(delivery).await.map_err(Refusal::Storage)? {
        Delivered::New => Ok(Outcome::Accepted),
        Delivered::Duplicate => Ok(Outcome::Duplicate),
    }
}

/// Checks the signature first and the text after it: what a stranger sent is not worth parsing.
async fn check(state: &State, headers: &HeaderMap, body: Whole) -> Result<(Whole, Subject), Refusal> {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (verify, is_large) = (state.verify.clone(), body.bytes.len() > LARGE_BODY_BYTES);
    let check = move || {
        if !verify(&body.bytes, signature.as_deref()) {
            return Err(Refusal::WrongSignature);
        }
        let subject = subject_of(&body.bytes)?;
        Ok((body, subject))
    };
    if is_large { tokio::task::spawn_blocking(check).await.map_err(Refusal::Unchecked)? } else { check() }
}

fn event_name(headers: &HeaderMap) -> Option<&str> {
    let event = headers.get("x-github-event")?.to_str().ok()?;
    let is_plain = |character: char| character.is_ascii_lowercase() || character == '_';
    let fits = (1..=MAX_EVENT_CHARS).contains(&event.len()) && event.chars().all(is_plain);
    fits.then_some(event)
}

/// A body without a type may be JSON; a form certainly is not.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(Refusal::WrongContentType) }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What a delivery is about, as far as line and log need it.
#[derive(Debug, Default, PartialEq)]
struct Subject {
    repository: Option<RepoName>,
    pull_request: Option<u64>,
}

/// The few fields of a payload that are looked at here. Everything else is the job's.
#[derive(Deserialize)]
struct Envelope {
    repository: Option<Named>,
    pull_request: Option<Numbered>,
    issue: Option<Numbered>,
}

#[derive(Deserialize)]
struct Named {
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct Numbered {
    number: Option<u64>,
}

/// What the payload is about; a payload of another shape is about nothing in particular.
fn subject_of(body: &[u8]) -> Result<Subject, Refusal> {
    // The parser does not look into texts it skips.
    let text = std::str::from_utf8(body).map_err(|error| Refusal::NotUtf8(error.valid_up_to()))?;
    let is_object = text.trim_start().starts_with('{');
    match serde_json::from_str::<Envelope>(text) {
        Ok(envelope) if is_object => Ok(envelope.subject()),
        _ => {
            serde_json::from_str::<IgnoredAny>(text).map_err(Refusal::BadJson)?;
            if is_object { Ok(Subject::default()) } else { Err(Refusal::NotAnObject) }
        }
    }
}

impl Envelope {
    fn subject(self) -> Subject {
        let full_name = self.repository.and_then(|repository| repository.full_name);
        Subject {
            repository: full_name.and_then(|name| name.parse().ok()),
            pull_request: self.pull_request.or(self.issue).and_then(|numbered| numbered.number),
        }
    }
}

fn note_subject(subject: &Subject) {
    let span = tracing::Span::current();
    if let Some(repository) = &subject.repository {
        span.record("repository", tracing::field::display(repository));
    }
    if let Some(pull_request) = subject.pull_request {
        span.record("pull_request", pull_request);
    }
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
        }
    }

    fn response(self) -> Response {
        let (status, word) = match self {
            Self::Accepted => (StatusCode::ACCEPTED, "accepted"),
            Self::Duplicate => (StatusCode::OK, "already here"),
            Self::Ignored => (StatusCode::ACCEPTED, "ignored"),
        };
        (status, Json(serde_json::json!({ "status": word }))).into_response()
    }
}

impl Refusal {
    fn label(&self) -> &'static str {
        match self {
            Self::BadHeader(_) | Self::WrongContentType => "bad_headers",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::BrokenOff => "broken_off",
            Self::WrongSignature => "wrong_signature",
            Self::NotUtf8(_) | Self::BadJson(_) | Self::NotAnObject => "bad_json",
            Self::Storage(_) | Self::Unchecked(_) => "failed",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadHeader(_) | Self::WrongContentType | Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::NotUtf8(_) | Self::BadJson(_) | Self::NotAnObject => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::WrongSignature => StatusCode::UNAUTHORIZED,
            Self::Storage(_) | Self::Unchecked(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::TooSlow => Self::TooSlow,
            Unread::BrokenOff => Self::BrokenOff,
        }
    }
}

#[cfg(test)]
mod tests;
