//! How does a repository want to be reviewed?
//!
//! In: the text of `.github/hyperion.yml` from the base branch; a stranger may have written it. Out: a [`Policy`] and
//! the paths that count, or a [`Problem`] that names line and field. Never takes half of a broken file.

use super::business::{Business, business, sprint};
use super::components::{Components, components};
use super::globs::{Globs, MAX_PATTERNS};
use super::table::{REPOSITORY_KEYS, RepositoryKey};
use super::yaml::{self, Node};
use crate::features::Sprint;
use crate::review::{Gate, Policy};
use serde_saphyr::Spanned;
use std::fmt;

/// Where the file stands.
pub const REPOSITORY_CONFIG_PATH: &str = ".github/hyperion.yml";

/// A configuration people write has a few KiB; above this it is not read.
pub const MAX_CONFIG_BYTES: usize = 64 * 1024;

/// How the repository wants to be reviewed.
#[derive(Debug, Clone)]
pub struct RepositoryConfig {
    /// Gate, thresholds, comment, people.
    pub policy: Policy,
    /// What is said about the business behind paths.
    pub business: Business,
    /// When sprints begin, if that is said.
    pub sprint: Option<Sprint>,
    /// Names for groups of paths.
    pub components: Components,
    /// Keys that were set and that this version does not act on.
    pub not_used_yet: Vec<&'static str>,
    paths: Option<Globs>,
    ignore: Globs,
}

impl RepositoryConfig {
    /// Whether a changed file is judged.
    pub fn judges(&self, path: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.is_match(path)) && !self.ignore.is_match(path)
    }
}

impl Default for RepositoryConfig {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            business: Business::none(),
            sprint: None,
            components: Components::none(),
            not_used_yet: vec![],
            paths: None,
            ignore: Globs::none(),
        }
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
    /// The key, with a dot for each level; empty where the text is not YAML.
    pub field: String,
    /// What was expected and what was there, lowercase, without a full stop.
    pub message: String,
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, ", `{}`", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads the text of `.github/hyperion.yml`. An empty text is the default.
///
/// # Errors
/// The first [`Problem`] found.
pub fn parse(text: &str) -> Result<RepositoryConfig, Problem> {
    if text.len() > MAX_CONFIG_BYTES {
        let message = format!("expected at most {MAX_CONFIG_BYTES} bytes, got {}", text.len());
        return Err(Problem { line: 1, column: 1, field: String::new(), message });
    }
    let tree = yaml::parse(text).map_err(|yaml::Fault { line, column, message }| Problem {
        line,
        column,
        field: String::new(),
        message,
    })?;
    let mut config = RepositoryConfig::default();
    for (key, value) in map(&tree, "")? {
        set(&mut config, key, value)?;
    }
    Ok(config)
}

fn set(config: &mut RepositoryConfig, key: &Spanned<String>, value: &Spanned<Node>) -> Result<(), Problem> {
    let policy = &mut config.policy;
    match key.value.as_str() {
        "gate" => policy.gate = gate(value)?,
        "thresholds" => set_thresholds(policy, value)?,
        "paths" => config.paths = Some(globs("paths", value)?),
        "ignore" => config.ignore = globs("ignore", value)?,
        "comment" => policy.comment = switch("comment", value)?,
        "people" => policy.people = switch("people", value)?,
        "business" => config.business = business(value)?,
        "sprint" => config.sprint = Some(sprint(value)?),
        "components" => config.components = components(value)?,
        other => config.not_used_yet.push(known_but_not_used(other, key)?),
    }
    Ok(())
}

fn known_but_not_used(name: &str, key: &Spanned<String>) -> Result<&'static str, Problem> {
    let known = REPOSITORY_KEYS.iter().find(|known| !known.is_used && known.key == name);
    known.map(|known| known.key).ok_or_else(|| unknown(key, "", first_levels()))
}

/// `gate`, `thresholds`, `paths`, and so on.
fn first_levels() -> Vec<&'static str> {
    let level = |known: &RepositoryKey| known.key.split('.').next().unwrap_or(known.key);
    let mut levels: Vec<&'static str> = REPOSITORY_KEYS.iter().map(level).collect();
    levels.dedup();
    levels
}

fn set_thresholds(policy: &mut Policy, value: &Spanned<Node>) -> Result<(), Problem> {
    for (key, value) in map(value, "thresholds")? {
        match key.value.as_str() {
            "risk" => policy.risk_threshold = number("thresholds.risk", value, 1.0)?,
            "impact" => policy.impact_threshold = number("thresholds.impact", value, 10.0)?,
            _ => return Err(unknown(key, "thresholds.", vec!["risk", "impact"])),
        }
    }
    Ok(())
}

fn gate(value: &Spanned<Node>) -> Result<Gate, Problem> {
    match &value.value {
        Node::Text(text) if text == "advisory" => Ok(Gate::Advisory),
        Node::Text(text) if text == "required" => Ok(Gate::Required),
        _ => Err(unexpected("gate", value, "`advisory` or `required`")),
    }
}

fn switch(field: &str, value: &Spanned<Node>) -> Result<bool, Problem> {
    match &value.value {
        Node::Bool(is_on) => Ok(*is_on),
        Node::Text(text) if text == "on" => Ok(true),
        Node::Text(text) if text == "off" => Ok(false),
        _ => Err(unexpected(field, value, "`on` or `off`")),
    }
}

fn number(field: &str, value: &Spanned<Node>, max: f64) -> Result<f64, Problem> {
    match value.value {
        Node::Number(number) if (0.0..=max).contains(&number) => Ok(number),
        _ => Err(unexpected(field, value, &format!("a number from 0 to {max}"))),
    }
}

fn globs(field: &str, value: &Tree) -> Result<Globs, Problem> {
    let patterns = patterns(field, value)?;
    let item = |index: usize| match &value.value {
        Node::List(list) => list.get(index),
        _ => None,
    };
    Globs::new(&patterns).map_err(|(index, message)| problem(field, item(index).unwrap_or(value), message))
}

/// The texts of a list of path patterns, not more than a person writes.
pub(super) fn patterns(field: &str, value: &Tree) -> Result<Vec<String>, Problem> {
    match &value.value {
        Node::List(list) if list.len() <= MAX_PATTERNS => list.iter().map(|item| pattern(field, item)).collect(),
        Node::List(list) => {
            let message = format!("expected at most {MAX_PATTERNS} patterns, got {}", list.len());
            Err(problem(field, value, message))
        }
        _ => Err(unexpected(field, value, "a list of path patterns")),
    }
}

fn pattern(field: &str, item: &Spanned<Node>) -> Result<String, Problem> {
    match &item.value {
        Node::Text(text) => Ok(text.clone()),
        _ => Err(unexpected(field, item, "a path pattern")),
    }
}

/// A value with its place.
pub(super) type Tree = Spanned<Node>;

type Entries = [(Spanned<String>, Tree)];

/// The entries of a map; nothing counts as an empty one.
pub(super) fn map<'a>(value: &'a Spanned<Node>, field: &str) -> Result<&'a Entries, Problem> {
    match &value.value {
        Node::Map(entries) => Ok(entries),
        Node::Null => Ok(&[]),
        _ => Err(unexpected(field, value, "a map of keys and values")),
    }
}

pub(super) fn unknown(key: &Spanned<String>, prefix: &str, known: Vec<&str>) -> Problem {
    let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let name: String = key.value.chars().take(60).collect();
    problem(&format!("{prefix}{name}"), key, format!("unknown key, expected one of {known}"))
}

pub(super) fn unexpected(field: &str, value: &Spanned<Node>, expected: &str) -> Problem {
    problem(field, value, format!("expected {expected}, got {}", value.value.describe()))
}

pub(super) fn problem<T>(field: &str, at: &Spanned<T>, message: String) -> Problem {
    let (line, column) = (at.referenced.line().max(1), at.referenced.column().max(1));
    Problem { line, column, field: field.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let problem = parse(text).map(|config| format!("{config:?}")).unwrap_err().to_string();
        assert!(problem.starts_with(expected), "{text:?}\n  expected {expected}\n  got      {problem}");
    }

    #[test]
    fn an_empty_file_is_the_default() {
        for text in ["", "\n\n", "# nothing yet\n", "---\n", "thresholds:\n"] {
            assert_eq!(parse(text).unwrap().policy, Policy::default(), "{text:?}");
        }
    }

    #[test]
    fn every_key_that_is_used_is_read() {
        let config = parse(
            "gate: required\nthresholds:\n  risk: 0.65\n  impact: 9\npaths: [src/**, '*.go']\nignore:\n  - src/generated/\n\
             comment: off\npeople: off\n",
        )
        .unwrap();
        let expected =
            Policy { gate: Gate::Required, risk_threshold: 0.65, impact_threshold: 9.0, comment: false, people: false };
        assert_eq!(config.policy, expected);
        let judged = ["src/a.rs", "cmd/main.go", "docs/a.md", "src/generated/a.rs"].map(|path| config.judges(path));
        assert_eq!(judged, [true, true, false, false]);
        assert!(parse("comment: true\npeople: on").unwrap().policy.people);
    }

    #[test]
    fn keys_of_later_versions_are_accepted_and_named() {
        let config = parse("budget: {month: 3}\nalerts: 1\n").unwrap();
        assert_eq!(config.not_used_yet, ["budget", "alerts"]);
        assert_eq!(config.policy, Policy::default());
    }

    #[test]
    fn a_problem_names_line_and_field() {
        check("gate: always\n", "line 1, column 7, `gate`: expected `advisory` or `required`, got `always`");
        check(
            "# ours\n\nthresholds:\n  risk: high\n",
            "line 4, column 9, `thresholds.risk`: expected a number from 0 to 1, got `high`",
        );
        check(
            "thresholds:\n  impact: 11\n",
            "line 2, column 11, `thresholds.impact`: expected a number from 0 to 10, got `11`",
        );
        check("thresholds: [1]\n", "line 1, column 13, `thresholds`: expected a map of keys and values, got a list");
        check(
            "thresholds:\n  rsik: 1\n",
            "line 2, column 3, `thresholds.rsik`: unknown key, expected one of `risk`, `impact`",
        );
        check(
            "gates: required\n",
            "line 1, column 1, `gates`: unknown key, expected one of `gate`, `thresholds`, `paths`",
        );
        check("ignore:\n  - a\n  - '!b'\n", "line 3, column 5, `ignore`: expected a pattern without `!`");
        check("ignore: 'a'\n", "line 1, column 9, `ignore`: expected a list of path patterns, got `a`");
        check("comment: maybe\n", "line 1, column 10, `comment`: expected `on` or `off`, got `maybe`");
        check("- a\n- b\n", "line 1, column 1: expected a map of keys and values, got a list");
        check("gate: required\ngate: advisory\n", "line 2, column 1: ");
        check("gate: [\n", "line ");
        check("thresholds:\n  risk: .nan\n", "line 2");
    }

    #[test]
    fn hostile_text_is_refused_quickly() {
        check(&"#".repeat(MAX_CONFIG_BYTES + 1), "line 1, column 1: expected at most 65536 bytes, got 65537");
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\n";
        check(bomb, "line ");
        check(&"[".repeat(60_000), "line ");
        check(
            &format!("a:\n{}", (1..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>()),
            "line ",
        );
        check("<<: {gate: required}\n", "line 1");
        check("gate: required\n---\ngate: advisory\n", "line ");
        check("gate: \u{0}\n", "line ");
        check(&format!("ignore: [{}]", "a,".repeat(20_000)), "line ");
        check(
            &format!("ignore: [{}]", "a,".repeat(201)),
            "line 1, column 9, `ignore`: expected at most 200 patterns, got 201",
        );
    }
}
