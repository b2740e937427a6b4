//! Which files change together?
//!
//! In: the log, and which of its commits count, up to a moment. Out: for each path its usual companions. Commits lose
//! half their weight every year; merges and commits of many files say nothing about companionship. A renamed file
//! keeps its past under its present path. Never sees a commit after the moment it is asked about.

use crate::domain::{ChangeKind, Commit, Log, Timestamp};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Files in one commit above which it is a sweep (formatting, renaming) and ties nobody together: the limit of the
/// published co-change baselines.
const MAX_COMMIT_FILES: usize = 30;

/// Days in which a commit loses half its weight. Of the ones tried on eleven repositories, a year ranked best.
const HALF_LIFE_DAYS: f64 = 365.0;

/// Strength that a single commit in common can give, at most: a file's first and only commit, with up to 29 others, would
/// tie it to each of them for certain. Below the half from which company counts as a habit.
const MAX_STRENGTH_ONCE: f64 = 1.0 / 3.0;

/// Companions kept for one file, strongest first.
const MAX_PARTNERS: usize = 32;

/// Pairs of files counted at most, newest first: about 100 MB. Past that, pairs that were last together long ago are
/// not begun any more, those that are known still grow.
const MAX_PAIRS: usize = 3_000_000;

/// Who changes with whom, as of one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoChange {
    partners: HashMap<String, Vec<Partner>>,
}

/// A file that usually changes together with another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Partner {
    /// Its present path.
    pub path: String,
    /// Commits that changed both.
    pub n_together: u32,
    /// Commits that changed the file one asked about.
    pub n_changes: u32,
    /// Share of that file's changes, weighted by age, that changed this one too; 0 to 1, and at most a third where they
    /// changed together once. A score, not a probability.
    pub strength: f32,
}

impl CoChange {
    /// Counts the commits in `order` (indexes into the log, oldest first) that were made no later than `as_of`.
    pub fn learn(log: &Log, order: &[u32], as_of: Timestamp) -> CoChange {
        let mut counts = Counts::new(log.paths.len());
        let commits = order.iter().rev().filter_map(|&at| log.commits.get(at as usize));
        for commit in commits.filter(|commit| !commit.is_merge() && commit.committed_at <= as_of) {
            counts.add(commit, as_of);
        }
        counts.finish(&log.paths)
    }

    /// Companions of the file at `path`, strongest first, at most [`MAX_PARTNERS`]; files that are gone are left out.
    pub fn partners(&self, path: &str) -> &[Partner] {
        self.partners.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many files have companions.
    pub fn n_files(&self) -> usize {
        self.partners.len()
    }
}

/// What is known of one path while walking back in time.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    n: u32,
    weight: f64,
}

struct Counts {
    /// The present path of what was called so at the time of the walk; `None` before the path was met.
    present: Vec<Option<u32>>,
    is_gone: Vec<bool>,
    changes: Vec<Counted>,
    pairs: FxHashMap<(u32, u32), Counted>,
}

impl Counts {
    fn new(n_paths: usize) -> Self {
        Counts {
            present: vec![None; n_paths],
            is_gone: vec![false; n_paths],
            changes: vec![Counted::default(); n_paths],
            pairs: FxHashMap::default(),
        }
    }

    /// Takes the next older commit.
    fn add(&mut self, commit: &Commit, as_of: Timestamp) {
        let mut files = self.present_files(commit);
        files.sort_unstable();
        files.dedup();
        // Renames of large commits were followed above; their company says nothing.
        if files.len() > MAX_COMMIT_FILES {
            return;
        }
        let age_days = as_of.days_since(commit.committed_at).max(0.0);
        let weight = (-age_days / HALF_LIFE_DAYS).exp2();
        for (at, &file) in files.iter().enumerate() {
            self.changes[file as usize].add(weight);
            for &other in &files[at + 1..] {
                self.add_pair((file, other), weight);
            }
        }
    }

    fn add_pair(&mut self, pair: (u32, u32), weight: f64) {
        let is_full = self.pairs.len() >= MAX_PAIRS;
        match self.pairs.get_mut(&pair) {
            Some(counted) => counted.add(weight),
            None if is_full => {}
            None => {
                self.pairs.insert(pair, Counted { n: 1, weight });
            }
        }
    }

    /// The files a commit changed, by the paths they have at the end.
    fn present_files(&mut self, commit: &Commit) -> Vec<u32> {
        let valid = |path: u32| (path as usize) < self.present.len();
        let changes: Vec<_> = commit.changes.iter().filter(|c| valid(c.path) && c.old_path.is_none_or(valid)).collect();
        let mut files = Vec::with_capacity(changes.len());
        for change in &changes {
            let is_deleted = change.kind == ChangeKind::Deleted;
            files.push(self.present_path(change.path, is_deleted));
        }
        // Read before any is written: two files may have traded their names in one commit.
        let renamed = changes.iter().filter(|change| change.kind == ChangeKind::Renamed);
        let moves: Vec<(u32, Option<u32>)> =
            renamed.filter_map(|change| Some((change.old_path?, self.present[change.path as usize]))).collect();
        for (old, present) in moves {
            self.is_gone[old as usize] |= self.present[old as usize].is_none();
            self.present[old as usize] = present;
        }
        files
    }

    fn present_path(&mut self, path: u32, is_deleted: bool) -> u32 {
        let slot = path as usize;
        if self.present[slot].is_none() {
            self.present[slot] = Some(path);
            self.is_gone[slot] = is_deleted;
        }
        self.present[slot].unwrap_or(path)
    }

    fn finish(self, paths: &[String]) -> CoChange {
        let mut by_file: FxHashMap<u32, Vec<(u32, Counted)>> = FxHashMap::default();
        for ((a, b), counted) in &self.pairs {
            if !self.is_gone[*a as usize] && !self.is_gone[*b as usize] {
                by_file.entry(*a).or_default().push((*b, *counted));
                by_file.entry(*b).or_default().push((*a, *counted));
            }
        }
        let named = |(file, mut others): (u32, Vec<(u32, Counted)>)| {
            others.sort_unstable_by(|(a, x), (b, y)| y.weight.total_cmp(&x.weight).then(a.cmp(b)));
            others.truncate(MAX_PARTNERS);
            let changes = self.changes[file as usize];
            let partner = |(other, together): (u32, Counted)| Partner {
                path: paths[other as usize].clone(),
                n_together: together.n,
                n_changes: changes.n,
                strength: strength(together, changes),
            };
            (paths[file as usize].clone(), others.into_iter().map(partner).collect())
        };
        CoChange { partners: by_file.into_iter().map(named).collect() }
    }
}

fn strength(together: Counted, changes: Counted) -> f32 {
    let most = if together.n > 1 { 1.0 } else { MAX_STRENGTH_ONCE };
    (together.weight / changes.weight).min(most) as f32
}

impl Counted {
    fn add(&mut self, weight: f64) {
        self.n += 1;
        self.weight += weight;
    }
}
