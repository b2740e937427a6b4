//! Go: packages by the module path of `go.mod`; inside a package, files by the names they declare.
//!
//! An import leads to the files of the package that declare the names taken from it, and to all its files (without
//! tests) where no name is taken or none is found: a package imported for its side effects, or methods only. Files of
//! one package see each other without an import: an edge for every name that is mentioned here and declared there.
//! Only tests see tests. A `replace` by a folder gives that folder another path; what no module here is called is looked
//! for in the `vendor` folders above the file.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use std::collections::HashMap;

/// Files of one package that an import without names leads to, at most: the largest hand-written packages stay below.
const MAX_PACKAGE_FILES: usize = 300;

/// Files that may declare the same name (one for each platform) before it says nothing any more.
const MAX_DECLARING_FILES: usize = 16;

/// Modules that one `go.mod` replaces by folders: the largest monorepos name a hundred.
const MAX_REPLACED: usize = 1_000;

/// Rules for Go, prepared for one commit.
pub(super) struct Go<'a> {
    files: &'a Files<'a>,
    /// Module path and folder, longest path first.
    modules: Vec<(String, String)>,
    packages: HashMap<&'a str, Package<'a>>,
}

/// The files of one folder.
#[derive(Debug, Default)]
struct Package<'a> {
    files: Vec<u32>,
    declaring: HashMap<&'a str, Vec<u32>>,
}

impl<'a> Go<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &'a [(String, String)]) -> Self {
        let mut packages: HashMap<&str, Package<'_>> = HashMap::new();
        for ix in files.in_languages(&[Language::Go]) {
            let package = packages.entry(files.folder(ix)).or_default();
            package.files.push(ix);
            for name in &files.facts(ix).declared_types {
                package.declaring.entry(name).or_default().push(ix);
            }
        }
        let go_mods = manifests.iter().filter(|(path, _)| name_of(path) == "go.mod");
        let mut modules: Vec<(String, String)> = Vec::new();
        for (path, text) in go_mods.filter(|_| !packages.is_empty()) {
            modules.extend(module_path(text).map(|module| (module, folder_of(path).to_owned())));
            modules.extend(replaced(folder_of(path), text).take(MAX_REPLACED));
        }
        modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { files, modules, packages }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let folder = self.folder_of_package(&import.target).or_else(|| self.vendored(from, &import.target));
        let Some(folder) = folder else { return Resolution::External };
        let Some(package) = self.packages.get(folder.as_str()) else { return Resolution::Unresolved };
        let before = targets.len();
        for name in &import.names {
            let declaring = package.declaring.get(name.as_str()).into_iter().flatten();
            targets.extend(declaring.copied().filter(|&ix| !self.is_test(ix)).take(MAX_DECLARING_FILES));
        }
        if targets.len() == before {
            targets.extend(package.files.iter().copied().filter(|&ix| !self.is_test(ix)).take(MAX_PACKAGE_FILES));
        }
        if targets.len() > before { Resolution::Internal } else { Resolution::Unresolved }
    }

    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        let Some(package) = self.packages.get(self.files.folder(from)) else { return };
        let facts = self.files.facts(from);
        for name in &facts.mentioned_types {
            let declaring = package.declaring.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let is_visible = |ix: &&u32| {
                self.files.facts(**ix).package == facts.package && (self.is_test(from) || !self.is_test(**ix))
            };
            targets.extend(declaring.iter().take(MAX_DECLARING_FILES).filter(is_visible));
        }
    }

    fn folder_of_package(&self, target: &str) -> Option<String> {
        self.modules.iter().find_map(|(module, folder)| {
            let inner = target.strip_prefix(module.as_str())?;
            (inner.is_empty() || inner.starts_with('/')).then(|| joined(folder, inner)).flatten()
        })
    }

    fn vendored(&self, from: u32, target: &str) -> Option<String> {
        let places =
            folders_upwards(self.files.folder(from)).filter_map(|folder| joined(folder, &format!("vendor/{target}")));
        places.into_iter().find(|place| self.packages.contains_key(place.as_str()))
    }

    fn is_test(&self, ix: u32) -> bool {
        self.files.path(ix).ends_with("_test.go")
    }
}

/// The path a `go.mod` gives its module.
fn module_path(go_mod: &str) -> Option<String> {
    let line = go_mod.lines().find_map(|line| line.trim().strip_prefix("module"))?;
    let path = line.split("//").next()?.trim().trim_matches('"');
    (!path.is_empty() && line.starts_with([' ', '\t'])).then(|| path.to_owned())
}

/// Modules that `replace a.org/x => ./y` puts into folders of the repository.
fn replaced<'t>(home: &'t str, go_mod: &'t str) -> impl Iterator<Item = (String, String)> + 't {
    go_mod.lines().filter_map(move |line| {
        let (old, new) = line.split("//").next()?.split_once("=>")?;
        let old = old.trim().strip_prefix("replace ").unwrap_or(old).split_whitespace().next()?;
        let new = new.split_whitespace().next().filter(|new| new.starts_with('.'))?;
        Some((old.trim_matches('"').to_owned(), joined(home, new)?))
    })
}
