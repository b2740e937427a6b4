//! Does the graph know what files use of each other, where they stand, and what a change does to that?

use super::{graph_of, read};
use crate::code::FileFacts;
use crate::graph::{CallCounts, CallGraph, Drift, FunctionAt, ImportGraph, SourceFile, Structure, in_graph};

/// Files by number, each importing the ones named after it: `0: 1 2`.
fn python_files(n_files: usize, imports: &[(usize, usize)]) -> Vec<(String, FileFacts)> {
    let file = |at: usize| {
        let of_file = imports.iter().filter(|(from, _)| *from == at);
        let text: String = of_file.map(|(_, to)| format!("import m{to}\n")).collect();
        (format!("m{at}.py"), read("m.py", text.as_bytes()).expect("the text is small"))
    };
    (0..n_files).map(file).collect()
}

fn build(files: &[(String, FileFacts)]) -> ImportGraph {
    ImportGraph::build(&sources(files), &[])
}

fn sources(files: &[(String, FileFacts)]) -> Vec<SourceFile<'_>> {
    files.iter().map(|(path, facts)| SourceFile { path, facts }).collect()
}

fn numbered(n_files: usize, imports: &[(usize, usize)]) -> ImportGraph {
    build(&python_files(n_files, imports))
}

/// What every file uses of every file it imports, as `from > to: names`.
fn symbols_of(files: &[(&str, &str)], manifests: &[(&str, &str)]) -> Vec<String> {
    let graph = graph_of(files, manifests);
    let line = |from: u32, to: u32| {
        format!("{} > {}: {}", graph.file(from), graph.file(to), graph.symbols(from, to).join(" "))
    };
    (0..graph.len() as u32)
        .flat_map(|from| graph.imports(from).map(move |to| (from, to)))
        .map(|(from, to)| line(from, to))
        .collect()
}

#[test]
fn an_import_knows_the_names_it_is_there_for_most_used_first() {
    let python = [
        (
            "app.py",
            "from db import Session, LIMIT\nimport util\ndef a():\n    util.trim(LIMIT)\n    Session().close()\n    {}.get(1)\ndef b():\n    util.trim(1)\n    util.pad(2)\n",
        ),
        ("db.py", "LIMIT = 3\nclass Session:\n    def close(self): pass\nclass Row:\n    def get(self): pass\n"),
        ("util.py", "def trim(x): pass\ndef pad(x): pass\ndef other(x): pass\n"),
    ];
    assert_eq!(symbols_of(&python, &[]), ["app.py > db.py: Session LIMIT close", "app.py > util.py: trim pad"]);
    let java = [
        ("p/A.java", "package p; class A { B b; void f() { new B(); } }"),
        ("p/B.java", "package p; class B { B() {} }"),
    ];
    assert_eq!(symbols_of(&java, &[]), ["p/A.java > p/B.java: B"]);
    let script =
        [("a.ts", "import {x, Y} from './b';\nx();\n"), ("b.ts", "export function x() {}\nexport class Y {}\n")];
    assert_eq!(symbols_of(&script, &[]), ["a.ts > b.ts: x Y"]);
    let go = [
        ("a/a.go", "package a\nimport \"x.y/m/b\"\nfunc F() { b.G(); b.G() }\n"),
        ("b/b.go", "package b\nfunc G() {}\n"),
        ("b/c.go", "package b\nfunc H() {}\n"),
    ];
    assert_eq!(symbols_of(&go, &[("go.mod", "module x.y/m\n")])[0], "a/a.go > b/b.go: G");
}

#[test]
fn a_name_that_many_imported_files_have_says_nothing_and_the_list_is_short() {
    let imports: String = (0..5).map(|at| format!("import m{at}\n")).collect();
    let main = format!("{imports}def f():\n    m0.run()\n");
    let many: String = (0..20).map(|at| format!("def f{at}(): pass\n")).collect();
    let user: String =
        std::iter::once("from many import *\n".to_owned()).chain((0..20).map(|at| format!("f{at}()\n"))).collect();
    let mut files = vec![("main.py", main.as_str()), ("many.py", &many), ("user.py", &user)];
    let names: Vec<String> = (0..5).map(|at| format!("m{at}.py")).collect();
    files.extend(names.iter().map(|name| (name.as_str(), "def run(): pass\n")));
    let graph = graph_of(&files, &[]);
    assert_eq!(graph.fan_out(0), 5);
    assert!(graph.imports(0).all(|to| graph.symbols(0, to).is_empty()));
    assert_eq!(graph.symbols(2, 1).len(), 8);
    assert!(graph.symbols(1, 2).is_empty() && graph.symbols(99, 98).is_empty());
}

#[test]
fn functions_are_reached_through_the_calls_of_others() {
    let texts = [
        ("a.py", "from b import mid\ndef top():\n    mid()\n    print()\ndef helper():\n    top()\n"),
        ("b.py", "import c\ndef mid():\n    c.low()\n    c.Thing()\n"),
        ("c.py", "def low(): pass\nclass Thing:\n    def __init__(self): low()\n"),
    ];
    let files: Vec<(String, FileFacts)> =
        texts.iter().map(|(path, text)| ((*path).to_owned(), read(path, text.as_bytes()).expect("small"))).collect();
    let calls = CallGraph::build(&build(&files), &sources(&files));
    let at = |file, function| FunctionAt { file, function };
    assert_eq!(calls.callers(2, 0), [at(1, 0), at(2, 1)]);
    assert_eq!(calls.callees(1, 0), [at(2, 0), at(2, 1)]);
    let reached = calls.reached_functions(&[at(2, 0)], 9);
    let found: Vec<(FunctionAt, u32)> = reached.iter().map(|one| (one.at, one.depth)).collect();
    assert_eq!(found, [(at(1, 0), 1), (at(2, 1), 1), (at(0, 0), 2), (at(0, 1), 3)]);
    assert_eq!(calls.reached_functions(&[at(2, 0), at(7, 7), at(2, u32::MAX)], 1).len(), 2);
    let expected = CallCounts { n_calls: 6, n_local: 2, n_imported: 3, n_ambiguous: 0, n_unresolved: 1 };
    assert_eq!(calls.counts(), expected);
}

#[test]
fn imports_lead_down_the_layers_and_a_circle_is_one_step() {
    let graph = numbered(6, &[(0, 1), (1, 2), (2, 1), (2, 3), (0, 3), (4, 4)]);
    let structure = Structure::of(&graph);
    let layers: Vec<u32> = (0..6).map(|file| structure.layer(file)).collect();
    assert_eq!(layers, [2, 1, 1, 0, 0, 0]);
    assert_eq!(structure.cycle_of(1), Some(&[1, 2][..]));
    assert_eq!((structure.cycle_of(0), structure.cycle_of(4), structure.layer(99)), (None, None, 0));
}

#[test]
fn betweenness_counts_shortest_paths_through_a_file() {
    // 0 -> {1, 2} -> 3 -> 4: both of the middle carry half of the ways from 0 to 3 and 4.
    let graph = numbered(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]);
    let structure = Structure::of(&graph);
    let found: Vec<f64> = (0..5).map(|file| structure.betweenness(file)).collect();
    assert_eq!(found, [0.0, 1.0, 1.0, 3.0, 0.0]);
}

#[test]
fn drift_names_what_came_and_went_and_the_shortest_new_circle() {
    let before = numbered(5, &[(0, 1), (1, 2), (2, 3), (3, 4)]);
    let after = numbered(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 0)]);
    let drift = Drift::between(&before, &after);
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(drift.new_edges, [pair("m3.py", "m0.py"), pair("m3.py", "m1.py")]);
    assert_eq!(drift.removed_edges, [pair("m3.py", "m4.py")]);
    assert_eq!(drift.new_cycles, [["m3.py", "m1.py", "m2.py"]]);
    assert!(drift.against_the_grain.is_empty());
    assert!(Drift::between(&after, &after).is_empty());
    // One more way around inside an old circle makes no new one.
    let more = numbered(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 0), (2, 0)]);
    assert!(Drift::between(&after, &more).new_cycles.is_empty());
}

#[test]
fn an_import_against_a_settled_direction_runs_against_the_grain() {
    let ordinary = |n: usize| -> Vec<(usize, usize)> { (0..n).map(|at| (at, 20)).collect() };
    let component =
        |path: &str| if path == "m20.py" || path == "m21.py" { "core".to_owned() } else { "app".to_owned() };
    let against = |n_ordinary: usize, n_back: usize| {
        let old: Vec<_> = ordinary(n_ordinary).into_iter().chain((0..n_back).map(|at| (21, at))).collect();
        let new: Vec<_> = old.iter().copied().chain([(20, 19)]).collect();
        Drift::between_components(&numbered(22, &old), &numbered(22, &new), component).against_the_grain
    };
    let found = against(12, 0);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].from.as_str(), found[0].to.as_str(), found[0].n_other_way, found[0].n_this_way),
        ("m20.py", "m19.py", 12, 0)
    );
    assert_eq!(against(19, 1).len(), 1);
    assert!(against(9, 0).is_empty(), "too few");
    assert!(against(12, 6).is_empty(), "no direction");
}

#[test]
fn foreign_files_are_left_out_and_counted() {
    let facts = read("a.py", b"import b\n").expect("the text is small");
    let tree = [
        ("a.py", Some(&facts)),
        ("vendor/b.py", Some(&facts)),
        ("node_modules/x/i.js", None),
        ("c.swift", None),
        ("d.md", None),
    ];
    let (files, left_out) = in_graph(tree);
    let summary = ImportGraph::build(&files, &[]).with_left_out(left_out).summary();
    assert_eq!((summary.n_files, summary.n_edges), (1, 0));
    assert_eq!((summary.left_out.n_left_out, summary.left_out.n_without_grammar), (2, 1));
}

#[test]
fn an_updated_graph_equals_a_fresh_one_all_along_a_history() {
    let names = ["a", "b", "c", "d", "p/__init__", "p/e"];
    let languages = ["py", "rs", "java", "rb", "cs", "go", "ts", "php"];
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let text = |language: &str, to: &str, name: usize| match language {
        "py" => format!("import {0}\nfrom p import e\ndef f{name}(): {0}.f{name}()\n", to.replace('/', ".")),
        "rs" => {
            format!("mod {to};\nuse crate::{to}::f{name};\npub use self::{to}::*;\npub fn f{name}() {{ f{name}() }}\n")
        }
        "java" => format!("package q; class T{name} {{ T{} x; }}\n", name + 1),
        "rb" => format!("require_relative '{to}'\nclass T{name}; def f; T{}.g(1); end; end\n", name + 1),
        "cs" => format!("global using N{name};\nnamespace N{name} {{ class T{name} {{ T{} x; }} }}\n", name + 1),
        "go" => format!("package g{}\nfunc F{name}() {{ F{}() }}\n", name % 2, name + 1),
        "ts" => format!("import {{f{name}}} from './{to}';\nexport function f{name}() {{ f{name}(); }}\n"),
        _ => format!("<?php namespace N; class T{name} {{ function f() {{ new T{}(); }} }}\n", name + 1),
    };
    let mut files: Vec<(String, FileFacts)> = Vec::new();
    let mut graph = build(&files);
    let mut n_edges_seen = 0;
    for step in 0..150 {
        for _ in 0..=random(3) {
            let (name, language) = (names[random(names.len())], languages[random(languages.len())]);
            let path = format!("{name}.{language}");
            let at = files.iter().position(|file| file.0 == path);
            match at {
                Some(at) if random(5) == 0 => drop(files.remove(at)),
                _ => {
                    let facts =
                        read(&path, text(language, names[random(names.len())], random(4)).as_bytes()).expect("small");
                    match at {
                        Some(at) => files[at].1 = facts,
                        None => files.push((path, facts)),
                    }
                }
            }
        }
        let fresh = build(&files);
        graph = graph.update(&sources(&files), &[]);
        n_edges_seen += graph.n_edges();
        assert_eq!(graph, fresh, "step {step}");
        let graph_edges: Vec<_> =
            (0..graph.len() as u32).flat_map(|from| graph.imports(from).map(move |to| (from, to))).collect();
        assert!(graph_edges.iter().all(|&(from, to)| graph.symbols(from, to) == fresh.symbols(from, to)));
    }
    assert!(n_edges_seen > 1_000, "{n_edges_seen}");
}

#[test]
fn a_changed_manifest_is_seen_by_an_update() {
    let texts = [("a/a.go", "package a\nimport \"x.y/m/b\"\n"), ("b/b.go", "package b\n")];
    let files: Vec<(String, FileFacts)> =
        texts.iter().map(|(path, text)| ((*path).to_owned(), read(path, text.as_bytes()).expect("small"))).collect();
    let manifest = |name: &str| [("go.mod".to_owned(), format!("module {name}\n"))];
    let graph = ImportGraph::build(&sources(&files), &manifest("other"));
    assert_eq!(graph.n_edges(), 0);
    assert_eq!(graph.update(&sources(&files), &manifest("x.y/m")).n_edges(), 1);
}

#[test]
fn hubs_chains_and_circles_of_fifty_thousand_files_take_no_quadratic_time() {
    const N_FILES: usize = 50_000;
    let hub = read("m0.py", b"def f(): pass\n").expect("small");
    let importer = read("m1.py", b"import m0\nm0.f()\n").expect("small");
    let mut files = vec![("m0.py".to_owned(), hub)];
    files.extend((1..N_FILES).map(|at| (format!("m{at}.py"), importer.clone())));
    let graph = build(&files);
    assert_eq!((graph.fan_in(0), graph.symbols(7, 0)), (N_FILES - 1, vec!["f"]));
    let structure = Structure::of(&graph);
    assert_eq!((structure.layer(0), structure.layer(9), structure.betweenness(0)), (0, 1, 0.0));
    assert!(CallGraph::build(&graph, &sources(&files)).counts().n_calls == 0);

    let file = |at: usize, to: usize| {
        let mut facts = files[1].1.clone();
        facts.imports[0].target = format!("m{to}");
        (format!("m{at}.py"), facts)
    };
    let circle: Vec<(String, FileFacts)> = (0..N_FILES).map(|at| file(at, (at + 1) % N_FILES)).collect();
    let chain: Vec<(String, FileFacts)> = (0..N_FILES).map(|at| file(at, (at + 1).min(N_FILES - 1))).collect();
    let (circle, chain) = (build(&circle), build(&chain));
    assert_eq!(Structure::of(&chain).layer(0), N_FILES as u32 - 1);
    assert_eq!(Structure::of(&circle).cycle_of(3).map(<[u32]>::len), Some(N_FILES));
    let drift = Drift::between(&chain, &circle);
    assert_eq!(drift.new_cycles.iter().map(Vec::len).collect::<Vec<_>>(), [N_FILES]);
}
