//! How good is the risk model's learner on tables of change metrics?
//!
//! In: tables with one row for each change: the fourteen metrics of Kamei et al. (2013), the outcome, the moment, and
//! where the table has it the official split. Out: figures for each project and their mean, on the newer part. Each
//! model has seen nothing newer than the first row it is judged by: neither of its own project nor of others.

mod figures;
mod read;

use self::figures::Figures;
use self::read::{COLUMNS, Project};
use super::super::Error;
use super::super::usage::Usage;
use crate::domain::Timestamp;
use crate::models::learner::{LearnError, Lesson, Menu, OWN, Ranks, Rows, learn};
use crate::models::trees::{Boosting, Forest};
use crate::pipeline::Progress;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What a project's model may learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teachers {
    /// The project's own older rows, and those of the other projects of the table where they help.
    OwnAndOthers,
    /// The other projects alone, and this many of the project's newest training rows.
    Others {
        /// 0: the project's outcomes are not looked at.
        n_own_labels: usize,
    },
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Mean over the projects.
    mean: Figures,
    /// Figures of each project.
    projects: BTreeMap<String, ProjectFigures>,
    /// The same without the rows of others; absent where there are none, or where they are the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_rows_only: Option<OwnRowsOnly>,
    /// Columns the models read.
    columns: Vec<&'static str>,
    /// What each model learned from.
    teachers: String,
}

#[derive(Debug, Serialize)]
struct OwnRowsOnly {
    mean: Figures,
    projects: BTreeMap<String, ProjectFigures>,
}

/// One project's model on its newer rows.
#[derive(Debug, Serialize)]
struct ProjectFigures {
    #[serde(flatten)]
    figures: Figures,
    n_train: usize,
    n_test: usize,
    /// Rows of others it could learn from.
    n_others: usize,
    /// Choices that were taken, beside the usual.
    chosen: Vec<String>,
    /// Of each row to judge by, oldest first, so that others may compare row by row.
    probabilities: Vec<f64>,
}

/// Trains and judges one model for each project of the table at `path`: a CSV file, or a folder of them, gzip allowed.
///
/// # Errors
/// When a table cannot be read or understood, when there is only one project and others are to teach, or when a
/// project's rows are too few or all alike; the message names file and line, or the project.
pub fn evaluate(path: &Path, teachers: Teachers, progress: &Progress<'_>) -> Result<Report, Error> {
    let projects = read::projects(path)?;
    let evaluation = Evaluation { path, projects: &projects, progress };
    let own_only = match teachers {
        Teachers::Others { .. } if projects.len() < 2 => {
            return Err(evaluation.fail("expected at least two projects to leave one out, found one".to_owned()));
        }
        Teachers::OwnAndOthers if projects.len() > 1 => Some(evaluation.run(None)?),
        _ => None,
    };
    let projects = evaluation.run(Some(teachers))?;
    Ok(Report {
        mean: mean(&projects),
        projects,
        own_rows_only: own_only.map(|projects| OwnRowsOnly { mean: mean(&projects), projects }),
        columns: COLUMNS.to_vec(),
        teachers: match teachers {
            Teachers::OwnAndOthers => "own older rows, and others' rows older than the first judged one".to_owned(),
            Teachers::Others { n_own_labels: 0 } => "others' rows older than the first judged one".to_owned(),
            Teachers::Others { n_own_labels } => {
                format!("others' rows older than the first judged one, and the newest {n_own_labels} own older rows")
            }
        },
    })
}

fn mean(projects: &BTreeMap<String, ProjectFigures>) -> Figures {
    Figures::mean(projects.values().map(|project| &project.figures))
}

/// What a public table with thousands of rows may choose from: larger trees than a young repository can fill, and larger
/// ones still where others' rows come in.
fn menu(has_others: bool) -> Menu {
    let usual = Menu::default();
    let boosting =
        |n_rounds, depth| Boosting { n_rounds, depth, learning_rate: 0.05, row_share: 0.8, column_share: 0.8 };
    let (alone, among_others) = (boosting(150, 4), boosting(250, 5));
    Menu {
        forests: vec![Forest { depth: 7, column_share: 0.3, ..usual.forests[0] }],
        boostings: if has_others { vec![among_others, alone] } else { vec![alone, among_others] },
        forest_shares: vec![0.25, 0.5],
        others_weights: vec![0.33, 1.0, 0.1, 0.0],
        ..usual
    }
}

/// One evaluation under way.
struct Evaluation<'a> {
    path: &'a Path,
    projects: &'a [Project],
    progress: &'a Progress<'a>,
}

impl Evaluation<'_> {
    /// Judges every project; `None` is own rows alone.
    fn run(&self, teachers: Option<Teachers>) -> Result<BTreeMap<String, ProjectFigures>, Error> {
        let mut found = BTreeMap::new();
        for (done, project) in self.projects.iter().enumerate() {
            (self.progress)(&format!("learning {}", project.name), done, self.projects.len());
            found.insert(project.name.clone(), self.judge(project, teachers)?);
        }
        Ok(found)
    }

    fn judge(&self, project: &Project, teachers: Option<Teachers>) -> Result<ProjectFigures, Error> {
        let fail = |reason: String| self.fail(format!("project `{}`: {reason}", project.name));
        let split = project.split().map_err(fail)?;
        let first_judged = project.at[split.test[0]];
        let n_own = match teachers {
            Some(Teachers::Others { n_own_labels }) => n_own_labels.min(split.train.len()),
            _ => split.train.len(),
        };
        let view = View::of(project, split.train.clone(), teachers);
        let mut lessons = Lessons::default();
        lessons.add(&view, &split.train[split.train.len() - n_own..], OWN);
        if teachers.is_some() {
            let others = self.projects.iter().filter(|other| other.name != project.name);
            for (owner, other) in (1u32..).zip(others) {
                let older: Vec<usize> = other.teaching_rows().filter(|row| other.at[*row] < first_judged).collect();
                lessons.add(&View::of(other, older.clone(), teachers), &older, owner);
            }
        }
        let n_others = lessons.rows.len() - n_own;
        let started = Usage::now();
        let lesson = lessons.learn(view.n_columns()).map_err(|error| fail(with_causes(&error)))?;
        let train_cpu_seconds = Usage::now().own_since(&started).cpu;
        let values: Vec<f32> = split.test.iter().flat_map(|row| view.row(*row, OWN)).collect();
        let probabilities = lesson.learned.probabilities(&values).map_err(|error| fail(error.to_string()))?;
        let labels: Vec<bool> = split.test.iter().map(|row| project.labels[*row]).collect();
        let efforts: Vec<f64> = split.test.iter().map(|row| project.efforts[*row]).collect();
        Ok(ProjectFigures {
            figures: Figures::of(&probabilities, &efforts, &labels, train_cpu_seconds).map_err(fail)?,
            n_train: n_own,
            n_test: split.test.len(),
            n_others,
            chosen: lesson
                .trials
                .iter()
                .skip(1)
                .filter(|trial| trial.is_taken)
                .map(|trial| trial.what.clone())
                .collect(),
            probabilities,
        })
    }

    fn fail(&self, reason: String) -> Error {
        Error::Reference { path: self.path.to_owned(), reason }
    }
}

fn with_causes(error: &LearnError) -> String {
    let first = std::error::Error::source(error);
    let causes = std::iter::successors(first, |cause| cause.source()).map(|cause| format!(": {cause}"));
    std::iter::once(error.to_string()).chain(causes).collect()
}

/// How a model reads the rows of one project.
struct View<'a> {
    project: &'a Project,
    /// The project's own order of each column, where projects are compared.
    ranks: Option<Ranks>,
    /// Whether rows say whose they are.
    has_owner: bool,
}

impl<'a> View<'a> {
    /// Own rows alone are read as they are. Beside those of others a row also holds its values' places among the
    /// `known` rows of its project, for what is large differs between projects, and whether it is an own row. Where
    /// there are few own rows or none, places did worse than the plain values (forward validation on the training parts).
    fn of(project: &'a Project, known: Vec<usize>, teachers: Option<Teachers>) -> Self {
        let values = || known.iter().flat_map(|row| project.row(*row)).copied().collect::<Vec<f32>>();
        let is_compared = teachers == Some(Teachers::OwnAndOthers);
        let ranks = is_compared.then(|| Ranks::of(&values(), COLUMNS.len()));
        Self { project, ranks, has_owner: teachers.is_some() }
    }

    fn n_columns(&self) -> usize {
        COLUMNS.len() * (1 + usize::from(self.ranks.is_some())) + usize::from(self.has_owner)
    }

    fn row(&self, row: usize, owner: u32) -> Vec<f32> {
        let values = self.project.row(row);
        let places = self.ranks.as_ref().map_or_else(Vec::new, |ranks| ranks.places(values));
        let owner = self.has_owner.then_some(if owner == OWN { 1.0 } else { 0.0 });
        values.iter().copied().chain(places).chain(owner).collect()
    }
}

/// Rows of several projects to learn from.
#[derive(Default)]
struct Lessons {
    rows: Vec<LessonRow>,
}

struct LessonRow {
    at: Timestamp,
    owner: u32,
    values: Vec<f32>,
    label: bool,
}

impl Lessons {
    fn add(&mut self, view: &View<'_>, rows: &[usize], owner: u32) {
        self.rows.extend(rows.iter().map(|&row| LessonRow {
            at: view.project.at[row],
            owner,
            values: view.row(row, owner),
            label: view.project.labels[row],
        }));
    }

    fn learn(mut self, n_columns: usize) -> Result<Lesson, LearnError> {
        // A stable sort: rows of the same moment keep the order of their table.
        self.rows.sort_by_key(|row| row.at);
        let values: Vec<f32> = self.rows.iter().flat_map(|row| &row.values).copied().collect();
        let labels: Vec<bool> = self.rows.iter().map(|row| row.label).collect();
        let at: Vec<Timestamp> = self.rows.iter().map(|row| row.at).collect();
        let owners: Vec<u32> = self.rows.iter().map(|row| row.owner).collect();
        let owners = owners.iter().any(|owner| *owner != OWN).then_some(&owners[..]);
        let rows = Rows { values: &values, n_columns, labels: &labels, at: &at, label_days: 0, owners };
        learn(&rows, &menu(owners.is_some()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "learned from {}", self.teachers)?;
        write_table(f, &self.projects, &self.mean)?;
        if let Some(own) = &self.own_rows_only {
            writeln!(f, "\nlearned from own older rows alone")?;
            write_table(f, &own.projects, &own.mean)?;
        }
        writeln!(f, "\nchosen by forward validation inside the rows to learn from, beside the usual:")?;
        for (name, project) in &self.projects {
            let chosen = if project.chosen.is_empty() { "nothing".to_owned() } else { project.chosen.join("; ") };
            writeln!(f, "{name:<16} {chosen}")?;
        }
        Ok(())
    }
}

fn write_table(f: &mut fmt::Formatter<'_>, projects: &BTreeMap<String, ProjectFigures>, mean: &Figures) -> fmt::Result {
    writeln!(f, "{:<16} {:>7} {:>7} {:>7} {}", "project", "own", "others", "judged", Figures::HEAD)?;
    for (name, project) in projects {
        let ProjectFigures { figures, n_train, n_test, n_others, .. } = project;
        writeln!(f, "{name:<16} {n_train:>7} {n_others:>7} {n_test:>7} {figures}")?;
    }
    writeln!(f, "{:<16} {:>7} {:>7} {:>7} {mean}", "mean", "", "", "")
}

#[cfg(test)]
mod tests;
