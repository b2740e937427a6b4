//! What did past changes touch, under the names of today?
//!
//! In: a past. Out: its non-merge commits, newest first, each with the present paths of the files it changed: a renamed
//! file keeps its past. Never rebuilds the tree a commit met.

use crate::domain::{ChangeKind, Commit};
use crate::history::Past;
use rustc_hash::FxHashMap;

/// Non-merge commits, newest first, with present paths. A file that is gone keeps its last name.
pub(super) fn past_changes<'a>(past: &'a Past<'a>) -> impl Iterator<Item = (&'a Commit, Vec<&'a str>)> {
    let mut name_today = FxHashMap::<u32, u32>::default();
    let commits = past.order.iter().rev().map(|&commit| &past.log.commits[commit as usize]);
    commits.filter(|commit| !commit.is_merge()).map(move |commit| {
        let mut paths = Vec::with_capacity(commit.changes.len());
        for change in &commit.changes {
            let today = name_today.get(&change.path).copied().unwrap_or(change.path);
            if change.kind == ChangeKind::Renamed {
                name_today.extend(change.old_path.map(|old| (old, today)));
            }
            paths.push(past.log.paths[today as usize].as_str());
        }
        (commit, paths)
    })
}
