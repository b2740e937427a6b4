//! Where is the App installed?
//!
//! Installations on accounts, the repositories each may see, suspension and removal, and the events they cause.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::paging;
use super::payload::{patched, template};
use super::state::State;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
pub struct Installation {
    pub id: u64,
    pub app: u64,
    pub account: String,
    pub repositories: BTreeSet<u64>,
    pub suspended_at: Option<i64>,
    pub created_at: i64,
}

impl State {
    /// The installation of the App that sees this repository.
    pub fn installation_for(&self, app: u64, repository: u64) -> Option<&Installation> {
        self.installations.values().find(|i| i.app == app && i.repositories.contains(&repository))
    }

    fn installation_document(&mut self, id: u64) -> Value {
        let installation = self.installations[&id].clone();
        let app = self.apps.iter().find(|app| app.id == installation.app).expect("its App exists").clone();
        let account = self.user(&installation.account);
        let suspended_by = installation.suspended_at.map(|_| self.user(&installation.account));
        patched(
            template("installation", "created", "/installation", &self.urls, ""),
            json!({
                "id": id,
                "account": account,
                "target_id": account["id"],
                "repository_selection": "selected",
                "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", self.urls.api),
                "html_url": format!("{}/settings/installations/{id}", self.urls.web),
                "app_id": app.id,
                "app_slug": app.slug,
                "client_id": app.client_id,
                "permissions": app.permissions,
                "events": app.events,
                "created_at": date(installation.created_at),
                "updated_at": date(installation.created_at),
                "suspended_at": installation.suspended_at.map(date),
                "suspended_by": suspended_by,
            }),
        )
    }

    fn announce(&mut self, id: u64, event: &str, action: &str, mut fields: Value) {
        let sender = self.installations[&id].account.clone();
        fields["installation"] = self.installation_document(id);
        fields["sender"] = self.user(&sender);
        fields["action"] = json!(action);
        self.deliver(id, event, Some(action), None, fields);
    }

    fn short_repositories(&self, ids: impl IntoIterator<Item = u64>) -> Value {
        let short = |id: u64| {
            let repository = &self.repositories[&id];
            json!({
                "id": id,
                "node_id": format!("R_{id}"),
                "name": repository.name,
                "full_name": repository.full_name(),
                "private": repository.is_private,
            })
        };
        ids.into_iter().map(short).collect()
    }
}

/// `GET /app/installations`
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let app = state.calling_app(call)?.id;
    let ids: Vec<u64> = state.installations.values().filter(|i| i.app == app).map(|i| i.id).collect();
    let documents = ids.into_iter().map(|id| state.installation_document(id)).collect();
    Ok(paging::list(state, call, documents))
}

/// `GET /app/installations/{installation_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = state.own_installation(call)?;
    Ok(Answer::json(200, &state.installation_document(id)))
}

/// `GET /repos/{owner}/{repo}/installation`
pub fn of_repository(state: &mut State, call: &Call) -> Outcome {
    let app = state.calling_app(call)?.id;
    let repository = state.repository_named(call.parameter("owner"), call.parameter("repo"));
    let repository = repository.ok_or_else(Answer::not_found)?.id;
    let id = state.installation_for(app, repository).ok_or_else(Answer::not_found)?.id;
    Ok(Answer::json(200, &state.installation_document(id)))
}

/// `GET /installation/repositories`
pub fn repositories(state: &mut State, call: &Call) -> Outcome {
    let token = state.calling_token(call)?.clone();
    let documents = token.repositories.iter().map(|id| state.repository_document(*id)).collect();
    Ok(paging::counted(state, call, "repositories", documents))
}

impl State {
    /// The installation the path names, if it is the calling App's.
    pub fn own_installation(&self, call: &Call) -> Result<u64, Answer> {
        let app = self.calling_app(call)?.id;
        let id = call.number("installation_id")?;
        let installation = self.installations.get(&id).filter(|installation| installation.app == app);
        Ok(installation.ok_or_else(Answer::not_found)?.id)
    }
}

impl GitHub {
    /// Installs the test App on an account for some of its repositories. Sends `installation.created`.
    pub fn install(&self, account: &str, repositories: &[&str]) -> u64 {
        let mut state = self.state();
        let (id, app, created_at) = (state.new_id(), state.apps[0].id, state.clock.now());
        let repositories: BTreeSet<u64> = repositories.iter().map(|name| state.repository_id(name)).collect();
        let named = state.short_repositories(repositories.clone());
        let account = account.to_owned();
        state.installations.insert(id, Installation { id, app, account, repositories, suspended_at: None, created_at });
        state.announce(id, "installation", "created", json!({ "repositories": named }));
        id
    }

    /// Stops the installation: its tokens are refused and it gets no more events. Sends `installation.suspend`.
    pub fn suspend(&self, id: u64) {
        let mut state = self.state();
        let now = state.clock.now();
        state.installations.get_mut(&id).expect("it is installed").suspended_at = Some(now);
        state.announce(id, "installation", "suspend", json!({ "repositories": [] }));
    }

    /// Lets the installation go on. Sends `installation.unsuspend`.
    pub fn unsuspend(&self, id: u64) {
        let mut state = self.state();
        state.installations.get_mut(&id).expect("it is installed").suspended_at = None;
        state.announce(id, "installation", "unsuspend", json!({ "repositories": [] }));
    }

    /// Removes the installation and its tokens. Sends `installation.deleted`.
    pub fn uninstall(&self, id: u64) {
        let mut state = self.state();
        let named = state.short_repositories(state.installations[&id].repositories.clone());
        state.announce(id, "installation", "deleted", json!({ "repositories": named }));
        state.installations.remove(&id);
        state.tokens.retain(|_, token| token.installation != id);
    }

    /// Lets the installation see another repository. Sends `installation_repositories.added`.
    pub fn add_to_installation(&self, id: u64, repository: &str) {
        let mut state = self.state();
        let repository = state.repository_id(repository);
        state.installations.get_mut(&id).expect("it is installed").repositories.insert(repository);
        let added = state.short_repositories([repository]);
        let fields =
            json!({ "repository_selection": "selected", "repositories_added": added, "repositories_removed": [] });
        state.announce(id, "installation_repositories", "added", fields);
    }

    /// Hides a repository from the installation. Sends `installation_repositories.removed`.
    pub fn remove_from_installation(&self, id: u64, repository: &str) {
        let mut state = self.state();
        let repository = state.repository_id(repository);
        state.installations.get_mut(&id).expect("it is installed").repositories.remove(&repository);
        let removed = state.short_repositories([repository]);
        let fields =
            json!({ "repository_selection": "selected", "repositories_added": [], "repositories_removed": removed });
        state.announce(id, "installation_repositories", "removed", fields);
    }
}
