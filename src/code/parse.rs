//! How does text become a syntax tree, within limits?
//!
//! In: a language and UTF-8 text. Out: a tree-sitter tree, or the limit that was broken. Parsers are kept per thread:
//! making one costs more than a small parse. So is the last tree: the next text is often another version of the same
//! file, and only what differs is then parsed anew. The answer does not depend on what was parsed before.

use super::Language;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use tree_sitter::{InputEdit, ParseOptions, ParseState, Parser, Point, Tree};

// The limits count work and not seconds, so that the same file gives the same answer on a slow machine.

/// Parser operations a parse may take, in hundreds. Hand-written files take up to 30 of these a KiB, deep generated
/// ones up to 70.
const OPERATIONS: usize = 2_000;

/// The same for each KiB of text, on top of [`OPERATIONS`].
const OPERATIONS_PER_KIB: usize = 100;

/// Text the lexer may read, in times the text. Text made to be hard sends it to the end of the file at every token
/// (unfinished comments and strings): 700 times the text and more, where files people wrote stay below 11.
const READ_TIMES: usize = 20;

/// Text the lexer may read on top of [`READ_TIMES`]: small files are read in whole pieces.
const READ_BYTES: usize = 1024 * 1024;

/// The text is handed over in pieces, and each is counted as it is read again.
const PIECE_BYTES: usize = 4096;

/// Texts that share less than this part of their bytes at both ends are not taken for versions of one file.
const SHARED_PART: f64 = 0.5;

thread_local! {
    static PARSERS: RefCell<HashMap<Language, Parser>> = RefCell::new(HashMap::new());
    static LAST: RefCell<Option<Parsed>> = const { RefCell::new(None) };
}

/// A text and its tree.
struct Parsed {
    language: Language,
    text: String,
    tree: Tree,
}

/// The tree of `text`.
///
/// # Errors
/// The reason, when the parse took more work than its limits allow (text made to be hard to parse).
pub(super) fn parse(language: Language, text: &str) -> Result<Tree, String> {
    let earlier = LAST.with_borrow_mut(|last| last.take_if(|last| last.language == language));
    let tree = PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers.entry(language).or_insert_with(|| parser_for(language));
        match earlier.and_then(|earlier| edited(earlier, text)) {
            // Where the grammar does not fit, what is repaired depends on where the parser began: begin anew.
            Some(earlier) => match parse_with(parser, text, Some(&earlier)) {
                Ok(tree) if !tree.root_node().has_error() => Ok(tree),
                _ => parse_with(parser, text, None),
            },
            None => parse_with(parser, text, None),
        }
    })?;
    if !tree.root_node().has_error() {
        let parsed = Parsed { language, text: text.to_owned(), tree: tree.clone() };
        LAST.with_borrow_mut(|last| *last = Some(parsed));
    }
    Ok(tree)
}

/// The earlier tree, told what differs in `text`: everything between the longest shared beginning and end. `None` when
/// too little is shared.
fn edited(earlier: Parsed, text: &str) -> Option<Tree> {
    let (old, new) = (earlier.text.as_bytes(), text.as_bytes());
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let shared_end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    if ((start + shared_end) as f64) < SHARED_PART * old.len().max(new.len()) as f64 {
        return None;
    }
    let (old_end, new_end) = (old.len() - shared_end, new.len() - shared_end);
    let mut tree = earlier.tree;
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: position(old, start),
        old_end_position: position(old, old_end),
        new_end_position: position(new, new_end),
    });
    Some(tree)
}

/// Row and column, in bytes, of a place in `text`.
fn position(text: &[u8], at: usize) -> Point {
    let before = &text[..at];
    let row = before.iter().filter(|byte| **byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Point { row, column }
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

fn parse_with(parser: &mut Parser, text: &str, earlier: Option<&Tree>) -> Result<Tree, String> {
    let bytes = text.as_bytes();
    let mut operations_left = OPERATIONS + OPERATIONS_PER_KIB * (bytes.len() / 1024);
    let pieces_left = Cell::new((READ_TIMES * bytes.len() + READ_BYTES) / PIECE_BYTES);
    let mut check = |_: &ParseState| {
        operations_left = operations_left.saturating_sub(1);
        if operations_left == 0 || pieces_left.get() == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    // Out of pieces the lexer meets the end of the text, so that even one long token cannot outlast the limit.
    let mut read = |offset: usize, _| {
        let left = pieces_left.get();
        pieces_left.set(left.saturating_sub(1));
        let end = if left == 0 { offset } else { offset.saturating_add(PIECE_BYTES).min(bytes.len()) };
        bytes.get(offset..end).unwrap_or_default()
    };
    let options = ParseOptions::new().progress_callback(&mut check);
    let tree = parser.parse_with_options(&mut read, earlier, Some(options));
    // A parser that was stopped would go on with the same text at its next call.
    parser.reset();
    tree.filter(|_| pieces_left.get() > 0).ok_or_else(|| "takes too long to parse".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(language: Language, text: &str) -> String {
        let tree = parse_with(&mut parser_for(language), text, None).unwrap();
        format!("{:?} {}", tree.root_node().range(), tree.root_node().to_sexp())
    }

    #[test]
    fn a_version_parsed_after_another_gives_the_tree_it_gives_alone() {
        let versions = [
            "def a(x):\n    return x\n\n\ndef b(y):\n    return y\n",
            "def a(x):\n    if x:\n        return 1\n    return x\n\n\ndef b(y):\n    return y\n",
            "def a(x):\n    if x:\n        return 1\n    return x\n\n\ndef b(y):\n    return \"\"\"y\n\"\"\"\n",
            "def a(x):\n    if x:\n        return (1\n    return x\n\n\ndef b(y):\n    return y\n",
            "def a(x):\n    if x:\n        return 1\n    return x\n",
            "",
            "x = 'é'\n",
        ];
        for text in versions.iter().chain(versions.iter().rev()) {
            let tree = parse(Language::Python, text).unwrap();
            let shown = format!("{:?} {}", tree.root_node().range(), tree.root_node().to_sexp());
            assert_eq!(shown, fresh(Language::Python, text), "{text}");
        }
    }
}
