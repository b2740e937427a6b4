//! Which files will feel this change?
//!
//! In: the tree of the head with the facts of its sources, and the past. Out: ImpactAnalyzer's answer on the import
//! graph of that tree and on what changed together before.

use super::import_graph::import_graph;
use crate::code::FileFacts;
use crate::domain::{BlobId, Diff};
use crate::git;
use crate::graph::{CoChange, ImportGraph};
use crate::history::Past;
use crate::models::answer::{ImpactAnswer, Outcome};
use crate::models::impact;
use rustc_hash::FxHashMap;

/// Who imports whom, and who changes with whom.
pub(super) struct Graphs {
    pub(super) imports: ImportGraph,
    pub(super) together: CoChange,
}

/// The graphs of the tree of the head and of the past.
pub(super) fn graphs(
    repository: &git::Repository,
    past: &Past<'_>,
    tree: &[git::TreeFile],
    sources: &FxHashMap<BlobId, Option<FileFacts>>,
) -> Graphs {
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    Graphs { imports: import_graph(repository, tree, sources), together }
}

/// How far the change is felt.
pub(super) fn impact(graphs: &Graphs, past: &Past<'_>, diff: &Diff) -> Outcome<ImpactAnswer> {
    let analyzer = impact::Structural::new(&graphs.imports, &graphs.together);
    let scale = impact::Scale::of_past(&analyzer, past);
    impact::analyze(&analyzer, &scale, diff)
}
