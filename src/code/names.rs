//! Which names does a file declare for its neighbours, and which of theirs may it mention?
//!
//! In: names met on the walk. Out: the declared ones, the mentioned ones, and what was taken from imported packages.
//! Serves the languages whose files see each other without an import: Java and Go. Names that the file itself brings
//! into being are never mentioned ones, even where both uses occur: precision before recall.

use super::Language;
use super::grammar::text_of;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tree_sitter::Node;

/// Names met so far.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    declared: BTreeSet<&'t str>,
    mentioned: HashSet<&'t str>,
    own: HashSet<&'t str>,
    /// Names that cannot mean anything of this file: a nested type is not yet in sight where its outer type begins.
    outer: HashSet<&'t str>,
    /// Go: what is taken from each package, by the name the package has in this file.
    qualified: BTreeMap<&'t str, BTreeSet<&'t str>>,
}

impl<'t> Names<'t> {
    /// A declaration at top level; one node may declare several names (`var a, b int`).
    pub(super) fn declare(&mut self, declaration: Node<'_>, text: &'t str) {
        let mut cursor = declaration.walk();
        let names = declaration.children_by_field_name("name", &mut cursor);
        self.declared.extend(names.map(|name| text_of(name, text)).filter(|name| !matches!(*name, "_" | "init" | ",")));
    }

    /// A name the file brings into being itself: a nested type, a type parameter.
    pub(super) fn own(&mut self, name: &'t str) {
        self.own.insert(name);
    }

    /// The base types of a type at top level.
    pub(super) fn mention_bases(&mut self, bases: &[&'t str]) {
        self.outer.extend(bases);
    }

    /// The local names a Go declaration makes.
    pub(super) fn locals(&mut self, declaration: Node<'_>, text: &'t str) {
        for field in ["name", "left", "alias"] {
            let mut cursor = declaration.walk();
            for node in declaration.children_by_field_name(field, &mut cursor) {
                if node.kind() == "expression_list" {
                    let mut inner = node.walk();
                    let names = node.named_children(&mut inner).filter(|name| name.kind() == "identifier");
                    self.own.extend(names.map(|name| text_of(name, text)));
                } else if node.is_named() {
                    self.own.insert(text_of(node, text));
                }
            }
        }
    }

    /// `package.Name` in Go; a field of a variable looks the same and is told apart by the imports.
    pub(super) fn qualify(&mut self, node: Node<'_>, text: &'t str) {
        let part = |first, second| Some((node.child_by_field_name(first)?, node.child_by_field_name(second)?));
        let Some((package, name)) = part("operand", "field").or_else(|| part("package", "name")) else { return };
        let name = text_of(name, text);
        let is_exported = name.starts_with(|c: char| c.is_uppercase());
        if is_exported && matches!(package.kind(), "identifier" | "package_identifier") {
            self.qualified.entry(text_of(package, text)).or_default().insert(name);
        }
    }

    /// Any other name that is read.
    pub(super) fn mention(&mut self, language: Language, name: &'t str) {
        let may_be_a_type = language != Language::Java || name.starts_with(|c: char| c.is_uppercase());
        if may_be_a_type {
            self.mentioned.insert(name);
        }
    }

    /// What was taken from the package called `package` here.
    pub(super) fn taken_from(&self, package: &str) -> Vec<String> {
        self.qualified.get(package).into_iter().flatten().map(|&name| name.to_owned()).collect()
    }

    /// Packages with the names taken from them.
    pub(super) fn taken(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.qualified.iter().flat_map(|(&package, names)| names.iter().map(move |&name| (package, name)))
    }

    /// Declared names and mentioned ones, sorted and unique.
    pub(super) fn finish(self) -> (Vec<String>, Vec<String>) {
        let foreign = |name: &&&str| {
            let is_own = self.own.contains(*name) && !self.outer.contains(*name);
            !self.declared.contains(*name) && !is_own
        };
        let mut mentioned: Vec<String> = self.mentioned.iter().filter(foreign).map(|&name| name.to_owned()).collect();
        mentioned.sort_unstable();
        (self.declared.iter().map(|&name| name.to_owned()).collect(), mentioned)
    }
}
