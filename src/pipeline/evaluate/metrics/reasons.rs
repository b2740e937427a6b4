//! Why does a number differ from the reference's?
//!
//! In: a function, its text, and by how much the numbers differ. Out: the reason whose count in that text is exactly
//! the difference; several together where one is not enough. A reason is a place where the tool and this program are
//! known to count differently, with the definition that decides who is right. Never explains a difference by a reason
//! that predicts another number.

use super::functions::Matched;
use crate::code::{Token, TokenKind, tokens};
use serde::Serialize;
use std::ops::Range;

/// Which number differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cyclomatic,
    Cognitive,
}

/// Who is to blame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The reference breaks its own definition or the language's.
    Reference,
    /// Both count what they say they count.
    Definition,
    /// Nobody has looked yet.
    #[default]
    Unknown,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fault::Reference => "a mistake of the reference",
            Fault::Definition => "another definition",
            Fault::Unknown => "not explained",
        })
    }
}

/// Why one number differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) name: String,
    pub(super) fault: Fault,
}

/// A place where a tool counts differently.
struct Cause {
    name: &'static str,
    fault: Fault,
    kind: Kind,
    /// The tools, by the name their report has here.
    tools: &'static [&'static str],
    /// By how much it makes our number larger, in one function.
    excess: fn(&Function<'_>) -> i64,
}

const CAUSES: &[Cause] = &[
    Cause {
        name: "the reference counts `#if` and `#ifdef` but not `#ifndef`",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: n_ifndef,
    },
    Cause {
        name: "the reference takes `&&` before an assignment for a C++ reference",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: n_and_before_assignment,
    },
    Cause {
        name: "the reference counts `??` as two",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: |function| -function.n_words(&["??"]),
    },
    Cause {
        name: "the statements of a class inside the function are counted with the class by the reference",
        fault: Fault::Definition,
        kind: Kind::Cyclomatic,
        tools: &["radon"],
        excess: n_decisions_in_classes,
    },
    Cause {
        name: "decisions in the default of a parameter are not counted by the reference",
        fault: Fault::Definition,
        kind: Kind::Cyclomatic,
        tools: &["radon"],
        excess: n_decisions_in_head,
    },
];

/// The reason for a difference; several joined where it takes several.
pub(super) fn reason(kind: Kind, tool: &str, pair: &Matched<'_>, text: &str, excess: i64) -> Reason {
    let all = tokens(&pair.row.file, text);
    let lines = pair.function.start_line..pair.function.end_line + 1;
    let function = Function::of(text, &all, lines);
    let causes = CAUSES.iter().filter(|cause| cause.kind == kind && cause.tools.contains(&tool));
    let present: Vec<(&Cause, i64)> =
        causes.map(|cause| (cause, (cause.excess)(&function))).filter(|(_, excess)| *excess != 0).collect();
    let smallest = (1u32..1 << present.len())
        .filter(|chosen| sum_of(&present, *chosen) == excess)
        .min_by_key(|chosen| chosen.count_ones());
    let Some(chosen) = smallest else {
        return Reason { name: "no reason is known".to_owned(), fault: Fault::Unknown };
    };
    let causes = || (0..present.len()).filter(|at| chosen >> at & 1 == 1).map(|at| present[at].0);
    let is_mistake = causes().all(|cause| cause.fault == Fault::Reference);
    Reason {
        name: causes().map(|cause| cause.name).collect::<Vec<_>>().join("; "),
        fault: if is_mistake { Fault::Reference } else { Fault::Definition },
    }
}

fn sum_of(present: &[(&Cause, i64)], chosen: u32) -> i64 {
    present.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, (_, excess))| excess).sum()
}

/// The words of one function.
struct Function<'t> {
    text: &'t str,
    tokens: &'t [Token<'t>],
}

impl<'t> Function<'t> {
    fn of(text: &'t str, tokens: &'t [Token<'t>], lines: Range<u32>) -> Self {
        let from = tokens.partition_point(|token| token.line < lines.start);
        let to = tokens.partition_point(|token| token.line < lines.end);
        Function { text, tokens: &tokens[from..to] }
    }

    fn n_words(&self, words: &[&str]) -> i64 {
        n_words(self.tokens, words)
    }
}

fn n_words(tokens: &[Token<'_>], words: &[&str]) -> i64 {
    tokens.iter().filter(|token| token.kind != TokenKind::Literal && words.contains(&token.text)).count() as i64
}

fn n_ifndef(function: &Function<'_>) -> i64 {
    let pairs = function.tokens.windows(2).filter(|pair| pair[0].is_directive && pair[0].text == "#");
    pairs.filter(|pair| pair[1].text == "ifndef").count() as i64
}

/// lizard 1.24.3 takes back one decision where, after `&&`, an `=` comes before any of `;{})`.
fn n_and_before_assignment(function: &Function<'_>) -> i64 {
    let mut n_taken_back = 0;
    let mut is_open = false;
    for token in function.tokens.iter().filter(|token| !token.is_directive) {
        match token.text {
            "&&" if !is_open => is_open = true,
            "=" if is_open && is_assignment(function.text, token.start) => {
                n_taken_back += 1;
                is_open = false;
            }
            ";" | "{" | "}" | ")" => is_open = false,
            _ => {}
        }
    }
    n_taken_back
}

/// Whether the `=` at `start` stands alone.
fn is_assignment(text: &str, start: usize) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| b"=!<>+-*/%&|^".contains(byte));
    !joins(text.as_bytes()[..start].last()) && text.as_bytes().get(start + 1) != Some(&b'=')
}

/// Words of Python that are one decision each.
const PYTHON_DECISIONS: &[&str] = &["if", "elif", "for", "while", "except", "and", "or", "case", "assert"];

/// Decisions between the head of a class and the next line that stands as far left, without those of its methods.
fn n_decisions_in_classes(function: &Function<'_>) -> i64 {
    let mut n_decisions = 0;
    let mut open: Vec<(&str, usize)> = Vec::new();
    for line in function.tokens.chunk_by(|a, b| a.line == b.line) {
        let column = column_of(function.text, line[0].start);
        open.retain(|(_, outer)| *outer < column);
        if open.last().is_some_and(|(word, _)| *word == "class") {
            n_decisions += n_words(line, PYTHON_DECISIONS);
        }
        let head = if line[0].text == "async" { line.get(1).unwrap_or(&line[0]) } else { &line[0] };
        if matches!(head.text, "class" | "def") && line[0].start != function.tokens[0].start {
            open.push((head.text, column));
        }
    }
    n_decisions
}

/// Decisions between the name of the function and the colon that ends its head.
fn n_decisions_in_head(function: &Function<'_>) -> i64 {
    let mut depth = 0;
    let head = function.tokens.iter().take_while(|token| {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        depth > 0 || token.text != ":"
    });
    n_words(&head.copied().collect::<Vec<_>>(), PYTHON_DECISIONS)
}

fn column_of(text: &str, start: usize) -> usize {
    start - text[..start].rfind('\n').map_or(0, |at| at + 1)
}
