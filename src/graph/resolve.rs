//! Which file of the repository does an import mean?
//!
//! In: an import as its language writes it. Out: the files it leads to, or that it is external, or that it should lead
//! to a file here and does not. One file below for each language holds its rules; none of them guesses.

mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod php;
mod python;
mod relaxed_json;
mod ruby;
mod rust;

use super::files::{Files, name_of};
use crate::code::{Import, Language};

/// Largest manifest that is read: people write kilobytes, lists made by tools are longer.
const MAX_MANIFEST_BYTES: usize = 1024 * 1024;

/// Names of files that say where modules are.
const MANIFESTS: &[&str] = &[
    "CMakeLists.txt",
    "Cargo.toml",
    "GNUmakefile",
    "Makefile",
    "Makefile.am",
    "composer.json",
    "go.mod",
    "lerna.json",
    "makefile",
    "package.json",
    "pnpm-workspace.yaml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
];

/// Whether [`ImportGraph::build`](super::ImportGraph::build) reads the file at `path` as a manifest.
pub fn is_manifest(path: &str) -> bool {
    let name = name_of(path);
    let is_configuration = (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json");
    is_configuration || name.ends_with(".csproj") || MANIFESTS.contains(&name)
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
    csharp: csharp::CSharp<'a>,
    php: php::Php<'a>,
    ruby: ruby::Ruby<'a>,
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
            c: c::C::new(files, manifests),
            csharp: csharp::CSharp::new(files, manifests),
            php: php::Php::new(files, manifests),
            ruby: ruby::Ruby::new(files),
        }
    }

    /// Adds the files that `import` of file `from` leads to.
    pub(super) fn resolve(&self, from: u32, import: &'a Import, targets: &mut Vec<u32>) -> Resolution {
        match self.files.language(from) {
            Language::Python => self.python.resolve(from, import, targets),
            Language::JavaScript | Language::TypeScript | Language::Tsx => {
                self.javascript.resolve(from, import, targets)
            }
            Language::Go => self.go.resolve(from, import, targets),
            Language::Java | Language::Kotlin => self.java.resolve(from, import, targets),
            Language::Rust => self.rust.resolve(from, import, targets),
            Language::C | Language::Cpp => self.c.resolve(from, import, targets),
            Language::CSharp => self.csharp.resolve(from, import, targets),
            Language::Php => self.php.resolve(from, import, targets),
            Language::Ruby => self.ruby.resolve(from, import, targets),
        }
    }

    /// Adds the files that `from` depends on without an import.
    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        match self.files.language(from) {
            Language::Go => self.go.neighbours(from, targets),
            Language::Java | Language::Kotlin => self.java.neighbours(from, targets),
            Language::CSharp => self.csharp.neighbours(from, targets),
            Language::Php => self.php.neighbours(from, targets),
            Language::Ruby => self.ruby.neighbours(from, targets),
            _ => {}
        }
    }
}
