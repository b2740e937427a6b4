//! What can the author check?
//!
//! In: what the analyzer found. Out: sentences that name files and numbers. Paths come from strangers: they are put
//! between backticks, without backticks, control characters or endless length.

use super::Analyzer;
use crate::models::answer::Companion;

/// A file imported by at least this many others is worth a second look at its public names.
const MANY_DEPENDENTS: usize = 5;

/// Missing companions that become a recommendation; the others stay in the list.
const MAX_COMPANION_ADVICE: usize = 3;

/// Characters of a path that are shown.
const MAX_PATH_CHARS: usize = 200;

pub(super) fn recommendations(
    analyzer: &dyn Analyzer,
    changed: &[&str],
    tests: &[String],
    companions: &[Companion],
    n_dependents: usize,
) -> Vec<String> {
    let companions = companions.iter().take(MAX_COMPANION_ADVICE).map(add_companion);
    let tests = run_tests(changed, tests, n_dependents);
    let names = keep_public_names(analyzer, changed);
    companions.chain(names).chain(tests).collect()
}

fn add_companion(companion: &Companion) -> String {
    format!(
        "{} changed with {} in {} of {} cases: check whether it belongs into this change.",
        quoted(&companion.file),
        quoted(&companion.with),
        companion.n_together,
        companion.n_changes,
    )
}

fn keep_public_names(analyzer: &dyn Analyzer, changed: &[&str]) -> Option<String> {
    let with_count = changed.iter().map(|path| (analyzer.n_direct_dependents(path), *path));
    // The first path in order where counts are equal.
    let (n, path) = with_count.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (n >= MANY_DEPENDENTS)
        .then(|| format!("{n} files import {} directly: check that its public names keep their meaning.", quoted(path)))
}

fn run_tests(changed: &[&str], tests: &[String], n_dependents: usize) -> Option<String> {
    match tests {
        [] if n_dependents > 0 && !changed.iter().any(|path| super::structural::is_test(path)) => Some(format!(
            "{n_dependents} files depend on this change and no test file imports it, directly or through others: name the \
             test that covers it."
        )),
        [] => None,
        [only] => Some(format!("Run {}, the test that reaches the changed files.", quoted(only))),
        [first, rest @ ..] => {
            Some(format!("Run the {} tests that reach the changed files, {} first.", rest.len() + 1, quoted(first)))
        }
    }
}

pub(super) fn quoted(path: &str) -> String {
    let safe = path.chars().filter(|letter| *letter != '`' && !letter.is_control()).take(MAX_PATH_CHARS);
    format!("`{}`", safe.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_hostile_path_cannot_leave_its_backticks() {
        assert_eq!(quoted("a`b\n@team"), "`ab@team`");
        assert_eq!(quoted(&"x".repeat(1_000)).len(), 202);
    }
}
