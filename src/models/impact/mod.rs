//! How much of the system is expected to feel the change?
//!
//! In: an [`Analyzer`] that can say what a set of files reaches, the past, and the change. Out: an
//! [`ImpactAnswer`]: scores from 0 to 10 on the scale of this repository's own past changes, who is affected and how,
//! what is usually changed along, and which tests to run. Never guesses a dimension it does not measure, and abstains
//! while there are too few past changes to compare with.
//! Method today: `structural`, the import graph and co-change. The card beside this file holds the formulas.

mod advice;
mod affected;
mod components;
mod dimensions;
mod learned;
mod merge_order;
pub mod network;
mod past_changes;
mod paths;
mod picture;
mod reviewers;
mod same_file;
mod scale;
mod speed;
mod structural;
mod terrain;
mod test_commands;
mod test_record;
#[cfg(test)]
mod tests;
mod tests_to_run;

pub use components::Components;
pub use learned::{Learned, WithNetwork};
pub use merge_order::{OpenPullRequest, merge_order, overlapping};
pub use reviewers::{Change, reviewers};
pub use scale::{MIN_PAST_CHANGES, N_PAST_CHANGES, Scale};
pub use speed::speed_changes;
pub use structural::Structural;
pub use terrain::{Terrain, Traits};
pub use test_commands::{Tree, test_commands};
pub use test_record::test_record;

use super::answer::{Companion, GraphSummary, ImpactAnswer, Outcome};
use crate::domain::Diff;
use crate::graph::Drift;
use std::collections::BTreeMap;

/// What a set of changed files reaches, measured in plain numbers that only mean something beside others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reach {
    /// Grows with everything that will feel the change.
    pub overall: f64,
    /// The same in each dimension this analyzer measures.
    pub dimensions: BTreeMap<&'static str, f64>,
}

/// A way to find out what a change reaches: `structural` today, a graph network later.
pub trait Analyzer {
    /// Its name in answers.
    fn method(&self) -> &'static str;

    /// What the files reach together, by their paths; files it does not know reach nothing.
    fn reach(&self, changed: &[&str]) -> Reach;

    /// How strongly every file outside the change is expected to feel it, 0 to 1, tests included; files that do not feel
    /// it are left out.
    fn strengths(&self, changed: &[&str]) -> Vec<(String, f64)>;

    /// How many files depend on the files, directly or not.
    fn n_dependents(&self, changed: &[&str]) -> usize;

    /// How many files import this one directly.
    fn n_direct_dependents(&self, path: &str) -> usize;

    /// Every test that reaches the files, most promising first.
    fn tests(&self, changed: &[&str]) -> Vec<String>;

    /// Files that usually change with one of the files and are not among them.
    fn missing_companions(&self, changed: &[&str]) -> Vec<Companion>;
}

/// A change, and what it is done to.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What changes.
    pub diff: &'a Diff,
    /// The repository with the change.
    pub terrain: &'a Terrain<'a>,
    /// What the change does to the import graph.
    pub drift: &'a Drift,
    /// What could be seen of the repository.
    pub graph: GraphSummary,
}

/// Says how far the change will be felt, on the scale of the repository's past changes.
///
/// Both sides of a rename count as changed: those who use the old name feel it most.
pub fn analyze(analyzer: &dyn Analyzer, scale: &Scale, scene: Scene<'_>) -> Outcome<ImpactAnswer> {
    if let Some(missing) = scale.missing() {
        return Outcome::NotEnoughHistory { missing };
    }
    let Scene { diff, terrain, drift, graph } = scene;
    let named: Vec<&str> = diff.files.iter().map(|file| file.path.as_str()).collect();
    let changed: Vec<&str> =
        diff.files.iter().flat_map(|file| [Some(file.path.as_str()), file.old_path.as_deref()]).flatten().collect();
    let mut reach = analyzer.reach(&changed);
    if let Some(raw) = reach.dimensions.get_mut("architectural") {
        *raw += dimensions::crossings_of(drift);
    }
    let strengths = analyzer.strengths(&changed);
    let mut tests = analyzer.tests(&changed);
    let n_tests_left = tests.len().saturating_sub(tests_to_run::MAX_TESTS);
    tests.truncate(tests_to_run::MAX_TESTS);
    let missing_companions = analyzer.missing_companions(&changed);
    let n_dependents = analyzer.n_dependents(&changed);
    let recommendations = advice::recommendations(analyzer, &changed, &tests, &missing_companions, n_dependents);
    let affected_components = affected::named(terrain, &changed, &strengths);
    let file_scores: Vec<f64> = named.iter().map(|path| scale.file(analyzer.reach(&[path]).overall)).collect();
    let scored: Vec<(&str, f64)> = named.iter().copied().zip(file_scores.iter().copied()).collect();
    let in_graph = |(path, strength): &(String, f64)| Some((terrain.imports.index_of(path)?, *strength));
    let felt: Vec<(u32, f64)> = strengths.iter().filter_map(in_graph).collect();
    Outcome::Ready(ImpactAnswer {
        overall_impact_score: scale.overall(reach.overall),
        dimensions: reach
            .dimensions
            .iter()
            .map(|(name, raw)| ((*name).to_owned(), scale.dimension(name, *raw)))
            .collect(),
        dimension_evidence: dimensions::evidence(terrain, &terrain.known(&changed), &felt, drift),
        components: components::impacts(terrain.components, &changed, &strengths),
        picture: picture::picture(terrain, &scored, &affected_components, &tests),
        affected_components,
        file_scores,
        files_changed: named.iter().map(|path| (*path).to_owned()).collect(),
        recommended_tests: tests,
        n_tests_left,
        recommendations,
        n_dependents,
        missing_companions,
        graph,
        method: analyzer.method().to_owned(),
        ..ImpactAnswer::default()
    })
}
