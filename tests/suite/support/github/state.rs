//! What does the stand-in know?
//!
//! Everything GitHub would remember, in plain collections behind one lock. Each concept's file holds its own part and
//! the doors to it; here are only the pieces they share.

use super::answer::Answer;
use super::app::App;
use super::call::{Call, Caller};
use super::check_run::CheckRun;
use super::check_suite::CheckSuite;
use super::clock::Clock;
use super::comment::Comment;
use super::delivery::Delivery;
use super::faults::Faults;
use super::installation::Installation;
use super::issue::Issue;
use super::manifest::ManifestCode;
use super::payload;
use super::pull_request::Pull;
use super::reaction::Reaction;
use super::repository::Repository;
use super::request_log::Recorded;
use super::review::{Review, ReviewComment};
use super::token::Token;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

/// Addresses of this server.
#[derive(Debug, Clone, Default)]
pub struct Urls {
    /// Where the REST API begins, without a slash at the end.
    pub api: String,
    /// Where pages and git repositories are.
    pub web: String,
}

#[derive(Debug, Default)]
pub struct State {
    pub clock: Clock,
    pub urls: Urls,
    /// Where the bare repositories lie.
    pub directory: PathBuf,
    next_id: u64,
    users: BTreeMap<String, u64>,
    pub apps: Vec<App>,
    pub installations: BTreeMap<u64, Installation>,
    pub tokens: BTreeMap<String, Token>,
    pub token_lifetime_seconds: i64,
    pub repositories: BTreeMap<u64, Repository>,
    /// What people may do, by repository and login.
    pub permissions: BTreeMap<(u64, String), String>,
    pub pulls: Vec<Pull>,
    pub issues: Vec<Issue>,
    pub check_suites: BTreeMap<u64, CheckSuite>,
    pub check_runs: BTreeMap<u64, CheckRun>,
    pub comments: BTreeMap<u64, Comment>,
    pub reviews: BTreeMap<u64, Review>,
    pub review_comments: BTreeMap<u64, ReviewComment>,
    pub reactions: BTreeMap<u64, Reaction>,
    pub manifest_codes: BTreeMap<String, ManifestCode>,
    pub deliveries: BTreeMap<u64, Delivery>,
    /// Deliveries that GitHub is about to send, in order.
    pub outbox: VecDeque<u64>,
    pub faults: Faults,
    pub requests: Vec<Recorded>,
    /// Ways in which requests broke GitHub's description.
    pub violations: Vec<String>,
    /// Ways in which the stand-in's own answers did.
    pub defects: Vec<String>,
}

impl State {
    /// A GitHub with one App and nothing else.
    pub fn new(urls: Urls, directory: PathBuf, token_lifetime_seconds: i64) -> Self {
        let mut state = Self { urls, directory, token_lifetime_seconds, ..Self::default() };
        state.apps.push(App::first(state.clock.now()));
        state
    }

    /// A number that nothing else has.
    pub fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        // Beyond 32 bits, as GitHub's newer ids are.
        10_000_000_000 + self.next_id
    }

    /// A person or bot, made known when first named.
    pub fn user(&mut self, login: &str) -> Value {
        let fresh = 500 + self.users.len() as u64;
        let id = *self.users.entry(login.to_owned()).or_insert(fresh);
        payload::user(&self.urls, id, login)
    }

    pub fn knows_user(&self, login: &str) -> bool {
        self.users.contains_key(login)
    }

    /// The App that makes this call, by its own token or one of its installations'.
    pub fn calling_app(&self, call: &Call) -> Result<&App, Answer> {
        let app_id = match &call.caller {
            Caller::App { app_id } => Some(*app_id),
            Caller::Installation { token } => {
                self.tokens.get(token).and_then(|token| self.installations.get(&token.installation)).map(|i| i.app)
            }
            Caller::Anonymous => None,
        };
        self.apps
            .iter()
            .find(|app| Some(app.id) == app_id)
            .ok_or_else(|| Answer::refusal(401, "Requires authentication"))
    }
}
