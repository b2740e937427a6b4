//! Who is woken when there is work?
//!
//! In: a lane in which this process has put a job. Out: its workers look at once instead of at their next round.
//! Jobs of other processes are found by looking.

use super::super::open::Store;
use super::Lane;
use std::sync::Arc;
use tokio::sync::watch;

/// One count for each lane; a count that changes wakes whoever watches it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Bell {
    quick: Arc<watch::Sender<u64>>,
    long: Arc<watch::Sender<u64>>,
}

impl Bell {
    /// Wakes the workers of one lane.
    pub(in crate::store) fn ring(&self, lane: Lane) {
        self.of(lane).send_modify(|count| *count += 1);
    }

    /// Wakes all workers.
    pub(in crate::store) fn ring_all(&self) {
        self.ring(Lane::Quick);
        self.ring(Lane::Long);
    }

    fn of(&self, lane: Lane) -> &watch::Sender<u64> {
        match lane {
            Lane::Quick => &self.quick,
            Lane::Long => &self.long,
        }
    }
}

impl Store {
    /// A watch that changes whenever this process puts a job in the lane.
    pub fn watch_enqueued(&self, lane: Lane) -> watch::Receiver<u64> {
        self.bell.of(lane).subscribe()
    }
}
