//! Does this commit repair a defect?
//!
//! In: a commit's message, the paths it changes and, where they are known, the labels of the issues it refers to. Out:
//! the evidence that it is a fix, if there is any. A fix changes source lines; what only touches tests, docs or
//! manifests repairs no defect a user could meet. A revert is a fix when what it undoes changed source lines; every
//! other commit is scored by what it shows (`signs.rs`) with learned weights (`weights.rs`). The room's card holds the
//! measured precision and recall.

mod issue_labels;
mod learn;
mod signs;
mod weights;
mod words;

use super::reverts::{self, Reverts};
use crate::code::is_source;
use crate::domain::{Commit, Diff, FileChange, Log};
use issue_labels::Vote;
pub use learn::{Weights, learn};
use signs::Sign;
pub use signs::{SIGNS, Shown, shown};
pub use words::speaks_of_speed;

/// What an issue labelled as a defect adds to the score, and one labelled as something else takes away. Not learned: no
/// labelled commit came with issue labels. It outweighs any single sign.
const ISSUE_LABEL_WEIGHT: f64 = 3.0;

/// Why a commit counts as a fix: the strongest of what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixEvidence {
    /// It undoes an earlier commit that changed source lines.
    Revert,
    /// An issue it refers to is labelled as a defect.
    IssueLabel,
    /// Its conventional commit type says so (`fix:`, `bugfix:`, `hotfix:`).
    CommitType,
    /// Its subject names a repair (`fix`, `resolve crash`, ...).
    Subject,
    /// Its subject describes wrong or due behaviour (`keep …`, `do not …`, `… when …`).
    Behaviour,
    /// Its body tells of a defect or of a repair.
    Body,
    /// It closes an issue (`fixes #12`).
    ClosesIssue,
    /// It adds a changelog note that is filed under bug fixes.
    BugNote,
}

/// Why commit `at` of `log` is a fix, or `None`. Merges never are: their parts are looked at one by one.
///
/// `reverts` are those of the same log. Depends on the commit and on what came before it, never on what came after.
pub fn fix_evidence(log: &Log, at: u32, reverts: &Reverts) -> Option<FixEvidence> {
    let commit = &log.commits[at as usize];
    let undone = reverts.undoes(at);
    let undoes_source = || undone.iter().any(|undone| changes_source(log, &log.commits[*undone as usize]));
    if commit.is_merge() || !changes_source(log, commit) {
        return None;
    }
    if reverts::is_revert(&commit.message) && !undone.is_empty() {
        return (!reverts.brings_back(at) && undoes_source()).then_some(FixEvidence::Revert);
    }
    let paths = commit.changes.iter().map(|change| log.paths[change.path as usize].as_str());
    evidence_in(&commit.message, paths, &[])
}

/// Whether a pull request is itself a fix: one of its commits says so, and it changes source lines.
///
/// `issue_labels` are the labels of the issues it refers to, as far as they are known.
pub fn is_fix_diff(diff: &Diff, issue_labels: &[&str]) -> bool {
    let changes_lines = |file: &&crate::domain::DiffFile| file.added + file.deleted > 0 || !file.is_counted;
    let changes_source = diff.files.iter().filter(changes_lines).any(|file| is_source(&file.path));
    let paths = || diff.files.iter().map(|file| file.path.as_str());
    changes_source && diff.messages.iter().any(|message| evidence_in(message, paths(), issue_labels).is_some())
}

/// Why a commit with this message, which changes source lines in some of `paths`, is a fix, or `None`.
///
/// `issue_labels` are the labels of the issues it refers to, as far as they are known.
pub fn evidence_in<'a>(
    message: &str,
    paths: impl Iterator<Item = &'a str>,
    issue_labels: &[&str],
) -> Option<FixEvidence> {
    if reverts::is_reapplied(message) {
        return None;
    }
    if reverts::is_revert(message) {
        return Some(FixEvidence::Revert);
    }
    let shown = shown(message, paths);
    let of_labels = match issue_labels::vote(issue_labels) {
        Some(Vote::Defect) => ISSUE_LABEL_WEIGHT,
        Some(Vote::Other) => -ISSUE_LABEL_WEIGHT,
        None => 0.0,
    };
    (weights::score(&shown) + of_labels > 0.0).then(|| strongest(&shown, of_labels))
}

fn strongest(shown: &Shown, of_labels: f64) -> FixEvidence {
    let of_signs = weights::contributions(shown).filter_map(|(sign, weight)| Some((evidence_of(sign)?, weight)));
    let all = std::iter::once((FixEvidence::IssueLabel, of_labels)).chain(of_signs);
    let best = all.filter(|(_, weight)| *weight > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(FixEvidence::Behaviour, |(evidence, _)| evidence)
}

/// What a sign is called to people, for those that name a reason.
fn evidence_of(sign: Sign) -> Option<FixEvidence> {
    match sign {
        Sign::RepairType => Some(FixEvidence::CommitType),
        Sign::NamesRepair | Sign::BeginsWithRepair => Some(FixEvidence::Subject),
        Sign::Behaviour => Some(FixEvidence::Behaviour),
        Sign::TellsDefect | Sign::TellsRepair => Some(FixEvidence::Body),
        Sign::ClosesIssue => Some(FixEvidence::ClosesIssue),
        Sign::BugNote => Some(FixEvidence::BugNote),
        _ => None,
    }
}

fn changes_source(log: &Log, commit: &Commit) -> bool {
    // A move changes no line; a file too large to count may have changed.
    let changes_lines = |change: &&FileChange| change.churn() > 0 || !change.is_counted;
    commit.changes.iter().filter(changes_lines).any(|change| is_source(&log.paths[change.path as usize]))
}

#[cfg(test)]
mod tests;
