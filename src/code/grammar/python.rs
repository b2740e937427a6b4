//! Which Python node means what?

use super::{Role, Table, text_of};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("function_definition", Role::Function),
        ("lambda", Role::Closure),
        ("class_definition", Role::Type),
        ("if_statement", Role::If),
        ("elif_clause", Role::Elif),
        ("else_clause", Role::Else),
        ("while_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("match_statement", Role::Switch),
        ("case_clause", Role::Case),
        ("try_statement", Role::Try),
        ("except_clause", Role::Catch),
        ("conditional_expression", Role::Ternary),
        ("assert_statement", Role::Assert),
        ("for_in_clause", Role::Decision),
        ("if_clause", Role::ComprehensionIf),
        ("boolean_operator", Role::Logical),
        ("parenthesized_expression", Role::Parenthesis),
        ("call", Role::Call),
        ("import_statement", Role::Import),
        ("import_from_statement", Role::Import),
        ("future_import_statement", Role::Import),
    ],
    declarations: &[],
    ignored: &["string_start", "string_end", "line_continuation", "keyword_separator", "positional_separator"],
};

/// Whether a case may fail to match: all but a bare name or `_` without a guard.
pub(super) fn is_refutable_case(case: Node<'_>, text: &str) -> bool {
    let mut cursor = case.walk();
    let mut patterns = case.named_children(&mut cursor).filter(|child| child.kind() == "case_pattern");
    let (first, second) = (patterns.next(), patterns.next());
    let is_bare_name = |pattern: Node<'_>| {
        let written = text_of(pattern, text);
        written.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !written.starts_with(|c: char| c.is_ascii_digit())
            && !matches!(written, "None" | "True" | "False")
    };
    let catches_all = second.is_none() && first.is_some_and(is_bare_name);
    !catches_all || case.child_by_field_name("guard").is_some()
}

/// A function, perhaps after its documentation, and a `return`: what decorators are made of.
pub(super) fn is_decorator(function: Node<'_>) -> bool {
    let Some(body) = function.child_by_field_name("body") else { return false };
    let mut cursor = body.walk();
    let statements: Vec<&str> =
        body.named_children(&mut cursor).map(|statement| statement.kind()).filter(|kind| *kind != "comment").collect();
    let statements = statements.strip_prefix(&["expression_statement"]).unwrap_or(&statements);
    matches!(statements, ["function_definition" | "decorated_definition", "return_statement"])
}

/// Anything but the receiver, the bare `*` and `/`, and comments.
pub(super) fn is_parameter(at: usize, parameter: Node<'_>, text: &str) -> bool {
    match parameter.kind() {
        "keyword_separator" | "positional_separator" | "comment" => false,
        "identifier" => at > 0 || !matches!(text_of(parameter, text), "self" | "cls"),
        _ => true,
    }
}

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = class.child_by_field_name("superclasses") else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|base| matches!(base.kind(), "identifier" | "attribute" | "subscript"))
        .collect()
}
