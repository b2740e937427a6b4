//! Where does a build file tell the compiler to search for headers?
//!
//! In: the path and text of a makefile or a `CMakeLists.txt`. Out: folders of the repository, in order. Folders that only a
//! variable names are left out, but for the usual names of the folder itself and of the root.

use crate::graph::files::{folder_of, joined, name_of};
use crate::graph::resolve::MAX_MANIFEST_BYTES;

/// Folders kept of one build file: the largest name a few dozen.
const MAX_FOLDERS: usize = 200;

/// Names that build files give to their own folder.
const HERE: &[&str] = &["${CMAKE_CURRENT_SOURCE_DIR}", "${CMAKE_CURRENT_LIST_DIR}", "$(srcdir)", "$(CURDIR)"];

/// Names that build files give to the top of the project.
const TOP: &[&str] = &["${CMAKE_SOURCE_DIR}", "${PROJECT_SOURCE_DIR}", "$(top_srcdir)"];

/// The folders named in the build file at `path`; none for any other file.
pub(super) fn named(path: &str, text: &str) -> Vec<String> {
    if text.len() > MAX_MANIFEST_BYTES {
        return Vec::new();
    }
    let written = match name_of(path) {
        "CMakeLists.txt" => of_cmake(text),
        "Makefile" | "makefile" | "GNUmakefile" | "Makefile.am" => of_makefile(text),
        _ => return Vec::new(),
    };
    let mut folders = Vec::new();
    for folder in written.into_iter().filter_map(|written| placed(folder_of(path), written)) {
        if folders.len() < MAX_FOLDERS && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// `-Ifolder`, as compilers take it.
fn of_makefile(text: &str) -> Vec<&str> {
    let words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let flags = words.filter_map(|word| word.split_once("-I").filter(|(before, _)| is_start(before)));
    flags.map(|(_, folder)| folder).filter(|folder| !folder.is_empty()).collect()
}

/// Whether a flag may begin after this: `CFLAGS=-Ix`, `"-Ix"`.
fn is_start(before: &str) -> bool {
    before.is_empty() || before.ends_with(['=', '"', '\''])
}

/// What stands in `include_directories(…)` and `target_include_directories(…)`.
fn of_cmake(text: &str) -> Vec<&str> {
    let lists = text.split("include_directories(").skip(1).filter_map(|rest| rest.split(')').next());
    let is_keyword = |word: &&str| ["PUBLIC", "PRIVATE", "INTERFACE", "SYSTEM", "BEFORE", "AFTER"].contains(word);
    lists.flat_map(str::split_whitespace).filter(|word| !is_keyword(word)).collect()
}

/// The folder of the repository that `written` in the build file of `home` means.
fn placed(home: &str, written: &str) -> Option<String> {
    let written = written.trim_matches(['"', '\'']);
    let after = |names: &[&str]| names.iter().find_map(|name| written.strip_prefix(name));
    let (start, rest) = match (after(HERE), after(TOP)) {
        (Some(rest), _) => (home, rest),
        (_, Some(rest)) => ("", rest),
        _ => (home, written),
    };
    let is_elsewhere =
        rest.contains(['$', '@']) || (start == home && rest.len() == written.len() && rest.starts_with('/'));
    if is_elsewhere { None } else { joined(start, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_lists_name_folders_of_the_repository() {
        let makefile = "CFLAGS=-I../deps/a -O2 -I. -I/usr/include\n# -Inot\nX += -I$(OPENSSL)/include -I$(srcdir)/b\n";
        assert_eq!(named("src/Makefile", makefile), ["deps/a", "src", "src/b"]);
        let cmake = "include_directories(${CMAKE_CURRENT_SOURCE_DIR}/inc SYSTEM ${OTHER}/x)\ntarget_include_directories(app PUBLIC lib \"${PROJECT_SOURCE_DIR}/top\")";
        assert_eq!(named("a/CMakeLists.txt", cmake), ["a/inc", "a/app", "a/lib", "top"]);
        assert!(named("a/notes.txt", makefile).is_empty());
    }
}
