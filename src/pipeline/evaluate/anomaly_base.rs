//! What do the first changes of many repositories look like, and does knowing them help another one?
//!
//! In: repositories. Out: the base model, fitted on the first changes of all of them, and for each the share of its
//! first changes that a base fitted on the others would tell. What was read is kept in the data directory.

use super::Error;
use crate::domain::{CommitId, Timestamp};
use crate::git::Repository;
use crate::history::Past;
use crate::models::anomaly::change::Contents;
use crate::models::anomaly::gather::{self, Seen};
use crate::models::anomaly::habits::Observed;
use crate::models::anomaly::packages::Packages;
use crate::models::anomaly::{Model, Params};
use crate::pipeline::Progress;
use crate::pipeline::anomaly::read_contents;
use crate::pipeline::ingest::place::folder_key;
use crate::store::FactsFiles;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Changes of each repository: those after the first few, which set it up, and before it can speak for itself.
const FROM_CHANGE: usize = 10;
const TO_CHANGE: usize = 400;

/// What was fitted.
#[derive(Debug, Serialize)]
pub struct Report {
    /// All changes together.
    n_changes: usize,
    /// Bytes of the model.
    n_bytes: usize,
    /// Share of the fitted changes up to which a change is told.
    alarm: f64,
    repositories: Vec<Young>,
}

/// One repository while it was young.
#[derive(Debug, Serialize)]
struct Young {
    name: String,
    /// Commit and time of the last of its changes.
    until: CommitId,
    until_at: String,
    n_changes: usize,
    /// Share of its changes that a base fitted on the others would tell.
    told_by_others: f64,
}

/// A repository and its first changes.
struct First {
    name: String,
    until: CommitId,
    until_at: Timestamp,
    seen: Vec<Seen>,
}

/// Fits a base model and judges each repository by the others; writes the model to `write`.
///
/// # Errors
/// When a repository was not mined before (by `hyperion review` or `ingest`), or a file cannot be read or written.
pub fn evaluate(
    paths: &[PathBuf],
    data_dir: &Path,
    write: Option<&Path>,
    progress: &Progress<'_>,
) -> Result<Report, Error> {
    let files = FactsFiles::new(data_dir.join("facts"));
    let mut all = Vec::new();
    for (done, path) in paths.iter().enumerate() {
        progress("reading young repositories", done, paths.len());
        all.push(first_changes(path, &files)?);
    }
    let base = fit(&all, None);
    let n_bytes = base.to_bytes().map_or(0, |bytes| bytes.len());
    if let (Some(place), Ok(bytes)) = (write, base.to_bytes()) {
        std::fs::write(place, bytes).map_err(|source| Error::Read { path: place.to_owned(), source })?;
    }
    let young = |(at, first): (usize, &First)| {
        let others = fit(&all, Some(at));
        let n_told = first.seen.iter().filter(|seen| !others.told(&seen.observed).is_empty()).count();
        Young {
            name: first.name.clone(),
            until: first.until,
            until_at: first.until_at.to_string(),
            n_changes: first.seen.len(),
            told_by_others: n_told as f64 / first.seen.len().max(1) as f64,
        }
    };
    let repositories = if all.len() > 1 { all.iter().enumerate().map(young).collect() } else { Vec::new() };
    Ok(Report { n_changes: base.n_changes, n_bytes, alarm: base.alarm(), repositories })
}

/// A model of the changes of all repositories but one, in the order of their places: the alarm is set on a quarter of
/// each.
fn fit(all: &[First], without: Option<usize>) -> Model {
    let kept = all.iter().enumerate().filter(|(at, _)| Some(*at) != without).map(|(_, first)| first);
    let mut changes: Vec<(usize, &Observed)> =
        kept.clone().flat_map(|first| first.seen.iter().map(|seen| &seen.observed).enumerate()).collect();
    changes.sort_by_key(|(place, _)| *place);
    let changes: Vec<Observed> = changes.into_iter().map(|(_, observed)| observed.clone()).collect();
    let until = kept.map(|first| first.until_at).max().unwrap_or_default();
    let mut model = Model::fit(&changes, until, &Params::default()).expect("there are changes to fit on");
    (model.is_base, model.packages) = (true, Packages::default());
    model
}

fn first_changes(path: &Path, files: &FactsFiles) -> Result<First, Error> {
    let repository = Repository::open(path)?;
    let head = repository.resolve("HEAD")?;
    let key = folder_key(repository.git_directory());
    let history = files.history(&key);
    let unread = |reason: &str| Error::Reference { path: path.to_owned(), reason: reason.to_owned() };
    let whole = Past::new(&history.log, &history.labels, head)
        .ok_or_else(|| unread("expected a repository that was read before: run `hyperion ingest` on it"))?;
    let last = *whole.order.get(TO_CHANGE.min(whole.order.len()) - 1).ok_or_else(|| unread("it has no commits"))?;
    let until = history.log.commits[last as usize].id;
    let past = Past::new(&history.log, &history.labels, until).ok_or_else(|| unread("it has no commits"))?;
    let mut metrics = files.no_metrics(&key);
    let dependencies = read_contents(&repository, &past, &mut metrics, &|_, _, _| ())?;
    let contents = Contents { metrics: &|blob| metrics.get(blob), dependencies: &dependencies };
    let (mut seen, _) = gather::history(&past, contents, true, |_, _, _| ());
    seen.drain(..FROM_CHANGE.min(seen.len()));
    let folder = path.file_name().filter(|name| *name != "repo").or_else(|| path.parent()?.file_name());
    let name = folder.map_or_else(String::new, |name| name.to_string_lossy().replace('+', "/"));
    Ok(First { name, until, until_at: past.as_of, seen })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_changes, n_bytes, alarm, .. } = self;
        writeln!(f, "base model: {n_changes} changes, {n_bytes} bytes, alarm at {alarm:.5}")?;
        for Young { name, until, until_at, n_changes, told_by_others } in &self.repositories {
            let share = 100.0 * told_by_others;
            writeln!(f, "  {name} {} {until_at}: {n_changes} changes, {share:.2}% told by the others", until.short())?;
        }
        Ok(())
    }
}
