//! Do imports lead to the files that the languages' own tools would open, and do changes travel back along them?
//!
//! Every repository here is a few lines written for the test.

mod hard_cases;
mod structure;
mod tricky_trees;
mod younger_languages;

use super::{CoChange, ImportGraph, SourceFile};
use crate::code::{FileFacts, read};
use crate::domain::{Author, ChangeKind, Commit, CommitId, DAY_SECONDS, FileChange, Log, Timestamp};

fn graph_of(files: &[(&str, &str)], manifests: &[(&str, &str)]) -> ImportGraph {
    let facts: Vec<(&str, FileFacts)> =
        files.iter().map(|(path, text)| (*path, read(path, text.as_bytes()).expect("the text is small"))).collect();
    let files: Vec<SourceFile<'_>> = facts.iter().map(|(path, facts)| SourceFile { path, facts }).collect();
    let manifests: Vec<(String, String)> =
        manifests.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    ImportGraph::build(&files, &manifests)
}

/// `expected` has a line `from -> to to` for each file that imports any, and the number of unresolved imports.
fn check(files: &[(&str, &str)], manifests: &[(&str, &str)], expected: &str, n_unresolved: usize) {
    let graph = graph_of(files, manifests);
    let line = |from: u32| {
        let targets: Vec<&str> = graph.imports(from).map(|to| graph.file(to)).collect();
        (!targets.is_empty()).then(|| format!("{} -> {}", graph.file(from), targets.join(" ")))
    };
    let found: Vec<String> = (0..graph.len() as u32).filter_map(line).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected);
    assert_eq!(graph.unresolved().0, n_unresolved, "unresolved");
}

#[test]
fn python_modules_are_found_below_their_roots() {
    check(
        &[
            ("src/app/__init__.py", "from .core import run\nfrom . import util as u\nimport os, requests\n"),
            ("src/app/core.py", "from app import util\nfrom app.inner.deep import thing\nimport app.inner.deep\n"),
            ("src/app/inner/deep.py", "from ..core import *\nfrom ... import nothing\n"),
            ("src/app/util.py", "import json\nfrom .missing import x\n"),
            ("tests/helper.py", ""),
            ("tests/json/__init__.py", ""),
            ("tests/test_app.py", "import helper\nimport app.core as c\nfrom app import run\n"),
        ],
        &[],
        "src/app/__init__.py -> src/app/core.py src/app/util.py
         src/app/core.py -> src/app/inner/deep.py src/app/util.py
         src/app/inner/deep.py -> src/app/core.py
         tests/test_app.py -> src/app/__init__.py src/app/core.py tests/helper.py",
        2,
    );
}

#[test]
fn python_prefers_the_nearest_of_several_roots() {
    check(
        &[
            ("one/pkg/__init__.py", ""),
            ("one/pkg/a.py", ""),
            ("one/run.py", "import pkg.a\n"),
            ("two/pkg/__init__.py", ""),
            ("two/pkg/a.py", "import pkg\n"),
        ],
        &[],
        "one/run.py -> one/pkg/a.py\n two/pkg/a.py -> two/pkg/__init__.py",
        0,
    );
}

#[test]
fn javascript_paths_are_tried_as_node_and_typescript_try_them() {
    check(
        &[
            ("index.js", "module.exports = require('./lib/app'); require('./data.json'); require('express')\n"),
            ("lib/app.js", "import x from './x.js'; import './folder'; export * from '../lib/types'\n"),
            ("lib/folder/index.ts", "import a from '..';\nimport b from '../../lib/folder/none'\n"),
            ("lib/index.js", ""),
            ("lib/types.d.ts", ""),
            ("lib/x.ts", "import '../'; import('./app')\n"),
        ],
        &[],
        "index.js -> lib/app.js
         lib/app.js -> lib/folder/index.ts lib/types.d.ts lib/x.ts
         lib/folder/index.ts -> lib/index.js
         lib/x.ts -> index.js lib/app.js",
        1,
    );
}

#[test]
fn javascript_aliases_and_workspaces_lead_to_sources() {
    check(
        &[
            ("apps/web/main.ts", "import '@/ui/button'; import 'shared'; import '@org/kit'; import '@org/kit/deep'\n"),
            ("apps/web/src/ui/button.tsx", "import '#inner/a'; import 'react'\n"),
            ("apps/web/secret/a.ts", ""),
            ("libs/shared.ts", ""),
            ("packages/kit/src/index.ts", "import '@org/kit/none'\n"),
            ("packages/kit/src/deep.ts", ""),
        ],
        &[
            ("base.json", "{\"compilerOptions\": {\"baseUrl\": \"libs\"}}"),
            ("apps/web/package.json", "{\"name\": \"web\", \"imports\": {\"#inner/*\": \"./secret/*.ts\"}}"),
            (
                "apps/web/tsconfig.json",
                "{ // aliases\n \"extends\": \"./../tsconfig.shared\", \"compilerOptions\": {\"strict\": true, }, }",
            ),
            (
                "apps/tsconfig.shared.json",
                "{\"extends\": \"../base.json\", \"compilerOptions\": {\"paths\": {\"@/*\": [\"../apps/web/src/*\"]}}}",
            ),
            ("package.json", "{\"workspaces\": {\"packages\": [\"packages/*\", \"apps/**\", \"!packages/old\"]}}"),
            ("packages/kit/package.json", "{\"name\": \"@org/kit\", \"main\": \"dist/index.js\"}"),
            ("broken/package.json", "{"),
        ],
        "apps/web/main.ts -> apps/web/src/ui/button.tsx libs/shared.ts packages/kit/src/index.ts packages/kit/src/deep.ts
         apps/web/src/ui/button.tsx -> apps/web/secret/a.ts",
        1,
    );
}

#[test]
fn go_imports_lead_to_the_files_that_declare_what_is_taken() {
    check(
        &[
            (
                "cmd/main.go",
                "package main\nimport (\n\"fmt\"\n\"m.org/x/util\"\n_ \"m.org/x/side\"\n\"m.org/x/gone\"\n)\nfunc main() { fmt.Print(util.Do()) }\n",
            ),
            ("side/a.go", "package side\n"),
            ("side/b.go", "package side\n"),
            ("side/b_test.go", "package side\n"),
            ("util/do.go", "package util\nfunc Do() { helper(); shadow := 1; _ = shadow }\n"),
            ("util/help.go", "package util\nfunc helper() {}\nvar shadow = 2\n"),
            ("util/help_test.go", "package util\nfunc TestHelper() { helper() }\n"),
        ],
        &[("go.mod", "module m.org/x // here\n\ngo 1.22\n")],
        "cmd/main.go -> side/a.go side/b.go util/do.go
         util/do.go -> util/help.go
         util/help_test.go -> util/help.go",
        1,
    );
}

#[test]
fn java_files_see_their_package_without_an_import() {
    check(
        &[
            (
                "src/main/java/a/App.java",
                "package a;\nimport b.Tool;\nimport b.Tool.Part;\nimport c.*;\nimport static b.Tool.make;\nimport java.util.List;\nclass App extends Base { Far far; List<Base> all; }",
            ),
            (
                "src/main/java/a/Base.java",
                "package a;\nimport b.Gone;\nclass Base { static class Tool {} Tool t; App app; }",
            ),
            ("src/main/java/a/List.java", "package a;\nclass List {}"),
            ("src/main/java/b/Tool.java", "package b;\npublic class Tool { public static class Part {} }"),
            ("src/main/java/c/Far.java", "package c;\npublic class Far {}"),
            ("src/main/java/c/Other.java", "package c;\npublic class Other {}"),
            ("src/test/java/a/AppTest.java", "package a;\nclass AppTest { App app = new App(); }"),
        ],
        &[],
        "src/main/java/a/App.java -> src/main/java/a/Base.java src/main/java/b/Tool.java src/main/java/c/Far.java
         src/main/java/a/Base.java -> src/main/java/a/App.java
         src/test/java/a/AppTest.java -> src/main/java/a/App.java",
        1,
    );
}

#[test]
fn rust_paths_lead_through_re_exports_to_the_file_that_defines() {
    check(
        &[
            ("core/src/lib.rs", "mod parse;\npub mod net;\npub use parse::Parser;\npub use net::*;\npub fn top() {}\n"),
            (
                "core/src/parse.rs",
                "mod lexer;\npub struct Parser;\nuse self::lexer::Token;\nuse super::net::tcp::Stream;\n",
            ),
            ("core/src/parse/lexer.rs", "pub struct Token;\n"),
            ("core/src/net/mod.rs", "pub mod tcp;\n#[path = \"odd.rs\"]\nmod other;\npub struct Socket;\n"),
            ("core/src/net/odd.rs", "mod tests { use super::*; fn f() { crate::top(); } }\n"),
            ("core/src/net/tcp.rs", "use std::io;\npub struct Stream;\nmod gone;\n"),
            ("core/tests/it.rs", "use my_core::{Parser, net::tcp::Stream, Socket};\nmod common;\n"),
            ("core/tests/common/mod.rs", ""),
            (
                "tool/src/main.rs",
                "use my_core::net;\nfn main() { net::tcp::connect(); my_core::parse::go(); serde::ok() }\n",
            ),
        ],
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"core\", \"tool\"]\n"),
            ("core/Cargo.toml", "[package]\nname = \"my-core\"\n"),
            ("tool/Cargo.toml", "[package]\nname = \"tool\"\n"),
        ],
        "core/src/lib.rs -> core/src/parse.rs core/src/net/mod.rs
         core/src/parse.rs -> core/src/parse/lexer.rs core/src/net/tcp.rs
         core/src/net/mod.rs -> core/src/net/odd.rs core/src/net/tcp.rs
         core/src/net/odd.rs -> core/src/lib.rs
         core/tests/it.rs -> core/src/parse.rs core/src/net/mod.rs core/src/net/tcp.rs core/tests/common/mod.rs
         tool/src/main.rs -> core/src/parse.rs core/src/net/mod.rs core/src/net/tcp.rs",
        1,
    );
}

#[test]
fn c_includes_lead_to_the_only_file_they_can_mean() {
    check(
        &[
            ("include/lib/api.h", "#include <stdio.h>\n"),
            ("include/string.h", ""),
            ("src/a/util.h", ""),
            ("src/a/use.c", "#include \"util.h\"\n#include <lib/api.h>\n#include <string.h>\n#include \"config.h\"\n"),
            ("src/b/util.h", ""),
            ("src/b/other.cpp", "#include \"util.h\"\n#include \"lib/api.h\"\n#include \"../a/util.h\"\n"),
            ("tools/x.c", "#include \"util.h\"\n"),
        ],
        &[],
        "src/a/use.c -> include/lib/api.h src/a/util.h
         src/b/other.cpp -> include/lib/api.h src/a/util.h src/b/util.h",
        2,
    );
}

fn chain() -> ImportGraph {
    graph_of(
        &[
            ("a.js", ""),
            ("b.js", "require('./a')"),
            ("c.js", "require('./b')"),
            ("d.js", "require('./c'); require('./a')"),
            ("x.js", "require('./y')"),
            ("y.js", "require('./x')"),
        ],
        &[],
    )
}

#[test]
fn a_change_reaches_its_dependents_nearest_first_and_the_way_is_known() {
    let graph = chain();
    let a = graph.index_of("a.js").expect("it was given");
    let reached = graph.dependents(&[a], 9);
    let names: Vec<(&str, u32)> = reached.iter().map(|one| (graph.file(one.file), one.depth)).collect();
    assert_eq!(names, [("b.js", 1), ("d.js", 1), ("c.js", 2)]);
    let c = graph.index_of("c.js").expect("it was given");
    let way: Vec<&str> = ImportGraph::path_to(&reached, c).into_iter().map(|ix| graph.file(ix)).collect();
    assert_eq!(way, ["a.js", "b.js", "c.js"]);
    assert_eq!(graph.dependents(&[a], 1).len(), 2);
    assert_eq!(graph.dependents(&[a], 0), []);
    assert!(ImportGraph::path_to(&reached, a).is_empty());
    assert!(graph.dependents(&[a, 999], 9).iter().all(|one| one.file != a));
}

#[test]
fn circles_are_found_and_the_most_imported_file_is_the_most_central() {
    let graph = chain();
    let circles: Vec<Vec<&str>> =
        graph.cycles().into_iter().map(|circle| circle.into_iter().map(|ix| graph.file(ix)).collect()).collect();
    assert_eq!(circles, [["x.js", "y.js"]]);
    let ranks = graph.pagerank();
    assert!((ranks.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let [a, b, c, d] =
        ["a.js", "b.js", "c.js", "d.js"].map(|path| ranks[graph.index_of(path).expect("given") as usize]);
    assert!(a > b && b > c && c > d, "{ranks:?}");
    assert_eq!((graph.fan_in(0), graph.fan_out(3), graph.n_edges()), (2, 2, 6));
}

#[test]
fn a_long_chain_and_an_empty_repository_are_graphs_too() {
    let texts: Vec<(String, String)> =
        (0..3_000).map(|n| (format!("f{n}.js"), format!("require('./f{}')", (n + 1) % 3_000))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let graph = graph_of(&files, &[]);
    assert_eq!(graph.cycles().first().map(Vec::len), Some(3_000));
    assert_eq!(graph.dependents(&[0], u32::MAX).len(), 2_999);
    let empty = graph_of(&[], &[]);
    assert!(empty.is_empty() && empty.pagerank().is_empty() && empty.cycles().is_empty());
}

#[test]
fn a_graph_survives_the_cache_and_a_damaged_one_names_no_missing_file() {
    let graph = chain();
    let bytes = postcard::to_stdvec(&graph).expect("graphs serialize");
    let again: ImportGraph = postcard::from_bytes(&bytes).expect("graphs deserialize");
    assert_eq!(again, graph);
    assert_eq!(again.imports(3).collect::<Vec<_>>(), graph.imports(3).collect::<Vec<_>>());
    let damaged = serde_json::json!({"paths": ["a"], "edges": [[0, 7]], "n_internal": 1, "n_unresolved": 0});
    assert_eq!(serde_json::from_value::<ImportGraph>(damaged).expect("it has the right shape").n_edges(), 0);
}

// ---- changes together ----

/// One commit a line: `day: path path`, `old>new` for a rename, `-path` for a deletion, `merge` for a merge commit.
fn log_of(history: &str) -> (Log, Vec<u32>) {
    let mut log = Log { authors: vec![Author { name: "A".into(), email: "a@x".into() }], ..Log::default() };
    for line in history.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (day, words) = line.split_once(':').expect("a day stands before the colon");
        let day: i64 = day.parse().expect("the day is a number");
        let is_merge = words.contains("merge");
        let changes =
            words.split_whitespace().filter(|word| *word != "merge").map(|word| change(&mut log, word)).collect();
        log.commits.push(Commit {
            id: CommitId::default(),
            parents: vec![0; if is_merge { 2 } else { 1 }],
            author: 0,
            co_authors: Box::default(),
            authored_at: Timestamp(day * DAY_SECONDS),
            utc_offset_minutes: 0,
            committed_at: Timestamp(day * DAY_SECONDS),
            message: String::new(),
            changes,
        });
    }
    let order = (0..log.commits.len() as u32).collect();
    (log, order)
}

fn change(log: &mut Log, word: &str) -> FileChange {
    let mut number = |path: &str| match log.paths.iter().position(|one| one == path) {
        Some(at) => at as u32,
        None => {
            log.paths.push(path.to_owned());
            log.paths.len() as u32 - 1
        }
    };
    let (kind, old_path, path) = match (word.split_once('>'), word.strip_prefix('-')) {
        (Some((old, new)), _) => (ChangeKind::Renamed, Some(number(old)), number(new)),
        (None, Some(path)) => (ChangeKind::Deleted, None, number(path)),
        (None, None) => (ChangeKind::Modified, None, number(word)),
    };
    let (old_blob, new_blob) = (None, None);
    let hunks = Box::default();
    FileChange {
        path,
        old_path,
        copied_from: None,
        parent: 0,
        kind,
        old_blob,
        new_blob,
        added: 1,
        deleted: 0,
        is_counted: true,
        hunks,
    }
}

/// `expected` lists `path together/changes`, strongest first.
fn check_partners(history: &str, as_of_day: i64, path: &str, expected: &[&str]) {
    let (log, order) = log_of(history);
    let learned = CoChange::learn(&log, &order, Timestamp(as_of_day * DAY_SECONDS));
    let line = |one: &super::Partner| format!("{} {}/{}", one.path, one.n_together, one.n_changes);
    assert_eq!(learned.partners(path).iter().map(line).collect::<Vec<_>>(), expected);
}

#[test]
fn companions_are_counted_up_to_the_moment_asked_about() {
    let history = "1: a b\n 2: a b c\n 3: a\n 4: a c";
    check_partners(history, 3, "a", &["b 2/3", "c 1/3"]);
    check_partners(history, 1, "a", &["b 1/1"]);
    check_partners(history, 0, "a", &[]);
    check_partners(history, 9, "nowhere", &[]);
}

#[test]
fn old_company_fades_by_half_a_year_by_year() {
    let (log, order) = log_of("0: a old\n 365: a new\n 730: a");
    let learned = CoChange::learn(&log, &order, Timestamp(730 * DAY_SECONDS));
    let strengths: Vec<(&str, f32)> =
        learned.partners("a").iter().map(|one| (one.path.as_str(), one.strength)).collect();
    let total = 1.0 + 0.5 + 0.25;
    assert_eq!(strengths.len(), 2);
    assert!(strengths[0].0 == "new" && (strengths[0].1 - 0.5 / total).abs() < 1e-6, "{strengths:?}");
    assert!(strengths[1].0 == "old" && (strengths[1].1 - 0.25 / total).abs() < 1e-6, "{strengths:?}");
}

#[test]
fn a_renamed_file_keeps_its_past_under_its_present_path() {
    let history = "1: a b\n 2: a>c\n 3: c b\n 4: c>d b>e";
    check_partners(history, 9, "d", &["e 3/4"]);
    check_partners(history, 9, "a", &[]);
    check_partners("1: a x\n 2: a>b b>a\n", 9, "b", &["a 1/2", "x 1/2"]);
}

#[test]
fn a_name_used_again_is_a_file_of_its_own() {
    check_partners("1: a b\n 2: a>c\n 3: a z", 9, "a", &["z 1/1"]);
    check_partners("1: a b\n 2: a>c\n 3: a z", 9, "c", &["b 1/2"]);
}

#[test]
fn merges_sweeps_and_files_that_are_gone_are_no_company() {
    let sweep = (0..30).map(|n| format!("f{n}")).collect::<Vec<_>>().join(" ");
    check_partners(&format!("1: a b merge\n 2: a {sweep}\n 3: a c\n 4: -c"), 9, "a", &[]);
    let allowed = (0..29).map(|n| format!("f{n}")).collect::<Vec<_>>().join(" ");
    let (log, order) = log_of(&format!("1: a {allowed}"));
    assert_eq!(CoChange::learn(&log, &order, Timestamp(DAY_SECONDS)).partners("a").len(), 29);
}

#[test]
fn one_commit_in_common_ties_no_more_than_a_third() {
    let strength = |history: &str| {
        let (log, order) = log_of(history);
        let learned = CoChange::learn(&log, &order, Timestamp(2 * DAY_SECONDS));
        learned.partners("a").first().map(|one| one.strength)
    };
    assert_eq!(strength("2: a b"), Some((1.0_f64 / 3.0) as f32));
    assert_eq!(strength("1: a b\n 2: a b"), Some(1.0));
    assert!(strength("1: a b\n 1: a\n 1: a\n 2: a").is_some_and(|one| one < 0.26));
}
