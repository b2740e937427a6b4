//! Which packages of the repository can a file import by name, and what do they say of where their code is?
//!
//! In: `package.json`, `lerna.json` and `pnpm-workspace.yaml`. Out: packages by folder, and those in sight of a folder: the
//! package it lies in, those that a manifest above depends on by path (`file:`, `link:`, `portal:`) or as part of the
//! workspace (`workspace:`), and the members of the workspaces around it. Any other name is a package from elsewhere,
//! even where a folder here is called so.

use super::{MAX_ALIASES, texts};
use crate::graph::files::{folder_of, folders_upwards, joined, name_of};
use crate::graph::resolve::{MAX_MANIFEST_BYTES, relaxed_json};
use serde_json::Value;
use std::collections::HashMap;

/// Depth of conditions in `exports`, at most.
const MAX_CONDITIONS: usize = 6;

/// `**` in one pattern, at most: each multiplies the ways to fit, and one is enough for people.
const MAX_DEEP: usize = 3;

/// Patterns of members kept of one workspace: people write a handful.
const MAX_PATTERNS: usize = 500;

/// The packages of one commit.
pub(super) struct Packages<'a> {
    by_folder: HashMap<&'a str, Package>,
    /// Folders of the members of workspaces, by name and the folder of the workspace.
    members: HashMap<String, Vec<(&'a str, &'a str)>>,
}

/// What a `package.json` says.
#[derive(Debug, Default)]
pub(super) struct Package {
    name: Option<String>,
    /// Paths from its folder that may be what importers get, best first.
    pub(super) entries: Vec<String>,
    /// `exports` below the package: `./x` or `./x/*`, and what it stands for.
    pub(super) exports: Vec<(String, String)>,
    /// `imports`: names that begin with `#`.
    pub(super) private: Vec<(String, String)>,
    /// Dependencies that lie in the repository: by a path from here, or none for a member of the workspace.
    local: HashMap<String, Option<String>>,
}

impl<'a> Packages<'a> {
    pub(super) fn read(manifests: &'a [(String, String)]) -> Self {
        let mut by_folder = HashMap::new();
        let mut workspaces: Vec<(&str, Vec<String>)> = Vec::new();
        for (path, text) in manifests {
            let patterns = match name_of(path) {
                "package.json" => {
                    let Some(value) = relaxed_json::parse(text) else { continue };
                    let workspaces = value.get("workspaces");
                    let listed = workspaces.and_then(|workspaces| workspaces.get("packages")).or(workspaces);
                    let patterns = texts(listed).into_iter().map(str::to_owned).collect();
                    by_folder.insert(folder_of(path), Package::of(&value));
                    patterns
                }
                "lerna.json" => relaxed_json::parse(text).map_or_else(Vec::new, |value| {
                    texts(value.get("packages")).into_iter().map(str::to_owned).collect()
                }),
                "pnpm-workspace.yaml" => pnpm_patterns(text),
                _ => continue,
            };
            if !patterns.is_empty() {
                workspaces.push((folder_of(path), patterns.into_iter().take(MAX_PATTERNS).collect()));
            }
        }
        let members = members(&by_folder, &workspaces);
        Self { by_folder, members }
    }

    /// The package whose manifest lies in `folder`.
    pub(super) fn at(&self, folder: &str) -> Option<&Package> {
        self.by_folder.get(folder)
    }

    /// Packages in whose folder `folder` lies, innermost first.
    pub(super) fn above<'f>(&self, folder: &'f str) -> impl Iterator<Item = (&'f str, &Package)> {
        folders_upwards(folder).filter_map(|folder| Some((folder, self.by_folder.get(folder)?)))
    }

    /// Folder of the package that `target`, written in `folder`, names, and the path inside it.
    pub(super) fn in_sight<'t>(&'t self, folder: &'t str, target: &'t str) -> Option<(&'t str, &'t str)> {
        let n_parts = if target.starts_with('@') { 2 } else { 1 };
        let end = target.match_indices('/').nth(n_parts - 1).map_or(target.len(), |(at, _)| at);
        let (name, inner) = (&target[..end], target[end..].trim_start_matches('/'));
        let home = self.itself(folder, name).or_else(|| self.depended_on(folder, name));
        let home = home.or_else(|| self.member(name, |workspace| is_below(folder, workspace)));
        Some((home?, inner))
    }

    fn itself<'f>(&self, folder: &'f str, name: &str) -> Option<&'f str> {
        let (home, package) = self.above(folder).next()?;
        (package.name.as_deref() == Some(name)).then_some(home)
    }

    fn depended_on(&self, folder: &str, name: &str) -> Option<&'a str> {
        self.above(folder).find_map(|(home, package)| match package.local.get(name)? {
            Some(path) => self.by_folder.get_key_value(joined(home, path)?.as_str()).map(|(folder, _)| *folder),
            None => self.member(name, |_| true),
        })
    }

    fn member(&self, name: &str, is_around: impl Fn(&str) -> bool) -> Option<&'a str> {
        let members = self.members.get(name)?.iter();
        members
            .filter(|(workspace, _)| is_around(workspace))
            .max_by_key(|(workspace, _)| workspace.len())
            .map(|one| one.1)
    }
}

impl Package {
    fn of(value: &Value) -> Package {
        let mut entries = Vec::new();
        let exports = value.get("exports");
        let main_export = exports.and_then(|exports| exports.get(".")).or(exports);
        let fields = ["source", "main", "module"].map(|name| value.get(name));
        let types = ["types", "typings"].map(|name| value.get(name));
        for place in fields.into_iter().chain([main_export]).chain(types) {
            add_places(place, MAX_CONDITIONS, &mut entries);
        }
        let mut exports = named_places(exports);
        exports.retain(|(name, _)| name.starts_with("./"));
        Package {
            name: value.get("name").and_then(Value::as_str).map(str::to_owned),
            entries,
            exports,
            private: named_places(value.get("imports")),
            local: local_dependencies(value),
        }
    }
}

fn local_dependencies(value: &Value) -> HashMap<String, Option<String>> {
    let sections = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "resolutions"];
    let all = sections.iter().filter_map(|section| value.get(section)?.as_object()).flatten();
    let local = all.filter_map(|(name, version)| {
        let version = version.as_str()?;
        let path = ["file:", "link:", "portal:"].iter().find_map(|start| version.strip_prefix(start));
        let is_local = path.is_some() || version.starts_with("workspace:");
        is_local.then(|| (name.clone(), path.map(str::to_owned)))
    });
    local.take(MAX_ALIASES).collect()
}

/// Every package that a workspace lists, by name.
fn members<'a>(
    by_folder: &HashMap<&'a str, Package>,
    workspaces: &[(&'a str, Vec<String>)],
) -> HashMap<String, Vec<(&'a str, &'a str)>> {
    let mut members: HashMap<String, Vec<(&str, &str)>> = HashMap::new();
    for (&folder, package) in by_folder {
        let Some(name) = &package.name else { continue };
        for (workspace, patterns) in workspaces {
            if is_member(folder, workspace, patterns) {
                members.entry(name.clone()).or_default().push((workspace, folder));
            }
        }
    }
    members.values_mut().for_each(|folders| folders.sort_unstable());
    members
}

/// Whether one of `patterns` fits the place of `folder` below `workspace`, and none that begins with `!` does.
fn is_member(folder: &str, workspace: &str, patterns: &[String]) -> bool {
    if !is_below(folder, workspace) {
        return false;
    }
    let inner: Vec<&str> = folder[workspace.len()..].split('/').filter(|part| !part.is_empty()).collect();
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        parts.iter().filter(|part| **part == "**").count() <= MAX_DEEP && fits_parts(&parts, &inner)
    };
    let is_out = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')).any(fits);
    !is_out && patterns.iter().any(|pattern| fits(pattern))
}

/// `*` fits one folder or a part of its name, `**` any number of folders.
fn fits_parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skipped| fits_parts(rest, &path[skipped..])),
        (Some((part, rest)), Some((folder, inner))) => fits_name(part, folder) && fits_parts(rest, inner),
        _ => false,
    }
}

fn fits_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}

fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty() || folder == above || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// The list below `packages:`, as people write it: one entry a line.
fn pnpm_patterns(text: &str) -> Vec<String> {
    if text.len() > MAX_MANIFEST_BYTES {
        return Vec::new();
    }
    let lines = text.lines().skip_while(|line| !line.starts_with("packages:")).skip(1);
    let entries = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entries = entries.map_while(|line| line.strip_prefix("- "));
    let plain = |entry: &str| entry.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned();
    entries.map(plain).collect()
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
