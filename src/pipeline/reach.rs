//! Which files will feel this change?
//!
//! In: the tree of the head with the facts of its sources, what the configuration says of its paths, and the past. Out:
//! ImpactAnalyzer's answer on the import graph of that tree, on what the change does to the graph, and on what changed
//! together before.

use super::import_graph::{import_graph, import_graph_near};
use super::read_sources::{Version, read_sources};
use crate::code::Language;
use crate::config::RepositoryConfig;
use crate::domain::{BlobId, Diff, DiffFile};
use crate::features::{Feature, Present, is_security_sensitive};
use crate::git;
use crate::graph::{CoChange, Drift, ImportGraph, LeftOut, Summary};
use crate::history::Past;
use crate::models::answer::{GraphSummary, ImpactAnswer, Outcome};
use crate::models::impact::network::{self, Changed};
use crate::models::impact::{self, Components, Learned, Scene, Terrain, Traits, WithNetwork};
use crate::store::Sources;
use rustc_hash::{FxHashMap, FxHashSet};

/// Sources before the change that are read to see what it does to the graph: half a second of work. A larger change moves
/// so much that new imports are not what to look at.
const MAX_FILES_READ_BEFORE: usize = 500;

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
    sources: &Sources,
) -> Graphs {
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    Graphs { imports: import_graph(repository, tree, sources), together }
}

/// What the answer on impact is made from, besides the graphs.
pub(super) struct Surroundings<'a> {
    pub(super) repository: &'a git::Repository,
    pub(super) past: &'a Past<'a>,
    pub(super) present: &'a Present<'a>,
    pub(super) tree: &'a [git::TreeFile],
    pub(super) sources: &'a Sources,
    pub(super) config: &'a RepositoryConfig,
    /// What the past teaches; `None` where it is too short.
    pub(super) learned: Option<&'a Learned>,
}

/// How far the change is felt.
///
/// # Errors
/// When the tree before the change cannot be read.
pub(super) fn impact(
    graphs: &Graphs,
    around: &Surroundings<'_>,
    diff: &Diff,
) -> Result<Outcome<ImpactAnswer>, git::Error> {
    let paths = around.tree.iter().map(|file| file.path.as_str());
    // Both sides of a rename have a component: the old path is in no tree of the head.
    let old_paths = diff.files.iter().filter_map(|file| file.old_path.as_deref());
    let components =
        Components::new(paths.chain(old_paths), |path| around.config.components.of(path).map(str::to_owned));
    let traits = traits(around);
    let terrain = Terrain::new(&graphs.imports, &graphs.together, &components, |path| {
        traits.get(path).copied().unwrap_or_default()
    });
    let structural = impact::Structural::new(&terrain);
    let scale = impact::Scale::of_past(&structural, around.past);
    let drift = drift(graphs, around, diff, &components)?;
    let scene = Scene { diff, terrain: &terrain, drift: &drift, graph: summary(&graphs.imports) };
    let Some(learned) = around.learned else {
        return Ok(impact::analyze(&structural, &scale, scene));
    };
    let text = |blob: BlobId| around.repository.text(blob);
    let people = around.config.policy.people;
    let changed = Changed::of(diff, people, &text);
    let tree: FxHashSet<&str> = around.tree.iter().map(|file| file.path.as_str()).collect();
    let is_there = |path: &str| {
        tree.contains(path) || diff.files.iter().any(|file| file.path == path || file.old_path.as_deref() == Some(path))
    };
    let asked = network::Present::new(around.past, &is_there, &text);
    let analyzer = WithNetwork::new(structural, learned, &asked, &changed);
    Ok(impact::analyze(&analyzer, &learned.scale(scale), scene))
}

/// What each source of the tree is like.
fn traits<'a>(around: &Surroundings<'a>) -> FxHashMap<&'a str, Traits> {
    let n_speed_changes = impact::speed_changes(around.past);
    let with_benchmarks: FxHashMap<&str, f64> = around.present.shares_with_benchmarks().collect();
    let of = |file: &'a git::TreeFile| {
        let facts = around.sources.get(&file.blob)?.as_ref()?;
        let path = file.path.as_str();
        let said = around.config.business.of(path);
        let said = |feature: Feature| {
            said.iter().rev().find(|(known, _)| *known == feature).map(|(_, value)| f64::from(*value))
        };
        let is_secured = facts.metrics.libraries.n_security > 0 || is_security_sensitive(path);
        let traits = Traits {
            sensitivity: said(Feature::SecuritySensitivity).unwrap_or(f64::from(u8::from(is_secured))),
            criticality: said(Feature::PerformanceCriticality)
                .or_else(|| with_benchmarks.get(path).copied())
                .unwrap_or(0.0),
            n_speed_changes: n_speed_changes.get(path).copied().unwrap_or(0),
            cyclomatic: facts.metrics.cyclomatic,
            nesting_max: facts.metrics.nesting_max,
        };
        Some((path, traits))
    };
    around.tree.iter().filter_map(of).collect()
}

/// What the graph could see of the tree.
fn summary(imports: &ImportGraph) -> GraphSummary {
    let Summary { n_files, n_edges, n_internal_imports, n_unresolved_imports, left_out } = imports.summary();
    let LeftOut { n_left_out, n_without_grammar } = left_out;
    GraphSummary { n_files, n_edges, n_internal_imports, n_unresolved_imports, n_left_out, n_without_grammar }
}

/// What the change does to the import graph, components being the ones of the answer. Nothing where the graph before
/// cannot be known: without common history, or where a change is too large to read its other side for this.
fn drift(
    graphs: &Graphs,
    around: &Surroundings<'_>,
    diff: &Diff,
    components: &Components,
) -> Result<Drift, git::Error> {
    let is_code = |file: &&DiffFile| {
        Language::of_path(file.old_path.as_deref().unwrap_or(&file.path)).is_some()
            || Language::of_path(&file.path).is_some()
    };
    let n_code = diff.files.iter().filter(is_code).count();
    let Some(merge_base) = diff.merge_base.filter(|_| (1..=MAX_FILES_READ_BEFORE).contains(&n_code)) else {
        return Ok(Drift::default());
    };
    let tree = around.repository.files_at(merge_base)?;
    let is_missing =
        |file: &&git::TreeFile| Language::of_path(&file.path).is_some() && !around.sources.contains_key(&file.blob);
    let missing: Vec<Version> =
        tree.iter().filter(is_missing).take(MAX_FILES_READ_BEFORE).map(|file| (file.blob, file.path.clone())).collect();
    let read = read_sources(around.repository, &missing, &|_, _| ())?;
    let read: Sources = missing.into_iter().zip(read).map(|((blob, _), facts)| (blob, facts.ok())).collect();
    let facts = |blob: BlobId| around.sources.get(&blob).or_else(|| read.get(&blob))?.as_ref();
    let before = import_graph_near(around.repository, &graphs.imports, &tree, facts);
    Ok(Drift::between_components(&before, &graphs.imports, |path| components.of(path).to_owned()))
}
