//! What does the past say about each file?
//!
//! In: a [`crate::domain::Log`], cut at a moment. Out: fix commits, bug-introducing changes, and which commits count.
//! Never sees a commit after the moment it is asked about.

mod fixes;
mod guilt;
mod labels;
mod lines;
mod past;
mod repair;
mod suspects;

pub use fixes::{FixEvidence, fix_evidence, is_fix_diff};
pub use guilt::{Accusation, Clues, Fix, Jury};
pub use labels::Labels;
pub use lines::{LineHistory, Origin, ReadText};
pub use past::{Introduction, MAX_RUNS, Past};

#[cfg(test)]
mod test_log;
