//! What is known of this repository up to these commits?
//!
//! In: an open repository, the facts read before, and the tips that matter now. Out: facts that cover them. Only what
//! is missing is read: new commits, unlabelled fixes, file versions never seen.

use super::read_sources::{Version, measure_versions, read_sources};
use crate::code::{Language, Metrics};
use crate::domain::{BlobId, CommitId, Skipped, Timestamp};
use crate::store::RepositoryFacts;
use crate::{features, git};
use rustc_hash::{FxHashMap, FxHashSet};

/// Names a step of a longer piece of work, with how much of it is done.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + Sync + 'a;

/// Metrics of earlier versions that are kept. Twice the training rows: the newest rows' versions always fit.
const MAX_METRICS_KEPT: usize = 2 * features::MAX_TRAINING_ROWS;

/// Appends every commit reachable from `tips`, and labels it. Returns whether anything was new.
pub(super) fn extend_history(
    repository: &git::Repository,
    facts: &mut RepositoryFacts,
    tips: &[CommitId],
    now: Timestamp,
    progress: &Progress<'_>,
) -> Result<bool, git::Error> {
    let mined = git::mine(repository, &mut facts.log, tips, now, &|done, all| progress("reading commits", done, all))?;
    if mined.n_new == 0 {
        return Ok(false);
    }
    progress("tracing fixes", 0, 0);
    let handles = (0..super::n_threads()).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let handles = std::sync::Mutex::new(handles);
    let n_threads = super::n_threads();
    let make_reader = || {
        let handle = handles.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        move |blob: BlobId| handle.as_ref().and_then(|repository| repository.text(blob))
    };
    facts.labels.extend(&facts.log, &make_reader, n_threads);
    facts.skipped.extend(mined.skipped);
    Ok(true)
}

/// Reads the metrics of `versions` that were never looked at. Returns whether anything was new.
pub(super) fn extend_metrics(
    repository: &git::Repository,
    metrics: &mut FxHashMap<BlobId, Option<Metrics>>,
    versions: Vec<Version>,
    progress: &Progress<'_>,
) -> Result<bool, git::Error> {
    let wanted: FxHashSet<BlobId> = versions.iter().map(|(blob, _)| *blob).collect();
    let missing: Vec<Version> = versions.into_iter().filter(|(blob, _)| !metrics.contains_key(blob)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let measured = measure_versions(repository, &missing, &|done, all| progress("measuring files", done, all))?;
    if metrics.len() + missing.len() > MAX_METRICS_KEPT {
        metrics.retain(|blob, _| wanted.contains(blob));
    }
    metrics.extend(missing.into_iter().map(|(blob, _)| blob).zip(measured.into_iter().map(Result::ok)));
    Ok(true)
}

/// Reads every source file of `files` that was never read, and drops what is in none of them.
///
/// Returns whether anything was new, and which files could not be read.
pub(super) fn extend_sources(
    repository: &git::Repository,
    facts: &mut RepositoryFacts,
    files: &[git::TreeFile],
    progress: &Progress<'_>,
) -> Result<(bool, Vec<Skipped>), git::Error> {
    let sources: Vec<&git::TreeFile> = files.iter().filter(|file| Language::of_path(&file.path).is_some()).collect();
    let missing: Vec<Version> = sources
        .iter()
        .filter(|file| !facts.sources.contains_key(&file.blob))
        .map(|file| (file.blob, file.path.clone()))
        .collect();
    let read = read_sources(repository, &missing, &|done, all| progress("reading sources", done, all))?;
    let skipped = read.iter().filter_map(|facts| facts.as_ref().err().cloned()).collect();
    let is_new = !missing.is_empty();
    for ((blob, _), read) in missing.into_iter().zip(read) {
        facts.metrics.insert(blob, read.as_ref().ok().map(|facts| facts.metrics.clone()));
        facts.sources.insert(blob, read.ok());
    }
    let present: FxHashSet<BlobId> = sources.iter().map(|file| file.blob).collect();
    facts.sources.retain(|blob, _| present.contains(blob));
    Ok((is_new, skipped))
}
