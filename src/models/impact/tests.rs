//! Does the structural analysis find who is reached, and only that?

use super::*;
use crate::features::fixture::History;
use crate::graph::{CoChange, ImportGraph};

/// `a <- b` reads: b imports a.
fn graph(edges: &str) -> ImportGraph {
    let pairs: Vec<(&str, &str)> = edges.split(',').filter_map(|edge| edge.trim().split_once(" <- ")).collect();
    let mut files: Vec<String> = pairs.iter().flat_map(|(a, b)| [(*a).to_owned(), (*b).to_owned()]).collect();
    files.sort();
    files.dedup();
    let index = |path: &str| files.iter().position(|file| file == path).expect("just added");
    let edges: Vec<(usize, usize)> =
        pairs.iter().map(|(imported, importer)| (index(importer), index(imported))).collect();
    let stored = serde_json::json!({ "paths": files, "edges": edges, "n_internal": 0, "n_unresolved": 0 });
    serde_json::from_value(stored).expect("a graph as it is stored")
}

const APP: &str = "
    src/core.rs <- src/api.rs, src/core.rs <- src/job.rs, src/api.rs <- src/ui/page.rs,
    src/auth/login.rs <- src/api.rs, src/ui/page.rs <- tests/page_test.rs, src/job.rs <- tests/job_test.rs,
    src/leaf.rs <- src/leaf_user.rs";

/// A history in which `core.rs` and `schema.sql` go together, long enough for a scale.
fn history() -> History {
    let mut history =
        History::read("0 ann | start | +src/core.rs 9/0, +schema.sql 3/0, +src/leaf.rs 2/0, +src/leaf_user.rs 2/0");
    for day in 1..=40 {
        history.add(&format!("{day} ann | on | src/leaf_user.rs 1/0"));
        history.add(&format!("{day} ann | on | src/leaf.rs 1/0"));
    }
    for day in 41..=50 {
        history.add(&format!("{day} ann | both | src/core.rs 1/0, schema.sql 1/0"));
    }
    history
}

fn check(history: &History, edges: &str, line: &str) -> Outcome<ImpactAnswer> {
    let graph = graph(edges);
    let past = history.past_on(60);
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    let analyzer = Structural::new(&graph, &together);
    let mut with_change = History::read("");
    with_change.add(line);
    analyze(&analyzer, &Scale::of_past(&analyzer, &past), &with_change.diff_of(0))
}

fn answer(line: &str) -> ImpactAnswer {
    match check(&history(), APP, line) {
        Outcome::Ready(answer) => answer,
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[test]
fn a_file_at_the_centre_scores_higher_than_a_leaf() {
    let core = answer("60 bob | change | src/core.rs 5/0");
    let leaf = answer("60 bob | change | src/leaf_user.rs 5/0");
    assert!(core.overall_impact_score > leaf.overall_impact_score + 2.0, "{core:?} {leaf:?}");
    assert_eq!((core.n_dependents, leaf.n_dependents), (5, 0));
    assert_eq!(core.file_scores, [core.overall_impact_score]);
    assert_eq!(core.method, "structural");
}

#[test]
fn everyone_reached_is_named_with_the_path_to_it() {
    let answer = answer("60 bob | change | src/core.rs 5/0");
    let paths: Vec<_> = answer.affected_components.iter().map(|part| part.dependency_path.join(" > ")).collect();
    assert_eq!(
        paths,
        [
            "src/core.rs > schema.sql",
            "src/core.rs > src/api.rs",
            "src/core.rs > src/job.rs",
            "src/core.rs > src/api.rs > src/ui/page.rs",
        ]
    );
    let kinds: Vec<_> = answer.affected_components.iter().map(|part| part.impact_type.as_str()).collect();
    assert_eq!(kinds, ["changes_together", "imports", "imports", "imports"]);
    let efforts: Vec<_> = answer.affected_components.iter().map(|part| part.estimated_test_effort.as_str()).collect();
    assert_eq!(efforts, ["high", "medium", "low", "low"]);
    assert_eq!(answer.affected_components[1].impact_score, 5.0);
    assert_eq!(answer.affected_components[3].component, "src/ui");
}

#[test]
fn tests_that_reach_the_change_are_recommended_nearest_first() {
    let answer = answer("60 bob | change | src/core.rs 5/0");
    assert_eq!(answer.recommended_tests, ["tests/job_test.rs", "tests/page_test.rs"]);
    assert!(
        answer.recommendations.iter().any(|text| text.starts_with("Run the 2 tests")),
        "{:?}",
        answer.recommendations
    );
}

#[test]
fn a_usual_companion_that_is_missing_is_named_once_with_its_numbers() {
    let missing = answer("60 bob | change | src/core.rs 5/0").missing_companions;
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].file.as_str(), missing[0].with.as_str(), missing[0].n_together),
        ("schema.sql", "src/core.rs", 10 + 1)
    );
    let together = answer("60 bob | change | src/core.rs 5/0, schema.sql 1/0");
    assert_eq!(together.missing_companions, []);
}

#[test]
fn a_companion_that_is_deleted_or_renamed_in_the_change_is_not_missing() {
    for companion in ["-schema.sql 0/3", "schema.sql>tables.sql 1/0"] {
        let answer = answer(&format!("60 bob | change | src/core.rs 5/0, {companion}"));
        assert_eq!(answer.missing_companions, [], "{companion}");
    }
}

#[test]
fn only_measured_dimensions_are_given() {
    let answer = answer("60 bob | change | src/auth/login.rs 5/0");
    let names: Vec<_> = answer.dimensions.keys().map(String::as_str).collect();
    assert_eq!(names, ["architectural", "functional", "maintainability", "security"]);
    assert_eq!(answer.dimensions["security"], 10.0, "no past change reached a sensitive file");
    assert_eq!(check_dimension("60 bob | change | src/leaf.rs 5/0", "security"), 0.0);
}

fn check_dimension(line: &str, name: &str) -> f64 {
    answer(line).dimensions[name]
}

#[test]
fn a_file_nobody_knows_reaches_nothing() {
    let answer = answer("60 bob | change | +src/new.rs 5/0");
    assert_eq!(answer.overall_impact_score, 0.0);
    assert!(answer.affected_components.is_empty() && answer.recommendations.is_empty());
}

#[test]
fn those_who_use_the_old_name_of_a_renamed_file_feel_it() {
    assert_eq!(answer("60 bob | move | src/core.rs>src/heart.rs 1/0").n_dependents, 5);
}

#[test]
fn too_few_past_changes_give_no_score() {
    let young = History::read("0 ann | start | +src/core.rs 9/0");
    let outcome = check(&young, APP, "60 bob | change | src/core.rs 5/0");
    let missing = "1 past changes to code to compare with, 50 needed".to_owned();
    assert_eq!(outcome, Outcome::NotEnoughHistory { missing });
}

#[test]
fn score_is_unchanged_when_files_are_reordered() {
    let one = answer("60 bob | change | src/core.rs 5/0, src/leaf.rs 1/0");
    let other = answer("60 bob | change | src/leaf.rs 1/0, src/core.rs 5/0");
    assert_eq!(one.overall_impact_score, other.overall_impact_score);
    assert_eq!(one.affected_components, other.affected_components);
}
