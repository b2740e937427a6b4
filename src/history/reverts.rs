//! Which commit undoes which?
//!
//! In: a log. Out: for each revert the commits it undoes, and whether a commit is still undone at the end of the log.
//! A message names what it undoes by id ("This reverts commit 1a2b3c…") or by subject (`Revert "Add a cache"`); a
//! subject means the newest earlier commit that bears it, and serves where the id is not in the log. A revert of a
//! revert brings the first commit back.
//! Never looks at contents: what is undone by hand, without saying so, is not found.

use crate::domain::{CommitId, Log};
use rustc_hash::FxHashMap;

/// Commits one message may undo: people who undo a series name a few, pasted logs name hundreds.
const MAX_UNDONE_BY_ONE: usize = 50;

/// Digits an abbreviated id has at least: shorter ones are as often numbers or words.
const MIN_ID_DIGITS: usize = 7;

/// Who undid whom in one log. Indexes are into [`Log::commits`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reverts {
    undoes: FxHashMap<u32, Vec<u32>>,
    undone_by: FxHashMap<u32, u32>,
}

impl Reverts {
    /// All reverts of `log` whose target is in it.
    pub fn of(log: &Log) -> Self {
        let mut reverts = Self::default();
        let mut by_id: Option<Vec<(CommitId, u32)>> = None;
        let mut by_subject: FxHashMap<&str, u32> = FxHashMap::default();
        for (at, commit) in log.commits.iter().enumerate() {
            let at = at as u32;
            let mut found: Vec<u32> = reverted_ids(&commit.message)
                .take(MAX_UNDONE_BY_ONE)
                .filter_map(|digits| find_id(by_id.get_or_insert_with(|| sorted_ids(log)), digits, at))
                .collect();
            // An id may be that of a commit before it was rebased: its subject is then still here.
            if found.is_empty() {
                found.extend(reverted_subject(&commit.message).and_then(|subject| by_subject.get(bare(subject))));
            }
            found.into_iter().for_each(|target| reverts.add(at, target));
            by_subject.insert(bare(commit.subject()), at);
        }
        reverts
    }

    fn add(&mut self, at: u32, target: u32) {
        let undone = self.undoes.entry(at).or_default();
        if !undone.contains(&target) {
            undone.push(target);
        }
        self.undone_by.insert(target, at);
    }

    /// The commits that `commit` undoes, as far as they are in the log.
    pub fn undoes(&self, commit: u32) -> &[u32] {
        self.undoes.get(&commit).map_or(&[], Vec::as_slice)
    }

    /// The newest commit that undoes `commit`, whether or not it was itself undone later.
    pub fn undone_by(&self, commit: u32) -> Option<u32> {
        self.undone_by.get(&commit).copied()
    }

    /// Whether `commit` is undone at the end of the log: some commit undoes it, and nothing undid that one.
    pub fn is_undone(&self, commit: u32) -> bool {
        let mut is_undone = false;
        let mut at = commit;
        // Each step leads to a later commit, so the walk ends.
        while let Some(by) = self.undone_by(at) {
            is_undone = !is_undone;
            at = by;
        }
        is_undone
    }

    /// Whether `commit` undoes a revert: it repairs nothing, it brings a change back.
    pub fn brings_back(&self, commit: u32) -> bool {
        self.undoes(commit).iter().any(|undone| !self.undoes(*undone).is_empty())
    }
}

/// Whether `message` says that its commit as a whole undoes another one.
pub(super) fn is_revert(message: &str) -> bool {
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| begins_with(line, word));
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .next()
        .is_some_and(|subject| begins(after_labels(subject), &["revert \"", "revert '", "reverted ", "reverts "]))
        || lines.next().is_some_and(|line| begins(line, &["this reverts commit"]))
}

/// Whether `message` says that its commit undoes a revert.
pub(super) fn is_reapplied(message: &str) -> bool {
    let subject = after_labels(message.lines().next().unwrap_or("").trim());
    begins_with(subject, "reapply \"")
        || reverted_subject(message).is_some_and(|undone| begins_with(undone, "revert \""))
}

fn reverted_ids(message: &str) -> impl Iterator<Item = &str> {
    const MARK: &str = "reverts commit ";
    message.match_indices(MARK).filter_map(|(at, mark)| {
        let rest = &message[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        (MIN_ID_DIGITS..=40).contains(&end).then(|| &rest[..end])
    })
}

/// `Add a cache` of `Revert "Add a cache" (#12)`; the last quotation mark ends it, for a subject may hold others.
fn reverted_subject(message: &str) -> Option<&str> {
    let subject = after_labels(message.lines().next()?.trim());
    let rest = subject.strip_prefix("Revert \"").or_else(|| subject.strip_prefix("revert \""))?;
    rest.rfind('"').map(|end| &rest[..end]).filter(|undone| !undone.is_empty())
}

/// What follows the type, as in `revert: Revert "…"`.
fn after_labels(subject: &str) -> &str {
    match subject.split_once(": ") {
        Some((label, rest)) if label.len() <= 30 && !label.contains('"') => rest.trim_start(),
        _ => subject,
    }
}

/// A subject without the number of the pull request that GitHub appends.
fn bare(subject: &str) -> &str {
    let subject = subject.trim();
    let Some((head, number)) = subject.rsplit_once(" (#") else { return subject };
    let is_number = number.strip_suffix(')').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if is_number { head.trim_end() } else { subject }
}

fn begins_with(text: &str, lowercase: &str) -> bool {
    text.get(..lowercase.len()).is_some_and(|head| head.eq_ignore_ascii_case(lowercase))
}

fn sorted_ids(log: &Log) -> Vec<(CommitId, u32)> {
    let mut ids: Vec<(CommitId, u32)> =
        log.commits.iter().enumerate().map(|(at, commit)| (commit.id, at as u32)).collect();
    ids.sort_unstable_by_key(|(id, _)| id.0);
    ids
}

/// The only commit before `at` whose id begins with `digits`; `None` when there is none or more than one.
fn find_id(ids: &[(CommitId, u32)], digits: &str, at: u32) -> Option<u32> {
    let lower = id_from(digits, b'0')?;
    let upper = id_from(digits, b'f')?;
    let from = ids.partition_point(|(id, _)| id.0 < lower);
    // A later commit must not make an earlier name ambiguous: what is known stays known.
    let mut found = ids[from..].iter().take_while(|(id, _)| id.0 <= upper).filter(|(_, index)| *index < at);
    let first = found.next()?;
    found.next().is_none().then_some(first.1)
}

/// The id whose first digits are `digits` and whose others are all `filler`.
fn id_from(digits: &str, filler: u8) -> Option<[u8; 20]> {
    let digit = |at: usize| (*digits.as_bytes().get(at).unwrap_or(&filler) as char).to_digit(16);
    let mut id = [0; 20];
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = (digit(2 * at)? * 16 + digit(2 * at + 1)?) as u8;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::test_log::TestLog;

    fn history(messages: &[&str]) -> Log {
        let write =
            |log: TestLog, (at, message): (usize, &&str)| log.commit(message, &[("a.py", &format!("x = {at}\n"))]);
        messages.iter().enumerate().fold(TestLog::new(), write).log
    }

    fn check(messages: &[&str], undone: &[(u32, &[u32])]) {
        let reverts = Reverts::of(&history(messages));
        for (commit, targets) in undone {
            assert_eq!(reverts.undoes(*commit), *targets, "{}", messages[*commit as usize]);
        }
    }

    #[test]
    fn a_subject_means_the_newest_earlier_commit_that_bears_it() {
        let messages = ["Add a cache", "Add a cache", "Revert \"Add a cache\" (#9)", "Add a cache"];
        check(&messages, &[(0, &[]), (2, &[1]), (3, &[])]);
        check(&["Say \"hi\" (#1)", "Revert \"Say \"hi\" (#1)\" (#2)"], &[(1, &[0])]);
        check(&["Revert \"Gone before the log begins\"", "Revert \"\"", ""], &[(0, &[]), (1, &[])]);
    }

    #[test]
    fn an_id_is_found_whole_or_abbreviated_and_never_in_the_future() {
        let mut log = history(&["one", "two", "three"]);
        let name = |log: &Log, at: usize| log.commits[at].id.to_string();
        log.commits[2].message = format!("Take two back\n\nThis reverts commit {}.", name(&log, 1));
        assert_eq!(Reverts::of(&log).undoes(2), [1]);
        log.commits[2].message = format!("Back\n\nThis reverts commit {}.", &name(&log, 0)[..12]);
        assert_eq!(Reverts::of(&log).undoes(2), [0]);
        log.commits[0].message = format!("Back\n\nThis reverts commit {}.", name(&log, 2));
        assert_eq!(Reverts::of(&log).undoes(0), [0_u32; 0]);
        log.commits[2].message = "This reverts commit zzzz and reverts commit 12".into();
        assert_eq!(Reverts::of(&log).undoes(2), [0_u32; 0]);
    }

    #[test]
    fn the_subject_serves_where_the_id_is_not_in_the_log() {
        let gone = "f".repeat(40);
        let message = format!("Revert \"two\"\n\nThis reverts commit {gone}.");
        check(&["one", "two", &message], &[(2, &[1])]);
    }

    #[test]
    fn a_revert_of_a_revert_brings_the_commit_back() {
        let messages = ["Add a cache", "Revert \"Add a cache\"", "Revert \"Revert \"Add a cache\"\""];
        let reverts = Reverts::of(&history(&messages));
        assert!(!reverts.is_undone(0) && reverts.is_undone(1));
        assert!(reverts.brings_back(2) && !reverts.brings_back(1));
        let before = Reverts::of(&history(&messages[..2]));
        assert!(before.is_undone(0));
        assert_eq!(before.undone_by(0), Some(1));
    }

    #[test]
    fn a_message_that_only_mentions_a_revert_is_none() {
        assert!(is_revert("Revert \"Add a cache\"") && is_revert("deps: Revert \"Bump it\""));
        assert!(is_revert("Take it back\n\nThis reverts commit 0123456789."));
        assert!(!is_revert("Add a command that reverts settings") && !is_revert("") && !is_revert("Revertible logs"));
        assert!(is_reapplied("Revert \"Revert \"Add a cache\"\"") && is_reapplied("Reapply \"Add a cache\""));
        assert!(!is_reapplied("Revert \"Add a cache\""));
    }
}
