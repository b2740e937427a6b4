//! Are functions, lines and copies matched with those of a reference, and is every difference said?
//!
//! Each test writes a few sources and a report, and reads the evaluation of both.

use super::*;

/// Evaluates a folder with `files` beside the reference `report`.
fn check(files: &[(&str, &str)], report: &str) -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join("sources").join(name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let reference = folder.path().join("reference");
    std::fs::write(&reference, report).expect("a file");
    evaluate(&folder.path().join("sources"), &reference, &|_, _, _| {}).expect("both are there")
}

const C: &str =
    "int f(int a) {\n  return a ? 1 : 2;\n}\n\nint g(int a)\n{\n#ifndef X\n  a = 0;\n#endif\n  return a;\n}\n";

#[test]
fn equal_and_different_functions_are_told_apart_with_the_reason() {
    let report = "3,2,9,1,3,\"f\",\"./a.c\",\"f\",\"f\",1,3\n6,1,9,1,7,\"g\",\"./a.c\",\"g\",\"g\",5,11\n";
    let found = check(&[("a.c", C)], report);
    assert_eq!((found.n_reference, found.n_matched, found.n_unmatched), (2, 2, 0));
    assert_eq!((found.equal_share, found.equal_share_without_reference_mistakes), (Some(0.5), Some(1.0)));
    let example = Example { file: "./a.c".into(), function: "g".into(), line: 5, reference: Some(1), ours: Some(2) };
    assert_eq!(found.classes[0].examples, [example]);
    assert_eq!(found.classes[0].fault, Fault::Reference);
    assert!(found.to_string().contains("Cyclomatic: 50.00 % equal\n            100.00 %"), "{found}");
    let lines = found.function_lines.expect("lizard counts lines");
    assert_eq!((lines.n, lines.equal_share, lines.reference, lines.ours), (2, 0.5, 9, 10));
}

#[test]
fn a_difference_no_reason_predicts_is_not_explained() {
    let found = check(&[("a.c", C)], "file,function,start_line,cyclomatic\na.c,f,1,9\na.c,g,5,2\n");
    assert_eq!((found.classes.len(), found.classes[0].fault), (1, Fault::Unknown));
    assert_eq!(found.equal_share, Some(0.5));
}

#[test]
fn closures_of_the_reference_count_with_the_function_around_them() {
    let go = "package p\n\nfunc f() {\n\tg(func() {\n\t\tif a {\n\t\t}\n\t})\n}\n";
    let report = "6,1,9,1,3,\"f\",\"a.go\",\"f\",\"f\",3,8\n4,2,9,1,7,\"x\",\"a.go\",\"anonymous__0\",\"x\",4,7\n";
    let found = check(&[("a.go", go)], report);
    assert_eq!((found.n_matched, found.n_closures, found.equal_share), (1, 1, Some(1.0)));
}

#[test]
fn names_a_tool_read_wrongly_are_matched_by_their_place() {
    let java = "class A {\n    @Source({\n        \"a\",\n        \"b\"})\n    @Test\n    void f() {\n    }\n}\n";
    let report =
        "6,1,9,1,3,\"A::Source\",\"A.java\",\"A::Source\",\"x\",2,7\n1,1,9,1,3,\"h\",\"A.java\",\"h\",\"x\",9,9\n";
    let found = check(&[("A.java", java)], report);
    assert_eq!((found.n_matched, found.n_unmatched, found.n_ours_only), (1, 1, 0));
    assert_eq!(found.unmatched[0].function, "h");
}

#[test]
fn cognitive_numbers_are_matched_by_name_where_there_are_no_lines() {
    let python =
        "class A:\n    def f(self):\n        if a:\n            pass\n\ndef f():\n    pass\n\ndef f():\n    pass\n";
    let row =
        |name, complexity| format!(r#"{{"function_name": "{name}", "complexity": {complexity}, "path": "a.py"}}"#);
    let report = format!("[{}, {}]", row("A::f", 1), row("f", 0));
    let found = check(&[("a.py", python)], &report);
    // Which of the two functions called `f` is meant, nobody knows.
    assert_eq!((found.n_matched, found.n_unmatched, found.equal_share), (1, 1, None));
    let cognitive = found.cognitive.expect("complexipy has nothing else");
    assert_eq!((cognitive.equal_share, cognitive.equal_share_of_nonzero), (1.0, 1.0));
}

#[test]
fn files_are_compared_by_their_lines() {
    let found = check(
        &[("src/a.c", C), ("b.c", "int x; // y\n")],
        "language,filename,blank,comment,code\nC,x/src/a.c,1,0,10\nC,b.c,0,1,1\n",
    );
    let lines = found.file_lines.expect("the table has code");
    assert_eq!((lines.n, lines.equal_share, lines.ours), (2, 1.0, 11));
    assert_eq!(found.file_comments.expect("the table has comments").equal_share, 1.0);
}

#[test]
fn repeated_lines_are_compared_line_by_line() {
    let body: String = (0..8).map(|n| format!("  a{n} = call(b, c, {n}) + other[{n}];\n")).collect();
    let report = r#"{"duplicates": [{"firstFile": {"name": "a.c", "start": 1, "end": 8},
        "secondFile": {"name": "b.c", "start": 1, "end": 4}}]}"#;
    let found = check(&[("a.c", &body), ("b.c", &body)], report);
    let repeated = found.repeated_lines.expect("it is a report of clones");
    assert_eq!((repeated.n_ours, repeated.n_reference), (16, 12));
    assert_eq!((repeated.precision, repeated.recall), (0.75, 1.0));
}

#[test]
fn copies_in_files_the_reference_does_not_name_count_too() {
    let body: String = (0..8).map(|n| format!("  a{n} = call(b, c, {n}) + other[{n}];\n")).collect();
    let report = r#"{"duplicates": [{"firstFile": {"name": "root/a.c", "start": 1, "end": 8},
        "secondFile": {"name": "root/b.c", "start": 1, "end": 8}}]}"#;
    let found = check(&[("a.c", &body), ("b.c", &body), ("deep/c.c", &body)], report);
    let repeated = found.repeated_lines.expect("it is a report of clones");
    assert_eq!((repeated.n_ours, repeated.n_reference), (24, 16));
}

#[test]
fn a_name_never_leads_out_of_the_folder() {
    let found =
        check(&[("a.c", C)], "file,function,start_line,cyclomatic\n../reference,f,1,2\n/etc/passwd,f,1,2\nb.c,f,1,2\n");
    assert_eq!((found.n_files, found.skipped.len(), found.n_reference), (0, 3, 0));
}
