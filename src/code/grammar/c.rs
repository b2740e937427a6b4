//! Which C or C++ node means what?

use super::{Role, Table, text_of};
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
        ("preproc_elif", Role::Preprocessor),
        ("preproc_elifdef", Role::Preprocessor),
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
