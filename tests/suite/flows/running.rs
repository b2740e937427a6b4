//! Does the program start, stop and start again?

use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::{GitHub, PRIVATE_KEY};

#[tokio::test]
async fn a_started_bot_is_ready_and_idle_and_stops_when_asked() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = Bot::start(&github, &database).await;
    bot.settle(&github).await;
    assert_eq!(bot.get("/livez").await.0, 200);
    assert!(bot.stop().await.success());
    bot.restart().await;
    bot.settle(&github).await;
    bot.kill();
    bot.restart().await;
    assert_eq!(bot.get("/readyz").await.0, 200);
    github.assert_clean();
}

/// Starts with one setting changed, which ends the process: gives its exit code and what it said.
async fn refused(variable: &str, value: &str) -> (Option<i32>, String) {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let mut bot = Bot::prepare(&github, &database);
    bot.set("HYPERION_GITHUB_APP_ID", "1");
    bot.set("HYPERION_GITHUB_PRIVATE_KEY", PRIVATE_KEY);
    bot.set("HYPERION_GITHUB_WEBHOOK_SECRET", "a secret");
    bot.set(variable, value);
    bot.spawn();
    let status = bot.wait_for_end().await;
    (status.code(), bot.log())
}

#[tokio::test]
async fn a_setting_that_does_not_fit_is_named_before_anything_starts() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----";
    for (variable, value, named) in [
        ("HYPERION_GITHUB_WEBHOOK_SECRET", "", "HYPERION_GITHUB_WEBHOOK_SECRET"),
        ("HYPERION_GITHUB_APP_ID", "", "HYPERION_GITHUB_APP_ID"),
        ("HYPERION_LISTEN", "everywhere", "HYPERION_LISTEN"),
        ("HYPERION_DATABASE_URL", "mysql://root:hunter2@db/x", "HYPERION_DATABASE_URL"),
        ("HYPERION_DATABASE_URL", "sqlite:///proc/hyperion.sqlite", "/proc/hyperion.sqlite"),
        ("HYPERION_GITHUB_PRIVATE_KEY", key, "private key"),
    ] {
        let (code, said) = refused(variable, value).await;
        assert_eq!(code, Some(2), "{variable}: {said}");
        assert!(said.contains(named), "{variable}: {said}");
        assert!(!said.contains("hunter2"), "{variable}: {said}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let (code, said) = refused("HYPERION_LISTEN", &address).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(&address), "{said}");
}
