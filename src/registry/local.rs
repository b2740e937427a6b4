//! Where do trained models live when no registry server is configured?
//!
//! In: bytes of a model and the commit it was trained as of. Out: the newest model that may be used for a given past.
//! A model is never used for a moment before the one it was trained as of. Damaged files are as good as none.

use crate::domain::{CommitId, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Models kept for one repository, name and version; older ones are removed.
const MAX_MODELS_KEPT: usize = 4;

/// Model files of one data directory.
#[derive(Debug, Clone)]
pub struct Local {
    root: PathBuf,
}

/// One saved model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The commit whose past it was trained on.
    pub as_of_commit: CommitId,
    /// That commit's time.
    pub as_of: Timestamp,
    /// The model's own format.
    pub bytes: Vec<u8>,
}

impl Local {
    /// Files live in `root`, which is created when needed.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The newest saved model for which `is_usable` holds.
    pub fn newest(
        &self,
        repository: &str,
        model: &str,
        version: &str,
        is_usable: impl Fn(&Entry) -> bool,
    ) -> Option<Entry> {
        let mut paths = self.list(repository, model, version);
        paths.reverse();
        paths.iter().filter_map(|path| postcard::from_bytes::<Entry>(&std::fs::read(path).ok()?).ok()).find(is_usable)
    }

    /// Saves a model and removes the oldest ones beyond the limit.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, repository: &str, model: &str, version: &str, entry: &Entry) -> std::io::Result<()> {
        let folder = self.folder(repository, model, version);
        std::fs::create_dir_all(&folder)?;
        // Zero-padded, so names sort by time.
        let path = folder.join(format!("{:020}-{}.model", entry.as_of.0.max(0), entry.as_of_commit.short()));
        let beside = path.with_extension(format!("{}", std::process::id()));
        std::fs::write(&beside, postcard::to_stdvec(entry).map_err(std::io::Error::other)?)?;
        std::fs::rename(&beside, &path)?;
        let paths = self.list(repository, model, version);
        let n_beyond = paths.len().saturating_sub(MAX_MODELS_KEPT);
        paths[..n_beyond].iter().filter(|old| **old != path).try_for_each(std::fs::remove_file)
    }

    /// Removes every model of a repository.
    pub fn remove(&self, repository: &str) -> std::io::Result<()> {
        match std::fs::remove_dir_all(self.root.join(repository)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn folder(&self, repository: &str, model: &str, version: &str) -> PathBuf {
        self.root.join(repository).join(model).join(version)
    }

    /// Saved models, oldest first.
    fn list(&self, repository: &str, model: &str, version: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder(repository, model, version));
        let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "model")).collect();
        paths.sort();
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(day: i64) -> Entry {
        Entry { as_of_commit: CommitId([day as u8; 20]), as_of: Timestamp(0).plus_days(day), bytes: vec![day as u8] }
    }

    #[test]
    fn the_newest_usable_model_is_found_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let local = Local::new(folder.path().to_owned());
        for day in 1..=6 {
            local.save("7", "risk", "1", &entry(day)).unwrap();
        }
        let newest = |latest: i64| {
            let found = local.newest("7", "risk", "1", |entry| entry.as_of <= Timestamp(0).plus_days(latest));
            found.map(|entry| entry.bytes[0])
        };
        assert_eq!((newest(9), newest(4), newest(2)), (Some(6), Some(4), None));
        local.remove("7").unwrap();
        assert_eq!(newest(9), None);
    }
}
