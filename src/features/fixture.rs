//! How does a test write down a small history?
//!
//! One commit a line, oldest first: `day author | message | changes`. A change is `+path` for a new file, `path` for a
//! modified, `-path` for a deleted and `old>new` for a renamed one, then lines `added/deleted` and, where it matters, what
//! the text is after it: `cN` for the cyclomatic complexity, `smells=2` and the like for other metrics, `needs=a+b` for
//! the dependencies of a manifest. A message that begins with `fix` is a fix, `fix(2)` one that blames the commit of line
//! 2 (counted from 0), and `#v1` at its end tags the commit. `day author ^3^5` names the parents; a merge has no changes.
//!
//! What is handed in stands on lines of its own: `day ! covers path 3/4`, `day ! reviewed 2 by 1` (commit, people),
//! `day ! says path feature value`, `day ! owned path names`, `day ! sprint days`. A path is then a beginning of paths.
//!
//! ```text
//! 0 ann | start        | +a.rs 10/0 c3, +b.rs 5/0
//! 2 bob | fix(0) crash | a.rs 1/1 c4
//! 3 ! covers a.rs 3/4
//! ```

use super::{CoverageSnapshot, Dependencies, Feature, FileCoverage, Inputs, ReviewFact, Reviews, Said, Sprint};
use crate::code::Metrics;
use crate::code::manifests::{self, Dependency};
use crate::domain::{
    Author, BlobId, ChangeKind, Commit, CommitId, Diff, DiffFile, FileChange, Hunk, Log, Tag, Timestamp,
};
use crate::history::{Introduction, Past};
use std::collections::HashMap;

/// Git alone, people included.
pub(crate) const EVERYTHING: Inputs<'static> = Inputs::none(true);

/// 2020-01-06T00:00:00Z, a Monday: day 0 of every test history.
pub(crate) const DAY_0: Timestamp = Timestamp(1_578_268_800);

/// A history, the metrics of its contents, and what was handed in.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) log: Log,
    is_fix: Vec<bool>,
    introductions: Vec<Introduction>,
    metrics: HashMap<BlobId, Metrics>,
    current: HashMap<String, BlobId>,
    handed: Handed,
}

/// What does not stand in git.
#[derive(Debug, Default)]
struct Handed {
    coverage: Vec<CoverageSnapshot>,
    facts: Vec<ReviewFact>,
    reviews: Reviews,
    dependencies: Dependencies,
    business: Vec<(Timestamp, String, Feature, f32)>,
    owners: Vec<(Timestamp, String, Vec<String>)>,
    sprints: Vec<(Timestamp, Sprint)>,
}

impl Said for Handed {
    fn business(&self, path: &str, at: Timestamp) -> Vec<(Feature, f32)> {
        let known = self.business.iter().filter(|(since, start, ..)| *since <= at && path.starts_with(start));
        known.map(|(.., feature, value)| (*feature, *value)).collect()
    }

    fn owners(&self, path: &str, at: Timestamp) -> Option<Vec<&str>> {
        let known: Vec<_> = self.owners.iter().filter(|(since, ..)| *since <= at).collect();
        let named = known.iter().rev().find(|(_, start, _)| path.starts_with(start));
        let names = named.map_or(Vec::new(), |(.., names)| names.iter().map(String::as_str).collect());
        (!known.is_empty()).then_some(names)
    }

    fn sprint(&self, at: Timestamp) -> Option<Sprint> {
        self.sprints.iter().rev().find(|(since, _)| *since <= at).map(|(_, sprint)| *sprint)
    }
}

impl History {
    /// Reads the lines.
    pub(crate) fn read(text: &str) -> Self {
        let mut history = Self::default();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| history.add(line));
        history
    }

    /// Adds one line: a commit, or something that is handed in.
    pub(crate) fn add(&mut self, line: &str) {
        match line.split_once('!') {
            Some((day, words)) if !line.contains('|') => {
                let at = DAY_0.plus_days(day.trim().parse().expect("a day"));
                self.hand_in(at, &words.split_whitespace().collect::<Vec<_>>());
            }
            _ => self.add_commit(line),
        }
    }

    fn hand_in(&mut self, at: Timestamp, words: &[&str]) {
        match words {
            ["covers", path, ratio] => {
                let (n_covered, n_lines) = ratio.split_once('/').expect("covered/lines");
                let file = FileCoverage { n_covered: number(n_covered), n_lines: number(n_lines) };
                self.handed.coverage.push(CoverageSnapshot { at, files: [((*path).to_owned(), file)].into() });
                self.handed.coverage.sort_by_key(|snapshot| snapshot.at);
            }
            ["reviewed", commit, "by", people] => {
                let commits = vec![commit_id(number(commit))];
                self.handed.facts.push(ReviewFact { commits, at, n_reviewers: number(people) });
                self.handed.reviews = Reviews::new(&self.handed.facts);
            }
            ["says", path, feature, value] => {
                let feature = Feature::named(feature).expect("a feature of the catalogue");
                let value = value.parse().expect("a value");
                self.handed.business.push((at, (*path).to_owned(), feature, value));
            }
            ["owned", path, names @ ..] => {
                let names = names.iter().map(|name| (*name).to_owned()).collect();
                self.handed.owners.push((at, (*path).to_owned(), names));
            }
            ["sprint", days] => self.handed.sprints.push((at, Sprint { start: at, length_days: number(days) })),
            _ => panic!("unknown words `{words:?}`"),
        }
    }

    fn add_commit(&mut self, line: &str) {
        let [head, message, changes] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("expected `day author | message | changes`, got `{line}`");
        };
        let (day, author) = head.split_once(char::is_whitespace).expect("a day and an author");
        let (author, parents) = author.split_once('^').map_or((author, None), |(author, rest)| (author, Some(rest)));
        let at = DAY_0.plus_days(day.parse().expect("a day"));
        let index = self.log.commits.len() as u32;
        let (message, tag) = message.rsplit_once('#').unwrap_or((message, ""));
        if !tag.is_empty() {
            self.log.tags.push(Tag { name: tag.to_owned(), commit: index });
        }
        let changes = changes.split(',').map(str::trim).filter(|change| !change.is_empty());
        let changes: Vec<FileChange> = changes.map(|change| self.change(change)).collect();
        let parents = match parents {
            Some(parents) => parents.split('^').map(number).collect(),
            None => index.checked_sub(1).into_iter().collect(),
        };
        self.blame(message, index, &changes);
        self.is_fix.push(message.starts_with("fix"));
        let commit = Commit {
            id: commit_id(index),
            parents,
            author: self.author(author.trim()),
            co_authors: Box::default(),
            authored_at: at,
            utc_offset_minutes: 0,
            committed_at: at,
            message: message.trim().to_owned(),
            changes,
        };
        self.log.commits.push(commit);
    }

    fn blame(&mut self, message: &str, fix: u32, changes: &[FileChange]) {
        let culprit = message.strip_prefix("fix(").and_then(|rest| rest.split(')').next()?.parse().ok());
        if let Some(culprit) = culprit {
            self.introductions.push(Introduction {
                fix,
                culprit,
                path: changes[0].path,
                fixed_path: changes[0].path,
                n_lines: 1,
                lines: [(1, 1), (0, 0), (0, 0)],
                is_repaired: true,
                confidence: 1.0,
            });
        }
    }

    fn author(&mut self, name: &str) -> u32 {
        let author = Author { name: name.to_owned(), email: format!("{name}@example.com") };
        index_of(&mut self.log.authors, author)
    }

    fn change(&mut self, text: &str) -> FileChange {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (kind, old, new) = match words[0] {
            name if name.starts_with('+') => (ChangeKind::Added, None, &name[1..]),
            name if name.starts_with('-') => (ChangeKind::Deleted, Some(&name[1..]), &name[1..]),
            name => match name.split_once('>') {
                Some((old, new)) => (ChangeKind::Renamed, Some(old), new),
                None => (ChangeKind::Modified, Some(name), name),
            },
        };
        let (added, deleted) = words.get(1).and_then(|lines| lines.split_once('/')).unwrap_or(("0", "0"));
        let (added, deleted) = (added.parse().expect("lines added"), deleted.parse().expect("lines deleted"));
        let old_blob = old.and_then(|old| self.current.remove(old));
        let new_blob = (kind != ChangeKind::Deleted).then(|| self.new_blob(new, words.get(2..).unwrap_or_default()));
        FileChange {
            path: index_of(&mut self.log.paths, new.to_owned()),
            old_path: (kind == ChangeKind::Renamed)
                .then(|| index_of(&mut self.log.paths, old.unwrap_or(new).to_owned())),
            copied_from: None,
            parent: 0,
            kind,
            old_blob,
            new_blob,
            added,
            deleted,
            is_counted: true,
            hunks: Box::new([Hunk { old_start: 1, old_lines: deleted, new_start: 1, new_lines: added }]),
        }
    }

    fn new_blob(&mut self, path: &str, words: &[&str]) -> BlobId {
        let mut blob = BlobId::default();
        blob.0[..8].copy_from_slice(&(self.metrics.len() as u64 + 1).to_be_bytes());
        self.metrics.insert(blob, metrics_of(words));
        let needs = words.iter().find_map(|word| word.strip_prefix("needs="));
        if let Some(needs) = needs {
            self.handed.dependencies.insert(blob, dependencies_of(needs));
        }
        self.current.insert(path.to_owned(), blob);
        blob
    }

    /// What was handed in, people included.
    pub(crate) fn inputs(&self) -> Inputs<'_> {
        let Handed { coverage, reviews, dependencies, .. } = &self.handed;
        Inputs { people: true, said: &self.handed, coverage, reviews, dependencies }
    }

    /// What is known on `day`, of the commits up to that day.
    pub(crate) fn past_on(&self, day: i64) -> Past<'_> {
        let as_of = DAY_0.plus_days(day);
        self.past_of(|commit| self.log.commits[commit as usize].committed_at <= as_of, as_of)
    }

    /// What is known right before the commit of a line: the lines above it.
    pub(crate) fn past_before(&self, commit: usize) -> Past<'_> {
        let as_of = self.log.commits[..commit].iter().map(|commit| commit.committed_at).max();
        self.past_of(|known| (known as usize) < commit, as_of.unwrap_or(DAY_0))
    }

    fn past_of(&self, is_known: impl Fn(u32) -> bool, as_of: Timestamp) -> Past<'_> {
        let mut order: Vec<u32> = (0..self.log.commits.len() as u32).filter(|commit| is_known(*commit)).collect();
        order.sort_by_key(|commit| (self.log.commits[*commit as usize].committed_at, *commit));
        let is_fix = self.is_fix.iter().zip(0u32..).map(|(is_fix, commit)| *is_fix && is_known(commit)).collect();
        let seen = self.introductions.iter().filter(|introduction| is_known(introduction.fix));
        let as_of_commit = commit_id(order.last().copied().unwrap_or(0));
        Past { log: &self.log, is_fix, introductions: seen.copied().collect(), as_of_commit, as_of, order }
    }

    /// The commit of a line as if it were a pull request.
    pub(crate) fn diff_of(&self, commit: usize) -> Diff {
        let base = commit_id(commit.saturating_sub(1) as u32);
        let commit = &self.log.commits[commit];
        Diff {
            merge_base: Some(base),
            base,
            head: commit.id,
            head_at: commit.committed_at,
            commits: vec![commit.id],
            messages: vec![commit.message.clone()],
            author: Some(self.log.authors[commit.author as usize].clone()),
            files: commit.changes.iter().map(|change| self.diff_file(change)).collect(),
            skipped: Vec::new(),
        }
    }

    fn diff_file(&self, change: &FileChange) -> DiffFile {
        let path = |index: u32| self.log.paths[index as usize].clone();
        DiffFile {
            path: path(change.path),
            old_path: change.old_path.map(path),
            kind: change.kind,
            old_blob: change.old_blob,
            new_blob: change.new_blob,
            added: change.added,
            deleted: change.deleted,
            is_counted: change.is_counted,
            hunks: change.hunks.to_vec(),
        }
    }

    /// The metrics of a content.
    pub(crate) fn metrics(&self, blob: BlobId) -> Option<Metrics> {
        self.metrics.get(&blob).cloned()
    }
}

/// `cN`, and names of metrics with their values.
fn metrics_of(words: &[&str]) -> Metrics {
    let mut metrics = Metrics { cyclomatic: 1, lines_of_code: 10, comment_lines: 5, lines: 20, ..Metrics::default() };
    for word in words {
        match word.split_once('=') {
            None => {
                metrics.cyclomatic = number(&word[1..]);
                metrics.lines_of_code = 10 * metrics.cyclomatic;
            }
            Some(("needs", _)) => {}
            Some(("code", value)) => metrics.lines_of_code = number(value),
            Some(("comments", value)) => metrics.comment_lines = number(value),
            Some(("lines", value)) => metrics.lines = number(value),
            Some(("cognitive", value)) => metrics.cognitive = number(value),
            Some(("largest", value)) => metrics.cyclomatic_max = number(value),
            Some(("nesting", value)) => metrics.nesting_max = number(value),
            Some(("volume", value)) => metrics.halstead_volume = value.parse().expect("bits"),
            Some(("length", value)) => metrics.function_length_avg = value.parse().ok(),
            Some(("maintainability", value)) => metrics.maintainability_index = value.parse().ok(),
            Some(("coupling", value)) => metrics.class_coupling = number(value),
            Some(("depth", value)) => metrics.inheritance_depth = value.parse().ok(),
            Some(("smells", value)) => metrics.code_smells = number(value),
            Some(("repair", value)) => metrics.debt_minutes = value.parse().expect("minutes"),
            Some(("duplication", value)) => metrics.duplication_ratio = value.parse().expect("a share"),
            Some(("security", value)) => metrics.libraries.n_security = number(value) as u16,
            Some(("data", value)) => metrics.libraries.n_data = number(value) as u16,
            Some(("outside", value)) => metrics.libraries.n_outside = number(value) as u16,
            Some(other) => panic!("unknown metric {other:?}"),
        }
    }
    metrics
}

/// `a+b`, read as a manifest of Cargo would be; `own-a` lies in the repository.
fn dependencies_of(names: &str) -> Vec<Dependency> {
    let line = |name: &str| match name.strip_prefix("own-") {
        Some(own) => format!("{own} = {{ path = '../{own}' }}\n"),
        None => format!("{name} = '1'\n"),
    };
    let lines: String = names.split('+').filter(|name| !name.is_empty()).map(line).collect();
    manifests::read("Cargo.toml", format!("[dependencies]\n{lines}").as_bytes()).expect("a sound manifest")
}

fn number(text: &str) -> u32 {
    text.trim().parse().expect("a number")
}

fn commit_id(index: u32) -> CommitId {
    let mut id = CommitId::default();
    id.0[..4].copy_from_slice(&(index + 1).to_be_bytes());
    id
}

fn index_of<T: PartialEq>(values: &mut Vec<T>, value: T) -> u32 {
    let place = values.iter().position(|known| *known == value).unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    });
    place as u32
}
