//! `hyperion evaluate`: is a figure of this project true on this repository?
//!
//! One command for each kind of figure. All of them print a text for people, or one JSON document.

use super::failure::Failure;
use super::now;
use super::progress::ProgressLine;
use crate::config::Settings;
use crate::pipeline::evaluate::{
    Error, anomaly, anomaly_base, attention, bugs, fixes, history, impact, imports, metrics, risk, szz,
};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `hyperion evaluate`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    question: Question,
    /// How to print the answer
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Are extraordinary changes found, and ordinary ones left alone?
    Anomaly {
        /// The repository; what is read of it is kept in the data directory
        path: PathBuf,
        /// Where the chance of planted anomalies and of forests begins
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write every change as a row of numbers, for comparison with another tool
        #[arg(long, value_name = "CSV")]
        dump: Option<PathBuf>,
    },
    /// Fit the base model of anomalies on the first changes of many repositories, and judge each by the others
    AnomalyBase {
        /// Repositories that were read before, by `review` or `ingest`
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Write the model
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Are lines and renames counted as git counts them, and how long does it take beside git?
    History {
        /// The repository
        path: PathBuf,
    },
    /// How good would the bug forecast have been in the last three years?
    Bugs {
        /// The repository
        path: PathBuf,
    },
    /// Are fixes told from other commits?
    Fixes {
        /// Commits a person labelled: a table such as `fixtures/fix_commits/labels.tsv`, `population.tsv` beside it
        #[arg(long, value_name = "TSV")]
        labels: PathBuf,
        /// Folder with the repositories, as `owner+name/repo` or `owner/name`
        #[arg(long, value_name = "FOLDER")]
        repositories: PathBuf,
        /// Print the weights that the dev half teaches
        #[arg(long)]
        learn: bool,
    },
    /// Are the commits that introduced bugs found?
    Szz {
        /// Fixes with the commits that are known to be guilty: JSON, gzip allowed
        #[arg(long, value_name = "JSON")]
        oracle: PathBuf,
        /// Folder with the repositories, as `owner+name/repo` or `owner/name`
        #[arg(long, value_name = "FOLDER")]
        repositories: PathBuf,
    },
    /// Are the imports inside a repository found?
    Imports {
        /// The repository, read as of its newest commit or the commit the reference names
        path: PathBuf,
        /// Edges another tool found: JSON with `file_edges` and, where it has them, `root` and `commit`
        #[arg(long, value_name = "JSON")]
        reference: PathBuf,
    },
    /// Does the risk model's learner rank and calibrate well on public tables of changes?
    Risk {
        /// Change metrics with outcomes: a CSV file or a folder of them, gzip allowed. Columns `bug` and `ts`, any of
        /// `ns nd nf entropy la ld lt fix ndev age nuc exp rexp sexp`, and where they are known `project` and `split`
        #[arg(long, value_name = "CSV|FOLDER", required_unless_present = "repository")]
        table: Option<PathBuf>,
        /// Judge each project by a model that learned from the other projects
        #[arg(long)]
        leave_one_out: bool,
        /// Newest own training rows whose outcomes that model may know
        #[arg(long, value_name = "ROWS", requires = "leave_one_out")]
        own_labels: Option<usize>,
        /// A repository to judge the whole way on, from mining to probability; may be given several times
        #[arg(long, value_name = "PATH", requires = "labels", conflicts_with_all = ["table", "leave_one_out"])]
        repository: Vec<PathBuf>,
        /// What is known of its files, gzip allowed, in the order of the repositories: a CSV file with the columns
        /// `commit file bug bugs_fixed_at bug_known_at_test_start split`
        #[arg(long, value_name = "CSV", requires = "repository")]
        labels: Vec<PathBuf>,
    },
    /// Do the three spots that are pointed at hold the lines that were later repaired?
    Attention {
        /// The repositories
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Learn the weights from them, and judge each by those of the others
        #[arg(long)]
        learn: bool,
    },
    /// Are the files that change along, and within 30 days, ranked first?
    Impact {
        /// The repository; what is read of it is kept in the data directory
        path: PathBuf,
    },
    /// Are functions measured as another tool measures them?
    Metrics {
        /// The repository or a folder with sources
        path: PathBuf,
        /// Functions as another tool measured them: CSV or JSON
        #[arg(long, value_name = "FILE")]
        reference: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<ExitCode, Failure> {
    let line = ProgressLine::new();
    let progress = |step: &str, done: usize, all: usize| line.show(step, done, all);
    let printed = match &arguments.question {
        Question::Anomaly { path, seed, dump } => {
            let (data_dir, now) = (&settings.data_dir, now());
            let ask = anomaly::Ask { path, data_dir, now, seed: *seed, dump: dump.as_deref() };
            text(anomaly::evaluate(&ask, &progress), arguments.format)
        }
        Question::AnomalyBase { paths, write } => {
            text(anomaly_base::evaluate(paths, &settings.data_dir, write.as_deref(), &progress), arguments.format)
        }
        Question::History { path } => text(history::evaluate(path, &progress), arguments.format),
        Question::Bugs { path } => text(bugs::evaluate(path, &progress), arguments.format),
        Question::Fixes { labels, repositories, learn } => {
            text(fixes::evaluate(labels, repositories, *learn, &progress), arguments.format)
        }
        Question::Szz { oracle, repositories } => {
            text(szz::evaluate(oracle, repositories, &progress), arguments.format)
        }
        Question::Risk { repository, labels, table: None, .. } => {
            let pairs = paired(repository, labels).map_err(Failure::input)?;
            text(risk::repository::evaluate(&pairs, &progress), arguments.format)
        }
        Question::Risk { table: Some(table), leave_one_out, own_labels, .. } => {
            text(risk::table::evaluate(table, teachers(*leave_one_out, *own_labels), &progress), arguments.format)
        }
        Question::Imports { path, reference } => text(imports::evaluate(path, reference, &progress), arguments.format),
        Question::Attention { paths, learn } => text(attention::evaluate(paths, *learn, &progress), arguments.format),
        Question::Impact { path } => {
            let ask = impact::Ask { path, data_dir: &settings.data_dir, now: now() };
            text(impact::evaluate(&ask, &progress), arguments.format)
        }
        Question::Metrics { path, reference } => text(metrics::evaluate(path, reference, &progress), arguments.format),
    };
    line.clear();
    let printed = printed.map_err(Failure::input)?;
    match writeln!(std::io::stdout(), "{}", printed.trim_end()) {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => result.map(|()| ExitCode::SUCCESS).map_err(Failure::internal),
    }
}

/// Who may teach the model of a table's project.
fn teachers(leave_one_out: bool, own_labels: Option<usize>) -> risk::table::Teachers {
    if leave_one_out {
        risk::table::Teachers::Others { n_own_labels: own_labels.unwrap_or(0) }
    } else {
        risk::table::Teachers::OwnAndOthers
    }
}

/// Each repository with its labels.
fn paired(repositories: &[PathBuf], labels: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>, NotPaired> {
    if repositories.len() != labels.len() {
        return Err(NotPaired { n_repositories: repositories.len(), n_labels: labels.len() });
    }
    Ok(repositories.iter().cloned().zip(labels.iter().cloned()).collect())
}

/// Repositories and labels that do not belong together.
#[derive(Debug, thiserror::Error)]
#[error("expected one `--labels` for each `--repository`, got {n_labels} for {n_repositories}")]
struct NotPaired {
    n_repositories: usize,
    n_labels: usize,
}

fn text<Report: Serialize + Display>(report: Result<Report, Error>, format: Format) -> Result<String, Error> {
    let report = report?;
    Ok(match format {
        Format::Text => report.to_string(),
        Format::Json => serde_json::to_string_pretty(&report).expect("reports are plain data"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::evaluate::risk::table::Teachers;
    use clap::Parser;

    #[derive(Parser)]
    struct Door {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn asked(line: &str) -> Result<Teachers, clap::Error> {
        let door = Door::try_parse_from(line.split(' '))?;
        match door.arguments.question {
            Question::Risk { leave_one_out, own_labels, .. } => Ok(teachers(leave_one_out, own_labels)),
            other => panic!("expected a question about risk, got {other:?}"),
        }
    }

    #[test]
    fn a_table_is_judged_with_own_rows_or_with_its_projects_left_out() {
        assert_eq!(asked("evaluate risk --table t.csv").expect("sound"), Teachers::OwnAndOthers);
        let left_out = asked("evaluate risk --table t --leave-one-out --format json").expect("sound");
        assert_eq!(left_out, Teachers::Others { n_own_labels: 0 });
        let known = asked("evaluate risk --table t --leave-one-out --own-labels 500").expect("sound");
        assert_eq!(known, Teachers::Others { n_own_labels: 500 });
        assert!(asked("evaluate risk --table t --own-labels 500").is_err());
        assert!(asked("evaluate risk --table t --leave-one-out --own-labels many").is_err());
        assert!(asked("evaluate risk").is_err());
    }
}
