//! C and C++: included paths by their place, then by the only file they can mean.
//!
//! Build files above say where the compiler searches ([`search_folders`]). `"x/y.h"` is tried beside the file, then in
//! those folders, then as the end of a path: one file, or one that is nearer than all others.
//! `<x/y.h>` is tried in those folders, then as the end of a path below a folder called `include`, or anywhere if it names a folder that is
//! not the system's, and then leads to the only file of that name, unless the language or the system has one. Headers that no file here can be are external in angle brackets and unresolved in quotation marks.

mod search_folders;
mod system_headers;

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, joined, name_of};
use std::collections::HashMap;

/// Folders of system headers.
const SYSTEM_FOLDERS: &[&str] =
    &["sys", "linux", "asm", "bits", "net", "netinet", "arpa", "machine", "mach", "windows"];

/// Files of the same name that are compared; more of them say that the name says nothing.
const MAX_CANDIDATES: usize = 1_000;

/// Rules for C and C++, prepared for one commit.
pub(super) struct C<'a> {
    files: &'a Files<'a>,
    by_name: HashMap<&'a str, Vec<u32>>,
    /// Where the compiler searches, by the folder of the build file that says so.
    search_folders: HashMap<&'a str, Vec<String>>,
}

impl<'a> C<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &'a [(String, String)]) -> Self {
        let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
        for ix in files.in_languages(&[Language::C, Language::Cpp]) {
            by_name.entry(name_of(files.path(ix))).or_default().push(ix);
        }
        let mut search_folders: HashMap<&str, Vec<String>> = HashMap::new();
        for (path, text) in manifests.iter().filter(|_| !by_name.is_empty()) {
            let folders = search_folders::named(path, text);
            search_folders.entry(folder_of(path)).or_default().extend(folders);
        }
        Self { files, by_name, search_folders }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let written = import.target.trim_matches(['"', '<', '>']).replace('\\', "/");
        let is_quoted = import.target.starts_with('"');
        let found = if is_quoted {
            let searched = self.beside(from, &written).or_else(|| self.searched(from, &written));
            searched.or_else(|| self.by_end(from, &written, |_| true))
        } else {
            let public = || self.by_end(from, &written, |path| is_public(path, &written));
            self.searched(from, &written).or_else(public).or_else(|| self.only(&written))
        };
        match found {
            Some(found) => {
                targets.push(found);
                Resolution::Internal
            }
            None if is_quoted => Resolution::Unresolved,
            None => Resolution::External,
        }
    }

    fn beside(&self, from: u32, written: &str) -> Option<u32> {
        self.files.find(&joined(self.files.folder(from), written)?)
    }

    /// The first file of that path where the build files above say that the compiler searches.
    fn searched(&self, from: u32, written: &str) -> Option<u32> {
        let folders = folders_upwards(self.files.folder(from)).filter_map(|folder| self.search_folders.get(folder));
        folders.flatten().find_map(|folder| self.files.find(&joined(folder, written)?)).filter(|found| *found != from)
    }

    /// The file whose path ends with `written`; of several the nearest, if one is nearer than all others.
    fn by_end(&self, from: u32, written: &str, is_allowed: impl Fn(&str) -> bool) -> Option<u32> {
        // `../x.h` from a place that the build adds to its search path: what is left names the file.
        let end = written.trim_start_matches("./").trim_start_matches("../");
        let candidates = self.by_name.get(name_of(end)).filter(|candidates| candidates.len() <= MAX_CANDIDATES)?;
        let ends_so = |path: &str| path.strip_suffix(end).is_some_and(|head| head.is_empty() || head.ends_with('/'));
        let fitting: Vec<u32> = candidates
            .iter()
            .copied()
            .filter(|&ix| ends_so(self.files.path(ix)) && is_allowed(self.files.path(ix)))
            .collect();
        match fitting.as_slice() {
            [only] => Some(*only),
            several => self.nearest_alone(from, several),
        }
    }

    /// The only file called so, when `written` is a bare name that is not the system's.
    fn only(&self, written: &str) -> Option<u32> {
        match self.by_name.get(written)?.as_slice() {
            [only] if !system_headers::holds(written) => Some(*only),
            _ => None,
        }
    }

    fn nearest_alone(&self, from: u32, candidates: &[u32]) -> Option<u32> {
        let folders = |path: &'a str| path.split('/');
        let here = self.files.path(from);
        let n_common = |ix: u32| folders(here).zip(folders(self.files.path(ix))).take_while(|(a, b)| a == b).count();
        let best = candidates.iter().map(|&ix| n_common(ix)).max()?;
        let mut nearest = candidates.iter().copied().filter(|&ix| n_common(ix) == best);
        let first = nearest.next();
        first.filter(|_| nearest.next().is_none())
    }
}

/// Whether `path` may be meant by angle brackets.
fn is_public(path: &str, written: &str) -> bool {
    let first_folder = written.split_once('/').map(|(folder, _)| folder);
    let is_own_folder = first_folder.is_some_and(|folder| !SYSTEM_FOLDERS.contains(&folder));
    let is_below_include = path.split('/').any(|folder| folder == "include");
    is_own_folder || (is_below_include && !system_headers::holds(written))
}
