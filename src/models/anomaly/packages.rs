//! Which packages of this change would nobody have expected?
//!
//! In: what the touched manifests and lock files declared before and declare now, and every name seen earlier. Out:
//! [`Finding`]s, most suspicious first. A name of a whole new ecosystem is no finding of itself: nothing is usual there
//! yet. Updates are no findings, and what a lock file adds below a changed manifest is the tool's doing.

use super::change::Manifest;
use crate::code::manifests::{self, Dependency, Ecosystem, Origin};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names remembered for one ecosystem; the largest lock files name 5,000 packages.
const MAX_NAMES: usize = 50_000;

/// New names of one change that are compared with known ones: whoever adds more at once starts a project.
const MAX_COMPARED: usize = 200;

/// Findings that are kept of one change.
const MAX_FINDINGS: usize = 50;

/// Every name that was declared or resolved before, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Packages {
    names: BTreeMap<Ecosystem, BTreeSet<String>>,
}

/// One package nobody expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its name, as the file writes it.
    pub name: String,
    /// The file that names it.
    pub path: String,
    /// What is unexpected about it.
    pub why: Why,
}

/// What is unexpected about a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It was never named here before. Less unexpected where a package of the same family is here, more where the
    /// change holds no source code that could use it.
    NeverSeen {
        /// Whether a package of the same owner or the same first word is known.
        has_family: bool,
        /// Whether the change holds source code.
        has_use: bool,
    },
    /// It is in the lock file, and nothing in the change asks for it.
    OnlyLocked,
    /// It was never named here before, and does not come from the registry of its language.
    Foreign(String),
    /// It was here before, and now comes from somewhere else: from, to.
    Moved(String, String),
    /// It was never named here before, and its name is nearly that of another one.
    Imitates(String),
}

impl Finding {
    /// How suspicious it is, on the scale of the column `dependency_evidence`.
    pub fn evidence(&self) -> f64 {
        match self.why {
            Why::NeverSeen { has_family, has_use } => {
                1.0 - if has_family { 0.5 } else { 0.0 } + if has_use { 0.0 } else { 0.5 }
            }
            Why::OnlyLocked => 2.0,
            Why::Foreign(_) => 3.0,
            Why::Moved(..) | Why::Imitates(_) => 4.0,
        }
    }

    /// Whether the name is new here.
    pub fn is_new(&self) -> bool {
        !matches!(self.why, Why::Moved(..))
    }
}

impl Packages {
    /// Everything unexpected in a change, most suspicious first. `has_source` is whether it holds source code.
    pub fn findings(&self, manifests: &[Manifest<'_>], has_source: bool) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let mut n_compared = 0;
        for manifest in manifests {
            let siblings = || manifests.iter().filter(|other| other.ecosystem == manifest.ecosystem);
            let before: BTreeMap<String, &Dependency> =
                siblings().flat_map(|other| &other.before).map(|it| (key(it), it)).collect();
            let is_asked_for = siblings().any(|other| !other.is_lock && other.before != other.after);
            let is_update = is_asked_for || has_update(manifest);
            for dependency in manifest.after.iter().filter(|dependency| dependency.is_from_outside()) {
                let why = match before.get(&key(dependency)) {
                    Some(_) => self.moved(manifest, dependency),
                    None if self.has(manifest.ecosystem, &key(dependency)) => None,
                    None => {
                        n_compared += 1;
                        let why = self.new_name(manifest, dependency, is_update, n_compared <= MAX_COMPARED);
                        why.map(|why| match why {
                            Why::NeverSeen { has_family, .. } => Why::NeverSeen { has_family, has_use: has_source },
                            why => why,
                        })
                    }
                };
                let is_told = |known: &Finding| known.name.eq_ignore_ascii_case(&dependency.name);
                if let Some(why) = why.filter(|_| !found.iter().any(is_told)) {
                    found.push(Finding { name: dependency.name.clone(), path: manifest.path.to_owned(), why });
                }
            }
        }
        found.sort_by(|a, b| b.evidence().total_cmp(&a.evidence()).then_with(|| a.name.cmp(&b.name)));
        found.truncate(MAX_FINDINGS);
        found
    }

    /// Lets the names of a change become known.
    pub fn learn(&mut self, manifests: &[Manifest<'_>]) {
        for manifest in manifests {
            self.know(manifest.ecosystem, manifest.before.iter().chain(&manifest.after));
        }
    }

    /// Lets names become known.
    pub fn know<'a>(&mut self, ecosystem: Ecosystem, dependencies: impl Iterator<Item = &'a Dependency>) {
        let names = self.names.entry(ecosystem).or_default();
        for dependency in dependencies {
            if names.len() < MAX_NAMES {
                names.insert(key(dependency));
            }
        }
    }

    /// Lets everything another one knows become known.
    pub fn know_all(&mut self, other: &Packages) {
        for (ecosystem, names) in &other.names {
            let own = self.names.entry(*ecosystem).or_default();
            own.extend(names.iter().take(MAX_NAMES.saturating_sub(own.len())).cloned());
        }
    }

    /// Known names of an ecosystem.
    pub fn names(&self, ecosystem: Ecosystem) -> impl Iterator<Item = &str> {
        self.names.get(&ecosystem).into_iter().flatten().map(String::as_str)
    }

    fn has(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.names.get(&ecosystem).is_some_and(|names| names.contains(name))
    }

    fn new_name(&self, manifest: &Manifest<'_>, new: &Dependency, is_update: bool, compare: bool) -> Option<Why> {
        let imitated = compare
            .then(|| manifests::imitated(&key(new), manifest.ecosystem, self.names(manifest.ecosystem)))
            .flatten();
        if let Some(resemblance) = imitated {
            return Some(Why::Imitates(resemblance.known));
        }
        // Nothing is usual in an ecosystem that begins with this change.
        self.names(manifest.ecosystem).next()?;
        // Every package of Composer is made from a repository, and says so in the lock file.
        let is_plain = manifest.is_lock && manifest.ecosystem == Ecosystem::Composer;
        match place(&new.source) {
            Some(place) if !is_plain => Some(Why::Foreign(place)),
            _ if !manifest.is_lock => {
                let has_family = self.names(manifest.ecosystem).any(|known| family(known) == family(&key(new)));
                Some(Why::NeverSeen { has_family, has_use: true })
            }
            _ => (!is_update).then_some(Why::OnlyLocked),
        }
    }

    /// Where a known package comes from now, if not from where it came before in the same file.
    fn moved(&self, manifest: &Manifest<'_>, now: &Dependency) -> Option<Why> {
        let mut places = manifest.before.iter().filter(|before| key(before) == key(now)).peekable();
        let first = places.peek()?.source.clone();
        let is_same = |before: &Dependency| place(&before.source) == place(&now.source);
        let was_inside = |before: &Dependency| !before.is_from_outside();
        if places.any(|before| is_same(before) || was_inside(before)) {
            return None;
        }
        let registry = || "the registry".to_owned();
        Some(Why::Moved(place(&first).unwrap_or_else(registry), place(&now.source).unwrap_or_else(registry)))
    }
}

/// Whether a lock file changed the version of anything, or let anything go: then what is new may be the tool's doing.
fn has_update(manifest: &Manifest<'_>) -> bool {
    let after: BTreeSet<(&str, &str)> =
        manifest.after.iter().map(|it| (it.name.as_str(), it.version.as_str())).collect();
    !manifest.before.iter().all(|it| after.contains(&(it.name.as_str(), it.version.as_str())))
}

fn key(dependency: &Dependency) -> String {
    dependency.name.to_ascii_lowercase()
}

/// Owner, or the first word of the name: `@babel`, `org.slf4j`, `tokio`.
fn family(name: &str) -> &str {
    let (owner, _) =
        name.rsplit_once(['/', ':']).unwrap_or_else(|| name.split_once(['-', '_', '.']).unwrap_or((name, "")));
    owner
}

/// Where a package comes from, in one way of writing it; `None` for the registry of its language.
fn place(origin: &Origin) -> Option<String> {
    let address = match origin {
        Origin::Git(address) | Origin::Url(address) => address,
        Origin::Registry | Origin::Path(_) | Origin::Workspace => return None,
    };
    let plain = address.split(['#', '?']).next().unwrap_or(address);
    let plain = plain.split_once("://").map_or(plain, |(_, rest)| rest);
    let plain = plain.rsplit_once('@').map_or(plain, |(_, rest)| rest);
    let plain = plain.trim_start_matches("git+").trim_start_matches("github:").trim_start_matches("github.com/");
    Some(plain.trim_end_matches('/').trim_end_matches(".git").replace(':', "/").to_ascii_lowercase())
}
