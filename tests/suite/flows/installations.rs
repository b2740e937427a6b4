//! Does the bot act for those who installed it, and for nobody else?

use super::stage::{REPOSITORY, Stage};
use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::history::{Commit, commit, renames, small_edit, tiny};

/// Requests that act for an installation: all but the App's own.
fn calls(github: &GitHub) -> Vec<String> {
    let requests = github.requests().into_iter();
    let line = |request: crate::support::github::Recorded| format!("{} {}", request.method, request.path);
    requests.map(line).filter(|line| !line.starts_with("GET /app/")).collect()
}

/// Lets the bot hear of this first, and do what it asks for, before anything else arrives.
async fn hear_first(stage: &Stage, name: &str) {
    let waiting = stage.github.pending().into_iter().find(|delivery| delivery.name() == name);
    stage.github.send(waiting.expect("it waits").id).await;
    stage.bot.finish().await;
}

/// A change that differs from the others by its number.
fn change(i: u32) -> Vec<Commit> {
    vec![commit("Add one").write(format!("src/part_{i}.py"), format!("def part():\n    return {i}\n"))]
}

#[tokio::test]
async fn open_pull_requests_are_reviewed_when_the_app_is_installed() {
    let (github, database) = (GitHub::start(), Database::fresh().await);
    let bot = Bot::start(&github, &database).await;
    github.create_repository(REPOSITORY, &tiny());
    let numbers =
        [github.open_change(REPOSITORY, "one", &change(1)), github.open_change(REPOSITORY, "two", &change(2))];
    github.install("octo", &[REPOSITORY]);
    bot.settle(&github).await;
    for number in numbers {
        let head = github.pull_request(REPOSITORY, number).head;
        assert_eq!(github.check_runs(REPOSITORY, &head).len(), 1);
        assert_eq!(github.bot_comments(REPOSITORY, number).len(), 1);
    }
    github.assert_clean();
}

#[tokio::test]
async fn a_suspended_installation_is_not_called_for() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.suspend(stage.installation);
    hear_first(&stage, "installation.suspend").await;
    stage.github.forget_requests();
    stage.settle().await;
    assert_eq!(calls(&stage.github), [] as [&str; 0]);
    assert!(stage.runs(number).is_empty());
    stage.assert_clean().await;
}

#[tokio::test]
async fn an_installation_that_is_resumed_is_made_up_for() {
    let stage = Stage::with(&tiny()).await;
    stage.github.suspend(stage.installation);
    stage.settle().await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    assert!(stage.runs(number).is_empty(), "GitHub tells nothing of a suspended installation's repositories");
    stage.github.unsuspend(stage.installation);
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.push(&renames());
    stage.settle().await;
    stage.only_run(number);
    stage.assert_clean().await;
}

/// Suspended while the process is away: it hears nothing, and must not go on as if nothing had happened.
#[tokio::test]
async fn a_suspension_that_was_not_heard_of_is_noticed() {
    let stage = Stage::with(&tiny()).await;
    stage.bot.stop().await;
    let number = stage.open(&small_edit());
    stage.github.suspend(stage.installation);
    stage.github.drop_pending();
    stage.bot.restart().await;
    stage.settle().await;
    assert!(stage.runs(number).is_empty());
    stage.github.unsuspend(stage.installation);
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_removed_installation_is_not_called_for_and_leaves_nothing_behind() {
    let stage = Stage::with(&tiny()).await;
    let reviewed = stage.open(&small_edit());
    stage.settle().await;
    stage.only_run(reviewed);
    let mirrors = stage.bot.data_dir().join("mirrors");
    assert_eq!(std::fs::read_dir(&mirrors).unwrap().count(), 1);
    stage.push(&renames());
    stage.github.uninstall(stage.installation);
    hear_first(&stage, "installation.deleted").await;
    stage.github.forget_requests();
    stage.settle().await;
    assert_eq!(calls(&stage.github), [] as [&str; 0]);
    assert_eq!(std::fs::read_dir(&mirrors).unwrap().count(), 0, "the copy of the repository is gone");
    stage.assert_clean().await;
}

#[tokio::test]
async fn an_app_that_is_installed_again_goes_on() {
    let stage = Stage::with(&tiny()).await;
    let first = stage.open(&small_edit());
    stage.settle().await;
    stage.github.uninstall(stage.installation);
    stage.settle().await;
    let second = stage.github.open_change(REPOSITORY, "second", &renames());
    stage.github.install("octo", &[REPOSITORY]);
    stage.settle().await;
    stage.only_run(first);
    stage.only_run(second);
    stage.only_comment(first);
    stage.only_comment(second);
    stage.assert_clean().await;
}

#[tokio::test]
async fn what_comes_late_from_a_former_installation_changes_nothing() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    let late = stage.github.lose_pending().into_iter().find(|delivery| delivery.event == "pull_request").unwrap();
    stage.github.uninstall(stage.installation);
    stage.settle().await;
    stage.github.install("octo", &[REPOSITORY]);
    stage.github.push(REPOSITORY, "main", &change(1));
    stage.settle().await;
    stage.only_run(number);
    stage.github.send(late.id).await;
    stage.bot.finish().await;
    // Work that waited must still find the repository in the new installation's hands.
    stage.github.forget_requests();
    stage.bot.bring_forward("mine_repository").await;
    stage.settle().await;
    assert!(stage.github.requests().iter().any(|request| request.path.contains(".git/")), "nothing was fetched");
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_repository_added_later_is_made_up_for_and_a_removed_one_left_alone() {
    let stage = Stage::with(&tiny()).await;
    let other = "octo/other";
    stage.github.create_repository(other, &tiny());
    let number = stage.github.open_change(other, "topic", &small_edit());
    stage.settle().await;
    let runs = || stage.github.check_runs(other, &stage.github.pull_request(other, number).head).len();
    assert_eq!(runs(), 0);
    stage.github.add_to_installation(stage.installation, other);
    stage.settle().await;
    assert_eq!((runs(), stage.github.bot_comments(other, number).len()), (1, 1));
    stage.github.remove_from_installation(stage.installation, other);
    stage.github.push(other, "topic", &renames());
    stage.settle().await;
    assert_eq!(runs(), 0, "nothing on the new head");
    stage.assert_clean().await;
}

#[tokio::test]
async fn two_installations_do_not_mix() {
    let stage = Stage::with(&tiny()).await;
    stage.github.create_private_repository("acme/engine", &tiny());
    let theirs = stage.github.install("acme", &["acme/engine"]);
    let (ours, number) = (stage.open(&small_edit()), stage.github.open_change("acme/engine", "topic", &renames()));
    stage.settle().await;
    stage.only_run(ours);
    stage.only_comment(ours);
    assert_eq!(stage.github.bot_comments("acme/engine", number).len(), 1);
    stage.github.suspend(theirs);
    stage.push(&renames());
    stage.settle().await;
    stage.only_run(ours);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_repository_that_is_deleted_during_its_review_leaves_no_work_behind() {
    let stage = Stage::with(&tiny()).await;
    stage.open(&small_edit());
    stage.github.delete_repository(REPOSITORY);
    stage.settle().await;
    let left: Vec<_> = stage.bot.dead_jobs().await;
    assert!(left.is_empty(), "{left:#?}");
    stage.github.assert_clean();
}

/// An App that may read and not write checks: the operator has not accepted the new permissions yet.
#[tokio::test]
async fn a_missing_permission_is_no_endless_work() {
    let github = GitHub::start();
    github.grant("checks", None);
    let stage = Stage::on(github, &tiny(), &[]).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    assert!(stage.runs(number).is_empty());
    assert!(stage.bot.log().contains("Resource not accessible"), "the log says what is missing");
}
