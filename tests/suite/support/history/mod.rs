//! How does a test get a git history in milliseconds?
//!
//! In: commits as plain data, with fixed authors and dates. Out: a branch in a bare repository, written by one
//! `git fast-import`. Never depends on the clock: the same commits give the same object names every day.

mod corners;
mod seeded;

pub use corners::*;
pub use seeded::*;

use super::git;
use std::path::Path;

/// 2024-01-01T00:00:00Z: when every history begins unless it says otherwise.
pub const BEGINNING: i64 = 1_704_067_200;

/// Time between two commits that name no date.
const STEP_SECONDS: i64 = 3_600;

/// One commit to write.
#[derive(Debug, Clone)]
pub struct Commit {
    message: String,
    author: String,
    at: Option<i64>,
    merges: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { path: Vec<u8>, mode: &'static str, content: Vec<u8> },
    Delete { path: Vec<u8> },
    Rename { from: Vec<u8>, to: Vec<u8> },
}

/// A commit by Mona, an hour after its parent, that changes nothing yet.
pub fn commit(message: impl Into<String>) -> Commit {
    Commit { message: message.into(), author: "Mona".to_owned(), at: None, merges: Vec::new(), changes: Vec::new() }
}

impl Commit {
    /// Written by `name`; the address is derived from it.
    pub fn by(mut self, name: &str) -> Self {
        self.author = name.to_owned();
        self
    }

    /// Written and committed at these unix seconds.
    pub fn at(mut self, seconds: i64) -> Self {
        self.at = Some(seconds);
        self
    }

    /// A further parent. The content is what the changes say: nothing is merged by itself.
    pub fn merging(mut self, revision: impl Into<String>) -> Self {
        self.merges.push(revision.into());
        self
    }

    /// Writes a whole file.
    pub fn write(mut self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let (path, content) = (path.as_ref().to_vec(), content.as_ref().to_vec());
        self.changes.push(Change::Write { path, mode: "100644", content });
        self
    }

    /// Writes a symbolic link.
    pub fn link(mut self, path: &str, target: &str) -> Self {
        let (path, content) = (path.as_bytes().to_vec(), target.as_bytes().to_vec());
        self.changes.push(Change::Write { path, mode: "120000", content });
        self
    }

    /// Removes a file.
    pub fn delete(mut self, path: impl AsRef<[u8]>) -> Self {
        self.changes.push(Change::Delete { path: path.as_ref().to_vec() });
        self
    }

    /// Moves a file without changing it.
    pub fn rename(mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Self {
        self.changes.push(Change::Rename { from: from.as_ref().to_vec(), to: to.as_ref().to_vec() });
        self
    }
}

/// Where the first of the commits stands.
#[derive(Debug, Clone, Copy)]
pub enum Onto<'a> {
    /// On the branch's newest commit, or on nothing if there is no such branch.
    Tip,
    /// On nothing: a history of its own.
    Nothing,
    /// On this revision; the branch moves there, also backwards.
    Revision(&'a str),
}

/// Writes `commits` to `branch`, oldest first. Returns the branch's newest commit.
///
/// With no commits and [`Onto::Revision`] the branch is only moved.
pub fn import(bare: &Path, branch: &str, onto: Onto<'_>, commits: &[Commit]) -> String {
    let reference = format!("refs/heads/{branch}");
    let parent = match onto {
        Onto::Tip => git::resolve(bare, &reference),
        Onto::Nothing => None,
        Onto::Revision(revision) => {
            Some(git::resolve(bare, revision).unwrap_or_else(|| panic!("no commit `{revision}` in {}", bare.display())))
        }
    };
    if commits.is_empty() {
        let parent = parent.expect("a branch needs a commit to point at");
        git::run(bare, &["update-ref", &reference, &parent]);
        return parent;
    }
    let stream = stream(bare, &reference, parent.as_deref(), commits);
    // `--force`: a force-push leaves commits behind on purpose.
    git::run_with_input(bare, &["fast-import", "--quiet", "--force"], &stream);
    git::line(bare, &["rev-parse", &reference])
}

fn stream(bare: &Path, reference: &str, parent: Option<&str>, commits: &[Commit]) -> Vec<u8> {
    let mut stream = format!("reset {reference}\n").into_bytes();
    if let Some(parent) = parent {
        stream.extend(format!("from {parent}\n\n").into_bytes());
    }
    let mut at = parent.map_or(BEGINNING - STEP_SECONDS, |parent| committed_at(bare, parent));
    for commit in commits {
        at = commit.at.unwrap_or(at + STEP_SECONDS);
        append_commit(&mut stream, bare, reference, commit, at);
    }
    stream
}

fn append_commit(stream: &mut Vec<u8>, bare: &Path, reference: &str, commit: &Commit, at: i64) {
    let address = commit.author.to_lowercase().replace(' ', ".");
    let person = format!("{} <{address}@example.com> {at} +0000", commit.author);
    stream.extend(format!("commit {reference}\nauthor {person}\ncommitter {person}\n").into_bytes());
    append_data(stream, commit.message.as_bytes());
    for revision in &commit.merges {
        let id = git::resolve(bare, revision).unwrap_or_else(|| panic!("no commit `{revision}` to merge"));
        stream.extend(format!("merge {id}\n").into_bytes());
    }
    for change in &commit.changes {
        append_change(stream, change);
    }
    stream.push(b'\n');
}

fn append_change(stream: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { path, mode, content } => {
            stream.extend(format!("M {mode} inline {}\n", quoted(path)).into_bytes());
            append_data(stream, content);
        }
        Change::Delete { path } => stream.extend(format!("D {}\n", quoted(path)).into_bytes()),
        Change::Rename { from, to } => stream.extend(format!("R {} {}\n", quoted(from), quoted(to)).into_bytes()),
    }
}

fn append_data(stream: &mut Vec<u8>, data: &[u8]) {
    stream.extend(format!("data {}\n", data.len()).into_bytes());
    stream.extend(data);
    stream.push(b'\n');
}

/// A path as git quotes it: octal for every byte that is not plain.
fn quoted(path: &[u8]) -> String {
    let escaped = path.iter().map(|&byte| match byte {
        b'"' | b'\\' => format!("\\{}", byte as char),
        0x20..=0x7e => (byte as char).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn committed_at(bare: &Path, revision: &str) -> i64 {
    git::line(bare, &["show", "--no-patch", "--format=%ct", revision]).parse().expect("git prints unix seconds")
}
