//! What is GitHub, as far as a bot can tell?
//!
//! A stateful stand-in that speaks GitHub's wire format over HTTP on this machine: Apps, tokens, repositories with git
//! behind them, pull requests, checks, comments, reviews, reactions, webhooks. People act through the methods of
//! [`GitHub`]; the bot acts through HTTP. What it says follows GitHub's documentation and recorded payloads; where they
//! are silent it is our reading, and no evidence of what GitHub does.
//!
//! Each concept's file holds all of itself: what is stored, how it looks on the wire, the handlers, and what people do.

mod answer;
mod app;
mod call;
mod check_run;
mod check_suite;
mod clock;
mod collaborator;
mod comment;
mod contents;
mod delivery;
mod diff;
mod faults;
mod git_http;
mod installation;
mod issue;
mod manifest;
mod merge_group;
mod openapi;
mod paging;
mod payload;
mod pull_request;
mod rate_limit;
mod reaction;
mod repository;
mod request_log;
mod review;
mod router;
mod server;
mod state;
mod token;

pub use app::{App, PRIVATE_KEY, STRANGERS_PRIVATE_KEY};
pub use check_run::CheckRun;
pub use comment::Comment;
pub use delivery::{Delivery, signature};
pub use faults::When;
pub use openapi::DESCRIPTION;
pub use payload::{EVENTS, examples};
pub use pull_request::{NewPull, Pull, PullState};
pub use request_log::Recorded;
pub use review::{Review, ReviewComment};
pub use router::operations;

use server::Shared;
use state::{State, Urls};
use std::sync::MutexGuard;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Tokens live an hour on GitHub.
const TOKEN_LIFETIME_SECONDS: i64 = 3_600;

/// A running GitHub. It ends, with everything it knows, when this is dropped.
pub struct GitHub {
    shared: Shared,
    client: reqwest::Client,
    /// `Some` until dropped.
    runtime: Option<Runtime>,
    _directory: TempDir,
}

impl GitHub {
    /// Starts on a free port, as github.com: the API at the root.
    pub fn start() -> Self {
        Self::start_at("")
    }

    /// Starts as a GitHub Enterprise Server: the API below `/api/v3`.
    pub fn start_enterprise() -> Self {
        Self::start_at("/api/v3")
    }

    fn start_at(base_path: &str) -> Self {
        let directory = tempfile::tempdir().expect("there is room for temporary files");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads can be started");
        let listener = runtime.block_on_elsewhere(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let web = format!("http://{}", listener.local_addr().expect("it is bound"));
        let urls = Urls { api: format!("{web}{base_path}"), web };
        let shared = Shared::new(State::new(urls, directory.path().to_owned(), TOKEN_LIFETIME_SECONDS));
        runtime.spawn(server::serve(listener, shared.clone(), base_path.to_owned()));
        Self { shared, client: reqwest::Client::new(), runtime: Some(runtime), _directory: directory }
    }

    /// Where the REST API begins: what `HYPERION_GITHUB_API_URL` is set to.
    pub fn api_url(&self) -> String {
        self.state().urls.api.clone()
    }

    /// Where pages and git repositories are.
    pub fn web_url(&self) -> String {
        self.state().urls.web.clone()
    }

    /// Moves the stand-in's clock: tokens, JSON web tokens and all dates follow.
    pub fn advance(&self, seconds: i64) {
        self.state().clock.advance(seconds);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        // Not `drop`: that would wait, which is not allowed inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs a future to its end on this runtime from a thread that may belong to another one.
trait BlockOnElsewhere {
    fn block_on_elsewhere<F>(&self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
}

impl BlockOnElsewhere for Runtime {
    fn block_on_elsewhere<F>(&self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.spawn(async move { sender.send(future.await) });
        receiver.recv().expect("the future ends")
    }
}
