//! Do comments, reactions, permissions and files answer as GitHub's do?

use super::client::{get, patch, post};
use crate::support::github::GitHub;
use crate::support::history::{small_edit, tiny};
use base64::Engine as _;
use serde_json::json;

fn scene() -> (GitHub, String, u64) {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    let number = github.open_change("octo/engine", "spaces", &small_edit());
    github.drop_pending();
    (github, token, number)
}

#[tokio::test]
async fn the_bots_comment_names_its_app_and_is_edited_in_place() {
    let (github, token, number) = scene();
    github.comment("octo/engine", number, "mona", "A person's word");
    let path = format!("/repos/octo/engine/issues/{number}/comments");
    let made = post(&github, &token, &path, json!({ "body": "Risk 0.2" })).await;
    assert_eq!(made.status, 201, "{}", made.document);
    assert_eq!(
        (&made.document["user"]["login"], &made.document["user"]["type"]),
        (&json!("hyperion-test[bot]"), &json!("Bot"))
    );
    assert_eq!(made.document["performed_via_github_app"]["id"], 4242);
    let one = format!("/repos/octo/engine/issues/comments/{}", made.document["id"]);
    patch(&github, &token, &one, json!({ "body": "Risk 0.3" })).await;
    assert_eq!(get(&github, &token, &one).await.document["body"], "Risk 0.3");
    let listed = get(&github, &token, &format!("{path}?per_page=1&page=2")).await;
    assert_eq!(listed.document[0]["body"], "Risk 0.3");
    assert_eq!(github.bot_comments("octo/engine", number)[0].n_edits, 1);
    let names: Vec<String> = github.pending().iter().map(|delivery| delivery.name()).collect();
    assert_eq!(names, ["issue_comment.created", "issue_comment.created", "issue_comment.edited"]);
    github.assert_clean();
}

#[tokio::test]
async fn an_empty_or_endless_comment_is_refused() {
    let (github, token, number) = scene();
    let path = format!("/repos/octo/engine/issues/{number}/comments");
    for body in [" ".to_owned(), "x".repeat(65_537)] {
        assert_eq!(post(&github, &token, &path, json!({ "body": body })).await.status, 422);
    }
    assert_eq!(
        post(&github, &token, "/repos/octo/engine/issues/99/comments", json!({ "body": "x" })).await.status,
        404
    );
    assert!(github.bot_comments("octo/engine", number).is_empty());
}

#[tokio::test]
async fn only_a_pull_requests_comment_event_names_a_pull_request() {
    let (github, _, number) = scene();
    let issue = github.open_issue("octo/engine", "mona", "It is slow");
    github.comment("octo/engine", number, "mona", "/hyperion help");
    github.comment("octo/engine", issue, "mona", "/hyperion help");
    let named: Vec<bool> =
        github.pending().iter().map(|delivery| delivery.document()["issue"]["pull_request"].is_object()).collect();
    assert_eq!(named, [true, false]);
}

#[tokio::test]
async fn the_same_reaction_twice_is_one() {
    let (github, token, number) = scene();
    let comment = github.comment("octo/engine", number, "mona", "/hyperion reanalyze");
    let note = github.comment_on_line("octo/engine", number, "mona", "src/parser.py", 20, "/hyperion why");
    for path in [format!("issues/comments/{comment}"), format!("pulls/comments/{note}")] {
        let path = format!("/repos/octo/engine/{path}/reactions");
        assert_eq!(post(&github, &token, &path, json!({ "content": "eyes" })).await.status, 201);
        assert_eq!(post(&github, &token, &path, json!({ "content": "eyes" })).await.status, 200);
        assert_eq!(get(&github, &token, &path).await.document.as_array().unwrap().len(), 1);
    }
    github.assert_clean();
    let path = format!("/repos/octo/engine/issues/comments/{comment}/reactions");
    assert_eq!(post(&github, &token, &path, json!({ "content": "thumbs" })).await.status, 422);
    assert_eq!(github.reactions(comment).len(), 1);
}

#[tokio::test]
async fn permissions_are_roles_and_everyone_reads_what_is_public() {
    let (github, token, _) = scene();
    github.allow("octo/engine", "grace", "maintain");
    github.make_known("stranger");
    let check = async |login: &str, permission: &str, role: &str| {
        let path = format!("/repos/octo/engine/collaborators/{login}/permission");
        let document = get(&github, &token, &path).await.document;
        assert_eq!((&document["permission"], &document["role_name"]), (&json!(permission), &json!(role)));
    };
    check("octo", "admin", "admin").await;
    check("grace", "write", "maintain").await;
    check("stranger", "read", "read").await;
    assert_eq!(get(&github, &token, "/repos/octo/engine/collaborators/nobody/permission").await.status, 404);
    github.assert_clean();
}

#[tokio::test]
async fn a_files_content_is_read_at_a_commit() {
    let (github, token, _) = scene();
    let file = get(&github, &token, "/repos/octo/engine/contents/README.md").await.document;
    let content: String = file["content"].as_str().unwrap().split('\n').collect();
    let content = base64::engine::general_purpose::STANDARD.decode(content).unwrap();
    assert!(content.starts_with(b"# Calculator"));
    let before = format!("/repos/octo/engine/contents/README.md?ref={}~1", github.tip("octo/engine", "main"));
    assert_eq!(get(&github, &token, &before).await.status, 404);
    assert_eq!(get(&github, &token, "/repos/octo/engine/contents/src").await.document.as_array().unwrap().len(), 2);
    assert_eq!(get(&github, &token, "/repos/octo/engine/contents/.github/hyperion.yml").await.status, 404);
    github.assert_clean();
}
