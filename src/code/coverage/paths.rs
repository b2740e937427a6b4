//! Which file of the repository does a path of a coverage report mean?
//!
//! In: a report whose paths are absolute, relative to a package or to some folder, and the paths the repository has.
//! Out: the same lines by repository path, and the paths that mean none or more than one. Never settles a tie.

use super::{Lines, Report};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Puts the report's files under the paths of the repository.
///
/// A path means the file with the same last components: all of the repository path where the report has more (an
/// absolute prefix, a Go module), all of the reported path where the repository has more (a source folder). The longest
/// match wins; a tie is not settled. A bare file name found in the middle of nowhere is believed only when the folders
/// before it are those that stand before most of the report's other files.
///
/// Also gives back the reported paths that were not placed.
pub fn resolve(report: &Report, known: &[&str]) -> (BTreeMap<String, Lines>, Vec<String>) {
    let index = Index::of(known);
    let found: Vec<_> = report.files.keys().map(|path| index.find(path, &report.roots)).collect();
    let usual = usual_prefix(&found);
    let mut placed: BTreeMap<String, Lines> = BTreeMap::new();
    let mut unplaced = Vec::new();
    for ((path, lines), found) in report.files.iter().zip(&found) {
        match found.as_ref().filter(|found| found.n_components > 1 || Some(&found.prefix) == usual.as_ref()) {
            Some(found) => placed.entry(found.path.to_owned()).or_default().merge(lines),
            None => unplaced.push(path.clone()),
        }
    }
    (placed, unplaced)
}

/// A file that a reported path means.
struct Found<'k> {
    path: &'k str,
    /// What the report has before it.
    prefix: String,
    n_components: usize,
}

/// Repository paths by their last component.
struct Index<'k>(FxHashMap<&'k str, Vec<&'k str>>);

impl<'k> Index<'k> {
    fn of(known: &[&'k str]) -> Self {
        let mut by_name: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for path in known {
            by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
        }
        Self(by_name)
    }

    fn find(&self, reported: &str, roots: &[String]) -> Option<Found<'k>> {
        let rooted = roots.iter().map(|root| components(&format!("{root}/{reported}")));
        let mut best: Option<Found<'k>> = None;
        for reported in rooted.chain([components(reported)]) {
            let found = self.longest(&reported);
            if found.as_ref().map_or(0, |found| found.n_components) > best.as_ref().map_or(0, |best| best.n_components)
            {
                best = found;
            }
        }
        best
    }

    fn longest(&self, reported: &[String]) -> Option<Found<'k>> {
        let candidates = self.0.get(reported.last()?.as_str())?;
        let matches = candidates.iter().filter_map(|path| Some((n_common(path, reported)?, *path)));
        let matches: Vec<(usize, &str)> = matches.collect();
        let longest = matches.iter().map(|(n, _)| *n).max()?;
        let mut best = matches.iter().filter(|(n, _)| *n == longest);
        let (_, path) = best.next()?;
        // Of two files that end alike, the one that ends there is meant.
        let rivals: Vec<&str> = best.map(|(_, path)| *path).chain([*path]).collect();
        let path = match rivals[..] {
            [only] => only,
            _ => rivals.into_iter().find(|path| path.split('/').count() == longest)?,
        };
        Some(Found { path, prefix: reported[..reported.len() - longest].join("/"), n_components: longest })
    }
}

/// How many last components are the same, where these are all components of one side.
fn n_common(path: &str, reported: &[String]) -> Option<usize> {
    let n = path.rsplit('/').zip(reported.iter().rev()).take_while(|(a, b)| a == b).count();
    (n == reported.len() || n == path.split('/').count()).then_some(n)
}

/// The parts of a path: `\` as `/`, without `.`, with `..` taken back.
fn components(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// The prefix most files share; none where they share nothing more than by chance.
fn usual_prefix(found: &[Option<Found<'_>>]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    // Longer matches are certain, so each of them outweighs any number of bare names.
    for found in found.iter().flatten() {
        *counts.entry(&found.prefix).or_default() += if found.n_components > 1 { 1_000 } else { 1 };
    }
    counts
        .into_iter()
        .max_by_key(|(prefix, count)| (*count, std::cmp::Reverse(prefix.len())))
        .map(|(prefix, _)| prefix.to_owned())
}
