//! Which file imports which, in the tree of one commit?
//!
//! In: the tree, the facts of its sources, and the repository to read manifests from. Out: the import graph. Never reads
//! a source again.

use super::read_sources::{Version, read_sources};
use crate::code::{FileFacts, Language};
use crate::domain::{BlobId, CommitId};
use crate::git;
use crate::graph::{ImportGraph, in_graph, is_manifest};
use rustc_hash::FxHashMap;

/// Manifests that are read for names of packages and path aliases; a monorepo of this size has few more.
const MAX_MANIFESTS: usize = 2_000;

/// The graph over every file of `tree` whose facts are known, without generated and vendored ones.
pub(super) fn import_graph(
    repository: &git::Repository,
    tree: &[git::TreeFile],
    sources: &FxHashMap<BlobId, Option<FileFacts>>,
) -> ImportGraph {
    let facts = |file: &git::TreeFile| sources.get(&file.blob).and_then(Option::as_ref);
    let (files, left_out) = in_graph(tree.iter().map(|file| (file.path.as_str(), facts(file))));
    ImportGraph::build(&files, &manifests(repository, tree)).with_left_out(left_out)
}

/// The graph of the tree of `commit`, read anew.
pub(super) fn graph_of_tree(repository: &git::Repository, commit: CommitId) -> Result<ImportGraph, git::Error> {
    let tree = repository.files_at(commit)?;
    let is_readable = |file: &&git::TreeFile| Language::of_path(&file.path).is_some();
    let versions: Vec<Version> = tree.iter().filter(is_readable).map(|file| (file.blob, file.path.clone())).collect();
    let read = read_sources(repository, &versions, &|_, _| {})?;
    let sources = versions.into_iter().zip(read).map(|((blob, _), facts)| (blob, facts.ok())).collect();
    Ok(import_graph(repository, &tree, &sources))
}

/// The graph of another tree that differs little from the one `near` was built of.
pub(super) fn import_graph_near<'a>(
    repository: &git::Repository,
    near: &ImportGraph,
    tree: &'a [git::TreeFile],
    facts: impl Fn(BlobId) -> Option<&'a FileFacts>,
) -> ImportGraph {
    let (files, left_out) = in_graph(tree.iter().map(|file| (file.path.as_str(), facts(file.blob))));
    near.update(&files, &manifests(repository, tree)).with_left_out(left_out)
}

/// Paths and texts of the files that name packages and aliases.
fn manifests(repository: &git::Repository, tree: &[git::TreeFile]) -> Vec<(String, String)> {
    let named = tree.iter().filter(|file| is_manifest(&file.path)).take(MAX_MANIFESTS);
    let text = |file: &git::TreeFile| Some(String::from_utf8_lossy(&repository.text(file.blob)?).into_owned());
    named.filter_map(|file| Some((file.path.clone(), text(file)?))).collect()
}
