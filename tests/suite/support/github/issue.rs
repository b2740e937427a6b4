//! What stands behind a number: an issue or a pull request?
//!
//! Issues are here only so that comments on them can be told from comments on pull requests.

use super::GitHub;
use super::clock::date;
use super::payload::{patched, replaced, template};
use super::state::State;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Issue {
    pub repository: u64,
    pub number: u64,
    pub title: String,
    pub author: String,
    pub created_at: i64,
}

impl State {
    /// Whether a number is taken by an issue or a pull request.
    pub fn has_number(&self, repository: u64, number: u64) -> bool {
        self.pull(repository, number).is_some()
            || self.issues.iter().any(|issue| issue.repository == repository && issue.number == number)
    }

    /// What `issue_comment` events say about the issue. Only a pull request has the field `pull_request`.
    pub fn issue_document(&mut self, repository: u64, number: u64) -> Value {
        let full_name = self.repository(repository).full_name();
        let pull = self.pull(repository, number).cloned();
        let issue = self.issues.iter().find(|issue| issue.repository == repository && issue.number == number).cloned();
        let (title, author, created_at, is_open) = match (&pull, &issue) {
            (Some(pull), _) => (&pull.title, &pull.author, pull.created_at, pull.is_open()),
            (None, Some(issue)) => (&issue.title, &issue.author, issue.created_at, true),
            (None, None) => panic!("no issue or pull request {full_name}#{number}"),
        };
        let example = template("issue_comment", "created", "/issue", &self.urls, &full_name);
        let moved = replaced(&example, &|text| text.replace("/issues/1", &format!("/issues/{number}")));
        let mut document = patched(
            moved,
            json!({
                "number": number,
                "title": title,
                "user": self.user(author),
                "labels": [],
                "assignee": null,
                "assignees": [],
                "milestone": null,
                "state": if is_open { "open" } else { "closed" },
                "created_at": date(created_at),
                "author_association": self.association(repository, author),
                "body": null,
            }),
        );
        if let Some(pull) = pull {
            let (api, web) = (format!("{}/repos/{full_name}", self.urls.api), format!("{}/{full_name}", self.urls.web));
            document["pull_request"] = json!({
                "url": format!("{api}/pulls/{number}"),
                "html_url": format!("{web}/pull/{number}"),
                "diff_url": format!("{web}/pull/{number}.diff"),
                "patch_url": format!("{web}/pull/{number}.patch"),
                "merged_at": null,
            });
            document["draft"] = json!(pull.is_draft);
        }
        document
    }
}

impl GitHub {
    /// Opens an issue that is no pull request. Gives its number.
    pub fn open_issue(&self, full_name: &str, author: &str, title: &str) -> u64 {
        let mut state = self.state();
        let repository = state.repository_id(full_name);
        let (number, created_at) = (state.next_number(repository), state.clock.now());
        let (title, author) = (title.to_owned(), author.to_owned());
        state.issues.push(Issue { repository, number, title, author, created_at });
        number
    }
}
