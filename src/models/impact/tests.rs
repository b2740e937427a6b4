//! Does the structural analysis find who is reached, and only that?

use super::*;
use crate::features::fixture::History;
use crate::graph::{AgainstTheGrain, CoChange, Drift, ImportGraph};

/// `a <- b` reads: b imports a.
fn graph(edges: &str) -> ImportGraph {
    let pairs: Vec<(&str, &str)> = edges.split(',').filter_map(|edge| edge.trim().split_once(" <- ")).collect();
    let mut files: Vec<&str> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    files.sort_unstable();
    files.dedup();
    let index = |path: &str| files.binary_search(&path).expect("just added");
    let mut edges: Vec<(usize, usize)> =
        pairs.iter().map(|(imported, importer)| (index(importer), index(imported))).collect();
    edges.sort_unstable();
    let stored = serde_json::json!({
        "paths": files,
        "edges": edges,
        "symbols": { "names": [], "places": [], "ends": vec![0; edges.len()] },
        "counts": vec![serde_json::json!({ "n_internal": 0, "n_unresolved": 0 }); files.len()],
        "left_out": { "n_left_out": 0, "n_without_grammar": 0 },
        "prints": { "places": 0, "contents": vec![0; files.len()], "faces": vec![0; files.len()] },
    });
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
    check_with(history, edges, line, &Drift::default())
}

/// What the files of [`APP`] are like.
fn traits(path: &str) -> Traits {
    match path {
        "src/auth/login.rs" => Traits { sensitivity: 1.0, cyclomatic: 4, ..Traits::default() },
        "src/job.rs" => Traits { n_speed_changes: 6, nesting_max: 5, cyclomatic: 30, ..Traits::default() },
        _ => Traits { cyclomatic: 2, ..Traits::default() },
    }
}

fn check_with(history: &History, edges: &str, line: &str, drift: &Drift) -> Outcome<ImpactAnswer> {
    let graph = graph(edges);
    let past = history.past_on(60);
    let together = CoChange::learn(past.log, &past.order, past.as_of);
    let components = Components::new(std::iter::empty(), |_| None);
    let terrain = Terrain::new(&graph, &together, &components, traits);
    let analyzer = Structural::new(&terrain);
    let mut with_change = History::read("");
    with_change.add(line);
    let diff = with_change.diff_of(0);
    let scene = Scene { diff: &diff, terrain: &terrain, drift, graph: GraphSummary::default() };
    analyze(&analyzer, &Scale::of_past(&analyzer, &past), scene)
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
fn five_dimensions_are_given_each_with_the_facts_behind_it() {
    let answer = answer("60 bob | change | src/auth/login.rs 5/0");
    let names: Vec<_> = answer.dimensions.keys().map(String::as_str).collect();
    assert_eq!(names, ["architectural", "functional", "maintainability", "performance", "security"]);
    assert_eq!(answer.dimensions["security"], 10.0, "no past change reached a sensitive file");
    assert_eq!(check_dimension("60 bob | change | src/leaf.rs 5/0", "security"), 0.0);
    assert_eq!(answer.dimension_evidence["security"], ["`src/auth/login.rs` has a security sensitivity of 1.00"]);
    assert!(answer.dimension_evidence.values().all(|facts| (1..=3).contains(&facts.len())));
    assert_eq!(answer.dimension_evidence.get("performance"), None, "nothing hot is reached");
}

#[test]
fn a_hot_file_that_is_reached_is_named_with_why_it_is_hot() {
    let answer = answer("60 bob | change | src/core.rs 5/0");
    assert_eq!(
        answer.dimension_evidence["performance"],
        ["`src/job.rs`: 6 past changes of it spoke of speed, control structures are nested 5 deep"]
    );
    assert!(answer.dimensions["performance"] > check_dimension("60 bob | change | src/leaf.rs 5/0", "performance"));
}

#[test]
fn a_new_circle_and_an_import_against_the_grain_are_named_and_raise_the_score() {
    let against = AgainstTheGrain {
        from: "src/leaf.rs".to_owned(),
        to: "src/ui/page.rs".to_owned(),
        n_other_way: 19,
        n_this_way: 1,
        from_component: "src".to_owned(),
        to_component: "src/ui".to_owned(),
    };
    let drift = Drift {
        against_the_grain: vec![against],
        new_cycles: vec![["src/leaf.rs", "src/`x`\n.rs"].map(str::to_owned).to_vec()],
        ..Drift::default()
    };
    let line = "60 bob | change | src/leaf.rs 5/0";
    let Outcome::Ready(answer) = check_with(&history(), APP, line, &drift) else { panic!("expected an answer") };
    assert!(answer.dimensions["architectural"] > check_dimension(line, "architectural") + 2.0);
    assert_eq!(
        answer.dimension_evidence["architectural"][..2],
        [
            "new circle of imports: `src/leaf.rs` → `src/x.rs` → `src/leaf.rs`",
            "new import against the grain: `src/leaf.rs` imports `src/ui/page.rs`, where 19 of 20 went the other way"
        ]
    );
}

#[test]
fn components_and_the_picture_hold_what_is_affected() {
    let answer = answer("60 bob | change | src/core.rs 5/0");
    let components: Vec<_> = answer.components.iter().map(|one| (one.component.as_str(), one.n_files)).collect();
    assert_eq!(components, [("", 1), ("src", 2), ("src/ui", 1)]);
    assert!(!answer.components[0].is_changed && answer.components[1].is_changed);
    let picture = &answer.picture;
    let drawn: Vec<_> = picture.nodes.iter().map(|node| (node.file.as_str(), node.is_changed, node.is_test)).collect();
    assert_eq!(drawn[0], ("src/core.rs", true, false));
    assert_eq!(drawn[drawn.len() - 1], ("tests/page_test.rs", false, true));
    assert_eq!(drawn.len(), 7);
    let place = |path: &str| drawn.iter().position(|node| node.0 == path).expect("is drawn");
    let edge = |from: &str, to: &str, kind: &str| crate::models::answer::PictureEdge {
        from: place(from),
        to: place(to),
        kind: kind.to_owned(),
    };
    assert!(picture.edges.contains(&edge("src/core.rs", "src/api.rs", "imports")));
    assert!(picture.edges.contains(&edge("src/core.rs", "schema.sql", "changes_together")));
    assert!(picture.edges.contains(&edge("src/job.rs", "tests/job_test.rs", "imports")));
}

#[test]
fn next_to_a_hub_of_many_importers_the_answer_stays_small() {
    let importers: Vec<String> = (0..20_000).map(|n| format!("src/hub.rs <- src/m{}/f{n}.rs", n % 50)).collect();
    let edges = format!("src/hub.rs <- src/core.rs, src/core.rs <- src/hub.rs, {}", importers.join(", "));
    let Outcome::Ready(answer) = check(&history(), &edges, "60 bob | change | src/hub.rs 5/0") else {
        panic!("expected an answer")
    };
    assert_eq!(answer.n_dependents, 20_001);
    assert_eq!((answer.affected_components.len(), answer.components.len()), (50, 20));
    assert!(answer.picture.nodes.len() <= 15);
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
