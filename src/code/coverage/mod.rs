//! Which lines did the tests run?
//!
//! In: a coverage file as a tool wrote it, and the paths of the repository. Out: for each file of the repository which
//! lines could run and which did. Formats are told apart by their first words. Never guesses between two files that
//! a path may mean, never reads an entity, and says what and where when a text makes no sense.

mod cobertura;
mod coverage_py;
mod go_cover;
mod jacoco;
mod lcov;
mod paths;

pub use paths::resolve;

use super::Fault;
use super::fault::shown;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A coverage file above this is not read: the LCOV file of a million lines has 15 MB.
pub const MAX_COVERAGE_BYTES: usize = 64 << 20;

/// Lines of one report that are kept, in all its files: five times the largest repositories with one report.
const MAX_LINES: usize = 20_000_000;

/// The highest number a line may have: longer files are not source.
const MAX_LINE_NUMBER: u32 = 1_000_000;

/// The tools whose files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Lcov,
    Cobertura,
    Jacoco,
    GoCover,
    CoveragePy,
}

/// What one coverage file says, with paths as its tool wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who wrote it.
    pub format: Format,
    /// Folders the paths may be relative to, where the file names some.
    pub roots: Vec<String>,
    /// Files by path; `true` for a line that ran.
    pub files: BTreeMap<String, Lines>,
}

/// Lines that can run, by number from 1: whether a test ran them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines(BTreeMap<u32, bool>);

impl Lines {
    /// Notes a line; one that ran in any test has run.
    fn add(&mut self, line: u32, has_run: bool) {
        *self.0.entry(line).or_default() |= has_run;
    }

    /// Takes in what another report says about the same file.
    pub fn merge(&mut self, other: &Lines) {
        other.0.iter().for_each(|(line, has_run)| self.add(*line, *has_run));
    }

    /// Lines that can run.
    pub fn n_lines(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Lines that ran.
    pub fn n_covered(&self) -> u32 {
        u32::try_from(self.0.values().filter(|has_run| **has_run).count()).unwrap_or(u32::MAX)
    }

    /// Numbers of the lines that ran, ascending.
    pub fn covered(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().filter(|(_, has_run)| **has_run).map(|(line, _)| *line)
    }
}

/// Reads a coverage file of any known format.
///
/// # Errors
/// A [`Fault`] with the line where the text makes no sense, breaks a limit, or is of no known format.
pub fn read(text: &[u8]) -> Result<Report, Fault> {
    if text.len() > MAX_COVERAGE_BYTES {
        return Err(Fault::new(1, format!("expected at most {MAX_COVERAGE_BYTES} bytes, got {}", text.len())));
    }
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    match format_of(&text) {
        Some(Format::Lcov) => lcov::read(&text),
        Some(Format::Cobertura) => cobertura::read(&text),
        Some(Format::Jacoco) => jacoco::read(&text),
        Some(Format::GoCover) => go_cover::read(&text),
        Some(Format::CoveragePy) => coverage_py::read(&text),
        None => {
            let got = shown(text.trim_start());
            Err(Fault::new(
                1,
                format!("expected LCOV, Cobertura, JaCoCo, a Go cover profile or coverage.py JSON, got `{got}`"),
            ))
        }
    }
}

/// By the first words: a brace, a root element, `mode:`, or a record of LCOV.
fn format_of(text: &str) -> Option<Format> {
    let start = text.trim_start();
    if start.starts_with('{') {
        Some(Format::CoveragePy)
    } else if start.starts_with('<') {
        match root_element(start)? {
            "coverage" => Some(Format::Cobertura),
            "report" => Some(Format::Jacoco),
            _ => None,
        }
    } else if start.starts_with("mode:") {
        Some(Format::GoCover)
    } else {
        ["TN:", "SF:", "VER:"].iter().any(|record| start.starts_with(record)).then_some(Format::Lcov)
    }
}

/// The name of the first element, past declarations, comments and the document type.
fn root_element(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if rest.starts_with("!--") {
            rest = &rest[rest.find("-->")?..];
        } else if !rest.starts_with(['?', '!']) {
            return rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next();
        }
    }
}

/// A report that is being read, and how much room it has left.
struct Reading {
    report: Report,
    n_lines: usize,
}

impl Reading {
    fn new(format: Format) -> Self {
        Self { report: Report { format, roots: Vec::new(), files: BTreeMap::new() }, n_lines: 0 }
    }

    /// Notes that a file is in the report, with or without lines.
    fn add_file(&mut self, path: &str) {
        if !self.report.files.contains_key(path) {
            self.report.files.insert(path.to_owned(), Lines::default());
        }
    }

    fn add_line(&mut self, path: &str, line: u32, has_run: bool) -> Result<(), String> {
        if !(1..=MAX_LINE_NUMBER).contains(&line) {
            return Err(format!("expected a line from 1 to {MAX_LINE_NUMBER}, got {line}"));
        }
        self.n_lines += 1;
        if self.n_lines > MAX_LINES {
            return Err(format!("expected at most {MAX_LINES} lines in one report"));
        }
        self.add_file(path);
        if let Some(lines) = self.report.files.get_mut(path) {
            lines.add(line, has_run);
        }
        Ok(())
    }
}

/// A whole number without sign.
fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("expected a number, got `{}`", shown(text)))
}

/// Whether a count of executions, which some tools write as `1e+06`, is above zero.
fn has_run(text: &str) -> Result<bool, String> {
    let count: f64 = text.trim().parse().map_err(|_| format!("expected a count, got `{}`", shown(text)))?;
    Ok(count > 0.0)
}

#[cfg(test)]
mod tests;
