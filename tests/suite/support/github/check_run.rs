//! What do the checks say?
//!
//! Check runs as GitHub keeps them: annotations are appended by every update; a completed run has a conclusion; only
//! the App that made a run may change it. Sizes are limited by GitHub's description, which every request is held to.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::paging;
use super::payload::{patched, template};
use super::state::State;
use crate::support::git;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Runs of one name in one suite.
const MOST_OF_ONE_NAME: usize = 1_000;

#[derive(Debug, Clone)]
pub struct CheckRun {
    pub id: u64,
    pub suite: u64,
    pub repository: u64,
    pub app: u64,
    pub name: String,
    pub head: String,
    pub external_id: String,
    pub details_url: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<String>,
    pub completed_at: Option<String>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    /// As they were sent, in order.
    pub annotations: Vec<Value>,
    pub actions: Vec<Value>,
    /// Every status it was set to, in order.
    pub past_statuses: Vec<String>,
}

impl State {
    pub fn run_document(&mut self, run: &CheckRun) -> Value {
        let full_name = self.repository(run.repository).full_name();
        let app = self.apps.iter().find(|app| app.id == run.app).expect("its App exists").clone();
        let url = format!("{}/repos/{full_name}/check-runs/{}", self.urls.api, run.id);
        let html_url = format!("{}/{full_name}/runs/{}", self.urls.web, run.id);
        let mut document = patched(
            template("check_run", "created", "/check_run", &self.urls, &full_name),
            json!({
                "id": run.id,
                "node_id": format!("CR_{}", run.id),
                "head_sha": run.head,
                "external_id": run.external_id,
                "url": url,
                "html_url": html_url,
                "details_url": run.details_url.clone().unwrap_or_else(|| html_url.clone()),
                "status": run.status,
                "conclusion": run.conclusion,
                "started_at": run.started_at,
                "completed_at": run.completed_at,
                "output": {
                    "title": run.title,
                    "summary": run.summary,
                    "text": run.text,
                    "annotations_count": run.annotations.len(),
                    "annotations_url": format!("{url}/annotations"),
                },
                "name": run.name,
                "check_suite": { "id": run.suite },
                "app": self.app_document(&app),
                "pull_requests": self.pulls_with_head(run.repository, &run.head),
            }),
        );
        document.as_object_mut().expect("a run is an object").remove("deployment");
        document
    }

    fn reach_run(&self, call: &Call) -> Result<CheckRun, Answer> {
        let repository = self.reach(call)?;
        let run = self.check_runs.get(&call.number("check_run_id")?);
        run.filter(|run| run.repository == repository).cloned().ok_or_else(Answer::not_found)
    }

    fn emit_run(&mut self, run: &CheckRun, action: &str, sender: &str, mut fields: Value) {
        let mut document = self.run_document(run);
        let suite = self.suite_document(run.suite);
        document["check_suite"] = suite;
        document["check_suite"].as_object_mut().expect("a suite is an object").remove("repository");
        fields["check_run"] = document;
        self.emit_to_app(run.app, run.repository, "check_run", action, sender, fields);
    }
}

/// The full name of a commit that the repository has.
pub fn existing_commit(state: &State, repository: u64, revision: &str) -> Result<String, Answer> {
    let found = git::resolve(&state.repository(repository).directory, revision);
    found.ok_or_else(|| Answer::refusal(422, &format!("No commit found for SHA: {revision}")))
}

/// `POST /repos/{owner}/{repo}/check-runs`
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (repository, app) = (state.reach(call)?, state.calling_app(call)?.clone());
    let head = existing_commit(state, repository, &call.text("head_sha").unwrap_or_default())?;
    let name = call.text("name").unwrap_or_default();
    let suite = state.suite_for(repository, app.id, &head, None);
    let n_same = state.check_runs.values().filter(|run| run.suite == suite && run.name == name).count();
    if n_same >= MOST_OF_ONE_NAME {
        return Err(Answer::refusal(422, "Too many check runs with the same name in this suite."));
    }
    let mut run = CheckRun {
        id: state.new_id(),
        suite,
        repository,
        app: app.id,
        name,
        head,
        external_id: String::new(),
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        started_at: Some(date(state.clock.now())),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
        past_statuses: Vec::new(),
    };
    apply(&mut run, &call.body, &date(state.clock.now()))?;
    state.check_runs.insert(run.id, run.clone());
    state.emit_run(&run, "created", &app.bot_login(), json!({}));
    if run.status == "completed" {
        state.emit_run(&run, "completed", &app.bot_login(), json!({}));
    }
    Ok(Answer::json(201, &state.run_document(&run)))
}

/// `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let mut run = state.reach_run(call)?;
    let app = state.calling_app(call)?.clone();
    if run.app != app.id {
        return Err(Answer::refusal(
            403,
            "Invalid app_id: check run can only be modified by the GitHub App that created it.",
        ));
    }
    let was_completed = run.status == "completed";
    apply(&mut run, &call.body, &date(state.clock.now()))?;
    state.check_runs.insert(run.id, run.clone());
    if run.status == "completed" && !was_completed {
        state.emit_run(&run, "completed", &app.bot_login(), json!({}));
    }
    Ok(Answer::json(200, &state.run_document(&run)))
}

/// Sets what a request names. A conclusion completes the run; another status takes its conclusion back.
fn apply(run: &mut CheckRun, body: &Value, now: &str) -> Result<(), Answer> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    run.name = text("name").unwrap_or_else(|| run.name.clone());
    run.external_id = text("external_id").unwrap_or_else(|| run.external_id.clone());
    run.details_url = text("details_url").or(run.details_url.take());
    run.started_at = text("started_at").or(run.started_at.take());
    let conclusion = text("conclusion");
    let asked = text("status").or_else(|| conclusion.as_ref().map(|_| "completed".to_owned()));
    if asked.as_deref() == Some("completed") && conclusion.is_none() {
        return Err(Answer::refusal(422, "Invalid request.\n\n\"conclusion\" wasn't supplied."));
    }
    if let Some(status) = asked {
        run.status = if conclusion.is_some() { "completed".to_owned() } else { status };
        run.completed_at = conclusion.as_ref().map(|_| text("completed_at").unwrap_or_else(|| now.to_owned()));
        run.conclusion = conclusion;
    }
    run.past_statuses.push(run.status.clone());
    apply_output(run, &body["output"]);
    if let Some(actions) = body["actions"].as_array() {
        run.actions.clone_from(actions);
    }
    Ok(())
}

fn apply_output(run: &mut CheckRun, output: &Value) {
    let text = |name: &str| output[name].as_str().map(str::to_owned);
    run.title = text("title").or(run.title.take());
    run.summary = text("summary").or(run.summary.take());
    run.text = text("text").or(run.text.take());
    run.annotations.extend(output["annotations"].as_array().into_iter().flatten().cloned());
}

/// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let run = state.reach_run(call)?;
    Ok(Answer::json(200, &state.run_document(&run)))
}

/// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`
pub fn annotations(state: &mut State, call: &Call) -> Outcome {
    let run = state.reach_run(call)?;
    let full_name = state.repository(run.repository).full_name();
    let document = |annotation: &Value| {
        let path = annotation["path"].as_str().unwrap_or_default();
        json!({
            "path": path,
            "blob_href": format!("{}/{full_name}/blob/{}/{path}", state.urls.web, run.head),
            "start_line": annotation["start_line"],
            "end_line": annotation["end_line"],
            "start_column": annotation["start_column"],
            "end_column": annotation["end_column"],
            "annotation_level": annotation["annotation_level"],
            "title": annotation["title"],
            "message": annotation["message"],
            "raw_details": annotation["raw_details"],
        })
    };
    Ok(paging::list(state, call, run.annotations.iter().map(document).collect()))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`
pub fn of_commit(state: &mut State, call: &Call) -> Outcome {
    let repository = state.reach(call)?;
    let head = existing_commit(state, repository, call.parameter("ref"))?;
    list(state, call, |run| run.repository == repository && run.head == head)
}

/// Runs by the call's filters: the newest of each name, unless `filter=all`.
pub fn list(state: &mut State, call: &Call, fits: impl Fn(&CheckRun) -> bool) -> Outcome {
    let app = call.query("app_id").and_then(|id| id.parse::<u64>().ok());
    let is_wanted = |run: &&CheckRun| {
        let has_name = call.query("check_name").is_none_or(|name| name == run.name);
        let has_status = call.query("status").is_none_or(|status| status == run.status);
        has_name && has_status && app.is_none_or(|app| app == run.app) && fits(run)
    };
    let mut runs: Vec<CheckRun> = state.check_runs.values().filter(is_wanted).cloned().collect();
    if call.query("filter") != Some("all") {
        let newest: BTreeMap<(u64, String), CheckRun> =
            runs.into_iter().map(|run| ((run.app, run.name.clone()), run)).collect();
        runs = newest.into_values().collect();
    }
    // Newest first.
    runs.sort_by_key(|run| std::cmp::Reverse(run.id));
    let documents = runs.iter().map(|run| state.run_document(run)).collect();
    Ok(paging::counted(state, call, "check_runs", documents))
}

impl GitHub {
    /// All check runs on a commit, oldest first.
    pub fn check_runs(&self, full_name: &str, head: &str) -> Vec<CheckRun> {
        let state = self.state();
        let repository = state.repository_id(full_name);
        state.check_runs.values().filter(|run| run.repository == repository && run.head == head).cloned().collect()
    }

    /// All check runs there are, oldest first.
    pub fn all_check_runs(&self) -> Vec<CheckRun> {
        self.state().check_runs.values().cloned().collect()
    }

    /// A person asks for a run again, which changes nothing of it. Sends `check_run.rerequested`.
    pub fn rerequest_check_run(&self, id: u64) {
        let mut state = self.state();
        let run = state.check_runs[&id].clone();
        let sender = state.repository(run.repository).owner.clone();
        state.emit_run(&run, "rerequested", &sender, json!({}));
    }

    /// A person presses a button of a run. Sends `check_run.requested_action`.
    pub fn request_action(&self, id: u64, sender: &str, identifier: &str) {
        let mut state = self.state();
        let run = state.check_runs[&id].clone();
        let fields = json!({ "requested_action": { "identifier": identifier } });
        state.emit_run(&run, "requested_action", sender, fields);
    }
}
