//! Who will feel the change, along which path, and how hard is it to test?
//!
//! In: the terrain, the changed files, and how strongly each other file feels the change. Out: affected files with a
//! score, paths that can be followed in the source, and a test effort by which tests reach them. Where the strengths
//! come from is no matter here.

use super::paths::Ways;
use super::structural::{MAX_DEPTH, decay, is_test, together_with};
use super::terrain::Terrain;
use crate::models::answer::AffectedComponent;
use std::collections::BTreeMap;

/// Affected files that are named: more than a reviewer follows up.
const MAX_AFFECTED: usize = 50;

/// A test that goes along in at least this share of a file's changes says something about the file.
const MIN_TEST_HABIT: f32 = 0.5;

/// Affected product files, most affected first. Tests are named elsewhere.
pub(super) fn named(terrain: &Terrain<'_>, changed: &[&str], strengths: &[(String, f64)]) -> Vec<AffectedComponent> {
    let known = terrain.known(changed);
    let reached = terrain.imports.dependents(&known, MAX_DEPTH);
    let ways = Ways::new(terrain, &known, &reached);
    let mut habits: BTreeMap<&str, (&str, f64)> = BTreeMap::new();
    for (with, partner) in together_with(terrain.together, changed) {
        let strength = f64::from(partner.strength);
        let habit = habits.entry(partner.path.as_str()).or_insert((with, strength));
        if strength > habit.1 {
            *habit = (with, strength);
        }
    }
    let mut strongest: Vec<&(String, f64)> = strengths.iter().filter(|(path, _)| !is_test(path)).collect();
    strongest.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    strongest.truncate(MAX_AFFECTED);
    let name = |(path, strength): &(String, f64)| {
        component(terrain, &ways, habits.get(path.as_str()).copied(), path, *strength)
    };
    strongest.into_iter().map(name).collect()
}

/// 0 to 10 of a strength.
pub(super) fn score(strength: f64) -> f64 {
    if strength.is_nan() { 0.0 } else { 10.0 * strength.clamp(0.0, 1.0) }
}

fn component(
    terrain: &Terrain<'_>,
    ways: &Ways<'_>,
    habit: Option<(&str, f64)>,
    path: &str,
    strength: f64,
) -> AffectedComponent {
    let file = terrain.imports.index_of(path);
    let names = |files: &[u32]| files.iter().map(|&file| terrain.imports.file(file).to_owned()).collect::<Vec<_>>();
    let shortest = file.map(|file| ways.shortest(file)).unwrap_or_default();
    let by_import = if shortest.is_empty() { 0.0 } else { decay(shortest.len() as u32 - 1) };
    let is_import = by_import > 0.0 && by_import >= habit.map_or(0.0, |(_, strength)| strength);
    AffectedComponent {
        component: terrain.components.of(path).to_owned(),
        file: path.to_owned(),
        impact_score: score(strength),
        impact_type: if is_import { "imports" } else { "changes_together" }.to_owned(),
        dependency_path: match habit {
            Some((with, _)) if shortest.is_empty() => vec![with.to_owned(), path.to_owned()],
            _ => names(&shortest),
        },
        symbols: ways.symbols(&shortest),
        most_used_path: file.map(|file| names(&ways.most_used(file, &shortest))).unwrap_or_default(),
        estimated_test_effort: test_effort(terrain, path).to_owned(),
    }
}

/// `low` when a test imports the file, `medium` when tests reach it through other files or usually change with it,
/// `high` when none does.
fn test_effort(terrain: &Terrain<'_>, path: &str) -> &'static str {
    let has_habit = || {
        let partners = terrain.together.partners(path).iter();
        partners.filter(|partner| partner.strength >= MIN_TEST_HABIT).any(|partner| is_test(&partner.path))
    };
    match terrain.imports.index_of(path).and_then(|file| terrain.steps_from_test(file)) {
        Some(0 | 1) => "low",
        Some(_) => "medium",
        None if has_habit() => "medium",
        None => "high",
    }
}
