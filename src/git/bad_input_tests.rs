//! What is said of repositories that are broken, odd or hostile, and does the rest go on?

use super::test_repository::TestRepository;
use super::tests::{NOW, mined, shown};
use super::{Repository, mine};
use crate::domain::{CommitId, Log};
use git2::ObjectType;

/// One line a commit, then one line for everything that was left out.
fn read(test: &TestRepository, tip: CommitId) -> Vec<String> {
    let mut log = Log::default();
    let mined = mine(&test.open(), &mut log, &[tip], NOW, None, &|_, _| {}).unwrap();
    assert_eq!((mined.n_new, mined.n_left), (log.commits.len(), 0));
    let skipped = mined.skipped.iter().map(|skipped| format!("! {}: {}", skipped.subject, skipped.reason));
    shown(&log).into_iter().chain(skipped).collect()
}

fn hex(name: [u8; 20]) -> String {
    CommitId(name).to_string()
}

/// A commit as raw as it comes.
fn raw_commit(test: &TestRepository, tree: [u8; 20], headers: &str) -> CommitId {
    CommitId(test.raw(ObjectType::Commit, format!("tree {}\n{headers}", hex(tree)).as_bytes()))
}

/// A tree with the given entries, which must be in git's order.
fn raw_tree(test: &TestRepository, entries: &[(&str, &[u8], [u8; 20])]) -> [u8; 20] {
    let bytes: Vec<u8> =
        entries.iter().flat_map(|(mode, name, id)| [mode.as_bytes(), b" ", name, b"\0", id].concat()).collect();
    test.raw(ObjectType::Tree, &bytes)
}

const ADA: &str = "author Ada <ada@x> 1577836800 +0100\ncommitter Ada <ada@x> 1577836800 +0100\n\n";

#[test]
fn a_corrupt_or_missing_content_costs_its_lines_only() {
    let mut test = TestRepository::new();
    test.commit("main", "first", &[("a", b"1\n"), ("b", b"1\n2\n"), ("c", b"3\n")]);
    let tip = test.commit("main", "second", &[("a", b"4\n"), ("b", b"5\n"), ("c", b"6\n")]);
    test.spoil(test.raw(ObjectType::Blob, b"4\n"));
    test.lose(test.raw(ObjectType::Blob, b"5\n"));
    assert_eq!(
        read(&test, tip),
        [
            "first: a +1 -0 b +2 -0 c +1 -0",
            "second: a +0 -0 b +0 -0 c +1 -1",
            "! a: its content is corrupt: its lines were not read",
            "! b: its content is missing: its lines were not read",
        ]
    );
}

#[test]
fn a_corrupt_or_missing_tree_costs_the_files_of_its_commits_only() {
    let mut test = TestRepository::new();
    let first = test.commit("main", "first", &[("a", b"1\n")]);
    let second = test.commit("main", "second", &[("a", b"1\n"), ("d/b", b"2\n")]);
    test.commit("main", "third", &[("a", b"3\n"), ("d/b", b"2\n")]);
    let tip = test.commit("main", "fourth", &[("a", b"4\n"), ("d/b", b"2\n")]);
    test.spoil(test.tree_of(first));
    test.lose(test.tree_of(second));
    let said = |commit: CommitId, why: &str| format!("! commit {}: its folder `/` is {why}", commit.short());
    let third = test.open().first_parent(tip).unwrap().unwrap();
    assert_eq!(
        read(&test, tip),
        [
            "first:",
            "second:",
            "third:",
            "fourth: a +1 -1",
            &said(first, "corrupt"),
            &said(second, "corrupt"),
            &said(third, "missing")
        ]
    );
}

#[test]
fn a_commit_that_cannot_be_read_takes_along_what_came_before_it() {
    for (damage, why) in
        [(TestRepository::spoil as fn(&TestRepository, [u8; 20]), "corrupt"), (TestRepository::lose, "missing")]
    {
        let mut test = TestRepository::new();
        test.commit("main", "first", &[("a", b"1\n")]);
        let lost = test.commit("main", "second", &[("a", b"2\n")]);
        let child = test.commit("main", "third", &[("a", b"3\n")]);
        let tip = test.commit("main", "fourth", &[("a", b"4\n")]);
        damage(&test, lost.0);
        assert_eq!(
            read(&test, tip),
            [
                "third:",
                "fourth: a +1 -1",
                &format!("! commit {}: the commit is {why}: it and what came before it were left out", lost.short()),
                &format!("! commit {}: a parent of it is missing: what it changed cannot be known", child.short()),
            ]
        );
    }
}

#[test]
fn a_tip_that_is_not_there_is_an_error_and_the_log_stays_as_it_was() {
    let mut test = TestRepository::new();
    let tip = test.commit("main", "first", &[("a", b"1\n")]);
    let mut log = mined(&test.open(), tip);
    let before = log.clone();
    let failed = mine(&test.open(), &mut log, &[CommitId([7; 20])], NOW, None, &|_, _| {});
    assert!(failed.unwrap_err().to_string().starts_with("could not find commit 0707070"));
    assert_eq!(log, before);
}

#[test]
fn a_shallow_clone_begins_at_its_edge_and_says_so() {
    let mut test = TestRepository::new();
    let first = test.commit("main", "first", &[("a", b"1\n")]);
    let edge = test.commit("main", "second", &[("a", b"2\n"), ("b", b"1\n")]);
    let tip = test.commit("main", "third", &[("a", b"3\n"), ("b", b"1\n")]);
    test.lose(first.0);
    test.write("shallow", &format!("{edge}\n"));
    assert_eq!(
        read(&test, tip),
        [
            "second: a +1 -0 b +1 -0",
            "third: a +1 -1",
            "! older history: the clone is shallow: what came before 1 commits is not here"
        ]
    );
}

#[test]
fn grafts_and_replacements_are_not_followed() {
    let mut test = TestRepository::new();
    let first = test.commit("main", "first", &[("a", b"1\n")]);
    let second = test.commit("main", "second", &[("a", b"2\n")]);
    let tip = test.commit("main", "third", &[("a", b"3\n")]);
    let other = test.commit_onto("other", &[], "another history", &[("z", b"9\n")]);
    let before = read(&test, tip);
    test.write(&format!("refs/replace/{second}"), &format!("{other}\n"));
    test.write("info/grafts", &format!("{tip} {first}\n"));
    assert_eq!(read(&test, tip), before);
    assert_eq!(before, ["first: a +1 -0", "second: a +1 -1", "third: a +1 -1"]);
}

#[test]
fn links_and_submodules_are_no_files_and_are_not_followed() {
    let test = TestRepository::new();
    let (target, text) = (test.raw(ObjectType::Blob, b"../../../etc/passwd"), test.raw(ObjectType::Blob, b"1\n2\n"));
    let first = raw_tree(&test, &[("100644", b"f", text), ("120000", b"link", target), ("160000", b"sub", [9; 20])]);
    let second = raw_tree(&test, &[("120000", b"f", target), ("100755", b"link", text), ("160000", b"sub", [8; 20])]);
    let root = raw_commit(&test, first, &format!("{ADA}first"));
    let tip = raw_commit(&test, second, &format!("parent {root}\n{ADA}second"));
    assert_eq!(read(&test, tip), ["first: f +2 -0", "second: f +0 -2 link +2 -0"]);
    let files: Vec<String> = test.open().files_at(tip).unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(files, ["link"]);
    assert_eq!(test.open().file_at(tip, "f").unwrap(), None);
}

#[test]
fn a_file_of_a_hundred_megabytes_and_a_line_of_fifty_are_named_and_not_read() {
    let test = TestRepository::new();
    let large = test.raw(ObjectType::Blob, &b"0123456789abcde\n".repeat(100 << 16));
    let line = test.raw(ObjectType::Blob, &vec![b'x'; 50 << 20]);
    let small = test.raw(ObjectType::Blob, &vec![b'x'; 1 << 20]);
    let tree = raw_tree(&test, &[("100644", b"large", large), ("100644", b"line", line), ("100644", b"small", small)]);
    let tip = raw_commit(&test, tree, &format!("{ADA}import"));
    assert_eq!(
        read(&test, tip),
        [
            "import: large +0 -0 line +0 -0 small +1 -0",
            "! large: it is larger than 8 MiB: its lines were not read",
            "! line: it is larger than 8 MiB: its lines were not read",
        ]
    );
}

#[test]
fn names_and_contents_that_are_not_utf8_are_read() {
    let test = TestRepository::new();
    let latin = test.raw(ObjectType::Blob, b"caf\xe9\n\xff\xfe\n");
    let tree = raw_tree(&test, &[("100644", b"caf\xe9.py", latin)]);
    let mut commit = format!("tree {}\nauthor ", hex(tree)).into_bytes();
    commit.extend(b"Andr\xe9 <a@\xff.org> 1577836800 +0100\ncommitter C <c@x> 1577836800 +0000\n\nd\xe9but");
    let tip = CommitId(test.raw(ObjectType::Commit, &commit));
    assert_eq!(read(&test, tip), ["d\u{fffd}but: caf\u{fffd}.py +2 -0"]);
    let log = mined(&test.open(), tip);
    assert_eq!((&*log.authors[0].name, &*log.authors[0].email), ("Andr\u{fffd}", "a@\u{fffd}.org"));
}

#[test]
fn authors_without_an_address_and_broken_headers_are_taken_as_they_are() {
    let test = TestRepository::new();
    let tree = raw_tree(&test, &[("100644", b"a", test.raw(ObjectType::Blob, b"1\n"))]);
    let root = raw_commit(&test, tree, "author Ada\ncommitter Ada 12 +0000\n\nno address");
    let second = raw_commit(&test, tree, &format!("parent {root}\nauthor <> nonsense\n\nnothing at all"));
    let far = "author A <a@x> 99999999999999999999 +999999\ncommitter A <a@x> -5 -0000\n\nfar away";
    let tip = raw_commit(&test, tree, &format!("parent {second}\n{far}"));
    let log = mined(&test.open(), tip);
    let names: Vec<_> = log.commits.iter().map(|c| &*log.authors[c.author as usize].name).collect();
    assert_eq!(names, ["Ada", "", "A"]);
    assert!(log.commits.iter().all(|commit| commit.committed_at.0 == 0), "an unreadable time is the parent's");
}

#[test]
fn an_octopus_and_several_roots_are_read() {
    let mut test = TestRepository::new();
    let arms: Vec<CommitId> = (0..5)
        .map(|arm| test.commit_onto(&format!("arm{arm}"), &[], &format!("root {arm}"), &[(&format!("f{arm}"), b"1\n")]))
        .collect();
    let files: Vec<(String, &[u8])> = (0..5).map(|arm| (format!("f{arm}"), &b"1\n"[..])).collect();
    let mut files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (path.as_str(), *content)).collect();
    files.push(("own", b"2\n"));
    let tip = test.commit_onto("main", &arms, "octopus", &files);
    let log = mined(&test.open(), tip);
    assert_eq!(log.commits.last().unwrap().parents, [0, 1, 2, 3, 4]);
    assert_eq!(shown(&log)[5], "octopus: own +1 -0 own +1 -0 own +1 -0 own +1 -0 own +1 -0");
    let parents: Vec<u8> = log.commits[5].changes.iter().map(|change| change.parent).collect();
    assert_eq!(parents, [0, 1, 2, 3, 4]);
}

#[test]
fn folders_nested_without_end_are_left_out() {
    let mut test = TestRepository::new();
    let root = test.commit("main", "root", &[("a", b"1\n")]);
    let mut tree = raw_tree(&test, &[("100644", b"f", test.raw(ObjectType::Blob, b"1\n"))]);
    for _ in 0..300 {
        tree = raw_tree(&test, &[("40000", b"d", tree)]);
    }
    let deep = raw_commit(&test, tree, &format!("parent {root}\n{ADA}deep"));
    let flat = test.tree_of(root);
    let tip = raw_commit(&test, flat, &format!("parent {deep}\n{ADA}flat"));
    let read = read(&test, tip);
    assert_eq!(read[..3], ["root: a +1 -0", "deep:", "flat:"]);
    assert!(read[3].ends_with("is too large") && read.len() == 5, "{}", read[3]);
}

#[test]
fn a_repository_with_sha_256_names_is_refused_by_name() {
    let test = TestRepository::new();
    test.write(
        "config",
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n",
    );
    let error = Repository::open(test.path()).err().unwrap().to_string();
    assert!(error.ends_with("uses SHA-256 object names, which are not supported yet"), "{error}");
}

#[test]
fn an_empty_repository_holds_nothing_and_says_so() {
    let test = TestRepository::new();
    let mut log = Log::default();
    assert_eq!(mine(&test.open(), &mut log, &[], NOW, None, &|_, _| {}).unwrap().n_new, 0);
    assert!(test.open().resolve("HEAD").unwrap_err().to_string().ends_with("has no commit yet"));
}

#[test]
fn objects_kept_elsewhere_are_read_and_a_place_that_is_gone_is_passed_over() {
    let mut lender = TestRepository::new();
    let root = lender.commit("main", "lent", &[("a", b"1\n")]);
    let mut borrower = TestRepository::new();
    let objects = lender.path().join("objects");
    borrower.write("objects/info/alternates", &format!("/nowhere/at/all\n{}\n", objects.display()));
    let tip = borrower.commit_onto("main", &[root], "own", &[("a", b"2\n")]);
    assert_eq!(read(&borrower, tip), ["lent: a +1 -0", "own: a +1 -1"]);
}

#[test]
fn nothing_a_repository_is_set_up_to_run_is_run() {
    let mut test = TestRepository::new();
    let attributes: (&str, &[u8]) = (".gitattributes", b"* diff=evil filter=evil\n");
    test.commit("main", "first", &[attributes, ("a", b"1\n")]);
    let tip = test.commit("main", "second", &[attributes, ("a", b"2\n")]);
    let proof = test.path().join("it-was-run");
    let run = format!("touch {}", proof.display());
    test.write(
        "config",
        &format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = {run}\n\thooksPath = hooks\n\
             [include]\n\tpath = /nowhere/at/all\n[diff \"evil\"]\n\ttextconv = {run}\n\tcommand = {run}\n\
             [diff]\n\texternal = {run}\n[filter \"evil\"]\n\tsmudge = {run}\n[log]\n\tshowSignature = true\n\
             [gpg]\n\tprogram = {run}\n[mailmap]\n\tfile = /nowhere/at/all\n"
        ),
    );
    assert_eq!(read(&test, tip), ["first: .gitattributes +1 -0 a +1 -0", "second: a +1 -1"]);
    let rows = super::numstat_rows(&test.open().numstat(tip).unwrap());
    assert_eq!(rows.len(), 3);
    assert!(!proof.exists());
}
