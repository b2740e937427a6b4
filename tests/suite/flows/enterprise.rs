//! Does everything work on a GitHub Enterprise Server, whose API is below a path?

use super::stage::{REPOSITORY, Stage};
use crate::support::github::GitHub;
use crate::support::history::{renames, small_edit, tiny};

#[tokio::test]
async fn a_pull_request_on_an_enterprise_server_is_reviewed() {
    let stage = Stage::on(GitHub::start_enterprise(), &tiny(), &[]).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.only_run(number);
    let comment = stage.only_comment(number);
    assert!(!comment.body.contains("/api/v3"), "links lead to pages: {}", comment.body);
    stage.push(&renames());
    stage.settle().await;
    stage.only_run(number);
    let ask = stage.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    stage.settle().await;
    assert_eq!(stage.reactions(ask), ["eyes"]);
    stage.newest_run(number);
    stage.assert_clean().await;
}

/// Lists go on at addresses the server gives: with more than a page of them, credentials and path must survive.
#[tokio::test]
async fn later_pages_of_an_enterprise_server_are_read() {
    let stage = Stage::on(GitHub::start_enterprise(), &tiny(), &[]).await;
    let number = stage.open(&small_edit());
    for i in 0..130 {
        stage.github.comment(REPOSITORY, number, "mona", &format!("remark {i}"));
    }
    stage.github.drop_pending();
    stage.github.rerequest_check_suite(REPOSITORY, &stage.pull(number).head);
    stage.settle().await;
    let first = stage.only_comment(number);
    // A database that was lost: only the marker on the second page tells which comment is ours.
    stage.bot.execute("delete from reviews").await;
    stage.push(&renames());
    stage.settle().await;
    assert_eq!(stage.only_comment(number).id, first.id);
    stage.assert_clean().await;
}
