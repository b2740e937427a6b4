//! What did the bot ask for?
//!
//! Every request in the order it came, with what it was answered. Tests read it to count and to order.

use super::GitHub;
use serde_json::Value;
use std::time::Instant;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub at: Instant,
    pub method: String,
    /// Below the API's base path, or the address of a git request.
    pub path: String,
    /// The operation it meant: `/repos/{owner}/{repo}/check-runs`; empty for git and for unknown paths.
    pub template: String,
    pub body: Value,
    /// What the bot saw; `None` where the connection was dropped or nothing was said.
    pub status: Option<u16>,
    /// Whether a rule of the test struck it.
    pub was_struck: bool,
}

impl Recorded {
    pub fn is_write(&self) -> bool {
        self.method != "GET" && !self.template.ends_with("/access_tokens")
    }
}

impl GitHub {
    /// All requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// Requests with this method for this operation, such as `POST /repos/{owner}/{repo}/check-runs`.
    pub fn requests_for(&self, operation: &str) -> Vec<Recorded> {
        let (method, template) = operation.split_once(' ').expect("an operation is a method and a template");
        let fits = |request: &Recorded| request.method == method && request.template == template;
        self.requests().into_iter().filter(fits).collect()
    }

    /// How often an installation token was asked for.
    pub fn n_token_requests(&self) -> usize {
        self.requests_for("POST /app/installations/{installation_id}/access_tokens").len()
    }

    /// Forgets the requests so far: what follows is counted alone.
    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }

    /// Everything in which requests differed from GitHub's description, and forgets it.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.state().violations)
    }

    /// Fails the test if a request broke GitHub's rules, if the stand-in itself answered something GitHub would not, or
    /// if a rule of the test never struck.
    #[track_caller]
    pub fn assert_clean(&self) {
        let state = self.state();
        assert!(state.violations.is_empty(), "requests against GitHub's description:\n{}", state.violations.join("\n"));
        assert!(state.defects.is_empty(), "answers GitHub would not give:\n{}", state.defects.join("\n"));
        assert!(state.faults.unused().is_empty(), "faults that never struck:\n{}", state.faults.unused().join("\n"));
    }
}
