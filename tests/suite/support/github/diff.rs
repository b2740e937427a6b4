//! What does a pull request change, as its "Files changed" page shows it?
//!
//! In: a bare repository and two commits. Out: each file with its patch, three lines of context around each change, and
//! the lines on which a comment may stand. Patches are git's own.

use crate::support::git;
use std::path::Path;

/// What git calls a tree without files.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/// GitHub shows no patch of a file beyond these sizes.
const MOST_PATCH_LINES: usize = 20_000;
const MOST_PATCH_BYTES: usize = 500 * 1024;

/// One changed file.
#[derive(Debug, Clone)]
pub struct FileDiff {
    pub path: String,
    pub old_path: Option<String>,
    /// GitHub's word: `added`, `modified`, `removed`, `renamed`.
    pub status: &'static str,
    pub blob: String,
    pub n_added: usize,
    pub n_deleted: usize,
    /// The hunks as text; absent for binary and very large files.
    pub patch: Option<String>,
    hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, Copy)]
struct Hunk {
    old: (u64, u64),
    new: (u64, u64),
}

/// Which side of the diff a line number counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl FileDiff {
    /// The hunk in which this line is shown: the n-th, from 0.
    pub fn hunk_with(&self, side: Side, line: u64) -> Option<usize> {
        self.patch.as_ref()?;
        self.hunks.iter().position(|hunk| {
            let (start, n_lines) = if side == Side::Left { hunk.old } else { hunk.new };
            (start..start + n_lines).contains(&line)
        })
    }
}

/// The commit at which `head` left `base`, if they share one.
pub fn merge_base(repository: &Path, base: &str, head: &str) -> Option<String> {
    let found = git::try_run(repository, &["merge-base", base, head]).ok()?;
    String::from_utf8_lossy(&found).split_whitespace().next().map(str::to_owned)
}

/// Everything that changed between where `head` left `base` and `head`.
pub fn between(repository: &Path, base: &str, head: &str) -> Vec<FileDiff> {
    let start = merge_base(repository, base, head).unwrap_or_else(|| EMPTY_TREE.to_owned());
    let raw = git::run(repository, &["diff", "--raw", "-z", "--no-abbrev", "-M", &start, head]);
    let patch = git::run(repository, &["diff", "--patch", "--no-color", "-M", &start, head]);
    let mut files = files_of(&raw);
    for (file, section) in files.iter_mut().zip(sections(&patch)) {
        read_section(file, &section);
    }
    files
}

/// Reads `:100644 100644 <old> <new> R100\0old\0new\0` entries.
fn files_of(raw: &[u8]) -> Vec<FileDiff> {
    let mut fields = raw.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut files = Vec::new();
    while let Some(header) = fields.next().filter(|header| header.starts_with(':')) {
        let words: Vec<&str> = header.split(' ').collect();
        let (old_blob, new_blob, letter) = (words[2], words[3], &words[4][..1]);
        let first = fields.next().expect("an entry has a path");
        let second = if matches!(letter, "R" | "C") { fields.next() } else { None };
        let status = match letter {
            "A" => "added",
            "D" => "removed",
            "R" => "renamed",
            _ => "modified",
        };
        files.push(FileDiff {
            old_path: second.as_ref().map(|_| first.clone()),
            path: second.unwrap_or(first),
            status,
            blob: if letter == "D" { old_blob } else { new_blob }.to_owned(),
            n_added: 0,
            n_deleted: 0,
            patch: None,
            hunks: Vec::new(),
        });
    }
    files
}

/// A patch cut into one text a file. Inside hunks every line begins with a sign, so the header stands out.
fn sections(patch: &[u8]) -> Vec<Vec<u8>> {
    let mut sections: Vec<Vec<u8>> = Vec::new();
    for line in patch.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.extend(line);
        }
    }
    sections
}

fn read_section(file: &mut FileDiff, section: &[u8]) {
    let text = String::from_utf8_lossy(section);
    let Some(start) = text.find("\n@@ ") else { return };
    let hunks = text[start + 1..].trim_end_matches('\n');
    for line in hunks.split('\n') {
        match line.as_bytes().first() {
            Some(b'@') => file.hunks.extend(hunk_of(line)),
            Some(b'+') => file.n_added += 1,
            Some(b'-') => file.n_deleted += 1,
            _ => {}
        }
    }
    let is_shown = hunks.len() <= MOST_PATCH_BYTES && file.n_added + file.n_deleted <= MOST_PATCH_LINES;
    file.patch = is_shown.then(|| hunks.to_owned());
}

/// Reads `@@ -1,2 +3,4 @@`.
fn hunk_of(line: &str) -> Option<Hunk> {
    let mut words = line.split(' ').skip(1);
    let old = range(words.next()?.strip_prefix('-')?)?;
    let new = range(words.next()?.strip_prefix('+')?)?;
    Some(Hunk { old, new })
}

fn range(text: &str) -> Option<(u64, u64)> {
    match text.split_once(',') {
        Some((start, n_lines)) => Some((start.parse().ok()?, n_lines.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}
