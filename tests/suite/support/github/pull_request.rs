//! Which pull requests are there, and where do they stand?
//!
//! Opening, pushing, closing, merging and changing the base, each with its events; `refs/pull/N/head` on the base
//! repository; lists, files with patches, and the pull requests of a commit.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::diff::{self, FileDiff};
use super::paging;
use super::payload::{patched, template};
use super::state::State;
use crate::support::git;
use crate::support::history::Commit;
use serde_json::{Value, json};

/// GitHub lists no more files of a pull request than this.
const MOST_FILES: usize = 3_000;

#[derive(Debug, Clone)]
pub struct Pull {
    pub id: u64,
    pub number: u64,
    /// The base repository.
    pub repository: u64,
    pub title: String,
    pub author: String,
    pub state: PullState,
    pub is_draft: bool,
    /// Where the head branch is; the repository may be gone.
    pub head_repository: u64,
    pub head_owner: String,
    pub head_branch: String,
    pub head: String,
    pub base_branch: String,
    /// The base branch's newest commit when the head last moved.
    pub base: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullState {
    Open,
    Closed { at: i64 },
    Merged { at: i64, commit: String },
}

/// A pull request to open.
#[derive(Debug, Clone, Copy)]
pub struct NewPull<'a> {
    /// `octo/engine`
    pub base: &'a str,
    pub into: &'a str,
    /// The repository with the change: the base itself or a fork.
    pub head: &'a str,
    pub branch: &'a str,
    pub author: &'a str,
    pub title: &'a str,
    pub is_draft: bool,
}

impl Pull {
    pub fn is_open(&self) -> bool {
        self.state == PullState::Open
    }

    pub fn is_from_fork(&self) -> bool {
        self.head_repository != self.repository
    }
}

impl State {
    pub fn pull(&self, repository: u64, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.repository == repository && pull.number == number)
    }

    /// The pull request in the call's path.
    pub fn reach_pull(&self, call: &Call) -> Result<Pull, Answer> {
        let repository = self.reach(call)?;
        self.pull(repository, call.number("pull_number")?).cloned().ok_or_else(Answer::not_found)
    }

    /// The files that a pull request changes.
    pub fn files_of(&self, pull: &Pull) -> Vec<FileDiff> {
        diff::between(&self.repository(pull.repository).directory, &pull.base, &pull.head)
    }

    /// The next number for an issue or a pull request.
    pub fn next_number(&mut self, repository: u64) -> u64 {
        let repository = self.repositories.get_mut(&repository).expect("it exists");
        repository.last_number += 1;
        repository.last_number
    }

    /// What a person is to a repository, in GitHub's words.
    pub fn association(&self, repository: u64, login: &str) -> &'static str {
        let is_owner = self.repositories.get(&repository).is_some_and(|r| r.owner == login);
        match self.permissions.get(&(repository, login.to_owned())).map(String::as_str) {
            _ if is_owner => "OWNER",
            Some("admin" | "write" | "maintain" | "triage") => "COLLABORATOR",
            _ => "NONE",
        }
    }

    /// A pull request as its own page shows it.
    pub fn pull_document(&mut self, pull: &Pull) -> Value {
        let full_name = self.repository(pull.repository).full_name();
        let example = template("pull_request", "opened", "/pull_request", &self.urls, &full_name);
        let number = pull.number;
        // The example is number 2 everywhere.
        let moved = super::payload::replaced(&example, &|text| {
            let text =
                text.replace("/pulls/2", &format!("/pulls/{number}")).replace("/pull/2", &format!("/pull/{number}"));
            text.replace("/issues/2", &format!("/issues/{number}"))
        });
        let files = self.files_of(pull);
        let directory = self.repository(pull.repository).directory.clone();
        let range = format!("{}..{}", pull.base, pull.head);
        let n_commits: u64 =
            git::line(&directory, &["rev-list", "--count", &range]).parse().expect("git prints a count");
        let (closed_at, merged_at, merge_commit) = match &pull.state {
            PullState::Open => (None, None, None),
            PullState::Closed { at } => (Some(date(*at)), None, None),
            PullState::Merged { at, commit } => (Some(date(*at)), Some(date(*at)), Some(commit)),
        };
        let n_comments =
            self.comments.values().filter(|c| c.repository == pull.repository && c.number == number).count();
        let n_notes =
            self.review_comments.values().filter(|c| c.repository == pull.repository && c.number == number).count();
        patched(
            moved,
            json!({
                "id": pull.id,
                "node_id": format!("PR_{}", pull.id),
                "number": number,
                "state": if pull.is_open() { "open" } else { "closed" },
                "title": pull.title,
                "body": null,
                "user": self.user(&pull.author),
                "created_at": date(pull.created_at),
                "updated_at": date(pull.updated_at),
                "closed_at": closed_at,
                "merged_at": merged_at,
                "merge_commit_sha": merge_commit,
                "merged": merged_at.is_some(),
                "draft": pull.is_draft,
                "auto_merge": null,
                "statuses_url": format!("{}/repos/{full_name}/statuses/{}", self.urls.api, pull.head),
                "head": self.head_document(pull),
                "base": self.base_document(pull),
                "author_association": self.association(pull.repository, &pull.author),
                "comments": n_comments,
                "review_comments": n_notes,
                "commits": n_commits,
                "additions": files.iter().map(|file| file.n_added).sum::<usize>(),
                "deletions": files.iter().map(|file| file.n_deleted).sum::<usize>(),
                "changed_files": files.len(),
            }),
        )
    }

    fn head_document(&mut self, pull: &Pull) -> Value {
        let exists = self.repositories.contains_key(&pull.head_repository);
        let repository = exists.then(|| self.repository_document(pull.head_repository));
        json!({
            "label": format!("{}:{}", pull.head_owner, pull.head_branch),
            "ref": pull.head_branch,
            "sha": pull.head,
            "user": self.user(&pull.head_owner),
            "repo": repository,
        })
    }

    fn base_document(&mut self, pull: &Pull) -> Value {
        let owner = self.repository(pull.repository).owner.clone();
        json!({
            "label": format!("{owner}:{}", pull.base_branch),
            "ref": pull.base_branch,
            "sha": pull.base,
            "user": self.user(&owner),
            "repo": self.repository_document(pull.repository),
        })
    }

    /// A pull request as check runs and suites name it.
    pub fn short_pull_document(&self, pull: &Pull) -> Value {
        let repository = self.repository(pull.repository);
        let url = format!("{}/repos/{}", self.urls.api, repository.full_name());
        let short = json!({ "id": repository.id, "url": url, "name": repository.name });
        json!({
            "id": pull.id,
            "number": pull.number,
            "url": format!("{url}/pulls/{}", pull.number),
            "head": { "ref": pull.head_branch, "sha": pull.head, "repo": short },
            "base": { "ref": pull.base_branch, "sha": pull.base, "repo": short },
        })
    }

    /// Open pull requests whose head is this commit of this repository. Forks' are not among them, as on GitHub.
    pub fn pulls_with_head(&self, repository: u64, head: &str) -> Vec<Value> {
        let fits =
            |pull: &&Pull| pull.repository == repository && !pull.is_from_fork() && pull.is_open() && pull.head == head;
        self.pulls.iter().filter(fits).map(|pull| self.short_pull_document(pull)).collect()
    }

    /// Moves the open pull requests of a branch along with it.
    pub fn follow_branch(&mut self, repository: u64, branch: &str, after: &str) {
        for index in self.open_pulls_of(repository, branch) {
            let before = std::mem::replace(&mut self.pulls[index].head, after.to_owned());
            let pull = self.pulls[index].clone();
            self.pulls[index].base = self.base_tip(&pull);
            self.pulls[index].updated_at = self.clock.now();
            self.update_pull_ref(&pull);
            let author = pull.author.clone();
            self.emit_pull(index, "synchronize", &author, json!({ "before": before, "after": after }));
        }
    }

    /// Closes the open pull requests of a branch that is gone.
    pub fn close_pulls_of(&mut self, repository: u64, branch: &str) {
        for index in self.open_pulls_of(repository, branch) {
            let author = self.pulls[index].author.clone();
            self.pulls[index].state = PullState::Closed { at: self.clock.now() };
            self.emit_pull(index, "closed", &author, json!({}));
        }
    }

    fn open_pulls_of(&self, repository: u64, branch: &str) -> Vec<usize> {
        let fits = |pull: &Pull| pull.is_open() && pull.head_repository == repository && pull.head_branch == branch;
        (0..self.pulls.len()).filter(|&index| fits(&self.pulls[index])).collect()
    }

    fn base_tip(&self, pull: &Pull) -> String {
        self.repository(pull.repository).tip(&pull.base_branch).unwrap_or_else(|| pull.base.clone())
    }

    /// Brings the head commit into the base repository under `refs/pull/N/head`.
    fn update_pull_ref(&self, pull: &Pull) {
        let base = &self.repository(pull.repository).directory;
        let source = self.repository(pull.head_repository).directory.to_string_lossy().into_owned();
        let reference = format!("+refs/heads/{}:refs/pull/{}/head", pull.head_branch, pull.number);
        git::run(base, &["fetch", "--quiet", "--no-tags", &source, &reference]);
    }

    fn emit_pull(&mut self, index: usize, action: &str, sender: &str, mut fields: Value) {
        let pull = self.pulls[index].clone();
        fields["number"] = json!(pull.number);
        fields["pull_request"] = self.pull_document(&pull);
        self.emit(pull.repository, "pull_request", Some(action), sender, fields);
    }

    fn open_pull(&mut self, new: NewPull<'_>) -> u64 {
        let (repository, head_repository) = (self.repository_id(new.base), self.repository_id(new.head));
        let number = self.next_number(repository);
        let tip = |state: &Self, id: u64, branch: &str| {
            let found = state.repository(id).tip(branch);
            found.unwrap_or_else(|| panic!("no branch `{branch}` to open a pull request with"))
        };
        let pull = Pull {
            id: self.new_id(),
            number,
            repository,
            title: new.title.to_owned(),
            author: new.author.to_owned(),
            state: PullState::Open,
            is_draft: new.is_draft,
            head_repository,
            head_owner: self.repository(head_repository).owner.clone(),
            head_branch: new.branch.to_owned(),
            head: tip(self, head_repository, new.branch),
            base_branch: new.into.to_owned(),
            base: tip(self, repository, new.into),
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        };
        self.update_pull_ref(&pull);
        self.pulls.push(pull);
        self.emit_pull(self.pulls.len() - 1, "opened", new.author, json!({}));
        number
    }
}

/// `GET /repos/{owner}/{repo}/pulls`
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = state.reach(call)?;
    let wanted = call.query("state").unwrap_or("open");
    let fits = |pull: &&Pull| {
        let is_wanted = wanted == "all" || pull.is_open() == (wanted == "open");
        let label = format!("{}:{}", pull.head_owner, pull.head_branch);
        let has_head = call.query("head").is_none_or(|head| head == label);
        let has_base = call.query("base").is_none_or(|base| base == pull.base_branch);
        pull.repository == repository && is_wanted && has_head && has_base
    };
    let mut pulls: Vec<Pull> = state.pulls.iter().filter(fits).cloned().collect();
    pulls.sort_by_key(|pull| match call.query("sort") {
        Some("updated") => (pull.updated_at, pull.number),
        _ => (pull.created_at, pull.number),
    });
    // Newest first, but for an order that was asked for without a direction.
    let default_direction = if matches!(call.query("sort"), None | Some("created")) { "desc" } else { "asc" };
    if call.query("direction").unwrap_or(default_direction) == "desc" {
        pulls.reverse();
    }
    let documents = pulls.iter().map(|pull| state.pull_document(pull)).collect();
    Ok(paging::list(state, call, documents))
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let pull = state.reach_pull(call)?;
    Ok(Answer::json(200, &state.pull_document(&pull)))
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/files`
pub fn files(state: &mut State, call: &Call) -> Outcome {
    let pull = state.reach_pull(call)?;
    let repository = state.repository(pull.repository).full_name();
    let (api, web, head) = (&state.urls.api, &state.urls.web, &pull.head);
    let document = |file: FileDiff| {
        let mut document = json!({
            "sha": file.blob,
            "filename": file.path,
            "status": file.status,
            "additions": file.n_added,
            "deletions": file.n_deleted,
            "changes": file.n_added + file.n_deleted,
            "blob_url": format!("{web}/{repository}/blob/{head}/{}", encoded(&file.path)),
            "raw_url": format!("{web}/{repository}/raw/{head}/{}", encoded(&file.path)),
            "contents_url": format!("{api}/repos/{repository}/contents/{}?ref={head}", encoded(&file.path)),
        });
        if let Some(old_path) = file.old_path {
            document["previous_filename"] = json!(old_path);
        }
        if let Some(patch) = file.patch {
            document["patch"] = json!(patch);
        }
        document
    };
    let documents = state.files_of(&pull).into_iter().take(MOST_FILES).map(document).collect();
    Ok(paging::list(state, call, documents))
}

/// A path as a URL carries it.
fn encoded(path: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => (byte as char).to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}

/// `GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls`
///
/// Knows nothing of forks' commits: whoever needs those must look for the head among the open pull requests.
pub fn of_commit(state: &mut State, call: &Call) -> Outcome {
    let repository = state.reach(call)?;
    let directory = state.repository(repository).directory.clone();
    let commit = git::resolve(&directory, call.parameter("commit_sha"));
    let commit = commit
        .ok_or_else(|| Answer::refusal(422, &format!("No commit found for SHA: {}", call.parameter("commit_sha"))))?;
    let has_commit = |pull: &Pull| {
        let is_in = |of: &str| git::try_run(&directory, &["merge-base", "--is-ancestor", &commit, of]).is_ok();
        is_in(&pull.head) && !is_in(&pull.base)
    };
    let fits = |pull: &&Pull| pull.repository == repository && !pull.is_from_fork() && has_commit(pull);
    let pulls: Vec<Pull> = state.pulls.iter().filter(fits).cloned().collect();
    let documents = pulls.iter().map(|pull| state.pull_document(pull)).collect();
    Ok(paging::list(state, call, documents))
}

impl GitHub {
    /// Opens a pull request. Sends `pull_request.opened`. Gives its number.
    pub fn open_pull_request(&self, new: NewPull<'_>) -> u64 {
        self.state().open_pull(new)
    }

    /// Branches off the default branch, pushes the commits there and opens a pull request by `mona`.
    pub fn open_change(&self, full_name: &str, branch: &str, commits: &[Commit]) -> u64 {
        self.force_push(full_name, branch, "main", commits);
        let title = format!("Change {branch}");
        let new = NewPull {
            base: full_name,
            into: "main",
            head: full_name,
            branch,
            author: "mona",
            title: &title,
            is_draft: false,
        };
        self.open_pull_request(new)
    }

    /// The same from a fork that `owner` makes for it.
    pub fn open_change_from_fork(&self, full_name: &str, owner: &str, branch: &str, commits: &[Commit]) -> u64 {
        let fork = self.fork(full_name, owner);
        self.force_push(&fork, branch, "main", commits);
        let title = format!("Change {branch}");
        let new = NewPull {
            base: full_name,
            into: "main",
            head: &fork,
            branch,
            author: owner,
            title: &title,
            is_draft: false,
        };
        self.open_pull_request(new)
    }

    /// A pull request as it stands.
    pub fn pull_request(&self, full_name: &str, number: u64) -> Pull {
        let state = self.state();
        let repository = state.repository_id(full_name);
        state.pull(repository, number).unwrap_or_else(|| panic!("no pull request {full_name}#{number}")).clone()
    }

    /// Sends `pull_request.closed`.
    pub fn close(&self, full_name: &str, number: u64) {
        self.change_pull(full_name, number, "closed", json!({}), |pull, now| {
            pull.state = PullState::Closed { at: now }
        });
    }

    /// Sends `pull_request.reopened`.
    pub fn reopen(&self, full_name: &str, number: u64) {
        self.change_pull(full_name, number, "reopened", json!({}), |pull, _| pull.state = PullState::Open);
    }

    /// Sends `pull_request.ready_for_review`.
    pub fn mark_ready(&self, full_name: &str, number: u64) {
        self.change_pull(full_name, number, "ready_for_review", json!({}), |pull, _| pull.is_draft = false);
    }

    /// Sends `pull_request.converted_to_draft`.
    pub fn convert_to_draft(&self, full_name: &str, number: u64) {
        self.change_pull(full_name, number, "converted_to_draft", json!({}), |pull, _| pull.is_draft = true);
    }

    /// Sends `pull_request.edited` with the title it had.
    pub fn retitle(&self, full_name: &str, number: u64, title: &str) {
        let from = self.pull_request(full_name, number).title;
        let changes = json!({ "changes": { "title": { "from": from } } });
        self.change_pull(full_name, number, "edited", changes, |pull, _| pull.title = title.to_owned());
    }

    /// Sends `pull_request.edited` with the base it had.
    pub fn change_base(&self, full_name: &str, number: u64, branch: &str) {
        let before = self.pull_request(full_name, number);
        let tip = self.tip(full_name, branch);
        let changes =
            json!({ "changes": { "base": { "ref": { "from": before.base_branch }, "sha": { "from": before.base } } } });
        self.change_pull(full_name, number, "edited", changes, |pull, _| {
            pull.base_branch = branch.to_owned();
            pull.base = tip;
        });
    }

    /// Merges with a merge commit. Sends `push` to the base branch and `pull_request.closed`.
    pub fn merge(&self, full_name: &str, number: u64) -> String {
        let pull = self.pull_request(full_name, number);
        let mut state = self.state();
        let repository = state.repository(pull.repository).clone();
        let tip = repository.tip(&pull.base_branch).expect("the base branch exists");
        let merged = merge_commit(&repository.directory, &tip, &pull.head, &format!("Merge pull request #{number}"));
        git::run(&repository.directory, &["update-ref", &format!("refs/heads/{}", pull.base_branch), &merged]);
        drop(state);
        self.change_pull(full_name, number, "closed", json!({}), |pull, now| {
            pull.state = PullState::Merged { at: now, commit: merged.clone() }
        });
        state = self.state();
        state.announce_push(pull.repository, &pull.base_branch, Some(&tip), Some(&merged));
        merged
    }

    fn change_pull(
        &self,
        full_name: &str,
        number: u64,
        action: &str,
        fields: Value,
        change: impl FnOnce(&mut Pull, i64),
    ) {
        let mut state = self.state();
        let (repository, now) = (state.repository_id(full_name), state.clock.now());
        let index = state.pulls.iter().position(|pull| pull.repository == repository && pull.number == number);
        let index = index.unwrap_or_else(|| panic!("no pull request {full_name}#{number}"));
        change(&mut state.pulls[index], now);
        state.pulls[index].updated_at = now;
        let author = state.pulls[index].author.clone();
        state.emit_pull(index, action, &author, fields);
    }
}

/// A merge of two commits that do not conflict, one second after the newer of them.
pub fn merge_commit(repository: &std::path::Path, base: &str, head: &str, message: &str) -> String {
    let tree = git::line(repository, &["merge-tree", "--write-tree", base, head]);
    let at = [base, head].map(|id| git::line(repository, &["show", "--no-patch", "--format=%ct", id]));
    let newest = at.iter().filter_map(|at| at.parse::<i64>().ok()).max().expect("commits have dates");
    let mut command = git::command(repository);
    let stamp = format!("{} +0000", newest + 1);
    command.envs([("GIT_AUTHOR_DATE", &stamp), ("GIT_COMMITTER_DATE", &stamp)]);
    let output =
        command.args(["commit-tree", &tree, "-p", base, "-p", head, "-m", message]).output().expect("git is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
