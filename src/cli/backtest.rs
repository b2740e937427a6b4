//! `hyperion backtest`: how often would the review have been right here, had it been there all along?

use super::failure::Failure;
use super::now;
use super::progress::ProgressLine;
use crate::config::Settings;
use crate::git;
use crate::models::backtest::{Budget, Report, Since};
use crate::pipeline::Engine;
use crate::pipeline::backtest::{Ask, backtest};
use crate::pipeline::ingest::place::{Place, folder_key};
use crate::review::backtest as page;
use crate::review::text::Style;
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Columns to fill: wide enough for tables, narrow enough to read.
const WIDTH: usize = 100;

/// Arguments of `hyperion backtest`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The repository: a checkout, a bare repository, or any folder inside one
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Replay changes from here on: `90d`, `8w`, `12m`, `2y`, or a date such as `2025-06-30`
    #[arg(long, value_name = "12m|90d|2y|DATE", default_value = "12m")]
    since: Since,
    /// Recommend a threshold that blocks at most this share of the changes
    #[arg(long, value_name = "SHARE", default_value = "5%")]
    budget: Budget,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// A page that needs nothing else
    Html,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<ExitCode, Failure> {
    let repository = git::Repository::open(&arguments.path).map_err(Failure::input)?;
    let ask = Ask {
        key: &folder_key(repository.git_directory()),
        name: &Place::Folder(arguments.path.clone()).name(),
        tip: repository.resolve("HEAD").map_err(Failure::input)?,
        now: now(),
        since: arguments.since,
        budget: arguments.budget,
    };
    let line = ProgressLine::new();
    let progress = |step: &str, done: usize, all: usize| line.show(step, done, all);
    let report = backtest(&Engine::new(&settings.data_dir), &repository, &ask, &progress);
    line.clear();
    let report = report.map_err(Failure::input)?;
    match &arguments.output {
        Some(file) => write_to(file, &rendered(&report, arguments.format, false)?),
        None => print(&rendered(&report, arguments.format, std::io::stdout().is_terminal())?),
    }
}

fn rendered(report: &Report, format: Format, colour: bool) -> Result<String, Failure> {
    let hyperion_version = env!("CARGO_PKG_VERSION");
    Ok(match format {
        Format::Text => page::text(report, Style { width: WIDTH, colour }),
        Format::Html => page::html(report, hyperion_version),
        Format::Json => {
            let document = page::Document { hyperion_version, report };
            serde_json::to_string_pretty(&document).map_err(Failure::internal)?
        }
    })
}

fn write_to(file: &Path, text: &str) -> Result<ExitCode, Failure> {
    let written = std::fs::write(file, format!("{}\n", text.trim_end()));
    written.map_err(|error| Failure::text(format!("could not write `{}`: {error}", file.display())))?;
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => result.map(|()| ExitCode::SUCCESS).map_err(Failure::internal),
    }
}
