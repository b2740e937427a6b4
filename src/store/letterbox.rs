//! How do hundreds of deliveries a second reach a disk that syncs a few hundred times a second?
//!
//! In: deliveries, each with somebody waiting for the answer. Out: the answers, after the commit that keeps them.
//! One task takes whatever has arrived, writes it in one transaction and answers all at once (a group commit), so the
//! more arrives, the fewer syncs each delivery costs. A delivery that fails cannot take its neighbours down: the group
//! is written again one by one.

use super::dialect::Dialect;
use super::error::{Error, chain};
use super::inbox::{Delivered, NewDelivery, keep};
use super::queue::{Bell, Lane};
use sqlx::AnyPool;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Deliveries that share a transaction: at 25 kB each about 3 MB, some milliseconds of writing.
const MAX_GROUP: usize = 128;

/// Deliveries that wait for the writer before senders are held back.
const MAX_WAITING: usize = 256;

/// The slot through which deliveries go in.
#[derive(Clone, Debug)]
pub(super) struct Letterbox {
    letters: mpsc::Sender<Letter>,
}

#[derive(Debug)]
struct Letter {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<Delivered, Error>>,
}

impl Letterbox {
    /// Starts the task that writes; it ends when the last clone of the letterbox is dropped.
    pub(super) fn start(pool: AnyPool, dialect: Dialect, bell: Bell) -> Self {
        let (letters, inbox) = mpsc::channel(MAX_WAITING);
        tokio::spawn(write_letters(inbox, pool, dialect, bell));
        Self { letters }
    }

    /// Hands a delivery in and waits until it is kept.
    pub(super) async fn put(&self, delivery: NewDelivery) -> Result<Delivered, Error> {
        let (answer, answered) = oneshot::channel();
        self.letters.send(Letter { delivery, answer }).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

async fn write_letters(mut inbox: mpsc::Receiver<Letter>, pool: AnyPool, dialect: Dialect, bell: Bell) {
    let mut group = Vec::with_capacity(MAX_GROUP);
    while inbox.recv_many(&mut group, MAX_GROUP).await > 0 {
        write_group(&pool, dialect, std::mem::take(&mut group)).await;
        bell.ring(Lane::Quick);
    }
}

/// Writes and answers every letter of the group.
async fn write_group(pool: &AnyPool, dialect: Dialect, group: Vec<Letter>) {
    match write_together(pool, dialect, &group).await {
        Ok(outcomes) => answer_each(group, outcomes),
        // The database works and one of the deliveries does not please it.
        Err(error) if error.is_refusal() && group.len() > 1 => {
            tracing::warn!(
                error = chain(&error),
                n_deliveries = group.len(),
                "could not keep a group of deliveries: one by one now"
            );
            write_one_by_one(pool, dialect, group).await;
        }
        Err(error) => refuse_all(group, error),
    }
}

async fn write_one_by_one(pool: &AnyPool, dialect: Dialect, group: Vec<Letter>) {
    for letter in group {
        match write_together(pool, dialect, std::slice::from_ref(&letter)).await {
            Ok(outcomes) => answer_each(vec![letter], outcomes),
            Err(error) => refuse_all(vec![letter], error),
        }
    }
}

/// What became of each letter, in order, once all of them are on disk.
async fn write_together(pool: &AnyPool, dialect: Dialect, group: &[Letter]) -> Result<Vec<Delivered>, Error> {
    let mut transaction = pool.begin_with(dialect.begin()).await.map_err(Error::query("begin to keep deliveries"))?;
    let mut outcomes = Vec::with_capacity(group.len());
    for letter in group {
        outcomes.push(keep(&mut transaction, &letter.delivery).await?);
    }
    transaction.commit().await.map_err(Error::query("commit deliveries"))?;
    Ok(outcomes)
}

// Whoever stopped waiting for an answer does not need one: GitHub closes a request after ten seconds.
fn answer_each(group: Vec<Letter>, outcomes: Vec<Delivered>) {
    for (letter, outcome) in group.into_iter().zip(outcomes) {
        let _ = letter.answer.send(Ok(outcome));
    }
}

fn refuse_all(group: Vec<Letter>, error: Error) {
    let error = Arc::new(error);
    for letter in group {
        let _ = letter.answer.send(Err(Error::Deliver { source: Arc::clone(&error) }));
    }
}
