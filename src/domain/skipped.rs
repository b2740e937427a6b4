//! What was left out, and why?

use serde::{Deserialize, Serialize};

/// Something that was not read because it broke a limit or could not be understood. Shown in the review's folded
/// notes: what was skipped is always said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// A path, a commit or a step, as a reader would name it.
    pub subject: String,
    /// The limit or the fault, lowercase, without a full stop.
    pub reason: String,
}

impl Skipped {
    /// Notes that `subject` was left out because of `reason`.
    pub fn new(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { subject: subject.into(), reason: reason.into() }
    }
}
