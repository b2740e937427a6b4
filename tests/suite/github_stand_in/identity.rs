//! Who gets in?

use super::client::{ask, get, patch, post, signed, web_token, whole_claims};
use crate::support::github::{GitHub, STRANGERS_PRIVATE_KEY};
use crate::support::history::tiny;
use serde_json::json;

async fn check_web_token(claims: serde_json::Value, expected_status: u16, expected_message: &str) {
    let github = GitHub::start();
    let reply = get(&github, &web_token(&github, claims), "/app").await;
    assert_eq!(reply.status, expected_status, "{}", reply.document);
    assert!(reply.message().contains(expected_message), "{}", reply.message());
    github.assert_clean();
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn an_app_is_known_by_its_id_as_number_or_text_and_by_its_client_id() {
    check_web_token(json!({}), 200, "").await;
    check_web_token(json!({ "iss": "4242" }), 200, "").await;
    check_web_token(json!({ "iss": "Iv23liTESTCLIENTID01" }), 200, "").await;
    check_web_token(json!({ "iss": 4243 }), 404, "Integration not found").await;
}

#[tokio::test]
async fn a_web_token_must_be_of_now_and_end_within_ten_minutes() {
    check_web_token(json!({ "exp": now() + 601 + 5 }), 401, "too far in the future").await;
    check_web_token(json!({ "exp": now() - 1 }), 401, "Expiration time").await;
    check_web_token(json!({ "iat": now() + 60 }), 401, "Issued at").await;
}

#[tokio::test]
async fn a_web_token_signed_with_another_key_is_refused() {
    let github = GitHub::start();
    let token = signed(STRANGERS_PRIVATE_KEY, &whole_claims(&github, json!({})));
    assert_eq!(get(&github, &token, "/app").await.status, 401);
    assert_eq!(get(&github, "", "/app").await.status, 401);
}

#[tokio::test]
async fn an_installation_token_is_long_opaque_and_expires() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let id = github.install("octo", &["octo/engine"]);
    let path = format!("/app/installations/{id}/access_tokens");
    let minted = post(&github, &web_token(&github, json!({})), &path, json!({})).await;
    assert_eq!(minted.status, 201, "{}", minted.document);
    let token = minted.document["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("ghs_4242_") && token.contains('.') && token.len() > 400, "{} characters", token.len());
    assert_eq!(github.n_token_requests(), 1);

    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 200);
    github.let_tokens_age(3_601);
    let expired = get(&github, &token, "/repos/octo/engine").await;
    assert_eq!((expired.status, expired.message()), (401, "Bad credentials"));
    assert_eq!(get(&github, "", "/repos/octo/engine").await.status, 401);
    github.assert_clean();
}

#[tokio::test]
async fn a_token_sees_its_installations_repositories_and_no_others() {
    let github = GitHub::start();
    for name in ["octo/engine", "octo/other", "rival/secret"] {
        github.create_private_repository(name, &tiny());
    }
    let id = github.install("octo", &["octo/engine", "octo/other"]);
    let token = github.token_for(id);
    assert_eq!(get(&github, &token, "/repos/rival/secret").await.status, 404);
    let listed = get(&github, &token, "/installation/repositories").await;
    assert_eq!(listed.document["total_count"], 2);

    let narrow = json!({ "repositories": ["engine"], "permissions": { "contents": "read" } });
    let path = format!("/app/installations/{id}/access_tokens");
    let narrowed = post(&github, &web_token(&github, json!({})), &path, narrow).await;
    let narrowed = narrowed.document["token"].as_str().unwrap().to_owned();
    assert_eq!(get(&github, &narrowed, "/repos/octo/engine/contents/README.md").await.status, 200);
    assert_eq!(get(&github, &narrowed, "/repos/octo/other").await.status, 404);
    assert_eq!(get(&github, &narrowed, "/repos/octo/engine/pulls").await.status, 403);
    let beyond = json!({ "permissions": { "administration": "write" } });
    assert_eq!(post(&github, &web_token(&github, json!({})), &path, beyond).await.status, 422);
    github.assert_clean();
}

#[tokio::test]
async fn a_suspended_installation_is_refused_and_an_uninstalled_one_is_gone() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let id = github.install("octo", &["octo/engine"]);
    let token = github.token_for(id);
    let path = format!("/app/installations/{id}/access_tokens");
    github.suspend(id);
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 403);
    assert_eq!(ask(&github, &web_token(&github, json!({})), "POST", &path, None).await.status, 403);
    github.unsuspend(id);
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 200);
    github.uninstall(id);
    assert_eq!(get(&github, &token, "/repos/octo/engine").await.status, 401);
    assert_eq!(ask(&github, &web_token(&github, json!({})), "POST", &path, None).await.status, 404);
    github.assert_clean();
}

#[tokio::test]
async fn a_permission_that_was_not_granted_is_missing() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    github.grant("checks", Some("read"));
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    let head = github.tip("octo/engine", "main");
    let refused =
        post(&github, &token, "/repos/octo/engine/check-runs", json!({ "name": "hyperion", "head_sha": head })).await;
    assert_eq!((refused.status, refused.message()), (403, "Resource not accessible by integration"));
}

#[tokio::test]
async fn a_renamed_repository_sends_on_and_is_found_by_number() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    github.rename_repository("octo/engine", "motor");
    let moved = get(&github, &token, "/repos/octo/engine/pulls").await;
    assert_eq!(moved.status, 301);
    assert_eq!(get(&github, &token, moved.header("location")).await.status, 200);
    let written = patch(&github, &token, "/repos/octo/engine/issues/comments/1", json!({ "body": "x" })).await;
    assert_eq!(written.status, 307);
    github.assert_clean();
}

#[tokio::test]
async fn an_enterprise_server_keeps_its_path_in_front() {
    let github = GitHub::start_enterprise();
    github.create_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    assert!(github.api_url().ends_with("/api/v3"));
    let repository = get(&github, &token, "/repos/octo/engine").await;
    assert_eq!(repository.status, 200);
    assert!(repository.document["url"].as_str().unwrap().starts_with(&github.api_url()));
    github.assert_clean();
}

#[tokio::test]
async fn a_manifest_becomes_an_app_once() {
    let github = GitHub::start();
    let manifest = json!({
        "name": "Hyperion of Octo",
        "url": "https://example.com",
        "hook_attributes": { "url": "https://example.com/webhooks/github" },
        "redirect_url": "http://127.0.0.1:8000/setup/done",
        "default_permissions": { "checks": "write" },
        "default_events": ["pull_request"],
    });
    let address = github.accept_manifest(&manifest.to_string(), "a-state");
    assert!(address.starts_with("http://127.0.0.1:8000/setup/done?code=") && address.ends_with("&state=a-state"));
    let code = address.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let path = format!("/app-manifests/{code}/conversions");
    let app = ask(&github, "", "POST", &path, None).await;
    assert_eq!(app.status, 201, "{}", app.document);
    assert_eq!(app.document["slug"], "hyperion-of-octo");
    assert!(app.document["pem"].as_str().unwrap().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let token = web_token(&github, json!({ "iss": app.document["id"] }));
    assert_eq!(get(&github, &token, "/app").await.document["name"], "Hyperion of Octo");
    assert_eq!(ask(&github, "", "POST", &path, None).await.status, 404);
    github.assert_clean();
}
