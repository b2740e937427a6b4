//! How does text become a syntax tree, within limits?
//!
//! In: a language and UTF-8 text. Out: a tree-sitter tree and the work it took, or the limit that was broken. Parsers
//! are kept per thread: making one costs more than a small parse. The answer never depends on what was parsed before.

use super::Language;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

// The limits count work and not seconds, so that the same file gives the same answer on a slow machine.

/// Parser operations a parse may take, in hundreds. Hand-written files take up to 30 of these a KiB, deep generated
/// ones up to 70.
const OPERATIONS: usize = 2_000;

/// The same for each KiB of text, on top of [`OPERATIONS`].
const OPERATIONS_PER_KIB: usize = 100;

/// Bytes the lexer may read, in times the text. Text made to be hard sends it to the end of the file at every token
/// (unfinished comments and strings): 700 times the text and more, where files people wrote stay below 11.
const READ_TIMES: usize = 20;

/// Bytes the lexer may read on top of [`READ_TIMES`].
const READ_BYTES: usize = 1024 * 1024;

/// The text is handed over in pieces, and each is counted as it is read again.
const PIECE_BYTES: usize = 4096;

thread_local! {
    static PARSERS: RefCell<HashMap<Language, Parser>> = RefCell::new(HashMap::new());
}

/// What a parse took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Hundreds of parser operations.
    operations: usize,
    bytes_read: usize,
}

impl Work {
    /// The most that a text of `n_bytes` may take.
    fn limit(n_bytes: usize) -> Work {
        Work {
            operations: OPERATIONS + OPERATIONS_PER_KIB * (n_bytes / 1024),
            bytes_read: READ_TIMES * n_bytes + READ_BYTES,
        }
    }

    fn is_within(self, limit: Work) -> bool {
        self.operations < limit.operations && self.bytes_read < limit.bytes_read
    }

    /// Adds the work of one more part of a text that is `n_bytes` long in all.
    ///
    /// # Errors
    /// The reason, when it is more than the whole text may take.
    pub(super) fn add(&mut self, part: Work, n_bytes: usize) -> Result<(), String> {
        self.operations += part.operations;
        self.bytes_read += part.bytes_read;
        if self.is_within(Work::limit(n_bytes)) { Ok(()) } else { Err(TOO_LONG.to_owned()) }
    }
}

const TOO_LONG: &str = "takes too long to parse";

/// The tree of `text`, and what it took.
///
/// # Errors
/// The reason, when the parse took more work than its limits allow (text made to be hard to parse).
pub(super) fn parse(language: Language, text: &str) -> Result<(Tree, Work), String> {
    PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers.entry(language).or_insert_with(|| parser_for(language));
        parse_with(parser, text)
    })
}

/// The grammar's own description of its nodes.
pub(super) fn grammar_of(language: Language) -> tree_sitter::Language {
    match language {
        Language::Rust => tree_sitter_rust::LANGUAGE,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::Java => tree_sitter_java::LANGUAGE,
        Language::C => tree_sitter_c::LANGUAGE,
        Language::Cpp => tree_sitter_cpp::LANGUAGE,
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
        Language::Ruby => tree_sitter_ruby::LANGUAGE,
        Language::Php => tree_sitter_php::LANGUAGE_PHP,
        Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE,
    }
    .into()
}

fn parser_for(language: Language) -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&grammar_of(language)).expect("the grammars are built for the linked tree-sitter");
    parser
}

fn parse_with(parser: &mut Parser, text: &str) -> Result<(Tree, Work), String> {
    let bytes = text.as_bytes();
    let limit = Work::limit(bytes.len());
    let work = Cell::new(Work::default());
    let mut check = |_: &ParseState| {
        let done = Work { operations: work.get().operations + 1, ..work.get() };
        work.set(done);
        if done.is_within(limit) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    // Past its limit the lexer meets the end of the text, so that even one long token cannot outlast it.
    let mut read = |offset: usize, _| {
        let done = work.get();
        let is_over = done.bytes_read >= limit.bytes_read;
        let end = if is_over { offset } else { offset.saturating_add(PIECE_BYTES).min(bytes.len()) };
        let piece = bytes.get(offset..end).unwrap_or_default();
        work.set(Work { bytes_read: done.bytes_read + piece.len(), ..done });
        piece
    };
    let options = ParseOptions::new().progress_callback(&mut check);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    // A parser that was stopped would go on with the same text at its next call.
    parser.reset();
    let work = work.get();
    tree.filter(|_| work.is_within(limit)).map(|tree| (tree, work)).ok_or_else(|| TOO_LONG.to_owned())
}
