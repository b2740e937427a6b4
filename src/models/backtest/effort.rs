//! What would somebody have met who reads only the riskiest changes?
//!
//! In: scored changes. Out: the share of those that needed a fix, within a fifth of the changed lines and within a fifth
//! of the changes. Small changes first is nearly free and stands beside it.

use super::Scored;
use crate::models::evaluation::caught_in_riskiest_fifth;
use serde::Serialize;

/// The part of all changed lines that is read (Mende and Koschke, 2010).
const EFFORT_SHARE: f64 = 0.2;

/// Shares of the changes that needed a fix.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effort {
    /// Part of the changed lines that is read: 0.2.
    pub share_of_lines: f64,
    /// Met while reading changes by score over lines until that part is read.
    pub recall: f64,
    /// Met while reading the smallest changes first.
    pub recall_smallest_first: f64,
    /// Met among the riskiest fifth of the changes, whatever their size.
    pub recall_riskiest_fifth: f64,
}

pub(super) fn effort(changes: &[Scored]) -> Effort {
    let scores: Vec<f64> = changes.iter().map(|change| change.score).collect();
    let labels: Vec<bool> = changes.iter().map(|change| change.needed_fix).collect();
    Effort {
        share_of_lines: EFFORT_SHARE,
        recall: recall_within(changes, |change| change.score / change.n_lines.max(1.0)),
        recall_smallest_first: recall_within(changes, |change| -change.n_lines),
        recall_riskiest_fifth: caught_in_riskiest_fifth(&scores, &labels).unwrap_or(0.0),
    }
}

/// Reads in falling order of `priority` while the lines last; changes of equal priority in time order.
fn recall_within(changes: &[Scored], priority: impl Fn(&Scored) -> f64) -> f64 {
    let mut order: Vec<&Scored> = changes.iter().collect();
    order.sort_by(|a, b| priority(b).total_cmp(&priority(a)));
    let room = EFFORT_SHARE * changes.iter().map(|change| change.n_lines).sum::<f64>();
    let mut n_lines = 0.0;
    let fits = |change: &&&Scored| {
        n_lines += change.n_lines;
        n_lines <= room
    };
    let n_met = order.iter().take_while(fits).filter(|change| change.needed_fix).count();
    n_met as f64 / changes.iter().filter(|change| change.needed_fix).count().max(1) as f64
}
