//! Java: `a.b.C`, or `a.b.*` for a package; a static import is `a.b.C` with the member's name, `*` for all of them.

use super::line_of;
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    read_declaration(node, text).into_iter().collect()
}

fn read_declaration(node: Node<'_>, text: &str) -> Option<Import> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
    let path = children.iter().find(|child| matches!(child.kind(), "scoped_identifier" | "identifier"))?;
    let path: String = text_of(*path, text).split_whitespace().collect();
    let has = |kind: &str| children.iter().any(|child| child.kind() == kind);
    let (target, names) = match (has("static"), has("asterisk")) {
        (false, false) => (path, Vec::new()),
        (false, true) => (format!("{path}.*"), Vec::new()),
        (true, true) => (path, vec!["*".to_owned()]),
        (true, false) => {
            let (class, member) = path.rsplit_once('.')?;
            (class.to_owned(), vec![member.to_owned()])
        }
    };
    Some(Import { target, names, line: line_of(node) })
}
