//! Which lines of this change are worth a second look first?
//!
//! In: the changed files with their text, and the history before them. Out: at most three spots, and how often such spots
//! were right on this repository's own past. Shown only where they found more of the lines that were later repaired
//! than the three longest spots did, so surely that the whole 95% interval of the difference is above zero.
//! Method: a conditional logit (McFadden, 1974) over the spots of a change. Its weights were learned on the
//! bug-introducing changes of other repositories; `docs/decisions/0018-attention-and-explanations.md` says which.
//! Never looks at what came after the change, and never points at a line outside the diff.

mod clues;
mod judge;
mod learn;
mod past;
mod spots;
#[cfg(test)]
mod tests;
mod weights;

use crate::code::Function;
use crate::domain::{BlobId, Hunk, Log, Timestamp};
use crate::history::LineHistory;
use crate::models::answer::{AttentionSpot, LineAttention, TrackRecord};

pub use clues::{CLUES, Seen, see};
pub use judge::{HitRates, MIN_JUDGED, judge};
pub use learn::learn;
pub use past::{Lesson, MAX_FILES, MAX_LESSONS, Reading, lessons};
pub use spots::{MAX_SPOT_LINES, Spot, n_changed_functions};
pub use weights::{WEIGHTS, Weights};

/// Spots that are shown.
pub const MAX_SHOWN: usize = 3;

/// Changes whenever spots, clues, weights or the way they are judged change: a kept track record is then worth nothing.
pub const VERSION: &str = "attention-1";

/// Reasons told for one spot.
const MAX_REASONS: usize = 2;

/// What came before a change.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// All commits.
    pub log: &'a Log,
    /// Who changed which lines.
    pub lines: &'a LineHistory<'a>,
    /// Which commits repair, one entry for each commit of the log.
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
    /// Its functions, in order of their first line.
    pub functions: &'a [Function],
}

/// Why no spot may be shown under this track record, with the record; `None` where spots may be shown.
///
/// `record` is `None` where too little of the past could be judged.
pub fn silence(record: Option<TrackRecord>) -> Option<LineAttention> {
    let why = match record {
        None => format!(
            "fewer than {MIN_JUDGED} past changes that introduced a defect have more than {MAX_SHOWN} spots to choose from"
        ),
        Some(record) if record.difference_interval[0] <= 0.0 => not_better(&record),
        Some(_) => return None,
    };
    Some(LineAttention { spots: Vec::new(), not_shown: Some(why), track_record: record })
}

/// The spots to look at first, where the track record allows to show any.
pub fn attend(scene: &Scene<'_>, files: &[ChangedFile<'_>], record: Option<TrackRecord>) -> LineAttention {
    if let Some(silence) = silence(record) {
        return silence;
    }
    let seen = see(scene, files);
    let is_a_choice = seen.len() > MAX_SHOWN;
    LineAttention {
        spots: if is_a_choice { shown(files, &seen) } else { Vec::new() },
        not_shown: (!is_a_choice)
            .then(|| format!("the change has {} to look at: that needs no choice", count_of(seen.len()))),
        track_record: record,
    }
}

fn not_better(record: &TrackRecord) -> String {
    let TrackRecord { n, hit_rate, baseline_hit_rate, difference_interval: [low, high] } = record;
    format!(
        "on {n} past changes here one of three spots held a line that was later repaired in {:.0}%, one of the three \
         longest in {:.0}%: the 95% interval of the difference, {:+.1} to {:+.1} points, includes zero",
        100.0 * hit_rate,
        100.0 * baseline_hit_rate,
        100.0 * low,
        100.0 * high,
    )
}

fn count_of(n: usize) -> String {
    if n == 1 { "1 spot".to_owned() } else { format!("{n} spots") }
}

fn shown(files: &[ChangedFile<'_>], seen: &[Seen]) -> Vec<AttentionSpot> {
    let shares = WEIGHTS.shares(seen);
    let usual = mean_clues(seen);
    let spot = |at: usize| {
        let (seen, file) = (&seen[at], &files[seen[at].file]);
        AttentionSpot {
            file: file.path.to_owned(),
            first_line: seen.spot.first_line,
            last_line: seen.spot.last_line,
            function: seen.spot.function.map(|function| file.functions[function].name.clone()),
            share: shares[at],
            reasons: WEIGHTS.reasons(seen, &usual).into_iter().take(MAX_REASONS).collect(),
        }
    };
    judge::top(&shares).into_iter().map(spot).collect()
}

/// What the spots of this change have on average.
fn mean_clues(seen: &[Seen]) -> [f32; CLUES.len()] {
    std::array::from_fn(|clue| seen.iter().map(|seen| seen.clues[clue]).sum::<f32>() / seen.len().max(1) as f32)
}
