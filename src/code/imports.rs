//! What does a file say it needs from other files?
//!
//! In: the nodes that import. Out: [`Import`]s in the plain normal form that `graph` resolves; one form for each
//! language is documented in the files below. Nothing is resolved here, and nothing is dropped for being external.

mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod kotlin;
mod php;
mod python;
mod ruby;
mod rust;

pub(super) use go::path_and_name;

use super::names::Names;
use super::{Import, Language};
use tree_sitter::Node;

/// Imports kept of one file. The largest hand-written files stay below 500; a megabyte of them is made to hurt.
pub(super) const MAX_IMPORTS: usize = 5_000;

/// Longest target kept, in bytes: longer than any path that git or a compiler would take.
const MAX_TARGET_BYTES: usize = 500;

/// Collects the imports of one file.
pub(super) struct Imports<'t> {
    language: Language,
    /// The item that is being read.
    text: &'t str,
    lines_before: i64,
    found: Vec<Import>,
    rust: rust::Modules<'t>,
}

impl<'t> Imports<'t> {
    pub(super) fn new(language: Language) -> Self {
        Self { language, text: "", lines_before: 0, found: Vec::new(), rust: rust::Modules::default() }
    }

    /// What follows stands in `text`, which has `lines_before` lines of the file before it and stands inside the Rust
    /// modules `modules`.
    pub(super) fn begin(&mut self, text: &'t str, modules: &[&'t str], lines_before: i64) {
        self.text = text;
        self.lines_before = lines_before;
        self.rust.begin(modules, lines_before);
    }

    /// Reads a node whose only purpose is to import, or an export that names a file.
    pub(super) fn read(&mut self, node: Node<'t>) {
        let found = match self.language {
            Language::Rust => self.rust.read_use(node, self.text),
            Language::Python => python::read(node, self.text),
            Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::read(node, self.text),
            Language::Go => go::read(node, self.text),
            Language::Java => java::read(node, self.text),
            Language::C | Language::Cpp => c::read(node, self.text),
            Language::CSharp => csharp::read(node, self.text),
            Language::Php => php::read(node, self.text),
            Language::Kotlin => kotlin::read(node, self.text),
            // Ruby imports by calls alone.
            Language::Ruby => Vec::new(),
        };
        self.keep(found);
    }

    /// Reads a call, which may be `require("x")` or `import("x")`.
    pub(super) fn read_call(&mut self, call: Node<'t>) {
        let found = match self.language {
            Language::Ruby => ruby::read_call(call, self.text),
            Language::Php => php::read_include(call, self.text),
            _ => javascript::read_call(call, self.text),
        };
        self.keep(found);
    }

    /// Reads a Rust path such as `crate::a::b` where it stands in an expression or a type.
    pub(super) fn read_path(&mut self, path: Node<'t>) {
        self.rust.read_path(path, self.text);
    }

    /// Reads a Rust attribute: `#[path = "x.rs"]` tells where the next module lies.
    pub(super) fn read_attribute(&mut self, attribute: Node<'t>) {
        self.rust.read_attribute(attribute, self.text);
    }

    /// Reads `mod x;` of Rust.
    pub(super) fn read_module(&mut self, module: Node<'t>) {
        let found = self.rust.read_module(module, self.text);
        self.keep(found);
    }

    /// What follows stands inside the Rust module `module`.
    pub(super) fn enter_module(&mut self, module: Node<'t>) {
        self.rust.enter(module, self.text);
    }

    /// The newest module entered has ended.
    pub(super) fn leave_module(&mut self) {
        self.rust.leave();
    }

    /// How many there are so far.
    pub(super) fn len(&self) -> usize {
        self.found.len() + self.rust.n_paths()
    }

    /// What is imported, pair by pair: a target, and a name taken from it, or nothing for the target itself. Of Go the
    /// targets only, for the names are known when the whole file has been read.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found.iter().flat_map(import_pairs).chain(self.rust.pairs())
    }

    /// All imports in order of their lines. Go learns from `names` what it takes from each package.
    pub(super) fn finish(mut self, names: &Names<'_>) -> Vec<Import> {
        let paths = self.rust.finish();
        // Their lines are those of the file already.
        self.lines_before = 0;
        self.keep(paths);
        if self.language == Language::Go {
            go::add_names(&mut self.found, names);
        }
        self.found.sort_by(|a, b| (a.line, &a.target).cmp(&(b.line, &b.target)));
        self.found
    }

    fn keep(&mut self, found: Vec<Import>) {
        let room = MAX_IMPORTS.saturating_sub(self.found.len());
        let fits = |import: &Import| !import.target.is_empty() && import.target.len() <= MAX_TARGET_BYTES;
        let lines_before = self.lines_before;
        let placed = |import: Import| Import { line: line_after(lines_before, import.line), ..import };
        self.found.extend(found.into_iter().filter(fits).take(room).map(placed));
    }
}

/// The things an import names: each name taken, or the target itself where none is named. Rust's `mod` names a part of
/// the file.
pub(super) fn import_pairs(import: &Import) -> impl Iterator<Item = (&str, &str)> {
    let target = import.target.as_str();
    let itself = import.names.is_empty().then_some((target, ""));
    let pairs = itself.into_iter().chain(import.names.iter().map(move |name| (target, name.as_str())));
    pairs.filter(move |_| !target.starts_with("mod "))
}

/// A line of the file, from a line of a text with `lines_before` lines before it.
pub(super) fn line_after(lines_before: i64, line: u32) -> u32 {
    u32::try_from(lines_before + i64::from(line)).unwrap_or(u32::MAX)
}

/// The line a node begins on, from 1.
fn line_of(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row + 1).unwrap_or(u32::MAX)
}

/// A string literal without its quotation marks; `None` for anything that is not a plain literal.
fn unquoted(literal: &str) -> Option<&str> {
    let mark = literal.chars().next().filter(|mark| matches!(mark, '"' | '\'' | '`'))?;
    literal[1..].strip_suffix(mark).filter(|inner| !inner.contains(mark) && !inner.contains("${"))
}
