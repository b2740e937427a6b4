//! Which parts does a repository have?
//!
//! In: what was seen of a repository. Out: its modules: some three to forty folders of product sources. Never knows a
//! file that came later, but can say where such a file would belong.
//!
//! The rule: begin with the whole tree. As long as a module holds more than a fifth of all touches of the last two years,
//! or there are fewer than three, divide the heaviest that can be divided into its folders; what stands in no folder, or in
//! one with less than a hundredth of the touches, stays behind. A folder without folders gives its busiest files (a
//! thirtieth of the touches or more) a place of their own. A division that would make more than forty is left out. Files
//! that moved count where they are now.

use super::record::Seen;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// More modules than this nobody looks through.
const MAX_MODULES: usize = 40;

/// With fewer modules there is nothing to choose between.
const MIN_MODULES: usize = 3;

/// A module with a larger share of the touches says too little about where.
const MAX_SHARE: f64 = 0.2;

/// A folder with a smaller share has too few fixes to be forecast by itself.
const MIN_FOLDER_SHARE: f64 = 0.01;

/// The same for a single file.
const MIN_FILE_SHARE: f64 = 1.0 / 30.0;

/// Touches older than this say little about where people work today.
const WEIGHED_DAYS: i64 = 730;

/// What a file weighs that nobody touched lately: a folder of twenty of them as much as two touches.
const UNTOUCHED_WEIGHT: f64 = 0.1;

/// A file moved more often than this is taken to stand where it was found.
const MAX_MOVES: usize = 64;

/// The name of what stands in no module's folder, at the top of the tree.
pub(super) const TOP: &str = ".";

/// Folders (and some files) of product sources, in the order of their names. The top of the tree is `.`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modules {
    names: Vec<String>,
}

impl Modules {
    /// The modules as of the moment that was seen.
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let weights = weights_of_files(seen);
        let total: f64 = weights.values().sum();
        let mut tree = Division { weights: &weights, total, parts: BTreeMap::new() };
        if !weights.is_empty() {
            tree.parts.insert("", Part { weight: total, can_be_divided: true });
        }
        while let Some(place) = tree.next() {
            tree.divide(place);
        }
        let names: BTreeSet<&str> = tree.parts.keys().copied().collect();
        let holds_files: BTreeSet<&str> = weights.keys().filter_map(|path| owner(&names, path)).collect();
        let shown = |name: &str| if name.is_empty() { TOP.to_owned() } else { name.to_owned() };
        Self { names: holds_files.into_iter().map(shown).collect() }
    }

    /// Modules by their names, in order.
    pub(super) fn named(mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The module a path belongs to, by its nearest folder.
    pub fn of_path(&self, path: &str) -> Option<usize> {
        let at = |name: &str| self.names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        places(path).find_map(|place| at(if place.is_empty() { TOP } else { place }))
    }

    /// The module of every path of the record, by where its file is at the moment that was seen.
    pub(super) fn of_paths(&self, seen: &Seen<'_>) -> Vec<Option<usize>> {
        let moves = Moves::of(seen);
        (0..seen.record.paths.len() as u32)
            .map(|path| self.of_path(&seen.record.paths[moves.place_of(path) as usize]))
            .collect()
    }
}

/// A path and its folders, nearest first, the top last.
fn places(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |place| match place.rsplit_once('/') {
        Some((folder, _)) => Some(folder),
        None => (!place.is_empty()).then_some(""),
    })
}

fn owner<'a>(names: &BTreeSet<&'a str>, path: &str) -> Option<&'a str> {
    places(path).find_map(|place| names.get(place).copied())
}

/// Where files went.
struct Moves {
    to: Vec<Option<u32>>,
}

impl Moves {
    fn of(seen: &Seen<'_>) -> Self {
        let mut to = vec![None; seen.record.paths.len()];
        for touch in seen.commits.iter().flat_map(|commit| &commit.touches) {
            to[touch.path as usize] = None;
            if let Some(old) = touch.old_path {
                to[old as usize] = Some(touch.path);
            }
        }
        Self { to }
    }

    fn place_of(&self, path: u32) -> u32 {
        let steps = std::iter::successors(Some(path), |place| self.to[*place as usize]);
        steps.take(MAX_MOVES).last().unwrap_or(path)
    }
}

/// Every product source that is there, with how often it was touched lately, by any of its names.
fn weights_of_files<'a>(seen: &Seen<'a>) -> BTreeMap<&'a str, f64> {
    let moves = Moves::of(seen);
    let mut is_there: FxHashMap<u32, bool> = FxHashMap::default();
    let mut n_touches: FxHashMap<u32, f64> = FxHashMap::default();
    let from = seen.as_of.plus_days(-WEIGHED_DAYS);
    for commit in seen.commits {
        for touch in &commit.touches {
            is_there.insert(touch.path, !touch.is_deleted);
            if let Some(old) = touch.old_path {
                is_there.insert(old, false);
            }
            if commit.at > from {
                *n_touches.entry(moves.place_of(touch.path)).or_default() += 1.0;
            }
        }
    }
    let there = is_there.into_iter().filter(|(_, is_there)| *is_there).map(|(path, _)| path);
    let weight = |path: u32| UNTOUCHED_WEIGHT + n_touches.get(&path).copied().unwrap_or(0.0);
    there.map(|path| (seen.record.paths[path as usize].as_str(), weight(path))).collect()
}

/// A tree that is being divided.
struct Division<'a> {
    weights: &'a BTreeMap<&'a str, f64>,
    total: f64,
    parts: BTreeMap<&'a str, Part>,
}

/// One module so far.
struct Part {
    weight: f64,
    can_be_divided: bool,
}

impl<'a> Division<'a> {
    /// The part to divide next.
    fn next(&self) -> Option<&'a str> {
        let is_too_large = |part: &Part| part.weight > MAX_SHARE * self.total || self.parts.len() < MIN_MODULES;
        let candidates = self.parts.iter().filter(|(_, part)| part.can_be_divided && is_too_large(part));
        candidates.max_by(|a, b| a.1.weight.total_cmp(&b.1.weight).then_with(|| b.0.cmp(a.0))).map(|(place, _)| *place)
    }

    fn divide(&mut self, place: &'a str) {
        let children = self.children(place);
        let is_too_many = self.parts.len() + children.len() > MAX_MODULES;
        let Some(part) = self.parts.get_mut(place) else { return };
        part.can_be_divided = false;
        if children.is_empty() || is_too_many {
            return;
        }
        part.weight -= children.iter().map(|(_, weight, _)| weight).sum::<f64>();
        for (child, weight, is_folder) in children {
            self.parts.insert(child, Part { weight, can_be_divided: is_folder });
        }
    }

    /// What a place divides into: name, weight, and whether it is a folder.
    fn children(&self, place: &str) -> Vec<(&'a str, f64, bool)> {
        let start = if place.is_empty() { 0 } else { place.len() + 1 };
        let (mut folders, mut files) = (BTreeMap::<&str, f64>::new(), Vec::new());
        let inside = |path: &str| place.is_empty() || (path.starts_with(place) && path.as_bytes()[place.len()] == b'/');
        let from_place = self.weights.range::<str, _>((std::ops::Bound::Excluded(place), std::ops::Bound::Unbounded));
        for (path, weight) in from_place.take_while(|(path, _)| path.starts_with(place)) {
            if !inside(path) {
                continue;
            }
            match path[start..].find('/') {
                Some(end) => *folders.entry(&path[..start + end]).or_default() += weight,
                None => files.push((*path, *weight, false)),
            }
        }
        let has_weight = |weight: f64, share: f64| weight >= share * self.total;
        let mut children: Vec<_> = folders.into_iter().map(|(folder, weight)| (folder, weight, true)).collect();
        children.retain(|(_, weight, _)| has_weight(*weight, MIN_FOLDER_SHARE));
        if children.is_empty() {
            children = files;
            children.retain(|(_, weight, _)| has_weight(*weight, MIN_FILE_SHARE));
        }
        children
    }
}
