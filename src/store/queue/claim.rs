//! Who does what next?
//!
//! In: a worker that is free. Out: the first job in turn that may run now, leased to that worker, or nothing.
//! May run: it waits and its time has come, no job of its key runs, and its group has not reached its limit; or it runs
//! and its worker's lease has ended. A job whose worker died on its last try becomes a dead letter instead.

use super::super::error::Error;
use super::super::open::Store;
use super::{Job, Lane, job_from};
use crate::domain::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How long a claim lasts unless the worker extends it: long enough for a worker that is merely slow, short enough that
/// a dead worker's pull requests do not wait long.
const DEFAULT_LEASE_SECONDS: i64 = 60;

/// Jobs of one group that may run at a time in a lane, unless the worker says otherwise.
const DEFAULT_MAX_RUNNING_PER_GROUP: u32 = 2;

/// A free worker's question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The worker's name, for people who look into the table.
    pub worker: String,
    /// Where it looks.
    pub lane: Lane,
    /// The present.
    pub now: Timestamp,
    /// How long the job is its own.
    pub lease_seconds: i64,
    /// Jobs of one group that may run at a time, over all workers.
    pub max_running_per_group: u32,
}

impl Claim {
    /// A claim with the default lease and group limit.
    pub fn new(worker: impl Into<String>, lane: Lane, now: Timestamp) -> Self {
        Self {
            worker: worker.into(),
            lane,
            now,
            lease_seconds: DEFAULT_LEASE_SECONDS,
            max_running_per_group: DEFAULT_MAX_RUNNING_PER_GROUP,
        }
    }
}

/// What every claim does with the job it chose, and what it gives.
macro_rules! claim_sql {
    ($choice:literal, $still_so:literal) => {
        concat!(
            "update jobs
                set state = 'running', worker = $1, lease_until = $2, attempt = attempt + 1,
                    lease_number = lease_number + 1
              where id = (select candidate.id from jobs candidate where candidate.lane = $3 and ",
            $choice,
            " and (select count(*) from jobs peer
                    where peer.group_name = candidate.group_name and peer.lane = $3 and peer.state = 'running'
                      and peer.lease_until >= $4) < $5
                  order by candidate.turn, candidate.id limit 1 {skip_locked})
                and ",
            // Holds if the row changed since it was chosen.
            $still_so,
            " returning id, lease_number, lane, kind, group_name, key, payload, delivery, pull_number, attempt,
                       max_attempts, n_replaced, enqueued_at"
        )
    };
}

/// One statement for each state, so that each walks an index in turn and stops at the first row that will do.
const CLAIM_WAITING_JOB: &str = claim_sql!(
    "candidate.state = 'queued' and candidate.run_at <= $4
     and not exists (select 1 from jobs twin where twin.key = candidate.key and twin.state = 'running')",
    "state = 'queued'"
);

const TAKE_OVER_JOB: &str =
    claim_sql!("candidate.state = 'running' and candidate.lease_until < $4", "state = 'running' and lease_until < $4");

impl Store {
    /// The next job for this worker, or `None` when nothing may run now.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing was claimed.
    pub async fn claim(&self, claim: &Claim) -> Result<Option<Job>, Error> {
        let mut transaction = self.begin().await?;
        if let Some(wait) = self.dialect.take_turns_claiming() {
            sqlx::query(wait).execute(&mut *transaction).await.map_err(Error::query("wait for a turn to claim"))?;
        }
        // What a dead worker has begun comes first: its pull request has waited longest.
        let mut job = self.take_over(&mut transaction, claim).await?;
        if job.is_none() {
            job = take(&mut transaction, &self.dialect.text(CLAIM_WAITING_JOB), claim).await?;
        }
        transaction.commit().await.map_err(Error::query("commit a claim"))?;
        Ok(job)
    }

    /// The next job of a dead worker. Leases end on whole seconds, so one look a second and lane is enough.
    async fn take_over(&self, connection: &mut AnyConnection, claim: &Claim) -> Result<Option<Job>, Error> {
        if self.leases_seen.is_done(claim.lane, claim.now) {
            return Ok(None);
        }
        bury_exhausted_jobs(connection, claim).await?;
        let job = take(connection, &self.dialect.text(TAKE_OVER_JOB), claim).await?;
        if job.is_none() {
            self.leases_seen.done(claim.lane, claim.now);
        }
        Ok(job)
    }
}

/// The second in which each lane was last looked through for ended leases and none was left.
#[derive(Clone, Debug)]
pub(in crate::store) struct LeasesSeen(Arc<[AtomicI64; 2]>);

impl Default for LeasesSeen {
    fn default() -> Self {
        Self(Arc::new([AtomicI64::new(i64::MIN), AtomicI64::new(i64::MIN)]))
    }
}

impl LeasesSeen {
    fn is_done(&self, lane: Lane, now: Timestamp) -> bool {
        self.of(lane).load(Ordering::Relaxed) == now.0
    }

    fn done(&self, lane: Lane, now: Timestamp) {
        self.of(lane).store(now.0, Ordering::Relaxed);
    }

    fn of(&self, lane: Lane) -> &AtomicI64 {
        &self.0[usize::from(lane == Lane::Long)]
    }
}

/// The job that `sql` chooses, now this worker's.
async fn take(connection: &mut AnyConnection, sql: &str, claim: &Claim) -> Result<Option<Job>, Error> {
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(&claim.worker)
        .bind(claim.now.0.saturating_add(claim.lease_seconds))
        .bind(claim.lane.as_str())
        .bind(claim.now.0)
        .bind(i64::from(claim.max_running_per_group))
        .fetch_optional(connection)
        .await
        .map_err(Error::query("claim a job"))?;
    row.as_ref().map(job_from).transpose().map_err(Error::query("read the claimed job"))
}

/// Turns jobs whose worker stopped during their last try into dead letters.
async fn bury_exhausted_jobs(connection: &mut AnyConnection, claim: &Claim) -> Result<(), Error> {
    let buried = sqlx::query(
        "update jobs set state = 'dead', died_at = $1, error = 'the worker stopped without an answer'
          where state = 'running' and lease_until < $1 and attempt >= max_attempts",
    )
    .bind(claim.now.0)
    .execute(connection)
    .await
    .map_err(Error::query("bury exhausted jobs"))?;
    if buried.rows_affected() > 0 {
        tracing::error!(n_jobs = buried.rows_affected(), "buried jobs whose worker stopped during their last try");
    }
    Ok(())
}
