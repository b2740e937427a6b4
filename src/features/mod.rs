//! What is known about a file and a change, as numbers, at one moment?
//!
//! In: the [`crate::history::Past`] of one commit, the metrics of the files that are asked about, the change under
//! review, and what was handed in beside git ([`Inputs`]). Out: [`Row`]s in the order of the [`catalogue`], and training tables whose labels are mature. Never fills an
//! unknown with 0, never looks past the moment a row is as of, and computes training and review rows by one path.

mod catalogue;
mod change;
#[cfg(test)]
pub(crate) mod fixture;
mod inputs;
mod labels;
mod measure;
mod moment;
mod paths;
mod present;
mod replay;
mod row;
mod sprint;
mod sweep;
#[cfg(test)]
mod tests;

pub use catalogue::{
    AsOf, CATALOGUE, CATALOGUE_VERSION, Definition, Feature, Group, InChange, Source, Subject, as_markdown,
};
pub use inputs::{
    COVERAGE_MAX_AGE_DAYS, CoverageSnapshot, Dependencies, FileCoverage, Inputs, ReviewFact, Reviews, Said,
};
pub use labels::{CHANGE_LABEL_DAYS, FILE_LABEL_DAYS};
pub use paths::{is_benchmark, is_data_sensitive, is_security_sensitive, subsystem};
pub use present::{ImaginedRows, Present};
pub use replay::{PastChange, PastFile, Replayable, past_changes, replayable, wanted_for_replay};
pub use row::Row;
pub use sprint::{Rhythm, RhythmSource, Sprint, rhythms};
pub use sweep::{
    ChangeRow, ChangeRows, ChangedFile, Chosen, FileRow, MAX_FILES_A_COMMIT, MAX_REVIEWED_FILES, MAX_TRAINING_ROWS,
    MetricsOf, Outcome, Sweep, SweptRow, Table, rhythm_as_of, rows_for_change, rows_of_chosen, training_table,
    wanted_blobs, wanted_blobs_for_change, wanted_blobs_of_chosen, wanted_manifests, wanted_manifests_for_change,
    wanted_manifests_of_chosen,
};
