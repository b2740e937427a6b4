//! What would a review have seen of each past change, and what came of it?
//!
//! In: a past and the commits that are replayed. Out: the rows of each commit as of that commit, by the path that
//! training rows take, with the fix that came after. Never looks at a change whose outcome is still open, and never at
//! one that gives no training rows: merges, which repeat their parents, and mass changes.

use super::inputs::Inputs;
use super::labels::{ChangeLabels, FILE_LABEL_DAYS, first_fix_within};
use super::measure::{Measured, MetricsOf, measure};
use super::moment::Moment;
use super::row::Row;
use super::sweep::{candidates, wanted_blobs_of, wanted_manifests_of};
use crate::domain::{BlobId, Timestamp};
use crate::history::Past;
use rustc_hash::FxHashSet;

/// A past change whose outcome is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayable {
    /// Index into the log's commits.
    pub commit: u32,
    /// Its moment.
    pub at: Timestamp,
    /// Judged files in it, at least one.
    pub n_files: usize,
}

/// A past change as a review would have seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastChange {
    /// Index into the log's commits.
    pub commit: u32,
    /// Its moment.
    pub at: Timestamp,
    /// Its features as of the commit.
    pub values: Row,
    /// Whether a fix blames it within [`super::CHANGE_LABEL_DAYS`]; `None` while that is open.
    pub introduced: Option<bool>,
    /// Its judged files, at least one.
    pub files: Vec<PastFile>,
}

/// One judged file of a past change.
#[derive(Debug, Clone, PartialEq)]
pub struct PastFile {
    /// Path after the commit, as an index into the log's paths.
    pub path: u32,
    /// Its features as of the commit.
    pub values: Row,
    /// The first commit that repaired it within [`FILE_LABEL_DAYS`], as an index into the log's commits.
    pub repaired_by: Option<u32>,
}

/// The changes whose files' outcomes are known at the end of the past, oldest first.
pub fn replayable(past: &Past<'_>) -> Vec<Replayable> {
    let newest_first = candidates(past).into_iter();
    newest_first.rev().map(|found| Replayable { commit: found.commit, at: found.at, n_files: found.n_rows }).collect()
}

/// Contents and manifests that [`past_changes`] will ask for, each once, with a path that tells language and format.
pub fn wanted_for_replay(past: &Past<'_>, changes: &[Replayable]) -> [Vec<(BlobId, String)>; 2] {
    let commits = commits_of(changes);
    [wanted_blobs_of(past, &commits), wanted_manifests_of(past, &commits)]
}

/// The rows and outcomes of `changes`, in the order of history.
pub fn past_changes(
    past: &Past<'_>,
    changes: &[Replayable],
    metrics: &MetricsOf<'_>,
    inputs: Inputs<'_>,
) -> Vec<PastChange> {
    let commits = commits_of(changes);
    let mut moment = Moment::before(past);
    let mut seen = Vec::new();
    for &commit in &past.order {
        let change = commits.contains(&commit).then(|| moment.change(commit)).flatten();
        let measured = change.map(|change| (change.at, measure(&moment, &change, metrics, inputs)));
        let files = moment.pass(commit);
        seen.extend(measured.map(|(at, measured)| Seen { commit, at, measured, files }));
    }
    let introductions = ChangeLabels::of(past);
    seen.into_iter().map(|seen| seen.with_outcome(&moment, past, &introductions)).collect()
}

fn commits_of(changes: &[Replayable]) -> FxHashSet<u32> {
    changes.iter().map(|change| change.commit).collect()
}

/// A change before its outcome is looked up.
struct Seen {
    commit: u32,
    at: Timestamp,
    measured: Measured,
    /// The file behind each place of the commit.
    files: Vec<u32>,
}

impl Seen {
    /// `end` has seen the whole past.
    fn with_outcome(self, end: &Moment<'_>, past: &Past<'_>, introductions: &ChangeLabels) -> PastChange {
        let Self { commit, at, measured, files } = self;
        let touched = &past.log.commits[commit as usize].changes;
        let file = |(place, values): (usize, Row)| PastFile {
            path: touched[place].path,
            values,
            repaired_by: first_fix_within(&end.files[files[place] as usize], at, FILE_LABEL_DAYS),
        };
        PastChange {
            commit,
            at,
            values: measured.change,
            introduced: introductions.get(commit, at),
            files: measured.files.into_iter().map(file).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::{EVERYTHING, History};
    use crate::features::training_table;

    fn history() -> History {
        History::read(
            "0 ann | start | +a.rs 10/0 c3, +b.rs 5/0
             10 ann | more | a.rs 2/1 c4
             20 bob | fix(1) a | a.rs 1/1 c4, old.md 1/0
             25 bob | calm | b.rs 1/1
             300 bob | late | b.rs 3/1",
        )
    }

    #[test]
    fn a_replayed_change_has_the_rows_and_outcomes_of_the_training_table() {
        let history = history();
        let past = history.past_on(300);
        let found = past_changes(&past, &replayable(&past), &|blob| history.metrics(blob), EVERYTHING);
        let table = training_table(&past, &|blob| history.metrics(blob), EVERYTHING);
        let outcome = |fix: Option<u32>| Some(fix.is_some());
        let files = found.iter().flat_map(|change| change.files.iter().map(|file| (change.at, file)));
        assert_eq!(files.clone().count(), table.files.len());
        for ((at, file), row) in files.zip(&table.files) {
            assert!(file.values.is_same(&row.values) && at == row.at && outcome(file.repaired_by) == row.label);
        }
        for (change, row) in found.iter().zip(&table.changes) {
            assert!(change.values.is_same(&row.values) && change.introduced == row.label);
        }
    }

    #[test]
    fn only_changes_whose_outcome_is_known_are_replayed_and_the_fix_is_named() {
        let history = history();
        let past = history.past_on(300);
        let found = past_changes(&past, &replayable(&past), &|blob| history.metrics(blob), EVERYTHING);
        let fixes: Vec<Vec<Option<u32>>> =
            found.iter().map(|change| change.files.iter().map(|file| file.repaired_by).collect()).collect();
        // The change of day 300 is younger than a month at the end; `start` was fixed on day 20, ten days after `more`.
        assert_eq!(fixes, [vec![Some(2), None], vec![Some(2)], vec![None], vec![None]]);
    }
}
