//! When may a change be called by the name of a kind at all?
//!
//! In: an observed change. Out: whether it meets the definition. To be strange is not enough: a name must be true in
//! everyday words, in any repository. How strange it is here, the forests say.

use super::columns::{Column, Kind};
use super::habits::Observed;

/// A large commit changes more lines than this.
pub const LARGE_LINES: u64 = 500;

/// A mass deletion takes away more lines than this, or at least [`MASS_FILES`] files.
pub const MASS_LINES: u64 = 500;

/// Files whose deletion is a mass deletion.
pub const MASS_FILES: usize = 10;

/// A mass deletion takes away this many times what it adds.
pub const MASS_RATIO: u64 = 4;

/// A complexity spike adds at least this much to one file's cyclomatic complexity,
pub const SPIKE_RISE: u32 = 10;

/// and at least this share of what it was,
pub const SPIKE_SHARE: f64 = 0.1;

/// or this much: in the largest files no step is a large share.
pub const SPIKE_RISE_ANYWHERE: u32 = 25;

/// Late means from this hour on,
pub const NIGHT_FROM: u32 = 22;

/// and before this one.
pub const NIGHT_UNTIL: u32 = 6;

/// An hour is unusual when no more than this share of the work is done at hours as rare.
pub const RARE_HOURS: f64 = 0.05;

/// A kind of file is unusual when no more than this share of the changes touched one.
pub const RARE_KINDS: f64 = 0.005;

/// Changes before which no kind of file is unusual.
pub const MIN_CHANGES_FOR_KINDS: u32 = 50;

/// Folders are strangers when their pairs changed together in this share of the changes of the rarer one, as -log10.
pub const STRANGE_COMPANY: f32 = 1.0;

/// Whether a change may be called by the name of `kind`.
pub fn holds(kind: Kind, change: &Observed) -> bool {
    let facts = &change.facts;
    match kind {
        Kind::LargeCommit => facts.lines_added + facts.lines_deleted > LARGE_LINES && !is_mass_deletion(change),
        Kind::MassDeletion => is_mass_deletion(change),
        Kind::ComplexitySpike => facts.spike.as_ref().is_some_and(|(_, before, after)| {
            let rise = after.saturating_sub(*before);
            rise >= SPIKE_RISE_ANYWHERE || (rise >= SPIKE_RISE && f64::from(rise) >= SPIKE_SHARE * f64::from(*before))
        }),
        Kind::LateNightCoding => facts.hour.is_some_and(|(hour, _, share)| is_night(hour) && share <= RARE_HOURS),
        Kind::UnusualFilePattern => has_rare_kind(change) || is_strange_company(change),
        Kind::DependencyInjection => !facts.findings.is_empty(),
    }
}

/// Whether an hour, 0 to 23, is at night.
pub fn is_night(hour: u32) -> bool {
    !(NIGHT_UNTIL..NIGHT_FROM).contains(&hour)
}

/// Whether the change touches a kind of file that is hardly ever touched here.
pub fn has_rare_kind(change: &Observed) -> bool {
    change.facts.rarest.as_ref().is_some_and(|rarest| {
        rarest.n_changes >= MIN_CHANGES_FOR_KINDS
            && f64::from(rarest.n_before) <= RARE_KINDS * f64::from(rarest.n_changes)
    })
}

/// Whether the change joins folders that hardly ever change together.
pub fn is_strange_company(change: &Observed) -> bool {
    change.values[Column::PairSurprise as usize] >= STRANGE_COMPANY
}

fn is_mass_deletion(change: &Observed) -> bool {
    let facts = &change.facts;
    (facts.lines_deleted > MASS_LINES || facts.n_deleted >= MASS_FILES)
        && facts.lines_deleted >= MASS_RATIO * facts.lines_added
}
