//! Which files may have other imports than in an earlier graph?
//!
//! In: files and manifests, and the prints of an earlier commit. Out: whether the places are the same, and the files to
//! look at again. Never says that a file is as before when anything that its edges or symbols come from has changed.

use super::files::SourceFile;
use crate::code::{FileFacts, Language};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Hashes of what the edges of a graph were made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prints {
    /// All paths in order, with their languages, and all manifests.
    places: u64,
    /// For each file, everything edges and symbols are made from.
    contents: Vec<u64>,
    /// For each file, what imports of other files may be resolved by.
    faces: Vec<u64>,
}

impl Prints {
    pub(super) fn of(files: &[SourceFile<'_>], manifests: &[(String, String)]) -> Self {
        let paths = files.iter().map(|file| (file.path, file.facts.language));
        Self {
            places: print(&(paths.collect::<Vec<_>>(), manifests)),
            contents: files.iter().map(|file| content(file.facts)).collect(),
            faces: files.iter().map(|file| face(file)).collect(),
        }
    }

    /// Whether both are of the same paths and manifests.
    pub(super) fn has_same_places(&self, other: &Prints) -> bool {
        self.places == other.places
    }

    /// Whether each file has to be looked at again; `before` is of the same places, `edges` are the ones made then.
    pub(super) fn stale(&self, files: &[SourceFile<'_>], before: &Prints, edges: &[(u32, u32)]) -> Vec<bool> {
        let differs = |now: &[u64], then: &[u64]| -> Vec<bool> {
            now.iter().enumerate().map(|(at, print)| then.get(at) != Some(print)).collect()
        };
        let is_changed = differs(&self.contents, &before.contents);
        let has_turned = differs(&self.faces, &before.faces);
        let turned = files.iter().zip(&has_turned).filter(|(_, has_turned)| **has_turned);
        let families: Vec<Family> = turned.map(|(file, _)| family(file)).collect();
        let mut is_family_stale = [false; N_FAMILIES];
        families.into_iter().for_each(|family| is_family_stale[family] = true);
        let is_stale = |(file, changed): (&SourceFile<'_>, &bool)| *changed || is_family_stale[family(file)];
        let mut stale: Vec<bool> = files.iter().zip(&is_changed).map(is_stale).collect();
        for &(from, to) in edges {
            stale[from as usize] |= is_changed[to as usize];
        }
        stale
    }
}

/// Languages whose files import each other by the same rules.
type Family = usize;

const N_FAMILIES: usize = 9;

fn family(file: &SourceFile<'_>) -> Family {
    match Language::of_path(file.path).unwrap_or(file.facts.language) {
        Language::Python => 0,
        Language::JavaScript | Language::TypeScript | Language::Tsx => 1,
        Language::Go => 2,
        Language::Java | Language::Kotlin => 3,
        Language::Rust => 4,
        Language::C | Language::Cpp => 5,
        Language::CSharp => 6,
        Language::Php => 7,
        Language::Ruby => 8,
    }
}

fn content(facts: &FileFacts) -> u64 {
    let functions: Vec<&str> = facts.functions.iter().map(|function| function.name.as_str()).collect();
    print(&(&facts.package, &facts.declared_types, &facts.mentioned_types, &facts.imports, functions, &facts.calls))
}

/// Packages and declared names are looked up by all; Rust follows what other files take in and give on, C# has imports
/// that hold for all files, and one Ruby name says how all are loaded.
fn face(file: &SourceFile<'_>) -> u64 {
    let facts = file.facts;
    let targets: Vec<(&str, &[String])> = match facts.language {
        Language::Rust | Language::CSharp => {
            facts.imports.iter().map(|import| (import.target.as_str(), import.names.as_slice())).collect()
        }
        _ => Vec::new(),
    };
    let loads_all =
        facts.language == Language::Ruby && facts.mentioned_types.iter().any(|name| name.starts_with("Zeitwerk"));
    print(&(&facts.package, &facts.declared_types, targets, loads_all))
}

fn print(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
