//! Which commits came in with which merge?
//!
//! In: a log and the newest commit of its main line. Out: for each commit of the main line, the commits it brought in.
//! A pull request that was merged is known by its merge; what was reviewed are the commits behind it.

use crate::domain::Log;
use rustc_hash::FxHashMap;

/// For each commit on the first-parent line that ends in `tip`: the commits that were not reachable from the line
/// before, ascending and with the commit itself. Indexes into [`Log::commits`].
pub fn landings(log: &Log, tip: u32) -> FxHashMap<u32, Vec<u32>> {
    let mut has_landed = vec![false; log.commits.len()];
    let mut line = main_line(log, tip);
    line.reverse();
    line.into_iter().map(|commit| (commit, landed_with(log, commit, &mut has_landed))).collect()
}

/// The first-parent line that ends in `tip`, newest first. Indexes into [`Log::commits`].
pub fn main_line(log: &Log, tip: u32) -> Vec<u32> {
    std::iter::successors(Some(tip), |commit| log.commits[*commit as usize].parents.first().copied()).collect()
}

fn landed_with(log: &Log, commit: u32, has_landed: &mut [bool]) -> Vec<u32> {
    let mut landed = Vec::new();
    let mut waiting = vec![commit];
    while let Some(commit) = waiting.pop() {
        if !std::mem::replace(&mut has_landed[commit as usize], true) {
            landed.push(commit);
            waiting.extend(&log.commits[commit as usize].parents);
        }
    }
    landed.sort_unstable();
    landed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::test_log::TestLog;

    #[test]
    fn a_merge_brings_in_the_commits_of_its_branch_and_no_others() {
        let mut log = TestLog::new();
        for subject in ["root", "branch", "branch again", "main", "merge", "after"] {
            log = log.commit(subject, &[]);
        }
        let mut log = log.log;
        for (commit, parents) in [(0, vec![]), (1, vec![0]), (2, vec![1]), (3, vec![0]), (4, vec![3, 2]), (5, vec![4])]
        {
            log.commits[commit as usize].parents = parents;
        }
        let landings = landings(&log, 5);
        let of = |commit: u32| landings.get(&commit).cloned();
        assert_eq!((of(0), of(3), of(4), of(5)), (Some(vec![0]), Some(vec![3]), Some(vec![1, 2, 4]), Some(vec![5])));
        assert_eq!((of(1), of(2)), (None, None));
    }
}
