//! Which words do all rooms share?
//!
//! In: nothing. Out: repositories, commits, file changes, pull requests, probabilities and points in time as plain
//! values. Never reads a disk, a network, a clock or the environment.

mod change;
mod ids;
mod probability;
mod pull_request;
mod secret;
mod skipped;
mod time;

pub use change::{Author, ChangeKind, Commit, FileChange, Hunk, Log, Tag};
pub use ids::{BlobId, CommitId, InvalidId, InvalidRepoName, RepoName};
pub use probability::{Band, Probability};
pub use pull_request::{Diff, DiffFile};
pub use secret::Secret;
pub use skipped::Skipped;
pub use time::{DAY_SECONDS, Timestamp};
