//! Where do most flows happen?
//!
//! One repository with the App installed and the bot running, and the questions that nearly every test asks.

use crate::support::bot::Bot;
use crate::support::database::Database;
use crate::support::github::{CheckRun, Comment, GitHub, NewPull, Pull};
use crate::support::history::{Commit, commit, seeded};

/// The repository of every stage.
pub const REPOSITORY: &str = "octo/engine";

/// Ends every summary comment, invisible on the page.
pub const MARKER: &str = "<!-- hyperion:summary -->";

/// A repository, its GitHub and the bot. Dropped in this order.
pub struct Stage {
    pub bot: Bot,
    pub github: GitHub,
    pub installation: u64,
    _database: Database,
}

impl Stage {
    /// A bot that has seen to everything there is on github.com, where [`REPOSITORY`] begins with these commits.
    pub async fn with(commits: &[Commit]) -> Self {
        Self::on(GitHub::start(), commits, &[]).await
    }

    /// The same on another GitHub and with more settings.
    pub async fn on(github: GitHub, commits: &[Commit], settings: &[(&str, &str)]) -> Self {
        github.create_repository(REPOSITORY, commits);
        let installation = github.install("octo", &[REPOSITORY]);
        let database = Database::fresh().await;
        let bot = Bot::start_with(&github, &database, settings).await;
        let stage = Self { bot, github, installation, _database: database };
        stage.settle().await;
        stage
    }

    /// A repository whose history teaches the model something, with this `.github/hyperion.yml` on its base branch.
    pub async fn with_verdicts(settings: &str) -> Self {
        let mut commits = seeded();
        commits.push(commit("Configure the review").write(".github/hyperion.yml", settings));
        Self::with(&commits).await
    }

    /// Lets everything that waits arrive and be done.
    pub async fn settle(&self) {
        self.bot.settle(&self.github).await;
    }

    /// Opens a pull request by `mona` with these commits on top of `main`. Gives its number.
    pub fn open(&self, commits: &[Commit]) -> u64 {
        self.github.open_change(REPOSITORY, "topic", commits)
    }

    /// The same as a draft.
    pub fn open_draft(&self, commits: &[Commit]) -> u64 {
        self.github.force_push(REPOSITORY, "topic", "main", commits);
        self.open_branch("topic", "main", true)
    }

    /// A pull request by `mona` from one branch that is there into another.
    pub fn open_branch(&self, branch: &str, into: &str, is_draft: bool) -> u64 {
        let (base, head) = (REPOSITORY, REPOSITORY);
        self.github.open_pull_request(NewPull { base, into, head, branch, author: "mona", title: "Change", is_draft })
    }

    /// Adds commits to the branch of [`Stage::open`].
    pub fn push(&self, commits: &[Commit]) -> String {
        self.github.push(REPOSITORY, "topic", commits)
    }

    pub fn pull(&self, number: u64) -> Pull {
        self.github.pull_request(REPOSITORY, number)
    }

    /// All check runs on the newest head, oldest first.
    pub fn runs(&self, number: u64) -> Vec<CheckRun> {
        self.github.check_runs(REPOSITORY, &self.pull(number).head)
    }

    /// The one check run on the newest head; fails the test unless there is exactly one and it was done properly.
    #[track_caller]
    pub fn only_run(&self, number: u64) -> CheckRun {
        let runs = self.runs(number);
        assert_eq!(runs.len(), 1, "expected one check run on the newest head: {runs:#?}");
        assert_done(&runs[0]);
        runs[0].clone()
    }

    /// The newest check run on the newest head; fails the test unless all of them were done properly.
    #[track_caller]
    pub fn newest_run(&self, number: u64) -> CheckRun {
        let runs = self.runs(number);
        runs.iter().for_each(assert_done);
        runs.last().expect("a check run on the newest head").clone()
    }

    /// The one summary comment; fails the test unless there is exactly one.
    #[track_caller]
    pub fn only_comment(&self, number: u64) -> Comment {
        let comments = self.comments(number);
        assert_eq!(comments.len(), 1, "expected one comment of the bot: {comments:#?}");
        assert!(comments[0].body.contains(MARKER), "{}", comments[0].body);
        comments[0].clone()
    }

    /// All comments of the bot.
    pub fn comments(&self, number: u64) -> Vec<Comment> {
        self.github.bot_comments(REPOSITORY, number)
    }

    /// What the bot answered to a comment, as reactions.
    pub fn reactions(&self, comment: u64) -> Vec<String> {
        self.github.reactions(comment).into_iter().map(|reaction| reaction.content).collect()
    }

    /// Fails the test if a request broke GitHub's rules, if work was given up, or if a check run hangs.
    pub async fn assert_clean(&self) {
        self.github.assert_clean();
        let dead = self.bot.dead_jobs().await;
        assert!(dead.is_empty(), "work that was given up: {dead:#?}");
        self.github.all_check_runs().iter().for_each(assert_done);
        assert!(!self.bot.log().contains("panicked"), "something panicked");
    }
}

/// Called `hyperion`, in progress first, completed at the end, with something to read.
#[track_caller]
fn assert_done(run: &CheckRun) {
    assert_eq!((run.name.as_str(), run.status.as_str()), ("hyperion", "completed"), "{run:#?}");
    assert_eq!(run.past_statuses.first().map(String::as_str), Some("in_progress"), "{run:#?}");
    assert!(run.conclusion.is_some() && run.started_at.is_some() && run.completed_at.is_some(), "{run:#?}");
    assert!(run.title.as_ref().is_some_and(|title| !title.is_empty()), "{run:#?}");
    assert!(run.summary.as_ref().is_some_and(|summary| !summary.is_empty()), "{run:#?}");
}
