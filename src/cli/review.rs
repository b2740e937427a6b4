//! `hyperion review`: what would a reviewer be told about this change?

use super::failure::Failure;
use super::now;
use super::progress::ProgressLine;
use crate::config::Settings;
use crate::domain::CommitId;
use crate::pipeline::ingest::place::folder_key;
use crate::pipeline::{Engine, HandedIn, ReviewRequest, Reviewed};
use crate::{git, review};
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Columns to fill: wide enough for tables, narrow enough to read.
const WIDTH: usize = 100;

/// Arguments of `hyperion review`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The repository: a checkout, a bare repository, or any folder inside one
    #[arg(default_value = ".")]
    path: PathBuf,
    /// What the change is compared with: a branch, tag or commit [default: the first parent of the head]
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// The newest commit of the change
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    head: String,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also draw the files around the change into this file, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// The whole answer as one JSON document
    Json,
    /// The comment as it would stand on the pull request
    Markdown,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<ExitCode, Failure> {
    let repository = git::Repository::open(&arguments.path).map_err(Failure::input)?;
    let (base, head) = range(&repository, arguments)?;
    let engine = Engine::new(&settings.data_dir);
    let progress = ProgressLine::new();
    let request = ReviewRequest {
        key: &folder_key(repository.git_directory()),
        base,
        head,
        now: now(),
        handed_in: &HandedIn::default(),
    };
    let reviewed = engine.review(&repository, &request, &|step, done, all| progress.show(step, done, all));
    progress.clear();
    let reviewed = reviewed.map_err(Failure::internal)?;
    let composed = reviewed.compose(None);
    if let Some(path) = &arguments.svg {
        let picture = reviewed.impact.ready().map(|answer| answer.picture.clone()).unwrap_or_default();
        std::fs::write(path, review::picture_svg(&picture)).map_err(Failure::input)?;
    }
    print(&reviewed, &composed, arguments.format).map_err(Failure::internal)?;
    Ok(exit_code(composed.conclusion))
}

/// The commits to compare. A first commit is compared with nothing: base and head are then the same.
fn range(repository: &git::Repository, arguments: &Arguments) -> Result<(CommitId, CommitId), Failure> {
    let head = repository.resolve(&arguments.head).map_err(Failure::input)?;
    let base = match &arguments.base {
        Some(revision) => repository.resolve(revision).map_err(Failure::input)?,
        None => repository.first_parent(head).map_err(Failure::input)?.unwrap_or(head),
    };
    Ok((base, head))
}

fn print(reviewed: &Reviewed, composed: &review::Review, format: Format) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let text = match format {
        Format::Markdown => composed.comment.clone(),
        Format::Json => reviewed.document(composed, None).map_err(std::io::Error::other)?,
        Format::Text => {
            let style = review::text::Style { width: WIDTH, colour: out.is_terminal() };
            review::text::render(&reviewed.input(None), composed, style)
        }
    };
    match writeln!(out, "{}", text.trim_end()) {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn exit_code(conclusion: review::Conclusion) -> ExitCode {
    match conclusion {
        review::Conclusion::Failure => ExitCode::from(1),
        review::Conclusion::Success | review::Conclusion::Neutral => ExitCode::SUCCESS,
    }
}
