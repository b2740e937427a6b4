//! What was read of a repository before, so that it need not be read again?
//!
//! In: a key. Out: the mined history with its labels, the metrics of file versions, and the facts of the newest sources,
//! each from its own file, so that only what is needed is read. Everything can be computed again from the
//! repository: a missing, foreign or damaged file is simply no facts. History and metrics grow by appending; one
//! new commit costs what it holds, not what the repository holds.

use super::segments::{Seen, SegmentFile};
use crate::code::{FileFacts, Metrics};
use crate::domain::{Author, BlobId, Commit, CommitId, Log, Skipped, Tag};
use crate::history::Labels;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Grows whenever mining changes what a commit holds: older files are then read anew, never mixed.
const LOG_VERSION: u32 = 3;

/// Grows whenever fixes or bug-introducing changes are found in another way.
const LABELS_VERSION: u32 = 3;

/// Grows whenever a metric of a file is computed in another way.
const METRICS_VERSION: u32 = 3;

/// Grows whenever anything else that is read from a source file changes.
const SOURCES_VERSION: u32 = 4;

/// Grows whenever the note of an ingest changes.
const NOTE_VERSION: u32 = 1;

/// Segments of a file before it is written anew as one: each costs a search when the file is read.
const MAX_SEGMENTS: usize = 256;

/// File versions whose metrics are kept in memory: the 41,000 commits of the largest repository measured have 180,000,
/// and a million take about 150 MB.
pub const MAX_METRICS_KEPT: usize = 1_000_000;

/// Names the versions of everything that feature rows are computed from: rows made from other facts are made anew.
pub fn facts_version() -> String {
    format!("log {LOG_VERSION}, labels {LABELS_VERSION}, metrics {METRICS_VERSION}")
}

/// The mined commits of one repository, with what they mean.
#[derive(Debug, Default)]
pub struct History {
    /// Every commit reachable from any tip that was asked about.
    pub log: Log,
    /// Fixes and what they blame.
    pub labels: Labels,
    /// Commits that were passed over.
    pub skipped: Vec<Skipped>,
    saved: SavedLog,
}

/// How much of a history stands in its file.
#[derive(Debug, Default)]
struct SavedLog {
    seen: Seen,
    n_commits: usize,
    n_authors: usize,
    n_paths: usize,
    n_skipped: usize,
    tags: Vec<Tag>,
}

/// Metrics of versions of files. `None`: looked at and not readable.
#[derive(Debug, Default)]
pub struct VersionMetrics {
    known: FxHashMap<BlobId, Option<Metrics>>,
    unsaved: Vec<BlobId>,
    seen: Seen,
}

/// Everything read from the newest versions of files, for the import graph. `None`: not readable.
pub type Sources = FxHashMap<BlobId, Option<FileFacts>>;

/// Where an ingest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The commit up to which everything was read when one was last finished.
    pub tip: Option<CommitId>,
    /// Whether none is under way or was interrupted.
    pub is_finished: bool,
}

/// Facts files of one data directory: a folder for each repository.
#[derive(Debug, Clone)]
pub struct FactsFiles {
    root: PathBuf,
}

/// One process at a time works on a repository's facts while this is held.
#[derive(Debug)]
pub struct FactsLock {
    _file: std::fs::File,
}

impl History {
    /// Takes out every commit for which `is_kept` does not hold. Kept commits must not descend from others.
    ///
    /// Labels are forgotten, because indexes change; they are to be computed again.
    pub fn retain(&mut self, is_kept: &[bool]) {
        let mut new_index = vec![None; self.log.commits.len()];
        let kept = (0..self.log.commits.len()).filter(|at| is_kept[*at]);
        kept.zip(0u32..).for_each(|(at, index)| new_index[at] = Some(index));
        let index_of = |at: u32| new_index[at as usize];
        let mut at = 0;
        self.log.commits.retain(|_| {
            at += 1;
            is_kept[at - 1]
        });
        for commit in &mut self.log.commits {
            commit.parents = commit.parents.iter().filter_map(|parent| index_of(*parent)).collect();
        }
        self.log.tags.retain_mut(|tag| {
            let index = index_of(tag.commit);
            tag.commit = index.unwrap_or_default();
            index.is_some()
        });
        self.labels = Labels::default();
        self.saved = SavedLog::default();
    }
}

impl VersionMetrics {
    /// The metrics of a version; `None` where it was never looked at or is not readable.
    pub fn get(&self, blob: BlobId) -> Option<Metrics> {
        self.known.get(&blob)?.clone()
    }

    /// Whether a version was looked at.
    pub fn knows(&self, blob: BlobId) -> bool {
        self.known.contains_key(&blob)
    }

    /// How many versions were looked at.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds what was read of versions.
    pub fn extend(&mut self, read: impl IntoIterator<Item = (BlobId, Option<Metrics>)>) {
        for (blob, metrics) in read {
            if self.known.insert(blob, metrics).is_none() {
                self.unsaved.push(blob);
            }
        }
    }

    /// Keeps only `wanted` in memory, and what is not saved yet.
    pub fn retain(&mut self, wanted: &FxHashSet<BlobId>) {
        let unsaved: FxHashSet<BlobId> = self.unsaved.iter().copied().collect();
        self.known.retain(|blob, _| wanted.contains(blob) || unsaved.contains(blob));
    }
}

/// Commits, authors, paths, all tags, passed-over commits: what one segment adds to a log.
type LogSegment = (Vec<Commit>, Vec<Author>, Vec<String>, Vec<Tag>, Vec<Skipped>);

impl FactsFiles {
    /// Folders live in `root`, which is created when needed.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Waits until no other process works on the facts of `key`, and keeps others away until it is dropped.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn lock(&self, key: &str) -> std::io::Result<FactsLock> {
        std::fs::create_dir_all(&self.root)?;
        let file = std::fs::File::create(self.root.join(format!("{key}.lock")))?;
        file.lock()?;
        Ok(FactsLock { _file: file })
    }

    /// The history stored under `key`; empty where there is none this version can use.
    pub fn history(&self, key: &str) -> History {
        let segments = self.log_file(key).read();
        let mut history = History::default();
        for payload in segments.payloads() {
            let Ok(segment) = postcard::from_bytes::<LogSegment>(payload) else { return History::default() };
            let (commits, authors, paths, tags, skipped) = segment;
            history.log.commits.extend(commits);
            history.log.authors.extend(authors);
            history.log.paths.extend(paths);
            history.log.tags = tags;
            history.skipped.extend(skipped);
        }
        history.saved = SavedLog::of(&history, segments.seen());
        history.labels = self.labels(key, &history.log);
        history
    }

    /// Stores what is new in `history` under `key`.
    ///
    /// # Errors
    /// When a file cannot be written; what was there stays usable.
    pub fn save_history(&self, key: &str, history: &mut History) -> std::io::Result<()> {
        let saved = &history.saved;
        let is_new = history.log.commits.len() > saved.n_commits || history.log.tags != saved.tags;
        if is_new || saved.seen == Seen::default() {
            let file = self.log_file(key);
            let appended = match saved.seen.n_segments {
                0 | MAX_SEGMENTS.. => None,
                _ => file.append(saved.seen, &segment_after(history, saved)?)?,
            };
            let seen = match appended {
                Some(seen) => seen,
                None => file.replace(&segment_after(history, &SavedLog::default())?)?,
            };
            history.saved = SavedLog::of(history, seen);
        }
        self.save_labels(key, history)
    }

    fn labels(&self, key: &str, log: &Log) -> Labels {
        let segments = self.labels_file(key).read();
        let decoded = segments.payloads().next().and_then(|bytes| postcard::from_bytes::<KeptLabels>(bytes).ok());
        let fits = |kept: &KeptLabels| {
            let n_labelled = kept.labels.is_fix.len();
            n_labelled > 0 && log.commits.get(n_labelled - 1).is_some_and(|commit| commit.id == kept.last)
        };
        decoded.filter(fits).map(|kept| kept.labels).unwrap_or_default()
    }

    /// Labels are small (a byte a commit, some bytes a culprit): they are written whole.
    fn save_labels(&self, key: &str, history: &History) -> std::io::Result<()> {
        let n_labelled = history.labels.is_fix.len();
        let Some(last) = n_labelled.checked_sub(1).and_then(|at| history.log.commits.get(at)) else { return Ok(()) };
        let payload = encode(&(last.id, &history.labels))?;
        self.labels_file(key).replace(&payload).map(drop)
    }

    /// The metrics stored under `key`, the newest [`MAX_METRICS_KEPT`] of them.
    pub fn metrics(&self, key: &str) -> VersionMetrics {
        let segments = self.metrics_file(key).read();
        let mut metrics = VersionMetrics { seen: segments.seen(), ..VersionMetrics::default() };
        for payload in segments.payloads().rev() {
            let Ok(read) = postcard::from_bytes::<Vec<(BlobId, Option<Metrics>)>>(payload) else { continue };
            let room = MAX_METRICS_KEPT.saturating_sub(metrics.known.len());
            metrics.known.extend(read.into_iter().take(room));
        }
        metrics
    }

    /// How far the metrics stored under `key` go, without reading them: for adding a few.
    pub fn no_metrics(&self, key: &str) -> VersionMetrics {
        VersionMetrics { seen: self.metrics_file(key).read().seen(), ..VersionMetrics::default() }
    }

    /// Stores what is new in `metrics` under `key`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_metrics(&self, key: &str, metrics: &mut VersionMetrics) -> std::io::Result<()> {
        if metrics.unsaved.is_empty() {
            return Ok(());
        }
        let new: Vec<_> = metrics.unsaved.iter().filter_map(|blob| metrics.known.get_key_value(blob)).collect();
        let file = self.metrics_file(key);
        metrics.seen = match file.append(metrics.seen, &encode(&new)?)? {
            Some(seen) => seen,
            None => file.replace(&encode(&metrics.known.iter().collect::<Vec<_>>())?)?,
        };
        metrics.unsaved.clear();
        Ok(())
    }

    /// The facts of sources stored under `key`.
    pub fn sources(&self, key: &str) -> Sources {
        let segments = self.sources_file(key).read();
        let decoded = segments.payloads().next().and_then(|bytes| postcard::from_bytes(bytes).ok());
        decoded.unwrap_or_default()
    }

    /// Stores `sources` under `key` in place of what was there.
    ///
    /// # Errors
    /// When the file cannot be written; what was there stays.
    pub fn save_sources(&self, key: &str, sources: &Sources) -> std::io::Result<()> {
        self.sources_file(key).replace(&encode(sources)?).map(drop)
    }

    /// What the newest ingest under `key` left as its note; `None` where there was none.
    pub fn note(&self, key: &str) -> Option<Note> {
        let segments = self.note_file(key).read();
        segments.payloads().next().and_then(|bytes| postcard::from_bytes(bytes).ok())
    }

    /// Leaves a note under `key` in place of the one that is there.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn set_note(&self, key: &str, note: &Note) -> std::io::Result<()> {
        self.note_file(key).replace(&encode(note)?).map(drop)
    }

    /// Removes the facts stored under `key`, but not the lock of those who work on them.
    ///
    /// # Errors
    /// When something is there and cannot be removed.
    pub fn clear(&self, key: &str) -> std::io::Result<()> {
        gone(std::fs::remove_dir_all(self.folder(key)))
    }

    /// Removes everything stored under `key`.
    ///
    /// # Errors
    /// When something is there and cannot be removed.
    pub fn remove(&self, key: &str) -> std::io::Result<()> {
        self.clear(key)?;
        gone(std::fs::remove_file(self.root.join(format!("{key}.lock"))))
    }

    fn folder(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    fn note_file(&self, key: &str) -> SegmentFile {
        SegmentFile::new(self.folder(key).join("ingest"), b"HYPINGST", NOTE_VERSION)
    }

    fn log_file(&self, key: &str) -> SegmentFile {
        SegmentFile::new(self.folder(key).join("log"), b"HYP-LOG-", LOG_VERSION)
    }

    fn labels_file(&self, key: &str) -> SegmentFile {
        SegmentFile::new(self.folder(key).join("labels"), b"HYPLABEL", LABELS_VERSION)
    }

    fn metrics_file(&self, key: &str) -> SegmentFile {
        SegmentFile::new(self.folder(key).join("metrics"), b"HYPMETRI", METRICS_VERSION)
    }

    fn sources_file(&self, key: &str) -> SegmentFile {
        SegmentFile::new(self.folder(key).join("sources"), b"HYPSOURC", SOURCES_VERSION)
    }
}

impl SavedLog {
    fn of(history: &History, seen: Seen) -> Self {
        let log = &history.log;
        Self {
            seen,
            n_commits: log.commits.len(),
            n_authors: log.authors.len(),
            n_paths: log.paths.len(),
            n_skipped: history.skipped.len(),
            tags: log.tags.clone(),
        }
    }
}

/// Labels with the newest commit they cover, so that they are never read beside another log.
#[derive(Deserialize)]
struct KeptLabels {
    last: CommitId,
    labels: Labels,
}

/// What `history` holds beyond `saved`.
fn segment_after(history: &History, saved: &SavedLog) -> std::io::Result<Vec<u8>> {
    // Named one by one, so that a new field of the log cannot be forgotten here.
    let Log { commits, authors, paths, tags } = &history.log;
    encode(&(
        &commits[saved.n_commits..],
        &authors[saved.n_authors..],
        &paths[saved.n_paths..],
        tags,
        &history.skipped[saved.n_skipped..],
    ))
}

fn encode<T: Serialize + ?Sized>(value: &T) -> std::io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(std::io::Error::other)
}

/// A removal that is fine with nothing to remove.
fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn files(folder: &tempfile::TempDir) -> FactsFiles {
        FactsFiles::new(folder.path().join("facts"))
    }

    fn commit(number: u8) -> Commit {
        Commit {
            id: CommitId([number; 20]),
            parents: (number > 0).then(|| u32::from(number) - 1).into_iter().collect(),
            author: 0,
            co_authors: Box::default(),
            authored_at: Timestamp(i64::from(number)),
            utc_offset_minutes: 0,
            committed_at: Timestamp(i64::from(number)),
            message: format!("commit {number}"),
            changes: Vec::new(),
        }
    }

    fn grow(history: &mut History, numbers: std::ops::Range<u8>) {
        for number in numbers {
            history.log.commits.push(commit(number));
            history.log.paths.push(format!("src/é{number}.rs"));
            history.labels.is_fix.push(number % 2 == 0);
            history.skipped.push(Skipped::new(format!("commit {number}"), "it is large"));
        }
    }

    fn check_same(read: &History, written: &History) {
        assert_eq!((&read.log, &read.labels, &read.skipped), (&written.log, &written.labels, &written.skipped));
    }

    #[test]
    fn a_history_reads_back_as_written_however_it_grew() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let mut history = files.history("42");
        for numbers in [0..3, 3..3, 3..9] {
            grow(&mut history, numbers);
            files.save_history("42", &mut history).unwrap();
            check_same(&files.history("42"), &history);
        }
        assert_eq!(history.saved.seen.n_segments, 2, "nothing new, nothing written");
        let mut again = files.history("42");
        history.log.tags = vec![Tag { name: "v1".into(), commit: 2 }];
        again.log.tags.clone_from(&history.log.tags);
        files.save_history("42", &mut again).unwrap();
        check_same(&files.history("42"), &history);
        check_same(&files.history("43"), &History::default());
    }

    #[test]
    fn labels_are_never_read_beside_a_log_they_were_not_made_from() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let mut history = History::default();
        grow(&mut history, 0..3);
        files.save_history("42", &mut history).unwrap();
        let mut other = History::default();
        grow(&mut other, 10..12);
        other.labels = Labels::default();
        files.log_file("42").replace(&segment_after(&other, &SavedLog::default()).unwrap()).unwrap();
        check_same(&files.history("42"), &other);
    }

    #[test]
    fn what_is_not_reachable_can_be_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let mut history = History::default();
        grow(&mut history, 0..4);
        history.log.commits[3].parents = vec![1];
        history.log.tags = vec![Tag { name: "gone".into(), commit: 2 }, Tag { name: "kept".into(), commit: 3 }];
        files.save_history("42", &mut history).unwrap();
        history.retain(&[true, true, false, true]);
        let ids: Vec<u8> = history.log.commits.iter().map(|commit| commit.id.0[0]).collect();
        assert_eq!(ids, [0, 1, 3]);
        assert_eq!(history.log.commits[2].parents, [1]);
        assert_eq!(history.log.tags, [Tag { name: "kept".into(), commit: 2 }]);
        history.labels.is_fix = vec![false; 3];
        files.save_history("42", &mut history).unwrap();
        check_same(&files.history("42"), &history);
    }

    #[test]
    fn metrics_are_added_without_reading_those_before() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let measured = |lines: u32| Some(Metrics { lines, ..Metrics::default() });
        let mut first = files.metrics("42");
        first.extend([(BlobId([1; 20]), measured(7)), (BlobId([2; 20]), None)]);
        files.save_metrics("42", &mut first).unwrap();
        let mut blind = files.no_metrics("42");
        assert!(blind.is_empty());
        blind.extend([(BlobId([3; 20]), measured(9))]);
        files.save_metrics("42", &mut blind).unwrap();
        let read = files.metrics("42");
        assert_eq!((read.len(), read.knows(BlobId([2; 20])), read.get(BlobId([2; 20]))), (3, true, None));
        assert_eq!((read.get(BlobId([1; 20])), read.get(BlobId([3; 20]))), (measured(7), measured(9)));
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let lock = files.lock("42").unwrap();
        let mut history = History::default();
        grow(&mut history, 0..3);
        files.save_history("42", &mut history).unwrap();
        files.save_sources("42", &Sources::default()).unwrap();
        let note = Note { tip: Some(CommitId([7; 20])), is_finished: false };
        files.set_note("42", &note).unwrap();
        assert_eq!(files.note("42"), Some(note));
        drop(lock);
        files.remove("42").unwrap();
        files.remove("42").unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("facts")).unwrap().count(), 0);
    }
}
