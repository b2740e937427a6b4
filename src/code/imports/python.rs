//! Python: `pkg.mod`, `.mod`, `..` with the names taken; `*` for all of them.

use super::line_of;
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    match node.kind() {
        "import_statement" => read_modules(node, text),
        "import_from_statement" => read_from(node, text).into_iter().collect(),
        // `from __future__` names the compiler, not a module.
        _ => Vec::new(),
    }
}

fn read_modules(node: Node<'_>, text: &str) -> Vec<Import> {
    let import = |target| Import { target, names: Vec::new(), line: line_of(node) };
    names(node, text).into_iter().map(import).collect()
}

fn read_from(node: Node<'_>, text: &str) -> Option<Import> {
    let target = without_spaces(text_of(node.child_by_field_name("module_name")?, text));
    let mut cursor = node.walk();
    let has_wildcard = node.named_children(&mut cursor).any(|child| child.kind() == "wildcard_import");
    let names = if has_wildcard { vec!["*".to_owned()] } else { names(node, text) };
    Some(Import { target, names, line: line_of(node) })
}

/// The dotted names of the statement, each without its alias.
fn names(node: Node<'_>, text: &str) -> Vec<String> {
    let mut cursor = node.walk();
    let written = node.children_by_field_name("name", &mut cursor);
    written.map(|name| without_spaces(text_of(name.child_by_field_name("name").unwrap_or(name), text))).collect()
}

fn without_spaces(written: &str) -> String {
    written.split_whitespace().collect()
}
