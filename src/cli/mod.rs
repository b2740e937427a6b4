//! What can one ask for on the command line?
//!
//! In: arguments. Out: an exit code: 0 done or passed, 1 the gate failed, 2 the call or its input was wrong. One file
//! for each command. Answers go to standard output, progress and errors to standard error; nothing but the answer is
//! ever written to standard output.

mod backtest;
mod config;
mod evaluate;
mod failure;
mod ingest;
mod migrate;
mod progress;
mod review;
mod serve;
mod train;

use crate::config::Settings;
use crate::domain::Timestamp;
use crate::git::mirror::{Limits, Mirrors};
use clap::{Parser, Subcommand};
use failure::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

/// Tells reviewers which changed files are likely to need a bug fix soon, and how far a change will be felt.
#[derive(Debug, Parser)]
#[command(name = "hyperion", version, about, max_term_width = 100)]
pub struct Arguments {
    /// Settings file (TOML); settings in the environment win over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Review a change of a local repository as a pull request would be reviewed
    Review(review::Arguments),
    /// Replay past changes with only what was known then: how often was the score right, what would the gate have done?
    Backtest(backtest::Arguments),
    /// Read the whole history of a repository, compute the features of every past change, write the training table
    Ingest(ingest::Arguments),
    /// Run the GitHub App: receive webhooks, work on jobs, or both
    Serve(serve::Arguments),
    /// Work on jobs only, beside servers that share the PostgreSQL database (the same as `serve --role worker`)
    Work,
    /// Bring the database to this version's tables
    Migrate,
    /// Reproduce a figure of this project: compare what Hyperion finds with what another tool or a person found
    Evaluate(evaluate::Arguments),
    /// Learn from many repositories
    #[command(subcommand)]
    Train(train::Command),
    /// Check a repository's `.github/hyperion.yml`
    #[command(subcommand)]
    Config(config::Command),
}

/// Reads the arguments, does what they ask for, and says how it went.
pub fn run() -> ExitCode {
    // Clap prints help and its own errors, with exit code 2 for a wrong call.
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    let settings = || Settings::load(arguments.config.as_deref()).map_err(Failure::input);
    match arguments.command {
        Command::Review(review) => review::run(&review, &settings()?),
        Command::Backtest(backtest) => backtest::run(&backtest, &settings()?),
        Command::Ingest(ingest) => ingest::run(&ingest, &settings()?),
        Command::Serve(serve) => serve::run(&serve, settings()?),
        Command::Work => serve::run(&serve::Arguments::worker(), settings()?),
        Command::Migrate => migrate::run(&settings()?),
        Command::Evaluate(evaluate) => evaluate::run(&evaluate, &settings()?),
        Command::Train(command) => train::run(&command, &settings()?),
        Command::Config(command) => config::run(&command),
    }
}

/// All clones under the data directory, within the operator's budget.
fn mirrors(settings: &Settings) -> Mirrors {
    let limits = Limits { total_bytes: settings.mirror_budget_bytes, ..Limits::default() };
    let proxy = settings.proxy.https.as_ref().map(|proxy| proxy.expose().to_owned());
    Mirrors::new(settings.data_dir.join("mirrors"), limits, proxy)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_secs() as i64)
}
