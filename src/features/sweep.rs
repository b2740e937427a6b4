//! Which rows does a past give, and which does the change under review?
//!
//! In: a past, the change, and a way to look up metrics. Out: a training [`Table`] from one pass over history, and the
//! [`ChangeRows`] of a review, both through the same `measure`. Parsing is the cost, so the caller first asks which
//! contents will be wanted. Never reads a file.

use super::change::{Change, Touched};
use super::inputs::Inputs;
use super::labels::{self, CHANGE_LABEL_DAYS, ChangeLabels, FILE_LABEL_DAYS, file_label, is_mature};
use super::measure::{Measured, measure};
use super::moment::Moment;
use super::paths::is_judged;
use super::row::Row;
use super::sprint::{Rhythm, RhythmSource};
use crate::code::manifests::{self, Declares};
use crate::domain::{BlobId, Commit, CommitId, Diff, FileChange, Skipped, Timestamp};
use crate::history::Past;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

pub use super::measure::MetricsOf;

/// File rows a model learns from: each costs parsing one version of one file, and 10,000 of them are parsed in about
/// ten seconds on two cores. Older rows are left out rather than kept without metrics.
pub const MAX_TRAINING_ROWS: usize = 10_000;

/// A commit that touches more files than this is a move, a format or an import. It says nothing about each file: it gives
/// no training rows, of which a few such commits would otherwise make up most, and it is nobody's fix.
pub const MAX_FILES_A_COMMIT: usize = 100;

/// A review looks at this many source files, the most changed first: more than any person reads, and every one costs up
/// to four parses.
pub const MAX_REVIEWED_FILES: usize = 500;

/// A file as one commit left it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRow {
    /// Index into the log's commits.
    pub commit: u32,
    /// Which file, the same number under all its names.
    pub file: u32,
    /// Moment of the commit.
    pub at: Timestamp,
    /// Its features as of the commit.
    pub values: Row,
    /// Whether a fix touched the file within [`FILE_LABEL_DAYS`]; `None` while that is open.
    pub label: Option<bool>,
}

/// A commit as a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRow {
    /// Index into the log's commits.
    pub commit: u32,
    /// Moment of the commit.
    pub at: Timestamp,
    /// Its features.
    pub values: Row,
    /// Whether a fix blames it within [`CHANGE_LABEL_DAYS`]; `None` while that is open.
    pub label: Option<bool>,
}

/// What a model may learn from, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Files in commits.
    pub files: Vec<FileRow>,
    /// Commits.
    pub changes: Vec<ChangeRow>,
    /// Whether features about people may be known.
    pub people: bool,
    /// The moment labels were judged.
    pub as_of: Timestamp,
}

/// The rows of the change under review.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRows {
    /// Its moment.
    pub at: Timestamp,
    /// Judged files in the order of the diff.
    pub files: Vec<ChangedFile>,
    /// The change as a whole; `None` when it has no source file to judge.
    pub change: Option<Row>,
    /// Files that were left out.
    pub skipped: Vec<Skipped>,
}

/// One judged file of the change under review.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedFile {
    /// Path after the change.
    pub path: String,
    /// The row of the file's last commit before this change, as of that commit; `None` for a new file.
    pub before: Option<Row>,
    /// The row of the file as this change leaves it.
    pub after: Row,
    /// The newest earlier fix of the file.
    pub last_fix: Option<CommitId>,
}

/// The rows of history that models learn from, with labels.
///
/// Takes the newest [`MAX_TRAINING_ROWS`] rows with a mature file label. In a repository so busy that these are all
/// younger than a change label needs, half of them are taken from the commits old enough for it.
pub fn training_table(past: &Past<'_>, metrics: &MetricsOf<'_>, inputs: Inputs<'_>) -> Table {
    let sample = sample(past);
    let mut moment = Moment::before(past);
    let mut table = Table { files: Vec::new(), changes: Vec::new(), people: inputs.people, as_of: past.as_of };
    for &commit in &past.order {
        let change = sample.contains(&commit).then(|| moment.change(commit)).flatten();
        let measured = change.map(|change| (change.at, measure(&moment, &change, metrics, inputs)));
        let files = moment.pass(commit);
        if let Some((at, measured)) = measured {
            add_rows(&mut table, commit, at, measured, &files);
        }
    }
    labels::label_files(&mut table.files, &moment.files, past.as_of);
    labels::label_changes(&mut table.changes, past);
    table
}

/// `files` names the file behind each place of the commit.
fn add_rows(table: &mut Table, commit: u32, at: Timestamp, measured: Measured, files: &[u32]) {
    let rows = measured.files.into_iter();
    table.files.extend(rows.map(|(place, values)| FileRow { commit, file: files[place], at, values, label: None }));
    table.changes.push(ChangeRow { commit, at, values: measured.change, label: None });
}

/// Contents whose metrics [`training_table`] will ask for, each once, with a path that tells the language.
pub fn wanted_blobs(past: &Past<'_>) -> Vec<(BlobId, String)> {
    wanted_blobs_of(past, &sample(past))
}

/// Contents whose metrics the rows of `commits` will ask for.
pub(super) fn wanted_blobs_of(past: &Past<'_>, commits: &FxHashSet<u32>) -> Vec<(BlobId, String)> {
    let moment = Moment::before(past);
    let mut wanted = Wanted::default();
    let taken = past.order.iter().filter(|commit| commits.contains(commit));
    for change in taken.filter_map(|&commit| moment.change(commit)) {
        change.files.iter().filter(|touched| touched.is_judged).for_each(|touched| wanted.add(touched));
    }
    wanted.blobs
}

/// Manifests whose dependencies [`training_table`] will ask for, each content once, with its path.
pub fn wanted_manifests(past: &Past<'_>) -> Vec<(BlobId, String)> {
    wanted_manifests_of(past, &sample(past))
}

/// Manifests whose dependencies the rows of `commits` will ask for.
pub(super) fn wanted_manifests_of(past: &Past<'_>, commits: &FxHashSet<u32>) -> Vec<(BlobId, String)> {
    let moment = Moment::before(past);
    let mut wanted = Wanted::default();
    let taken = past.order.iter().filter(|commit| commits.contains(commit));
    taken.filter_map(|&commit| moment.change(commit)).for_each(|change| wanted.add_manifests(&change));
    wanted.blobs
}

#[derive(Default)]
struct Wanted {
    blobs: Vec<(BlobId, String)>,
    seen: FxHashSet<BlobId>,
}

impl Wanted {
    fn add(&mut self, touched: &Touched<'_>) {
        for blob in [touched.new_blob, touched.old_blob].into_iter().flatten() {
            if self.seen.insert(blob) {
                self.blobs.push((blob, touched.path.to_owned()));
            }
        }
    }

    fn add_manifests(&mut self, change: &Change<'_>) {
        let is_readable = |touched: &&Touched<'_>| manifests::declares(touched.path) == Declares::Readable;
        change.files.iter().filter(is_readable).for_each(|touched| self.add(touched));
    }
}

/// The commits that give training rows.
fn sample(past: &Past<'_>) -> FxHashSet<u32> {
    let candidates = candidates(past);
    let n_rows: usize = candidates.iter().map(|candidate| candidate.n_rows).sum();
    let first_budget = if n_rows <= MAX_TRAINING_ROWS { MAX_TRAINING_ROWS } else { MAX_TRAINING_ROWS / 2 };
    let n_first = n_within(&candidates, first_budget);
    let (first, older) = candidates.split_at(n_first);
    let n_taken: usize = first.iter().map(|candidate| candidate.n_rows).sum();
    let old_enough = older.partition_point(|candidate| !is_mature(candidate.at, CHANGE_LABEL_DAYS, past.as_of));
    let second = &older[old_enough..];
    let second = &second[..n_within(second, MAX_TRAINING_ROWS - n_taken)];
    first.iter().chain(second).map(|candidate| candidate.commit).collect()
}

/// A commit with mature file rows.
pub(super) struct Candidate {
    pub(super) commit: u32,
    pub(super) at: Timestamp,
    pub(super) n_rows: usize,
}

/// Newest first.
pub(super) fn candidates(past: &Past<'_>) -> Vec<Candidate> {
    let log = past.log;
    let is_judged: Vec<bool> = log.paths.iter().map(|path| is_judged(path)).collect();
    let mut now = Timestamp(i64::MIN);
    let mut candidates = Vec::new();
    for &commit in &past.order {
        let raw = &log.commits[commit as usize];
        now = now.max(raw.committed_at);
        let judged = raw.changes.iter().filter(|file| file.new_blob.is_some() && is_judged[file.path as usize]);
        let n_rows = judged.count();
        if n_rows > 0 && is_telling(raw) && is_mature(now, FILE_LABEL_DAYS, past.as_of) {
            candidates.push(Candidate { commit, at: now, n_rows });
        }
    }
    candidates.reverse();
    candidates
}

/// Whether a commit gives rows: a merge repeats its parents, and a mass change says nothing about each file.
fn is_telling(commit: &Commit) -> bool {
    !commit.is_merge() && commit.changes.len() <= MAX_FILES_A_COMMIT
}

/// How many of the first candidates fit into `budget` rows.
fn n_within(candidates: &[Candidate], budget: usize) -> usize {
    let mut n_rows = 0;
    let fits = |candidate: &&Candidate| {
        n_rows += candidate.n_rows;
        n_rows <= budget
    };
    candidates.iter().take_while(fits).count()
}

/// A row of every judged file of every commit that says something, in stretches of history: for the feature store.
///
/// Positions count in [`Past::order`]. What is asked of one stretch is asked before it passes; stretches give the same
/// rows however they are cut.
pub struct Sweep<'a> {
    moment: Moment<'a>,
    past: &'a Past<'a>,
    is_judged: Vec<bool>,
    position: usize,
    passed: Vec<Passed<'a>>,
}

/// A row's place, the number of its file, and its moment.
#[derive(Clone, Copy)]
struct Passed<'a> {
    position: usize,
    path: &'a str,
    file: u32,
    at: Timestamp,
}

/// A file as one commit left it, by its place in history.
#[derive(Debug, Clone, PartialEq)]
pub struct SweptRow<'a> {
    /// Place of the commit in [`Past::order`].
    pub position: usize,
    /// Index into the log's commits.
    pub commit: u32,
    /// Path after the commit.
    pub path: &'a str,
    /// Moment of the commit.
    pub at: Timestamp,
    /// Its features as of the commit.
    pub values: Row,
}

/// What came after one row of a [`Sweep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Place of the commit in [`Past::order`].
    pub position: usize,
    /// Path after the commit.
    pub path: &'a str,
    /// Whether a fix touched the file within [`FILE_LABEL_DAYS`]; `None` while that is open.
    pub file: Option<bool>,
    /// Whether a fix blames the commit within [`CHANGE_LABEL_DAYS`]; `None` while that is open.
    pub change: Option<bool>,
}

impl<'a> Sweep<'a> {
    /// Before the first commit.
    pub fn new(past: &'a Past<'a>) -> Self {
        let is_judged = past.log.paths.iter().map(|path| is_judged(path)).collect();
        Self { moment: Moment::before(past), past, is_judged, position: 0, passed: Vec::new() }
    }

    /// Lets commits pass without measuring them, up to `position`.
    pub fn pass_until(&mut self, position: usize) {
        while self.position < position.min(self.past.order.len()) {
            self.pass();
        }
    }

    /// Contents whose metrics [`Sweep::rows_until`] will ask for, each once, with a path that tells the language.
    pub fn wanted_until(&self, position: usize) -> Vec<(BlobId, String)> {
        let mut wanted = Wanted::default();
        for change in self.past.order[self.position..position].iter().filter_map(|commit| self.change(*commit)) {
            change.files.iter().filter(|touched| touched.is_judged).for_each(|touched| wanted.add(touched));
        }
        wanted.blobs
    }

    /// Manifests whose dependencies [`Sweep::rows_until`] will ask for, each once, with a path that tells the format.
    pub fn wanted_manifests_until(&self, position: usize) -> Vec<(BlobId, String)> {
        let mut wanted = Wanted::default();
        let changes = self.past.order[self.position..position].iter().filter_map(|commit| self.change(*commit));
        changes.for_each(|change| wanted.add_manifests(&change));
        wanted.blobs
    }

    /// The rows of the commits up to `position`, which then have passed; the files of a commit by path.
    pub fn rows_until(&mut self, position: usize, metrics: &MetricsOf<'_>, inputs: Inputs<'_>) -> Vec<SweptRow<'a>> {
        let mut rows = Vec::new();
        while self.position < position.min(self.past.order.len()) {
            let commit = self.past.order[self.position];
            if let Some(change) = self.change(commit) {
                let measured = measure(&self.moment, &change, metrics, inputs);
                let first = rows.len();
                rows.extend(measured.files.into_iter().map(|(place, values)| {
                    let path = change.files[place].path;
                    SweptRow { position: self.position, commit, path, at: change.at, values }
                }));
                rows[first..].sort_by_key(|row| row.path);
            }
            self.pass();
        }
        rows
    }

    /// Lets the rest of history pass. The outcomes of all rows as of its end, in the order of the rows.
    pub fn outcomes(mut self) -> Vec<Outcome<'a>> {
        self.pass_until(self.past.order.len());
        let Self { moment, past, passed, .. } = self;
        let changes = ChangeLabels::of(past);
        let outcome = |row: Passed<'a>| Outcome {
            position: row.position,
            path: row.path,
            file: file_label(&moment.files[row.file as usize], row.at, past.as_of),
            change: changes.get(past.order[row.position], row.at),
        };
        passed.into_iter().map(outcome).collect()
    }

    /// The commit as a change, if it gives rows.
    fn change(&self, commit: u32) -> Option<Change<'a>> {
        let is_telling = is_telling(&self.past.log.commits[commit as usize]);
        is_telling.then(|| self.moment.change(commit)).flatten()
    }

    fn pass(&mut self) {
        let past = self.past;
        let commit = past.order[self.position];
        let raw = &past.log.commits[commit as usize];
        let files = self.moment.pass(commit);
        if is_telling(raw) {
            let first = self.passed.len();
            let changes = raw.changes.iter().zip(files);
            let judged = changes.filter(|(file, _)| file.new_blob.is_some() && self.is_judged[file.path as usize]);
            let (position, at) = (self.position, self.moment.now);
            let path = |change: &FileChange| past.log.paths[change.path as usize].as_str();
            self.passed.extend(judged.map(|(change, file)| Passed { position, path: path(change), file, at }));
            self.passed[first..].sort_by_key(|row| row.path);
        }
        self.position += 1;
    }
}

/// Files of past commits that somebody chose: the commit, an index into the log's commits, and paths after it (for a
/// deletion the path that went).
pub type Chosen = BTreeMap<u32, BTreeSet<String>>;

/// A row of every chosen file, whatever kind of file it is and however many others its commit touches: to be judged
/// against outcomes that are known from elsewhere.
///
/// In the order of history. A path that a rename left is a deleted file, for whoever labelled it may not follow
/// renames. A merge has no rows, and neither has a file its commit did not touch.
pub fn rows_of_chosen<'a>(
    past: &'a Past<'a>,
    chosen: &Chosen,
    metrics: &MetricsOf<'_>,
    inputs: Inputs<'_>,
) -> Vec<SweptRow<'a>> {
    let mut moment = Moment::before(past);
    let mut rows = Vec::new();
    for (position, &commit) in past.order.iter().enumerate() {
        if let Some(change) = chosen_change(&moment, chosen, commit) {
            let measured = measure(&moment, &change, metrics, inputs);
            rows.extend(measured.files.into_iter().map(|(place, values)| {
                let path = change.files[place].path;
                SweptRow { position, commit, path, at: change.at, values }
            }));
        }
        moment.pass(commit);
    }
    rows
}

/// Contents whose metrics [`rows_of_chosen`] will ask for, each once, with a path that tells the language.
pub fn wanted_blobs_of_chosen(past: &Past<'_>, chosen: &Chosen) -> Vec<(BlobId, String)> {
    let beginning = Moment::before(past);
    let mut wanted = Wanted::default();
    let changes = past.order.iter().filter_map(|&commit| chosen_change(&beginning, chosen, commit));
    for change in changes {
        change.files.iter().filter(|touched| touched.is_judged).for_each(|touched| wanted.add(touched));
    }
    wanted.blobs
}

/// Manifests whose dependencies [`rows_of_chosen`] will ask for, each content once, with its path.
pub fn wanted_manifests_of_chosen(past: &Past<'_>, chosen: &Chosen) -> Vec<(BlobId, String)> {
    let beginning = Moment::before(past);
    let mut wanted = Wanted::default();
    let changes = past.order.iter().filter_map(|&commit| chosen_change(&beginning, chosen, commit));
    changes.for_each(|change| wanted.add_manifests(&change));
    wanted.blobs
}

/// The commit as a change in which the chosen files are judged; `None` where none is chosen.
fn chosen_change<'a>(moment: &Moment<'a>, chosen: &Chosen, commit: u32) -> Option<Change<'a>> {
    let paths = chosen.get(&commit)?;
    let mut change = moment.change(commit)?;
    let left: Vec<Touched<'a>> = change.files.iter().filter_map(Touched::left_path).collect();
    change.files.extend(left.into_iter().filter(|touched| paths.contains(touched.path)));
    change.files.iter_mut().for_each(|touched| touched.is_judged = paths.contains(touched.path));
    Some(change)
}

/// The rows of the change under review, on top of `past`.
pub fn rows_for_change(past: &Past<'_>, diff: &Diff, metrics: &MetricsOf<'_>, inputs: Inputs<'_>) -> ChangeRows {
    let moment = after(past);
    let (change, skipped) = reviewed_change(past, diff);
    let measured = measure(&moment, &change, metrics, inputs);
    let before = rows_before(past, &moment, &change, metrics, inputs);
    let commit_id = |commit: u32| past.log.commits[commit as usize].id;
    let n_judged = measured.files.len();
    let files = measured.files.into_iter().map(|(place, after)| {
        let touched = &change.files[place];
        let last_fix = moment.history_of(touched).and_then(|history| history.last_fix()).map(commit_id);
        ChangedFile { path: touched.path.to_owned(), before: before.get(&place).cloned(), after, last_fix }
    });
    ChangeRows { at: change.at, files: files.collect(), change: (n_judged > 0).then_some(measured.change), skipped }
}

/// Contents whose metrics [`rows_for_change`] will ask for, each once, with a path that tells the language.
pub fn wanted_blobs_for_change(past: &Past<'_>, diff: &Diff) -> Vec<(BlobId, String)> {
    let moment = after(past);
    let (change, _) = reviewed_change(past, diff);
    let mut wanted = Wanted::default();
    change.files.iter().filter(|touched| touched.is_judged).for_each(|touched| wanted.add(touched));
    let last_commits = last_commits(&moment, &change);
    let mut moment = Moment::before(past);
    for &commit in &past.order {
        let then = last_commits.get(&commit).and_then(|last| Some((last, moment.change(commit)?)));
        let files = moment.pass(commit);
        if let Some((last, then)) = then {
            // The complexity delta of that commit needs all its files, unless it was a mass change.
            let is_wanted = |file: &u32| then.files.len() <= MAX_FILES_A_COMMIT || last.iter().any(|(_, f)| f == file);
            let touched = then.files.iter().zip(&files).filter(|(touched, file)| touched.is_judged && is_wanted(file));
            touched.for_each(|(touched, _)| wanted.add(touched));
        }
    }
    wanted.blobs
}

/// Manifests whose dependencies [`rows_for_change`] will ask for, each content once, with its path.
pub fn wanted_manifests_for_change(past: &Past<'_>, diff: &Diff) -> Vec<(BlobId, String)> {
    let moment = after(past);
    let (change, _) = reviewed_change(past, diff);
    let mut wanted = Wanted::default();
    wanted.add_manifests(&change);
    let mut commits: Vec<u32> = last_commits(&moment, &change).into_keys().collect();
    commits.sort_unstable();
    let beginning = Moment::before(past);
    commits.iter().filter_map(|&commit| beginning.change(commit)).for_each(|then| wanted.add_manifests(&then));
    wanted.blobs
}

/// The sprint that holds at the end of a past, configured or inferred, and how it is known.
pub fn rhythm_as_of(past: &Past<'_>, inputs: Inputs<'_>) -> Option<Rhythm> {
    let configured = inputs.said.sprint(past.as_of);
    let configured = configured.map(|sprint| Rhythm { sprint, source: RhythmSource::Configured });
    configured.or_else(|| after(past).releases.rhythm())
}

/// The moment at the end of a past.
pub(super) fn after<'a>(past: &'a Past<'a>) -> Moment<'a> {
    let mut moment = Moment::before(past);
    for &commit in &past.order {
        moment.pass(commit);
    }
    moment
}

/// The diff as a change, without the least changed source files where there are too many.
pub(super) fn reviewed_change<'a>(past: &'a Past<'_>, diff: &'a Diff) -> (Change<'a>, Vec<Skipped>) {
    let mut change = Change::of_diff(past, diff);
    let mut churns: Vec<f64> = change.files.iter().filter(|touched| touched.is_judged).map(Touched::churn).collect();
    if churns.len() <= MAX_REVIEWED_FILES {
        return (change, Vec::new());
    }
    churns.sort_by(f64::total_cmp);
    let n_left_out = churns.len() - MAX_REVIEWED_FILES;
    let least = churns[n_left_out];
    let mut room = MAX_REVIEWED_FILES;
    for touched in change.files.iter_mut().filter(|touched| touched.is_judged) {
        touched.is_judged = touched.churn() >= least && room > 0;
        room -= usize::from(touched.is_judged);
    }
    let reason = format!("only the {MAX_REVIEWED_FILES} most changed source files are judged");
    (change, vec![Skipped::new(format!("{n_left_out} changed files"), reason)])
}

/// For each judged file of the change that has a past: the row of its last commit, as of that commit.
fn rows_before(
    past: &Past<'_>,
    end: &Moment<'_>,
    change: &Change<'_>,
    metrics: &MetricsOf<'_>,
    inputs: Inputs<'_>,
) -> FxHashMap<usize, Row> {
    let last_commits = last_commits(end, change);
    let mut moment = Moment::before(past);
    let mut rows = FxHashMap::default();
    for &commit in &past.order {
        let then = last_commits.contains_key(&commit).then(|| moment.change(commit)).flatten();
        let measured = then.map(|then| measure(&moment, &then, metrics, inputs));
        let files = moment.pass(commit);
        for (place_then, row) in measured.into_iter().flat_map(|measured| measured.files) {
            let place = last_commits[&commit].iter().find(|(_, file)| *file == files[place_then]);
            rows.extend(place.map(|(place, _)| (*place, row)));
        }
    }
    rows
}

/// The last commit to each judged file of the change, with the file's place in the change and its number.
fn last_commits(end: &Moment<'_>, change: &Change<'_>) -> FxHashMap<u32, Vec<(usize, u32)>> {
    let mut last_commits = FxHashMap::<u32, Vec<(usize, u32)>>::default();
    for (place, touched) in change.files.iter().enumerate().filter(|(_, touched)| touched.is_judged) {
        let file = end.file_of(touched);
        let last = file.and_then(|file| Some((end.files[file as usize].touches.last()?.commit, file)));
        if let Some((commit, file)) = last {
            last_commits.entry(commit).or_default().push((place, file));
        }
    }
    last_commits
}
