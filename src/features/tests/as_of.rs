//! Does any row of a moment change when something happens after it?
//!
//! Many random histories, each with edits, renames, swaps, deletions, merges, parallel branches, mass changes, tags,
//! coverage, reviews, settings and manifests. Each is continued at random after its last day, and all rows are compared
//! bit for bit.

use super::super::fixture::History;
use super::super::{ChangeRows, Table, rows_for_change, training_table};

/// A small generator, so that the cases are the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// Writes a history line by line.
struct Writer {
    chance: Chance,
    history: History,
    day: i64,
    /// Paths that exist.
    files: Vec<String>,
    n_named: usize,
    /// A commit that no later one has as its first parent yet.
    branch: Option<usize>,
}

const AUTHORS: [&str; 4] = ["ann", "bob", "cid", "dan"];
const FOLDERS: [&str; 5] = ["src/", "src/auth/", "db/", "benches/", ""];

impl Writer {
    fn new(seed: u64) -> Self {
        let history = History::default();
        Self { chance: Chance(seed), history, day: 0, files: Vec::new(), n_named: 0, branch: None }
    }

    fn write(&mut self, n_steps: usize) {
        for _ in 0..n_steps {
            self.day += self.chance.below(5) as i64;
            match self.chance.below(10) {
                0 => self.hand_in(),
                1 if self.branch.is_some() => self.merge(),
                _ => self.commit(),
            }
        }
    }

    fn commit(&mut self) {
        let mut changes = Vec::new();
        let n_changes = if self.chance.one_in(25) { 120 } else { 1 + self.chance.below(4) };
        let mut touched = Vec::new();
        for _ in 0..n_changes {
            let change = self.change(&mut touched);
            changes.extend(change);
        }
        let n_commits = self.history.log.commits.len();
        let parent = n_commits.saturating_sub(1 + self.chance.below(3));
        let is_branch = n_commits > 3 && self.chance.one_in(5);
        let (parents, newest) = if is_branch { (format!(" ^{parent}"), n_commits - 1) } else { (String::new(), 0) };
        if is_branch {
            self.branch = Some(newest);
        }
        let message = match self.chance.below(4) {
            0 if n_commits > 0 => format!("fix({}) it", self.chance.below(n_commits)),
            0 => "fix it".to_owned(),
            _ => "go on".to_owned(),
        };
        let tag = if self.chance.one_in(6) { format!(" #v{n_commits}") } else { String::new() };
        let author = self.chance.of(&AUTHORS);
        self.history.add(&format!("{} {author}{parents} | {message}{tag} | {}", self.day, changes.join(", ")));
    }

    /// A change to one file that this commit has not touched yet.
    fn change(&mut self, touched: &mut Vec<String>) -> Option<String> {
        let lines = format!("{}/{}", self.chance.below(30), self.chance.below(9));
        let text = format!(
            "c{} lines={} smells={} nesting={}",
            self.chance.below(20),
            self.chance.below(300),
            self.chance.below(4),
            self.chance.below(6)
        );
        let free: Vec<String> = self.files.iter().filter(|file| !touched.contains(file)).cloned().collect();
        if free.is_empty() || self.chance.one_in(4) {
            let file = self.name();
            let needs =
                if file.ends_with("toml") { format!(" needs=a{}", self.chance.below(5)) } else { String::new() };
            self.files.push(file.clone());
            touched.push(file.clone());
            return Some(format!("+{file} {lines} {text}{needs}"));
        }
        let file = free[self.chance.below(free.len())].clone();
        touched.push(file.clone());
        match self.chance.below(8) {
            0 => {
                self.files.retain(|known| *known != file);
                Some(format!("-{file} {lines}"))
            }
            1 => {
                let new = self.name();
                self.files.retain(|known| *known != file);
                self.files.push(new.clone());
                touched.push(new.clone());
                Some(format!("{file}>{new} {lines} {text}"))
            }
            _ if file.ends_with("toml") => {
                Some(format!("{file} {lines} needs=a{}+b{}", self.chance.below(5), self.chance.below(5)))
            }
            _ => Some(format!("{file} {lines} {text}")),
        }
    }

    /// A new path, or one that was used before and is free again.
    fn name(&mut self) -> String {
        let folder = self.chance.of(&FOLDERS);
        let nth = if self.chance.one_in(3) { self.chance.below(self.n_named + 1) } else { self.n_named };
        self.n_named = self.n_named.max(nth + 1);
        let name = if nth % 9 == 8 { format!("{folder}m{nth}/Cargo.toml") } else { format!("{folder}f{nth}.rs") };
        let is_taken = self.files.contains(&name);
        if is_taken { format!("{folder}g{}_{}.rs", nth, self.files.len()) } else { name }
    }

    fn merge(&mut self) {
        let newest = self.history.log.commits.len() - 1;
        let branch = self.branch.take().unwrap_or(newest);
        self.history.add(&format!("{} ann ^{newest}^{branch} | merge |", self.day));
    }

    fn hand_in(&mut self) {
        let path = match self.files.len() {
            0 => "src/".to_owned(),
            n => self.files[self.chance.below(n)].clone(),
        };
        let n_commits = self.history.log.commits.len().max(1);
        let line = match self.chance.below(6) {
            0 | 1 => format!("covers {path} {}/9", self.chance.below(10)),
            2 => format!("reviewed {} by {}", self.chance.below(n_commits), self.chance.below(3)),
            3 => format!("says {path} revenue_impact 0.{}", self.chance.below(10)),
            4 => format!("owned {path} {}", self.chance.of(&["@ann", "@ann @core", "@web"])),
            _ => format!("sprint {}", 7 + self.chance.below(9)),
        };
        self.history.add(&format!("{} ! {line}", self.day));
    }

    fn table(&self) -> Table {
        let history = &self.history;
        training_table(&history.past_on(100_000), &|blob| history.metrics(blob), history.inputs())
    }

    fn review(&self, commit: usize) -> ChangeRows {
        let history = &self.history;
        let (past, diff) = (history.past_before(commit), history.diff_of(commit));
        rows_for_change(&past, &diff, &|blob| history.metrics(blob), history.inputs())
    }
}

fn assert_unchanged(before: &Table, after: &Table, seed: u64) {
    assert!(before.files.len() < after.files.len());
    for (old, new) in before.files.iter().zip(&after.files) {
        assert_eq!((old.commit, old.at), (new.commit, new.at), "seed {seed}");
        let differing = differing(old.values.values(), new.values.values());
        assert!(old.values.is_same(&new.values), "seed {seed}, commit {}: {differing:?} changed", old.commit);
    }
    for (old, new) in before.changes.iter().zip(&after.changes) {
        let differing = differing(old.values.values(), new.values.values());
        assert!(old.values.is_same(&new.values), "seed {seed}, commit {}: {differing:?} changed", old.commit);
    }
}

fn differing(old: &[f32], new: &[f32]) -> Vec<&'static str> {
    let pairs = old.iter().zip(new).zip(super::super::Feature::all());
    pairs.filter(|((old, new), _)| old.to_bits() != new.to_bits()).map(|(_, feature)| feature.name()).collect()
}

#[test]
fn what_happens_after_a_day_changes_no_row_of_that_day_or_before() {
    let (mut n_rows, mut n_known) = (0, 0);
    for seed in 0..60 {
        let mut writer = Writer::new(seed);
        writer.write(45);
        let before = writer.table();
        let n_commits = writer.history.log.commits.len();
        let probe =
            (0..n_commits).rev().find(|commit| !writer.history.log.commits[*commit].is_merge()).expect("commits");
        let reviewed = writer.review(probe);
        // What is handed in from now on belongs to later moments; commits may still fall on the same day.
        writer.commit();
        writer.day += 1;
        writer.write(40);
        assert_unchanged(&before, &writer.table(), seed);
        let reviewed_later = writer.review(probe);
        for (old, new) in reviewed.files.iter().zip(&reviewed_later.files) {
            assert!(old.after.is_same(&new.after), "seed {seed}, review of {}", old.path);
        }
        n_rows += before.files.len();
        n_known += before.files.iter().flat_map(|row| row.values.values()).filter(|value| value.is_finite()).count();
    }
    assert!(n_rows > 3_000 && n_known > 100_000, "{n_rows} rows with {n_known} values are too few to prove anything");
}

#[test]
fn what_is_handed_in_for_an_earlier_day_does_change_its_rows() {
    for line in [
        "0 ! covers a.rs 1/2",
        "0 ! says a revenue_impact 0.5",
        "0 ! owned a @ann",
        "0 ! sprint 7",
        "0 ! reviewed 0 by 1",
    ] {
        let mut writer = Writer::new(1);
        writer.history = History::read("0 ann | x | +a.rs 9/0\n3 ann | x | a.rs 1/0");
        let before = writer.table();
        writer.history.add(line);
        let after = writer.table();
        let is_same = before.files.iter().zip(&after.files).all(|(old, new)| old.values.is_same(&new.values));
        assert!(!is_same, "{line} is not seen: the comparison would prove nothing");
    }
}
