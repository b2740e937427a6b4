//! C and C++: the included path with its quotation marks or angle brackets.

use super::line_of;
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    let Some(path) = node.child_by_field_name("path") else { return Vec::new() };
    // A macro instead of a path names nothing that can be looked up.
    if !matches!(path.kind(), "string_literal" | "system_lib_string") {
        return Vec::new();
    }
    vec![Import { target: text_of(path, text).trim().to_owned(), names: Vec::new(), line: line_of(node) }]
}
