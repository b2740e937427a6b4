//! Which files are there, and how do paths add up?
//!
//! In: the files of one commit. Out: lookups by path, and path arithmetic that never leaves the repository.

use crate::code::{FileFacts, Language};
use std::collections::HashMap;

/// Files that are compared to find the nearest: large monorepos have a few hundred of one name.
const MAX_CANDIDATES: usize = 1_000;

/// One file of the commit, with its facts.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Path from the repository's root, `/`-separated.
    pub path: &'a str,
    /// What was read from it.
    pub facts: &'a FileFacts,
}

/// All files of one commit, by number and by path.
#[derive(Debug)]
pub(super) struct Files<'a> {
    files: &'a [SourceFile<'a>],
    languages: Vec<Language>,
    // The default hasher: paths come from strangers, and a weaker one could be made to collide.
    by_path: HashMap<&'a str, u32>,
}

impl<'a> Files<'a> {
    pub(super) fn new(files: &'a [SourceFile<'a>]) -> Self {
        let by_path = files.iter().zip(0..).map(|(file, ix)| (file.path, ix)).collect();
        // Facts are kept by content, and an empty file may be of any language: the path tells.
        let language = |file: &SourceFile<'_>| Language::of_path(file.path).unwrap_or(file.facts.language);
        let languages = files.iter().map(language).collect();
        Self { files, languages, by_path }
    }

    pub(super) fn find(&self, path: &str) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    pub(super) fn path(&self, ix: u32) -> &'a str {
        self.files[ix as usize].path
    }

    pub(super) fn folder(&self, ix: u32) -> &'a str {
        folder_of(self.path(ix))
    }

    pub(super) fn facts(&self, ix: u32) -> &'a FileFacts {
        self.files[ix as usize].facts
    }

    pub(super) fn language(&self, ix: u32) -> Language {
        self.languages[ix as usize]
    }

    /// Files in one of `languages`, in order.
    pub(super) fn in_languages(&self, languages: &[Language]) -> Vec<u32> {
        let wanted = |ix: &u32| languages.contains(&self.language(*ix));
        (0..self.files.len() as u32).filter(wanted).collect()
    }

    /// How many folders two files have in common, from the root on.
    pub(super) fn n_common_folders(&self, a: u32, b: u32) -> usize {
        n_common_folders(self.path(a), self.path(b))
    }

    /// Of several files that would do, the one nearest to `from`: most folders in common, then the shortest path.
    pub(super) fn nearest(&self, from: u32, candidates: &[u32]) -> Option<u32> {
        let here = self.path(from);
        let distance = |&&ix: &&u32| {
            let path = self.path(ix);
            (std::cmp::Reverse(n_common_folders(here, path)), path.len(), path)
        };
        candidates.iter().take(MAX_CANDIDATES).min_by_key(distance).copied()
    }
}

/// Everything before the last `/`; empty for a file at the root.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Everything after the last `/`.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder itself, then the ones above it up to the root `""`.
pub(super) fn folders_upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}

/// `folder/relative` with `.` and `..` resolved; `None` when it leads out of the repository.
pub(super) fn joined(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn n_common_folders(a: &str, b: &str) -> usize {
    folder_of(a).split('/').zip(folder_of(b).split('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_add_up_inside_the_repository_only() {
        assert_eq!(joined("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(joined("", "x").as_deref(), Some("x"));
        assert_eq!(joined("a", "..").as_deref(), Some(""));
        assert_eq!(joined("a", "../.."), None);
        assert_eq!(folders_upwards("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }
}
