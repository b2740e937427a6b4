//! What does the anomaly model need to know of a repository?
//!
//! In: an open repository, a past, and the metrics read before. Out: the observed changes of that past with the habits
//! at its end, and a fitted model. Contents that cannot be read are unknown.

use super::facts::{Progress, extend_metrics};
use crate::code::manifests;
use crate::domain::BlobId;
use crate::features::Dependencies;
use crate::git;
use crate::history::Past;
use crate::models::anomaly::gather::{self, Wanted};
use crate::store::VersionMetrics;

/// Reads every content that a walk over `past` will look up.
pub(super) fn read_contents(
    repository: &git::Repository,
    past: &Past<'_>,
    metrics: &mut VersionMetrics,
    progress: &Progress<'_>,
) -> Result<Dependencies, git::Error> {
    let Wanted { sources, manifests } = gather::wanted(past);
    extend_metrics(repository, metrics, sources, progress)?;
    progress("reading manifests", 0, 0);
    Ok(declared(repository, &manifests))
}

/// What manifests and lock files declare, by content; those that cannot be read are left out, and so remain unknown.
pub(super) fn declared(repository: &git::Repository, manifests: &[(BlobId, String)]) -> Dependencies {
    let read = |(blob, path): &(BlobId, String)| {
        Some((*blob, manifests::read_either(path, &repository.text(*blob)?).ok()?))
    };
    manifests.iter().filter_map(read).collect()
}
