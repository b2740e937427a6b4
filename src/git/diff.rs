//! What does a pull request change?
//!
//! In: the base and the head. Out: a [`Diff`] against their merge base, as a reviewer sees it on the pull request.

use super::mine::{author, changes_between, count};
use super::repository::{commit_id, oid};
use super::{Error, Repository};
use crate::domain::{CommitId, Diff, DiffFile, Skipped};

/// Commits of one pull request whose messages are read; GitHub itself lists no more than 250.
const MAX_COMMITS: usize = 250;

/// Bytes of a message that are kept.
const MAX_MESSAGE_BYTES: usize = 4_096;

impl Repository {
    /// Everything that changes between the merge base of `base` and `head`, and `head`.
    ///
    /// Without a merge base everything in `head` is new. Pass `head` itself as `base` for a first commit.
    pub fn diff(&self, base: CommitId, head: CommitId) -> Result<Diff, Error> {
        let merge_base = self.merge_base(base, head);
        let head_commit = self.commit(head)?;
        let fail = |e| self.read_error("compare trees", e);
        let old = merge_base.map(|id| self.commit(id)?.tree().map_err(fail)).transpose()?;
        let new = head_commit.tree().map_err(fail)?;
        let mut skipped = Vec::new();
        let files = match changes_between(self, old.as_ref(), Some(&new), true).map_err(fail)? {
            Ok(changes) => changes.into_iter().map(diff_file).collect(),
            Err(reason) => {
                skipped.push(Skipped::new("the change as a whole", reason));
                Vec::new()
            }
        };
        skipped.extend(files.iter().filter_map(unread));
        let commits = self.commits_between(merge_base, head)?;
        Ok(Diff {
            merge_base,
            base,
            head,
            head_at: self.committed_at(head)?,
            messages: commits.iter().map(|commit| self.message(*commit)).collect::<Result<_, _>>()?,
            author: self.newest_author(&commits)?,
            commits,
            files,
            skipped,
        })
    }

    /// `None` when the two share no history, or when they are the same commit without a parent.
    fn merge_base(&self, base: CommitId, head: CommitId) -> Option<CommitId> {
        if base == head {
            return self.first_parent(head).ok().flatten();
        }
        self.inner.merge_base(oid(base), oid(head)).ok().map(commit_id)
    }

    fn commits_between(&self, merge_base: Option<CommitId>, head: CommitId) -> Result<Vec<CommitId>, Error> {
        let fail = |e| self.read_error("walk the change", e);
        let mut walk = self.inner.revwalk().map_err(fail)?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL).map_err(fail)?;
        walk.push(oid(head)).map_err(fail)?;
        if let Some(merge_base) = merge_base {
            walk.hide(oid(merge_base)).map_err(fail)?;
        }
        let mut newest: Vec<CommitId> =
            walk.take(MAX_COMMITS).map(|id| id.map(commit_id).map_err(fail)).collect::<Result<_, _>>()?;
        newest.reverse();
        Ok(newest)
    }

    fn message(&self, commit: CommitId) -> Result<String, Error> {
        let commit = self.commit(commit)?;
        let bytes = commit.message_bytes();
        Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_MESSAGE_BYTES)]).into_owned())
    }

    fn newest_author(&self, commits: &[CommitId]) -> Result<Option<crate::domain::Author>, Error> {
        let mailmap = self.inner.mailmap().ok();
        for id in commits.iter().rev() {
            let commit = self.commit(*id)?;
            if commit.parent_count() < 2 {
                let written = commit.author();
                let resolved = mailmap.as_ref().and_then(|map| map.resolve_signature(&written).ok());
                return Ok(Some(author(resolved.as_ref().unwrap_or(&written))));
            }
        }
        Ok(None)
    }
}

fn diff_file(raw: super::mine::RawChange) -> DiffFile {
    let (added, deleted) = count(&raw.hunks);
    DiffFile {
        path: raw.path,
        old_path: raw.old_path,
        kind: raw.kind,
        old_blob: raw.old_blob,
        new_blob: raw.new_blob,
        added,
        deleted,
        is_counted: raw.is_counted,
        hunks: raw.hunks.into_vec(),
    }
}

fn unread(file: &DiffFile) -> Option<Skipped> {
    let not_utf8 = file.path.contains('\u{fffd}').then_some("its path is not UTF-8: it cannot be named on GitHub");
    let not_text = (!file.is_counted).then_some("it is binary or larger than 1 MiB: its lines were not read");
    not_utf8.or(not_text).map(|reason| Skipped::new(&file.path, reason))
}
