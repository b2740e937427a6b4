//! Which pull requests are open beside the one under review?
//!
//! In: an installation and the pull request. Out: the others with their files, as plain data. A repository that cannot
//! be asked, or not in time, gives a review without them: it is never failed for its neighbours.

use super::Place;
use super::handed_in::Asked;
use crate::github::{Error, Installation, OpenPull, PullFile, PullRequest};
use crate::models::impact::OpenPullRequest;
use std::time::Duration;
use tracing::warn;

/// What a review waits for its neighbours: some thirty calls take a few seconds.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Who asks, and the other open pull requests.
pub(super) async fn asked(installation: &Installation, place: &Place, pull_request: &PullRequest) -> Asked {
    let others = match tokio::time::timeout(MAX_WAIT, others(installation, place, pull_request.number)).await {
        Ok(Ok(others)) => others,
        Ok(Err(failure)) => {
            warn!(repository = %place.repository, %failure, "could not look at the other open pull requests");
            Vec::new()
        }
        Err(_) => {
            warn!(repository = %place.repository, "the other open pull requests were not listed in time");
            Vec::new()
        }
    };
    Asked { number: pull_request.number, author_login: pull_request.author_login.clone(), others }
}

async fn others(installation: &Installation, place: &Place, own: u64) -> Result<Vec<OpenPullRequest>, Error> {
    let mut others = Vec::new();
    let open = installation.newest_open_pulls(&place.repository).await?;
    for OpenPull { number, title } in open.into_iter().filter(|open| open.number != own) {
        let files = match installation.pull_files(&place.repository, number).await {
            // Gone between the two calls.
            Err(error) if error.is_not_found() => continue,
            result => result?,
        };
        others.push(OpenPullRequest {
            number,
            title,
            n_lines: files.iter().map(|file| file.changes).fold(0, u64::saturating_add),
            files: files.into_iter().flat_map(paths).collect(),
        });
    }
    Ok(others)
}

fn paths(file: PullFile) -> impl Iterator<Item = String> {
    [Some(file.filename), file.previous_filename].into_iter().flatten()
}
