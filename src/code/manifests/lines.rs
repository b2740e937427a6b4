//! Manifests read line by line: `requirements.txt` (and PEP 508 requirements anywhere), `setup.cfg`, `go.mod`.

use super::{Dependency, Fault, Origin};

/// Source: pip.pypa.io, "Requirements File Format".
pub(super) fn requirements(text: &str) -> Result<Vec<Dependency>, Fault> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    Ok(joined.lines().filter_map(requirement_line).collect())
}

fn requirement_line(line: &str) -> Option<Dependency> {
    let line = without_comment(line);
    if let Some(editable) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable")) {
        return located(editable.trim_start_matches('=').trim());
    }
    if line.starts_with('-') {
        return None;
    }
    // Hashes and other options stand behind the requirement.
    let line = line.split(" --").next().unwrap_or(line);
    if line.starts_with('.') || line.contains("://") && !line.contains('@') {
        located(line)
    } else {
        requirement(line, false)
    }
}

/// A `#` at the start or after white space begins a comment; one inside an address does not.
fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let end = line.match_indices('#').find(is_comment).map_or(line.len(), |(at, _)| at);
    line[..end].trim()
}

/// An address or folder without a name; `#egg=name` names it, else its last part does.
fn located(place: &str) -> Option<Dependency> {
    let name = match place.split_once("#egg=") {
        Some((_, name)) => name.split(['&', '[']).next().unwrap_or(name),
        None => place.trim_end_matches('/').rsplit('/').next().unwrap_or(place),
    };
    Some(Dependency::registry(python_name(name.trim_end_matches(".git")), "", false).from(origin(place)))
}

fn origin(place: &str) -> Origin {
    let address = place.split('#').next().unwrap_or(place).trim().to_owned();
    match address {
        address if address.starts_with("git+") => Origin::Git(address),
        address if address.contains("://") && !address.starts_with("file:") => Origin::Url(address),
        address => Origin::Path(address),
    }
}

/// A requirement after PEP 508: `name[extras] >=1,<2 ; marker` or `name @ address`.
pub(super) fn requirement(text: &str, is_dev: bool) -> Option<Dependency> {
    let text = text.trim();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let (name, rest) = text.split_at(text.find(|letter| !is_name(letter)).unwrap_or(text.len()));
    let rest = rest.trim_start();
    let rest =
        if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest).trim_start() } else { rest };
    if name.is_empty() {
        return None;
    }
    if let Some(place) = rest.strip_prefix('@') {
        let place = place.split(" ;").next().unwrap_or(place).trim();
        return Some(Dependency::registry(python_name(name), "", is_dev).from(origin(place)));
    }
    let version = rest.split(';').next().unwrap_or(rest).trim().trim_matches(['(', ')']);
    let is_version = version.is_empty() || version.starts_with(['=', '<', '>', '~', '!']);
    is_version.then(|| Dependency::registry(python_name(name), version.replace(' ', ""), is_dev))
}

/// Names that mean the same package are the same: PEP 503.
pub(super) fn python_name(name: &str) -> String {
    let parts: Vec<&str> = name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

/// Source: setuptools.pypa.io, "Configuring setuptools using setup.cfg files".
pub(super) fn setup_cfg(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found = Vec::new();
    let (mut section, mut key) = ("", "");
    for line in text.lines() {
        let trimmed = without_comment(line);
        let is_continued = line.starts_with([' ', '\t']);
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, key) = (name, "");
        } else if is_continued {
            found.extend(declared_in(section, key).and_then(|is_dev| requirement(trimmed, is_dev)));
        } else if let Some((name, value)) = trimmed.split_once('=') {
            key = name.trim();
            let items = value.split(';').filter(|item| !item.trim().is_empty());
            let items = items.filter_map(|item| requirement(item, declared_in(section, key)?));
            found.extend(items);
        }
    }
    Ok(found)
}

/// Whether a key of `setup.cfg` lists requirements, and if so whether they are for development.
fn declared_in(section: &str, key: &str) -> Option<bool> {
    match (section, key) {
        ("options", "install_requires") => Some(false),
        ("options", "setup_requires" | "tests_require") => Some(true),
        ("options.extras_require", name) if !name.is_empty() => Some(false),
        _ => None,
    }
}

/// Source: go.dev/ref/mod, "go.mod files". Requirements marked `// indirect` were written by the tool.
pub(super) fn go_mod(text: &str) -> Result<Vec<Dependency>, Fault> {
    let mut found = Vec::new();
    let mut is_in_block = false;
    for (line, number) in text.lines().zip(1u64..) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let code = code.trim();
        let required = match code.strip_prefix("require") {
            Some(rest) if rest.trim() == "(" => {
                is_in_block = true;
                continue;
            }
            Some(rest) if rest.starts_with([' ', '\t']) => Some(rest),
            _ if is_in_block && code == ")" => {
                is_in_block = false;
                continue;
            }
            _ => is_in_block.then_some(code).filter(|code| !code.is_empty()),
        };
        let Some(required) = required else { continue };
        let [module, version] = required.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(Fault::new(number, "expected a module and a version"));
        };
        if !comment.trim_start().starts_with("indirect") {
            found.push(Dependency::registry(module.trim_matches('"'), version, false));
        }
    }
    Ok(found)
}
