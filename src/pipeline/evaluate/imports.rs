//! Are the imports inside a repository found?
//!
//! In: a repository, and the edges another tool found in it. Out: how many of theirs we have, how many of ours they
//! have, and every edge that only one side has. Only what both sides look at is compared: see [`restriction`]. Nothing is
//! compared with itself: a file's edge to itself counts on neither side.
//!
//! A reference is JSON: `tool`, `file_edges` as pairs of paths (or `folder_edges`, for tools that know packages), and
//! where it has them `commit`, `root` (the folder its paths start from), `package` (the folder below it that was looked
//! at), `files` (all files it knows), and `explained`: differences that a person has looked at, by reason.

mod restriction;

use super::super::import_graph::import_graph;
use super::super::read_sources::{Version, read_sources};
use super::{Error, read};
use crate::code::{FileFacts, Language};
use crate::domain::{BlobId, CommitId};
use crate::git;
use crate::graph::ImportGraph;
use crate::pipeline::Progress;
use restriction::Restriction;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::Path;
use std::time::Instant;

/// Edges of one kind that the text prints; JSON has all of them.
const MAX_SHOWN: usize = 20;

/// From the file that imports to the file that is imported.
type Edge = (String, String);

/// What another tool found.
#[derive(Debug, Deserialize)]
struct Reference {
    tool: String,
    commit: Option<String>,
    root: Option<String>,
    package: Option<String>,
    files: Option<Vec<String>>,
    #[serde(default)]
    file_edges: Vec<Edge>,
    #[serde(default)]
    folder_edges: Vec<Edge>,
    #[serde(default)]
    explained: Vec<Reason>,
}

/// Differences that a person has looked at.
#[derive(Debug, Deserialize)]
struct Reason {
    reason: String,
    edges: Vec<Edge>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whose edges ours are compared with.
    tool: String,
    /// The commit whose tree was read.
    commit: String,
    /// Whether an edge joins files or folders.
    unit: Unit,
    /// What was left out of the comparison on our side, in words.
    restricted_to: Vec<String>,
    /// Edges of the reference.
    n_reference: usize,
    /// Our edges between files the reference looks at.
    n_ours: usize,
    /// Edges of both.
    n_common: usize,
    /// Our edges from or to files the reference does not look at.
    n_beyond: usize,
    /// Share of ours that the reference has; none without any.
    precision: Option<f64>,
    /// Share of the reference's that we have; none without any.
    recall: Option<f64>,
    /// Edges of the reference alone.
    missing: Vec<Edge>,
    /// Edges of ours alone.
    extra: Vec<Edge>,
    /// The differences that a person has looked at, by reason.
    explained: Vec<Explained>,
    /// Edges of the reference alone that nobody has explained.
    n_missing_unexplained: usize,
    /// Edges of ours alone that nobody has explained.
    n_extra_unexplained: usize,
    /// The whole graph the edges were taken from.
    graph: Figures,
}

/// What an edge joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Files,
    Folders,
}

/// Differences of one reason.
#[derive(Debug, Serialize)]
struct Explained {
    reason: String,
    missing: Vec<Edge>,
    extra: Vec<Edge>,
}

/// The whole graph, and what it took.
#[derive(Debug, Serialize)]
struct Figures {
    n_files: usize,
    n_skipped: usize,
    n_edges: usize,
    /// Imports that lead to a file of the repository or look as if they should.
    n_internal_imports: usize,
    /// Those of them that lead nowhere.
    n_unresolved_imports: usize,
    read_seconds: f64,
    build_seconds: f64,
}

/// Compares the import graph of the repository at `path` with the one in the file at `reference`.
///
/// Reads the tree of the commit the reference names where it is there, else of the newest.
///
/// # Errors
/// When the repository or the reference cannot be read.
pub fn evaluate(path: &Path, reference: &Path, progress: &Progress<'_>) -> Result<Report, Error> {
    let theirs = read_reference(reference)?;
    let repository = git::Repository::open(path)?;
    let commit = commit_of(&repository, &theirs)?;
    let (graph, figures) = graph_at(&repository, commit, progress)?;
    Ok(compare(&graph, figures, theirs, commit))
}

fn read_reference(path: &Path) -> Result<Reference, Error> {
    let wrong = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let reference: Reference = serde_json::from_slice(&read(path)?).map_err(|error| wrong(error.to_string()))?;
    match (reference.file_edges.is_empty(), reference.folder_edges.is_empty()) {
        (true, true) => Err(wrong("it has neither `file_edges` nor `folder_edges`".into())),
        (false, false) => Err(wrong("it has both `file_edges` and `folder_edges`: one is compared at a time".into())),
        _ => Ok(reference),
    }
}

/// The commit of the reference where the repository has it, else the newest.
fn commit_of(repository: &git::Repository, reference: &Reference) -> Result<CommitId, Error> {
    let named = reference.commit.as_deref().and_then(|commit| repository.resolve(commit).ok());
    Ok(match named {
        Some(commit) => commit,
        None => repository.resolve("HEAD")?,
    })
}

fn graph_at(
    repository: &git::Repository,
    commit: CommitId,
    progress: &Progress<'_>,
) -> Result<(ImportGraph, Figures), Error> {
    let started = Instant::now();
    let tree = repository.files_at(commit)?;
    let versions: Vec<Version> = tree
        .iter()
        .filter(|file| Language::of_path(&file.path).is_some())
        .map(|file| (file.blob, file.path.clone()))
        .collect();
    let facts = read_sources(repository, &versions, &|done, all| progress("reading sources", done, all))?;
    let n_skipped = facts.iter().filter(|facts| facts.is_err()).count();
    let sources: FxHashMap<BlobId, Option<FileFacts>> =
        versions.into_iter().zip(facts).map(|((blob, _), facts)| (blob, facts.ok())).collect();
    let read_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let graph = import_graph(repository, &tree, &sources);
    let (n_unresolved_imports, n_internal_imports) = graph.unresolved();
    let figures = Figures {
        n_files: graph.len(),
        n_skipped,
        n_edges: graph.n_edges(),
        n_internal_imports,
        n_unresolved_imports,
        read_seconds,
        build_seconds: started.elapsed().as_secs_f64(),
    };
    Ok((graph, figures))
}

fn compare(graph: &ImportGraph, figures: Figures, reference: Reference, commit: CommitId) -> Report {
    let unit = if reference.file_edges.is_empty() { Unit::Folders } else { Unit::Files };
    let restriction = Restriction::of(&reference, graph);
    let theirs = their_edges(&reference);
    let (ours, n_beyond) = our_edges(graph, &restriction, unit);
    let missing: Vec<Edge> = theirs.difference(&ours).cloned().collect();
    let extra: Vec<Edge> = ours.difference(&theirs).cloned().collect();
    let n_common = theirs.intersection(&ours).count();
    let explained = explained(&reference, &missing, &extra);
    let n_explained =
        |side: fn(&Explained) -> &Vec<Edge>| explained.iter().flat_map(side).collect::<HashSet<_>>().len();
    Report {
        n_missing_unexplained: missing.len() - n_explained(|one| &one.missing),
        n_extra_unexplained: extra.len() - n_explained(|one| &one.extra),
        tool: reference.tool,
        commit: commit.to_string(),
        unit,
        restricted_to: restriction.words,
        n_reference: theirs.len(),
        n_ours: ours.len(),
        n_common,
        n_beyond,
        precision: share(n_common, ours.len()),
        recall: share(n_common, theirs.len()),
        missing,
        extra,
        explained,
        graph: figures,
    }
}

/// The reference's edges, by paths from the repository's root.
fn their_edges(reference: &Reference) -> BTreeSet<Edge> {
    let root = reference.root.as_deref();
    let edges = reference.file_edges.iter().chain(&reference.folder_edges);
    edges.map(|(from, to)| (restriction::placed(root, from), restriction::placed(root, to))).filter(differs).collect()
}

/// Our edges inside what is compared, and how many there are besides.
fn our_edges(graph: &ImportGraph, restriction: &Restriction, unit: Unit) -> (BTreeSet<Edge>, usize) {
    let mut inside = BTreeSet::new();
    let mut n_beyond = 0;
    let edges = (0..graph.len() as u32).flat_map(|from| graph.imports(from).map(move |to| (from, to)));
    for (from, to) in edges {
        if restriction.holds(from) && restriction.holds(to) {
            inside.insert((name(graph.file(from), unit), name(graph.file(to), unit)));
        } else {
            n_beyond += 1;
        }
    }
    inside.retain(differs);
    (inside, n_beyond)
}

fn name(path: &str, unit: Unit) -> String {
    match unit {
        Unit::Files => path.to_owned(),
        Unit::Folders => path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned(),
    }
}

fn differs((from, to): &Edge) -> bool {
    from != to
}

fn explained(reference: &Reference, missing: &[Edge], extra: &[Edge]) -> Vec<Explained> {
    let root = reference.root.as_deref();
    let of_reason = |reason: &Reason| {
        let edges: HashSet<Edge> = reason
            .edges
            .iter()
            .map(|(from, to)| (restriction::placed(root, from), restriction::placed(root, to)))
            .collect();
        let among = |found: &[Edge]| found.iter().filter(|edge| edges.contains(*edge)).cloned().collect();
        Explained { reason: reason.reason.clone(), missing: among(missing), extra: among(extra) }
    };
    let all = reference.explained.iter().map(of_reason);
    all.filter(|one| !one.missing.is_empty() || !one.extra.is_empty()).collect()
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Files => "files",
            Unit::Folders => "folders",
        };
        let shown = |share: Option<f64>| share.map_or("none".to_owned(), |share| format!("{share:.4}"));
        writeln!(f, "imports between {unit}, beside {}, at {}", self.tool, self.commit)?;
        self.restricted_to.iter().try_for_each(|words| writeln!(f, "compared: {words}"))?;
        writeln!(f, "precision {} ({} of our {})", shown(self.precision), self.n_common, self.n_ours)?;
        writeln!(f, "recall    {} ({} of its {})", shown(self.recall), self.n_common, self.n_reference)?;
        writeln!(f, "beyond what it looks at: {} edges of ours", self.n_beyond)?;
        write_edges(f, "missing", &self.missing, self.n_missing_unexplained)?;
        write_edges(f, "extra", &self.extra, self.n_extra_unexplained)?;
        for one in &self.explained {
            writeln!(f, "explained: {} missing, {} extra: {}", one.missing.len(), one.extra.len(), one.reason)?;
        }
        let all = &self.graph;
        writeln!(
            f,
            "whole graph: {} files ({} skipped), {} edges; {} of {} internal imports lead nowhere; read in {:.2} s, \
             built in {:.2} s",
            all.n_files,
            all.n_skipped,
            all.n_edges,
            all.n_unresolved_imports,
            all.n_internal_imports,
            all.read_seconds,
            all.build_seconds
        )
    }
}

fn write_edges(f: &mut fmt::Formatter<'_>, title: &str, edges: &[Edge], n_unexplained: usize) -> fmt::Result {
    writeln!(f, "{title}: {}, of which {n_unexplained} unexplained", edges.len())?;
    edges.iter().take(MAX_SHOWN).try_for_each(|(from, to)| writeln!(f, "  {from} -> {to}"))?;
    if edges.len() > MAX_SHOWN { writeln!(f, "  and {} more", edges.len() - MAX_SHOWN) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
