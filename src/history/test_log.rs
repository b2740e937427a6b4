//! How does a test write a history one can read?
//!
//! Commits are given as whole files; hunks come from a plain longest-common-prefix-and-suffix difference, which is
//! exact for the small edits the tests make.

use super::{Labels, Past};
use crate::domain::{Author, BlobId, ChangeKind, Commit, CommitId, FileChange, Hunk, Log, Timestamp};
use std::collections::BTreeMap;

/// A log under construction, one commit a day from 2020-01-01.
#[derive(Default)]
pub(crate) struct TestLog {
    pub(crate) log: Log,
    files: BTreeMap<String, String>,
    contents: BTreeMap<BlobId, String>,
}

impl TestLog {
    pub(crate) fn new() -> Self {
        let author = Author { name: "Ada".into(), email: "ada@example.com".into() };
        Self { log: Log { authors: vec![author], ..Log::default() }, ..Self::default() }
    }

    pub(crate) fn commit(mut self, message: &str, files: &[(&str, &str)]) -> Self {
        let changes = files.iter().map(|(path, text)| self.write(path, None, text)).collect();
        self.push(message, changes);
        self
    }

    pub(crate) fn rename(mut self, message: &str, from: &str, to: &str) -> Self {
        let text = self.files.remove(from).expect("the renamed file exists");
        let change = self.write(to, Some((from, text.clone())), &text);
        self.push(message, vec![change]);
        self
    }

    /// The content of a blob.
    pub(crate) fn text(&self, blob: BlobId) -> Option<Vec<u8>> {
        self.contents.get(&blob).map(|text| text.clone().into_bytes())
    }

    pub(crate) fn labels(&self) -> Labels {
        self.labels_in_steps(&[self.log.commits.len()], 1)
    }

    /// Labels as they come out when the log grows to each of `lengths` in turn.
    pub(crate) fn labels_in_steps(&self, lengths: &[usize], n_threads: usize) -> Labels {
        let mut labels = Labels::default();
        for length in lengths {
            let mut log = self.log.clone();
            log.commits.truncate(*length);
            let reader = || |blob: BlobId| self.contents.get(&blob).map(|text| text.clone().into_bytes());
            labels.extend(&log, &reader, n_threads);
        }
        labels
    }

    pub(crate) fn blamed(&self) -> String {
        let subject = |at: u32| self.log.commits[at as usize].subject().to_owned();
        let last = self.log.commits.last().expect("a log under test has commits").id;
        let past = Past::new(&self.log, &self.labels(), last).expect("its newest commit is in the log");
        past.introductions
            .iter()
            .map(|found| {
                let (fix, culprit) = (subject(found.fix), subject(found.culprit));
                let path = &self.log.paths[found.path as usize];
                let s = if found.n_lines == 1 { "" } else { "s" };
                format!("`{fix}` blames `{culprit}` for {} line{s} of {path}\n", found.n_lines)
            })
            .collect()
    }

    fn write(&mut self, path: &str, renamed: Option<(&str, String)>, text: &str) -> FileChange {
        let old = renamed.as_ref().map(|(_, text)| text.clone()).or_else(|| self.files.get(path).cloned());
        let hunks = difference(old.as_deref().unwrap_or(""), text);
        self.files.insert(path.to_owned(), text.to_owned());
        let kind = match (&renamed, &old) {
            (Some(_), _) => ChangeKind::Renamed,
            (None, Some(_)) => ChangeKind::Modified,
            (None, None) => ChangeKind::Added,
        };
        FileChange {
            path: self.path(path),
            old_path: renamed.map(|(from, _)| self.path(from)),
            copied_from: None,
            parent: 0,
            kind,
            old_blob: old.map(|text| self.blob(&text)),
            new_blob: Some(self.blob(text)),
            added: hunks.iter().map(|h| h.new_lines).sum(),
            deleted: hunks.iter().map(|h| h.old_lines).sum(),
            is_counted: true,
            hunks: hunks.into(),
        }
    }

    fn push(&mut self, message: &str, changes: Vec<FileChange>) {
        let index = self.log.commits.len() as u32;
        let at = Timestamp(1_577_836_800).plus_days(i64::from(index));
        let mut id = [0; 20];
        id[..4].copy_from_slice(&(index + 1).to_be_bytes());
        self.log.commits.push(Commit {
            id: CommitId(id),
            parents: index.checked_sub(1).into_iter().collect(),
            author: 0,
            co_authors: Box::default(),
            authored_at: at,
            utc_offset_minutes: 0,
            committed_at: at,
            message: message.to_owned(),
            changes,
        });
    }

    fn path(&mut self, path: &str) -> u32 {
        let known = self.log.paths.iter().position(|known| known == path);
        known.unwrap_or_else(|| {
            self.log.paths.push(path.to_owned());
            self.log.paths.len() - 1
        }) as u32
    }

    fn blob(&mut self, text: &str) -> BlobId {
        let known = self.contents.iter().find(|(_, content)| *content == text).map(|(blob, _)| *blob);
        known.unwrap_or_else(|| {
            let mut id = [7; 20];
            id[..4].copy_from_slice(&(self.contents.len() as u32).to_be_bytes());
            self.contents.insert(BlobId(id), text.to_owned());
            BlobId(id)
        })
    }
}

fn difference(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let prefix = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - prefix;
    let suffix = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_lines, new_lines) = ((old.len() - prefix - suffix) as u32, (new.len() - prefix - suffix) as u32);
    let start = |n: u32| prefix as u32 + u32::from(n > 0);
    let hunk = Hunk { old_start: start(old_lines), old_lines, new_start: start(new_lines), new_lines };
    if old_lines + new_lines == 0 { Vec::new() } else { vec![hunk] }
}
