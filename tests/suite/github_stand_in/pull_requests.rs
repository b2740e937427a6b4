//! Do pull requests move as they do on GitHub, and do reviews stay on the diff?

use super::client::{get, post};
use crate::support::git;
use crate::support::github::{GitHub, NewPull};
use crate::support::history::{self, commit, small_edit, tiny};
use serde_json::{Value, json};

fn scene() -> (GitHub, String) {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    github.drop_pending();
    (github, token)
}

fn sent(github: &GitHub) -> Vec<String> {
    let names = github.pending().iter().map(|delivery| delivery.name()).collect();
    github.drop_pending();
    names
}

#[tokio::test]
async fn a_push_moves_the_pull_request_its_ref_and_says_so() {
    let (github, token) = scene();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    assert_eq!(sent(&github), ["push", "check_suite.requested", "pull_request.opened"]);
    let head = github.push("octo/engine", "spaces", &history::deletion());
    assert_eq!(sent(&github), ["push", "check_suite.requested", "pull_request.synchronize"]);
    let document = get(&github, &token, &format!("/repos/octo/engine/pulls/{number}")).await.document;
    assert_eq!(document["head"]["sha"], head.as_str());
    assert_eq!((&document["commits"], &document["changed_files"]), (&json!(2), &json!(2)));
    assert_eq!(git::line(&github.directory_of("octo/engine"), &["rev-parse", "refs/pull/1/head"]), head);
    github.assert_clean();
}

#[tokio::test]
async fn a_forced_push_is_called_forced_and_a_deleted_branch_closes() {
    let (github, _) = scene();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    github.drop_pending();
    github.force_push("octo/engine", "spaces", "main", &history::deletion());
    let push = github.pending()[0].document();
    assert_eq!((&push["forced"], &push["created"]), (&json!(true), &json!(false)));
    github.drop_pending();
    github.delete_branch("octo/engine", "spaces");
    assert_eq!(sent(&github), ["push", "pull_request.closed"]);
    assert!(!github.pull_request("octo/engine", number).is_open());
}

#[tokio::test]
async fn a_pull_request_of_a_deleted_fork_has_no_head_repository() {
    let (github, token) = scene();
    let number = github.open_change_from_fork("octo/engine", "stranger", "spaces", &small_edit());
    assert_eq!(sent(&github), ["pull_request.opened"], "pushes to forks are not seen");
    github.delete_repository("stranger/engine");
    let document = get(&github, &token, &format!("/repos/octo/engine/pulls/{number}")).await.document;
    assert_eq!((&document["state"], &document["head"]["repo"]), (&json!("open"), &Value::Null));
    github.assert_clean();
}

#[tokio::test]
async fn files_have_gits_patches_and_pages_lead_to_the_next() {
    let (github, token) = scene();
    let number = github.open_change("octo/engine", "moves", &history::renames());
    let path = format!("/repos/octo/engine/pulls/{number}/files");
    let files = get(&github, &token, &path).await.document;
    let seen: Vec<_> = files.as_array().unwrap().iter().map(|file| (&file["status"], &file["filename"])).collect();
    assert_eq!(
        seen,
        [(&json!("renamed"), &json!("calculator/parser.py")), (&json!("renamed"), &json!("docs/index.md"))]
    );
    assert_eq!(files[0]["previous_filename"], "src/parser.py");
    assert!(files[0]["patch"].as_str().unwrap().starts_with("@@ -3,"), "{}", files[0]["patch"]);
    assert!(files[1]["patch"].is_null());

    let number = github.open_change("octo/engine", "many", &history::many_files(70));
    let mut next = format!("{}/repos/octo/engine/pulls/{number}/files", github.api_url());
    let mut n_files = 0;
    while !next.is_empty() {
        let page = get(&github, &token, &next).await;
        n_files += page.document.as_array().unwrap().len();
        let links = page.header("link").to_owned();
        let link = links.split(", ").find(|link| link.contains("rel=\"next\"")).unwrap_or_default();
        next = link.trim_start_matches('<').split('>').next().unwrap_or_default().to_owned();
        assert!(next.is_empty() || next.contains("/repositories/"), "{next}");
    }
    assert_eq!(n_files, 70);
    github.assert_clean();
}

#[tokio::test]
async fn binary_and_huge_files_have_no_patch() {
    let (github, token) = scene();
    let changes = [history::binary(), history::huge_file()].concat();
    let number = github.open_change("octo/engine", "assets", &changes);
    let files = get(&github, &token, &format!("/repos/octo/engine/pulls/{number}/files")).await.document;
    let has_patch = |name: &str| {
        let file = files.as_array().unwrap().iter().find(|file| file["filename"] == name).unwrap();
        file["patch"].is_string()
    };
    assert!(has_patch("src/parser.py") && !has_patch("logo.png") && !has_patch("src/table.py"));
    github.assert_clean();
}

#[tokio::test]
async fn a_line_outside_the_diff_refuses_the_whole_review() {
    let (github, token) = scene();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    let path = format!("/repos/octo/engine/pulls/{number}/reviews");
    let note = |line: u64| json!({ "path": "src/parser.py", "line": line, "side": "RIGHT", "body": "Look here." });
    let review = |notes: Value| json!({ "event": "COMMENT", "body": "Three notes.", "comments": notes });
    let changed = line_of("text.strip()[0]");

    let refused = post(&github, &token, &path, review(json!([note(changed), note(changed - 4)]))).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.document["errors"], json!(["Line could not be resolved"]));
    assert!(
        github.reviews("octo/engine", number).is_empty() && github.review_comments("octo/engine", number).is_empty()
    );

    let accepted =
        post(&github, &token, &path, review(json!([note(changed), note(changed - 3), note(changed + 3)]))).await;
    assert_eq!(accepted.status, 200, "{}", accepted.document);
    assert_eq!(github.review_comments("octo/engine", number).len(), 3);
    let listed = get(&github, &token, &format!("/repos/octo/engine/pulls/{number}/comments")).await;
    assert_eq!(listed.document[0]["line"], changed);
    github.assert_clean();
}

#[tokio::test]
async fn a_range_must_go_forward_within_one_hunk_and_a_path_must_be_changed() {
    let (github, token) = scene();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    let path = format!("/repos/octo/engine/pulls/{number}/reviews");
    let changed = line_of("text.strip()[0]");
    let check = async |note: Value, expected: u16| {
        let body = json!({ "event": "COMMENT", "body": "A note.", "comments": [note] });
        let reply = post(&github, &token, &path, body).await;
        assert_eq!(reply.status, expected, "{}", reply.document);
    };
    let range = |start: u64, end: u64| json!({ "path": "src/parser.py", "start_line": start, "start_side": "RIGHT", "line": end, "side": "RIGHT", "body": "x" });
    check(range(changed - 1, changed), 200).await;
    check(range(changed, changed), 422).await;
    check(range(changed - 9, changed), 422).await;
    check(json!({ "path": "src/main.py", "line": 1, "side": "RIGHT", "body": "x" }), 422).await;
    check(json!({ "path": "src/parser.py", "line": changed, "side": "LEFT", "body": "x" }), 200).await;
    github.assert_clean();
}

fn line_of(text: &str) -> u64 {
    let changed = history::PARSER.replace("text[0]", "text.strip()[0]");
    1 + changed.lines().position(|line| line.contains(text)).unwrap() as u64
}

#[tokio::test]
async fn pull_requests_are_listed_by_head_base_and_state() {
    let (github, token) = scene();
    let first = github.open_change("octo/engine", "spaces", &small_edit());
    let second = github.open_change("octo/engine", "drop", &history::deletion());
    github.close("octo/engine", second);
    let check = async |query: &str, expected: &[u64]| {
        let listed = get(&github, &token, &format!("/repos/octo/engine/pulls?{query}")).await.document;
        let numbers: Vec<u64> =
            listed.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, expected, "{query}");
    };
    check("", &[first]).await;
    check("state=all", &[second, first]).await;
    check("state=all&head=octo:drop", &[second]).await;
    check("base=other", &[]).await;
    github.assert_clean();
}

#[tokio::test]
async fn merging_and_queueing_make_merge_commits() {
    let (github, _) = scene();
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    github.drop_pending();
    let group = github.queue_for_merge("octo/engine", number);
    assert_eq!(sent(&github), ["push", "check_suite.requested", "merge_group.checks_requested"]);
    let merged = github.merge("octo/engine", number);
    assert_eq!(sent(&github), ["pull_request.closed", "push", "check_suite.requested"]);
    assert_eq!(github.tip("octo/engine", "main"), merged);
    for head in [group, merged] {
        let parents = git::line(&github.directory_of("octo/engine"), &["show", "--no-patch", "--format=%P", &head]);
        assert_eq!(parents.split(' ').count(), 2);
    }
}

#[tokio::test]
async fn an_empty_repository_takes_its_first_pull_request_once_it_has_a_branch() {
    let github = GitHub::start();
    github.create_repository("octo/new", &[]);
    let token = github.token_for(github.install("octo", &["octo/new"]));
    assert_eq!(get(&github, &token, "/repos/octo/new").await.status, 200);
    github.push("octo/new", "main", &history::first_commit());
    github.push_orphan("octo/new", "island", &[commit("Begin elsewhere").write("a.py", "a = 1\n")]);
    let new = NewPull {
        base: "octo/new",
        into: "main",
        head: "octo/new",
        branch: "island",
        author: "mona",
        title: "Join",
        is_draft: true,
    };
    let number = github.open_pull_request(new);
    let files = get(&github, &token, &format!("/repos/octo/new/pulls/{number}/files")).await.document;
    assert_eq!(files[0]["filename"], "a.py");
    github.assert_clean();
}
