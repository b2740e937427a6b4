//! What has GitHub told us?
//!
//! In: webhook deliveries, signature already checked. Out: each one once, however often it arrives.
//! A delivery and the job that handles it are written together: neither is ever there without the other.
//! The bodies are hostile text and are kept as bytes, never looked into here.

use super::columns::{moment, optional_moment, text};
use super::error::Error;
use super::open::Store;
use super::queue::{Lane, NewJob, enqueue_job};
use crate::domain::Timestamp;
use sqlx::AnyConnection;
use sqlx::Row;

/// Kind of the job that handles a delivery; its `delivery` says which.
pub const HANDLE_DELIVERY: &str = "handle_delivery";

/// A webhook as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// `X-GitHub-Delivery`: the same for every attempt to deliver the same event.
    pub id: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The repository it is about, `owner/name`, or empty: jobs of one repository take turns with those of others.
    pub repository: String,
    /// The pull request it is about, for the log.
    pub pull_request: Option<u64>,
    /// The raw body.
    pub body: Vec<u8>,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Kept, and a job will handle it.
    New,
    /// It was here before; nothing was done.
    Duplicate,
}

/// A kept webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `X-GitHub-Delivery`.
    pub id: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The raw body; `None` once it was handled and its retention has passed.
    pub body: Option<Vec<u8>>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When its job was done.
    pub handled_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a delivery and enqueues its [`HANDLE_DELIVERY`] job; once this returns, both survive a power cut.
    ///
    /// Deliveries that arrive together share one transaction.
    ///
    /// # Errors
    /// [`Error::Query`] when the database failed: nothing was kept then. [`Error::Closed`] after [`Store::close`].
    pub async fn deliver(&self, delivery: NewDelivery) -> Result<Delivered, Error> {
        self.letterbox.put(delivery).await
    }

    /// The delivery with this `X-GitHub-Delivery`.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn delivery(&self, id: &str) -> Result<Option<Delivery>, Error> {
        let question = Error::query("read a delivery");
        let row = sqlx::query("select id, event, body, received_at, handled_at from deliveries where id = $1")
            .bind(id)
            .fetch_optional(self.reader())
            .await
            .map_err(question)?;
        row.map(|row| delivery_from(&row)).transpose().map_err(Error::query("read a delivery"))
    }
}

fn delivery_from(row: &sqlx::any::AnyRow) -> Result<Delivery, sqlx::Error> {
    Ok(Delivery {
        id: text(row, "id")?,
        event: text(row, "event")?,
        body: row.try_get("body")?,
        received_at: moment(row, "received_at")?,
        handled_at: optional_moment(row, "handled_at")?,
    })
}

/// Keeps `delivery` and its job inside the caller's transaction.
pub(super) async fn keep(connection: &mut AnyConnection, delivery: &NewDelivery) -> Result<Delivered, Error> {
    if !insert_delivery(connection, delivery).await? {
        return Ok(Delivered::Duplicate);
    }
    enqueue_job(connection, &handling_job(delivery)).await?;
    Ok(Delivered::New)
}

/// Whether the delivery is new.
async fn insert_delivery(connection: &mut AnyConnection, delivery: &NewDelivery) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "insert into deliveries (id, event, body, received_at) values ($1, $2, $3, $4) on conflict (id) do nothing",
    )
    .bind(&delivery.id)
    .bind(&delivery.event)
    .bind(&delivery.body)
    .bind(delivery.received_at.0)
    .execute(connection)
    .await
    .map_err(Error::query("keep a delivery"))?;
    Ok(inserted.rows_affected() == 1)
}

fn handling_job(delivery: &NewDelivery) -> NewJob {
    NewJob {
        lane: Lane::Quick,
        group: delivery.repository.clone(),
        delivery: Some(delivery.id.clone()),
        pull_request: delivery.pull_request,
        ..NewJob::new(HANDLE_DELIVERY, "{}", delivery.received_at)
    }
}

/// Notes that the delivery was handled; from then on its retention runs.
pub(super) async fn delivery_handled(connection: &mut AnyConnection, id: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query("update deliveries set handled_at = $2 where id = $1 and handled_at is null")
        .bind(id)
        .bind(now.0)
        .execute(connection)
        .await
        .map_err(Error::query("mark a delivery as handled"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, delivery};
    use crate::store::{Claim, Lease};

    const NOW: Timestamp = Timestamp(1_000);

    #[tokio::test]
    async fn a_delivery_is_kept_with_its_job() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        assert_eq!(store.deliver(delivery("d-1", "octo/hello", NOW)).await.unwrap(), Delivered::New);

        let kept = store.delivery("d-1").await.unwrap().unwrap();
        assert_eq!((kept.event.as_str(), kept.handled_at), ("pull_request", None));
        assert_eq!(kept.body.as_deref(), Some(br#"{"n":"d-1"}"#.as_slice()));

        let job = store.claim(&Claim::new("w", Lane::Quick, NOW)).await.unwrap().unwrap();
        assert_eq!((job.kind.as_str(), job.delivery.as_deref()), (HANDLE_DELIVERY, Some("d-1")));
        assert_eq!(store.complete(&job, Timestamp(1_005)).await.unwrap(), Lease::Held);
        assert_eq!(store.delivery("d-1").await.unwrap().unwrap().handled_at, Some(Timestamp(1_005)));
    }

    #[tokio::test]
    async fn the_same_delivery_twice_is_one_job() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        assert_eq!(store.deliver(delivery("d-1", "octo/hello", NOW)).await.unwrap(), Delivered::New);
        assert_eq!(store.deliver(delivery("d-1", "octo/hello", NOW)).await.unwrap(), Delivered::Duplicate);
        assert_eq!(store.depth(NOW).await.unwrap().n_queued, 1);
    }

    // The sender saw no answer because the process died after the commit: it sends again, to the next process.
    #[tokio::test]
    async fn a_crash_between_keeping_and_answering_loses_nothing_and_doubles_nothing() {
        let database = TestDatabase::create().await;
        let first = Store::open(&database.url).await.unwrap();
        first.deliver(delivery("d-1", "octo/hello", NOW)).await.unwrap();
        drop(first);

        let second = Store::open(&database.url).await.unwrap();
        assert_eq!(second.deliver(delivery("d-1", "octo/hello", NOW)).await.unwrap(), Delivered::Duplicate);
        let claim = Claim::new("w", Lane::Quick, NOW);
        assert!(second.claim(&claim).await.unwrap().is_some());
        assert!(second.claim(&claim).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn two_hundred_deliveries_at_once_are_all_kept_and_twins_are_seen() {
        let database = TestDatabase::create().await;
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let store = database.store.clone();
                // Every id is sent twice.
                let delivery = delivery(&format!("d-{}", number / 2), "octo/hello", NOW);
                tokio::spawn(async move { store.deliver(delivery).await.unwrap() })
            })
            .collect();
        let mut n_new = 0;
        for task in tasks {
            n_new += usize::from(task.await.unwrap() == Delivered::New);
        }
        assert_eq!(n_new, 100);
        assert_eq!(database.store.depth(NOW).await.unwrap().n_queued, 100);
    }

    #[tokio::test]
    async fn a_body_of_any_bytes_comes_back_as_it_was() {
        let database = TestDatabase::create().await;
        let body: Vec<u8> = (0..=255).collect();
        let sent = NewDelivery { body: body.clone(), ..delivery("d-1", "", NOW) };
        database.store.deliver(sent).await.unwrap();
        assert_eq!(database.store.delivery("d-1").await.unwrap().unwrap().body, Some(body));
    }
}
