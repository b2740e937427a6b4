//! Who may ask for what in a comment?

use super::stage::{REPOSITORY, Stage};
use crate::support::history::{small_edit, tiny};

/// A stage with one reviewed pull request by `mona`.
async fn reviewed() -> (Stage, u64) {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    (stage, number)
}

/// Comments, and says what the bot's reactions are and how many check runs there are then.
async fn say(stage: &Stage, number: u64, author: &str, text: &str) -> (Vec<String>, usize) {
    let comment = stage.github.comment(REPOSITORY, number, author, text);
    stage.settle().await;
    (stage.reactions(comment), stage.runs(number).len())
}

fn reactions(expected: &[&str]) -> Vec<String> {
    expected.iter().map(|&reaction| reaction.to_owned()).collect()
}

#[tokio::test]
async fn the_author_may_ask_for_another_review() {
    let (stage, number) = reviewed().await;
    assert_eq!(say(&stage, number, "mona", "/hyperion reanalyze\n\nThanks!").await, (reactions(&["eyes"]), 2));
    assert_eq!(stage.only_comment(number).n_edits, 1);
    stage.newest_run(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn people_with_write_access_may_ask_and_readers_may_not() {
    let (stage, number) = reviewed().await;
    for (login, role) in
        [("grace", "write"), ("linus", "maintain"), ("ada", "admin"), ("ken", "triage"), ("bo", "read")]
    {
        stage.github.allow(REPOSITORY, login, role);
    }
    let ask = "/hyperion reanalyze";
    assert_eq!(say(&stage, number, "grace", ask).await, (reactions(&["eyes"]), 2));
    assert_eq!(say(&stage, number, "linus", ask).await, (reactions(&["eyes"]), 3));
    assert_eq!(say(&stage, number, "ada", ask).await, (reactions(&["eyes"]), 4));
    assert_eq!(say(&stage, number, "ken", ask).await, (reactions(&["-1"]), 4));
    assert_eq!(say(&stage, number, "bo", ask).await, (reactions(&["-1"]), 4));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_stranger_is_refused_with_a_reaction_and_nothing_else() {
    let (stage, number) = reviewed().await;
    let before = stage.only_comment(number);
    assert_eq!(say(&stage, number, "mallory", "/hyperion reanalyze").await, (reactions(&["-1"]), 1));
    assert_eq!(stage.only_comment(number).n_edits, before.n_edits);
    stage.assert_clean().await;
}

#[tokio::test]
async fn the_author_of_a_fork_may_ask_too() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.github.open_change_from_fork(REPOSITORY, "hubot", "spaces", &small_edit());
    stage.settle().await;
    assert_eq!(say(&stage, number, "hubot", "/hyperion reanalyze").await, (reactions(&["eyes"]), 2));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_command_counts_only_at_the_start_of_a_new_comment() {
    let (stage, number) = reviewed().await;
    stage.github.forget_requests();
    for text in [
        "> /hyperion reanalyze",
        "please\n/hyperion reanalyze",
        "`/hyperion reanalyze`",
        "/hyperionreanalyze",
        "I like hyperion",
        "",
    ] {
        assert_eq!(say(&stage, number, "mona", text).await, (reactions(&[]), 1), "{text:?}");
    }
    assert!(stage.github.requests().is_empty(), "comments that are not for us cost no request");
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_command_in_an_edited_comment_does_nothing() {
    let (stage, number) = reviewed().await;
    let comment = stage.github.comment(REPOSITORY, number, "mona", "Good morning");
    stage.github.edit_comment(comment, "/hyperion reanalyze");
    stage.settle().await;
    assert!(stage.reactions(comment).is_empty());
    assert_eq!(stage.runs(number).len(), 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_command_in_an_issue_does_nothing() {
    let (stage, _) = reviewed().await;
    let issue = stage.github.open_issue(REPOSITORY, "mona", "It crashes");
    let comment = stage.github.comment(REPOSITORY, issue, "mona", "/hyperion reanalyze");
    let help = stage.github.comment(REPOSITORY, issue, "mona", "/hyperion help");
    stage.settle().await;
    assert!(stage.reactions(comment).is_empty() && stage.reactions(help).is_empty());
    assert!(stage.github.bot_comments(REPOSITORY, issue).is_empty());
    stage.assert_clean().await;
}

#[tokio::test]
async fn bots_are_not_listened_to() {
    let (stage, number) = reviewed().await;
    stage.github.allow(REPOSITORY, "renovate[bot]", "write");
    assert_eq!(say(&stage, number, "renovate[bot]", "/hyperion reanalyze").await, (reactions(&[]), 1));
    stage.assert_clean().await;
}

#[tokio::test]
async fn help_lists_the_commands_once_for_each_who_asks() {
    let (stage, number) = reviewed().await;
    assert_eq!(say(&stage, number, "mallory", "/hyperion help").await, (reactions(&["+1"]), 1));
    let comments = stage.comments(number);
    assert_eq!(comments.len(), 2);
    assert!(comments[1].body.contains("/hyperion reanalyze"), "{}", comments[1].body);
    say(&stage, number, "mona", "/hyperion").await;
    assert_eq!(stage.comments(number).len(), 3);
    stage.assert_clean().await;
}

#[tokio::test]
async fn an_unknown_command_is_met_with_a_puzzled_face() {
    let (stage, number) = reviewed().await;
    assert_eq!(say(&stage, number, "mona", "/hyperion dance").await, (reactions(&["confused"]), 1));
    assert_eq!(stage.comments(number).len(), 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn the_same_comment_delivered_twice_is_answered_once() {
    let (stage, number) = reviewed().await;
    let help = stage.github.comment(REPOSITORY, number, "mona", "/hyperion help");
    let ask = stage.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    let waiting = stage.github.pending();
    stage.settle().await;
    for delivery in waiting {
        stage.github.redeliver(delivery.id);
    }
    stage.settle().await;
    assert_eq!((stage.reactions(help), stage.reactions(ask)), (reactions(&["+1"]), reactions(&["eyes"])));
    assert_eq!((stage.comments(number).len(), stage.runs(number).len()), (2, 2));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_command_on_a_line_of_the_change_is_heard() {
    let (stage, number) = reviewed().await;
    let comment = stage.github.comment_on_line(REPOSITORY, number, "mona", "src/parser.py", 17, "/hyperion reanalyze");
    stage.settle().await;
    assert_eq!(stage.reactions(comment), reactions(&["eyes"]));
    assert_eq!(stage.runs(number).len(), 2);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_comment_that_is_gone_before_it_is_answered_fails_nothing() {
    let (stage, number) = reviewed().await;
    let comment = stage.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    stage.github.delete_comment(comment);
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_command_on_a_closed_pull_request_starts_nothing() {
    let (stage, number) = reviewed().await;
    stage.github.close(REPOSITORY, number);
    stage.settle().await;
    let (_, n_runs) = say(&stage, number, "mona", "/hyperion reanalyze").await;
    assert_eq!(n_runs, 1);
    stage.assert_clean().await;
}
