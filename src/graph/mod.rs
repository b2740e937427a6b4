//! Who depends on whom, and who changes with whom?
//!
//! In: facts of the files of one commit and the log before it. Out: an import graph and co-change counts. Never reads
//! a file itself, never guesses an edge it cannot resolve: unresolved imports are counted.

mod call_graph;
mod co_change;
mod drift;
mod files;
mod import_graph;
mod left_out;
mod pagerank;
mod prints;
mod resolve;
mod structure;
mod symbols;
#[cfg(test)]
mod tests;

pub use call_graph::{CallCounts, CallGraph, FunctionAt, MAX_CALLEES, ReachedFunction};
pub use co_change::{CoChange, Partner};
pub use drift::{AgainstTheGrain, Drift, MIN_GRAIN_IMPORTS, MIN_GRAIN_SHARE};
pub use files::SourceFile;
pub use import_graph::{ImportGraph, Reached};
pub use left_out::{LeftOut, Summary, in_graph};
pub use resolve::is_manifest;
pub use structure::{N_PIVOTS, Structure};
