//! Which commits repair defects, and which commits introduced them?
//!
//! In: a log and the contents of the fixed files. Out: fix commits and bug-introducing changes (SZZ): for each fix the
//! commit that most likely introduced what it repairs, with its evidence (`guilt`). Each label depends on the fix and
//! on what came before it, never on what came after, so labels stay as they are while the log grows.

use super::fixes::fix_evidence;
use super::guilt::{Fix, Jury};
use super::lines::{LineHistory, ReadText};
use super::past::{Introduction, first_runs};
use super::reverts::Reverts;
use crate::domain::Log;
use serde::{Deserialize, Serialize};

/// Fixes a thread takes in a row: those near each other share their suspects, which are then read once.
const FIXES_A_TURN: usize = 32;

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
        let turns: Vec<&[u32]> = fixes.chunks(FIXES_A_TURN).collect();
        let lines = LineHistory::new(log);
        let next = std::sync::atomic::AtomicUsize::new(0);
        let mut found: Vec<Introduction> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..n_threads.max(1))
                .map(|_| {
                    scope.spawn(|| {
                        let reader = make_reader();
                        let jury = Jury::new(log, &lines);
                        let mut found = Vec::new();
                        while let Some(turn) = turns.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                            found.extend(turn.iter().flat_map(|fix| introductions(&jury, *fix, &reader)));
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
        found.sort_unstable_by_key(|introduction| (introduction.fix, introduction.path, introduction.fixed_path));
        self.introductions.extend(found);
    }
}

/// Whom one fix blames, once for each file that connects the two.
fn introductions(jury: &Jury<'_>, fix: u32, text: &ReadText<'_>) -> Vec<Introduction> {
    let Some(accused) = jury.accuse(Fix { commit: fix, reported_at: None }, text) else { return Vec::new() };
    let mut found: Vec<Introduction> = Vec::new();
    for trace in &accused.traces {
        let is_known = |known: &Introduction| (known.path, known.fixed_path) == (trace.path, trace.fixed_path);
        if !found.iter().any(is_known) {
            found.push(Introduction {
                fix,
                culprit: accused.culprit,
                path: trace.path,
                fixed_path: trace.fixed_path,
                n_lines: trace.lines.len() as u32,
                lines: first_runs(&trace.lines),
                is_repaired: trace.is_repaired,
                confidence: accused.confidence,
            });
        }
    }
    // Where lines were repaired, what only stands beside a repair in another file adds no evidence.
    if found.iter().any(|introduction| introduction.is_repaired) {
        found.retain(|introduction| introduction.is_repaired);
    }
    found
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
    fn labels_stay_as_they_are_while_the_log_grows_and_on_any_number_of_threads() {
        for seed in 1..6 {
            let log = random_history(seed);
            let n = log.log.commits.len();
            let at_once = log.labels();
            assert!(at_once.introductions.len() > 3, "seed {seed} blames too little to show anything");
            assert_eq!(at_once, log.labels_in_steps(&[n / 3, n / 2, n], 1), "seed {seed}");
            assert_eq!(at_once, log.labels_in_steps(&[n], 3), "seed {seed}");
        }
    }

    #[test]
    fn every_label_is_possible_and_carries_its_evidence() {
        for seed in 1..6 {
            let log = random_history(seed);
            for found in log.labels().introductions {
                assert!(found.culprit < found.fix && found.confidence > 0.0 && found.confidence <= 1.0);
                assert!(found.n_lines > 0 && found.lines[0].0 > 0 && found.lines[0].0 <= found.lines[0].1, "{found:?}");
            }
        }
    }

    /// Forty commits that write and repair numbered lines of two files, in an order only the seed knows.
    fn random_history(seed: u64) -> TestLog {
        let mut state = seed;
        let mut draw = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let mut files = [vec!["start = 0".to_owned()], vec!["begin = 0".to_owned()]];
        (0..40).fold(TestLog::new(), |log, at| {
            let which = draw(2);
            let lines = &mut files[which];
            let place = draw(lines.len());
            let is_fix = at % 3 == 2;
            if is_fix {
                lines[place] = format!("value_{at} = repaired({place})");
            } else {
                lines.splice(place..place, (0..1 + draw(3)).map(|n| format!("value_{at} = compute({n})")));
            }
            let message = if is_fix { format!("fix value {at}") } else { format!("compute value {at}") };
            log.commit(&message, &[(["a.py", "b.py"][which], &lines.join("\n"))])
        })
    }

    #[test]
    fn tests_and_docs_are_not_traced() {
        let log = TestLog::new()
            .commit("add", &[("tests/test_a.py", "x = 1\n"), ("README.md", "one\n")])
            .commit("fix x", &[("tests/test_a.py", "x = 2\n"), ("README.md", "two\n")]);
        check(log, expect![""]);
    }
}
