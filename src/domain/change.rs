//! What did a commit do?
//!
//! The raw facts of history as `git` mines them and `history` reads them: compact, with indexes instead of repeated
//! strings, oldest first. Never holds file contents.

use super::{BlobId, CommitId, Timestamp};
use serde::{Deserialize, Serialize};

/// All commits that were mined, parents before children.
///
/// Indexes (`u32`) point into the vectors of the same log and never change when newer commits are appended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// In topological order: every parent stands before its children.
    pub commits: Vec<Commit>,
    /// People after `.mailmap`.
    pub authors: Vec<Author>,
    /// Every path that ever changed, `/`-separated, relative to the root. Bytes that are not UTF-8 are replaced.
    pub paths: Vec<String>,
    /// Tags that point at commits, oldest first.
    pub tags: Vec<Tag>,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Its name.
    pub id: CommitId,
    /// Indexes into [`Log::commits`]; empty for a root (or at the edge of a shallow clone).
    pub parents: Vec<u32>,
    /// Index into [`Log::authors`].
    pub author: u32,
    /// Indexes into [`Log::authors`]: those its `Co-authored-by` lines name beside the author, in their order.
    pub co_authors: Box<[u32]>,
    /// When it was written, by its author's clock.
    pub authored_at: Timestamp,
    /// The author's offset from UTC in minutes, east is positive.
    pub utc_offset_minutes: i16,
    /// When it was committed. Never before any parent's: clocks that went backwards are lifted to the parent's time.
    pub committed_at: Timestamp,
    /// The message, cut to the first bytes where it is very long.
    pub message: String,
    /// Against the only parent (or the empty tree). For a merge: only files that differ from every parent, one entry
    /// for each parent.
    pub changes: Vec<FileChange>,
}

impl Commit {
    /// Whether it has more than one parent.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// First line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or("").trim()
    }
}

/// What one commit did to one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileChange {
    /// Index into [`Log::paths`]; for a deletion the path that went.
    pub path: u32,
    /// Index into [`Log::paths`] of the earlier path, for a rename only.
    pub old_path: Option<u32>,
    /// For an added file whose content equals what another file of the same change held before: that file, as an index
    /// into [`Log::paths`]. Copies of files the commit did not touch are not looked for.
    pub copied_from: Option<u32>,
    /// Which parent it is against: 0 but for merges.
    pub parent: u8,
    /// What happened.
    pub kind: ChangeKind,
    /// Content before; `None` for an added file.
    pub old_blob: Option<BlobId>,
    /// Content after; `None` for a deleted file.
    pub new_blob: Option<BlobId>,
    /// Lines added; 0 where `is_counted` is false.
    pub added: u32,
    /// Lines deleted; 0 where `is_counted` is false.
    pub deleted: u32,
    /// False for binary files and files above the size limit: no lines were counted.
    pub is_counted: bool,
    /// The changed regions, in order. Empty where nothing was counted.
    pub hunks: Box<[Hunk]>,
}

impl FileChange {
    /// Lines added plus lines deleted.
    pub fn churn(&self) -> u32 {
        self.added.saturating_add(self.deleted)
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// New file.
    Added,
    /// Same path, other content (or mode).
    Modified,
    /// Gone.
    Deleted,
    /// Another path, at least 50% the same lines.
    Renamed,
}

/// One changed region: `old_lines` lines from `old_start` became `new_lines` lines from `new_start`.
///
/// Lines count from 1. A side with no lines names the line before the region (0 at the top), as unified diffs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// First line removed.
    pub old_start: u32,
    /// Lines removed.
    pub old_lines: u32,
    /// First line added.
    pub new_start: u32,
    /// Lines added.
    pub new_lines: u32,
}

/// A person after `.mailmap`. People are never a reason; a name is shown only as that of a suggested reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// Name.
    pub name: String,
    /// Mail address, lowercase.
    pub email: String,
}

/// A tag on a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Short name, such as `v1.2.0`.
    pub name: String,
    /// Index into [`Log::commits`].
    pub commit: u32,
}
