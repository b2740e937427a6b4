//! How does a job get from the queue to its end?
//!
//! In: a store, a handler, a signal to stop. Out: nothing until the signal; then every job in hand is finished or given
//! back. Each lane has its own places, so a long review never keeps a command from being acknowledged.
//! A claim is never interrupted: a job claimed and then forgotten would wait for its lease to end.
//! Never looks into a payload.

mod backoff;
mod supervise;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;

use crate::domain::Timestamp;
use crate::store::{Claim, Clock, Error, Job, Lane, Store, chain};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// What does the work.
pub trait Handler: Send + Sync + 'static {
    /// Does `job`. It may be run again after it succeeded, if the worker died before that was noted.
    ///
    /// Once [`Context::cancelled`] the handler has [`Settings::grace`] to end; what it has not finished by then another
    /// worker starts anew.
    ///
    /// # Errors
    /// [`Failure`] says whether trying again can help.
    fn run(&self, job: &Job, context: &Context) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Why a job was not done.
#[derive(Debug)]
pub enum Failure {
    /// It may work later.
    Retry {
        /// Not before; `None` leaves it to the worker's back-off.
        at: Option<Timestamp>,
        /// What went wrong.
        error: anyhow::Error,
    },
    /// It will never work.
    Permanent {
        /// What went wrong.
        error: anyhow::Error,
    },
}

impl Failure {
    /// It may work later, after the usual back-off.
    pub fn retry(error: impl Into<anyhow::Error>) -> Self {
        Self::Retry { at: None, error: error.into() }
    }

    /// It may work at `at` and not before, as GitHub's `Retry-After` says.
    pub fn retry_at(at: Timestamp, error: impl Into<anyhow::Error>) -> Self {
        Self::Retry { at: Some(at), error: error.into() }
    }

    /// It will never work.
    pub fn permanent(error: impl Into<anyhow::Error>) -> Self {
        Self::Permanent { error: error.into() }
    }
}

// With `?` an error means: try again later. Whoever knows better says so.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}

/// What a handler may ask while it works.
#[derive(Debug, Clone)]
pub struct Context {
    store: Store,
    clock: Clock,
    stop: watch::Receiver<bool>,
}

impl Context {
    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the work should end soon: the process stops, or another worker has taken the job over.
    pub fn is_cancelled(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until the work should end soon.
    pub async fn cancelled(&self) {
        is_set(&mut self.stop.clone()).await;
    }

    /// Whether a newer job with the same key waits: then this one's result will not be wanted.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn is_superseded(&self, job: &Job) -> Result<bool, Error> {
        self.store.is_superseded(job).await
    }
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name, for people who look into the queue: host and process, say.
    pub name: String,
    /// Jobs of the quick lane it does at a time.
    pub n_quick: usize,
    /// Jobs of the long lane it does at a time. Each may need a core and some hundred megabytes.
    pub n_long: usize,
    /// Long jobs of one group that may run at a time, over all workers. Quick ones have no such limit.
    pub max_long_per_group: u32,
    /// How long a job is this worker's without a sign of life; it gives one three times as often.
    pub lease: Duration,
    /// How often it asks for jobs that other processes enqueued, or whose time has come.
    pub poll_interval: Duration,
    /// How long running jobs may go on after the signal to stop.
    pub grace: Duration,
    /// When a failed job is tried again.
    pub backoff: Backoff,
    /// The present.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: format!("process {}", std::process::id()),
            n_quick: 4,
            n_long: 2,
            max_long_per_group: 1,
            lease: Duration::from_secs(60),
            poll_interval: Duration::from_secs(1),
            // Containers are killed ten seconds after the signal unless they ask for more.
            grace: Duration::from_secs(8),
            backoff: Backoff::default(),
            clock: Clock::system(),
        }
    }
}

/// Takes jobs and answers for them until `shutdown` turns true; returns when the last one has ended or was given back.
pub async fn run<H: Handler>(store: Store, handler: Arc<H>, settings: Settings, shutdown: watch::Receiver<bool>) {
    let (n_quick, n_long) = (settings.n_quick, settings.n_long);
    let worker = Worker { store, handler, settings: Arc::new(settings), shutdown };
    tokio::join!(worker.serve_lane(Lane::Quick, n_quick), worker.serve_lane(Lane::Long, n_long));
}

struct Worker<H> {
    store: Store,
    handler: Arc<H>,
    settings: Arc<Settings>,
    shutdown: watch::Receiver<bool>,
}

impl<H> Clone for Worker<H> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            handler: Arc::clone(&self.handler),
            settings: Arc::clone(&self.settings),
            shutdown: self.shutdown.clone(),
        }
    }
}

impl<H: Handler> Worker<H> {
    async fn serve_lane(&self, lane: Lane, n_places: usize) {
        let places = Arc::new(Semaphore::new(n_places));
        let mut shutdown = self.shutdown.clone();
        let mut enqueued = self.store.watch_enqueued(lane);
        let mut jobs = JoinSet::new();
        while let Some(place) = free_place(&places, &mut shutdown).await {
            match self.next_job(lane, &mut enqueued, &mut shutdown).await {
                Some(job) => jobs.spawn(self.clone().answer_for(job, place)),
                None => break,
            };
            while jobs.try_join_next().is_some() {}
        }
        while jobs.join_next().await.is_some() {}
    }

    async fn answer_for(self, job: Job, place: OwnedSemaphorePermit) {
        self.supervise(job).await;
        drop(place);
    }

    /// Waits for a job; `None` when it is time to stop.
    async fn next_job(
        &self,
        lane: Lane,
        enqueued: &mut watch::Receiver<u64>,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Option<Job> {
        loop {
            // Looked at before asking: a job enqueued while we ask ends the wait below at once.
            enqueued.mark_unchanged();
            match self.store.claim(&self.claim(lane)).await {
                Ok(Some(job)) => return Some(job),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(error = chain(&error), lane = lane.as_str(), "could not ask for a job");
                    enqueued.mark_unchanged();
                }
            }
            tokio::select! {
                () = is_set(shutdown) => return None,
                _ = enqueued.changed() => {}
                () = tokio::time::sleep(self.settings.poll_interval) => {}
            }
        }
    }

    fn claim(&self, lane: Lane) -> Claim {
        Claim {
            worker: self.settings.name.clone(),
            lane,
            now: self.settings.clock.now(),
            lease_seconds: whole_seconds(self.settings.lease),
            max_running_per_group: match lane {
                Lane::Quick => u32::MAX,
                Lane::Long => self.settings.max_long_per_group,
            },
        }
    }
}

/// Waits for a free place; `None` when it is time to stop.
async fn free_place(places: &Arc<Semaphore>, shutdown: &mut watch::Receiver<bool>) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        biased;
        () = is_set(shutdown) => None,
        place = Arc::clone(places).acquire_owned() => place.ok(),
    }
}

/// Waits until the signal is true. A signal whose sender is gone counts as given: nobody is left to give it.
async fn is_set(signal: &mut watch::Receiver<bool>) {
    let _ = signal.wait_for(|is_set| *is_set).await;
}

/// At least one second: a lease of none would be over before it began.
fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).max(1)
}
