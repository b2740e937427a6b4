//! Does the log say what git itself would say?

use super::test_repository::TestRepository;
use super::{Repository, mine};
use crate::domain::{ChangeKind, CommitId, Log, Timestamp};

pub(super) const NOW: Timestamp = Timestamp(1_700_000_000);

pub(super) fn mined(repository: &Repository, tip: CommitId) -> Log {
    let mut log = Log::default();
    mine(repository, &mut log, &[tip], NOW, None, &|_, _| {}).unwrap();
    log
}

pub(super) fn shown(log: &Log) -> Vec<String> {
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
    let mut twice = Log::default();
    mine(&repository, &mut twice, &[late, early, late], NOW, None, &|_, _| {}).unwrap();
    assert_eq!(twice, log, "a tip named twice is one tip");
}

/// Branches, a merge, renames, clocks that went wrong, co-authors and a `.mailmap`.
fn eventful() -> (TestRepository, CommitId) {
    let mut test = TestRepository::new();
    let lines = |from: usize, to: usize| (from..to).map(|line| format!("line {line}\n")).collect::<String>();
    let (long, longer) = (lines(0, 90), lines(5, 99));
    let mailmap: (&str, &[u8]) = (".mailmap", b"Ada Lovelace <ada@example.com>\nGrace <grace@x> <grace@old>\n");
    let root = test.commit_at("main", &[], "root", &[mailmap, ("a", long.as_bytes())], 1_600_000_000);
    let future = test.commit_at("main", &[root], "in 2100", &[mailmap, ("b", long.as_bytes())], 4_102_444_800);
    let message = "side\n\nCo-authored-by: G <grace@old>\nCo-authored-by: Ada <ada@example.com>";
    let side = test.commit_at("side", &[root], message, &[mailmap, ("a", longer.as_bytes())], 1_500_000_000);
    let past = test.commit_at("main", &[future], "in 1970", &[mailmap, ("b", longer.as_bytes())], 0);
    let merged = [mailmap, ("b", b"both\n".as_slice()), ("c", longer.as_bytes())];
    let merge = test.commit_at("main", &[past, side], "merge", &merged, 1_650_000_000);
    let copied = [mailmap, ("b", b"more\n".as_slice()), ("c", b"less\n"), ("d", longer.as_bytes())];
    let tip = test.commit_at("main", &[merge], "copy", &copied, 1_650_000_001);
    (test, tip)
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_log() {
    let (test, tip) = eventful();
    let repository = test.open();
    let at_once = mined(&repository, tip);
    for limit in 1..7 {
        let mut log = Log::default();
        let mut n_left = usize::MAX;
        while n_left > 0 {
            let mined = mine(&test.open(), &mut log, &[tip], NOW, Some(limit), &|_, _| {}).unwrap();
            assert_eq!(mined.n_left, at_once.commits.len() - log.commits.len());
            assert!(mined.n_new == limit || mined.n_left == 0);
            n_left = mined.n_left;
        }
        assert_eq!(log, at_once, "{limit} at a time");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (test, tip) = eventful();
    let at_once = mined(&test.open(), tip);
    for n_threads in [1, 2, 5] {
        let mut log = Log::default();
        super::mine::mine_on(n_threads, &test.open(), &mut log, &[tip], NOW, None, &|_, _| {}).unwrap();
        assert_eq!(log, at_once, "{n_threads} threads");
    }
}

#[test]
fn people_are_one_under_all_their_names_and_co_authors_are_known() {
    let (test, tip) = eventful();
    let log = mined(&test.open(), tip);
    let names: Vec<&str> = log.authors.iter().map(|author| &*author.name).collect();
    assert_eq!(names, ["Ada Lovelace", "Grace"]);
    let side = log.commits.iter().find(|commit| commit.subject() == "side").unwrap();
    assert_eq!((side.author, &*side.co_authors), (0, &[1][..]), "the author is not a co-author of the own commit");
}

#[test]
fn a_file_copied_from_one_the_commit_changed_is_known_as_a_copy() {
    let (test, tip) = eventful();
    let log = mined(&test.open(), tip);
    let copy = log.commits.last().unwrap();
    let of = |path: Option<u32>| path.map(|path| log.paths[path as usize].as_str());
    let copies: Vec<_> = copy.changes.iter().map(|change| (of(Some(change.path)), of(change.copied_from))).collect();
    assert_eq!(copies, [(Some("b"), None), (Some("c"), None), (Some("d"), Some("c"))]);
}

/// Ten files of made-up lines that are edited, moved, split and emptied as the seed says.
fn made_up_history(seed: u64) -> (TestRepository, CommitId) {
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    let words = ["{", "}", "", "return x;", "if (a) {", "x += 1;", "// why", "let b = 2;\r", "end"];
    let mut files: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    let mut test = TestRepository::new();
    let mut tip = CommitId::default();
    for step in 0..20 {
        for _ in 0..1 + next(6) {
            let path = format!("{}/f{}.c", ["a", "b/c", "d"][next(3)], next(4));
            let n_lines = next(60);
            let mut line = || {
                format!(
                    "{}{}",
                    words[next(words.len())],
                    if next(3) == 0 { next(50).to_string() } else { String::new() }
                )
            };
            let fresh: Vec<String> = (0..n_lines).map(|_| line()).collect();
            let file = files.entry(path.clone()).or_default();
            match next(6) {
                0 => *file = fresh,
                1 => file.splice(0..0, fresh.into_iter().take(9)).for_each(drop),
                2 | 3 => {
                    let at = next(file.len() + 1);
                    let to = (at + next(5)).min(file.len());
                    file.splice(at..to, fresh.into_iter().take(4)).for_each(drop);
                }
                4 => {
                    let moved = files.remove(&path).unwrap_or_default();
                    files.insert(format!("{}/f{}.c", ["a", "e"][next(2)], next(5)), moved);
                }
                _ => drop(files.remove(&path)),
            }
        }
        let contents: Vec<(String, String)> =
            files.iter().map(|(path, lines)| (path.clone(), lines.join("\n"))).collect();
        let tree: Vec<(&str, &[u8])> = contents.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        tip = test.commit("main", &format!("step {step}"), &tree);
    }
    (test, tip)
}

#[test]
fn every_row_is_the_row_git_counts() {
    let mut n_rows = 0;
    for seed in 0..3 {
        let (test, tip) = made_up_history(seed);
        let repository = test.open();
        let log = mined(&repository, tip);
        let mut git: Vec<String> = super::numstat_rows(&repository.numstat(tip).unwrap())
            .into_iter()
            .map(|row| format!("{} {:?} {} {:?}", row.commit.short(), row.old_path, row.path, row.lines))
            .collect();
        let name = |path: u32| log.paths[path as usize].clone();
        let rows = log.commits.iter().flat_map(|commit| commit.changes.iter().map(move |change| (commit, change)));
        let mut ours: Vec<String> = rows
            .map(|(commit, change)| {
                let (old, lines) = (change.old_path.map(name), Some((change.added, change.deleted)));
                format!("{} {old:?} {} {lines:?}", commit.id.short(), name(change.path))
            })
            .collect();
        git.sort();
        ours.sort();
        assert_eq!(ours, git, "seed {seed}");
        n_rows += git.len();
    }
    assert!(n_rows > 150, "{n_rows} rows are too few to mean anything");
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
