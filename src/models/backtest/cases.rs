//! Which past changes show best what the score sees, and what it does not?
//!
//! In: judged changes. Out: the few that were scored highest and needed a fix, and the few that were scored lowest and
//! needed one all the same. Never names a person.

use super::{Judged, Repair, as_text};
use crate::domain::{CommitId, Timestamp};
use serde::Serialize;

/// More than these are not read.
const MAX_CASES: usize = 3;

/// One past change that needed a fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Which commit.
    pub commit: CommitId,
    /// First line of its message: a stranger's words.
    pub subject: String,
    /// Its moment.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// The score of its riskiest file.
    pub score: f64,
    /// The file that was fixed first, the riskiest or another: a stranger's words.
    pub path: String,
    /// That fix.
    pub repair: Repair,
}

pub(super) fn catches(judged: &[Judged]) -> Vec<Case> {
    let mut cases = cases(judged);
    cases.sort_by(|a, b| b.score.total_cmp(&a.score));
    cases.truncate(MAX_CASES);
    cases
}

pub(super) fn misses(judged: &[Judged]) -> Vec<Case> {
    let mut cases = cases(judged);
    cases.sort_by(|a, b| a.score.total_cmp(&b.score));
    cases.truncate(MAX_CASES);
    cases
}

/// Newest first, so that of equal scores the one people remember is shown.
fn cases(judged: &[Judged]) -> Vec<Case> {
    judged.iter().rev().filter_map(case).collect()
}

fn case(change: &Judged) -> Option<Case> {
    let (file, repair) = change.repair()?;
    Some(Case {
        commit: change.commit,
        subject: change.subject.clone(),
        at: change.at,
        score: change.score(),
        path: file.path.clone(),
        repair: repair.clone(),
    })
}
