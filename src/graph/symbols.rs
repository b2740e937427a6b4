//! Which names of a file does another one use?
//!
//! In: the facts of two files of which one imports the other. Out: names the importing one uses, most used first. Never
//! decides by a name that more than [`MAX_CANDIDATES`] imported files have; a method counts where the type it belongs
//! to is named, because `x.get()` alone may be anything.

use super::files::SourceFile;
use crate::code::{FileFacts, Import};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Names kept of one edge: the most used ones say what it is about.
pub(super) const MAX_SYMBOLS: usize = 8;

/// Imported files that have a name, above which it says nothing of which one is meant.
pub(super) const MAX_CANDIDATES: usize = 3;

/// Names of one file that are looked for in the files it imports; hand-written files use some hundred.
const MAX_USED_NAMES: usize = 4_000;

/// The last part of a name: `next` of `Parser::next`, `C` of `a.b.C`.
pub(super) fn leaf(name: &str) -> &str {
    name.rsplit(['.', ':', '\\']).next().unwrap_or(name)
}

/// The last part of what stands before the leaf; `None` for a name without parts.
pub(super) fn owner(name: &str) -> Option<&str> {
    let before = name.strip_suffix(leaf(name))?.trim_end_matches(['.', ':', '\\']);
    (!before.is_empty()).then(|| leaf(before))
}

/// Who has a name: the file, and the type it belongs to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Provider<'a> {
    file: u32,
    owner: Option<&'a str>,
}

/// All names that some files offer to others.
#[derive(Debug, Default)]
pub(super) struct Provided<'a> {
    by_name: HashMap<&'a str, Vec<Provider<'a>>>,
}

impl<'a> Provided<'a> {
    /// The names of the files that are `wanted`, by number.
    pub(super) fn of(files: &[SourceFile<'a>], wanted: &[bool]) -> Self {
        let mut provided = Self::default();
        for ((source, file), _) in files.iter().zip(0u32..).zip(wanted).filter(|(_, wanted)| **wanted) {
            for (name, owner) in names_of(source.facts) {
                provided.by_name.entry(name).or_default().push(Provider { file, owner });
            }
        }
        for providers in provided.by_name.values_mut() {
            providers.sort_unstable();
            providers.dedup();
        }
        provided
    }

    fn of_name(&self, name: &str) -> &[Provider<'a>] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    fn has(&self, file: u32, name: &str) -> bool {
        !in_file(self.of_name(name), file).is_empty()
    }
}

fn in_file<'p, 'a>(providers: &'p [Provider<'a>], file: u32) -> &'p [Provider<'a>] {
    let start = providers.partition_point(|provider| provider.file < file);
    let end = providers.partition_point(|provider| provider.file <= file);
    &providers[start..end]
}

/// What a file offers: what it declares, its functions, and the types its methods belong to.
fn names_of(facts: &FileFacts) -> impl Iterator<Item = (&str, Option<&str>)> {
    let declared = facts.declared_types.iter().map(|name| (leaf(name), None));
    let functions = facts.functions.iter().flat_map(|function| {
        let owner = owner(&function.name);
        [Some((leaf(&function.name), owner)), owner.map(|owner| (owner, None))].into_iter().flatten()
    });
    declared.chain(functions).filter(|(name, _)| !name.is_empty())
}

/// How often a file uses a name, as a bare one and as a method.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    n_bare: u32,
    n_method: u32,
}

/// The names a file uses, in order.
fn used(facts: &FileFacts) -> BTreeMap<&str, Uses> {
    let mut used: BTreeMap<&str, Uses> = BTreeMap::new();
    for name in &facts.mentioned_types {
        used.entry(leaf(name)).or_default().n_bare += 1;
    }
    for call in &facts.calls {
        let uses = used.entry(call.name.as_str()).or_default();
        *(if call.is_method { &mut uses.n_method } else { &mut uses.n_bare }) += 1;
    }
    used
}

/// Where an import led: its names, and the files found.
pub(super) type Led<'a> = (&'a Import, Vec<u32>);

/// For each of `targets`, which `from` imports and which are sorted, the names used of it, most used first.
pub(super) fn symbols<'a>(
    (files, from): (&[SourceFile<'a>], u32),
    targets: &[u32],
    led: &[Led<'a>],
    provided: &Provided<'a>,
) -> Vec<Vec<&'a str>> {
    let facts = files[from as usize].facts;
    let own: HashSet<&str> = names_of(facts).map(|(name, _)| name).collect();
    let used = used(facts);
    let mut found: Vec<BTreeMap<&'a str, u32>> = vec![BTreeMap::new(); targets.len()];
    let place = |file: u32| targets.binary_search(&file).ok();
    for (import, led_to) in led {
        for name in import.names.iter().map(|name| leaf(name)).filter(|name| !matches!(*name, "*" | "")) {
            let is_taken = |file: &&u32| provided.has(**file, name) || is_only_place(files, led_to, name);
            for at in led_to.iter().filter(is_taken).filter_map(|file| place(*file)) {
                *found[at].entry(name).or_default() += 1;
            }
        }
    }
    let imported: HashSet<&str> = led.iter().flat_map(|(import, _)| &import.names).map(|name| leaf(name)).collect();
    let names_type = |owner: &str| imported.contains(owner) || used.get(owner).is_some_and(|uses| uses.n_bare > 0);
    for (name, uses) in used.iter().filter(|(name, _)| !own.contains(**name)).take(MAX_USED_NAMES) {
        let providers = meeting(provided.of_name(name), targets);
        let mut places: Vec<usize> = providers.iter().filter_map(|provider| place(provider.file)).collect();
        places.dedup();
        for at in places {
            let is_method_of = |provider: &&Provider<'_>| provider.file == targets[at] && provider.owner.is_some();
            let is_bare = providers.iter().any(|provider| provider.file == targets[at] && provider.owner.is_none());
            let is_named = providers.iter().filter(is_method_of).any(|provider| provider.owner.is_some_and(names_type));
            if is_bare || is_named {
                *found[at].entry(name).or_default() += uses.n_bare + uses.n_method;
            }
        }
    }
    found.into_iter().map(most_used).collect()
}

/// Whether an import can only have taken `name` from the one file it leads to, and the name is not the file's own.
fn is_only_place(files: &[SourceFile<'_>], led_to: &[u32], name: &str) -> bool {
    let [only] = led_to else { return false };
    let path = files[*only as usize].path;
    let (folder, file_name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file_name.split('.').next().unwrap_or(file_name);
    // A package is named by its folder.
    stem != name && folder.rsplit('/').next() != Some(name)
}

/// The providers that are among `targets`; none when they are in more than [`MAX_CANDIDATES`] files. Both are sorted;
/// the shorter one is gone through, so that neither a common name nor a long list of imports costs much.
fn meeting<'a>(providers: &[Provider<'a>], targets: &[u32]) -> Vec<Provider<'a>> {
    let mut met: Vec<Provider<'a>> = Vec::new();
    let mut n_files = 0;
    if providers.len() < targets.len() {
        for provider in providers.iter().filter(|provider| targets.binary_search(&provider.file).is_ok()) {
            n_files += usize::from(met.last().is_none_or(|last| last.file != provider.file));
            met.push(*provider);
            if n_files > MAX_CANDIDATES {
                return Vec::new();
            }
        }
    } else {
        for target in targets {
            let of_target = in_file(providers, *target);
            n_files += usize::from(!of_target.is_empty());
            met.extend_from_slice(of_target);
            if n_files > MAX_CANDIDATES {
                return Vec::new();
            }
        }
    }
    met
}

fn most_used(found: BTreeMap<&str, u32>) -> Vec<&str> {
    let mut names: Vec<(&str, u32)> = found.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    names.into_iter().take(MAX_SYMBOLS).map(|(name, _)| name).collect()
}

/// The symbols of all edges, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EdgeSymbols {
    names: Vec<String>,
    /// Places in `names`, edge after edge.
    places: Vec<u32>,
    /// Where the places of each edge end.
    ends: Vec<u32>,
}

impl EdgeSymbols {
    /// `symbols` has one list for each edge.
    pub(super) fn new<'s>(symbols: impl Iterator<Item = &'s Vec<&'s str>>) -> Self {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut kept = Self::default();
        for list in symbols {
            for name in list {
                let place = *known.entry(name).or_insert_with(|| {
                    kept.names.push((*name).to_owned());
                    kept.names.len() as u32 - 1
                });
                kept.places.push(place);
            }
            kept.ends.push(kept.places.len() as u32);
        }
        kept
    }

    /// The names of edge number `edge`; empty where a damaged cache has none.
    pub(super) fn of_edge(&self, edge: usize) -> Vec<&str> {
        let start = edge.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(edge)) else { return Vec::new() };
        let places = self.places.get(start as usize..*end as usize).unwrap_or_default();
        places.iter().filter_map(|&place| self.names.get(place as usize)).map(String::as_str).collect()
    }
}
