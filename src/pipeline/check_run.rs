//! How does every check run that was started come to an end?
//!
//! Each start is written down with a deadline before GitHub is asked, and each end after GitHub has confirmed it. What
//! lies between is found again: by the job that is tried again, by the next review of the pull request, or by
//! [`end_overdue`]. A check run that has ended is changed by a verdict and by nothing else.

use super::{App, Error, Place};
use crate::domain::{CommitId, Timestamp};
use crate::github::{self, CHECK_NAME, Completion, Installation};
use crate::review::{Annotation, Conclusion};
use crate::store::{self, NewCheckRun};
use std::time::Duration;
use tracing::{info, warn};

/// Time after the review's own deadline in which its check run may still be ended by the job itself: retries included.
const DEADLINE_SLACK: Duration = Duration::from_secs(30 * 60);

/// A check run of ours that will get a verdict.
pub(super) struct CheckRun {
    pub(super) external_id: String,
    pub(super) github_id: u64,
}

/// What a check run says when it ends without a verdict.
pub(super) struct Ending<'a> {
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
}

/// Starts the check run `external_id` on `head`, or finds it again.
pub(super) async fn start(
    app: &App,
    installation: &Installation,
    place: &Place,
    head: CommitId,
    pull_request: Option<u64>,
    external_id: String,
) -> Result<CheckRun, Error> {
    let (now, repository_id) = (app.now(), place.repository_id);
    let deadline_at = Timestamp(now.0 + (app.review_deadline + DEADLINE_SLACK).as_secs() as i64);
    let new = NewCheckRun {
        repository_id,
        head,
        pull_request,
        external_id: external_id.clone(),
        started_at: now,
        deadline_at,
    };
    let known = app.store.start_check_run(&new).await?;
    let run = installation.start_check(&place.repository, head, &external_id, now).await?;
    if known.github_id != Some(run.id) {
        app.store.check_run_created(repository_id, &external_id, run.id).await?;
    }
    if known.completed_at.is_some() && !run.is_completed {
        app.store.check_run_reopened(repository_id, &external_id, deadline_at).await?;
    }
    Ok(CheckRun { external_id, github_id: run.id })
}

/// Whether GitHub has confirmed that the check run ended.
pub(super) async fn has_ended(app: &App, place: &Place, run: &CheckRun) -> Result<bool, Error> {
    let known = app.store.check_run(place.repository_id, &run.external_id).await?;
    Ok(known.is_some_and(|known| known.completed_at.is_some()))
}

/// Ends a check run with a verdict.
pub(super) async fn complete(
    app: &App,
    installation: &Installation,
    place: &Place,
    run: &CheckRun,
    completion: &Completion<'_>,
) -> Result<(), Error> {
    installation.complete_check(&place.repository, run.github_id, completion).await?;
    app.store.check_run_completed(place.repository_id, &run.external_id, app.now()).await?;
    Ok(())
}

/// Ends a check run as neutral.
pub(super) async fn end_neutral(
    app: &App,
    installation: &Installation,
    place: &Place,
    run: &CheckRun,
    ending: Ending<'_>,
) -> Result<(), Error> {
    complete(app, installation, place, run, &neutral(ending)).await
}

/// Ends a check run as neutral for the time being: it is still owed a verdict, or the reason why there is none.
pub(super) async fn pause(
    installation: &Installation,
    place: &Place,
    run: &CheckRun,
    ending: Ending<'_>,
) -> Result<(), Error> {
    Ok(installation.complete_check(&place.repository, run.github_id, &neutral(ending)).await?)
}

fn neutral(ending: Ending<'_>) -> Completion<'_> {
    let none: &[Annotation] = &[];
    Completion { conclusion: Conclusion::Neutral, title: ending.title, summary: ending.summary, annotations: none }
}

/// Ends what earlier reviews of the pull request left in progress; `except` is the one under way.
pub(super) async fn end_superseded(
    app: &App,
    installation: &Installation,
    place: &Place,
    pull_request: u64,
    except: Option<&str>,
) -> Result<(), Error> {
    for open in app.store.open_check_runs(place.repository_id, pull_request).await? {
        if Some(open.external_id.as_str()) != except {
            let summary = "A newer commit or a newer request took its place.";
            end_known(app, installation, place, &open, Ending { title: "Superseded", summary }).await?;
        }
    }
    Ok(())
}

/// Ends every check run whose deadline has passed, so that no required check hangs.
///
/// # Errors
/// When the database fails; a check run that GitHub will not end now is tried again at the next call.
pub async fn end_overdue(app: &App) -> Result<(), Error> {
    for overdue in app.store.overdue_check_runs(app.now()).await? {
        if let Err(error) = end_one_overdue(app, &overdue).await {
            warn!(external_id = overdue.external_id, %error, "could not end an overdue check run yet");
        }
    }
    Ok(())
}

async fn end_one_overdue(app: &App, overdue: &store::CheckRun) -> Result<(), Error> {
    let repository = app.store.repository(overdue.repository_id).await?;
    let installation = app.installation(overdue.installation_id).await?;
    // Removed or suspended since it was listed: nobody may end it now.
    let (Some(repository), Some(installation)) = (repository, installation) else { return Ok(()) };
    let place = Place {
        installation_id: overdue.installation_id,
        repository_id: overdue.repository_id,
        repository: repository.name,
    };
    let summary = "The review did not finish before its deadline. `/hyperion reanalyze` asks for another one.";
    end_known(app, &installation, &place, overdue, Ending { title: "Not finished in time", summary }).await?;
    info!(repository = %place.repository, external_id = overdue.external_id, "ended an overdue check run");
    Ok(())
}

async fn end_known(
    app: &App,
    installation: &Installation,
    place: &Place,
    known: &store::CheckRun,
    ending: Ending<'_>,
) -> Result<(), Error> {
    match find_and_end(app, installation, place, known, ending).await {
        // The repository or the commit is gone, or we may not write any more: asking again would never end.
        Err(Error::GitHub(refusal @ github::Error::Refused { .. })) => {
            warn!(repository = %place.repository, external_id = known.external_id, %refusal, "left a check run behind");
            Ok(app.store.check_run_completed(place.repository_id, &known.external_id, app.now()).await?)
        }
        result => result,
    }
}

async fn find_and_end(
    app: &App,
    installation: &Installation,
    place: &Place,
    known: &store::CheckRun,
    ending: Ending<'_>,
) -> Result<(), Error> {
    let external_id = known.external_id.clone();
    let github_id = match known.github_id {
        Some(id) => Some(id),
        // Written down, but GitHub's answer never came: it is there or it is not.
        None => {
            let runs = installation.check_runs_for_ref(&place.repository, known.head, CHECK_NAME).await?;
            runs.into_iter().find(|run| run.external_id == external_id).map(|run| run.id)
        }
    };
    match github_id {
        Some(github_id) => end_neutral(app, installation, place, &CheckRun { external_id, github_id }, ending).await,
        None => Ok(app.store.check_run_completed(place.repository_id, &external_id, app.now()).await?),
    }
}
