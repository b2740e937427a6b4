//! Where does a new job stand in line?
//!
//! In: a job. Out: the job in its lane, in the place of a waiting one with the same key or at a turn of its own.
//!
//! Turns make groups alternate (start-time fair queueing, Goyal, Vin and Cheng, 1996): a group's first job gets the
//! turn that is being served, its second the next, and so on. Ten repositories with one pull request each do not wait
//! behind one repository with a thousand.

use super::super::columns::{bounded, from_optional_number};
use super::super::error::Error;
use super::super::open::Store;
use super::NewJob;
use sqlx::AnyConnection;
use sqlx::Row;

/// What became of an enqueued job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits at a turn of its own.
    New,
    /// It took the place of a waiting job with the same key.
    Replaced,
}

/// The turn is the one now served, or one after the group's last, whichever is later.
///
/// Served now is the newest turn that runs, or else the oldest that waits. A replacement keeps the place of the one it
/// replaces: its turn, the moment it was enqueued and the earlier of both starts. Its tries are counted anew.
const ENQUEUE: &str = "
insert into jobs (lane, kind, group_name, key, payload, delivery, pull_number, state, turn, run_at, enqueued_at,
                  max_attempts)
select $1, $2, $3, $4, $5, $6, $7, 'queued', max(places.turn), $8, $8, $9
  from (select coalesce((select max(turn) from jobs where lane = $1 and state = 'running'),
                        (select min(turn) from jobs where lane = $1 and state = 'queued'), 0) as turn
        union all
        select max(turn) + 1 from jobs where group_name = $3 and lane = $1 and state = 'queued'
        union all
        select max(turn) + 1 from jobs where group_name = $3 and lane = $1 and state = 'running') places
 where true
    on conflict (key) where state = 'queued' do update
   set lane = excluded.lane, kind = excluded.kind, group_name = excluded.group_name, payload = excluded.payload,
       delivery = excluded.delivery, pull_number = excluded.pull_number,
       run_at = case when jobs.run_at < excluded.run_at then jobs.run_at else excluded.run_at end,
       max_attempts = excluded.max_attempts, attempt = 0, error = null, n_replaced = jobs.n_replaced + 1
returning n_replaced";

impl Store {
    /// Puts `job` in line and wakes the workers of this process.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn enqueue(&self, job: &NewJob) -> Result<Enqueued, Error> {
        let mut transaction = self.begin().await?;
        let enqueued = enqueue_job(&mut transaction, job).await?;
        transaction.commit().await.map_err(Error::query("commit a job"))?;
        self.bell.ring(job.lane);
        Ok(enqueued)
    }
}

/// Puts `job` in line inside the caller's transaction, who wakes the workers after the commit.
pub(in crate::store) async fn enqueue_job(connection: &mut AnyConnection, job: &NewJob) -> Result<Enqueued, Error> {
    let row = sqlx::query(ENQUEUE)
        .bind(job.lane.as_str())
        .bind(bounded(&job.kind, 100))
        .bind(bounded(&job.group, 300))
        .bind(job.key.as_deref())
        .bind(&job.payload)
        .bind(job.delivery.as_deref())
        .bind(from_optional_number(job.pull_request))
        .bind(job.run_at.0)
        .bind(i64::from(job.max_attempts.max(1)))
        .fetch_one(connection)
        .await
        .map_err(Error::query("enqueue a job"))?;
    let n_replaced: i64 = row.try_get("n_replaced").map_err(Error::query("enqueue a job"))?;
    Ok(if n_replaced == 0 { Enqueued::New } else { Enqueued::Replaced })
}
