//! What is a change, whether it is a commit of the past or a pull request?
//!
//! In: a commit of the log, or a diff. Out: one [`Change`] in the words both share, so that everything behind it cannot
//! tell which door it came through.

use super::paths::is_judged;
use crate::domain::{BlobId, ChangeKind, Diff, DiffFile, FileChange, Log, Timestamp};
use crate::history::{self, Past};
use std::collections::{BTreeMap, BTreeSet};

/// A commit or a pull request.
pub(super) struct Change<'a> {
    /// Its moment.
    pub(super) at: Timestamp,
    /// Who made it.
    pub(super) author: Author,
    /// Whether it says that it repairs a defect.
    pub(super) is_fix: bool,
    /// Every file it touches.
    pub(super) files: Vec<Touched<'a>>,
}

/// The author of a change, as far as the log knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Nobody knows who it was.
    Unknown,
    /// Somebody without an earlier commit.
    Newcomer,
    /// Index into [`Log::authors`].
    Known(u32),
}

/// One file of a change.
pub(super) struct Touched<'a> {
    /// Path after the change; for a deletion the path that went.
    pub(super) path: &'a str,
    /// The path it had before, where the change renames it.
    pub(super) old_path: Option<&'a str>,
    /// The path it had before, as an index into [`Log::paths`]; `None` when the log has never seen that path.
    pub(super) path_before: Option<u32>,
    pub(super) kind: ChangeKind,
    pub(super) old_blob: Option<BlobId>,
    pub(super) new_blob: Option<BlobId>,
    pub(super) added: u32,
    pub(super) deleted: u32,
    /// Changed regions.
    pub(super) n_hunks: u32,
    pub(super) is_counted: bool,
    /// Whether a row is made of it: product code that exists after the change, unless the caller chooses otherwise.
    pub(super) is_judged: bool,
}

impl Touched<'_> {
    /// Lines added plus lines deleted.
    pub(super) fn churn(&self) -> f64 {
        f64::from(self.added) + f64::from(self.deleted)
    }

    /// The path that a rename leaves, as a deletion without lines: those count where the file went.
    pub(super) fn left_path(&self) -> Option<Self> {
        self.old_path.map(|path| Touched {
            path,
            old_path: None,
            path_before: self.path_before,
            kind: ChangeKind::Deleted,
            old_blob: self.old_blob,
            new_blob: None,
            added: 0,
            deleted: 0,
            n_hunks: 0,
            is_counted: false,
            is_judged: false,
        })
    }
}

impl<'a> Change<'a> {
    /// A commit of the past, at a moment that never goes backwards.
    pub(super) fn of_commit(log: &'a Log, commit: u32, is_fix: bool, at: Timestamp) -> Self {
        let commit = &log.commits[commit as usize];
        let files = commit.changes.iter().map(|file| touched_by_commit(log, file)).collect();
        Self { at, author: Author::Known(commit.author), is_fix, files }
    }

    /// A pull request on top of `past`.
    ///
    /// Its moment is that of its newest commit, but never before the newest commit it is compared with.
    pub(super) fn of_diff(past: &'a Past<'_>, diff: &'a Diff) -> Self {
        let known = indexes_of_paths(past.log, diff);
        Self {
            at: diff.head_at.max(past.as_of),
            author: author_of(past.log, diff),
            is_fix: history::is_fix_diff(diff, &[]),
            files: diff.files.iter().map(|file| touched_by_diff(&known, file)).collect(),
        }
    }
}

fn touched_by_commit<'a>(log: &'a Log, file: &FileChange) -> Touched<'a> {
    let path = &log.paths[file.path as usize];
    Touched {
        path,
        old_path: file.old_path.map(|path| log.paths[path as usize].as_str()),
        path_before: Some(file.old_path.unwrap_or(file.path)),
        kind: file.kind,
        old_blob: file.old_blob,
        new_blob: file.new_blob,
        added: file.added,
        deleted: file.deleted,
        n_hunks: file.hunks.len() as u32,
        is_counted: file.is_counted,
        is_judged: file.new_blob.is_some() && is_judged(path),
    }
}

fn touched_by_diff<'a>(known: &BTreeMap<&str, u32>, file: &'a DiffFile) -> Touched<'a> {
    let path_before = file.old_path.as_deref().unwrap_or(&file.path);
    Touched {
        path: &file.path,
        old_path: file.old_path.as_deref(),
        path_before: known.get(path_before).copied(),
        kind: file.kind,
        old_blob: file.old_blob,
        new_blob: file.new_blob,
        added: file.added,
        deleted: file.deleted,
        n_hunks: file.hunks.len() as u32,
        is_counted: file.is_counted,
        is_judged: file.new_blob.is_some() && is_judged(&file.path),
    }
}

/// Indexes of the paths the diff names, where the log has them.
fn indexes_of_paths<'a>(log: &'a Log, diff: &Diff) -> BTreeMap<&'a str, u32> {
    let named: BTreeSet<&str> =
        diff.files.iter().flat_map(|file| [Some(file.path.as_str()), file.old_path.as_deref()]).flatten().collect();
    let indexed = log.paths.iter().zip(0u32..);
    indexed.filter(|(path, _)| named.contains(path.as_str())).map(|(path, index)| (path.as_str(), index)).collect()
}

/// By mail address: names are spelled in many ways, and `.mailmap` has already been applied to the log.
fn author_of(log: &Log, diff: &Diff) -> Author {
    let Some(author) = &diff.author else { return Author::Unknown };
    let same =
        |known: &crate::domain::Author| known == author || (!known.email.is_empty() && known.email == author.email);
    match log.authors.iter().position(same) {
        Some(index) => Author::Known(index as u32),
        None => Author::Newcomer,
    }
}
