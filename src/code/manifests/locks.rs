//! Which packages did a tool resolve, and from where?
//!
//! In: a lock file. Out: every package it pins, with its version and the place it comes from: [`Origin::Registry`] for
//! the language's own registry, [`Origin::Url`] with the host alone for another one, [`Origin::Git`] with the address.
//! Never follows an address. What people chose is in the manifests; what arrives is here.

use super::lines::python_name;
use super::{Dependency, Ecosystem, Fault, Origin};
use serde_json::Value as Json;
use toml::{Table, Value};

/// A lock file above this is passed over: the largest one in sixty repositories has 1.6 MiB.
pub const MAX_LOCK_BYTES: usize = 4 << 20;

/// Packages of one lock file that are kept; the largest known have some 5,000.
const MAX_PACKAGES: usize = 50_000;

/// Whether [`read`] understands the lock file at `path`.
pub fn is_lock(path: &str) -> bool {
    reader_of(&super::name_of(path)).is_some()
}

/// The packages a lock file pins, in order of their names.
///
/// # Errors
/// A [`Fault`] where the text makes no sense or breaks a limit; also for a path that is no readable lock file.
pub fn read(path: &str, text: &[u8]) -> Result<Vec<Dependency>, Fault> {
    let Some((_, reader)) = reader_of(&super::name_of(path)) else {
        return Err(Fault::new(1, "expected a lock file of a known format"));
    };
    if text.len() > MAX_LOCK_BYTES {
        return Err(Fault::new(1, format!("expected at most {MAX_LOCK_BYTES} bytes, got {}", text.len())));
    }
    let mut packages = reader(&String::from_utf8_lossy(text))?;
    if packages.len() > MAX_PACKAGES {
        return Err(Fault::new(1, format!("expected at most {MAX_PACKAGES} packages, got {}", packages.len())));
    }
    packages.retain(|package| !package.name.is_empty());
    packages.sort();
    packages.dedup();
    Ok(packages)
}

/// Whose packages a lock file pins.
pub(super) fn ecosystem(name: &str) -> Option<Ecosystem> {
    reader_of(name).map(|(ecosystem, _)| ecosystem)
}

type Reader = fn(&str) -> Result<Vec<Dependency>, Fault>;

fn reader_of(name: &str) -> Option<(Ecosystem, Reader)> {
    Some(match name {
        "cargo.lock" => (Ecosystem::Cargo, cargo as Reader),
        "package-lock.json" | "npm-shrinkwrap.json" => (Ecosystem::Npm, npm),
        "yarn.lock" => (Ecosystem::Npm, yarn),
        "pnpm-lock.yaml" => (Ecosystem::Npm, pnpm),
        "poetry.lock" | "pdm.lock" => (Ecosystem::Python, poetry),
        "uv.lock" => (Ecosystem::Python, uv),
        "pipfile.lock" => (Ecosystem::Python, pipfile),
        "go.sum" => (Ecosystem::Go, go_sum),
        "gradle.lockfile" | "buildscript-gradle.lockfile" => (Ecosystem::Maven, gradle),
        "gemfile.lock" => (Ecosystem::Ruby, bundler),
        "composer.lock" => (Ecosystem::Composer, composer),
        "packages.lock.json" => (Ecosystem::NuGet, nuget),
        _ => return None,
    })
}

/// A package from an address: git, the language's registry, or another host.
fn from_address(name: &str, version: &str, address: &str, registries: &[&str]) -> Dependency {
    let plain = Dependency::registry(name, version, false);
    let host = host_of(address);
    if address.is_empty() || registries.contains(&host) {
        plain
    } else if address.starts_with("file:") || address.starts_with("link:") || host.is_empty() {
        plain.from(Origin::Path(address.to_owned()))
    } else if address.starts_with("git") || address.split(['#', '?']).next().is_some_and(|it| it.ends_with(".git")) {
        plain.from(Origin::Git(address.split('#').next().unwrap_or(address).to_owned()))
    } else {
        plain.from(Origin::Url(host.to_owned()))
    }
}

/// The host of an address; empty where there is none.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    host.rsplit('@').next().unwrap_or(host)
}

/// Source: The Cargo Book, "Cargo.toml vs Cargo.lock"; `source` is absent for members of the workspace.
fn cargo(text: &str) -> Result<Vec<Dependency>, Fault> {
    let package = |package: &Table| {
        let plain = Dependency::registry(text_of(package, "name"), text_of(package, "version"), false);
        match text_of(package, "source") {
            "" => plain.from(Origin::Workspace),
            source if source.contains("crates.io-index") || source.contains("index.crates.io") => plain,
            source => match source.split_once('+') {
                Some(("git", address)) => {
                    plain.from(Origin::Git(address.split('#').next().unwrap_or(address).to_owned()))
                }
                Some((_, address)) => plain.from(Origin::Url(host_of(address).to_owned())),
                None => plain.from(Origin::Url(source.to_owned())),
            },
        }
    };
    packages_of(text, package)
}

/// Source: python-poetry.org and pdm-project.org; `source` stands only beside packages from elsewhere.
fn poetry(text: &str) -> Result<Vec<Dependency>, Fault> {
    let package = |package: &Table| {
        let name = python_name(text_of(package, "name"));
        let version = text_of(package, "version");
        let Some(source) = package.get("source").and_then(Value::as_table) else {
            return from_address(&name, version, text_of(package, "git"), PYTHON);
        };
        let plain = Dependency::registry(name.as_str(), version, false);
        match (text_of(source, "type"), text_of(source, "url")) {
            ("git", url) => plain.from(Origin::Git(url.to_owned())),
            ("directory" | "file", url) => plain.from(Origin::Path(url.to_owned())),
            (_, url) => from_address(&name, version, url, PYTHON),
        }
    };
    packages_of(text, package)
}

const PYTHON: &[&str] = &["pypi.org", "files.pythonhosted.org", "pypi.python.org"];

/// Source: docs.astral.sh/uv, "Locking and syncing".
fn uv(text: &str) -> Result<Vec<Dependency>, Fault> {
    let package = |package: &Table| {
        let name = python_name(text_of(package, "name"));
        let version = text_of(package, "version");
        let plain = Dependency::registry(name.as_str(), version, false);
        let Some(source) = package.get("source").and_then(Value::as_table) else { return plain };
        if let Some(address) = source.get("git").and_then(Value::as_str) {
            return plain.from(Origin::Git(address.split(['#', '?']).next().unwrap_or(address).to_owned()));
        }
        match source.get("registry").or_else(|| source.get("url")).and_then(Value::as_str) {
            Some(address) => from_address(&name, version, address, PYTHON),
            None => plain.from(Origin::Workspace),
        }
    };
    packages_of(text, package)
}

fn packages_of(text: &str, package: impl Fn(&Table) -> Dependency) -> Result<Vec<Dependency>, Fault> {
    let root: Table = toml::from_str(text).map_err(|error| Fault::of_toml(text, &error))?;
    let packages = root.get("package").and_then(Value::as_array);
    Ok(packages.into_iter().flatten().filter_map(Value::as_table).map(package).collect())
}

fn text_of<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or("")
}

const NPM: &[&str] = &["registry.npmjs.org", "registry.yarnpkg.com"];

/// Source: docs.npmjs.com, "package-lock.json": `packages` since version 2, nested `dependencies` before.
fn npm(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root: Json = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let mut found = Vec::new();
    if let Some(packages) = root.get("packages").and_then(Json::as_object) {
        for (place, package) in packages.iter().filter(|(place, _)| place.contains("node_modules/")) {
            let folder = place.rsplit("node_modules/").next().unwrap_or(place);
            let name = json_text(package, "name");
            let name = if name.is_empty() { folder } else { name };
            if package.get("link").and_then(Json::as_bool) != Some(true) {
                found.push(from_address(name, json_text(package, "version"), json_text(package, "resolved"), NPM));
            }
        }
    } else {
        nested(&root, &mut found, 0);
    }
    Ok(found)
}

/// Nested dependencies are folders in folders; npm itself nests a handful.
const MAX_NESTING: usize = 32;

fn nested(package: &Json, found: &mut Vec<Dependency>, depth: usize) {
    for (name, package) in package.get("dependencies").and_then(Json::as_object).into_iter().flatten() {
        if !package.is_object() || depth > MAX_NESTING {
            continue;
        }
        let (version, resolved) = (json_text(package, "version"), json_text(package, "resolved"));
        let address = if resolved.is_empty() && version.contains("://") { version } else { resolved };
        found.push(from_address(name, version, address, NPM));
        nested(package, found, depth + 1);
    }
}

fn json_text<'a>(object: &'a Json, key: &str) -> &'a str {
    object.get(key).and_then(Json::as_str).unwrap_or("")
}

/// Yarn 1 (`resolved "…"`) and later (`resolution: "name@npm:version"`). Source: the files themselves.
fn yarn(text: &str) -> Result<Vec<Dependency>, Fault> {
    let (mut found, mut name, mut version) = (Vec::new(), String::new(), String::new());
    for line in text.lines() {
        let trimmed = line.trim();
        if !line.starts_with([' ', '#']) && trimmed.ends_with(':') {
            let first = trimmed.trim_end_matches(':').split(',').next().unwrap_or("").trim().trim_matches('"');
            name = split_at_version(first).0.to_owned();
            version.clear();
        } else if let Some(rest) = trimmed.strip_prefix("version") {
            version = rest.trim_start_matches(':').trim().trim_matches('"').to_owned();
        } else if let Some(rest) = trimmed.strip_prefix("resolved ") {
            found.push(from_address(&name, &version, rest.trim().trim_matches('"'), NPM));
        } else if let Some(rest) = trimmed.strip_prefix("resolution:") {
            let (name, place) = split_at_version(rest.trim().trim_matches('"'));
            match place.strip_prefix("npm:") {
                Some(_) => found.push(Dependency::registry(name, version.as_str(), false)),
                None if place.starts_with("workspace:") || place.starts_with("patch:") => {}
                None => found.push(from_address(name, &version, place, NPM)),
            }
        }
    }
    Ok(found)
}

/// `@scope/name@version` at the `@` that is not the scope's.
fn split_at_version(text: &str) -> (&str, &str) {
    let from = usize::from(text.starts_with('@'));
    match text[from..].find('@') {
        Some(at) => (&text[..from + at], &text[from + at + 1..]),
        None => (text, ""),
    }
}

/// Source: pnpm.io; the keys of `packages` are `/name@version`, `name@version` or `/name/version` by version of the file.
fn pnpm(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found: Vec<Dependency> = Vec::new();
    let mut section = "";
    for line in text.lines() {
        let n_spaces = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        if n_spaces == 0 && trimmed.ends_with(':') {
            section = trimmed.trim_end_matches(':');
        } else if section != "packages" {
            continue;
        } else if n_spaces == 2 && trimmed.ends_with(':') {
            let key = trimmed.trim_end_matches(':').trim_matches(['\'', '"']).trim_start_matches('/');
            found.push(pnpm_package(key.split('(').next().unwrap_or(key)));
        } else if let (Some((_, rest)), Some(last)) = (trimmed.split_once("tarball:"), found.last_mut()) {
            let address = rest.split([',', '}']).next().unwrap_or("").trim().trim_matches(['\'', '"']);
            *last = from_address(&last.name, &last.version, address, NPM);
        }
    }
    Ok(found)
}

fn pnpm_package(key: &str) -> Dependency {
    let (name, version) = split_at_version(key);
    if !version.is_empty() {
        let address = if version.contains("://") { version } else { "" };
        return from_address(name, version, address, NPM);
    }
    // `host/owner/name/commit` is a package from a git host; `name/1.2.3` the oldest form of one from the registry.
    match key.split('/').next() {
        Some(host) if host.contains('.') && !key.starts_with('@') => {
            let name = key.rsplit('/').nth(1).unwrap_or(key);
            Dependency::registry(name, "", false).from(Origin::Git(format!("https://{key}")))
        }
        _ => {
            let (name, version) = key.rsplit_once('/').unwrap_or((key, ""));
            Dependency::registry(name, version, false)
        }
    }
}

/// Source: pipenv.pypa.io, "Pipfile.lock".
fn pipfile(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root: Json = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let section = |name: &str| root.get(name).and_then(Json::as_object).into_iter().flatten();
    let package = |(name, package): (&String, &Json)| {
        let name = python_name(name);
        let version = json_text(package, "version");
        match (json_text(package, "git"), json_text(package, "file")) {
            ("", "") => Dependency::registry(name, version, false),
            ("", address) => from_address(&name, version, address, PYTHON),
            (address, _) => Dependency::registry(name, version, false).from(Origin::Git(address.to_owned())),
        }
    };
    Ok(section("default").chain(section("develop")).map(package).collect())
}

/// Source: go.dev/ref/mod, "go.sum files". The host is in the name of the module.
fn go_sum(text: &str) -> Result<Vec<Dependency>, Fault> {
    let module = |line: &str| {
        let [module, version, _] = line.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        (!version.ends_with("/go.mod")).then(|| Dependency::registry(module, version, false))
    };
    Ok(text.lines().filter_map(module).collect())
}

/// Source: docs.gradle.org, "Locking Versions": `group:artifact:version=configurations`.
fn gradle(text: &str) -> Result<Vec<Dependency>, Fault> {
    let package = |line: &str| {
        let line = line.split('#').next()?.split('=').next()?.trim();
        let (name, version) = line.rsplit_once(':')?;
        name.contains(':').then(|| Dependency::registry(name, version, false))
    };
    Ok(text.lines().filter_map(package).collect())
}

/// Source: bundler.io: sections `GEM`, `GIT`, `PATH` with a `remote:`, packages at four spaces below `specs:`.
fn bundler(text: &str) -> Result<Vec<Dependency>, Fault> {
    let (mut found, mut section, mut remote) = (Vec::new(), "", "");
    for line in text.lines() {
        let n_spaces = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        if n_spaces == 0 {
            (section, remote) = (trimmed, "");
        } else if let Some(address) = trimmed.strip_prefix("remote:") {
            remote = address.trim();
        } else if n_spaces == 4 && matches!(section, "GEM" | "GIT" | "PATH") {
            let (name, version) = trimmed.split_once(" (").unwrap_or((trimmed, ""));
            let plain = Dependency::registry(name, version.trim_end_matches(')'), false);
            found.push(match section {
                "GIT" => plain.from(Origin::Git(remote.to_owned())),
                "PATH" => plain.from(Origin::Path(remote.to_owned())),
                _ => from_address(name, version.trim_end_matches(')'), remote, &["rubygems.org"]),
            });
        }
    }
    Ok(found)
}

/// Source: getcomposer.org, "composer.lock". Packages of the main registry are archives of git hosts; `source` names
/// the repository they were made from.
fn composer(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root: Json = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let section = |name: &str| root.get(name).and_then(Json::as_array).into_iter().flatten();
    let package = |package: &Json| {
        let name = json_text(package, "name").to_ascii_lowercase();
        let address = package.get("source").map_or("", |source| json_text(source, "url"));
        let plain = Dependency::registry(name, json_text(package, "version"), false);
        if address.is_empty() { plain } else { plain.from(Origin::Git(address.to_owned())) }
    };
    Ok(section("packages").chain(section("packages-dev")).map(package).collect())
}

/// Source: learn.microsoft.com, "PackageReference in project files", locking.
fn nuget(text: &str) -> Result<Vec<Dependency>, Fault> {
    let root: Json = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let frameworks = root.get("dependencies").and_then(Json::as_object).into_iter().flatten();
    let packages = frameworks.filter_map(|(_, packages)| packages.as_object()).flatten();
    let from_outside = packages.filter(|(_, package)| json_text(package, "type") != "Project");
    Ok(from_outside
        .map(|(name, package)| Dependency::registry(name.as_str(), json_text(package, "resolved"), false))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(path: &str, text: &str, expected: Expect) {
        let shown = |package: &Dependency| {
            let source = match &package.source {
                Origin::Registry => String::new(),
                source => format!(" {source:?}"),
            };
            format!("{} {}{source}\n", package.name, package.version)
        };
        expected.assert_eq(&read(path, text.as_bytes()).unwrap().iter().map(shown).collect::<String>());
    }

    #[test]
    fn cargo_tells_registry_git_and_workspace_apart() {
        check(
            "Cargo.lock",
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
             [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"git+https://h.example/o/b?rev=1#123\"\n\
             [[package]]\nname = \"c\"\nversion = \"0.1.0\"\n\
             [[package]]\nname = \"d\"\nversion = \"3.0.0\"\nsource = \"registry+https://crates.example/index\"\n",
            expect![[r#"
                a 1.0.0
                b 2.0.0 Git("https://h.example/o/b?rev=1")
                c 0.1.0 Workspace
                d 3.0.0 Url("crates.example")
            "#]],
        );
    }

    #[test]
    fn the_lock_files_of_javascript_say_where_a_package_came_from() {
        check(
            "web/package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"": {"name": "x"},
                "node_modules/a": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"},
                "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "resolved": "https://evil.example/b.tgz"},
                "node_modules/c": {"version": "3.0.0", "resolved": "git+ssh://git@github.com/o/c.git#123"},
                "node_modules/d": {"resolved": "packages/d", "link": true}}}"#,
            expect![[r#"
                @s/b 2.0.0 Url("evil.example")
                a 1.0.0
                c 3.0.0 Git("git+ssh://git@github.com/o/c.git")
            "#]],
        );
        check(
            "package-lock.json",
            r#"{"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}}"#,
            expect![[r#"
                a 1.0.0
                b 2.0.0
            "#]],
        );
        check(
            "yarn.lock",
            "# yarn lockfile v1\n\n\"@s/a@^1.0.0\", \"@s/a@^1.1.0\":\n  version \"1.1.0\"\n  resolved \
             \"https://registry.yarnpkg.com/@s/a/-/a-1.1.0.tgz#12\"\n\nb@^2:\n  version \"2.0.0\"\n  resolved \
             \"https://mirror.example/b.tgz\"\n",
            expect![[r#"
                @s/a 1.1.0
                b 2.0.0 Url("mirror.example")
            "#]],
        );
        check(
            "yarn.lock",
            "__metadata:\n  version: 6\n\n\"a@npm:^1.0.0\":\n  version: 1.0.3\n  resolution: \"a@npm:1.0.3\"\n\n\
             \"w@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"w@workspace:.\"\n",
            expect![[r#"
                a 1.0.3
            "#]],
        );
        check(
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n\nimporters:\n  .:\n    dependencies:\n\npackages:\n\n  '@s/a@1.0.0':\n    resolution: \
             {integrity: sha512-x}\n\n  b@2.0.0(react@18.0.0):\n    resolution: {tarball: https://evil.example/b.tgz}\n\n\
             snapshots:\n\n  c@1.0.0:\n",
            expect![[r#"
                @s/a 1.0.0
                b 2.0.0 Url("evil.example")
            "#]],
        );
    }

    #[test]
    fn the_lock_files_of_python_name_packages_as_their_registry_does() {
        check(
            "poetry.lock",
            "[[package]]\nname = \"Zope.Interface\"\nversion = \"5.0\"\n\n[[package]]\nname = \"own\"\nversion = \"1\"\n\n\
             [package.source]\ntype = \"git\"\nurl = \"https://h.example/o/own.git\"\n",
            expect![[r#"
                own 1 Git("https://h.example/o/own.git")
                zope-interface 5.0
            "#]],
        );
        check(
            "uv.lock",
            "version = 1\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
             [[package]]\nname = \"b\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.example/simple\" }\n\
             [[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { editable = \".\" }\n",
            expect![[r#"
                a 1.0
                b 1.0 Url("pypi.example")
                me 0.1 Workspace
            "#]],
        );
        check(
            "Pipfile.lock",
            r#"{"default": {"Flask": {"version": "==2.0"}}, "develop": {"x": {"git": "https://h.example/x.git"}}}"#,
            expect![[r#"
                flask ==2.0
                x  Git("https://h.example/x.git")
            "#]],
        );
    }

    #[test]
    fn go_gradle_bundler_composer_and_nuget_are_read() {
        check(
            "go.sum",
            "a.example/m v1.0.0 h1:x=\na.example/m v1.0.0/go.mod h1:y=\n",
            expect![[r#"
            a.example/m v1.0.0
        "#]],
        );
        check(
            "gradle.lockfile",
            "# a comment\norg.a:b:1.0=compileClasspath\nempty=\n",
            expect![[r#"
            org.a:b 1.0
        "#]],
        );
        check(
            "Gemfile.lock",
            "GIT\n  remote: https://h.example/o/g.git\n  revision: 12\n  specs:\n    g (0.1)\n\nGEM\n  remote: https://rubygems.org/\n  \
             specs:\n    rails (7.0)\n      rack (>= 2)\n\nDEPENDENCIES\n  rails\n",
            expect![[r#"
                g 0.1 Git("https://h.example/o/g.git")
                rails 7.0
            "#]],
        );
        check(
            "composer.lock",
            r#"{"packages": [{"name": "A/b", "version": "1.0", "source": {"url": "https://github.com/a/b.git"}}]}"#,
            expect![[r#"
                a/b 1.0 Git("https://github.com/a/b.git")
            "#]],
        );
        check(
            "packages.lock.json",
            r#"{"dependencies": {"net8.0": {"A": {"type": "Direct", "resolved": "1.0"}, "own": {"type": "Project"}}}}"#,
            expect![[r#"
                A 1.0
            "#]],
        );
    }

    #[test]
    fn nonsense_is_a_fault_and_never_a_panic() {
        for name in
            ["Cargo.lock", "package-lock.json", "Pipfile.lock", "composer.lock", "packages.lock.json", "uv.lock"]
        {
            assert!(read(name, b"{ not [ this").is_err(), "{name}");
        }
        for name in ["yarn.lock", "pnpm-lock.yaml", "go.sum", "Gemfile.lock", "gradle.lockfile"] {
            read(name, "\u{0}:@@\n  :\n@\npackages:\n  x:\n tarball:\n    resolved \n".as_bytes()).unwrap();
        }
        let deep = format!("{}{}", r#"{"dependencies":{"a":"#.repeat(60), "{}".to_owned() + &"}}".repeat(60));
        assert!(read("package-lock.json", deep.as_bytes()).unwrap().len() <= MAX_NESTING + 1);
        assert!(read("notes.txt", b"").is_err() && read("Cargo.lock", &vec![b' '; MAX_LOCK_BYTES + 1]).is_err());
    }
}
