//! How much is there to do?
//!
//! In: the present. Out: counts for the metrics and for whoever waits until nothing is left.

use super::super::error::Error;
use super::super::open::Store;
use crate::domain::Timestamp;
use sqlx::Row;

/// How full the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Jobs that wait, for their turn or for their time.
    pub n_queued: u64,
    /// Jobs in a worker's hands.
    pub n_running: u64,
    /// Dead letters.
    pub n_dead: u64,
    /// How long the job that has waited longest beyond its time has done so.
    pub oldest_wait_seconds: u64,
}

impl Store {
    /// How full the queue is now.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn depth(&self, now: Timestamp) -> Result<Depth, Error> {
        let rows =
            sqlx::query("select state, count(*) as n_jobs, min(run_at) as oldest_run_at from jobs group by state")
                .fetch_all(self.reader())
                .await
                .map_err(Error::query("measure the queue"))?;
        let mut depth = Depth::default();
        for row in rows {
            let question = |source| Error::Query { question: "measure the queue", source };
            let state: String = row.try_get("state").map_err(question)?;
            let n_jobs: i64 = row.try_get("n_jobs").map_err(question)?;
            let oldest_run_at: i64 = row.try_get("oldest_run_at").map_err(question)?;
            let n_jobs = n_jobs.unsigned_abs();
            match state.as_str() {
                "queued" => {
                    depth.n_queued = n_jobs;
                    depth.oldest_wait_seconds = u64::try_from(now.0 - oldest_run_at).unwrap_or_default();
                }
                "running" => depth.n_running = n_jobs,
                _ => depth.n_dead = n_jobs,
            }
        }
        Ok(depth)
    }
}
