//! Which pull requests are there, and what do they stand on?
//!
//! In: a repository and a number or a head commit. Out: [`PullRequest`]s with just what a review needs. Their titles,
//! bodies and branches are strangers' text and stay at GitHub.

use super::error::Error;
use super::installation::Installation;
use super::lenient;
use super::paging::{End, PER_PAGE};
use crate::domain::{CommitId, RepoName};
use serde::Deserialize;
use std::ops::ControlFlow;
use tracing::warn;

/// A pull request as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Neither merged nor closed.
    pub is_open: bool,
    /// Not yet ready for review.
    pub is_draft: bool,
    /// Newest commit of the change.
    pub head_sha: CommitId,
    /// Newest commit of the base branch, when GitHub last looked.
    pub base_sha: CommitId,
    /// The branch it wants to go into.
    pub base_ref: String,
    /// The branch it comes from.
    pub head_ref: String,
    /// Where it comes from; `None` when that fork was deleted.
    pub head_repo: Option<RepoName>,
    /// Login of who opened it; empty for a deleted account.
    pub author_login: String,
}

#[derive(Deserialize)]
struct PullRequestAnswer {
    number: u64,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    draft: Option<bool>,
    head: Side,
    base: Side,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct Side {
    sha: CommitId,
    #[serde(default, deserialize_with = "lenient::or_default", rename = "ref")]
    branch: String,
    #[serde(default)]
    repo: Option<Repo>,
}

#[derive(Deserialize)]
struct Repo {
    #[serde(default)]
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default, deserialize_with = "lenient::or_default")]
    login: String,
}

impl PullRequestAnswer {
    fn pull_request(self) -> PullRequest {
        PullRequest {
            number: self.number,
            is_open: self.state.as_deref() == Some("open"),
            is_draft: self.draft.unwrap_or(false),
            head_sha: self.head.sha,
            base_sha: self.base.sha,
            base_ref: self.base.branch,
            head_ref: self.head.branch,
            head_repo: self.head.repo.and_then(|repo| repo.full_name?.parse().ok()),
            author_login: self.user.map(|user| user.login).unwrap_or_default(),
        }
    }
}

impl Installation {
    /// One pull request as it stands now.
    ///
    /// # Errors
    /// Whatever the call failed with; [`Error::is_not_found`] when there is none.
    pub async fn pull_request(&self, repo: &RepoName, number: u64) -> Result<PullRequest, Error> {
        let answer: PullRequestAnswer = self.caller.get(format!("/repos/{repo}/pulls/{number}")).await?;
        Ok(answer.pull_request())
    }

    /// All open pull requests, most recently updated first. Above 10,000 the longest untouched are left out.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn open_pull_requests(&self, repo: &RepoName) -> Result<Vec<PullRequest>, Error> {
        let first = format!("/repos/{repo}/pulls?state=open&sort=updated&direction=desc&per_page={PER_PAGE}");
        let mut pull_requests = Vec::new();
        let take = |page: Vec<PullRequestAnswer>| {
            pull_requests.extend(page.into_iter().map(PullRequestAnswer::pull_request));
            ControlFlow::Continue(())
        };
        if self.caller.each_page(first, take).await? == End::Capped {
            warn!(%repo, n_read = pull_requests.len(), "more open pull requests than are read, the oldest left out");
        }
        Ok(pull_requests)
    }

    /// Open pull requests whose newest commit is `head`.
    ///
    /// GitHub lists none for a commit that only a fork has; then all open ones are searched.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn pull_requests_with_head(&self, repo: &RepoName, head: CommitId) -> Result<Vec<PullRequest>, Error> {
        let has_head = |pull_request: &PullRequest| pull_request.is_open && pull_request.head_sha == head;
        let first = format!("/repos/{repo}/commits/{head}/pulls?per_page={PER_PAGE}");
        let listed: Vec<PullRequest> = match self.caller.all::<PullRequestAnswer>(first).await {
            Ok(answers) => answers.into_iter().map(PullRequestAnswer::pull_request).filter(has_head).collect(),
            // 422 is GitHub's word for a commit it does not know in this repository.
            Err(error) if matches!(error.status(), Some(404 | 422)) => Vec::new(),
            Err(error) => return Err(error),
        };
        if !listed.is_empty() {
            return Ok(listed);
        }
        Ok(self.open_pull_requests(repo).await?.into_iter().filter(has_head).collect())
    }
}
