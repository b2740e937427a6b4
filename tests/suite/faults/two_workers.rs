//! What is left when several processes share the work?
//!
//! One takes webhooks, two carry out jobs, all on one PostgreSQL database. On SQLite there is one process, and nothing
//! to prove here.

use super::scene::{LATE, REPOSITORY, large_change, strict_history};
use crate::support::bot::{Bot, Role};
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::history::tiny;
use std::time::Duration;

/// Longer than another worker needs.
const A_WHILE: Duration = Duration::from_secs(8);

/// A GitHub, a process that takes webhooks, and the database that workers join. `None` on SQLite.
async fn scene() -> Option<(GitHub, Database, u64, Bot)> {
    let database = Database::fresh().await;
    if !database.is_postgres() {
        return None;
    }
    let github = GitHub::start();
    github.create_repository(REPOSITORY, &strict_history());
    let installation = github.install("octo", &[REPOSITORY]);
    let web = Bot::start_as(Role::Web, &github, &database, &[]).await;
    Some((github, database, installation, web))
}

fn assert_reviewed(github: &GitHub, repository: &str, number: u64) {
    let head = github.pull_request(repository, number).head;
    let runs = github.check_runs(repository, &head);
    assert_eq!(runs.len(), 1, "{repository}#{number}: {runs:#?}");
    assert!(github.all_check_runs().iter().all(|run| run.status == "completed"));
    assert_eq!(github.bot_comments(repository, number).len(), 1, "{repository}#{number}");
}

#[tokio::test]
async fn a_killed_workers_review_is_taken_over_and_completed_once() {
    let Some((github, database, _, web)) = scene().await else { return };
    for (index, struck) in
        ["/octo/engine.git/**", "/repos/*/*/check-runs/*", "/repos/*/*/issues/*/comments"].into_iter().enumerate()
    {
        let first = Bot::start_as(Role::Worker, &github, &database, &[]).await;
        first.settle(&github).await;
        let number = github.open_change(REPOSITORY, &format!("taken-over-{index}"), &[large_change(index as u32)]);
        github.forget_requests();
        github.on("*", struck).delays(LATE);
        github.send_pending().await;
        first.wait_until("ask", || github.requests().iter().any(|request| request.was_struck)).await;
        let second = Bot::start_as(Role::Worker, &github, &database, &[]).await;
        first.kill();
        second.end_leases().await;
        second.settle(&github).await;
        assert_reviewed(&github, REPOSITORY, number);
        github.close(REPOSITORY, number);
        second.settle(&github).await;
        second.kill();
    }
    github.assert_clean();
    drop(web);
}

#[tokio::test]
async fn many_pull_requests_on_two_workers_get_one_review_each() {
    let Some((github, database, _, web)) = scene().await else { return };
    let others = ["octo/one", "octo/two", "octo/three"];
    for repository in others {
        github.create_repository(repository, &tiny());
    }
    github.install("octo", &others);
    let workers = [
        Bot::start_as(Role::Worker, &github, &database, &[]).await,
        Bot::start_as(Role::Worker, &github, &database, &[]).await,
    ];
    let mut opened = Vec::new();
    for round in 0..4 {
        for repository in others.into_iter().chain([REPOSITORY]) {
            let number = github.open_change(repository, &format!("round-{round}"), &[large_change(round)]);
            opened.push((repository, number));
        }
    }
    workers[0].settle(&github).await;
    for (repository, number) in opened {
        assert_reviewed(&github, repository, number);
    }
    for worker in &workers {
        assert!(worker.dead_jobs().await.is_empty());
        assert!(worker.log().contains("ended review_pull_request"), "one worker did nothing");
        assert!(!worker.log().contains("panicked"));
    }
    github.assert_clean();
    drop(web);
}

#[tokio::test]
async fn a_worker_that_slept_through_the_end_of_a_suspension_works_again() {
    let Some((github, database, installation, web)) = scene().await else { return };
    let sleeper = Bot::start_as(Role::Worker, &github, &database, &[]).await;
    sleeper.settle(&github).await;
    github.suspend(installation);
    sleeper.settle(&github).await;
    sleeper.freeze();
    let other = Bot::start_as(Role::Worker, &github, &database, &[]).await;
    github.unsuspend(installation);
    other.settle(&github).await;
    other.kill();
    sleeper.thaw();
    let number = github.open_change(REPOSITORY, "awake", &[large_change(1)]);
    sleeper.settle(&github).await;
    assert_reviewed(&github, REPOSITORY, number);
    github.assert_clean();
    drop(web);
}

#[tokio::test]
async fn a_worker_that_slept_while_its_review_was_taken_over_says_nothing_twice() {
    let Some((github, database, _, web)) = scene().await else { return };
    let sleeper = Bot::start_as(Role::Worker, &github, &database, &[]).await;
    sleeper.settle(&github).await;
    let number = github.open_change(REPOSITORY, "asleep", &[large_change(1)]);
    github.forget_requests();
    github.on("GET", "/octo/engine.git/**").delays(A_WHILE);
    github.send_pending().await;
    sleeper.wait_until("fetch", || github.requests().iter().any(|request| request.was_struck)).await;
    sleeper.freeze();
    let other = Bot::start_as(Role::Worker, &github, &database, &[]).await;
    other.end_leases().await;
    other.settle(&github).await;
    assert_reviewed(&github, REPOSITORY, number);
    sleeper.thaw();
    sleeper.wait_until("notice", || sleeper.log().contains("lost review_pull_request")).await;
    sleeper.settle(&github).await;
    assert_reviewed(&github, REPOSITORY, number);
    github.assert_clean();
    drop(web);
}
