//! Which contents does a walk over a past look up, and what do they say?
//!
//! In: an open repository and a past. Out: metrics of source files, and what manifests and lock files declare. Contents
//! that cannot be read are left out, and so remain unknown.

use crate::code::manifests;
use crate::domain::BlobId;
use crate::features::Dependencies;
use crate::git;
use crate::history::Past;
use crate::models::anomaly::gather::{self, Wanted};
use crate::pipeline::facts::{Progress, extend_metrics};
use crate::store::VersionMetrics;

/// Reads every content that a walk over `past` will look up.
pub(in crate::pipeline) fn read_contents(
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
pub(in crate::pipeline) fn declared(repository: &git::Repository, manifests: &[(BlobId, String)]) -> Dependencies {
    let read =
        |(blob, path): &(BlobId, String)| Some((*blob, manifests::read_either(path, &repository.text(*blob)?).ok()?));
    manifests.iter().filter_map(read).collect()
}
