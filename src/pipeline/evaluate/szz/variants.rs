//! Whom would the plain variants of SZZ blame?
//!
//! In: a log and a fix of it. Out: the culprits by the published rules, so that ours stand beside them on the same
//! fixes. None is used for labels.
//!
//! B: everyone who wrote a line the fix removed (Sliwerski et al., 2005). AG: of those, lines that carry code, followed
//! through changes of white space (Kim et al., 2006). L and R: of those, the commit with most lines, or the newest
//! (Davies et al., 2014). R + line above: as R, and the author of the line above an addition where a fix removes no
//! code.

use crate::code::code_lines;
use crate::domain::{BlobId, FileChange, Log};
use crate::history::LineHistory;
use rustc_hash::FxHashMap;

/// The name under which our own labels are reported.
pub(super) const OURS: &str = "ours";

/// A published way to choose culprits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    B,
    Ag,
    L,
    R,
    RAndLineAbove,
}

/// Which old lines of a change are traced.
#[derive(Clone, Copy)]
enum Lines {
    Removed,
    RemovedCode,
    Above,
}

type Text<'a> = dyn Fn(BlobId) -> Option<Vec<u8>> + 'a;

impl Variant {
    pub(super) const ALL: [Variant; 5] = [Self::B, Self::Ag, Self::L, Self::R, Self::RAndLineAbove];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::B => "B",
            Self::Ag => "AG",
            Self::L => "L",
            Self::R => "R",
            Self::RAndLineAbove => "R + line above",
        }
    }

    /// Commits that `fix` blames, ascending; merges wrote nothing of their own.
    pub(super) fn culprits(self, log: &Log, lines: &LineHistory<'_>, fix: u32, text: &Text<'_>) -> Vec<u32> {
        let traced = |which| traced(log, lines, fix, which, text);
        match self {
            Self::B => sorted(traced(Lines::Removed)),
            Self::Ag => sorted(traced(Lines::RemovedCode)),
            Self::L => most(traced(Lines::RemovedCode)),
            Self::R => newest(log, &traced(Lines::RemovedCode)),
            Self::RAndLineAbove => {
                let removed = traced(Lines::RemovedCode);
                newest(log, &if removed.is_empty() { traced(Lines::Above) } else { removed })
            }
        }
    }
}

/// How many of the traced lines each commit wrote.
fn traced(log: &Log, lines: &LineHistory<'_>, fix: u32, which: Lines, text: &Text<'_>) -> FxHashMap<u32, usize> {
    let mut n_lines: FxHashMap<u32, usize> = FxHashMap::default();
    for change in &log.commits[fix as usize].changes {
        let Some(old_blob) = change.old_blob else { continue };
        let path = change.old_path.unwrap_or(change.path);
        let wanted = wanted(&log.paths[path as usize], change, which, text);
        for origin in lines.origins(fix, path, old_blob, &wanted, text) {
            if !log.commits[origin.commit as usize].is_merge() {
                *n_lines.entry(origin.commit).or_default() += origin.lines.len();
            }
        }
    }
    n_lines
}

fn wanted(path: &str, change: &FileChange, which: Lines, text: &Text<'_>) -> Vec<u32> {
    let removed = change.hunks.iter().flat_map(|hunk| hunk.old_start..hunk.old_start + hunk.old_lines);
    if matches!(which, Lines::Removed) {
        return removed.collect();
    }
    let Some(old) = change.old_blob.and_then(text) else { return Vec::new() };
    let carries_code = code_lines(path, &old);
    let is_code = |line: &u32| *line > 0 && carries_code.get(*line as usize - 1).copied().unwrap_or(false);
    if matches!(which, Lines::RemovedCode) {
        return removed.filter(is_code).collect();
    }
    let above = |line: u32| (1..=line).rev().find(is_code);
    let mut lines: Vec<u32> = change.hunks.iter().filter_map(|hunk| above(hunk.old_start)).collect();
    lines.dedup();
    lines
}

fn sorted(n_lines: FxHashMap<u32, usize>) -> Vec<u32> {
    let mut commits: Vec<u32> = n_lines.into_keys().collect();
    commits.sort_unstable();
    commits
}

fn most(n_lines: FxHashMap<u32, usize>) -> Vec<u32> {
    n_lines.into_iter().max_by_key(|(commit, n)| (*n, *commit)).map(|(commit, _)| commit).into_iter().collect()
}

fn newest(log: &Log, n_lines: &FxHashMap<u32, usize>) -> Vec<u32> {
    let time = |commit: &u32| (log.commits[*commit as usize].committed_at, *commit);
    n_lines.keys().copied().max_by_key(time).into_iter().collect()
}
