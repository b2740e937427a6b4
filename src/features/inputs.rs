//! What may be known that git does not hold, and since when?
//!
//! In: coverage, reviews, declared dependencies and what the repository's owners wrote down, each with its moment. Out:
//! answers to "what was known of this at that moment?". Never lets a moment see what was handed in for a later one.

use super::Feature;
use super::sprint::Sprint;
use crate::code::coverage;
use crate::code::manifests::Dependency;
use crate::domain::{BlobId, CommitId, Timestamp};
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

/// Coverage older than this says little about today's tests.
pub const COVERAGE_MAX_AGE_DAYS: i64 = 180;

/// Everything a row may know beside git's history and the source text. Cheap to copy: it borrows all of it.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Whether features about people may be known.
    pub people: bool,
    /// What the repository's owners wrote down.
    pub said: &'a dyn Said,
    /// Coverage that was handed in, oldest first.
    pub coverage: &'a [CoverageSnapshot],
    /// Reviews of pull requests.
    pub reviews: &'a Reviews,
    /// What manifests declare.
    pub dependencies: &'a Dependencies,
}

impl Inputs<'_> {
    /// Git alone.
    pub const fn none(people: bool) -> Inputs<'static> {
        Inputs { people, said: &Silence, coverage: &[], reviews: &NO_REVIEWS, dependencies: &NO_DEPENDENCIES }
    }
}

/// What the owners of a repository say about it in files they keep, as those files stood at a moment.
pub trait Said: Debug {
    /// Values of business features for a path.
    fn business(&self, path: &str, at: Timestamp) -> Vec<(Feature, f32)>;

    /// Names of the owners of a path; empty where it has none, `None` where the repository names no owners at all.
    fn owners(&self, path: &str, at: Timestamp) -> Option<Vec<&str>>;

    /// The sprint that is configured.
    fn sprint(&self, at: Timestamp) -> Option<Sprint>;
}

/// Owners who say nothing.
#[derive(Debug)]
struct Silence;

impl Said for Silence {
    fn business(&self, _: &str, _: Timestamp) -> Vec<(Feature, f32)> {
        Vec::new()
    }

    fn owners(&self, _: &str, _: Timestamp) -> Option<Vec<&str>> {
        None
    }

    fn sprint(&self, _: Timestamp) -> Option<Sprint> {
        None
    }
}

/// How much of each file the tests of one commit ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageSnapshot {
    /// The moment of the commit it was measured on.
    pub at: Timestamp,
    /// By path in that commit.
    pub files: BTreeMap<String, FileCoverage>,
}

/// How much of one file tests ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCoverage {
    /// Lines that ran.
    pub n_covered: u32,
    /// Lines that can run.
    pub n_lines: u32,
}

impl CoverageSnapshot {
    /// What a coverage report says of a commit, once its paths are those of the repository.
    pub fn new(at: Timestamp, files: &BTreeMap<String, coverage::Lines>) -> Self {
        let counted = |lines: &coverage::Lines| FileCoverage { n_covered: lines.n_covered(), n_lines: lines.n_lines() };
        Self { at, files: files.iter().map(|(path, lines)| (path.clone(), counted(lines))).collect() }
    }
}

impl FileCoverage {
    /// `None` for a file without a line that can run.
    fn ratio(self) -> Option<f64> {
        (self.n_lines > 0).then(|| f64::from(self.n_covered) / f64::from(self.n_lines))
    }
}

/// The ratio in the newest snapshot up to `at` that knows one of `names`, the first of them first.
pub(super) fn coverage_as_of(snapshots: &[CoverageSnapshot], names: &[&str], at: Timestamp) -> Option<f64> {
    let n_known = snapshots.partition_point(|snapshot| snapshot.at <= at);
    let from = at.plus_days(-COVERAGE_MAX_AGE_DAYS);
    let known = snapshots[..n_known].iter().rev().take_while(|snapshot| snapshot.at >= from);
    known.filter_map(|snapshot| names.iter().find_map(|name| snapshot.files.get(*name))).next()?.ratio()
}

/// One pull request and whether somebody looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewFact {
    /// Its commits as the default branch holds them: the squashed one, or all of them.
    pub commits: Vec<CommitId>,
    /// When this was known: its newest review, or its merge.
    pub at: Timestamp,
    /// People other than its author who reviewed it.
    pub n_reviewers: u32,
}

/// Reviews by commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reviews {
    by_commit: FxHashMap<CommitId, (Timestamp, u32)>,
    /// When the records begin. A commit before says nothing by not being among them.
    since: Option<Timestamp>,
}

impl Reviews {
    /// Gathers facts in any order. A commit in several pull requests counts by the earliest that was reviewed.
    pub fn new(facts: &[ReviewFact]) -> Self {
        let mut reviews = Self { by_commit: FxHashMap::default(), since: facts.iter().map(|fact| fact.at).min() };
        let mut sorted: Vec<&ReviewFact> = facts.iter().collect();
        sorted.sort_by_key(|fact| (fact.n_reviewers == 0, fact.at));
        for fact in sorted {
            for commit in &fact.commits {
                reviews.by_commit.entry(*commit).or_insert((fact.at, fact.n_reviewers));
            }
        }
        reviews
    }

    /// Whether a commit of `committed_at` was reviewed, as far as was known at `at`; `None` before the records begin.
    pub(super) fn is_reviewed(&self, commit: CommitId, committed_at: Timestamp, at: Timestamp) -> Option<bool> {
        let since = self.since?;
        let known = self.by_commit.get(&commit).filter(|(reviewed_at, _)| *reviewed_at <= at);
        match known {
            Some((_, n_reviewers)) => Some(*n_reviewers > 0),
            None => (since <= committed_at).then_some(false),
        }
    }
}

static NO_REVIEWS: Reviews = Reviews { by_commit: HashMap::with_hasher(FxBuildHasher), since: None };

/// What manifests declare, by the content of the manifest; contents that could not be read are not in it.
pub type Dependencies = FxHashMap<BlobId, Vec<Dependency>>;

static NO_DEPENDENCIES: Dependencies = HashMap::with_hasher(FxBuildHasher);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp(0).plus_days(day)
    }

    #[test]
    fn a_snapshot_is_known_from_its_commit_on_and_not_for_ever() {
        let snapshot = |at: i64, n_covered: u32| CoverageSnapshot {
            at: day(at),
            files: [("a".to_owned(), FileCoverage { n_covered, n_lines: 4 })].into(),
        };
        let snapshots = [snapshot(10, 1), snapshot(20, 2)];
        let ratio = |at: i64| coverage_as_of(&snapshots, &["b", "a"], day(at));
        assert_eq!([9, 10, 19, 20, 200, 201].map(ratio), [None, Some(0.25), Some(0.25), Some(0.5), Some(0.5), None]);
        assert_eq!(coverage_as_of(&snapshots, &["c"], day(20)), None);
    }

    #[test]
    fn a_commit_is_unreviewed_only_where_reviews_are_known() {
        let commit = |byte: u8| CommitId([byte; 20]);
        let fact =
            |byte: u8, at: i64, n_reviewers: u32| ReviewFact { commits: vec![commit(byte)], at: day(at), n_reviewers };
        let reviews = Reviews::new(&[fact(3, 30, 1), fact(1, 10, 2), fact(2, 20, 0), fact(1, 9, 0)]);
        let asked = |byte: u8, committed: i64, at: i64| reviews.is_reviewed(commit(byte), day(committed), day(at));
        assert_eq!(asked(1, 8, 40), Some(true));
        assert_eq!(asked(2, 20, 40), Some(false));
        assert_eq!(asked(3, 29, 29), Some(false), "its review came a day later");
        assert_eq!(asked(3, 29, 30), Some(true));
        assert_eq!((asked(4, 8, 40), asked(4, 9, 40)), (None, Some(false)));
        assert_eq!(Reviews::default().is_reviewed(commit(1), day(1), day(2)), None);
    }
}
