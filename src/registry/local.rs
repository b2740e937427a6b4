//! Where do trained models live when no registry server is configured?
//!
//! In: bytes of a model and the commit it was trained as of. Out: the newest model that may be used for a given past.
//! A model is never used for a moment before the one it was trained as of. A file that is not, byte for byte, what was
//! saved is refused: its SHA-256 stands before its content.

use crate::domain::{CommitId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tracing::warn;

/// First bytes of a model file; the digit grows with the format.
const MAGIC: [u8; 8] = *b"hypmod1\n";

/// Bytes of a SHA-256.
const DIGEST_BYTES: usize = 32;

/// Largest model file that is read: a hundred times the size of one.
const MAX_MODEL_BYTES: u64 = 256 << 20;

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

/// Why a model file is not used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Refused {
    #[error("could not read the model file")]
    Read(#[source] std::io::Error),
    #[error("expected at most {MAX_MODEL_BYTES} bytes, found {n_bytes}")]
    TooLarge { n_bytes: u64 },
    #[error("it is not a model file of this version")]
    Foreign,
    #[error("it was cut short or altered: its content has SHA-256 `{found}`, it was saved with `{expected}`")]
    Altered { expected: String, found: String },
    #[error("its content is not a saved model")]
    Content(#[source] postcard::Error),
}

impl Local {
    /// Files live in `root`, which is created when needed.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The newest saved model for which `is_usable` holds. Files that are refused are logged with the reason, and passed
    /// over.
    pub fn newest(
        &self,
        repository: &str,
        model: &str,
        version: &str,
        is_usable: impl Fn(&Entry) -> bool,
    ) -> Option<Entry> {
        let mut paths = self.list(repository, model, version);
        paths.reverse();
        paths.iter().filter_map(|path| usable_file(path)).find(is_usable)
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
        std::fs::write(&beside, file_of(entry).map_err(std::io::Error::other)?)?;
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

/// What stands in the file of a model.
fn file_of(entry: &Entry) -> Result<Vec<u8>, postcard::Error> {
    let content = postcard::to_stdvec(entry)?;
    Ok([&MAGIC[..], Sha256::digest(&content).as_slice(), &content].concat())
}

/// Reads a model file.
///
/// # Errors
/// [`Refused`] when it is not, byte for byte, what was saved.
pub fn read_model_file(path: &Path) -> Result<Entry, Refused> {
    let n_bytes = std::fs::metadata(path).map_err(Refused::Read)?.len();
    if n_bytes > MAX_MODEL_BYTES {
        return Err(Refused::TooLarge { n_bytes });
    }
    let bytes = std::fs::read(path).map_err(Refused::Read)?;
    let rest = bytes.strip_prefix(&MAGIC).filter(|rest| rest.len() >= DIGEST_BYTES).ok_or(Refused::Foreign)?;
    let (expected, content) = rest.split_at(DIGEST_BYTES);
    let found = Sha256::digest(content);
    if found.as_slice() != expected {
        return Err(Refused::Altered { expected: hex(expected), found: hex(found.as_slice()) });
    }
    postcard::from_bytes(content).map_err(Refused::Content)
}

fn usable_file(path: &Path) -> Option<Entry> {
    let refused = match read_model_file(path) {
        Ok(entry) => return Some(entry),
        Err(refused) => refused,
    };
    warn!(path = %path.display(), reason = %refused, "refused a saved model: another is used or trained");
    None
}

/// The first digits: enough to tell two apart.
fn hex(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
    #[test]
    fn altered_and_truncated_models_are_refused_with_the_reason_and_the_one_before_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let local = Local::new(folder.path().to_owned());
        local.save("7", "risk", "1", &entry(1)).unwrap();
        local.save("7", "risk", "1", &entry(2)).unwrap();
        let newest = local.list("7", "risk", "1").pop().unwrap();
        let sound = std::fs::read(&newest).unwrap();
        let refused = |bytes: &[u8], expected: &str| {
            std::fs::write(&newest, bytes).unwrap();
            let reason = read_model_file(&newest).unwrap_err().to_string();
            assert!(reason.starts_with(expected), "{reason}");
            assert_eq!(local.newest("7", "risk", "1", |_| true).map(|entry| entry.bytes[0]), Some(1));
        };
        for at in MAGIC.len()..sound.len() {
            let mut altered = sound.clone();
            altered[at] ^= 1;
            refused(&altered, "it was cut short or altered: its content has SHA-256 `");
        }
        refused(&sound[..sound.len() - 1], "it was cut short or altered");
        refused(&[&sound[..], b"x"].concat(), "it was cut short or altered");
        refused(&sound[..20], "it is not a model file of this version");
        refused(b"", "it is not a model file of this version");
        std::fs::write(&newest, &sound).unwrap();
        assert_eq!(local.newest("7", "risk", "1", |_| true).map(|entry| entry.bytes[0]), Some(2));
    }
}
