//! What does git itself say of the same history?
//!
//! In: a repository and a commit. Out: every row of `git log --numstat -M --no-merges`. The child obeys nothing the
//! repository asks for: no external diff, text conversion, attribute, graft, replacement, signature check or download.
//! The second opinion our own miner is measured against; nothing else uses it.

use super::{Error, Repository};
use crate::domain::CommitId;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes of git's answer that are read; the largest repository measured (41,000 commits) gives 11 MB.
const MAX_ANSWER_BYTES: u64 = 1 << 30;

/// Bytes of git's complaints that are kept.
const MAX_COMPLAINT_BYTES: u64 = 2_000;

/// The name every repository knows for the tree without files.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// What would lead git to other objects or settings.
const FOREIGN_VARIABLES: [&str; 8] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_WORK_TREE",
];

/// One line of git's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumstatRow {
    /// The commit.
    pub commit: CommitId,
    /// Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// For a rename, the earlier path.
    pub old_path: Option<String>,
    /// Lines added and deleted; `None` for a binary file.
    pub lines: Option<(u32, u32)>,
}

impl Repository {
    /// Runs `git log --numstat -M --no-merges` up to `tip` and returns the bytes it wrote, for [`numstat_rows`].
    ///
    /// # Errors
    /// [`Error::RunGit`] when git cannot be run, [`Error::Numstat`] with its own words when it fails.
    pub fn numstat(&self, tip: CommitId) -> Result<Vec<u8>, Error> {
        let mut child = numstat_command(self.git_directory(), tip).spawn().map_err(Error::RunGit)?;
        let complaints = child.stderr.take();
        let complaints = std::thread::spawn(move || complaints.map_or_else(String::new, first_complaints));
        let mut answer = Vec::new();
        if let Some(output) = child.stdout.take() {
            output.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).map_err(Error::RunGit)?;
        }
        let status = child.wait().map_err(Error::RunGit)?;
        let message = complaints.join().unwrap_or_default();
        let failed = || Error::Numstat { path: self.git_directory().to_owned(), message };
        if status.success() { Ok(answer) } else { Err(failed()) }
    }
}

/// Reads to the end, so that git is never kept waiting, and keeps the beginning.
fn first_complaints(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let _ = stderr.by_ref().take(MAX_COMPLAINT_BYTES).read_to_end(&mut kept);
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    text(kept.trim_ascii())
}

fn numstat_command(git_directory: &Path, tip: CommitId) -> Command {
    let mut command = Command::new("git");
    FOREIGN_VARIABLES.iter().for_each(|variable| {
        command.env_remove(variable);
    });
    for (variable, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_ATTR_SOURCE", EMPTY_TREE),
        ("GIT_GRAFT_FILE", "/dev/null"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("LC_ALL", "C"),
    ] {
        command.env(variable, value);
    }
    command.env("GIT_DIR", git_directory).arg("--no-pager");
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.attributesFile=/dev/null",
        "core.bigFileThreshold=512m",
        "diff.algorithm=myers",
        "diff.ignoreSubmodules=none",
        "diff.renameLimit=1000",
        "log.showRoot=true",
    ] {
        command.args(["-c", setting]);
    }
    command
        .args(["log", "--numstat", "-M", "--no-merges", "-z", "--format=%x01%H"])
        .args(["--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes", "--no-color"])
        .args([&tip.to_string(), "--"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The rows in what git wrote; what cannot be understood is left out.
pub fn numstat_rows(answer: &[u8]) -> Vec<NumstatRow> {
    let mut words = answer.split(|byte| *byte == 0).map(|word| word.strip_prefix(b"\n").unwrap_or(word));
    let mut rows = Vec::new();
    let mut commit = CommitId::default();
    while let Some(word) = words.next() {
        if let Some(id) = word.strip_prefix(b"\x01") {
            commit = text(id).parse().unwrap_or_default();
            continue;
        }
        let mut columns = word.splitn(3, |byte| *byte == b'\t');
        let (Some(added), Some(deleted), Some(path)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        let lines = text(added).parse().ok().zip(text(deleted).parse().ok());
        let (old_path, path) = match path {
            b"" => (words.next().map(text), text(words.next().unwrap_or_default())),
            path => (None, text(path)),
        };
        rows.push(NumstatRow { commit, path, old_path, lines });
    }
    rows
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_odd_names_renames_and_binary_files() {
        let id = "0102030405060708090a0b0c0d0e0f1011121314";
        let answer = format!("\x01{id}\0\n1\t2\ta\tb\n\x01c\0-\t-\tp.png\0\x003\t0\t\0old\0new\0\x01{id}\0");
        let shown: Vec<String> = numstat_rows(answer.as_bytes())
            .iter()
            .map(|row| format!("{:?} {:?} {:?}", row.path, row.old_path, row.lines))
            .collect();
        assert_eq!(
            shown,
            [r#""a\tb\n\u{1}c" None Some((1, 2))"#, r#""p.png" None None"#, r#""new" Some("old") Some((3, 0))"#]
        );
        assert!(numstat_rows(b"\x01zz\0\n1\t").is_empty());
    }
}
