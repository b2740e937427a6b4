//! Does each language measure as its reference tools do, and does hostile text end with a reason?
//!
//! Cyclomatic numbers of the snippets are those of radon 6.0.1 (Python) and lizard 1.24.3 (the others), except where a
//! comment says why not. Cognitive numbers were counted by hand after Campbell's paper.

mod calls;
mod younger_languages;

use super::{FileFacts, Import, Language, MAX_FILE_BYTES, MAX_LINE_BYTES, enclosing_function, read};

fn facts(path: &str, text: &str) -> FileFacts {
    read(path, text.as_bytes()).expect("the snippet is within all limits")
}

/// `name lines cyclomatic cognitive parameters`, one function a line.
fn check(path: &str, text: &str, expected: &str) {
    let facts = facts(path, text);
    assert!(!facts.has_parse_errors, "{path} has parse errors");
    let line = |f: &super::Function| {
        format!("{} {}-{} {} {} {}", f.name, f.start_line, f.end_line, f.cyclomatic, f.cognitive, f.n_parameters)
    };
    let found: Vec<String> = facts.functions.iter().map(line).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "{path}");
}

fn check_imports(path: &str, text: &str, expected: &[(&str, &[&str], u32)]) {
    let import = |&(target, names, line): &(&str, &[&str], u32)| Import {
        target: target.to_owned(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        line,
    };
    assert_eq!(facts(path, text).imports, expected.iter().map(import).collect::<Vec<_>>(), "{path}");
}

// ---- complexity ----

const PYTHON: &str = r#"class Parser(Base):
    def next(self, a, *, b=None, **kw):
        if a and b or kw:
            return 1
        elif a:
            for x in a:
                while x and not (x or b):
                    x -= 1
            else:
                return 2
        else:
            pass
        return [y for y in a if y for z in y]

def guarded(path):
    assert path
    try:
        with open(path) as f:
            value = f.read() if path else ""
    except (OSError, ValueError):
        raise
    except Exception:
        return lambda x: x or 1
    else:
        return value
    finally:
        path.close()

async def outer(command):
    def inner(x):
        return x and 1
    match command:
        case "go" | "run":
            return inner
        case [x, y] if x:
            return x
        case _:
            return None
"#;

#[test]
fn python_measures_as_radon() {
    // next: if 1, `a and b or kw` 2, elif 1, for 1 + else 1, while 1, `x and not (x or b)` 2, comprehension 3.
    // Cognitive: if 1, two runs 2, elif 1, for 2, while 3, two runs 2, loop else 1, else 1.
    // guarded: ternary 1, two excepts 2, one run 1; `try` and its `else` are free.
    // outer: match 1, and the run of inner 1.
    check(
        "a.py",
        PYTHON,
        "Parser::next 2-13 13 13 3
         guarded 15-27 7 4 1
         outer 29-38 3 2 1
         inner 30-31 2 1 1",
    );
}

const JAVA: &str = r#"class Outer<T> {
    int decide(int a, final String... rest) {
        if (a > 0 && rest != null && rest.length > 1 || a < -9) {
            return a > 5 ? 1 : 2;
        } else if (a == 0) {
            for (String s : rest) { while (true) { continue; } }
        } else {
            do { a++; } while (a < 3);
        }
        switch (a) {
            case 1:
            case 2: break;
            default: a = 3;
        }
        try { run(); } catch (IllegalStateException | Error e) { throw e; } finally { a = 1; }
        return 0;
    }
    abstract void nothing();
    Runnable callback(List<String> list) {
        list.forEach(x -> { if (x != null) { print(x); } });
        return new Runnable() {
            public void run() { if (true) { return; } }
        };
    }
    Outer() { outer: while (true) { break outer; } }
}
"#;

#[test]
fn java_measures_as_lizard() {
    // Cognitive: if 1, two runs 2, ternary 2, else if 1, for 2, while 3, else 1, do 2, switch 1, catch 1; callback: the
    // `if` of the lambda 2, that of the method inside it 2.
    check(
        "A.java",
        JAVA,
        "Outer::decide 2-17 13 16 2
         Outer::callback 19-24 2 4 1
         run 22-22 2 1 0
         Outer::Outer 25-25 2 2 0",
    );
}

const JAVASCRIPT: &str = r#"function choose(a, b = 1, ...rest) {
  if (a && b) {
    for (const k of rest) { if (k) continue; }
  } else if (a ?? b) {
    for (const k in a) {}
  }
  switch (a) {
    case 1: return b ? 1 : 2;
    case 2: break;
    default: return 0;
  }
  try { do { a--; } while (a > 0); } catch (e) { return null; }
}
const arrow = async (x) => x || 1;
app.get = function (req) { return req.map(function (y) { return y && 1; }); };
class Shape extends Base {
  area() { return 0; }
  static of = (k) => { return k ? 1 : 2; };
}
call(function () { if (ready) { go(); } });
"#;

#[test]
fn javascript_measures_as_lizard_with_closures_inside_their_function() {
    // choose: if 2, for 1, if 1, else if 1, `??` 1 (lizard says 2), for 1, cases 2, ternary 1, do 1, catch 1.
    check(
        "a.js",
        JAVASCRIPT,
        "choose 1-13 13 15 3
         arrow 14-14 2 1 1
         app.get 15-15 2 1 1
         Shape::area 17-17 1 0 0
         Shape::of 18-18 2 1 1
         (anonymous) 20-20 2 1 0",
    );
}

#[test]
fn typescript_is_read_with_its_types() {
    let text = "export abstract class Box<T> extends Base<T> implements Shape {\n  \
                get(this: Box<T>, key?: string): T | undefined { return key ? this.map[key] : undefined; }\n  \
                abstract size(): number;\n}\n\
                export const View = (p: Props) => { return p.on ? 1 : 2; };\n";
    check("a.ts", text, "Box::get 2-2 2 1 1\nView 5-5 2 1 1");
    check("a.tsx", "const A = (p: P) => { return p.x ? <b>{p.x}</b> : null; };\n", "A 1-1 2 1 1");
    assert_eq!(facts("a.ts", text).metrics.inheritance_depth, Some(1));
}

const GO: &str = r#"package p

func (s *Server[K]) Serve(a, b int, rest ...string) (err error) {
	if x, err := f(); err != nil && x {
		return err
	} else if a > b {
		goto done
	} else {
		for i := range rest {
			select {
			case <-s.quit:
				return
			default:
			}
		}
	}
	switch v := s.any.(type) {
	case int, string:
	case nil:
	default:
		_ = v
	}
	go func() {
		if a > 0 || b > 0 {
			return
		}
	}()
done:
	return nil
}
"#;

#[test]
fn go_measures_as_lizard_with_closures_inside_their_function() {
    // if 2, else if 1, for 1, case 1, two cases 2, and if 2 in the closure.
    check("a.go", GO, "Server::Serve 3-30 10 14 3");
}

const C: &str = r#"static int *decide(int a, void (*callback)(int), ...) {
#ifdef FAST
    if (a && callback) return 0;
#elif defined(SLOW)
    while (a || 1) { a--; }
#endif
    for (;;) { if (a) { goto out; } else { a = a ? 1 : 2; } }
    switch (a) { case 1: case 2: break; default: a = 1; }
out:
    do { a++; } while (a < 3);
    return 0;
}
int none(void) { return 0; }
"#;

#[test]
fn c_measures_as_lizard() {
    // Cognitive: #ifdef 1, if 2, run 1, #elif 1, while 2, run 1, for 1, if 2, goto 1, else 1, ternary 3, switch 1, do 1.
    check("a.c", C, "decide 1-12 13 18 3\nnone 13-13 1 0 0");
}

const CPP: &str = r#"#include <vector>
namespace n {
class Shape : public Base, private ns::Other<int> {
public:
    Shape() : x(1) {}
    virtual ~Shape();
    bool ok(const Shape&& other) const override {
        for (auto& part : parts) { if (part and other.x) return true; }
        try { run(); } catch (...) { return false; }
        auto f = [&](int a) { return a ? 1 : 2; };
        return f(1);
    }
    operator bool() const { return x; }
};
}
void n::Shape::draw(int a, int b = 1) { if constexpr (true) { a = b; } }
"#;

#[test]
fn cpp_measures_as_lizard_with_closures_inside_their_function() {
    // ok: for 1, if 1, `and` 1 (lizard knows only `&&`), catch 1, ternary in the closure 1.
    check(
        "a.cpp",
        CPP,
        "Shape::Shape 5-5 1 0 0
         Shape::ok 7-12 6 7 1
         Shape::operator bool 13-13 1 0 0
         n::Shape::draw 16-16 2 1 2",
    );
    assert_eq!(facts("a.cpp", CPP).metrics.inheritance_depth, Some(1));
}

const RUST: &str = r#"impl<T> Tree<T> {
    fn find(&self, key: &str, depth: usize) -> Option<u8> {
        let Some(node) = self.root else { return None };
        if let Some(left) = node.left && depth > 0 {
            loop { if left.done() { break; } }
        } else if depth == 0 || key.is_empty() {
            while let Some(x) = self.pop() { 'a: for _ in x { continue 'a; } }
        }
        match key {
            "a" | "b" => self.first()?,
            k if k.len() > 3 => None,
            _ => self.items.iter().map(|i| if i.ok { 1 } else { 2 }).next(),
        }
    }
}
"#;

#[test]
fn rust_counts_every_arm_but_one_and_every_question_mark() {
    // let-else 1, if 2, if 1, else if 2, while 1, for 1, match 3 - 1, guard 1, `?` 1, if in the closure 1.
    check("a.rs", RUST, "Tree::find 2-14 14 21 2");
}

#[test]
fn an_assertion_and_a_preprocessor_condition_are_one_decision_each() {
    let cyclomatic = |path: &str, text: &str| facts(path, text).functions[0].cyclomatic;
    assert_eq!(cyclomatic("a.py", "def f():\n    assert a and (b or c), d if e else g\n    return a or b\n"), 3);
    assert_eq!(cyclomatic("a.c", "int f() {\n#if A && B\n return a && b;\n#elif C || D\n#else\n#endif\n}\n"), 4);
}

#[test]
fn torn_c_functions_are_counted_by_their_words() {
    // Statements handed to a macro, and a macro without a semicolon before `if`: the numbers are lizard's.
    for (text, expected) in [
        ("void f(void) {\n    each(a, b,\n        if (a->b && c) { d(\"if\"); /* if */ }\n    );\n}\n", "f 1-5 3"),
        ("int f(int a) {\n    GET(a)\n\n    if (a & B && a < 0) {\n        c();\n    }\n    return a;\n}\n", "f 1-8 3"),
        (
            "void f(void) {\n    g(\"a\"\n#ifdef A\n      \"b\",\n#endif\n      \"c\"\n#if B\n    );\n#endif\n    }\n",
            "f 1-10 3",
        ),
    ] {
        let functions = facts("a.c", text).functions;
        let found: Vec<String> =
            functions.iter().map(|f| format!("{} {}-{} {}", f.name, f.start_line, f.end_line, f.cyclomatic)).collect();
        assert_eq!(found, [expected], "{text}");
    }
}

#[test]
fn code_outside_functions_counts_for_the_file() {
    let metrics = facts("a.py", "if a and b:\n    x = 1\n\ndef f():\n    return a or b\n").metrics;
    assert_eq!((metrics.cyclomatic, metrics.cyclomatic_max, metrics.cognitive), (3 + 2, 2, 2 + 1));
}

#[test]
fn mixed_operators_count_once_for_every_run() {
    for (condition, cognitive) in [
        ("a && b && c", 1),
        ("a && b || c", 2),
        ("a || b && c || d", 3),
        ("a && (b && c)", 1),
        ("a && !(b && c)", 2),
        ("g(a && b) && c", 2),
    ] {
        let function = format!("int f() {{ return {condition}; }}");
        assert_eq!(facts("a.c", &function).functions[0].cognitive, cognitive, "{condition}");
    }
}

#[test]
fn else_if_does_not_nest_in_any_language() {
    for (path, text) in [
        (
            "a.py",
            "def f(a):\n    if a:\n        x()\n    elif b:\n        y()\n    elif c:\n        z()\n    else:\n        w()\n",
        ),
        ("a.js", "function f(a) { if (a) x(); else if (b) y(); else if (c) z(); else w(); }"),
        ("a.c", "int f(int a) { if (a) x(); else if (b) y(); else if (c) z(); else w(); }"),
        ("A.java", "class A { void f(int a) { if (a) x(); else if (b) y(); else if (c) z(); else w(); } }"),
        ("a.go", "package p\nfunc f() { if a { x() } else if b { y() } else if c { z() } else { w() } }"),
        ("a.rs", "fn f() { if a { x() } else if b { y() } else if c { z() } else { w() } }"),
    ] {
        let facts = facts(path, text);
        let metrics = &facts.metrics;
        assert_eq!((metrics.cognitive, metrics.nesting_max, facts.functions[0].cyclomatic), (4, 1, 4), "{path}");
    }
}

// ---- other metrics ----

#[test]
fn lines_are_counted_by_what_they_carry() {
    let metrics = facts("a.c", "// one\n\nint a; // two\n/* three\n   four */\nint f() {\n}\n").metrics;
    assert_eq!((metrics.lines, metrics.lines_of_code, metrics.comment_lines), (7, 3, 4));
    assert_eq!(metrics.function_length_avg, Some(2.0));
}

#[test]
fn an_empty_file_has_facts_too() {
    for path in ["a.rs", "a.py", "a.js", "a.ts", "a.tsx", "a.go", "A.java", "a.c", "a.cpp"] {
        let metrics = facts(path, "").metrics;
        assert_eq!((metrics.lines, metrics.cyclomatic, metrics.maintainability_index), (0, 1, None), "{path}");
        assert_eq!(metrics.function_length_avg, None, "{path}");
    }
}

#[test]
fn inheritance_is_measured_where_the_language_has_it() {
    let depth = |path: &str, text: &str| facts(path, text).metrics.inheritance_depth;
    assert_eq!(
        depth("a.py", "class A(object): pass\nclass B(m.A[int], metaclass=M): pass\nclass C(B): pass\n"),
        Some(2)
    );
    assert_eq!(depth("A.java", "class A {} class B extends A implements I {} interface J extends I, K {}"), Some(1));
    assert_eq!(depth("a.js", "class A extends React.Component {} class B extends A {}"), Some(2));
    assert_eq!(depth("a.ts", "interface I extends J, K<string> {} class A implements I {}"), Some(2));
    assert_eq!(depth("a.rs", "trait A: B {}"), None);
}

#[test]
fn halstead_counts_words_of_the_text() {
    // Operators: `=` and `+` and `*`; operands a, b, a, b: 7 words, 5 different.
    let metrics = facts("a.py", "a = b + a * b\n").metrics;
    assert!((metrics.halstead_volume - 7.0 * 5f32.log2()).abs() < 1e-3, "{}", metrics.halstead_volume);
}

#[test]
fn a_line_knows_its_innermost_function() {
    let facts = facts("a.py", PYTHON);
    let name = |line| enclosing_function(&facts, line).map(|function| function.name.as_str());
    assert_eq!(name(5), Some("Parser::next"));
    assert_eq!(name(31), Some("inner"));
    assert_eq!(name(32), Some("outer"));
    assert_eq!(name(14), None);
    assert_eq!(name(900), None);
}

// ---- imports and names ----

#[test]
fn python_imports_keep_their_dots_and_names() {
    check_imports(
        "a.py",
        "from __future__ import annotations\nimport a.b as c, d\nfrom . import x\nfrom ..p.q import (a as b,\n  c)\n\
         from m import *\ndef f():\n    import late\n",
        &[
            ("a.b", &[], 2),
            ("d", &[], 2),
            (".", &["x"], 3),
            ("..p.q", &["a", "c"], 4),
            ("m", &["*"], 6),
            ("late", &[], 8),
        ],
    );
}

#[test]
fn javascript_imports_are_found_wherever_they_are_written() {
    check_imports(
        "a.mjs",
        "import a, {b as c} from './x';\nimport * as n from 'y';\nimport \"z\";\nexport {q} from './q';\n\
         export * from './w';\nconst r = require('./r');\nif (r) import(`./dyn`);\nrequire(name); require('a' + b);\n\
         export const own = 1;\n",
        &[
            ("./x", &["default", "b"], 1),
            ("y", &["*"], 2),
            ("z", &[], 3),
            ("./q", &["q"], 4),
            ("./w", &["*"], 5),
            ("./r", &[], 6),
            ("./dyn", &[], 7),
        ],
    );
    check_imports(
        "a.ts",
        "import x = require('./r');\nimport type {A} from './t';\n",
        &[("./r", &[], 1), ("./t", &["A"], 2)],
    );
}

#[test]
fn go_imports_know_what_is_taken_and_files_know_their_neighbours_names() {
    let text = "package p\nimport (\n\t\"m/util\"\n\tx \"m/v2\"\n\t_ \"m/side\"\n\t\"m/go-log/v3\"\n)\n\
                type Own struct{ f Other }\nvar top, second = 1, 2\n\
                func Run(local int) { util.Do(x.Name{Field: neighbour}); log.Print(local, top) }\n\
                func (o Own) method() { shadow := 1; use(shadow) }\n";
    check_imports(
        "a.go",
        text,
        &[("m/util", &["Do"], 3), ("m/v2", &["Name"], 4), ("m/side", &[], 5), ("m/go-log/v3", &["Print"], 6)],
    );
    let facts = facts("a.go", text);
    assert_eq!(facts.package.as_deref(), Some("p"));
    assert_eq!(facts.declared_types, ["Own", "Run", "second", "top"]);
    for name in ["Other", "neighbour", "use"] {
        assert!(facts.mentioned_types.iter().any(|one| one == name), "{name} in {:?}", facts.mentioned_types);
    }
    for name in ["local", "shadow", "Field", "Own", "top"] {
        assert!(!facts.mentioned_types.iter().any(|one| one == name), "{name} in {:?}", facts.mentioned_types);
    }
}

#[test]
fn java_files_know_their_package_their_types_and_whom_they_mention() {
    let text = "package a.b;\nimport a.C;\nimport static d.E.f;\nimport g.*;\nimport static h.I.*;\n\
                @Marked class K<T extends Bound> extends L<T> {\n  static class Inner {}\n  \
                Inner in = Factory.make(new Made[0], Ref::go, local, CONSTANT);\n}\ninterface Second {}\n";
    check_imports("K.java", text, &[("a.C", &[], 2), ("d.E", &["f"], 3), ("g.*", &[], 4), ("h.I", &["*"], 5)]);
    let facts = facts("K.java", text);
    assert_eq!(facts.package.as_deref(), Some("a.b"));
    assert_eq!(facts.declared_types, ["K", "Second"]);
    assert_eq!(facts.mentioned_types, ["Bound", "CONSTANT", "Factory", "L", "Made", "Marked", "Ref"]);
}

#[test]
fn a_nested_java_type_does_not_hide_its_outer_types_base() {
    let text = "class A implements Builder<A> { static class Builder { Builder(Helper h) {} } static class Helper {} }";
    assert_eq!(facts("A.java", text).mentioned_types, ["Builder"]);
}

#[test]
fn rust_imports_are_relative_to_the_file_and_share_their_path() {
    check_imports(
        "a.rs",
        "use crate::a::{self, b::{C as D, *}, E};\nmod m;\n#[path = \"q.rs\"]\nmod z;\nextern crate foo as bar;\n\
         mod inner {\n  use super::k::L;\n  use super::super::M;\n  use self::n;\n  mod deep;\n}\n\
         fn f() -> crate::t::T { other::go::<u8>(std::mem::swap); Vec::new(); self::h() }\n",
        &[
            ("crate::a", &[], 1),
            ("crate::a", &["E"], 1),
            ("crate::a::b", &["C as D", "*"], 1),
            ("mod m", &[], 2),
            ("mod \"q.rs\"", &["z"], 4),
            ("foo", &["self as bar"], 5),
            ("self::k", &["L"], 7),
            ("super", &["M"], 8),
            ("self::inner", &["n"], 9),
            ("mod inner::deep", &[], 10),
            ("crate::t", &["T"], 12),
            ("other", &["go"], 12),
            ("self", &["h"], 12),
        ],
    );
}

#[test]
fn c_includes_keep_their_marks() {
    check_imports(
        "a.h",
        "#include \"dir/x.h\"\n#include <stdio.h>\n#include MACRO\n",
        &[("\"dir/x.h\"", &[], 1), ("<stdio.h>", &[], 2)],
    );
}

#[test]
fn coupling_counts_each_thing_taken_once() {
    let text = "import os\nimport os\nfrom a import b, c\nfrom a import c\n";
    assert_eq!(facts("a.py", text).metrics.class_coupling, 3);
}

// ---- limits ----

fn check_skipped(path: &str, text: &[u8], reason: &str) {
    let skipped = read(path, text).expect_err("the text breaks a limit");
    assert_eq!(skipped.subject, path);
    assert!(skipped.reason.contains(reason), "{}", skipped.reason);
}

#[test]
fn what_breaks_a_limit_is_skipped_with_its_reason() {
    check_skipped("a.swift", b"let x = 1", "without a grammar");
    check_skipped("a.c", &vec![b'\n'; MAX_FILE_BYTES + 1], "larger than 1024 KiB");
    check_skipped("a.c", b"int a;\0", "binary");
    check_skipped("a.js", &vec![b'a'; MAX_LINE_BYTES + 1], "minified");
}

#[test]
fn brackets_without_end_overflow_nothing() {
    let broken_in_lines = |text: String| text.as_bytes().chunks(5_000).collect::<Vec<_>>().join(&b'\n');
    check_skipped("a.js", &broken_in_lines("[".repeat(40_000) + &"]".repeat(40_000)), "nested deeper");
    check_skipped("a.py", &broken_in_lines("(".repeat(40_000) + "1" + &")".repeat(40_000)), "nested deeper");
}

#[test]
fn text_made_to_be_read_again_and_again_is_given_up() {
    let junk = "/* ` \" ' => { if ( [ `${ class ) < > case \n".repeat(6_000);
    for path in ["a.js", "a.c", "a.py", "a.rs", "A.java", "a.go", "a.ts", "a.cpp", "A.cs", "a.rb", "a.php", "a.kt"] {
        // Either answer is honest; neither may take long or panic.
        if let Err(skipped) = read(path, junk.as_bytes()) {
            assert!(skipped.reason.contains("too long") || skipped.reason.contains("deeper"), "{}", skipped.reason);
        }
    }
}

#[test]
fn broken_text_is_read_as_far_as_it_goes() {
    let latin = read("a.py", b"# caf\xe9\ndef caf\xe9(): return 1\n").expect("broken bytes are replaced");
    assert_eq!(latin.metrics.lines_of_code, 1);
    assert!(facts("a.c", "int f( { if (a) } }").has_parse_errors);
    assert_eq!(facts("a.py", "\u{feff}def f(): pass\n").functions.len(), 1);
}

#[test]
fn facts_survive_the_cache() {
    let facts = facts("a.rs", RUST);
    let bytes = postcard::to_stdvec(&facts).expect("facts serialize");
    assert_eq!(postcard::from_bytes::<FileFacts>(&bytes).expect("facts deserialize"), facts);
    assert_eq!(facts.language, Language::Rust);
}
