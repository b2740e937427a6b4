//! What do the faults strike?
//!
//! One repository with a history that lets every change be flagged, one bot, and pull requests that ask for everything
//! a review can write: a check run with more annotations than one request takes, the comment, and line notes.

use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::{CheckRun, GitHub, Recorded};
use crate::support::history::{Commit, FRAGILE, commit, rewrite_one_function, seeded};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The repository.
pub const REPOSITORY: &str = "octo/engine";

/// Whatever the risk, it is flagged: a change has as many annotations as files.
const CONFIGURATION: &str = "thresholds:\n  risk: 0.0\n";

/// More files than annotations fit into one request.
const N_FILES: usize = 55;

/// Longer than any test waits for an answer that is late.
pub const LATE: Duration = Duration::from_secs(600);

/// Between two pushes of failed jobs to the front.
const HURRY_INTERVAL: Duration = Duration::from_millis(200);

/// A GitHub with one repository, and a bot that is installed there and has nothing to do.
pub struct Scene {
    // Dropped in this order: the bot should not see GitHub go.
    pub bot: Bot,
    pub github: GitHub,
    pub installation: u64,
    n_opened: AtomicU32,
    _database: Database,
}

impl Scene {
    pub async fn begin() -> Self {
        Self::begin_with(&[]).await
    }

    /// The same with more settings.
    pub async fn begin_with(settings: &[(&str, &str)]) -> Self {
        let (github, database) = (GitHub::start(), Database::fresh().await);
        github.create_repository(REPOSITORY, &strict_history());
        let installation = github.install("octo", &[REPOSITORY]);
        let bot = Bot::start_with(&github, &database, settings).await;
        let scene = Self { bot, github, installation, n_opened: AtomicU32::new(0), _database: database };
        scene.settle().await;
        scene
    }

    /// Opens a pull request from a branch of its own. Gives its number.
    pub fn open(&self, branch: &str) -> u64 {
        let version = self.n_opened.fetch_add(1, Ordering::Relaxed);
        self.github.open_change(REPOSITORY, branch, &[large_change(100 + version)])
    }

    /// Lets everything arrive and be done; what failed is tried again at once instead of after its wait.
    pub async fn settle(&self) {
        let hurry = async {
            loop {
                tokio::time::sleep(HURRY_INTERVAL).await;
                self.bot.hurry().await;
            }
        };
        tokio::select! {
            () = self.bot.settle(&self.github) => {}
            () = hurry => {}
        }
    }

    /// Delivers what happened and waits until a rule of the test has struck this many requests in all.
    pub async fn send_until_struck(&self, n_requests: usize) {
        self.github.send_pending().await;
        self.wait_until_struck(n_requests).await;
    }

    pub async fn wait_until_struck(&self, n_requests: usize) {
        self.bot.wait_until("ask what a rule strikes", || self.struck().len() >= n_requests).await;
    }

    /// Requests that a rule of the test struck and that were understood.
    pub fn struck(&self) -> Vec<Recorded> {
        let is_understood = |request: &Recorded| !request.template.is_empty() || request.path.contains(".git/");
        self.github.requests().into_iter().filter(|request| request.was_struck && is_understood(request)).collect()
    }

    /// What a review on another pull request asks for when nothing goes wrong, in order.
    pub async fn undisturbed_review(&self) -> Vec<Recorded> {
        self.github.forget_requests();
        let number = self.open("undisturbed");
        self.settle().await;
        self.assert_reviewed(number);
        self.end(number).await
    }

    /// Closes the pull request, lets the bot hear of it, and gives the requests made for it.
    pub async fn end(&self, number: u64) -> Vec<Recorded> {
        let requests = self.github.requests();
        self.github.close(REPOSITORY, number);
        self.settle().await;
        self.github.forget_requests();
        requests
    }

    /// Ends the process at once and starts it again, which takes up what the dead one had in hand.
    pub async fn kill_and_restart(&self) {
        self.bot.kill();
        self.github.heal();
        self.bot.end_leases().await;
        self.bot.restart().await;
    }

    /// Fails the test unless the pull request has its verdict, and everything there once.
    #[track_caller]
    pub fn assert_reviewed(&self, number: u64) {
        self.assert_verdict(number);
        let comments = self.github.bot_comments(REPOSITORY, number);
        assert_eq!(comments.len(), 1, "expected one comment: {comments:#?}");
        let notes = self.github.reviews(REPOSITORY, number);
        assert_eq!(notes.len(), 1, "expected line notes once: {notes:#?}");
        let lines = self.github.review_comments(REPOSITORY, number).len();
        assert!((1..=3).contains(&lines), "{lines} line notes");
    }

    /// Fails the test unless the newest head has one check run with its verdict and every annotation once, and no check
    /// run is left in progress anywhere.
    #[track_caller]
    pub fn assert_verdict(&self, number: u64) -> CheckRun {
        self.assert_nothing_in_progress();
        let runs = self.runs(number);
        assert_eq!(runs.len(), 1, "expected one check run on the newest head: {runs:#?}");
        let run = runs[0].clone();
        let title = run.title.clone().unwrap_or_default();
        assert!(title.contains("flagged"), "expected a verdict, got `{title}`: {:?}", run.summary);
        let places: BTreeSet<_> =
            run.annotations.iter().map(|note| (note["path"].to_string(), note["start_line"].as_u64())).collect();
        assert_eq!(places.len(), run.annotations.len(), "an annotation stands twice");
        assert_eq!(places.len(), N_FILES, "an annotation is missing");
        run
    }

    #[track_caller]
    pub fn assert_nothing_in_progress(&self) {
        let open: Vec<CheckRun> =
            self.github.all_check_runs().into_iter().filter(|run| run.status != "completed").collect();
        assert!(open.is_empty(), "left in progress: {open:#?}");
    }

    /// Check runs on the newest head of a pull request.
    pub fn runs(&self, number: u64) -> Vec<CheckRun> {
        let head = self.github.pull_request(REPOSITORY, number).head;
        self.github.check_runs(REPOSITORY, &head)
    }

    /// Fails the test if a request broke GitHub's rules, if work was given up, or if something panicked.
    pub async fn assert_clean(&self) {
        self.github.assert_clean();
        let dead = self.bot.dead_jobs().await;
        assert!(dead.is_empty(), "work that was given up: {dead:#?}");
        assert!(!self.bot.log().contains("panicked"), "something panicked");
    }
}

/// A request's operation: what it means, whatever it is about.
pub fn operation(request: &Recorded) -> String {
    let git_service = || request.path.rsplit_once(".git/").map_or("", |(_, service)| service);
    let template = if request.template.is_empty() { git_service() } else { &request.template };
    format!("{} {template}", request.method)
}

/// The operations in order.
pub fn operations(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(operation).collect()
}

/// The seeded history, whose newest commit asks for a flag on everything.
pub fn strict_history() -> Vec<Commit> {
    let mut history = seeded();
    history.push(commit("Ask for strict reviews").write(".github/hyperion.yml", CONFIGURATION));
    history
}

/// A change of many files: `version` makes it differ from others.
pub fn large_change(version: u32) -> Commit {
    let text = |n: usize| format!("def part_{n}(value):\n    return value + {version}\n");
    let first = rewrite_one_function(FRAGILE[0], version);
    (1..N_FILES).fold(first, |change, n| change.write(format!("engine/part_{n}.py"), text(n)))
}
