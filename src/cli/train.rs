//! `hyperion train`: what do these repositories teach?

use super::failure::Failure;
use super::now;
use super::progress::ProgressLine;
use crate::config::Settings;
use crate::pipeline::Engine;
use crate::pipeline::train_base::{Ask, train_base};
use crate::pipeline::train_impact::train_impact;
use clap::Subcommand;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to train.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train the base model that the program carries for repositories with little history of their own
    Base {
        /// The repositories and their commits: a table such as `fixtures/base_model/repositories.tsv`
        #[arg(long, value_name = "TSV")]
        list: PathBuf,
        /// Folder with the repositories, as `owner+name/repo` or `owner/name`
        #[arg(long, value_name = "FOLDER")]
        repositories: PathBuf,
        /// Where the model goes
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// Judge it by leaving out this many groups of repositories in turn; as many as there are leaves out one at a time
        #[arg(long, value_name = "GROUPS", default_value_t = 0)]
        judge: usize,
    },
    /// Train the base network of impact that the program carries, on the past of many repositories up to their newest fifth
    Impact {
        /// The repositories and their commits: a table such as `fixtures/base_model/impact_repositories.tsv`
        #[arg(long, value_name = "TSV")]
        list: PathBuf,
        /// Folder with the repositories, as `owner+name/repo` or `owner/name`
        #[arg(long, value_name = "FOLDER")]
        repositories: PathBuf,
        /// Where the network goes
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(super) fn run(command: &Command, settings: &Settings) -> Result<ExitCode, Failure> {
    let line = ProgressLine::new();
    let progress = |step: &str, done: usize, all: usize| line.show(step, done, all);
    let engine = Engine::new(&settings.data_dir);
    let (bytes, report, output) = match command {
        Command::Base { list, repositories, output, judge } => {
            let ask = Ask { list, repositories, n_groups: *judge, now: now() };
            let trained = train_base(&engine, &ask, &progress).map_err(Failure::input)?;
            (trained.bytes, if *judge > 0 { trained.report.to_string() } else { String::new() }, output)
        }
        Command::Impact { list, repositories, output } => {
            let trained = train_impact(&engine, list, repositories, now(), &progress).map_err(Failure::input)?;
            (trained.bytes, trained.report.to_string(), output)
        }
    };
    line.clear();
    std::fs::write(output, &bytes).map_err(Failure::internal)?;
    let written = format!("{} bytes written to {}\n", bytes.len(), output.display());
    write!(std::io::stdout(), "{report}{written}").map_err(Failure::internal)?;
    Ok(ExitCode::SUCCESS)
}
