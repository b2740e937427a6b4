//! Which Rust node means what?

use super::{Role, Table, text_of};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("line_comment", Role::Comment),
        ("block_comment", Role::Comment),
        ("function_item", Role::Function),
        ("closure_expression", Role::Closure),
        ("impl_item", Role::Type),
        ("trait_item", Role::Type),
        ("if_expression", Role::If),
        ("else_clause", Role::Else),
        ("while_expression", Role::Loop),
        ("for_expression", Role::Loop),
        ("loop_expression", Role::Forever),
        ("match_expression", Role::Match),
        ("match_arm", Role::Case),
        ("match_pattern", Role::Guarded),
        ("let_declaration", Role::LetElse),
        ("try_expression", Role::Decision),
        ("break_expression", Role::Jump),
        ("continue_expression", Role::Jump),
        ("binary_expression", Role::Binary),
        ("let_chain", Role::Logical),
        ("parenthesized_expression", Role::Parenthesis),
        ("call_expression", Role::Call),
        ("use_declaration", Role::Import),
        ("extern_crate_declaration", Role::Import),
        ("mod_item", Role::InlineModule),
        ("attribute_item", Role::Attribute),
        ("scoped_identifier", Role::Path),
        ("scoped_type_identifier", Role::Path),
    ],
    declarations: &[
        "function_item",
        "struct_item",
        "enum_item",
        "union_item",
        "trait_item",
        "type_item",
        "const_item",
        "static_item",
        "macro_definition",
    ],
    ignored: &["shebang"],
};

/// Anything but `self`, however it is written, attributes and comments.
pub(super) fn is_parameter(parameter: Node<'_>, text: &str) -> bool {
    let is_self = parameter.child_by_field_name("pattern").is_some_and(|pattern| text_of(pattern, text) == "self");
    !is_self && !matches!(parameter.kind(), "self_parameter" | "attribute_item" | "line_comment" | "block_comment")
}
