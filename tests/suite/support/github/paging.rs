//! Which part of a long list was asked for?
//!
//! In: all items and the call's `per_page` and `page`. Out: that page and a `Link` header. Links name the repository by
//! number, as GitHub's do: whoever follows them must not expect the path it asked for.

use super::answer::Answer;
use super::call::Call;
use super::state::State;
use serde_json::{Value, json};

const DEFAULT_PER_PAGE: usize = 30;
const MOST_PER_PAGE: usize = 100;

/// One page of `items` as a bare list.
pub fn list(state: &State, call: &Call, items: Vec<Value>) -> Answer {
    paged(state, call, items, |_, page| Value::Array(page))
}

/// One page of `items` as `{"total_count": …, name: […]}`.
pub fn counted(state: &State, call: &Call, name: &str, items: Vec<Value>) -> Answer {
    paged(state, call, items, |total, page| json!({ "total_count": total, name: page }))
}

fn paged(state: &State, call: &Call, items: Vec<Value>, wrap: impl FnOnce(usize, Vec<Value>) -> Value) -> Answer {
    let per_page = number(call, "per_page").unwrap_or(DEFAULT_PER_PAGE).clamp(1, MOST_PER_PAGE);
    let page = number(call, "page").unwrap_or(1).max(1);
    let n_items = items.len();
    let n_pages = n_items.div_ceil(per_page).max(1);
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * per_page).take(per_page).collect();
    let answer = Answer::json(200, &wrap(n_items, shown));
    let links = links(state, call, per_page, page, n_pages);
    if links.is_empty() { answer } else { answer.with_header("link", links.join(", ")) }
}

fn number(call: &Call, name: &str) -> Option<usize> {
    call.query(name)?.parse().ok()
}

fn links(state: &State, call: &Call, per_page: usize, page: usize, n_pages: usize) -> Vec<String> {
    let mut targets = Vec::new();
    if page > 1 {
        targets.extend([("prev", page - 1), ("first", 1)]);
    }
    if page < n_pages {
        targets.extend([("next", page + 1), ("last", n_pages)]);
    }
    let base = format!("{}{}", state.urls.api, numbered_path(state, call));
    let kept: String = call
        .query
        .iter()
        .filter(|(name, _)| name != "page" && name != "per_page")
        .map(|(name, value)| format!("{name}={value}&"))
        .collect();
    let link =
        |(relation, page): (&str, usize)| format!("<{base}?{kept}per_page={per_page}&page={page}>; rel=\"{relation}\"");
    targets.into_iter().map(link).collect()
}

/// `/repos/octo/engine/pulls` becomes `/repositories/17/pulls`.
fn numbered_path(state: &State, call: &Call) -> String {
    let Some(repository) = state.repository_named(call.parameter("owner"), call.parameter("repo")) else {
        return call.path.clone();
    };
    let prefix = format!("/repos/{}/{}", call.parameter("owner"), call.parameter("repo"));
    call.path.replacen(&prefix, &format!("/repositories/{}", repository.id), 1)
}
