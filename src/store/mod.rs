//! What do we know, and what is still to be done?
//!
//! In: deliveries, jobs and facts about installations. Out: the same, later, after any crash.
//! One set of SQL texts serves SQLite and PostgreSQL; `dialect.rs` holds everything in which they differ.
//! Never answers a question about one installation with another's rows, and never reads the environment.
//!
//! Every SQL statement stands in one function named after the question it asks.

mod bug_forecasts;
mod check_runs;
mod clock;
mod columns;
mod coverage;
mod dialect;
mod error;
mod facts;
mod feature_rows;
mod inbox;
mod installations;
mod letterbox;
mod marks;
mod merged_changes;
mod migrations;
mod open;
mod predictions;
mod queue;
mod repositories;
mod retention;
mod reviews;
mod segments;
#[cfg(test)]
pub(crate) mod test_database;

pub use bug_forecasts::{BugForecast, BugForecastGrade};
pub use check_runs::{CheckRun, NewCheckRun};
pub use clock::Clock;
pub use coverage::MAX_COVERAGE_UPLOADS;
pub use error::Error;
pub(crate) use error::chain;
pub use facts::{FactsFiles, FactsLock, History, MAX_METRICS_KEPT, Note, Sources, VersionMetrics, facts_version};
pub use feature_rows::{FeatureRow, FeatureSet, Recipe};
pub use inbox::{Delivered, Delivery, HANDLE_DELIVERY, NewDelivery};
pub use installations::{Installation, InstallationState};
pub use merged_changes::MergedChange;
pub use open::Store;
pub use predictions::Prediction;
pub use queue::{Claim, DEFAULT_MAX_ATTEMPTS, DeadLetter, Depth, Enqueued, Job, Lane, Lease, NewJob, Revived};
pub use repositories::Repository;
pub use retention::Pruned;
pub use reviews::Review;
