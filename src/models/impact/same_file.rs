//! Which file of a past commit is which file later?
//!
//! In: the commits of a log, oldest first. Out: one number a file, which it keeps through renames; a path that is
//! deleted and comes back is another file. Never looks ahead.

use crate::domain::{ChangeKind, Commit};
use rustc_hash::FxHashMap;

/// Files by number, as of the newest commit that was taken.
#[derive(Debug, Default)]
pub(super) struct SameFile {
    by_path: FxHashMap<u32, u32>,
    /// Index into the log's paths of each file's newest path.
    paths: Vec<u32>,
}

impl SameFile {
    /// Takes the next newer commit. Returns the files it changed, each once, those it deleted left out.
    pub(super) fn take(&mut self, commit: &Commit) -> Vec<u32> {
        // Taken out before any is put in: two files may have traded their names in one commit.
        let before: Vec<Option<u32>> = commit
            .changes
            .iter()
            .map(|change| match change.kind {
                ChangeKind::Renamed => change.old_path.and_then(|path| self.by_path.remove(&path)),
                ChangeKind::Deleted => self.by_path.remove(&change.path),
                ChangeKind::Added | ChangeKind::Modified => self.by_path.get(&change.path).copied(),
            })
            .collect();
        let kept = commit.changes.iter().zip(before).filter(|(change, _)| change.kind != ChangeKind::Deleted);
        let mut files: Vec<u32> = kept.map(|(change, file)| self.place(change.path, file)).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    fn place(&mut self, path: u32, file: Option<u32>) -> u32 {
        let file = file.unwrap_or_else(|| {
            self.paths.push(path);
            (self.paths.len() - 1) as u32
        });
        self.paths[file as usize] = path;
        self.by_path.insert(path, file);
        file
    }

    /// The file that stands at a path now.
    pub(super) fn at(&self, path: u32) -> Option<u32> {
        self.by_path.get(&path).copied()
    }

    /// Newest path of a file, an index into the log's paths.
    pub(super) fn path(&self, file: u32) -> u32 {
        self.paths[file as usize]
    }
}
