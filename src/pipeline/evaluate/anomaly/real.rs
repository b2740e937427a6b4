//! Which commits turned out to be wrong?
//!
//! In: a past. Out: commits that a later one reverts, and commits of a release that a fix in the next release blames,
//! when that release had to follow within a week. None of it is known at the time of the commit: these are labels.

use crate::domain::Timestamp;
use crate::history::{Past, Reverts};
use rustc_hash::{FxHashMap, FxHashSet};

/// A release that had to be followed within this many days was a bad one.
const HOT_FIX_DAYS: f64 = 7.0;

/// Real anomalies of one past.
pub(super) struct Real {
    reverted: FxHashSet<u32>,
    hot_fixed: FxHashSet<u32>,
}

impl Real {
    pub(super) fn is_reverted(&self, commit: u32) -> bool {
        self.reverted.contains(&commit)
    }

    pub(super) fn is_hot_fixed(&self, commit: u32) -> bool {
        self.hot_fixed.contains(&commit)
    }

    pub(super) fn is_any(&self, commit: u32) -> bool {
        self.is_reverted(commit) || self.is_hot_fixed(commit)
    }
}

/// Finds them.
pub(super) fn of(past: &Past<'_>) -> Real {
    let reverts = Reverts::of(past.log);
    let position: FxHashMap<u32, usize> = past.order.iter().enumerate().map(|(at, commit)| (*commit, at)).collect();
    let is_known = |commit: u32| position.contains_key(&commit);
    let reverted = past.order.iter().copied().filter(|commit| reverts.undone_by(*commit).is_some_and(is_known));
    Real { reverted: reverted.collect(), hot_fixed: hot_fixed(past, &position) }
}

/// Releases are taken in the order of their commits; a commit belongs to the first release at or after it.
fn hot_fixed(past: &Past<'_>, position: &FxHashMap<u32, usize>) -> FxHashSet<u32> {
    let mut releases: Vec<(usize, Timestamp)> = past
        .log
        .tags
        .iter()
        .filter_map(|tag| Some((*position.get(&tag.commit)?, past.log.commits[tag.commit as usize].committed_at)))
        .collect();
    releases.sort_unstable();
    releases.dedup_by_key(|(at, _)| *at);
    let release_of = |commit: u32| {
        let place = position.get(&commit)?;
        Some(releases.partition_point(|(at, _)| at < place))
    };
    let is_bad = |release: usize| {
        releases
            .get(release)
            .zip(releases.get(release + 1))
            .is_some_and(|((_, at), (_, next_at))| next_at.days_since(*at) <= HOT_FIX_DAYS)
    };
    let blamed = past.introductions.iter().filter(|found| {
        let releases = release_of(found.culprit).zip(release_of(found.fix));
        releases.is_some_and(|(bad, next)| next == bad + 1 && is_bad(bad))
    });
    blamed.map(|found| found.culprit).collect()
}
