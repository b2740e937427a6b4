//! Is cognitive complexity what its paper says?
//!
//! Functions written for this purpose, each labelled by hand with the number and the sum it comes from, after Campbell,
//! "Cognitive Complexity: A new way of measuring understandability", SonarSource, 2018. The labels were written before
//! the program saw them. Where the paper says nothing, the case says so.

use super::read;

/// A file with one function to look at (its first), and what it adds up to.
struct Case(&'static str, &'static str, &'static [u32]);

const CASES: &[Case] = &[
    // Straight flow and early returns cost nothing.
    Case("a.py", "def f(a):\n    b = a\n    return b\n", &[]),
    Case("A.java", "class A { int f(int a) { if (a > 0) { return 1; } return 2; } }", &[1]),
    Case("a.go", "package p\nfunc f() error {\n if a { return b }\n if c { return d }\n return nil\n}\n", &[1, 1]),
    Case("a.rs", "fn f(a: bool) -> u8 { if a { return 1; } 2 }", &[1]),
    Case("a.c", "int f(int a) { while (a) { if (a > 3) break; a++; } return a; }", &[1, 2]),
    // Each level of nesting costs one more.
    Case("A.java", "class A { void f() { for (;;) { if (a) { while (b) { c(); } } } } }", &[1, 2, 3]),
    Case("a.py", "def f():\n    for a in b:\n        if a:\n            while c:\n                d()\n", &[1, 2, 3]),
    Case("a.js", "function f() { for (;;) { if (a) { while (b) { c(); } } } }", &[1, 2, 3]),
    Case("a.js", "function f() { for (const a of b) { for (const c in a) { d(); } } }", &[1, 2]),
    Case("a.ts", "function f(a: number): void { for (;;) { if (a) { while (b) { c(); } } } }", &[1, 2, 3]),
    Case("a.tsx", "function F(p: P) { if (p.a) { if (p.b) { return <b/>; } } return <i/>; }", &[1, 2]),
    Case("a.go", "package p\nfunc f() {\n for {\n if a {\n for i := range b {\n _ = i\n }\n }\n }\n}\n", &[1, 2, 3]),
    Case("a.c", "void f() { while (a) { if (b) { do { c(); } while (d); } } }", &[1, 2, 3]),
    Case("a.cpp", "void f() { for (auto a : b) { if (a) { c(); } } }", &[1, 2]),
    Case("a.rs", "fn f() { for a in b { if a { while c { d(); } } } }", &[1, 2, 3]),
    Case("a.rs", "fn f() { loop { if a { break; } } }", &[1, 2]),
    // `else` and `else if` cost one each, at any depth, and share the nesting of their `if`.
    Case("A.java", "class A { void f() { if (a) { b(); } else if (c) { d(); } else { e(); } } }", &[1, 1, 1]),
    Case("a.py", "def f():\n    if a:\n        b()\n    elif c:\n        d()\n    else:\n        e()\n", &[1, 1, 1]),
    Case("a.js", "function f() { if (a) { b(); } else if (c) { d(); } else { e(); } }", &[1, 1, 1]),
    Case("a.go", "package p\nfunc f() { if a { b() } else if c { d() } else { e() } }", &[1, 1, 1]),
    Case("a.cpp", "void f() { if (a) { b(); } else if (c) { d(); } else { e(); } }", &[1, 1, 1]),
    Case("a.rs", "fn f() { if let Some(a) = b { c() } else if let Some(d) = b { e() } else { g() } }", &[1, 1, 1]),
    Case("A.java", "class A { void f() { if (a) { b(); } else if (c) { if (d) { e(); } } } }", &[1, 1, 2]),
    Case("a.c", "void f() { if (a) { b(); } else { if (c) { d(); } } }", &[1, 1, 2]),
    Case("a.py", "def f():\n    if a:\n        b()\n    else:\n        if c:\n            d()\n", &[1, 1, 2]),
    Case("a.ts", "function f() { for (;;) { if (a) { b(); } else { c(); } } }", &[1, 2, 1]),
    // A switch costs once, whatever its cases.
    Case("A.java", "class A { void f() { switch (a) { case 1: b(); break; case 2: c(); break; default: } } }", &[1]),
    Case("A.java", "class A { int f() { return switch (a) { case 1 -> 2; case 3 -> 4; default -> 5; }; } }", &[1]),
    Case("a.c", "void f() { switch (a) { case 1: if (b) { c(); } break; case 2: d(); } }", &[1, 2]),
    Case("a.cpp", "void f() { switch (a) { case 1: break; case 2: break; default: break; } }", &[1]),
    Case("a.js", "function f() { switch (a) { case 1: return b; case 2: return c; default: return d; } }", &[1]),
    Case("a.ts", "function f() { while (a) { switch (b) { case 1: c(); } } }", &[1, 2]),
    Case("a.go", "package p\nfunc f() {\n switch a {\n case 1:\n case 2:\n }\n}\n", &[1]),
    Case("a.go", "package p\nfunc f() {\n for {\n select {\n case <-a:\n case <-b:\n }\n }\n}\n", &[1, 2]),
    Case("a.rs", "fn f() -> u8 { match a { 1 => 2, 3 => 4, _ => 5 } }", &[1]),
    Case("a.rs", "fn f() { for a in b { match a { 1 => c(), _ => d() } } }", &[1, 2]),
    Case("a.py", "def f():\n    match a:\n        case 1:\n            b()\n        case _:\n            c()\n", &[1]),
    // A ternary costs as an `if` does.
    Case("A.java", "class A { int f() { return a ? 1 : 2; } }", &[1]),
    Case("A.java", "class A { int f() { return a ? b ? 1 : 2 : 3; } }", &[1, 2]),
    Case("a.py", "def f():\n    return 1 if a else 2\n", &[1]),
    Case("a.c", "int f() { if (a) { return b ? 1 : 2; } return 3; }", &[1, 2]),
    Case("a.js", "function f() { if (a ? b : c) { d(); } }", &[1, 1]),
    // Each run of like operators costs one; brackets alone do not part a run, a negation does.
    Case("A.java", "class A { boolean f() { return a && b && c && d; } }", &[1]),
    Case("A.java", "class A { boolean f() { return a && b || c; } }", &[1, 1]),
    Case("A.java", "class A { boolean f() { return a && !(b && c); } }", &[1, 1]),
    Case("a.py", "def f():\n    return a and b or c\n", &[1, 1]),
    Case("a.py", "def f():\n    return not (a and b) and c\n", &[1, 1]),
    Case("a.js", "function f() { return a || b || c && d; }", &[1, 1]),
    Case("a.rs", "fn f() { if a && b { c(); } }", &[1, 1]),
    Case("a.go", "package p\nfunc f() {\n if a && b || c {\n d()\n }\n}\n", &[1, 1, 1]),
    Case("a.cpp", "bool f() { return a and b and c; }", &[1]),
    Case("a.c", "void f() { while (a && (b && c)) { d(); } }", &[1, 1]),
    // Shorthands that join values are free.
    Case("a.ts", "function f() { return a?.b ?? c; }", &[]),
    // A jump to a label costs one, one without does not.
    Case("A.java", "class A { void f() { outer: for (;;) { continue outer; } } }", &[1, 1]),
    Case("A.java", "class A { void f() { for (;;) { if (a) { break; } } } }", &[1, 2]),
    Case("a.c", "void f() { if (a) goto end; b(); end: ; }", &[1, 1]),
    Case("a.cpp", "void f() { again: a(); goto again; }", &[1]),
    Case("a.go", "package p\nfunc f() {\nL:\n for {\n break L\n }\n}\n", &[1, 1]),
    Case("a.rs", "fn f() { 'a: loop { break 'a; } }", &[1, 1]),
    Case("a.js", "function f() { a: for (;;) { break a; } }", &[1, 1]),
    // A function that calls itself costs one, however often it does.
    Case("a.py", "def f(a):\n    return f(a - 1) + f(a - 2)\n", &[1]),
    Case("a.py", "class A:\n    def f(self):\n        return self.f()\n", &[1]),
    Case("a.py", "class A:\n    def f(self):\n        return f(self)\n", &[]),
    Case("A.java", "class A { int f(int a) { return f(a - 1); } }", &[1]),
    Case("A.java", "class A { int f(int a) { return f(a, 1); } int f(int a, int b) { return a; } }", &[]),
    Case("a.js", "function f(a) { return a ? f(a - 1) : 0; }", &[1, 1]),
    Case("a.rs", "fn f(a: u8) -> u8 { f(a - 1) }", &[1]),
    Case("a.rs", "impl A { fn f(&self) { self.f() } }", &[1]),
    Case("a.rs", "impl A { fn f(&self) { self.inner.f() } }", &[]),
    Case("a.go", "package p\nfunc (t *T) f() { t.f() }\n", &[1]),
    Case("a.go", "package p\nfunc f() { f() }\n", &[1]),
    Case("a.c", "int f(int a) { return f(a - 1); }", &[1]),
    Case("a.cpp", "struct A { int f(int a) { return this->f(a - 1); } };", &[1]),
    // A lambda is free and nests.
    Case("A.java", "class A { void f() { run(() -> { if (a) { b(); } }); } }", &[2]),
    Case("a.js", "function f() { run(() => { if (a) { b(); } }); }", &[2]),
    Case("a.ts", "function f() { return a.map((b) => b ? 1 : 2); }", &[2]),
    Case("a.py", "def f():\n    return lambda a: 1 if a else 2\n", &[2]),
    Case("a.rs", "fn f() { a.map(|b| if b { 1 } else { 2 }); }", &[2, 1]),
    Case("a.go", "package p\nfunc f() {\n go func() {\n if a {\n b()\n }\n }()\n}\n", &[2]),
    Case("a.cpp", "void f() { run([&] { if (a) { b(); } }); }", &[2]),
    // A function inside a function counts with it, one level deeper.
    Case("a.py", "def f():\n    if a:\n        b()\n    def g():\n        if c:\n            d()\n    g()\n", &[1, 2]),
    Case("a.rs", "fn f() {\n fn g() { if a { b(); } }\n g();\n}", &[2]),
    Case("A.java", "class A { void f() {\n run(new R() { public void run() { if (a) { b(); } } });\n} }", &[2]),
    Case("a.js", "function f() {\n if (a) { b(); }\n c.d = function () { if (e) { g(); } };\n}", &[1, 2]),
    // It does not nest where the outer function only wraps it: decorators, functions that stand for modules.
    Case("a.py", "def f(a):\n    def g(b):\n        if a:\n            c()\n    return g\n", &[1]),
    Case("a.js", "function f() {\n var a = 1;\n c.d = function () { if (e) { g(); } };\n}", &[1]),
    // `catch` costs as an `if` does; `try` and `finally` are free and do not nest.
    Case("A.java", "class A { void f() { try { a(); } catch (E e) { b(); } finally { c(); } } }", &[1]),
    Case("A.java", "class A { void f() { try { if (a) { b(); } } catch (E e) { if (c) { d(); } } } }", &[1, 1, 2]),
    Case(
        "a.py",
        "def f():\n    try:\n        a()\n    except A:\n        b()\n    except B:\n        c()\n    else:\n        d()\n",
        &[1, 1],
    ),
    Case("a.js", "function f() { try { a(); } catch (e) { b(); } finally { c(); } }", &[1]),
    Case("a.cpp", "void f() { try { a(); } catch (...) { b(); } }", &[1]),
    // Conditional compilation costs and nests as `if` does.
    Case("a.c", "void f() {\n#ifdef A\n if (b) { c(); }\n#else\n d();\n#endif\n}\n", &[1, 2, 1]),
    // The paper does not name these: `else` of a loop costs as `else`, comprehensions and `let … else` as we read it.
    Case("a.py", "def f():\n    for a in b:\n        c()\n    else:\n        d()\n", &[1, 1]),
    Case("a.py", "def f():\n    return [a for a in b if a]\n", &[]),
    Case("a.rs", "fn f() { let Some(a) = b else { return }; c(a)?; }", &[1]),
];

#[test]
fn every_case_has_the_number_it_was_labelled_with() {
    let mut wrong = Vec::new();
    for Case(path, text, parts) in CASES {
        let facts = read(path, text.as_bytes()).expect("the case is within all limits");
        assert!(!facts.has_parse_errors, "{path} has parse errors: {text}");
        let (found, expected) = (facts.functions[0].cognitive, parts.iter().sum::<u32>());
        if found != expected {
            wrong.push(format!("{path}: {found}, not {expected} = {parts:?}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(CASES.len() >= 60);
}
