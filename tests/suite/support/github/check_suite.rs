//! Which checks belong to one commit of one App?
//!
//! A push to a repository makes a suite for every App that may write checks and tells it so. GitHub does not see pushes
//! to forks: their commits get a suite only when a run is created, and it lists no pull requests.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::check_run;
use super::clock::date;
use super::paging;
use super::payload::{patched, template};
use super::repository::NO_COMMIT;
use super::state::State;
use crate::support::git;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct CheckSuite {
    pub id: u64,
    pub repository: u64,
    pub app: u64,
    pub head: String,
    /// Absent where no branch of the repository was pushed: heads of forks.
    pub head_branch: Option<String>,
    pub before: String,
    pub created_at: i64,
}

impl State {
    /// Makes the suites for a push and tells the Apps.
    pub fn request_check_suites(&mut self, repository: u64, branch: &str, before: Option<&str>, after: &str) {
        let watching =
            self.installations.values().filter(|i| i.suspended_at.is_none() && i.repositories.contains(&repository));
        let apps: Vec<u64> = watching.map(|installation| installation.app).collect();
        let may_write = |app: &u64| {
            self.apps.iter().any(|a| a.id == *app && a.permissions.get("checks").is_some_and(|p| p == "write"))
        };
        for app in apps.into_iter().filter(may_write).collect::<Vec<_>>() {
            let id = self.suite_for(repository, app, after, Some((branch, before.unwrap_or(NO_COMMIT))));
            self.emit_suite(id, "requested");
        }
    }

    /// The App's suite for a commit, made if there is none.
    pub fn suite_for(&mut self, repository: u64, app: u64, head: &str, push: Option<(&str, &str)>) -> u64 {
        let is_it = |suite: &&CheckSuite| suite.repository == repository && suite.app == app && suite.head == head;
        if let Some(suite) = self.check_suites.values().find(is_it) {
            return suite.id;
        }
        let (id, created_at) = (self.new_id(), self.clock.now());
        let head_branch = push.map(|(branch, _)| branch.to_owned());
        let before = push.map_or(NO_COMMIT, |(_, before)| before).to_owned();
        let suite = CheckSuite { id, repository, app, head: head.to_owned(), head_branch, before, created_at };
        self.check_suites.insert(id, suite);
        id
    }

    pub fn suite_document(&mut self, id: u64) -> Value {
        let suite = self.check_suites[&id].clone();
        let app = self.apps.iter().find(|app| app.id == suite.app).expect("its App exists").clone();
        let full_name = self.repository(suite.repository).full_name();
        let runs: Vec<_> = self.check_runs.values().filter(|run| run.suite == id).cloned().collect();
        let is_done = !runs.is_empty() && runs.iter().all(|run| run.status == "completed");
        let is_begun = runs.iter().any(|run| run.status != "queued");
        let status = if is_done {
            "completed"
        } else if is_begun {
            "in_progress"
        } else {
            "queued"
        };
        let has_failed = runs.iter().any(|run| run.conclusion.as_deref() == Some("failure"));
        let conclusion = is_done.then_some(if has_failed { "failure" } else { "success" });
        let url = format!("{}/repos/{full_name}/check-suites/{id}", self.urls.api);
        let head_commit = head_commit(self, &suite);
        let repository = self.repository_document(suite.repository);
        patched(
            template("check_suite", "requested", "/check_suite", &self.urls, &full_name),
            json!({
                "id": id,
                "node_id": format!("CS_{id}"),
                "head_branch": suite.head_branch,
                "head_sha": suite.head,
                "status": status,
                "conclusion": conclusion,
                "url": url,
                "before": suite.before,
                "after": suite.head,
                "pull_requests": self.pulls_with_head(suite.repository, &suite.head),
                "app": self.app_document(&app),
                "created_at": date(suite.created_at),
                "updated_at": date(suite.created_at),
                "latest_check_runs_count": runs.len(),
                "check_runs_url": format!("{url}/check-runs"),
                "head_commit": head_commit,
                "repository": repository,
            }),
        )
    }

    fn emit_suite(&mut self, id: u64, action: &str) {
        let suite = self.check_suites[&id].clone();
        let sender = self.repository(suite.repository).owner.clone();
        let mut document = self.suite_document(id);
        document.as_object_mut().expect("a suite is an object").remove("repository");
        self.emit_to_app(
            suite.app,
            suite.repository,
            "check_suite",
            action,
            &sender,
            json!({ "check_suite": document }),
        );
    }

    fn reach_suite(&self, call: &Call) -> Result<u64, Answer> {
        let repository = self.reach(call)?;
        let suite = self.check_suites.get(&call.number("check_suite_id")?);
        Ok(suite.filter(|suite| suite.repository == repository).ok_or_else(Answer::not_found)?.id)
    }
}

fn head_commit(state: &State, suite: &CheckSuite) -> Value {
    let directory = &state.repository(suite.repository).directory;
    let line = git::line(directory, &["show", "--no-patch", "--format=%T%x00%an%x00%ae%x00%cI%x00%s", &suite.head]);
    let parts: Vec<&str> = line.splitn(5, '\0').collect();
    let person = json!({ "name": parts[1], "email": parts[2] });
    json!({
        "id": suite.head,
        "tree_id": parts[0],
        "message": parts[4],
        "timestamp": parts[3],
        "author": person,
        "committer": person,
    })
}

/// `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = state.reach_suite(call)?;
    Ok(Answer::json(200, &state.suite_document(id)))
}

/// `POST /repos/{owner}/{repo}/check-suites`
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (repository, app) = (state.reach(call)?, state.calling_app(call)?.id);
    let head = check_run::existing_commit(state, repository, &call.text("head_sha").unwrap_or_default())?;
    let n_before = state.check_suites.len();
    let id = state.suite_for(repository, app, &head, None);
    let status = if state.check_suites.len() > n_before { 201 } else { 200 };
    Ok(Answer::json(status, &state.suite_document(id)))
}

/// `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs`
pub fn runs(state: &mut State, call: &Call) -> Outcome {
    let id = state.reach_suite(call)?;
    check_run::list(state, call, |run| run.suite == id)
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/check-suites`
pub fn of_commit(state: &mut State, call: &Call) -> Outcome {
    let repository = state.reach(call)?;
    let head = check_run::existing_commit(state, repository, call.parameter("ref"))?;
    let app = call.query("app_id").and_then(|id| id.parse::<u64>().ok());
    let fits = |suite: &&CheckSuite| {
        suite.repository == repository && suite.head == head && app.is_none_or(|app| app == suite.app)
    };
    let ids: Vec<u64> = state.check_suites.values().filter(fits).map(|suite| suite.id).collect();
    let documents = ids.into_iter().map(|id| state.suite_document(id)).collect();
    Ok(paging::counted(state, call, "check_suites", documents))
}

impl GitHub {
    /// A person asks for all checks of a commit again. Sends `check_suite.rerequested`.
    pub fn rerequest_check_suite(&self, full_name: &str, head: &str) {
        let mut state = self.state();
        let (repository, app) = (state.repository_id(full_name), state.apps[0].id);
        let id = state.suite_for(repository, app, head, None);
        state.emit_suite(id, "rerequested");
    }
}
