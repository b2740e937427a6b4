//! PHP: `A\B\C` with the name it has here for each `use`; `"x.php"` in quotation marks for `require` and `include`, where
//! `./` and `../` stand for `__DIR__` and the folders above it. Computed paths name nothing.

use super::{line_of, unquoted};
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

/// `use A\B, C\D as E;`, `use A\{B, C};`, `use function A\f;`
pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
    let prefix = children.iter().find(|child| child.kind() == "namespace_name").map_or("", |name| text_of(*name, text));
    let mut imports = Vec::new();
    for child in children {
        match child.kind() {
            "namespace_use_clause" => imports.extend(read_clause(child, "", text)),
            "namespace_use_group" => {
                let mut inner = child.walk();
                let clauses = child.named_children(&mut inner).filter(|one| one.kind() == "namespace_use_clause");
                imports.extend(clauses.filter_map(|clause| read_clause(clause, prefix, text)));
            }
            _ => {}
        }
    }
    imports
}

fn read_clause(clause: Node<'_>, prefix: &str, text: &str) -> Option<Import> {
    let alias = clause.child_by_field_name("alias");
    let mut cursor = clause.walk();
    let is_path = |node: &Node<'_>| matches!(node.kind(), "name" | "qualified_name" | "namespace_name");
    let path = clause.named_children(&mut cursor).find(|child| is_path(child) && Some(*child) != alias)?;
    let written: String = text_of(path, text).split_whitespace().collect();
    let joined = if prefix.is_empty() { written } else { format!("{prefix}\\{written}") };
    let target = joined.trim_start_matches('\\').to_owned();
    let last = target.rsplit('\\').next().unwrap_or(&target);
    let name = alias.map_or(last, |alias| text_of(alias, text)).to_owned();
    Some(Import { target, names: vec![name], line: line_of(clause) })
}

/// `require 'x.php'`, `include __DIR__ . '/x.php'`, `require dirname(__DIR__) . '/x.php'`.
pub(super) fn read_include(node: Node<'_>, text: &str) -> Vec<Import> {
    let mut path = node.named_child(0);
    if let Some(inner) = path.filter(|path| path.kind() == "parenthesized_expression") {
        path = inner.named_child(0);
    }
    let target = path.and_then(|path| literal(path, text).or_else(|| below_folder(path, text)));
    let import = |path: String| Import { target: format!("\"{path}\""), names: Vec::new(), line: line_of(node) };
    target.map(import).into_iter().collect()
}

fn literal(node: Node<'_>, text: &str) -> Option<String> {
    let is_string = matches!(node.kind(), "string" | "encapsed_string");
    let inner = unquoted(text_of(node, text)).filter(|inner| is_string && !inner.contains('$'))?;
    Some(inner.to_owned())
}

/// `__DIR__ . '/x.php'` and its older spellings.
fn below_folder(node: Node<'_>, text: &str) -> Option<String> {
    let left: String = text_of(node.child_by_field_name("left")?, text).split_whitespace().collect();
    let right = literal(node.child_by_field_name("right")?, text)?;
    let folder = match left.to_ascii_lowercase().as_str() {
        "__dir__" | "dirname(__file__)" => ".",
        "dirname(__dir__)" | "dirname(dirname(__file__))" | "dirname(__file__,2)" => "..",
        "dirname(dirname(__dir__))" | "dirname(__dir__,2)" => "../..",
        _ => return None,
    };
    Some(format!("{folder}/{}", right.trim_start_matches('/')))
}
