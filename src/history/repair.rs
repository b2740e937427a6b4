//! What exactly did a fix repair in one file?
//!
//! In: one change of a fix and both contents. Out: the lines of the old version that matter, each with its place: the
//! lines that were repaired, those beside the repair, and for a repair that only adds, those of the function around it.
//! Comments, blank lines, lone brackets, imports and lines that merely moved are nobody's repair.

use super::lines::without_spaces;
use crate::code::{self, code_lines, enclosing_function};
use crate::domain::{FileChange, Hunk};
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::Hasher;
use std::ops::RangeInclusive;

/// Lines of one file of one fix that are traced; beyond, the file was rewritten rather than repaired.
const MAX_LINES_A_FILE: usize = 500;

/// Lines on each side of a repair that count as near it.
const NEAR_LINES: u32 = 3;

/// How far the next line of code is looked for beside a repair: past a comment, not past another thought.
const BESIDE_LINES: u32 = 6;

/// Lines of a function that are traced; longer ones say little about one place in them.
const MAX_FUNCTION_LINES: u32 = 400;

/// Shorter texts (`}`, `fi`) stand in many places: they prove no move.
const MIN_MOVED_BYTES: usize = 3;

/// Shorter names (`i`, `fd`) stand everywhere.
const MIN_NAME_BYTES: usize = 3;

/// A word of source text, as its hash: names are only compared, and there are millions of them.
pub(super) type Name = u64;

/// What a traced line is to the repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It was removed or changed.
    Repaired,
    /// The next code above or below added lines.
    AboveAddition,
    BelowAddition,
    /// The next code above or below changed lines.
    AboveChange,
    BelowChange,
    /// Within a few lines.
    Near,
    /// In the function that was added to.
    InFunction,
}

/// What was repaired in one file.
#[derive(Debug, Default)]
pub(super) struct Repair {
    /// Old lines with what each is to the repair; a line may have several places.
    pub(super) places: FxHashMap<u32, Vec<Place>>,
    /// Old lines of each changed region with one line around it.
    pub(super) regions: Vec<RangeInclusive<u32>>,
    /// Texts of the added lines, without white space.
    pub(super) added_texts: FxHashSet<Vec<u8>>,
    /// Lines of code that were repaired.
    pub(super) n_removed: u32,
    /// Lines of code that were added.
    pub(super) n_added: u32,
    /// Names in the repaired lines.
    pub(super) names_gone: FxHashSet<Name>,
    /// Names in the added lines.
    pub(super) names_come: FxHashSet<Name>,
}

/// Both sides of one change.
struct Sides<'a> {
    path: &'a str,
    old_bytes: &'a [u8],
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
    old_is_code: Vec<bool>,
    new_is_code: Vec<bool>,
    removed_texts: FxHashSet<Vec<u8>>,
    added_texts: FxHashSet<Vec<u8>>,
}

impl Repair {
    /// What `change` repaired in the file that was called `path` before it.
    pub(super) fn new(path: &str, change: &FileChange, old: &[u8], new: &[u8]) -> Self {
        let mut sides = Sides {
            path,
            old_bytes: old,
            old: split_lines(old),
            new: split_lines(new),
            old_is_code: code_lines(path, old),
            new_is_code: code_lines(path, new),
            removed_texts: FxHashSet::default(),
            added_texts: FxHashSet::default(),
        };
        sides.removed_texts = texts(&sides.old, change.hunks.iter().flat_map(old_lines));
        sides.added_texts = texts(&sides.new, change.hunks.iter().flat_map(new_lines));
        let mut repair = Repair::default();
        let mut anchors = Vec::new();
        for hunk in &change.hunks {
            if repair.add_hunk(&sides, hunk) {
                anchors.push(hunk.old_start);
            }
        }
        if repair.n_removed == 0 {
            repair.add_functions(&sides, &anchors);
        }
        repair.added_texts = sides.added_texts;
        repair
    }

    /// Whether anything was repaired.
    pub(super) fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Lines to trace, ascending.
    pub(super) fn lines(&self) -> Vec<u32> {
        let mut lines: Vec<u32> = self.places.keys().copied().collect();
        lines.sort_unstable();
        lines.truncate(MAX_LINES_A_FILE);
        lines
    }

    fn add_hunk(&mut self, sides: &Sides<'_>, hunk: &Hunk) -> bool {
        let removed: Vec<u32> = old_lines(hunk).filter(|line| sides.is_repaired(*line)).collect();
        let added: Vec<u32> = new_lines(hunk).filter(|line| sides.is_added(*line)).collect();
        if removed.is_empty() && added.is_empty() {
            return false;
        }
        removed.iter().for_each(|line| names_in(sides.old[*line as usize - 1], &mut self.names_gone));
        added.iter().for_each(|line| names_in(sides.new[*line as usize - 1], &mut self.names_come));
        self.n_removed += removed.len() as u32;
        self.n_added += added.len() as u32;
        for line in &removed {
            if !is_import(sides.old[*line as usize - 1]) {
                self.put(*line, Place::Repaired);
            }
        }
        self.add_surroundings(sides, hunk, removed.is_empty());
        true
    }

    fn add_surroundings(&mut self, sides: &Sides<'_>, hunk: &Hunk, only_adds: bool) {
        let first = if hunk.old_lines == 0 { hunk.old_start + 1 } else { hunk.old_start };
        let after = first + hunk.old_lines;
        let (above, below) = if only_adds {
            (Place::AboveAddition, Place::BelowAddition)
        } else {
            (Place::AboveChange, Place::BelowChange)
        };
        if let Some(line) = (first.saturating_sub(BESIDE_LINES)..first).rev().find(|line| sides.is_old_code(*line)) {
            self.put(line, above);
        }
        if let Some(line) = (after..after + BESIDE_LINES).find(|line| sides.is_old_code(*line)) {
            self.put(line, below);
        }
        let near = (first.saturating_sub(NEAR_LINES)..first).chain(after..after + NEAR_LINES);
        near.filter(|line| sides.is_old_code(*line)).for_each(|line| self.put(line, Place::Near));
        self.regions.push(first.saturating_sub(1).max(1)..=after.min(sides.old_is_code.len().max(1) as u32));
    }

    /// Parsing a file costs more than all else here, so it is done only where nothing was repaired line by line.
    fn add_functions(&mut self, sides: &Sides<'_>, anchors: &[u32]) {
        if anchors.is_empty() {
            return;
        }
        let Ok(facts) = code::read(sides.path, sides.old_bytes) else { return };
        let mut around: Vec<(u32, u32)> = anchors
            .iter()
            .filter_map(|line| enclosing_function(&facts, *line))
            .map(|function| (function.start_line, function.end_line.min(function.start_line + MAX_FUNCTION_LINES)))
            .collect();
        around.sort_unstable();
        around.dedup();
        for line in around.into_iter().flat_map(|(start, end)| start..=end).filter(|line| sides.is_old_code(*line)) {
            self.put(line, Place::InFunction);
        }
    }

    fn put(&mut self, line: u32, place: Place) {
        self.places.entry(line).or_default().push(place);
    }
}

impl Sides<'_> {
    fn is_old_code(&self, line: u32) -> bool {
        is_true(&self.old_is_code, line)
    }

    fn is_repaired(&self, line: u32) -> bool {
        self.is_old_code(line) && !stands_in(&self.old, line, &self.added_texts)
    }

    fn is_added(&self, line: u32) -> bool {
        is_true(&self.new_is_code, line) && !stands_in(&self.new, line, &self.removed_texts)
    }
}

fn is_true(marks: &[bool], line: u32) -> bool {
    (line as usize).checked_sub(1).and_then(|at| marks.get(at)).copied().unwrap_or(false)
}

fn stands_in(lines: &[&[u8]], line: u32, texts: &FxHashSet<Vec<u8>>) -> bool {
    text_at(lines, line).is_some_and(|text| texts.contains(&without_spaces(text)))
}

fn texts(lines: &[&[u8]], numbers: impl Iterator<Item = u32>) -> FxHashSet<Vec<u8>> {
    let texts = numbers.filter_map(|line| text_at(lines, line)).map(without_spaces);
    texts.filter(|text| text.len() >= MIN_MOVED_BYTES).collect()
}

/// Line `number` (from 1) of a text that was split.
pub(super) fn text_at<'a>(lines: &[&'a [u8]], number: u32) -> Option<&'a [u8]> {
    lines.get((number as usize).checked_sub(1)?).copied()
}

/// A text's lines, without their ends.
pub(super) fn split_lines(text: &[u8]) -> Vec<&[u8]> {
    text.split(|byte| *byte == b'\n').collect()
}

/// Numbers of the lines a hunk removed.
pub(super) fn old_lines(hunk: &Hunk) -> std::ops::Range<u32> {
    hunk.old_start..hunk.old_start + hunk.old_lines
}

/// Numbers of the lines a hunk added.
pub(super) fn new_lines(hunk: &Hunk) -> std::ops::Range<u32> {
    hunk.new_start..hunk.new_start + hunk.new_lines
}

fn name_of(word: &[u8]) -> Name {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(word);
    hasher.finish()
}

/// Adds the names that stand in `line` to `names`.
pub(super) fn names_in(line: &[u8], names: &mut FxHashSet<Name>) {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let words = line.split(|byte| !is_name(byte));
    let words = words.filter(|word| word.len() >= MIN_NAME_BYTES && !word[0].is_ascii_digit());
    names.extend(words.map(name_of));
}

/// A line that only names what is used: changed with every repair, and never the defect.
fn is_import(line: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 7] = [b"import ", b"from ", b"#include", b"use ", b"const {", b"require", b"package "];
    let line = line.trim_ascii_start();
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}
