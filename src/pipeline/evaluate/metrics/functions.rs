//! Which function of another tool is which of ours?
//!
//! In: rows of a reference, and the facts of the files they stand in. Out: pairs, each function used once; closures of
//! the reference join the function of ours around them; the rest stays unmatched. First by name and nearest first line,
//! then, for names that a tool read wrongly, by the same lines. Never pairs across files.

use super::Example;
use super::reference::FunctionRow;
use crate::code::{FileFacts, Function};
use std::collections::HashMap;

/// Lines between the first lines of the same function: decorators, annotations, a result type on a line of its own.
const NAME_TOLERANCE: u32 = 3;

/// The same where the name says nothing and the last line is equal: annotations may take many lines.
const PLACE_TOLERANCE: u32 = 40;

/// A function of ours and its row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matched<'r> {
    pub(super) row: &'r FunctionRow,
    pub(super) function: &'r Function,
    /// Decisions of closures that the reference lists apart.
    pub(super) closure_decisions: u32,
    /// Whether the reference lists functions inside this one, whose lines it does not count here.
    pub(super) has_inner_rows: bool,
}

/// All rows, sorted out.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Matches<'r> {
    pub(super) pairs: Vec<Matched<'r>>,
    pub(super) unmatched: Vec<Example>,
    pub(super) n_reference: usize,
    pub(super) n_closures: usize,
    pub(super) n_ours_only: usize,
}

impl Matched<'_> {
    /// The cyclomatic number of the reference, closures included, and ours.
    pub(super) fn cyclomatic(&self) -> Option<(u32, u32)> {
        Some((self.row.cyclomatic? + self.closure_decisions, self.function.cyclomatic))
    }

    /// The cognitive complexity of the reference and ours.
    pub(super) fn cognitive(&self) -> Option<(u32, u32)> {
        Some((self.row.cognitive?, self.function.cognitive))
    }

    pub(super) fn example(&self, reference: Option<u32>, ours: Option<u32>) -> Example {
        let (file, function) = (self.row.file.clone(), self.function.name.clone());
        Example { file, function, line: self.function.start_line, reference, ours }
    }
}

/// Pairs the rows with the functions of their files. Rows of files without facts are left out.
pub(super) fn matched<'r>(rows: &'r [FunctionRow], facts: &'r HashMap<String, FileFacts>) -> Matches<'r> {
    let mut by_file: HashMap<&str, Vec<&FunctionRow>> = HashMap::new();
    for row in rows {
        by_file.entry(&row.file).or_default().push(row);
    }
    let mut files: Vec<(&str, Vec<&FunctionRow>)> = by_file.into_iter().collect();
    files.sort_unstable_by_key(|(file, _)| *file);
    let mut matches = Matches::default();
    for (file, rows) in files {
        if let Some(facts) = facts.get(file) {
            match_file(&rows, &facts.functions, &mut matches);
        }
    }
    matches
}

fn match_file<'r>(rows: &[&'r FunctionRow], functions: &'r [Function], matches: &mut Matches<'r>) {
    let mut pairs = Pairing { row_of: vec![None; functions.len()], is_used: vec![false; rows.len()] };
    pairs.join(rows, functions, by_name);
    pairs.join_by_name_alone(rows, functions);
    pairs.join(rows, functions, by_place);
    let first = matches.pairs.len();
    matches.n_reference += rows.len();
    for (function, row) in functions.iter().zip(&pairs.row_of) {
        match row {
            Some(row) => matches.pairs.push(Matched {
                row: rows[*row],
                function,
                closure_decisions: 0,
                has_inner_rows: rows.iter().enumerate().any(|(other, one)| other != *row && is_within(one, rows[*row])),
            }),
            None => matches.n_ours_only += 1,
        }
    }
    let left = rows.iter().zip(&pairs.is_used).filter(|(_, is_used)| !**is_used).map(|(row, _)| *row);
    for row in left {
        let around = matches.pairs[first..].iter_mut().filter(|pair| is_inside(row, pair.function));
        match around.min_by_key(|pair| pair.function.end_line - pair.function.start_line) {
            Some(pair) => {
                pair.closure_decisions += row.cyclomatic.unwrap_or(1).saturating_sub(1);
                matches.n_closures += 1;
            }
            None => matches.unmatched.push(Example {
                file: row.file.clone(),
                function: row.name.clone(),
                line: row.start_line.unwrap_or(0),
                reference: row.cyclomatic.or(row.cognitive),
                ours: None,
            }),
        }
    }
}

/// Which rows and functions of one file have found each other.
struct Pairing {
    row_of: Vec<Option<usize>>,
    is_used: Vec<bool>,
}

impl Pairing {
    /// Joins what `distance` allows, the nearest first.
    fn join(
        &mut self,
        rows: &[&FunctionRow],
        functions: &[Function],
        distance: fn(&FunctionRow, &Function) -> Option<u32>,
    ) {
        let mut candidates: Vec<(u32, usize, usize)> = Vec::new();
        for (row, is_used) in self.is_used.iter().enumerate().filter(|(_, is_used)| !**is_used) {
            debug_assert!(!is_used);
            let free = functions.iter().enumerate().filter(|(at, _)| self.row_of[*at].is_none());
            candidates.extend(free.filter_map(|(at, function)| Some((distance(rows[row], function)?, row, at))));
        }
        candidates.sort_unstable();
        for (_, row, at) in candidates {
            self.join_one(row, at);
        }
    }

    /// Joins rows without lines by their name, where it means one function on both sides.
    fn join_by_name_alone(&mut self, rows: &[&FunctionRow], functions: &[Function]) {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (row, one) in rows.iter().enumerate().filter(|(_, one)| one.start_line.is_none()) {
            by_name.entry(&one.name).or_default().push(row);
        }
        for (name, rows) in by_name {
            let has_name = |function: &Function| function.name == name || own_name(&function.name) == name;
            let same: Vec<usize> = (0..functions.len()).filter(|at| has_name(&functions[*at])).collect();
            let whole: Vec<usize> = same.iter().copied().filter(|at| functions[*at].name == name).collect();
            let same = if whole.is_empty() { same } else { whole };
            if let ([row], [at]) = (&rows[..], &same[..]) {
                self.join_one(*row, *at);
            }
        }
    }

    fn join_one(&mut self, row: usize, at: usize) {
        if !self.is_used[row] && self.row_of[at].is_none() {
            self.is_used[row] = true;
            self.row_of[at] = Some(row);
        }
    }
}

fn by_name(row: &FunctionRow, function: &Function) -> Option<u32> {
    let distance = row.start_line?.abs_diff(function.start_line);
    (own_name(&row.name) == own_name(&function.name) && distance <= NAME_TOLERANCE).then_some(distance)
}

fn by_place(row: &FunctionRow, function: &Function) -> Option<u32> {
    let distance = row.start_line?.abs_diff(function.start_line);
    (row.end_line? == function.end_line && distance <= PLACE_TOLERANCE).then_some(distance)
}

/// The name without the types and objects before it. A closure has none.
fn own_name(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// Whether a row's lines lie within those of another.
fn is_within(inner: &FunctionRow, outer: &FunctionRow) -> bool {
    let lines = |row: &FunctionRow| Some((row.start_line?, row.end_line?));
    let (Some(inner), Some(outer)) = (lines(inner), lines(outer)) else { return false };
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// Whether a row's lines lie within a function.
fn is_inside(row: &FunctionRow, function: &Function) -> bool {
    let (Some(start), Some(end)) = (row.start_line, row.end_line) else { return false };
    function.start_line <= start && end <= function.end_line
}
