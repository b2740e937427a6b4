//! Ruby: `x/y` for `require`, `./x` for `require_relative` and for a `load` beside the file, `x/y` with the constant for
//! `autoload`. Computed paths name nothing.

use super::{line_of, unquoted};
use crate::code::Import;
use crate::code::grammar::text_of;
use tree_sitter::Node;

pub(super) fn read_call(call: Node<'_>, text: &str) -> Vec<Import> {
    read(call, text).into_iter().collect()
}

fn read(call: Node<'_>, text: &str) -> Option<Import> {
    let method = text_of(call.child_by_field_name("method")?, text);
    let is_import = matches!(method, "require" | "require_relative" | "autoload" | "load" | "require_dependency");
    let arguments = call.child_by_field_name("arguments").filter(|_| is_import)?;
    let mut cursor = arguments.walk();
    let mut arguments = arguments.named_children(&mut cursor);
    let first = arguments.next()?;
    let (path, names) = match method {
        "autoload" => (arguments.next()?, vec![text_of(first, text).trim_start_matches(':').to_owned()]),
        _ => (first, Vec::new()),
    };
    let path = unquoted(text_of(path, text)).filter(|path| path.len() > 1 && !path.contains("#{"))?;
    let target = if method == "require_relative" { format!("./{path}") } else { path.to_owned() };
    Some(Import { target, names, line: line_of(call) })
}
