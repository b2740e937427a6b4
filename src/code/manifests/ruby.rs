//! `Gemfile` and `*.gemspec`: literal `gem` and `add_dependency` lines.
//!
//! Both are programs; a line whose name is not a literal is not seen. Source: bundler.io, "Gemfile"; guides.rubygems.org.

use super::{Dependency, Fault, Origin};

pub(super) fn gems(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found = Vec::new();
    // One entry for each open block: whether it holds gems for development.
    let mut blocks: Vec<bool> = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.ends_with(" do") || line.contains(" do |") {
            let is_dev = line.starts_with("group") && (line.contains(":development") || line.contains(":test"));
            blocks.push(is_dev || blocks.last() == Some(&true));
        } else if line == "end" {
            blocks.pop();
        }
        found.extend(gem(line, blocks.last() == Some(&true)));
    }
    Ok(found)
}

fn gem(line: &str, is_in_group: bool) -> Option<Dependency> {
    let (call, is_dev) = [
        ("gem ", is_in_group),
        ("gem(", is_in_group),
        (".add_dependency", false),
        (".add_runtime_dependency", false),
        (".add_development_dependency", true),
    ]
    .into_iter()
    .find_map(|(call, is_dev)| {
        let at = line.find(call).filter(|at| *at == 0 || call.starts_with('.'))?;
        Some((&line[at + call.len()..], is_dev))
    })?;
    let call = call.trim_start_matches(['(', ' ']);
    let is_dev = is_dev || call.contains("group: :development") || call.contains("group: :test");
    let texts = literals(call);
    let name = texts.first().filter(|(at, _)| *at == 0)?.1;
    let versions: Vec<&str> = texts[1..].iter().map(|(_, text)| *text).take_while(|text| is_version(text)).collect();
    let dependency = Dependency::registry(name, versions.join(", "), is_dev);
    let option = |key: &str| {
        let at = call.find(&format!("{key}:")).or_else(|| call.find(&format!(":{key} =>")))?;
        texts.iter().find(|(start, _)| *start > at).map(|(_, text)| (*text).to_owned())
    };
    Some(match (option("git").or_else(|| option("github")), option("path")) {
        (Some(address), _) => dependency.from(Origin::Git(address)),
        (None, Some(path)) => dependency.from(Origin::Path(path)),
        (None, None) => dependency,
    })
}

fn is_version(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '~' | '>' | '<' | '=' | '!'))
}

/// Quoted texts with the place of their opening quote.
fn literals(line: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find(['"', '\'']).map(|offset| at + offset) {
        let quote = &line[start..=start];
        let Some(length) = line[start + 1..].find(quote) else { break };
        found.push((start, &line[start + 1..start + 1 + length]));
        at = start + length + 2;
    }
    found
}
