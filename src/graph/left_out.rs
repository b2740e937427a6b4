//! Which files of a tree does the import graph leave out, and how much did it see?
//!
//! In: the paths of a tree with what was read of them. Out: the files to build the graph of, and counts of the rest.

use super::files::SourceFile;
use crate::code::{FileFacts, FileKind, Language, file_kind, is_source};
use serde::{Deserialize, Serialize};

/// Code files that are in no graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Written by a tool, or someone else's kept in the repository.
    pub n_left_out: usize,
    /// In a language without a grammar.
    pub n_without_grammar: usize,
}

/// How much of a repository a graph has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files in the graph.
    pub n_files: usize,
    /// Pairs of files of which one imports the other.
    pub n_edges: usize,
    /// Imports that look internal.
    pub n_internal_imports: usize,
    /// Of those, how many lead nowhere.
    pub n_unresolved_imports: usize,
    /// Code files that are not in it.
    pub left_out: LeftOut,
}

/// The files of a tree that belong into its import graph, in order, and a count of the code files that do not.
/// `tree` has paths with their facts, `None` where they could not be read.
pub fn in_graph<'a>(
    tree: impl IntoIterator<Item = (&'a str, Option<&'a FileFacts>)>,
) -> (Vec<SourceFile<'a>>, LeftOut) {
    let (mut files, mut left_out) = (Vec::new(), LeftOut::default());
    for (path, facts) in tree {
        let is_foreign = matches!(file_kind(path), FileKind::Generated | FileKind::Vendored);
        if is_foreign {
            left_out.n_left_out += usize::from(Language::of_path(path).is_some());
        } else if let Some(facts) = facts {
            files.push(SourceFile { path, facts });
        } else {
            left_out.n_without_grammar += usize::from(is_source(path) && Language::of_path(path).is_none());
        }
    }
    (files, left_out)
}
