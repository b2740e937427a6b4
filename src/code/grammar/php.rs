//! Which PHP node means what?

use super::{Role, Table};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("function_definition", Role::Function),
        ("method_declaration", Role::Function),
        ("anonymous_function", Role::Closure),
        ("arrow_function", Role::Closure),
        ("class_declaration", Role::Type),
        ("interface_declaration", Role::Type),
        ("trait_declaration", Role::Type),
        ("enum_declaration", Role::Type),
        ("anonymous_class", Role::Type),
        ("if_statement", Role::If),
        ("else_if_clause", Role::Elif),
        ("else_clause", Role::Else),
        ("while_statement", Role::Loop),
        ("do_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("foreach_statement", Role::Loop),
        ("switch_statement", Role::Switch),
        ("case_statement", Role::Case),
        ("match_expression", Role::Switch),
        ("match_conditional_expression", Role::Case),
        ("catch_clause", Role::Catch),
        ("conditional_expression", Role::Ternary),
        ("goto_statement", Role::Goto),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("namespace_use_declaration", Role::Import),
        ("namespace_definition", Role::Namespace),
        ("require_expression", Role::ImportCall),
        ("require_once_expression", Role::ImportCall),
        ("include_expression", Role::ImportCall),
        ("include_once_expression", Role::ImportCall),
        ("qualified_name", Role::Path),
        ("relative_name", Role::Path),
        ("variable_name", Role::OtherName),
        ("namespace_name", Role::OtherName),
        ("name", Role::Name),
    ],
    declarations: &[
        "function_definition",
        "class_declaration",
        "interface_declaration",
        "trait_declaration",
        "enum_declaration",
    ],
    ignored: &["text", "php_tag", "php_end_tag"],
};

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let mut bases = Vec::new();
    let mut cursor = class.walk();
    let is_clause = |node: &Node<'_>| matches!(node.kind(), "base_clause" | "class_interface_clause");
    for clause in class.named_children(&mut cursor).filter(is_clause) {
        let mut inner = clause.walk();
        bases.extend(clause.named_children(&mut inner));
    }
    bases
}
