//! `hyperion config`: would this configuration do what it says?

use super::failure::Failure;
use clap::Subcommand;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Commands under `hyperion config`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read a `.github/hyperion.yml` and say what is wrong with it, by line and field
    Check {
        /// The file
        #[arg(default_value = ".github/hyperion.yml")]
        file: PathBuf,
    },
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let Command::Check { file } = command;
    let unreadable = |error| Failure::text(format!("could not read `{}`: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let config =
        crate::config::parse(&text).map_err(|problem| Failure::text(format!("`{}`: {problem}", file.display())))?;
    let mut out = std::io::stdout();
    for key in &config.not_used_yet {
        let _ = writeln!(out, "note: `{key}` is accepted and not used by this version");
    }
    let _ = writeln!(out, "`{}` is valid", file.display());
    Ok(ExitCode::SUCCESS)
}
