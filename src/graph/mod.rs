//! Who depends on whom, and who changes with whom?
//!
//! In: facts of the files of one commit and the log before it. Out: an import graph and co-change counts. Never reads
//! a file itself, never guesses an edge it cannot resolve: unresolved imports are counted.

mod co_change;
mod files;
mod import_graph;
mod pagerank;
mod resolve;
#[cfg(test)]
mod tests;

pub use co_change::{CoChange, Partner};
pub use files::SourceFile;
pub use import_graph::{ImportGraph, Reached};
pub use resolve::is_manifest;
