//! Which names does a file declare for its neighbours, and which of theirs may it mention?
//!
//! In: names met on the walk. Out: the declared ones, the mentioned ones, and what was taken from imported packages.
//! Serves the languages whose files see each other without an import: Java, Kotlin, Go, C#, PHP and Ruby. Names that the file itself brings
//! into being are never mentioned ones, even where both uses occur: precision before recall.

use super::Language;
use super::grammar::{self, text_of};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tree_sitter::Node;

/// Longest path of names kept, in bytes: people write a third of it.
const MAX_PATH_BYTES: usize = 200;

/// Names met so far.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    declared: BTreeSet<Cow<'t, str>>,
    mentioned: HashSet<Cow<'t, str>>,
    /// The namespaces around, from outside in: where each ends, and its full name with a separator after it.
    namespaces: Vec<(usize, String)>,
    own: HashSet<&'t str>,
    /// Names that cannot mean anything of this file: a nested type is not yet in sight where its outer type begins.
    outer: HashSet<&'t str>,
    /// Go: what is taken from each package, by the name the package has in this file.
    qualified: BTreeMap<&'t str, BTreeSet<&'t str>>,
}

impl<'t> Names<'t> {
    /// A declaration at top level; one node may declare several names (`var a, b int`).
    pub(super) fn declare(&mut self, language: Language, declaration: Node<'_>, text: &'t str) {
        self.namespaces.retain(|(end, _)| declaration.start_byte() < *end);
        if matches!(language, Language::CSharp | Language::Php | Language::Kotlin) {
            return self.declare_in_namespace(grammar::declared_name(language, declaration, text));
        }
        let mut cursor = declaration.walk();
        let names = declaration.children_by_field_name("name", &mut cursor);
        self.declared.extend(
            names.map(|name| text_of(name, text)).filter(|name| !matches!(*name, "_" | "init" | ",")).map(Cow::from),
        );
    }

    fn declare_in_namespace(&mut self, name: Option<&'t str>) {
        let Some(name) = name else { return };
        match self.namespaces.last() {
            Some((_, namespace)) => {
                self.declared.insert(Cow::from(format!("{namespace}{name}")));
                self.own.insert(name);
            }
            None => {
                self.declared.insert(Cow::from(name));
            }
        }
    }

    /// A Ruby class or module, with the ones around it.
    pub(super) fn declare_nested(&mut self, around: &[&str], declaration: Node<'_>, text: &'t str) {
        let Some(name) = declaration.child_by_field_name("name") else { return };
        let parts = around.iter().copied().chain([text_of(name, text).trim_start_matches("::")]);
        self.declared.insert(Cow::from(parts.collect::<Vec<_>>().join("::")));
    }

    /// What follows in `namespace`, or after it where it has no body, is declared there. Returns its full name.
    pub(super) fn enter_namespace(&mut self, language: Language, namespace: Node<'_>, text: &'t str) -> String {
        let has_body = namespace.child_by_field_name("body").is_some();
        self.namespaces.retain(|(end, _)| has_body && namespace.start_byte() < *end);
        let name = namespace.child_by_field_name("name").map_or("", |name| text_of(name, text));
        let outer = self.namespaces.last().map_or("", |(_, outer)| outer);
        let full_name: String = format!("{outer}{name}").split_whitespace().collect();
        let separator = if language == Language::Php { '\\' } else { '.' };
        let end = if has_body { namespace.end_byte() } else { usize::MAX };
        let prefix = if full_name.is_empty() { String::new() } else { format!("{full_name}{separator}") };
        self.namespaces.push((end, prefix));
        full_name
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
        let may_be_lowercase = matches!(language, Language::Go | Language::Php);
        if may_be_lowercase || name.starts_with(|c: char| c.is_uppercase()) {
            self.mentioned.insert(Cow::from(name));
        }
    }

    /// A path of names, where its language may mean a type by it: `a.b.C` from a package on in Java and Kotlin, `A.B` in
    /// C#, `A::B` in Ruby, any path in PHP.
    pub(super) fn mention_path(&mut self, language: Language, written: &'t str) {
        if written.len() > MAX_PATH_BYTES {
            return;
        }
        let path: Cow<'t, str> = if written.contains(char::is_whitespace) {
            Cow::from(written.split_whitespace().collect::<String>())
        } else {
            Cow::from(written)
        };
        let is_plain = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '\\'));
        let parts = || path.split(['.', ':', '\\']);
        let is_upper = |part: &str| part.starts_with(|c: char| c.is_uppercase());
        let may_name_a_type = match language {
            Language::Java | Language::Kotlin => {
                parts().next().is_some_and(|first| !is_upper(first)) && parts().any(is_upper)
            }
            Language::CSharp => parts().next().is_some_and(is_upper),
            _ => true,
        };
        if is_plain && may_name_a_type && parts().nth(1).is_some() {
            self.mentioned.insert(path);
        }
    }

    /// A function called, or an attribute given, by its bare name: one of another file, perhaps.
    pub(super) fn mention_called(&mut self, call: Node<'_>, text: &'t str) {
        if let Some(function) = call.named_child(0).filter(|function| function.kind() == "identifier") {
            self.mentioned.insert(Cow::from(text_of(function, text)));
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
        let foreign = |name: &&Cow<'_, str>| {
            let is_own = self.own.contains(name.as_ref()) && !self.outer.contains(name.as_ref());
            !self.declared.contains(*name) && !is_own
        };
        let mut mentioned: Vec<String> = self.mentioned.iter().filter(foreign).map(|name| name.to_string()).collect();
        mentioned.sort_unstable();
        (self.declared.into_iter().map(Cow::into_owned).collect(), mentioned)
    }
}
