//! What does the whole history of this repository say?
//!
//! In: an open repository and the newest commit of its branch. Out: its log, labels, metrics and sources in the data
//! directory, its feature rows in the database, a training table in a file where one is asked for, and an account of
//! it all. Everything is saved segment by segment: what is killed goes on where it stopped and ends the same. A
//! branch whose history was rewritten is noticed, and what it no longer holds goes.

pub mod place;
mod report;
mod rows;

use super::engine::{self, Engine};
use super::export::{self, Export};
use super::facts::{Progress, extend_history};
use super::handed_in::{self, HandedIn};
use super::inputs;
use super::stopwatch::{Lap, Stopwatch};
use crate::code::coverage::Report;
use crate::domain::{CommitId, Skipped, Timestamp};
use crate::features::Inputs;
use crate::git;
use crate::history::Past;
use crate::store::{self, History, Note, Store, VersionMetrics};

pub(super) use rows::Rows;
pub use rows::RowsReport;

/// An ingest that has to read this many commits or fewer measures their files without looking at what was measured
/// before: reading a few versions anew is faster than reading the metrics of all.
const FEW_COMMITS: usize = 50;

/// What to read.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Names the repository's facts, models and rows; safe as a file name.
    pub key: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// The newest commit of its branch.
    pub tip: CommitId,
    /// The present, to bound commit times.
    pub now: Timestamp,
    /// Whether to go on from the last finished ingest. Otherwise a finished one is thrown away and all is read anew.
    pub is_update: bool,
    /// Whether features of every past change are wanted.
    pub with_features: bool,
    /// Whether features may be about people; `None`: what the repository's configuration says.
    pub people: Option<bool>,
    /// Where the training table goes, if anywhere.
    pub export: Option<Export>,
}

/// The database, and what waits for its answers. To be used on a thread that may block.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Rows live here.
    pub store: Store,
    /// Drives its questions.
    pub runtime: tokio::runtime::Handle,
}

/// What an ingest found and did.
#[derive(Debug)]
pub struct Ingested {
    /// What people call the repository.
    pub name: String,
    /// How it began.
    pub start: Start,
    /// Commits reachable from the tip.
    pub n_commits: usize,
    /// Commits that were read now.
    pub n_new: usize,
    /// Commits that were known and are reachable no more.
    pub n_unreachable: usize,
    /// Moments of the oldest and the newest commit.
    pub from_to: (Timestamp, Timestamp),
    /// Commits that repair a defect.
    pub n_fixes: usize,
    /// Changes of files that a fix blames.
    pub n_introductions: usize,
    /// Source files in the newest tree.
    pub n_sources: usize,
    /// Feature rows, where they were asked for.
    pub rows: Option<RowsReport>,
    /// Files that were written.
    pub exported: Vec<std::path::PathBuf>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// Time of each step.
    pub laps: Vec<Lap>,
}

/// How an ingest begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing was ingested before.
    First,
    /// An earlier one was interrupted: it goes on.
    Resumed,
    /// An earlier one is brought up to date.
    Update,
    /// An earlier one is thrown away.
    Anew,
}

/// An ingest that did not come to its end. What was saved on the way stays.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not read the repository's history")]
    Engine(#[from] engine::Error),
    #[error("could not keep the feature rows")]
    Store(#[from] store::Error),
    #[error("could not write the training table")]
    Export(#[from] export::Error),
    #[error("`{tip}` is not in the history that was read")]
    TipMissing { tip: CommitId },
}

impl From<git::Error> for Error {
    fn from(error: git::Error) -> Self {
        Error::Engine(error.into())
    }
}

/// Reads everything that is missing up to `ask.tip`. Blocks for as long as that takes.
///
/// # Errors
/// When the repository cannot be read, or facts, rows or the table cannot be written.
pub fn ingest(
    engine: &Engine,
    repository: &git::Repository,
    ask: &Ask<'_>,
    shelf: &Shelf,
    progress: &Progress<'_>,
) -> Result<Ingested, Error> {
    let mut stopwatch = Stopwatch::start();
    progress("waiting for another ingest of this repository", 0, 0);
    let _alone = engine.save(ask.key, |files| files.lock(ask.key))?;
    let (start, note) = begin(engine, ask, shelf)?;
    let mut history = engine.facts().history(ask.key);
    stopwatch.lap("load");

    let reached = (&[ask.tip][..], ask.now);
    let keep = engine.keeps_history(ask.key);
    let n_new = extend_history(repository, &mut history, reached, &mut stopwatch, &keep, progress)?;
    let n_unreachable = mend(engine, repository, ask, &note, &mut history, &mut stopwatch, progress)?;
    let past = Past::new(&history.log, &history.labels, ask.tip).ok_or(Error::TipMissing { tip: ask.tip })?;
    stopwatch.lap("history");

    let said = inputs::said(repository, &past);
    let handed_in = shelf.runtime.block_on(HandedIn::of_key(&shelf.store, ask.key))?;
    let reviews = handed_in.reviews(&past);
    let inputs = Inputs {
        said: &said,
        coverage: &handed_in.coverage,
        reviews: &reviews,
        ..Inputs::none(people(repository, ask)?)
    };
    let mut measuring = rows::Measuring {
        engine,
        repository,
        ask,
        shelf,
        past: &past,
        metrics: VersionMetrics::default(),
        stopwatch: &mut stopwatch,
        progress,
    };
    let standing = match ask.with_features {
        true => Some(measuring.prepare(inputs)?),
        false => measuring.cut().map(|()| None)?,
    };
    measuring.stopwatch.lap("load");
    // Before the rows: what is measured of the newest tree need not be measured for them again.
    let n_sources = engine.read_tree(repository, ask.key, ask.tip, &mut measuring.metrics, progress)?;
    measuring.stopwatch.lap("graph");
    let rows = standing.map(|standing| measuring.extend(standing, inputs)).transpose()?;
    let mut metrics = measuring.metrics;
    engine.save(ask.key, |files| files.save_metrics(ask.key, &mut metrics))?;
    stopwatch.lap("save");

    let exported = match (&ask.export, &rows) {
        (Some(export), Some(rows)) => export::write(export, ask.name, &past, rows, shelf, progress)?,
        _ => Vec::new(),
    };
    if ask.export.is_some() {
        stopwatch.lap("export");
    }
    engine.save(ask.key, |files| files.set_note(ask.key, &Note { tip: Some(ask.tip), is_finished: true }))?;
    stopwatch.lap("save");
    Ok(Ingested {
        name: ask.name.to_owned(),
        start,
        n_commits: past.order.len(),
        n_new,
        n_unreachable,
        from_to: span(&past),
        n_fixes: past.is_fix.iter().filter(|is_fix| **is_fix).count(),
        n_introductions: past.introductions.len(),
        n_sources,
        rows: rows.map(|rows| rows.report),
        exported,
        skipped: history.skipped.clone(),
        laps: stopwatch.laps(),
    })
}

/// Keeps what reports say of the files at the newest commit. Gives back the reported paths that mean none of them.
///
/// # Errors
/// When the repository cannot be read, or the database fails.
pub fn keep_coverage(
    repository: &git::Repository,
    ask: &Ask<'_>,
    reports: Vec<Report>,
    shelf: &Shelf,
) -> Result<Vec<String>, Error> {
    if reports.is_empty() {
        return Ok(Vec::new());
    }
    let files = repository.files_at(ask.tip)?;
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let (snapshot, unplaced) = handed_in::snapshot(&reports, &paths, repository.committed_at(ask.tip)?);
    shelf.runtime.block_on(shelf.store.save_coverage(ask.key, ask.tip, snapshot, None))?;
    Ok(unplaced)
}

/// Forgets everything kept of a repository: facts, models, rows and coverage.
///
/// # Errors
/// When something is there and cannot be removed.
pub fn forget(engine: &Engine, key: &str, shelf: &Shelf) -> Result<(), Error> {
    shelf.runtime.block_on(shelf.store.forget_feature_rows(key))?;
    shelf.runtime.block_on(shelf.store.forget_coverage(key))?;
    engine.forget(key).map_err(|source| engine::Error::SaveFacts { key: key.to_owned(), source })?;
    Ok(())
}

/// Finds out where an earlier ingest stands, clears the way, and notes that one is under way.
fn begin(engine: &Engine, ask: &Ask<'_>, shelf: &Shelf) -> Result<(Start, Note), Error> {
    let none = Note { tip: None, is_finished: false };
    let (start, note) = match engine.facts().note(ask.key) {
        None => (Start::First, none),
        Some(note) if !note.is_finished => (Start::Resumed, note),
        Some(note) if ask.is_update => (Start::Update, note),
        Some(_) => {
            shelf.runtime.block_on(shelf.store.forget_feature_rows(ask.key))?;
            engine.save(ask.key, |files| files.clear(ask.key))?;
            (Start::Anew, none)
        }
    };
    engine.save(ask.key, |files| files.set_note(ask.key, &Note { is_finished: false, ..note }))?;
    Ok((start, note))
}

/// Takes out what is reachable no more where the branch was rewritten since the last finished ingest. Returns how many
/// commits went.
fn mend(
    engine: &Engine,
    repository: &git::Repository,
    ask: &Ask<'_>,
    note: &Note,
    history: &mut History,
    stopwatch: &mut Stopwatch,
    progress: &Progress<'_>,
) -> Result<usize, Error> {
    let Some(is_kept) = note.tip.and_then(|old_tip| reachable_instead(history, old_tip, ask.tip)) else { return Ok(0) };
    let n_unreachable = is_kept.iter().filter(|is_kept| !**is_kept).count();
    history.retain(&is_kept);
    let reached = (&[ask.tip][..], ask.now);
    extend_history(repository, history, reached, stopwatch, &engine.keeps_history(ask.key), progress)?;
    Ok(n_unreachable)
}

/// Which commits are reachable from `tip`, where `old_tip` is known and is none of them.
fn reachable_instead(history: &History, old_tip: CommitId, tip: CommitId) -> Option<Vec<bool>> {
    let commits = &history.log.commits;
    let old = commits.iter().rposition(|commit| commit.id == old_tip)?;
    let mut is_reachable: Vec<bool> = commits.iter().map(|commit| commit.id == tip).collect();
    // Parents stand before children, so one walk from the end sees every child before its parents.
    for at in (0..commits.len()).rev().filter(|_| old_tip != tip) {
        if is_reachable[at] {
            commits[at].parents.iter().for_each(|parent| is_reachable[*parent as usize] = true);
        }
    }
    (old_tip != tip && !is_reachable[old]).then_some(is_reachable)
}

/// What the caller or else the repository's configuration says about people.
fn people(repository: &git::Repository, ask: &Ask<'_>) -> Result<bool, Error> {
    Ok(match ask.people {
        Some(people) => people,
        None => engine::repository_config(repository, ask.tip)?.0.policy.people,
    })
}

fn span(past: &Past<'_>) -> (Timestamp, Timestamp) {
    let at = |commit: Option<&u32>| commit.map_or(past.as_of, |commit| past.log.commits[*commit as usize].committed_at);
    (at(past.order.first()), at(past.order.last()))
}
