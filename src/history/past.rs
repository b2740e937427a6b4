//! What is known of a repository as of one commit?

use super::Labels;
use crate::domain::{CommitId, Log, Timestamp};
use serde::{Deserialize, Serialize};

/// The part of a log that is reachable from one commit, with what was learned from exactly that part.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    /// The whole log; only the commits in `order` may be looked at.
    pub log: &'a Log,
    /// Reachable commits, oldest first by commit time, parents before children. Indexes into [`Log::commits`].
    pub order: Vec<u32>,
    /// Which commits repair a defect: one entry for each commit of the log, false for commits outside `order`.
    pub is_fix: Vec<bool>,
    /// Which (commit, file) a fix blames, oldest fix first.
    pub introductions: Vec<Introduction>,
    /// The commit the past ends with.
    pub as_of_commit: CommitId,
    /// Its time: every label is judged as of this moment.
    pub as_of: Timestamp,
}

/// Lines a fix repaired, traced to the commit that introduced the defect (SZZ). Carries its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Introduction {
    /// The fix, index into [`Log::commits`].
    pub fix: u32,
    /// The commit that is blamed, index into [`Log::commits`]; never a merge.
    pub culprit: u32,
    /// The file as the culprit named it, index into [`Log::paths`].
    pub path: u32,
    /// The file as the fix's parent named it, index into [`Log::paths`].
    pub fixed_path: u32,
    /// How many lines connect the two.
    pub n_lines: u32,
    /// Where the first of those lines stand in the fix's parent: up to three runs of lines, first and last; (0, 0) is
    /// none.
    pub lines: [(u32, u32); MAX_RUNS],
    /// Whether the fix changed these lines. If not, they stand beside what it added.
    pub is_repaired: bool,
    /// Chance that the culprit introduced the defect, in (0, 1].
    pub confidence: f32,
}

/// Runs of lines an [`Introduction`] keeps: nine in ten have no more, and it stays a plain value.
pub const MAX_RUNS: usize = 3;

/// The first runs of consecutive numbers in `lines` (ascending).
pub(super) fn first_runs(lines: &[u32]) -> [(u32, u32); MAX_RUNS] {
    let mut runs = [(0, 0); MAX_RUNS];
    for (run, lines) in runs.iter_mut().zip(lines.chunk_by(|line, next| line + 1 == *next)) {
        *run = (lines[0], lines[lines.len() - 1]);
    }
    runs
}

impl<'a> Past<'a> {
    /// Everything reachable from `as_of_commit`; `None` when the log does not hold that commit.
    ///
    /// `labels` must cover the log. What a fix outside the past revealed is not in it.
    pub fn new(log: &'a Log, labels: &Labels, as_of_commit: CommitId) -> Option<Self> {
        let tip = log.commits.iter().rposition(|commit| commit.id == as_of_commit)?;
        let is_reachable = reachable(log, tip);
        let mut order: Vec<u32> = (0..=tip as u32).filter(|at| is_reachable[*at as usize]).collect();
        order.sort_by_key(|at| (log.commits[*at as usize].committed_at, *at));
        let is_fix = labels.is_fix.iter().zip(&is_reachable).map(|(fix, reachable)| *fix && *reachable).collect();
        let knows = |at: u32| is_reachable[at as usize];
        let introductions =
            labels.introductions.iter().filter(|found| knows(found.fix) && knows(found.culprit)).copied().collect();
        Some(Self { log, order, is_fix, introductions, as_of_commit, as_of: log.commits[tip].committed_at })
    }

    /// A past without any commit, for the first change of a repository.
    pub fn empty(log: &'a Log, as_of_commit: CommitId, as_of: Timestamp) -> Self {
        let is_fix = vec![false; log.commits.len()];
        Self { log, order: Vec::new(), is_fix, introductions: Vec::new(), as_of_commit, as_of }
    }
}

fn reachable(log: &Log, tip: usize) -> Vec<bool> {
    let mut is_reachable = vec![false; log.commits.len()];
    is_reachable[tip] = true;
    // Parents stand before children, so one walk from the tip down sees every child before its parents.
    for at in (0..=tip).rev() {
        if is_reachable[at] {
            for parent in &log.commits[at].parents {
                is_reachable[*parent as usize] = true;
            }
        }
    }
    is_reachable
}

#[cfg(test)]
mod tests {
    use crate::history::test_log::TestLog;

    #[test]
    fn the_past_of_a_commit_does_not_hold_what_came_after() {
        let built = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\n")])
            .commit("add b", &[("b.py", "x = 1\n")])
            .commit("fix a", &[("a.py", "x = 2\n")]);
        let labels = built.labels();
        let before = super::Past::new(&built.log, &labels, built.log.commits[1].id).unwrap();
        assert_eq!(before.order, [0, 1]);
        assert!(before.introductions.is_empty() && !before.is_fix[2]);
        let after = super::Past::new(&built.log, &labels, built.log.commits[2].id).unwrap();
        assert_eq!((after.order.len(), after.introductions.len()), (3, 1));
    }
}
