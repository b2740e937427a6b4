//! What does a pull request get, from its opening to its end?

use super::stage::{MARKER, REPOSITORY, Stage};
use crate::support::history::{FRAGILE, STEADY, commit, deletion, renames, rewrite_one_function, small_edit, tiny};

#[tokio::test]
async fn an_opened_pull_request_gets_a_check_run_and_one_comment() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.past_statuses, ["in_progress", "completed"]);
    assert!(run.started_at <= run.completed_at);
    let comment = stage.only_comment(number);
    assert_eq!((comment.author.as_str(), comment.n_edits), ("hyperion-test[bot]", 0));
    assert!(comment.body.contains(&run.head[..7]), "the comment names the commit it is about: {}", comment.body);
    stage.assert_clean().await;
}

#[tokio::test]
async fn the_check_run_is_in_progress_before_anything_is_fetched() {
    let stage = Stage::with(&tiny()).await;
    stage.github.forget_requests();
    stage.open(&small_edit());
    stage.settle().await;
    let requests = stage.github.requests();
    let began = requests.iter().position(|request| request.method == "POST" && request.path.ends_with("/check-runs"));
    let fetched = requests.iter().position(|request| request.path.contains(".git/"));
    assert!(began.unwrap() < fetched.unwrap());
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_history_that_is_too_short_is_said_and_blocks_nothing() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("neutral"));
    assert!(run.title.as_ref().unwrap().starts_with("Not enough history"), "{:?}", run.title);
    assert!(run.annotations.is_empty());
    let comment = stage.only_comment(number).body;
    assert!(comment.contains("Not enough history") && comment.contains("What is missing"), "{comment}");
    stage.assert_clean().await;
}

#[tokio::test]
async fn every_flagged_file_is_annotated_and_at_most_three_get_a_note() {
    let stage = Stage::with_verdicts("thresholds:\n  risk: 0\n").await;
    let paths = [FRAGILE[0], FRAGILE[2], STEADY[1], STEADY[2], STEADY[9]];
    let commits: Vec<_> = paths.iter().map(|path| rewrite_one_function(path, 1)).collect();
    let number = stage.open(&commits);
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("neutral"), "a flag is advice unless the repository says otherwise");
    let mut annotated: Vec<&str> = run.annotations.iter().map(|note| note["path"].as_str().unwrap()).collect();
    annotated.sort_unstable();
    let mut expected = paths;
    expected.sort_unstable();
    assert_eq!(annotated, expected);
    assert!(run.annotations.iter().all(|note| note["start_line"].as_u64().unwrap() > 1), "{:?}", run.annotations);
    assert_eq!(stage.github.reviews(REPOSITORY, number).len(), 1);
    assert_eq!(stage.github.review_comments(REPOSITORY, number).len(), 3);
    stage.only_comment(number);

    stage.push(&[rewrite_one_function(STEADY[3], 1)]);
    stage.settle().await;
    stage.only_run(number);
    assert_eq!(stage.github.review_comments(REPOSITORY, number).len(), 3, "a push is no reason for more notes");
    assert_eq!(stage.only_comment(number).n_edits, 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_change_below_the_thresholds_passes() {
    let stage = Stage::with_verdicts("thresholds:\n  risk: 1\n  impact: 10\n").await;
    let number = stage.open(&[rewrite_one_function(STEADY[1], 1)]);
    stage.settle().await;
    let run = stage.only_run(number);
    assert_eq!(run.conclusion.as_deref(), Some("success"), "{run:#?}");
    assert!(run.annotations.is_empty());
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_push_is_reviewed_anew_and_the_comment_is_edited() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    let first = stage.only_comment(number);
    let head = stage.push(&[commit("Say more").write("src/more.py", "def more():\n    return 1\n")]);
    stage.settle().await;
    stage.only_run(number);
    let second = stage.only_comment(number);
    assert_eq!((second.id, second.n_edits), (first.id, 1));
    assert!(second.body.contains(&head[..7]) && !first.body.contains(&head[..7]));
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_comment_that_was_deleted_is_made_again_and_others_comments_stay() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    let forged = stage.github.comment(REPOSITORY, number, "mallory", &format!("not yours {MARKER}"));
    stage.settle().await;
    stage.github.delete_comment(stage.only_comment(number).id);
    stage.push(&renames());
    stage.settle().await;
    stage.only_comment(number);
    let comments = stage.github.comments(REPOSITORY, number);
    let untouched = comments.iter().find(|comment| comment.id == forged).unwrap();
    assert_eq!(untouched.n_edits, 0, "a stranger's copy of the marker is a stranger's comment");
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_draft_gets_a_check_run_and_its_comment_when_it_is_ready() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open_draft(&small_edit());
    stage.settle().await;
    stage.only_run(number);
    assert!(stage.comments(number).is_empty());
    stage.github.mark_ready(REPOSITORY, number);
    stage.settle().await;
    stage.newest_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_pull_request_that_goes_back_to_draft_keeps_its_one_comment() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.convert_to_draft(REPOSITORY, number);
    stage.push(&renames());
    stage.settle().await;
    stage.github.mark_ready(REPOSITORY, number);
    stage.settle().await;
    let head = stage.pull(number).head;
    let comment = stage.only_comment(number);
    assert!(comment.body.contains(&head[..7]), "{}", comment.body);
    stage.assert_clean().await;
}

#[tokio::test]
async fn another_base_is_reviewed_anew_and_another_title_is_not() {
    let stage = Stage::with(&tiny()).await;
    stage.github.force_push(REPOSITORY, "next", "main", &deletion());
    let number = stage.open(&small_edit());
    stage.settle().await;
    stage.github.forget_requests();
    stage.github.retitle(REPOSITORY, number, "@everyone look");
    stage.settle().await;
    assert!(stage.github.requests().is_empty(), "a title changes no verdict");
    stage.github.change_base(REPOSITORY, number, "next");
    stage.settle().await;
    assert_eq!(stage.runs(number).len(), 2);
    stage.newest_run(number);
    let comment = stage.only_comment(number);
    assert_eq!(comment.n_edits, 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_closed_pull_request_is_left_alone_and_a_reopened_one_is_reviewed() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.open(&small_edit());
    stage.github.close(REPOSITORY, number);
    stage.settle().await;
    assert!(stage.runs(number).is_empty() && stage.comments(number).is_empty());
    stage.github.reopen(REPOSITORY, number);
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_pull_request_from_a_fork_is_reviewed_like_any_other() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.github.open_change_from_fork(REPOSITORY, "hubot", "spaces", &small_edit());
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.github.push("hubot/engine", "spaces", &renames());
    stage.settle().await;
    stage.only_run(number);
    assert_eq!(stage.only_comment(number).n_edits, 1);
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_fork_that_was_deleted_leaves_a_pull_request_that_can_be_reviewed() {
    let stage = Stage::with(&tiny()).await;
    let number = stage.github.open_change_from_fork(REPOSITORY, "hubot", "spaces", &small_edit());
    stage.github.delete_repository("hubot/engine");
    stage.settle().await;
    stage.only_run(number);
    stage.only_comment(number);
    stage.assert_clean().await;
}

#[tokio::test]
async fn two_pull_requests_get_a_comment_each() {
    let stage = Stage::with(&tiny()).await;
    let first = stage.github.open_change(REPOSITORY, "one", &small_edit());
    let second = stage.github.open_change(REPOSITORY, "two", &renames());
    stage.settle().await;
    for number in [first, second] {
        stage.only_run(number);
        stage.only_comment(number);
    }
    stage.assert_clean().await;
}

#[tokio::test]
async fn a_private_repository_is_read_with_the_installations_token() {
    let github = crate::support::github::GitHub::start();
    github.create_private_repository("octo/secret", &tiny());
    github.install("octo", &["octo/secret"]);
    let database = crate::support::database::Database::fresh().await;
    let bot = crate::support::bot::Bot::start(&github, &database).await;
    let number = github.open_change("octo/secret", "topic", &small_edit());
    bot.settle(&github).await;
    let runs = github.check_runs("octo/secret", &github.pull_request("octo/secret", number).head);
    assert_eq!((runs.len(), runs[0].status.as_str()), (1, "completed"));
    assert_eq!(github.bot_comments("octo/secret", number).len(), 1);
    let log = bot.log();
    assert!(!log.contains("ghs_") && !log.contains("PRIVATE KEY") && !log.contains("x-access-token"), "{log}");
    github.assert_clean();
}

#[tokio::test]
async fn an_open_pull_request_on_the_same_file_is_named_with_the_order_in_which_to_merge() {
    let stage = Stage::with_verdicts("comment: on\n").await;
    let first = stage.github.open_change(REPOSITORY, "first", &[rewrite_one_function(FRAGILE[0], 1)]);
    stage.settle().await;
    assert!(!stage.only_comment(first).body.contains("open pull request"));
    let apart = stage.github.open_change(REPOSITORY, "apart", &[rewrite_one_function(STEADY[1], 1)]);
    let second = stage.github.open_change(REPOSITORY, "second", &[rewrite_one_function(FRAGILE[0], 2)]);
    stage.settle().await;
    let comment = stage.only_comment(second).body;
    assert!(comment.contains("1 open pull request touches the same code"), "{comment}");
    assert!(comment.contains(&format!("Merge in the order #{first}, #{second}")), "{comment}");
    assert!(!stage.only_comment(apart).body.contains("open pull request"));
    stage.assert_clean().await;
}
