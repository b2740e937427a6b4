//! JavaScript and TypeScript: relative paths, `paths` and `baseUrl` of the nearest configuration, packages of the
//! workspace.
//!
//! A path is tried as it is, with the extensions of the importing language first, with `.ts` for a written `.js`, and
//! as a folder: the entry its `package.json` names, then `index`. TypeScript prefers declarations (`.d.ts`) where
//! JavaScript prefers code. Packages that are in sight (see `packages`) are known by name; where the entry of one is built
//! and not in the repository, `src/index` and `index` stand in. What ends in an extension that is no code (styles,
//! pictures, JSON) is external.

mod packages;

use super::{Resolution, relaxed_json};
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use packages::Packages;
use serde_json::Value;
use std::collections::HashMap;

const CODE_EXTENSIONS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];

/// Who reads: what is tried for a path, and in which order, depends on the language of the importing file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    JavaScript,
    TypeScript,
}

impl Reader {
    /// Extensions tried for a path without one.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Reader::JavaScript => &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "d.ts"],
            Reader::TypeScript => &["ts", "tsx", "d.ts", "mts", "cts", "js", "jsx", "mjs", "cjs"],
        }
    }

    /// Places that say the same, those for this reader first.
    fn preferred(self, mut places: Vec<&str>) -> Vec<&str> {
        places.sort_by_key(|place| is_declaration(place) != (self == Reader::TypeScript));
        places
    }
}

/// What a written extension may be in the source.
const SOURCE_OF: &[(&str, &[&str])] = &[
    (".js", &[".ts", ".tsx", ".d.ts"]),
    (".jsx", &[".tsx", ".d.ts"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// Configurations read for one, all that it extends together; people stay below five.
const MAX_EXTENDS: usize = 16;

/// Aliases kept of one configuration: monorepos name every package, a few thousand at most.
const MAX_ALIASES: usize = 5_000;

/// Rules for JavaScript and TypeScript, prepared for one commit.
pub(super) struct JavaScript<'a> {
    files: &'a Files<'a>,
    packages: Packages<'a>,
    /// Configurations by the folder they govern.
    configurations: HashMap<&'a str, Configuration>,
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
        let of_name = |name: &'static str| manifests.iter().filter(move |(path, _)| name_of(path) == name);
        let mut configurations = HashMap::new();
        // Where both are present TypeScript reads the first.
        for name in ["tsconfig.json", "jsconfig.json"] {
            for (path, _) in of_name(name) {
                let configuration = read_configuration(path, manifests, &mut { MAX_EXTENDS });
                configurations.entry(folder_of(path)).or_insert(configuration);
            }
        }
        Self { files, packages: Packages::read(manifests), configurations }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let target = import.target.split(['?', '!']).next().unwrap_or_default();
        let reader = match self.files.language(from) {
            Language::JavaScript => Reader::JavaScript,
            _ => Reader::TypeScript,
        };
        let folder = self.files.folder(from);
        let is_relative = target.starts_with("./") || target.starts_with("../") || target == "." || target == "..";
        let found = if is_relative {
            joined(folder, target).and_then(|place| self.module(&place, reader))
        } else {
            self.bare(folder, target, reader)
        };
        if let Some(found) = found {
            targets.push(found);
            return Resolution::Internal;
        }
        let is_internal =
            is_relative || self.packages.in_sight(folder, target).is_some() || self.is_alias(folder, target);
        if is_internal && !is_asset(target) { Resolution::Unresolved } else { Resolution::External }
    }

    /// A path that is not relative: an alias, a package of the workspace, or neither.
    fn bare(&self, folder: &str, target: &str, reader: Reader) -> Option<u32> {
        if target.starts_with('#') {
            return self.private(folder, target, reader);
        }
        self.by_configuration(folder, target, reader).or_else(|| self.in_package(folder, target, reader))
    }

    fn private(&self, folder: &str, target: &str, reader: Reader) -> Option<u32> {
        let (home, package) = self.packages.above(folder).next()?;
        self.below_package(home, package.private.iter(), target, reader)
    }

    fn by_configuration(&self, folder: &str, target: &str, reader: Reader) -> Option<u32> {
        let configuration = folders_upwards(folder).find_map(|folder| self.configurations.get(folder))?;
        let aliases =
            configuration.paths.iter().flat_map(|(pattern, places)| places.iter().map(move |place| (pattern, place)));
        let places = aliases.filter_map(|(pattern, place)| substituted(pattern, place, target));
        let from_base = configuration.base.as_deref().and_then(|base| joined(base, target));
        places.chain(from_base).find_map(|place| self.module(&place, reader))
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

    fn in_package(&self, folder: &str, target: &str, reader: Reader) -> Option<u32> {
        let (home, inner) = self.packages.in_sight(folder, target)?;
        if inner.is_empty() {
            return self.entry(home, reader);
        }
        let exports = self.packages.at(home).into_iter().flat_map(|package| &package.exports);
        let exported = self.below_package(home, exports, &format!("./{inner}"), reader);
        let as_written = || [inner.to_owned(), format!("src/{inner}")].into_iter();
        exported.or_else(|| {
            as_written().filter_map(|place| joined(home, &place)).find_map(|place| self.module(&place, reader))
        })
    }

    /// What `target` stands for by the patterns of the package at `home`.
    fn below_package<'p>(
        &self,
        home: &str,
        patterns: impl Iterator<Item = &'p (String, String)>,
        target: &str,
        reader: Reader,
    ) -> Option<u32> {
        let places: Vec<String> = patterns.filter_map(|(pattern, place)| substituted(pattern, place, target)).collect();
        let places = reader.preferred(places.iter().map(String::as_str).collect());
        places.into_iter().filter_map(|place| joined(home, place)).find_map(|place| self.module(&place, reader))
    }

    /// The file at `place`, or the entry of the folder.
    fn module(&self, place: &str, reader: Reader) -> Option<u32> {
        self.file(place, reader).or_else(|| self.entry(place, reader))
    }

    fn file(&self, place: &str, reader: Reader) -> Option<u32> {
        let as_written = || self.files.find(place);
        let with_extension =
            || reader.extensions().iter().find_map(|extension| self.files.find(&format!("{place}.{extension}")));
        let as_source = || {
            let (stem, sources) = SOURCE_OF.iter().find_map(|(end, of)| Some((place.strip_suffix(end)?, of)))?;
            sources.iter().find_map(|end| self.files.find(&format!("{stem}{end}")))
        };
        match reader {
            Reader::JavaScript => as_written().or_else(with_extension).or_else(as_source),
            Reader::TypeScript => as_source().or_else(as_written).or_else(with_extension),
        }
    }

    /// What one gets who imports a folder.
    fn entry(&self, folder: &str, reader: Reader) -> Option<u32> {
        let package = self.packages.at(folder);
        let entries = package.into_iter().flat_map(|package| &package.entries).map(String::as_str).collect();
        let inside = |name: &str| joined(folder, name).and_then(|place| self.file(&place, reader));
        let by_package = || {
            let mut entries = reader.preferred(entries).into_iter();
            entries.find_map(|entry| inside(entry).or_else(|| inside(&format!("{entry}/index"))))
        };
        // The source of a package whose entry is built.
        let by_habit = || package.and_then(|_| inside("src/index"));
        by_package().or_else(|| inside("index")).or_else(by_habit)
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

fn is_declaration(place: &str) -> bool {
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| place.ends_with(end))
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
