//! What does a `Cargo.toml` say about its package and where its crates begin?
//!
//! In: the text of a manifest. Out: a [`Package`], or nothing where the text is broken. Paths are relative to the
//! manifest's folder.

use crate::graph::resolve::MAX_MANIFEST_BYTES;
use std::collections::HashMap;
use toml::{Table, Value};

/// Targets and renamed dependencies kept of one package: generated manifests have a few hundred.
const MAX_ENTRIES: usize = 2_000;

/// One manifest: a package, a workspace, or both.
#[derive(Debug, Default)]
pub(super) struct Package {
    /// Where its manifest lies.
    pub(super) folder: String,
    /// The name other crates use for its library; `None` for a mere workspace.
    pub(super) library_name: Option<String>,
    /// Where its library begins.
    pub(super) library_path: String,
    /// Other files that begin a crate, where the manifest names them.
    pub(super) other_roots: Vec<String>,
    /// Dependencies under another name: the name used here, and the library's own.
    pub(super) renamed: HashMap<String, String>,
    /// Whether it is of the 2015 edition, in which paths begin at the crate's root.
    pub(super) is_2015: bool,
}

impl Package {
    pub(super) fn read(folder: &str, text: &str) -> Option<Package> {
        let manifest: Table = text.parse().ok().filter(|_| text.len() <= MAX_MANIFEST_BYTES)?;
        let field = |section: &str, name: &str| Some(manifest.get(section)?.get(name)?.as_str()?.to_owned());
        let name = field("lib", "name").or_else(|| field("package", "name"));
        Some(Package {
            folder: folder.to_owned(),
            library_name: name.filter(|_| manifest.contains_key("package")).map(|name| identifier(&name)),
            library_path: field("lib", "path").unwrap_or_else(|| "src/lib.rs".to_owned()),
            other_roots: other_roots(&manifest).chain(field("package", "build")).take(MAX_ENTRIES).collect(),
            renamed: renamed(&manifest),
            is_2015: is_2015(&manifest),
        })
    }
}

/// A package name as Rust code writes it.
fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

fn other_roots(manifest: &Table) -> impl Iterator<Item = String> + '_ {
    let targets = ["bin", "test", "bench", "example"].into_iter().filter_map(|kind| manifest.get(kind)?.as_array());
    targets.flatten().filter_map(|target| Some(target.get("path")?.as_str()?.to_owned()))
}

fn renamed(manifest: &Table) -> HashMap<String, String> {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let own = sections.iter().filter_map(|section| manifest.get(*section));
    let of_workspace = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let dependencies = own.chain(of_workspace).filter_map(Value::as_table).flatten();
    let renamed = dependencies
        .filter_map(|(name, dependency)| Some((identifier(name), identifier(dependency.get("package")?.as_str()?))));
    renamed.take(MAX_ENTRIES).collect()
}

fn is_2015(manifest: &Table) -> bool {
    match manifest.get("package").and_then(|package| package.get("edition")) {
        None => true,
        // `edition.workspace = true` came long after 2015.
        Some(edition) => edition.as_str() == Some("2015"),
    }
}
