//! What is known of a repository that its commits do not say?
//!
//! In: coverage and merged changes from the store. Out: the same, ready to become inputs of features. A repository on
//! a laptop has none of it unless it was handed in.

use super::Error;
use super::app::repository_key;
use crate::code::coverage::{Lines, Report, resolve};
use crate::domain::Timestamp;
use crate::features::{CoverageSnapshot, FileCoverage, ReviewFact, Reviews};
use crate::history::{Past, landings};
use crate::models::impact::OpenPullRequest;
use crate::store::{self, MergedChange, Store};
use std::collections::BTreeMap;

/// Coverage, and who reviewed what as numbers.
#[derive(Debug, Clone, Default)]
pub struct HandedIn {
    /// Oldest first.
    pub coverage: Vec<CoverageSnapshot>,
    /// Oldest first.
    pub merged: Vec<MergedChange>,
    /// The pull request under review on GitHub, and what else is open there; absent elsewhere.
    pub asked: Option<Asked>,
}

/// A pull request among the others that are open.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Its number.
    pub number: u64,
    /// Who opened it; empty for a deleted account.
    pub author_login: String,
    /// The others, as far as they could be listed.
    pub others: Vec<OpenPullRequest>,
}

impl HandedIn {
    /// Everything that is kept of a repository on GitHub.
    pub(super) async fn load(store: &Store, repository_id: u64) -> Result<Self, Error> {
        let coverage = store.coverage(&repository_key(repository_id)).await?;
        Ok(Self { coverage, merged: store.merged_changes(repository_id).await?, asked: None })
    }

    /// What was handed in for a repository of this machine.
    pub(super) async fn of_key(store: &Store, key: &str) -> Result<Self, store::Error> {
        Ok(Self { coverage: store.coverage(key).await?, merged: Vec::new(), asked: None })
    }

    /// Reviews by the commits that came in with each merge.
    pub(super) fn reviews(&self, past: &Past<'_>) -> Reviews {
        let tip = past.log.commits.iter().rposition(|commit| commit.id == past.as_of_commit);
        let (Some(tip), false) = (tip, self.merged.is_empty()) else { return Reviews::default() };
        let landed = landings(past.log, tip as u32);
        let commits = |merged: &MergedChange| {
            let merge =
                past.order.iter().copied().find(|at| past.log.commits[*at as usize].id == merged.merge_commit)?;
            Some(landed.get(&merge)?.iter().map(|at| past.log.commits[*at as usize].id).collect())
        };
        let fact = |merged: &MergedChange| {
            let commits = commits(merged).unwrap_or_else(|| vec![merged.merge_commit]);
            ReviewFact { commits, at: merged.merged_at, n_reviewers: merged.n_reviewers }
        };
        Reviews::new(&self.merged.iter().map(fact).collect::<Vec<_>>())
    }
}

/// What reports of one commit say of the files that were there. Also gives back the reported paths that mean none of
/// them, or more than one.
pub fn snapshot(reports: &[Report], paths: &[&str], at: Timestamp) -> (CoverageSnapshot, Vec<String>) {
    let mut placed: BTreeMap<String, Lines> = BTreeMap::new();
    let mut unplaced = Vec::new();
    for report in reports {
        let (files, unknown) = resolve(report, paths);
        files.into_iter().for_each(|(path, lines)| placed.entry(path).or_default().merge(&lines));
        unplaced.extend(unknown);
    }
    let counted = |(path, lines): (String, Lines)| {
        (path, FileCoverage { n_covered: lines.n_covered(), n_lines: lines.n_lines() })
    };
    (CoverageSnapshot { at, files: placed.into_iter().map(counted).collect() }, unplaced)
}
