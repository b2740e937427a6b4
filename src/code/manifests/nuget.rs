//! Projects of .NET: `PackageReference` and `PackageVersion`, `ProjectReference`, and `package` of `packages.config`.
//!
//! Source: learn.microsoft.com, "PackageReference in project files", "Central Package Management", "packages.config".

use super::{Dependency, Fault, Origin};
use crate::code::xml::{self, Attributes, Item};

pub(super) fn project(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found: Vec<Dependency> = Vec::new();
    xml::walk(text, |path, item| {
        let inner = path.last().map(String::as_str);
        let outer = path.len().checked_sub(2).map(|at| path[at].as_str());
        match (outer, inner, item) {
            (_, Some("PackageReference" | "PackageVersion" | "GlobalPackageReference"), Item::Start(attributes)) => {
                found.extend(reference(&attributes)?);
            }
            (_, Some("ProjectReference"), Item::Start(attributes)) => found.extend(sibling(&attributes)?),
            (Some("packages"), Some("package"), Item::Start(attributes)) => {
                let is_dev = attributes.get("developmentDependency")?.as_deref() == Some("true");
                found.push(Dependency::registry(
                    attributes.expect("id")?,
                    attributes.get("version")?.unwrap_or_default(),
                    is_dev,
                ));
            }
            // `<PackageReference Include="x"><Version>1</Version></PackageReference>`
            (Some("PackageReference"), Some("Version"), Item::Text(text)) => {
                found.iter_mut().last().into_iter().for_each(|dependency| dependency.version += text.trim());
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

/// `Update` instead of `Include` changes a reference that is made elsewhere.
fn reference(attributes: &Attributes<'_>) -> Result<Option<Dependency>, String> {
    let Some(name) = attributes.get("Include")? else { return Ok(None) };
    let version = attributes.get("Version")?.or(attributes.get("VersionOverride")?).unwrap_or_default();
    let is_dev = attributes.get("PrivateAssets")?.is_some_and(|assets| assets.eq_ignore_ascii_case("all"));
    Ok(Some(Dependency::registry(name, version, is_dev)))
}

fn sibling(attributes: &Attributes<'_>) -> Result<Option<Dependency>, String> {
    let Some(path) = attributes.get("Include")? else { return Ok(None) };
    Ok(Some(Dependency::registry(path.clone(), "", false).from(Origin::Path(path))))
}
