//! How do notes get onto the lines of a pull request?
//!
//! In: at most a few [`LineNote`]s on one commit and a hidden marker. Out: one review that carries them all. GitHub
//! refuses a whole review for one line outside the diff; then the notes outside are dropped and the rest is tried once
//! more. Notes are a courtesy beside the check run: what GitHub still refuses is left out, not an error.

use super::call::Call;
use super::diff_lines;
use super::error::Error;
use super::fitting;
use super::installation::{Author, Installation};
use super::paging::{self, PER_PAGE};
use crate::domain::{CommitId, RepoName};
use crate::review::LineNote;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::ops::{ControlFlow, RangeInclusive};
use tracing::{info, warn};

#[derive(Deserialize)]
struct ReviewAnswer {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(flatten)]
    author: Author,
}

#[derive(Deserialize)]
struct FileAnswer {
    filename: String,
    #[serde(default)]
    patch: Option<String>,
}

impl Installation {
    /// Number of the review with these notes: the one that carries `marker` already, or a new one. `None` when there is
    /// nothing to say or none of the lines can be spoken of.
    ///
    /// # Errors
    /// Whatever a call failed with, but for GitHub's refusal of lines.
    pub async fn post_review(
        &self,
        repo: &RepoName,
        number: u64,
        commit: CommitId,
        marker: &str,
        notes: &[LineNote],
    ) -> Result<Option<u64>, Error> {
        if notes.is_empty() {
            return Ok(None);
        }
        match self.create_review(repo, number, commit, marker, notes).await {
            Err(error) if error.status() == Some(422) => {
                info!(%repo, number, %error, "review refused, keeping the notes on lines of the diff");
            }
            done => return done.map(Some),
        }
        let kept = self.in_diff(repo, number, notes).await?;
        if kept.is_empty() || kept.len() == notes.len() {
            warn!(%repo, number, n_notes = notes.len(), "no line notes: GitHub refused them");
            return Ok(None);
        }
        match self.create_review(repo, number, commit, marker, &kept).await {
            Err(error) if error.status() == Some(422) => {
                warn!(%repo, number, n_notes = kept.len(), %error, "no line notes: GitHub refused them twice");
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    async fn create_review(
        &self,
        repo: &RepoName,
        number: u64,
        commit: CommitId,
        marker: &str,
        notes: &[LineNote],
    ) -> Result<u64, Error> {
        let find = || self.find_review(repo, number, marker);
        let create = || async move {
            let body = json!({
                "commit_id": commit,
                "event": "COMMENT",
                "body": marker,
                "comments": notes.iter().map(comment).collect::<Vec<_>>(),
            });
            let call = Call::post(format!("/repos/{repo}/pulls/{number}/reviews"), body);
            Ok(self.caller.json::<ReviewAnswer>(call).await?.id)
        };
        self.caller.find_or_create(find, create).await
    }

    async fn find_review(&self, repo: &RepoName, number: u64, marker: &str) -> Result<Option<u64>, Error> {
        let reviews: Vec<ReviewAnswer> =
            self.caller.all(format!("/repos/{repo}/pulls/{number}/reviews?per_page={PER_PAGE}")).await?;
        for review in reviews {
            let is_marked = review.body.as_deref().is_some_and(|body| body.contains(marker));
            if is_marked && self.is_ours(&review.author).await? {
                return Ok(Some(review.id));
            }
        }
        Ok(None)
    }

    /// The notes whose line is part of the pull request's diff.
    async fn in_diff(&self, repo: &RepoName, number: u64, notes: &[LineNote]) -> Result<Vec<LineNote>, Error> {
        let wanted: HashSet<&str> = notes.iter().map(|note| note.path.as_str()).collect();
        let mut lines: HashMap<String, Vec<RangeInclusive<u32>>> = HashMap::new();
        let first = format!("/repos/{repo}/pulls/{number}/files?per_page={PER_PAGE}");
        let take = |page: Vec<FileAnswer>| {
            for file in page.into_iter().filter(|file| wanted.contains(file.filename.as_str())) {
                lines.insert(file.filename, diff_lines::shown(file.patch.as_deref().unwrap_or_default()));
            }
            if lines.len() == wanted.len() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let end = self.caller.each_page(first.as_str(), take).await?;
        paging::complete(end, &first)?;
        let is_shown = |note: &&LineNote| {
            lines.get(&note.path).is_some_and(|ranges| ranges.iter().any(|range| range.contains(&note.line)))
        };
        Ok(notes.iter().filter(is_shown).cloned().collect())
    }
}

fn comment(note: &LineNote) -> Value {
    json!({ "path": note.path, "line": note.line, "side": "RIGHT", "body": fitting::body(&note.body) })
}
