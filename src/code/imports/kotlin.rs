//! Kotlin: `a.b.C`, a type or a function, or `a.b.*` for a package or all that a type holds. An alias is not kept.

use super::line_of;
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
    let Some(path) = children.iter().find(|child| matches!(child.kind(), "qualified_identifier" | "identifier")) else {
        return Vec::new();
    };
    let path: String = text_of(*path, text).split_whitespace().map(|part| part.replace('`', "")).collect();
    let has_wildcard = children.iter().any(|child| child.kind() == "*");
    let target = if has_wildcard { format!("{path}.*") } else { path };
    vec![Import { target, names: Vec::new(), line: line_of(node) }]
}
