//! Which file imports which?
//!
//! In: the facts of all files of one commit, and its manifests. Out: a graph with an edge from each file to every file
//! of the repository it imports, and what follows from it: who is reached by a change, by which path; who stands in a
//! circle; who is central. External imports are no edges and no failures; internal-looking ones that lead nowhere are
//! counted.

use super::files::{Files, SourceFile};
use super::left_out::{LeftOut, Summary};
use super::pagerank::pagerank;
use super::prints::Prints;
use super::resolve::{Resolution, Resolvers};
use super::symbols::{EdgeSymbols, Led, Provided, symbols};
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

/// Files one import leads to, above which the names it takes are not followed: a package of Go has rarely more.
const MAX_LED: usize = 64;

/// The import graph of one commit. Files are numbered in the order they were given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Compact", into = "Compact")]
pub struct ImportGraph {
    paths: Vec<String>,
    by_path: HashMap<String, u32>,
    graph: DiGraph<(), (), u32>,
    /// All edges, sorted.
    edges: Vec<(u32, u32)>,
    symbols: EdgeSymbols,
    /// How many imports of each file look internal, and how many of those lead nowhere.
    counts: Vec<Counts>,
    left_out: LeftOut,
    prints: Prints,
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
        resolved(files, manifests, None)
    }

    /// The graph of `files` and `manifests`, made from this one of an earlier commit: equal to a fresh
    /// [`Self::build`], at the cost of what can be different.
    ///
    /// Where paths and manifests are as before, only these files are looked at again: changed ones, importers of
    /// changed ones, and all of a language when what files of it declare for their neighbours changed. A path that
    /// came or went, or another manifest, may turn any import: everything is resolved again, without reading a file.
    pub fn update(&self, files: &[SourceFile<'_>], manifests: &[(String, String)]) -> ImportGraph {
        resolved(files, manifests, Some(self))
    }

    /// The same graph, which knows of files that were left out.
    pub fn with_left_out(self, left_out: LeftOut) -> ImportGraph {
        ImportGraph { left_out, ..self }
    }

    /// How much there is, and how much of it was seen.
    pub fn summary(&self) -> Summary {
        let (n_unresolved_imports, n_internal_imports) = self.unresolved();
        let (n_files, n_edges) = (self.len(), self.n_edges());
        Summary { n_files, n_edges, n_internal_imports, n_unresolved_imports, left_out: self.left_out }
    }

    /// Names of `to` that `from`, which imports it, uses: most used first, at most eight; empty where none is known.
    ///
    /// Names taken by the import, names mentioned that `to` declares, and functions of `to` that are called. A name
    /// that more than three imported files have is left out, and so is a method of a type that `from` does not name.
    pub fn symbols(&self, from: u32, to: u32) -> Vec<&str> {
        self.edges.binary_search(&(from, to)).map_or_else(|_| Vec::new(), |edge| self.symbols.of_edge(edge))
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
        let add = |(n_unresolved, n_internal), counts: &Counts| {
            (n_unresolved + counts.n_unresolved as usize, n_internal + counts.n_internal as usize)
        };
        self.counts.iter().fold((0, 0), add)
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
        let mut cycles: Vec<Vec<u32>> = self.strong_groups().into_iter().filter(|group| group.len() > 1).collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort_unstable());
        cycles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        cycles
    }

    /// Files in strongly connected groups; whatever a group imports comes before it.
    pub(super) fn strong_groups(&self) -> Vec<Vec<u32>> {
        // Kosaraju's algorithm, because it does not recurse: a chain of imports can be as long as the repository.
        let groups = kosaraju_scc(&self.graph).into_iter();
        groups.map(|group| group.into_iter().map(number).collect()).collect()
    }

    /// All edges, sorted.
    pub(super) fn edges(&self) -> &[(u32, u32)] {
        &self.edges
    }

    /// The files that `from` imports, sorted.
    pub(super) fn targets(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        self.edges[self.edges_of(from)].iter().map(|(_, to)| *to)
    }

    fn edges_of(&self, from: u32) -> std::ops::Range<usize> {
        let start = self.edges.partition_point(|edge| edge.0 < from);
        start..self.edges.partition_point(|edge| edge.0 <= from)
    }

    fn new(compact: Compact) -> ImportGraph {
        let Compact { paths, edges, symbols, counts, left_out, prints } = compact;
        let mut graph = DiGraph::with_capacity(paths.len(), edges.len());
        paths.iter().for_each(|_| {
            graph.add_node(());
        });
        // petgraph lists the newest edge first: added backwards, neighbours come in order.
        for &(from, to) in edges.iter().rev() {
            graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), ());
        }
        let by_path = paths.iter().cloned().zip(0..).collect();
        ImportGraph { paths, by_path, graph, edges, symbols, counts, left_out, prints, ranks: OnceLock::new() }
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

/// What became of the imports of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    n_internal: u32,
    n_unresolved: u32,
}

impl Counts {
    fn note(&mut self, resolution: Resolution) {
        self.n_internal += u32::from(resolution != Resolution::External);
        self.n_unresolved += u32::from(resolution == Resolution::Unresolved);
    }
}

/// Where the imports of one file lead.
#[derive(Default)]
struct Outcome<'a> {
    /// Sorted and unique.
    targets: Vec<u32>,
    /// The imports that name what they take.
    led: Vec<Led<'a>>,
    counts: Counts,
}

/// Resolves the imports of every file that may lead elsewhere than in `before`, and takes the others from there.
fn resolved(files: &[SourceFile<'_>], manifests: &[(String, String)], before: Option<&ImportGraph>) -> ImportGraph {
    let files_by_path = Files::new(files);
    let prints = Prints::of(files, manifests);
    let before = before.filter(|before| before.prints.has_same_places(&prints) && before.len() == files.len());
    let kept: Vec<Option<&ImportGraph>> = match before {
        Some(before) => {
            let is_stale = prints.stale(files, &before.prints, before.edges());
            is_stale.into_iter().map(|is_stale| (!is_stale).then_some(before)).collect()
        }
        None => vec![None; files.len()],
    };
    let is_any_new = kept.iter().any(Option::is_none);
    let resolvers = is_any_new.then(|| Resolvers::new(&files_by_path, manifests));
    let outcome = |(from, kept): (u32, &Option<&ImportGraph>)| match (kept, &resolvers) {
        (None, Some(resolvers)) => resolve_file(files, from, resolvers),
        (Some(before), _) => {
            let counts = before.counts[from as usize];
            Outcome { targets: before.targets(from).collect(), counts, led: Vec::new() }
        }
        (None, None) => Outcome::default(),
    };
    let mut outcomes: Vec<Outcome<'_>> = (0..).zip(&kept).map(outcome).collect();
    let mut room = MAX_EDGES;
    for outcome in &mut outcomes {
        outcome.targets.truncate(room);
        room -= outcome.targets.len();
    }
    let symbols = all_symbols(files, &outcomes, &kept);
    let edges = (0..).zip(&outcomes).flat_map(|(from, outcome)| outcome.targets.iter().map(move |to| (from, *to)));
    ImportGraph::new(Compact {
        paths: files.iter().map(|file| file.path.to_owned()).collect(),
        edges: edges.collect(),
        symbols,
        counts: outcomes.iter().map(|outcome| outcome.counts).collect(),
        left_out: LeftOut::default(),
        prints,
    })
}

fn resolve_file<'a>(files: &[SourceFile<'a>], from: u32, resolvers: &Resolvers<'a>) -> Outcome<'a> {
    let mut outcome = Outcome::default();
    for import in &files[from as usize].facts.imports {
        let start = outcome.targets.len();
        if start >= MAX_FOUND_PER_FILE {
            break;
        }
        outcome.counts.note(resolvers.resolve(from, import, &mut outcome.targets));
        let led_to = &outcome.targets[start..];
        if !import.names.is_empty() && (1..=MAX_LED).contains(&led_to.len()) {
            outcome.led.push((import, led_to.to_vec()));
        }
    }
    resolvers.neighbours(from, &mut outcome.targets);
    outcome.targets.sort_unstable();
    outcome.targets.dedup();
    outcome.targets.retain(|&to| to != from);
    outcome
}

fn all_symbols<'a>(
    files: &[SourceFile<'a>],
    outcomes: &[Outcome<'a>],
    kept: &[Option<&'a ImportGraph>],
) -> EdgeSymbols {
    let mut is_wanted = vec![false; files.len()];
    let new = outcomes.iter().zip(kept).filter(|(_, kept)| kept.is_none());
    new.flat_map(|(outcome, _)| &outcome.targets).for_each(|&to| is_wanted[to as usize] = true);
    let provided = Provided::of(files, &is_wanted);
    let of_file = |((from, outcome), kept): ((u32, &Outcome<'a>), &Option<&'a ImportGraph>)| match kept {
        Some(before) => before.edges_of(from).map(|edge| before.symbols.of_edge(edge)).collect(),
        None => symbols((files, from), &outcome.targets, &outcome.led, &provided),
    };
    let lists: Vec<Vec<Vec<&str>>> = (0..).zip(outcomes).zip(kept).map(of_file).collect();
    EdgeSymbols::new(lists.iter().flatten())
}

/// What is kept of a graph.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Compact {
    paths: Vec<String>,
    edges: Vec<(u32, u32)>,
    symbols: EdgeSymbols,
    counts: Vec<Counts>,
    left_out: LeftOut,
    prints: Prints,
}

impl From<ImportGraph> for Compact {
    fn from(graph: ImportGraph) -> Compact {
        let ImportGraph { paths, edges, symbols, counts, left_out, prints, .. } = graph;
        Compact { paths, edges, symbols, counts, left_out, prints }
    }
}

impl From<Compact> for ImportGraph {
    fn from(mut compact: Compact) -> ImportGraph {
        let n_files = compact.paths.len() as u32;
        // A damaged cache must not name files that are not there, nor hold edges out of order.
        let is_sound = |edge: &(u32, u32)| edge.0 < n_files && edge.1 < n_files;
        if !compact.edges.iter().all(is_sound) || !compact.edges.is_sorted() {
            compact.edges.retain(is_sound);
            compact.edges.sort_unstable();
            compact.symbols = EdgeSymbols::default();
            compact.prints = Prints::default();
        }
        compact.counts.resize(n_files as usize, Counts::default());
        ImportGraph::new(compact)
    }
}
