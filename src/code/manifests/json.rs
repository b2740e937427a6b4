//! `package.json` (npm, yarn, pnpm, bower) and `composer.json`.

use super::{Dependency, Fault, Origin};
use serde_json::{Map, Value};

pub(super) fn npm(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = object(text)?;
    let tables = [
        ("dependencies", false),
        ("peerDependencies", false),
        ("optionalDependencies", false),
        ("devDependencies", true),
    ];
    let mut found = Vec::new();
    for (table, is_dev) in tables {
        found.extend(entries(&root, table).map(|(name, version)| package(name, version, is_dev)));
    }
    Ok(found)
}

pub(super) fn composer(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = object(text)?;
    let of = |table: &str, is_dev: bool| -> Vec<Dependency> {
        // `php`, `ext-json`, `lib-curl`: the platform, not packages.
        let packages = entries(&root, table).filter(|(name, _)| name.contains('/'));
        packages.map(|(name, version)| Dependency::registry(name.to_ascii_lowercase(), version, is_dev)).collect()
    };
    Ok([of("require", false), of("require-dev", true)].concat())
}

fn object(text: &str) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::of_json(&error))
}

fn entries<'a>(root: &'a Map<String, Value>, table: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let table = root.get(table).and_then(Value::as_object);
    table.into_iter().flatten().filter_map(|(name, version)| Some((name.as_str(), version.as_str()?)))
}

/// Source: docs.npmjs.com, "package.json", dependencies; pnpm's `workspace:` and `catalog:`.
fn package(name: &str, written: &str, is_dev: bool) -> Dependency {
    let plain = |version: &str| Dependency::registry(name, version, is_dev);
    let after = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| written.strip_prefix(prefix));
    if let Some(alias) = after(&["npm:"]) {
        let (real, version) = alias.rsplit_once('@').filter(|(real, _)| !real.is_empty()).unwrap_or((alias, ""));
        return Dependency::registry(real, version, is_dev);
    }
    if after(&["workspace:", "catalog:"]).is_some() {
        return plain(written).from(Origin::Workspace);
    }
    if let Some(path) = after(&["file:", "link:", "portal:"]) {
        return plain("").from(Origin::Path(path.to_owned()));
    }
    let is_git = written.starts_with("git") && written.contains(':');
    // `user/repository` is short for GitHub; a scope is in the name, never in the version.
    if is_git || (written.contains('/') && !written.contains(':')) {
        return plain("").from(Origin::Git(written.to_owned()));
    }
    match after(&["https://", "http://"]) {
        Some(_) => plain("").from(Origin::Url(written.to_owned())),
        None => plain(written),
    }
}
