//! What happened after each row, and has enough time passed to say so?
//!
//! In: rows, and the whole past. Out: their labels, or nothing while the outcome window is open. A young row is never a
//! negative: that its fix has not come yet says nothing.

use super::moment::FileHistory;
use super::sweep::{ChangeRow, FileRow};
use crate::domain::Timestamp;
use crate::history::Past;
use rustc_hash::FxHashMap;

/// Days in which a fix of the file makes its row positive. A month is what a reviewer can still picture.
pub const FILE_LABEL_DAYS: i64 = 30;

/// Days in which a fix must blame the change. Half of all bugs are found much sooner, and waiting for the slow rest
/// would leave a young repository without a single mature change.
pub const CHANGE_LABEL_DAYS: i64 = 180;

/// Whether the outcome of something at `at` can be known by `as_of`.
pub(super) fn is_mature(at: Timestamp, days: i64, as_of: Timestamp) -> bool {
    at.plus_days(days) <= as_of
}

/// Labels file rows: did a fix commit touch the file, under whatever name, in the 30 days after?
pub(super) fn label_files(rows: &mut [FileRow], files: &[FileHistory], as_of: Timestamp) {
    for row in rows {
        row.label = file_label(&files[row.file as usize], row.at, as_of);
    }
}

/// The label of a file that was changed at `at`; `None` while its window is open.
pub(super) fn file_label(file: &FileHistory, at: Timestamp, as_of: Timestamp) -> Option<bool> {
    is_mature(at, FILE_LABEL_DAYS, as_of).then(|| has_fix_within(file, at, FILE_LABEL_DAYS))
}

fn has_fix_within(file: &FileHistory, at: Timestamp, days: i64) -> bool {
    first_fix_within(file, at, days).is_some()
}

/// The first fix of a file in the days after `at`, as an index into the log's commits.
pub(super) fn first_fix_within(file: &FileHistory, at: Timestamp, days: i64) -> Option<u32> {
    let until = at.plus_days(days);
    let later = &file.touches[file.touches.partition_point(|touch| touch.at <= at)..];
    later.iter().take_while(|touch| touch.at <= until).find(|touch| touch.is_fix).map(|touch| touch.commit)
}

/// Labels change rows: does a fix of the 180 days after blame the commit?
pub(super) fn label_changes(rows: &mut [ChangeRow], past: &Past<'_>) {
    let labels = ChangeLabels::of(past);
    for row in rows {
        row.label = labels.get(row.commit, row.at);
    }
}

/// Which commits were blamed, and how soon.
pub(super) struct ChangeLabels {
    first_blamed_at: FxHashMap<u32, Timestamp>,
    as_of: Timestamp,
}

impl ChangeLabels {
    pub(super) fn of(past: &Past<'_>) -> Self {
        Self { first_blamed_at: first_blamed_at(past), as_of: past.as_of }
    }

    /// The label of a commit made at `at`; `None` while its window is open.
    pub(super) fn get(&self, commit: u32, at: Timestamp) -> Option<bool> {
        let is_hit =
            || self.first_blamed_at.get(&commit).is_some_and(|first| *first <= at.plus_days(CHANGE_LABEL_DAYS));
        is_mature(at, CHANGE_LABEL_DAYS, self.as_of).then(is_hit)
    }
}

/// When each blamed commit was first blamed.
fn first_blamed_at(past: &Past<'_>) -> FxHashMap<u32, Timestamp> {
    let mut first = FxHashMap::default();
    for introduction in &past.introductions {
        let at = past.log.commits[introduction.fix as usize].committed_at;
        let known = first.entry(introduction.culprit).or_insert(at);
        *known = at.min(*known);
    }
    first
}
