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
        name: "a preprocessor condition between the parameters is not counted by the reference",
        fault: Fault::Definition,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: n_conditions_in_head,
    },
    Cause {
        name: "the reference takes a wildcard type `<?>` for a ternary",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: n_wildcards,
    },
    Cause {
        name: "the reference takes the call of a method `catch` for a handler",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: |function| {
            -(function.tokens.windows(2).filter(|two| two[0].text == "." && two[1].text == "catch").count() as i64)
        },
    },
    Cause {
        name: "the reference takes `struct{}` in the result type for the body",
        fault: Fault::Reference,
        kind: Kind::Cyclomatic,
        tools: &["lizard"],
        excess: n_decisions_behind_struct,
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

/// The same for cognitive complexity, where the price of a place depends on how deep it stands: where no count is
/// exactly the difference, the first of these that is there at all is named, and that its amount was not checked.
const COGNITIVE_CAUSES: &[Cause] = &[
    Cause {
        name: "the reference takes the call of a function with the method's name for recursion",
        fault: Fault::Reference,
        kind: Kind::Cognitive,
        tools: &["table"],
        excess: |function| -i64::from(function.n_calls_of_own_name() > 0 && function.is_method()),
    },
    Cause {
        name: "the reference counts comprehensions, which the paper does not name",
        fault: Fault::Definition,
        kind: Kind::Cognitive,
        tools: &["complexipy"],
        excess: |function| -n_comprehensions(function),
    },
    Cause {
        name: "the reference does not look into the functions inside this one, or lets them nest otherwise",
        fault: Fault::Definition,
        kind: Kind::Cognitive,
        tools: &["complexipy", "table"],
        excess: |function| (function.n_words(&["def", "lambda"]) - 1).max(0),
    },
    Cause {
        name: "the reference reads `else:` with an `if` inside as `elif`",
        fault: Fault::Reference,
        kind: Kind::Cognitive,
        tools: &["table"],
        excess: n_if_inside_else,
    },
    Cause {
        name: "the reference does not nest the body of an `if` that has an `elif`",
        fault: Fault::Reference,
        kind: Kind::Cognitive,
        tools: &["table"],
        excess: |function| function.n_words(&["elif"]),
    },
    Cause {
        name: "the reference counts a run of operators for every bracket, the paper for every change of the operator",
        fault: Fault::Definition,
        kind: Kind::Cognitive,
        tools: &["complexipy", "table"],
        excess: |function| -i64::from(function.n_words(&["and", "or"]) > 1),
    },
    Cause {
        name: "the reference prices `else` of a loop or of `try`, or a ternary, otherwise",
        fault: Fault::Definition,
        kind: Kind::Cognitive,
        tools: &["complexipy", "table"],
        excess: |function| function.n_words(&["else"]),
    },
];

/// The reason for a difference; several joined where it takes several.
pub(super) fn reason(kind: Kind, tool: &str, pair: &Matched<'_>, text: &str, excess: i64) -> Reason {
    let all = tokens(&pair.row.file, text);
    let lines = pair.function.start_line..pair.function.end_line + 1;
    let function = Function::of(text, &all, lines);
    let causes =
        CAUSES.iter().chain(COGNITIVE_CAUSES).filter(|cause| cause.kind == kind && cause.tools.contains(&tool));
    let present: Vec<(&Cause, i64)> =
        causes.map(|cause| (cause, (cause.excess)(&function))).filter(|(_, excess)| *excess != 0).collect();
    let smallest = (1u32..1 << present.len())
        .filter(|chosen| sum_of(&present, *chosen) == excess)
        .min_by_key(|chosen| chosen.count_ones());
    let Some(chosen) = smallest else {
        return match present.first() {
            Some((cause, _)) if kind == Kind::Cognitive => {
                Reason { name: format!("{} (amount not checked)", cause.name), fault: cause.fault }
            }
            _ => Reason { name: "no reason is known".to_owned(), fault: Fault::Unknown },
        };
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

    /// Calls of a bare name that is the function's own.
    fn n_calls_of_own_name(&self) -> usize {
        let at = self.tokens.iter().position(|token| token.text == "def");
        let Some(name) = at.and_then(|at| self.tokens.get(at + 1)) else { return 0 };
        let calls = self.tokens.windows(3).filter(|three| three[1].text == name.text && three[2].text == "(");
        calls.filter(|three| !matches!(three[0].text, "." | "def")).count()
    }

    fn is_method(&self) -> bool {
        self.tokens.iter().take(6).any(|token| matches!(token.text, "self" | "cls"))
    }
}

fn n_words(tokens: &[Token<'_>], words: &[&str]) -> i64 {
    tokens.iter().filter(|token| token.kind != TokenKind::Literal && words.contains(&token.text)).count() as i64
}

fn n_ifndef(function: &Function<'_>) -> i64 {
    let pairs = function.tokens.windows(2).filter(|pair| pair[0].is_directive && pair[0].text == "#");
    pairs.filter(|pair| pair[1].text == "ifndef").count() as i64
}

fn n_conditions_in_head(function: &Function<'_>) -> i64 {
    let head = function.tokens.iter().take_while(|token| token.is_directive || token.text != "{");
    let words: Vec<Token<'_>> = head.filter(|token| token.is_directive).copied().collect();
    n_words(&words, &["if", "ifdef", "ifndef", "elif"])
}

/// Types that stand for any type: `List<?>`, `Map<String, ? extends A>`.
fn n_wildcards(function: &Function<'_>) -> i64 {
    let body = function.tokens.iter().position(|token| token.text == "{").unwrap_or(0);
    let pairs = function.tokens[body..].windows(3).filter(|triple| triple[1].text == "?");
    let is_wildcard = |triple: &&[Token<'_>]| {
        matches!(triple[0].text, "<" | ",") && matches!(triple[2].text, ">" | "," | "extends" | "super")
    };
    -(pairs.filter(is_wildcard).count() as i64)
}

/// All decisions of a Go function whose result ends with `struct{}`, which has a body of its own.
fn n_decisions_behind_struct(function: &Function<'_>) -> i64 {
    const GO_DECISIONS: &[&str] = &["if", "for", "case", "&&", "||"];
    let is_struct_then_body =
        |four: &[Token<'_>]| four[0].text == "struct" && [four[1].text, four[2].text, four[3].text] == ["{", "}", "{"];
    let head_end = function.tokens.windows(4).position(is_struct_then_body);
    let is_in_head = |at: usize| !function.tokens[..at].iter().any(|token| token.text == "{");
    head_end.filter(|at| is_in_head(*at)).map_or(0, |_| function.n_words(GO_DECISIONS))
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

/// `for` between brackets.
fn n_comprehensions(function: &Function<'_>) -> i64 {
    let mut depth = 0;
    let mut count = 0;
    for token in function.tokens.iter().filter(|token| token.kind != TokenKind::Literal) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "for" => count += i64::from(depth > 0),
            _ => {}
        }
    }
    count
}

/// An `if` that follows `else:` on a line of its own.
fn n_if_inside_else(function: &Function<'_>) -> i64 {
    let threes = function.tokens.windows(3).filter(|three| three[0].text == "else" && three[1].text == ":");
    threes.filter(|three| three[2].text == "if").count() as i64
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
