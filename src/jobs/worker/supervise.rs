//! What happens to one job while it is in our hands?
//!
//! In: a claimed job. Out: its end, noted in the queue. The handler runs in a task of its own, so a panic is a failure
//! like others. Beside it the lease is extended; if that fails for longer than the lease lasts, or another worker has
//! taken over, the handler is stopped and nothing is noted: the job is not ours any more.

use super::{Context, Failure, Handler, Worker, is_set, whole_seconds};
use crate::domain::Timestamp;
use crate::store::{Error, Job, Lease, chain};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

/// How often the end of a job is noted again when the database does not answer. Beyond that the lease ends and another
/// worker repeats the job.
const MAX_NOTE_TRIES: u32 = 5;

/// Between two of them.
const NOTE_PAUSE: Duration = Duration::from_millis(300);

/// How long a stopped handler may take to notice: it does at its next pause.
const ABORT_PATIENCE: Duration = Duration::from_secs(1);

/// How a job ended.
enum End {
    Done,
    Failed(Failure),
    /// The process stops and the grace is over.
    Interrupted,
    /// The job is another worker's.
    Lost,
}

impl<H: Handler> Worker<H> {
    /// Runs `job` and notes its end.
    pub(super) async fn supervise(&self, job: Job) {
        let span = tracing::info_span!(
            "job",
            job = job.id,
            kind = job.kind,
            attempt = job.attempt,
            key = job.key,
            delivery = job.delivery,
            repository = job.group,
            pull_request = job.pull_request,
        );
        async {
            let started = Instant::now();
            let end = if self.is_taken_over_for_nothing(&job).await { End::Done } else { self.watch_over(&job).await };
            let outcome = self.note(&job, end).await;
            let elapsed = started.elapsed();
            metrics::counter!("hyperion_jobs_total", "kind" => job.kind.clone(), "outcome" => outcome).increment(1);
            metrics::histogram!("hyperion_job_seconds", "kind" => job.kind.clone()).record(elapsed);
            tracing::info!(outcome, elapsed_ms = elapsed.as_millis() as u64, "ended {}", job.kind);
        }
        .instrument(span)
        .await;
    }

    /// Whether a newer job will do the work of this one, which was begun before and not finished.
    async fn is_taken_over_for_nothing(&self, job: &Job) -> bool {
        job.attempt > 1 && self.store.is_superseded(job).await.unwrap_or(false)
    }

    async fn watch_over(&self, job: &Job) -> End {
        let (stop, stopped) = watch::channel(false);
        let mut handler = self.start(job, stopped);
        let mut shutdown = self.shutdown.clone();
        let beat = self.settings.lease / 3;
        // The claim was the first sign of life.
        let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + beat, beat);
        let mut extended_at = Instant::now();
        let mut grace_ends = None;
        loop {
            tokio::select! {
                Some(result) = handler.join_next() => return end_of(result),
                _ = heartbeat.tick() => {
                    if self.is_lost(job, &mut extended_at).await {
                        break_off(handler, &stop).await;
                        return End::Lost;
                    }
                }
                () = is_set(&mut shutdown), if grace_ends.is_none() => {
                    let _ = stop.send(true);
                    grace_ends = Some(tokio::time::Instant::now() + self.settings.grace);
                }
                () = sleep_until(grace_ends), if grace_ends.is_some() => {
                    break_off(handler, &stop).await;
                    return End::Interrupted;
                }
            }
        }
    }

    /// Starts the handler in a task that ends when the returned set is dropped.
    fn start(&self, job: &Job, stop: watch::Receiver<bool>) -> JoinSet<Result<(), Failure>> {
        let context = Context { store: self.store.clone(), clock: self.settings.clock.clone(), stop };
        let (handler, job) = (self.handler.clone(), job.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { handler.run(&job, &context).await }.in_current_span());
        task
    }

    /// Extends the lease, and tells whether the job must be taken for lost.
    async fn is_lost(&self, job: &Job, extended_at: &mut Instant) -> bool {
        let until = self.settings.clock.now().0.saturating_add(whole_seconds(self.settings.lease));
        match self.store.extend_lease(job, Timestamp(until)).await {
            Ok(Lease::Held) => {
                *extended_at = Instant::now();
                false
            }
            Ok(Lease::Lost) => true,
            Err(error) => {
                tracing::warn!(error = chain(&error), "could not extend the lease of {}", job.kind);
                extended_at.elapsed() >= self.settings.lease
            }
        }
    }

    /// Notes how the job ended, and gives a word for it.
    async fn note(&self, job: &Job, end: End) -> &'static str {
        let now = self.settings.clock.now();
        match end {
            End::Done => outcome(job, "done", insist(|| self.store.complete(job, now)).await),
            End::Interrupted => self.give_back(job, now).await,
            // What was given up because we asked for it has not failed.
            End::Failed(Failure::Retry { at: None, .. }) if self.is_stopping() => self.give_back(job, now).await,
            End::Failed(Failure::Retry { at, error }) if job.attempt < job.max_attempts => {
                let when = at.unwrap_or_else(|| self.after_backoff(job, now));
                let error = format!("{error:#}");
                tracing::warn!(error, "could not {}, trying again at {when}", job.kind);
                outcome(job, "retried", insist(|| self.store.retry_at(job, when, &error)).await)
            }
            End::Failed(Failure::Retry { error, .. } | Failure::Permanent { error }) => {
                let error = format!("{error:#}");
                tracing::error!(error, payload_bytes = job.payload.len(), "gave up on {}", job.kind);
                outcome(job, "dead", insist(|| self.store.bury(job, &error, now)).await)
            }
            End::Lost => outcome(job, "lost", Lease::Lost),
        }
    }

    async fn give_back(&self, job: &Job, now: Timestamp) -> &'static str {
        outcome(job, "released", insist(|| self.store.release(job, now)).await)
    }

    // As in `is_set`: without a sender nobody is left to give the signal.
    fn is_stopping(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    fn after_backoff(&self, job: &Job, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.settings.backoff.wait_seconds(job.id, job.attempt)))
    }
}

fn end_of(result: Result<Result<(), Failure>, JoinError>) -> End {
    match result {
        Ok(Ok(())) => End::Done,
        Ok(Err(failure)) => End::Failed(failure),
        Err(error) => End::Failed(Failure::retry(anyhow::anyhow!("{}", panic_text(error)))),
    }
}

fn panic_text(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "the handler was stopped from outside".to_owned() };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))
}

/// Stops the handler at its next pause, and waits a moment for it.
async fn break_off(mut handler: JoinSet<Result<(), Failure>>, stop: &watch::Sender<bool>) {
    let _ = stop.send(true);
    handler.abort_all();
    let _ = tokio::time::timeout(ABORT_PATIENCE, handler.join_next()).await;
}

async fn sleep_until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The word for an end. One that was ours no longer to note is not what happened to the job: a worker that slept through
/// its lease may finish before its next sign of life tells it so.
fn outcome(job: &Job, word: &'static str, lease: Lease) -> &'static str {
    match lease {
        Lease::Held => word,
        Lease::Lost => {
            tracing::warn!("lost {} to another worker", job.kind);
            "lost"
        }
    }
}

/// Notes the end of a job, again if the database does not answer, and tells whether it was still ours to end.
async fn insist<F: Future<Output = Result<Lease, Error>>>(note: impl Fn() -> F) -> Lease {
    for _ in 1..MAX_NOTE_TRIES {
        match note().await {
            Ok(lease) => return lease,
            Err(_) => tokio::time::sleep(NOTE_PAUSE).await,
        }
    }
    note().await.unwrap_or_else(|error| {
        tracing::error!(error = chain(&error), "could not note the end of a job: it will be repeated");
        Lease::Held
    })
}
