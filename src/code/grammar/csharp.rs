//! Which C# node means what?

use super::{Role, Table};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("method_declaration", Role::Function),
        ("constructor_declaration", Role::Function),
        ("destructor_declaration", Role::Function),
        ("operator_declaration", Role::Function),
        ("conversion_operator_declaration", Role::Function),
        ("local_function_statement", Role::Function),
        ("accessor_declaration", Role::Function),
        ("lambda_expression", Role::Closure),
        ("anonymous_method_expression", Role::Closure),
        ("class_declaration", Role::Type),
        ("struct_declaration", Role::Type),
        ("record_declaration", Role::Type),
        ("interface_declaration", Role::Type),
        ("enum_declaration", Role::Type),
        ("if_statement", Role::If),
        ("while_statement", Role::Loop),
        ("do_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("foreach_statement", Role::Loop),
        ("switch_statement", Role::Switch),
        ("switch_section", Role::Case),
        ("switch_expression", Role::Switch),
        ("switch_expression_arm", Role::Case),
        ("when_clause", Role::Decision),
        ("catch_filter_clause", Role::Decision),
        ("catch_clause", Role::Catch),
        ("conditional_expression", Role::Ternary),
        ("goto_statement", Role::Goto),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("using_directive", Role::Import),
        ("namespace_declaration", Role::Namespace),
        ("file_scoped_namespace_declaration", Role::Namespace),
        ("type_parameter", Role::TypeParameter),
        ("member_access_expression", Role::Path),
        ("qualified_name", Role::Path),
        ("attribute", Role::NamingCall),
        ("identifier", Role::Name),
    ],
    declarations: &[
        "class_declaration",
        "struct_declaration",
        "record_declaration",
        "interface_declaration",
        "enum_declaration",
        "delegate_declaration",
    ],
    ignored: &["shebang_directive", "preproc_arg"],
};

/// Whether a section or an arm is one more way through: not `default`, not `_`.
pub(super) fn is_counted_case(case: Node<'_>) -> bool {
    case.child(0).is_some_and(|first| !matches!(first.kind(), "default" | "discard"))
}

/// `params T[] rest` stands in the list without a node of its own.
pub(super) fn n_params_arrays(list: Node<'_>) -> usize {
    usize::from(list.child_by_field_name("name").is_some())
}

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = class.walk();
    let Some(list) = class.named_children(&mut cursor).find(|child| child.kind() == "base_list") else {
        return Vec::new();
    };
    let mut inner = list.walk();
    list.named_children(&mut inner).filter(|base| base.kind() != "argument_list").collect()
}
