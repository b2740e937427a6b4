//! What kind of effect does a change have?
//!
//! In: the terrain, the changed files, and how strongly each further file feels the change. Out: five raw numbers that
//! only mean something beside those of past changes, and for each the facts it was found in, with names and numbers.
//! Where the strengths come from is no matter here. Names come from strangers and are quoted.

use super::advice::quoted;
use super::structural::is_test;
use super::terrain::{Terrain, Traits};
use crate::graph::{AgainstTheGrain, Drift};
use std::collections::{BTreeMap, BTreeSet};

/// How strongly a file feels a change, 0 to 1, by its number in the graph.
pub(super) type Felt = (u32, f64);

/// Facts that are given for one dimension.
const MAX_FACTS: usize = 3;

/// Files of a circle, or components, that one fact names.
const MAX_NAMES: usize = 4;

/// A new import against the grain counts as this many components entered: it opens a way that the whole folder may take.
const CROSSINGS_AGAINST_THE_GRAIN: f64 = 2.0;

/// A new circle counts as this many: it is harder to take back.
const CROSSINGS_OF_A_CIRCLE: f64 = 4.0;

/// Half of the heat that changes for speed can give is reached with this many of them.
const HALF_SPEED_CHANGES: f64 = 2.0;

/// Heat of a file that a benchmark imports; each further import halves it.
const BENCHMARK_HEAT: f64 = 0.5;

/// Control structures nested this deep are heat by themselves …
const DEEP_NESTING: u32 = 4;
/// … of this much: most deep nests are slow for nobody.
const NESTING_HEAT: f64 = 0.1;

/// The five raw numbers. Each is a sum over files, each weighted by how strongly it feels the change (a changed file: 1).
pub(super) fn raw(terrain: &Terrain<'_>, changed: &[u32], reached: &[Felt]) -> BTreeMap<&'static str, f64> {
    let sum =
        |weight: &dyn Fn(u32) -> f64| all(changed, reached).map(|(file, share)| share * weight(file)).sum::<f64>();
    let crossings =
        entered(terrain, changed, reached).len() + circles(terrain, changed).len() + layers(terrain, changed, reached);
    BTreeMap::from([
        ("functional", reached.iter().map(|(_, share)| share).sum()),
        ("performance", sum(&|file| heat(terrain, file))),
        ("security", sum(&|file| terrain.traits(file).sensitivity)),
        ("maintainability", sum(&|file| terrain.burden(file))),
        ("architectural", crossings as f64),
    ])
}

/// What the new edges add to the raw number of `architectural`. Those of past changes are not known, so they are
/// compared without: a change with such edges scores above every past change that crossed as much, by design.
pub(super) fn crossings_of(drift: &Drift) -> f64 {
    let against = drift.against_the_grain.len() as f64 * CROSSINGS_AGAINST_THE_GRAIN;
    against + drift.new_cycles.len() as f64 * CROSSINGS_OF_A_CIRCLE
}

/// The facts behind each number, strongest first, at most [`MAX_FACTS`] each; a dimension without any is absent.
pub(super) fn evidence(
    terrain: &Terrain<'_>,
    changed: &[u32],
    reached: &[Felt],
    drift: &Drift,
) -> BTreeMap<String, Vec<String>> {
    let found = [
        ("functional", functional(terrain, changed, reached)),
        ("performance", strongest(changed, reached, |file| heat(terrain, file), |file| performance(terrain, file))),
        (
            "security",
            strongest(changed, reached, |file| terrain.traits(file).sensitivity, |file| security(terrain, file)),
        ),
        ("maintainability", strongest(changed, reached, |file| terrain.burden(file), |file| burden(terrain, file))),
        ("architectural", architectural(terrain, changed, reached, drift)),
    ];
    let stated = found.into_iter().filter(|(_, facts)| !facts.is_empty());
    stated.map(|(name, facts)| (name.to_owned(), facts.into_iter().take(MAX_FACTS).collect())).collect()
}

/// Changed files in full, and the others as strongly as they feel it.
fn all<'a>(changed: &'a [u32], reached: &'a [Felt]) -> impl Iterator<Item = Felt> + 'a {
    changed.iter().map(|file| (*file, 1.0)).chain(reached.iter().copied())
}

/// How much speed hangs on a file, 0 to 1: four signs, each of which may be the one that counts.
fn heat(terrain: &Terrain<'_>, file: u32) -> f64 {
    let traits = terrain.traits(file);
    let n_speed = f64::from(traits.n_speed_changes);
    let benchmark = match terrain.steps_from_benchmark(file) {
        Some(steps @ 1..) => BENCHMARK_HEAT.powi(i32::from(steps)),
        _ => 0.0,
    };
    let nesting = if traits.nesting_max >= DEEP_NESTING { NESTING_HEAT } else { 0.0 };
    let signs = [traits.criticality, n_speed / (n_speed + HALF_SPEED_CHANGES), benchmark, nesting];
    1.0 - signs.iter().map(|sign| 1.0 - sign.clamp(0.0, 1.0)).product::<f64>()
}

/// Components that the change is felt in and that hold no changed file, those that feel it most first.
fn entered<'a>(terrain: &'a Terrain<'_>, changed: &[u32], reached: &[Felt]) -> Vec<&'a str> {
    let at_home: BTreeSet<&str> = changed.iter().map(|&file| terrain.component(file)).collect();
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for (file, share) in reached {
        *shares.entry(terrain.component(*file)).or_default() += share;
    }
    let mut entered: Vec<(&str, f64)> = shares.into_iter().filter(|(name, _)| !at_home.contains(name)).collect();
    entered.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    entered.into_iter().map(|(name, _)| name).collect()
}

/// How many layers above the highest changed file the change is felt.
fn layers(terrain: &Terrain<'_>, changed: &[u32], reached: &[Felt]) -> usize {
    let highest = |files: &mut dyn Iterator<Item = u32>| files.map(|file| terrain.layer(file)).max().unwrap_or(0);
    let above = highest(&mut reached.iter().map(|(file, _)| *file));
    above.saturating_sub(highest(&mut changed.iter().copied())) as usize
}

/// The circles of imports that changed files stand in, each once with the first changed file in it.
fn circles<'a>(terrain: &'a Terrain<'_>, changed: &[u32]) -> Vec<(u32, &'a [u32])> {
    let mut seen = BTreeSet::new();
    let touched = changed.iter().filter_map(|&file| Some((file, terrain.circle(file)?)));
    touched.filter(|(_, files)| seen.insert(files[0])).collect()
}

/// The facts of the files that weigh most.
fn strongest(
    changed: &[u32],
    reached: &[Felt],
    weight: impl Fn(u32) -> f64,
    fact: impl Fn(u32) -> Option<String>,
) -> Vec<String> {
    let mut weighed: Vec<(u32, f64)> =
        all(changed, reached).map(|(file, share)| (file, share * weight(file))).collect();
    weighed.retain(|(_, weight)| *weight > 0.0);
    weighed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    weighed.into_iter().filter_map(|(file, _)| fact(file)).take(MAX_FACTS).collect()
}

fn functional(terrain: &Terrain<'_>, changed: &[u32], reached: &[Felt]) -> Vec<String> {
    let n_tests = reached.iter().filter(|(file, _)| is_test(terrain.imports.file(*file))).count();
    let mut facts = Vec::new();
    if !reached.is_empty() {
        let which = if n_tests == 0 { String::new() } else { format!(", {n_tests} of them tests") };
        facts.push(format!("the change is felt in {}{which}", counted(reached.len(), "further file")));
    }
    let mut imported: Vec<(usize, u32)> = changed.iter().map(|&file| (terrain.imports.fan_in(file), file)).collect();
    imported.retain(|(n, _)| *n > 0);
    imported.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let by = |(n, file): (usize, u32)| format!("{} is imported by {}", name(terrain, file), counted(n, "file"));
    facts.extend(imported.into_iter().take(MAX_FACTS).map(by));
    facts
}

fn performance(terrain: &Terrain<'_>, file: u32) -> Option<String> {
    let Traits { criticality, n_speed_changes, nesting_max, .. } = *terrain.traits(file);
    let signs = [
        (criticality > 0.0).then(|| format!("its performance criticality is {criticality:.2}")),
        (n_speed_changes > 0)
            .then(|| format!("{} of it spoke of speed", counted(n_speed_changes as usize, "past change"))),
        match terrain.steps_from_benchmark(file) {
            Some(1) => Some("a benchmark imports it".to_owned()),
            Some(steps @ 2..) => Some(format!("a benchmark reaches it by {steps} imports")),
            _ => None,
        },
        (nesting_max >= DEEP_NESTING).then(|| format!("control structures are nested {nesting_max} deep")),
    ];
    let signs: Vec<String> = signs.into_iter().flatten().collect();
    (!signs.is_empty()).then(|| format!("{}: {}", name(terrain, file), signs.join(", ")))
}

fn security(terrain: &Terrain<'_>, file: u32) -> Option<String> {
    let sensitivity = terrain.traits(file).sensitivity;
    Some(format!("{} has a security sensitivity of {sensitivity:.2}", name(terrain, file)))
}

fn burden(terrain: &Terrain<'_>, file: u32) -> Option<String> {
    let (n_in, n_out) = (terrain.imports.fan_in(file), terrain.imports.fan_out(file));
    let cyclomatic = terrain.traits(file).cyclomatic;
    let imports = format!("is imported by {} and imports {n_out}", counted(n_in, "file"));
    Some(format!("{} {imports}; its cyclomatic complexity is {cyclomatic}", name(terrain, file)))
}

fn architectural(terrain: &Terrain<'_>, changed: &[u32], reached: &[Felt], drift: &Drift) -> Vec<String> {
    let circle = |files: &Vec<String>| {
        let around: Vec<&str> = files.iter().chain(files.first()).map(String::as_str).collect();
        format!("new circle of imports: {}", some(around.into_iter(), " → "))
    };
    let against = |AgainstTheGrain { from, to, n_other_way, n_this_way, .. }: &AgainstTheGrain| {
        let (way, all) = (format!("{} imports {}", quoted(from), quoted(to)), n_other_way + n_this_way);
        format!("new import against the grain: {way}, where {n_other_way} of {all} went the other way")
    };
    let mut facts: Vec<String> = drift.new_cycles.iter().take(MAX_FACTS).map(circle).collect();
    facts.extend(drift.against_the_grain.iter().take(MAX_FACTS).map(against));
    let entered = entered(terrain, changed, reached);
    if !entered.is_empty() {
        let names = some(entered.iter().map(|name| if name.is_empty() { "the top folder" } else { name }), ", ");
        facts.push(format!("it is felt in {} beyond its own: {names}", counted(entered.len(), "component")));
    }
    let n_layers = layers(terrain, changed, reached);
    if n_layers > 0 {
        facts.push(format!("it is felt {} above the change", counted(n_layers, "layer")));
    }
    facts.extend(circles(terrain, changed).into_iter().take(MAX_FACTS).map(|(file, files)| {
        format!("{} stands in a circle of imports of {}", name(terrain, file), counted(files.len(), "file"))
    }));
    facts
}

/// The first names, and how many more there are.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>, between: &str) -> String {
    let n_left = names.len().saturating_sub(MAX_NAMES);
    let named: Vec<String> = names.take(MAX_NAMES).map(quoted).collect();
    let more = if n_left > 0 { format!(" and {n_left} more") } else { String::new() };
    format!("{}{more}", named.join(between))
}

fn name(terrain: &Terrain<'_>, file: u32) -> String {
    quoted(terrain.imports.file(file))
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
