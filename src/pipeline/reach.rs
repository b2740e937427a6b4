//! Which files will feel this change?
//!
//! In: the tree of the head with the facts of its sources, and the past. Out: ImpactAnalyzer's answer on the import
//! graph of that tree and on what changed together before.

use super::import_graph::import_graph;
use crate::code::FileFacts;
use crate::domain::{BlobId, Diff};
use crate::git;
use crate::graph::CoChange;
use crate::history::Past;
use crate::models::answer::{ImpactAnswer, Outcome};
use crate::models::impact;
use rustc_hash::FxHashMap;

/// How far the change is felt.
pub(super) fn impact(
    repository: &git::Repository,
    past: &Past<'_>,
    diff: &Diff,
    tree: &[git::TreeFile],
    sources: &FxHashMap<BlobId, Option<FileFacts>>,
) -> Outcome<ImpactAnswer> {
    let imports = import_graph(repository, tree, sources);
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    let analyzer = impact::Structural::new(&imports, &together);
    let scale = impact::Scale::of_past(&analyzer, past);
    impact::analyze(&analyzer, &scale, diff)
}
