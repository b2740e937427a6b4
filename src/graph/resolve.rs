//! Which file of the repository does an import mean?
//!
//! In: an import as its language writes it. Out: the files it leads to, or that it is external, or that it should lead
//! to a file here and does not. One file below for each language holds its rules; none of them guesses.

mod c;
mod go;
mod java;
mod javascript;
mod python;
mod relaxed_json;
mod rust;

use super::files::{Files, name_of};
use crate::code::{Import, Language};

/// Largest manifest that is read: people write kilobytes, lists made by tools are longer.
const MAX_MANIFEST_BYTES: usize = 1024 * 1024;

/// Whether [`ImportGraph::build`](super::ImportGraph::build) reads the file at `path` as a manifest.
pub fn is_manifest(path: &str) -> bool {
    let name = name_of(path);
    let is_configuration = (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json");
    let is_known = ["Cargo.toml", "go.mod", "package.json", "pyproject.toml", "setup.py", "setup.cfg"].contains(&name);
    is_known || is_configuration
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// It leads to files of the repository.
    Internal,
    /// It leads out of the repository, as far as anyone can tell.
    External,
    /// It should lead to a file of the repository, and no such file is there.
    Unresolved,
}

/// All languages' rules, prepared for one commit.
pub(super) struct Resolvers<'a> {
    files: &'a Files<'a>,
    python: python::Python<'a>,
    javascript: javascript::JavaScript<'a>,
    go: go::Go<'a>,
    java: java::Java<'a>,
    rust: rust::Rust<'a>,
    c: c::C<'a>,
}

impl<'a> Resolvers<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &'a [(String, String)]) -> Self {
        Self {
            files,
            python: python::Python::new(files, manifests),
            javascript: javascript::JavaScript::new(files, manifests),
            go: go::Go::new(files, manifests),
            java: java::Java::new(files),
            rust: rust::Rust::new(files, manifests),
            c: c::C::new(files),
        }
    }

    /// Adds the files that `import` of file `from` leads to.
    pub(super) fn resolve(&self, from: u32, import: &'a Import, targets: &mut Vec<u32>) -> Resolution {
        match self.files.facts(from).language {
            Language::Python => self.python.resolve(from, import, targets),
            Language::JavaScript | Language::TypeScript | Language::Tsx => {
                self.javascript.resolve(from, import, targets)
            }
            Language::Go => self.go.resolve(import, targets),
            Language::Java => self.java.resolve(from, import, targets),
            Language::Rust => self.rust.resolve(from, import, targets),
            Language::C | Language::Cpp => self.c.resolve(from, import, targets),
        }
    }

    /// Adds the files that `from` depends on without an import.
    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        match self.files.facts(from).language {
            Language::Go => self.go.neighbours(from, targets),
            Language::Java => self.java.neighbours(from, targets),
            _ => {}
        }
    }
}
