//! What does a change do to the structure of the imports?
//!
//! In: the import graphs before and after it. Out: imports that came and went, those that run against the direction in
//! which two folders import each other, and circles that were not there. Never calls an import wrong: two folders
//! without a settled direction have no grain to run against.

use super::ImportGraph;
use super::files::folder_of;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Imports between two components, below which they have no direction.
pub const MIN_GRAIN_IMPORTS: u32 = 10;

/// The lower end of the share's 95% interval must reach this: ten of ten do, nineteen of twenty do, eight of ten do not.
pub const MIN_GRAIN_SHARE: f64 = 0.7;

/// The normal quantile of a two-sided 95% interval.
const Z: f64 = 1.959_964;

/// New imports inside one new circle that the shortest way around is looked for from; each costs a walk over it.
const MAX_TRIED: usize = 64;

/// Circles that are named.
const MAX_CIRCLES: usize = 100;

/// How the imports of two commits differ. Everything in order of path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drift {
    /// Imports that were not there, as (importing, imported) path.
    pub new_edges: Vec<(String, String)>,
    /// Imports that are gone.
    pub removed_edges: Vec<(String, String)>,
    /// New imports between components whose imports went the other way before: of at least [`MIN_GRAIN_IMPORTS`], a
    /// share whose lower 95% confidence bound (Wilson, 1927) is at least [`MIN_GRAIN_SHARE`].
    pub against_the_grain: Vec<AgainstTheGrain>,
    /// For each strongly connected group whose files were not in one group before, the shortest way around through a
    /// new import: each file imports the next, and the last one the first. At most 100.
    pub new_cycles: Vec<Vec<String>>,
}

/// An import against the settled direction between two components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgainstTheGrain {
    /// The importing file.
    pub from: String,
    /// The imported one.
    pub to: String,
    /// Component of the importing file.
    pub from_component: String,
    /// Component of the imported one.
    pub to_component: String,
    /// Imports that went the other way before.
    pub n_other_way: u32,
    /// Imports that went this way before.
    pub n_this_way: u32,
}

impl Drift {
    /// From `before` to `after`, folders being the components.
    pub fn between(before: &ImportGraph, after: &ImportGraph) -> Drift {
        Drift::between_components(before, after, |path| folder_of(path).to_owned())
    }

    /// As [`Self::between`], with the name of each path's component.
    pub fn between_components(before: &ImportGraph, after: &ImportGraph, component: impl Fn(&str) -> String) -> Drift {
        let (old, new) = (named_edges(before), named_edges(after));
        let new_edges: Vec<(&str, &str)> = new.difference(&old).copied().collect();
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        Drift {
            removed_edges: old.difference(&new).map(owned).collect(),
            against_the_grain: against_the_grain(&old, &new_edges, component),
            new_cycles: new_cycles(before, after, &new_edges),
            new_edges: new_edges.iter().map(owned).collect(),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Drift::default()
    }
}

fn named_edges(graph: &ImportGraph) -> BTreeSet<(&str, &str)> {
    graph.edges().iter().map(|&(from, to)| (graph.file(from), graph.file(to))).collect()
}

fn against_the_grain(
    old: &BTreeSet<(&str, &str)>,
    new: &[(&str, &str)],
    component: impl Fn(&str) -> String,
) -> Vec<AgainstTheGrain> {
    if new.is_empty() {
        return Vec::new();
    }
    let paths: BTreeSet<&str> = old.iter().chain(new).flat_map(|&(from, to)| [from, to]).collect();
    let components: HashMap<&str, String> = paths.into_iter().map(|path| (path, component(path))).collect();
    let mut n_imports: HashMap<(&str, &str), u32> = HashMap::new();
    for (from, to) in old {
        *n_imports.entry((&components[from], &components[to])).or_default() += 1;
    }
    let count = |from: &str, to: &str| n_imports.get(&(from, to)).copied().unwrap_or(0);
    let against = new.iter().filter_map(|&(from, to)| {
        let (from_component, to_component) = (&components[from], &components[to]);
        let n_this_way = count(from_component, to_component);
        let n_other_way = count(to_component, from_component);
        let is_against = from_component != to_component && has_grain(n_other_way, n_other_way + n_this_way);
        is_against.then(|| AgainstTheGrain {
            from: from.to_owned(),
            to: to.to_owned(),
            from_component: from_component.clone(),
            to_component: to_component.clone(),
            n_other_way,
            n_this_way,
        })
    });
    against.collect()
}

/// Whether `n_one_way` of `n_all` imports are a direction.
fn has_grain(n_one_way: u32, n_all: u32) -> bool {
    n_all >= MIN_GRAIN_IMPORTS && wilson_lower(n_one_way, n_all) >= MIN_GRAIN_SHARE
}

/// Lower end of the score interval of a share (Wilson, 1927).
fn wilson_lower(n_hits: u32, n_all: u32) -> f64 {
    let (n, share) = (f64::from(n_all), f64::from(n_hits) / f64::from(n_all));
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (share + Z * Z / (2.0 * n) - spread) / (1.0 + Z * Z / n)
}

fn new_cycles(before: &ImportGraph, after: &ImportGraph, new_edges: &[(&str, &str)]) -> Vec<Vec<String>> {
    let old_group: HashMap<&str, usize> = groups(before);
    let group: HashMap<&str, usize> = groups(after);
    let mut closing: BTreeMap<usize, Vec<(&str, &str)>> = BTreeMap::new();
    for &(from, to) in new_edges {
        let Some(&nth) = group.get(from).filter(|nth| group.get(to) == Some(nth)) else { continue };
        let was_together = old_group.get(from).is_some_and(|old| old_group.get(to) == Some(old));
        if !was_together {
            closing.entry(nth).or_default().push((from, to));
        }
    }
    let shortest = |edges: Vec<(&str, &str)>| {
        let ways = edges.iter().take(MAX_TRIED).filter_map(|&(from, to)| way_around(after, from, to));
        ways.min_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))
    };
    let mut cycles: Vec<Vec<String>> = closing.into_values().filter_map(shortest).take(MAX_CIRCLES).collect();
    cycles.sort();
    cycles
}

/// Which circle each path stands in.
fn groups(graph: &ImportGraph) -> HashMap<&str, usize> {
    let cycles = graph.cycles().into_iter().enumerate();
    cycles.flat_map(|(nth, files)| files.into_iter().map(move |file| (graph.file(file), nth))).collect()
}

/// From the import of `to` by `from` the fewest imports back: `from`, `to`, and so on.
fn way_around(graph: &ImportGraph, from: &str, to: &str) -> Option<Vec<String>> {
    let (from, to) = (graph.index_of(from)?, graph.index_of(to)?);
    let mut came_from: HashMap<u32, u32> = HashMap::from([(to, from)]);
    let mut waiting = VecDeque::from([to]);
    while let Some(file) = waiting.pop_front() {
        if file == from {
            break;
        }
        for next in graph.targets(file) {
            came_from.entry(next).or_insert_with(|| {
                waiting.push_back(next);
                file
            });
        }
    }
    let mut way = vec![from];
    let mut file = *came_from.get(&from)?;
    while file != from {
        way.push(file);
        file = *came_from.get(&file)?;
    }
    way[1..].reverse();
    Some(way.into_iter().map(|file| graph.file(file).to_owned()).collect())
}
