//! What do many public repositories teach, and how well does it carry over to one that is none of them?
//!
//! In: a list of repositories with their commits, and the folder that holds them. Out: the base model as bytes, and an
//! account: for each repository how a base model that had not seen it did there, beside what the repository teaches
//! itself and beside both together, on the same newest rows. Never reads a commit newer than the listed one.

use super::engine::{self, Engine};
use super::evaluate::{self, repository_place};
use super::facts::Progress;
use super::ingest::place::folder_key;
use crate::domain::{CommitId, Timestamp};
use crate::features::Table;
use crate::git;
use crate::models::learner::LearnError;
use crate::models::risk::{self, Base, Compared, Comparison, Quality};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Columns of the list.
const HEAD: &str = "repository\tcommit\tdate\tcommits\tlanguage";

/// What to learn from.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The list, a table of tabs.
    pub list: &'a Path,
    /// Folder with the repositories, as `owner+name/repo` or `owner/name`.
    pub repositories: &'a Path,
    /// How many groups of repositories are left out in turn; as many as there are repositories is leave-one-out, and 0
    /// judges nothing.
    pub n_groups: usize,
    /// The present, to bound commit times.
    pub now: Timestamp,
}

/// A model was trained.
#[derive(Debug)]
pub struct TrainedBase {
    /// As the program carries it.
    pub bytes: Vec<u8>,
    /// How it was judged.
    pub report: Report,
}

/// How base models did on repositories they had not seen.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Groups that were left out in turn.
    pub n_groups: usize,
    /// One for each repository, in the order of the list.
    pub repositories: Vec<Judged>,
}

/// One repository, judged by a base model that had not seen it.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// `owner/name`.
    pub name: String,
    /// Its main language.
    pub language: String,
    /// File rows and change rows it teaches, at most.
    pub n_rows: (usize, usize),
    /// How it went; absent where nothing was judged.
    #[serde(flatten)]
    pub compared: Option<Compared>,
}

/// No base model could be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error(transparent)]
    Input(#[from] evaluate::Error),
    #[error("could not read `{name}`")]
    Repository {
        name: String,
        #[source]
        source: Box<engine::Error>,
    },
    #[error("could not learn from these repositories together")]
    Learn(#[from] LearnError),
    #[error("could not judge a base model on `{name}`")]
    Judge {
        name: String,
        #[source]
        source: Box<risk::Error>,
    },
    #[error("could not write the base model as bytes: {reason}")]
    Write { reason: String },
}

/// One line of the list.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) commit: CommitId,
    language: String,
}

/// What one repository teaches.
struct Teacher {
    listed: Listed,
    beginning: CommitId,
    table: Table,
}

/// Reads every repository of the list, judges base models that leave some out, and trains the one of all.
///
/// # Errors
/// When the list or a repository cannot be read, or all of them together are too few.
pub fn train_base(engine: &Engine, ask: &Ask<'_>, progress: &Progress<'_>) -> Result<TrainedBase, Error> {
    let teachers = teachers(engine, ask, progress)?;
    let compared = judge(&teachers, ask.n_groups.min(teachers.len()), progress)?;
    progress("learning from all of them", 0, 0);
    let all: Vec<(CommitId, &Table)> = teachers.iter().map(Teacher::lesson).collect();
    let bytes = Base::train(&all)?.to_bytes().map_err(|source| Error::Write { reason: source.to_string() })?;
    let repositories = teachers.into_iter().zip(compared).map(|(teacher, compared)| Judged {
        n_rows: (teacher.table.files.len(), teacher.table.changes.len()),
        name: teacher.listed.name,
        language: teacher.listed.language,
        compared,
    });
    let report = Report { n_groups: ask.n_groups, repositories: repositories.collect() };
    Ok(TrainedBase { bytes, report })
}

fn teachers(engine: &Engine, ask: &Ask<'_>, progress: &Progress<'_>) -> Result<Vec<Teacher>, Error> {
    let list = read_list(ask.list)?;
    let n = list.len();
    let read = |(nth, listed): (usize, Listed)| {
        progress(&format!("reading {}", listed.name), nth, n);
        teacher(engine, ask, listed)
    };
    list.into_iter().enumerate().map(read).collect()
}

fn teacher(engine: &Engine, ask: &Ask<'_>, listed: Listed) -> Result<Teacher, Error> {
    let place = repository_place(ask.repositories, &listed.name).ok_or_else(|| evaluate::Error::Reference {
        path: ask.list.to_owned(),
        reason: format!("`{}` is not in `{}`", listed.name, ask.repositories.display()),
    })?;
    let fail = |source: engine::Error| Error::Repository { name: listed.name.clone(), source: Box::new(source) };
    let repository = git::Repository::open(&place).map_err(|source| fail(source.into()))?;
    let key = folder_key(repository.git_directory());
    let (beginning, table) =
        engine.training_table(&repository, &key, listed.commit, ask.now, &|_, _, _| {}).map_err(fail)?;
    Ok(Teacher { beginning, table, listed })
}

impl Teacher {
    fn lesson(&self) -> (CommitId, &Table) {
        (self.beginning, &self.table)
    }
}

/// For each repository, how a base model that learned from the other groups did there.
fn judge(teachers: &[Teacher], n_groups: usize, progress: &Progress<'_>) -> Result<Vec<Option<Compared>>, Error> {
    let mut judged = vec![None; teachers.len()];
    for group in 0..n_groups {
        progress("leaving some out", group, n_groups);
        let is_left_out = |nth: usize| nth % n_groups == group;
        let others = teachers.iter().enumerate().filter(|(nth, _)| !is_left_out(*nth));
        let base = Base::train(&others.map(|(_, teacher)| teacher.lesson()).collect::<Vec<_>>())?;
        for (nth, teacher) in teachers.iter().enumerate().filter(|(nth, _)| is_left_out(*nth)) {
            let compared = risk::compare(&teacher.table, &risk::ValidParams::default(), &base);
            let fail = |source| Error::Judge { name: teacher.listed.name.clone(), source: Box::new(source) };
            judged[nth] = Some(compared.map_err(fail)?);
        }
    }
    Ok(judged)
}

/// The lines of a list of repositories.
pub(super) fn read_list(path: &Path) -> Result<Vec<Listed>, evaluate::Error> {
    let wrong = |reason: String| evaluate::Error::Reference { path: path.to_owned(), reason };
    let text =
        std::fs::read_to_string(path).map_err(|source| evaluate::Error::Read { path: PathBuf::from(path), source })?;
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return Err(wrong(format!("expected the first line `{}`", HEAD.replace('\t', " "))));
    }
    let listed = |(nth, line): (usize, &str)| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, commit, language) = match fields[..] {
            [name, commit, _, _, language] => (name, commit.parse().ok(), language),
            _ => return Err(wrong(format!("line {}: expected 5 columns, got {}", nth + 2, fields.len()))),
        };
        let commit = commit.ok_or_else(|| wrong(format!("line {}: expected a full commit id", nth + 2)))?;
        Ok(Listed { name: name.to_owned(), commit, language: language.to_owned() })
    };
    lines.enumerate().map(listed).collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Base models judged on repositories they had not seen, {} groups left out in turn.",
            self.n_groups
        )?;
        for (question, head) in HEADS {
            writeln!(
                f,
                "\n{question}\n| repository | language | rows | positive | baseline | own | base | both | mix |"
            )?;
            writeln!(f, "|---|---|--:|--:|--:|--:|--:|--:|---|")?;
            let compared: Vec<(&Judged, &Comparison)> = self
                .repositories
                .iter()
                .filter_map(|judged| Some((judged, head(judged.compared.as_ref()?)?)))
                .collect();
            for (judged, found) in &compared {
                let Comparison { n_test, n_positive, baseline_auc, own, base, blend, mix } = found;
                let [own, both] = [own, blend].map(|quality| quality.map_or("-".to_owned(), |found| figure(found.auc)));
                let (base, mix) = (figure(base.auc), mix.as_deref().unwrap_or("-"));
                let (name, language) = (&judged.name, &judged.language);
                writeln!(
                    f,
                    "| {name} | {language} | {n_test} | {n_positive} | {baseline_auc:.3} | {own} | {base} | {both} | {mix} |"
                )?;
            }
            let found: Vec<&Comparison> = compared
                .iter()
                .map(|(_, found)| *found)
                .filter(|found| found.own.is_some() && found.blend.is_some())
                .collect();
            write_means(f, &found)?;
        }
        Ok(())
    }
}

/// One head of a comparison.
type HeadOf = fn(&Compared) -> Option<&Comparison>;

const HEADS: [(&str, HeadOf); 2] = [
    ("File risk, AUC", |compared| compared.files.as_ref()),
    ("Change risk, AUC", |compared| compared.changes.as_ref()),
];

/// Means over the repositories that every model could be judged on.
fn write_means(f: &mut fmt::Formatter<'_>, found: &[&Comparison]) -> fmt::Result {
    let mean = |figures: Vec<f64>| figures.iter().sum::<f64>() / figures.len() as f64;
    let line = |figure: fn(&Quality) -> f64| {
        let own = mean(found.iter().filter_map(|found| found.own.as_ref()).map(figure).collect());
        let base = mean(found.iter().map(|found| figure(&found.base)).collect());
        let both = mean(found.iter().filter_map(|found| found.blend.as_ref()).map(figure).collect());
        format!("own {own:.4}, base {base:.4}, both {both:.4}")
    };
    let baseline = mean(found.iter().map(|found| found.baseline_auc).collect());
    let (auc, brier) = (line(|quality| quality.auc), line(|quality| quality.brier));
    writeln!(f, "Mean of {}: AUC baseline {baseline:.4}, {auc}; Brier {brier}.", found.len())
}

fn figure(value: f64) -> String {
    format!("{value:.3}")
}
