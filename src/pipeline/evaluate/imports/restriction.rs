//! Which of our files does the reference look at too?
//!
//! In: a reference, and our graph. Out: a [`Restriction`], and how it was drawn, in words. Where the reference lists its
//! files, those; else files in the languages of its edges, below the folder it looked at. grimp does not look into
//! folders without `__init__.py`. A file that stands in one of its edges is always in.

use super::Reference;
use crate::code::Language;
use crate::graph::ImportGraph;
use std::collections::HashSet;

/// The files whose edges are compared.
pub(super) struct Restriction {
    is_known: Vec<bool>,
    /// How the line was drawn.
    pub(super) words: Vec<String>,
}

impl Restriction {
    pub(super) fn of(reference: &Reference, graph: &ImportGraph) -> Restriction {
        let root = reference.root.as_deref();
        let named: HashSet<String> =
            reference.file_edges.iter().flat_map(|(from, to)| [placed(root, from), placed(root, to)]).collect();
        let (rule, words) = match &reference.files {
            Some(files) => (Rule::Listed(files.iter().map(|file| placed(root, file)).collect()), Vec::new()),
            None => Rule::drawn(reference, &named),
        };
        let is_known = |ix| named.contains(graph.file(ix)) || rule.allows(graph.file(ix), graph);
        let is_known: Vec<bool> = (0..graph.len() as u32).map(is_known).collect();
        let n_known = is_known.iter().filter(|known| **known).count();
        let listed = reference.files.iter().map(|files| format!("the {} files it lists", files.len()));
        let total = format!("{n_known} of our {} files", graph.len());
        Restriction { is_known, words: listed.chain(words).chain([total]).collect() }
    }

    pub(super) fn holds(&self, file: u32) -> bool {
        self.is_known[file as usize]
    }
}

enum Rule {
    Listed(HashSet<String>),
    Drawn {
        folder: String,
        families: HashSet<Family>,
        /// Whether every folder from `folder` down must be a package.
        in_packages: bool,
    },
}

impl Rule {
    fn drawn(reference: &Reference, named: &HashSet<String>) -> (Rule, Vec<String>) {
        let root = reference.root.as_deref();
        let folder = placed(root, &reference.package.as_deref().unwrap_or_default().replace('.', "/"));
        let families: HashSet<Family> = named.iter().filter_map(|path| Family::of(path)).collect();
        // Of edges between folders the language cannot be told.
        let in_packages = reference.tool.starts_with("grimp");
        let mut words = Vec::new();
        if !families.is_empty() {
            words.push("files in the languages of its edges".to_owned());
        }
        if !folder.is_empty() && folder != "." {
            words.push(format!("files below `{folder}`"));
        }
        if in_packages {
            words.push("files in folders that have `__init__.py`: grimp does not look into others".to_owned());
        }
        (Rule::Drawn { folder, families, in_packages }, words)
    }

    fn allows(&self, path: &str, graph: &ImportGraph) -> bool {
        match self {
            Rule::Listed(files) => files.contains(path),
            Rule::Drawn { folder, families, in_packages } => {
                let Some(inner) = below(path, folder) else { return false };
                let is_of_family = families.is_empty() || Family::of(path).is_some_and(|one| families.contains(&one));
                is_of_family && (!in_packages || lies_in_packages(path, inner, graph))
            }
        }
    }
}

/// Languages that import each other's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    JavaScript,
    C,
    Other(Language),
}

impl Family {
    fn of(path: &str) -> Option<Family> {
        Some(match Language::of_path(path)? {
            Language::JavaScript | Language::TypeScript | Language::Tsx => Family::JavaScript,
            Language::C | Language::Cpp => Family::C,
            other => Family::Other(other),
        })
    }
}

/// A path of the reference, from the repository's root.
pub(super) fn placed(root: Option<&str>, path: &str) -> String {
    match root.map(|root| root.trim_end_matches('/')) {
        None | Some("" | ".") => path.to_owned(),
        Some(root) if path.is_empty() => root.to_owned(),
        Some(root) => format!("{root}/{path}"),
    }
}

/// `path` below `folder`, without it.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() || folder == "." {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Whether each folder of `inner`, the end of `path`, is a package.
fn lies_in_packages(path: &str, inner: &str, graph: &ImportGraph) -> bool {
    let outer = path.len() - inner.len();
    let mut ends = inner.match_indices('/').map(|(at, _)| outer + at);
    ends.all(|end| graph.index_of(&format!("{}/__init__.py", &path[..end])).is_some())
}
