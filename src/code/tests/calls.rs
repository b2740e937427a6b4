//! Is what a function calls found in every language?

use crate::code::read;

/// `expected` has `function: name name`, methods with a dot before them; `-` stands for code outside functions.
fn check(path: &str, text: &str, expected: &[&str]) {
    let facts = read(path, text.as_bytes()).expect("the text is small");
    let numbers = std::iter::once(None).chain((0..facts.functions.len() as u32).map(Some));
    let line = |number: Option<u32>| {
        let names =
            facts.calls_of(number).iter().map(|call| format!("{}{}", if call.is_method { "." } else { "" }, call.name));
        let names: Vec<String> = names.collect();
        let function = number.map_or("-", |number| facts.functions[number as usize].name.as_str());
        (!names.is_empty()).then(|| format!("{function}: {}", names.join(" ")))
    };
    let found: Vec<String> = numbers.filter_map(line).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn calls_are_known_by_name_and_calling_function_in_every_language() {
    check("a.py", "class A:\n  def f(self):\n    self.g(h(1))\n    h(2)\nA().f()\n", &["-: A .f", "A::f: .g h"]);
    check("a.rs", "fn f(x: &X) {\n    g::<u8>();\n    m::h();\n    x.k();\n}\n", &["f: g h .k"]);
    for path in ["a.js", "a.ts", "a.tsx"] {
        check(path, "function f(x) {\n  g();\n  x.h();\n  new K();\n}\n", &["f: K g .h"]);
    }
    check("a.go", "package a\nfunc f() {\n\tg()\n\tm.H()\n}\n", &["f: .H g"]);
    check("A.java", "class A { void f() { g(); x.h(); new K<X>(); } }\n", &["A::f: K g .h"]);
    check("a.c", "int f(struct x *x) { return g() + x->h(); }\n", &["f: g .h"]);
    check("a.cpp", "int f() { return n::g<int>() + x.h() + *new K(1); }\n", &["f: K g .h"]);
    check("A.cs", "class A { void F() { G(); x.H(); new K(); } }\n", &["A::F: G .H K"]);
    check("a.rb", "def f\n  g(1)\n  x.h\nend\n", &["f: g .h"]);
    check("a.php", "<?php function f() { g(); $x->h(); K::m(); new L(); }\n", &["f: L g .h m"]);
    check("a.kt", "fun f() { g(); x.h() }\n", &["f: g .h"]);
}
