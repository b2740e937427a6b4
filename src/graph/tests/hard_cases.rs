//! Do imports lead on where the way is hidden, and does text made to hurt come to an end?

use super::{check, graph_of};
use crate::graph::ImportGraph;

#[test]
fn rust_modules_declared_inside_macros_are_found_where_they_lie() {
    check(
        &[
            ("src/lib.rs", "cfg_cart! { pub mod cart; }\nmod stock;\n"),
            (
                "src/cart/mod.rs",
                "pub use self::lines::Line;\nuse crate::stock::Shelf;\nmacro_rules! sum { () => {} }\n",
            ),
            ("src/cart/lines.rs", "use super::sum;\npub struct Line;\n"),
            ("src/stock.rs", "pub struct Shelf;\n"),
            ("tests/flow.rs", "use shop::cart::Line;\nfn f(line: shop::cart::lines::Line) {}\n"),
            ("tests/data/broken.rs", "use crate::nothing;\nmod missing;\n"),
        ],
        &[("Cargo.toml", "[package]\nname = \"shop\"\nedition = \"2024\"\n")],
        "src/lib.rs -> src/stock.rs
         src/cart/mod.rs -> src/cart/lines.rs src/stock.rs
         src/cart/lines.rs -> src/cart/mod.rs
         tests/flow.rs -> src/cart/lines.rs",
        2,
    );
}

#[test]
fn rust_items_behind_globs_and_modules_written_in_place_are_found() {
    check(
        &[
            ("src/lib.rs", "mod prelude;\nmod stock;\nmod money;\npub mod outer { pub mod inner; }\n"),
            ("src/prelude.rs", "pub use crate::money::*;\npub use crate::stock::*;\n"),
            ("src/money.rs", "use crate::prelude::*;\nmod tax;\nmod sales;\n"),
            ("src/money/tax.rs", "use super::*;\nfn f() { sales::total(); }\n"),
            ("src/money/sales.rs", ""),
            ("src/stock.rs", "pub struct Shelf;\nuse crate::outer::inner::Thing;\n"),
            ("src/outer/inner.rs", "pub struct Thing;\nuse crate::prelude::Shelf;\nuse crate::prelude::Unknown;\n"),
        ],
        &[],
        "src/lib.rs -> src/prelude.rs src/money.rs src/stock.rs src/outer/inner.rs
         src/prelude.rs -> src/money.rs src/stock.rs
         src/money.rs -> src/prelude.rs src/money/tax.rs src/money/sales.rs
         src/money/tax.rs -> src/money.rs src/money/sales.rs
         src/stock.rs -> src/outer/inner.rs
         src/outer/inner.rs -> src/prelude.rs src/stock.rs",
        0,
    );
}

#[test]
fn rust_dependencies_may_be_renamed_and_old_editions_start_at_the_root() {
    check(
        &[
            ("core/src/lib.rs", "mod a;\nmod b;\n"),
            ("core/src/a.rs", "pub struct A;\n"),
            ("core/src/b.rs", "use a::A;\n"),
            ("app/src/main.rs", "use heart::A;\nuse my_core::B;\n"),
        ],
        &[
            ("core/Cargo.toml", "[package]\nname = \"my-core\"\n"),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nedition.workspace = true\n[dependencies]\nheart = { package = \"my-core\" }\n",
            ),
        ],
        "core/src/lib.rs -> core/src/a.rs core/src/b.rs
         core/src/b.rs -> core/src/a.rs
         app/src/main.rs -> core/src/lib.rs",
        0,
    );
}

#[test]
fn re_exports_and_modules_in_a_circle_come_to_an_end() {
    check(
        &[
            ("src/lib.rs", "#[path = \"lib.rs\"]\nmod again;\nmod a;\nmod b;\npub use a::*;\npub use b::*;\n"),
            ("src/a.rs", "#[path = \"b.rs\"]\nmod inner;\npub use crate::b::Thing;\npub use crate::*;\n"),
            ("src/b.rs", "#[path = \"a.rs\"]\nmod outer;\npub use crate::a::Thing;\npub use crate::Other;\n"),
        ],
        &[],
        "src/lib.rs -> src/a.rs src/b.rs
         src/a.rs -> src/lib.rs src/b.rs
         src/b.rs -> src/lib.rs src/a.rs",
        0,
    );
}

#[test]
fn rust_modules_that_declare_each_other_a_thousandfold_are_cut_off() {
    let names: Vec<String> = (0..40).map(|file| format!("m{file}")).collect();
    let lines: String = names.iter().map(|name| format!("#[path = \"{name}.rs\"]\nmod {name};\n")).collect();
    let paths: Vec<String> = names.iter().map(|name| format!("src/{name}.rs")).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), lines.as_str())).collect();
    files.push(("src/lib.rs", &lines));
    assert_eq!(graph_of(&files, &[]).n_edges(), 40 * 40);
}

#[test]
fn a_package_imported_again_and_again_is_looked_at_a_limited_number_of_times() {
    let imports = format!("package main\n{}", "import _ \"m/p\"\n".repeat(4_000));
    let paths: Vec<String> = (0..200).map(|file| format!("p/f{file}.go")).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "package p\n")).collect();
    files.push(("main.go", &imports));
    let graph = graph_of(&files, &[("go.mod", "module m\n")]);
    assert_eq!(graph.n_edges(), 200);
    assert!(graph.unresolved().1 < 200, "{:?}", graph.unresolved());
}

#[test]
fn c_headers_in_angle_brackets_are_ours_when_nothing_else_is_called_so() {
    check(
        &[
            ("src/eval.c", "#include <lua.h>\n#include <string.h>\n#include <sds.h>\n#include <openssl/ssl.h>\n"),
            ("src/string.h", ""),
            ("src/sds.h", ""),
            ("deps/lua/src/lua.h", ""),
            ("deps/redis/sds.h", ""),
        ],
        &[],
        "src/eval.c -> deps/lua/src/lua.h",
        0,
    );
}

#[test]
fn typescript_follows_references_exports_and_the_most_exact_alias() {
    check(
        &[
            (
                "web/src/page.ts",
                "import '@/parts/menu'\nimport '@/store'\nimport '@/gone'\nimport '@org/ui/deep'\nimport 'react'\n",
            ),
            ("web/src/parts/menu.ts", ""),
            ("web/src/store.ts", ""),
            ("web/library/menu.ts", ""),
            ("ui/src/deeply.ts", ""),
        ],
        &[
            ("web/tsconfig.json", "{ \"files\": [], \"references\": [{ \"path\": \"./tsconfig.app.json\" }] }"),
            (
                "web/tsconfig.app.json",
                "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"], \"@/parts/*\": [\"./library/*\"] } } }",
            ),
            ("pnpm-workspace.yaml", "packages:\n  - 'web'\n  # ours\n  - \"u*\" # and more\n"),
            (
                "ui/package.json",
                "{ \"name\": \"@org/ui\", \"exports\": { \"./deep\": { \"import\": \"./src/deeply.ts\" } } }",
            ),
        ],
        "web/src/page.ts -> web/src/store.ts web/library/menu.ts ui/src/deeply.ts",
        1,
    );
}

#[test]
fn broken_and_hostile_manifests_are_passed_over() {
    let files = [("a.js", "import './b'\nimport 'x'\n"), ("b.js", ""), ("l.rs", ""), ("m.go", "package m\n")];
    let deep = "[".repeat(100_000);
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(2_000_000));
    let selves = "\"./tsconfig.json\",".repeat(50);
    let circle = format!("{{\"extends\": [{selves}], \"references\": [{{\"path\": \".\"}}]}}");
    for name in ["package.json", "tsconfig.json", "jsconfig.json", "Cargo.toml", "go.mod"] {
        for text in ["", "{", "[", "\0", "{}", "[]", "null", "module", "package = 1", &deep, &long, &circle] {
            let found = edges(&graph_of(&files, &[(name, text)]));
            assert_eq!(found, [("a.js".to_owned(), "b.js".to_owned())], "{name}: {text:.20}");
        }
    }
}

#[test]
fn the_edges_are_the_same_in_any_order_of_files() {
    let mut files = vec![
        ("Core/src/lib.rs", "pub mod a;\npub use a::*;\n"),
        ("Core/src/a.rs", "pub struct A;\n"),
        ("Core/tests/one.rs", "mod common;\nuse core_library::A;\n"),
        ("Core/tests/two.rs", "mod common;\nuse core_library::A;\n"),
        ("Core/tests/common/mod.rs", "use super::f;\n"),
        ("x/T.java", "package p; class T { U u; }"),
        ("x/a/U.java", "package p; class U {}"),
        ("x/b/U.java", "package p; class U {}"),
        ("one/pkg/__init__.py", "import other\n"),
        ("two/other/__init__.py", ""),
        ("three/other/__init__.py", ""),
    ];
    let manifests = [("Core/Cargo.toml", "[package]\nname = \"core-library\"\n")];
    let forward = edges(&graph_of(&files, &manifests));
    files.reverse();
    assert_eq!(edges(&graph_of(&files, &manifests)), forward);
    assert_eq!(forward.len(), 8, "{forward:#?}");
}

/// Every edge by its paths, sorted.
fn edges(graph: &ImportGraph) -> Vec<(String, String)> {
    let of_file = |from| graph.imports(from).map(move |to| (graph.file(from).to_owned(), graph.file(to).to_owned()));
    let mut edges: Vec<(String, String)> = (0..graph.len() as u32).flat_map(of_file).collect();
    edges.sort_unstable();
    edges
}
