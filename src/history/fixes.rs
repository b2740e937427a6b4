//! Does this commit repair a defect?
//!
//! In: a commit's message and the paths it changes. Out: the evidence that it is a fix, if there is any. A fix
//! changes source files; what only touches tests, docs or manifests repairs no defect a user could meet. Rules are
//! plain and ordered: reverts, conventional commit types, then words with their usual false friends.

use crate::code::is_source;
use crate::domain::{Commit, Diff, Log};
use std::ops::Range;

/// Why a commit counts as a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixEvidence {
    /// It undoes an earlier commit.
    Revert,
    /// Its conventional commit type says so (`fix:`, `bugfix:`, `hotfix:`).
    CommitType,
    /// Its subject names a repair (`fix`, `resolve crash`, ...).
    Subject,
    /// A line of its body closes an issue as fixed (`fixes #12`).
    ClosesIssue,
}

/// Words that name a repair wherever they stand in a subject.
const REPAIR_WORDS: [&str; 29] = [
    "fix",
    "fixes",
    "fixed",
    "fixing",
    "fixup",
    "bugfix",
    "bugfixes",
    "hotfix",
    "bug",
    "bugs",
    "defect",
    "defects",
    "regression",
    "regressions",
    "crash",
    "crashes",
    "crashing",
    "segfault",
    "deadlock",
    "leak",
    "leaks",
    "overflow",
    "underflow",
    "corruption",
    "panics",
    "workaround",
    "repair",
    "repairs",
    "repaired",
];

/// What such a word is often about without any defect: the subject is then no fix.
const FALSE_FRIENDS: [&str; 30] = [
    "typo",
    "typos",
    "spelling",
    "grammar",
    "doc",
    "docs",
    "documentation",
    "docstring",
    "docstrings",
    "readme",
    "changelog",
    "comment",
    "comments",
    "lint",
    "lints",
    "linter",
    "clippy",
    "rustfmt",
    "pylint",
    "flake8",
    "eslint",
    "formatting",
    "whitespace",
    "indentation",
    "ci",
    "travis",
    "codecov",
    "warning",
    "warnings",
    "rubocop",
];

/// Conventional commit types that say what a commit is, and that it is no fix.
const OTHER_TYPES: [&str; 11] =
    ["feat", "feature", "docs", "doc", "style", "refactor", "test", "tests", "build", "ci", "chore"];

/// Why `commit` is a fix, or `None`. Merges never are: their parts are looked at one by one.
pub fn fix_evidence(log: &Log, commit: &Commit) -> Option<FixEvidence> {
    let changes_source = || commit.changes.iter().any(|change| is_source(&log.paths[change.path as usize]));
    if commit.is_merge() {
        return None;
    }
    evidence_in(&commit.message).filter(|_| changes_source())
}

/// Whether a pull request is itself a fix: one of its commits says so, and it changes source files.
pub fn is_fix_diff(diff: &Diff) -> bool {
    let changes_source = diff.files.iter().any(|file| is_source(&file.path));
    changes_source && diff.messages.iter().any(|message| evidence_in(message).is_some())
}

fn evidence_in(message: &str) -> Option<FixEvidence> {
    let subject = message.lines().next().unwrap_or("").trim();
    let body = message.get(subject.len()..).unwrap_or("");
    if is_revert(subject, body) {
        return Some(FixEvidence::Revert);
    }
    match commit_type(subject).as_deref() {
        Some("fix" | "bugfix" | "hotfix") => return (!has_false_friend(subject)).then_some(FixEvidence::CommitType),
        Some(other) if OTHER_TYPES.contains(&other) => return None,
        _ => {}
    }
    if has_false_friend(subject) {
        return None;
    }
    if words(subject).any(|word| REPAIR_WORDS.contains(&word.as_str())) {
        return Some(FixEvidence::Subject);
    }
    body.lines().any(closes_issue_as_fixed).then_some(FixEvidence::ClosesIssue)
}

fn is_revert(subject: &str, body: &str) -> bool {
    let marks = subject.starts_with("Revert \"") || body.contains("This reverts commit ");
    // A revert of a revert brings the change back; it repairs nothing.
    marks && !subject.starts_with("Revert \"Revert \"")
}

/// `fix` of `fix(parser)!: …`; `None` where the subject has no such form.
fn commit_type(subject: &str) -> Option<String> {
    let (head, _) = subject.split_once(':')?;
    let head = head.trim_end_matches('!');
    let kind = head.split('(').next()?;
    let is_plain = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic());
    let has_scope = head.len() == kind.len() || head.ends_with(')');
    (is_plain && has_scope).then(|| kind.to_ascii_lowercase())
}

fn has_false_friend(subject: &str) -> bool {
    words(subject).any(|word| FALSE_FRIENDS.contains(&word.as_str())) || is_about_tests(subject)
}

/// "fix test", "fix flaky tests", "fix the build": the product had no defect.
fn is_about_tests(subject: &str) -> bool {
    let all: Vec<String> = words(subject).collect();
    all.windows(2).enumerate().any(|(at, pair)| {
        let fixes = pair[0].starts_with("fix");
        let target = all.iter().skip(at + 1).find(|word| !FILLERS.contains(&word.as_str()));
        fixes && target.is_some_and(|word| NOT_THE_PRODUCT.contains(&word.as_str()))
    })
}

const FILLERS: [&str; 9] = ["the", "a", "some", "flaky", "failing", "broken", "unit", "integration", "for"];
const NOT_THE_PRODUCT: [&str; 8] = ["test", "tests", "build", "builds", "example", "examples", "benchmark", "benches"];

/// `fixes #12`, `Fixed: https://…/issues/12`: the word, then a reference to an issue.
fn closes_issue_as_fixed(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    ["fix ", "fixes ", "fixed ", "fix: ", "fixes: ", "fixed: "].iter().any(|word| {
        after(&lower, word).is_some_and(|range| {
            let rest = lower[range].trim_start();
            rest.starts_with('#') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) || rest.contains("/issues/")
        })
    })
}

/// Bytes after the first `word` that begins a word of `text`.
fn after(text: &str, word: &str) -> Option<Range<usize>> {
    let at = text.find(word)?;
    let begins = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    begins.then_some(at + word.len()..text.len())
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: Option<FixEvidence>) {
        assert_eq!(evidence_in(message), expected, "{message}");
    }

    #[test]
    fn a_message_that_names_a_repair_is_a_fix() {
        check("fix(parser)!: keep the last line", Some(FixEvidence::CommitType));
        check("Fix panic on empty input", Some(FixEvidence::Subject));
        check("Resolve crash when the file is gone (#12)", Some(FixEvidence::Subject));
        check("Keep the last line\n\nFixes #12", Some(FixEvidence::ClosesIssue));
        check("Revert \"Use a faster hash\"\n\nThis reverts commit abc.", Some(FixEvidence::Revert));
    }

    #[test]
    fn what_only_sounds_like_a_repair_is_none() {
        check("Fix typo in error message", None);
        check("fix(docs): broken link in the readme", None);
        check("Fix flaky tests on Windows", None);
        check("feat: fix the order of columns on demand", None);
        check("chore: fix release script", None);
        check("Fix clippy warnings", None);
        check("Add prefix matching", None);
        check("Revert \"Revert \"Use a faster hash\"\"", None);
        check("Add a parser\n\nSee the fixture in prefix #12", None);
        check("", None);
    }
}
