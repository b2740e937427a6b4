//! What is left when the review itself fails?
//!
//! The check run ends as neutral with an incident that finds the log, and what a crash left on disk is not in the way.

use super::scene::{REPOSITORY, Scene};
use crate::support::git;
use crate::support::github::{CheckRun, NewPull, When};
use crate::support::history::commit;
use std::path::{Path, PathBuf};

const INFO_REFS: &str = "/octo/engine.git/info/refs";

/// Fails the test unless the check run is neutral and its incident stands in one line of the log, with its cause.
#[track_caller]
fn assert_incident(scene: &Scene, run: &CheckRun, cause: &str) {
    assert_eq!((run.status.as_str(), run.conclusion.as_deref()), ("completed", Some("neutral")), "{run:#?}");
    assert_eq!(run.title.as_deref(), Some("No verdict: the review failed"));
    let summary = run.summary.as_deref().unwrap();
    let incident = summary.split("incident `").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or_default();
    assert_eq!(incident.len(), 12, "{summary}");
    let log = scene.bot.log();
    let line = log.lines().find(|line| line.contains(incident)).expect("the incident stands in the log");
    let line: serde_json::Value = serde_json::from_str(line).expect("the log is JSON lines");
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["repository"], REPOSITORY);
    let told = format!("{}: {}", line["failure"], line["cause"]);
    assert!(told.contains(cause), "{line}");
    // What a stranger may read tells nothing of this machine.
    assert!(!summary.contains(&*scene.bot.data_dir().to_string_lossy()), "{summary}");
}

/// Asks for another review, and looks whether it gets its verdict.
async fn reanalyze(scene: &Scene, number: u64) {
    scene.github.comment(REPOSITORY, number, "mona", "/hyperion reanalyze");
    scene.settle().await;
    scene.assert_nothing_in_progress();
    let newest = scene.runs(number).pop().unwrap();
    assert!(newest.title.as_ref().is_some_and(|title| title.contains("flagged")), "{newest:#?}");
    assert_eq!(scene.github.bot_comments(REPOSITORY, number).len(), 1);
}

#[tokio::test]
async fn a_base_branch_that_is_gone_ends_the_check_run_with_an_incident() {
    let scene = Scene::begin().await;
    let base = scene.github.force_push(REPOSITORY, "release", "main", &[]);
    scene.github.force_push(REPOSITORY, "onto-release", "release", &[super::scene::large_change(2)]);
    let new = NewPull {
        base: REPOSITORY,
        into: "release",
        head: REPOSITORY,
        branch: "onto-release",
        author: "mona",
        title: "Onto a branch that goes",
        is_draft: false,
    };
    let number = scene.github.open_pull_request(new);
    // Not by the stand-in: GitHub would close the pull request some time later.
    let directory = scene.github.directory_of(REPOSITORY);
    git::run(&directory, &["update-ref", "-d", "refs/heads/release"]);
    scene.settle().await;
    assert_incident(&scene, &scene.runs(number)[0], "base branch");
    assert!(scene.github.bot_comments(REPOSITORY, number).is_empty());
    git::run(&directory, &["update-ref", "refs/heads/release", &base]);
    reanalyze(&scene, number).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_fetch_that_is_refused_ends_the_check_run_with_an_incident_soon() {
    let scene = Scene::begin().await;
    scene.github.on("GET", INFO_REFS).always().answers(403, When::BeforeEffect);
    let number = scene.open("refused");
    scene.settle().await;
    assert_incident(&scene, &scene.runs(number)[0], "403");
    let n_fetches = scene.github.requests().iter().filter(|request| request.path == INFO_REFS).count();
    assert!((2..=3).contains(&n_fetches), "{n_fetches} fetches");
    scene.github.heal();
    reanalyze(&scene, number).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_repository_with_a_damaged_object_ends_the_check_run_with_an_incident() {
    let scene = Scene::begin().await;
    // Beside the change, so that only a fetch comes across it.
    scene.github.push(REPOSITORY, "main", &[commit("Say more").write("docs/more.md", "More.\n".repeat(100))]);
    let number = scene.open("damaged");
    let directory = scene.github.directory_of(REPOSITORY);
    let blob = git::line(&directory, &["rev-parse", "refs/heads/main:docs/more.md"]);
    let path = directory.join("objects").join(&blob[..2]).join(&blob[2..]);
    let kept = damage(&path);
    scene.settle().await;
    assert_incident(&scene, &scene.runs(number)[0], REPOSITORY);
    std::fs::write(path, kept).unwrap();
    reanalyze(&scene, number).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_mirror_that_a_crash_damaged_is_made_anew() {
    let scene = Scene::begin().await;
    let number = scene.open("healthy");
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.end(number).await;
    for (name, damage) in DAMAGES {
        damage(&mirror(&scene));
        let number = scene.open(&format!("after-{name}"));
        scene.settle().await;
        eprintln!("the mirror was damaged: {name}");
        scene.assert_reviewed(number);
        scene.end(number).await;
    }
    scene.assert_clean().await;
}

type Damage = fn(&Path);

const DAMAGES: [(&str, Damage); 5] = [
    ("locked-references", |mirror| std::fs::write(mirror.join("packed-refs.lock"), "").unwrap()),
    ("a-locked-branch", |mirror| std::fs::write(mirror.join("refs/heads/main.lock"), "").unwrap()),
    ("halved-objects", halve_objects),
    ("no-objects", |mirror| std::fs::remove_dir_all(mirror.join("objects")).unwrap()),
    ("half-begun", |mirror| {
        for entry in std::fs::read_dir(mirror).unwrap().flatten().filter(|entry| entry.file_name() != "HEAD") {
            let path = entry.path();
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
        }
    }),
];

fn mirror(scene: &Scene) -> PathBuf {
    let mut mirrors = std::fs::read_dir(scene.bot.data_dir().join("mirrors")).unwrap().flatten();
    mirrors.next().expect("there is a mirror").path()
}

/// Cuts every pack and every loose object of a repository in half.
fn halve_objects(repository: &Path) {
    let mut n_halved = 0;
    let mut folders = vec![repository.join("objects")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension == "pack") {
                damage(&path);
                n_halved += 1;
            }
        }
    }
    assert!(n_halved > 0);
}

/// Halves a file, which git has made read-only. Gives what it held.
fn damage(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    bytes
}
