//! What is to be done, by whom, and in which order?
//!
//! In: jobs. Out: each of them to one worker at a time, at least once, fairly between groups.
//! A waiting job is replaced by a later one with the same key; a running one is left alone and the later one waits.
//! A worker that stops answering loses its jobs to others when its lease ends, and cannot finish them any more.
//! Never runs a job: that is the `jobs` room's.
//!
//! Why this is ours and not a library's: `docs/decisions/0002-queue.md`.

mod bell;
mod claim;
mod dead_letters;
mod depth;
mod enqueue;
mod finish;
#[cfg(test)]
mod tests;

pub(super) use bell::Bell;
pub use claim::Claim;
pub(super) use claim::LeasesSeen;
pub use dead_letters::{DeadLetter, Revived};
pub use depth::Depth;
pub use enqueue::Enqueued;
pub(super) use enqueue::enqueue_job;
pub use finish::Lease;

use super::columns::{moment, number, optional_number, optional_text, text};
use super::error::Error;
use crate::domain::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// How often a job is tried before it becomes a dead letter. With the worker's back-off the last try comes about two
/// hours after the first, longer than most outages.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 15;

/// Longest error kept with a job, in characters: enough for a chain of causes.
const MAX_ERROR_CHARS: usize = 2_000;

/// Jobs of different lanes never wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Done in a moment: reading a delivery, acknowledging a command.
    Quick,
    /// May take minutes: mining and reviewing a repository.
    Long,
}

impl Lane {
    /// The lane as a column and a metric name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Long => "long",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "quick" => Ok(Self::Quick),
            "long" => Ok(Self::Long),
            _ => Err(Error::UnknownWord { column: "jobs.lane", value: text.to_owned() }),
        }
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Where it waits.
    pub lane: Lane,
    /// A verb with its object, such as `review_pull_request`.
    pub kind: String,
    /// Jobs of one group share their turns: the repository, `owner/name`.
    pub group: String,
    /// A later job with the same key takes the place of a waiting one, such as `review octo/hello#5`.
    pub key: Option<String>,
    /// What the handler needs, as JSON.
    pub payload: String,
    /// The delivery it comes from, for the log.
    pub delivery: Option<String>,
    /// The pull request it is about, for the log.
    pub pull_request: Option<u64>,
    /// Not before.
    pub run_at: Timestamp,
    /// Tries before it becomes a dead letter; at least one.
    pub max_attempts: u32,
}

impl NewJob {
    /// A quick job without group, key, delivery or pull request: set those with the struct update syntax.
    pub fn new(kind: impl Into<String>, payload: impl Into<String>, run_at: Timestamp) -> Self {
        Self {
            lane: Lane::Quick,
            kind: kind.into(),
            group: String::new(),
            key: None,
            payload: payload.into(),
            delivery: None,
            pull_request: None,
            run_at,
            max_attempts: DEFAULT_MAX_ATTEMPTS,
        }
    }
}

/// A job in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number, never given twice.
    pub id: i64,
    /// Counts every claim of this job: the proof that a worker still holds it.
    pub lease_number: i64,
    /// Where it waited.
    pub lane: Lane,
    /// A verb with its object.
    pub kind: String,
    /// The repository, `owner/name`, or empty.
    pub group: String,
    /// What a later job must share to replace it.
    pub key: Option<String>,
    /// What the handler needs, as JSON.
    pub payload: String,
    /// The delivery it comes from.
    pub delivery: Option<String>,
    /// The pull request it is about.
    pub pull_request: Option<u64>,
    /// This try, counted from 1.
    pub attempt: u32,
    /// Tries before it becomes a dead letter.
    pub max_attempts: u32,
    /// Earlier jobs whose place this one took.
    pub n_replaced: u32,
    /// When it, or the first job it replaced, was enqueued.
    pub enqueued_at: Timestamp,
}

/// Columns of a [`Job`], in the order they are asked for.
fn job_from(row: &AnyRow) -> Result<Job, sqlx::Error> {
    let lane = Lane::parse(&text(row, "lane")?).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Job {
        id: row.try_get("id")?,
        lease_number: row.try_get("lease_number")?,
        lane,
        kind: text(row, "kind")?,
        group: text(row, "group_name")?,
        key: optional_text(row, "key")?,
        payload: text(row, "payload")?,
        delivery: optional_text(row, "delivery")?,
        pull_request: optional_number(row, "pull_number")?,
        attempt: count(row, "attempt")?,
        max_attempts: count(row, "max_attempts")?,
        n_replaced: count(row, "n_replaced")?,
        enqueued_at: moment(row, "enqueued_at")?,
    })
}

fn count(row: &AnyRow, column: &str) -> Result<u32, sqlx::Error> {
    number(row, column).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}
