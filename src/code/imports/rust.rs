//! Rust: `crate::a`, `self::a`, `super::a` or `name::a` with the leaves taken; `*` for all of them, no names for the
//! module itself. `a as b` is a leaf under another name, `self as b` the module under another name. `mod a;` is the target `mod a`, inside a module written in place `mod outer::a`, and with
//! `#[path = "x.rs"]` it is `mod "x.rs"` with the module's name. Modules written in place are counted out of `self` and `super`, so a target
//! is always relative to the file. Paths inside expressions and types count as imports of their first two or more
//! parts; the text inside macros is not read.

use super::{MAX_IMPORTS, MAX_TARGET_BYTES, line_after, line_of, unquoted};
use crate::code::Import;
use crate::code::grammar::text_of;
use std::collections::{BTreeMap, BTreeSet};
use tree_sitter::Node;

/// The state of reading one Rust file.
#[derive(Debug, Default)]
pub(super) struct Modules<'t> {
    /// Modules written in place around the current node.
    inline: Vec<&'t str>,
    lines_before: i64,
    /// The newest `#[path = "…"]` and where it ends.
    path_attribute: Option<(&'t str, usize)>,
    /// Paths met outside `use`: target, then leaf and first line.
    paths: BTreeMap<String, (u32, BTreeSet<&'t str>)>,
}

impl<'t> Modules<'t> {
    /// What follows is another part of the file, inside `modules`.
    pub(super) fn begin(&mut self, modules: &[&'t str], lines_before: i64) {
        self.inline = modules.to_vec();
        self.lines_before = lines_before;
        self.path_attribute = None;
    }

    pub(super) fn enter(&mut self, module: Node<'t>, text: &'t str) {
        self.inline.push(module.child_by_field_name("name").map_or("", |name| text_of(name, text)));
    }

    pub(super) fn leave(&mut self) {
        self.inline.pop();
    }

    pub(super) fn read_attribute(&mut self, attribute: Node<'t>, text: &'t str) {
        let written = text_of(attribute, text);
        let inner = written.trim_start_matches(['#', '[', ' ']).strip_prefix("path");
        let value = inner.and_then(|rest| rest.trim_start().strip_prefix('='));
        if let Some(value) = value.and_then(|rest| unquoted(rest.trim().trim_end_matches(']').trim())) {
            self.path_attribute = Some((value, attribute.end_byte()));
        }
    }

    /// `mod a;`: nothing for a module written in place.
    pub(super) fn read_module(&mut self, module: Node<'t>, text: &'t str) -> Vec<Import> {
        let attribute = self.path_attribute.take();
        let Some(name) = module.child_by_field_name("name").filter(|_| module.child_by_field_name("body").is_none())
        else {
            return Vec::new();
        };
        let stands_before =
            |end: usize| text.get(end..module.start_byte()).is_some_and(|gap| !gap.contains([';', '}']));
        let full_name = joined(self.inline.iter().copied().chain([text_of(name, text)]));
        let (target, names) = match attribute.filter(|(_, end)| stands_before(*end)) {
            Some((path, _)) => (format!("mod \"{path}\""), vec![full_name]),
            None => (format!("mod {full_name}"), Vec::new()),
        };
        vec![Import { target, names, line: line_of(module) }]
    }

    /// `use` and `extern crate`.
    pub(super) fn read_use(&mut self, node: Node<'t>, text: &'t str) -> Vec<Import> {
        if let Some(name) = node.child_by_field_name("name") {
            let alias = node.child_by_field_name("alias").map(|alias| format!("self as {}", text_of(alias, text)));
            let names = alias.into_iter().collect();
            return vec![Import { target: text_of(name, text).to_owned(), names, line: line_of(node) }];
        }
        let mut leaves = Vec::new();
        if let Some(argument) = node.child_by_field_name("argument") {
            read_tree(argument, text, &mut leaves);
        }
        let mut imports: Vec<Import> = Vec::new();
        for leaf in leaves {
            self.add_leaf(leaf, line_of(node), &mut imports);
        }
        imports
    }

    /// `crate::a::b` in an expression or a type: module path and leaf.
    pub(super) fn read_path(&mut self, path: Node<'t>, text: &'t str) {
        let written = text_of(path, text);
        if written.len() > MAX_TARGET_BYTES || self.paths.len() >= MAX_IMPORTS {
            return;
        }
        let segments: Vec<&str> = segments(written).into_iter().take_while(|part| is_identifier(part)).collect();
        let Some((leaf, module)) = segments.split_last() else { return };
        let first = module.first().copied().unwrap_or_default();
        let names_a_module = first.starts_with(|c: char| c.is_lowercase() || c == '_');
        if !names_a_module || is_standard(first) {
            return;
        }
        let Some(target) = self.relative_to_file(module) else { return };
        let line = line_after(self.lines_before, line_of(path));
        self.paths.entry(target).or_insert_with(|| (line, BTreeSet::new())).1.insert(leaf);
    }

    pub(super) fn n_paths(&self) -> usize {
        self.paths.len()
    }

    /// Target and leaf of the paths met outside `use`.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.paths.iter().flat_map(|(target, (_, leaves))| leaves.iter().map(move |leaf| (target.as_str(), *leaf)))
    }

    /// The paths met outside `use`.
    pub(super) fn finish(&mut self) -> Vec<Import> {
        let paths = std::mem::take(&mut self.paths);
        let import = |(target, (line, leaves)): (String, (u32, BTreeSet<&str>))| Import {
            target,
            names: leaves.into_iter().map(str::to_owned).collect(),
            line,
        };
        paths.into_iter().map(import).collect()
    }

    fn add_leaf(&self, leaf: Leaf<'_>, line: u32, imports: &mut Vec<Import>) {
        let (module, name) = match leaf.path.split_last() {
            Some((&"self", module)) if !module.is_empty() => (module, None),
            Some((&name, module)) if !module.is_empty() => (module, Some(name)),
            _ => (leaf.path.as_slice(), None),
        };
        let Some(target) = self.relative_to_file(module) else { return };
        let name = match leaf.alias {
            Some(alias) => Some(format!("{} as {alias}", name.unwrap_or("self"))),
            None => name.map(str::to_owned),
        };
        let is_full = imports.len() >= MAX_IMPORTS;
        match imports.last_mut() {
            // Neighbours of one list share an entry.
            Some(last) if last.target == target && !last.names.is_empty() && name.is_some() => last.names.extend(name),
            _ if is_full => {}
            _ => imports.push(Import { target, names: name.into_iter().collect(), line }),
        }
    }

    /// Counts the modules written in place out of `self` and `super`.
    fn relative_to_file(&self, segments: &[&str]) -> Option<String> {
        let n_super = segments.iter().skip_while(|part| **part == "self").take_while(|part| **part == "super").count();
        let n_self = segments.iter().take_while(|part| **part == "self").count();
        let target = if self.inline.is_empty() || n_super + n_self == 0 {
            joined(segments.iter().copied())
        } else {
            let rest = &segments[n_self + n_super..];
            match self.inline.len().checked_sub(n_super) {
                Some(n_left) => joined(
                    ["self"].into_iter().chain(self.inline[..n_left].iter().copied()).chain(rest.iter().copied()),
                ),
                None => joined(std::iter::repeat_n("super", n_super - self.inline.len()).chain(rest.iter().copied())),
            }
        };
        (target.len() <= MAX_TARGET_BYTES).then_some(target)
    }
}

/// What one leaf of a `use` tree brings.
struct Leaf<'t> {
    /// The segments from the first on.
    path: Vec<&'t str>,
    /// The name it has here, where that is another.
    alias: Option<&'t str>,
}

/// Every leaf of a `use` tree with the whole path before it, without recursion.
fn read_tree<'t>(root: Node<'t>, text: &'t str, leaves: &mut Vec<Leaf<'t>>) {
    let mut open: Vec<(Node<'t>, Vec<&'t str>)> = vec![(root, Vec::new())];
    while let Some((node, before)) = open.pop() {
        if leaves.len() >= MAX_IMPORTS || before.len() > MAX_TARGET_BYTES {
            return;
        }
        match node.kind() {
            "scoped_use_list" => {
                let path = node.child_by_field_name("path").map_or("", |path| text_of(path, text));
                let inside = extended(&before, path);
                open.extend(node.child_by_field_name("list").map(|list| (list, inside)));
            }
            "use_list" => {
                let mut cursor = node.walk();
                let members: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
                open.extend(members.into_iter().rev().map(|member| (member, before.clone())));
            }
            "use_as_clause" => {
                let path = node.child_by_field_name("path").map_or("", |path| text_of(path, text));
                let alias = node.child_by_field_name("alias").map_or("", |alias| text_of(alias, text));
                leaves.push(Leaf { path: extended(&before, path), alias: Some(alias).filter(|alias| *alias != "_") });
            }
            "use_wildcard" => {
                let path = text_of(node, text).trim_end_matches('*').trim_end().trim_end_matches("::");
                let mut path = extended(&before, path);
                path.push("*");
                leaves.push(Leaf { path, alias: None });
            }
            "line_comment" | "block_comment" => {}
            _ => leaves.push(Leaf { path: extended(&before, text_of(node, text)), alias: None }),
        }
    }
}

fn extended<'t>(before: &[&'t str], path: &'t str) -> Vec<&'t str> {
    before.iter().copied().chain(segments(path)).collect()
}

fn segments(path: &str) -> Vec<&str> {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn is_identifier(part: &str) -> bool {
    part.trim_start_matches("r#").chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn is_standard(first: &str) -> bool {
    matches!(first, "std" | "core" | "alloc")
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join("::")
}
