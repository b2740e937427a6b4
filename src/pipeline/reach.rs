//! Which files will feel this change?
//!
//! In: the tree of the head with the facts of its sources, and the past. Out: ImpactAnalyzer's answer on the import
//! graph of that tree and on what changed together before.

use crate::code::FileFacts;
use crate::domain::{BlobId, Diff};
use crate::git;
use crate::graph::{CoChange, ImportGraph, SourceFile, is_manifest};
use crate::history::Past;
use crate::models::answer::{ImpactAnswer, Outcome};
use crate::models::impact;
use rustc_hash::FxHashMap;

/// Manifests that are read for names of packages and path aliases; a monorepo of this size has few more.
const MAX_MANIFESTS: usize = 2_000;

/// How far the change is felt.
pub(super) fn impact(
    repository: &git::Repository,
    past: &Past<'_>,
    diff: &Diff,
    tree: &[git::TreeFile],
    sources: &FxHashMap<BlobId, Option<FileFacts>>,
) -> Outcome<ImpactAnswer> {
    let files: Vec<SourceFile<'_>> = tree
        .iter()
        .filter_map(|file| Some(SourceFile { path: &file.path, facts: sources.get(&file.blob)?.as_ref()? }))
        .collect();
    let imports = ImportGraph::build(&files, &manifests(repository, tree));
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    let analyzer = impact::Structural::new(&imports, &together);
    let scale = impact::Scale::of_past(&analyzer, past);
    impact::analyze(&analyzer, &scale, diff)
}

/// Paths and texts of the files that name packages and aliases.
fn manifests(repository: &git::Repository, tree: &[git::TreeFile]) -> Vec<(String, String)> {
    let named = tree.iter().filter(|file| is_manifest(&file.path)).take(MAX_MANIFESTS);
    let text = |file: &git::TreeFile| Some(String::from_utf8_lossy(&repository.text(file.blob)?).into_owned());
    named.filter_map(|file| Some((file.path.clone(), text(file)?))).collect()
}
