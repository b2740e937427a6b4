//! What each operation sends, and that doing it again does it once.

use super::server::*;
use crate::domain::{CommitId, RepoName, Timestamp};
use crate::github::{CommentKind, Completion, Connection, Error, Permission, Reaction, exchange_manifest_code};
use crate::review::{Annotation, AnnotationLevel, Conclusion, LineNote};
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";
const RUNS: &str = "POST /repos/octo/hello/check-runs";
const RUNS_OF_HEAD: &str = "GET /repos/octo/hello/commits/1111111111111111111111111111111111111111/check-runs";
const GET_RUN: &str = "GET /repos/octo/hello/check-runs/9";
const PATCH_RUN: &str = "PATCH /repos/octo/hello/check-runs/9";
const LIST_COMMENTS: &str = "GET /repos/octo/hello/issues/3/comments";
const POST_COMMENT: &str = "POST /repos/octo/hello/issues/3/comments";
const LIST_REVIEWS: &str = "GET /repos/octo/hello/pulls/3/reviews";
const POST_REVIEW: &str = "POST /repos/octo/hello/pulls/3/reviews";
const MARKER: &str = "<!-- hyperion:summary -->";

fn repo() -> RepoName {
    "octo/hello".parse().unwrap()
}

fn head() -> CommitId {
    HEAD.parse().unwrap()
}

fn no_runs() -> Reply {
    ok(json!({ "total_count": 0, "check_runs": [] }))
}

fn run(id: u64, app_id: u64, external_id: &str) -> Value {
    json!({ "id": id, "external_id": external_id, "status": "in_progress", "app": { "id": app_id }, "output": { "title": null } })
}

#[tokio::test]
async fn a_check_starts_in_progress_under_its_external_id() {
    let server = Server::start().await;
    server.on(RUNS_OF_HEAD, [no_runs()]);
    server.on(RUNS, [Reply::With(201, Vec::new(), run(9, APP_ID, "job-1"))]);
    let id = server.installation().start_check(&repo(), head(), "job-1", Timestamp(NOW)).await.unwrap().id;
    assert_eq!(id, 9);
    assert_eq!(server.seen(RUNS_OF_HEAD)[0].query, "check_name=hyperion&filter=all&app_id=42&per_page=100");
    let expected = json!({
        "name": "hyperion", "head_sha": HEAD, "external_id": "job-1", "status": "in_progress",
        "started_at": Timestamp(NOW).to_string(),
    });
    assert_eq!(server.seen(RUNS)[0].body, expected);
}

#[tokio::test]
async fn a_check_that_was_started_before_is_used_again_but_only_our_own() {
    let server = Server::start().await;
    let runs = json!([run(7, 1, "job-1"), run(8, APP_ID, "job-0"), run(9, APP_ID, "job-1")]);
    server.on(RUNS_OF_HEAD, [ok(json!({ "check_runs": runs }))]);
    let id = server.installation().start_check(&repo(), head(), "job-1", Timestamp(NOW)).await.unwrap().id;
    assert_eq!((id, server.n(RUNS)), (9, 0));
}

#[tokio::test]
async fn a_check_whose_creation_went_unanswered_is_not_created_twice() {
    let server = Server::start().await;
    server.on(RUNS_OF_HEAD, [no_runs(), ok(json!({ "check_runs": [run(9, APP_ID, "job-1")] }))]);
    server.on(RUNS, [Reply::Drop]);
    let id = server.installation().start_check(&repo(), head(), "job-1", Timestamp(NOW)).await.unwrap().id;
    assert_eq!((id, server.n(RUNS)), (9, 1));
}

#[tokio::test]
async fn a_check_whose_creation_answer_is_unreadable_is_found_and_not_created_twice() {
    let server = Server::start().await;
    server.on(RUNS_OF_HEAD, [no_runs(), ok(json!({ "check_runs": [run(9, APP_ID, "job-1")] }))]);
    server.on(RUNS, [Reply::With(201, Vec::new(), json!({ "unexpected": true }))]);
    let id = server.installation().start_check(&repo(), head(), "job-1", Timestamp(NOW)).await.unwrap().id;
    assert_eq!((id, server.n(RUNS)), (9, 1));
}

fn annotations(n: usize) -> Vec<Annotation> {
    (1..=n)
        .map(|line| Annotation {
            path: "src/lib.rs".to_owned(),
            line: line as u32,
            level: AnnotationLevel::Warning,
            title: "Risk 0.71".to_owned(),
            message: "why".to_owned(),
        })
        .collect()
}

/// Completes run 9, which has `annotations_counts` at each look, with `n` annotations; gives the lines sent in each part
/// and the status of the last.
async fn complete(n: usize, counts: &[usize], replies: Vec<Reply>) -> (Result<(), Error>, Vec<Vec<u64>>, Vec<Value>) {
    let server = Server::start().await;
    let progress =
        |count: &usize| ok(json!({ "id": 9, "status": "in_progress", "output": { "annotations_count": count } }));
    server.on(GET_RUN, counts.iter().map(progress).collect::<Vec<_>>());
    server.on(PATCH_RUN, replies);
    let annotations = annotations(n);
    let completion =
        Completion { conclusion: Conclusion::Neutral, title: "Risk 0.71", summary: "text", annotations: &annotations };
    let result = server.installation().complete_check(&repo(), 9, &completion).await;
    let bodies: Vec<Value> = server.seen(PATCH_RUN).into_iter().map(|seen| seen.body).collect();
    let lines = |body: &Value| {
        let annotations = body["output"]["annotations"].as_array().cloned().unwrap_or_default();
        annotations.iter().map(|annotation| annotation["start_line"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    (result, bodies.iter().map(lines).collect(), bodies)
}

fn done() -> Reply {
    ok(json!({ "id": 9 }))
}

#[tokio::test]
async fn a_check_without_annotations_ends_in_one_request() {
    let (result, parts, bodies) = complete(0, &[0], vec![done()]).await;
    result.unwrap();
    assert_eq!(parts, [Vec::<u64>::new()]);
    let expected = json!({
        "status": "completed", "conclusion": "neutral", "output": { "title": "Risk 0.71", "summary": "text" },
    });
    assert_eq!(bodies[0], expected);
}

#[tokio::test]
async fn annotations_go_in_fifties_and_the_last_part_ends_the_check() {
    let (result, parts, bodies) = complete(120, &[0], vec![done()]).await;
    result.unwrap();
    assert_eq!(parts, [(1..=50).collect::<Vec<_>>(), (51..=100).collect(), (101..=120).collect()]);
    let conclusions: Vec<bool> = bodies.iter().map(|body| body["conclusion"] == "neutral").collect();
    assert_eq!(conclusions, [false, false, true]);
}

#[tokio::test]
async fn annotations_continue_where_a_crash_left_them() {
    let (result, parts, _) = complete(120, &[50], vec![done()]).await;
    result.unwrap();
    assert_eq!(parts, [(51..=100).collect::<Vec<_>>(), (101..=120).collect()]);
    let (result, parts, bodies) = complete(120, &[120], vec![done()]).await;
    result.unwrap();
    assert_eq!((parts, &bodies[0]["status"]), (vec![Vec::new()], &json!("completed")));
}

#[tokio::test]
async fn a_part_whose_answer_was_lost_is_not_appended_twice() {
    let (result, parts, _) = complete(60, &[0, 50], vec![Reply::Drop, done()]).await;
    result.unwrap();
    assert_eq!(parts, [(1..=50).collect::<Vec<_>>(), (51..=60).collect()]);
    let (result, parts, _) = complete(60, &[0, 0], vec![status(502), done()]).await;
    result.unwrap();
    assert_eq!(parts, [(1..=50).collect::<Vec<_>>(), (1..=50).collect(), (51..=60).collect()]);
}

#[tokio::test]
async fn a_comment_is_edited_in_place() {
    let server = Server::start().await;
    server.on("PATCH /repos/octo/hello/issues/comments/5", [done()]);
    let id = server.installation().upsert_comment(&repo(), 3, MARKER, "new", Some(5)).await.unwrap();
    assert_eq!(id, 5);
    assert_eq!(server.lines(), ["PATCH /repos/octo/hello/issues/comments/5"]);
    let body = server.seen("PATCH /repos/octo/hello/issues/comments/5")[0].body.clone();
    assert_eq!(body, json!({ "body": format!("new\n\n{MARKER}") }));
}

#[tokio::test]
async fn a_comment_is_found_by_marker_and_authorship() {
    let server = Server::start().await;
    let comment = |id: u64, login: &str, app: Value| json!({ "id": id, "body": format!("x {MARKER}"), "user": { "login": login }, "performed_via_github_app": app });
    let comments = json!([
        comment(1, "mallory", Value::Null),
        comment(2, "other[bot]", json!({ "id": 1 })),
        { "id": 3, "body": "no marker", "user": { "login": "hyperion[bot]" } },
        comment(4, "hyperion[bot]", Value::Null),
    ]);
    server.on(LIST_COMMENTS, [ok(comments)]);
    server.on("PATCH /repos/octo/hello/issues/comments/4", [done()]);
    let id = server.installation().upsert_comment(&repo(), 3, MARKER, "new", None).await.unwrap();
    assert_eq!((id, server.n(POST_COMMENT)), (4, 0));
}

#[tokio::test]
async fn a_deleted_comment_is_written_anew() {
    let server = Server::start().await;
    server.on("PATCH /repos/octo/hello/issues/comments/5", [status(404)]);
    server.on(LIST_COMMENTS, [ok(json!([]))]);
    server.on(POST_COMMENT, [Reply::With(201, Vec::new(), json!({ "id": 6 }))]);
    let id = server.installation().upsert_comment(&repo(), 3, MARKER, "new", Some(5)).await.unwrap();
    assert_eq!((id, server.n(POST_COMMENT)), (6, 1));
}

#[tokio::test]
async fn a_command_is_answered_once() {
    let server = Server::start().await;
    let marker = "<!-- hyperion:help:77 -->";
    let answered = json!([{ "id": 8, "body": marker, "performed_via_github_app": { "id": APP_ID } }]);
    server.on(LIST_COMMENTS, [ok(answered)]);
    assert_eq!(server.installation().comment_once(&repo(), 3, marker, "help").await.unwrap(), 8);
    assert_eq!(server.lines(), [LIST_COMMENTS]);
}

fn note(path: &str, line: u32) -> LineNote {
    LineNote { path: path.to_owned(), line, body: "why".to_owned() }
}

async fn review(server: &Server, notes: &[LineNote]) -> Option<u64> {
    server.installation().post_review(&repo(), 3, head(), MARKER, notes).await.unwrap()
}

fn lines_of(seen: &Seen) -> Vec<u64> {
    seen.body["comments"].as_array().unwrap().iter().map(|comment| comment["line"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn line_notes_go_in_one_review() {
    let server = Server::start().await;
    server.on(LIST_REVIEWS, [ok(json!([{ "id": 1, "body": MARKER, "user": { "login": "mallory" } }]))]);
    server.on(POST_REVIEW, [ok(json!({ "id": 12 }))]);
    assert_eq!(review(&server, &[note("a.rs", 3)]).await, Some(12));
    let expected = json!({
        "commit_id": HEAD, "event": "COMMENT", "body": MARKER,
        "comments": [{ "path": "a.rs", "line": 3, "side": "RIGHT", "body": "why" }],
    });
    assert_eq!(server.seen(POST_REVIEW)[0].body, expected);
}

#[tokio::test]
async fn a_review_that_stands_is_not_posted_again() {
    let server = Server::start().await;
    server.on(LIST_REVIEWS, [ok(json!([{ "id": 11, "body": MARKER, "user": { "login": "hyperion[bot]" } }]))]);
    assert_eq!(review(&server, &[note("a.rs", 3)]).await, Some(11));
    assert_eq!(review(&server, &[]).await, None);
    assert_eq!(server.lines(), [LIST_REVIEWS]);
}

fn line_refused() -> Reply {
    Reply::With(422, Vec::new(), json!({ "message": "Unprocessable Entity", "errors": ["Line could not be resolved"] }))
}

fn with_files(server: &Server) {
    server.on(LIST_REVIEWS, [ok(json!([]))]);
    let files = json!([{ "filename": "a.rs", "patch": "@@ -1,2 +1,3 @@\n a\n+b\n c" }, { "filename": "big.rs" }]);
    server.on("GET /repos/octo/hello/pulls/3/files", [ok(files)]);
}

#[tokio::test]
async fn a_note_outside_the_diff_does_not_cost_the_others() {
    let server = Server::start().await;
    with_files(&server);
    server.on(POST_REVIEW, [line_refused(), ok(json!({ "id": 12 }))]);
    let notes = [note("a.rs", 3), note("a.rs", 4), note("big.rs", 1), note("gone.rs", 1)];
    assert_eq!(review(&server, &notes).await, Some(12));
    let sent: Vec<_> = server.seen(POST_REVIEW).iter().map(lines_of).collect();
    assert_eq!(sent, [vec![3, 4, 1, 1], vec![3]]);
}

#[tokio::test]
async fn notes_that_are_all_refused_are_left_out() {
    for (notes, n_posts) in
        [(vec![note("big.rs", 1)], 1), (vec![note("a.rs", 1)], 1), (vec![note("a.rs", 1), note("a.rs", 9)], 2)]
    {
        let server = Server::start().await;
        with_files(&server);
        server.on(POST_REVIEW, [line_refused()]);
        assert_eq!(review(&server, &notes).await, None);
        assert_eq!(server.n(POST_REVIEW), n_posts);
    }
}

#[tokio::test]
async fn a_reaction_may_be_repeated() {
    let server = Server::start().await;
    let on_line = "POST /repos/octo/hello/pulls/comments/5/reactions";
    let in_conversation = "POST /repos/octo/hello/issues/comments/5/reactions";
    server.on(on_line, [status(502), ok(json!({}))]);
    server.on(in_conversation, [ok(json!({}))]);
    let installation = server.installation();
    installation.react(&repo(), 5, CommentKind::Line, Reaction::Eyes).await.unwrap();
    installation.react(&repo(), 5, CommentKind::Conversation, Reaction::ThumbsUp).await.unwrap();
    assert_eq!(server.n(on_line), 2);
    assert_eq!(server.seen(in_conversation)[0].body, json!({ "content": "+1" }));
}

#[tokio::test]
async fn only_writers_have_write() {
    let server = Server::start().await;
    let line = "GET /repos/octo/hello/collaborators/a%2Fb/permission";
    let words = ["admin", "maintain", "write", "triage", "read", "none", "emperor"];
    let mut replies: Vec<Reply> = words.iter().map(|word| ok(json!({ "permission": word }))).collect();
    replies.push(status(404));
    server.on(line, replies);
    let installation = server.installation();
    let mut has_write = Vec::new();
    for _ in 0..=words.len() {
        has_write.push(installation.permission(&repo(), "a/b").await.unwrap().has_write());
    }
    assert_eq!(has_write, [true, true, true, false, false, false, false, false]);
    assert!(Permission::None < Permission::Read);
}

fn pull(number: u64, state: &str, sha: &str) -> Value {
    json!({
        "number": number, "state": state, "draft": false, "user": { "login": "octocat" },
        "head": { "sha": sha, "ref": "topic", "repo": { "full_name": "fork/hello" } },
        "base": { "sha": "2".repeat(40), "ref": "main", "repo": { "full_name": "octo/hello" } },
    })
}

#[tokio::test]
async fn a_forks_pull_request_is_found_by_its_head() {
    let server = Server::start().await;
    let by_commit = format!("GET /repos/octo/hello/commits/{HEAD}/pulls");
    let open = "GET /repos/octo/hello/pulls";
    let stale = pull(3, "open", &"3".repeat(40));
    server.on(open, [ok(json!([stale, pull(4, "open", HEAD)]))]);
    for none in [ok(json!([])), ok(json!([stale])), status(404), message(422, "No commit found for SHA")] {
        server.on(&by_commit, [none]);
        let found = server.installation().pull_requests_with_head(&repo(), head()).await.unwrap();
        assert_eq!(found.iter().map(|pull_request| pull_request.number).collect::<Vec<_>>(), [4]);
        assert_eq!(found[0].head_repo.as_ref().unwrap().to_string(), "fork/hello");
    }
    server.on(&by_commit, [ok(json!([pull(5, "closed", HEAD), pull(6, "open", HEAD)]))]);
    let n_listings = server.n(open);
    let found = server.installation().pull_requests_with_head(&repo(), head()).await.unwrap();
    assert_eq!((found[0].number, found.len(), server.n(open)), (6, 1, n_listings));
}

#[tokio::test]
async fn deliveries_are_read_back_to_a_moment_and_asked_for_again() {
    let server = Server::start().await;
    let line = "GET /app/hook/deliveries";
    let delivery = |id: u64, age: i64, status: &str| json!({ "id": id, "guid": format!("g{id}"), "delivered_at": Timestamp(NOW - age).to_string(), "status": status, "status_code": 500, "event": "push", "action": null, "installation_id": null });
    let next = format!("<{}/app/hook/deliveries?per_page=100&cursor=v1_5>; rel=\"next\"", server.api_url());
    let first = ok(json!([delivery(9, 10, "OK"), delivery(8, 20, "Invalid HTTP Response: 500")])).with("link", &next);
    let second = ok(json!([delivery(7, 30, "timed out"), delivery(6, 4_000, "OK")])).with("link", &next);
    server.on(line, [first, second]);
    let app = server.app();
    let deliveries = app.hook_deliveries_since(Timestamp(NOW - 3_600)).await.unwrap();
    let seen: Vec<_> = deliveries.iter().map(|delivery| (delivery.id, delivery.is_delivered())).collect();
    assert_eq!(seen, [(9, true), (8, false), (7, false)]);
    assert_eq!(server.n(line), 2);
    server.on("POST /app/hook/deliveries/7/attempts", [Reply::With(202, Vec::new(), json!({}))]);
    app.redeliver(7).await.unwrap();
}

#[tokio::test]
async fn the_app_knows_where_it_is_installed() {
    let server = Server::start().await;
    let installations = json!([
        { "id": 7, "account": { "login": "octo" }, "suspended_at": null },
        { "id": 8, "account": { "slug": "enterprise" }, "suspended_at": "2026-11-01T12:00:00Z" },
    ]);
    server.on("GET /app/installations", [ok(installations)]);
    server.on("GET /repos/octo/hello/installation", [ok(json!({ "id": 7 })), status(404)]);
    let app = server.app();
    let installations = app.installations().await.unwrap();
    let seen: Vec<_> = installations.iter().map(|one| (one.id, one.account.as_str(), one.is_suspended)).collect();
    assert_eq!(seen, [(7, "octo", false), (8, "enterprise", true)]);
    assert_eq!(app.installation_of(&repo()).await.unwrap(), Some(7));
    assert_eq!(app.installation_of(&repo()).await.unwrap(), None);
    assert_eq!(app.identity().await.unwrap().bot_login(), "hyperion[bot]");
    app.identity().await.unwrap();
    assert_eq!(server.n("GET /app"), 1);
}

#[tokio::test]
async fn a_manifests_code_becomes_credentials_without_being_shown() {
    let server = Server::start().await;
    let line = "POST /app-manifests/c0%2Fde/conversions";
    let app = json!({ "id": 42, "slug": "hyperion", "html_url": "https://x/apps/hyperion", "pem": "PEM", "webhook_secret": "S", "client_id": "C", "client_secret": "CS" });
    server.on(line, [Reply::With(201, Vec::new(), app), status(404)]);
    let connection = Connection::to(server.api_url());
    let credentials = exchange_manifest_code(&connection, "c0/de").await.unwrap();
    assert_eq!((credentials.app_id, credentials.private_key_pem.expose()), (42, "PEM"));
    assert!(!format!("{credentials:?}").contains("PEM"));
    assert_eq!(server.seen(line)[0].authorization, None);
    let error = exchange_manifest_code(&connection, "c0/de").await.unwrap_err();
    assert!(error.is_not_found() && !format!("{error:?}").contains("c0"), "{error:?}");
}

#[tokio::test]
async fn reviewers_are_the_people_who_spoke_before_the_merge_and_not_the_author() {
    let server = Server::start().await;
    let pull = |number: u64, branch: &str, merged_at: Value| {
        json!({
            "number": number, "merge_commit_sha": HEAD, "merged_at": merged_at,
            "base": { "ref": branch }, "user": { "id": 1, "type": "User" },
        })
    };
    let at = "2026-01-02T00:00:00Z";
    let pulls = json!([
        pull(5, "main", json!(at)),
        pull(4, "main", json!(null)),
        pull(3, "main", json!(at)),
        pull(2, "old", json!(at))
    ]);
    server.on("GET /repos/octo/hello/pulls", [ok(pulls)]);
    let review =
        |id: u64, kind: &str, at: &str| json!({ "id": 9, "user": { "id": id, "type": kind }, "submitted_at": at });
    let reviews = json!([
        review(1, "User", at), review(2, "User", at), review(2, "User", at), review(3, "Bot", at),
        review(4, "User", "2026-01-03T00:00:00Z"), { "id": 9, "user": null, "submitted_at": at },
    ]);
    server.on(LIST_REVIEWS, [ok(reviews)]);
    let installation = server.installation();
    let known = std::collections::HashSet::from([5]);
    let merged = installation.merged_pull_requests(&repo(), "main", &known, 10, 100).await.unwrap();
    assert_eq!(merged.iter().map(|merged| merged.number).collect::<Vec<_>>(), [3]);
    assert_eq!(installation.n_reviewers(&repo(), &merged[0]).await.unwrap(), 1);
}
