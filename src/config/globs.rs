//! Which paths does a list of patterns mean?
//!
//! In: patterns as in a `.gitignore`, without negation. Out: a set that answers for one path at a time. Never follows
//! a pattern that is too long, and never more patterns than a person writes by hand.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// More patterns than a person writes; each costs time for each changed path.
pub(super) const MAX_PATTERNS: usize = 200;
/// Longer than any path pattern that was meant.
pub(super) const MAX_PATTERN_CHARS: usize = 200;

/// Patterns that are asked about one path at a time.
#[derive(Debug, Clone)]
pub(super) struct Globs {
    set: GlobSet,
    /// For each glob of the set, which pattern it came from.
    patterns: Vec<usize>,
}

impl Globs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// Index of the first pattern that cannot be used, and what was expected.
    pub(super) fn new(patterns: &[String]) -> Result<Self, (usize, String)> {
        Self::build(patterns, expanded)
    }

    /// Reads patterns of `CODEOWNERS`: braces are letters, and `folder/*` stops at the files of the folder itself.
    ///
    /// # Errors
    /// As [`Globs::new`].
    pub(super) fn of_owners(patterns: &[String]) -> Result<Self, (usize, String)> {
        Self::build(patterns, expanded_for_owners)
    }

    /// Whether a pattern of `CODEOWNERS` can be used. Much quicker than building a set of it.
    pub(super) fn is_owners_pattern(pattern: &str) -> bool {
        expanded_for_owners(pattern).is_ok_and(|globs| globs.iter().all(|glob| glob_of(glob).is_ok()))
    }

    fn build(
        patterns: &[String],
        expanded: impl Fn(&str) -> Result<Vec<String>, String>,
    ) -> Result<Self, (usize, String)> {
        let mut set = GlobSetBuilder::new();
        let mut from = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            for glob in expanded(pattern).map_err(|message| (index, message))? {
                from.push(index);
                let built = glob_of(&glob);
                set.add(built.map_err(|error| (index, format!("expected a path pattern: {}", error.kind())))?);
            }
        }
        // Each pattern was built already: what is left is the size of all together.
        let set = set.build().map_err(|_| (0, "expected path patterns of a smaller size together".to_owned()))?;
        Ok(Self { set, patterns: from })
    }

    /// No path at all.
    pub(super) fn none() -> Self {
        Self { set: GlobSet::empty(), patterns: Vec::new() }
    }

    /// Whether a `/`-separated path below the root matches.
    pub(super) fn is_match(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// Which patterns match, ascending, each once.
    pub(super) fn matches(&self, path: &str) -> Vec<usize> {
        let mut found: Vec<usize> = self.set.matches(path).into_iter().map(|glob| self.patterns[glob]).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn glob_of(glob: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build()
}

fn expanded_for_owners(pattern: &str) -> Result<Vec<String>, String> {
    let mut globs = expanded(&pattern.replace('{', "\\{").replace('}', "\\}"))?;
    globs.truncate(if pattern.ends_with("/*") { 1 } else { globs.len() });
    Ok(globs)
}

/// The pattern as globs over whole paths: itself, and everything below it where it may be a folder.
fn expanded(pattern: &str) -> Result<Vec<String>, String> {
    if pattern.chars().count() > MAX_PATTERN_CHARS {
        return Err(format!("expected at most {MAX_PATTERN_CHARS} characters"));
    }
    if pattern.starts_with('!') {
        return Err(
            "expected a pattern without `!`: name what is meant in `paths` and what is not in `ignore`".to_owned()
        );
    }
    let inner = pattern.trim_end_matches('/');
    let is_folder = inner.len() < pattern.len();
    let anchored = inner.trim_start_matches('/');
    if anchored.is_empty() {
        return Err("expected a path pattern such as `src/**` or `*.lock`".to_owned());
    }
    // As in a `.gitignore`: a name without a folder is meant at any depth.
    let glob = if inner.contains('/') { anchored.to_owned() } else { format!("**/{anchored}") };
    let below = format!("{glob}/**");
    Ok(if is_folder { vec![below] } else { vec![glob, below] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let globs = Globs::new(&[pattern.to_owned()]).unwrap();
        for path in matching {
            assert!(globs.is_match(path), "{pattern} should match {path}");
        }
        for path in other {
            assert!(!globs.is_match(path), "{pattern} should not match {path}");
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_in_a_gitignore() {
        check("*.lock", &["Cargo.lock", "a/b/yarn.lock"], &["lock", "a.lock.rs"]);
        check("docs/", &["docs/a.md", "docs/b/c.md", "x/docs/a.md"], &["docs", "mydocs/a.md"]);
        check("/docs", &["docs/a.md", "docs"], &["x/docs/a.md"]);
        check("src/*.rs", &["src/a.rs"], &["src/a/b.rs", "x/src/a.rs"]);
        check("src/**/gen_*.rs", &["src/gen_a.rs", "src/a/b/gen_c.rs"], &["gen_a.rs"]);
        check("{a,b}/*.{ts,tsx}", &["a/x.ts", "b/y.tsx"], &["c/x.ts"]);
        check("**", &["a", "a/b/c"], &[]);
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_named() {
        for bad in ["", "/", "!keep.rs", "a[", &"x".repeat(201)] {
            let error = Globs::new(&["src/**".to_owned(), bad.to_owned()]).unwrap_err();
            assert_eq!(error.0, 1, "{bad}: {error:?}");
        }
    }

    #[test]
    fn the_largest_list_of_the_wildest_patterns_is_answered_in_time() {
        let wild = "{a*,b*,c*}**/".repeat(15);
        let patterns = vec![wild; MAX_PATTERNS];
        let path = "a/".repeat(2_000);
        // Refused or answered: never a hang, which the test runner would show.
        if let Ok(globs) = Globs::new(&patterns) {
            globs.is_match(&path);
        }
    }
}
