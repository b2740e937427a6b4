//! How is a command acknowledged without a word?
//!
//! In: a comment and a reaction. Out: the reaction stands on it, once: GitHub keeps one of each kind per user.

use super::call::Call;
use super::error::Error;
use super::installation::Installation;
use super::payload::CommentKind;
use crate::domain::RepoName;
use serde::Serialize;
use serde_json::json;

/// GitHub's reactions that Hyperion uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Reaction {
    /// Seen and under way.
    #[serde(rename = "eyes")]
    Eyes,
    /// Done.
    #[serde(rename = "+1")]
    ThumbsUp,
    /// Not allowed.
    #[serde(rename = "-1")]
    ThumbsDown,
    /// Not understood.
    #[serde(rename = "confused")]
    Confused,
}

impl Installation {
    /// Puts `reaction` on a comment. Repeating it changes nothing.
    ///
    /// # Errors
    /// Whatever the call failed with; [`Error::is_not_found`] when the comment was deleted.
    pub async fn react(
        &self,
        repo: &RepoName,
        comment_id: u64,
        kind: CommentKind,
        reaction: Reaction,
    ) -> Result<(), Error> {
        let part = match kind {
            CommentKind::Conversation => "issues",
            CommentKind::Line => "pulls",
        };
        let path = format!("/repos/{repo}/{part}/comments/{comment_id}/reactions");
        self.caller.send(&Call::post(path, json!({ "content": reaction })).repeatable()).await.map(|_| ())
    }
}
