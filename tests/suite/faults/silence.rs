//! What is left when GitHub says nothing?

use super::scene::Scene;

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up_and_asked_for_again() {
    let scene = Scene::begin_with(&[("HYPERION_GITHUB_TIMEOUT_SECONDS", "1")]).await;
    let requests = [
        ("GET", "/repos/*/*/pulls/*"),
        ("POST", "/repos/*/*/check-runs"),
        ("PATCH", "/repos/*/*/check-runs/*"),
        ("GET", "/repos/*/*/issues/*/comments"),
        ("POST", "/repos/*/*/issues/*/comments"),
        ("POST", "/repos/*/*/pulls/*/reviews"),
    ];
    for (method, path) in requests {
        scene.github.on(method, path).stays_silent();
    }
    let number = scene.open("silent");
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_has_not_made_anything_twice() {
    let scene = Scene::begin_with(&[("HYPERION_GITHUB_TIMEOUT_SECONDS", "1")]).await;
    let writes = ["/repos/*/*/check-runs", "/repos/*/*/issues/*/comments", "/repos/*/*/pulls/*/reviews"];
    for path in writes {
        scene.github.on("POST", path).delays(super::scene::LATE);
    }
    scene.github.on("PATCH", "/repos/*/*/check-runs/*").times(2).delays(super::scene::LATE);
    let number = scene.open("late");
    scene.settle().await;
    scene.assert_reviewed(number);
    scene.assert_clean().await;
}
