//! `pom.xml`: what `dependency` elements name. Plugins build and are not shipped, so they are left out.
//!
//! Source: maven.apache.org, "POM Reference".

use super::{Dependency, Fault};
use crate::code::xml::{self, Item};

/// One `dependency` element that is being read.
#[derive(Default)]
struct Element {
    group: String,
    artifact: String,
    version: String,
    scope: String,
}

pub(super) fn pom(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found = Vec::new();
    let mut element = Element::default();
    xml::walk(text, |path, item| {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match (&names[..], item) {
            (_, Item::Start(_)) if is_dependency(&names) => element = Element::default(),
            (_, Item::End) if is_dependency(&names) => found.extend(declared(&std::mem::take(&mut element))),
            ([around @ .., field], Item::Text(text)) if is_dependency(around) => element.add(field, text.trim()),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whether the path ends at a dependency of the project, and not of a plugin or an exclusion.
fn is_dependency(path: &[&str]) -> bool {
    path.ends_with(&["dependencies", "dependency"]) && path.first() == Some(&"project") && !path.contains(&"plugin")
}

impl Element {
    fn add(&mut self, field: &str, text: &str) {
        match field {
            "groupId" => self.group += text,
            "artifactId" => self.artifact += text,
            "version" => self.version += text,
            "scope" => self.scope += text,
            _ => {}
        }
    }
}

fn declared(element: &Element) -> Option<Dependency> {
    let is_named = !element.group.is_empty() && !element.artifact.is_empty();
    let name = format!("{}:{}", element.group, element.artifact);
    is_named.then(|| Dependency::registry(name, element.version.as_str(), element.scope == "test"))
}
