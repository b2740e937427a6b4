//! Which use case does a job stand for?
//!
//! In: a job of the queue. Out: the use case carried out, or the word to the queue what to do about its failure. The
//! worker's span gives every line logged on the way its delivery, repository and pull request.

use super::{Context, Failure, Handler};
use crate::domain::Timestamp;
use crate::pipeline::{self, App, Error, Try, Work};
use crate::store::{HANDLE_DELIVERY, Job};
use std::sync::Arc;
use tokio::sync::watch;
use tracing::warn;

/// Pause between two looks for what was missed.
const CATCH_UP_INTERVAL_SECONDS: i64 = 3_600;

/// Pause between two rounds of tidying up.
const TIDY_INTERVAL_SECONDS: i64 = 60;

/// Carries out jobs with one running App.
pub struct Dispatch {
    app: Arc<App>,
    /// True once the process is asked to stop.
    stopping: watch::Receiver<bool>,
}

impl Dispatch {
    /// `stopping` turns true when the process is asked to stop: reviews under way then end their check runs.
    pub fn new(app: Arc<App>, stopping: watch::Receiver<bool>) -> Self {
        Self { app, stopping }
    }

    /// Enqueues the work that repeats itself: looking for what was missed, and tidying up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_recurring(&self) -> Result<(), Error> {
        let now = self.app.now();
        self.app.store.enqueue(&Work::CatchUp.into_job(None, now)).await?;
        self.app.store.enqueue(&Work::TidyUp.into_job(None, now)).await?;
        Ok(())
    }

    async fn carry_out(&self, job: &Job) -> Result<(), Failure> {
        let app = &*self.app;
        if job.kind == HANDLE_DELIVERY {
            let delivery = job.delivery.as_deref().unwrap_or_default();
            return answer(pipeline::handle_delivery(app, delivery).await);
        }
        let work = Work::of_job(job).map_err(Failure::permanent)?;
        let this_try = Try { number: job.attempt, max: job.max_attempts };
        let done = match &work {
            Work::ReviewPullRequest(ask) => {
                let mut stopping = self.stopping.clone();
                let stop = async move {
                    // Without a sender nobody will ever ask to stop.
                    if stopping.wait_for(|stop| *stop).await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                pipeline::review_pull_request(app, ask, this_try, stop).await
            }
            Work::ReviewHead(ask) => pipeline::review_head(app, ask).await,
            Work::RunCommand(ask) => pipeline::run_command(app, ask).await,
            Work::AnswerMergeGroup(ask) => pipeline::answer_merge_group(app, ask).await,
            Work::MineRepository(ask) => pipeline::mine_repository(app, ask).await,
            Work::ReadCoverage(ask) => pipeline::read_coverage(app, ask).await,
            Work::CatchUp => {
                let done = pipeline::catch_up(app).await;
                self.again(Work::CatchUp, CATCH_UP_INTERVAL_SECONDS, this_try, done).await
            }
            Work::CatchUpInstallation { installation_id } => {
                pipeline::catch_up_installation(app, *installation_id).await
            }
            Work::TidyUp => {
                let done = self.tidy_up().await;
                self.again(Work::TidyUp, TIDY_INTERVAL_SECONDS, this_try, done).await
            }
        };
        if let Err(Error::GitHub(error)) = &done
            && error.is_installation_closed()
        {
            warn!(%error, "nothing is left to do for a closed installation");
            return answer(app.note_closed(error).await);
        }
        answer(done)
    }

    /// Enqueues the next round of work that repeats itself, unless this round will be tried again. A round that failed
    /// for good must not be the last.
    async fn again(
        &self,
        work: Work,
        interval_seconds: i64,
        this_try: Try,
        done: Result<(), Error>,
    ) -> Result<(), Error> {
        if done.as_ref().err().is_none_or(|failure| this_try.is_last_for(failure)) {
            let next = Timestamp(self.app.now().0 + interval_seconds);
            self.app.store.enqueue(&work.into_job(None, next)).await?;
        }
        done
    }

    async fn tidy_up(&self) -> Result<(), Error> {
        pipeline::end_overdue(&self.app).await?;
        self.app.store.prune(self.app.now()).await?;
        Ok(())
    }
}

impl Handler for Dispatch {
    async fn run(&self, job: &Job, _context: &Context) -> Result<(), Failure> {
        self.carry_out(job).await
    }
}

/// What the queue should do about a failure.
fn answer(done: Result<(), Error>) -> Result<(), Failure> {
    done.map_err(|error| match error.retry_at() {
        Some(at) => Failure::retry_at(at, error),
        None if error.is_retryable() => Failure::retry(error),
        None => Failure::permanent(error),
    })
}
