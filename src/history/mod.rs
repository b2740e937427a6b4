//! What does the past say about each file?
//!
//! In: a [`crate::domain::Log`], cut at a moment. Out: fix commits, bug-introducing changes, and which commits count.
//! Never sees a commit after the moment it is asked about.

mod fixes;
mod guilt;
mod labels;
mod landings;
mod lines;
mod past;
mod repair;
mod reverts;
mod suspects;

pub use fixes::{
    FixEvidence, SIGNS as FIX_SIGNS, Shown as FixSigns, Weights as FixWeights, evidence_in, fix_evidence, is_fix_diff,
    learn as learn_fix_weights, shown as fix_signs, speaks_of_speed,
};
pub use guilt::{Accusation, Clues, Fix, Jury};
pub use labels::Labels;
pub use landings::{landings, main_line};
pub use lines::{LineHistory, Origin, ReadText};
pub use past::{Introduction, MAX_RUNS, Past};
pub use reverts::Reverts;

#[cfg(test)]
pub(crate) mod test_log;
