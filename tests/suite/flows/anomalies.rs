//! What does `hyperion review` say of a change that is unlike all others here?

use crate::support::git;
use crate::support::history::{Commit, Onto, commit, import};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[test]
fn a_review_tells_of_a_planted_package_and_of_nothing_in_an_ordinary_change() {
    let folder = tempfile::tempdir().unwrap();
    git::run(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "shop.git"]);
    let repository = folder.path().join("shop.git");
    let price = |n: usize| commit(format!("Set price {n}")).write("src/price.py", format!("PRICE = {n}\n"));
    let begin = commit("Begin").write("requirements.txt", "flask\nrequests\n");
    let history: Vec<Commit> = std::iter::once(begin).chain((0..240).map(price)).collect();
    import(&repository, "main", Onto::Tip, &history);
    import(&repository, "ordinary", Onto::Revision("main"), &[price(1_000)]);
    let planted = price(1_001).write("requirements.txt", "flask\nrequests\nreqeusts\n");
    import(&repository, "planted", Onto::Revision("main"), &[planted]);

    let ordinary = review(folder.path(), "ordinary", "json");
    let ordinary: Value = serde_json::from_str(&ordinary).unwrap();
    assert_eq!(ordinary["anomaly"]["status"], "ready");
    assert_eq!(ordinary["anomaly"]["anomalies_detected"], serde_json::json!([]));

    let planted: Value = serde_json::from_str(&review(folder.path(), "planted", "json")).unwrap();
    let detected = planted["anomaly"]["anomalies_detected"].as_array().unwrap();
    let found = detected.iter().find(|found| found["type"] == "dependency_injection").unwrap();
    assert_eq!(found["commit"], planted["head"]);
    assert!(found["score"].as_f64().unwrap() > 0.8, "{found}");
    let comment = review(folder.path(), "planted", "markdown");
    assert!(comment.contains("unusual for this repository</summary>"), "{comment}");
    assert!(comment.contains("`reqeusts`") && !comment.contains("Mona"), "{comment}");
}

fn review(folder: &Path, head: &str, format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyperion"));
    command.env("HYPERION_DATA_DIR", folder.join("data")).arg("review").arg(folder.join("shop.git"));
    let output = command.args(["--base", "main", "--head", head, "--format", format]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
