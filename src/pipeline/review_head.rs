//! Which pull requests are meant by a commit?
//!
//! GitHub lists no pull requests for heads in forks; they are found by asking for the commit, and a merge group's commit
//! by our own notes.

use super::{AnswerMergeGroup, App, Error, ReviewHead, ReviewPullRequest, Work};

/// Enqueues a review of every open pull request whose head this is.
///
/// # Errors
/// When GitHub or the database fail.
pub async fn review_head(app: &App, ask: &ReviewHead) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let place = &place;
    let known = app.store.check_runs_on(place.repository_id, ask.head).await?;
    if known.iter().any(|run| run.external_id.starts_with("merge-group:")) {
        let work = Work::AnswerMergeGroup(AnswerMergeGroup { place: place.clone(), head: ask.head });
        app.store.enqueue(&work.into_job(Some(ask.occasion.clone()), app.now())).await?;
    }
    for pull_request in installation.pull_requests_with_head(&place.repository, ask.head).await? {
        let (place, occasion) = (place.clone(), ask.occasion.clone());
        let again = ReviewPullRequest { place, number: pull_request.number, occasion };
        app.store.enqueue(&Work::ReviewPullRequest(again).into_job(Some(ask.occasion.clone()), app.now())).await?;
    }
    Ok(())
}
