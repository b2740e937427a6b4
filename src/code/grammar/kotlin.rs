//! Which Kotlin node means what?
//!
//! The grammar names few parts: bodies, alternatives and the names of properties are told by kind and place.

use super::{Role, Table, text_of};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("line_comment", Role::Comment),
        ("block_comment", Role::Comment),
        ("function_declaration", Role::Function),
        ("secondary_constructor", Role::Function),
        ("getter", Role::Function),
        ("setter", Role::Function),
        ("anonymous_function", Role::Closure),
        ("lambda_literal", Role::Closure),
        ("class_declaration", Role::Type),
        ("object_declaration", Role::Type),
        ("companion_object", Role::Type),
        ("if_expression", Role::If),
        ("while_statement", Role::Loop),
        ("do_while_statement", Role::Loop),
        ("for_statement", Role::Loop),
        ("when_expression", Role::Switch),
        ("when_entry", Role::Case),
        ("catch_block", Role::Catch),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("import", Role::Import),
        ("package_header", Role::Package),
        ("type_parameter", Role::TypeParameter),
        ("call_expression", Role::NamingCall),
        ("navigation_expression", Role::Path),
        ("user_type", Role::Path),
        ("identifier", Role::Name),
    ],
    declarations: &[
        "class_declaration",
        "object_declaration",
        "function_declaration",
        "property_declaration",
        "type_alias",
    ],
    ignored: &["shebang"],
};

/// What runs in a function, or stands in a type.
pub(super) fn body(declaration: Node<'_>) -> Option<Node<'_>> {
    child_of_kind(declaration, &["function_body", "block", "class_body", "enum_class_body"])
}

/// The parameters of a function.
pub(super) fn parameter_list(function: Node<'_>) -> Option<Node<'_>> {
    child_of_kind(function, &["function_value_parameters"])
}

/// The name of what is not named by a field of its own: `constructor`, `get`, `set`, a property, an alias.
pub(super) fn declared_name<'t>(declaration: Node<'_>, text: &'t str) -> Option<&'t str> {
    let name = match declaration.kind() {
        "secondary_constructor" => child_of_kind(declaration, &["constructor"]),
        "getter" => child_of_kind(declaration, &["get"]),
        "setter" => child_of_kind(declaration, &["set"]),
        "type_alias" => declaration.child_by_field_name("type"),
        "property_declaration" => child_of_kind(declaration, &["variable_declaration"])
            .and_then(|variable| child_of_kind(variable, &["identifier"])),
        _ => declaration.child_by_field_name("name"),
    };
    name.map(|name| text_of(name, text))
}

/// Whether `node` stands after the `else` of its `if`.
pub(super) fn follows_else(node: Node<'_>) -> bool {
    node.is_named() && node.prev_sibling().is_some_and(|before| before.kind() == "else")
}

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = child_of_kind(class, &["delegation_specifiers"]) else { return Vec::new() };
    let mut cursor = list.walk();
    let specifiers: Vec<Node<'_>> = list.named_children(&mut cursor).collect();
    specifiers.into_iter().filter_map(base_of).collect()
}

fn base_of(specifier: Node<'_>) -> Option<Node<'_>> {
    let inner = specifier.named_child(0)?;
    if inner.kind() == "constructor_invocation" { inner.named_child(0) } else { Some(inner) }
}

fn child_of_kind<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| kinds.contains(&child.kind()))
}
