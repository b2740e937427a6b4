//! Is every example of a webhook read into the event it stands for?

use super::*;
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";

fn check(event: &str, body: &Value) -> Event {
    parse(event, body.to_string().as_bytes()).unwrap()
}

/// `body` with the parts every delivery has.
fn delivery(action: &str, mut body: Value) -> Value {
    body["action"] = json!(action);
    body["repository"] = repository();
    body["installation"] = json!({ "id": 7, "node_id": "x" });
    body["sender"] = json!({ "login": "octocat" });
    body
}

fn repository() -> Value {
    json!({ "id": 5, "full_name": "octo/hello", "private": false, "default_branch": "main", "topics": [] })
}

fn expected_repository() -> Repository {
    Repository {
        id: 5,
        name: "octo/hello".parse().unwrap(),
        default_branch: Some("main".to_owned()),
        is_private: false,
    }
}

fn pull_request() -> Value {
    json!({
        "number": 3, "draft": true, "title": "@everyone", "user": { "login": "octocat", "id": 1, "type": "User" },
        "head": { "sha": HEAD, "ref": "topic", "repo": { "id": 6, "full_name": "fork/hello" } },
        "base": { "sha": BASE, "ref": "main", "repo": { "id": 5, "full_name": "octo/hello" } },
    })
}

#[test]
fn an_opened_pull_request_is_read() {
    let event = check("pull_request", &delivery("opened", json!({ "number": 3, "pull_request": pull_request() })));
    let expected = PullRequestEvent {
        action: PullRequestAction::Opened,
        number: 3,
        head_sha: HEAD.parse().unwrap(),
        base_sha: BASE.parse().unwrap(),
        base_ref: "main".to_owned(),
        is_base_changed: false,
        is_draft: true,
        author: User { login: "octocat".to_owned(), id: 1, is_bot: false },
        head_repo: Some("fork/hello".parse().unwrap()),
        repository: expected_repository(),
        installation_id: 7,
    };
    assert_eq!(event, Event::PullRequest(expected));
    assert_eq!((event.installation_id(), event.pull_request_number()), (Some(7), Some(3)));
}

#[test]
fn an_edit_tells_whether_the_base_changed() {
    let is_base_changed = |changes: Value| {
        let body = delivery("edited", json!({ "pull_request": pull_request(), "changes": changes }));
        match check("pull_request", &body) {
            Event::PullRequest(event) => event.is_base_changed,
            other => panic!("{other:?}"),
        }
    };
    assert!(is_base_changed(json!({ "base": { "ref": { "from": "old" } } })));
    assert!(!is_base_changed(json!({ "title": { "from": "old" } })));
}

#[test]
fn a_pull_request_of_a_deleted_fork_and_account_is_read() {
    let mut pull_request = pull_request();
    pull_request["head"]["repo"] = Value::Null;
    pull_request["user"] = Value::Null;
    let Event::PullRequest(event) = check("pull_request", &delivery("closed", json!({ "pull_request": pull_request })))
    else {
        panic!("not read")
    };
    assert_eq!((event.head_repo, event.author), (None, User::default()));
}

#[test]
fn a_rerequested_check_run_lists_this_repositorys_pull_requests_only() {
    let body = delivery(
        "rerequested",
        json!({ "check_run": {
            "id": 9, "head_sha": HEAD, "external_id": "job-1", "name": "hyperion", "app": { "id": 42 },
            "pull_requests": [
                { "number": 3, "base": { "repo": { "id": 5 } } },
                { "number": 900, "base": { "repo": { "id": 77 } } },
            ],
        }}),
    );
    let Event::CheckRun(event) = check("check_run", &body) else { panic!("not read") };
    assert_eq!(event.action, CheckRunAction::Rerequested);
    assert_eq!((event.check_run_id, event.external_id.as_str(), event.app_id), (9, "job-1", Some(42)));
    assert_eq!(event.pull_request_numbers, [3]);
}

#[test]
fn a_pressed_button_names_itself() {
    let body = delivery(
        "requested_action",
        json!({ "check_run": { "id": 9, "head_sha": HEAD }, "requested_action": { "identifier": "reanalyze" } }),
    );
    let Event::CheckRun(event) = check("check_run", &body) else { panic!("not read") };
    assert_eq!(event.action, CheckRunAction::RequestedAction);
    assert_eq!(event.identifier.as_deref(), Some("reanalyze"));
}

#[test]
fn a_suite_of_a_fork_lists_no_pull_requests() {
    let suite =
        json!({ "check_suite": { "head_sha": HEAD, "head_branch": null, "app": { "id": 42 }, "pull_requests": [] } });
    let Event::CheckSuite(event) = check("check_suite", &delivery("rerequested", suite)) else { panic!("not read") };
    assert_eq!(event.action, CheckSuiteAction::Rerequested);
    assert_eq!(event.pull_request_numbers, [] as [u64; 0]);
}

#[test]
fn a_comment_on_an_issue_is_told_from_one_on_a_pull_request() {
    let comment = |issue: Value| {
        let comment = json!({
            "id": 11, "body": "/hyperion help", "user": { "login": "renovate[bot]", "id": 2, "type": "Bot" },
            "author_association": "CONTRIBUTOR",
        });
        match check("issue_comment", &delivery("created", json!({ "issue": issue, "comment": comment }))) {
            Event::Comment(event) => event,
            other => panic!("{other:?}"),
        }
    };
    let opened_by = json!({ "login": "octocat", "id": 1, "type": "User" });
    let on_pull = comment(json!({ "number": 3, "user": opened_by, "pull_request": { "url": "x" } }));
    assert!(on_pull.is_pull_request && on_pull.author.is_bot);
    assert_eq!(
        (on_pull.kind, on_pull.comment_id, on_pull.opened_by.login.as_str()),
        (CommentKind::Conversation, 11, "octocat")
    );
    assert!(!comment(json!({ "number": 4, "user": opened_by })).is_pull_request);
}

#[test]
fn a_comment_on_a_line_is_read() {
    let comment = json!({ "id": 12, "body": null, "user": { "login": "octocat", "id": 1, "type": "User" } });
    let body = delivery("created", json!({ "pull_request": pull_request(), "comment": comment }));
    let Event::Comment(event) = check("pull_request_review_comment", &body) else { panic!("not read") };
    assert_eq!((event.kind, event.number, event.is_pull_request), (CommentKind::Line, 3, true));
}

#[test]
fn a_push_knows_the_default_branch() {
    let push = |reference: &str, after: &str| {
        let body = delivery("", json!({ "ref": reference, "after": after, "deleted": false }));
        match check("push", &body) {
            Event::Push(event) => (event.is_default_branch(), event.is_deletion),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(push("refs/heads/main", HEAD), (true, false));
    assert_eq!(push("refs/heads/topic", HEAD), (false, false));
    assert_eq!(push("refs/tags/main", HEAD), (false, false));
    assert_eq!(push("refs/heads/topic", &"0".repeat(40)), (false, true));
}

#[test]
fn a_merge_queue_asks_on_its_own_head() {
    let group = json!({ "merge_group": {
        "head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-3", "base_sha": BASE, "base_ref": "refs/heads/main",
    }});
    let Event::MergeGroup(event) = check("merge_group", &delivery("checks_requested", group)) else {
        panic!("not read")
    };
    assert_eq!((event.action, event.head_sha.to_string().as_str()), (MergeGroupAction::ChecksRequested, HEAD));
}

#[test]
fn an_installation_names_its_readable_repositories() {
    let body = json!({
        "action": "created",
        "installation": { "id": 7, "account": { "login": "octo" } },
        "repositories": [{ "id": 5, "full_name": "octo/hello", "private": true }, { "id": 6, "full_name": "octo/../x" }],
    });
    let Event::Installation(event) = check("installation", &body) else { panic!("not read") };
    assert_eq!((event.action, event.account.as_str()), (InstallationAction::Created, "octo"));
    assert_eq!(event.repositories.iter().map(|repository| repository.id).collect::<Vec<_>>(), [5]);
    assert!(event.repositories[0].is_private);

    let body = json!({
        "action": "removed", "installation": { "id": 7 },
        "repositories_added": [], "repositories_removed": [{ "id": 5, "full_name": "octo/hello", "private": true }],
    });
    let Event::InstallationRepositories(event) = check("installation_repositories", &body) else { panic!("not read") };
    assert_eq!((event.added.len(), event.removed.len()), (0, 1));
}

#[test]
fn a_renamed_or_transferred_repository_remembers_its_old_name() {
    let old_name =
        |action: &str, changes: Value| match check("repository", &delivery(action, json!({ "changes": changes }))) {
            Event::Repository(event) => event.old_name.map(|name| name.to_string()),
            other => panic!("{other:?}"),
        };
    let renamed = json!({ "repository": { "name": { "from": "hi" } } });
    assert_eq!(old_name("renamed", renamed).as_deref(), Some("octo/hi"));
    let transferred = json!({ "owner": { "from": { "user": null, "organization": { "login": "acme" } } } });
    assert_eq!(old_name("transferred", transferred).as_deref(), Some("acme/hello"));
    assert_eq!(old_name("deleted", json!({})), None);
}

#[test]
fn what_is_new_at_github_is_not_an_error() {
    let is_ignored = |event: &str, body: &Value| matches!(check(event, body), Event::Ignored { .. });
    assert!(is_ignored("quantum_merge", &json!({ "action": "entangled" })));
    assert!(is_ignored("ping", &json!({ "zen": "Keep it logically awesome." })));
    assert!(is_ignored("pull_request", &json!({})));
    assert!(is_ignored("pull_request", &json!([1, 2])));
    assert!(is_ignored("push", &delivery("", json!({ "ref": "refs/heads/main", "after": "not a commit" }))));
    let body = delivery("teleported", json!({ "pull_request": pull_request() }));
    let Event::PullRequest(event) = check("pull_request", &body) else { panic!("not read") };
    assert_eq!(event.action, PullRequestAction::Other);
}

#[test]
fn what_is_not_json_is_an_error_that_says_where() {
    for event in ["pull_request", "ping"] {
        let error = parse(event, b"{\"action\": 1,").unwrap_err();
        assert!(error.source.to_string().contains("line 1"), "{error}");
    }
    assert!(parse("push", b"").is_err());
    assert!(parse("push", b"\xff\xfe").is_err());
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let body = "[".repeat(1_000_000);
    assert!(parse("pull_request", body.as_bytes()).is_err());
}
