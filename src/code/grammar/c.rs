//! Which C or C++ node means what?

use super::{Language, Role, Table, text_of};
use crate::code::tokens::tokens;
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

/// Words that are one decision each.
const DECISIONS: &[&str] = &["if", "for", "while", "case", "catch", "?", "||", "&&"];
/// The same in C++ alone; C programs use them as names.
const CPP_DECISIONS: &[&str] = &["and", "or"];
/// Preprocessor lines that are one decision each.
const CONDITIONS: &[&str] = &["if", "ifdef", "ifndef", "elif", "elifdef", "elifndef"];

/// How many decisions the words of a function make, read without a grammar: a macro that takes statements, or one
/// whose call needs no semicolon, leaves a tree nobody can trust, but its words are still there.
pub(super) fn decisions_in_words(language: Language, function: &str) -> u32 {
    let is_cpp = language == Language::Cpp;
    let tokens = tokens("function.cpp", function);
    let n_decisions = tokens.iter().enumerate().filter(|&(at, token)| {
        let before = at.checked_sub(1).map(|at| tokens[at]);
        let begins_directive = before.is_some_and(|before| before.is_directive && before.text == "#");
        match token.text {
            _ if token.is_directive => begins_directive && CONDITIONS.contains(&token.text),
            "&&" if is_cpp => !is_reference(function, token.start),
            word => DECISIONS.contains(&word) || is_cpp && CPP_DECISIONS.contains(&word),
        }
    });
    u32::try_from(n_decisions.count()).unwrap_or(u32::MAX)
}

/// Whether the `&&` at `start` marks a C++ reference: it leans on the type before it.
fn is_reference(function: &str, start: usize) -> bool {
    let leans_left = function[..start].chars().next_back().is_some_and(|c| !c.is_whitespace());
    leans_left && function[start + 2..].starts_with([')', ',', '>', ' '])
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
