//! What are the features of every labelled file, as of its commit?
//!
//! In: a repository and its labels. Out: a [`Project`] whose rows are in the order of history. Mines the whole history,
//! measures what is labelled, and keeps nothing.

use super::super::super::Error;
use super::super::super::usage::Usage;
use super::Missing;
use super::labels::{self, Label, Part};
use crate::domain::{CommitId, Timestamp};
use crate::features::{self, Chosen, Inputs, SweptRow};
use crate::git::Repository;
use crate::history::Past;
use crate::pipeline::facts::{extend_history, extend_metrics};
use crate::pipeline::stopwatch::Stopwatch;
use crate::pipeline::{Progress, inputs};
use crate::store::{History, VersionMetrics};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Commits dated later than this are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

/// One repository with its labelled rows.
#[derive(Debug)]
pub(super) struct Project {
    /// Of the labels' file, without its endings.
    pub(super) name: String,
    labels_path: PathBuf,
    /// In the order of history.
    pub(super) rows: Vec<Row>,
    pub(super) missing: Vec<Missing>,
    pub(super) mining_cpu_seconds: f64,
}

/// A labelled file as its commit left it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    pub(super) values: features::Row,
    pub(super) label: Label,
}

impl Project {
    /// Mines and measures.
    ///
    /// # Errors
    /// When the repository or the labels cannot be read, or no row of a part is in the history.
    pub(super) fn read(repository: &Path, labels_path: &Path, progress: &Progress<'_>) -> Result<Self, Error> {
        let started = Usage::now();
        let labels = labels::read(labels_path)?;
        let repository = Repository::open(repository)?;
        let history = mined(&repository, progress)?;
        let tip = repository.resolve("HEAD")?;
        let past = Past::new(&history.log, &history.labels, tip).ok_or_else(|| Error::Reference {
            path: labels_path.to_owned(),
            reason: format!("its repository's newest commit `{tip}` could not be mined"),
        })?;
        let chosen = chosen(&past, &labels);
        let mut metrics = VersionMetrics::default();
        extend_metrics(&repository, &mut metrics, features::wanted_blobs_of_chosen(&past, &chosen), progress)?;
        let dependencies = inputs::dependencies(&repository, &features::wanted_manifests_of_chosen(&past, &chosen));
        let said = inputs::said(&repository, &past);
        let inputs = Inputs { said: &said, dependencies: &dependencies, ..Inputs::none(true) };
        let swept = features::rows_of_chosen(&past, &chosen, &|blob| metrics.get(blob), inputs);
        let (rows, missing) = labelled(&past, swept, labels);
        let mining_cpu_seconds = Usage::now().own_since(&started).cpu;
        let project =
            Self { name: name_of(labels_path), labels_path: labels_path.to_owned(), rows, missing, mining_cpu_seconds };
        if project.train().next().is_none() || project.test().next().is_none() {
            return Err(project.fail("no labelled file of one of both parts is in the repository's history"));
        }
        Ok(project)
    }

    #[cfg(test)]
    pub(super) fn of_rows(name: &str, rows: Vec<Row>) -> Self {
        let labels_path = PathBuf::from(format!("{name}.csv"));
        Self { name: name.to_owned(), labels_path, rows, missing: Vec::new(), mining_cpu_seconds: 0.0 }
    }

    /// Rows to learn from.
    pub(super) fn train(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.label.part == Part::Train)
    }

    /// Rows to judge by.
    pub(super) fn test(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.label.part == Part::Test)
    }

    /// Rows other projects may learn from: all but those this project is judged by.
    pub(super) fn teaching(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.label.part != Part::Test)
    }

    /// The moment of the first row to judge by.
    pub(super) fn test_start(&self) -> Timestamp {
        self.test().map(|row| row.at).min().unwrap_or(END_OF_TIME)
    }

    /// The moment of the last row to learn from.
    pub(super) fn newest_training_row(&self) -> Timestamp {
        self.train().map(|row| row.at).max().unwrap_or_default()
    }

    /// An error that names the project.
    pub(super) fn fail(&self, reason: &str) -> Error {
        Error::Reference { path: self.labels_path.clone(), reason: reason.to_owned() }
    }
}

fn mined(repository: &Repository, progress: &Progress<'_>) -> Result<History, Error> {
    let tip = repository.resolve("HEAD")?;
    let mut history = History::default();
    let reached = (&[tip][..], END_OF_TIME);
    extend_history(repository, &mut history, reached, &mut Stopwatch::start(), &|_| Ok(()), progress)?;
    Ok(history)
}

/// Labelled files of the commits the past holds.
fn chosen(past: &Past<'_>, labels: &[Label]) -> Chosen {
    let places = past.order.iter().map(|at| (past.log.commits[*at as usize].id, *at));
    let place_of: FxHashMap<CommitId, u32> = places.collect();
    let mut chosen = Chosen::new();
    for label in labels {
        if let Some(commit) = place_of.get(&label.commit) {
            chosen.entry(*commit).or_default().insert(label.file.clone());
        }
    }
    chosen
}

/// Rows with their labels in the order of history, and labels without a row. Of two labels of one file the last counts.
fn labelled(past: &Past<'_>, swept: Vec<SweptRow<'_>>, labels: Vec<Label>) -> (Vec<Row>, Vec<Missing>) {
    let keyed = labels.into_iter().map(|label| ((label.commit, label.file.clone()), label));
    let mut waiting: BTreeMap<(CommitId, String), Label> = keyed.collect();
    let rows = swept.into_iter().filter_map(|row| {
        let label = waiting.remove(&(past.log.commits[row.commit as usize].id, row.path.to_owned()))?;
        Some(Row { at: row.at, values: row.values, label })
    });
    let rows = rows.collect();
    (rows, waiting.into_keys().map(|(commit, file)| Missing::new(commit, &file)).collect())
}

fn name_of(labels_path: &Path) -> String {
    let name = labels_path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.trim_end_matches(".gz").trim_end_matches(".csv").to_owned()
}
