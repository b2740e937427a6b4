//! `build.gradle` and `build.gradle.kts`: literal lines such as `implementation("group:name:version")`.
//!
//! A build script is a program: what is not a literal on one line is not seen. An alias of a version catalog is declared
//! there. Source: docs.gradle.org, "Declaring dependencies".

use super::{Dependency, Fault, Origin};

/// Configurations of the Java, Kotlin and Android plugins; others end with one of these, such as `debugImplementation`.
const CONFIGURATIONS: &[&str] = &[
    "implementation",
    "api",
    "compile",
    "compileonly",
    "compileonlyapi",
    "runtime",
    "runtimeonly",
    "annotationprocessor",
    "kapt",
    "ksp",
    "classpath",
    "provided",
];

pub(super) fn build(text: &str) -> Result<Vec<Dependency>, Fault> {
    Ok(text.lines().filter_map(declared).collect())
}

fn declared(line: &str) -> Option<Dependency> {
    let line = line.trim();
    let (configuration, rest) = line.split_at(line.find(|letter: char| !letter.is_ascii_alphanumeric())?);
    let configuration = configuration.to_ascii_lowercase();
    let is_known = CONFIGURATIONS.iter().any(|known| configuration.ends_with(known));
    let is_dev = configuration.contains("test");
    let rest = rest.trim_start_matches(['(', ' ', '\t']);
    if !is_known {
        return None;
    }
    // `platform("…")` and `kotlin("…")` wrap the notation.
    let (wrapper, rest) = match rest.split_once('(') {
        Some((wrapper, inner)) if wrapper.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
            (wrapper, inner.trim())
        }
        _ => ("", rest),
    };
    match wrapper {
        "project" => Some(Dependency::registry(quoted(rest)?, "", is_dev).from(Origin::Path(quoted(rest)?.to_owned()))),
        "kotlin" => Some(Dependency::registry(format!("org.jetbrains.kotlin:kotlin-{}", quoted(rest)?), "", is_dev)),
        "files" | "fileTree" => None,
        _ => notation(rest, is_dev),
    }
}

fn notation(rest: &str, is_dev: bool) -> Option<Dependency> {
    if rest.starts_with("group") {
        let (group, name) = (argument(rest, "group")?, argument(rest, "name")?);
        return Some(Dependency::registry(format!("{group}:{name}"), argument(rest, "version").unwrap_or(""), is_dev));
    }
    let parts: Vec<&str> = quoted(rest)?.split(':').collect();
    let [group, name, ..] = parts[..] else { return None };
    Some(Dependency::registry(format!("{group}:{name}"), *parts.get(2).unwrap_or(&""), is_dev))
}

/// The value of `key: 'value'` (Groovy) or `key = "value"` (Kotlin).
fn argument<'a>(rest: &'a str, key: &str) -> Option<&'a str> {
    let after = rest.split(key).nth(1)?;
    quoted(after.trim_start_matches([' ', ':', '=']))
}

/// The literal a text begins with.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    text[1..].split(quote).next()
}
