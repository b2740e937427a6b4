//! Which files will feel this change?
//!
//! In: the tree of the head with the facts of its sources, what the configuration says of its paths, and the past. Out:
//! ImpactAnalyzer's answer on the import graph of that tree and on what changed together before.

use super::import_graph::import_graph;
use crate::code::{self, FileKind, Language};
use crate::config::RepositoryConfig;
use crate::domain::Diff;
use crate::features::{Feature, Present, is_security_sensitive};
use crate::git;
use crate::graph::{CoChange, ImportGraph};
use crate::history::Past;
use crate::models::answer::{GraphSummary, ImpactAnswer, Outcome};
use crate::models::impact::{self, Components, NewEdges, Scene, Terrain, Traits};
use crate::store::Sources;
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
    sources: &Sources,
) -> Graphs {
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    Graphs { imports: import_graph(repository, tree, sources), together }
}

/// What the answer on impact is made from, besides the graphs.
pub(super) struct Surroundings<'a> {
    pub(super) past: &'a Past<'a>,
    pub(super) present: &'a Present<'a>,
    pub(super) tree: &'a [git::TreeFile],
    pub(super) sources: &'a Sources,
    pub(super) config: &'a RepositoryConfig,
}

/// How far the change is felt.
pub(super) fn impact(graphs: &Graphs, around: &Surroundings<'_>, diff: &Diff) -> Outcome<ImpactAnswer> {
    let paths = around.tree.iter().map(|file| file.path.as_str());
    // Both sides of a rename have a component: the old path is in no tree of the head.
    let old_paths = diff.files.iter().filter_map(|file| file.old_path.as_deref());
    let components =
        Components::new(paths.chain(old_paths), |path| around.config.components.of(path).map(str::to_owned));
    let traits = traits(around);
    let terrain = Terrain::new(&graphs.imports, &graphs.together, &components, |path| {
        traits.get(path).copied().unwrap_or_default()
    });
    let analyzer = impact::Structural::new(&terrain);
    let scale = impact::Scale::of_past(&analyzer, around.past);
    let scene =
        Scene { diff, terrain: &terrain, new_edges: NewEdges::default(), graph: summary(&graphs.imports, around.tree) };
    impact::analyze(&analyzer, &scale, scene)
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
fn summary(imports: &ImportGraph, tree: &[git::TreeFile]) -> GraphSummary {
    let (n_unresolved_imports, n_internal_imports) = imports.unresolved();
    let n_code = |is_wanted: &dyn Fn(&str, FileKind) -> bool| {
        tree.iter().filter(|file| is_wanted(&file.path, code::file_kind(&file.path))).count()
    };
    let has_grammar = |path: &str| Language::of_path(path).is_some();
    let is_foreign = |kind: FileKind| matches!(kind, FileKind::Generated | FileKind::Vendored);
    let n_left_out = n_code(&|path, kind| is_foreign(kind) && has_grammar(path) && imports.index_of(path).is_none());
    let is_code = |kind: FileKind| matches!(kind, FileKind::Source | FileKind::Test);
    let n_without_grammar = n_code(&|path, kind| is_code(kind) && !has_grammar(path));
    GraphSummary {
        n_files: imports.len(),
        n_edges: imports.n_edges(),
        n_internal_imports,
        n_unresolved_imports,
        n_left_out,
        n_without_grammar,
    }
}
