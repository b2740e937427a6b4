//! How does a pull request get its review?
//!
//! In: which pull request. Out: one completed check run on its newest head, one comment edited in place, and line
//! notes once. Safe to repeat from any point: everything it makes on GitHub is looked up before it is made.

use super::app::repository_key;
use super::check_run::{self, CheckRun, Ending};
use super::forecast_bugs::{MadeForecast, store_forecast};
use super::open_pull_requests;
use super::{App, Error, HandedIn, Place, ReviewPullRequest, ReviewRequest, Try, Work};
use crate::git::{self, mirror::Source};
use crate::github::{self, Completion, Installation, PullRequest};
use crate::review::{self, Policy, Review, SUMMARY_MARKER, Verdict};
use crate::store;
use std::future::Future;
use std::sync::Arc;
use tracing::{error, info, warn};

/// Hidden in the one review that carries line notes, so that it is found again.
const NOTES_MARKER: &str = "<!-- hyperion:notes -->";

/// Reviews the newest head of a pull request.
///
/// A failure that will not be tried again ends the check run as neutral. When `stop` resolves first, the process is
/// about to end: the check run is neutral until then and the job fails, to be taken up again.
///
/// # Errors
/// When GitHub, the database or the network fail in a way that another try may mend, or after the verdict.
pub async fn review_pull_request(
    app: &App,
    ask: &ReviewPullRequest,
    this_try: Try,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let place = &place;
    let pull_request = match installation.pull_request(&place.repository, ask.number).await {
        Err(error) if error.is_not_found() => return Ok(()),
        result => result?,
    };
    if !pull_request.is_open {
        return check_run::end_superseded(app, &installation, place, ask.number, None).await;
    }
    let external_id = format!("{}{}", external_id_prefix(&pull_request), ask.occasion);
    check_run::end_superseded(app, &installation, place, ask.number, Some(&external_id)).await?;
    let head = pull_request.head_sha;
    let run = match check_run::start(app, &installation, place, head, Some(ask.number), external_id).await {
        // Deleted since it was asked for: nobody waits for a check run.
        Err(Error::GitHub(error)) if error.is_not_found() => return Ok(()),
        result => result?,
    };
    let result = tokio::select! {
        result = review_and_post(app, &installation, place, &pull_request, &run) => result,
        () = stop => Err(Error::Stopped),
    };
    match result {
        Ok(()) => Ok(()),
        // Only what belongs beside the verdict is missing.
        Err(failure) if check_run::has_ended(app, place, &run).await? => Err(failure),
        Err(Error::Stopped) => {
            let summary = "Hyperion was stopped during the review and takes it up again when it is back.";
            check_run::pause(&installation, place, &run, Ending { title: "Interrupted", summary }).await?;
            Err(Error::Stopped)
        }
        // Not ours to write to any more.
        Err(failure) if failure.is_installation_closed() => Err(failure),
        Err(failure) if this_try.is_last_for(&failure) => end_failed(app, &installation, place, &run, &failure).await,
        Err(failure) => Err(failure),
    }
}

async fn review_and_post(
    app: &App,
    installation: &Arc<Installation>,
    place: &Place,
    pull_request: &PullRequest,
    run: &CheckRun,
) -> Result<(), Error> {
    let analysis = analyze(app, installation, place, pull_request).await?;
    let newest = installation.pull_request(&place.repository, pull_request.number).await?;
    if newest.head_sha != pull_request.head_sha || !newest.is_open {
        return give_way(app, installation, place, pull_request.number, run, newest.is_open).await;
    }
    let review = &analysis.review;
    let completion = Completion {
        conclusion: review.conclusion,
        title: &review.title,
        summary: &review.summary,
        annotations: &review.annotations,
    };
    check_run::complete(app, installation, place, run, &completion).await?;
    post_in_conversation(app, installation, place, &newest, &analysis).await?;
    info!(
        repository = %place.repository, pull_request = pull_request.number, head = %pull_request.head_sha,
        verdict = ?review.verdict, n_annotations = review.annotations.len(),
        "reviewed {}#{}", place.repository, pull_request.number
    );
    Ok(())
}

/// What the engine found, without what it was made from.
struct Analysis {
    policy: Policy,
    review: Review,
    document: String,
    bug_forecast: Option<MadeForecast>,
}

/// Fetches, then computes on a thread that may block.
async fn analyze(
    app: &App,
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
) -> Result<Analysis, Error> {
    let key = repository_key(place.repository_id);
    let _alone = app.lock_mirror(&key).await;
    let result = fetch_and_review(app, installation, place, pull_request, &key).await;
    if result.as_ref().is_err_and(Error::is_damaged_mirror) {
        warn!(repository = %place.repository, "removed a mirror that cannot be read");
        app.mirrors.remove(&key)?;
    }
    result
}

async fn fetch_and_review(
    app: &App,
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
    key: &str,
) -> Result<Analysis, Error> {
    let token = installation.token().await?;
    let source = Source {
        key,
        name: &place.repository.to_string(),
        url: &app.clone_url(&place.repository),
        token: Some(token.expose()),
        refspecs: &[
            format!("+refs/heads/{0}:refs/heads/{0}", pull_request.base_ref),
            format!("+refs/pull/{0}/head:refs/pull/{0}/head", pull_request.number),
        ],
    };
    let repository = app.mirrors.fetch(&source).await.map_err(|error| match error {
        git::Error::MissingReference { ref reference, .. } if reference.starts_with("refs/heads/") => {
            Error::BaseMissing(error)
        }
        error => error.into(),
    })?;
    for evicted in app.mirrors.evict(key)? {
        info!(mirror = evicted, "removed a mirror that was not used for long");
    }
    let head = pull_request.head_sha;
    if !repository.contains(head) {
        return Err(Error::HeadMissing { head });
    }
    let base = repository.resolve(&format!("refs/heads/{}", pull_request.base_ref))?;
    let (engine, now, name, web_url) =
        (app.engine.clone(), app.now(), place.repository.to_string(), format!("{}/{}", app.web_url, place.repository));
    let asked = open_pull_requests::asked(installation, place, pull_request).await;
    let handed_in = HandedIn { asked: Some(asked), ..HandedIn::load(&app.store, place.repository_id).await? };
    let key = key.to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let request = ReviewRequest { key: &key, base, head, now, handed_in: &handed_in };
        let reviewed = engine.review(&repository, &request, &|_, _, _| {})?;
        let repository = Some(review::Repository { name: &name, web_url: Some(&web_url) });
        let review = reviewed.compose(repository);
        let document = reviewed.document(&review, repository).unwrap_or_default();
        Ok::<_, super::EngineError>(Analysis {
            policy: reviewed.policy,
            review,
            document,
            bug_forecast: reviewed.bug_forecast,
        })
    });
    match tokio::time::timeout(app.review_deadline, work).await {
        Err(_) => Err(Error::TooSlow { limit_seconds: app.review_deadline.as_secs() }),
        Ok(Err(_)) => Err(Error::Panicked),
        Ok(Ok(result)) => Ok(result?),
    }
}

/// The head moved while it was looked at: the verdict is about a commit nobody merges any more.
async fn give_way(
    app: &App,
    installation: &Installation,
    place: &Place,
    number: u64,
    run: &CheckRun,
    is_open: bool,
) -> Result<(), Error> {
    let ending = Ending { title: "Superseded", summary: "A newer commit was pushed while this one was looked at." };
    check_run::end_neutral(app, installation, place, run, ending).await?;
    if is_open {
        let ask = ReviewPullRequest { place: place.clone(), number, occasion: "push".to_owned() };
        app.store.enqueue(&Work::ReviewPullRequest(ask).into_job(None, app.now())).await?;
    }
    Ok(())
}

/// The comment and the line notes. A refusal (a locked conversation) is noted and is no failure: the check run stands.
async fn post_in_conversation(
    app: &App,
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
    analysis: &Analysis,
) -> Result<(), Error> {
    let review = &analysis.review;
    let known = app.store.review(place.repository_id, pull_request.number).await?;
    let known_comment = known.and_then(|review| review.comment_id);
    let mut comment_id = known_comment;
    // A draft is not yet asking anyone to read it.
    if analysis.policy.comment && !pull_request.is_draft {
        comment_id =
            unless_refused(place, post_comment(installation, place, pull_request, review, known_comment).await)?;
        unless_refused(place, post_line_notes(app, installation, place, pull_request, review).await)?;
    }
    save(app, place, pull_request, analysis, comment_id).await
}

async fn post_comment(
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
    review: &Review,
    known_comment: Option<u64>,
) -> Result<u64, Error> {
    let (repo, number) = (&place.repository, pull_request.number);
    Ok(installation.upsert_comment(repo, number, SUMMARY_MARKER, &review.comment, known_comment).await?)
}

/// Line notes are posted once for a pull request: a second push is no reason to fill the conversation again.
async fn post_line_notes(
    app: &App,
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
    review: &Review,
) -> Result<(), Error> {
    let (repository_id, number) = (place.repository_id, pull_request.number);
    if review.line_notes.is_empty() || app.store.has_line_notes(repository_id, number).await? {
        return Ok(());
    }
    let head = pull_request.head_sha;
    let posted = installation.post_review(&place.repository, number, head, NOTES_MARKER, &review.line_notes).await?;
    if let Some(review_id) = posted {
        app.store.line_notes_posted(repository_id, number, head, review_id).await?;
    }
    Ok(())
}

fn unless_refused<T>(place: &Place, result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::GitHub(refusal @ github::Error::Refused { .. })) => {
            warn!(repository = %place.repository, %refusal, "GitHub does not take the comment");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn save(
    app: &App,
    place: &Place,
    pull_request: &PullRequest,
    analysis: &Analysis,
    comment_id: Option<u64>,
) -> Result<(), Error> {
    let now = app.now();
    let prediction = store::Prediction {
        repository_id: place.repository_id,
        head: pull_request.head_sha.to_string(),
        document: analysis.document.clone(),
        created_at: now,
    };
    app.store.save_prediction(&prediction).await?;
    if let Some(made) = &analysis.bug_forecast {
        store_forecast(&app.store, place.repository_id, made, now).await?;
    }
    let saved = store::Review {
        repository_id: place.repository_id,
        pull_request: pull_request.number,
        head: pull_request.head_sha,
        comment_id,
        verdict: verdict_name(analysis.review.verdict).to_owned(),
        posted_at: now,
    };
    Ok(app.store.save_review(&saved).await?)
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clear => "clear",
        Verdict::Flagged => "flagged",
        Verdict::NotEnoughHistory => "not_enough_history",
    }
}

/// The review failed for good: the check run says so, with a number that finds the log.
async fn end_failed(
    app: &App,
    installation: &Installation,
    place: &Place,
    run: &CheckRun,
    failure: &Error,
) -> Result<(), Error> {
    let incident = &uuid::Uuid::new_v4().simple().to_string()[..12];
    error!(repository = %place.repository, incident, failure = %failure, cause = failure.causes(), "a review failed");
    let summary = format!(
        "{}\n\nThe log has the details under incident `{incident}`. `/hyperion reanalyze` tries again.",
        sentence(failure)
    );
    let ending = Ending { title: "No verdict: the review failed", summary: &summary };
    match check_run::end_neutral(app, installation, place, run, ending).await {
        // The repository was deleted meanwhile: nobody waits for the check run.
        Err(Error::GitHub(error)) if error.is_not_found() => Ok(()),
        result => result,
    }
}

/// The failure as a reader of the pull request may see it: no paths of this machine, no words of the repository.
fn sentence(failure: &Error) -> String {
    let text = failure.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Whether a check run of ours for this pull request has ended on its head; others may share that commit. One in
/// progress does not count: whoever began it may be gone.
pub(super) async fn is_reviewed(
    installation: &Installation,
    place: &Place,
    pull_request: &PullRequest,
) -> Result<bool, github::Error> {
    let runs = installation.check_runs_for_ref(&place.repository, pull_request.head_sha, github::CHECK_NAME).await?;
    let prefix = external_id_prefix(pull_request);
    Ok(runs.iter().any(|run| run.is_completed && run.external_id.starts_with(&prefix)))
}

/// How the names of all check runs for a pull request on its head begin; the occasion follows.
fn external_id_prefix(pull_request: &PullRequest) -> String {
    format!("{}:{}:", pull_request.number, pull_request.head_sha)
}
