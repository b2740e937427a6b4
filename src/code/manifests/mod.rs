//! Which packages does a project say it needs?
//!
//! In: a path and the text of a manifest. Out: [`Dependency`]s as people declared them, and what changed between two
//! versions. Lock files are no manifests: what a tool resolved is not what people chose; [`locks`] reads them. Never runs
//! a build script, never follows a reference to another file, and says when a manifest declares dependencies in a way that only its
//! own tool can read.

mod gradle;
mod json;
mod lines;
pub mod locks;
mod look_alikes;
mod maven;
mod nuget;
mod ruby;
mod toml_tables;

use super::Fault;
use super::file_kind::{FileKind, file_kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use look_alikes::{Resemblance, imitated, is_well_known};

/// A manifest above this was not written by people: the largest known `package.json` has a third of it.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// Dependencies of one manifest that are kept; the largest ones declare a few hundred.
const MAX_DEPENDENCIES: usize = 10_000;

/// One declared dependency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name as its registry compares names: `group:artifact` for Maven, lowercase with `-` for Python.
    pub name: String,
    /// The version or range as written; empty where none is.
    pub version: String,
    /// Where it comes from.
    pub source: Origin,
    /// Whether it is only for building, testing or developing.
    pub is_for_development: bool,
}

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// The package registry of its language.
    Registry,
    /// A version control address.
    Git(String),
    /// An archive at an address.
    Url(String),
    /// A folder of this repository (or of this machine).
    Path(String),
    /// Declared elsewhere in this repository: a workspace, a catalog, a sibling project.
    Workspace,
}

impl Dependency {
    /// Whether it brings in someone else's code that no other manifest of the repository declares.
    pub fn is_from_outside(&self) -> bool {
        !matches!(self.source, Origin::Path(_) | Origin::Workspace)
    }

    fn registry(name: impl Into<String>, version: impl Into<String>, is_for_development: bool) -> Self {
        Self { name: name.into(), version: version.into(), source: Origin::Registry, is_for_development }
    }

    fn from(mut self, source: Origin) -> Self {
        self.source = source;
        self
    }
}

/// Whose packages a file names. A name means one package within one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Ecosystem {
    Cargo,
    Npm,
    Python,
    Go,
    Maven,
    Ruby,
    Composer,
    NuGet,
}

/// Whose packages the manifest or lock file at `path` names; `None` for anything that is not read here.
pub fn ecosystem(path: &str) -> Option<Ecosystem> {
    let name = name_of(path);
    if file_kind(path) == FileKind::Vendored {
        return None;
    }
    if let Some(ecosystem) = locks::ecosystem(&name) {
        return Some(ecosystem);
    }
    reader_of(&name)?;
    Some(match name.as_str() {
        "cargo.toml" => Ecosystem::Cargo,
        "package.json" | "bower.json" => Ecosystem::Npm,
        "composer.json" => Ecosystem::Composer,
        "go.mod" => Ecosystem::Go,
        "gemfile" => Ecosystem::Ruby,
        "pom.xml" | "build.gradle" | "build.gradle.kts" | "libs.versions.toml" => Ecosystem::Maven,
        "packages.config" | "directory.packages.props" => Ecosystem::NuGet,
        _ if name.ends_with(".gemspec") => Ecosystem::Ruby,
        _ if name.ends_with("proj") => Ecosystem::NuGet,
        _ => Ecosystem::Python,
    })
}

/// What a manifest or a lock file names, whichever it is.
///
/// # Errors
/// As [`read`] and [`locks::read`].
pub fn read_either(path: &str, text: &[u8]) -> Result<Vec<Dependency>, Fault> {
    if locks::is_lock(path) { locks::read(path, text) } else { read(path, text) }
}

/// What a path can say about dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declares {
    /// Nothing: it is no manifest, or one that only builds.
    Nothing,
    /// Dependencies that [`read`] understands.
    Readable,
    /// Dependencies in a form that only its own tool reads.
    Unreadable,
}

/// Whether a path declares dependencies, and whether they can be read.
pub fn declares(path: &str) -> Declares {
    if file_kind(path) != FileKind::Manifest {
        return Declares::Nothing;
    }
    let name = name_of(path);
    if reader_of(&name).is_some() {
        Declares::Readable
    } else if BUILDS_ONLY.contains(&name.as_str()) || name.ends_with(".sln") || name.starts_with("constraints") {
        Declares::Nothing
    } else {
        Declares::Unreadable
    }
}

/// Manifests that say how to build, or narrow versions, and not what with.
const BUILDS_ONLY: &[&str] = &[
    "configure.ac",
    "directory.build.props",
    "gnumakefile",
    "go.work",
    "gradle.properties",
    "makefile",
    "makefile.am",
    "meson_options.txt",
    "pnpm-workspace.yaml",
    "settings.gradle",
    "settings.gradle.kts",
    "tox.ini",
];

/// The dependencies a manifest declares, in order of their names.
///
/// # Errors
/// A [`Fault`] with the line where the text makes no sense or breaks a limit; also for a path that [`declares`] nothing
/// readable.
pub fn read(path: &str, text: &[u8]) -> Result<Vec<Dependency>, Fault> {
    let Some(reader) = reader_of(&name_of(path)) else {
        return Err(Fault::new(1, "expected a manifest of a known format"));
    };
    if text.len() > MAX_MANIFEST_BYTES {
        return Err(Fault::new(1, format!("expected at most {MAX_MANIFEST_BYTES} bytes, got {}", text.len())));
    }
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let mut dependencies = reader(&text)?;
    if dependencies.len() > MAX_DEPENDENCIES {
        let message = format!("expected at most {MAX_DEPENDENCIES} dependencies, got {}", dependencies.len());
        return Err(Fault::new(1, message));
    }
    dependencies.retain(|dependency| !dependency.name.is_empty());
    dependencies.sort();
    dependencies.dedup();
    Ok(dependencies)
}

type Reader = fn(&str) -> Result<Vec<Dependency>, Fault>;

/// By the name of the file, in lower case.
fn reader_of(name: &str) -> Option<Reader> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    Some(match name {
        "cargo.toml" => toml_tables::cargo,
        "pyproject.toml" => toml_tables::pyproject,
        "pipfile" => toml_tables::pipfile,
        "libs.versions.toml" => toml_tables::version_catalog,
        "package.json" | "bower.json" => json::npm,
        "composer.json" => json::composer,
        "go.mod" => lines::go_mod,
        "setup.cfg" => lines::setup_cfg,
        "pom.xml" => maven::pom,
        "build.gradle" | "build.gradle.kts" => gradle::build,
        "gemfile" => ruby::gems,
        "packages.config" | "directory.packages.props" => nuget::project,
        _ if extension == "gemspec" => ruby::gems,
        _ if matches!(extension, "csproj" | "fsproj" | "vbproj") => nuget::project,
        _ if extension == "txt" && name.starts_with("requirements") => lines::requirements,
        _ => return None,
    })
}

fn name_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase()
}

/// What changed between two versions of a manifest, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Declared now and not before.
    pub added: Vec<Dependency>,
    /// Declared before and not now.
    pub removed: Vec<Dependency>,
    /// Another version or source: before and after.
    pub changed: Vec<(Dependency, Dependency)>,
}

/// Compares two versions of a manifest; a name declared in several places counts once, by its first declaration.
pub fn difference(before: &[Dependency], after: &[Dependency]) -> Difference {
    let (before, after) = (by_name(before), by_name(after));
    let only = |one: &BTreeMap<&str, &Dependency>, other: &BTreeMap<&str, &Dependency>| {
        one.iter().filter(|(name, _)| !other.contains_key(*name)).map(|(_, found)| (*found).clone()).collect()
    };
    let is_changed = |old: &Dependency, new: &Dependency| old.version != new.version || old.source != new.source;
    let both = before.iter().filter_map(|(name, old)| Some((*old, *after.get(name)?)));
    Difference {
        added: only(&after, &before),
        removed: only(&before, &after),
        changed: both.filter(|(old, new)| is_changed(old, new)).map(|(old, new)| (old.clone(), new.clone())).collect(),
    }
}

fn by_name(dependencies: &[Dependency]) -> BTreeMap<&str, &Dependency> {
    dependencies.iter().rev().map(|dependency| (dependency.name.as_str(), dependency)).collect()
}

#[cfg(test)]
mod tests;
