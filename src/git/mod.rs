//! What does the repository hold?
//!
//! In: a path to a git repository and names of revisions. Out: the mined [`crate::domain::Log`], the difference a
//! pull request makes, file contents. References are git2's, objects are read with gix (`objects` alone knows it); the
//! network is used by [`mirror`] alone. Never runs hooks, filters, submodules or anything else a repository asks for.

mod chains;
mod changes;
mod commit_text;
mod diff;
mod error;
mod line_diff;
mod mailmap;
mod mine;
pub mod mirror;
mod myers;
mod numstat;
mod objects;
mod people;
mod renames;
mod repository;
mod spread;
mod trees;
mod walk;

pub use error::Error;
pub use mine::{Mined, mine};
pub use numstat::{NumstatRow, numstat_rows};
pub use repository::{EntryKind, Repository, TreeFile};

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
pub(crate) mod test_repository;
#[cfg(test)]
mod tests;
