//! Which JavaScript, TypeScript or TSX node means what?

use super::{Role, Table};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("html_comment", Role::Comment),
        ("function_declaration", Role::Function),
        ("generator_function_declaration", Role::Function),
        ("method_definition", Role::Function),
        ("function_expression", Role::Closure),
        ("generator_function", Role::Closure),
        ("arrow_function", Role::Closure),
        ("class_declaration", Role::Type),
        ("abstract_class_declaration", Role::Type),
        ("class", Role::Type),
        ("interface_declaration", Role::Type),
        ("variable_declarator", Role::Binding),
        ("assignment_expression", Role::Binding),
        ("pair", Role::Binding),
        ("field_definition", Role::Binding),
        ("public_field_definition", Role::Binding),
        ("if_statement", Role::If),
        ("else_clause", Role::Else),
        ("while_statement", Role::Loop),
        ("do_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("for_in_statement", Role::Loop),
        ("switch_statement", Role::Switch),
        ("switch_case", Role::Case),
        ("catch_clause", Role::Catch),
        ("ternary_expression", Role::Ternary),
        ("break_statement", Role::Jump),
        ("continue_statement", Role::Jump),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("import_statement", Role::Import),
        ("export_statement", Role::Export),
        ("call_expression", Role::ImportCall),
    ],
    declarations: &[],
    ignored: &["hash_bang_line", "jsx_text"],
};

/// Parts of a declaration that name a function on their other side.
pub(in crate::code) fn bound_name(binding: Node<'_>) -> Option<Node<'_>> {
    ["name", "left", "key", "property"].iter().find_map(|field| binding.child_by_field_name(field))
}

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let mut bases = Vec::new();
    for clause in children_of_kinds(class, &["class_heritage", "extends_type_clause"]) {
        let parts = children_of_kinds(clause, &["extends_clause", "implements_clause"]);
        let holders = if parts.is_empty() { vec![clause] } else { parts };
        for holder in holders {
            let mut cursor = holder.walk();
            bases.extend(holder.named_children(&mut cursor).filter(|child| child.kind() != "type_arguments"));
        }
    }
    bases
}

fn children_of_kinds<'t>(node: Node<'t>, kinds: &[&str]) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| kinds.contains(&child.kind())).collect()
}
