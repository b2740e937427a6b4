//! C#: types by namespace and name, whatever the folders are called.
//!
//! A `using` opens a namespace and leads nowhere by itself. A mentioned name leads to the file that declares a type of
//! that name: in the file's own namespaces, from the inside out, then in the opened ones, of the file and of the whole
//! project (`global using`, `<Using Include="…">`). A path `A.B` is tried below the same namespaces. A static using and an
//! alias lead to their type. Of several files that declare a type, the nearest are meant; parts of one type are all meant.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Files that are followed for one type: parts of one type are a handful.
const MAX_PARTS: usize = 16;

/// Outermost namespaces of the platform.
const PLATFORM: &[&str] = &["System", "Microsoft", "Windows"];

/// Namespaces opened for a whole project, at most.
const MAX_GLOBAL: usize = 1_000;

/// Rules for C#, prepared for one commit.
pub(super) struct CSharp<'a> {
    files: &'a Files<'a>,
    /// Files by the full name of a type.
    types: HashMap<&'a str, Vec<u32>>,
    /// Every namespace, with the ones around it.
    namespaces: HashSet<&'a str>,
    /// Folders of projects, with what is opened in all their files.
    projects: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> CSharp<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &'a [(String, String)]) -> Self {
        let sources = files.in_languages(&[Language::CSharp]);
        let mut this = Self { files, types: HashMap::new(), namespaces: HashSet::new(), projects: HashMap::new() };
        for &ix in &sources {
            for name in &files.facts(ix).declared_types {
                this.types.entry(name).or_default().push(ix);
                this.namespaces.extend(around(name));
            }
        }
        for (path, text) in manifests.iter().filter(|(path, _)| path.ends_with(".csproj") && !sources.is_empty()) {
            let opened = this.projects.entry(folder_of(path)).or_default();
            opened.extend(project_usings(text).take(MAX_GLOBAL));
        }
        for &ix in &sources {
            this.open_for_project(ix);
        }
        this
    }

    pub(super) fn resolve(&self, from: u32, import: &'a Import, targets: &mut Vec<u32>) -> Resolution {
        let target = import.target.strip_prefix("global ").unwrap_or(&import.target);
        let path = target.strip_suffix(".*").unwrap_or(target);
        if let Some(found) = self.type_at(path) {
            self.add_parts(from, found, targets);
            return Resolution::Internal;
        }
        if self.namespaces.contains(path) {
            return Resolution::Internal;
        }
        // A neighbour of what is here, and not here; of the platform's namespaces everyone may declare a part.
        let is_of_platform = PLATFORM.contains(&path.split('.').next().unwrap_or_default());
        let is_beside =
            path.rsplit_once('.').is_some_and(|(outer, _)| self.namespaces.contains(outer)) && !is_of_platform;
        if is_beside { Resolution::Unresolved } else { Resolution::External }
    }

    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        let facts = self.files.facts(from);
        let own = self.own_namespaces(from);
        let opened = self.opened(from);
        let aliases: HashSet<&str> =
            facts.imports.iter().flat_map(|import| &import.names).map(String::as_str).collect();
        for name in facts.mentioned_types.iter().filter(|name| !aliases.contains(name.as_str())) {
            let found = self.in_scope(name, &own, &opened);
            // `[Shown]` is short for `ShownAttribute`.
            let found = found.or_else(|| self.in_scope(&format!("{name}Attribute"), &own, &opened));
            if let Some(found) = found {
                self.add_parts(from, found, targets);
            }
        }
    }

    /// The files that declare what `name` means here.
    fn in_scope(&self, name: &str, own: &[&str], opened: &BTreeSet<&str>) -> Option<&[u32]> {
        let is_path = name.contains('.');
        let inside = own.iter().find_map(|namespace| {
            let full_name = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") };
            if is_path { self.type_at(&full_name) } else { self.types.get(full_name.as_str()).map(Vec::as_slice) }
        });
        // A path through an opened namespace begins with a type: its first name was met by itself.
        inside.or_else(|| {
            let mut opened = opened.iter().filter(|_| !is_path);
            opened.find_map(|namespace| self.types.get(format!("{namespace}.{name}").as_str()).map(Vec::as_slice))
        })
    }

    /// The files of the type that `path` names, or begins with.
    fn type_at(&self, path: &str) -> Option<&[u32]> {
        let mut outer = path;
        loop {
            if let Some(found) = self.types.get(outer) {
                return Some(found);
            }
            // What stands in a namespace is no member of a type further out.
            if self.namespaces.contains(outer) {
                return None;
            }
            outer = outer.rsplit_once('.')?.0;
        }
    }

    fn add_parts(&self, from: u32, files: &[u32], targets: &mut Vec<u32>) {
        let n_common = |ix: u32| self.files.n_common_folders(from, ix);
        let best = files.iter().map(|&ix| n_common(ix)).max();
        targets.extend(files.iter().copied().filter(|&ix| Some(n_common(ix)) == best).take(MAX_PARTS));
    }

    /// Namespaces whose types are in sight, innermost first; the nameless one last.
    fn own_namespaces(&self, from: u32) -> Vec<&'a str> {
        let facts = self.files.facts(from);
        let declared = facts.declared_types.iter().flat_map(|name| around(name));
        let package = facts.package.iter().flat_map(|package| around(package).chain([package.as_str()]));
        let mut namespaces: Vec<&str> = declared.chain(package).chain([""]).collect();
        namespaces.sort_by_key(|name| (std::cmp::Reverse(name.len()), *name));
        namespaces.dedup();
        namespaces
    }

    fn opened(&self, from: u32) -> BTreeSet<&'a str> {
        let own = self.files.facts(from).imports.iter().filter_map(|import| import.target.strip_suffix(".*"));
        let of_project = self.project_of(from).and_then(|folder| self.projects.get(folder));
        own.map(without_global).chain(of_project.into_iter().flatten().copied()).collect()
    }

    fn project_of(&self, ix: u32) -> Option<&'a str> {
        folders_upwards(self.files.folder(ix)).find(|folder| self.projects.contains_key(folder))
    }

    fn open_for_project(&mut self, ix: u32) {
        let imports = self.files.facts(ix).imports.iter();
        let global: Vec<&str> = imports
            .filter_map(|import| import.target.strip_prefix("global ")?.strip_suffix(".*"))
            .take(MAX_GLOBAL)
            .collect();
        if let Some(folder) = self.project_of(ix).filter(|_| !global.is_empty()) {
            self.projects.entry(folder).or_default().extend(global);
        }
    }
}

fn without_global(target: &str) -> &str {
    target.strip_prefix("global ").unwrap_or(target)
}

/// The namespaces around `A.B.C`: `A.B` and `A`.
fn around(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').map(|(at, _)| &name[..at])
}

/// What `<Using Include="…" />` of a project file opens.
fn project_usings(project: &str) -> impl Iterator<Item = &str> {
    project.split("<Using ").skip(1).filter_map(|rest| {
        let tag = rest.split('>').next()?;
        let is_plain = !tag.contains("Static") && !tag.contains("Alias");
        tag.split_once("Include=\"")?.1.split('"').next().filter(|_| is_plain)
    })
}
