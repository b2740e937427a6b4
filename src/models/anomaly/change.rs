//! What is a change to this model, whether it is a commit of the past or a pull request?
//!
//! In: a commit of the log or a diff, the metrics of file contents, and what manifests and lock files declare. Out: one
//! [`Change`]. Never reads a file: contents are looked up by name, and what is not known is unknown.

use crate::code::manifests::{self, Dependency, Ecosystem};
use crate::code::{FileKind, Metrics, file_kind, is_source};
use crate::domain::{BlobId, ChangeKind, Commit, Diff, Log, Timestamp};
use crate::features::Dependencies;

/// A commit or a pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// Its moment.
    pub at: Timestamp,
    /// When its author wrote it; `None` where that is unknown.
    pub written: Option<LocalTime>,
    /// Who made it, as an index into [`Log::authors`]; `None` for somebody new or unknown.
    pub author: Option<u32>,
    /// Every file it touches.
    pub files: Vec<File<'a>>,
    /// Manifests and lock files it touches and both of whose sides could be read.
    pub manifests: Vec<Manifest<'a>>,
}

/// A moment on the clock of the one who wrote the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// When.
    pub at: Timestamp,
    /// Minutes east of UTC.
    pub utc_offset_minutes: i16,
}

/// One file of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct File<'a> {
    /// Path after the change; for a deletion the path that went.
    pub path: &'a str,
    /// Path before, for a rename only.
    pub old_path: Option<&'a str>,
    /// What happened.
    pub kind: ChangeKind,
    /// Lines added.
    pub added: u32,
    /// Lines deleted.
    pub deleted: u32,
    /// False for binary files and files above the size limit.
    pub is_counted: bool,
    /// Cyclomatic complexity of the file before and after (McCabe, summed); `None` where a side is unknown or missing.
    pub complexity: Option<(u32, u32)>,
}

/// One manifest or lock file of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest<'a> {
    /// Its path after the change.
    pub path: &'a str,
    /// Whose packages it names.
    pub ecosystem: Ecosystem,
    /// Whether a tool wrote it.
    pub is_lock: bool,
    /// What it declared before; empty where it is new.
    pub before: Vec<Dependency>,
    /// What it declares now; empty where it went.
    pub after: Vec<Dependency>,
}

/// Looks up what is known of contents.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    /// Metrics of a source file's content; `None` where it could not be read.
    pub metrics: &'a dyn Fn(BlobId) -> Option<Metrics>,
    /// What manifests and lock files declare, by content.
    pub dependencies: &'a Dependencies,
}

impl LocalTime {
    /// Hour of the day, 0 to 23, on that clock.
    pub fn hour(self) -> u32 {
        self.at.hour_at(self.utc_offset_minutes)
    }

    /// Minutes past the hour.
    pub fn minute(self) -> u32 {
        let local = self.at.0 + i64::from(self.utc_offset_minutes) * 60;
        (local.rem_euclid(3_600) / 60) as u32
    }
}

impl File<'_> {
    /// Whether people wrote its lines for this repository: not tools, not others, not tables.
    pub fn is_written(&self) -> bool {
        !matches!(file_kind(self.path), FileKind::Lock | FileKind::Generated | FileKind::Vendored | FileKind::Data)
    }
}

impl<'a> Change<'a> {
    /// A commit of the past that is no merge.
    pub fn of_commit(log: &'a Log, commit: &Commit, contents: Contents<'_>) -> Self {
        let path = |path: u32| log.paths[path as usize].as_str();
        let touched = commit.changes.iter().map(|change| Touched {
            path: path(change.path),
            old_path: change.old_path.map(path),
            kind: change.kind,
            blobs: (change.old_blob, change.new_blob),
            lines: (change.added, change.deleted),
            is_counted: change.is_counted,
        });
        let written = LocalTime { at: commit.authored_at, utc_offset_minutes: commit.utc_offset_minutes };
        Self::new(commit.committed_at, Some(written), Some(commit.author), touched.collect(), contents)
    }

    /// A pull request. `written` is the moment of its newest commit that is no merge.
    pub fn of_diff(log: &Log, diff: &'a Diff, written: Option<LocalTime>, contents: Contents<'_>) -> Self {
        let touched = diff.files.iter().map(|file| Touched {
            path: &file.path,
            old_path: file.old_path.as_deref(),
            kind: file.kind,
            blobs: (file.old_blob, file.new_blob),
            lines: (file.added, file.deleted),
            is_counted: file.is_counted,
        });
        let is_author = |known: &crate::domain::Author| {
            let written = diff.author.as_ref();
            written.is_some_and(|by| known == by || (!known.email.is_empty() && known.email == by.email))
        };
        let author = log.authors.iter().position(is_author).map(|index| index as u32);
        Self::new(diff.head_at, written, author, touched.collect(), contents)
    }

    fn new(
        at: Timestamp,
        written: Option<LocalTime>,
        author: Option<u32>,
        touched: Vec<Touched<'a>>,
        contents: Contents<'_>,
    ) -> Self {
        let manifests = touched.iter().filter_map(|file| file.manifest(contents.dependencies)).collect();
        let files = touched.iter().map(|file| file.file(contents.metrics)).collect();
        Self { at, written, author, files, manifests }
    }
}

/// A file in the words a commit and a diff share.
struct Touched<'a> {
    path: &'a str,
    old_path: Option<&'a str>,
    kind: ChangeKind,
    blobs: (Option<BlobId>, Option<BlobId>),
    lines: (u32, u32),
    is_counted: bool,
}

impl<'a> Touched<'a> {
    fn file(&self, metrics: &dyn Fn(BlobId) -> Option<Metrics>) -> File<'a> {
        let complexity = |blob: Option<BlobId>| metrics(blob?).map(|metrics| metrics.cyclomatic);
        // Only what stood before can jump; a new file is simply new.
        let is_read = is_source(self.path) && self.blobs.0.is_some() && self.blobs.1.is_some();
        let sides = || Some((complexity(self.blobs.0)?, complexity(self.blobs.1)?));
        File {
            path: self.path,
            old_path: self.old_path,
            kind: self.kind,
            added: self.lines.0,
            deleted: self.lines.1,
            is_counted: self.is_counted,
            complexity: is_read.then(sides).flatten(),
        }
    }

    fn manifest(&self, dependencies: &Dependencies) -> Option<Manifest<'a>> {
        let ecosystem = manifests::ecosystem(self.path)?;
        let declared = |blob: Option<BlobId>| match blob {
            Some(blob) => dependencies.get(&blob).cloned(),
            None => Some(Vec::new()),
        };
        let (before, after) = (declared(self.blobs.0)?, declared(self.blobs.1)?);
        Some(Manifest { path: self.path, ecosystem, is_lock: manifests::locks::is_lock(self.path), before, after })
    }
}
