use super::evaluate;
use std::path::Path;

/// A repository `owner+name/repo` whose third commit repairs the second; returns the three hashes.
fn repository(folder: &Path) -> [String; 3] {
    let path = folder.join("owner+name").join("repo");
    let repository = git2::Repository::init(&path).unwrap();
    let contents = [
        ("add area", "def area(width, height):\n    check(width)\n    return width * height\n"),
        ("add border", "def area(width, height, border):\n    check(width)\n    return width * height + border\n"),
        (
            "fix border",
            "def area(width, height, border):\n    check(width)\n    return (width + border) * (height + border)\n",
        ),
    ];
    let mut at = 1_600_000_000;
    contents.map(|(message, text)| {
        at += 86_400;
        std::fs::write(path.join("area.py"), text).unwrap();
        let mut index = repository.index().unwrap();
        index.add_path(Path::new("area.py")).unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = git2::Signature::new("Ada", "ada@example.com", &git2::Time::new(at, 0)).unwrap();
        let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        repository.commit(Some("HEAD"), &who, &who, message, &tree, &parents).unwrap().to_string()
    })
}

fn report(oracle: &str, folder: &Path) -> serde_json::Value {
    let path = folder.join("oracle.json");
    std::fs::write(&path, oracle).unwrap();
    serde_json::to_value(evaluate(&path, folder, &|_, _, _| {}).unwrap()).unwrap()
}

#[test]
fn the_guilty_are_found_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [_, guilty, fix] = repository(folder.path());
    let absent = "0123456789012345678901234567890123456789";
    let oracle = serde_json::json!([
        {"repo_name": "owner/name", "fix_commit_hash": fix, "bug_commit_hash": [guilty]},
        {"repo_name": "owner/name", "fix_commit_hash": absent, "bug_commit_hash": [guilty]},
        {"repo_name": "owner/gone", "fix_commit_hash": fix, "bug_commit_hash": [guilty]},
        {"repo_name": "../name", "fix_commit_hash": fix, "bug_commit_hash": [guilty]},
    ]);
    let report = report(&oracle.to_string(), folder.path());
    assert_eq!((&report["n_fixes"], &report["f1"], &report["precision"]), (&1.into(), &1.0.into(), &1.0.into()));
    assert_eq!(report["variants"]["R"]["recall"], 1.0);
    assert_eq!(report["missing_commits"][0]["commit"], absent);
    let missing: Vec<&String> = report["missing_repositories"].as_object().unwrap().keys().collect();
    assert_eq!(missing, ["../name", "owner/gone"]);
}

#[test]
fn who_came_after_the_report_is_innocent() {
    let folder = tempfile::tempdir().unwrap();
    let [first, guilty, fix] = repository(folder.path());
    let oracle = serde_json::json!([{
        "repo_name": "owner/name", "fix_commit_hash": fix, "bug_commit_hash": [guilty],
        "best_scenario_issue_date": "2020-09-14T18:00:00", "note": first,
    }]);
    let report = report(&oracle.to_string(), folder.path());
    assert_eq!(report["recall"], 0.0, "the second commit is of the 15th");
}
