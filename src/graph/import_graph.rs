//! Which file imports which?
//!
//! In: the facts of all files of one commit, and its manifests. Out: a graph with an edge from each file to every file
//! of the repository it imports, and what follows from it: who is reached by a change, by which path; who stands in a
//! circle; who is central. External imports are no edges and no failures; internal-looking ones that lead nowhere are
//! counted.

use super::files::{Files, SourceFile};
use super::pagerank::pagerank;
use super::resolve::{Resolution, Resolvers};
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Most edges kept: forty times what a repository of 50,000 files has. More is made to fill the memory.
const MAX_EDGES: usize = 4_000_000;

/// Files found for one file, repetitions included; imports after that are not looked at. One import may lead to a whole
/// package, and text made to hurt repeats it; hand-written files stay below a thousand.
const MAX_FOUND_PER_FILE: usize = 20_000;

/// The import graph of one commit. Files are numbered in the order they were given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Compact", into = "Compact")]
pub struct ImportGraph {
    paths: Vec<String>,
    by_path: HashMap<String, u32>,
    graph: DiGraph<(), (), u32>,
    n_internal: usize,
    n_unresolved: usize,
    ranks: OnceLock<Vec<f64>>,
}

/// A file that feels a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The file that depends on a changed one.
    pub file: u32,
    /// Over how many imports: 1 for a direct one.
    pub depth: u32,
    /// The file it imports on the shortest path from a change: a changed one at depth 1.
    pub via: u32,
}

impl ImportGraph {
    /// Resolves every import of `files`, with the help of `manifests` as (path, text).
    ///
    /// Manifests that matter: `Cargo.toml`, `go.mod`, `package.json`, `tsconfig*.json` and `jsconfig.json`,
    /// `pyproject.toml`, `setup.py` and `setup.cfg` (the last three by their place alone). Broken ones are passed over.
    pub fn build(files: &[SourceFile<'_>], manifests: &[(String, String)]) -> ImportGraph {
        let files_by_path = Files::new(files);
        let resolvers = Resolvers::new(&files_by_path, manifests);
        let mut edges = Edges::default();
        for (file, from) in files.iter().zip(0..) {
            for import in &file.facts.imports {
                if edges.targets.len() >= MAX_FOUND_PER_FILE {
                    break;
                }
                let resolution = resolvers.resolve(from, import, &mut edges.targets);
                edges.note(resolution);
            }
            resolvers.neighbours(from, &mut edges.targets);
            edges.take(from);
        }
        let paths = files.iter().map(|file| file.path.to_owned()).collect();
        ImportGraph::new(paths, &edges.all, edges.n_internal, edges.n_unresolved)
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The path of file `ix`.
    pub fn file(&self, ix: u32) -> &str {
        &self.paths[ix as usize]
    }

    /// The number of the file at `path`.
    pub fn index_of(&self, path: &str) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    /// The files that `ix` imports.
    pub fn imports(&self, ix: u32) -> impl Iterator<Item = u32> + '_ {
        self.graph.neighbors_directed(NodeIndex::new(ix as usize), Direction::Outgoing).map(number)
    }

    /// The files that import `ix`.
    pub fn imported_by(&self, ix: u32) -> impl Iterator<Item = u32> + '_ {
        self.graph.neighbors_directed(NodeIndex::new(ix as usize), Direction::Incoming).map(number)
    }

    /// How many files import `ix`.
    pub fn fan_in(&self, ix: u32) -> usize {
        self.imported_by(ix).count()
    }

    /// How many files `ix` imports.
    pub fn fan_out(&self, ix: u32) -> usize {
        self.imports(ix).count()
    }

    /// How many edges: pairs of files of which one imports the other.
    pub fn n_edges(&self) -> usize {
        self.graph.edge_count()
    }

    /// How many of the internal-looking imports lead nowhere, and how many internal-looking imports there are.
    pub fn unresolved(&self) -> (usize, usize) {
        (self.n_unresolved, self.n_internal)
    }

    /// How central each file is: the share of time a reader who keeps following imports spends in it (PageRank,
    /// damping 0.85, after Brin and Page, 1998). Sums to 1. Computed at the first call.
    pub fn pagerank(&self) -> &[f64] {
        self.ranks.get_or_init(|| pagerank(self))
    }

    /// Everything that depends on one of `changed` over at most `max_depth` imports, nearest first. The changed files
    /// themselves are left out.
    pub fn dependents(&self, changed: &[u32], max_depth: u32) -> Vec<Reached> {
        let mut is_seen = vec![false; self.len()];
        let mut reached: Vec<Reached> = Vec::new();
        let mut current: Vec<u32> = changed.iter().copied().filter(|&ix| (ix as usize) < self.len()).collect();
        current.iter().for_each(|&ix| is_seen[ix as usize] = true);
        for depth in 1..=max_depth {
            let start = reached.len();
            for &via in &current {
                let mut importers: Vec<u32> = self.imported_by(via).collect();
                importers.sort_unstable();
                for file in importers {
                    if !std::mem::replace(&mut is_seen[file as usize], true) {
                        reached.push(Reached { file, depth, via });
                    }
                }
            }
            current = reached[start..].iter().map(|one| one.file).collect();
            if current.is_empty() {
                break;
            }
        }
        reached
    }

    /// The way a change takes to `file`: from a changed file to it, both included. `reached` is what [`Self::dependents`]
    /// gave; empty when `file` is not in it.
    pub fn path_to(reached: &[Reached], file: u32) -> Vec<u32> {
        let mut path = Vec::new();
        let mut wanted = file;
        // Files stand after the ones they were reached through.
        for one in reached.iter().rev() {
            if one.file == wanted {
                path.push(one.file);
                wanted = one.via;
            }
        }
        if !path.is_empty() {
            path.push(wanted);
        }
        path.reverse();
        path
    }

    /// Files that import each other in a circle, one list for each circle, largest first.
    pub fn cycles(&self) -> Vec<Vec<u32>> {
        // Kosaraju's algorithm, because it does not recurse: a chain of imports can be as long as the repository.
        let components = kosaraju_scc(&self.graph);
        let mut cycles: Vec<Vec<u32>> = components
            .into_iter()
            .filter(|component| component.len() > 1)
            .map(|component| component.into_iter().map(number).collect())
            .collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort_unstable());
        cycles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        cycles
    }

    fn new(paths: Vec<String>, edges: &[(u32, u32)], n_internal: usize, n_unresolved: usize) -> ImportGraph {
        let mut graph = DiGraph::with_capacity(paths.len(), edges.len());
        paths.iter().for_each(|_| {
            graph.add_node(());
        });
        // petgraph lists the newest edge first: added backwards, neighbours come in order.
        for &(from, to) in edges.iter().rev() {
            graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), ());
        }
        let by_path = paths.iter().cloned().zip(0..).collect();
        ImportGraph { paths, by_path, graph, n_internal, n_unresolved, ranks: OnceLock::new() }
    }
}

/// Two graphs are the same when they say the same of the same files.
impl PartialEq for ImportGraph {
    fn eq(&self, other: &Self) -> bool {
        Compact::from(self.clone()) == Compact::from(other.clone())
    }
}

fn number(node: NodeIndex<u32>) -> u32 {
    node.index() as u32
}

/// Edges while they are collected, file by file.
#[derive(Default)]
struct Edges {
    all: Vec<(u32, u32)>,
    targets: Vec<u32>,
    n_internal: usize,
    n_unresolved: usize,
}

impl Edges {
    fn note(&mut self, resolution: Resolution) {
        self.n_internal += usize::from(resolution != Resolution::External);
        self.n_unresolved += usize::from(resolution == Resolution::Unresolved);
    }

    fn take(&mut self, from: u32) {
        self.targets.sort_unstable();
        self.targets.dedup();
        let room = MAX_EDGES.saturating_sub(self.all.len());
        self.all.extend(self.targets.drain(..).filter(|&to| to != from).map(|to| (from, to)).take(room));
    }
}

/// What is kept of a graph: paths, edges, counts.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Compact {
    paths: Vec<String>,
    edges: Vec<(u32, u32)>,
    n_internal: usize,
    n_unresolved: usize,
}

impl From<ImportGraph> for Compact {
    fn from(graph: ImportGraph) -> Compact {
        let edges = (0..graph.len() as u32).flat_map(|from| graph.imports(from).map(move |to| (from, to))).collect();
        Compact { edges, n_internal: graph.n_internal, n_unresolved: graph.n_unresolved, paths: graph.paths }
    }
}

impl From<Compact> for ImportGraph {
    fn from(compact: Compact) -> ImportGraph {
        let n_files = compact.paths.len() as u32;
        // A damaged cache must not name files that are not there.
        let edges: Vec<(u32, u32)> =
            compact.edges.into_iter().filter(|&(from, to)| from < n_files && to < n_files).collect();
        ImportGraph::new(compact.paths, &edges, compact.n_internal, compact.n_unresolved)
    }
}
