//! Which modules does each crate have, and in which files?
//!
//! In: Rust files with their `mod` lines, and Cargo packages. Out: a tree of modules for every crate. A package's roots
//! are its library, its binaries, tests, benchmarks and examples, and its build script, where Cargo looks for them or
//! where the manifest says; files above which no manifest lies begin a crate when they are called `lib.rs` or
//! `main.rs`. A file that several crates declare belongs to the first: libraries before binaries before others.

use super::cargo::Package;
use crate::code::Language;
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Modules of all crates together: several for each file of the largest repositories. A file may be declared by several
/// crates, and text made to hurt declares one in thousands.
const MAX_MODULES: usize = 100_000;

/// Longest path of a module: people write a quarter of it, and a file that includes itself along `#[path]` has no end.
const MAX_PLACE_BYTES: usize = 300;

/// A module of a crate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    in_crate: usize,
    /// Segments joined by `::`; empty for the root.
    path: String,
}

impl Place {
    /// The root of the same crate.
    pub(super) fn root(&self) -> Place {
        Place { in_crate: self.in_crate, path: String::new() }
    }

    /// The module `n_levels` above; `None` above the root.
    pub(super) fn above(&self, n_levels: usize) -> Option<Place> {
        let mut path = self.path.as_str();
        for _ in 0..n_levels {
            if path.is_empty() {
                return None;
            }
            path = path.rsplit_once("::").map_or("", |(above, _)| above);
        }
        Some(Place { in_crate: self.in_crate, path: path.to_owned() })
    }

    fn below(&self, path: &str) -> Place {
        let path = if self.path.is_empty() { path.to_owned() } else { format!("{}::{path}", self.path) };
        Place { in_crate: self.in_crate, path }
    }
}

/// A module that a file declares in a file of its own: that file, and its path below the declaring one.
type Declared = (u32, String);

/// The modules of all crates.
pub(super) struct Modules<'a> {
    files: &'a Files<'a>,
    packages: Vec<Package>,
    /// Packages by folder.
    by_folder: HashMap<String, usize>,
    /// The root file of each crate.
    roots: Vec<u32>,
    /// The crate of each library, by the name other crates use.
    libraries: HashMap<String, usize>,
    file_of: HashMap<Place, u32>,
    /// Modules declared so far, in all crates together.
    n_declared: usize,
    /// For each file its first place.
    place_of: HashMap<u32, Place>,
    /// Files whose modules lie beside them, as for roots and `mod.rs`.
    owns_folder: HashSet<u32>,
    /// For each file the modules it declares, once they were asked for.
    declared: HashMap<u32, Rc<[Declared]>>,
}

impl<'a> Modules<'a> {
    pub(super) fn new(files: &'a Files<'a>, packages: Vec<Package>) -> Self {
        let mut sources = files.in_languages(&[Language::Rust]);
        sources.sort_by_key(|&file| files.path(file));
        let mut modules = Self {
            files,
            by_folder: packages.iter().zip(0..).map(|(package, at)| (package.folder.clone(), at)).collect(),
            packages,
            roots: Vec::new(),
            libraries: HashMap::new(),
            file_of: HashMap::new(),
            n_declared: 0,
            place_of: HashMap::new(),
            owns_folder: HashSet::new(),
            declared: HashMap::new(),
        };
        modules.owns_folder = modules.find_folder_owners(&sources);
        (0..modules.packages.len()).for_each(|package| modules.add_library(package));
        modules.target_roots(&sources).into_iter().for_each(|root| modules.add_crate(root));
        modules.adopt(&sources);
        modules
    }

    /// Where a file stands.
    pub(super) fn place_of(&self, file: u32) -> Option<&Place> {
        self.place_of.get(&file)
    }

    /// The file of a module.
    pub(super) fn file_of(&self, place: &Place) -> Option<u32> {
        self.file_of.get(place).copied()
    }

    /// A module directly below another.
    pub(super) fn child(&self, place: &Place, name: &str) -> Option<Place> {
        let child = place.below(name.trim_start_matches("r#"));
        self.file_of.contains_key(&child).then_some(child)
    }

    /// The root of the library that `name` means in `file`, as its own package renames it.
    pub(super) fn library(&self, file: u32, name: &str) -> Option<Place> {
        let renamed = self.packages_above(self.files.folder(file)).find_map(|package| package.renamed.get(name));
        let in_crate = *self.libraries.get(renamed.map_or(name, String::as_str))?;
        Some(Place { in_crate, path: String::new() })
    }

    /// Whether the crate of `place` is of the 2015 edition.
    pub(super) fn is_2015(&self, place: &Place) -> bool {
        let folder = self.files.folder(self.roots[place.in_crate]);
        self.packages_above(folder).next().is_some_and(|package| package.is_2015)
    }

    /// The file that `mod declared;` in `file` names: `a`, `inline::a`, or a quoted path.
    pub(super) fn declared_file(&self, file: u32, declared: &str) -> Option<u32> {
        let path = self.files.path(file);
        if let Some(quoted) = declared.strip_prefix('"') {
            return self.files.find(&joined(folder_of(path), quoted.trim_end_matches('"'))?);
        }
        let home = if self.owns_folder.contains(&file) { folder_of(path) } else { path.trim_end_matches(".rs") };
        let place = joined(home, &declared.replace("r#", "").replace("::", "/"))?;
        self.files.find(&format!("{place}.rs")).or_else(|| self.files.find(&format!("{place}/mod.rs")))
    }

    fn find_folder_owners(&self, sources: &[u32]) -> HashSet<u32> {
        let by_name = |file: &u32| matches!(name_of(self.files.path(*file)), "mod.rs" | "lib.rs" | "main.rs");
        let imports =
            sources.iter().flat_map(|&file| self.files.facts(file).imports.iter().map(move |one| (file, one)));
        let by_path = imports.filter_map(|(file, import)| {
            let quoted = import.target.strip_prefix("mod ").filter(|declared| declared.starts_with('"'))?;
            self.declared_file(file, quoted)
        });
        sources.iter().copied().filter(by_name).chain(by_path).collect()
    }

    /// Packages in whose folder `folder` lies, innermost first.
    fn packages_above(&self, folder: &str) -> impl Iterator<Item = &Package> {
        folders_upwards(folder).filter_map(|folder| Some(&self.packages[*self.by_folder.get(folder)?]))
    }

    fn add_library(&mut self, at: usize) {
        let package = &self.packages[at];
        let root = joined(&package.folder, &package.library_path).and_then(|path| self.files.find(&path));
        let (Some(name), Some(root)) = (package.library_name.clone(), root) else { return };
        self.libraries.entry(name).or_insert(self.roots.len());
        self.add_crate(root);
    }

    /// Files that begin a crate other than a library, binaries first.
    fn target_roots(&self, sources: &[u32]) -> Vec<u32> {
        let libraries: HashSet<u32> = self.roots.iter().copied().collect();
        let is_root = |file: &u32| !libraries.contains(file) && self.is_target_root(self.files.path(*file));
        let mut roots: Vec<u32> = sources.iter().copied().filter(is_root).collect();
        let is_binary = |path: &str| path.ends_with("src/main.rs") || path.contains("src/bin/");
        roots.sort_by_key(|&root| (!is_binary(self.files.path(root)), self.files.path(root)));
        roots
    }

    fn is_target_root(&self, path: &str) -> bool {
        let Some(package) = self.packages_above(folder_of(path)).next() else {
            return matches!(name_of(path), "lib.rs" | "main.rs");
        };
        let inner = path[package.folder.len()..].trim_start_matches('/');
        match inner.split('/').collect::<Vec<_>>().as_slice() {
            ["build.rs"] | ["src", "main.rs"] => true,
            ["src", "bin", _] | ["src", "bin", _, "main.rs"] => true,
            ["tests" | "benches" | "examples", _] | ["tests" | "benches" | "examples", _, "main.rs"] => true,
            _ => package.other_roots.iter().any(|root| joined("", root).as_deref() == Some(inner)),
        }
    }

    fn add_crate(&mut self, root: u32) {
        let in_crate = self.roots.len();
        self.roots.push(root);
        self.owns_folder.insert(root);
        self.grow(root, Place { in_crate, path: String::new() });
    }

    /// Adds a file at a place, and every module declared below it.
    fn grow(&mut self, file: u32, place: Place) {
        let mut open = vec![(file, place)];
        while let Some((file, place)) = open.pop() {
            if self.file_of.contains_key(&place) {
                continue;
            }
            let declared = self.declared_by(file);
            for (child, path) in declared.iter() {
                if self.n_declared >= MAX_MODULES || place.path.len() + path.len() > MAX_PLACE_BYTES {
                    break;
                }
                self.n_declared += 1;
                // Modules written in place around the line belong to this file.
                let outer = path.match_indices("::").map(|(end, _)| place.below(&path[..end]));
                outer.for_each(|outer| _ = self.file_of.entry(outer).or_insert(file));
                open.push((*child, place.below(path)));
            }
            self.place_of.entry(file).or_insert_with(|| place.clone());
            self.file_of.insert(place, file);
        }
    }

    fn declared_by(&mut self, file: u32) -> Rc<[Declared]> {
        if let Some(known) = self.declared.get(&file) {
            return known.clone();
        }
        let imports = self.files.facts(file).imports.iter();
        let declarations =
            imports.filter_map(|import| Some((import.target.strip_prefix("mod ")?, import.names.first())));
        let declared: Rc<[Declared]> = declarations
            .filter_map(|(declared, name)| {
                let child = self.declared_file(file, declared).filter(|child| *child != file)?;
                Some((child, name.map_or(declared, String::as_str).replace("r#", "")))
            })
            .collect();
        self.declared.insert(file, declared.clone());
        declared
    }

    /// Gives a place to files that no `mod` line leads to, but that lie where a module's own would: a macro may hold the
    /// line, and text inside macros is not read. Their paths can be followed then; no edge is made of it.
    fn adopt(&mut self, sources: &[u32]) {
        let is_mod_file = |path: &str| name_of(path) == "mod.rs";
        // A folder's own module comes before the modules in it.
        let mut by_depth: Vec<u32> = sources.to_vec();
        by_depth.sort_by_key(|&file| {
            let path = self.files.path(file);
            path.matches('/').count() - usize::from(is_mod_file(path))
        });
        for file in by_depth {
            if self.place_of.contains_key(&file) {
                continue;
            }
            let path = self.files.path(file);
            let module = if is_mod_file(path) { folder_of(path) } else { path.trim_end_matches(".rs") };
            if let Some(owner) = self.owner_of(folder_of(module)) {
                self.grow(file, owner.below(name_of(module)));
            }
        }
    }

    /// The module whose own modules lie in `folder`.
    fn owner_of(&self, folder: &str) -> Option<Place> {
        let inside = ["mod.rs", "lib.rs", "main.rs"].into_iter().filter_map(|name| joined(folder, name));
        let mut owners = inside.chain([format!("{folder}.rs")]).filter_map(|path| self.files.find(&path));
        owners.find_map(|owner| self.place_of.get(&owner)).cloned()
    }
}
