//! What does the past say about each file?
//!
//! In: a [`crate::domain::Log`], cut at a moment. Out: fix commits, bug-introducing changes, and which commits count.
//! Never sees a commit after the moment it is asked about.

mod fixes;
mod labels;
mod landings;
mod lines;
mod past;

pub use fixes::{FixEvidence, fix_evidence, is_fix_diff};
pub use labels::Labels;
pub use landings::landings;
pub use lines::{LineHistory, Origin};
pub use past::{Introduction, Past};

#[cfg(test)]
mod test_log;
