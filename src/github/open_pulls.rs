//! Which pull requests are open beside this one, and which files do they change?
//!
//! In: a repository. Out: the newest open pull requests and the files of each, a page of both. Titles and paths are
//! strangers' text: whoever shows them disarms them.

use super::error::Error;
use super::installation::Installation;
use super::lenient;
use super::paging::PER_PAGE;
use crate::domain::RepoName;
use serde::Deserialize;

/// Open pull requests that are looked at, the newest: one call each.
const MAX_OPEN: usize = 30;

/// An open pull request as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenPull {
    /// Its number.
    pub number: u64,
    /// Its title.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
}

/// A file that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullFile {
    /// Path after the change.
    pub filename: String,
    /// Path before, for a rename only.
    #[serde(default)]
    pub previous_filename: Option<String>,
    /// Lines added and deleted.
    #[serde(default)]
    pub changes: u64,
}

impl Installation {
    /// The newest open pull requests, at most 30.
    ///
    /// # Errors
    /// Whatever the call failed with.
    pub async fn newest_open_pulls(&self, repo: &RepoName) -> Result<Vec<OpenPull>, Error> {
        let path = format!("/repos/{repo}/pulls?state=open&sort=created&direction=desc&per_page={MAX_OPEN}");
        self.caller.get(path).await
    }

    /// The first hundred files that a pull request changes.
    ///
    /// # Errors
    /// Whatever the call failed with.
    pub async fn pull_files(&self, repo: &RepoName, number: u64) -> Result<Vec<PullFile>, Error> {
        self.caller.get(format!("/repos/{repo}/pulls/{number}/files?per_page={PER_PAGE}")).await
    }
}
