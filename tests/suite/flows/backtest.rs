//! What does `hyperion backtest` show of a history, and what does it say where it cannot?

use crate::support::git;
use crate::support::history::{BEGINNING, Commit, Onto, commit, import, seeded};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A repository and a data directory.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn with(commits: &[Commit]) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        git::run(bench.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "engine.git"]);
        if !commits.is_empty() {
            import(&bench.repository(), "main", Onto::Tip, commits);
        }
        bench
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("engine.git")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hyperion"));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR"));
        command.env("HYPERION_DATA_DIR", self.folder.path().join("data"));
        command.arg("backtest").arg(self.repository()).args(arguments).output().unwrap()
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn a_history_with_fragile_files_is_replayed_for_terminals_programs_and_browsers() {
    let bench = Bench::with(&seeded());
    let text = bench.said(&["--since", "3m"]);
    assert!(text.starts_with("Backtest of engine: the risk score is better than chance here\n"), "{text}");
    for part in ["models that knew only what was", "thresholds.risk: 0.", "Best catches", "(yours)"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }

    let document: Value = serde_json::from_str(&bench.said(&["--since", "3m", "--format", "json"])).unwrap();
    let backtest = &document["backtest"];
    assert_eq!(backtest["status"], "ready");
    assert!(backtest["files"]["auc"]["low"].as_f64().unwrap() > 0.5, "{}", backtest["files"]);
    assert!(backtest["changes"]["n"].as_u64() == document["replay"]["n_scored"].as_u64());
    let gate = backtest["gate"]["thresholds"].as_array().unwrap();
    let blocked: Vec<u64> = gate.iter().map(|at| at["n_blocked"].as_u64().unwrap()).collect();
    assert!(blocked.windows(2).all(|pair| pair[0] >= pair[1]) && blocked[0] > 0, "{blocked:?}");
    let older = &backtest["gate"]["recommendation"]["older"];
    assert!(older["n_blocked"].as_f64().unwrap() <= 0.05 * older["n"].as_f64().unwrap());

    let file = bench.folder.path().join("backtest.html");
    assert_eq!(bench.said(&["--since", "3m", "--format", "html", "--output", file.to_str().unwrap()]), "");
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n") && page.contains("<svg"));
}

#[test]
fn wrong_arguments_are_refused_and_say_what_is_taken_instead() {
    let bench = Bench::with(&[commit("Begin").write("a.py", "x = 1\n")]);
    for (arguments, said) in [
        (&["--since", "yesterday"][..], "or a date such as `2025-06-30`, got `yesterday`"),
        (&["--since", "2999-01-01"], "`--since` must be before"),
        (&["--budget", "0%"], "such as `5%`, got `0%`"),
        (&["--output", "/no/such/folder/report.txt"], "could not write `/no/such/folder/report.txt`"),
    ] {
        let error = bench.refused(arguments);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn a_history_too_small_to_replay_says_so_with_numbers() {
    let bench = Bench::with(&[commit("Begin").write("a.py", "x = 1\n")]);
    let text = bench.said(&[]);
    assert!(text.starts_with("Backtest of engine: not enough history\n") && text.contains("0 past changes"), "{text}");
    let empty = Bench::with(&[]);
    assert!(!empty.refused(&[]).trim().is_empty());
}

#[test]
fn a_shallow_clone_is_replayed_from_its_edge_and_says_so() {
    let quiet = |n: i64| {
        let text = format!("def part(x):\n    return {n}\n");
        commit(format!("Extend {n}")).at(BEGINNING + n * 86_400).write(format!("part_{}.py", n % 5), text)
    };
    let bench = Bench::with(&(0..60).map(quiet).collect::<Vec<_>>());
    let (origin, clone) = (bench.folder.path().join("origin.git"), bench.repository());
    std::fs::rename(&clone, &origin).unwrap();
    let address = format!("file://{}", origin.display());
    git::run(bench.folder.path(), &["clone", "--quiet", "--bare", "--depth", "40", &address, "engine.git"]);
    let text = bench.said(&[]);
    assert!(text.replace('\n', " ").contains("the clone is shallow"), "{text}");
}
