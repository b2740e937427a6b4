//! What was read of a repository before, so that it need not be read again?
//!
//! In: a key. Out: the mined log, its labels and the facts of source files, from one file in the data directory.
//! Everything in it can be computed again from the repository: a missing, foreign or damaged file is simply no facts.
//! Written beside and renamed into place, so a reader never sees half a file.

use crate::code::{FileFacts, Metrics};
use crate::domain::{BlobId, Log, Skipped};
use crate::history::Labels;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Grows whenever mining, labels or metrics change: older files are then computed anew, never mixed.
const FACTS_VERSION: u32 = 2;

/// First bytes of every facts file.
const MAGIC: &[u8; 8] = b"HYPFACTS";

/// Everything known of one repository that depends on its objects alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Every commit reachable from any tip that was asked about.
    pub log: Log,
    /// Fixes and what they blame.
    pub labels: Labels,
    /// Metrics of earlier versions of files, for training. `None`: looked at and not readable.
    pub metrics: FxHashMap<BlobId, Option<Metrics>>,
    /// Everything read from the newest versions of files, for the import graph. `None`: not readable.
    pub sources: FxHashMap<BlobId, Option<FileFacts>>,
    /// Commits that were passed over.
    pub skipped: Vec<Skipped>,
}

/// Facts files of one data directory.
#[derive(Debug, Clone)]
pub struct FactsFiles {
    root: PathBuf,
}

impl FactsFiles {
    /// Files live in `root`, which is created when needed.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Facts stored under `key`; empty where there are none this version can use.
    pub fn load(&self, key: &str) -> RepositoryFacts {
        let read = std::fs::read(self.path(key)).ok();
        read.and_then(|bytes| decode(&bytes)).unwrap_or_default()
    }

    /// Stores `facts` under `key` in place of what was there.
    ///
    /// # Errors
    /// When the file cannot be written; what was there stays.
    pub fn save(&self, key: &str, facts: &RepositoryFacts) -> std::io::Result<()> {
        write_whole(&self.path(key), &encode(facts).map_err(std::io::Error::other)?)
    }

    /// Removes what is stored under `key`.
    pub fn remove(&self, key: &str) -> std::io::Result<()> {
        match std::fs::remove_file(self.path(key)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(format!("{key}.facts"))
    }
}

fn encode(facts: &RepositoryFacts) -> Result<Vec<u8>, postcard::Error> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FACTS_VERSION.to_le_bytes());
    postcard::to_extend(facts, bytes)
}

fn decode(bytes: &[u8]) -> Option<RepositoryFacts> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&FACTS_VERSION.to_le_bytes())?;
    postcard::from_bytes(rest).ok()
}

/// Writes beside `path` and renames into place.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension(format!("facts.{}", std::process::id()));
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_as_written_and_damage_is_no_facts() {
        let folder = tempfile::tempdir().unwrap();
        let files = FactsFiles::new(folder.path().join("facts"));
        let mut facts = RepositoryFacts::default();
        facts.log.paths.push("src/é.rs".to_owned());
        facts.metrics.insert(BlobId([3; 20]), Some(Metrics { lines: 7, ..Metrics::default() }));
        files.save("42", &facts).unwrap();
        assert_eq!(files.load("42"), facts);
        assert_eq!(files.load("43"), RepositoryFacts::default());
        let whole = std::fs::read(files.path("42")).unwrap();
        std::fs::write(files.path("42"), &whole[..whole.len() / 2]).unwrap();
        assert_eq!(files.load("42"), RepositoryFacts::default());
        files.remove("42").unwrap();
        files.remove("42").unwrap();
    }
}
