//! Who may upload coverage, and what becomes of it?

use super::stage::{REPOSITORY, Stage};
use crate::support::github::GitHub;
use crate::support::history::tiny;

const TOKEN: &str = "a token of some length";
const LCOV: &str = "SF:/build/calculator/src/parser.py\nDA:1,1\nDA:2,0\nend_of_record\n";

async fn stage() -> Stage {
    Stage::on(GitHub::start(), &tiny(), &[("HYPERION_API_TOKEN", TOKEN)]).await
}

/// Brings a report for a commit of a repository. Gives the status and the words of the answer.
async fn bring(stage: &Stage, repository: &str, commit: &str, token: &str, report: &str) -> (u16, String) {
    let address = stage.bot.url(&format!("/api/v2/repos/{repository}/coverage/{commit}"));
    let request = reqwest::Client::new().post(address).header("authorization", format!("Bearer {token}"));
    let answer = request.body(report.to_owned()).send().await.expect("the bot answers");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn n_snapshots(stage: &Stage, commit: &str) -> u64 {
    stage.bot.execute(&format!("update coverage_snapshots set at = at where commit_sha = '{commit}'")).await
}

#[tokio::test]
async fn an_uploaded_report_becomes_the_coverage_of_its_commit() {
    let stage = stage().await;
    let commit = stage.github.tip(REPOSITORY, "main");
    let (status, text) = bring(&stage, REPOSITORY, &commit, TOKEN, LCOV).await;
    assert_eq!((status, text.as_str()), (202, r#"{"files":1,"status":"accepted"}"#));
    stage.settle().await;
    assert_eq!(n_snapshots(&stage, &commit).await, 1);
    assert_eq!(stage.bot.execute("delete from coverage_uploads").await, 0, "a report that was read still waits");
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_report_without_the_token_or_without_sense_is_turned_away() {
    let stage = stage().await;
    let commit = stage.github.tip(REPOSITORY, "main");
    for (repository, commit, token, report, status, words) in [
        (REPOSITORY, commit.as_str(), "another token as long", LCOV, 401, "API token"),
        (REPOSITORY, "main", TOKEN, LCOV, 400, "40 hexadecimal digits"),
        ("octo/unknown", commit.as_str(), TOKEN, LCOV, 404, "octo/unknown"),
        (REPOSITORY, commit.as_str(), TOKEN, "SF:a.py\nDA:one,1\nend_of_record\n", 400, "line 2"),
    ] {
        let heard = bring(&stage, repository, commit, token, report).await;
        assert!(heard.0 == status && heard.1.contains(words), "{heard:?}");
    }
    assert_eq!(stage.bot.execute("delete from coverage_uploads").await, 0);
    stage.assert_clean().await;
}

#[tokio::test]
async fn without_a_token_nothing_is_taken() {
    let stage = Stage::with(&tiny()).await;
    let commit = stage.github.tip(REPOSITORY, "main");
    let (status, text) = bring(&stage, REPOSITORY, &commit, TOKEN, LCOV).await;
    assert!(status == 403 && text.contains("HYPERION_API_TOKEN"), "{status} {text}");
    stage.assert_clean().await;
}
