//! Which component does a path belong to, by what a repository's owners say?
//!
//! In: the `components` key of `.github/hyperion.yml`, a map from names to lists of path patterns. Out: the name for a
//! path, or a [`Problem`] that names line and field. Never takes a name that could not be shown.

use super::globs::{Globs, MAX_PATTERNS};
use super::repository::{Problem, Tree, map, patterns, problem};
use super::yaml::Node;
use serde_saphyr::Spanned;

/// Longer than any name that was meant.
const MAX_NAME_CHARS: usize = 80;

/// Names for groups of paths.
#[derive(Debug, Clone)]
pub struct Components {
    names: Vec<String>,
    globs: Globs,
    /// For each pattern which name it stands for.
    name_of: Vec<usize>,
}

impl Components {
    /// No group.
    pub(super) fn none() -> Self {
        Self { names: Vec::new(), globs: Globs::none(), name_of: Vec::new() }
    }

    /// The name a path belongs to; where several match, the one that is written first.
    pub fn of(&self, path: &str) -> Option<&str> {
        let pattern = *self.globs.matches(path).first()?;
        Some(self.names[self.name_of[pattern]].as_str())
    }
}

/// Reads `components`: a map from names to lists of path patterns.
pub(super) fn components(value: &Tree) -> Result<Components, Problem> {
    let mut read = Components::none();
    let (mut all, mut places): (Vec<String>, Vec<&Tree>) = (Vec::new(), Vec::new());
    for (name, value) in map(value, "components")? {
        let listed = patterns(&format!("components.{}", checked_name(name)?), value)?;
        read.name_of.extend(listed.iter().map(|_| read.names.len()));
        read.names.push(name.value.clone());
        places.extend(listed.iter().map(|_| value));
        all.extend(listed);
    }
    if all.len() > MAX_PATTERNS {
        let message = format!("expected at most {MAX_PATTERNS} patterns, got {}", all.len());
        return Err(problem("components", value, message));
    }
    let fault = |(index, message): (usize, String)| {
        let name = read.name_of.get(index).map_or("", |at| read.names[*at].as_str());
        problem(&format!("components.{name}"), pattern_at(&places, index).unwrap_or(value), message)
    };
    read.globs = Globs::new(&all).map_err(fault)?;
    Ok(read)
}

/// The item of a list that holds the pattern with this number among all patterns.
fn pattern_at<'a>(places: &[&'a Tree], index: usize) -> Option<&'a Tree> {
    let list = *places.get(index)?;
    let first = places.iter().position(|place| std::ptr::eq(*place, list))?;
    match &list.value {
        Node::List(items) => items.get(index - first),
        _ => Some(list),
    }
}

fn checked_name(name: &Spanned<String>) -> Result<&str, Problem> {
    let is_shown = !name.value.trim().is_empty() && !name.value.chars().any(char::is_control);
    if is_shown && name.value.chars().count() <= MAX_NAME_CHARS {
        return Ok(&name.value);
    }
    let message = format!("expected a name of 1 to {MAX_NAME_CHARS} characters without control characters");
    Err(problem("components", name, message))
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    #[test]
    fn the_first_name_that_matches_is_the_component() {
        let config =
            parse("components:\n  login: [src/auth/**, web/login/]\n  web:\n    - web/**\n  none:\n").unwrap_err();
        assert_eq!(
            config.to_string(),
            "line 5, column 7, `components.none`: expected a list of path patterns, got nothing"
        );
        let config = parse("components:\n  login: [src/auth/**, web/login/]\n  web:\n    - web/**\n").unwrap();
        let found = ["src/auth/a.rs", "web/login/b.ts", "web/c.ts", "src/d.rs"].map(|path| config.components.of(path));
        assert_eq!(found, [Some("login"), Some("login"), Some("web"), None]);
        assert!(config.not_used_yet.is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_line() {
        let check = |text: &str, expected: &str| {
            let problem = parse(text).unwrap_err().to_string();
            assert!(problem.starts_with(expected), "{problem}");
        };
        check("components: []\n", "line 1, column 13, `components`: expected a map of keys and values, got a list");
        check("components:\n  a: src\n", "line 2, column 6, `components.a`: expected a list of path patterns");
        check(
            "components:\n  a: [one]\n  b: [two, '!three']\n",
            "line 3, column 12, `components.b`: expected a pattern without `!`",
        );
        check("components:\n  ' ': [x]\n", "line 2, column 3, `components`: expected a name of 1 to 80 characters");
        check(
            &format!("components:\n  a: [{}]\n  b: [two]\n", "x,".repeat(200)),
            "line 2, column 3, `components`: expected at most 200",
        );
    }
}
