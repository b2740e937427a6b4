//! Which repositories are there, and what is pushed to them?
//!
//! Repositories are real bare git repositories in a temporary directory. A push writes commits, then tells everyone
//! whom GitHub would tell: `push`, `check_suite.requested`, and `synchronize` for the pull requests of the branch.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::{Call, Caller};
use super::clock::date;
use super::payload::{patched, template};
use super::state::State;
use crate::support::git;
use crate::support::history::{Commit, Onto, import};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What git calls no commit at all.
pub const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// A push event lists no more commits than this.
const MOST_COMMITS_IN_PUSH: &str = "--max-count=20";

#[derive(Debug, Clone)]
pub struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    /// Names it had before: requests for them are sent on.
    pub former_names: Vec<String>,
    pub is_private: bool,
    pub default_branch: String,
    pub fork_of: Option<u64>,
    /// The bare repository.
    pub directory: PathBuf,
    pub created_at: i64,
    /// Issues and pull requests count together.
    pub last_number: u64,
}

impl Repository {
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The newest commit of a branch.
    pub fn tip(&self, branch: &str) -> Option<String> {
        git::resolve(&self.directory, &format!("refs/heads/{branch}"))
    }
}

impl State {
    pub fn repository_named(&self, owner: &str, name: &str) -> Option<&Repository> {
        let is_it = |r: &&Repository| r.owner.eq_ignore_ascii_case(owner) && r.name.eq_ignore_ascii_case(name);
        self.repositories.values().find(is_it)
    }

    /// The id behind `octo/engine`; a test that names another repository is wrong.
    pub fn repository_id(&self, full_name: &str) -> u64 {
        let (owner, name) = full_name.split_once('/').expect("a repository is `owner/name`");
        self.repository_named(owner, name).unwrap_or_else(|| panic!("no repository `{full_name}`")).id
    }

    /// The repository in the call's path, if its token may see it.
    pub fn reach(&self, call: &Call) -> Result<u64, Answer> {
        let (owner, name) = (call.parameter("owner"), call.parameter("repo"));
        let id = match self.repository_named(owner, name) {
            Some(repository) => repository.id,
            None => return Err(self.moved(call, &format!("{owner}/{name}")).unwrap_or_else(Answer::not_found)),
        };
        match &call.caller {
            Caller::Installation { token } if self.live_token(token)?.repositories.contains(&id) => Ok(id),
            _ => Err(Answer::not_found()),
        }
    }

    fn moved(&self, call: &Call, full_name: &str) -> Option<Answer> {
        let repository = self.repositories.values().find(|r| r.former_names.iter().any(|name| name == full_name))?;
        let rest = call.path.strip_prefix(&format!("/repos/{full_name}"))?;
        let address = format!("{}/repositories/{}{rest}", self.urls.api, repository.id);
        let status = if call.method == "GET" { 301 } else { 307 };
        let document = json!({ "message": "Moved Permanently", "url": address });
        Some(Answer::json(status, &document).with_header("location", &address))
    }

    pub fn repository(&self, id: u64) -> &Repository {
        &self.repositories[&id]
    }

    /// A repository as documents show it.
    pub fn repository_document(&mut self, id: u64) -> Value {
        let repository = self.repositories[&id].clone();
        let full_name = repository.full_name();
        let owner = self.user(&repository.owner);
        let web = format!("{}/{full_name}", self.urls.web);
        let n_open = self.pulls.iter().filter(|pull| pull.repository == id && pull.is_open()).count();
        patched(
            template("pull_request", "opened", "/repository", &self.urls, &full_name),
            json!({
                "id": id,
                "node_id": format!("R_{id}"),
                "name": repository.name,
                "full_name": full_name,
                "owner": owner,
                "private": repository.is_private,
                "visibility": if repository.is_private { "private" } else { "public" },
                "fork": repository.fork_of.is_some(),
                "default_branch": repository.default_branch,
                "html_url": web,
                "clone_url": format!("{web}.git"),
                "git_url": format!("{}.git", web.replacen("http", "git", 1)),
                "svn_url": web,
                "created_at": date(repository.created_at),
                "updated_at": date(repository.created_at),
                "pushed_at": date(repository.created_at),
                "open_issues": n_open,
                "open_issues_count": n_open,
                "has_discussions": false,
                "is_template": false,
                "topics": [],
                "allow_forking": true,
                "web_commit_signoff_required": false,
                "subscribers_count": 1,
                "network_count": 0,
            }),
        )
    }

    fn add_repository(&mut self, full_name: &str, is_private: bool, fork_of: Option<u64>) -> u64 {
        let (owner, name) = full_name.split_once('/').expect("a repository is `owner/name`");
        let id = self.new_id();
        let directory = self.directory.join(format!("{id}.git"));
        git::run(&self.directory, &["init", "--quiet", "--bare", "--initial-branch=main", &format!("{id}.git")]);
        // GitHub serves any object it has, and partial clones.
        for setting in ["uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"] {
            git::run(&directory, &["config", setting, "true"]);
        }
        self.user(owner);
        self.permissions.insert((id, owner.to_owned()), "admin".to_owned());
        let repository = Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            former_names: Vec::new(),
            is_private,
            default_branch: "main".to_owned(),
            fork_of,
            directory,
            created_at: self.clock.now(),
            last_number: 0,
        };
        self.repositories.insert(id, repository);
        id
    }

    fn push(&mut self, id: u64, branch: &str, onto: Onto<'_>, commits: &[Commit]) -> String {
        let before = self.repository(id).tip(branch);
        let after = import(&self.repository(id).directory, branch, onto, commits);
        self.announce_push(id, branch, before.as_deref(), Some(&after));
        after
    }

    /// Everything GitHub says and does once a branch has moved from `before` to `after`.
    pub fn announce_push(&mut self, id: u64, branch: &str, before: Option<&str>, after: Option<&str>) {
        let pusher = self.repository(id).owner.clone();
        let fields = self.push_document(id, branch, before, after, &pusher);
        self.emit(id, "push", None, &pusher, fields);
        match after {
            Some(after) => {
                self.request_check_suites(id, branch, before, after);
                self.follow_branch(id, branch, after);
            }
            None => self.close_pulls_of(id, branch),
        }
    }

    fn push_document(
        &mut self,
        id: u64,
        branch: &str,
        before: Option<&str>,
        after: Option<&str>,
        pusher: &str,
    ) -> Value {
        let repository = self.repository(id).clone();
        let is_ancestor = |before: &str, after: &str| {
            git::try_run(&repository.directory, &["merge-base", "--is-ancestor", before, after]).is_ok()
        };
        let is_forced = before.zip(after).is_some_and(|(before, after)| !is_ancestor(before, after));
        let commits = after.map_or_else(Vec::new, |after| pushed_commits(&repository, before, after));
        let (from, to) = (before.unwrap_or(NO_COMMIT), after.unwrap_or(NO_COMMIT));
        let whole = template("push", "", "", &self.urls, &repository.full_name());
        let mut document = patched(
            whole,
            json!({
                "ref": format!("refs/heads/{branch}"),
                "before": from,
                "after": to,
                "created": before.is_none(),
                "deleted": after.is_none(),
                "forced": is_forced,
                "base_ref": null,
                "compare": format!("{}/{}/compare/{from}...{to}", self.urls.web, repository.full_name()),
                "head_commit": commits.last(),
                "commits": commits,
                "pusher": { "name": pusher, "email": format!("{pusher}@example.com") },
            }),
        );
        // A push event's own repository and sender are the ones every event gets.
        document
            .as_object_mut()
            .expect("an event is an object")
            .retain(|name, _| name != "repository" && name != "sender");
        document
    }
}

/// The newest commits that a push brings, oldest first, as a push event lists them.
fn pushed_commits(repository: &Repository, before: Option<&str>, after: &str) -> Vec<Value> {
    let range = before.map_or_else(|| after.to_owned(), |before| format!("{before}..{after}"));
    let format = "--format=%x01%H%x00%T%x00%an%x00%ae%x00%aI%x00%B%x00";
    let arguments = ["log", "--reverse", MOST_COMMITS_IN_PUSH, "--name-status", "--no-renames", format, &range];
    let text = String::from_utf8_lossy(&git::run(&repository.directory, &arguments)).into_owned();
    text.split('\u{1}').skip(1).map(pushed_commit).collect()
}

fn pushed_commit(entry: &str) -> Value {
    let mut parts = entry.splitn(7, '\0');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (id, tree, name, email, at, message, files) = (next(), next(), next(), next(), next(), next(), next());
    let with_status = |status: char| -> Vec<String> {
        let paths = files.lines().filter_map(|line| line.strip_prefix(status)?.strip_prefix('\t'));
        paths.map(str::to_owned).collect()
    };
    let person = json!({ "name": name, "email": email });
    json!({
        "id": id,
        "tree_id": tree,
        "distinct": true,
        "message": message.trim_end(),
        "timestamp": at,
        "url": format!("https://example.com/commit/{id}"),
        "author": person,
        "committer": person,
        "added": with_status('A'),
        "removed": with_status('D'),
        "modified": with_status('M'),
    })
}

/// `GET /repos/{owner}/{repo}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = state.reach(call)?;
    Ok(Answer::json(200, &state.repository_document(id)))
}

impl GitHub {
    /// A public repository whose `main` branch has these commits. None: an empty repository.
    pub fn create_repository(&self, full_name: &str, commits: &[Commit]) {
        self.create(full_name, false, commits);
    }

    /// The same, private.
    pub fn create_private_repository(&self, full_name: &str, commits: &[Commit]) {
        self.create(full_name, true, commits);
    }

    fn create(&self, full_name: &str, is_private: bool, commits: &[Commit]) {
        let mut state = self.state();
        let id = state.add_repository(full_name, is_private, None);
        if !commits.is_empty() {
            state.push(id, "main", Onto::Tip, commits);
        }
    }

    /// Copies a repository to another account. Gives its full name.
    pub fn fork(&self, from: &str, owner: &str) -> String {
        let mut state = self.state();
        let parent = state.repository(state.repository_id(from)).clone();
        let full_name = format!("{owner}/{}", parent.name);
        let id = state.add_repository(&full_name, parent.is_private, Some(parent.id));
        let source = parent.directory.to_string_lossy().into_owned();
        git::run(&state.repository(id).directory, &["fetch", "--quiet", &source, "+refs/heads/*:refs/heads/*"]);
        full_name
    }

    /// Adds commits to a branch, or begins it. Gives its newest commit.
    pub fn push(&self, full_name: &str, branch: &str, commits: &[Commit]) -> String {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        state.push(id, branch, Onto::Tip, commits)
    }

    /// Moves a branch to `revision` plus these commits, forgetting what it had.
    pub fn force_push(&self, full_name: &str, branch: &str, revision: &str, commits: &[Commit]) -> String {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        state.push(id, branch, Onto::Revision(revision), commits)
    }

    /// A branch that shares no commit with the others.
    pub fn push_orphan(&self, full_name: &str, branch: &str, commits: &[Commit]) -> String {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        state.push(id, branch, Onto::Nothing, commits)
    }

    /// Deletes a branch; its open pull requests close, as on GitHub.
    pub fn delete_branch(&self, full_name: &str, branch: &str) {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        let before = state.repository(id).tip(branch);
        let directory = state.repository(id).directory.clone();
        git::run(&directory, &["update-ref", "-d", &format!("refs/heads/{branch}")]);
        state.announce_push(id, branch, before.as_deref(), None);
    }

    /// Deletes a repository. Pull requests from it stay open, without a head repository.
    pub fn delete_repository(&self, full_name: &str) {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        let owner = state.repository(id).owner.clone();
        state.emit(id, "repository", Some("deleted"), &owner, json!({}));
        state.repositories.remove(&id);
        for installation in state.installations.values_mut() {
            installation.repositories.remove(&id);
        }
    }

    /// Gives a repository another name. Requests for the old one are sent on. Sends `repository.renamed`.
    pub fn rename_repository(&self, full_name: &str, new_name: &str) {
        let mut state = self.state();
        let id = state.repository_id(full_name);
        let repository = state.repositories.get_mut(&id).expect("it exists");
        let old_name = std::mem::replace(&mut repository.name, new_name.to_owned());
        repository.former_names.push(full_name.to_owned());
        let owner = repository.owner.clone();
        let changes = json!({ "changes": { "repository": { "name": { "from": old_name } } } });
        state.emit(id, "repository", Some("renamed"), &owner, changes);
    }

    /// The newest commit of a branch.
    pub fn tip(&self, full_name: &str, branch: &str) -> String {
        let state = self.state();
        let repository = state.repository(state.repository_id(full_name));
        repository.tip(branch).unwrap_or_else(|| panic!("no branch `{branch}` in {full_name}"))
    }

    /// Where a repository lies, for tests that look into it.
    pub fn directory_of(&self, full_name: &str) -> PathBuf {
        let state = self.state();
        state.repository(state.repository_id(full_name)).directory.clone()
    }

    /// Where people and bots fetch a repository from.
    pub fn clone_url(&self, full_name: &str) -> String {
        format!("{}/{full_name}.git", self.state().urls.web)
    }
}
