//! `hyperion ingest`: what does the whole history of this repository say?

use super::failure::Failure;
use super::progress::ProgressLine;
use super::{mirrors, now};
use crate::code::coverage;
use crate::config::Settings;
use crate::git;
use crate::git::mirror::Source;
use crate::pipeline::ingest::place::{Place, address_key, folder_key};
use crate::pipeline::ingest::{Ask, Shelf, forget, ingest, keep_coverage};
use crate::pipeline::{Engine, export};
use crate::store::Store;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the newest commit of a cloned repository's default branch is kept, whatever that branch is called.
const FETCHED_HEAD: &str = "refs/heads/hyperion-head";

/// Arguments of `hyperion ingest`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The repository: a folder, `file:///folder`, or a public `https://` address, which is cloned
    #[arg(default_value = ".", value_name = "PATH|URL")]
    place: String,
    /// Compute the features of every past change and keep them in the database
    #[arg(long)]
    extract_features: bool,
    /// Read only what is new since the last ingest; without it, a finished ingest is thrown away and all is read anew
    #[arg(long)]
    update: bool,
    /// Write the training table
    #[arg(long, value_enum, requires = "extract_features")]
    format: Option<Format>,
    /// Where the training table goes: a file, or a folder that exists
    #[arg(long, value_name = "FILE|FOLDER", requires = "format", default_value = ".")]
    output: PathBuf,
    /// Coverage of the newest commit: LCOV, Cobertura, JaCoCo, a Go cover profile or coverage.py JSON; may be repeated
    #[arg(long, value_name = "FILE")]
    coverage: Vec<PathBuf>,
    /// Whether features may be about people [default: what `.github/hyperion.yml` says]
    #[arg(long, value_enum)]
    people: Option<Switch>,
    /// Remove everything kept of the repository instead: facts, models, feature rows and its clone
    #[arg(long, conflicts_with_all = ["extract_features", "update", "format", "people", "coverage"])]
    forget: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Apache Parquet
    Parquet,
    /// Comma-separated values, with a schema file beside it
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Switch {
    /// They may
    On,
    /// They may not
    Off,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::internal)?;
    let place = Place::parse(&arguments.place).map_err(Failure::input)?;
    let store = runtime.block_on(Store::open(settings.database_url.expose())).map_err(Failure::input)?;
    let shelf = Shelf { store, runtime: runtime.handle().clone() };
    let engine = Engine::new(&settings.data_dir);
    let line = ProgressLine::new();
    let said = match arguments.forget {
        true => forget_place(&place, &engine, &shelf, settings),
        false => ingest_place(&place, arguments, (&engine, &shelf), settings, &line),
    };
    line.clear();
    let said = said?;
    runtime.block_on(shelf.store.close());
    match writeln!(std::io::stdout(), "{said}") {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => result.map(|()| ExitCode::SUCCESS).map_err(Failure::internal),
    }
}

fn ingest_place(
    place: &Place,
    arguments: &Arguments,
    (engine, shelf): (&Engine, &Shelf),
    settings: &Settings,
    line: &ProgressLine,
) -> Result<String, Failure> {
    let (repository, key, revision) = match place {
        Place::Folder(path) => {
            let repository = git::Repository::open(path).map_err(Failure::input)?;
            let key = folder_key(repository.git_directory());
            (repository, key, "HEAD")
        }
        Place::Address(url) => {
            line.show("fetching", 0, 0);
            let key = address_key(url);
            let name = place.name();
            let refspecs = [format!("+HEAD:{FETCHED_HEAD}")];
            let source = Source { key: &key, name: &name, url, token: None, refspecs: &refspecs };
            let mirrors = mirrors(settings);
            let repository = shelf.runtime.block_on(mirrors.fetch(&source)).map_err(Failure::input)?;
            mirrors.evict(&key).map_err(Failure::internal)?;
            (repository, key, FETCHED_HEAD)
        }
    };
    let ask = Ask {
        key: &key,
        name: &place.name(),
        tip: repository.resolve(revision).map_err(Failure::input)?,
        now: now(),
        is_update: arguments.update,
        with_features: arguments.extract_features,
        people: arguments.people.map(|switch| matches!(switch, Switch::On)),
        export: arguments.format.map(|format| export_to(format, &arguments.output)),
    };
    let unplaced =
        keep_coverage(&repository, &ask, read_coverage(&arguments.coverage)?, shelf).map_err(Failure::input)?;
    let progress = |step: &str, done: usize, all: usize| line.show(step, done, all);
    let ingested = ingest(engine, &repository, &ask, shelf, &progress).map_err(Failure::input)?;
    Ok(ingested.to_string() + &note_of(&unplaced))
}

/// Each report, checked.
fn read_coverage(files: &[PathBuf]) -> Result<Vec<coverage::Report>, Failure> {
    let read = |path: &PathBuf| {
        let unreadable =
            |error: &dyn std::fmt::Display| Failure::text(format!("could not read `{}`: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
        coverage::read(&bytes).map_err(|fault| unreadable(&fault))
    };
    files.iter().map(read).collect()
}

/// A line on the reported paths that mean no file of the repository.
fn note_of(unplaced: &[String]) -> String {
    let Some(first) = unplaced.first() else { return String::new() };
    let others = if unplaced.len() > 1 { format!(" and {} more", unplaced.len() - 1) } else { String::new() };
    format!("\ncoverage: no single file of the repository is meant by `{first}`{others}")
}

fn export_to(format: Format, output: &std::path::Path) -> export::Export {
    let format = match format {
        Format::Parquet => export::Format::Parquet,
        Format::Csv => export::Format::Csv,
    };
    export::Export { format, output: output.to_owned() }
}

fn forget_place(place: &Place, engine: &Engine, shelf: &Shelf, settings: &Settings) -> Result<String, Failure> {
    let key = match place {
        Place::Folder(path) => folder_key(git::Repository::open(path).map_err(Failure::input)?.git_directory()),
        Place::Address(url) => address_key(url),
    };
    forget(engine, &key, shelf).map_err(Failure::input)?;
    mirrors(settings).remove(&key).map_err(Failure::input)?;
    Ok(format!("{}: nothing is kept any more", place.name()))
}
