//! What does ImpactAnalyzer answer, as plain data?
//!
//! Field names are the JSON contract of the product (documented in `docs/json.md`). Never holds a number that was not
//! computed: what is unknown is absent or empty.

use serde::Serialize;
use std::collections::BTreeMap;

/// What ImpactAnalyzer says of a change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ImpactAnswer {
    /// Paths after the change.
    pub files_changed: Vec<String>,
    /// 0 to 10; 8.0 and above is the top 4% of this repository's past changes.
    pub overall_impact_score: f64,
    /// Dimensions this version measures, 0 to 10 each; a dimension it does not measure is absent.
    pub dimensions: BTreeMap<String, f64>,
    /// For each measured dimension what it was found in, as facts with names and numbers, strongest first.
    pub dimension_evidence: BTreeMap<String, Vec<String>>,
    /// Files expected to feel the change, most affected first.
    pub affected_components: Vec<AffectedComponent>,
    /// The same by component, most affected first.
    pub components: Vec<ComponentImpact>,
    /// Existing tests that reach the changed files, most promising first.
    pub recommended_tests: Vec<String>,
    /// Tests that reach them too and are left out of that list, which is limited.
    pub n_tests_left: usize,
    /// How to run them.
    pub test_commands: Vec<TestCommand>,
    /// How often such a choice of tests would have held the test of a past break; absent where too few are known.
    pub test_record: Option<TestRecord>,
    /// What to do, checkable.
    pub recommendations: Vec<String>,
    /// Files that depend on the changed ones, directly or not.
    pub n_dependents: usize,
    /// Usual companions of the changed files that are missing from this change.
    pub missing_companions: Vec<Companion>,
    /// People who know the affected code, best first; empty where facts about people are switched off.
    pub reviewers: Vec<SuggestedReviewer>,
    /// Open pull requests that touch the same dependency cone.
    pub overlapping_pull_requests: Vec<OverlappingPullRequest>,
    /// Numbers of this and the overlapping pull requests in the order in which to merge them; empty without overlap.
    pub merge_order: Vec<u64>,
    /// What the answer could see of the repository.
    pub graph: GraphSummary,
    /// At most 15 files around the change, to be drawn.
    pub picture: Picture,
    /// Per changed file, 0 to 10, in the order of `files_changed`.
    pub file_scores: Vec<f64>,
    /// How it was computed: `structural` or `graph_network`.
    pub method: String,
}

/// A file that will feel the change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AffectedComponent {
    /// Name from the configuration, package or folder it belongs to.
    pub component: String,
    /// Its path.
    pub file: String,
    /// 0 to 10.
    pub impact_score: f64,
    /// `imports` or `changes_together`.
    pub impact_type: String,
    /// From a changed file to this one by the fewest imports, both included.
    pub dependency_path: Vec<String>,
    /// Names that the second file of the path uses of the first, the third of the second, and so on: one list a step.
    pub symbols: Vec<Vec<String>>,
    /// The path whose steps use the most names, where it is another one.
    pub most_used_path: Vec<String>,
    /// `low` when tests reach it, `medium` when only tests of its dependents do, `high` when none do.
    pub estimated_test_effort: String,
}

/// A package, crate, folder or group of paths that will feel the change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ComponentImpact {
    /// Its name.
    pub component: String,
    /// 0 to 10.
    pub impact_score: f64,
    /// Files of it that are expected to feel the change.
    pub n_files: usize,
    /// The one that feels it most.
    pub file: String,
    /// Whether files of it are changed themselves.
    pub is_changed: bool,
}

/// A line to paste into a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TestCommand {
    /// `pytest`, `cargo`, `go`, `jest`, `vitest`, `maven`, `gradle`, ...
    pub runner: String,
    /// The command, paths quoted for a POSIX shell.
    pub command: String,
    /// Tests it runs, of the recommended ones.
    pub n_tests: usize,
}

/// How often a choice of tests was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TestRecord {
    /// Past breaks looked at: changes blamed by a fix that changed a test file which existed at the time.
    pub n_breaks: u32,
    /// Of those, where the tests chosen as of the change held such a test.
    pub n_caught: u32,
}

/// A file that usually changes together with a changed one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Companion {
    /// The missing file.
    pub file: String,
    /// The changed file it usually goes with.
    pub with: String,
    /// Changes of `with` that changed `file` too.
    pub n_together: u32,
    /// Changes of `with`.
    pub n_changes: u32,
}

/// Somebody who knows the affected code.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SuggestedReviewer {
    /// As in the log, or the owner as `CODEOWNERS` names it.
    pub name: String,
    /// Share of what is known of the changed and affected files that is this person's, 0 to 1, newer changes counting more.
    pub knowledge: f64,
    /// Commits this person wrote or took part in during the last 30 days: how busy they are, as far as commits tell.
    pub n_recent: u32,
    /// Whether `CODEOWNERS` names this person for a changed file.
    pub is_owner: bool,
    /// Why, in words.
    pub reason: String,
}

/// An open pull request whose files meet those of this one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OverlappingPullRequest {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Files changed in both.
    pub shared_files: Vec<String>,
    /// Pairs of a file changed here and one changed there, of which one depends on the other.
    pub linked_files: Vec<(String, String)>,
}

/// What an answer could see of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct GraphSummary {
    /// Files in the import graph.
    pub n_files: usize,
    /// Pairs of files of which one imports the other.
    pub n_edges: usize,
    /// Imports that look internal.
    pub n_internal_imports: usize,
    /// Of those, how many lead nowhere.
    pub n_unresolved_imports: usize,
    /// Code files written by a tool or kept from elsewhere, which are left out.
    pub n_left_out: usize,
    /// Code files in languages without a grammar: only what changed together is known of them.
    pub n_without_grammar: usize,
}

/// A small graph to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Picture {
    /// Changed files first.
    pub nodes: Vec<PictureNode>,
    /// Pairs of places in `nodes`.
    pub edges: Vec<PictureEdge>,
}

/// A file in a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PictureNode {
    /// Its path.
    pub file: String,
    /// Whether it is changed.
    pub is_changed: bool,
    /// Whether it is a test.
    pub is_test: bool,
}

/// Why two files of a picture are joined.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PictureEdge {
    /// Place in the nodes: the file that is used, or the changed one.
    pub from: usize,
    /// Place in the nodes: the file that uses it, or goes along.
    pub to: usize,
    /// `imports` or `changes_together`.
    pub kind: String,
}
