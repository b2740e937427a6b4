//! What does a pull request change?
//!
//! In: the base and the head. Out: a [`Diff`] against their merge base, as a reviewer sees it on the pull request.

use super::changes::{self, RawChange};
use super::objects::ObjectName;
use super::repository::{commit_id, oid};
use super::trees::Trees;
use super::{Error, Repository, people};
use crate::domain::{Author, CommitId, Diff, DiffFile, Skipped, Timestamp};

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
        let new = head_commit.tree_id();
        let old = merge_base.map(|id| Ok::<_, Error>(self.commit(id)?.tree_id())).transpose()?;
        let mut skipped = Vec::new();
        let files = self.changed_files(old.map(tree_name), tree_name(new)).unwrap_or_else(|reason| {
            skipped.push(Skipped::new("the change as a whole", reason));
            Vec::new()
        });
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

    fn changed_files(&self, old: Option<ObjectName>, new: ObjectName) -> Result<Vec<DiffFile>, String> {
        let old: Vec<_> = old.into_iter().map(Some).collect();
        let changes = changes::of_commit(&mut Trees::new(&self.objects), &self.objects, &old, new)?;
        let lines = changes::count_lines(changes.iter(), &mut [self.objects.another()], &|_, _| {});
        Ok(changes.into_iter().zip(lines).map(|(change, lines)| diff_file(change, lines)).collect())
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

    /// When the newest of `commits` (oldest first) that is no merge was written, by its author's clock, and that clock's
    /// minutes east of UTC.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn written(&self, commits: &[CommitId]) -> Result<Option<(Timestamp, i16)>, Error> {
        for id in commits.iter().rev() {
            let commit = self.commit(*id)?;
            if commit.parent_count() < 2 {
                let when = commit.author().when();
                return Ok(Some((Timestamp(when.seconds()), when.offset_minutes() as i16)));
            }
        }
        Ok(None)
    }

    fn newest_author(&self, commits: &[CommitId]) -> Result<Option<Author>, Error> {
        let Some(tip) = commits.last() else { return Ok(None) };
        for id in commits.iter().rev() {
            let commit = self.commit(*id)?;
            if commit.parent_count() < 2 {
                let written = commit.author();
                let mailmap = people::mailmap(self, *tip);
                return Ok(Some(people::author(&mailmap, written.name_bytes(), written.email_bytes())));
            }
        }
        Ok(None)
    }
}

fn tree_name(id: git2::Oid) -> ObjectName {
    commit_id(id).0
}

fn diff_file(raw: RawChange, lines: changes::Lines) -> DiffFile {
    let (added, deleted) = changes::sum(&lines.hunks);
    let text = |path: Vec<u8>| String::from_utf8_lossy(&path).into_owned();
    DiffFile {
        path: text(raw.path),
        old_path: raw.old_path.map(text),
        kind: raw.kind,
        old_blob: raw.old_blob,
        new_blob: raw.new_blob,
        added,
        deleted,
        is_counted: lines.is_counted,
        hunks: lines.hunks.into_vec(),
    }
}

fn unread(file: &DiffFile) -> Option<Skipped> {
    let not_utf8 = file.path.contains('\u{fffd}').then_some("its path is not UTF-8: it cannot be named on GitHub");
    let not_text = (!file.is_counted).then_some("it is binary or larger than 8 MiB: its lines were not read");
    not_utf8.or(not_text).map(|reason| Skipped::new(&file.path, reason))
}
