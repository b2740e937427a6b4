//! Is what we say of a repository what others measured?
//!
//! In: real repositories, and what another tool or a person found in them. Out: one report for each kind of figure,
//! with what differs. One file a kind. Never changes a repository, and never keeps what it read.

pub mod anomaly;
pub mod anomaly_base;
pub mod attention;
pub mod bugs;
mod csv;
pub mod fixes;
pub mod history;
pub mod impact;
pub mod imports;
pub mod metrics;
pub mod risk;
pub mod szz;
mod usage;

use crate::git;
use std::io::Read;
use std::path::{Path, PathBuf};

/// An evaluation that could not be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not read the repository")]
    Repository(#[from] git::Error),
    #[error("could not mine the repository")]
    Mine(#[from] crate::pipeline::EngineError),
    #[error("could not read `{}`", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not understand `{}`: {reason}", path.display())]
    Reference { path: PathBuf, reason: String },
    #[error("could not forecast")]
    Forecast(#[source] crate::models::bug_forecast::Error),
    #[error("could not use the impact network")]
    Impact(#[from] crate::models::impact::network::Error),
}

/// The bytes of a reference file.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// First bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes of a reference file, unpacked where it is gzip.
fn read_unpacked(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Error> {
    let fail = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let bytes = read(path)?;
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(&bytes[..]).take(max_bytes + 1);
    reader.read_to_end(&mut unpacked).map_err(|error| fail(error.to_string()))?;
    if unpacked.len() as u64 > max_bytes {
        return Err(fail(format!("it unpacks to more than {} MiB", max_bytes >> 20)));
    }
    Ok(unpacked)
}

/// Where the repository lies in `folder`, in one of the three usual forms.
pub(super) fn repository_place(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    let joined = folder.join(name.replace('/', "+"));
    let places = [joined.join("repo"), joined, folder.join(name)];
    places.into_iter().filter(|_| is_plain).find(|path| path.is_dir())
}
