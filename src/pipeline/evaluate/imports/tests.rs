//! Are edges compared where both sides look, and is every difference shown once?

use super::*;
use crate::code::read;
use crate::graph::SourceFile;

/// Compares four Python files, one in a folder that is no package, with `reference`.
fn check(reference: &str, expected: &str) {
    let texts = [
        ("src/app/__init__.py", "from . import core\n"),
        ("src/app/core.py", "from .loose import deep\nfrom . import util\n"),
        ("src/app/loose/deep.py", "import app.util\n"),
        ("src/app/util.py", ""),
        ("tool.js", "require('./other')"),
        ("other.js", ""),
    ];
    let facts = texts.map(|(path, text)| (path, read(path, text.as_bytes()).expect("the text is small")));
    let files: Vec<SourceFile<'_>> = facts.iter().map(|(path, facts)| SourceFile { path, facts }).collect();
    let graph = ImportGraph::build(&files, &[]);
    let figures = Figures {
        n_files: graph.len(),
        n_skipped: 0,
        n_edges: graph.n_edges(),
        n_internal_imports: 0,
        n_unresolved_imports: 0,
        read_seconds: 0.0,
        build_seconds: 0.0,
    };
    let reference: Reference = serde_json::from_str(reference).expect("the reference is well formed");
    let report = compare(&graph, figures, reference, CommitId::default());
    let found = format!(
        "precision {:?} recall {:?} missing {:?} extra {:?} beyond {} unexplained {} {}",
        report.precision,
        report.recall,
        report.missing,
        report.extra,
        report.n_beyond,
        report.n_missing_unexplained,
        report.n_extra_unexplained
    );
    assert_eq!(found, expected);
}

#[test]
fn folders_that_grimp_does_not_look_into_are_left_out_and_counted() {
    check(
        r#"{"tool": "grimp 3", "root": "src", "package": "app", "modules": 3,
            "file_edges": [["app/__init__.py", "app/core.py"], ["app/core.py", "app/util.py"]]}"#,
        "precision Some(1.0) recall Some(1.0) missing [] extra [] beyond 3 unexplained 0 0",
    );
}

#[test]
fn every_difference_is_listed_and_an_explained_one_is_still_a_difference() {
    check(
        r#"{"tool": "other", "root": "src",
            "file_edges": [["app/__init__.py", "app/core.py"], ["app/core.py", "app/gone.py"]],
            "explained": [{"reason": "it looks into text", "edges": [["app/core.py", "app/gone.py"], ["a", "b"]]}]}"#,
        "precision Some(0.25) recall Some(0.5) missing [(\"src/app/core.py\", \"src/app/gone.py\")] \
         extra [(\"src/app/core.py\", \"src/app/loose/deep.py\"), (\"src/app/core.py\", \"src/app/util.py\"), \
         (\"src/app/loose/deep.py\", \"src/app/util.py\")] beyond 1 unexplained 0 3",
    );
}

#[test]
fn a_list_of_files_draws_the_line_and_folders_are_compared_as_folders() {
    check(
        r#"{"tool": "lister", "files": ["tool.js", "other.js"], "file_edges": [["tool.js", "other.js"]]}"#,
        "precision Some(1.0) recall Some(1.0) missing [] extra [] beyond 4 unexplained 0 0",
    );
    check(
        r#"{"tool": "packages", "folder_edges": [["src/app", "src/app/loose"], ["src/app/loose", "src/app"]]}"#,
        "precision Some(1.0) recall Some(1.0) missing [] extra [] beyond 0 unexplained 0 0",
    );
}
