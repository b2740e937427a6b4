//! What does Hyperion do for a user, from loading to saving?
//!
//! In: the rooms before. Out: one file per use case: load, compute, save. Work that only computes runs on blocking
//! threads; work that talks runs on the async ones.

mod advise;
mod anomaly;
mod answer_merge_group;
mod app;
mod around;
pub mod backtest;
mod catch_up;
mod check_run;
mod command;
mod engine;
mod error;
pub mod evaluate;
pub mod export;
mod facts;
mod forecast_bugs;
mod handed_in;
mod handle_delivery;
mod import_graph;
pub mod ingest;
mod inputs;
mod learn_impact;
mod learn_reviews;
mod mine_repository;
mod open_pull_requests;
mod reach;
mod read_coverage;
mod read_sources;
mod recent_texts;
mod review_head;
mod review_pull_request;
mod run_command;
mod stopwatch;
pub mod train_base;
pub mod train_impact;
mod work;

pub use answer_merge_group::answer_merge_group;
pub use app::{App, repository_key};
pub use catch_up::{catch_up, catch_up_installation};
pub use check_run::end_overdue;
pub use engine::{Engine, Error as EngineError, ReviewRequest, Reviewed};
pub use error::{Error, Try};
pub use facts::Progress;
pub use forecast_bugs::MadeForecast;
pub use handed_in::{Asked, HandedIn, snapshot as coverage_snapshot};
pub use handle_delivery::handle_delivery;
pub use mine_repository::mine_repository;
pub use read_coverage::read_coverage;
pub use review_head::review_head;
pub use review_pull_request::review_pull_request;
pub use run_command::run_command;
pub use stopwatch::Lap;
pub use work::{
    AnswerMergeGroup, MineRepository, Place, ReadCoverage, ReviewHead, ReviewPullRequest, RunCommand, Work,
};

/// Threads that read or compute at the same time.
fn n_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// The result of a scoped thread; a panic goes on in the caller.
fn join<T>(worker: std::thread::ScopedJoinHandle<'_, T>) -> T {
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
