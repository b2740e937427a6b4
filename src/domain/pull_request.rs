//! What does a pull request change?
//!
//! The whole difference between the merge base and the head, as a reviewer sees it: one entry a file.

use super::{BlobId, ChangeKind, CommitId, Hunk, Skipped, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything that changes between `merge_base` and `head`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// Where the branch left the base branch. `None` when they share no history: then everything is new.
    pub merge_base: Option<CommitId>,
    /// Newest commit of the base branch; `head` itself for a first commit.
    pub base: CommitId,
    /// Newest commit of the change.
    pub head: CommitId,
    /// Committer time of `head`: the moment the review is as of.
    pub head_at: Timestamp,
    /// Commits reachable from `head` and not from `base`, oldest first.
    pub commits: Vec<CommitId>,
    /// Messages of `commits`, in the same order, cut where very long.
    pub messages: Vec<String>,
    /// Author of the newest non-merge commit of the change.
    pub author: Option<super::Author>,
    /// Changed files in path order.
    pub files: Vec<DiffFile>,
    /// Files and limits that were passed over.
    pub skipped: Vec<Skipped>,
}

/// One changed file of a pull request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffFile {
    /// Path after the change; for a deletion the path that went.
    pub path: String,
    /// Path before, for a rename only.
    pub old_path: Option<String>,
    /// What happened.
    pub kind: ChangeKind,
    /// Content before.
    pub old_blob: Option<BlobId>,
    /// Content after.
    pub new_blob: Option<BlobId>,
    /// Lines added.
    pub added: u32,
    /// Lines deleted.
    pub deleted: u32,
    /// False for binary files and files above the size limit.
    pub is_counted: bool,
    /// Changed regions without context lines.
    pub hunks: Vec<Hunk>,
}

impl DiffFile {
    /// The first line that the change leaves in the new file at or after its first hunk, counted from 1.
    ///
    /// Always a line that stands in the diff as GitHub shows it (three lines of context around each hunk), so a note
    /// may be put there. `None` when the file is gone, binary, or only renamed.
    pub fn first_changed_line(&self) -> Option<u32> {
        self.new_blob?;
        self.hunks.first().map(|hunk| hunk.new_start.max(1))
    }
}
