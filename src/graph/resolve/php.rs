//! PHP: classes and functions by their full name, included files by path.
//!
//! `use A\B\C` leads to the file that declares it. A mentioned name is completed by the file's `use` lines, else by its
//! namespace; a function that its namespace does not have is looked for outside all namespaces. Of several files that
//! declare a name, the one where PSR-4 of the nearest `composer.json` expects it is meant, else the nearest. What should
//! lie here by PSR-4, in a namespace that is here, and does not is unresolved. Only tests see what tests declare. Included paths start from the file, then from the folders above it.

use super::{Resolution, relaxed_json};
use crate::code::{FileKind, Import, Language, file_kind};
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Prefixes kept of one `composer.json`: the largest frameworks have a hundred.
const MAX_PREFIXES: usize = 1_000;

/// Rules for PHP, prepared for one commit.
pub(super) struct Php<'a> {
    files: &'a Files<'a>,
    declaring: HashMap<&'a str, Vec<u32>>,
    namespaces: HashSet<&'a str>,
    /// Prefix `A\B\` and the folder it stands for, longest first.
    prefixes: Vec<(String, String)>,
}

impl<'a> Php<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &[(String, String)]) -> Self {
        let mut declaring: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut namespaces = HashSet::new();
        for ix in files.in_languages(&[Language::Php]) {
            for name in &files.facts(ix).declared_types {
                declaring.entry(name).or_default().push(ix);
                namespaces.extend(name.match_indices('\\').map(|(at, _)| &name[..at]));
            }
        }
        let composers = manifests.iter().filter(|(path, _)| name_of(path) == "composer.json");
        let mut prefixes: Vec<(String, String)> =
            composers.flat_map(|(path, text)| psr4(folder_of(path), text)).collect();
        prefixes.sort_by_key(|(prefix, folder)| (std::cmp::Reverse(prefix.len()), folder.clone()));
        Self { files, declaring, namespaces, prefixes }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        if let Some(path) = import.target.strip_prefix('"') {
            return self.included(from, path.trim_end_matches('"'), targets);
        }
        if let Some(found) = self.declared(from, &import.target) {
            targets.push(found);
            return Resolution::Internal;
        }
        if self.namespaces.contains(import.target.as_str()) {
            return Resolution::Internal;
        }
        let is_of_known = import.target.rsplit_once('\\').is_some_and(|(outer, _)| self.namespaces.contains(outer));
        let is_expected = is_of_known && !self.expected(&import.target).is_empty();
        if is_expected { Resolution::Unresolved } else { Resolution::External }
    }

    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        let facts = self.files.facts(from);
        let aliases: HashMap<&str, &str> = facts
            .imports
            .iter()
            .filter_map(|import| Some((import.names.first()?.as_str(), import.target.as_str())))
            .collect();
        let namespaces = self.own_namespaces(from);
        for name in &facts.mentioned_types {
            targets.extend(self.meant(from, name, &namespaces, &aliases));
        }
    }

    /// The file that `written` means.
    fn meant(&self, from: u32, written: &str, namespaces: &[&str], aliases: &HashMap<&str, &str>) -> Option<u32> {
        if let Some(absolute) = written.strip_prefix('\\') {
            return self.declared(from, absolute);
        }
        let inside = |name: &str| {
            let mut full_names = namespaces.iter().map(|namespace| below(namespace, name));
            full_names.find_map(|full_name| self.declared(from, &full_name))
        };
        if let Some(relative) = written.strip_prefix("namespace\\") {
            return inside(relative);
        }
        let (first, rest) = written.split_once('\\').map_or((written, None), |(first, rest)| (first, Some(rest)));
        if let Some(target) = aliases.get(first) {
            return rest.and_then(|rest| self.declared(from, &below(target, rest)));
        }
        // A function that the namespace lacks is one of all; a class is not.
        let is_function = rest.is_none() && written.starts_with(|c: char| c.is_lowercase() || c == '_');
        inside(written).or_else(|| is_function.then(|| self.declared(from, written)).flatten())
    }

    fn declared(&self, from: u32, full_name: &str) -> Option<u32> {
        let declaring = self.declaring.get(full_name)?.iter().copied();
        let in_sight: Vec<u32> = declaring.filter(|&ix| self.is_test(from) || !self.is_test(ix)).collect();
        match in_sight.as_slice() {
            [only] => Some(*only),
            several => {
                let expected = self.expected(full_name).into_iter().flatten().find(|ix| several.contains(ix));
                expected.or_else(|| self.files.nearest(from, several))
            }
        }
    }

    fn is_test(&self, ix: u32) -> bool {
        file_kind(self.files.path(ix)) == FileKind::Test
    }

    /// For each prefix that fits `full_name` the file where PSR-4 expects it, if there is one.
    fn expected(&self, full_name: &str) -> Vec<Option<u32>> {
        let fitting = self.prefixes.iter().filter(|(prefix, _)| !prefix.is_empty() && full_name.starts_with(prefix));
        let paths = fitting.filter_map(|(prefix, folder)| {
            joined(folder, &format!("{}.php", full_name[prefix.len()..].replace('\\', "/")))
        });
        paths.map(|path| self.files.find(&path)).collect()
    }

    fn own_namespaces(&self, from: u32) -> Vec<&'a str> {
        let facts = self.files.facts(from);
        let of_types = facts.declared_types.iter().map(|name| name.rsplit_once('\\').map_or("", |(outer, _)| outer));
        let mut namespaces: Vec<&str> = of_types.chain([facts.package.as_deref().unwrap_or_default()]).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        // A file with a namespace does not see what stands in none.
        if namespaces.len() > 1 {
            namespaces.retain(|namespace| !namespace.is_empty());
        }
        namespaces
    }

    fn included(&self, from: u32, path: &str, targets: &mut Vec<u32>) -> Resolution {
        let folder = self.files.folder(from);
        let is_anchored = path.starts_with("./") || path.starts_with("../");
        let starts = folders_upwards(folder).take(if is_anchored { 1 } else { usize::MAX });
        let found = starts.filter_map(|start| joined(start, path)).find_map(|place| self.files.find(&place));
        targets.extend(found);
        match found {
            Some(_) => Resolution::Internal,
            // What Composer installs is not in the repository.
            None if is_anchored && !path.split('/').any(|part| part == "vendor") => Resolution::Unresolved,
            None => Resolution::External,
        }
    }
}

fn below(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}\\{name}") }
}

/// Prefixes and folders of `autoload` and `autoload-dev`.
fn psr4(home: &str, composer: &str) -> Vec<(String, String)> {
    let Some(value) = relaxed_json::parse(composer) else { return Vec::new() };
    let sections = ["autoload", "autoload-dev"].into_iter().filter_map(|section| value.get(section)?.get("psr-4"));
    let prefixes = sections.filter_map(Value::as_object).flatten().take(MAX_PREFIXES);
    let pairs = prefixes.flat_map(|(prefix, folders)| {
        let folders = match folders {
            Value::String(folder) => vec![folder.as_str()],
            Value::Array(folders) => folders.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        folders.into_iter().map(move |folder| (prefix.clone(), folder))
    });
    pairs.filter_map(|(prefix, folder)| Some((prefix, joined(home, folder)?))).collect()
}
