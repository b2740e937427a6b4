//! What can one do, beyond reading?
//!
//! In: ImpactAnalyzer's answer. Out: folded sections on usual companions, tests and how to run them, who could look at
//! the change, and the open pull requests it meets. Never mentions anybody: an owner's `@name` stands as code, so
//! that nobody is called.

use super::sections::list;
use super::{Block, Section, file};
use crate::models::answer::{Companion, ImpactAnswer, OverlappingPullRequest, SuggestedReviewer};
use crate::review::Input;
use crate::review::span::{Line, count};

/// Files of an open pull request that are named.
const MAX_FILES: usize = 3;

/// All of them that have something to say.
pub(super) fn all(input: &Input<'_>, answer: &ImpactAnswer) -> Vec<Section> {
    [companions(input, answer), tests(input, answer), reviewers(answer), open_pull_requests(answer)]
        .into_iter()
        .flatten()
        .collect()
}

fn companions(input: &Input<'_>, answer: &ImpactAnswer) -> Option<Section> {
    let companion = |companion: &Companion| {
        Line::new()
            .with(file(input, &companion.file))
            .ours(" changed with ")
            .path(&companion.with)
            .ours(format!(" in {} of {} cases", companion.n_together, companion.n_changes))
    };
    let n = answer.missing_companions.len();
    list(format!("{} missing from this change", count(n, "usual companion")), &answer.missing_companions, companion)
}

fn tests(input: &Input<'_>, answer: &ImpactAnswer) -> Option<Section> {
    let n = answer.recommended_tests.len();
    let mut section = list(format!("{} worth running", count(n, "test file")), &answer.recommended_tests, |test| {
        Line::new().with(file(input, test))
    })?;
    if answer.n_tests_left > 0 {
        let left = format!("{} more reach the change, less directly.", count(answer.n_tests_left, "test file"));
        section.blocks.push(Block::Text(Line::new().ours(left)));
    }
    let commands: Vec<Line> = answer.test_commands.iter().map(|made| Line::new().code(&made.command)).collect();
    let n_run: usize = answer.test_commands.iter().map(|made| made.n_tests).sum();
    if !commands.is_empty() {
        let how = if n_run < n { format!("To run {n_run} of them:") } else { "To run them:".to_owned() };
        section.blocks.extend([Block::Text(Line::new().ours(how)), Block::Items(commands)]);
    }
    if let Some(record) = answer.test_record {
        let record = format!(
            "Such a choice held a test of the later fix in {} of {} past breaks here (habits as of each break, imports \
             as of today).",
            record.n_caught, record.n_breaks
        );
        section.blocks.push(Block::Text(Line::new().ours(record)));
    }
    Some(section)
}

fn reviewers(answer: &ImpactAnswer) -> Option<Section> {
    let line = |one: &SuggestedReviewer| {
        let line = Line::new().code(&one.name).ours(": ").theirs(&one.reason);
        let knows = (one.knowledge > 0.0)
            .then(|| format!("; {:.0}% of what is known of them, newer changes counting more", 100.0 * one.knowledge));
        line.ours(knows.unwrap_or_default())
    };
    let n = answer.reviewers.len();
    let people = if n == 1 {
        "1 person who could look at this".to_owned()
    } else {
        format!("{n} people who could look at this")
    };
    list(people, &answer.reviewers, line)
}

fn open_pull_requests(answer: &ImpactAnswer) -> Option<Section> {
    let n = answer.overlapping_pull_requests.len();
    let mut section = list(
        format!(
            "{} the same code",
            if n == 1 { "1 open pull request touches".to_owned() } else { format!("{n} open pull requests touch") }
        ),
        &answer.overlapping_pull_requests,
        overlap,
    )?;
    let order: Vec<String> = answer.merge_order.iter().map(|number| format!("#{number}")).collect();
    if !order.is_empty() {
        let order = format!(
            "Merge in the order {}: what others depend on first, then the smaller, then the older.",
            order.join(", ")
        );
        section.blocks.push(Block::Text(Line::new().ours(order)));
    }
    Some(section)
}

fn overlap(one: &OverlappingPullRequest) -> Line {
    let line = Line::new().ours(format!("#{} ", one.number)).theirs(&one.title);
    let mut line = if one.shared_files.is_empty() { line } else { line.ours("; also changes ") };
    for (at, path) in one.shared_files.iter().take(MAX_FILES).enumerate() {
        line = line.ours(if at == 0 { "" } else { ", " }).path(path);
    }
    for (here, there) in one.linked_files.iter().take(MAX_FILES.saturating_sub(one.shared_files.len())) {
        line = line.ours("; ").path(there).ours(" there and ").path(here).ours(" here depend on one another");
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::models::answer::{Outcome, OverlappingPullRequest, SuggestedReviewer, TestCommand, TestRecord};
    use crate::review::scenarios;

    fn comment() -> String {
        let mut scenario = scenarios::flagged();
        let Outcome::Ready(answer) = &mut scenario.impact else { panic!("the scenario has an impact") };
        answer.recommended_tests = vec!["tests/test_a.py".to_owned()];
        answer.n_tests_left = 4;
        answer.test_record = Some(TestRecord { n_breaks: 40, n_caught: 31 });
        let command = "python -m pytest tests/test_a.py".to_owned();
        answer.test_commands = vec![TestCommand { runner: "pytest".to_owned(), command, n_tests: 1 }];
        let reviewer = |name: &str| SuggestedReviewer { name: name.to_owned(), ..SuggestedReviewer::default() };
        answer.reviewers = vec![reviewer("@octo/core"), reviewer("<img src=x>")];
        answer.overlapping_pull_requests = vec![OverlappingPullRequest {
            number: 12,
            title: "@everyone <script> [x](http://y) fixes #1".to_owned(),
            shared_files: vec!["src/`a`.rs".to_owned()],
            linked_files: Vec::new(),
        }];
        answer.merge_order = vec![12, 13];
        scenario.review().comment
    }

    #[test]
    fn what_to_do_is_said_with_its_numbers() {
        let comment = comment();
        for said in [
            "`python -m pytest tests/test_a.py`",
            "4 test files more reach",
            "in 31 of 40 past breaks",
            "2 people who could look at this",
            "Merge in the order #12, #13",
        ] {
            assert!(comment.contains(said), "{said} is missing in {comment}");
        }
    }

    #[test]
    fn names_and_titles_of_strangers_are_disarmed() {
        let comment = comment();
        // Between backticks nothing is markup.
        assert!(
            comment.contains("`@octo/core`")
                && comment.matches("<img").count() == comment.matches("`<img src=x>`").count()
        );
        for active in ["<script>", "[x](http", " @everyone"] {
            assert!(!comment.contains(active), "{active} in {comment}");
        }
    }
}
