//! Does the cut description guard what the bot sends?

use super::client::{get, post};
use crate::support::github::{DESCRIPTION, GitHub, operations};
use crate::support::history::tiny;
use serde_json::{Value, json};

#[test]
fn every_operation_of_the_description_has_a_handler() {
    let text = include_str!("../../../fixtures/github/openapi/api.github.com.cut.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let described = document["paths"].as_object().unwrap().iter().flat_map(|(template, methods)| {
        methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), template.clone()))
    });
    let mut described: Vec<(String, String)> = described.collect();
    let mut handled: Vec<_> = operations().iter().map(|(m, t)| ((*m).to_owned(), (*t).to_owned())).collect();
    described.sort();
    handled.sort();
    assert_eq!(described, handled);
}

#[test]
fn a_path_means_the_operation_with_the_most_literal_segments() {
    let check = |path: &str, expected: &str| {
        let found = DESCRIPTION.find("GET", path).map(|found| found.operation.template.clone());
        assert_eq!(found.as_deref(), Some(expected), "{path}");
    };
    check("/repos/octo/engine/pulls/comments/7", "/repos/{owner}/{repo}/pulls/comments/{comment_id}");
    check("/repos/octo/engine/pulls/7/comments", "/repos/{owner}/{repo}/pulls/{pull_number}/comments");
    check("/repos/octo/engine/contents/.github/hyperion.yml", "/repos/{owner}/{repo}/contents/{path}");
    assert!(DESCRIPTION.find("GET", "/repos/octo/engine/pulls/seven").is_none());
}

#[test]
fn wrong_bodies_are_named_and_right_ones_pass() {
    let check = |method: &str, path: &str, body: Value, is_right: bool| {
        let operation = DESCRIPTION.find(method, path).unwrap().operation;
        let problems = [operation.body_errors(Some(&body)), operation.bad_habits(&[], Some(&body))].concat();
        assert_eq!(problems.is_empty(), is_right, "{body}: {problems:?}");
    };
    let runs = "/repos/octo/engine/check-runs";
    let run = |more: Value| {
        let mut run = json!({ "name": "hyperion", "head_sha": "0".repeat(40) });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run
    };
    check("POST", runs, run(json!({ "status": "in_progress", "started_at": "2026-01-01T00:00:00Z" })), true);
    check("POST", runs, json!({ "head_sha": "0".repeat(40) }), false);
    check("POST", runs, run(json!({ "status": "bogus" })), false);
    check("POST", runs, run(json!({ "started_at": "yesterday" })), false);
    check("POST", runs, run(json!({ "conclusion": "passed" })), false);
    check("POST", runs, run(json!({ "status": "completed" })), false);
    check("POST", runs, run(json!({ "output": { "title": "no summary" } })), false);
    check("POST", runs, run(json!({ "external-id": "misspelt" })), false);
    let columns = json!({ "path": "a", "start_line": 1, "end_line": 2, "start_column": 1, "annotation_level": "notice", "message": "m" });
    check("POST", runs, run(json!({ "output": { "title": "t", "summary": "s", "annotations": [columns] } })), false);
    check("PATCH", &format!("{runs}/1"), json!({ "status": "completed", "conclusion": "success" }), true);
    check("PATCH", &format!("{runs}/1"), json!({ "status": "completed" }), false);
    let reviews = "/repos/octo/engine/pulls/1/reviews";
    let note = |more: Value| json!({ "event": "COMMENT", "body": "b", "comments": [more] });
    check("POST", reviews, note(json!({ "path": "a", "body": "b", "line": 3, "side": "RIGHT" })), true);
    check("POST", reviews, note(json!({ "path": "a", "body": "b", "line": "3" })), false);
    check("POST", reviews, note(json!({ "path": "a", "body": "b", "position": 3 })), false);
    check("POST", reviews, json!({ "event": "LGTM" }), false);
    check("POST", "/repos/octo/engine/issues/comments/1/reactions", json!({ "content": "thumbs" }), false);
}

#[tokio::test]
async fn unknown_paths_and_query_names_are_violations() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    assert_eq!(get(&github, &token, "/repos/octo/engine/branches").await.status, 404);
    get(&github, &token, "/repos/octo/engine/pulls?status=open").await;
    post(&github, &token, "/repos/octo/engine/check-runs", json!({ "head_sha": "x" })).await;
    let violations = github.take_violations();
    assert!(violations[0].contains("/branches is not among the operations"));
    assert!(violations[1].contains("unknown query name `status`"));
    assert!(violations[2].contains("\"name\" is a required property"), "{violations:?}");
    github.assert_clean();
}

#[tokio::test]
#[should_panic(expected = "requests against GitHub's description")]
async fn a_violation_fails_the_test_that_caused_it() {
    let github = GitHub::start();
    get(&github, "", "/user").await;
    github.assert_clean();
}
