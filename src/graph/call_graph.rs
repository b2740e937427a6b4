//! Which function calls which?
//!
//! In: an import graph and the facts of its files. Out: a graph with an edge from each function to every function it
//! calls by name, in its own file or in one its file imports. Never guesses among many: a name that more than
//! [`MAX_CALLEES`] functions have is dropped and counted. C's and C++'s functions are found where their bodies are
//! seen by the import, so that a body behind a header stays unresolved.

use super::ImportGraph;
use super::files::SourceFile;
use super::symbols::{leaf, owner};
use std::collections::HashMap;

/// Functions a call may mean, above which it says nothing.
pub const MAX_CALLEES: usize = 3;

/// Most edges kept: twice what a repository of a million functions has. More is made to fill the memory.
const MAX_CALL_EDGES: usize = 8_000_000;

/// Methods that run when their type is called by name.
const CONSTRUCTORS: &[&str] = &["__init__", "constructor", "initialize", "__construct"];

/// A function of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionAt {
    /// The file, as the import graph numbers it.
    pub file: u32,
    /// Its place among the functions of the file's facts.
    pub function: u32,
}

/// A function that calls a changed one, directly or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachedFunction {
    /// Where it is.
    pub at: FunctionAt,
    /// Over how many calls: 1 for a direct one.
    pub depth: u32,
    /// The function it calls on the shortest path from a change.
    pub via: FunctionAt,
}

/// What became of the calls inside functions; they add up to `n_calls`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Names called, each once for each function.
    pub n_calls: usize,
    /// Of those, found in the same file.
    pub n_local: usize,
    /// Found in imported files.
    pub n_imported: usize,
    /// Dropped because too many functions have the name.
    pub n_ambiguous: usize,
    /// Found nowhere near: libraries, built-in functions, values that can be called.
    pub n_unresolved: usize,
}

/// Who calls whom, function by function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallGraph {
    functions: Vec<FunctionAt>,
    /// The first node of each file, and the number of nodes at the end.
    starts: Vec<u32>,
    callees: Lists,
    callers: Lists,
    counts: CallCounts,
}

impl CallGraph {
    /// Resolves the calls of `files`, which `imports` was built of, in the same order.
    pub fn build(imports: &ImportGraph, files: &[SourceFile<'_>]) -> CallGraph {
        let (functions, starts) = nodes(files);
        let by_name = by_name(files, &starts);
        let (mut edges, mut counts) = (Vec::new(), CallCounts::default());
        for (file, from) in files.iter().zip(0..imports.len() as u32) {
            let targets: Vec<u32> = imports.targets(from).collect();
            let mut known: HashMap<&str, Meaning> = HashMap::new();
            for call in &file.facts.calls {
                let Some(caller) = call.function.filter(|at| (*at as usize) < file.facts.functions.len()) else {
                    continue;
                };
                let meaning = known.entry(&call.name).or_insert_with(|| {
                    let named = by_name.get(call.name.as_str()).map_or(&[][..], Vec::as_slice);
                    Meaning::of(named, from, &targets, &starts)
                });
                counts.note(meaning);
                let room = MAX_CALL_EDGES.saturating_sub(edges.len());
                let caller = starts[from as usize] + caller;
                edges.extend(meaning.callees().iter().map(|&callee| (caller, callee)).take(room));
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let callees = Lists::new(functions.len(), &edges);
        edges.iter_mut().for_each(|edge| *edge = (edge.1, edge.0));
        edges.sort_unstable();
        let callers = Lists::new(functions.len(), &edges);
        CallGraph { functions, starts, callees, callers, counts }
    }

    /// How many functions.
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Whether there are no functions.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// How many pairs of functions of which one calls the other.
    pub fn n_edges(&self) -> usize {
        self.callees.items.len()
    }

    /// What became of the calls.
    pub fn counts(&self) -> CallCounts {
        self.counts
    }

    /// The functions that call `function` of `file`, in order.
    pub fn callers(&self, file: u32, function: u32) -> Vec<FunctionAt> {
        self.list(&self.callers, FunctionAt { file, function })
    }

    /// The functions that `function` of `file` calls, in order.
    pub fn callees(&self, file: u32, function: u32) -> Vec<FunctionAt> {
        self.list(&self.callees, FunctionAt { file, function })
    }

    /// Every function that calls one of `changed` over at most `max_depth` calls, nearest first, without those
    /// themselves.
    pub fn reached_functions(&self, changed: &[FunctionAt], max_depth: u32) -> Vec<ReachedFunction> {
        let mut is_seen = vec![false; self.len()];
        let mut current: Vec<u32> = changed.iter().filter_map(|&at| self.node(at)).collect();
        current.iter().for_each(|&node| is_seen[node as usize] = true);
        let mut reached = Vec::new();
        for depth in 1..=max_depth {
            let mut next = Vec::new();
            for &callee in &current {
                for &caller in self.callers.of(callee) {
                    if !std::mem::replace(&mut is_seen[caller as usize], true) {
                        let (at, via) = (self.functions[caller as usize], self.functions[callee as usize]);
                        reached.push(ReachedFunction { at, depth, via });
                        next.push(caller);
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            current = next;
        }
        reached
    }

    fn list(&self, lists: &Lists, at: FunctionAt) -> Vec<FunctionAt> {
        let nodes = self.node(at).map_or(&[][..], |node| lists.of(node));
        nodes.iter().map(|&node| self.functions[node as usize]).collect()
    }

    fn node(&self, at: FunctionAt) -> Option<u32> {
        let start = *self.starts.get(at.file as usize)?;
        let end = *self.starts.get(at.file as usize + 1)?;
        start.checked_add(at.function).filter(|&node| node < end)
    }
}

fn nodes(files: &[SourceFile<'_>]) -> (Vec<FunctionAt>, Vec<u32>) {
    let (mut functions, mut starts) = (Vec::new(), Vec::with_capacity(files.len() + 1));
    for (source, file) in files.iter().zip(0..) {
        starts.push(functions.len() as u32);
        let numbers = 0..source.facts.functions.len() as u32;
        functions.extend(numbers.map(|function| FunctionAt { file, function }));
    }
    starts.push(functions.len() as u32);
    (functions, starts)
}

/// Nodes by the name they are called by, in order.
fn by_name<'a>(files: &[SourceFile<'a>], starts: &[u32]) -> HashMap<&'a str, Vec<u32>> {
    let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
    for (source, &start) in files.iter().zip(starts) {
        for (function, node) in source.facts.functions.iter().zip(start..) {
            let name = leaf(&function.name);
            by_name.entry(name).or_default().push(node);
            let type_name = owner(&function.name).filter(|_| CONSTRUCTORS.contains(&name));
            if let Some(type_name) = type_name {
                by_name.entry(type_name).or_default().push(node);
            }
        }
    }
    by_name
}

/// What a name means in one file.
enum Meaning {
    Local(Vec<u32>),
    Imported(Vec<u32>),
    Ambiguous,
    Unknown,
}

impl Meaning {
    /// `named` are the nodes of that name and `targets` the imported files, both in order.
    fn of(named: &[u32], from: u32, targets: &[u32], starts: &[u32]) -> Meaning {
        let local = in_file(named, from, starts);
        match local.len() {
            0 => {}
            1..=MAX_CALLEES => return Meaning::Local(local.to_vec()),
            _ => return Meaning::Ambiguous,
        }
        let mut found = Vec::new();
        // The shorter list is gone through: neither a common name nor a long list of imports costs much.
        if named.len() < targets.len() {
            let file_of = |node: u32| starts.partition_point(|&start| start <= node) as u32 - 1;
            let is_imported = |node: &&u32| targets.binary_search(&file_of(**node)).is_ok();
            found.extend(named.iter().filter(is_imported).take(MAX_CALLEES + 1));
        } else {
            for &target in targets {
                found.extend_from_slice(in_file(named, target, starts));
                if found.len() > MAX_CALLEES {
                    break;
                }
            }
        }
        match found.len() {
            0 => Meaning::Unknown,
            1..=MAX_CALLEES => Meaning::Imported(found),
            _ => Meaning::Ambiguous,
        }
    }

    fn callees(&self) -> &[u32] {
        match self {
            Meaning::Local(nodes) | Meaning::Imported(nodes) => nodes,
            Meaning::Ambiguous | Meaning::Unknown => &[],
        }
    }
}

fn in_file<'n>(named: &'n [u32], file: u32, starts: &[u32]) -> &'n [u32] {
    let (start, end) = (starts[file as usize], starts[file as usize + 1]);
    &named[named.partition_point(|&node| node < start)..named.partition_point(|&node| node < end)]
}

impl CallCounts {
    fn note(&mut self, meaning: &Meaning) {
        self.n_calls += 1;
        match meaning {
            Meaning::Local(_) => self.n_local += 1,
            Meaning::Imported(_) => self.n_imported += 1,
            Meaning::Ambiguous => self.n_ambiguous += 1,
            Meaning::Unknown => self.n_unresolved += 1,
        }
    }
}

/// One list of nodes for each node.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// `pairs` are sorted.
    fn new(n_nodes: usize, pairs: &[(u32, u32)]) -> Self {
        let end = |node: u32| pairs.partition_point(|pair| pair.0 <= node) as u32;
        Lists { ends: (0..n_nodes as u32).map(end).collect(), items: pairs.iter().map(|pair| pair.1).collect() }
    }

    fn of(&self, node: u32) -> &[u32] {
        let start = if node == 0 { 0 } else { self.ends[node as usize - 1] };
        &self.items[start as usize..self.ends[node as usize] as usize]
    }
}
