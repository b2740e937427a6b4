//! What did this repository's past teach of how far changes are felt?
//!
//! In: an open repository and its past. Out: the base network adapted to it, as it was kept or learned now; `None` where
//! there are too few changes to compare with. Reads the contents of some hundred commits when it learns: seconds.

use super::engine::{Engine, Error};
use super::facts::Progress;
use super::train_impact::telling;
use crate::domain::BlobId;
use crate::git;
use crate::history::Past;
use crate::models::impact::network::{self, Network, lessons};
use crate::models::impact::{Learned, MIN_PAST_CHANGES};

/// Name of the network in the registry.
const IMPACT_NETWORK: &str = "impact_network";

/// Newest commits that teach: what they would say of older code is rarely true of today's.
const MAX_COMMITS: usize = 250;

/// What the past teaches, kept for as long as a risk model is.
pub(super) fn learned(
    engine: &Engine,
    repository: &git::Repository,
    key: &str,
    past: &Past<'_>,
    progress: &Progress<'_>,
) -> Result<Option<Learned>, Error> {
    if let Some(kept) = engine.kept_model(key, IMPACT_NETWORK, network::MODEL_VERSION, past)
        && let Ok(learned) = Learned::from_bytes(&kept.bytes)
    {
        return Ok(Some(learned));
    }
    let telling = telling(past, (0.0, 1.0), usize::MAX);
    if telling.len() < MIN_PAST_CHANGES {
        return Ok(None);
    }
    progress("learning how far changes are felt", 0, 0);
    let newest = &telling[telling.len().saturating_sub(MAX_COMMITS)..];
    let text = |blob: BlobId| repository.text(blob);
    let lessons = lessons(past, &|nth| newest.binary_search(&nth).is_ok(), &text);
    let fail = |source| Error::Impact { key: key.to_owned(), source };
    let learned = Learned::learn(&Network::base().map_err(fail)?, &lessons);
    let bytes = learned.to_bytes().map_err(|source| fail(source.into()))?;
    engine.keep_model(key, IMPACT_NETWORK, network::MODEL_VERSION, past, bytes)?;
    Ok(Some(learned))
}
