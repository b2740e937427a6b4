//! C#: `A.B.*` for an opened namespace, `A.B.C` with `*` for a static using, `A.B.C` with the alias for an alias.
//! `global` stands before the target of a using that holds in the whole project.

use super::line_of;
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    read_using(node, text).into_iter().collect()
}

fn read_using(node: Node<'_>, text: &str) -> Option<Import> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
    let alias = node.child_by_field_name("name");
    let path = children.iter().rev().find(|child| child.is_named() && Some(**child) != alias)?;
    let path: String = text_of(*path, text).split_whitespace().collect();
    let path = path.strip_prefix("global::").unwrap_or(&path);
    let has = |word: &str| children.iter().any(|child| child.kind() == word);
    let (target, names) = match (alias, has("static")) {
        (Some(alias), _) => (path.to_owned(), vec![text_of(alias, text).to_owned()]),
        (None, true) => (path.to_owned(), vec!["*".to_owned()]),
        (None, false) => (format!("{path}.*"), Vec::new()),
    };
    let target = if has("global") { format!("global {target}") } else { target };
    Some(Import { target, names, line: line_of(node) })
}
