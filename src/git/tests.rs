//! Does the log say what git itself would say?

use super::test_repository::TestRepository;
use super::{Repository, mine};
use crate::domain::{ChangeKind, CommitId, Log, Timestamp};

const NOW: Timestamp = Timestamp(1_700_000_000);

fn mined(repository: &Repository, tip: CommitId) -> Log {
    let mut log = Log::default();
    mine(repository, &mut log, &[tip], NOW, None, &|_, _| {}).unwrap();
    log
}

fn shown(log: &Log) -> Vec<String> {
    let show = |commit: &crate::domain::Commit| {
        let changes = commit.changes.iter().map(|change| {
            let path = &log.paths[change.path as usize];
            let from = change.old_path.map_or(String::new(), |old| format!("{} -> ", log.paths[old as usize]));
            format!(" {from}{path} +{} -{}", change.added, change.deleted)
        });
        format!("{}:{}", commit.subject(), changes.collect::<String>())
    };
    log.commits.iter().map(show).collect()
}

#[test]
fn commits_come_parents_first_with_counted_lines_and_renames() {
    let mut test = TestRepository::new();
    let lines: &[u8] = b"one\ntwo\nthree\nfour\nfive\n";
    test.commit("main", "first", &[("a.py", lines), ("b.py", b"x\n")]);
    test.commit("main", "edit", &[("a.py", b"one\n2\nthree\nfour\nfive\n"), ("b.py", b"x\n")]);
    let tip = test.commit("main", "move", &[("c/a.py", b"one\n2\nthree\nfour\nfive\nsix\n"), ("p.png", b"\x89\0\0")]);
    let log = mined(&test.open(), tip);
    assert_eq!(
        shown(&log),
        ["first: a.py +5 -0 b.py +1 -0", "edit: a.py +1 -1", "move: b.py +0 -1 a.py -> c/a.py +1 -0 p.png +0 -0"]
    );
    let picture = log.commits[2].changes.iter().find(|change| log.paths[change.path as usize] == "p.png").unwrap();
    assert!(!picture.is_counted && picture.kind == ChangeKind::Added);
    assert_eq!(log.authors.len(), 1);
    assert_eq!(log.authors[0].email, "ada@example.com");
}

#[test]
fn a_merge_holds_only_what_it_wrote_itself() {
    let mut test = TestRepository::new();
    let root = test.commit("main", "root", &[("a.py", b"1\n2\n3\n")]);
    let ours = test.commit_onto("main", &[root], "ours", &[("a.py", b"0\n2\n3\n")]);
    let theirs = test.commit_onto("side", &[root], "theirs", &[("a.py", b"1\n2\n4\n"), ("n.py", b"n\n")]);
    let merge = [("a.py", b"0\n2\n4\n".as_slice()), ("n.py", b"n\n")];
    let tip = test.commit_onto("main", &[ours, theirs], "merge", &merge);
    let log = mined(&test.open(), tip);
    let merge = log.commits.last().unwrap();
    let parents: Vec<u8> = merge.changes.iter().map(|change| change.parent).collect();
    assert_eq!(parents, [0, 1], "a.py differs from both parents, n.py came whole from one");
    assert!(shown(&log).last().unwrap().ends_with("a.py +1 -1 a.py +1 -1"));
}

#[test]
fn mining_on_gives_the_same_log_as_mining_at_once() {
    let mut test = TestRepository::new();
    test.commit("main", "first", &[("a.py", b"1\n")]);
    let early = test.commit("main", "second", &[("a.py", b"2\n")]);
    let late = test.commit("main", "third", &[("a.py", b"2\n"), ("b.py", b"3\n")]);
    let repository = test.open();
    let mut log = mined(&repository, early);
    let more = mine(&repository, &mut log, &[late], NOW, None, &|_, _| {}).unwrap();
    assert_eq!(more.n_new, 1);
    assert_eq!(log, mined(&repository, late));
    assert_eq!(mine(&repository, &mut log, &[late], NOW, None, &|_, _| {}).unwrap().n_new, 0);
}

#[test]
fn impossible_commit_times_are_straightened() {
    let mut test = TestRepository::new();
    let root = test.commit_at("main", &[], "root", &[("a", b"1\n")], 1_600_000_000);
    let future = test.commit_at("main", &[root], "in 2100", &[("a", b"2\n")], 4_102_444_800);
    let past = test.commit_at("main", &[future], "in 1970", &[("a", b"3\n")], 0);
    let tip = test.commit_at("main", &[past], "tip", &[("a", b"4\n")], 1_650_000_000);
    let times: Vec<i64> = mined(&test.open(), tip).commits.iter().map(|commit| commit.committed_at.0).collect();
    assert_eq!(times, [1_600_000_000, 1_600_000_000, 1_600_000_000, 1_650_000_000]);
}

#[test]
fn a_pull_request_is_compared_with_its_merge_base() {
    let mut test = TestRepository::new();
    let root = test.commit("main", "root", &[("a.py", b"1\n2\n")]);
    let base = test.commit("main", "base moves on", &[("a.py", b"1\n2\n"), ("other.py", b"x\n")]);
    let head = test.commit_onto("topic", &[root], "fix a", &[("a.py", b"1\n3\n")]);
    let diff = test.open().diff(base, head).unwrap();
    assert_eq!((diff.merge_base, diff.commits.as_slice()), (Some(root), [head].as_slice()));
    assert_eq!(diff.files.len(), 1);
    assert_eq!((diff.files[0].path.as_str(), diff.files[0].first_changed_line()), ("a.py", Some(2)));
    assert_eq!(diff.messages, ["fix a"]);
}

#[test]
fn a_first_commit_is_all_new() {
    let mut test = TestRepository::new();
    let root = test.commit("main", "root", &[("a.py", b"1\n2\n")]);
    let diff = test.open().diff(root, root).unwrap();
    assert_eq!((diff.merge_base, diff.files[0].added, diff.files[0].kind), (None, 2, ChangeKind::Added));
}

#[test]
fn what_cannot_be_named_or_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Repository::open(folder.path()).is_err());
    let mut test = TestRepository::new();
    let empty = test.open().resolve("HEAD").err().unwrap().to_string();
    assert!(empty.ends_with("has no commit yet"), "{empty}");
    test.commit("main", "root", &[("p.png", b"\0\0")]);
    let unknown = test.open().resolve("nowhere").err().unwrap().to_string();
    assert!(unknown.starts_with("`nowhere` names no commit in"), "{unknown}");
    let root = test.open().resolve("main").unwrap();
    let skipped = test.open().diff(root, root).unwrap().skipped;
    assert_eq!(skipped[0].subject, "p.png");
}
