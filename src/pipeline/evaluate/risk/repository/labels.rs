//! Which files of which commits are known to have introduced a defect, and since when is that known?
//!
//! In: a CSV file, gzip allowed, with one row for each file of a commit. Out: [`Label`]s. Unknown columns are ignored.
//! What makes no sense is refused with its line.

use super::super::super::csv::{Record, records};
use super::super::super::{Error, read_unpacked};
use crate::domain::{CommitId, Timestamp};
use std::path::Path;

/// Largest table after unpacking; the largest public one has 2 MiB.
const MAX_LABEL_BYTES: u64 = 256 << 20;

/// Most labels of one project: each costs measuring up to two texts.
const MAX_LABELS: usize = 200_000;

/// What is known of one file in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The commit.
    pub(super) commit: CommitId,
    /// Path after the commit; for a deletion the path that went.
    pub(super) file: String,
    /// Whether it introduced a defect, by everything known today.
    pub(super) is_bug: bool,
    /// Whether that was known when the test part began.
    pub(super) is_known_at_test_start: bool,
    /// When its defects were fixed, oldest first; empty for a clean one.
    pub(super) fixed_at: Vec<Timestamp>,
    /// What it is for.
    pub(super) part: Part,
}

/// What a label is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// To learn from.
    Train,
    /// To judge by.
    Test,
    /// Neither for this project: too young when the test part begins, or newer than it.
    Unused,
}

impl Label {
    /// Whether somebody could have known at `moment` that it introduced a defect.
    pub(super) fn was_bug_at(&self, moment: Timestamp) -> bool {
        self.fixed_at.first().is_some_and(|first| *first <= moment)
    }
}

/// The labels at `path`, in its order.
///
/// # Errors
/// When the file cannot be read, or something in it makes no sense; the message names the line.
pub(super) fn read(path: &Path) -> Result<Vec<Label>, Error> {
    let fail = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let bytes = read_unpacked(path, MAX_LABEL_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fail("it is not UTF-8".to_owned()))?;
    labels(text).map_err(fail)
}

fn labels(text: &str) -> Result<Vec<Label>, String> {
    let mut records = records(text.trim_start_matches('\u{feff}'));
    let header = Header::of(&records.next().ok_or("it is empty")?.cells)?;
    let mut labels = Vec::new();
    for record in records.filter(|record| record.cells.iter().any(|cell| !cell.trim().is_empty())) {
        labels.push(header.label(&record).map_err(|reason| format!("line {}: {reason}", record.line))?);
        if labels.len() > MAX_LABELS {
            return Err(format!("expected at most {MAX_LABELS} rows"));
        }
    }
    for (part, name) in [(Part::Train, "train"), (Part::Test, "test")] {
        if labels.iter().all(|label| label.part != part) {
            return Err(format!("expected rows of `split` `{name}`, found none"));
        }
    }
    Ok(labels)
}

/// Where each thing stands in a record.
struct Header {
    n_cells: usize,
    commit: usize,
    file: usize,
    bug: usize,
    known: usize,
    fixed_at: usize,
    split: usize,
}

impl Header {
    fn of(names: &[String]) -> Result<Self, String> {
        let find = |name: &str| {
            let place = names.iter().position(|column| column.trim() == name);
            place.ok_or_else(|| format!("expected a column `{name}`"))
        };
        Ok(Self {
            n_cells: names.len(),
            commit: find("commit")?,
            file: find("file")?,
            bug: find("bug")?,
            known: find("bug_known_at_test_start")?,
            fixed_at: find("bugs_fixed_at")?,
            split: find("split")?,
        })
    }

    fn label(&self, record: &Record) -> Result<Label, String> {
        let cells = &record.cells;
        if cells.len() != self.n_cells {
            return Err(format!("expected {} cells, found {}", self.n_cells, cells.len()));
        }
        let commit = cells[self.commit].trim();
        Ok(Label {
            commit: commit.parse().map_err(|_| format!("expected a commit, found `{}`", shortened(commit)))?,
            file: cells[self.file].clone(),
            is_bug: yes_or_no("bug", &cells[self.bug])?,
            is_known_at_test_start: yes_or_no("bug_known_at_test_start", &cells[self.known])?,
            fixed_at: moments(&cells[self.fixed_at])?,
            part: part(cells[self.split].trim())?,
        })
    }
}

fn yes_or_no(column: &str, cell: &str) -> Result<bool, String> {
    match cell.trim() {
        "0" => Ok(false),
        "1" => Ok(true),
        other => Err(format!("expected 0 or 1 in column `{column}`, found `{}`", shortened(other))),
    }
}

/// `ISSUE@seconds` for each fixed issue, with semicolons between.
fn moments(cell: &str) -> Result<Vec<Timestamp>, String> {
    let moment = |fix: &str| {
        let seconds = fix.rsplit_once('@').and_then(|(_, seconds)| seconds.trim().parse().ok());
        let wrong = || format!("expected `ISSUE@seconds` in column `bugs_fixed_at`, found `{}`", shortened(fix));
        seconds.map(Timestamp).ok_or_else(wrong)
    };
    let mut moments: Vec<Timestamp> =
        cell.split(';').filter(|fix| !fix.trim().is_empty()).map(moment).collect::<Result<_, _>>()?;
    moments.sort();
    Ok(moments)
}

fn part(cell: &str) -> Result<Part, String> {
    match cell {
        "train" => Ok(Part::Train),
        "test" => Ok(Part::Test),
        "drop" => Ok(Part::Unused),
        _ => Err(format!("expected `train`, `test` or `drop` in column `split`, found `{}`", shortened(cell))),
    }
}

fn shortened(cell: &str) -> String {
    cell.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "project,commit,ts,file,bug,bugs_fixed_at,split,bug_known_at_test_start\n";
    const COMMIT: &str = "0e029979a8a481e1053e730d3a0efe8214eca2b2";

    fn check(rows: &str, expected: Result<usize, &str>) {
        let found = labels(&format!("{HEADER}{}", rows.replace("C,", &format!("p,{COMMIT},7,"))));
        match (found, expected) {
            (Ok(found), Ok(n)) => assert_eq!(found.len(), n),
            (Err(found), Err(expected)) => assert_eq!(found, expected),
            (found, expected) => panic!("expected {expected:?}, found {found:?}"),
        }
    }

    #[test]
    fn a_label_is_known_from_its_first_fix_on() {
        let text = format!("{HEADER}p,{COMMIT},7,a.java,1,X-2@90;X-1@50,train,0\np,{COMMIT},7,b.java,0,,test,0\n");
        let found = labels(&text).expect("a sound table");
        assert_eq!(found[0].fixed_at, [Timestamp(50), Timestamp(90)]);
        assert_eq!([49, 50, 91].map(|at| found[0].was_bug_at(Timestamp(at))), [false, true, true]);
        assert!(!found[1].was_bug_at(Timestamp(i64::MAX)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        check("C,a,0,,train,0\nC,b,0,,test,0\n\nC,c,1,X@1,drop,0\n", Ok(3));
        check("C,a,0,,train,0\n", Err("expected rows of `split` `test`, found none"));
        check("C,a,2,,train,0\n", Err("line 2: expected 0 or 1 in column `bug`, found `2`"));
        check(
            "C,a,0,,train,0\nC,a,0,X,train,0\n",
            Err("line 3: expected `ISSUE@seconds` in column `bugs_fixed_at`, found `X`"),
        );
        check("C,a,0,,later,0\n", Err("line 2: expected `train`, `test` or `drop` in column `split`, found `later`"));
        check("p,xyz,7,a,0,,train,0\n", Err("line 2: expected a commit, found `xyz`"));
        check("C,a,0\n", Err("line 2: expected 8 cells, found 5"));
        assert_eq!(labels("commit,file\n").expect_err("columns are missing"), "expected a column `bug`");
        assert_eq!(labels("").expect_err("nothing is there"), "it is empty");
    }
}
