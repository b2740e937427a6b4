//! The fault table: what is tried again, what is not, and how long is waited.

use super::server::*;
use crate::domain::{CommitId, RepoName, Timestamp};
use crate::github::{App, Closed, Completion, Error, Proxy, Settings};
use crate::review::Conclusion;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const COMMENTS: &str = "/repos/octo/hello/issues/3/comments";
const PULL: &str = "GET /repos/octo/hello/pulls/3";
const MARKER: &str = "<!-- hyperion:summary -->";

fn repo() -> RepoName {
    "octo/hello".parse().unwrap()
}

fn pull_request() -> Reply {
    let side = |digit: &str| json!({ "sha": digit.repeat(40), "ref": "main", "repo": null });
    ok(json!({ "number": 3, "state": "open", "head": side("1"), "base": side("2"), "user": null }))
}

/// Asks for a pull request and gives how often the server saw it.
async fn read(replies: impl IntoIterator<Item = Reply>) -> (Result<(), Error>, usize) {
    let server = Server::start().await;
    server.on(PULL, replies);
    let result = server.installation().pull_request(&repo(), 3).await.map(|_| ());
    (result, server.n(PULL))
}

/// Writes a comment that is not there before the first try, and there from the second look on if `happened`.
async fn write(first: Reply, happened: bool) -> (Result<u64, Error>, usize) {
    let server = Server::start().await;
    let ours = json!({ "id": 9, "body": MARKER, "performed_via_github_app": { "id": APP_ID } });
    let later = if happened { json!([ours]) } else { json!([]) };
    server.on(&format!("GET {COMMENTS}"), [ok(json!([])), ok(later)]);
    server.on(&format!("POST {COMMENTS}"), [first, Reply::With(201, Vec::new(), json!({ "id": 10, "body": MARKER }))]);
    let result = server.installation().comment_once(&repo(), 3, MARKER, "text").await;
    (result, server.n(&format!("POST {COMMENTS}")))
}

#[tokio::test]
async fn a_read_is_tried_again_when_github_fails() {
    for fault in [status(500), status(502), Reply::Drop, Reply::Hang] {
        let (result, n) = read([fault, pull_request()]).await;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(n, 2);
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_three_tries() {
    let (result, n) = read([status(502)]).await;
    assert!(matches!(result, Err(Error::ServerFailed { status: 502, .. })), "{result:?}");
    assert!(result.unwrap_err().is_retryable());
    assert_eq!(n, 3);
}

#[tokio::test]
async fn a_silent_server_does_not_hold_us_for_ever() {
    let (result, n) = read([Reply::Hang]).await;
    assert!(matches!(result, Err(Error::TimedOut { .. })), "{result:?}");
    assert_eq!(n, 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let (result, n) = read([message(403, "Resource not accessible by integration")]).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub refused `GET /repos/octo/hello/pulls/3` with status 403: Resource not accessible by integration"
    );
    assert!(!error.is_retryable());
    assert_eq!(n, 1);
}

#[tokio::test]
async fn a_write_that_took_effect_unseen_is_found_and_not_repeated() {
    for fault in [status(502), Reply::Drop, Reply::Hang] {
        let (result, n_writes) = write(fault, true).await;
        assert_eq!((result.unwrap(), n_writes), (9, 1));
    }
}

#[tokio::test]
async fn a_write_that_took_no_effect_is_repeated_after_a_look() {
    for fault in [status(502), Reply::Drop, Reply::Hang] {
        let (result, n_writes) = write(fault, false).await;
        assert_eq!((result.unwrap(), n_writes), (10, 2));
    }
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for_also_by_a_write() {
    let started = std::time::Instant::now();
    let (result, n_writes) = write(message(429, "slow down").with("retry-after", 1), false).await;
    assert_eq!((result.unwrap(), n_writes), (10, 2));
    assert!(started.elapsed().as_millis() >= 1_000);
}

#[tokio::test]
async fn a_long_wait_is_handed_to_the_queue() {
    for (fault, wait) in [
        (message(403, "slow down").with("retry-after", 90), 90),
        (message(429, "slow down").with("retry-after", 90), 90),
        (message(403, "no").with("x-ratelimit-remaining", 0).with("x-ratelimit-reset", NOW + 1_200), 1_200),
        (message(403, "You have exceeded a secondary rate limit."), 60),
    ] {
        let (result, n) = read([fault]).await;
        let error = result.unwrap_err();
        assert_eq!(error.retry_at(), Some(Timestamp(NOW + wait)), "{error}");
        assert!(error.is_retryable());
        assert_eq!(n, 1);
    }
}

#[tokio::test]
async fn a_limit_holds_every_call_of_the_installation_until_it_ends() {
    let server = Server::start().await;
    server.on(PULL, [message(403, "slow down").with("retry-after", 90), pull_request()]);
    let installation = server.installation();
    assert!(installation.pull_request(&repo(), 3).await.is_err());
    assert!(installation.permission(&repo(), "octocat").await.is_err_and(|error| error.retry_at().is_some()));
    assert_eq!(server.lines(), [PULL]);
    server.advance(91);
    assert!(installation.pull_request(&repo(), 3).await.is_ok());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = Server::start().await;
    server.on(PULL, [status(401), pull_request()]);
    server.installation().pull_request(&repo(), 3).await.unwrap();
    let used: Vec<_> = server.seen(PULL).into_iter().map(|seen| seen.authorization.unwrap()).collect();
    assert_eq!(used, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn a_token_refused_twice_is_an_error() {
    let (result, n) = read([status(401)]).await;
    assert!(matches!(result, Err(Error::Unauthorized { .. })), "{result:?}");
    assert_eq!(n, 2);
}

#[tokio::test]
async fn ten_first_calls_at_once_ask_for_one_token() {
    let server = Server::start().await;
    server.on(PULL, [pull_request()]);
    let app = server.app();
    let repo = repo();
    let calls: Vec<_> = (0..10).map(|_| app.installation(INSTALLATION_ID)).collect();
    let mut running = tokio::task::JoinSet::new();
    for installation in calls {
        let repo = repo.clone();
        running.spawn(async move { installation.pull_request(&repo, 3).await.map(|_| ()) });
    }
    assert!(running.join_all().await.into_iter().all(|result| result.is_ok()));
    assert_eq!((server.n(&token_line()), server.n(PULL)), (1, 10));
}

#[tokio::test]
async fn every_operation_can_be_awaited_on_another_thread() {
    fn check<T: Send>(_: T) {}
    let server = Server::start().await;
    let (app, installation, repo) = (server.app(), server.installation(), repo());
    let completion = Completion { conclusion: Conclusion::Success, title: "", summary: "", annotations: &[] };
    check(app.hook_deliveries_since(Timestamp(0)));
    check(app.installations());
    check(installation.start_check(&repo, CommitId::default(), "", Timestamp(0)));
    check(installation.complete_check(&repo, 9, &completion));
    check(installation.upsert_comment(&repo, 3, MARKER, "", None));
    check(installation.post_review(&repo, 3, CommitId::default(), MARKER, &[]));
    check(installation.pull_requests_with_head(&repo, CommitId::default()));
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_it_expires() {
    let server = Server::start().await;
    server.on(&token_line(), [token("token-1", NOW + 3_600), token("token-2", NOW + 7_200)]);
    let installation = server.installation();
    let mut tokens = Vec::new();
    for seconds in [0, 3_200, 200] {
        server.advance(seconds);
        tokens.push(installation.token().await.unwrap().expose().to_owned());
    }
    assert_eq!(tokens, ["token-1", "token-1", "token-2"]);
}

#[tokio::test]
async fn the_app_signs_its_token_for_github_to_check() {
    let server = Server::start().await;
    server.installation().token().await.unwrap();
    let seen = server.seen(&token_line()).remove(0);
    let jwt = seen.authorization.unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    let public = {
        use aws_lc_rs::signature::KeyPair as _;
        KEY.public_key().as_ref().to_vec()
    };
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_issuer(&[APP_ID.to_string()]);
    let key = jsonwebtoken::DecodingKey::from_rsa_der(&public);
    let claims = jsonwebtoken::decode::<Value>(&jwt, &key, &validation).unwrap().claims;
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(NOW - 60), Some(NOW + 540)));
}

#[tokio::test]
async fn an_uninstalled_app_asks_once_and_never_again() {
    let server = Server::start().await;
    server.on(&token_line(), [status(404)]);
    let installation = server.installation();
    for _ in 0..3 {
        let error = installation.pull_request(&repo(), 3).await.unwrap_err();
        assert!(matches!(error, Error::Gone { installation_id: INSTALLATION_ID }), "{error}");
    }
    assert_eq!(server.n(&token_line()), 1);
}

#[tokio::test]
async fn a_suspended_installation_is_left_alone_until_it_resumes() {
    let server = Server::start().await;
    server.on(PULL, [message(403, "This installation has been suspended"), pull_request()]);
    let app = server.app();
    let installation = app.installation(INSTALLATION_ID);
    for _ in 0..3 {
        let error = installation.pull_request(&repo(), 3).await.unwrap_err();
        assert!(matches!(error, Error::Suspended { .. }), "{error}");
    }
    assert_eq!(server.n(PULL), 1);
    app.resume(INSTALLATION_ID).await;
    assert!(installation.pull_request(&repo(), 3).await.is_ok());
    app.close(INSTALLATION_ID, Closed::Gone);
    assert!(matches!(installation.pull_request(&repo(), 3).await, Err(Error::Gone { .. })));
}

#[tokio::test]
async fn later_pages_keep_their_credentials_off_github_com() {
    let server = Server::start().await;
    let line = "GET /installation/repositories";
    let page = |id: u64| {
        ok(json!({ "total_count": 3, "repositories": [{ "id": id, "full_name": "octo/hello", "private": true }] }))
    };
    let next = |n: u64| format!("<{}/installation/repositories?page={n}>; rel=\"next\"", server.api_url());
    server.on(line, [page(1).with("link", next(2)), page(2).with("link", next(3)), page(3)]);
    let repositories = server.installation().repositories().await.unwrap();
    assert_eq!(repositories.iter().map(|repository| repository.id).collect::<Vec<_>>(), [1, 2, 3]);
    let seen = server.seen(line);
    assert_eq!(seen.iter().map(|seen| seen.query.as_str()).collect::<Vec<_>>(), ["per_page=100", "page=2", "page=3"]);
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer token-1")));
}

#[tokio::test]
async fn a_later_page_on_another_host_is_refused() {
    let server = Server::start().await;
    let other = Server::start().await;
    let link = format!("<{}/installation/repositories?page=2>; rel=\"next\"", other.api_url());
    server.on("GET /installation/repositories", [ok(json!({ "repositories": [] })).with("link", link)]);
    let error = server.installation().repositories().await.unwrap_err();
    assert!(matches!(error, Error::ForeignAddress { .. }), "{error}");
    assert_eq!(other.lines(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_list_without_end_is_refused_where_it_must_be_complete() {
    let server = Server::start().await;
    let line = "GET /installation/repositories";
    let link = format!("<{}/installation/repositories?page=2>; rel=\"next\"", server.api_url());
    server.on(line, [ok(json!({ "repositories": [] })).with("link", link)]);
    let error = server.installation().repositories().await.unwrap_err();
    assert_eq!(error.to_string(), "`GET /installation/repositories` has more than 100 pages");
    assert_eq!(server.n(line), 100);
}

#[tokio::test]
async fn a_renamed_repository_is_followed_on_its_own_host_only() {
    let server = Server::start().await;
    server.on(PULL, [status(301).with("location", format!("{}/repositories/5/pulls/3", server.api_url()))]);
    server.on("GET /repositories/5/pulls/3", [pull_request()]);
    server.installation().pull_request(&repo(), 3).await.unwrap();
    let seen = server.seen("GET /repositories/5/pulls/3");
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer token-1"));

    let (result, _) = read([status(302).with("location", "https://evil.example/api/v3/x")]).await;
    assert!(matches!(result, Err(Error::ForeignAddress { .. })), "{result:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_also_for_a_write() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::start().await;
    let mut settings = server.settings();
    settings.connection.api_url = gone;
    let error = App::new(settings).unwrap().redeliver(1).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_https_address_is_never_spoken_to_in_plain_text() {
    let server = Server::start().await;
    let mut settings = server.settings();
    settings.connection.api_url = server.api_url().replace("http://", "https://");
    // A machine without certificates says so at once; any other finds no handshake at a plain port.
    let error = match App::new(settings) {
        Ok(app) => app.identity().await.map(|_| ()).unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::Unreachable { .. } | Error::PrepareTls { .. }), "{error:?}");
    assert_eq!(server.n("GET /app"), 0);
}

#[tokio::test]
async fn an_answer_that_is_no_json_says_which_call_it_was() {
    let (result, _) = read([ok(json!("text"))]).await;
    assert_eq!(result.unwrap_err().to_string(), "could not read GitHub's answer to `GET /repos/octo/hello/pulls/3`");
}

/// A proxy that knows one thing: tunnels. Gives its address and the `CONNECT` heads it saw.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = heads.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let heads = kept.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(near.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let target = head.split(' ').nth(1).unwrap().to_owned();
                heads.lock().unwrap().push(head);
                let mut far = tokio::net::TcpStream::connect(target).await.unwrap();
                near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, heads)
}

fn through(server: &Server, proxy: Proxy) -> Settings {
    let mut settings = server.settings();
    settings.connection.proxy = proxy;
    settings
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_and_sees_nothing_else() {
    let server = Server::start().await;
    let (address, heads) = proxy().await;
    let settings = through(&server, Proxy { http: Some(format!("http://user:pass@{address}")), ..Proxy::default() });
    App::new(settings).unwrap().installation(INSTALLATION_ID).token().await.unwrap();
    let heads = heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", server.origin.trim_start_matches("http://"))));
    // "user:pass" in base64.
    assert!(heads[0].contains("Basic dXNlcjpwYXNz"), "{}", heads[0]);
    assert!(!heads[0].contains("Bearer"));
}

#[tokio::test]
async fn an_exception_goes_past_the_proxy() {
    let server = Server::start().await;
    let (address, heads) = proxy().await;
    let proxy = Proxy { http: Some(address), exceptions: Some("127.0.0.0/8".to_owned()), ..Proxy::default() };
    App::new(through(&server, proxy)).unwrap().installation(INSTALLATION_ID).token().await.unwrap();
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_once() {
    let server = Server::start().await;
    let refused = |settings: Settings| App::new(settings).err().unwrap();
    let no_proxy = through(&server, Proxy { https: Some("socks5://proxy:1080".to_owned()), ..Proxy::default() });
    assert!(matches!(refused(no_proxy), Error::InvalidProxy));
    let no_key = Settings { private_key_pem: "-----BEGIN NONSENSE-----".into(), ..server.settings() };
    assert!(matches!(refused(no_key), Error::InvalidPrivateKey { .. }));
}

#[tokio::test]
async fn no_error_shows_a_token() {
    let server = Server::start().await;
    for fault in [status(401), status(422), Reply::Drop, Reply::Hang] {
        server.on(PULL, [fault]);
        let error = server.installation().pull_request(&repo(), 3).await.unwrap_err();
        assert!(!format!("{error:?}").contains("token-"), "{error:?}");
    }
}
