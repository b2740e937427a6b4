//! Which commits repair defects, and which commits introduced them?
//!
//! In: a log and the contents of the fixed files. Out: fix commits and bug-introducing changes (SZZ). For each fix the
//! removed or changed lines that carry code are traced to the commits that wrote them, and the newest of those is
//! blamed (the R variant: Davies et al., 2014; best precision of those measured). A fix that only adds lines is traced
//! through the line above its first addition. Each label depends on the fix and on what came before it, never on
//! what came after, so labels stay as they are while the log grows.

use super::fixes::fix_evidence;
use super::lines::{LineHistory, Origin, ReadText, without_spaces};
use super::past::Introduction;
use super::reverts::Reverts;
use crate::code::{code_lines, is_source};
use crate::domain::{FileChange, Log};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// A fix that touches more source files is a sweep, not one repair: its lines name no culprit.
const MAX_FILES_A_FIX: usize = 20;

/// Lines of one file of one fix that are traced; beyond, the file was rewritten rather than repaired.
const MAX_LINES_A_FILE: usize = 500;

/// What was learned from a whole log; grows with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// One entry for each commit of the log.
    pub is_fix: Vec<bool>,
    /// Blamed (commit, file) pairs, oldest fix first.
    pub introductions: Vec<Introduction>,
}

impl Labels {
    /// Labels the commits of `log` that have none yet.
    ///
    /// `read_text` gives a blob's content; it is called from `n_threads` threads through `make_reader`, one reader for
    /// each, because repository handles are not shared.
    pub fn extend<Reader>(&mut self, log: &Log, make_reader: &(dyn Fn() -> Reader + Sync), n_threads: usize)
    where
        Reader: Fn(crate::domain::BlobId) -> Option<Vec<u8>>,
    {
        let first = self.is_fix.len();
        let reverts = Reverts::of(log);
        self.is_fix.extend((first..log.commits.len()).map(|at| fix_evidence(log, at as u32, &reverts).is_some()));
        let fixes: Vec<u32> = (first..log.commits.len()).filter(|at| self.is_fix[*at]).map(|at| at as u32).collect();
        let lines = LineHistory::new(log);
        let next = std::sync::atomic::AtomicUsize::new(0);
        let mut found: Vec<Introduction> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..n_threads.max(1))
                .map(|_| {
                    scope.spawn(|| {
                        let reader = make_reader();
                        let mut found = Vec::new();
                        while let Some(fix) = fixes.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                            found.extend(introductions(log, &lines, *fix, &reader));
                        }
                        found
                    })
                })
                .collect();
            let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<Introduction>>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().flat_map(join).collect()
        });
        found.sort_unstable_by_key(|introduction| (introduction.fix, introduction.culprit, introduction.path));
        self.introductions.extend(found);
    }
}

/// Whom one fix blames: the newest commit that wrote a line it repaired, once for each file.
fn introductions(log: &Log, lines: &LineHistory<'_>, fix: u32, text: &ReadText<'_>) -> Vec<Introduction> {
    let commit = &log.commits[fix as usize];
    let repaired: Vec<&FileChange> =
        commit.changes.iter().filter(|change| is_source(&log.paths[change.path as usize])).collect();
    if repaired.len() > MAX_FILES_A_FIX {
        return Vec::new();
    }
    let origins = repaired.iter().flat_map(|change| origins_of(log, lines, fix, change, text));
    let origins: Vec<Origin> = origins.filter(|origin| !log.commits[origin.commit as usize].is_merge()).collect();
    let Some(newest) =
        origins.iter().map(|origin| origin.commit).max_by_key(|c| (log.commits[*c as usize].committed_at, *c))
    else {
        return Vec::new();
    };
    let blamed = origins.into_iter().filter(|origin| origin.commit == newest);
    blamed
        .map(|origin| Introduction { fix, culprit: newest, path: origin.path, n_lines: origin.lines.len() as u32 })
        .collect()
}

fn origins_of(log: &Log, lines: &LineHistory<'_>, fix: u32, change: &FileChange, text: &ReadText<'_>) -> Vec<Origin> {
    let Some(old_blob) = change.old_blob else { return Vec::new() };
    let path = change.old_path.unwrap_or(change.path);
    let wanted = repaired_lines(&log.paths[path as usize], change, text);
    lines.origins(fix, path, old_blob, &wanted, text)
}

/// Lines of the old version that the change repaired, ascending: removed or changed lines that carry code and do not
/// merely stand elsewhere in the same change; for a change that removes nothing, the line above each addition.
fn repaired_lines(path: &str, change: &FileChange, text: &ReadText<'_>) -> Vec<u32> {
    let (Some(old), Some(new)) = (change.old_blob.and_then(text), change.new_blob.map_or(Some(Vec::new()), text))
    else {
        return Vec::new();
    };
    let carries_code = code_lines(path, &old);
    let is_code = |line: &u32| carries_code.get(*line as usize - 1).copied().unwrap_or(false);
    let moved = added_texts(change, &new);
    let old_texts: Vec<&[u8]> = old.split(|byte| *byte == b'\n').collect();
    let stands_elsewhere = |line: &u32| moved.contains(&without_spaces(old_texts[*line as usize - 1]));
    let removed = change.hunks.iter().flat_map(|hunk| hunk.old_start..hunk.old_start + hunk.old_lines);
    let removed: Vec<u32> = removed.filter(|line| *line > 0 && (*line as usize) <= old_texts.len()).collect();
    let mut wanted: Vec<u32> = if removed.is_empty() {
        change.hunks.iter().map(|hunk| hunk.old_start).filter(|line| *line > 0).filter(is_code).collect()
    } else {
        removed.into_iter().filter(is_code).filter(|line| !stands_elsewhere(line)).collect()
    };
    wanted.truncate(MAX_LINES_A_FILE);
    wanted
}

fn added_texts(change: &FileChange, new: &[u8]) -> FxHashSet<Vec<u8>> {
    let texts: Vec<&[u8]> = new.split(|byte| *byte == b'\n').collect();
    let added = change.hunks.iter().flat_map(|hunk| hunk.new_start..hunk.new_start + hunk.new_lines);
    added.filter_map(|line| texts.get((line as usize).checked_sub(1)?)).map(|text| without_spaces(text)).collect()
}

#[cfg(test)]
mod tests {
    use crate::history::test_log::TestLog;
    use expect_test::{Expect, expect};

    fn check(log: TestLog, expected: Expect) {
        expected.assert_eq(&log.blamed());
    }

    #[test]
    fn a_fix_blames_the_commit_that_wrote_the_line() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\ny = 2\n")])
            .commit("add z", &[("a.py", "x = 1\ny = 2\nz = 3\n")])
            .commit("fix y", &[("a.py", "x = 1\ny = 5\nz = 3\n")]);
        check(log, expect!["`fix y` blames `add a` for 1 line of a.py\n"]);
    }

    #[test]
    fn the_newest_of_several_authors_of_the_lines_is_blamed() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\ny = 2\n")])
            .commit("change y", &[("a.py", "x = 1\ny = 3\n")])
            .commit("fix both", &[("a.py", "x = 8\ny = 9\n")]);
        check(log, expect!["`fix both` blames `change y` for 1 line of a.py\n"]);
    }

    #[test]
    fn comments_blank_lines_and_moved_lines_blame_nobody() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "# one\n\nx = 1\ny = 2\n")])
            .commit("fix words", &[("a.py", "# two\nx = 1\ny = 2\n")])
            .commit("fix order", &[("a.py", "# two\ny = 2\nx = 1\n")]);
        check(log, expect![""]);
    }

    #[test]
    fn a_line_is_followed_through_renames_and_indentation() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\ny = 2\nz = 3\nw = 4\n")])
            .rename("move a", "a.py", "b.py")
            .commit("indent", &[("b.py", "x = 1\nif x:\n    y = 2\nz = 3\nw = 4\n")])
            .commit("fix y", &[("b.py", "x = 1\nif x:\n    y = 5\nz = 3\nw = 4\n")]);
        check(log, expect!["`fix y` blames `add a` for 1 line of a.py\n"]);
    }

    #[test]
    fn a_fix_that_only_adds_blames_the_line_above() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\n")])
            .commit("add y", &[("a.py", "x = 1\ny = 2\n")])
            .commit("fix: check y", &[("a.py", "x = 1\ny = 2\nassert y\n")]);
        check(log, expect!["`fix: check y` blames `add y` for 1 line of a.py\n"]);
    }

    #[test]
    fn tests_and_docs_are_not_traced() {
        let log = TestLog::new()
            .commit("add", &[("tests/test_a.py", "x = 1\n"), ("README.md", "one\n")])
            .commit("fix x", &[("tests/test_a.py", "x = 2\n"), ("README.md", "two\n")]);
        check(log, expect![""]);
    }
}
