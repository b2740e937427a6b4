//! Which C or C++ node means what?

use super::{Language, Role, Table, text_of};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("function_definition", Role::Function),
        ("lambda_expression", Role::Closure),
        ("class_specifier", Role::Type),
        ("struct_specifier", Role::Type),
        ("if_statement", Role::If),
        ("else_clause", Role::Else),
        ("while_statement", Role::Loop),
        ("do_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("for_range_loop", Role::Loop),
        ("switch_statement", Role::Switch),
        ("case_statement", Role::Case),
        ("catch_clause", Role::Catch),
        ("seh_except_clause", Role::Catch),
        ("conditional_expression", Role::Ternary),
        ("goto_statement", Role::Goto),
        ("preproc_if", Role::Preprocessor),
        ("preproc_ifdef", Role::Preprocessor),
        ("preproc_elif", Role::PreprocessorElif),
        ("preproc_elifdef", Role::PreprocessorElif),
        ("preproc_else", Role::PreprocessorElse),
        ("call_expression", Role::Call),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("preproc_include", Role::Import),
    ],
    declarations: &[],
    ignored: &[],
};

/// A declarator wraps the name in pointers, references and brackets; nobody nests more than this by hand.
const MAX_DECLARATORS: usize = 32;

/// The name of the function: innermost part of its declarator, with the type before `::` where it is written.
pub(super) fn declared_name<'t>(function: Node<'_>, text: &'t str) -> Option<&'t str> {
    let name = declarators(function).into_iter().find(|part| {
        matches!(
            part.kind(),
            "identifier"
                | "field_identifier"
                | "qualified_identifier"
                | "destructor_name"
                | "operator_name"
                | "operator_cast"
                | "template_function"
        )
    })?;
    let written = text_of(name, text);
    let is_cast = name.kind() == "operator_cast";
    Some(if is_cast { written.split('(').next().unwrap_or(written).trim() } else { written })
}

/// The list of parameters of the innermost function declarator.
pub(super) fn parameter_list(function: Node<'_>) -> Option<Node<'_>> {
    declarators(function).into_iter().rev().find_map(|part| part.child_by_field_name("parameters"))
}

/// Everything but `void` alone and comments.
pub(super) fn is_parameter(parameter: Node<'_>, text: &str) -> bool {
    parameter.kind() != "comment" && text_of(parameter, text) != "void"
}

/// Words and signs that are one decision each.
const DECISIONS: &[&str] = &["if", "for", "while", "case", "catch"];
/// The same in C++ alone; C programs use them as names.
const CPP_DECISIONS: &[&str] = &["and", "or"];
/// Preprocessor lines that are one decision each.
const CONDITIONS: &[&str] = &["if", "ifdef", "ifndef", "elif", "elifdef", "elifndef"];

/// How many decisions the words of a function make, read without a grammar: a macro that takes statements, or one
/// whose call needs no semicolon, leaves a tree nobody can trust, but its words are still there.
pub(super) fn decisions_in_words(language: Language, function: &str) -> u32 {
    let is_cpp = language == Language::Cpp;
    let is_decision = |word: &str| DECISIONS.contains(&word) || is_cpp && CPP_DECISIONS.contains(&word);
    let mut rest = function;
    let mut n_decisions = 0;
    let mut is_line_start = true;
    while let Some(first) = rest.chars().next() {
        let piece = Piece::at_start(rest, is_line_start);
        let (written, after) = rest.split_at(piece.bytes);
        n_decisions += u32::from(match piece.kind {
            PieceKind::Word => is_decision(written),
            PieceKind::Directive => CONDITIONS.contains(&directive_name(written)),
            PieceKind::Signs => written == "?" || written == "||" || written == "&&" && !(is_cpp && is_reference(function, rest)),
            PieceKind::Skipped => false,
        });
        is_line_start = first == '\n' || is_line_start && first.is_whitespace();
        rest = after;
    }
    n_decisions
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PieceKind {
    Word,
    /// A preprocessor line with all its continuations.
    Directive,
    Signs,
    /// White space, comments, strings.
    Skipped,
}

/// What the text begins with.
struct Piece {
    kind: PieceKind,
    bytes: usize,
}

impl Piece {
    fn at_start(text: &str, is_line_start: bool) -> Piece {
        let bytes = text.as_bytes();
        let piece = |kind, bytes| Piece { kind, bytes };
        match bytes[0] {
            b'/' if bytes.get(1) == Some(&b'/') => piece(PieceKind::Skipped, line_bytes(text)),
            b'/' if bytes.get(1) == Some(&b'*') => {
                piece(PieceKind::Skipped, text[2..].find("*/").map_or(text.len(), |at| at + 4))
            }
            b'#' if is_line_start => piece(PieceKind::Directive, line_bytes(text)),
            quote @ (b'"' | b'\'') => piece(PieceKind::Skipped, quoted_bytes(bytes, quote)),
            b'&' | b'|' if bytes.get(1) == bytes.first() => piece(PieceKind::Signs, 2),
            byte if is_word(byte) => {
                piece(PieceKind::Word, bytes.iter().take_while(|byte| is_word(**byte)).count())
            }
            _ => piece(PieceKind::Signs, text.chars().next().map_or(1, char::len_utf8)),
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes up to the end of the line, following continuations.
fn line_bytes(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.trim_end_matches(['\n', '\r']).len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            return end;
        }
        end = text.len().min(end + line.len() - line.trim_end_matches(['\n', '\r']).len());
    }
    end
}

/// Bytes of a string or character that begins here; one that does not end ends with its line.
fn quoted_bytes(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn directive_name(line: &str) -> &str {
    let name = line.trim_start_matches(['#', ' ', '\t']);
    name.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("")
}

/// Whether the `&&` that `rest` begins with marks a C++ reference: it leans on the type before it.
fn is_reference(function: &str, rest: &str) -> bool {
    let before = function[..function.len() - rest.len()].chars().next_back();
    let leans_left = before.is_some_and(|c| !c.is_whitespace());
    leans_left && rest[2..].starts_with([')', ',', '>', ' '])
}

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = class.walk();
    let Some(clause) = class.named_children(&mut cursor).find(|child| child.kind() == "base_class_clause") else {
        return Vec::new();
    };
    let mut inner = clause.walk();
    let is_type = |node: &Node<'_>| matches!(node.kind(), "type_identifier" | "qualified_identifier" | "template_type");
    clause.named_children(&mut inner).filter(is_type).collect()
}

/// The chain of declarators from the outermost inwards.
fn declarators(function: Node<'_>) -> Vec<Node<'_>> {
    let outermost = function.child_by_field_name("declarator");
    std::iter::successors(outermost, |node| inner_declarator(*node)).take(MAX_DECLARATORS).collect()
}

fn inner_declarator(declarator: Node<'_>) -> Option<Node<'_>> {
    let wraps_without_field = matches!(declarator.kind(), "parenthesized_declarator" | "reference_declarator");
    declarator
        .child_by_field_name("declarator")
        .or_else(|| wraps_without_field.then(|| declarator.named_child(0)).flatten())
}
