//! May this person command the bot?
//!
//! In: a login. Out: what the repository lets that person do. An unknown word from GitHub counts as no permission.

use super::call::encode;
use super::error::Error;
use super::installation::Installation;
use super::lenient;
use crate::domain::RepoName;
use serde::Deserialize;

/// What somebody may do in a repository, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Not even see it, or a stranger.
    None,
    /// See it.
    Read,
    /// Change it; includes GitHub's `maintain`.
    Write,
    /// Everything.
    Admin,
}

impl Permission {
    /// Whether it allows changes.
    pub fn has_write(self) -> bool {
        self >= Self::Write
    }
}

#[derive(Deserialize)]
struct PermissionAnswer {
    #[serde(default, deserialize_with = "lenient::or_default")]
    permission: String,
}

impl Installation {
    /// What `login` may do in `repo`.
    ///
    /// # Errors
    /// Whatever the call failed with; a login GitHub does not know has [`Permission::None`].
    pub async fn permission(&self, repo: &RepoName, login: &str) -> Result<Permission, Error> {
        let path = format!("/repos/{repo}/collaborators/{}/permission", encode(login));
        match self.caller.get::<PermissionAnswer>(path).await {
            Ok(answer) => Ok(permission_of(&answer.permission)),
            Err(error) if error.is_not_found() => Ok(Permission::None),
            Err(error) => Err(error),
        }
    }
}

fn permission_of(word: &str) -> Permission {
    match word {
        "admin" => Permission::Admin,
        "maintain" | "write" => Permission::Write,
        "triage" | "read" => Permission::Read,
        _ => Permission::None,
    }
}
