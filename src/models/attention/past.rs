//! Where were the faults in the changes that were later repaired?
//!
//! In: a past with its bug-introducing changes, and a way to read contents. Out: [`Lesson`]s, oldest first: the spots of
//! each such change, and which of them wrote a line that a fix later changed.

use super::{ChangedFile, MAX_SHOWN, Scene, Seen, see};
use crate::code::{self, FileFacts};
use crate::domain::{BlobId, Commit, FileChange};
use crate::history::{Introduction, LineHistory, Past, ReadText};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Changes that are read, the newest with something to choose from: a hit rate over as many is known to five points.
pub const MAX_LESSONS: usize = 400;

/// Changes that are tried, because not all of them have something to choose from.
const MAX_TRIED: usize = 3 * MAX_LESSONS;

/// Source files of a change that are read. One with more is an import, and nobody reads it spot by spot.
pub const MAX_FILES: usize = 30;

/// Spots of a change, for the same reason.
const MAX_SPOTS: usize = 400;

/// Changes a thread takes in a row.
const CHANGES_A_TURN: usize = 8;

/// One change that introduced a defect.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Index into the log's commits.
    pub commit: u32,
    /// Its spots.
    pub spots: Vec<Seen>,
    /// Which of them wrote a line that a fix changed later, one for each spot.
    pub is_guilty: Vec<bool>,
}

/// How contents are read.
pub struct Reading<'a, Reader> {
    /// Makes a reader for each thread: handles of repositories are not shared.
    pub make_reader: &'a (dyn Fn() -> Reader + Sync),
    /// Threads that read.
    pub n_threads: usize,
}

/// The newest bug-introducing changes of `past` that have more than [`MAX_SHOWN`] spots, oldest first, at most
/// [`MAX_LESSONS`].
///
/// Only what a fix repaired counts as guilt, not what stood beside it. Each change is seen as of its own moment.
pub fn lessons<Reader>(past: &Past<'_>, lines: &LineHistory<'_>, reading: &Reading<'_, Reader>) -> Vec<Lesson>
where
    Reader: Fn(BlobId) -> Option<Vec<u8>>,
{
    let mut by_culprit: BTreeMap<u32, Vec<&Introduction>> = BTreeMap::new();
    for found in past.introductions.iter().filter(|found| found.is_repaired) {
        by_culprit.entry(found.culprit).or_default().push(found);
    }
    let newest: Vec<(u32, Vec<&Introduction>)> = by_culprit.into_iter().rev().take(MAX_TRIED).collect();
    let turns: Vec<&[(u32, Vec<&Introduction>)]> = newest.chunks(CHANGES_A_TURN).collect();
    let (next, n_found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut lessons: Vec<Lesson> = std::thread::scope(|scope| {
        let work = || {
            let reader = (reading.make_reader)();
            let mut told = Vec::new();
            // Turns are taken in order, so the newest changes are among those that were read when there are enough.
            while n_found.load(Ordering::Relaxed) < MAX_LESSONS
                && let Some(turn) = turns.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let n_before = told.len();
                told.extend(turn.iter().filter_map(|(culprit, found)| lesson(past, lines, &reader, *culprit, found)));
                n_found.fetch_add(told.len() - n_before, Ordering::Relaxed);
            }
            told
        };
        let workers: Vec<_> = (0..reading.n_threads.max(1)).map(|_| scope.spawn(work)).collect();
        let told = workers.into_iter().map(|worker| worker.join());
        told.flat_map(|told| told.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    lessons.sort_unstable_by_key(|lesson| std::cmp::Reverse(lesson.commit));
    lessons.truncate(MAX_LESSONS);
    lessons.reverse();
    lessons
}

fn lesson(
    past: &Past<'_>,
    lines: &LineHistory<'_>,
    text: &ReadText<'_>,
    culprit: u32,
    found: &[&Introduction],
) -> Option<Lesson> {
    let guilty: BTreeSet<(u32, u32)> = found.iter().flat_map(|found| guilty_lines(past, lines, text, found)).collect();
    let commit = &past.log.commits[culprit as usize];
    let sources = sources(past, commit);
    if guilty.is_empty() || sources.len() > MAX_FILES {
        return None;
    }
    let read: Vec<Read<'_>> = sources.into_iter().filter_map(|change| Read::of(past, change, text)).collect();
    let files: Vec<ChangedFile<'_>> = read.iter().map(|read| read.file(past)).collect();
    let scene = Scene { log: past.log, lines, is_fix: &past.is_fix, before: culprit, at: commit.committed_at };
    let spots = see(&scene, &files);
    let is_guilty: Vec<bool> = spots
        .iter()
        .map(|seen| {
            let path = read[seen.file].change.path;
            guilty.range((path, seen.spot.first_line)..=(path, seen.spot.last_line)).next().is_some()
        })
        .collect();
    let is_a_choice = spots.len() > MAX_SHOWN && spots.len() <= MAX_SPOTS && is_guilty.contains(&true);
    is_a_choice.then_some(Lesson { commit: culprit, spots, is_guilty })
}

/// Source files that got lines.
fn sources<'a>(past: &Past<'_>, commit: &'a Commit) -> Vec<&'a FileChange> {
    let path = |change: &FileChange| &past.log.paths[change.path as usize];
    let is_read = |change: &&FileChange| change.added > 0 && change.new_blob.is_some() && code::is_source(path(change));
    commit.changes.iter().filter(is_read).collect()
}

/// A changed file and what was read of it.
struct Read<'a> {
    change: &'a FileChange,
    text: String,
    facts: Option<FileFacts>,
}

impl<'a> Read<'a> {
    fn of(past: &Past<'_>, change: &'a FileChange, text: &ReadText<'_>) -> Option<Self> {
        let bytes = text(change.new_blob?)?;
        let facts = code::read(&past.log.paths[change.path as usize], &bytes).ok();
        Some(Self { change, text: String::from_utf8_lossy(&bytes).into_owned(), facts })
    }

    fn file<'f>(&'f self, past: &'f Past<'_>) -> ChangedFile<'f> {
        let change = self.change;
        ChangedFile {
            path: &past.log.paths[change.path as usize],
            before: change.old_blob.map(|blob| (change.old_path.unwrap_or(change.path), blob)),
            hunks: &change.hunks,
            text: &self.text,
            functions: self.facts.as_ref().map_or(&[], |facts| &facts.functions),
        }
    }
}

/// Lines that a fix repaired, as (path, line) where the culprit wrote them.
fn guilty_lines(
    past: &Past<'_>,
    lines: &LineHistory<'_>,
    text: &ReadText<'_>,
    found: &Introduction,
) -> Vec<(u32, u32)> {
    let fix = &past.log.commits[found.fix as usize];
    let is_fixed = |change: &&FileChange| change.old_path.unwrap_or(change.path) == found.fixed_path;
    let Some(blob) = fix.changes.iter().find(is_fixed).and_then(|change| change.old_blob) else { return Vec::new() };
    let asked: Vec<u32> = found.lines.iter().filter(|run| run.0 > 0).flat_map(|run| run.0..=run.1).collect();
    let origins = lines.written(found.fix, found.fixed_path, blob, &asked, text);
    let of_culprit = origins.into_iter().filter(|origin| origin.commit == found.culprit);
    of_culprit.flat_map(|origin| origin.lines.into_iter().map(move |line| (origin.path, line))).collect()
}
