//! What does the merge queue ask?
//!
//! A queued pull request is merged on a branch of its own; its head must get the checks before the base moves.

use super::GitHub;
use super::pull_request::merge_commit;
use crate::support::git;
use serde_json::json;

impl GitHub {
    /// Puts a pull request into the merge queue. Sends `merge_group.checks_requested`. Gives the group's head commit.
    pub fn queue_for_merge(&self, full_name: &str, number: u64) -> String {
        let pull = self.pull_request(full_name, number);
        let mut state = self.state();
        let repository = state.repository(pull.repository).clone();
        let base = repository.tip(&pull.base_branch).expect("the base branch exists");
        let head = merge_commit(&repository.directory, &base, &pull.head, &format!("Merge pull request #{number}"));
        let branch = format!("gh-readonly-queue/{}/pr-{number}-{base}", pull.base_branch);
        git::run(&repository.directory, &["update-ref", &format!("refs/heads/{branch}"), &head]);
        state.announce_push(pull.repository, &branch, None, Some(&head));
        let group = json!({
            "head_sha": head,
            "head_ref": format!("refs/heads/{branch}"),
            "base_sha": base,
            "base_ref": format!("refs/heads/{}", pull.base_branch),
            "head_commit": { "id": head, "message": format!("Merge pull request #{number}") },
        });
        let fields = json!({ "merge_group": group });
        state.emit(pull.repository, "merge_group", Some("checks_requested"), &repository.owner, fields);
        head
    }
}
