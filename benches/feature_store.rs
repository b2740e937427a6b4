//! How fast are feature rows kept and served?
//!
//! Fills a SQLite file (or the PostgreSQL that `HYPERION_TEST_DATABASE_URL` names) with as many rows as a repository of
//! 17,000 commits has, then asks for the newest row of a file again and again. Prints its own figures:
//! `cargo bench --bench feature_store -- --rows 60000 --files 2000 --questions 2000`.

#![allow(clippy::print_stdout)]

use hyperion::domain::{CommitId, Timestamp};
use hyperion::features::{CATALOGUE_VERSION, Feature, Row};
use hyperion::store::{FeatureRow, Recipe, Store};
use std::time::{Duration, Instant};

/// Rows saved in one transaction: about what 2,000 commits have.
const ROWS_A_SEGMENT: usize = 7_000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let file = format!("sqlite://{}", folder.path().join("rows.db").display());
    let url = std::env::var("HYPERION_TEST_DATABASE_URL").unwrap_or(file);
    runtime.block_on(measure(
        &url,
        argument("--rows", 60_000),
        argument("--files", 2_000),
        argument("--questions", 2_000),
    ));
}

async fn measure(url: &str, n_rows: usize, n_files: usize, n_questions: usize) {
    let store = Store::open(url).await.expect("the database opens");
    let recipe = Recipe { catalogue_version: CATALOGUE_VERSION, made_from: "bench".to_owned() };
    let now = Timestamp(0);
    let mut set = store.begin_feature_set("bench", &recipe, now).await.expect("a set begins");
    let started = Instant::now();
    for from in (0..n_rows).step_by(ROWS_A_SEGMENT) {
        let rows: Vec<FeatureRow> = (from..n_rows.min(from + ROWS_A_SEGMENT)).map(|at| row(at, n_files)).collect();
        let steps = vec![[7; 8]; rows.len()];
        store.add_feature_rows(&mut set, &rows, &steps, None, now).await.expect("rows are saved");
    }
    let filled = started.elapsed();
    println!("saved {n_rows} rows of {} values in {:.2} s", Feature::COUNT, filled.as_secs_f64());

    let mut took = Vec::with_capacity(n_questions);
    for question in 0..n_questions {
        let path = path(question * 7_919 % n_files);
        let started = Instant::now();
        let found = store.newest_feature_row("bench", CATALOGUE_VERSION, &path).await.expect("the database answers");
        took.push(started.elapsed());
        assert!(found.is_some_and(|row| row.path == path), "{path}");
    }
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let shown = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
    println!("newest row of a file: median {}, 99 % within {}", shown(at(0.5)), shown(at(0.99)));
    store.forget_feature_rows("bench").await.expect("rows are forgotten");
}

fn row(at: usize, n_files: usize) -> FeatureRow {
    let values = (0..Feature::COUNT).map(|feature| (at * 31 + feature) as f32).collect();
    let mut commit = [0; 20];
    commit[..8].copy_from_slice(&at.to_le_bytes());
    FeatureRow {
        position: at,
        path: path(at % n_files),
        commit: CommitId(commit),
        at: Timestamp(at as i64),
        values: Row::from_values(values).expect("as many values as features"),
    }
}

fn path(file: usize) -> String {
    format!("lib/package_{}/module_with_a_usual_name_{file}.py", file % 37)
}

fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}
