//! May this coverage report come in?
//!
//! In: a report from somebody's build, with the server's API token. Out: an answer once the report is checked and kept;
//! a job finds out later which files it means. Nothing is taken without a token, and a report that makes no sense is
//! turned away with its line.

use super::body::{Unread, read};
use super::{State, refusal};
use crate::code::coverage;
use crate::domain::{CommitId, RepoName};
use crate::pipeline::{Place, ReadCoverage, Work, repository_key};
use crate::store::chain;
use axum::body::Body;
use axum::extract::{self, Path};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use subtle::ConstantTimeEq;

/// `POST /api/v2/repos/{owner}/{name}/coverage/{commit}`.
pub(super) async fn receive(
    extract::State(state): extract::State<State>,
    Path((owner, name, commit)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take_in(&state, &headers, (&owner, &name, &commit), body).await {
        Ok(n_files) => {
            (StatusCode::ACCEPTED, Json(serde_json::json!({ "status": "accepted", "files": n_files }))).into_response()
        }
        Err((status, reason)) => refusal(status, &reason),
    }
}

type Refused = (StatusCode, String);

async fn take_in(
    state: &State,
    headers: &HeaderMap,
    (owner, name, commit): (&str, &str, &str),
    body: Body,
) -> Result<usize, Refused> {
    require_token(state, headers)?;
    let bad = |reason: String| (StatusCode::BAD_REQUEST, reason);
    let name: RepoName = format!("{owner}/{name}").parse().map_err(|error| bad(format!("{error}")))?;
    let commit: CommitId = commit.parse().map_err(|error| bad(format!("{error}")))?;
    let unknown = || (StatusCode::NOT_FOUND, format!("`{name}` is not known here: is the App installed on it?"));
    let repository = state.store.repository_named(&name).await.map_err(unavailable)?.ok_or_else(unknown)?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = read(body, announced, &state.budget).await.map_err(unread)?;
    let checking = tokio::task::spawn_blocking(move || {
        let checked = coverage::read(&body.bytes).map(|report| report.files.len());
        (body, checked)
    });
    let (body, checked) = checking.await.map_err(unavailable)?;
    let n_files = checked.map_err(|fault| bad(fault.to_string()))?;
    let (key, now) = (repository_key(repository.id), state.clock.now());
    if !state.store.add_coverage_upload(&key, commit, body.bytes, now).await.map_err(unavailable)? {
        let reason = format!("too many reports wait for `{}` already", commit.short());
        return Err((StatusCode::TOO_MANY_REQUESTS, reason));
    }
    let place = Place {
        installation_id: repository.installation_id,
        repository_id: repository.id,
        repository: repository.name,
    };
    let job = Work::ReadCoverage(ReadCoverage { place, commit }).into_job(None, now);
    state.store.enqueue(&job).await.map_err(unavailable)?;
    Ok(n_files)
}

/// The token is compared in constant time: how long a wrong answer takes must not tell how wrong it was.
fn require_token(state: &State, headers: &HeaderMap) -> Result<(), Refused> {
    let Some(token) = &state.api_token else {
        let reason = "this server takes no uploads: `HYPERION_API_TOKEN` is not set";
        return Err((StatusCode::FORBIDDEN, reason.to_owned()));
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_right = given.is_some_and(|given| given.trim().as_bytes().ct_eq(token.expose().as_bytes()).into());
    if is_right {
        Ok(())
    } else {
        Err((StatusCode::UNAUTHORIZED, "expected `Authorization: Bearer` with the API token".to_owned()))
    }
}

fn unread(unread: Unread) -> Refused {
    match unread {
        Unread::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "expected a smaller report: send one for each part".to_owned())
        }
        Unread::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the report took too long to arrive".to_owned()),
        Unread::BrokenOff => (StatusCode::BAD_REQUEST, "the report broke off".to_owned()),
    }
}

fn unavailable(error: impl std::error::Error + 'static) -> Refused {
    tracing::error!(error = chain(&error), "could not keep a coverage report");
    (StatusCode::SERVICE_UNAVAILABLE, "the report could not be kept, please send it again".to_owned())
}
