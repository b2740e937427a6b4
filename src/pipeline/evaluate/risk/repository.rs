//! How well does the whole way, from a repository to a probability, find the files that introduce defects?
//!
//! In: repositories, each with labels of (commit, file) that others validated. Out: figures for each project and their
//! mean, beside plain baselines on the same rows. Every row is mined and measured as of its commit; a model learns only
//! from labels that were known when its project's test part began, of its own project and of the others.
//! Never reads a test label before the model has spoken.

mod figures;
mod labels;
mod rows;

use self::figures::{Figures, Judged};
use self::rows::{Project, Row};
use super::super::Error;
use crate::domain::{CommitId, Timestamp};
use crate::features::{CATALOGUE_VERSION, Feature};
use crate::models::learner::{LearnError, Lesson, Menu, OWN, Rows, learn};
use crate::models::trees::{Boosting, Forest};
use crate::pipeline::Progress;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Mean over the projects.
    mean: Figures,
    /// Figures of each project.
    projects: BTreeMap<String, ProjectReport>,
    /// The same by models that did not learn from other projects; absent where there is one project.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_labels_only: Option<Means>,
    /// Plain rankings of the same rows.
    baselines: BTreeMap<&'static str, Means>,
    /// Version of the feature catalogue.
    catalogue_version: u32,
}

/// Figures of one ranking.
#[derive(Debug, Serialize)]
struct Means {
    mean: Figures,
    projects: BTreeMap<String, Figures>,
}

/// One project's model on its test part.
#[derive(Debug, Serialize)]
struct ProjectReport {
    #[serde(flatten)]
    figures: Figures,
    n_train: usize,
    /// Positives among them, known when the test part began.
    n_train_positive: usize,
    /// Rows of other projects that were learned from.
    n_others: usize,
    n_test: usize,
    n_test_positive: usize,
    /// Test commits in which some files introduced defects and others did not.
    n_mixed_commits: usize,
    /// Features the model reads.
    n_features: usize,
    /// Choices that were taken, beside the usual.
    chosen: Vec<String>,
    /// AUC on the newest training rows, by twins that had not seen them.
    validation_auc: Option<f64>,
    /// Labelled files that the history does not hold.
    missing: Vec<Missing>,
    /// Processor seconds to mine and measure.
    mining_cpu_seconds: f64,
    /// Processor seconds to choose, learn and calibrate.
    train_cpu_seconds: f64,
}

/// A labelled file without a row.
#[derive(Debug, Clone, Serialize)]
struct Missing {
    commit: String,
    file: String,
}

/// Mines each repository, measures the labelled files as of their commits, and judges one model for each project.
///
/// Each pair is a repository and its labels: a CSV file, gzip allowed, with the columns `commit`, `file`, `bug`,
/// `bugs_fixed_at`, `bug_known_at_test_start` and `split`.
///
/// # Errors
/// When a repository or its labels cannot be read, or a project's labels are too few to learn from or all alike.
pub fn evaluate(pairs: &[(PathBuf, PathBuf)], progress: &Progress<'_>) -> Result<Report, Error> {
    let projects = pairs
        .iter()
        .map(|(repository, labels)| Project::read(repository, labels, progress))
        .collect::<Result<Vec<_>, _>>()?;
    let mut found = BTreeMap::new();
    let mut own_only = BTreeMap::new();
    for (done, project) in projects.iter().enumerate() {
        progress(&format!("learning {}", project.name), done, projects.len());
        let others: Vec<&Project> = projects.iter().filter(|other| other.name != project.name).collect();
        found.insert(project.name.clone(), judge(project, &others)?);
        if !others.is_empty() {
            own_only.insert(project.name.clone(), judge(project, &[])?.figures);
        }
    }
    Ok(Report {
        mean: Figures::mean(found.values().map(|project| &project.figures)),
        projects: found,
        own_labels_only: (!own_only.is_empty()).then(|| Means::of(own_only)),
        baselines: baselines(&projects)?,
        catalogue_version: CATALOGUE_VERSION,
    })
}

impl Means {
    fn of(projects: BTreeMap<String, Figures>) -> Self {
        Self { mean: Figures::mean(projects.values()), projects }
    }
}

/// Trains on what was known when the test part of `project` began, and judges what the model says of that part.
fn judge(project: &Project, others: &[&Project]) -> Result<ProjectReport, Error> {
    let lessons = Lessons::known_at_test_start(project, others);
    let columns = lessons.known_columns();
    let started = super::super::usage::Usage::now();
    let lesson = lessons.learn(&columns).map_err(|error| project.fail(&with_causes(&error)))?;
    let train_cpu_seconds = super::super::usage::Usage::now().own_since(&started).cpu;
    let test: Vec<&Row> = project.test().collect();
    let values: Vec<f32> = test.iter().flat_map(|row| values(row, &columns)).collect();
    let probabilities = lesson.learned.probabilities(&values).map_err(|error| project.fail(&error.to_string()))?;
    let judged = judged(&test);
    let figures = Figures::of_probabilities(&probabilities, &judged).map_err(|reason| project.fail(&reason))?;
    let taken = lesson.trials.iter().skip(1).filter(|trial| trial.is_taken);
    let own = || lessons.rows.iter().filter(|row| row.owner == OWN);
    Ok(ProjectReport {
        figures,
        n_train: own().count(),
        n_train_positive: own().filter(|row| row.label).count(),
        n_others: lessons.rows.len() - own().count(),
        n_test: test.len(),
        n_test_positive: test.iter().filter(|row| row.label.is_bug).count(),
        n_mixed_commits: figures::n_mixed_commits(&judged),
        n_features: columns.len(),
        chosen: taken.map(|trial| trial.what.clone()).collect(),
        validation_auc: validation_auc(&lesson, &lessons),
        missing: project.missing.clone(),
        mining_cpu_seconds: project.mining_cpu_seconds,
        train_cpu_seconds,
    })
}

fn judged(test: &[&Row]) -> Vec<Judged> {
    test.iter().map(|row| Judged { commit: row.label.commit, is_bug: row.label.is_bug }).collect()
}

fn validation_auc(lesson: &Lesson, lessons: &Lessons<'_>) -> Option<f64> {
    let (scores, labels): (Vec<f64>, Vec<bool>) =
        lesson.held_out.iter().map(|(row, log_odds)| (*log_odds, lessons.rows[*row].label)).unzip();
    crate::models::evaluation::auc(&scores, &labels)
}

/// Rankings anybody can make without a model.
fn baselines(projects: &[Project]) -> Result<BTreeMap<&'static str, Means>, Error> {
    let known = |row: &Row, feature| f64::from(row.values.get(feature).unwrap_or(0.0));
    let added = |row: &Row| known(row, Feature::FileLinesAdded);
    let churn = |row: &Row| added(row) + known(row, Feature::FileLinesDeleted);
    let ranking = |score: &dyn Fn(&Row) -> f64| {
        let figures = projects.iter().map(|project| {
            let test: Vec<&Row> = project.test().collect();
            let scores: Vec<f64> = test.iter().map(|row| score(row)).collect();
            let figures = Figures::of_scores(&scores, &judged(&test)).map_err(|reason| project.fail(&reason))?;
            Ok((project.name.clone(), figures))
        });
        figures.collect::<Result<BTreeMap<_, _>, Error>>().map(Means::of)
    };
    Ok([("changed lines", ranking(&churn)?), ("added lines", ranking(&added)?)].into())
}

/// What one project's model may learn from, oldest first.
struct Lessons<'a> {
    rows: Vec<LessonRow<'a>>,
}

struct LessonRow<'a> {
    row: &'a Row,
    label: bool,
    owner: u32,
}

impl<'a> Lessons<'a> {
    /// Own training rows, and others' rows no newer than those, each with the label that was known when the test part
    /// began. Others' rows are as old because young ones look clean until their fixes come.
    fn known_at_test_start(project: &'a Project, others: &[&'a Project]) -> Self {
        let (newest, start) = (project.newest_training_row(), project.test_start());
        let own = project.train().map(|row| LessonRow { row, label: row.label.is_known_at_test_start, owner: OWN });
        let mut rows: Vec<LessonRow<'a>> = own.collect();
        for (owner, other) in (1u32..).zip(others) {
            let known = other.teaching().filter(|row| row.at <= newest);
            rows.extend(known.map(|row| LessonRow { row, label: row.label.was_bug_at(start), owner }));
        }
        // A stable sort: rows of the same moment keep the order of their history.
        rows.sort_by_key(|row| row.row.at);
        Self { rows }
    }

    /// Features that at least one own row knows.
    fn known_columns(&self) -> Vec<Feature> {
        let own = || self.rows.iter().filter(|row| row.owner == OWN);
        Feature::all().filter(|feature| own().any(|row| row.row.values.get(*feature).is_some())).collect()
    }

    fn learn(&self, columns: &[Feature]) -> Result<Lesson, LearnError> {
        let values: Vec<f32> = self.rows.iter().flat_map(|row| values(row.row, columns)).collect();
        let labels: Vec<bool> = self.rows.iter().map(|row| row.label).collect();
        let at: Vec<Timestamp> = self.rows.iter().map(|row| row.row.at).collect();
        let owners: Vec<u32> = self.rows.iter().map(|row| row.owner).collect();
        let owners = owners.iter().any(|owner| *owner != OWN).then_some(&owners[..]);
        // Labels are those of the day the test part began: the learner need not wait for any.
        let rows = Rows { values: &values, n_columns: columns.len(), labels: &labels, at: &at, label_days: 0, owners };
        learn(&rows, &menu())
    }
}

/// What a few thousand rows may choose from.
fn menu() -> Menu {
    let usual = Menu::default();
    let boosting =
        |n_rounds, depth| Boosting { n_rounds, depth, learning_rate: 0.05, row_share: 0.7, column_share: 0.3 };
    Menu {
        forests: vec![Forest { n_trees: 200, depth: 7, row_share: 0.632, column_share: 0.2 }],
        boostings: vec![boosting(150, 3), boosting(100, 2), boosting(200, 4)],
        others_weights: vec![1.0, 0.33, 0.1],
        ..usual
    }
}

fn values(row: &Row, columns: &[Feature]) -> Vec<f32> {
    columns.iter().map(|feature| row.values.raw(*feature)).collect()
}

fn with_causes(error: &LearnError) -> String {
    let first = std::error::Error::source(error);
    let causes = std::iter::successors(first, |cause| cause.source()).map(|cause| format!(": {cause}"));
    std::iter::once(error.to_string()).chain(causes).collect()
}

impl Missing {
    fn new(commit: CommitId, file: &str) -> Self {
        Self { commit: commit.to_string(), file: file.to_owned() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "learned from labels known when each test part began; feature catalogue {}",
            self.catalogue_version
        )?;
        let head = |f: &mut fmt::Formatter<'_>| writeln!(f, "{:<16} {}", "project", Figures::HEAD);
        head(f)?;
        for (name, project) in &self.projects {
            writeln!(f, "{name:<16} {}", project.figures)?;
        }
        writeln!(f, "{:<16} {}", "mean", self.mean)?;
        let own_only = self.own_labels_only.iter().map(|means| ("own labels only", means));
        for (what, means) in own_only.chain(self.baselines.iter().map(|(name, means)| (*name, means))) {
            writeln!(f, "\n{what}")?;
            head(f)?;
            means.projects.iter().try_for_each(|(name, figures)| writeln!(f, "{name:<16} {figures}"))?;
            writeln!(f, "{:<16} {}", "mean", means.mean)?;
        }
        writeln!(f)?;
        self.projects.iter().try_for_each(|(name, project)| project.write_account(f, name))
    }
}

impl ProjectReport {
    fn write_account(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let Self { n_train, n_train_positive, n_others, n_test, n_test_positive, n_mixed_commits, .. } = self;
        let chosen = if self.chosen.is_empty() { "nothing".to_owned() } else { self.chosen.join("; ") };
        let validation = self.validation_auc.map_or("unknown".to_owned(), |auc| format!("{auc:.3}"));
        writeln!(
            f,
            "{name}: learned from {n_train} own rows ({n_train_positive} positive) and {n_others} of others, {} features; \
             judged by {n_test} ({n_test_positive} positive, {n_mixed_commits} mixed commits); chosen beside the usual: \
             {chosen}; AUC on the newest training rows {validation}; {} labelled files without a row; {:.1} s of processor \
             to mine and measure, {:.1} s to learn",
            self.n_features,
            self.missing.len(),
            self.mining_cpu_seconds,
            self.train_cpu_seconds
        )
    }
}

#[cfg(test)]
mod tests;
