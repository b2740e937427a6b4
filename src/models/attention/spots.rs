//! Which places of a change can be pointed at?
//!
//! In: the changed files with their text after the change. Out: [`Spot`]s: the lines of one hunk inside one function,
//! cut where they are long. A spot begins and ends on a line that carries code, so a note on it is never beside the
//! diff. Lines that were only removed are no spots: nothing is left to point at.

use super::ChangedFile;
use crate::code::{Function, Token, tokens};
use std::collections::BTreeSet;
use std::ops::Range;

/// Longest spot: what fits on a screen beside the words about it. Longer stretches are cut into even parts.
pub const MAX_SPOT_LINES: u32 = 20;

/// Lines of one file that one change wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// First line, in the file as the change leaves it, from 1.
    pub first_line: u32,
    /// Last line, inclusive.
    pub last_line: u32,
    /// Which hunk of the file.
    pub(super) hunk: usize,
    /// Which function of the file, if any.
    pub(super) function: Option<usize>,
}

/// A changed file taken to pieces.
pub(super) struct Pieces<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) spots: Vec<Spot>,
}

/// The spots of a file in the order of its lines.
pub(super) fn pieces<'a>(file: &ChangedFile<'a>) -> Pieces<'a> {
    let tokens = tokens(file.path, file.text);
    let mut spots = Vec::new();
    for (hunk, changed) in file.hunks.iter().enumerate() {
        let mut first = changed.new_start;
        let end = changed.new_start.saturating_add(changed.new_lines);
        while first < end {
            let function = innermost(file.functions, first);
            let last = (first + 1..end).find(|line| innermost(file.functions, *line) != function).unwrap_or(end) - 1;
            spots.extend(
                parts(first, last)
                    .filter_map(|(first, last)| on_code(&tokens, first, last))
                    .map(|(first_line, last_line)| Spot { first_line, last_line, hunk, function }),
            );
            first = last + 1;
        }
    }
    Pieces { tokens, spots }
}

/// How many functions of a file a change touches.
pub fn n_changed_functions(file: &ChangedFile<'_>) -> usize {
    // A hunk that only removed lines touches the line before them.
    let lines = file.hunks.iter().flat_map(|hunk| hunk.new_start..hunk.new_start.saturating_add(hunk.new_lines.max(1)));
    let end = file.functions.iter().map(|function| function.end_line).max().unwrap_or(0);
    let touched: BTreeSet<usize> =
        lines.take_while(|line| *line <= end).filter_map(|line| innermost(file.functions, line)).collect();
    touched.len()
}

/// The smallest function around a line; functions come in the order of their first lines.
fn innermost(functions: &[Function], line: u32) -> Option<usize> {
    let n_begun = functions.partition_point(|function| function.start_line <= line);
    (0..n_begun).rev().find(|at| functions[*at].end_line >= line)
}

/// Even parts of a stretch of lines, none longer than the limit.
fn parts(first: u32, last: u32) -> impl Iterator<Item = (u32, u32)> {
    let n_lines = last - first + 1;
    let n_parts = n_lines.div_ceil(MAX_SPOT_LINES);
    let begin = move |part: u32| first + (u64::from(n_lines) * u64::from(part) / u64::from(n_parts)) as u32;
    (0..n_parts).map(move |part| (begin(part), begin(part + 1) - 1))
}

/// The same without lines at either end that carry no code; `None` where none does.
fn on_code(all: &[Token<'_>], first: u32, last: u32) -> Option<(u32, u32)> {
    let inside = &all[within(all, first, last)];
    Some((inside.first()?.line, inside.last()?.line))
}

/// Which tokens begin in these lines.
pub(super) fn within(tokens: &[Token<'_>], first: u32, last: u32) -> Range<usize> {
    tokens.partition_point(|token| token.line < first)..tokens.partition_point(|token| token.line <= last)
}
