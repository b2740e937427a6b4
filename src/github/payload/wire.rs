//! Which fields of GitHub's payloads are read?
//!
//! In: a body. Out: the event it is. One private struct for each shape on the wire, with the needed fields alone, so that
//! the public ones stay free of GitHub's nesting.

use super::*;
use crate::github::lenient;
use serde::de::{DeserializeOwned, IgnoredAny};

type Read = Result<Event, serde_json::Error>;

/// The parts most deliveries have in common, and the event's own.
#[derive(Deserialize)]
struct Delivery<A, T> {
    action: A,
    repository: Repository,
    installation: Number,
    #[serde(flatten)]
    rest: T,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body)
}

#[derive(Deserialize)]
struct Number {
    id: u64,
}

#[derive(Deserialize)]
struct UserWire {
    #[serde(default, deserialize_with = "lenient::or_default")]
    login: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    id: u64,
    #[serde(default, deserialize_with = "lenient::or_default", rename = "type")]
    kind: String,
}

fn user(wire: Option<UserWire>) -> User {
    let Some(wire) = wire else { return User::default() };
    let is_bot = wire.kind == "Bot" || wire.login.ends_with("[bot]");
    User { login: wire.login, id: wire.id, is_bot }
}

#[derive(Deserialize)]
struct Side {
    sha: CommitId,
    #[serde(default, deserialize_with = "lenient::or_default", rename = "ref")]
    branch: String,
    #[serde(default)]
    repo: Option<SideRepo>,
}

#[derive(Deserialize)]
struct SideRepo {
    #[serde(default, deserialize_with = "lenient::or_default")]
    id: u64,
    #[serde(default)]
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct PullRequestPart {
    pull_request: PullRequestWire,
    #[serde(default)]
    changes: Option<PullRequestChanges>,
}

#[derive(Deserialize)]
struct PullRequestWire {
    number: u64,
    head: Side,
    base: Side,
    #[serde(default)]
    draft: Option<bool>,
    #[serde(default)]
    user: Option<UserWire>,
}

#[derive(Deserialize)]
struct PullRequestChanges {
    #[serde(default)]
    base: Option<IgnoredAny>,
}

pub(super) fn pull_request(body: &[u8]) -> Read {
    let Delivery { action, repository, installation, rest } =
        read::<Delivery<PullRequestAction, PullRequestPart>>(body)?;
    let PullRequestWire { number, head, base, draft, user: author } = rest.pull_request;
    Ok(Event::PullRequest(PullRequestEvent {
        action,
        number,
        head_sha: head.sha,
        base_sha: base.sha,
        base_ref: base.branch,
        is_base_changed: rest.changes.is_some_and(|changes| changes.base.is_some()),
        is_draft: draft.unwrap_or(false),
        author: user(author),
        head_repo: head.repo.and_then(|repo| repo.full_name?.parse().ok()),
        repository,
        installation_id: installation.id,
    }))
}

#[derive(Deserialize)]
struct CheckRunPart {
    check_run: CheckRunWire,
    #[serde(default)]
    requested_action: Option<RequestedAction>,
}

#[derive(Deserialize)]
struct RequestedAction {
    #[serde(default)]
    identifier: Option<String>,
}

#[derive(Deserialize)]
struct CheckRunWire {
    id: u64,
    head_sha: CommitId,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    name: String,
    #[serde(default)]
    app: Option<Number>,
    #[serde(default)]
    pull_requests: Option<Vec<PullRequestRef>>,
}

#[derive(Deserialize)]
struct PullRequestRef {
    number: u64,
    #[serde(default)]
    base: Option<BaseRef>,
}

#[derive(Deserialize)]
struct BaseRef {
    #[serde(default)]
    repo: Option<SideRepo>,
}

/// A branch may also be offered to the repository it was forked from: those pull requests are not this repository's.
fn numbers(pull_requests: Option<Vec<PullRequestRef>>, repository: &Repository) -> Vec<u64> {
    let is_here = |reference: &PullRequestRef| {
        let base = reference.base.as_ref().and_then(|base| base.repo.as_ref());
        base.is_none_or(|repo| repo.id == repository.id)
    };
    pull_requests.into_iter().flatten().filter(is_here).map(|reference| reference.number).collect()
}

pub(super) fn check_run(body: &[u8]) -> Read {
    let Delivery { action, repository, installation, rest } = read::<Delivery<CheckRunAction, CheckRunPart>>(body)?;
    let CheckRunWire { id, head_sha, external_id, name, app, pull_requests } = rest.check_run;
    Ok(Event::CheckRun(CheckRunEvent {
        action,
        identifier: rest.requested_action.and_then(|action| action.identifier),
        check_run_id: id,
        head_sha,
        external_id: external_id.unwrap_or_default(),
        name,
        app_id: app.map(|app| app.id),
        pull_request_numbers: numbers(pull_requests, &repository),
        repository,
        installation_id: installation.id,
    }))
}

#[derive(Deserialize)]
struct CheckSuitePart {
    check_suite: CheckSuiteWire,
}

#[derive(Deserialize)]
struct CheckSuiteWire {
    head_sha: CommitId,
    #[serde(default)]
    head_branch: Option<String>,
    #[serde(default)]
    app: Option<Number>,
    #[serde(default)]
    pull_requests: Option<Vec<PullRequestRef>>,
}

pub(super) fn check_suite(body: &[u8]) -> Read {
    let Delivery { action, repository, installation, rest } = read::<Delivery<CheckSuiteAction, CheckSuitePart>>(body)?;
    let CheckSuiteWire { head_sha, head_branch, app, pull_requests } = rest.check_suite;
    Ok(Event::CheckSuite(CheckSuiteEvent {
        action,
        head_sha,
        head_branch,
        app_id: app.map(|app| app.id),
        pull_request_numbers: numbers(pull_requests, &repository),
        repository,
        installation_id: installation.id,
    }))
}

#[derive(Deserialize)]
struct CommentWire {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<UserWire>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    author_association: String,
}

#[derive(Deserialize)]
struct IssueCommentPart {
    issue: IssueWire,
    comment: CommentWire,
}

#[derive(Deserialize)]
struct IssueWire {
    number: u64,
    #[serde(default)]
    user: Option<UserWire>,
    /// Present on pull requests alone.
    #[serde(default)]
    pull_request: Option<IgnoredAny>,
}

pub(super) fn issue_comment(body: &[u8]) -> Read {
    let delivery: Delivery<CommentAction, IssueCommentPart> = read(body)?;
    let (issue, comment) = (delivery.rest.issue, delivery.rest.comment);
    Ok(Event::Comment(CommentEvent {
        action: delivery.action,
        kind: CommentKind::Conversation,
        number: issue.number,
        is_pull_request: issue.pull_request.is_some(),
        comment_id: comment.id,
        body: comment.body.unwrap_or_default(),
        author: user(comment.user),
        author_association: comment.author_association,
        opened_by: user(issue.user),
        repository: delivery.repository,
        installation_id: delivery.installation.id,
    }))
}

#[derive(Deserialize)]
struct ReviewCommentPart {
    pull_request: IssueWire,
    comment: CommentWire,
}

pub(super) fn review_comment(body: &[u8]) -> Read {
    let delivery: Delivery<CommentAction, ReviewCommentPart> = read(body)?;
    let (pull_request, comment) = (delivery.rest.pull_request, delivery.rest.comment);
    Ok(Event::Comment(CommentEvent {
        action: delivery.action,
        kind: CommentKind::Line,
        number: pull_request.number,
        is_pull_request: true,
        comment_id: comment.id,
        body: comment.body.unwrap_or_default(),
        author: user(comment.user),
        author_association: comment.author_association,
        opened_by: user(pull_request.user),
        repository: delivery.repository,
        installation_id: delivery.installation.id,
    }))
}

#[derive(Deserialize)]
struct PushWire {
    #[serde(rename = "ref")]
    reference: String,
    after: CommitId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    deleted: bool,
    repository: Repository,
    installation: Number,
}

pub(super) fn push(body: &[u8]) -> Read {
    let push: PushWire = read(body)?;
    Ok(Event::Push(PushEvent {
        reference: push.reference,
        after: push.after,
        is_deletion: push.deleted || push.after == CommitId::default(),
        repository: push.repository,
        installation_id: push.installation.id,
    }))
}

#[derive(Deserialize)]
struct MergeGroupPart {
    merge_group: MergeGroupWire,
}

#[derive(Deserialize)]
struct MergeGroupWire {
    head_sha: CommitId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    head_ref: String,
    base_sha: CommitId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    base_ref: String,
}

pub(super) fn merge_group(body: &[u8]) -> Read {
    let delivery: Delivery<MergeGroupAction, MergeGroupPart> = read(body)?;
    let MergeGroupWire { head_sha, head_ref, base_sha, base_ref } = delivery.rest.merge_group;
    Ok(Event::MergeGroup(MergeGroupEvent {
        action: delivery.action,
        head_sha,
        head_ref,
        base_sha,
        base_ref,
        repository: delivery.repository,
        installation_id: delivery.installation.id,
    }))
}

#[derive(Deserialize)]
struct InstallationPart {
    id: u64,
    #[serde(default)]
    account: Option<AccountWire>,
}

#[derive(Deserialize)]
struct AccountWire {
    #[serde(default)]
    login: Option<String>,
    /// An enterprise's name.
    #[serde(default)]
    slug: Option<String>,
}

fn account(wire: Option<AccountWire>) -> String {
    wire.and_then(|account| account.login.or(account.slug)).unwrap_or_default()
}

/// Repositories whose names cannot be read are left out: one of them must not hide the others.
fn readable(repositories: Option<Vec<serde_json::Value>>) -> Vec<Repository> {
    repositories.into_iter().flatten().filter_map(|one| serde_json::from_value(one).ok()).collect()
}

#[derive(Deserialize)]
struct InstallationWire {
    action: InstallationAction,
    installation: InstallationPart,
    #[serde(default)]
    repositories: Option<Vec<serde_json::Value>>,
}

pub(super) fn installation(body: &[u8]) -> Read {
    let event: InstallationWire = read(body)?;
    Ok(Event::Installation(InstallationEvent {
        action: event.action,
        installation_id: event.installation.id,
        account: account(event.installation.account),
        repositories: readable(event.repositories),
    }))
}

#[derive(Deserialize)]
struct InstallationRepositoriesWire {
    installation: InstallationPart,
    #[serde(default)]
    repositories_added: Option<Vec<serde_json::Value>>,
    #[serde(default)]
    repositories_removed: Option<Vec<serde_json::Value>>,
}

pub(super) fn installation_repositories(body: &[u8]) -> Read {
    let event: InstallationRepositoriesWire = read(body)?;
    Ok(Event::InstallationRepositories(InstallationRepositoriesEvent {
        installation_id: event.installation.id,
        account: account(event.installation.account),
        added: readable(event.repositories_added),
        removed: readable(event.repositories_removed),
    }))
}

#[derive(Deserialize)]
struct RepositoryPart {
    #[serde(default)]
    changes: Option<RepositoryChanges>,
}

#[derive(Deserialize)]
struct RepositoryChanges {
    #[serde(default)]
    repository: Option<NameChange>,
    #[serde(default)]
    owner: Option<OwnerChange>,
}

#[derive(Deserialize)]
struct NameChange {
    name: From,
}

#[derive(Deserialize)]
struct From {
    from: String,
}

#[derive(Deserialize)]
struct OwnerChange {
    from: OldOwner,
}

#[derive(Deserialize)]
struct OldOwner {
    #[serde(default)]
    user: Option<AccountWire>,
    #[serde(default)]
    organization: Option<AccountWire>,
}

fn old_name(changes: RepositoryChanges, now: &RepoName) -> Option<RepoName> {
    let old_owner = changes.owner.and_then(|owner| owner.from.user.or(owner.from.organization)?.login);
    let old_name = changes.repository.map(|repository| repository.name.from);
    if old_owner.is_none() && old_name.is_none() {
        return None;
    }
    let owner = old_owner.unwrap_or_else(|| now.owner().to_owned());
    let name = old_name.unwrap_or_else(|| now.name().to_owned());
    format!("{owner}/{name}").parse().ok()
}

pub(super) fn repository(body: &[u8]) -> Read {
    let delivery: Delivery<RepositoryAction, RepositoryPart> = read(body)?;
    Ok(Event::Repository(RepositoryEvent {
        action: delivery.action,
        old_name: delivery.rest.changes.and_then(|changes| old_name(changes, &delivery.repository.name)),
        repository: delivery.repository,
        installation_id: delivery.installation.id,
    }))
}
