//! How does a test write down a small history?
//!
//! One commit a line, oldest first: `day author | message | changes`. A change is `+path` for a new file, `path` for a
//! modified, `-path` for a deleted and `old>new` for a renamed one, then lines `added/deleted` and, where it matters,
//! `cN` for the cyclomatic complexity after it. A message that begins with `fix` is a fix, `fix(2)` one that blames the
//! commit of line 2 (counted from 0), and `#v1` at its end tags the commit. Example:
//!
//! ```text
//! 0 ann | start        | +a.rs 10/0 c3, +b.rs 5/0
//! 2 bob | fix(0) crash | a.rs 1/1 c4
//! ```

use super::Options;
use crate::code::Metrics;
use crate::domain::{
    Author, BlobId, ChangeKind, Commit, CommitId, Diff, DiffFile, FileChange, Hunk, Log, Tag, Timestamp,
};
use crate::history::{Introduction, Past};
use std::collections::HashMap;

/// Everything known.
pub(crate) const EVERYTHING: Options = Options { people: true };

/// 2020-01-06T00:00:00Z, a Monday: day 0 of every test history.
pub(crate) const DAY_0: Timestamp = Timestamp(1_578_268_800);

/// A history and the metrics of its contents.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) log: Log,
    is_fix: Vec<bool>,
    introductions: Vec<Introduction>,
    metrics: HashMap<BlobId, Metrics>,
    current: HashMap<String, BlobId>,
}

impl History {
    /// Reads the lines.
    pub(crate) fn read(text: &str) -> Self {
        let mut history = Self::default();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| history.add(line));
        history
    }

    /// Adds one commit.
    pub(crate) fn add(&mut self, line: &str) {
        let [head, message, changes] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("expected `day author | message | changes`, got `{line}`");
        };
        let (day, author) = head.split_once(char::is_whitespace).expect("a day and an author");
        let at = DAY_0.plus_days(day.parse().expect("a day"));
        let index = self.log.commits.len() as u32;
        let (message, tag) = message.rsplit_once('#').unwrap_or((message, ""));
        if !tag.is_empty() {
            self.log.tags.push(Tag { name: tag.to_owned(), commit: index });
        }
        let changes: Vec<FileChange> = changes.split(',').map(|change| self.change(change.trim())).collect();
        self.blame(message, index, &changes);
        self.is_fix.push(message.starts_with("fix"));
        let commit = Commit {
            id: commit_id(index),
            parents: index.checked_sub(1).into_iter().collect(),
            author: self.author(author.trim()),
            co_authors: Box::default(),
            authored_at: at,
            utc_offset_minutes: 0,
            committed_at: at,
            message: message.trim().to_owned(),
            changes,
        };
        self.log.commits.push(commit);
    }

    fn blame(&mut self, message: &str, fix: u32, changes: &[FileChange]) {
        let culprit = message.strip_prefix("fix(").and_then(|rest| rest.split(')').next()?.parse().ok());
        if let Some(culprit) = culprit {
            self.introductions.push(Introduction {
                fix,
                culprit,
                path: changes[0].path,
                fixed_path: changes[0].path,
                n_lines: 1,
                lines: [(1, 1), (0, 0), (0, 0)],
                is_repaired: true,
                confidence: 1.0,
            });
        }
    }

    fn author(&mut self, name: &str) -> u32 {
        let author = Author { name: name.to_owned(), email: format!("{name}@example.com") };
        index_of(&mut self.log.authors, author)
    }

    fn change(&mut self, text: &str) -> FileChange {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (kind, old, new) = match words[0] {
            name if name.starts_with('+') => (ChangeKind::Added, None, &name[1..]),
            name if name.starts_with('-') => (ChangeKind::Deleted, Some(&name[1..]), &name[1..]),
            name => match name.split_once('>') {
                Some((old, new)) => (ChangeKind::Renamed, Some(old), new),
                None => (ChangeKind::Modified, Some(name), name),
            },
        };
        let (added, deleted) = words.get(1).and_then(|lines| lines.split_once('/')).unwrap_or(("0", "0"));
        let (added, deleted) = (added.parse().expect("lines added"), deleted.parse().expect("lines deleted"));
        let old_blob = old.and_then(|old| self.current.remove(old));
        let complexity = words.get(2).map(|word| word[1..].parse().expect("a complexity"));
        let new_blob = (kind != ChangeKind::Deleted).then(|| self.new_blob(new, complexity));
        FileChange {
            path: index_of(&mut self.log.paths, new.to_owned()),
            old_path: (kind == ChangeKind::Renamed)
                .then(|| index_of(&mut self.log.paths, old.unwrap_or(new).to_owned())),
            copied_from: None,
            parent: 0,
            kind,
            old_blob,
            new_blob,
            added,
            deleted,
            is_counted: true,
            hunks: Box::new([Hunk { old_start: 1, old_lines: deleted, new_start: 1, new_lines: added }]),
        }
    }

    fn new_blob(&mut self, path: &str, cyclomatic: Option<u32>) -> BlobId {
        let mut blob = BlobId::default();
        blob.0[..8].copy_from_slice(&(self.metrics.len() as u64 + 1).to_be_bytes());
        let cyclomatic = cyclomatic.unwrap_or(1);
        let metrics = Metrics { cyclomatic, lines_of_code: 10 * cyclomatic, comment_lines: 5, ..Metrics::default() };
        self.metrics.insert(blob, metrics);
        self.current.insert(path.to_owned(), blob);
        blob
    }

    /// What is known on `day`, of the commits up to that day.
    pub(crate) fn past_on(&self, day: i64) -> Past<'_> {
        let as_of = DAY_0.plus_days(day);
        let n = self.log.commits.iter().take_while(|commit| commit.committed_at <= as_of).count();
        self.past_of(n, as_of)
    }

    /// What is known right before the commit of a line.
    pub(crate) fn past_before(&self, commit: usize) -> Past<'_> {
        self.past_of(commit, self.log.commits[commit.saturating_sub(1)].committed_at)
    }

    fn past_of(&self, n: usize, as_of: Timestamp) -> Past<'_> {
        let is_seen = |introduction: &&Introduction| (introduction.fix as usize) < n;
        Past {
            log: &self.log,
            order: (0..n as u32).collect(),
            is_fix: self.is_fix.iter().enumerate().map(|(index, is_fix)| *is_fix && index < n).collect(),
            introductions: self.introductions.iter().filter(is_seen).copied().collect(),
            as_of_commit: commit_id(n.saturating_sub(1) as u32),
            as_of,
        }
    }

    /// The commit of a line as if it were a pull request.
    pub(crate) fn diff_of(&self, commit: usize) -> Diff {
        let base = commit_id(commit.saturating_sub(1) as u32);
        let commit = &self.log.commits[commit];
        Diff {
            merge_base: Some(base),
            base,
            head: commit.id,
            head_at: commit.committed_at,
            commits: vec![commit.id],
            messages: vec![commit.message.clone()],
            author: Some(self.log.authors[commit.author as usize].clone()),
            files: commit.changes.iter().map(|change| self.diff_file(change)).collect(),
            skipped: Vec::new(),
        }
    }

    fn diff_file(&self, change: &FileChange) -> DiffFile {
        let path = |index: u32| self.log.paths[index as usize].clone();
        DiffFile {
            path: path(change.path),
            old_path: change.old_path.map(path),
            kind: change.kind,
            old_blob: change.old_blob,
            new_blob: change.new_blob,
            added: change.added,
            deleted: change.deleted,
            is_counted: change.is_counted,
            hunks: change.hunks.to_vec(),
        }
    }

    /// The metrics of a content.
    pub(crate) fn metrics(&self, blob: BlobId) -> Option<Metrics> {
        self.metrics.get(&blob).cloned()
    }
}

fn commit_id(index: u32) -> CommitId {
    let mut id = CommitId::default();
    id.0[..4].copy_from_slice(&(index + 1).to_be_bytes());
    id
}

fn index_of<T: PartialEq>(values: &mut Vec<T>, value: T) -> u32 {
    let place = values.iter().position(|known| *known == value).unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    });
    place as u32
}
