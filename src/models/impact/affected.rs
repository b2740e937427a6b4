//! Who will feel the change, along which path, and how hard is it to test?
//!
//! In: the structural analyzer and the changed files. Out: affected files with a score, a path that can be followed in
//! the source, and a test effort by which tests reach them.

use super::structural::{Structural, decay, is_test};
use crate::features::subsystem;
use crate::graph::{ImportGraph, Reached};
use crate::models::answer::AffectedComponent;
use std::collections::BTreeMap;

/// Affected files that are named: more than a reviewer follows up.
const MAX_AFFECTED: usize = 50;

/// A habit weaker than this is not worth a line.
const MIN_STRENGTH: f64 = 0.2;

/// Affected product files, most affected first. Tests are named elsewhere.
pub(super) fn components(analyzer: &Structural<'_>, changed: &[&str]) -> Vec<AffectedComponent> {
    let reached = analyzer.dependents(changed);
    let mut effects: BTreeMap<&str, Effect<'_>> = BTreeMap::new();
    for Reached { file, depth, .. } in &reached {
        let effect = Effect { by_import: decay(*depth), by_habit: 0.0, source: Source::Imports(*file) };
        effects.insert(analyzer.imports.file(*file), effect);
    }
    for (with, partner) in analyzer.together_with(changed) {
        let strength = f64::from(partner.strength);
        if strength >= MIN_STRENGTH {
            let effect = Effect { by_import: 0.0, by_habit: 0.0, source: Source::Habit(with) };
            let effect = effects.entry(partner.path.as_str()).or_insert(effect);
            effect.by_habit = strength.max(effect.by_habit);
        }
    }
    let mut strongest: Vec<(&str, Effect<'_>)> = effects.into_iter().filter(|(path, _)| !is_test(path)).collect();
    strongest.sort_by(|a, b| b.1.score().total_cmp(&a.1.score()).then_with(|| a.0.cmp(b.0)));
    strongest.truncate(MAX_AFFECTED);
    strongest.into_iter().map(|(path, effect)| component(analyzer, path, &effect, &reached)).collect()
}

/// How a file feels the change.
struct Effect<'a> {
    /// 1 halved with every import step; 0 without a path of imports.
    by_import: f64,
    /// Share of the past changes that went along.
    by_habit: f64,
    source: Source<'a>,
}

/// Where its path begins.
enum Source<'a> {
    /// The file's number in the graph: the path is one of imports.
    Imports(u32),
    /// The changed file it goes along with.
    Habit(&'a str),
}

impl Effect<'_> {
    /// 0 to 10: both ways may carry the change, and do so independently.
    fn score(&self) -> f64 {
        10.0 * (1.0 - (1.0 - self.by_import) * (1.0 - self.by_habit.clamp(0.0, 1.0)))
    }
}

fn component(analyzer: &Structural<'_>, path: &str, effect: &Effect<'_>, reached: &[Reached]) -> AffectedComponent {
    let name = |file: u32| analyzer.imports.file(file).to_owned();
    AffectedComponent {
        component: subsystem(path).to_owned(),
        file: path.to_owned(),
        impact_score: effect.score(),
        impact_type: if effect.by_import >= effect.by_habit { "imports" } else { "changes_together" }.to_owned(),
        dependency_path: match effect.source {
            Source::Imports(file) => ImportGraph::path_to(reached, file).into_iter().map(name).collect(),
            Source::Habit(with) => vec![with.to_owned(), path.to_owned()],
        },
        estimated_test_effort: test_effort(analyzer, path).to_owned(),
        ..AffectedComponent::default()
    }
}

/// `low` when a test imports the file, `medium` when tests reach it through other files only, `high` when none does.
fn test_effort(analyzer: &Structural<'_>, path: &str) -> &'static str {
    let reached = analyzer.dependents(&[path]);
    let nearest = reached
        .iter()
        .filter(|reached| is_test(analyzer.imports.file(reached.file)))
        .map(|reached| reached.depth)
        .min();
    match nearest {
        Some(1) => "low",
        Some(_) => "medium",
        None => "high",
    }
}
