//! Can git fetch, and only who may?

use crate::support::git;
use crate::support::github::{GitHub, When};
use crate::support::history::{small_edit, tiny};

struct Scene {
    github: GitHub,
    token: String,
    here: tempfile::TempDir,
}

fn scene() -> Scene {
    let github = GitHub::start();
    github.create_private_repository("octo/engine", &tiny());
    let token = github.token_for(github.install("octo", &["octo/engine"]));
    let here = tempfile::tempdir().unwrap();
    git::run(here.path(), &["init", "--quiet", "--bare"]);
    Scene { github, token, here }
}

impl Scene {
    fn fetch(&self, token: &str, reference: &str) -> Result<String, String> {
        let address = self.github.clone_url("octo/engine");
        let address = match token {
            "" => address,
            token => address.replacen("http://", &format!("http://x-access-token:{token}@"), 1),
        };
        git::try_run(self.here.path(), &["fetch", "--quiet", &address, reference])?;
        Ok(git::line(self.here.path(), &["rev-parse", "FETCH_HEAD"]))
    }
}

#[test]
fn a_token_fetches_branches_and_the_heads_of_forks_pull_requests() {
    let scene = scene();
    assert_eq!(scene.fetch(&scene.token, "main"), Ok(scene.github.tip("octo/engine", "main")));
    let number = scene.github.open_change_from_fork("octo/engine", "stranger", "spaces", &small_edit());
    let head = scene.github.pull_request("octo/engine", number).head;
    assert_eq!(scene.fetch(&scene.token, &format!("refs/pull/{number}/head")), Ok(head.clone()));
    // Also by name, when no ref leads there any more.
    scene.github.force_push("stranger/engine", "spaces", "main", &crate::support::history::deletion());
    assert_eq!(scene.fetch(&scene.token, &head), Ok(head));
}

#[test]
fn a_wrong_missing_or_expired_token_fetches_nothing() {
    let scene = scene();
    for token in ["ghs_wrong", ""] {
        assert!(scene.fetch(token, "main").is_err());
    }
    scene.github.let_tokens_age(3_601);
    let refused = scene.fetch(&scene.token, "main").unwrap_err();
    assert!(refused.contains("Authentication failed"), "{refused}");
}

#[test]
fn a_token_of_another_installation_finds_no_such_repository() {
    let scene = scene();
    scene.github.create_private_repository("rival/secret", &tiny());
    let stranger = scene.github.token_for(scene.github.install("rival", &["rival/secret"]));
    assert!(scene.fetch(&stranger, "main").unwrap_err().contains("not found"));
}

#[test]
fn nothing_is_pushed() {
    let scene = scene();
    scene.fetch(&scene.token, "main").unwrap();
    let address = scene.github.clone_url("octo/engine").replacen(
        "http://",
        &format!("http://x-access-token:{}@", scene.token),
        1,
    );
    assert!(git::try_run(scene.here.path(), &["push", "--quiet", &address, "FETCH_HEAD:refs/heads/mine"]).is_err());
}

#[test]
fn a_fetch_can_fail_like_any_request() {
    let scene = scene();
    scene.github.on("*", "/octo/engine.git/**").answers(500, When::BeforeEffect);
    assert!(scene.fetch(&scene.token, "main").is_err());
    assert!(scene.fetch(&scene.token, "main").is_ok());
    scene.github.assert_clean();
}
