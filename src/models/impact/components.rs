//! Which component does a file belong to, and how much does each component feel?
//!
//! In: the paths of a tree and what the repository's owners call groups of them; then how strongly each file feels a
//! change. Out: a name for every path, and a score from 0 to 10 for every component that is reached. Never reads a file.

use super::affected::score;
use super::structural::is_test;
use crate::features::subsystem;
use crate::models::answer::ComponentImpact;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Components that are named: more than a reviewer follows up.
const MAX_COMPONENTS: usize = 20;

/// What this many more files that feel the change in full close of the gap to 10: about two thirds.
const FILES_TO_CLOSE_THE_GAP: f64 = 4.0;

/// Files whose folder is a package, crate or module of its own.
const MANIFESTS: [&str; 12] = [
    "BUILD.bazel",
    "Cargo.toml",
    "__init__.py",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "go.mod",
    "package.json",
    "pom.xml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
];

/// Names of components by path.
#[derive(Debug, Clone, Default)]
pub struct Components {
    named: FxHashMap<String, String>,
    /// Folders with a manifest, without the root.
    homes: BTreeSet<String>,
}

impl Components {
    /// Reads the paths of a tree. `named` gives the name that the owners gave to a path, if any.
    pub fn new<'a>(paths: impl Iterator<Item = &'a str>, named: impl Fn(&str) -> Option<String>) -> Self {
        let mut components = Self::default();
        for path in paths {
            components.named.extend(named(path).map(|name| (path.to_owned(), name)));
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
            let is_manifest = MANIFESTS.binary_search(&file).is_ok() || file.ends_with(".csproj");
            if is_manifest && !folder.is_empty() {
                components.homes.insert(folder.to_owned());
            }
        }
        components
    }

    /// The owners' name for it, else the nearest folder with a manifest below the root, else its first two folders.
    pub fn of<'a>(&'a self, path: &'a str) -> &'a str {
        let named = self.named.get(path).map(String::as_str);
        named.or_else(|| folders(path).find(|folder| self.homes.contains(*folder))).unwrap_or_else(|| subsystem(path))
    }
}

/// The folders a path lies in, nearest first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(end, _)| &path[..end])
}

/// What each component feels, most affected first, at most [`MAX_COMPONENTS`]. Tests are named elsewhere.
///
/// With `m` the strongest of its files and `s` the sum of all (each 0 to 1): `10 * (1 - (1 - m) * exp(-(s - m) / 4))`. So
/// one file says as much as its own score, and every further one closes a part of the gap to 10.
pub(super) fn impacts(components: &Components, changed: &[&str], strengths: &[(String, f64)]) -> Vec<ComponentImpact> {
    let is_changed: BTreeSet<&str> = changed.iter().map(|path| components.of(path)).collect();
    let mut by_name: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
    for (path, strength) in strengths.iter().filter(|(path, _)| !is_test(path)) {
        by_name.entry(components.of(path)).or_default().push((path, *strength));
    }
    let impact = |(name, files): (&str, Vec<(&str, f64)>)| {
        let (file, strongest) = files.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
        let others = files.iter().map(|(_, strength)| strength).sum::<f64>() - strongest;
        Some(ComponentImpact {
            component: name.to_owned(),
            impact_score: score(1.0 - (1.0 - strongest) * (-others / FILES_TO_CLOSE_THE_GAP).exp()),
            n_files: files.len(),
            file: file.to_owned(),
            is_changed: is_changed.contains(name),
        })
    };
    let mut impacts: Vec<ComponentImpact> = by_name.into_iter().filter_map(impact).collect();
    impacts.sort_by(|a, b| b.impact_score.total_cmp(&a.impact_score).then_with(|| a.component.cmp(&b.component)));
    impacts.truncate(MAX_COMPONENTS);
    impacts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components() -> Components {
        let tree =
            ["Cargo.toml", "crates/a/Cargo.toml", "crates/a/src/x/y.rs", "src/net/http/client.rs", "web/cart.ts"];
        Components::new(tree.into_iter(), |path| path.starts_with("web/").then(|| "checkout".to_owned()))
    }

    #[test]
    fn a_name_comes_from_the_owners_then_the_nearest_manifest_then_the_folder() {
        let paths = ["web/cart.ts", "crates/a/src/x/y.rs", "src/net/http/client.rs", "main.rs", "gone/b.rs"];
        assert_eq!(paths.map(|path| components().of(path).to_owned()), ["checkout", "crates/a", "src/net", "", "gone"]);
        assert!(MANIFESTS.is_sorted());
    }

    #[test]
    fn a_component_of_one_file_scores_as_the_file_and_every_further_one_adds() {
        let strengths = [("web/cart.ts", 0.5), ("src/net/a.rs", 0.5), ("src/net/b.rs", 0.5)];
        let strengths = strengths.map(|(path, strength)| (path.to_owned(), strength));
        let impacts = impacts(&components(), &["src/net/c.rs"], &strengths);
        let found: Vec<_> = impacts.iter().map(|one| (one.component.as_str(), one.n_files, one.is_changed)).collect();
        // Named only where the tree holds the path.
        assert_eq!(found, [("src/net", 2, true), ("checkout", 1, false)]);
        assert_eq!(impacts[1].impact_score, 5.0);
        assert!(impacts[0].impact_score > 5.5 && impacts[0].impact_score < 10.0 && impacts[0].file == "src/net/a.rs");
    }

    #[test]
    fn at_most_twenty_are_named_and_strange_numbers_do_not_leave() {
        let many: Vec<(String, f64)> = (0..100).map(|n| (format!("m{n}/x/a.rs"), f64::INFINITY)).collect();
        let impacts = impacts(&Components::default(), &[], &many);
        assert_eq!(impacts.len(), MAX_COMPONENTS);
        assert!(impacts.iter().all(|one| (0.0..=10.0).contains(&one.impact_score)));
    }
}
