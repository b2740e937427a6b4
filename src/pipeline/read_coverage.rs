//! Which files does an uploaded coverage report mean?
//!
//! In: reports that wait for a commit. Out: a snapshot by repository path. Reports were checked when they came in; the
//! commit's own tree decides what their paths mean.

use super::app::repository_key;
use super::handed_in::snapshot;
use super::{App, Error, ReadCoverage};
use crate::code::coverage;
use crate::git::mirror::Source;
use tracing::info;

/// Reads every report that waits for the commit.
///
/// # Errors
/// When the commit cannot be fetched, or the database fails.
pub async fn read_coverage(app: &App, ask: &ReadCoverage) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let key = repository_key(place.repository_id);
    let waiting = app.store.coverage_uploads(&key, ask.commit).await?;
    let Some(read_until) = waiting.last().map(|(number, _)| *number) else { return Ok(()) };
    let _alone = app.lock_mirror(&key).await;
    let token = installation.token().await?;
    let source = Source {
        key: &key,
        name: &place.repository.to_string(),
        url: &app.clone_url(&place.repository),
        token: Some(token.expose()),
        refspecs: &[format!("+{}:refs/hyperion/coverage", ask.commit)],
    };
    let repository = app.mirrors.fetch(&source).await?;
    let commit = ask.commit;
    let work = tokio::task::spawn_blocking(move || {
        let files = repository.files_at(commit)?;
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let reports: Vec<coverage::Report> = waiting.iter().filter_map(|(_, body)| coverage::read(body).ok()).collect();
        Ok::<_, Error>(snapshot(&reports, &paths, repository.committed_at(commit)?))
    });
    let (snapshot, unplaced) = work.await.map_err(|_| Error::Panicked)??;
    info!(
        repository = %place.repository, %commit, n_files = snapshot.files.len(), n_unplaced = unplaced.len(),
        "read the coverage of {}", place.repository
    );
    Ok(app.store.save_coverage(&key, commit, snapshot, Some(read_until)).await?)
}
