//! Is what the documents say still true?
//!
//! In: the documents, the manifest, the licences of all dependencies. Out: every sample, table, link, command and
//! licence that no longer fits. `UPDATE_EXPECT=1` rewrites the parts that are generated.

use hyperion::config::{REPOSITORY_KEYS, RepositoryKey, SETTINGS};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Commands of this version. A document that shows another one after `hyperion` or `cargo run --release --` is wrong.
const COMMANDS: &[&str] = &["review", "backtest", "ingest", "serve", "train", "work", "migrate", "config", "evaluate"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("could not read {path}: {error}"))
}

#[test]
fn the_sample_page_shows_a_review_as_it_is_printed() {
    let sample = read("fixtures/reviews/flagged/expected.txt");
    check_generated("docs/sample.md", "sample", &format!("```text\n{sample}```\n"));
}

// One test for one document: two would rewrite it at the same time.
#[test]
fn the_tables_of_the_configuration_are_those_of_the_program() {
    check_generated("docs/configuration.md", "settings", &settings_table());
    check_generated("docs/configuration.md", "repository-keys", &used_keys_table());
    check_generated("docs/configuration.md", "keys-not-used-yet", &later_keys_table());
}

fn settings_table() -> String {
    let mut table = "| variable | key in the file | default | meaning |\n| :-- | :-- | :-- | :-- |\n".to_owned();
    for setting in SETTINGS {
        let file = if setting.has_file { " (or `_FILE`)" } else { "" };
        let key = if setting.has_file { " (or `_file`)" } else { "" };
        let (variable, default, meaning) = (setting.variable, setting.default, setting.meaning);
        table += &format!("| `{variable}`{file} | `{}`{key} | {default} | {meaning} |\n", setting.key);
    }
    table
}

fn used_keys_table() -> String {
    let row =
        |key: &RepositoryKey| format!("| `{}` | {} | {} | {} |\n", key.key, key.expected, key.default, key.meaning);
    let head = "| key | value | default | meaning |\n| :-- | :-- | :-- | :-- |\n".to_owned();
    head + &REPOSITORY_KEYS.iter().filter(|key| key.is_used).map(row).collect::<String>()
}

fn later_keys_table() -> String {
    let row = |key: &RepositoryKey| format!("| `{}` | {} |\n", key.key, key.meaning);
    let head = "| key | meaning |\n| :-- | :-- |\n".to_owned();
    head + &REPOSITORY_KEYS.iter().filter(|key| !key.is_used).map(row).collect::<String>()
}

/// Compares the part of a document between `<!-- name:begin -->` and `<!-- name:end -->` with what it should be.
fn check_generated(document: &str, name: &str, expected: &str) {
    let text = read(document);
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let start = text.find(&begin).unwrap_or_else(|| panic!("{document} has no {begin}")) + begin.len();
    let stop = start + text[start..].find(&end).unwrap_or_else(|| panic!("{document} has no {end}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let updated = format!("{}{expected}{}", &text[..start], &text[stop..]);
        fs::write(root().join(document), updated).unwrap();
        return;
    }
    assert_eq!(&text[start..stop], expected, "{document}, {name}: UPDATE_EXPECT=1 rewrites it");
}

#[test]
fn every_example_of_a_repository_configuration_is_accepted() {
    let text = read("docs/configuration.md");
    let examples: Vec<_> = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        hyperion::config::parse(example).unwrap_or_else(|problem| panic!("{problem}\n{example}"));
    }
}

#[test]
fn every_command_in_the_documents_exists() {
    for (path, text) in documents() {
        for command in commands_in(&text) {
            assert!(COMMANDS.contains(&command.as_str()), "{} shows `{command}`", path.display());
        }
    }
}

/// The words after `hyperion` and `cargo run --release --` where they stand in code.
fn commands_in(text: &str) -> Vec<String> {
    let code = text.split('`').skip(1).step_by(2).flat_map(str::lines);
    let fenced = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let after = |line: &str| {
        let line = line.trim().trim_start_matches("$ ");
        let rest = line.strip_prefix("hyperion ").or_else(|| line.strip_prefix("cargo run --release -- "))?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    code.chain(fenced).filter_map(after).collect()
}

#[test]
fn a_command_is_found_where_it_is_shown() {
    let text = "Run `hyperion review --head x`, or\n\n```sh\n$ hyperion fly\ncargo run --release -- serve\n```\n";
    assert_eq!(
        commands_in(text).into_iter().collect::<BTreeSet<_>>(),
        ["fly", "review", "serve"].map(String::from).into()
    );
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut n_links = 0;
    for (path, text) in documents() {
        let folder = path.parent().unwrap();
        for target in links_in(&text) {
            n_links += 1;
            let file = target.split('#').next().unwrap();
            assert!(folder.join(file).exists(), "{} links to {target}", path.display());
        }
    }
    assert!(n_links > 10, "{n_links} links were found");
}

fn links_in(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:"))
        .collect()
}

/// Every Markdown file at the top and below `docs`.
fn documents() -> Vec<(PathBuf, String)> {
    let mut folders = vec![root().join("docs")];
    let mut paths: Vec<_> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|extension| extension == "md") => paths.push(path),
                _ => {}
            }
        }
    }
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_manifest_the_program_and_the_documentation_ask_for_the_same() {
    let manifest: Value = serde_saphyr::from_str(&read("app-manifest.yml")).unwrap();
    let text = read("docs/github-app.md");
    let permissions = manifest["default_permissions"].as_object().unwrap();
    let found: BTreeSet<_> = permissions.iter().map(|(name, level)| (name.as_str(), level.as_str().unwrap())).collect();
    for (name, level) in hyperion::github::PERMISSIONS {
        assert!(text.contains(&format!("| `{name}` | {level} |")), "docs/github-app.md lacks {name}: {level}");
    }
    assert_eq!(found, hyperion::github::PERMISSIONS.into());
    let events: BTreeSet<_> =
        manifest["default_events"].as_array().unwrap().iter().map(|event| event.as_str().unwrap()).collect();
    assert_eq!(events, hyperion::github::EVENTS.into());
    for event in events {
        assert!(text.contains(&format!("`{event}`")), "docs/github-app.md lacks {event}");
    }
}

#[test]
fn every_dependency_has_a_reason() {
    let cargo: toml::Table = read("Cargo.toml").parse().unwrap();
    let reasons = read("docs/decisions/0001-dependencies.md");
    for section in ["dependencies", "dev-dependencies"] {
        for name in cargo[section].as_table().unwrap().keys() {
            assert!(reasons.contains(&format!("`{name}`")), "docs/decisions/0001-dependencies.md does not name {name}");
        }
    }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny: toml::Table = read("deny.toml").parse().unwrap();
    let allowed = deny["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = allowed.iter().map(|licence| licence.as_str().unwrap()).collect();
    let packages = packages();
    assert!(packages.len() > 100, "{} packages were found", packages.len());
    let refused: Vec<_> = packages.iter().filter(|(_, licence)| !is_allowed(licence, &allowed)).collect();
    assert!(refused.is_empty(), "licences outside deny.toml: {refused:#?}");
}

/// Name and licence of every package of the build on this machine, without asking the network.
fn packages() -> Vec<(String, String)> {
    let host = run(Command::new("rustc").arg("-vV"));
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    let metadata = run(Command::new(env!("CARGO")).args(arguments).current_dir(root()));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), text(&package["license"]))).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether an SPDX expression can be met with allowed licences; `/` is the old way to write `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "~WITH~");
    let tokens: Vec<String> = spaced.split_whitespace().map(|token| token.replace("~WITH~", " WITH ")).collect();
    let mut rest = tokens.as_slice();
    let is_met = any_of(&mut rest, allowed);
    is_met && rest.is_empty()
}

fn any_of(rest: &mut &[String], allowed: &BTreeSet<&str>) -> bool {
    let mut is_met = all_of(rest, allowed);
    while let [word, after @ ..] = *rest
        && word == "OR"
    {
        *rest = after;
        is_met |= all_of(rest, allowed);
    }
    is_met
}

fn all_of(rest: &mut &[String], allowed: &BTreeSet<&str>) -> bool {
    let mut is_met = one(rest, allowed);
    while let [word, after @ ..] = *rest
        && word == "AND"
    {
        *rest = after;
        is_met &= one(rest, allowed);
    }
    is_met
}

fn one(rest: &mut &[String], allowed: &BTreeSet<&str>) -> bool {
    let [word, after @ ..] = *rest else { return false };
    *rest = after;
    if word != "(" {
        return allowed.contains(word.as_str());
    }
    let is_met = any_of(rest, allowed);
    match *rest {
        [close, after @ ..] if close == ")" => {
            *rest = after;
            is_met
        }
        _ => false,
    }
}

#[test]
fn a_licence_expression_is_read_as_spdx_reads_it() {
    let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("", false),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("MIT AND (GPL-3.0 OR ISC)", true),
        ("(MIT OR ISC) AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("(MIT", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}
