//! Which pull requests were merged, and did somebody else look at them first?
//!
//! In: a repository and its branch. Out: merges with the number of people who reviewed them. Numbers alone: who they
//! were stays at GitHub.

use super::error::Error;
use super::installation::Installation;
use super::lenient;
use super::paging::PER_PAGE;
use crate::domain::{CommitId, RepoName, Timestamp};
use serde::Deserialize;
use std::collections::HashSet;
use std::ops::ControlFlow;

/// A pull request that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedPullRequest {
    /// Its number.
    pub number: u64,
    /// The commit it became on its base branch: the merge, the squashed commit, or the last of the rebased ones.
    pub merge_commit: CommitId,
    /// When.
    pub merged_at: Timestamp,
    author: Option<u64>,
}

#[derive(Deserialize)]
struct PullRequestAnswer {
    number: u64,
    #[serde(default)]
    merge_commit_sha: Option<CommitId>,
    #[serde(default, deserialize_with = "lenient::moment")]
    merged_at: Option<Timestamp>,
    base: Base,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct Base {
    #[serde(default, deserialize_with = "lenient::or_default", rename = "ref")]
    branch: String,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    #[serde(default, deserialize_with = "lenient::or_default", rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct ReviewAnswer {
    #[serde(default)]
    user: Option<User>,
    #[serde(default, deserialize_with = "lenient::moment")]
    submitted_at: Option<Timestamp>,
}

impl PullRequestAnswer {
    fn merged_into(self, branch: &str) -> Option<MergedPullRequest> {
        let is_there = self.base.branch == branch;
        let (merge_commit, merged_at) = self.merge_commit_sha.zip(self.merged_at).filter(|_| is_there)?;
        Some(MergedPullRequest { number: self.number, merge_commit, merged_at, author: self.user.map(|user| user.id) })
    }
}

impl Installation {
    /// Pull requests merged into `branch` that are not `known`, newest activity first, at most `limit` of them; no more
    /// than `max_looked_at` closed ones are looked at.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn merged_pull_requests(
        &self,
        repo: &RepoName,
        branch: &str,
        known: &HashSet<u64>,
        limit: usize,
        max_looked_at: usize,
    ) -> Result<Vec<MergedPullRequest>, Error> {
        let first = format!("/repos/{repo}/pulls?state=closed&sort=updated&direction=desc&per_page={PER_PAGE}");
        let mut merged = Vec::new();
        let mut n_looked_at = 0;
        let take = |page: Vec<PullRequestAnswer>| {
            n_looked_at += page.len();
            let new = page.into_iter().filter(|answer| !known.contains(&answer.number));
            merged.extend(new.filter_map(|answer| answer.merged_into(branch)));
            let is_enough = merged.len() >= limit || n_looked_at >= max_looked_at;
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.caller.each_page(first, take).await?;
        merged.truncate(limit);
        Ok(merged)
    }

    /// How many people other than its author reviewed a pull request before it was merged. Programs do not count.
    ///
    /// # Errors
    /// Whatever a call failed with; [`Error::TooManyPages`] above 10,000 reviews.
    pub async fn n_reviewers(&self, repo: &RepoName, merged: &MergedPullRequest) -> Result<u32, Error> {
        let number = merged.number;
        let reviews: Vec<ReviewAnswer> =
            self.caller.all(format!("/repos/{repo}/pulls/{number}/reviews?per_page={PER_PAGE}")).await?;
        let before_merge = |review: &ReviewAnswer| review.submitted_at.is_some_and(|at| at <= merged.merged_at);
        let reviewers: HashSet<u64> = reviews
            .into_iter()
            .filter(before_merge)
            .filter_map(|review| review.user)
            .filter(|user| user.kind != "Bot" && Some(user.id) != merged.author)
            .map(|user| user.id)
            .collect();
        Ok(reviewers.len() as u32)
    }
}
