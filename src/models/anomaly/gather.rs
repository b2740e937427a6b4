//! What does a past look like to this model, change by change?
//!
//! In: a past and the contents that were asked for. Out: the observed changes of its newest part, each as of its own
//! moment, and the habits at its end. Merges are left out: they repeat what their parents did.

use super::change::{Change, Contents};
use super::habits::{Habits, Observed};
use super::model::MAX_CHANGES;
use crate::code::is_source;
use crate::code::manifests;
use crate::domain::{BlobId, Commit, Diff, Timestamp};
use crate::history::Past;
use rustc_hash::{FxHashMap, FxHashSet};

/// Versions of source files that are measured for this model, the newest first: about what the risk model measures.
const MAX_SOURCE_VERSIONS: usize = 20_000;

/// Manifests and lock files that are read for this model, the newest first.
const MAX_MANIFEST_VERSIONS: usize = 3_000;

/// Lock files among them: each may hold a megabyte.
const MAX_LOCK_VERSIONS: usize = 300;

/// One change of the past as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Index into the log's commits.
    pub commit: u32,
    /// Its moment.
    pub at: Timestamp,
    /// The change in numbers.
    pub observed: Observed,
}

/// What [`history`] asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Source files to be measured: content, and a path that tells the language.
    pub sources: Vec<(BlobId, String)>,
    /// Manifests and lock files to be read: content, and a path that tells the format.
    pub manifests: Vec<(BlobId, String)>,
}

/// The newest changes of a past, at most [`MAX_CHANGES`], oldest first.
pub fn newest(past: &Past<'_>) -> Vec<u32> {
    let mut newest: Vec<u32> = past
        .order
        .iter()
        .rev()
        .copied()
        .filter(|at| is_change(&past.log.commits[*at as usize]))
        .take(MAX_CHANGES)
        .collect();
    newest.reverse();
    newest
}

/// Contents [`history`] will look up: of the newest changes, and the manifests that stood when they began.
pub fn wanted(past: &Past<'_>) -> Wanted {
    let mut wanted = Wanted::default();
    let mut seen = FxHashSet::default();
    let newest = newest(past);
    for commit in newest.iter().rev() {
        add_sources(past, *commit, &mut wanted, &mut seen);
    }
    let (mut n_locks, mut seen) = (0, FxHashSet::default());
    for (blob, path) in standing_and_newest(past, &newest) {
        let is_lock = manifests::locks::is_lock(path);
        if wanted.manifests.len() >= MAX_MANIFEST_VERSIONS || (is_lock && n_locks >= MAX_LOCK_VERSIONS) {
            continue;
        }
        if seen.insert(blob) {
            n_locks += usize::from(is_lock);
            wanted.manifests.push((blob, path.to_owned()));
        }
    }
    wanted
}

/// Manifests of commits after `since` in the order of the past, for packages that were named meanwhile.
pub fn manifests_since(past: &Past<'_>, since: Timestamp) -> Vec<(BlobId, String)> {
    let recent = past.order.iter().rev().take_while(|at| past.log.commits[**at as usize].committed_at > since);
    let recent: Vec<u32> = recent.copied().take(MAX_CHANGES).collect();
    let mut found: Vec<(BlobId, String)> = Vec::new();
    let mut seen = FxHashSet::default();
    for change in recent.iter().flat_map(|at| &past.log.commits[*at as usize].changes) {
        let path = past.log.paths[change.path as usize].as_str();
        let is_named = manifests::ecosystem(path).is_some();
        let blob = change.new_blob.filter(|blob| is_named && seen.insert(*blob));
        found.extend(blob.map(|blob| (blob, path.to_owned())));
    }
    found.truncate(MAX_LOCK_VERSIONS);
    found
}

/// Walks the past once. Returns its newest changes as they were seen at their time, and the habits at its end.
///
/// `meet` is told each of the newest changes before it is learned.
pub fn history<'a>(
    past: &'a Past<'_>,
    contents: Contents<'_>,
    people: bool,
    mut meet: impl FnMut(&Habits<'a>, &Change<'a>, &Seen),
) -> (Vec<Seen>, Habits<'a>) {
    let newest: FxHashSet<u32> = newest(past).into_iter().collect();
    let mut habits = Habits::default();
    let mut rows = Vec::with_capacity(newest.len());
    let has_standing = |path: &str| manifests::ecosystem(path).is_some();
    let mut standing: FxHashMap<&str, BlobId> = FxHashMap::default();
    let mut is_before = true;
    for &at in &past.order {
        let commit = &past.log.commits[at as usize];
        if !is_change(commit) {
            continue;
        }
        if newest.contains(&at) {
            if std::mem::take(&mut is_before) {
                know_standing(&mut habits, &standing, contents);
            }
            let change = Change::of_commit(past.log, commit, contents);
            let observed = habits.observe(&change, people);
            let seen = Seen { commit: at, at: change.at, observed };
            meet(&habits, &change, &seen);
            habits.learn(&change);
            rows.push(seen);
        } else {
            for change in &commit.changes {
                let path = past.log.paths[change.path as usize].as_str();
                if has_standing(path) {
                    match change.new_blob {
                        Some(blob) => drop(standing.insert(path, blob)),
                        None => drop(standing.remove(path)),
                    }
                }
            }
            habits.learn(&Change::of_commit(past.log, commit, Contents { metrics: &|_| None, ..contents }));
        }
    }
    (rows, habits)
}

/// What is usual at the end of a past, at the cost of a walk over its commits.
pub fn habits<'a>(past: &'a Past<'_>, contents: Contents<'_>) -> Habits<'a> {
    let mut habits = Habits::default();
    let commits = past.order.iter().map(|at| &past.log.commits[*at as usize]);
    for commit in commits.filter(|commit| is_change(commit)) {
        habits.learn(&Change::of_commit(past.log, commit, contents));
    }
    habits
}

/// Manifests and lock files of a pull request, both sides, each with a path that tells the format.
pub fn manifests_of(diff: &Diff) -> Vec<(BlobId, String)> {
    let named = diff.files.iter().filter(|file| manifests::ecosystem(&file.path).is_some());
    let sides =
        named.flat_map(|file| [file.old_blob, file.new_blob].into_iter().flatten().map(move |blob| (blob, file)));
    sides.map(|(blob, file)| (blob, file.path.clone())).collect()
}

fn know_standing(habits: &mut Habits<'_>, standing: &FxHashMap<&str, BlobId>, contents: Contents<'_>) {
    for (path, blob) in standing {
        if let (Some(ecosystem), Some(declared)) = (manifests::ecosystem(path), contents.dependencies.get(blob)) {
            habits.packages.know(ecosystem, declared.iter());
        }
    }
}

fn is_change(commit: &Commit) -> bool {
    !commit.is_merge() && !commit.changes.is_empty()
}

fn add_sources(past: &Past<'_>, commit: u32, wanted: &mut Wanted, seen: &mut FxHashSet<BlobId>) {
    for change in &past.log.commits[commit as usize].changes {
        let path = past.log.paths[change.path as usize].as_str();
        let (Some(old), Some(new)) = (change.old_blob, change.new_blob) else { continue };
        if is_source(path) && wanted.sources.len() < MAX_SOURCE_VERSIONS {
            let unseen = [new, old].into_iter().filter(|blob| seen.insert(*blob));
            wanted.sources.extend(unseen.map(|blob| (blob, path.to_owned())));
        }
    }
}

/// Manifests and lock files that stood before the newest changes, then all of those, newest first.
fn standing_and_newest<'a>(past: &'a Past<'_>, newest: &[u32]) -> Vec<(BlobId, &'a str)> {
    let is_named: Vec<bool> = past.log.paths.iter().map(|path| manifests::ecosystem(path).is_some()).collect();
    let named = |at: u32| {
        let changes = past.log.commits[at as usize].changes.iter();
        changes.filter(|change| is_named[change.path as usize])
    };
    let path = |path: u32| past.log.paths[path as usize].as_str();
    let first = newest.first().copied();
    let mut standing: FxHashMap<u32, BlobId> = FxHashMap::default();
    for &at in past.order.iter().take_while(|at| Some(**at) != first) {
        for change in named(at) {
            match change.new_blob {
                Some(blob) => drop(standing.insert(change.path, blob)),
                None => drop(standing.remove(&change.path)),
            }
        }
    }
    let mut standing: Vec<(u32, BlobId)> = standing.into_iter().collect();
    standing.sort_unstable();
    let mut found: Vec<(BlobId, &str)> = standing.into_iter().map(|(at, blob)| (blob, path(at))).collect();
    for &at in newest.iter().rev() {
        for change in named(at) {
            let sides = [change.new_blob, change.old_blob].into_iter().flatten();
            found.extend(sides.map(|blob| (blob, path(change.path))));
        }
    }
    found
}
