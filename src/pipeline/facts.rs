//! What is known of this repository up to these commits?
//!
//! In: an open repository, the facts read before, and the tips that matter now. Out: facts that cover them. Only what
//! is missing is read: new commits, unlabelled fixes, file versions never seen. History is read and kept in
//! segments, so that a process that dies loses one of them at the most.

use super::engine::Error;
use super::read_sources::{Version, measure_versions, read_sources};
use super::recent_texts::RecentTexts;
use super::stopwatch::Stopwatch;
use crate::code::Language;
use crate::domain::{BlobId, CommitId, Skipped, Timestamp};
use crate::git;
use crate::store::{History, MAX_METRICS_KEPT, Sources, VersionMetrics};
use rustc_hash::FxHashSet;

/// Names a step of a longer piece of work, with how much of it is done.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + Sync + 'a;

/// Commits that are read, labelled and saved together: about two seconds of work, and what a kill costs at most.
const COMMITS_A_SEGMENT: usize = 2_000;

/// Steps of [`extend_history`] as a [`Stopwatch`] names them.
const STEPS: [&str; 3] = ["history", "labels", "save"];

/// Appends every commit reachable from `tips`, and labels it; gives each segment to `keep`. Returns how many were new.
pub(super) fn extend_history(
    repository: &git::Repository,
    history: &mut History,
    (tips, now): (&[CommitId], Timestamp),
    stopwatch: &mut Stopwatch,
    keep: &dyn Fn(&mut History) -> Result<(), Error>,
    progress: &Progress<'_>,
) -> Result<usize, Error> {
    let (mut n_new, mut n_left) = (0, 0);
    loop {
        let told = |done: usize, all: usize| progress("reading commits", n_new + done, n_new + all.max(n_left));
        let mined = git::mine(repository, &mut history.log, tips, now, Some(COMMITS_A_SEGMENT), &told)?;
        history.skipped.extend(mined.skipped);
        stopwatch.lap(STEPS[0]);
        extend_labels(repository, history, progress)?;
        stopwatch.lap(STEPS[1]);
        keep(history)?;
        stopwatch.lap(STEPS[2]);
        n_new += mined.n_new;
        n_left = mined.n_left;
        if n_left == 0 {
            return Ok(n_new);
        }
    }
}

/// Labels the commits that have no labels yet.
fn extend_labels(
    repository: &git::Repository,
    history: &mut History,
    progress: &Progress<'_>,
) -> Result<(), git::Error> {
    if history.labels.is_fix.len() == history.log.commits.len() {
        return Ok(());
    }
    progress("tracing fixes", 0, 0);
    let n_threads = super::n_threads();
    let handles = (0..n_threads).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let handles = std::sync::Mutex::new(handles);
    let make_reader = || {
        let handle = handles.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let texts = RecentTexts::new(move |blob| handle.as_ref().and_then(|repository| repository.text(blob)));
        move |blob: BlobId| texts.text(blob)
    };
    history.labels.extend(&history.log, &make_reader, n_threads);
    Ok(())
}

/// Reads the metrics of `versions` that were never looked at.
pub(super) fn extend_metrics(
    repository: &git::Repository,
    metrics: &mut VersionMetrics,
    versions: Vec<Version>,
    progress: &Progress<'_>,
) -> Result<(), git::Error> {
    let wanted: FxHashSet<BlobId> = versions.iter().map(|(blob, _)| *blob).collect();
    let missing: Vec<Version> = versions.into_iter().filter(|(blob, _)| !metrics.knows(*blob)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let measured = measure_versions(repository, &missing, &|done, all| progress("measuring files", done, all))?;
    if metrics.len() + missing.len() > MAX_METRICS_KEPT {
        metrics.retain(&wanted);
    }
    metrics.extend(missing.into_iter().map(|(blob, _)| blob).zip(measured.into_iter().map(Result::ok)));
    Ok(())
}

/// Reads every source file of `files` that was never read, and drops what is in none of them.
///
/// Returns whether anything changed, and which files could not be read. Metrics come with the rest: they are added to
/// `metrics`.
pub(super) fn extend_sources(
    repository: &git::Repository,
    sources: &mut Sources,
    metrics: &mut VersionMetrics,
    files: &[git::TreeFile],
    progress: &Progress<'_>,
) -> Result<(bool, Vec<Skipped>), git::Error> {
    let readable: Vec<&git::TreeFile> = files.iter().filter(|file| Language::of_path(&file.path).is_some()).collect();
    let missing: Vec<Version> = readable
        .iter()
        .filter(|file| !sources.contains_key(&file.blob))
        .map(|file| (file.blob, file.path.clone()))
        .collect();
    let read = read_sources(repository, &missing, &|done, all| progress("reading sources", done, all))?;
    let skipped = read.iter().filter_map(|facts| facts.as_ref().err().cloned()).collect();
    let present: FxHashSet<BlobId> = readable.iter().map(|file| file.blob).collect();
    let n_before = sources.len();
    sources.retain(|blob, _| present.contains(blob));
    let is_new = !missing.is_empty() || sources.len() < n_before;
    for ((blob, _), read) in missing.into_iter().zip(read) {
        metrics.extend([(blob, read.as_ref().ok().map(|facts| facts.metrics.clone()))]);
        sources.insert(blob, read.ok());
    }
    Ok((is_new, skipped))
}
