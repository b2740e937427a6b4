//! Which handler answers, and who may ask it?
//!
//! One table: the operation as GitHub's description names it, what the caller needs, the handler. An operation of the
//! cut description that is not here is a mistake in this table, and a test says so.

use super::answer::{Answer, Outcome};
use super::call::{Call, Caller};
use super::state::State;
use super::{
    app, check_run, check_suite, collaborator, comment, contents, delivery, installation, manifest, pull_request,
};
use super::{rate_limit, reaction, repository, review, token};

type Handler = fn(&mut State, &Call) -> Outcome;

/// What a caller must show.
#[derive(Debug, Clone, Copy)]
enum Needs {
    Nothing,
    /// An App's JSON web token.
    App,
    /// An installation token with one of these permissions.
    Read(&'static [&'static str]),
    Write(&'static [&'static str]),
}
use Needs::{App, Nothing, Read, Write};

const ISSUES: &[&str] = &["issues", "pull_requests"];
const PULLS: &[&str] = &["pull_requests"];
const CHECKS: &[&str] = &["checks"];
const METADATA: &[&str] = &["metadata"];
const CONTENTS: &[&str] = &["contents"];
const COMMIT_PULLS: &[&str] = &["pull_requests", "contents"];

#[rustfmt::skip]
const ROUTES: &[(&str, &str, Needs, Handler)] = &[
    ("GET", "/app", App, app::get),
    ("GET", "/app/hook/deliveries", App, delivery::list),
    ("GET", "/app/hook/deliveries/{delivery_id}", App, delivery::get),
    ("POST", "/app/hook/deliveries/{delivery_id}/attempts", App, delivery::attempt),
    ("GET", "/app/installations", App, installation::list),
    ("GET", "/app/installations/{installation_id}", App, installation::get),
    ("POST", "/app/installations/{installation_id}/access_tokens", App, token::mint),
    ("POST", "/app-manifests/{code}/conversions", Nothing, manifest::convert),
    ("GET", "/installation/repositories", Read(METADATA), installation::repositories),
    ("GET", "/rate_limit", Read(METADATA), rate_limit::get),
    ("GET", "/repos/{owner}/{repo}", Read(METADATA), repository::get),
    ("GET", "/repos/{owner}/{repo}/installation", App, installation::of_repository),
    ("POST", "/repos/{owner}/{repo}/check-runs", Write(CHECKS), check_run::create),
    ("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", Read(CHECKS), check_run::get),
    ("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", Write(CHECKS), check_run::update),
    ("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", Read(CHECKS), check_run::annotations),
    ("POST", "/repos/{owner}/{repo}/check-suites", Write(CHECKS), check_suite::create),
    ("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}", Read(CHECKS), check_suite::get),
    ("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", Read(CHECKS), check_suite::runs),
    ("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", Read(METADATA), collaborator::permission),
    ("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", Read(COMMIT_PULLS), pull_request::of_commit),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", Read(CHECKS), check_run::of_commit),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites", Read(CHECKS), check_suite::of_commit),
    ("GET", "/repos/{owner}/{repo}/contents/{path}", Read(CONTENTS), contents::get),
    ("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", Read(ISSUES), comment::get),
    ("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", Write(ISSUES), comment::update),
    ("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", Read(ISSUES), reaction::list),
    ("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", Write(ISSUES), reaction::create),
    ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", Read(ISSUES), comment::list),
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", Write(ISSUES), comment::create),
    ("GET", "/repos/{owner}/{repo}/pulls", Read(PULLS), pull_request::list),
    ("GET", "/repos/{owner}/{repo}/pulls/comments/{comment_id}", Read(PULLS), review::get_comment),
    ("GET", "/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions", Read(PULLS), reaction::list),
    ("POST", "/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions", Write(PULLS), reaction::create),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", Read(PULLS), pull_request::get),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/comments", Read(PULLS), review::comments_of_pull),
    ("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", Write(PULLS), review::reply),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", Read(PULLS), pull_request::files),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Read(PULLS), review::list),
    ("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Write(PULLS), review::create),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", Read(PULLS), review::get),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments", Read(PULLS), review::comments_of_review),
];

/// Answers a call whose operation is known: first who asks, then whether the body is right, then the work.
pub fn answer(state: &mut State, method: &str, template: &str, call: &Call, body_errors: &[String]) -> Answer {
    let route = ROUTES.iter().find(|(m, t, ..)| *m == method && *t == template);
    let Some((_, _, needs, handler)) = route else {
        state.defects.push(format!("no handler for {method} {template}"));
        return Answer::refusal(501, "The stand-in does not know this operation");
    };
    let admitted = admit(state, *needs, call).and_then(|()| accept(body_errors));
    admitted.and_then(|()| handler(state, call)).unwrap_or_else(|refusal| refusal)
}

fn accept(body_errors: &[String]) -> Result<(), Answer> {
    let refusal = || Answer::refusal(422, &format!("Invalid request.\n\n{}", body_errors.join("\n")));
    body_errors.is_empty().then_some(()).ok_or_else(refusal)
}

fn admit(state: &State, needs: Needs, call: &Call) -> Result<(), Answer> {
    let (names, level) = match (needs, &call.caller) {
        (Nothing, _) | (App, Caller::App { .. }) => return Ok(()),
        (App, _) => return Err(Answer::refusal(401, "A JSON web token could not be decoded")),
        // GitHub lets anyone read what is public; a bot that forgets its token is a mistake all the same.
        (_, Caller::Anonymous) => return Err(Answer::refusal(401, "Requires authentication")),
        (Read(names), _) => (names, "read"),
        (Write(names), _) => (names, "write"),
    };
    let token = state.calling_token(call)?;
    let is_granted = |name: &&str| match token.permissions.get(*name).map(String::as_str) {
        Some("write") => true,
        Some("read") => level == "read",
        _ => *name == "metadata",
    };
    let refused = || Answer::refusal(403, "Resource not accessible by integration");
    names.iter().any(is_granted).then_some(()).ok_or_else(refused)
}

/// Every operation that has a handler.
pub fn operations() -> Vec<(&'static str, &'static str)> {
    ROUTES.iter().map(|(method, template, ..)| (*method, *template)).collect()
}
