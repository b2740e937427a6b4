//! Who looked at what before it was merged?
//!
//! In: a repository on GitHub. Out: merged pull requests with the number of their reviewers, kept in the store. A few
//! with each push: the first look at a long history would otherwise take an hour's calls. Nobody is named.

use super::{App, Error, Place};
use crate::github;
use crate::store::MergedChange;
use std::collections::HashSet;

/// Pull requests whose reviews are read at a time: one call each, of the five thousand an hour that GitHub allows.
const MAX_A_TIME: usize = 50;

/// Closed pull requests that are looked at in search of merged ones: ten calls.
const MAX_LOOKED_AT: usize = 1_000;

/// Learns of merged pull requests that are not known yet, the newest first.
///
/// # Errors
/// When GitHub or the database fails; what was learned before stays.
pub(super) async fn learn_reviews(
    app: &App,
    installation: &github::Installation,
    place: &Place,
    branch: &str,
) -> Result<(), Error> {
    let known = app.store.merged_changes(place.repository_id).await?;
    let known: HashSet<u64> = known.into_iter().map(|change| change.pull_number).collect();
    let merged =
        installation.merged_pull_requests(&place.repository, branch, &known, MAX_A_TIME, MAX_LOOKED_AT).await?;
    for pull_request in merged {
        let n_reviewers = installation.n_reviewers(&place.repository, &pull_request).await?;
        let change = MergedChange {
            repository_id: place.repository_id,
            pull_number: pull_request.number,
            merge_commit: pull_request.merge_commit,
            merged_at: pull_request.merged_at,
            n_reviewers,
        };
        app.store.save_merged_change(&change).await?;
    }
    Ok(())
}
