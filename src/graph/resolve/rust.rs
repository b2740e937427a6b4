//! Rust: crates by `Cargo.toml`, modules by `mod`, paths through re-exports to the file that defines.
//!
//! `modules` lays out the tree of every crate. A path is walked down the tree as far as modules go; the rest names an
//! item, which is looked for among the module's declarations, then among what the module imports itself (a re-export),
//! by name or through `*`. What the last module does not explain (macros, names behind conditions) belongs to it. Names
//! of workspace crates lead to their libraries, also where a manifest renames them.

mod cargo;
mod modules;

use super::Resolution;
use crate::code::{FileFacts, Import, Language};
use crate::graph::files::{Files, folder_of, name_of};
use cargo::Package;
use modules::{Modules, Place};
use std::collections::{HashMap, HashSet};

/// Imports followed to find one item: façades need a handful, a circle of re-exports has no end.
const MAX_FOLLOWED: usize = 64;

/// Re-exports followed for a name whose declaration cannot be seen.
const MAX_REEXPORTS: usize = 8;

/// Stands for the module an import names, instead of something in it.
const ITSELF: &str = "self";

/// Rules for Rust, prepared for one commit.
pub(super) struct Rust<'a> {
    files: &'a Files<'a>,
    modules: Modules<'a>,
    scopes: HashMap<u32, Scope<'a>>,
}

/// What can be named in one file besides its own declarations.
#[derive(Default)]
struct Scope<'a> {
    /// Imports that bring each name, with the name it has where it comes from.
    by_name: HashMap<&'a str, Vec<(&'a Import, &'a str)>>,
    /// Imports that bring everything a module has.
    globs: Vec<&'a Import>,
}

/// Where following a path begins.
enum Start {
    /// At this module, after so many segments.
    At(Place, usize),
    /// In no crate of the repository.
    External,
    /// In this crate, at a module that is not there.
    Unresolved,
}

/// One search: where it has looked and how many imports it has followed, so that circles end.
#[derive(Default)]
struct Search {
    seen: HashSet<(u32, String, Wanted)>,
    n_followed: usize,
}

/// What a search looks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted {
    Module,
    Item,
}

impl Search {
    /// Whether to look for `name` in `file`: not twice.
    fn enters(&mut self, file: u32, name: &str, wanted: Wanted) -> bool {
        self.seen.insert((file, name.to_owned(), wanted))
    }

    /// Whether one more import may be followed.
    fn follows(&mut self) -> bool {
        self.n_followed += 1;
        self.n_followed <= MAX_FOLLOWED
    }
}

impl<'a> Rust<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &[(String, String)]) -> Self {
        let sources = files.in_languages(&[Language::Rust]);
        let packages = if sources.is_empty() { Vec::new() } else { read_packages(manifests) };
        let scopes = sources.iter().map(|&file| (file, Scope::of(files.facts(file)))).collect();
        Self { files, modules: Modules::new(files, packages), scopes }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        if let Some(declared) = import.target.strip_prefix("mod ") {
            let found = self.modules.declared_file(from, declared);
            targets.extend(found);
            return if found.is_some() { Resolution::Internal } else { Resolution::Unresolved };
        }
        let segments: Vec<&str> = import.target.split("::").collect();
        let (place, rest) = match self.start(from, &segments, &mut Search::default()) {
            Start::At(place, n_used) => self.descend_along(place, &segments[n_used..]),
            Start::External => return Resolution::External,
            Start::Unresolved => return Resolution::Unresolved,
        };
        match (rest.first(), import.names.as_slice()) {
            (Some(item), _) => targets.extend(self.item(&place, item)),
            (None, []) => targets.extend(self.modules.file_of(&place)),
            (None, names) => targets.extend(names.iter().filter_map(|name| self.item(&place, original(name)))),
        }
        Resolution::Internal
    }

    // ---- where a path begins ----

    fn start(&self, file: u32, segments: &[&str], search: &mut Search) -> Start {
        let first = segments[0];
        if matches!(first, "std" | "core" | "alloc") {
            return Start::External;
        }
        let Some(here) = self.modules.place_of(file) else { return self.start_outside(file, first) };
        match first {
            "crate" => Start::At(here.root(), 1),
            "self" | "super" => {
                let n_self = segments.iter().take_while(|segment| **segment == "self").count();
                let n_super = segments[n_self..].iter().take_while(|segment| **segment == "super").count();
                here.above(n_super).map_or(Start::Unresolved, |place| Start::At(place, n_self + n_super))
            }
            _ if self.modules.child(here, first).is_some() => Start::At(here.clone(), 0),
            _ => self.start_by_name(file, here, first, search),
        }
    }

    /// Of a file that is no module of any crate only the libraries it names are known.
    fn start_outside(&self, file: u32, first: &str) -> Start {
        match first {
            "crate" | "self" | "super" => Start::Unresolved,
            name => self.modules.library(file, name).map_or(Start::External, |place| Start::At(place, 1)),
        }
    }

    /// A name in scope: brought by an import, a library of the workspace, or in the 2015 edition a module of the root.
    fn start_by_name(&self, file: u32, here: &Place, first: &str, search: &mut Search) -> Start {
        let named = self.brought_module(file, first, search).or_else(|| self.modules.library(file, first));
        if let Some(place) = named {
            return Start::At(place, 1);
        }
        let root = here.root();
        let is_old_style = self.modules.is_2015(&root) && self.modules.child(&root, first).is_some();
        if is_old_style { Start::At(root, 0) } else { Start::External }
    }

    /// The module that an import of `file` brings under `name`.
    fn brought_module(&self, file: u32, name: &str, search: &mut Search) -> Option<Place> {
        if !search.enters(file, name, Wanted::Module) {
            return None;
        }
        let scope = self.scopes.get(&file)?;
        let by_name = scope.by_name.get(name).into_iter().flatten().find_map(|(import, original)| {
            let (place, rest) = self.module_of(file, import, search)?;
            match (rest.is_empty(), *original) {
                (true, ITSELF) => Some(place),
                (true, original) => self.modules.child(&place, original),
                (false, _) => None,
            }
        });
        by_name.or_else(|| {
            scope.globs.iter().find_map(|glob| {
                let (place, rest) = self.module_of(file, glob, search)?;
                self.modules.child(&place, name).filter(|_| rest.is_empty())
            })
        })
    }

    /// The module an import of `file` names, as far as modules go, and what is left of its path.
    fn module_of<'i>(&self, file: u32, import: &'i Import, search: &mut Search) -> Option<(Place, Vec<&'i str>)> {
        if !search.follows() {
            return None;
        }
        let segments: Vec<&str> = import.target.split("::").collect();
        let Start::At(place, n_used) = self.start(file, &segments, search) else { return None };
        let (place, rest) = self.descend(place, &segments[n_used..]);
        Some((place, rest.to_vec()))
    }

    /// Down the tree as far as modules go, those that imports bring included.
    fn descend_along<'s, 'p>(&self, place: Place, rest: &'s [&'p str]) -> (Place, &'s [&'p str]) {
        let (mut place, mut rest) = self.descend(place, rest);
        for _ in 0..MAX_REEXPORTS {
            let Some((first, after)) = rest.split_first() else { break };
            let file = self.modules.file_of(&place);
            let brought = file.and_then(|file| self.brought_module(file, first, &mut Search::default()));
            let Some(brought) = brought else { break };
            (place, rest) = self.descend(brought, after);
        }
        (place, rest)
    }

    /// Down the tree as far as modules go.
    fn descend<'s, 'p>(&self, mut place: Place, mut rest: &'s [&'p str]) -> (Place, &'s [&'p str]) {
        while let Some((first, after)) = rest.split_first() {
            let Some(child) = self.modules.child(&place, first) else { break };
            (place, rest) = (child, after);
        }
        (place, rest)
    }

    // ---- where an item is ----

    /// The file that holds an item of a module: where its declaration is seen, else where its re-exports end.
    fn item(&self, place: &Place, name: &str) -> Option<u32> {
        if matches!(name, "*" | ITSELF) {
            return self.modules.file_of(place);
        }
        let declaring = self.declaring(place, name, &mut Search::default());
        declaring.or_else(|| self.end_of_reexports(place, name, MAX_REEXPORTS))
    }

    /// The file that is seen to declare `name` of a module: a module of that name, its own file, or what a re-export
    /// leads to.
    fn declaring(&self, place: &Place, name: &str, search: &mut Search) -> Option<u32> {
        if let Some(child) = self.modules.child(place, name) {
            return self.modules.file_of(&child);
        }
        let file = self.modules.file_of(place)?;
        if !search.enters(file, name, Wanted::Item) {
            return None;
        }
        if self.files.facts(file).declared_types.iter().any(|declared| declared == name) {
            return Some(file);
        }
        let scope = self.scopes.get(&file)?;
        let by_name = scope.by_name.get(name).into_iter().flatten().find_map(|(import, original)| {
            let (place, rest) = self.module_of(file, import, search)?;
            match (rest.first(), *original) {
                (Some(item), _) => self.declaring(&place, item, search),
                (None, ITSELF) => self.modules.file_of(&place),
                (None, original) => self.declaring(&place, original, search),
            }
        });
        by_name.or_else(|| {
            scope.globs.iter().find_map(|glob| {
                let (place, rest) = self.module_of(file, glob, search)?;
                self.declaring(&place, name, search).filter(|_| rest.is_empty())
            })
        })
    }

    /// The last file on the way along imports that bring `name`: a macro may make it there.
    fn end_of_reexports(&self, place: &Place, name: &str, n_left: usize) -> Option<u32> {
        let file = self.modules.file_of(place)?;
        let imports = self.scopes.get(&file).and_then(|scope| scope.by_name.get(name));
        let next = imports.into_iter().flatten().filter(|_| n_left > 0).find_map(|(import, original)| {
            let (place, rest) = self.module_of(file, import, &mut Search::default())?;
            let original = if *original == ITSELF { name } else { original };
            let name = rest.first().copied().unwrap_or(original);
            self.end_of_reexports(&place, name, n_left - 1)
        });
        next.or(Some(file))
    }
}

impl<'a> Scope<'a> {
    fn of(facts: &'a FileFacts) -> Self {
        let mut scope = Self::default();
        for import in facts.imports.iter().filter(|import| !import.target.starts_with("mod ")) {
            let itself = import.target.rsplit("::").next().filter(|_| import.names.is_empty());
            let brought = import.names.iter().map(|name| (alias(name), original(name)));
            for (name, original) in brought.chain(itself.map(|name| (name, ITSELF))) {
                match name {
                    "*" => scope.globs.push(import),
                    _ => scope.by_name.entry(name).or_default().push((import, original)),
                }
            }
        }
        scope
    }
}

/// The name that `a as b` has where it comes from.
fn original(name: &str) -> &str {
    name.split_once(" as ").map_or(name, |(original, _)| original)
}

/// The name that `a as b` has here.
fn alias(name: &str) -> &str {
    name.split_once(" as ").map_or(name, |(_, alias)| alias)
}

/// The packages of a repository, in the order of their folders.
fn read_packages(manifests: &[(String, String)]) -> Vec<Package> {
    let mut cargo: Vec<&(String, String)> =
        manifests.iter().filter(|(path, _)| name_of(path) == "Cargo.toml").collect();
    cargo.sort_unstable();
    cargo.into_iter().filter_map(|(path, text)| Package::read(folder_of(path), text)).collect()
}
