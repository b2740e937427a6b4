//! Which Java node means what?

use super::{Role, Table};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("line_comment", Role::Comment),
        ("block_comment", Role::Comment),
        ("method_declaration", Role::Function),
        ("constructor_declaration", Role::Function),
        ("compact_constructor_declaration", Role::Function),
        ("lambda_expression", Role::Closure),
        ("class_declaration", Role::Type),
        ("interface_declaration", Role::Type),
        ("enum_declaration", Role::Type),
        ("record_declaration", Role::Type),
        ("annotation_type_declaration", Role::Type),
        ("if_statement", Role::If),
        ("while_statement", Role::Loop),
        ("do_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("enhanced_for_statement", Role::Loop),
        ("switch_expression", Role::Switch),
        ("switch_label", Role::Case),
        ("guard", Role::Decision),
        ("catch_clause", Role::Catch),
        ("ternary_expression", Role::Ternary),
        ("break_statement", Role::Jump),
        ("continue_statement", Role::Jump),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("method_invocation", Role::Call),
        ("import_declaration", Role::Import),
        ("package_declaration", Role::Package),
        ("type_parameter", Role::TypeParameter),
        ("scoped_type_identifier", Role::Path),
        ("scoped_identifier", Role::Path),
        ("field_access", Role::Path),
        ("identifier", Role::Name),
        ("type_identifier", Role::Name),
    ],
    declarations: &[
        "class_declaration",
        "interface_declaration",
        "enum_declaration",
        "record_declaration",
        "annotation_type_declaration",
    ],
    ignored: &[],
};

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let mut bases = Vec::new();
    let mut cursor = class.walk();
    for clause in class.named_children(&mut cursor) {
        match clause.kind() {
            "superclass" => bases.extend(clause.named_child(0)),
            "super_interfaces" | "extends_interfaces" => {
                let Some(list) = clause.named_child(0) else { continue };
                let mut inner = list.walk();
                bases.extend(list.named_children(&mut inner));
            }
            _ => {}
        }
    }
    bases
}
