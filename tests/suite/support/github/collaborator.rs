//! What may a person do in a repository?

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::payload::patched;
use super::state::State;
use serde_json::json;

/// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
///
/// Everyone may read a public repository; a name that nobody has is not found.
pub fn permission(state: &mut State, call: &Call) -> Outcome {
    let repository = state.reach(call)?;
    let login = call.parameter("username").to_owned();
    if !state.knows_user(&login) {
        return Err(Answer::not_found());
    }
    let everyones = if state.repository(repository).is_private { "none" } else { "read" };
    let given = state.permissions.get(&(repository, login.clone())).cloned().unwrap_or_else(|| everyones.to_owned());
    // The older field knows four levels; the finer ones are roles.
    let permission = match given.as_str() {
        "maintain" => "write",
        "triage" => "read",
        level => level,
    };
    let rank =
        ["none", "read", "triage", "write", "maintain", "admin"].iter().position(|level| *level == given).unwrap_or(0);
    let allowed =
        json!({ "pull": rank >= 1, "triage": rank >= 2, "push": rank >= 3, "maintain": rank >= 4, "admin": rank >= 5 });
    let user = patched(state.user(&login), json!({ "permissions": allowed, "role_name": given }));
    Ok(Answer::json(200, &json!({ "permission": permission, "role_name": given, "user": user })))
}

impl GitHub {
    /// Gives a person a role: `admin`, `maintain`, `write`, `triage`, `read` or `none`.
    pub fn allow(&self, full_name: &str, login: &str, role: &str) {
        let mut state = self.state();
        let repository = state.repository_id(full_name);
        state.user(login);
        state.permissions.insert((repository, login.to_owned()), role.to_owned());
    }

    /// Makes a person known who has no role anywhere.
    pub fn make_known(&self, login: &str) {
        self.state().user(login);
    }
}
