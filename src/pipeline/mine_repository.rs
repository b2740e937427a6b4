//! Is everything read that the next review will need?
//!
//! After a push to the default branch the mirror and the facts are brought up to date, so that the next pull request is
//! answered from what is already there; what comes next is forecast, and what was forecast before is graded.

use super::app::repository_key;
use super::forecast_bugs::forecast_and_grade;
use super::learn_reviews::learn_reviews;
use super::{App, Error, MineRepository};
use crate::git::mirror::Source;
use crate::store::chain;

/// Fetches the default branch and mines it, after reading who reviewed what came in; then forecasts from its newest
/// commit, and grades the forecasts that have come due.
///
/// # Errors
/// When the repository cannot be fetched or read.
pub async fn mine_repository(app: &App, ask: &MineRepository) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let place = &place;
    // Mining goes on without: reviews are one feature of many, and the next push asks again.
    if let Err(error) = learn_reviews(app, &installation, place, &ask.default_branch).await {
        tracing::warn!(error = chain(&error), repository = %place.repository, "could not learn who reviewed what");
    }
    let key = repository_key(place.repository_id);
    let _alone = app.lock_mirror(&key).await;
    let token = installation.token().await?;
    let source = Source {
        key: &key,
        name: &place.repository.to_string(),
        url: &app.clone_url(&place.repository),
        token: Some(token.expose()),
        refspecs: &[format!("+refs/heads/{0}:refs/heads/{0}", ask.default_branch)],
    };
    let repository = app.mirrors.fetch(&source).await?;
    let tip = repository.resolve(&format!("refs/heads/{}", ask.default_branch))?;
    let (engine, now) = (app.engine.clone(), app.now());
    let work = tokio::task::spawn_blocking(move || {
        engine.mine(&repository, &key, tip, now, &|_, _, _| {})?;
        Ok::<_, super::EngineError>(repository)
    });
    let repository = work.await.map_err(|_| Error::Panicked)??;
    forecast_and_grade(app, place.repository_id, repository, tip).await
}
