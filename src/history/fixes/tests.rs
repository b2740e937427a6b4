//! What counts as a fix, and why?

use super::*;
use crate::history::test_log::TestLog;

fn check(message: &str, expected: Option<FixEvidence>) {
    assert_eq!(evidence_in(message, ["src/parser.c"].into_iter(), &[]), expected, "{message}");
}

fn is_fix(message: &str, paths: &[&str], labels: &[&str]) -> bool {
    evidence_in(message, paths.iter().copied(), labels).is_some()
}

#[test]
fn a_message_that_names_a_repair_is_a_fix() {
    for message in [
        "fix(parser)!: keep the last line",
        "Fix panic on empty input",
        "bugfix: an endless loop",
        "Resolve crash when the file is gone (#12)",
        "- fixed a leak in the pool",
        "[core] Fixes #12",
        "fix #7",
    ] {
        assert!(is_fix(message, &["src/parser.c"], &[]), "{message}");
    }
    check("Fix panic on empty input", Some(FixEvidence::Subject));
    check("Revert \"Use a faster hash\"\n\nThis reverts commit abcdef1.", Some(FixEvidence::Revert));
}

#[test]
fn a_defect_may_be_told_without_naming_a_repair() {
    check("Don't lose the last line when the buffer is full", Some(FixEvidence::Behaviour));
    check("Keep the last line\n\nIt was not read.\n\nFixes #12", Some(FixEvidence::Body));
}

#[test]
fn what_only_sounds_like_a_repair_is_none() {
    for message in [
        "Fix typo in error message",
        "fix(docs): broken link in the readme",
        "Fix flaky tests on Windows",
        "feat: order the columns on demand",
        "chore: fix release script",
        "Fix clippy warnings",
        "Add prefix matching",
        "Revert \"Revert \"Use a faster hash\"\"",
        "Add a parser\n\nSee the fixture in prefix #12",
        "Bump to 1.2.3",
        "",
    ] {
        check(message, None);
    }
}

#[test]
fn paths_tell_the_product_from_what_lies_beside_it() {
    assert!(is_fix("Keep order of keys, not of values", &["src/map.c"], &[]));
    assert!(!is_fix("Keep order of keys, not of values", &["scripts/release.py", "tools/sort.py"], &[]));
    assert!(is_fix("Show the module (#12)", &["src/a.py", "changelog/12.bugfix.rst"], &["bug"]));
    let shown = shown("x", ["utils/a.py", "lib/utils/b.py"].into_iter());
    assert_eq!(shown[Sign::BesideProduct as usize], 0.0);
}

#[test]
fn labels_of_a_linked_issue_decide_where_the_message_does_not() {
    let message = "Handle trailing commas (#12)";
    assert!(is_fix(message, &["src/a.py"], &["bug"]) && !is_fix(message, &["src/a.py"], &["enhancement"]));
    assert_eq!(evidence_in("Trailing commas", ["a.py"].into_iter(), &["type: bug"]), Some(FixEvidence::IssueLabel));
    assert!(!is_fix("Fix typo in a comment", &["src/a.py"], &["documentation"]));
}

#[test]
fn references_are_found_as_trackers_write_them() {
    let closes = |message: &str| shown(message, ["a.c"].into_iter())[Sign::ClosesIssue as usize] > 0.0;
    for message in [
        "x\n\nFixes #12",
        "x\n\nCloses: https://github.com/a/b/issues/12",
        "x, resolves LANG-12",
        "fix [ticket:12]",
        "Fixes: gh-12",
        "closes issue #3",
        "fixed bug #3",
    ] {
        assert!(closes(message), "{message}");
    }
    for message in ["x (#12)", "see #12", "fix 12 things", "fixes-#12a-prefixes 3", "", "fix"] {
        assert!(!closes(message), "{message}");
    }
}

#[test]
fn a_revert_is_a_fix_only_when_what_it_undoes_changed_source_lines() {
    let built = TestLog::new()
        .commit("add a", &[("a.py", "x = 1\n")])
        .commit("Describe a", &[("a.py", "x = 2\n"), ("README.md", "a\n")])
        .commit("Revert \"Describe a\"", &[("a.py", "x = 1\n")])
        .commit("Revert \"Revert \"Describe a\"\"", &[("a.py", "x = 2\n")])
        .commit("Say more", &[("README.md", "b\n")])
        .commit("Revert \"Say more\"", &[("README.md", "a\n"), ("a.py", "x = 3\n")]);
    let reverts = Reverts::of(&built.log);
    let found: Vec<_> = (0..6).map(|at| fix_evidence(&built.log, at, &reverts)).collect();
    assert_eq!(found, [None, None, Some(FixEvidence::Revert), None, None, None]);
}

#[test]
fn a_commit_that_changes_no_source_line_is_no_fix() {
    let built = TestLog::new()
        .commit("add a", &[("a.py", "x = 1\n"), ("README.md", "a\n"), ("tests/test_a.py", "x = 1\n")])
        .commit("Fix crash", &[("README.md", "b\n"), ("tests/test_a.py", "x = 2\n")])
        .rename("Fix crash by moving a", "a.py", "b.py");
    let reverts = Reverts::of(&built.log);
    assert!((0..3).all(|at| fix_evidence(&built.log, at, &reverts).is_none()));
}

#[test]
fn hostile_messages_are_read_in_one_pass() {
    let long = "fix ".repeat(200_000);
    assert!(is_fix(&long, &["a.c"], &[]));
    let odd = ["\u{0}", "[[[[", "]", "[a][b", "fix(", "fix():", "'''", "\n\n\n", "é: é", "Revert \"é", "fixes [#"];
    for message in odd {
        evidence_in(message, ["a.c"].into_iter(), &[]);
    }
    let wide = "\u{10348}".repeat(1_000);
    assert!(!is_fix(&wide, &["a.c"], &[]));
}
