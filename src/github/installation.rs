//! What can the App do where it is installed?
//!
//! One [`Installation`] for each, shared: its token, its limits and its pace belong together. The things it does stand
//! in a file each: [`super::checks`], [`super::comments`], [`super::reviews`], [`super::reactions`],
//! [`super::permissions`], [`super::pulls`]. Never sees another installation's data: the token does not reach further.

use super::Secret;
use super::app::Shared;
use super::app_token::{Closed, Credentials, InstallationToken};
use super::call::Caller;
use super::error::Error;
use super::lenient;
use super::limits::Limits;
use super::paging::{self, PER_PAGE};
use crate::domain::RepoName;
use serde::Deserialize;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The App in one account.
pub struct Installation {
    id: u64,
    pub(super) caller: Caller,
    pub(super) shared: Arc<Shared>,
    token: Arc<InstallationToken>,
}

/// A repository an installation may act on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its number, which stays when it is renamed or moved.
    pub id: u64,
    /// Its name.
    #[serde(rename = "full_name")]
    pub name: RepoName,
    /// Such as `main`; absent in short forms.
    #[serde(default)]
    pub default_branch: Option<String>,
    /// Whether strangers must not see it. Unless GitHub says otherwise, they must not.
    #[serde(default = "yes", rename = "private")]
    pub is_private: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct RepositoriesPage {
    repositories: Vec<serde_json::Value>,
}

impl Installation {
    pub(super) fn new(id: u64, shared: Arc<Shared>) -> Self {
        let token = Arc::new(InstallationToken::new(id, shared.caller.clone(), shared.clock.clone()));
        let limits = Limits::new(shared.pacing, shared.clock.clone());
        let caller = Caller::new(shared.caller.transport().clone(), Credentials::Installation(token.clone()), limits);
        Self { id, caller, shared, token }
    }

    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// A token to fetch with, valid for five minutes at least: user `x-access-token`, this as the password.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Suspended`]; else whatever the call failed with.
    pub async fn token(&self) -> Result<Secret, Error> {
        self.token.current().await
    }

    /// Every repository it may act on.
    ///
    /// # Errors
    /// Whatever a call failed with; [`Error::TooManyPages`] above 10,000.
    pub async fn repositories(&self) -> Result<Vec<Repository>, Error> {
        let first = format!("/installation/repositories?per_page={PER_PAGE}");
        let mut repositories = Vec::new();
        let take = |page: RepositoriesPage| {
            // One that cannot be read is one that cannot be reviewed; it must not hide the others.
            repositories.extend(page.repositories.into_iter().filter_map(|one| serde_json::from_value(one).ok()));
            ControlFlow::Continue(())
        };
        let end = self.caller.each_page(first.as_str(), take).await?;
        paging::complete(end, &first)?;
        Ok(repositories)
    }

    /// Whether something was written by this App: by its number where GitHub gives it, else by its bot's login.
    pub(super) async fn is_ours(&self, author: &Author) -> Result<bool, Error> {
        if let Some(app) = &author.performed_via_github_app {
            return Ok(app.id == self.shared.app_id);
        }
        let Some(login) = author.user.as_ref().map(|user| &user.login) else { return Ok(false) };
        Ok(login.eq_ignore_ascii_case(&self.shared.identity().await?.bot_login()))
    }

    pub(super) fn close(&self, why: Closed) {
        self.token.close(why);
    }

    /// Whether its calls are refused without asking GitHub: it was uninstalled or suspended.
    pub fn is_closed(&self) -> bool {
        self.token.is_closed()
    }

    /// Calls go out again.
    pub async fn resume(&self) {
        self.token.resume().await;
    }
}

/// Who wrote a comment or a review.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Author {
    #[serde(default)]
    user: Option<Login>,
    #[serde(default)]
    performed_via_github_app: Option<AppNumber>,
}

#[derive(Debug, Clone, Deserialize)]
struct Login {
    #[serde(default, deserialize_with = "lenient::or_default")]
    login: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct AppNumber {
    pub id: u64,
}
