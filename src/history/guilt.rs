//! Which suspect introduced what the fix repairs, and how sure is that?
//!
//! In: a log and a fix of it. Out: the one commit that is blamed, with a confidence and the lines that connect it with
//! the fix; nobody where no suspect is likely enough. Method: a conditional logit (McFadden, 1974) over the suspects
//! and "none of them": each clue adds its weight, and the chances of all choices sum to 1. The weights were learned on
//! fixes of other repositories whose messages name the guilty commit; how, and how often it is right, stands on the
//! room's card. No clue reads a commit's name, or anything below the subject, in a message.

use super::lines::{LineHistory, ReadText};
use super::suspects::{Scene, Suspect, Trace, WrittenNames, scene};
use crate::domain::{Commit, Log, Timestamp};
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::collections::BinaryHeap;

/// Below this nobody is blamed: the threshold with the best F1 on the fixes the weights were learned from, when the
/// repository that is judged was left out.
const MIN_CONFIDENCE: f64 = 0.30;

/// A commit of more files, or of more added lines, moves or imports code rather than writes it.
const HUGE_FILES: usize = 100;
const HUGE_LINES: u32 = 5_000;

/// Commits that change fewer lines are seldom guilty of more than themselves.
const SMALL_LINES: u32 = 5;

/// Finds the guilty in one log. Remembers what it read of each commit: one for each thread.
pub struct Jury<'a> {
    log: &'a Log,
    lines: &'a LineHistory<'a>,
    names: RefCell<WrittenNames>,
}

/// A commit that repairs a defect.
#[derive(Debug, Clone, Copy)]
pub struct Fix {
    /// Index into [`Log::commits`].
    pub commit: u32,
    /// When the defect was reported, where that is known: who came later is innocent.
    pub reported_at: Option<Timestamp>,
}

/// Who is blamed for what a fix repairs, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Accusation {
    /// Index into [`Log::commits`]: an ancestor of the fix, never a merge.
    pub culprit: u32,
    /// Chance that it introduced the defect, in (0, 1].
    pub confidence: f32,
    /// The lines that connect it with the fix, in the order of paths.
    pub(super) traces: Vec<Trace>,
}

/// The clues of one fix.
#[derive(Debug, Clone, PartialEq)]
pub struct Clues {
    /// One for each value of a suspect.
    pub names: Vec<&'static str>,
    /// What speaks for "none of them".
    pub nobody: [f64; 5],
    /// Commits, newest first, with their values.
    pub suspects: Vec<(u32, Vec<f64>)>,
}

/// One thing that speaks for or against a suspect.
struct Clue {
    name: &'static str,
    weight: f64,
    of: fn(&Suspect, &Case<'_>) -> f64,
}

/// What is known of the fix and of all its suspects together.
struct Case<'a> {
    log: &'a Log,
    fix: &'a Commit,
    words: FxHashSet<String>,
    n_repaired: u32,
    n_in_function: u32,
    most_repaired: u32,
    most_rare: f64,
    /// Commits, newest first.
    repairers: Vec<u32>,
    newest_beside: Option<u32>,
    newest_in_function: Option<u32>,
    /// Those who wrote a traced line or touched the place, newest first.
    involved: Vec<u32>,
}

impl<'a> Jury<'a> {
    /// For the fixes of `log`.
    pub fn new(log: &'a Log, lines: &'a LineHistory<'a>) -> Self {
        Self { log, lines, names: RefCell::default() }
    }

    /// Whom `fix` blames; nobody when it is too large, repairs no code, or no suspect is likely enough.
    pub fn accuse(&self, fix: Fix, text: &ReadText<'_>) -> Option<Accusation> {
        let scene = self.scene(fix, text);
        let mut by_chance: Vec<(f64, &Suspect)> =
            chances(self.log, fix.commit, &scene).into_iter().zip(&scene.suspects).collect();
        by_chance.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.commit.cmp(&a.1.commit)));
        let likely = by_chance.into_iter().take_while(|(chance, _)| *chance >= MIN_CONFIDENCE);
        let mut possible = likely.filter(|(_, suspect)| is_ancestor(self.log, suspect.commit, fix.commit));
        possible.next().map(|(chance, suspect)| {
            let mut traces = suspect.traces.clone();
            traces.sort_by_key(|trace| (trace.path, trace.fixed_path));
            Accusation { culprit: suspect.commit, confidence: chance as f32, traces }
        })
    }

    /// What weights are learned from.
    pub fn clues(&self, fix: Fix, text: &ReadText<'_>) -> Clues {
        let scene = self.scene(fix, text);
        let case = Case::new(self.log, fix.commit, &scene);
        let values = |suspect: &Suspect| CLUES.iter().map(|clue| (clue.of)(suspect, &case)).collect();
        Clues {
            names: CLUES.iter().map(|clue| clue.name).collect(),
            nobody: nobody(&scene, &case),
            suspects: scene.suspects.iter().map(|suspect| (suspect.commit, values(suspect))).collect(),
        }
    }

    /// Suspects whose dates are possible.
    fn scene(&self, fix: Fix, text: &ReadText<'_>) -> Scene {
        let mut scene = scene(self.log, self.lines, &mut self.names.borrow_mut(), fix.commit, text);
        let time = |commit: u32| self.log.commits[commit as usize].committed_at;
        let latest = fix.reported_at.unwrap_or(Timestamp(i64::MAX)).min(time(fix.commit));
        scene.suspects.retain(|suspect| time(suspect.commit) <= latest);
        scene
    }
}

/// The chance of each suspect; together with the chance that it is none of them they sum to 1.
fn chances(log: &Log, fix: u32, scene: &Scene) -> Vec<f64> {
    let case = Case::new(log, fix, scene);
    let score = |suspect: &Suspect| CLUES.iter().map(|clue| clue.weight * (clue.of)(suspect, &case)).sum::<f64>();
    let scores: Vec<f64> = scene.suspects.iter().map(score).collect();
    let nobody: f64 = nobody(scene, &case).iter().zip(NOBODY).map(|(value, weight)| value * weight).sum();
    let highest = scores.iter().copied().fold(nobody, f64::max);
    let all: f64 = scores.iter().map(|score| (score - highest).exp()).sum::<f64>() + (nobody - highest).exp();
    scores.iter().map(|score| (score - highest).exp() / all).collect()
}

/// What speaks for "none of them".
fn nobody(scene: &Scene, case: &Case<'_>) -> [f64; 5] {
    [1.0, is(case.only_adds()), log(scene.n_files), log(scene.n_hunks), log(scene.n_removed + scene.n_added)]
}

impl<'a> Case<'a> {
    fn new(log: &'a Log, fix: u32, scene: &Scene) -> Self {
        let fix = &log.commits[fix as usize];
        let suspects = &scene.suspects;
        let newest = |is_one: &dyn Fn(&Suspect) -> bool| -> Vec<u32> {
            suspects.iter().filter(|suspect| is_one(suspect)).map(|suspect| suspect.commit).collect()
        };
        let is_involved = |s: &Suspect| s.n_repaired > 0 || s.is_beside() || s.n_in_function > 0 || s.touch_rank > 0;
        Self {
            log,
            fix,
            words: words(fix.subject()),
            n_repaired: suspects.iter().map(|suspect| suspect.n_repaired).sum(),
            n_in_function: suspects.iter().map(|suspect| suspect.n_in_function).sum(),
            most_repaired: suspects.iter().map(|suspect| suspect.n_repaired).max().unwrap_or(0),
            most_rare: suspects.iter().map(|suspect| suspect.names_rare).fold(0.0, f64::max),
            repairers: newest(&|suspect| suspect.n_repaired > 0),
            newest_beside: newest(&Suspect::is_beside).first().copied(),
            newest_in_function: newest(&|suspect| suspect.n_in_function > 0).first().copied(),
            involved: newest(&is_involved),
        }
    }

    fn commit(&self, suspect: &Suspect) -> &'a Commit {
        &self.log.commits[suspect.commit as usize]
    }

    fn only_adds(&self) -> bool {
        self.n_repaired == 0
    }

    fn n_shared_words(&self, suspect: &Suspect) -> u32 {
        self.words.intersection(&words(self.commit(suspect).subject())).count() as u32
    }

    /// How many of those involved are newer.
    fn rank(&self, suspect: &Suspect) -> u32 {
        const UNINVOLVED: u32 = 50;
        self.involved.iter().position(|commit| *commit == suspect.commit).map_or(UNINVOLVED, |at| at as u32)
    }
}

fn is(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

fn log(n: u32) -> f64 {
    f64::from(n).ln_1p()
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

fn inverse(rank: u32) -> f64 {
    if rank == 0 { 0.0 } else { 1.0 / f64::from(rank) }
}

fn n_added(commit: &Commit) -> u32 {
    commit.changes.iter().map(|change| change.added).fold(0, u32::saturating_add)
}

fn n_changed(commit: &Commit) -> u32 {
    commit.changes.iter().map(|change| change.churn()).fold(0, u32::saturating_add)
}

/// Words every subject has.
const COMMON_WORDS: [&str; 48] = [
    "the", "and", "for", "with", "fix", "fixes", "fixed", "bug", "when", "not", "from", "are", "its", "this", "that",
    "add", "added", "use", "using", "make", "into", "does", "new", "remove", "update", "error", "issue", "build",
    "minor", "medium", "major", "cleanup", "after", "before", "some", "all", "more", "now", "only", "also", "should",
    "can", "will", "has", "have", "don", "was", "but",
];

/// Words that say what a subject is about; none for a subject that names a commit.
fn words(subject: &str) -> FxHashSet<String> {
    let is_name = |word: &str| {
        (7..=40).contains(&word.len()) && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if subject.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(is_name) {
        return FxHashSet::default();
    }
    let lower = subject.to_ascii_lowercase();
    let words = lower.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    words.filter(|word| word.len() >= 3 && !COMMON_WORDS.contains(word)).map(str::to_owned).collect()
}

/// Whether `young` descends from `old`.
fn is_ancestor(log: &Log, old: u32, young: u32) -> bool {
    let mut ahead: BinaryHeap<u32> = BinaryHeap::from([young]);
    let mut last = None;
    while let Some(at) = ahead.pop() {
        if at == old {
            return at != young;
        }
        if last != Some(at) {
            // Parents stand before children: below `old` there is nothing to find.
            ahead.extend(log.commits[at as usize].parents.iter().filter(|parent| **parent >= old));
        }
        last = Some(at);
    }
    false
}

/// Weights of: always, nothing was repaired line by line, and the logarithms of files, regions and lines.
const NOBODY: [f64; 5] = [-0.5252, 0.2139, 0.4936, 0.9776, -0.3318];

/// Every clue with its weight.
#[rustfmt::skip]
const CLUES: &[Clue] = &[
    Clue { name: "repaired", weight: 0.8482, of: |s, _| is(s.n_repaired > 0) },
    Clue { name: "log_repaired", weight: 0.0976, of: |s, _| log(s.n_repaired) },
    Clue { name: "repaired_share", weight: -0.4451, of: |s, case| share(s.n_repaired, case.n_repaired) },
    Clue { name: "newest_repaired", weight: 0.0092, of: |s, case| is(case.repairers.first() == Some(&s.commit)) },
    Clue { name: "second_repaired", weight: 0.0586, of: |s, case| is(case.repairers.get(1) == Some(&s.commit)) },
    Clue { name: "most_repaired", weight: 0.4589, of: |s, case| is(s.n_repaired > 0 && s.n_repaired == case.most_repaired) },
    Clue { name: "above_addition", weight: -0.2072, of: |s, _| is(s.n_above_addition > 0) },
    Clue { name: "below_addition", weight: -0.2281, of: |s, _| is(s.n_below_addition > 0) },
    Clue { name: "above_if_only_adds", weight: 0.6141, of: |s, case| is(case.only_adds() && s.n_above_addition > 0) },
    Clue { name: "below_if_only_adds", weight: 1.0595, of: |s, case| is(case.only_adds() && s.n_below_addition > 0) },
    Clue { name: "above_change", weight: -0.2059, of: |s, _| is(s.n_above_change > 0) },
    Clue { name: "below_change", weight: 0.103, of: |s, _| is(s.n_below_change > 0) },
    Clue { name: "near", weight: -0.4725, of: |s, _| is(s.n_near > 0) },
    Clue { name: "log_near", weight: 0.6599, of: |s, _| log(s.n_near) },
    Clue { name: "newest_beside", weight: -0.1588, of: |s, case| is(case.newest_beside == Some(s.commit)) },
    Clue { name: "newest_beside_if_only_adds", weight: -0.4128, of: |s, case| is(case.only_adds() && case.newest_beside == Some(s.commit)) },
    Clue { name: "function", weight: 0.1369, of: |s, _| is(s.n_in_function > 0) },
    Clue { name: "function_share", weight: -0.55, of: |s, case| share(s.n_in_function, case.n_in_function) },
    Clue { name: "newest_in_function", weight: -0.4923, of: |s, case| is(case.newest_in_function == Some(s.commit)) },
    Clue { name: "touch", weight: 0.0049, of: |s, _| is(s.touch_rank > 0) },
    Clue { name: "newest_touch", weight: -0.827, of: |s, _| is(s.touch_rank == 1) },
    Clue { name: "touch_inverse_rank", weight: 1.705, of: |s, _| inverse(s.touch_rank) },
    Clue { name: "newest_touch_if_only_adds", weight: 0.6406, of: |s, case| is(case.only_adds() && s.touch_rank == 1) },
    Clue { name: "log_touch_removed", weight: -0.0491, of: |s, _| log(s.n_touch_removed) },
    Clue { name: "log_touches", weight: 0.3873, of: |s, _| log(s.n_touches) },
    Clue { name: "newest_in_file", weight: -0.3727, of: |s, _| is(s.file_rank == 1) },
    Clue { name: "file_inverse_rank", weight: 1.1221, of: |s, _| inverse(s.file_rank) },
    Clue { name: "not_lately_in_file", weight: 0.9917, of: |s, _| is(s.file_rank == 0) },
    Clue { name: "undone", weight: 5.0324, of: |s, _| is(s.is_undone) },
    Clue { name: "names_gone", weight: 0.4302, of: |s, _| s.names_gone },
    Clue { name: "names_come", weight: 0.5397, of: |s, _| s.names_come },
    Clue { name: "names_rare", weight: 2.9245, of: |s, _| s.names_rare },
    Clue { name: "most_names_rare", weight: -0.8518, of: |s, case| is(s.names_rare > 0.0 && s.names_rare >= case.most_rare) },
    Clue { name: "log_days", weight: -0.5251, of: |s, case| case.fix.committed_at.days_since(case.commit(s).committed_at).max(0.0).ln_1p() },
    Clue { name: "root", weight: 0.0, of: |s, case| is(case.commit(s).parents.is_empty()) },
    Clue { name: "log_files", weight: -0.1087, of: |s, case| log(case.commit(s).changes.len() as u32) },
    Clue { name: "log_added", weight: -0.111, of: |s, case| log(n_added(case.commit(s))) },
    Clue { name: "huge", weight: 0.1748, of: |s, case| is(case.commit(s).changes.len() > HUGE_FILES || n_added(case.commit(s)) > HUGE_LINES) },
    Clue { name: "small", weight: -0.4789, of: |s, case| is(n_changed(case.commit(s)) < SMALL_LINES) },
    Clue { name: "log_rank", weight: -0.3837, of: |s, case| log(case.rank(s)) },
    Clue { name: "first_rank", weight: -0.0403, of: |s, case| is(case.rank(s) == 0) },
    Clue { name: "words", weight: 0.0281, of: |s, case| is(case.n_shared_words(s) > 0) },
    Clue { name: "log_words", weight: 1.2249, of: |s, case| log(case.n_shared_words(s)) },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::test_log::TestLog;

    #[test]
    fn only_what_a_commit_descends_from_is_its_ancestor() {
        // 0 - 1 - 3 (merge of 1 and 2), 0 - 2.
        let mut log = TestLog::new().commit("a", &[]).commit("b", &[]).commit("c", &[]).commit("d", &[]).log;
        log.commits[2].parents = vec![0];
        log.commits[3].parents = vec![1, 2];
        assert!(is_ancestor(&log, 0, 3) && is_ancestor(&log, 1, 3) && is_ancestor(&log, 2, 3));
        assert!(!is_ancestor(&log, 1, 2) && !is_ancestor(&log, 3, 3));
    }

    #[test]
    fn a_subject_that_names_a_commit_says_nothing() {
        assert_eq!(words("Fix the parser crash").len(), 2);
        assert!(words("fixed parser bug introduced by 87fe5951").is_empty());
    }

    #[test]
    fn chances_of_all_choices_stay_below_one() {
        let log = TestLog::new()
            .commit("add a", &[("a.py", "x = 1\ny = 2\n")])
            .commit("change y", &[("a.py", "x = 1\ny = 3\n")])
            .commit("fix both", &[("a.py", "x = 8\ny = 9\n")])
            .log;
        let suspect = |commit, n_repaired| Suspect { commit, n_repaired, ..Suspect::default() };
        let scene =
            Scene { suspects: vec![suspect(1, 1), suspect(0, 1)], n_files: 1, n_hunks: 1, n_removed: 2, n_added: 2 };
        let chances = chances(&log, 2, &scene);
        assert!(chances.iter().all(|chance| *chance > 0.0) && chances.iter().sum::<f64>() < 1.0, "{chances:?}");
        assert!(chances[0] > chances[1], "the newer of two authors is likelier: {chances:?}");
    }
}
