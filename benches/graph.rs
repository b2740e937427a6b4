//! How long do the graphs of a repository take, from nothing and after a commit?
//!
//! In: a path to a repository, or none. Out: lines of figures: the tree of its HEAD read and resolved from nothing, the
//! last commits of it one by one as updates, each compared with a fresh build; without a path a made-up repository of
//! 50,000 files and 500,000 imports.

#![allow(missing_docs, clippy::print_stdout)]

use anyhow::Context as _;
use hyperion::code::{self, FileFacts, Import};
use hyperion::domain::{BlobId, CommitId};
use hyperion::git::Repository;
use hyperion::graph::{CallGraph, ImportGraph, SourceFile, Structure, in_graph, is_manifest};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const N_FILES: usize = 50_000;
const N_IMPORTS_PER_FILE: usize = 10;
const N_COMMITS: usize = 50;
const N_THREADS: usize = 2;

fn main() -> anyhow::Result<()> {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    match argument {
        Some(path) => real(Path::new(&path)),
        None => synthetic(),
    }
}

type Known = HashMap<BlobId, Option<FileFacts>>;

/// The tree of one commit: sources with their contents, and manifests.
struct Tree {
    files: Vec<(String, BlobId)>,
    manifests: Vec<(String, String)>,
}

fn real(path: &Path) -> anyhow::Result<()> {
    let repository = Repository::open(path)?;
    let mut commits = vec![repository.resolve("HEAD")?];
    while let Some(parent) = repository.first_parent(commits[commits.len() - 1])?.filter(|_| commits.len() <= N_COMMITS)
    {
        commits.push(parent);
    }
    let start = Instant::now();
    let tree = tree(&repository, commits[0])?;
    let mut known = Known::new();
    read(&repository, &tree, &mut known)?;
    let read_ms = ms(start);
    let sources = sources(&tree, &known);
    let graph = ImportGraph::build(&sources, &tree.manifests);
    let (n_files, n_edges) = (graph.len(), graph.n_edges());
    println!("{n_files} files, {n_edges} edges: read {read_ms:.0} ms, read and resolved {:.0} ms", ms(start));
    let start = Instant::now();
    let calls = CallGraph::build(&graph, &sources);
    println!("calls {:.0} ms: {} edges, {:?}", ms(start), calls.n_edges(), calls.counts());
    let n_named = (0..n_files as u32).flat_map(|from| graph.imports(from).map(move |to| (from, to)));
    println!("edges with names: {}", n_named.filter(|&(from, to)| !graph.symbols(from, to).is_empty()).count());
    follow(&repository, &commits, known)
}

/// Goes from the oldest of `commits` to the newest.
fn follow(repository: &Repository, commits: &[CommitId], mut known: Known) -> anyhow::Result<()> {
    let mut graph: Option<ImportGraph> = None;
    let mut times: Vec<f64> = Vec::new();
    for &commit in commits.iter().rev() {
        let start = Instant::now();
        let tree = tree(repository, commit)?;
        read(repository, &tree, &mut known)?;
        let sources = sources(&tree, &known);
        let after = graph.as_ref().map(|before| before.update(&sources, &tree.manifests));
        if after.is_some() {
            times.push(ms(start));
        }
        let fresh = ImportGraph::build(&sources, &tree.manifests);
        anyhow::ensure!(after.is_none_or(|after| after == fresh), "the update of {commit} differs from a fresh build");
        graph = Some(fresh);
    }
    times.sort_by(f64::total_cmp);
    let middle = times.get(times.len() / 2).context("the repository has one commit")?;
    let (n, last) = (times.len(), times[times.len() - 1]);
    println!(
        "{n} updates, each equal to a fresh build: median {middle:.0} ms, longest {last:.0} ms, with listing and reading"
    );
    Ok(())
}

fn tree(repository: &Repository, commit: CommitId) -> anyhow::Result<Tree> {
    let (mut files, mut manifests) = (Vec::new(), Vec::new());
    for file in repository.files_at(commit)? {
        if is_manifest(&file.path) {
            let text = repository.text(file.blob).unwrap_or_default();
            manifests.push((file.path.clone(), String::from_utf8_lossy(&text).into_owned()));
        }
        files.push((file.path, file.blob));
    }
    Ok(Tree { files, manifests })
}

/// Reads what is not known yet, on [`N_THREADS`] threads.
fn read(repository: &Repository, tree: &Tree, known: &mut Known) -> anyhow::Result<()> {
    let wanted: Vec<&(String, BlobId)> =
        tree.files.iter().filter(|(path, blob)| code::read(path, b"").is_ok() && !known.contains_key(blob)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    let work = |handle: Repository| {
        let mut read = Vec::new();
        while let Some((path, blob)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            read.push((*blob, handle.text(*blob).and_then(|text| code::read(path, &text).ok())));
        }
        read
    };
    let handles = (0..N_THREADS).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let read = std::thread::scope(|scope| {
        let workers: Vec<_> = handles.into_iter().map(|handle| scope.spawn(|| work(handle))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for part in read {
        known.extend(part.map_err(|_| anyhow::anyhow!("a reader panicked"))?);
    }
    Ok(())
}

fn sources<'a>(tree: &'a Tree, known: &'a Known) -> Vec<SourceFile<'a>> {
    let facts = |blob: &BlobId| known.get(blob).and_then(Option::as_ref);
    in_graph(tree.files.iter().map(|(path, blob)| (path.as_str(), facts(blob)))).0
}

/// Python files that import others by a fixed rule, each of them one hub among others.
fn synthetic() -> anyhow::Result<()> {
    let facts =
        code::read("m.py", b"import m\ndef f():\n    m.f()\n    g()\n").map_err(|why| anyhow::anyhow!("{why:?}"))?;
    let file = |at: usize| {
        let mut facts = facts.clone();
        // Steps that share no divisor spread over all files.
        let target = |nth: usize| if nth == 0 { 0 } else { (at * 7 + nth * 4_999 + 1) % N_FILES };
        let import = |nth: usize| Import { target: format!("m{}", target(nth)), names: Vec::new(), line: 1 };
        facts.imports = (0..N_IMPORTS_PER_FILE).map(import).collect();
        facts
    };
    let files: Vec<(String, FileFacts)> =
        (0..N_FILES).map(|at| (format!("d{}/m{at}.py", at % 100), file(at))).collect();
    let mut sources: Vec<SourceFile<'_>> = files.iter().map(|(path, facts)| SourceFile { path, facts }).collect();
    let manifests: Vec<(String, String)> =
        (0..100).map(|at| (format!("d{at}/pyproject.toml"), String::new())).collect();
    let all = Instant::now();
    let graph = ImportGraph::build(&sources, &manifests);
    println!("build {:.0} ms: {:?}", ms(all), graph.summary());
    let start = Instant::now();
    let _ = graph.pagerank();
    println!("pagerank {:.0} ms", ms(start));
    let start = Instant::now();
    let structure = Structure::of(&graph);
    let layers = ms(start);
    let between = structure.betweenness(1);
    println!("layers {layers:.0} ms, betweenness {:.0} ms: {between:.0}", ms(start) - layers);
    let start = Instant::now();
    let calls = CallGraph::build(&graph, &sources);
    println!("calls {:.0} ms: {:?}", ms(start), calls.counts());
    println!("all of it {:.0} ms", ms(all));
    let changed = file(17);
    sources[9].facts = &changed;
    let start = Instant::now();
    let after = graph.update(&sources, &manifests);
    println!("update of one file {:.0} ms, {} edges", ms(start), after.n_edges());
    Ok(())
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}
