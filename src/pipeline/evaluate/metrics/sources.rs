//! Where is the text of a file that another tool names?
//!
//! In: a repository or a folder, and the name a report has for a file. Out: its path below the root, and its bytes.
//! Of a bare repository the newest commit is read, of a folder what lies in it. Never follows a name or a symbolic link
//! out of the folder.

use super::super::Error;
use crate::domain::BlobId;
use crate::git::{self, Repository};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// Leading folders of a name that are left off until the file is found: reports may be written from a folder above.
const MAX_LEADING: usize = 8;

/// The files of a repository or a folder.
pub(super) enum Sources {
    Commit { repository: Repository, blobs: HashMap<String, BlobId> },
    Folder(PathBuf),
}

impl Sources {
    /// The newest commit of a bare repository, or a folder.
    ///
    /// # Errors
    /// When `path` is neither.
    pub(super) fn open(path: &Path) -> Result<Sources, Error> {
        if !path.join("HEAD").is_file() || !path.join("objects").is_dir() {
            let root = path.canonicalize().map_err(|source| Error::Read { path: path.to_owned(), source })?;
            return Ok(Sources::Folder(root));
        }
        let repository = Repository::open(path)?;
        let head = repository.resolve("HEAD")?;
        let files: Result<Vec<git::TreeFile>, git::Error> = repository.files_at(head);
        let blobs = files?.into_iter().map(|file| (file.path, file.blob)).collect();
        Ok(Sources::Commit { repository, blobs })
    }

    /// The file a report calls `name`, as it is or below the root.
    pub(super) fn file(&self, name: &str) -> Option<(String, Vec<u8>)> {
        let name = name.replace('\\', "/");
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let n_leading = parts.len().min(MAX_LEADING + 1);
        (0..n_leading)
            .map(|from| parts[from..].join("/"))
            .find_map(|path| Some((self.bytes(&path)?, path)))
            .map(|(bytes, path)| (path, bytes))
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Sources::Commit { repository, blobs } => repository.text(*blobs.get(path)?),
            Sources::Folder(root) => {
                let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
                let file = is_plain.then(|| root.join(path).canonicalize().ok()).flatten()?;
                let is_wanted = file.starts_with(root)
                    && file.metadata().is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES);
                is_wanted.then(|| std::fs::read(file).ok()).flatten()
            }
        }
    }
}

/// Larger files are not read at all; the readers of text refuse them earlier.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
