//! Which jobs never succeeded?
//!
//! In: a person's question, or their wish to try again. Out: dead letters with the error that ended them.

use super::super::columns::{moment, optional_text, text};
use super::super::error::Error;
use super::super::open::Store;
use super::count;
use crate::domain::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number.
    pub id: i64,
    /// A verb with its object.
    pub kind: String,
    /// The repository, `owner/name`, or empty.
    pub group: String,
    /// Its key, if it had one.
    pub key: Option<String>,
    /// The delivery it comes from.
    pub delivery: Option<String>,
    /// What the handler was given, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was given up.
    pub error: String,
    /// When.
    pub died_at: Timestamp,
}

/// What became of a dead letter that should be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revived {
    /// It waits in line with its tries uncounted.
    Queued,
    /// A newer job of its key waits: that one does the work, and the dead letter stays where it is.
    Superseded,
    /// There is no dead letter with this number.
    Unknown,
}

impl Store {
    /// The newest dead letters, newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, Error> {
        let rows = sqlx::query(
            "select id, kind, group_name, key, delivery, payload, attempt, error, died_at from jobs
              where state = 'dead' order by died_at desc, id desc limit $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list dead letters"))?;
        rows.iter().map(dead_letter_from).collect::<Result<_, _>>().map_err(Error::query("read a dead letter"))
    }

    /// Puts a dead letter back in line.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn revive(&self, id: i64, now: Timestamp) -> Result<Revived, Error> {
        match self.requeue_dead_letter(id, now).await {
            Ok(0) => Ok(Revived::Unknown),
            Ok(_) => {
                self.bell.ring_all();
                Ok(Revived::Queued)
            }
            Err(refused) if refused.is_unique_violation() => Ok(Revived::Superseded),
            Err(error) => Err(error),
        }
    }

    async fn requeue_dead_letter(&self, id: i64, now: Timestamp) -> Result<u64, Error> {
        let requeued = sqlx::query(
            "update jobs set state = 'queued', attempt = 0, run_at = $2, died_at = null where id = $1 and state = 'dead'",
        )
        .bind(id)
        .bind(now.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("revive a dead letter"))?;
        Ok(requeued.rows_affected())
    }
}

fn dead_letter_from(row: &AnyRow) -> Result<DeadLetter, sqlx::Error> {
    Ok(DeadLetter {
        id: row.try_get("id")?,
        kind: text(row, "kind")?,
        group: text(row, "group_name")?,
        key: optional_text(row, "key")?,
        delivery: optional_text(row, "delivery")?,
        payload: text(row, "payload")?,
        attempts: count(row, "attempt")?,
        error: optional_text(row, "error")?.unwrap_or_default(),
        died_at: moment(row, "died_at")?,
    })
}
