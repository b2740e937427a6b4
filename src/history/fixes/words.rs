//! Which words speak of a repair, and which of something else?
//!
//! In: a word. Out: the groups it belongs to. Groups were chosen on the dev half of the labelled commits
//! (`fixtures/fix_commits`); what each is worth was learned there too (`weights.rs`). English only: a message in
//! another language is judged by its commit type, its references and its paths.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Groups of words, one bit each.
pub(super) type Groups = u16;

/// Names a repair or a defect of the product.
pub(super) const REPAIR: Groups = 1;
/// A verb of repair, which may be done to something other than the product.
pub(super) const REPAIR_VERB: Groups = 1 << 1;
/// Describes wrong behaviour, or behaviour as it should be.
pub(super) const BEHAVIOUR: Groups = 1 << 2;
/// About texts for people.
pub(super) const PROSE: Groups = 1 << 3;
/// About form, types, warnings, or the machines that check them.
pub(super) const FORM: Groups = 1 << 4;
/// About tests.
pub(super) const TESTS: Groups = 1 << 5;
/// What is repaired beside the product.
pub(super) const BESIDE_PRODUCT: Groups = 1 << 6;
/// About speed.
pub(super) const SPEED: Groups = 1 << 7;
/// A verb that begins a new ability.
pub(super) const NEW_VERB: Groups = 1 << 8;
/// A verb that begins a change without a defect.
pub(super) const OTHER_VERB: Groups = 1 << 9;
/// A defect told in the body.
pub(super) const TOLD_DEFECT: Groups = 1 << 10;
/// Closes an issue when a reference follows.
pub(super) const CLOSING: Groups = 1 << 11;

const LISTS: [(Groups, &str); 12] = [
    (
        REPAIR,
        "fix fixes fixed fixing fixup bugfix bugfixes bugfixed bug bugs hotfix defect defects regress regressed \
         regression regressions crash crashes crashed crashing segfault segfaults deadlock deadlocks leak leaks leaked \
         leaking overflow underflow corrupt corrupts corrupted corruption panic panics panicked repair repairs \
         repaired solve solves solved resolve resolves resolved workaround workarounds",
    ),
    (
        REPAIR_VERB,
        "fix fixes fixed fixing fixup bugfix correct corrects corrected resolve resolves resolved repair repairs \
         repaired solve solves solved",
    ),
    (
        BEHAVIOUR,
        "wrong wrongly incorrect incorrectly broken break breaks fail fails failed failing failure failures invalid \
         missing correct correctly corrects corrected proper properly avoid avoids avoided prevent prevents prevented \
         ensure ensures ensured handle handles handled dont don't doesnt doesn't should shouldn't not never always \
         again restore restored honor honour respect forgot forgotten accidental accidentally unwanted when if",
    ),
    (
        PROSE,
        "typo typos spelling grammar comment comments doc docs docstring docstrings documentation javadoc javadocs \
         readme changelog wording example examples todo license copyright",
    ),
    (
        FORM,
        "mypy pylint flake8 pep8 pep257 isort eslint jshint clippy rustfmt lint lints linter linters linting typing \
         warning warnings codestyle style formatting endline endlines indent indentation whitespace whitespaces rebase \
         spotbugs findbugs checkstyle ci travis cleanup cleanups refactor refactoring cosmetic cosmetics",
    ),
    (TESTS, "test tests"),
    (BESIDE_PRODUCT, "build builds benchmark benchmarks demo demos"),
    (
        SPEED,
        "speedup optimize optimizes optimized optimization optimizations optimise optimisation faster performance \
         perf benchmark benchmarks",
    ),
    (
        NEW_VERB,
        "add adds added adding new support supports supported supporting implement implements implemented implementing \
         introduce introduces introduced allow allows allowed allowing expose exposes exposed exposing enable enables \
         enabled provide provides provided create creates created creating",
    ),
    (
        OTHER_VERB,
        "rename renames renamed renaming refactor refactors refactored refactoring move moves moved moving clean \
         cleans cleaned cleaning cleanup remove removes removed removing update updates updated updating bump bumps \
         bumped upgrade upgrades upgraded improve improves improved improvement improvements simplify simplifies \
         simplified reorganize reformat replace replaces replaced change changes changed changing use uses using make \
         makes making deprecate deprecates deprecated document documents documented test tests release released \
         extract extracts split splits inline drop drops dropped switch switches tweak tweaks convert converts reword \
         merge merges merged",
    ),
    (
        TOLD_DEFECT,
        "bug regression crash crashes crashed incorrect incorrectly wrong wrongly undefined otherwise starve starves \
         starving forever unexpected unexpectedly erroneous erroneously broke",
    ),
    (CLOSING, "fix fixes fixed close closes closed resolve resolves resolved"),
];

static GROUPS: LazyLock<FxHashMap<&'static str, Groups>> = LazyLock::new(|| {
    let mut groups = FxHashMap::default();
    for (group, list) in LISTS {
        for word in list.split_whitespace() {
            *groups.entry(word).or_insert(0) |= group;
        }
    }
    groups
});

/// The groups of a lowercase word.
pub(super) fn groups(word: &str) -> Groups {
    GROUPS.get(word).copied().unwrap_or(0)
}

/// Whether a line of a message has a word about speed.
pub fn speaks_of_speed(line: &str) -> bool {
    words(&line.to_lowercase()).any(|(word, _)| groups(word) & SPEED != 0)
}

/// The words of a lowercase text with the byte each ends at; an apostrophe inside a word belongs to it.
pub(super) fn words(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '\'';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|c: char| c.is_alphanumeric())?;
        let end = text[start..].find(|c: char| !is_word(c)).map_or(text.len(), |length| start + length);
        at = end;
        Some((text[start..end].trim_end_matches('\''), end))
    })
}
