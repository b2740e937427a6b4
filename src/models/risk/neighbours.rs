//! Which earlier changes of this repository does the model find most like this one, and what became of them?
//!
//! In: a trained model and past changes whose outcome is known. Out: a [`Memory`] of them, kept beside the model, and
//! later the nearest of a new change. Two changes are near where many trees cannot tell them apart: they fall into
//! the same leaf (the proximity of Breiman, 2001). Of seven distances that were measured, this one's three nearest
//! foretold held-out outcomes best (`docs/decisions/0018-attention-and-explanations.md`).
//! Never remembers a change before its label is mature, and never tells what happened after the moment it is asked.

use super::{Error, Model};
use crate::domain::CommitId;
use crate::features::{ChangeRow, ChangeRows, Row, Table};
use crate::history::{Past, Reverts};
use crate::models::answer::{ChangeOutcome, SimilarChange};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// Past changes that are remembered, the newest with an outcome: a byte or two for each tree, so half a megabyte.
const MAX_REMEMBERED: usize = 3_000;

/// Neighbours that are told.
const MAX_TOLD: usize = 3;

/// Less alike than this is not alike: half of the trees tell the two apart.
const MIN_SIMILARITY: f64 = 0.5;

/// Past changes as the model sees them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    changes: Vec<Remembered>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    commit: CommitId,
    /// One for each tree.
    leaves: Vec<u32>,
}

impl Memory {
    /// The newest changes of `table`, a table of `past`, with a mature label, as `model` sees them; empty where the
    /// model has no change risk.
    ///
    /// # Errors
    /// [`Error::Trees`] when a row holds an infinite value, which rows of the catalogue never do.
    pub fn of(model: &Model, table: &Table, past: &Past<'_>) -> Result<Self, Error> {
        let mature: Vec<&ChangeRow> = table.changes.iter().filter(|row| row.label.is_some()).collect();
        let newest = &mature[mature.len().saturating_sub(MAX_REMEMBERED)..];
        let leaves = model.change_leaves(newest.iter().map(|row| &row.values))?;
        let commit = |row: &ChangeRow| past.log.commits[row.commit as usize].id;
        let remembered = newest.iter().zip(leaves).map(|(row, leaves)| Remembered { commit: commit(row), leaves });
        Ok(Self { changes: remembered.collect() })
    }

    /// As bytes that [`Memory::from_bytes`] reads.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(postcard::to_stdvec(self)?)
    }

    /// Reads a memory.
    ///
    /// # Errors
    /// [`Error::Store`] when the bytes are not a memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(postcard::from_bytes(bytes)?)
    }

    /// At most three remembered changes most like the one of `rows`, the most alike first and the newer of equals, with
    /// what `past` knows became of them.
    ///
    /// # Errors
    /// As [`Memory::of`].
    pub fn similar_changes(
        &self,
        model: &Model,
        rows: &ChangeRows,
        past: &Past<'_>,
    ) -> Result<Vec<SimilarChange>, Error> {
        let Some(leaves) = model.change_leaves(rows.change.iter())?.pop() else { return Ok(Vec::new()) };
        let places: FxHashMap<CommitId, u32> =
            past.order.iter().map(|commit| (past.log.commits[*commit as usize].id, *commit)).collect();
        let mut near: Vec<(f64, u32)> = self
            .changes
            .iter()
            .rev()
            .filter_map(|change| Some((change.similarity(&leaves), *places.get(&change.commit)?)))
            .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        near.truncate(MAX_TOLD);
        if near.is_empty() {
            return Ok(Vec::new());
        }
        let fates = Fates::of(past);
        Ok(near.into_iter().map(|(similarity, commit)| fates.tell(commit, similarity)).collect())
    }
}

impl Remembered {
    /// Share of the trees in which both fall into the same leaf.
    fn similarity(&self, leaves: &[u32]) -> f64 {
        let n_same = self.leaves.iter().zip(leaves).filter(|(a, b)| a == b).count();
        n_same as f64 / self.leaves.len().max(leaves.len()).max(1) as f64
    }
}

impl Model {
    /// The leaves of the change head's trees; none where there is no change risk.
    fn change_leaves<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Result<Vec<Vec<u32>>, Error> {
        let Some(head) = self.changes.head() else { return Ok(Vec::new()) };
        Ok(head.ensemble.leaves(&head.values(rows))?)
    }
}

/// What became of the commits of a past.
struct Fates<'a> {
    past: &'a Past<'a>,
    known: FxHashSet<u32>,
    reverts: Reverts,
}

impl<'a> Fates<'a> {
    fn of(past: &'a Past<'a>) -> Self {
        Self { past, known: past.order.iter().copied().collect(), reverts: Reverts::of(past.log) }
    }

    fn tell(&self, commit: u32, similarity: f64) -> SimilarChange {
        let told = &self.past.log.commits[commit as usize];
        let (outcome, by) = match (self.revert(commit), self.first_fix(commit)) {
            (Some(by), _) => (ChangeOutcome::Reverted, Some(by)),
            (None, Some(by)) => (ChangeOutcome::Fixed, Some(by)),
            (None, None) => (ChangeOutcome::Clean, None),
        };
        SimilarChange {
            commit: told.id,
            subject: told.subject().to_owned(),
            at: told.committed_at,
            similarity,
            outcome,
            by: by.map(|by| self.past.log.commits[by as usize].id),
        }
    }

    /// The commit of this past that undid it, unless this past knows that one was undone itself.
    fn revert(&self, commit: u32) -> Option<u32> {
        let known = |by: &u32| self.known.contains(by);
        let by = self.reverts.undone_by(commit).filter(known)?;
        self.reverts.undone_by(by).filter(known).is_none().then_some(by)
    }

    /// The oldest fix that blames it.
    fn first_fix(&self, commit: u32) -> Option<u32> {
        let fixes = self.past.introductions.iter().filter(|found| found.culprit == commit).map(|found| found.fix);
        fixes.min_by_key(|fix| (self.past.log.commits[*fix as usize].committed_at, *fix))
    }
}
