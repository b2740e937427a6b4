//! Does the worker keep the queue's promises?

use super::*;
use crate::store::test_database::TestDatabase;
use crate::store::{DeadLetter, Depth, NewJob};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Does what the payload says and tells the test when it has begun.
struct Scripted {
    begun: mpsc::UnboundedSender<Job>,
    n_running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Handler for Scripted {
    async fn run(&self, job: &Job, context: &Context) -> Result<(), Failure> {
        let n_running = self.n_running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(n_running, Ordering::SeqCst);
        let _running = Running(&self.n_running);
        let _ = self.begun.send(job.clone());
        follow(job, context).await
    }
}

/// Counted down however the handler ends, by being stopped too.
struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn follow(job: &Job, context: &Context) -> Result<(), Failure> {
    match job.payload.as_str() {
        "fail" => Err(Failure::retry(anyhow::anyhow!("no answer").context("could not ask GitHub"))),
        "fail once" if job.attempt == 1 => Err(std::io::Error::other("no answer"))?,
        "fail until 5000" => Err(Failure::retry_at(Timestamp(5_000), anyhow::anyhow!("rate limited"))),
        "refuse" => Err(Failure::permanent(anyhow::anyhow!("the repository is gone"))),
        "panic" => panic!("index out of bounds"),
        "hang" => std::future::pending().await,
        "until cancelled" => {
            context.cancelled().await;
            Err(Failure::retry(anyhow::anyhow!("stopped half way")))
        }
        "yield" => {
            tokio::task::yield_now().await;
            Ok(())
        }
        _ => Ok(()),
    }
}

struct Bench {
    database: TestDatabase,
    handler: Arc<Scripted>,
    begun: mpsc::UnboundedReceiver<Job>,
    time: Arc<AtomicI64>,
    shutdown: watch::Sender<bool>,
}

impl Bench {
    async fn new() -> Self {
        let (sender, begun) = mpsc::unbounded_channel();
        let handler = Scripted { begun: sender, n_running: AtomicUsize::new(0), most_running: AtomicUsize::new(0) };
        Self {
            database: TestDatabase::create().await,
            handler: Arc::new(handler),
            begun,
            time: Arc::new(AtomicI64::new(1_000)),
            shutdown: watch::Sender::new(false),
        }
    }

    fn settings(&self) -> Settings {
        let time = Arc::clone(&self.time);
        Settings {
            poll_interval: Duration::from_millis(5),
            grace: Duration::from_millis(20),
            clock: Clock::from_fn(move || Timestamp(time.load(Ordering::SeqCst))),
            ..Settings::default()
        }
    }

    fn start(&self, settings: Settings) -> JoinHandle<()> {
        let store = self.database.store.clone();
        tokio::spawn(run(store, Arc::clone(&self.handler), settings, self.shutdown.subscribe()))
    }

    async fn enqueue(&self, payload: &str) {
        self.database.store.enqueue(&NewJob::new("work", payload, Timestamp(1_000))).await.unwrap();
    }

    async fn depth(&self) -> Depth {
        self.database.store.depth(Timestamp(1_000)).await.unwrap()
    }

    /// Waits until the queue looks as asked for.
    async fn until(&self, is_so: impl Fn(Depth) -> bool) {
        tokio::time::timeout(Duration::from_secs(20), async {
            while !is_so(self.depth().await) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .expect("the queue comes to look as asked for");
    }

    async fn dead_letter(&self) -> DeadLetter {
        self.until(|depth| depth.n_dead == 1).await;
        self.database.store.dead_letters(10).await.unwrap().remove(0)
    }
}

fn is_empty(depth: Depth) -> bool {
    depth.n_queued == 0 && depth.n_running == 0
}

#[tokio::test]
async fn every_job_is_done_and_no_more_at_a_time_than_there_are_places() {
    let bench = Bench::new().await;
    let worker = bench.start(Settings { n_quick: 3, ..bench.settings() });
    for _ in 0..30 {
        bench.enqueue("yield").await;
    }
    bench.until(is_empty).await;
    assert!(bench.handler.most_running.load(Ordering::SeqCst) <= 3);
    bench.shutdown.send_replace(true);
    worker.await.unwrap();
    assert_eq!(bench.depth().await, Depth::default());
}

#[tokio::test]
async fn a_failed_job_is_tried_again_after_its_back_off() {
    let mut bench = Bench::new().await;
    bench.start(bench.settings());
    bench.enqueue("fail once").await;
    assert_eq!(bench.begun.recv().await.unwrap().attempt, 1);
    bench.until(|depth| depth.n_queued == 1).await;
    bench.time.fetch_add(60, Ordering::SeqCst);
    assert_eq!(bench.begun.recv().await.unwrap().attempt, 2);
    bench.until(is_empty).await;
    assert_eq!(bench.depth().await.n_dead, 0);
}

#[tokio::test]
async fn a_job_that_names_a_time_is_not_tried_before() {
    let mut bench = Bench::new().await;
    bench.start(bench.settings());
    bench.enqueue("fail until 5000").await;
    bench.begun.recv().await.unwrap();
    bench.until(|depth| depth.n_queued == 1).await;
    bench.time.store(4_999, Ordering::SeqCst);
    // Another job passes it by, so the worker has looked.
    bench.enqueue("ok").await;
    assert_eq!(bench.begun.recv().await.unwrap().payload, "ok");
    bench.time.store(5_000, Ordering::SeqCst);
    assert_eq!(bench.begun.recv().await.unwrap().attempt, 2);
}

#[tokio::test]
async fn a_job_that_can_never_work_becomes_a_dead_letter_at_once() {
    let bench = Bench::new().await;
    bench.start(bench.settings());
    bench.enqueue("refuse").await;
    let letter = bench.dead_letter().await;
    assert_eq!((letter.error.as_str(), letter.attempts), ("the repository is gone", 1));
}

#[tokio::test]
async fn the_last_failed_try_leaves_a_dead_letter_with_the_whole_chain() {
    let bench = Bench::new().await;
    bench.start(bench.settings());
    let job = NewJob { max_attempts: 1, ..NewJob::new("work", "fail", Timestamp(1_000)) };
    bench.database.store.enqueue(&job).await.unwrap();
    assert_eq!(bench.dead_letter().await.error, "could not ask GitHub: no answer");
}

#[tokio::test]
async fn a_panic_is_a_failure_and_the_worker_goes_on() {
    let mut bench = Bench::new().await;
    bench.start(bench.settings());
    let job = NewJob { max_attempts: 1, ..NewJob::new("work", "panic", Timestamp(1_000)) };
    bench.database.store.enqueue(&job).await.unwrap();
    assert_eq!(bench.dead_letter().await.error, "the handler panicked: index out of bounds");
    bench.begun.recv().await.unwrap();
    bench.enqueue("ok").await;
    assert_eq!(bench.begun.recv().await.unwrap().payload, "ok");
}

#[tokio::test]
async fn a_long_job_does_not_keep_a_quick_one_waiting() {
    let mut bench = Bench::new().await;
    bench.start(Settings { n_quick: 1, n_long: 1, ..bench.settings() });
    let long = NewJob { lane: Lane::Long, ..NewJob::new("work", "hang", Timestamp(1_000)) };
    bench.database.store.enqueue(&long).await.unwrap();
    assert_eq!(bench.begun.recv().await.unwrap().payload, "hang");
    bench.enqueue("ok").await;
    assert_eq!(bench.begun.recv().await.unwrap().payload, "ok");
}

#[tokio::test]
async fn at_shutdown_jobs_are_told_and_what_is_unfinished_is_free_for_others_at_once() {
    for payload in ["hang", "until cancelled"] {
        let mut bench = Bench::new().await;
        let worker = bench.start(bench.settings());
        bench.enqueue(payload).await;
        bench.begun.recv().await.unwrap();
        bench.shutdown.send_replace(true);
        worker.await.unwrap();

        let claim = Claim::new("another", Lane::Quick, Timestamp(1_000));
        let job = bench.database.store.claim(&claim).await.unwrap().expect("the job is free");
        assert_eq!((job.payload.as_str(), job.attempt), (payload, 1));
    }
}

#[tokio::test]
async fn after_shutdown_nothing_new_is_begun() {
    let mut bench = Bench::new().await;
    bench.shutdown.send_replace(true);
    bench.enqueue("ok").await;
    bench.start(bench.settings()).await.unwrap();
    assert!(bench.begun.try_recv().is_err());
    assert_eq!(bench.depth().await.n_queued, 1);
}

#[tokio::test]
async fn a_killed_workers_job_is_taken_over_when_its_lease_ends() {
    let mut bench = Bench::new().await;
    let killed = bench.start(bench.settings());
    bench.enqueue("hang").await;
    assert_eq!(bench.begun.recv().await.unwrap().attempt, 1);
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());

    bench.time.fetch_add(61, Ordering::SeqCst);
    bench.start(bench.settings());
    let taken = bench.begun.recv().await.unwrap();
    assert_eq!((taken.payload.as_str(), taken.attempt), ("hang", 2));
}

#[tokio::test]
async fn a_worker_whose_job_was_taken_over_stops_it() {
    let mut bench = Bench::new().await;
    bench.start(Settings { lease: Duration::from_millis(60), ..bench.settings() });
    bench.enqueue("hang").await;
    bench.begun.recv().await.unwrap();
    // The clock jumps past the lease, and somebody else is quicker than the next sign of life.
    let claim = Claim::new("another", Lane::Quick, Timestamp(9_000));
    let taken = bench.database.store.claim(&claim).await.unwrap().expect("the lease is over");
    tokio::time::timeout(Duration::from_secs(20), async {
        while bench.handler.n_running.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("the handler is stopped");
    assert_eq!(bench.database.store.complete(&taken, Timestamp(9_000)).await.unwrap(), crate::store::Lease::Held);
}

#[tokio::test]
async fn a_job_taken_over_is_not_repeated_when_a_newer_one_waits() {
    let mut bench = Bench::new().await;
    let keyed = |payload| NewJob { key: Some("k".to_owned()), ..NewJob::new("work", payload, Timestamp(1_000)) };
    let store = &bench.database.store;
    store.enqueue(&keyed("old")).await.unwrap();
    store.claim(&Claim::new("killed", Lane::Quick, Timestamp(1_000))).await.unwrap().unwrap();
    store.enqueue(&keyed("new")).await.unwrap();

    bench.time.store(2_000, Ordering::SeqCst);
    bench.start(bench.settings());
    assert_eq!(bench.begun.recv().await.unwrap().payload, "new");
    bench.until(is_empty).await;
    assert!(bench.begun.try_recv().is_err());
}
