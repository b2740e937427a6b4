//! Java and Kotlin: types by package and name, whatever the folders are called. Both languages see each other.
//!
//! `import a.b.C` leads to the file that declares `C` in package `a.b`; a nested type leads to the file of its
//! outermost one. `import a.b.*` leads to the files of the package whose types are mentioned. Files of one package see
//! each other without an import: an edge for every type that is mentioned here and declared there, unless a type of
//! that name is imported or nested here. A name written in full, `a.b.C`, is an import where it stands. Functions and
//! properties of Kotlin are found as types are; Java knows those of `x.kt` as members of `XKt`. Of several files that declare the same type, the nearest is meant.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, name_of};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Files by the names they declare.
type Types<'a> = HashMap<Cow<'a, str>, Vec<u32>>;

/// Rules for Java and Kotlin, prepared for one commit.
pub(super) struct Java<'a> {
    files: &'a Files<'a>,
    /// Files by package and type.
    packages: HashMap<&'a str, Types<'a>>,
    /// Files without a package see only those of their own folder.
    folders: HashMap<&'a str, Types<'a>>,
}

impl<'a> Java<'a> {
    pub(super) fn new(files: &'a Files<'a>) -> Self {
        let mut packages: HashMap<&str, Types<'_>> = HashMap::new();
        let mut folders: HashMap<&str, Types<'_>> = HashMap::new();
        for ix in files.in_languages(&[Language::Java, Language::Kotlin]) {
            let facts = files.facts(ix);
            let types = match facts.package.as_deref() {
                Some(package) => packages.entry(package).or_default(),
                None => folders.entry(files.folder(ix)).or_default(),
            };
            for name in &facts.declared_types {
                types.entry(Cow::from(name)).or_default().push(ix);
            }
            if files.language(ix) == Language::Kotlin {
                types.entry(Cow::from(facade_of(files.path(ix)))).or_default().push(ix);
            }
        }
        Self { files, packages, folders }
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        if let Some(package) = import.target.strip_suffix(".*")
            && let Some(types) = self.packages.get(package)
        {
            let shadowed = self.imported_names(from);
            self.add_mentioned(from, types, &shadowed, targets);
            return Resolution::Internal;
        }
        let path = import.target.strip_suffix(".*").unwrap_or(&import.target);
        match self.file_of_type(from, path) {
            Some(found) => {
                targets.push(found);
                Resolution::Internal
            }
            None if self.is_in_known_package(path) => Resolution::Unresolved,
            None => Resolution::External,
        }
    }

    pub(super) fn neighbours(&self, from: u32, targets: &mut Vec<u32>) {
        let types = match self.files.facts(from).package.as_deref() {
            Some(package) => self.packages.get(package),
            None => self.folders.get(self.files.folder(from)),
        };
        if let Some(types) = types {
            let shadowed = self.imported_names(from);
            self.add_mentioned(from, types, &shadowed, targets);
        }
        let paths = self.files.facts(from).mentioned_types.iter().filter(|name| name.contains('.'));
        targets.extend(paths.filter_map(|path| self.file_of_type(from, path)));
    }

    fn add_mentioned(&self, from: u32, types: &Types<'_>, shadowed: &HashSet<&str>, targets: &mut Vec<u32>) {
        let mentioned = self.files.facts(from).mentioned_types.iter().map(String::as_str);
        let candidates = mentioned.filter(|name| !shadowed.contains(name)).filter_map(|name| types.get(name));
        targets.extend(candidates.filter_map(|files| self.nearest(from, files)));
    }

    /// Simple names that single imports give a meaning of their own.
    fn imported_names(&self, from: u32) -> HashSet<&'a str> {
        let single = |import: &&Import| import.names.is_empty() && !import.target.ends_with(".*");
        let imports = self.files.facts(from).imports.iter().filter(single);
        imports.filter_map(|import| import.target.rsplit('.').next()).collect()
    }

    /// The file of `a.b.C`, or of `a.b.C.D` by its outermost type.
    fn file_of_type(&self, from: u32, path: &str) -> Option<u32> {
        let mut outer = path;
        while let Some((package, name)) = outer.rsplit_once('.') {
            if let Some(files) = self.packages.get(package).and_then(|types| types.get(name)) {
                return self.nearest(from, files);
            }
            outer = package;
        }
        None
    }

    /// Of several files the nearest; of equally near ones the one called as `from`, as extensions of one class often are,
    /// else the one that Kotlin calls common: it declares what the others, one for each platform, carry out.
    fn nearest(&self, from: u32, files: &[u32]) -> Option<u32> {
        let is_common = |ix: u32| self.files.folder(ix).split('/').any(|folder| folder.starts_with("common"));
        let best = files.iter().map(|&ix| self.files.n_common_folders(from, ix)).max()?;
        let near = files.iter().copied().filter(|&ix| self.files.n_common_folders(from, ix) == best);
        let name = name_of(self.files.path(from));
        if let Some(namesake) = near.clone().find(|&ix| files.len() > 1 && name_of(self.files.path(ix)) == name) {
            return Some(namesake);
        }
        let (common, other): (Vec<u32>, Vec<u32>) = near.partition(|&ix| is_common(ix));
        self.files.nearest(from, if common.is_empty() { &other } else { &common })
    }

    fn is_in_known_package(&self, path: &str) -> bool {
        path.rsplit_once('.').is_some_and(|(package, _)| self.packages.contains_key(package))
    }
}

/// The class that the functions of a Kotlin file are members of, for Java: `ioKt` of `a/io.kt` is `IoKt`.
fn facade_of(path: &str) -> String {
    let stem = name_of(path).split('.').next().unwrap_or_default();
    let mut letters = stem.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}Kt", letters.as_str())
}
