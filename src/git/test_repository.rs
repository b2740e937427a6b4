//! How does a test make a real repository one can read?

use super::Repository;
use crate::domain::CommitId;
use tempfile::TempDir;

/// A bare repository in a temporary folder; commits get one day each from 2020-01-01.
pub(crate) struct TestRepository {
    folder: TempDir,
    inner: git2::Repository,
    n_commits: i64,
}

impl TestRepository {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = git2::Repository::init_bare(folder.path()).unwrap();
        Self { folder, inner, n_commits: 0 }
    }

    /// Commits a whole tree onto `branch`.
    pub(crate) fn commit(&mut self, branch: &str, message: &str, files: &[(&str, &[u8])]) -> CommitId {
        let parents: Vec<CommitId> = self.tip(branch).into_iter().collect();
        self.commit_onto(branch, &parents, message, files)
    }

    pub(crate) fn commit_onto(
        &mut self,
        branch: &str,
        parents: &[CommitId],
        message: &str,
        files: &[(&str, &[u8])],
    ) -> CommitId {
        let seconds = 1_577_836_800 + self.n_commits * 86_400;
        self.commit_at(branch, parents, message, files, seconds)
    }

    pub(crate) fn commit_at(
        &mut self,
        branch: &str,
        parents: &[CommitId],
        message: &str,
        files: &[(&str, &[u8])],
        seconds: i64,
    ) -> CommitId {
        self.n_commits += 1;
        let mut index = git2::Index::new().unwrap();
        for (path, content) in files {
            let id = self.inner.blob(content).unwrap();
            index.add(&entry(path, id)).unwrap();
        }
        let tree = self.inner.find_tree(index.write_tree_to(&self.inner).unwrap()).unwrap();
        let when = git2::Time::new(seconds, 60);
        let who = git2::Signature::new("Ada", "Ada@Example.com", &when).unwrap();
        let parents: Vec<git2::Commit<'_>> =
            parents.iter().map(|id| self.inner.find_commit(super::repository::oid(*id)).unwrap()).collect();
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let id = self.inner.commit(None, &who, &who, message, &tree, &parents).unwrap();
        self.inner.reference(&format!("refs/heads/{branch}"), id, true, "test").unwrap();
        super::repository::commit_id(id)
    }

    /// Writes an object as it stands, however broken, and returns its name.
    pub(crate) fn raw(&self, kind: git2::ObjectType, bytes: &[u8]) -> [u8; 20] {
        let id = self.inner.odb().unwrap().write(kind, bytes).unwrap();
        super::repository::commit_id(id).0
    }

    /// The tree of `commit`.
    pub(crate) fn tree_of(&self, commit: CommitId) -> [u8; 20] {
        let commit = self.inner.find_commit(super::repository::oid(commit)).unwrap();
        super::repository::commit_id(commit.tree_id()).0
    }

    /// The file that holds an object.
    pub(crate) fn object_file(&self, name: [u8; 20]) -> std::path::PathBuf {
        let hex = CommitId(name).to_string();
        self.folder.path().join("objects").join(&hex[..2]).join(&hex[2..])
    }

    /// Takes an object away.
    pub(crate) fn lose(&self, name: [u8; 20]) {
        std::fs::remove_file(self.object_file(name)).unwrap();
    }

    /// Overwrites an object with bytes that mean nothing.
    pub(crate) fn spoil(&self, name: [u8; 20]) {
        self.lose(name);
        std::fs::write(self.object_file(name), b"these bytes were never compressed").unwrap();
    }

    /// A file of the repository itself, such as `config`.
    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(self.folder.path()).unwrap()
    }

    fn tip(&self, branch: &str) -> Option<CommitId> {
        let reference = self.inner.find_reference(&format!("refs/heads/{branch}")).ok()?;
        reference.target().map(super::repository::commit_id)
    }
}

fn entry(path: &str, id: git2::Oid) -> git2::IndexEntry {
    let zero = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
