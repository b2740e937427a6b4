//! Go: the path of the package, with the exported names that the file takes from it. No names: imported for its side
//! effects, or under a name that is not used as `name.Name`.

use super::{line_of, unquoted};
use crate::code::Import;
use crate::code::grammar::text_of;
use crate::code::names::Names;
use tree_sitter::Node;

/// Between path and local name in [`Import::target`] until the names are known; cannot stand in a path.
const ALIAS_MARK: char = '\n';

pub(super) fn read(node: Node<'_>, text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.kind() == "import_spec" {
            imports.extend(read_spec(node, text));
        } else {
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor).filter(|child| child.kind().starts_with("import_spec")));
        }
    }
    imports
}

fn read_spec(spec: Node<'_>, text: &str) -> Option<Import> {
    let path = unquoted(text_of(spec.child_by_field_name("path")?, text))?;
    let alias = spec.child_by_field_name("name").map(|name| text_of(name, text));
    let target = alias.map_or_else(|| path.to_owned(), |alias| format!("{path}{ALIAS_MARK}{alias}"));
    Some(Import { target, names: Vec::new(), line: line_of(spec) })
}

/// Gives every import the names the file takes from its package, and drops the alias.
pub(super) fn add_names(imports: &mut [Import], names: &Names<'_>) {
    for import in imports {
        let (path, local_name) = path_and_name(&import.target);
        import.names = names.taken_from(local_name);
        import.target = path.to_owned();
    }
}

/// The path of a package, and its name in this file, from a target whose names are not known yet.
pub(in crate::code) fn path_and_name(target: &str) -> (&str, &str) {
    target.split_once(ALIAS_MARK).unwrap_or_else(|| (target, package_name(target)))
}

/// The name a package usually has, from its path: the last part that is not a version.
fn package_name(path: &str) -> &str {
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    // gopkg.in/yaml.v3, github.com/x/go-y
    let last = last.split_once(".v").map_or(last, |(name, _)| name);
    last.strip_prefix("go-").unwrap_or(last)
}
