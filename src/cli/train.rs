//! `hyperion train`: what do these repositories teach?

use super::failure::Failure;
use super::now;
use super::progress::ProgressLine;
use crate::config::Settings;
use crate::pipeline::Engine;
use crate::pipeline::train_base::{Ask, train_base};
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
}

pub(super) fn run(command: &Command, settings: &Settings) -> Result<ExitCode, Failure> {
    let Command::Base { list, repositories, output, judge } = command;
    let line = ProgressLine::new();
    let engine = Engine::new(&settings.data_dir);
    let ask = Ask { list, repositories, n_groups: *judge, now: now() };
    let trained = train_base(&engine, &ask, &|step, done, all| line.show(step, done, all));
    line.clear();
    let trained = trained.map_err(Failure::input)?;
    std::fs::write(output, &trained.bytes).map_err(Failure::internal)?;
    let written = format!("{} bytes written to {}\n", trained.bytes.len(), output.display());
    let report = if *judge > 0 { trained.report.to_string() } else { String::new() };
    write!(std::io::stdout(), "{report}{written}").map_err(Failure::internal)?;
    Ok(ExitCode::SUCCESS)
}
