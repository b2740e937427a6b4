//! Java: types by package and name, whatever the folders are called.
//!
//! `import a.b.C` leads to the file that declares `C` in package `a.b`; a nested type leads to the file of its
//! outermost one. `import a.b.*` leads to the files of the package whose types are mentioned. Files of one package see
//! each other without an import: an edge for every type that is mentioned here and declared there, unless a type of
//! that name is imported or nested here. Of several files that declare the same type, the nearest is meant.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::Files;
use std::collections::{HashMap, HashSet};

/// Rules for Java, prepared for one commit.
pub(super) struct Java<'a> {
    files: &'a Files<'a>,
    /// Files by package and type.
    packages: HashMap<&'a str, HashMap<&'a str, Vec<u32>>>,
    /// Files without a package see only those of their own folder.
    folders: HashMap<&'a str, HashMap<&'a str, Vec<u32>>>,
}

impl<'a> Java<'a> {
    pub(super) fn new(files: &'a Files<'a>) -> Self {
        let mut packages: HashMap<&str, HashMap<&str, Vec<u32>>> = HashMap::new();
        let mut folders: HashMap<&str, HashMap<&str, Vec<u32>>> = HashMap::new();
        for ix in files.in_languages(&[Language::Java]) {
            let facts = files.facts(ix);
            let types = match facts.package.as_deref() {
                Some(package) => packages.entry(package).or_default(),
                None => folders.entry(files.folder(ix)).or_default(),
            };
            for name in &facts.declared_types {
                types.entry(name).or_default().push(ix);
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
    }

    fn add_mentioned(
        &self,
        from: u32,
        types: &HashMap<&str, Vec<u32>>,
        shadowed: &HashSet<&str>,
        targets: &mut Vec<u32>,
    ) {
        let mentioned = self.files.facts(from).mentioned_types.iter().map(String::as_str);
        let candidates = mentioned.filter(|name| !shadowed.contains(name)).filter_map(|name| types.get(name));
        targets.extend(candidates.filter_map(|files| self.files.nearest(from, files)));
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
                return self.files.nearest(from, files);
            }
            outer = package;
        }
        None
    }

    fn is_in_known_package(&self, path: &str) -> bool {
        path.rsplit_once('.').is_some_and(|(package, _)| self.packages.contains_key(package))
    }
}
