//! Does a version cost less and say the same?
//!
//! Texts of every language go through long chains of edits, most of which break them. After each the versions' reader
//! must say what `read` says of the text alone; texts that are whole must say the same taken apart and in one piece.

use super::read::{read_facts, read_in_one_piece};
use super::{Language, Versions, read};

const TEXTS: &[(&str, &str)] = &[
    (
        "a.py",
        "\"\"\"Doc.\"\"\"\nimport os, ssl\nfrom a.b import (c,\n    d)\n\nX = {\n  'a': 1,\n}\n\n@deco(1)\ndef f(a, b=2):\n    \
         \"\"\"Doc.\n\nmore\n\"\"\"\n    if a and b:\n        return [x for x in a if x]\n    # last\n\n\nclass A(B, metaclass=M):\n    \
         x: int = 1\n\n    def f(self, y):\n        def inner(z):\n            return z or y\n        return inner\n\n    \
         @property\n    def g(self):\n        return self.x\n\n    class In(A):\n        def h(self): pass\n\nif X:\n    \
         y = 1\nelse:\n    y = 2\nasync def last():\n    await f(1)\n",
    ),
    (
        "a.rs",
        "//! Doc.\n#![allow(x)]\nuse a::{b, c::d};\nuse e;\n\n/// Doc.\n#[derive(Debug)]\npub struct S<'a> { x: &'a str }\n\n\
         impl<'a> S<'a> {\n    /// Doc.\n    fn f(&self, y: u8) -> Option<u8> {\n        if y > 1 && self.x == \"}\" \
         { crate::k::L::new()?; }\n        match y { 1 => None, _ => Some(2) }\n    }\n\n    const C: u8 = 1;\n}\n\n\
         pub(crate) mod inner {\n    use super::S;\n    mod deep;\n    fn g() { self::h::go(super::x::y()); }\n    \
         trait T: U {\n        fn t() {}\n    }\n}\n\nmacro_rules! m { ($x:expr) => { $x } }\nstatic A: [u8; 2] = [1, 2];\n",
    ),
    (
        "a.js",
        "'use strict'\nconst a = require('a')\nconst { b } = require('./b')\n\nmodule.exports = { a, b }\n\n/** Doc. */\n\
         function f (x, y = 1) {\n  if (x || y) { return /[}]/.test(`${x}{`) }\n  return x ?? y\n}\n\nclass A extends B {\n  \
         x = 1\n  static y = () => { return 1 ? 2 : 3 }\n\n  get z () { return this.x }\n}\n\nA.prototype.w = function () {\n  \
         for (const k of a) k()\n}\nexport default class extends A {\n  m() {}\n}\n",
    ),
    (
        "a.ts",
        "import { A } from './a';\n\nexport interface I extends J<string> {\n  x: number;\n}\n\n@Comp({ a: 1 })\nexport \
         abstract class C<T> extends A implements I {\n  private readonly x = 1;\n\n  constructor(private y: T) { super(); }\n\n  \
         abstract f(): void;\n\n  g(z?: string): T | null {\n    return z && this.x ? this.y : null;\n  }\n}\n\n\
         export const h = (a: I) => {\n  return a.x;\n};\n",
    ),
    (
        "a.tsx",
        "import React from 'react';\n\nexport const View = (p: P) => {\n  return <div a={p.x}>it is {p.y ? <b>b</b> : null}</div>;\n\
         };\n\nexport function Other() {\n  return <View x={1} />;\n}\n",
    ),
    (
        "a.go",
        "// Package p.\npackage p\n\nimport (\n\t\"m/util\"\n\th \"net/http\"\n\tx \"m/v2\"\n)\n\nvar a, b = 1, `\n}`\n\ntype S struct {\n\tA x.Name\n}\n\n\
         // F does.\nfunc (s *S) F(a int) (err error) {\n\tif err := util.Do(a); err != nil && a > 0 {\n\t\treturn err\n\t}\n\t\
         return nil\n}\n\nfunc G() { x.Go() }\n",
    ),
    (
        "A.java",
        "/* Licence. */\npackage a.b;\n\nimport a.C;\nimport java.util.*;\n\n/** Doc. */\n@Ann(x = 1)\npublic final class A<T> \
         extends B implements I {\n\n    private static final int X = 1;\n    int y;\n\n    public A(int y) {\n        this.y = y > \
         0 ? y : -y;\n    }\n\n    @Override\n    public <K> K f(final K k) throws E {\n        try { run(() -> { if (y > 1) \
         { go(); } }); } catch (E e) { throw e; }\n        return k;\n    }\n\n    enum Color { RED, GREEN { void f() {} }; }\n\n    \
         static class In extends A {\n        void g() {}\n    }\n\n    interface J {\n        default int h() { return 1; }\n    }\n}\n",
    ),
    (
        "a.c",
        "/* Licence. */\n#include \"a.h\"\n#include <stdio.h>\n#define M(x) do { \\\n    x; } while (0)\n\n#ifdef A\nstatic int a;\n\
         #else\nstatic long a;\n#endif\n\nstruct s {\n    int x; /* } */\n};\n\nstatic int\nf(int a, char *b)\n{\n#if B\n    if (a) \
         {\n#else\n    if (b) {\n#endif\n        return 1;\n    }\n    return a && b ? '}' : 2;\n}\n\nint g(void) { return 0; }\n",
    ),
    (
        "a.cpp",
        "#pragma once\n#include <vector>\n\nnamespace n {\n\ntemplate <class T>\nclass A : public B<T> {\npublic:\n    A() : x{1} {}\n    \
         ~A();\n    bool f(int a) const override {\n        for (auto& b : c) { if (a && b) return true; }\n        return false;\n    \
         }\n#ifdef X\n    int g() { return 1; }\n#endif\nprivate:\n    int x;\n};\n\nint A<int>::h() { return 2; }\n\n}  // namespace n\n\n\
         struct {\n    int m() { return 1; }\n} one;\n\
         extern \"C\" {\nint k(void) { return 1; }\n}\n",
    ),
    (
        "A.cs",
        "using System.Data;\n\nnamespace A.B\n{\n    public class C : D\n    {\n        public int F(int x)\n        {\n            \
         return x > 0 && x < 9 ? E.G(x) : 0;\n        }\n    }\n}\n",
    ),
    (
        "a.rb",
        "require 'openssl'\n\nmodule A\n  class B < C\n    def f(x)\n      return D.new(x) if x && x > 1\n      x\n    end\n  end\nend\n",
    ),
    (
        "a.php",
        "# a heading\n<?php\nnamespace A\\B;\n\nuse C\\D;\n\nclass E extends D {\n    function f($x) {\n        foreach ($x as $y) { if ($y \
         || $x) { return new D($y); } }\n    }\n}\n",
    ),
    (
        "A.kt",
        "package a.b\n\nimport java.sql.Connection\n\nclass A(val x: Int) : B() {\n    fun f(y: Int?): Int = when {\n        y == null \
         -> 0\n        else -> y\n    }\n}\n",
    ),
];

/// Numbers without pattern, always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// One edit of whole lines, or of a few characters.
fn edited(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let others: Vec<&str> = other.split_inclusive('\n').collect();
    let at = dice.below(lines.len() + 1);
    let end = (at + dice.below(4)).min(lines.len());
    match dice.below(7) {
        0 => drop(lines.drain(at..end)),
        1 => lines.insert(at, others[dice.below(others.len())]),
        2 => lines.splice(at..at, others.iter().copied()).for_each(drop),
        3 => lines.extend_from_within(at..end),
        4 if end > at => lines[at..end].reverse(),
        5 => lines.insert(at, ["}\n", "{\n", "\"\"\"\n", "/*\n", "    x\n", "#endif\n", "é = '\n"][dice.below(7)]),
        _ => {
            let mut text = text.to_owned();
            let place = text.floor_char_boundary(dice.below(text.len() + 1));
            text.insert_str(place, ["(", "}", "\"", " ", "\n", "x", "'"][dice.below(7)]);
            return text;
        }
    }
    lines.concat()
}

#[test]
fn a_version_says_what_its_text_says_alone_whatever_came_before() {
    for &(path, text) in TEXTS {
        let (mut versions, mut dice) = (Versions::default(), Dice(0x5eed));
        let mut version = text.to_owned();
        for step in 0..60 {
            let facts = read(path, version.as_bytes());
            if let Ok(facts) = &facts
                && facts.has_parse_errors
            {
                let language = Language::of_path(path).unwrap();
                assert_eq!(&read_in_one_piece(language, path, &version).unwrap(), facts, "{path}, step {step}");
            }
            let alone = facts.map(|facts| facts.metrics);
            assert_eq!(versions.measure(path, version.as_bytes()), alone, "{path}, step {step}:\n{version}");
            version = if step % 20 == 19 { text.to_owned() } else { edited(&version, text, &mut dice) };
        }
    }
}

#[test]
fn a_text_says_the_same_taken_apart_and_in_one_piece() {
    for &(path, text) in TEXTS {
        let language = Language::of_path(path).unwrap();
        for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("{text}{}", text.trim_end())] {
            let in_one_piece = read_in_one_piece(language, path, &text).unwrap();
            let taken_apart = read_facts(path, text.as_bytes()).unwrap();
            if !in_one_piece.has_parse_errors {
                assert_eq!(taken_apart, in_one_piece, "{path}\n{text}");
            }
        }
        assert!(!read(path, text.as_bytes()).unwrap().has_parse_errors || path == "a.c", "{path} has parse errors");
    }
}

#[test]
fn a_text_with_an_error_is_read_in_one_piece_wherever_the_error_stands() {
    let good = "int g(int a) {\n    return a && 1;\n}\n";
    let broken = "int f(void) { if ( ] {\n    MACRO(if (a) b || c)\n}\n";
    for text in [format!("{good}\n{broken}"), format!("{broken}\n{good}"), format!("{good}\n{broken}\n{good}")] {
        let facts = read("a.c", text.as_bytes()).unwrap();
        assert!(facts.has_parse_errors);
        assert_eq!(facts, read_in_one_piece(Language::C, "a.c", &text).unwrap());
        assert_eq!(Versions::default().measure("a.c", text.as_bytes()), Ok(facts.metrics));
    }
}

#[test]
fn what_breaks_a_limit_breaks_it_as_a_version_too() {
    let mut versions = Versions::default();
    for (path, text) in [
        ("a.xyz", "x".to_owned()),
        ("a.js", "a".repeat(20_000)),
        ("a.c", "a\0".to_owned()),
        ("a.js", ("[".repeat(5_000) + "\n").repeat(8) + &("]".repeat(5_000) + "\n").repeat(8)),
        ("a.c", "\n".repeat(2 << 20)),
    ] {
        let alone = read(path, text.as_bytes()).map(|facts| facts.metrics);
        assert!(alone.is_err(), "{path}");
        assert_eq!(versions.measure(path, text.as_bytes()), alone);
    }
}

#[test]
fn thousands_of_imports_are_counted_as_the_whole_file_counts_them() {
    let text: String = (0..6_000).map(|n| format!("import m{n}\n")).collect();
    let alone = read("a.py", text.as_bytes()).map(|facts| facts.metrics);
    assert_eq!(Versions::default().measure("a.py", text.as_bytes()), alone);
}
