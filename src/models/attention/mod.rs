//! Which lines of this change are worth a second look first?

mod clues;
mod past;
mod spots;

use crate::code::Function;
use crate::domain::{BlobId, Hunk, Log, Timestamp};
use crate::history::LineHistory;

pub use clues::{CLUES, Seen, see};
pub use past::{Lesson, lessons};
pub use spots::{MAX_SPOT_LINES, Spot};

/// What came before a change.
pub struct Scene<'a> {
    /// All commits.
    pub log: &'a Log,
    /// Who changed which lines.
    pub lines: &'a LineHistory<'a>,
    /// Which commits repair.
    pub is_fix: &'a [bool],
    /// Only commits below this index are looked at.
    pub before: u32,
    /// The change's moment.
    pub at: Timestamp,
}

/// One changed source file.
#[derive(Debug, Clone, Copy)]
pub struct ChangedFile<'a> {
    /// Path after the change.
    pub path: &'a str,
    /// Path (index into [`Log::paths`]) and content before; `None` for a new file.
    pub before: Option<(u32, BlobId)>,
    /// Changed regions.
    pub hunks: &'a [Hunk],
    /// Text after the change.
    pub text: &'a str,
    /// Its functions.
    pub functions: &'a [Function],
}
