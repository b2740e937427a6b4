//! Do check runs keep GitHub's limits?

use super::client::{Reply, get, patch, post};
use crate::support::github::GitHub;
use crate::support::history::{small_edit, tiny};
use serde_json::{Value, json};

const RUNS: &str = "/repos/octo/engine/check-runs";

struct Scene {
    github: GitHub,
    token: String,
    head: String,
}

fn scene() -> Scene {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    let head = github.tip("octo/engine", "main");
    Scene { github, token, head }
}

impl Scene {
    async fn create(&self, more: Value) -> Reply {
        let mut body = json!({ "name": "hyperion", "head_sha": self.head });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(&self.github, &self.token, RUNS, body).await
    }
}

fn annotations(n: usize) -> Value {
    let one = |line| json!({ "path": "src/parser.py", "start_line": line, "end_line": line, "annotation_level": "notice", "message": "here" });
    (1..=n).map(one).collect()
}

#[tokio::test]
async fn annotations_are_appended_and_a_fifty_first_in_one_request_is_refused() {
    let scene = scene();
    let output = |n| json!({ "output": { "title": "t", "summary": "s", "annotations": annotations(n) } });
    let run = scene.create(output(50)).await;
    assert_eq!(run.status, 201, "{}", run.document);
    let path = format!("{RUNS}/{}", run.document["id"]);
    let more = patch(&scene.github, &scene.token, &path, output(30)).await;
    assert_eq!(more.document["output"]["annotations_count"], 80);
    let listed = get(&scene.github, &scene.token, &format!("{path}/annotations?per_page=100")).await;
    assert_eq!(listed.document.as_array().unwrap().len(), 80);
    scene.github.assert_clean();

    let refused = patch(&scene.github, &scene.token, &path, output(51)).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.message().contains("No more than 50 items are allowed; 51 were supplied."),
        "{}",
        refused.message()
    );
    assert_eq!(scene.github.all_check_runs()[0].annotations.len(), 80);
    assert!(!scene.github.take_violations().is_empty());
}

#[tokio::test]
async fn a_summary_of_65536_characters_and_a_fourth_button_are_refused() {
    let scene = scene();
    let long = scene.create(json!({ "output": { "title": "t", "summary": "é".repeat(65_536) } })).await;
    assert!(long.message().contains("Only 65535 characters are allowed; 65536 were supplied."), "{}", long.message());
    let button = json!({ "label": "Again", "description": "Look again", "identifier": "again" });
    let buttons = scene.create(json!({ "actions": [button, button, button, button] })).await;
    assert_eq!(buttons.status, 422);
    assert_eq!(scene.create(json!({ "output": { "title": "t", "summary": "é".repeat(65_535) } })).await.status, 201);
    assert_eq!(scene.github.take_violations().len(), 2);
}

#[tokio::test]
async fn a_completed_run_needs_a_conclusion_and_a_conclusion_completes() {
    let scene = scene();
    assert_eq!(scene.create(json!({ "status": "completed" })).await.status, 422);
    assert!(scene.github.take_violations()[0].contains("`completed` needs a `conclusion`"));
    let run = scene.create(json!({ "status": "in_progress" })).await;
    assert_eq!(run.document["status"], "in_progress");
    let path = format!("{RUNS}/{}", run.document["id"]);
    let done = patch(&scene.github, &scene.token, &path, json!({ "conclusion": "neutral" })).await;
    assert_eq!((&done.document["status"], &done.document["conclusion"]), (&json!("completed"), &json!("neutral")));
    let begun = patch(&scene.github, &scene.token, &path, json!({ "status": "in_progress" })).await;
    assert_eq!((&begun.document["conclusion"], &begun.document["completed_at"]), (&Value::Null, &Value::Null));
    scene.github.assert_clean();
}

#[tokio::test]
async fn runs_of_a_commit_are_filtered_and_the_newest_of_a_name_stands_for_it() {
    let scene = scene();
    for status in ["queued", "in_progress"] {
        scene.create(json!({ "status": status, "external_id": status })).await;
    }
    let path = format!("/repos/octo/engine/commits/{}/check-runs", scene.head);
    let newest = get(&scene.github, &scene.token, &format!("{path}?check_name=hyperion&app_id=4242")).await;
    assert_eq!(newest.document["total_count"], 1);
    assert_eq!(newest.document["check_runs"][0]["external_id"], "in_progress");
    let all = get(&scene.github, &scene.token, &format!("{path}?filter=all&status=queued")).await;
    assert_eq!(all.document["check_runs"][0]["external_id"], "queued");
    assert_eq!(get(&scene.github, &scene.token, &format!("{path}?app_id=1")).await.document["total_count"], 0);
    scene.github.assert_clean();
}

#[tokio::test]
async fn a_run_on_a_commit_that_is_not_there_is_refused() {
    let scene = scene();
    let refused =
        post(&scene.github, &scene.token, RUNS, json!({ "name": "hyperion", "head_sha": "0".repeat(40) })).await;
    assert_eq!(refused.status, 422);
    assert!(refused.message().contains("No commit found for SHA"));
}

#[tokio::test]
async fn a_suite_of_a_forks_head_lists_no_pull_request() {
    let scene = scene();
    let number = scene.github.open_change_from_fork("octo/engine", "stranger", "spaces", &small_edit());
    let head = scene.github.pull_request("octo/engine", number).head;
    let own = scene.github.open_change("octo/engine", "spaces", &small_edit());
    let own_head = scene.github.pull_request("octo/engine", own).head;
    // The same change on the same parent is the same commit: a second one makes the fork's head its own.
    let more = crate::support::history::deletion();
    let fork_head = scene.github.push("stranger/engine", "spaces", &more);
    assert!(head == own_head && fork_head != own_head);
    for (head, n_pulls) in [(fork_head, 0), (own_head, 1)] {
        let run = post(&scene.github, &scene.token, RUNS, json!({ "name": "hyperion", "head_sha": head })).await;
        assert_eq!(run.document["pull_requests"].as_array().unwrap().len(), n_pulls);
        let pulls = get(&scene.github, &scene.token, &format!("/repos/octo/engine/commits/{head}/pulls")).await;
        assert_eq!(pulls.document.as_array().unwrap().len(), n_pulls);
    }
    scene.github.assert_clean();
}
