//! Manifests in TOML: `Cargo.toml`, `pyproject.toml` (PEP 621, PEP 735, Poetry, uv, PDM), `Pipfile`, and Gradle's
//! `libs.versions.toml`.

use super::lines::{python_name, requirement};
use super::{Dependency, Fault, Origin};
use toml::{Table, Value};

/// Source: The Cargo Book, "Specifying Dependencies".
pub(super) fn cargo(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = parse(text)?;
    let mut found = cargo_tables(&root);
    found.extend(entries(table(&root, &["workspace"]), "dependencies", |name, value| crate_of(name, value, false)));
    for target in table(&root, &["target"]).into_iter().flat_map(Table::values).filter_map(Value::as_table) {
        found.extend(cargo_tables(target));
    }
    Ok(found)
}

fn cargo_tables(root: &Table) -> Vec<Dependency> {
    let kinds = [
        ("dependencies", false),
        ("dev-dependencies", true),
        ("dev_dependencies", true),
        ("build-dependencies", true),
        ("build_dependencies", true),
    ];
    let of = |(kind, is_dev)| entries(Some(root), kind, move |name, value| crate_of(name, value, is_dev));
    kinds.into_iter().flat_map(of).collect()
}

fn crate_of(name: &str, value: &Value, is_dev: bool) -> Dependency {
    let real = text(value, "package").unwrap_or(name);
    let version = value.as_str().or_else(|| text(value, "version")).unwrap_or("");
    let dependency = Dependency::registry(real, version, is_dev);
    if value.get("workspace").and_then(Value::as_bool) == Some(true) {
        dependency.from(Origin::Workspace)
    } else {
        located(dependency, value)
    }
}

/// Where a table says that a dependency lies, in Cargo, Poetry, uv and Pipenv alike.
fn located(dependency: Dependency, value: &Value) -> Dependency {
    if let Some(address) = text(value, "git") {
        return dependency.from(Origin::Git(address.to_owned()));
    }
    if let Some(path) = text(value, "path") {
        return dependency.from(Origin::Path(path.to_owned()));
    }
    match text(value, "url").or_else(|| text(value, "file")) {
        Some(address) => dependency.from(Origin::Url(address.to_owned())),
        None => dependency,
    }
}

/// Source: packaging.python.org, "Writing your pyproject.toml"; PEP 735; python-poetry.org, "Dependency specification".
pub(super) fn pyproject(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = parse(text)?;
    let project = table(&root, &["project"]);
    let mut found = requirements(project.and_then(|project| project.get("dependencies")), false);
    for extra in lists(table(&root, &["project", "optional-dependencies"])) {
        found.extend(requirements(Some(extra), false));
    }
    for group in
        lists(table(&root, &["dependency-groups"])).chain(lists(table(&root, &["tool", "pdm", "dev-dependencies"])))
    {
        found.extend(requirements(Some(group), true));
    }
    let build = table(&root, &["build-system"]).and_then(|build| build.get("requires"));
    let uv = table(&root, &["tool", "uv"]).and_then(|uv| uv.get("dev-dependencies"));
    found.extend([build, uv].into_iter().flat_map(|list| requirements(list, true)));
    found.extend(poetry(&root));
    place_uv_sources(&root, &mut found);
    Ok(found)
}

fn lists(table: Option<&Table>) -> impl Iterator<Item = &Value> {
    table.into_iter().flat_map(Table::values)
}

fn requirements(list: Option<&Value>, is_dev: bool) -> Vec<Dependency> {
    let items = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    items.filter_map(|item| requirement(item, is_dev)).collect()
}

fn poetry(root: &Table) -> Vec<Dependency> {
    let Some(poetry) = table(root, &["tool", "poetry"]) else { return Vec::new() };
    let of = |table: &Table, name: &str, is_dev: bool| {
        entries(Some(table), name, move |name, value| python_of(name, value, is_dev))
    };
    let mut found = of(poetry, "dependencies", false);
    found.extend(of(poetry, "dev-dependencies", true));
    for group in lists(poetry.get("group").and_then(Value::as_table)).filter_map(Value::as_table) {
        found.extend(of(group, "dependencies", true));
    }
    // The interpreter, not a package.
    found.retain(|dependency| dependency.name != "python");
    found
}

/// `tool.uv.sources` says where requirements of the same name come from.
fn place_uv_sources(root: &Table, found: &mut [Dependency]) {
    for (name, value) in table(root, &["tool", "uv", "sources"]).into_iter().flatten() {
        for dependency in found.iter_mut().filter(|dependency| dependency.name == python_name(name)) {
            let is_workspace = value.get("workspace").and_then(Value::as_bool) == Some(true);
            let moved = dependency.clone();
            *dependency = if is_workspace { moved.from(Origin::Workspace) } else { located(moved, value) };
        }
    }
}

/// Source: pipenv.pypa.io, "Pipfile".
pub(super) fn pipfile(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = parse(text)?;
    let mut found = entries(Some(&root), "packages", |name, value| python_of(name, value, false));
    found.extend(entries(Some(&root), "dev-packages", |name, value| python_of(name, value, true)));
    Ok(found)
}

fn python_of(name: &str, value: &Value, is_dev: bool) -> Dependency {
    let version = value.as_str().or_else(|| text(value, "version")).unwrap_or("");
    located(Dependency::registry(python_name(name), version, is_dev), value)
}

/// Source: docs.gradle.org, "Version Catalogs".
pub(super) fn version_catalog(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root = parse(text)?;
    let versions = table(&root, &["versions"]);
    let library = |_: &str, value: &Value| library_of(value, versions);
    Ok(entries(Some(&root), "libraries", library))
}

fn library_of(value: &Value, versions: Option<&Table>) -> Dependency {
    if let Some(short) = value.as_str() {
        let (name, version) = short.rsplit_once(':').unwrap_or((short, ""));
        return Dependency::registry(name, version, false);
    }
    let module = text(value, "module").map(str::to_owned);
    let parts = || Some(format!("{}:{}", text(value, "group")?, text(value, "name")?));
    let version = value.get("version").map(|version| match version.get("ref").and_then(Value::as_str) {
        Some(name) => versions.and_then(|versions| versions.get(name)).and_then(Value::as_str).unwrap_or(""),
        None => version.as_str().unwrap_or(""),
    });
    Dependency::registry(module.or_else(parts).unwrap_or_default(), version.unwrap_or(""), false)
}

fn parse(text: &str) -> Result<Table, Fault> {
    toml::from_str(text).map_err(|error| Fault::of_toml(text, &error))
}

fn table<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(root, |table, name| table.get(*name)?.as_table())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn entries(root: Option<&Table>, name: &str, read: impl Fn(&str, &Value) -> Dependency) -> Vec<Dependency> {
    let table = root.and_then(|root| root.get(name)).and_then(Value::as_table);
    table.into_iter().flatten().map(|(name, value)| read(name, value)).collect()
}
