//! Where is the text of a file that another tool names?
//!
//! In: a repository or a folder, and the name a report has for a file. Out: its path below the root, and its bytes.
//! Of a bare repository the newest commit is read, of a folder what lies in it. Never follows a name or a symbolic link
//! out of the folder.

use super::super::Error;
use crate::domain::BlobId;
use crate::git::{self, Repository};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Leading folders of a name that are left off until the file is found: reports may be written from a folder above.
const MAX_LEADING: usize = 8;

/// Larger files are not read at all; the readers of text refuse them earlier.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Files and folders of a folder that are listed: more than the largest repositories hold.
const MAX_ENTRIES: usize = 1_000_000;

/// The files of a repository or a folder.
pub(super) enum Sources {
    Commit { repository: Box<Repository>, blobs: BTreeMap<String, BlobId> },
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
        Ok(Sources::Commit { repository: Box::new(repository), blobs })
    }

    /// The file a report calls `name`, as it is or below the root.
    pub(super) fn path_of(&self, name: &str) -> Option<String> {
        let name = name.replace('\\', "/");
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let n_leading = parts.len().min(MAX_LEADING + 1);
        (0..n_leading).map(|from| parts[from..].join("/")).find(|path| match self {
            Sources::Commit { blobs, .. } => blobs.contains_key(path),
            Sources::Folder(root) => file_below(root, path).is_some(),
        })
    }

    /// The bytes of the file at `path` below the root.
    pub(super) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Sources::Commit { repository, blobs } => repository.text(*blobs.get(path)?),
            Sources::Folder(root) => std::fs::read(file_below(root, path)?).ok(),
        }
    }

    /// All files, sorted by path.
    pub(super) fn paths(&self) -> Vec<String> {
        match self {
            Sources::Commit { blobs, .. } => blobs.keys().cloned().collect(),
            Sources::Folder(root) => paths_below(root),
        }
    }
}

/// A plain file whose real place is below `root`.
fn file_below(root: &Path, path: &str) -> Option<PathBuf> {
    let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let file = is_plain.then(|| root.join(path).canonicalize().ok()).flatten()?;
    let is_small_file = file.metadata().is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES);
    (file.starts_with(root) && is_small_file).then_some(file)
}

/// Files below `root` without symbolic links and what git keeps for itself. Folders that cannot be read are empty.
fn paths_below(root: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_owned()];
    let mut n_entries = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            n_entries += 1;
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && entry.file_name() != ".git" && n_entries < MAX_ENTRIES {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                paths.extend(path.strip_prefix(root).ok().and_then(Path::to_str).map(|path| path.replace('\\', "/")));
            }
        }
    }
    paths.sort_unstable();
    paths
}
