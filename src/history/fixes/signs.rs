//! What does a commit show that speaks for or against a repair?
//!
//! In: its message and the paths it changes. Out: one number for each [`Sign`], 0 where it is absent. Pure and quick:
//! a message is read once, and only its subject and the beginning of its body.

use super::words::{self, Groups, groups, words};
use crate::code::{FileKind, file_kind};

/// Bytes of a body that are read: reasons stand at the beginning, logs and lists at the end.
const MAX_BODY_BYTES: usize = 800;

/// Bytes of a subject that are read: what follows is a body without a line break.
const MAX_SUBJECT_BYTES: usize = 400;

/// Words after a verb of repair among which its object is looked for: "fix some minor typos".
const OBJECT_WORDS: usize = 4;

/// Words after a type of repair among which its object is looked for: "fix: formatted with clippy".
const TYPED_OBJECT_WORDS: usize = 3;

/// From so many changed source files on, a change is more than a repair.
const MANY_SOURCE_FILES: usize = 6;

/// One thing a commit may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A commit type of repair (`fix:`, `bugfix:`).
    RepairType,
    /// Another commit type (`feat:`, `refactor:`).
    OtherType,
    /// The subject names a repair or a defect.
    NamesRepair,
    /// The subject begins with a verb of repair.
    BeginsWithRepair,
    /// What is repaired is a text, a test, a form or a build.
    RepairsOther,
    /// The subject is about form, types or warnings.
    AboutForm,
    /// The subject is about texts for people.
    AboutProse,
    /// The subject is about tests.
    AboutTests,
    /// Words for wrong or due behaviour in the subject, two at most.
    Behaviour,
    /// Subject or body are about speed.
    AboutSpeed,
    /// The subject begins with something new.
    BeginsNew,
    /// The subject begins with a change that needs no defect.
    BeginsOther,
    /// It closes an issue.
    ClosesIssue,
    /// The body tells of a defect.
    TellsDefect,
    /// The body says what is fixed, other than an issue by its number.
    TellsRepair,
    /// All source files are scripts, examples or tools beside the product.
    BesideProduct,
    /// A note for the changelog, filed under bug fixes.
    BugNote,
    /// A note for the changelog, filed under something else.
    OtherNote,
    /// One source file changes.
    OneSourceFile,
    /// Many source files change.
    ManySourceFiles,
    /// Tests change too.
    TestsToo,
}

/// Every sign, in the order of [`Sign`].
pub const SIGNS: [Sign; 21] = [
    Sign::RepairType,
    Sign::OtherType,
    Sign::NamesRepair,
    Sign::BeginsWithRepair,
    Sign::RepairsOther,
    Sign::AboutForm,
    Sign::AboutProse,
    Sign::AboutTests,
    Sign::Behaviour,
    Sign::AboutSpeed,
    Sign::BeginsNew,
    Sign::BeginsOther,
    Sign::ClosesIssue,
    Sign::TellsDefect,
    Sign::TellsRepair,
    Sign::BesideProduct,
    Sign::BugNote,
    Sign::OtherNote,
    Sign::OneSourceFile,
    Sign::ManySourceFiles,
    Sign::TestsToo,
];

/// How strongly each sign shows, in the order of [`SIGNS`].
pub type Shown = [f64; SIGNS.len()];

const REPAIR_TYPES: [&str; 5] = ["fix", "bugfix", "hotfix", "bf", "bug"];

const OTHER_TYPES: [&str; 29] = [
    "feat",
    "feature",
    "docs",
    "doc",
    "style",
    "refactor",
    "test",
    "tests",
    "build",
    "ci",
    "chore",
    "perf",
    "types",
    "workflow",
    "wip",
    "deps",
    "release",
    "changelog",
    "internal",
    "lint",
    "examples",
    "example",
    "readme",
    "snap",
    "releaser",
    "minor",
    "enh",
    "maint",
    "cleanup",
];

/// Types under which nothing is a repair of the product, whatever verb follows.
const TYPES_BESIDE_PRODUCT: [&str; 10] =
    ["doc", "docs", "style", "test", "tests", "ci", "build", "lint", "readme", "chore"];

/// Folders of what is kept beside a product, at any of the first three levels.
const FOLDERS_BESIDE_PRODUCT: [&str; 18] = [
    "scripts",
    "script",
    "ci",
    ".github",
    "tools",
    "examples",
    "example",
    "bin-for-dist",
    "releasetools",
    "xtask",
    "demo",
    "demos",
    "sample",
    "samples",
    "hack",
    "metrics",
    "playground",
    "benchmark",
];

/// Folders that are beside the product at the root only: deeper, products have them too.
const ROOT_FOLDERS_BESIDE_PRODUCT: [&str; 4] = ["utils", "support", "build", "contrib"];

/// How projects that file a changelog note for each change name those that are no repairs (towncrier).
const OTHER_NOTES: [&str; 5] = [".feature.", ".improvement.", ".trivial.", ".doc.", ".misc."];

/// What `message` and `paths` show.
pub fn shown<'a>(message: &str, paths: impl Iterator<Item = &'a str>) -> Shown {
    let mut shown = Shown::default();
    let subject = message.lines().next().unwrap_or("");
    let body = message.get(subject.len()..).unwrap_or("");
    read_subject(head(subject.trim(), MAX_SUBJECT_BYTES), &mut shown);
    read_body(body, &mut shown);
    set(&mut shown, Sign::ClosesIssue, closes_issue(subject) || closes_issue(head(body, MAX_BODY_BYTES)));
    read_paths(paths, &mut shown);
    shown
}

fn set(shown: &mut Shown, sign: Sign, is_shown: bool) {
    shown[sign as usize] = f64::from(u8::from(is_shown));
}

fn read_subject(subject: &str, shown: &mut Shown) {
    let lower = subject.to_lowercase();
    let subject = without_marks(&lower);
    let kind = commit_type(subject);
    let text = without_scope(subject);
    let read: Vec<(Groups, &str)> = words(text).map(|(word, _)| (groups(word), word)).collect();
    let any = |group: Groups| read.iter().any(|(groups, _)| groups & group != 0);
    let begins = |group: Groups| read.first().is_some_and(|(groups, _)| groups & group != 0);
    let is_type = |types: &[&str]| kind.is_some_and(|kind| types.contains(&kind));

    let is_repair_type = is_type(&REPAIR_TYPES);
    let repairs_other = repairs_something_else(&read)
        || is_type(&TYPES_BESIDE_PRODUCT)
        || has_other_scope(subject)
        || is_repair_type && read.iter().take(TYPED_OBJECT_WORDS).any(|(groups, _)| groups & BESIDE != 0);
    set(shown, Sign::RepairType, is_repair_type && !repairs_other);
    set(shown, Sign::OtherType, is_type(&OTHER_TYPES));
    set(shown, Sign::NamesRepair, (is_repair_type || any(words::REPAIR)) && !repairs_other);
    set(shown, Sign::BeginsWithRepair, begins_with_repair(&read) && !repairs_other);
    set(shown, Sign::RepairsOther, repairs_other);
    set(shown, Sign::AboutForm, any(words::FORM));
    set(shown, Sign::AboutProse, any(words::PROSE));
    set(shown, Sign::AboutTests, any(words::TESTS));
    let behaviour = read.iter().filter(|(groups, _)| groups & words::BEHAVIOUR != 0).count();
    shown[Sign::Behaviour as usize] = behaviour.min(2) as f64;
    set(shown, Sign::AboutSpeed, any(words::SPEED));
    set(shown, Sign::BeginsNew, begins(words::NEW_VERB));
    set(shown, Sign::BeginsOther, begins(words::OTHER_VERB));
}

/// "Fix …", "some more fixes …": a verb of repair, perhaps after a word of number.
fn begins_with_repair(read: &[(Groups, &str)]) -> bool {
    let is_number = |word: &str| matches!(word, "some" | "more" | "another" | "further" | "several");
    read.iter().find(|(_, word)| !is_number(word)).is_some_and(|(groups, _)| groups & words::REPAIR_VERB != 0)
}

/// Words for what is not the product.
const BESIDE: Groups = words::PROSE | words::FORM | words::TESTS | words::BESIDE_PRODUCT;

/// "Fix typo", "fixing some flaky tests": the object of the repair is not the product.
fn repairs_something_else(read: &[(Groups, &str)]) -> bool {
    let verb = read.iter().position(|(groups, _)| groups & words::REPAIR_VERB != 0);
    verb.is_some_and(|at| read[at + 1..].iter().take(OBJECT_WORDS).any(|(groups, _)| groups & BESIDE != 0))
}

/// `fix(docs): …`: the scope of the type is not the product.
fn has_other_scope(subject: &str) -> bool {
    let scope = subject.split_once(':').and_then(|(head, _)| head.split_once('(')).map_or("", |(_, scope)| scope);
    words(scope).any(|(word, _)| groups(word) & BESIDE != 0)
}

fn read_body(body: &str, shown: &mut Shown) {
    let (mut tells, mut repairs) = (false, false);
    let mut speed = shown[Sign::AboutSpeed as usize] > 0.0;
    let mut before = ["", ""];
    for line in head(body, MAX_BODY_BYTES).lines().filter(|line| !is_trailer(line)) {
        let lower = line.to_lowercase();
        repairs |= tells_repair(&lower);
        for (word, _) in words(&lower) {
            let of_word = groups(word);
            speed |= of_word & words::SPEED != 0;
            tells |= of_word & words::TOLD_DEFECT != 0 || tells_defect(before, word);
            before = [before_word(before[1]), before_word(word)];
        }
        before = ["", ""];
    }
    set(shown, Sign::AboutSpeed, speed);
    set(shown, Sign::TellsDefect, tells);
    set(shown, Sign::TellsRepair, repairs);
}

/// "This fixes the order of …", not "Fixes #12" or "fix typo".
fn tells_repair(line: &str) -> bool {
    let is_fix = |word: &str| matches!(word, "fix" | "fixes" | "fixed");
    words(line).filter(|(word, end)| is_fix(word) && !is_reference(&line[*end..])).any(|(_, end)| {
        let mut object = words(&line[end..]).take(OBJECT_WORDS).map(|(word, _)| groups(word)).peekable();
        object.peek().is_some() && object.all(|groups| groups & BESIDE == 0)
    })
}

/// The word itself where a phrase may begin with it: the others need not be kept.
fn before_word(word: &str) -> &'static str {
    const KEPT: [&str; 18] = [
        "fix", "fixes", "fixed", "would", "could", "did", "was", "were", "does", "is", "failed", "fails", "fail",
        "instead", "memory", "infinite", "no", "out",
    ];
    KEPT.iter().find(|kept| **kept == word).copied().unwrap_or("")
}

/// "Fixed an issue", "would not", "failed to", "instead of": phrases that tell of a defect.
fn tells_defect(before: [&str; 2], word: &str) -> bool {
    let is_repair = |word: &str| matches!(word, "fix" | "fixes" | "fixed");
    match word {
        "issue" | "problem" | "leak" | "race" if before.iter().any(|word| is_repair(word)) => true,
        "not" | "raise" => matches!(before[1], "would" | "could" | "did" | "was" | "were" | "does" | "is"),
        "fail" => matches!(before[1], "would" | "could" | "did" | "does"),
        "to" => matches!(before[1], "failed" | "fails" | "fail"),
        "of" => before[1] == "instead",
        "leak" => before[1] == "memory",
        "loop" => before[1] == "infinite",
        "longer" => before[1] == "no",
        "bounds" => before[0] == "out",
        _ => false,
    }
}

/// `Signed-off-by: …` and its like say who, not what.
fn is_trailer(line: &str) -> bool {
    const TRAILERS: [&str; 12] = [
        "signed-off-by:",
        "co-authored-by:",
        "reviewed-by:",
        "git-svn-id:",
        "change-id:",
        "cc:",
        "acked-by:",
        "tested-by:",
        "reported-by:",
        "--hg--",
        "branch :",
        "extra :",
    ];
    let line = line.trim_start();
    TRAILERS.iter().any(|name| line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)))
}

/// `fixes #12`, `Closes: https://…/issues/12`, `resolves LANG-12`, `fix [ticket:12]`: a verb, then a reference.
fn closes_issue(text: &str) -> bool {
    let lower = text.to_lowercase();
    words(&lower).any(|(word, end)| groups(word) & words::CLOSING != 0 && is_reference(&lower[end..]))
}

fn is_reference(rest: &str) -> bool {
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start_matches(' ');
    let rest = ["issue", "bug"].iter().find_map(|noun| rest.strip_prefix(noun)).unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', '[']);
    let word = rest.split(|c: char| c.is_whitespace() || c == ']').next().unwrap_or("");
    let digit_after =
        |prefix: &str| word.strip_prefix(prefix).is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    let is_key = || {
        word.split_once('-').is_some_and(|(project, number)| {
            project.len() >= 2
                && project.bytes().all(|byte| byte.is_ascii_alphabetic())
                && number.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    digit_after("#") || digit_after("gh-") || digit_after("ticket:") || word.contains("/issues/") || is_key()
}

fn read_paths<'a>(paths: impl Iterator<Item = &'a str>, shown: &mut Shown) {
    let (mut n_source, mut n_beside, mut tests, mut bug_note, mut other_note) = (0, 0, false, false, false);
    for path in paths {
        match file_kind(path) {
            FileKind::Source => {
                n_source += 1;
                n_beside += usize::from(is_beside_product(path));
            }
            FileKind::Test => tests = true,
            _ => {
                bug_note |= path.contains(".bugfix.");
                other_note |= OTHER_NOTES.iter().any(|note| path.contains(note));
            }
        }
    }
    set(shown, Sign::BesideProduct, n_beside == n_source);
    set(shown, Sign::BugNote, bug_note);
    set(shown, Sign::OtherNote, other_note);
    set(shown, Sign::OneSourceFile, n_source == 1);
    set(shown, Sign::ManySourceFiles, n_source >= MANY_SOURCE_FILES);
    set(shown, Sign::TestsToo, tests);
}

fn is_beside_product(path: &str) -> bool {
    let mut folders = path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/');
    let at_root = folders.clone().next().is_some_and(|folder| ROOT_FOLDERS_BESIDE_PRODUCT.contains(&folder));
    let is_beside = |folder: &str| FOLDERS_BESIDE_PRODUCT.contains(&folder) || folder.ends_with("-playground");
    at_root || folders.by_ref().take(3).any(is_beside)
}

/// Without list dashes and leading labels in brackets: `- [svn r12] fix` is `fix`.
fn without_marks(subject: &str) -> &str {
    let mut rest = subject.trim_start_matches(['-', '*', ' ']);
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|label| label.split_once(']')) {
        rest = after.trim_start();
    }
    rest
}

/// `fix` of `fix(parser)!: …`; `None` where the subject has no such form.
fn commit_type(subject: &str) -> Option<&str> {
    let (head, _) = subject.split_once(':')?;
    let head = head.trim_end_matches('!');
    let kind = head.split('(').next()?;
    let is_plain = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic());
    let has_scope = head.len() == kind.len() || head.ends_with(')');
    (is_plain && has_scope).then_some(kind)
}

/// What follows `area:` or `type(area):`.
fn without_scope(subject: &str) -> &str {
    const MAX_SCOPE_BYTES: usize = 40;
    match subject.split_once(": ") {
        Some((scope, rest)) if scope.len() <= MAX_SCOPE_BYTES && scope.chars().all(is_scope) => rest,
        _ => subject,
    }
}

fn is_scope(c: char) -> bool {
    c.is_alphanumeric() || "_./, `()-!*".contains(c)
}

/// At most `bytes` bytes of `text`, cut between characters.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes.min(text.len()))]
}
