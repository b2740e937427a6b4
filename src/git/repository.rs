//! Where is it, and what stands in it at a revision?

use super::objects::{Kind, MAX_TEXT_BYTES, ObjectName, Objects};
use super::{Error, line_diff};
use crate::domain::{BlobId, CommitId, Timestamp};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};

/// Files of one tree that are listed at the most; the largest repository measured has 2,400.
const MAX_TREE_FILES: usize = 200_000;

/// An open repository. Not shared between threads: each opens its own.
pub struct Repository {
    pub(super) inner: git2::Repository,
    pub(super) objects: Objects,
    path: PathBuf,
}

/// One regular file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Path from the root; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Its content.
    pub blob: BlobId,
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file with content.
    File,
    /// A symbolic link: its target is not followed and not read.
    SymbolicLink,
    /// A commit of another repository.
    Submodule,
    /// A folder.
    Folder,
}

impl Repository {
    /// Opens the repository at `path`, or the one that contains it.
    ///
    /// # Errors
    /// [`Error::Open`] when there is none, [`Error::UnsupportedObjectFormat`] for SHA-256 repositories.
    pub fn open(path: &Path) -> Result<Self, Error> {
        // Objects were checked when they were fetched; hashing each again on every read costs a tenth of the time.
        git2::opts::strict_hash_verification(false);
        let open = |source| Error::Open { path: path.to_owned(), source };
        let inner = git2::Repository::open(path).or_else(|_| git2::Repository::discover(path)).map_err(|source| {
            if source.message().contains("sha256") || source.message().contains("objectformat") {
                Error::UnsupportedObjectFormat { path: path.to_owned() }
            } else {
                open(source)
            }
        })?;
        let objects = Objects::open(&inner.commondir().join("objects"))
            .map_err(|source| Error::OpenObjects { path: path.to_owned(), source })?;
        Ok(Self { inner, objects, path: path.to_owned() })
    }

    /// Another handle on the same repository, for another thread.
    pub fn reopen(&self) -> Result<Self, Error> {
        let path = self.inner.path();
        let inner = git2::Repository::open(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
        Ok(Self { inner, objects: self.objects.another(), path: path.to_owned() })
    }

    /// Where git keeps its data (`.git`, or the bare directory): stable across working directories.
    pub fn git_directory(&self) -> &Path {
        self.inner.path()
    }

    /// The commit a revision names (`HEAD`, a branch, a tag, an abbreviated id).
    pub fn resolve(&self, revision: &str) -> Result<CommitId, Error> {
        // Not `is_empty`: libgit2 calls a repository empty only where its branch has the name it would have given it.
        let is_unborn = || self.inner.head().is_err_and(|error| error.code() == git2::ErrorCode::UnbornBranch);
        if revision == "HEAD" && is_unborn() {
            return Err(Error::Empty { path: self.path.clone() });
        }
        self.inner
            .revparse_single(revision)
            .and_then(|object| object.peel_to_commit())
            .map(|commit| commit_id(commit.id()))
            .map_err(|source| Error::Resolve { revision: revision.to_owned(), path: self.path.clone(), source })
    }

    /// The first parent of `commit`; `None` for a root.
    pub fn first_parent(&self, commit: CommitId) -> Result<Option<CommitId>, Error> {
        let commit = self.commit(commit)?;
        Ok(commit.parent_ids().next().map(commit_id))
    }

    /// Whether `commit` is present here.
    pub fn contains(&self, commit: CommitId) -> bool {
        self.inner.find_commit(oid(commit)).is_ok()
    }

    /// Committer time of `commit`.
    pub fn committed_at(&self, commit: CommitId) -> Result<Timestamp, Error> {
        Ok(Timestamp(self.commit(commit)?.time().seconds()))
    }

    /// Every regular file of the commit's tree, in path order; at most [`MAX_TREE_FILES`].
    ///
    /// Symbolic links and submodules are left out: nothing outside the tree is ever followed.
    pub fn files_at(&self, commit: CommitId) -> Result<Vec<TreeFile>, Error> {
        let tree = self.commit(commit)?.tree().map_err(|e| self.read_error("read the tree", e))?;
        let mut files = Vec::new();
        let walked = tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if matches!(entry.filemode(), 0o100_644 | 0o100_755 | 0o100_664) {
                let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                files.push(TreeFile { path: format!("{folder}{name}"), blob: blob_id(entry.id()) });
            }
            if files.len() < MAX_TREE_FILES { git2::TreeWalkResult::Ok } else { git2::TreeWalkResult::Abort }
        });
        match walked {
            Err(source) if files.len() < MAX_TREE_FILES => Err(self.read_error("walk the tree", source)),
            _ => Ok(files),
        }
    }

    /// Content of `path` at `commit`; `None` when it is not a regular file there or is above 1 MiB.
    pub fn file_at(&self, commit: CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let tree = self.commit(commit)?.tree().map_err(|e| self.read_error("read the tree", e))?;
        let Ok(entry) = tree.get_path(Path::new(path)) else { return Ok(None) };
        let is_file = matches!(entry.filemode(), 0o100_644 | 0o100_755);
        Ok(if is_file { self.text(blob_id(entry.id())) } else { None })
    }

    /// What stands at `path` in `commit`; `None` for nothing.
    pub fn entry_at(&self, commit: CommitId, path: &str) -> Option<EntryKind> {
        let tree = self.commit(commit).ok()?.tree().ok()?;
        Some(match tree.get_path(Path::new(path)).ok()?.filemode() & 0o170_000 {
            0o120_000 => EntryKind::SymbolicLink,
            0o160_000 => EntryKind::Submodule,
            0o040_000 => EntryKind::Folder,
            _ => EntryKind::File,
        })
    }

    /// Content of a blob; `None` when it is missing, binary, or above 1 MiB.
    pub fn text(&self, blob: BlobId) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        self.objects.read(&blob.0, Kind::Blob, &mut content).ok()?;
        (content.len() <= MAX_TEXT_BYTES && !line_diff::is_binary(&content)).then_some(content)
    }

    /// Commits whose parents were cut off by a shallow clone.
    pub(super) fn shallow_edges(&self) -> FxHashSet<ObjectName> {
        let list = std::fs::read_to_string(self.inner.commondir().join("shallow")).unwrap_or_default();
        list.lines().filter_map(|line| line.trim().parse::<CommitId>().ok()).map(|id| id.0).collect()
    }

    /// Every tag that leads to a commit, by short name.
    pub(super) fn tags(&self) -> Vec<(String, CommitId)> {
        let Ok(references) = self.inner.references_glob("refs/tags/*") else { return Vec::new() };
        let tag = |reference: git2::Reference<'_>| {
            let commit = reference.peel_to_commit().ok()?;
            Some((reference.shorthand().ok()?.to_owned(), commit_id(commit.id())))
        };
        references.flatten().filter_map(tag).collect()
    }

    pub(super) fn commit(&self, commit: CommitId) -> Result<git2::Commit<'_>, Error> {
        self.inner.find_commit(oid(commit)).map_err(|e| self.read_error(&format!("find commit {}", commit.short()), e))
    }

    /// The error for an object that is not here or not whole.
    pub(super) fn lost(&self, action: &str, reason: &str) -> Error {
        self.read_error(action, git2::Error::new(git2::ErrorCode::NotFound, git2::ErrorClass::Odb, reason))
    }

    pub(super) fn read_error(&self, action: &str, source: git2::Error) -> Error {
        Error::Read { action: action.to_owned(), path: self.path.clone(), source }
    }
}

pub(super) fn oid(commit: CommitId) -> git2::Oid {
    git2::Oid::from_bytes(&commit.0).expect("a commit id has the twenty bytes of an object name")
}

pub(super) fn commit_id(id: git2::Oid) -> CommitId {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&id.as_bytes()[..20]);
    CommitId(bytes)
}

pub(super) fn blob_id(id: git2::Oid) -> BlobId {
    BlobId(commit_id(id).0)
}
