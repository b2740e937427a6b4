//! How does a fresh server become an App?

use super::stage::REPOSITORY;
use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::history::{small_edit, tiny};
use reqwest::redirect::Policy;
use std::os::unix::fs::PermissionsExt as _;

/// The form a person's browser shows: where it leads, what it carries, and the cookie that came with it.
struct Form {
    action: String,
    manifest: String,
    cookie: String,
}

async fn open_form(bot: &Bot) -> Form {
    let answer = browser().get(bot.url("/setup")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    let manifest = unescaped(between(&page, "name=\"manifest\" value=\"", "\""));
    let actions = page.match_indices("<form action=\"").map(|(at, prefix)| between(&page[at..], prefix, "\""));
    let action = unescaped(actions.last().unwrap());
    Form { action, manifest, cookie }
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {text}")).1;
    rest.split_once(after).unwrap().0
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The person accepts: gives the address at which GitHub sends the browser back.
async fn accept(form: &Form) -> String {
    let body = format!("manifest={}", percent_encoded(&form.manifest));
    let request = browser().post(&form.action).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 302, "{}", form.action);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn come_back(address: &str, cookie: &str) -> (u16, String) {
    let answer = browser().get(address).header("cookie", cookie).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn fresh(github: &GitHub, database: &Database) -> Bot {
    github.forget_apps();
    let bot = Bot::prepare(github, database);
    bot.spawn();
    bot.wait_until("show the set-up page", || bot.log().contains("open /setup")).await;
    bot
}

async fn becomes_an_app(github: GitHub) {
    let database = Database::fresh().await;
    let bot = fresh(&github, &database).await;
    let form = open_form(&bot).await;
    let (status, page) = come_back(&accept(&form).await, &form.cookie).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("/installations/new") && !page.contains("PRIVATE KEY"), "{page}");

    let credentials = bot.data_dir().join("github-app.json");
    assert_eq!(std::fs::metadata(&credentials).unwrap().permissions().mode() & 0o777, 0o600);
    bot.wait_until("serve as the App", || bot.log().contains("working on jobs")).await;
    assert_eq!(github.app().hook_url.as_deref(), Some(bot.webhook_url().as_str()));

    github.create_repository(REPOSITORY, &tiny());
    github.install("octo", &[REPOSITORY]);
    let number = github.open_change(REPOSITORY, "topic", &small_edit());
    bot.settle(&github).await;
    let head = github.pull_request(REPOSITORY, number).head;
    assert_eq!(github.check_runs(REPOSITORY, &head).len(), 1);
    assert_eq!(github.bot_comments(REPOSITORY, number).len(), 1);
    assert_eq!(bot.get("/setup").await.0, 404, "a server that has its App has no set-up page");
    for secret in ["PRIVATE KEY", &github.app().webhook_secret] {
        assert!(!bot.log().contains(secret), "the log is silent about secrets");
    }

    bot.stop().await;
    bot.restart().await;
    bot.settle(&github).await;
    github.assert_clean();
}

#[tokio::test]
async fn a_server_without_credentials_becomes_an_app_through_its_set_up_page() {
    becomes_an_app(GitHub::start()).await;
}

#[tokio::test]
async fn the_same_on_an_enterprise_server() {
    becomes_an_app(GitHub::start_enterprise()).await;
}

#[tokio::test]
async fn another_browser_cannot_finish_what_this_one_began() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = fresh(&github, &database).await;
    let form = open_form(&bot).await;
    let address = accept(&form).await;
    assert_eq!(come_back(&address, "hyperion_setup=guessed").await.0, 403);
    let forged = address.replace("state=", "state=0");
    assert_eq!(come_back(&forged, &form.cookie).await.0, 403);
    assert!(!bot.data_dir().join("github-app.json").exists());
    assert_eq!(come_back(&address, &form.cookie).await.0, 200, "the right one still can");
    assert_ne!(come_back(&address, &form.cookie).await.0, 200, "once");
}

#[tokio::test]
async fn a_code_that_github_does_not_know_is_said_and_the_page_stays() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = fresh(&github, &database).await;
    let form = open_form(&bot).await;
    let state = form.cookie.split_once('=').unwrap().1.to_owned();
    let address = bot.url(&format!("/setup/callback?code=unknown&state={state}"));
    let (status, page) = come_back(&address, &form.cookie).await;
    assert_eq!(status, 502, "{page}");
    open_form(&bot).await;
    assert!(bot.stop().await.success());
}

#[tokio::test]
async fn without_an_app_nobody_is_listened_to() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = fresh(&github, &database).await;
    let answer = browser().post(bot.webhook_url()).body("{}").send().await.unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());
}
