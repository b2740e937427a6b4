//! What does a webhook ask for?
//!
//! In: a delivery from the inbox. Out: work in the queue, and what changed about installations and repositories.
//! Quick: GitHub is not called here. Events and actions that mean nothing to us are dropped without a word.

use super::app::repository_key;
use super::command::command_text;
use super::{AnswerMergeGroup, App, Error, MineRepository, Place, ReviewHead, ReviewPullRequest, RunCommand, Work};
use crate::domain::CommitId;
use crate::github::payload::{
    CheckRunAction, CheckRunEvent, CheckSuiteAction, CheckSuiteEvent, CommentAction, CommentEvent, InstallationAction,
    InstallationEvent, InstallationRepositoriesEvent, MergeGroupAction, PullRequestAction, PullRequestEvent, PushEvent,
    RepositoryAction, RepositoryEvent,
};
use crate::github::{self, CHECK_NAME, CommentKind, Event, parse_event};
use crate::store::{Installation, InstallationState, Repository};
use tracing::{debug, info};

/// Seconds between a push to the default branch and mining it: several pushes in a row are mined once.
const MINING_DELAY_SECONDS: i64 = 60;

/// Handles one delivery. Handling it twice changes nothing.
///
/// # Errors
/// [`Error::BadDelivery`] when its body is not what its event promises, [`Error::Store`] when the database fails.
pub async fn handle_delivery(app: &App, id: &str) -> Result<(), Error> {
    let unknown = || Error::UnknownDelivery { id: id.to_owned() };
    let delivery = app.store.delivery(id).await?.ok_or_else(unknown)?;
    let Some(body) = delivery.body else { return Ok(()) };
    let event = parse_event(&delivery.event, &body);
    let event = event.map_err(|source| Error::BadDelivery { id: id.to_owned(), source })?;
    if is_of_a_removed_installation(app, &event).await? {
        debug!("dropped: the installation was removed");
        return Ok(());
    }
    remember(app, &event).await?;
    match &event {
        Event::Installation(event) => installation(app, event).await,
        Event::InstallationRepositories(event) => installation_repositories(app, event).await,
        Event::Repository(event) => repository(app, event).await,
        Event::Ignored { reason } => {
            debug!(reason, "dropped");
            Ok(())
        }
        _ => enqueue(app, id, work_of(&event, id)).await,
    }
}

async fn enqueue(app: &App, delivery: &str, work: Option<(Work, i64)>) -> Result<(), Error> {
    if let Some((work, delay_seconds)) = work {
        let run_at = crate::domain::Timestamp(app.now().0 + delay_seconds);
        app.store.enqueue(&work.into_job(Some(delivery.to_owned()), run_at)).await?;
    }
    Ok(())
}

/// What an event about a repository asks for, and after how many seconds.
fn work_of(event: &Event, delivery: &str) -> Option<(Work, i64)> {
    match event {
        Event::PullRequest(event) => pull_request(event).map(|work| (work, 0)),
        Event::CheckRun(event) => check_run(event, delivery).map(|work| (work, 0)),
        Event::CheckSuite(event) => check_suite(event, delivery).map(|work| (work, 0)),
        Event::Comment(event) => comment(event, delivery).map(|work| (work, 0)),
        Event::MergeGroup(event) if event.action == MergeGroupAction::ChecksRequested => {
            let place = place(&event.repository, event.installation_id);
            Some((Work::AnswerMergeGroup(AnswerMergeGroup { place, head: event.head_sha }), 0))
        }
        Event::Push(event) => push(event).map(|work| (work, MINING_DELAY_SECONDS)),
        _ => None,
    }
}

fn place(repository: &github::Repository, installation_id: u64) -> Place {
    Place { installation_id, repository_id: repository.id, repository: repository.name.clone() }
}

fn pull_request(event: &PullRequestEvent) -> Option<Work> {
    let changes_the_verdict = match event.action {
        PullRequestAction::Opened
        | PullRequestAction::Synchronize
        | PullRequestAction::Reopened
        | PullRequestAction::ReadyForReview => true,
        PullRequestAction::Edited => event.is_base_changed,
        _ => false,
    };
    changes_the_verdict.then(|| {
        let place = place(&event.repository, event.installation_id);
        // Another base, or the end of being a draft, is a new occasion on the same head.
        let occasion = match event.action {
            PullRequestAction::Edited => format!("base:{}", event.base_ref),
            _ => "push".to_owned(),
        };
        Work::ReviewPullRequest(ReviewPullRequest { place, number: event.number, occasion })
    })
}

fn check_run(event: &CheckRunEvent, delivery: &str) -> Option<Work> {
    let is_asked = event.action == CheckRunAction::Rerequested && event.name == CHECK_NAME;
    let place = || place(&event.repository, event.installation_id);
    is_asked.then(|| again(place(), &event.pull_request_numbers, event.head_sha, delivery))
}

fn check_suite(event: &CheckSuiteEvent, delivery: &str) -> Option<Work> {
    let place = || place(&event.repository, event.installation_id);
    // `requested` comes with every push; the pull request's own event asks for the review.
    let is_asked = event.action == CheckSuiteAction::Rerequested;
    is_asked.then(|| again(place(), &event.pull_request_numbers, event.head_sha, delivery))
}

/// Pull requests from forks are not listed in these events: they are found by their head.
fn again(place: Place, numbers: &[u64], head: CommitId, delivery: &str) -> Work {
    let occasion = delivery.to_owned();
    match numbers {
        [number] => Work::ReviewPullRequest(ReviewPullRequest { place, number: *number, occasion }),
        _ => Work::ReviewHead(ReviewHead { place, head, occasion }),
    }
}

/// Only new comments of people on pull requests are read, and of those only the first line.
fn comment(event: &CommentEvent, delivery: &str) -> Option<Work> {
    let may_command = event.action == CommentAction::Created && event.is_pull_request && !event.author.is_bot;
    let text = command_text(&event.body).filter(|_| may_command)?;
    Some(Work::RunCommand(RunCommand {
        place: place(&event.repository, event.installation_id),
        number: event.number,
        comment_id: event.comment_id,
        is_line_comment: event.kind == CommentKind::Line,
        author: event.author.login.clone(),
        opened_by: event.opened_by.login.clone(),
        text: text.to_owned(),
        occasion: delivery.to_owned(),
    }))
}

fn push(event: &PushEvent) -> Option<Work> {
    let default_branch = event.repository.default_branch.clone()?;
    (event.is_default_branch() && !event.is_deletion).then(|| {
        let place = place(&event.repository, event.installation_id);
        Work::MineRepository(MineRepository { place, default_branch })
    })
}

/// Removed installations never come back: what is still heard of one would take its repositories away from the
/// installation that they belong to now.
async fn is_of_a_removed_installation(app: &App, event: &Event) -> Result<bool, Error> {
    let Some(id) = event.installation_id() else { return Ok(false) };
    if matches!(event, Event::Installation(_)) {
        return Ok(false);
    }
    let state = app.store.installation(id).await?.map(|known| known.state);
    Ok(state == Some(InstallationState::Deleted))
}

/// Writes down which installation and repository the event is about, so that later work can rely on them.
async fn remember(app: &App, event: &Event) -> Result<(), Error> {
    let (Some(installation_id), Some(repository)) = (event.installation_id(), event.repository()) else {
        return Ok(());
    };
    if app.store.installation(installation_id).await?.is_none() {
        save_installation(app, installation_id, repository.name.owner(), InstallationState::Active).await?;
    }
    save_repository(app, installation_id, repository).await
}

async fn save_installation(app: &App, id: u64, account: &str, state: InstallationState) -> Result<(), Error> {
    let installation = Installation { id, account: account.to_owned(), state, updated_at: app.now() };
    Ok(app.store.save_installation(&installation).await?)
}

pub(super) async fn save_repository(
    app: &App,
    installation_id: u64,
    repository: &github::Repository,
) -> Result<(), Error> {
    let known = app.store.repository(repository.id).await?;
    let known_branch = known.map(|known| known.default_branch);
    let default_branch = repository.default_branch.clone().or(known_branch).unwrap_or_default();
    let saved = Repository {
        id: repository.id,
        installation_id,
        name: repository.name.clone(),
        default_branch,
        updated_at: app.now(),
    };
    Ok(app.store.save_repository(&saved).await?)
}

async fn installation(app: &App, event: &InstallationEvent) -> Result<(), Error> {
    let id = event.installation_id;
    info!(installation = id, action = ?event.action, "the installation changed");
    match event.action {
        InstallationAction::Created | InstallationAction::Unsuspend | InstallationAction::NewPermissionsAccepted => {
            save_installation(app, id, &event.account, InstallationState::Active).await?;
            app.github.resume(id).await;
            for repository in &event.repositories {
                save_repository(app, id, repository).await?;
            }
            let work = Work::CatchUpInstallation { installation_id: id };
            app.store.enqueue(&work.into_job(None, app.now())).await?;
        }
        InstallationAction::Suspend => {
            save_installation(app, id, &event.account, InstallationState::Suspended).await?;
            app.github.close(id, github::Closed::Suspended);
        }
        InstallationAction::Deleted => {
            app.github.close(id, github::Closed::Gone);
            for repository in app.store.repositories_of(id).await? {
                forget_kept(app, repository.id).await?;
            }
            app.store.forget_installation(id, app.now()).await?;
        }
        InstallationAction::Other => {}
    }
    Ok(())
}

async fn installation_repositories(app: &App, event: &InstallationRepositoriesEvent) -> Result<(), Error> {
    let id = event.installation_id;
    if app.store.installation(id).await?.is_none() {
        save_installation(app, id, &event.account, InstallationState::Active).await?;
    }
    for repository in &event.added {
        save_repository(app, id, repository).await?;
    }
    for repository in &event.removed {
        forget(app, id, repository.id).await?;
    }
    if !event.added.is_empty() {
        // A token made before may not reach what was added since.
        app.github.resume(id).await;
        let work = Work::CatchUpInstallation { installation_id: id };
        app.store.enqueue(&work.into_job(None, app.now())).await?;
    }
    Ok(())
}

async fn repository(app: &App, event: &RepositoryEvent) -> Result<(), Error> {
    match event.action {
        RepositoryAction::Deleted => forget(app, event.installation_id, event.repository.id).await,
        // The new name was written down by `remember`; everything is kept under the number, which stays.
        _ => Ok(()),
    }
}

async fn forget(app: &App, installation_id: u64, repository_id: u64) -> Result<(), Error> {
    forget_kept(app, repository_id).await?;
    Ok(app.store.forget_repository(installation_id, repository_id).await?)
}

/// Removes the mirror, the facts, the models, the feature rows and the coverage of a repository.
async fn forget_kept(app: &App, repository_id: u64) -> Result<(), Error> {
    let key = repository_key(repository_id);
    app.mirrors.remove(&key)?;
    app.engine.forget(&key).map_err(Error::Forget)?;
    app.store.forget_feature_rows(&key).await?;
    Ok(app.store.forget_coverage(&key).await?)
}
