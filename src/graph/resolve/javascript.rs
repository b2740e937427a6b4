//! JavaScript and TypeScript: relative paths, `paths` and `baseUrl` of the nearest configuration, packages of the
//! workspace.
//!
//! A path is tried as it is, with the extensions of the importing language first, with `.ts` for a written `.js`, and
//! as a folder: the entry its `package.json` names, then `index`. A package of the workspace is known by the name in
//! its `package.json`; where its entry is built and not in the repository, `src/index` and `index` stand in. What ends
//! in an extension that is no code (styles, pictures, JSON) is external.

use super::{Resolution, relaxed_json};
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use serde_json::Value;
use std::collections::HashMap;

const CODE_EXTENSIONS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];

/// Extensions tried for a path without one, in order, by the language of the importing file.
const FROM_JAVASCRIPT: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "d.ts"];
const FROM_TYPESCRIPT: &[&str] = &["ts", "tsx", "d.ts", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/// What a written extension may be in the source.
const SOURCE_OF: &[(&str, &[&str])] =
    &[(".js", &[".ts", ".tsx", ".d.ts"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"]), (".cjs", &[".cts"])];

/// Configurations read for one, all that it extends together; people stay below five.
const MAX_EXTENDS: usize = 16;

/// Aliases kept of one configuration: monorepos name every package, a few thousand at most.
const MAX_ALIASES: usize = 5_000;

/// Depth of conditions in `exports`, at most.
const MAX_CONDITIONS: usize = 6;

/// Rules for JavaScript and TypeScript, prepared for one commit.
pub(super) struct JavaScript<'a> {
    files: &'a Files<'a>,
    /// Packages by folder.
    packages: HashMap<&'a str, Package>,
    /// Folder of each package of the workspace by name.
    folder_by_name: HashMap<String, &'a str>,
    /// Configurations by the folder they govern.
    configurations: HashMap<&'a str, Configuration>,
}

/// What a `package.json` says of where its code is.
#[derive(Debug, Default)]
struct Package {
    /// Paths from its folder that may be what importers get, best first.
    entries: Vec<String>,
    /// `exports` below the package: `./x` or `./x/*`, and what it stands for.
    exports: Vec<(String, String)>,
    /// `imports`: names that begin with `#`.
    private: Vec<(String, String)>,
}

/// What a `tsconfig.json` says of where modules are.
#[derive(Debug, Default, Clone)]
struct Configuration {
    /// Folder that bare paths start from.
    base: Option<String>,
    /// Pattern with at most one `*`, and folders with the same.
    paths: Vec<(String, Vec<String>)>,
}

impl<'a> JavaScript<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &'a [(String, String)]) -> Self {
        let mut packages = HashMap::new();
        let mut folder_by_name = HashMap::new();
        let of_name = |name: &'static str| manifests.iter().filter(move |(path, _)| name_of(path) == name);
        for (path, text) in of_name("package.json") {
            let Some(value) = relaxed_json::parse(text) else { continue };
            if let Some(name) = value.get("name").and_then(Value::as_str) {
                folder_by_name.entry(name.to_owned()).or_insert(folder_of(path));
            }
            packages.insert(folder_of(path), read_package(&value));
        }
        let mut configurations = HashMap::new();
        // Where both are present TypeScript reads the first.
        for name in ["tsconfig.json", "jsconfig.json"] {
            for (path, _) in of_name(name) {
                let configuration = read_configuration(path, manifests, &mut { MAX_EXTENDS });
                configurations.entry(folder_of(path)).or_insert(configuration);
            }
        }
        Self { files, packages, folder_by_name, configurations }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let target = import.target.split(['?', '!']).next().unwrap_or_default();
        let extensions = match self.files.facts(from).language {
            Language::JavaScript => FROM_JAVASCRIPT,
            _ => FROM_TYPESCRIPT,
        };
        let folder = self.files.folder(from);
        let is_relative = target.starts_with("./") || target.starts_with("../") || target == "." || target == "..";
        let found = if is_relative {
            joined(folder, target).and_then(|place| self.module(&place, extensions))
        } else {
            self.bare(folder, target, extensions)
        };
        if let Some(found) = found {
            targets.push(found);
            return Resolution::Internal;
        }
        let is_internal = is_relative || self.workspace_package(target).is_some() || self.is_alias(folder, target);
        if is_internal && !is_asset(target) { Resolution::Unresolved } else { Resolution::External }
    }

    /// A path that is not relative: an alias, a package of the workspace, or neither.
    fn bare(&self, folder: &str, target: &str, extensions: &[&str]) -> Option<u32> {
        if target.starts_with('#') {
            return self.private(folder, target, extensions);
        }
        self.by_configuration(folder, target, extensions).or_else(|| self.in_workspace(target, extensions))
    }

    fn private(&self, folder: &str, target: &str, extensions: &[&str]) -> Option<u32> {
        let (home, package) = folders_upwards(folder).find_map(|folder| Some((folder, self.packages.get(folder)?)))?;
        let places = package.private.iter().filter_map(|(pattern, place)| substituted(pattern, place, target));
        places.filter_map(|place| joined(home, &place)).find_map(|place| self.module(&place, extensions))
    }

    fn by_configuration(&self, folder: &str, target: &str, extensions: &[&str]) -> Option<u32> {
        let configuration = folders_upwards(folder).find_map(|folder| self.configurations.get(folder))?;
        let aliases =
            configuration.paths.iter().flat_map(|(pattern, places)| places.iter().map(move |place| (pattern, place)));
        let places = aliases.filter_map(|(pattern, place)| substituted(pattern, place, target));
        let from_base = configuration.base.as_deref().and_then(|base| joined(base, target));
        places.chain(from_base).find_map(|place| self.module(&place, extensions))
    }

    /// Whether an alias other than `*`, which says nothing, is meant to lead into the repository.
    fn is_alias(&self, folder: &str, target: &str) -> bool {
        let configuration = folders_upwards(folder).find_map(|folder| self.configurations.get(folder));
        let mut aliases = configuration.into_iter().flat_map(|configuration| &configuration.paths);
        aliases.any(|(pattern, places)| {
            let is_own = places.iter().any(|place| !place.contains("node_modules"));
            pattern != "*" && is_own && substituted(pattern, "", target).is_some()
        })
    }

    fn in_workspace(&self, target: &str, extensions: &[&str]) -> Option<u32> {
        let (home, inner) = self.workspace_package(target)?;
        if inner.is_empty() {
            return self.entry(home, extensions);
        }
        let subpath = format!("./{inner}");
        let exports = self.packages.get(home).into_iter().flat_map(|package| &package.exports);
        let exported = exports.filter_map(|(pattern, place)| substituted(pattern, place, &subpath));
        let places = exported.chain([inner.to_owned(), format!("src/{inner}")]);
        places.filter_map(|place| joined(home, &place)).find_map(|place| self.module(&place, extensions))
    }

    /// Folder of the package that `target` names, and the path inside it.
    fn workspace_package<'t>(&self, target: &'t str) -> Option<(&'a str, &'t str)> {
        let n_parts = if target.starts_with('@') { 2 } else { 1 };
        let end = target.match_indices('/').nth(n_parts - 1).map_or(target.len(), |(at, _)| at);
        let folder = self.folder_by_name.get(&target[..end])?;
        Some((folder, target[end..].trim_start_matches('/')))
    }

    /// The file at `place`, or the entry of the folder.
    fn module(&self, place: &str, extensions: &[&str]) -> Option<u32> {
        self.file(place, extensions).or_else(|| self.entry(place, extensions))
    }

    fn file(&self, place: &str, extensions: &[&str]) -> Option<u32> {
        let as_written = self.files.find(place);
        let with_extension =
            || extensions.iter().find_map(|extension| self.files.find(&format!("{place}.{extension}")));
        let as_source = || {
            let (stem, sources) = SOURCE_OF.iter().find_map(|(end, of)| Some((place.strip_suffix(end)?, of)))?;
            sources.iter().find_map(|end| self.files.find(&format!("{stem}{end}")))
        };
        as_written.or_else(with_extension).or_else(as_source)
    }

    /// What one gets who imports a folder.
    fn entry(&self, folder: &str, extensions: &[&str]) -> Option<u32> {
        let package = self.packages.get(folder);
        let entries = package.into_iter().flat_map(|package| &package.entries);
        let inside = |name: &str| joined(folder, name).and_then(|place| self.file(&place, extensions));
        let by_package = || {
            let mut entries = entries.clone();
            entries.find_map(|entry| inside(entry).or_else(|| inside(&format!("{entry}/index"))))
        };
        // The source of a package whose entry is built.
        let by_habit = || package.and_then(|_| inside("src/index"));
        by_package().or_else(|| inside("index")).or_else(by_habit)
    }
}

fn read_package(value: &Value) -> Package {
    let mut entries = Vec::new();
    let exports = value.get("exports");
    let main_export = exports.and_then(|exports| exports.get(".")).or(exports);
    for place in [value.get("source"), value.get("main"), value.get("module"), main_export, value.get("types")] {
        add_places(place, MAX_CONDITIONS, &mut entries);
    }
    let mut exports = named_places(exports);
    exports.retain(|(name, _)| name.starts_with("./"));
    Package { entries, exports, private: named_places(value.get("imports")) }
}

/// Every path below each name of a map.
fn named_places(value: Option<&Value>) -> Vec<(String, String)> {
    let named = value.and_then(Value::as_object).into_iter().flatten().take(MAX_ALIASES);
    let each = |(name, value): (&String, &Value)| {
        let mut places = Vec::new();
        add_places(Some(value), MAX_CONDITIONS, &mut places);
        places.into_iter().map(|place| (name.clone(), place)).collect::<Vec<_>>()
    };
    named.flat_map(each).collect()
}

/// Every path in a value of `exports` or the like, through its conditions.
fn add_places(value: Option<&Value>, depth_left: usize, places: &mut Vec<String>) {
    match value {
        Some(Value::String(place)) => places.push(place.clone()),
        Some(Value::Object(conditions)) if depth_left > 0 => {
            let inner = conditions.iter().filter(|(condition, _)| !condition.starts_with('.'));
            inner.for_each(|(_, value)| add_places(Some(value), depth_left - 1, places));
        }
        _ => {}
    }
}

/// What the configuration at `path` says, with what it inherits. `n_left` counts all that are read: lists of
/// configurations that extend each other would have no end.
fn read_configuration(path: &str, manifests: &[(String, String)], n_left: &mut usize) -> Configuration {
    let Some(left) = n_left.checked_sub(1) else { return Configuration::default() };
    *n_left = left;
    let text = manifests.iter().find(|(other, _)| other == path).map(|(_, text)| text.as_str());
    let Some(value) = text.and_then(relaxed_json::parse) else { return Configuration::default() };
    let folder = folder_of(path);
    let mut configuration = inherited(texts(value.get("extends")), folder, manifests, n_left);
    let options = value.get("compilerOptions");
    let option = |name: &str| options.and_then(|options| options.get(name));
    if let Some(base) = option("baseUrl").and_then(Value::as_str) {
        configuration.base = joined(folder, base);
    }
    if let Some(paths) = option("paths").and_then(Value::as_object) {
        let start = configuration.base.clone().unwrap_or_else(|| folder.to_owned());
        let places = |value| texts(Some(value)).iter().filter_map(|place| joined(&start, place)).collect();
        let aliases = paths.iter().take(MAX_ALIASES);
        configuration.paths = aliases.map(|(pattern, value)| (pattern.clone(), places(value))).collect();
        configuration.paths.sort_by_key(|(pattern, _)| std::cmp::Reverse(n_fixed_characters(pattern)));
    }
    // The configuration on top of a project often only points at the real ones.
    if configuration.base.is_none() && configuration.paths.is_empty() {
        let references = value.get("references").and_then(Value::as_array).into_iter().flatten();
        let references = references.filter_map(|reference| reference.get("path")?.as_str()).collect();
        return inherited(references, folder, manifests, n_left);
    }
    configuration
}

/// What the configurations at `paths` say together; the last one wins.
fn inherited(paths: Vec<&str>, folder: &str, manifests: &[(String, String)], n_left: &mut usize) -> Configuration {
    let mut configuration = Configuration::default();
    for path in paths.into_iter().filter(|path| path.starts_with('.')) {
        let Some(place) = joined(folder, path) else { continue };
        let exists = |path: &String| manifests.iter().any(|(other, _)| other == path);
        let in_folder = joined(&place, "tsconfig.json").unwrap_or_default();
        let found = [format!("{place}.json"), place, in_folder].into_iter().find(exists).filter(|_| *n_left > 0);
        if let Some(path) = found {
            let inner = read_configuration(&path, manifests, n_left);
            configuration.base = inner.base.or(configuration.base);
            configuration.paths = if inner.paths.is_empty() { configuration.paths } else { inner.paths };
        }
    }
    configuration
}

/// A text, or the texts of a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).take(MAX_ALIASES).collect(),
        _ => Vec::new(),
    }
}

/// How exactly a pattern says what it fits: a whole name best, else what stands before the `*`.
fn n_fixed_characters(pattern: &str) -> usize {
    pattern.split_once('*').map_or(usize::MAX, |(head, _)| head.len())
}

/// `place` with its `*` filled by what the `*` of `pattern` covers in `target`.
fn substituted(pattern: &str, place: &str, target: &str) -> Option<String> {
    match pattern.split_once('*') {
        None => (pattern == target).then(|| place.to_owned()),
        Some((head, tail)) => {
            let covered = target.strip_prefix(head)?.strip_suffix(tail)?;
            Some(place.replacen('*', covered, 1))
        }
    }
}

/// Whether the path ends in an extension that is no code.
fn is_asset(target: &str) -> bool {
    let extension = name_of(target).rsplit_once('.').map(|(_, extension)| extension);
    extension
        .is_some_and(|extension| !extension.is_empty() && !CODE_EXTENSIONS.contains(&extension) && extension.len() <= 8)
}
