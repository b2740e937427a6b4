//! JavaScript and TypeScript: `./x`, `pkg/sub` as quoted, with the names taken; `default`, and `*` for all of them.
//! Read from `import`, `export … from`, `require("x")`, `import("x")` and `import x = require("x")`.

use super::{line_of, unquoted};
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    let source = node.child_by_field_name("source").or_else(|| require_clause(node)?.child_by_field_name("source"));
    let Some(target) = source.and_then(|source| unquoted(text_of(source, text))) else { return Vec::new() };
    vec![Import { target: target.to_owned(), names: names(node, text), line: line_of(node) }]
}

/// `require("x")` and `import("x")` with a plain string.
pub(super) fn read_call(call: Node<'_>, text: &str) -> Vec<Import> {
    let Some(target) = call_target(call, text) else { return Vec::new() };
    vec![Import { target: target.to_owned(), names: Vec::new(), line: line_of(call) }]
}

fn call_target<'t>(call: Node<'_>, text: &'t str) -> Option<&'t str> {
    let function = call.child_by_field_name("function")?;
    let is_import = function.kind() == "import" || text_of(function, text) == "require";
    let arguments = call.child_by_field_name("arguments").filter(|_| is_import)?;
    let first = arguments.named_child(0).filter(|first| matches!(first.kind(), "string" | "template_string"))?;
    unquoted(text_of(first, text))
}

fn require_clause(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind() == "import_require_clause")
}

fn names(node: Node<'_>, text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = node.walk();
    for part in node.children(&mut cursor) {
        match part.kind() {
            "import_clause" => clause_names(part, text, &mut names),
            "export_clause" => specifier_names(part, text, &mut names),
            "namespace_export" | "*" => names.push("*".to_owned()),
            _ => {}
        }
    }
    names
}

fn clause_names(clause: Node<'_>, text: &str, names: &mut Vec<String>) {
    let mut cursor = clause.walk();
    for part in clause.named_children(&mut cursor) {
        match part.kind() {
            "identifier" => names.push("default".to_owned()),
            "namespace_import" => names.push("*".to_owned()),
            "named_imports" => specifier_names(part, text, names),
            _ => {}
        }
    }
}

fn specifier_names(list: Node<'_>, text: &str, names: &mut Vec<String>) {
    let mut cursor = list.walk();
    let specifiers = list.named_children(&mut cursor).filter_map(|one| one.child_by_field_name("name"));
    names.extend(specifiers.map(|name| text_of(name, text).to_owned()));
}
