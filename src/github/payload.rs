//! What happened, in a webhook's words?
//!
//! In: the event's name and the raw body, after its signature was checked. Out: an [`Event`] with exactly what the
//! pipeline needs. GitHub adds events, actions and fields at will, so what is unknown is [`Event::Ignored`] and never an
//! error; only a body that is not JSON is one. Names and texts in it are strangers' and are checked or left alone.

mod wire;

use super::installation::Repository;
use crate::domain::{CommitId, RepoName};
use serde::Deserialize;

/// Header that names the event, lowercase as HTTP/2 wants it.
pub const EVENT_HEADER: &str = "x-github-event";
/// Header that names the delivery; the same when it is delivered again.
pub const DELIVERY_HEADER: &str = "x-github-delivery";
/// GitHub's documented cap: larger deliveries are never sent.
pub const MAX_PAYLOAD_BYTES: usize = 25 * 1024 * 1024;

/// The body is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("expected JSON in the body of a `{event}` delivery")]
pub struct InvalidPayload {
    /// Its name.
    pub event: String,
    /// Where it stops being JSON.
    #[source]
    pub source: serde_json::Error,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is described by the struct it holds")]
pub enum Event {
    PullRequest(PullRequestEvent),
    CheckRun(CheckRunEvent),
    CheckSuite(CheckSuiteEvent),
    Comment(CommentEvent),
    Push(PushEvent),
    MergeGroup(MergeGroupEvent),
    Installation(InstallationEvent),
    InstallationRepositories(InstallationRepositoriesEvent),
    Repository(RepositoryEvent),
    /// Nothing to do.
    Ignored {
        /// Why, for the log.
        reason: String,
    },
}

impl Event {
    /// In whose name to act on it.
    pub fn installation_id(&self) -> Option<u64> {
        match self {
            Self::PullRequest(event) => Some(event.installation_id),
            Self::CheckRun(event) => Some(event.installation_id),
            Self::CheckSuite(event) => Some(event.installation_id),
            Self::Comment(event) => Some(event.installation_id),
            Self::Push(event) => Some(event.installation_id),
            Self::MergeGroup(event) => Some(event.installation_id),
            Self::Repository(event) => Some(event.installation_id),
            Self::Installation(event) => Some(event.installation_id),
            Self::InstallationRepositories(event) => Some(event.installation_id),
            Self::Ignored { .. } => None,
        }
    }

    /// Where it happened; `None` for what concerns a whole account.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::PullRequest(event) => Some(&event.repository),
            Self::CheckRun(event) => Some(&event.repository),
            Self::CheckSuite(event) => Some(&event.repository),
            Self::Comment(event) => Some(&event.repository),
            Self::Push(event) => Some(&event.repository),
            Self::MergeGroup(event) => Some(&event.repository),
            Self::Repository(event) => Some(&event.repository),
            Self::Installation(_) | Self::InstallationRepositories(_) | Self::Ignored { .. } => None,
        }
    }

    /// The pull request it happened on, where there is exactly one.
    pub fn pull_request_number(&self) -> Option<u64> {
        match self {
            Self::PullRequest(event) => Some(event.number),
            Self::Comment(event) if event.is_pull_request => Some(event.number),
            _ => None,
        }
    }
}

/// Something happened to a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestEvent {
    /// What.
    pub action: PullRequestAction,
    /// Its number.
    pub number: u64,
    /// Newest commit of the change at that moment.
    pub head_sha: CommitId,
    /// Newest commit of the base branch at that moment.
    pub base_sha: CommitId,
    /// The branch it wants to go into.
    pub base_ref: String,
    /// Whether [`PullRequestAction::Edited`] changed the base branch.
    pub is_base_changed: bool,
    /// Not yet ready for review.
    pub is_draft: bool,
    /// Who opened it.
    pub author: User,
    /// Where it comes from; `None` when that fork was deleted.
    pub head_repo: Option<RepoName>,
    /// Where it wants to go.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum PullRequestAction {
    Opened,
    Synchronize,
    Reopened,
    ReadyForReview,
    ConvertedToDraft,
    Edited,
    Closed,
    #[serde(other)]
    Other,
}

/// Somebody, or some program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Its name; empty for a deleted account.
    pub login: String,
    /// Its number; 0 for a deleted account.
    pub id: u64,
    /// Whether it is an App or another program.
    pub is_bot: bool,
}

/// Something happened to a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRunEvent {
    /// What.
    pub action: CheckRunAction,
    /// Which of our buttons was pressed, for [`CheckRunAction::RequestedAction`].
    pub identifier: Option<String>,
    /// Number of the run.
    pub check_run_id: u64,
    /// The commit it is on.
    pub head_sha: CommitId,
    /// Our own name for it.
    pub external_id: String,
    /// Such as `hyperion`.
    pub name: String,
    /// Whose run it is.
    pub app_id: Option<u64>,
    /// Pull requests of this repository with that head; empty for forks.
    pub pull_request_numbers: Vec<u64>,
    /// Where.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum CheckRunAction {
    Rerequested,
    RequestedAction,
    #[serde(other)]
    Other,
}

/// Something happened to all our check runs of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSuiteEvent {
    /// What.
    pub action: CheckSuiteAction,
    /// The commit.
    pub head_sha: CommitId,
    /// The branch, where GitHub knows it.
    pub head_branch: Option<String>,
    /// Whose suite it is.
    pub app_id: Option<u64>,
    /// Pull requests of this repository with that head; empty for forks.
    pub pull_request_numbers: Vec<u64>,
    /// Where.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a check suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum CheckSuiteAction {
    Requested,
    Rerequested,
    #[serde(other)]
    Other,
}

/// Somebody wrote something, in a conversation or on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentEvent {
    /// What happened to it.
    pub action: CommentAction,
    /// Where it stands.
    pub kind: CommentKind,
    /// Number of the pull request or issue.
    pub number: u64,
    /// False for a comment on an issue.
    pub is_pull_request: bool,
    /// Number of the comment.
    pub comment_id: u64,
    /// Its text: a stranger's.
    pub body: String,
    /// Who wrote it.
    pub author: User,
    /// GitHub's word for who the author is here, such as `MEMBER`. No permission follows from it.
    pub author_association: String,
    /// Who opened the pull request or issue.
    pub opened_by: User,
    /// Where.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum CommentAction {
    Created,
    Edited,
    Deleted,
    #[serde(other)]
    Other,
}

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommentKind {
    /// In the conversation (`issue_comment`).
    Conversation,
    /// On a line of the diff (`pull_request_review_comment`).
    Line,
}

/// A branch or tag moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEvent {
    /// Full name, such as `refs/heads/main`.
    pub reference: String,
    /// Where it stands now; all zeros when it was deleted.
    pub after: CommitId,
    /// Whether it was deleted.
    pub is_deletion: bool,
    /// Where.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

impl PushEvent {
    /// Whether it is the default branch that moved.
    pub fn is_default_branch(&self) -> bool {
        let branch = self.reference.strip_prefix("refs/heads/");
        branch.is_some() && branch == self.repository.default_branch.as_deref()
    }
}

/// A merge queue waits for our check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeGroupEvent {
    /// What happened.
    pub action: MergeGroupAction,
    /// The commit to answer on.
    pub head_sha: CommitId,
    /// The queue's own branch.
    pub head_ref: String,
    /// What it is built upon.
    pub base_sha: CommitId,
    /// The branch it wants to go into.
    pub base_ref: String,
    /// Where.
    pub repository: Repository,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a merge group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum MergeGroupAction {
    ChecksRequested,
    #[serde(other)]
    Other,
}

/// The App came, went, or was told to pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationEvent {
    /// What happened.
    pub action: InstallationAction,
    /// Which.
    pub installation_id: u64,
    /// The user or organisation.
    pub account: String,
    /// Where it may act; without default branches. Empty but for a new installation.
    pub repositories: Vec<Repository>,
}

/// What happened to an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum InstallationAction {
    Created,
    Deleted,
    Suspend,
    Unsuspend,
    NewPermissionsAccepted,
    #[serde(other)]
    Other,
}

/// The App may act on other repositories now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationRepositoriesEvent {
    /// Which installation.
    pub installation_id: u64,
    /// The user or organisation.
    pub account: String,
    /// From now on; without default branches.
    pub added: Vec<Repository>,
    /// Not any more; without default branches.
    pub removed: Vec<Repository>,
}

/// Something happened to a repository itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryEvent {
    /// What.
    pub action: RepositoryAction,
    /// As it is called now.
    pub repository: Repository,
    /// As it was called before, when it was renamed or transferred and GitHub says so.
    pub old_name: Option<RepoName>,
    /// In whose name to act.
    pub installation_id: u64,
}

/// What happened to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum RepositoryAction {
    Renamed,
    Deleted,
    Transferred,
    Archived,
    Unarchived,
    Privatized,
    Publicized,
    Edited,
    #[serde(other)]
    Other,
}

/// Reads a delivery.
///
/// # Errors
/// [`InvalidPayload`] when `body` is not JSON. Anything else that is unknown or missing gives [`Event::Ignored`].
pub fn parse(event: &str, body: &[u8]) -> Result<Event, InvalidPayload> {
    let read = match event {
        "pull_request" => wire::pull_request(body),
        "check_run" => wire::check_run(body),
        "check_suite" => wire::check_suite(body),
        "issue_comment" => wire::issue_comment(body),
        "pull_request_review_comment" => wire::review_comment(body),
        "push" => wire::push(body),
        "merge_group" => wire::merge_group(body),
        "installation" => wire::installation(body),
        "installation_repositories" => wire::installation_repositories(body),
        "repository" => wire::repository(body),
        other => Ok(Event::Ignored { reason: format!("no use for the event `{}`", short(other)) }),
    };
    // A field may be wrong long before the place where the text stops being JSON, so the whole is looked at again.
    let syntax = serde_json::from_slice::<serde::de::IgnoredAny>(body);
    match (read, syntax) {
        (_, Err(source)) => Err(InvalidPayload { event: short(event), source }),
        (Ok(event), Ok(_)) => Ok(event),
        (Err(error), Ok(_)) => Ok(Event::Ignored { reason: format!("unusable `{}`: {error}", short(event)) }),
    }
}

fn short(event: &str) -> String {
    event.chars().take(60).collect()
}

#[cfg(test)]
mod tests;
