//! How does a person train a model of their own on what we know?
//!
//! In: the feature rows of a repository and its past. Out: a training table as Parquet or CSV: one line for each file as
//! a commit left it, every feature of the catalogue, and the two outcomes as of the newest commit, empty where
//! their time has not passed. The same rows give the same bytes. Never holds people's names or file contents.

mod csv;
mod parquet;
mod schema;

use super::facts::Progress;
use super::ingest::{Rows, Shelf};
use crate::domain::{CommitId, Timestamp};
use crate::features::{Outcome, Row};
use crate::history::Past;
use crate::store::{self, FeatureRow};
use schema::Schema;
use std::path::{Path, PathBuf};

/// Lines of one Parquet row group: 15 MB of values, which are in memory at the same time.
const LINES_A_GROUP: usize = 50_000;

/// Commits whose rows are read from the database at a time.
const COMMITS_A_QUESTION: usize = 2_000;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, compressed with Snappy; units and definitions in the file's metadata.
    Parquet,
    /// Comma-separated values after RFC 4180; units and definitions in `<name>.schema.json` beside it.
    Csv,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
        }
    }
}

/// A table to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The kind of file.
    pub format: Format,
    /// A folder that exists, or the file to write.
    pub output: PathBuf,
}

/// A table that could not be written.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not write `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not write `{}` as Parquet", path.display())]
    Parquet {
        path: PathBuf,
        #[source]
        source: ::parquet::errors::ParquetError,
    },
    #[error("could not read the feature rows")]
    Rows(#[from] store::Error),
    #[error("the feature rows in the database are not those of this history: run the ingest again")]
    OtherRows,
}

/// One line of the table.
struct Line {
    commit: CommitId,
    path: String,
    at: Timestamp,
    values: Row,
    file_label: Option<bool>,
    change_label: Option<bool>,
}

/// A file under construction.
trait Table {
    fn add(&mut self, lines: &[Line]) -> Result<(), Error>;
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// Writes the table of a repository called `name`. Returns every file that was written.
pub(super) fn write(
    export: &Export,
    name: &str,
    past: &Past<'_>,
    rows: &Rows<'_>,
    shelf: &Shelf,
    progress: &Progress<'_>,
) -> Result<Vec<PathBuf>, Error> {
    let target = target(export, name);
    let beside = beside(&target);
    let schema = Schema::of(name, past, &rows.set);
    let written = write_table(export.format, &beside, &schema, rows, shelf, progress);
    let moved = written.and_then(|()| {
        std::fs::rename(&beside, &target).map_err(|source| Error::Write { path: target.clone(), source })
    });
    if moved.is_err() {
        // What is half written is of no use to anybody; that it cannot be removed is no news.
        let _ = std::fs::remove_file(&beside);
    }
    moved?;
    let mut files = vec![target.clone()];
    if export.format == Format::Csv {
        files.push(write_sidecar(&target, &schema)?);
    }
    Ok(files)
}

fn write_table(
    format: Format,
    path: &Path,
    schema: &Schema,
    rows: &Rows<'_>,
    shelf: &Shelf,
    progress: &Progress<'_>,
) -> Result<(), Error> {
    let mut table: Box<dyn Table> = match format {
        Format::Parquet => Box::new(parquet::ParquetTable::create(path, schema)?),
        Format::Csv => Box::new(csv::CsvTable::create(path, schema)?),
    };
    let mut pending: Vec<Line> = Vec::new();
    let mut outcomes = rows.outcomes.iter();
    let n_commits = rows.set.steps.len();
    for from in (0..n_commits).step_by(COMMITS_A_QUESTION) {
        progress("writing the training table", from, n_commits);
        let some = shelf.store.feature_rows(&rows.set, from, from + COMMITS_A_QUESTION);
        for row in shelf.runtime.block_on(some)? {
            let outcome = outcomes.next().ok_or(Error::OtherRows)?;
            pending.push(line(row, outcome)?);
        }
        while pending.len() >= LINES_A_GROUP {
            let rest = pending.split_off(LINES_A_GROUP);
            table.add(&pending)?;
            pending = rest;
        }
    }
    if outcomes.next().is_some() {
        return Err(Error::OtherRows);
    }
    table.add(&pending)?;
    table.finish()
}

/// A row with its outcome; both come in the same order, or the database holds the rows of another history.
fn line(row: FeatureRow, outcome: &Outcome<'_>) -> Result<Line, Error> {
    if (row.position, row.path.as_str()) != (outcome.position, outcome.path) {
        return Err(Error::OtherRows);
    }
    let FeatureRow { path, commit, at, values, .. } = row;
    Ok(Line { commit, path, at, values, file_label: outcome.file, change_label: outcome.change })
}

fn target(export: &Export, name: &str) -> PathBuf {
    match export.output.is_dir() {
        true => export.output.join(format!("{name}-features.{}", export.format.extension())),
        false => export.output.clone(),
    }
}

/// A name beside `target` that nobody else writes to.
fn beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    target.with_file_name(name)
}

fn write_sidecar(target: &Path, schema: &Schema) -> Result<PathBuf, Error> {
    let path = target.with_extension("schema.json");
    let written = std::fs::write(&path, schema.as_json() + "\n");
    written.map_err(|source| Error::Write { path: path.clone(), source })?;
    Ok(path)
}
