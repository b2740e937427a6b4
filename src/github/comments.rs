//! How does a pull request keep exactly one comment of ours?
//!
//! In: the text, its hidden marker, and the comment's number where it is known. Out: the comment's number, edited in
//! place. A comment is ours when it carries the marker *and* was written by this App: anybody can copy a marker.

use super::call::Call;
use super::error::Error;
use super::fitting;
use super::installation::{Author, Installation};
use super::paging::{self, PER_PAGE};
use crate::domain::RepoName;
use serde::Deserialize;
use serde_json::json;
use std::ops::ControlFlow;

#[derive(Deserialize)]
struct CommentAnswer {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(flatten)]
    author: Author,
}

impl Installation {
    /// Writes `body` into the pull request's one comment and gives its number.
    ///
    /// Edits the comment `stored_id`; if that was deleted, the one found by `marker`; if there is none, makes one.
    /// The marker is added where `body` lacks it, and a body above 65,535 bytes is cut with a note.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn upsert_comment(
        &self,
        repo: &RepoName,
        number: u64,
        marker: &str,
        body: &str,
        stored_id: Option<u64>,
    ) -> Result<u64, Error> {
        let body = fitting::marked(body, marker);
        if let Some(id) = stored_id
            && self.edit_comment(repo, id, &body).await?
        {
            return Ok(id);
        }
        if let Some(id) = self.find_comment(repo, number, marker).await?
            && self.edit_comment(repo, id, &body).await?
        {
            return Ok(id);
        }
        self.create_comment(repo, number, marker, &body).await
    }

    /// Writes `body` once: if a comment of ours carries `marker` already, it is left as it is. Gives its number.
    ///
    /// For answers to commands; make the marker of the command's comment, so that it is answered once.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn comment_once(&self, repo: &RepoName, number: u64, marker: &str, body: &str) -> Result<u64, Error> {
        self.create_comment(repo, number, marker, &fitting::marked(body, marker)).await
    }

    /// False when the comment was deleted.
    async fn edit_comment(&self, repo: &RepoName, id: u64, body: &str) -> Result<bool, Error> {
        let call = Call::patch(format!("/repos/{repo}/issues/comments/{id}"), json!({ "body": body }));
        match self.caller.send(&call).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn create_comment(&self, repo: &RepoName, number: u64, marker: &str, body: &str) -> Result<u64, Error> {
        let find = || self.find_comment(repo, number, marker);
        let create = || async move {
            let call = Call::post(format!("/repos/{repo}/issues/{number}/comments"), json!({ "body": body }));
            Ok(self.caller.json::<CommentAnswer>(call).await?.id)
        };
        self.caller.find_or_create(find, create).await
    }

    async fn find_comment(&self, repo: &RepoName, number: u64, marker: &str) -> Result<Option<u64>, Error> {
        let first = format!("/repos/{repo}/issues/{number}/comments?per_page={PER_PAGE}");
        let mut marked = Vec::new();
        let take = |page: Vec<CommentAnswer>| {
            marked.extend(
                page.into_iter().filter(|comment| comment.body.as_deref().is_some_and(|body| body.contains(marker))),
            );
            ControlFlow::Continue(())
        };
        let end = self.caller.each_page(first.as_str(), take).await?;
        paging::complete(end, &first)?;
        for comment in marked {
            if self.is_ours(&comment.author).await? {
                return Ok(Some(comment.id));
            }
        }
        Ok(None)
    }
}
