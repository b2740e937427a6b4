//! How does a job end?
//!
//! In: a job in a worker's hands. Out: done, waiting again, given back, or a dead letter.
//! Only the newest holder may end a job: whoever lost the lease changes nothing and is told so.

use super::super::columns::bounded;
use super::super::error::Error;
use super::super::inbox::{HANDLE_DELIVERY, delivery_handled};
use super::super::open::Store;
use super::{Job, MAX_ERROR_CHARS};
use crate::domain::Timestamp;
use sqlx::AnyConnection;

/// Whether the job was still the worker's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// It was, and the question was carried out.
    Held,
    /// Another worker has taken over, or finished it: nothing was changed.
    Lost,
}

impl Lease {
    fn of(n_rows: u64) -> Self {
        if n_rows == 0 { Self::Lost } else { Self::Held }
    }
}

impl Store {
    /// Keeps the job for this worker until `until`.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn extend_lease(&self, job: &Job, until: Timestamp) -> Result<Lease, Error> {
        let extended =
            sqlx::query("update jobs set lease_until = $3 where id = $1 and lease_number = $2 and state = 'running'")
                .bind(job.id)
                .bind(job.lease_number)
                .bind(until.0)
                .execute(self.writer())
                .await
                .map_err(Error::query("extend a lease"))?;
        Ok(Lease::of(extended.rows_affected()))
    }

    /// Ends a job that is done. The delivery it handled is marked as handled with it.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn complete(&self, job: &Job, now: Timestamp) -> Result<Lease, Error> {
        let mut transaction = self.begin().await?;
        let lease = delete_job(&mut transaction, job).await?;
        if let (Lease::Held, HANDLE_DELIVERY, Some(delivery)) = (lease, job.kind.as_str(), &job.delivery) {
            delivery_handled(&mut transaction, delivery, now).await?;
        }
        transaction.commit().await.map_err(Error::query("commit a finished job"))?;
        Ok(lease)
    }

    /// Puts a failed job back in line, not to be tried before `when`. If a newer job of its key waits, that one does
    /// the work and this one ends.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn retry_at(&self, job: &Job, when: Timestamp, error: &str) -> Result<Lease, Error> {
        self.put_back(job, when, Some(error)).await
    }

    /// Gives an unfinished job back at once; the interrupted try does not count.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn release(&self, job: &Job, now: Timestamp) -> Result<Lease, Error> {
        let lease = self.put_back(job, now, None).await?;
        self.bell.ring(job.lane);
        Ok(lease)
    }

    /// Turns the job into a dead letter: it is kept with its error and not tried again.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn bury(&self, job: &Job, error: &str, now: Timestamp) -> Result<Lease, Error> {
        let buried = sqlx::query(
            "update jobs set state = 'dead', error = $3, died_at = $4, worker = null, lease_until = null
              where id = $1 and lease_number = $2 and state = 'running'",
        )
        .bind(job.id)
        .bind(job.lease_number)
        .bind(bounded(error, MAX_ERROR_CHARS))
        .bind(now.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("bury a job"))?;
        Ok(Lease::of(buried.rows_affected()))
    }

    /// Whether a newer job with the same key waits: then this one's result will not be wanted.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn is_superseded(&self, job: &Job) -> Result<bool, Error> {
        let newer = sqlx::query("select id from jobs where key = $1 and state = 'queued' and id <> $2")
            .bind(job.key.as_deref())
            .bind(job.id)
            .fetch_optional(self.reader())
            .await
            .map_err(Error::query("look for a newer job"))?;
        Ok(newer.is_some())
    }

    /// A newer job may be enqueued between the two statements; the unique key then refuses the second one, and the
    /// first, asked again, sees the newer job.
    async fn put_back(&self, job: &Job, when: Timestamp, error: Option<&str>) -> Result<Lease, Error> {
        if self.delete_if_superseded(job).await? == Lease::Held {
            return Ok(Lease::Held);
        }
        match self.requeue(job, when, error).await {
            Err(refused) if refused.is_unique_violation() => self.delete_if_superseded(job).await,
            outcome => outcome,
        }
    }

    async fn delete_if_superseded(&self, job: &Job) -> Result<Lease, Error> {
        let deleted = sqlx::query(
            "delete from jobs where id = $1 and lease_number = $2 and state = 'running'
                and exists (select 1 from jobs newer where newer.key = jobs.key and newer.state = 'queued')",
        )
        .bind(job.id)
        .bind(job.lease_number)
        .execute(self.writer())
        .await
        .map_err(Error::query("drop a superseded job"))?;
        Ok(Lease::of(deleted.rows_affected()))
    }

    async fn requeue(&self, job: &Job, when: Timestamp, error: Option<&str>) -> Result<Lease, Error> {
        let n_tries_forgiven = i64::from(error.is_none());
        let requeued = sqlx::query(
            "update jobs set state = 'queued', run_at = $3, error = coalesce($4, error), attempt = attempt - $5,
                    worker = null, lease_until = null
              where id = $1 and lease_number = $2 and state = 'running'",
        )
        .bind(job.id)
        .bind(job.lease_number)
        .bind(when.0)
        .bind(error.map(|error| bounded(error, MAX_ERROR_CHARS)))
        .bind(n_tries_forgiven)
        .execute(self.writer())
        .await
        .map_err(Error::query("put a job back in line"))?;
        Ok(Lease::of(requeued.rows_affected()))
    }
}

async fn delete_job(connection: &mut AnyConnection, job: &Job) -> Result<Lease, Error> {
    let deleted = sqlx::query("delete from jobs where id = $1 and lease_number = $2 and state = 'running'")
        .bind(job.id)
        .bind(job.lease_number)
        .execute(connection)
        .await
        .map_err(Error::query("complete a job"))?;
    Ok(Lease::of(deleted.rows_affected()))
}
