//! Ruby: required paths by the load path, constants by the habits of Zeitwerk.
//!
//! `require_relative` starts from the file; `require` and `autoload` from the folders that programs put on the load path:
//! `lib`, `test`, `spec` and `ext` of the folders above, nearest first, then any `lib`. Where files are loaded by name (the
//! folders of `app` beside a `config` with Ruby in it, and `lib` where Zeitwerk is named) a mentioned constant leads to
//! the file that must hold it, looked for from the innermost module outwards. Elsewhere a constant leads nowhere.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, joined};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Folders that programs put on the load path.
const LOAD_FOLDERS: &[&str] = &["lib", "test", "spec", "ext"];

/// Rules for Ruby, prepared for one commit.
pub(super) struct Ruby<'a> {
    files: &'a Files<'a>,
    /// Every folder called `lib`.
    libraries: Vec<&'a str>,
    /// Files by the constant that autoloading expects in them, by its folded name and the root above.
    constants: HashMap<String, BTreeMap<&'a str, u32>>,
}

impl<'a> Ruby<'a> {
    pub(super) fn new(files: &'a Files<'a>) -> Self {
        let sources = files.in_languages(&[Language::Ruby]);
        let folders: BTreeSet<&str> = sources.iter().flat_map(|&ix| folders_upwards(files.folder(ix))).collect();
        let is_library = |folder: &&str| *folder == "lib" || folder.ends_with("/lib");
        let libraries: Vec<&str> = folders.iter().copied().filter(is_library).collect();
        let mut constants: HashMap<String, BTreeMap<&str, u32>> = HashMap::new();
        let roots = autoload_roots(files, &sources, &folders, &libraries);
        for &ix in &sources {
            let path = files.path(ix);
            // The innermost root counts: `app/models/concerns` before `app/models`.
            let Some(root) = folders_upwards(files.folder(ix)).find(|folder| roots.contains(folder)) else { continue };
            let Some(inner) = path[root.len()..].trim_start_matches('/').strip_suffix(".rb") else { continue };
            constants.entry(folded(inner)).or_default().insert(root, ix);
        }
        Self { files, libraries, constants }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let folder = self.files.folder(from);
        let target = import.target.as_str();
        if target.starts_with("./") || target.starts_with("../") {
            let found = joined(folder, target).and_then(|place| self.file(&place));
            targets.extend(found);
            return if found.is_some() { Resolution::Internal } else { Resolution::Unresolved };
        }
        let above =
            folders_upwards(folder).flat_map(|folder| LOAD_FOLDERS.iter().filter_map(|name| joined(folder, name)));
        let own = folders_upwards(folder).map(str::to_owned).filter(|folder| is_load_folder(folder));
        let libraries = self.libraries.iter().map(|library| (*library).to_owned());
        let mut starts = own.chain(above).chain(libraries);
        let found = starts.find_map(|start| self.file(&joined(&start, target)?));
        targets.extend(found);
        match found {
            Some(_) => Resolution::Internal,
            None => Resolution::External,
        }
    }

    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        if self.constants.is_empty() {
            return;
        }
        let facts = self.files.facts(from);
        let mut scopes: Vec<&str> = facts.declared_types.iter().flat_map(|name| scopes_of(name)).collect();
        scopes.sort_by_key(|scope| (std::cmp::Reverse(scope.len()), *scope));
        scopes.dedup();
        for name in &facts.mentioned_types {
            let written = name.trim_start_matches("::");
            let is_absolute = written.len() < name.len();
            let inside = scopes.iter().filter(|_| !is_absolute).map(|scope| format!("{scope}::"));
            let mut starts = inside.chain([String::new()]);
            targets.extend(starts.find_map(|start| self.constant(from, &start, written)));
        }
    }

    /// The file that must hold the constant `written` below `start`, or the one it is reached through.
    fn constant(&self, from: u32, start: &str, written: &str) -> Option<u32> {
        let mut outer = written;
        loop {
            if let Some(by_root) = self.constants.get(&folded(&format!("{start}{outer}"))) {
                let candidates: Vec<u32> = by_root.values().copied().collect();
                return self.files.nearest(from, &candidates);
            }
            outer = outer.rsplit_once("::")?.0;
        }
    }

    fn file(&self, place: &str) -> Option<u32> {
        self.files.find(&format!("{place}.rb")).or_else(|| self.files.find(place))
    }
}

fn is_load_folder(folder: &str) -> bool {
    LOAD_FOLDERS.iter().any(|name| folder == *name || folder.ends_with(&format!("/{name}")))
}

/// Folders whose files are loaded by the names of their constants.
fn autoload_roots<'a>(
    files: &Files<'a>,
    sources: &[u32],
    folders: &BTreeSet<&'a str>,
    libraries: &[&'a str],
) -> BTreeSet<&'a str> {
    let is_of_app = |folder: &&&str| {
        let above = folder_of(folder);
        let home = above.strip_suffix("app").filter(|home| home.is_empty() || home.ends_with('/'));
        home.is_some_and(|home| folders.contains(format!("{home}config").as_str()))
    };
    let mut roots: BTreeSet<&str> = folders.iter().filter(is_of_app).copied().collect();
    let concerns: Vec<&str> = folders
        .iter()
        .copied()
        .filter(|folder| folder.ends_with("/concerns") && roots.contains(folder_of(folder)))
        .collect();
    roots.extend(concerns);
    let names_zeitwerk = |ix: &u32| files.facts(*ix).mentioned_types.iter().any(|name| name.starts_with("Zeitwerk"));
    for &ix in sources.iter().filter(|ix| names_zeitwerk(ix)) {
        let library = folders_upwards(files.folder(ix)).find(|folder| libraries.contains(folder));
        roots.extend(library);
    }
    roots
}

/// `A::B::C` holds the scopes `A::B::C`, `A::B` and `A`.
fn scopes_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices("::").map(|(at, _)| &name[..at]).chain([name])
}

/// One spelling for a constant and its path: `Admin::HTMLPage` and `admin/html_page` are `admin/htmlpage`.
fn folded(name: &str) -> String {
    name.replace("::", "/").replace('_', "").to_lowercase()
}
