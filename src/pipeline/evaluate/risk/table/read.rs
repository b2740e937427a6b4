//! Which changes does a table hold?
//!
//! In: a CSV file or a folder of them, gzip allowed. Out: rows of each project, oldest first. Unknown columns are
//! ignored, missing ones and empty cells are unknown. What makes no sense is refused with its line.

use super::super::super::csv::{Record, records};
use super::super::super::{Error, read_unpacked};
use crate::domain::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The change metrics of Kamei et al., "A Large-Scale Empirical Study of Just-in-Time Quality Assurance", 2013.
pub(super) const COLUMNS: [&str; 14] =
    ["ns", "nd", "nf", "entropy", "la", "ld", "lt", "fix", "ndev", "age", "nuc", "exp", "rexp", "sexp"];

/// Columns that say how many lines a change touches.
const EFFORT_COLUMNS: [&str; 2] = ["la", "ld"];

/// Newest share of the rows to judge by, where the table has no split.
const NEWEST_SHARE: f64 = 0.2;

/// Largest table after unpacking; the largest public one has 5 MiB a project.
const MAX_TABLE_BYTES: u64 = 512 << 20;

/// Most rows of all tables: their values take 120 MiB.
const MAX_ROWS: usize = 2_000_000;

/// Most tables in a folder.
const MAX_TABLES: usize = 1_000;

/// Rows of one project, oldest first.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) name: String,
    values: Vec<f32>,
    pub(super) labels: Vec<bool>,
    pub(super) at: Vec<Timestamp>,
    /// Lines touched.
    pub(super) efforts: Vec<f64>,
    /// Whether a row is of the test part; `None` where the table has no split.
    is_test: Option<Vec<bool>>,
}

/// Rows to learn from and rows to judge by, each oldest first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) train: Vec<usize>,
    pub(super) test: Vec<usize>,
}

impl Project {
    /// Values of one row in the order of [`COLUMNS`].
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * COLUMNS.len()..(row + 1) * COLUMNS.len()]
    }

    /// The table's own split, or the newest fifth to judge by.
    ///
    /// # Errors
    /// When one of both parts is empty.
    pub(super) fn split(&self) -> Result<Split, String> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..self.labels.len()).partition(|row| self.is_test(*row));
        match (train.len(), test.len()) {
            (0, _) => Err("no row to learn from: none is of `split` `train`".to_owned()),
            (_, 0) => Err("no row to judge by: none is of `split` `test`".to_owned()),
            _ => Ok(Split { train, test }),
        }
    }

    /// Rows other projects' models may learn from: not those this project is judged by.
    pub(super) fn teaching_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.labels.len()).filter(|row| !self.is_test(*row))
    }

    fn is_test(&self, row: usize) -> bool {
        match &self.is_test {
            Some(is_test) => is_test[row],
            None => row >= (self.labels.len() as f64 * (1.0 - NEWEST_SHARE)).round() as usize,
        }
    }
}

/// The projects of the table or tables at `path`, by name.
///
/// # Errors
/// When nothing can be read, or something makes no sense.
pub(super) fn projects(path: &Path) -> Result<Vec<Project>, Error> {
    let fail = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let mut found: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    let mut n_rows = 0;
    for table in tables(path)? {
        n_rows += add_table(&table, &mut found)?;
        if n_rows > MAX_ROWS {
            return Err(fail(format!("expected at most {MAX_ROWS} rows")));
        }
    }
    if found.is_empty() {
        return Err(fail("expected a table with rows, found none".to_owned()));
    }
    found.into_iter().map(|(name, changes)| project(name, changes).map_err(fail)).collect()
}

/// The file itself, or the tables of a folder in the order of their names.
fn tables(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let fail = |source| Error::Read { path: path.to_owned(), source };
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".csv") || name.ends_with(".csv.gz") {
            tables.push(file);
        }
    }
    tables.sort();
    if tables.is_empty() || tables.len() > MAX_TABLES {
        let reason = format!("expected 1 to {MAX_TABLES} files `*.csv` or `*.csv.gz`, found {}", tables.len());
        return Err(Error::Reference { path: path.to_owned(), reason });
    }
    Ok(tables)
}

/// One row of a table.
struct Change {
    at: Timestamp,
    values: [f32; COLUMNS.len()],
    label: bool,
    effort: f64,
    is_test: Option<bool>,
}

/// Reads one table. Returns how many rows it has.
fn add_table(path: &Path, found: &mut BTreeMap<String, Vec<Change>>) -> Result<usize, Error> {
    let fail = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let bytes = read_unpacked(path, MAX_TABLE_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fail("it is not UTF-8".to_owned()))?;
    let mut records = records(text.trim_start_matches('\u{feff}'));
    let header = records.next().ok_or_else(|| fail("it is empty".to_owned()))?;
    let header = Header::of(&header.cells).map_err(fail)?;
    let stem = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = stem.trim_end_matches(".gz").trim_end_matches(".csv");
    let mut n_rows = 0;
    for record in records.filter(|record| record.cells.iter().any(|cell| !cell.trim().is_empty())) {
        let at_line = |reason: String| fail(format!("line {}: {reason}", record.line));
        let change = header.change(&record).map_err(at_line)?;
        let name = header.project.map_or(stem, |at| record.cells[at].trim());
        match found.get_mut(name) {
            Some(changes) => changes.push(change),
            None => drop(found.insert(name.to_owned(), vec![change])),
        }
        n_rows += 1;
        if n_rows > MAX_ROWS {
            return Err(fail(format!("expected at most {MAX_ROWS} rows")));
        }
    }
    Ok(n_rows)
}

/// Where each thing stands in a record.
struct Header {
    n_cells: usize,
    bug: usize,
    ts: usize,
    project: Option<usize>,
    split: Option<usize>,
    columns: [Option<usize>; COLUMNS.len()],
    efforts: [Option<usize>; EFFORT_COLUMNS.len()],
}

impl Header {
    fn of(cells: &[String]) -> Result<Self, String> {
        let names: Vec<String> = cells.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let find = |name: &str| names.iter().position(|column| column == name);
        let need =
            |name: &str| find(name).ok_or_else(|| format!("expected a column `{name}`, found `{}`", shown(&names)));
        let columns = COLUMNS.map(find);
        if columns.iter().all(Option::is_none) {
            return Err(format!("expected any of the columns `{}`, found `{}`", COLUMNS.join("`, `"), shown(&names)));
        }
        Ok(Self {
            n_cells: cells.len(),
            bug: need("bug")?,
            ts: need("ts")?,
            project: find("project"),
            split: find("split"),
            columns,
            efforts: EFFORT_COLUMNS.map(find),
        })
    }

    fn change(&self, record: &Record) -> Result<Change, String> {
        let cells = &record.cells;
        if cells.len() != self.n_cells {
            return Err(format!("expected {} cells, found {}", self.n_cells, cells.len()));
        }
        let mut values = [f32::NAN; COLUMNS.len()];
        for ((value, at), name) in values.iter_mut().zip(self.columns).zip(COLUMNS) {
            *value = at.map_or(Ok(f32::NAN), |at| number(name, &cells[at]))?;
        }
        let lines = |at: Option<usize>, name| at.map_or(Ok(f32::NAN), |at| number(name, &cells[at]));
        let efforts = [lines(self.efforts[0], EFFORT_COLUMNS[0])?, lines(self.efforts[1], EFFORT_COLUMNS[1])?];
        let known = efforts.into_iter().filter(|lines| lines.is_finite());
        Ok(Change {
            at: moment(&cells[self.ts])?,
            values,
            label: outcome(&cells[self.bug])?,
            effort: known.map(|lines| f64::from(lines.max(0.0))).sum(),
            is_test: self.split.map(|at| part(&cells[at])).transpose()?,
        })
    }
}

/// Column names for a message, not more of them than one reads.
fn shown(names: &[String]) -> String {
    names.join(",").chars().take(200).collect()
}

/// A number, or unknown.
fn number(column: &str, cell: &str) -> Result<f32, String> {
    let cell = cell.trim();
    if cell.is_empty() || ["nan", "na", "null", "none"].iter().any(|unknown| cell.eq_ignore_ascii_case(unknown)) {
        return Ok(f32::NAN);
    }
    let number: Option<f32> = cell.parse().ok().filter(|number: &f32| number.is_finite());
    number.ok_or_else(|| format!("expected a number in column `{column}`, found `{}`", shortened(cell)))
}

fn outcome(cell: &str) -> Result<bool, String> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "0" | "0.0" | "false" => Ok(false),
        "1" | "1.0" | "true" => Ok(true),
        _ => Err(format!("expected 0 or 1 in column `bug`, found `{}`", shortened(cell))),
    }
}

fn part(cell: &str) -> Result<bool, String> {
    match cell.trim() {
        "train" => Ok(false),
        "test" => Ok(true),
        _ => Err(format!("expected `train` or `test` in column `split`, found `{}`", shortened(cell))),
    }
}

/// Seconds since 1970.
fn moment(cell: &str) -> Result<Timestamp, String> {
    let cell = cell.trim();
    let whole = cell.parse::<i64>().ok();
    let seconds = whole.or_else(|| cell.parse::<f64>().ok().filter(|s| s.is_finite()).map(|s| s as i64));
    let seconds = seconds.filter(|seconds| seconds.unsigned_abs() <= MAX_SECONDS);
    seconds.map(Timestamp).ok_or_else(|| format!("expected unix seconds in column `ts`, found `{}`", shortened(cell)))
}

/// Moments further from 1970 than 10,000 years are no moments of a change.
const MAX_SECONDS: u64 = 10_000 * 366 * 86_400;

fn shortened(cell: &str) -> String {
    cell.chars().take(40).collect()
}

fn project(name: String, mut changes: Vec<Change>) -> Result<Project, String> {
    changes.sort_by_key(|change| change.at);
    let n_split = changes.iter().filter(|change| change.is_test.is_some()).count();
    if n_split != 0 && n_split != changes.len() {
        return Err(format!("project `{name}`: some of its tables have a column `split` and others have none"));
    }
    Ok(Project {
        name,
        values: changes.iter().flat_map(|change| change.values).collect(),
        labels: changes.iter().map(|change| change.label).collect(),
        at: changes.iter().map(|change| change.at).collect(),
        efforts: changes.iter().map(|change| change.effort).collect(),
        is_test: changes.iter().map(|change| change.is_test).collect(),
    })
}
