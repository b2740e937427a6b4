//! Which open pull requests meet this one, and in which order should they be merged?
//!
//! In: the files of this change and of the others, and the import graph. Out: those that share a file or of which one
//! depends on the other, and an order. The rule: what others depend on is merged first; where nothing depends, fewer
//! changed lines first, then the older (smaller) number. Pull requests that depend on each other in a circle are ordered
//! by the same rule among those with the fewest of their dependencies still open.

use crate::graph::ImportGraph;
use crate::models::answer::OverlappingPullRequest;
use std::collections::BTreeSet;

/// Imports between two files, above which they no longer meet: what is three steps away seldom conflicts.
const MAX_STEPS: u32 = 2;

/// Files of one pull request that are compared.
const MAX_FILES: usize = 300;

/// Shared files, and pairs, that are named of one pull request.
const MAX_NAMED: usize = 10;

/// An open pull request as far as its files are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenPullRequest {
    /// Its number.
    pub number: u64,
    /// Its title: a stranger's text.
    pub title: String,
    /// Lines added and deleted.
    pub n_lines: u64,
    /// Changed files, for a rename both paths.
    pub files: Vec<String>,
}

/// Those of `others` whose files meet those of `own`, in order of their numbers.
pub fn overlapping(
    imports: &ImportGraph,
    own: &OpenPullRequest,
    others: &[OpenPullRequest],
) -> Vec<OverlappingPullRequest> {
    let ours = Cone::of(imports, own);
    let mut found: Vec<_> = others
        .iter()
        .filter(|other| other.number != own.number)
        .filter_map(|other| meet(imports, &ours, other))
        .collect();
    found.sort_by_key(|one| one.number);
    found
}

/// Numbers of `own` and of those `others` that are named in `met`, first to be merged first; empty where none is.
pub fn merge_order(
    imports: &ImportGraph,
    own: &OpenPullRequest,
    others: &[OpenPullRequest],
    met: &[OverlappingPullRequest],
) -> Vec<u64> {
    let is_met = |other: &&OpenPullRequest| met.iter().any(|one| one.number == other.number);
    let mut open: Vec<Cone<'_>> = others.iter().filter(is_met).map(|other| Cone::of(imports, other)).collect();
    if open.is_empty() {
        return Vec::new();
    }
    open.push(Cone::of(imports, own));
    let needs: Vec<BTreeSet<usize>> = (0..open.len())
        .map(|at| (0..open.len()).filter(|other| *other != at && open[at].needs(&open[*other])).collect())
        .collect();
    let mut left: BTreeSet<usize> = (0..open.len()).collect();
    let mut order = Vec::new();
    let n_open = |at: &usize, left: &BTreeSet<usize>| needs[*at].intersection(left).count();
    while let Some(next) =
        left.iter().copied().min_by_key(|at| (n_open(at, &left), open[*at].of.n_lines, open[*at].of.number))
    {
        left.remove(&next);
        order.push(open[next].of.number);
    }
    order
}

/// A pull request with what its files reach.
struct Cone<'a> {
    of: &'a OpenPullRequest,
    paths: BTreeSet<&'a str>,
    files: BTreeSet<u32>,
    /// Files that depend on one of its own, and on which.
    dependents: BTreeSet<(u32, u32)>,
}

impl<'a> Cone<'a> {
    fn of(imports: &ImportGraph, of: &'a OpenPullRequest) -> Self {
        let paths: BTreeSet<&str> = of.files.iter().take(MAX_FILES).map(String::as_str).collect();
        let files: BTreeSet<u32> = paths.iter().filter_map(|path| imports.index_of(path)).collect();
        let reach = |file: u32| imports.dependents(&[file], MAX_STEPS).into_iter().map(move |one| (one.file, file));
        let dependents = files.iter().flat_map(|file| reach(*file)).collect();
        Self { of, paths, files, dependents }
    }

    /// Pairs of one of its files and one of the other's that depends on it.
    fn used_by<'b>(&'b self, other: &'b Cone<'_>) -> impl Iterator<Item = (u32, u32)> + 'b {
        let is_other = |file: &u32| other.files.contains(file) && !self.files.contains(file);
        self.dependents.iter().filter(move |(file, _)| is_other(file)).map(|(file, used)| (*used, *file))
    }

    /// Whether it depends on the other.
    fn needs(&self, other: &Cone<'_>) -> bool {
        other.used_by(self).next().is_some()
    }
}

fn meet(imports: &ImportGraph, ours: &Cone<'_>, other: &OpenPullRequest) -> Option<OverlappingPullRequest> {
    let theirs = Cone::of(imports, other);
    let shared = ours.paths.intersection(&theirs.paths);
    let shared_files: Vec<String> = shared.take(MAX_NAMED).map(|path| (*path).to_owned()).collect();
    let used = ours.used_by(&theirs).chain(theirs.used_by(ours).map(|(used, file)| (file, used)));
    let pairs: BTreeSet<(&str, &str)> = used.map(|(a, b)| (imports.file(a), imports.file(b))).collect();
    let linked_files: Vec<(String, String)> =
        pairs.into_iter().take(MAX_NAMED).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    let is_met = !shared_files.is_empty() || !linked_files.is_empty();
    is_met.then(|| OverlappingPullRequest {
        number: other.number,
        title: other.title.clone(),
        shared_files,
        linked_files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `core <- api <- page <- shop`, each imported by the next; `a` and `b` import each other.
    fn graph() -> ImportGraph {
        let paths = ["a.rs", "api.rs", "b.rs", "core.rs", "page.rs", "shop.rs"];
        let edges = [(1, 3), (4, 1), (5, 4), (0, 2), (2, 0)];
        let stored = serde_json::json!({ "paths": paths, "edges": edges, "n_internal": 0, "n_unresolved": 0 });
        serde_json::from_value(stored).expect("a graph as it is stored")
    }

    fn pull(number: u64, n_lines: u64, files: &[&str]) -> OpenPullRequest {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        OpenPullRequest { number, title: format!("change {number}"), n_lines, files }
    }

    fn check(own: &OpenPullRequest, others: &[OpenPullRequest]) -> (Vec<u64>, Vec<u64>) {
        let graph = graph();
        let met = overlapping(&graph, own, others);
        let order = merge_order(&graph, own, others, &met);
        (met.iter().map(|one| one.number).collect(), order)
    }

    #[test]
    fn files_that_are_shared_or_depend_on_each_other_within_two_steps_meet() {
        let own = pull(7, 10, &["core.rs", "README.md"]);
        let others =
            [pull(1, 1, &["README.md"]), pull(2, 1, &["page.rs"]), pull(3, 1, &["shop.rs"]), pull(4, 1, &["a.rs"])];
        let met = overlapping(&graph(), &own, &others);
        assert_eq!(met.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(met[0].shared_files, ["README.md"]);
        assert_eq!(met[1].linked_files, [("core.rs".to_owned(), "page.rs".to_owned())]);
        let back = overlapping(&graph(), &others[1], &[own]);
        assert_eq!(back[0].linked_files, [("page.rs".to_owned(), "core.rs".to_owned())]);
    }

    #[test]
    fn what_others_depend_on_is_merged_first_however_large() {
        let large = pull(9, 900, &["core.rs"]);
        assert_eq!(check(&pull(7, 1, &["api.rs"]), &[large]), (vec![9], vec![9, 7]));
    }

    #[test]
    fn where_nothing_depends_the_smaller_then_the_older_goes_first() {
        let others = [pull(8, 5, &["README.md"]), pull(3, 9, &["README.md"]), pull(2, 9, &["README.md"])];
        assert_eq!(check(&pull(7, 9, &["README.md"]), &others).1, [8, 2, 3, 7]);
    }

    #[test]
    fn a_circle_still_has_an_order_and_no_overlap_has_none() {
        assert_eq!(check(&pull(7, 9, &["a.rs"]), &[pull(8, 1, &["b.rs"])]), (vec![8], vec![8, 7]));
        assert_eq!(check(&pull(7, 9, &["a.rs"]), &[pull(8, 1, &["core.rs"])]), (vec![], vec![]));
    }
}
