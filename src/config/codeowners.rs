//! Whom does a repository name as the owners of a path?
//!
//! In: the text of `CODEOWNERS`, in GitHub's syntax. Out: the owners of one path at a time; the last pattern that
//! matches decides, and one without names takes owners away. As on GitHub, a line that makes no sense is passed over
//! and the rest counts. Never asks whether an owner exists.
//!
//! Source: docs.github.com, "About code owners".

use super::globs::{Globs, MAX_PATTERN_CHARS};

/// Where the file may stand; the first that is there counts.
pub const CODEOWNERS_PATHS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// GitHub does not load a larger file.
const MAX_CODEOWNERS_BYTES: usize = 3 << 20;

/// Patterns that are kept: the largest public files have under two thousand, and each costs time for each path.
const MAX_RULES: usize = 5_000;

/// Owners by path pattern.
#[derive(Debug, Clone)]
pub struct Codeowners {
    globs: Globs,
    /// One entry for each pattern.
    owners: Vec<Vec<String>>,
    /// Lines that were passed over, from 1.
    pub skipped_lines: Vec<u64>,
}

impl Codeowners {
    /// Reads the text; nothing of one that is too large.
    pub fn parse(text: &str) -> Self {
        let text = if text.len() > MAX_CODEOWNERS_BYTES { "" } else { text };
        let (mut patterns, mut owners, mut skipped_lines) = (Vec::new(), Vec::new(), Vec::new());
        for (line, number) in text.lines().zip(1u64..) {
            match rule(line) {
                Line::Rule(pattern, names) if patterns.len() < MAX_RULES => {
                    patterns.push(pattern);
                    owners.push(names);
                }
                Line::Nothing => {}
                _ => skipped_lines.push(number),
            }
        }
        // Each pattern was tried alone: together they can only be too large.
        let globs = Globs::of_owners(&patterns).unwrap_or_else(|_| Globs::none());
        Self { globs, owners, skipped_lines }
    }

    /// The owners of a path, as written; empty where it has none.
    pub fn owners(&self, path: &str) -> &[String] {
        self.globs.matches(path).last().map_or(&[], |pattern| self.owners[*pattern].as_slice())
    }
}

enum Line {
    Rule(String, Vec<String>),
    Nothing,
    Senseless,
}

fn rule(line: &str) -> Line {
    let line = without_comment(line);
    let words = words(line);
    let Some((pattern, names)) = words.split_first() else { return Line::Nothing };
    // Negation, ranges and sections are not part of GitHub's syntax.
    let is_sound = !pattern.starts_with('!') && !pattern.contains(['[', ']']) && pattern.len() <= MAX_PATTERN_CHARS;
    if !is_sound || !names.iter().all(|name| is_owner(name)) || !Globs::is_owners_pattern(pattern) {
        return Line::Senseless;
    }
    Line::Rule(pattern.clone(), names.to_vec())
}

/// `@user`, `@organisation/team` or a mail address.
fn is_owner(name: &str) -> bool {
    match name.strip_prefix('@') {
        Some(name) => !name.is_empty() && !name.contains('@'),
        None => name.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
    }
}

fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    line.match_indices('#').find(is_comment).map_or(line, |(at, _)| &line[..at])
}

/// Words between white space; `\ ` is a space inside a word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_escaped = false;
    for letter in line.chars() {
        match letter {
            '\\' if !is_escaped => {
                is_escaped = true;
                continue;
            }
            letter if letter.is_whitespace() && !is_escaped => words.push(String::new()),
            letter => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
        is_escaped = false;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "# ours
*       @global1 @global2   # all the rest
*.js    @js
/build/logs/ docs@example.com
docs/*  docs@example.com
apps/   @org/apps
/scripts/ @ann
**/logs @bob
/apps/github
with\\ space/ @cid
{a,b}/ @braces
";

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let codeowners = Codeowners::parse(EXAMPLE);
        for (path, expected) in [
            ("README.md", "@global1 @global2"),
            ("src/a.js", "@js"),
            ("build/logs/x.txt", "@bob"),
            ("docs/a.md", "docs@example.com"),
            ("docs/build/a.md", "@global1 @global2"),
            ("x/apps/a/b.rs", "@org/apps"),
            ("scripts/a/b.sh", "@ann"),
            ("x/scripts/a.sh", "@global1 @global2"),
            ("deep/logs/a", "@bob"),
            ("apps/github/a.rs", ""),
            ("with space/a", "@cid"),
            ("a/x", "@global1 @global2"),
            ("{a,b}/x", "@braces"),
        ] {
            assert_eq!(codeowners.owners(path).join(" "), expected, "{path}");
        }
        assert!(codeowners.skipped_lines.is_empty());
    }

    #[test]
    fn a_line_that_makes_no_sense_is_passed_over() {
        let codeowners =
            Codeowners::parse("* @all\n!src/ @x\n[a-z]/ @x\n*.rs nobody\n[Section] @x\n*.md @\n*.go @go\n");
        assert_eq!(codeowners.skipped_lines, [2, 3, 4, 5, 6]);
        assert_eq!(
            (codeowners.owners("a.rs").join(" "), codeowners.owners("a.go").join(" ")),
            ("@all".to_owned(), "@go".to_owned())
        );
        assert!(Codeowners::parse("").owners("a").is_empty());
    }

    #[test]
    fn a_hostile_file_is_read_in_time_or_not_at_all() {
        let many: String = (0..10_000).map(|nth| format!("dir{nth}/** @x\n")).collect();
        let codeowners = Codeowners::parse(&many);
        assert_eq!(codeowners.skipped_lines.len(), 10_000 - MAX_RULES);
        let large = "* @x\n".repeat(MAX_CODEOWNERS_BYTES / 5 + 1);
        assert!(Codeowners::parse(&large).owners("a").is_empty());
    }
}
