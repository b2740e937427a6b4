//! What does a person read when an ingest is done?
//!
//! In: what was found. Out: a few lines, each with its figures. Nothing that was left out goes unsaid.

use super::{Ingested, RowsReport, Start};
use crate::domain::{Skipped, Timestamp};
use crate::pipeline::Lap;
use std::fmt;
use std::time::Duration;

/// Passed-over things that are named; the rest is counted.
const MAX_NAMED: usize = 5;

impl fmt::Display for Ingested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, n_commits, n_new, .. } = self;
        let (from, to) = self.from_to;
        writeln!(f, "{name}: {n_commits} commits from {} to {}, {n_new} read now{}", day(from), day(to), self.start)?;
        if self.n_unreachable > 0 {
            let n = self.n_unreachable;
            writeln!(
                f,
                "rewritten: the branch no longer holds {n} commits that were read before; they were taken out"
            )?;
        }
        writeln!(f, "fixes: {}; changes of files they blame: {}", self.n_fixes, self.n_introductions)?;
        writeln!(f, "sources in the newest tree: {}", self.n_sources)?;
        if let Some(rows) = &self.rows {
            write_rows(f, rows)?;
        }
        for path in &self.exported {
            writeln!(f, "written: {}", path.display())?;
        }
        write_skipped(f, &self.skipped)?;
        write_laps(f, &self.laps)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Start::First => "",
            Start::Resumed => " (an interrupted ingest went on)",
            Start::Update => " (an update)",
            Start::Anew => " (all anew; --update reads only what is new)",
        })
    }
}

fn write_rows(f: &mut fmt::Formatter<'_>, rows: &RowsReport) -> fmt::Result {
    let RowsReport { n_rows, n_files, n_new, n_cut, .. } = rows;
    writeln!(f, "feature rows: {n_rows} of {n_files} files, {n_new} made now")?;
    if let Some(made_from) = &rows.replaced {
        writeln!(f, "made anew: the rows that were there were made from other things ({made_from})")?;
    }
    if *n_cut > 0 {
        writeln!(f, "made anew: {n_cut} rows, because commits before theirs came, went or were tagged")?;
    }
    let (files, changes) = (share(rows.n_known_files, *n_rows), share(rows.n_known_changes, *n_rows));
    writeln!(f, "outcome known: of the file for {files} of the rows, of the change for {changes}")
}

fn write_skipped(f: &mut fmt::Formatter<'_>, skipped: &[Skipped]) -> fmt::Result {
    for Skipped { subject, reason } in skipped.iter().take(MAX_NAMED) {
        writeln!(f, "skipped: {subject}: {reason}")?;
    }
    match skipped.len().checked_sub(MAX_NAMED) {
        None | Some(0) => Ok(()),
        Some(n) => writeln!(f, "skipped: {n} more"),
    }
}

/// Seconds of each step; processor seconds in brackets, where the system says them.
fn write_laps(f: &mut fmt::Formatter<'_>, laps: &[Lap]) -> fmt::Result {
    let seconds = |wall: Duration, cpu: Option<Duration>| {
        let cpu = cpu.map(|cpu| format!(" ({:.2})", cpu.as_secs_f64())).unwrap_or_default();
        format!("{:.3}{cpu}", wall.as_secs_f64())
    };
    let each: Vec<String> = laps.iter().map(|lap| format!("{} {}", lap.step, seconds(lap.wall, lap.cpu))).collect();
    let wall = laps.iter().map(|lap| lap.wall).sum();
    let cpu = laps.iter().map(|lap| lap.cpu).sum();
    write!(f, "seconds (of all processors): {}; together {}", each.join(", "), seconds(wall, cpu))
}

fn day(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "none".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}
