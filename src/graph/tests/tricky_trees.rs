//! Do imports lead on in the trees that trip simple readers up?

use super::check;

#[test]
fn python_src_layouts_namespace_packages_and_type_checking_are_followed() {
    check(
        &[
            ("docs/conf.py", "import shop\n"),
            ("src/shop/__init__.py", "from shop.cart import Cart as Cart\nfrom .ns import part\n"),
            (
                "src/shop/cart.py",
                "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import money\ndef f():\n    import shop.ns.part as p\n",
            ),
            ("src/shop/money.py", "import shop._version\n"),
            ("src/shop/ns/part.py", "from shop import Cart\nfrom ..money import *\n"),
            ("tests/shop/test_cart.py", "from shop import cart, money\n"),
        ],
        &[("pyproject.toml", "")],
        "docs/conf.py -> src/shop/__init__.py
         src/shop/__init__.py -> src/shop/cart.py src/shop/ns/part.py
         src/shop/cart.py -> src/shop/money.py src/shop/ns/part.py
         src/shop/money.py -> src/shop/__init__.py
         src/shop/ns/part.py -> src/shop/__init__.py src/shop/money.py
         tests/shop/test_cart.py -> src/shop/cart.py src/shop/money.py",
        1,
    );
}

#[test]
fn typescript_prefers_declarations_and_javascript_code() {
    check(
        &[
            ("app/use.js", "import x from '../lib/a.js'; import kit from 'kit'; import deep from 'kit/deep'\n"),
            (
                "app/use.ts",
                "import x from '../lib/a.js'; import y from '../lib/b'; import kit from 'kit'; import z from '../lib/c.mjs'\n",
            ),
            ("kit/index.d.ts", ""),
            ("kit/index.js", "import './inner/deep.js'\n"),
            ("kit/inner/deep.js", "import 'kit/deep'\n"),
            ("lib/a.d.ts", ""),
            ("lib/a.js", ""),
            ("lib/b.js", ""),
            ("lib/c.mts", ""),
            ("other/x.js", "import 'kit'\n"),
        ],
        &[
            ("app/package.json", "{\"dependencies\": {\"kit\": \"file:../kit\"}}"),
            (
                "kit/package.json",
                "{\"name\": \"kit\", \"exports\": {\".\": {\"types\": \"./index.d.ts\", \"default\": \"./index.js\"}, \"./*\": \"./inner/*.js\"}}",
            ),
        ],
        "app/use.js -> kit/index.js kit/inner/deep.js lib/a.js
         app/use.ts -> kit/index.d.ts lib/a.d.ts lib/b.js lib/c.mts
         kit/index.js -> kit/inner/deep.js",
        0,
    );
}

#[test]
fn packages_out_of_sight_are_packages_from_elsewhere() {
    check(
        &[
            ("fixtures/react/index.js", ""),
            ("packages/a/index.js", "import 'b'; import 'react'; import 'c'\n"),
            ("packages/b/index.js", ""),
            ("packages/old/index.js", ""),
            ("tools/run.js", "import 'b'; import 'old'\n"),
        ],
        &[
            ("fixtures/react/package.json", "{\"name\": \"react\"}"),
            ("packages/package.json", "{\"workspaces\": [\"*\", \"!old\"]}"),
            ("packages/a/package.json", "{\"name\": \"a\"}"),
            ("packages/b/package.json", "{\"name\": \"b\"}"),
            ("packages/old/package.json", "{\"name\": \"old\"}"),
            ("tools/package.json", "{\"devDependencies\": {\"b\": \"workspace:*\", \"old\": \"^1.0.0\"}}"),
        ],
        "packages/a/index.js -> packages/b/index.js
         tools/run.js -> packages/b/index.js",
        0,
    );
}

#[test]
fn go_modules_may_be_many_replaced_and_vendored() {
    check(
        &[
            (
                "a/main.go",
                "package main\nimport \"m.org/b/util\"\nimport \"fork.org/c\"\nimport \"v.org/d\"\nimport \"m.org/a/internal/x\"\nvar _ = util.U\nvar _ = c.C\nvar _ = d.D\nvar _ = x.X\n",
            ),
            ("a/internal/x/x.go", "package x\nvar X = 1\n"),
            ("a/vendor/v.org/d/d.go", "package d\nvar D = 1\n"),
            ("b/util/u.go", "package util\nimport \"C\"\nimport \"fmt\"\nvar U = 1\n"),
            ("c/c.go", "package c\nvar C = 1\n"),
        ],
        &[
            (
                "a/go.mod",
                "module m.org/a\nreplace (\n\tfork.org/c v1.0.0 => ../c // ours\n)\nreplace x.org/y => y.org/z v1.2.3\n",
            ),
            ("b/go.mod", "module m.org/b\n"),
            ("c/go.mod", "module original.org/c\n"),
        ],
        "a/main.go -> a/internal/x/x.go a/vendor/v.org/d/d.go b/util/u.go c/c.go",
        0,
    );
}

#[test]
fn java_names_written_in_full_and_nested_ones_lead_to_their_files() {
    check(
        &[
            (
                "src/a/App.java",
                "package a;\nimport static b.Tool.Part.*;\nclass App { static class Tool implements b.Tool {} c.deep.Far f = c.deep.Far.MAX; Map.Entry e; }",
            ),
            ("src/a/Entry.java", "package a;\nclass Entry {}"),
            ("src/b/Tool.java", "package b;\npublic interface Tool { class Part {} }"),
            ("src/c/deep/Far.java", "package c.deep;\npublic enum Far { MAX }"),
            ("src/Main.java", "class Main { Side side; a.App app; }"),
            ("src/Side.java", "class Side {}"),
        ],
        &[],
        "src/a/App.java -> src/b/Tool.java src/c/deep/Far.java
         src/Main.java -> src/a/App.java src/Side.java",
        0,
    );
}

#[test]
fn rust_paths_through_aliases_and_their_own_modules_are_followed() {
    check(
        &[
            (
                "src/lib.rs",
                "mod a;\npub mod b;\npub use crate::b::Thing as Renamed;\nuse self::a as first;\nfn f() { first::go(); }\n",
            ),
            ("src/a.rs", "pub fn go() { super::b::inner::call(); }\n#[path = \"odd/c.rs\"]\nmod c;\n"),
            ("src/b.rs", "pub struct Thing;\npub mod inner { pub fn call() { super::super::a::go() } }\n"),
            ("src/odd/c.rs", "use super::super::b::{self, Thing};\n"),
        ],
        &[("Cargo.toml", "[package]\nname = \"shop\"\nedition = \"2021\"\n")],
        "src/lib.rs -> src/a.rs src/b.rs
         src/a.rs -> src/b.rs src/odd/c.rs
         src/b.rs -> src/a.rs
         src/odd/c.rs -> src/b.rs",
        0,
    );
}

#[test]
fn rust_names_under_other_names_are_followed_to_what_they_name() {
    check(
        &[
            (
                "facade/src/lib.rs",
                "pub extern crate my_inner as inner;\npub use my_inner::deep as shallow;\npub use my_inner::Thing as Other;\n",
            ),
            ("inner/src/lib.rs", "pub mod deep;\nmod thing;\npub use thing::Thing;\n"),
            ("inner/src/deep.rs", "pub fn go() {}\n"),
            ("inner/src/thing.rs", "pub struct Thing;\n"),
            (
                "app/src/main.rs",
                "use facade as f;\nuse facade::{Other, self as g};\nfn main() { facade::inner::deep::go(); f::shallow::go(); }\n",
            ),
        ],
        &[
            ("facade/Cargo.toml", "[package]\nname = \"facade\"\nedition = \"2021\"\n"),
            ("inner/Cargo.toml", "[package]\nname = \"my-inner\"\nedition = \"2021\"\n"),
            ("app/Cargo.toml", "[package]\nname = \"app\"\nedition = \"2021\"\n"),
        ],
        "facade/src/lib.rs -> inner/src/lib.rs inner/src/deep.rs inner/src/thing.rs
         inner/src/lib.rs -> inner/src/deep.rs inner/src/thing.rs
         app/src/main.rs -> facade/src/lib.rs inner/src/deep.rs inner/src/thing.rs",
        0,
    );
}

#[test]
fn c_headers_are_searched_where_the_build_file_says() {
    check(
        &[
            ("deps/hiredis/sds.h", ""),
            ("src/sds.h", ""),
            ("src/cli.c", "#include <sds.h>\n#include \"sds.h\"\n#include \"net.h\"\n#include <stdio.h>\n"),
            ("lib/net.h", ""),
            ("old/net.h", ""),
        ],
        &[("src/Makefile", "CFLAGS += -I../deps/hiredis -I../lib\n")],
        "src/cli.c -> deps/hiredis/sds.h src/sds.h lib/net.h",
        0,
    );
}
