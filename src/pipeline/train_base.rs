//! What do many public repositories teach, and how well does it carry over to one that is none of them?
use super::Engine;
use super::facts::Progress;
use super::engine;
use crate::domain::{CommitId, Timestamp};
use crate::features::Table;
use crate::git;

/// x
pub fn table(engine: &Engine, repository: &git::Repository, key: &str, tip: CommitId, now: Timestamp, progress: &Progress<'_>) -> Result<Table, engine::Error> {
    engine.training_table(repository, key, tip, now, progress)
}
