//! How does a check run begin and end?
//!
//! In: a head commit and an `external_id` of the caller's choice; later what the check came to. Out: one check run that
//! is in progress at once and completed at the end, also when the process dies in between or an answer is lost: a run is
//! found again by its `external_id`, and annotations are continued from the number GitHub already has.

use super::call::{Call, encode};
use super::error::Error;
use super::fitting;
use super::installation::{AppNumber, Installation};
use super::lenient;
use super::paging::{self, PER_PAGE};
use crate::domain::{CommitId, RepoName, Timestamp};
use crate::review::{Annotation, Conclusion};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// The name of the check run, which branch protection refers to.
pub const CHECK_NAME: &str = "hyperion";

/// GitHub takes this many in one request and appends the next ones.
const MAX_ANNOTATIONS_PER_REQUEST: usize = 50;
/// Requests in a row whose answers were lost; then the job queue waits for GitHub to recover.
const MAX_LOST_IN_A_ROW: u32 = 3;

/// A check run of this App.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
    /// The caller's own name for it.
    pub external_id: String,
    /// Whether it has ended.
    pub is_completed: bool,
    /// GitHub's word for how it ended, such as `neutral`.
    pub conclusion: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
}

/// What a check run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion<'a> {
    /// What branch protection reads.
    pub conclusion: Conclusion,
    /// One line; cut at 255 bytes.
    pub title: &'a str,
    /// Markdown; cut at 65,535 bytes with a note.
    pub summary: &'a str,
    /// Any number of them.
    pub annotations: &'a [Annotation],
}

#[derive(Deserialize)]
struct CheckRunAnswer {
    id: u64,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "lenient::moment")]
    started_at: Option<Timestamp>,
    #[serde(default)]
    app: Option<AppNumber>,
    #[serde(default)]
    output: Option<OutputAnswer>,
}

#[derive(Deserialize)]
struct OutputAnswer {
    #[serde(default)]
    annotations_count: Option<usize>,
}

#[derive(Deserialize)]
struct CheckRunsPage {
    check_runs: Vec<CheckRunAnswer>,
}

impl CheckRunAnswer {
    fn check_run(self) -> CheckRun {
        CheckRun {
            id: self.id,
            external_id: self.external_id.unwrap_or_default(),
            is_completed: self.status.as_deref() == Some("completed"),
            conclusion: self.conclusion,
            started_at: self.started_at,
        }
    }
}

/// How far a run has come, as GitHub sees it.
struct Progress {
    n_annotations: usize,
    is_completed: bool,
}

impl Installation {
    /// This App's check runs called `name` on `commit`, also those a newer one replaced.
    ///
    /// # Errors
    /// Whatever a call failed with; [`Error::TooManyPages`] above 10,000.
    pub async fn check_runs_for_ref(
        &self,
        repo: &RepoName,
        commit: CommitId,
        name: &str,
    ) -> Result<Vec<CheckRun>, Error> {
        let app_id = self.shared.app_id;
        let name = encode(name);
        let first = format!(
            "/repos/{repo}/commits/{commit}/check-runs?check_name={name}&filter=all&app_id={app_id}&per_page={PER_PAGE}"
        );
        let mut runs = Vec::new();
        // Older servers do not know `app_id` and give everybody's.
        let is_ours = |run: &CheckRunAnswer| run.app.as_ref().is_none_or(|app| app.id == app_id);
        let take = |page: CheckRunsPage| {
            runs.extend(page.check_runs.into_iter().filter(is_ours).map(CheckRunAnswer::check_run));
            ControlFlow::Continue(())
        };
        let end = self.caller.each_page(first.as_str(), take).await?;
        paging::complete(end, &first)?;
        Ok(runs)
    }

    /// The check run `external_id` on `head`: the one begun before, which may have ended since, or a new one that is in
    /// progress from now on.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn start_check(
        &self,
        repo: &RepoName,
        head: CommitId,
        external_id: &str,
        now: Timestamp,
    ) -> Result<CheckRun, Error> {
        let find = || async move {
            let runs = self.check_runs_for_ref(repo, head, CHECK_NAME).await?;
            Ok(runs.into_iter().find(|run| run.external_id == external_id))
        };
        let create = || async move {
            let body = json!({
                "name": CHECK_NAME,
                "head_sha": head,
                "external_id": external_id,
                "status": "in_progress",
                "started_at": now.to_string(),
            });
            let run: CheckRunAnswer = self.caller.json(Call::post(format!("/repos/{repo}/check-runs"), body)).await?;
            Ok(run.check_run())
        };
        self.caller.find_or_create(find, create).await
    }

    /// Ends the check run. May be repeated with the same `completion` after a crash: annotations that GitHub has already
    /// are not sent again.
    ///
    /// # Errors
    /// Whatever a call failed with. The run is then as far as it came and still in progress.
    pub async fn complete_check(
        &self,
        repo: &RepoName,
        check_run_id: u64,
        completion: &Completion<'_>,
    ) -> Result<(), Error> {
        let path = format!("/repos/{repo}/check-runs/{check_run_id}");
        let n_annotations = completion.annotations.len();
        let mut n_sent = match n_annotations {
            0 => 0,
            _ => self.progress(&path).await?.n_annotations,
        };
        let mut n_lost = 0;
        loop {
            let from = n_sent.min(n_annotations);
            let to = n_annotations.min(from + MAX_ANNOTATIONS_PER_REQUEST);
            let is_last = to == n_annotations;
            let call = Call::patch(path.as_str(), part(completion, &completion.annotations[from..to], is_last));
            // Annotations are appended: only a part without any may be repeated blindly.
            let call = if from == to { call } else { call.once() };
            match self.caller.send(&call).await {
                Ok(_) if is_last => return Ok(()),
                Ok(_) => (n_sent, n_lost) = (to, 0),
                Err(error) if error.may_have_happened() && from < to => {
                    n_lost += 1;
                    if n_lost == MAX_LOST_IN_A_ROW {
                        return Err(error);
                    }
                    self.caller.pause(n_lost).await;
                    let progress = self.progress(&path).await?;
                    if is_last && progress.is_completed && progress.n_annotations >= n_annotations {
                        return Ok(());
                    }
                    n_sent = progress.n_annotations;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn progress(&self, path: &str) -> Result<Progress, Error> {
        let run: CheckRunAnswer = self.caller.get(path).await?;
        Ok(Progress {
            n_annotations: run.output.and_then(|output| output.annotations_count).unwrap_or(0),
            is_completed: run.status.as_deref() == Some("completed"),
        })
    }
}

/// One request's part of a completion; only the last one ends the run.
fn part(completion: &Completion<'_>, annotations: &[Annotation], is_last: bool) -> Value {
    let mut output = json!({
        "title": fitting::title(completion.title),
        "summary": fitting::body(completion.summary),
    });
    if !annotations.is_empty() {
        output["annotations"] = annotations.iter().map(annotation).collect();
    }
    let mut part = json!({ "output": output });
    if is_last {
        part["status"] = json!("completed");
        part["conclusion"] = json!(completion.conclusion);
    }
    part
}

fn annotation(annotation: &Annotation) -> Value {
    json!({
        "path": annotation.path,
        "start_line": annotation.line.max(1),
        "end_line": annotation.line.max(1),
        "annotation_level": annotation.level,
        "title": fitting::title(&annotation.title),
        "message": fitting::message(&annotation.message),
    })
}
