//! How does a test run the bot?
//!
//! The real program as a process of its own, with its own data directory and port, told by environment variables where
//! the stand-in for GitHub and the database are. It can be killed, stopped and started again on the same data. What it
//! logs is printed when the test fails.

use super::database::Database;
use super::github::{GitHub, PRIVATE_KEY};
use sqlx::{AnyConnection, Connection as _, Row as _};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than a start takes on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Longer than any work a test asks for takes on a busy machine: training a model in a build without optimisation.
const WORK_PATIENCE: Duration = Duration::from_secs(120);
/// Longer than the grace a stopping process gives itself.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at something that another process changes.
const GLANCE: Duration = Duration::from_millis(15);
/// Ports below those that systems give to outgoing connections, so that nobody takes one between choice and use.
const PORTS: std::ops::Range<u16> = 12_000..30_000;
/// Lines of the log printed when a test fails.
const SHOWN_LOG_LINES: usize = 400;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Both, as most are run.
    All,
    /// Receives webhooks.
    Web,
    /// Carries out jobs.
    Worker,
}

impl Role {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::All => &["serve"],
            Self::Web => &["serve", "--role", "web"],
            Self::Worker => &["work"],
        }
    }
}

/// A running bot, or one that was stopped and can go on. Ends, with its data, when dropped.
pub struct Bot {
    role: Role,
    child: Mutex<Option<Child>>,
    variables: BTreeMap<String, String>,
    directory: TempDir,
    port: u16,
    database_url: String,
}

/// One job of the bot's queue.
#[derive(Debug, Clone)]
pub struct Job {
    pub kind: String,
    /// `queued`, `running` or `dead`.
    pub state: String,
    /// Unix seconds before which it will not be taken up.
    pub run_at: i64,
    /// Tries so far.
    pub attempt: i64,
    /// Why the last try failed.
    pub error: Option<String>,
}

impl Bot {
    /// Starts the bot as the stand-in's App and brings its webhooks there. Ready for work when this returns.
    pub async fn start(github: &GitHub, database: &Database) -> Self {
        Self::start_with(github, database, &[]).await
    }

    /// The same with more settings, or others.
    pub async fn start_with(github: &GitHub, database: &Database, settings: &[(&str, &str)]) -> Self {
        Self::start_as(Role::All, github, database, settings).await
    }

    /// The same as one of several processes that share the database. Webhooks go to the newest one that takes any.
    pub async fn start_as(role: Role, github: &GitHub, database: &Database, settings: &[(&str, &str)]) -> Self {
        let app = github.app();
        let mut bot = Self::prepare(github, database);
        bot.role = role;
        bot.set("HYPERION_GITHUB_APP_ID", &app.id.to_string());
        bot.set("HYPERION_GITHUB_PRIVATE_KEY", PRIVATE_KEY);
        bot.set("HYPERION_GITHUB_WEBHOOK_SECRET", &app.webhook_secret);
        for (name, value) in settings {
            bot.set(name, value);
        }
        if role != Role::Worker {
            github.hook_to(&bot.webhook_url());
        }
        bot.restart().await;
        bot
    }

    /// A bot without an App's credentials that is not running yet.
    pub fn prepare(github: &GitHub, database: &Database) -> Self {
        let directory = tempfile::tempdir().expect("there is room for temporary files");
        let port = free_port();
        let (child, database_url) = (Mutex::new(None), database.url().to_owned());
        let role = Role::All;
        let mut bot = Self { role, child, variables: BTreeMap::new(), directory, port, database_url };
        bot.set("HYPERION_LISTEN", &format!("127.0.0.1:{port}"));
        let data_dir = bot.data_dir();
        bot.set("HYPERION_DATA_DIR", &data_dir.to_string_lossy());
        bot.set("HYPERION_DATABASE_URL", database.url());
        bot.set("HYPERION_GITHUB_API_URL", &github.api_url());
        bot.set("HYPERION_GITHUB_WRITE_INTERVAL_MS", "0");
        bot.set("HYPERION_LOG", "hyperion=debug,warn");
        bot
    }

    /// What an operator would set before the next start.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    /// Starts it again with the same data, after [`Bot::kill`] or [`Bot::stop`]. Ready for work when this returns.
    pub async fn restart(&self) {
        let n_starts = self.n_log_lines("working on jobs");
        self.spawn();
        self.wait_for("start work", START_PATIENCE, async || {
            let works = self.role == Role::Web || self.n_log_lines("working on jobs") > n_starts;
            works && (self.role == Role::Worker || self.status_of("/readyz").await == Some(200))
        })
        .await;
    }

    /// Starts the process and waits for nothing.
    pub fn spawn(&self) {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).expect("the log can be written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hyperion"));
        command.args(self.role.arguments()).env_clear().envs(&self.variables);
        // Nothing of the person's environment but where programs and temporary files are.
        command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR"));
        command.stdin(Stdio::null()).stdout(duplicate(&log)).stderr(log);
        let before = self.child().replace(command.spawn().expect("the program was built"));
        assert!(before.is_none(), "the bot was running already");
    }

    /// Ends it at once, as a machine that loses power does.
    pub fn kill(&self) {
        let mut child = self.child().take().expect("the bot is running");
        child.kill().expect("a child can be killed");
        child.wait().expect("a killed child ends");
    }

    /// Asks it to end, as an operator does, and waits until it has.
    pub async fn stop(&self) -> ExitStatus {
        self.ask_to_stop();
        self.wait_for_end().await
    }

    /// Sends SIGTERM and waits for nothing.
    pub fn ask_to_stop(&self) {
        self.signal("TERM");
    }

    /// Lets it stand still, as a machine that was put to sleep.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on where it stood.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child().as_ref().expect("the bot is running").id();
        // The shell's own `kill`: machines without the program have it as well.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().expect("there is a shell");
        assert!(sent.success(), "could not send SIG{name}");
    }

    /// Waits until the process has ended.
    pub async fn wait_for_end(&self) -> ExitStatus {
        let deadline = Instant::now() + STOP_PATIENCE;
        loop {
            if let Some(status) = self.status() {
                *self.child() = None;
                return status;
            }
            assert!(Instant::now() < deadline, "the bot did not stop within {STOP_PATIENCE:?}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Sends what waits at the stand-in until nothing does and the bot has nothing left to do, except in future. A job
    /// that failed is waited for until it succeeds or is given up.
    pub async fn settle(&self, github: &GitHub) {
        loop {
            github.send_pending().await;
            self.finish().await;
            if github.pending().is_empty() {
                return;
            }
        }
    }

    /// Waits until the bot has nothing left to do, except in future; what waits at the stand-in goes on waiting.
    pub async fn finish(&self) {
        let mut connection = self.connect().await;
        let deadline = Instant::now() + WORK_PATIENCE;
        loop {
            let jobs = jobs(&mut connection).await;
            if jobs.iter().all(Job::is_at_rest) {
                return;
            }
            assert!(Instant::now() < deadline, "the bot is not done after {WORK_PATIENCE:?}: {jobs:#?}");
            self.assert_alive();
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until the condition holds; `what` names it when it never does.
    pub async fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        self.wait_for(what, WORK_PATIENCE, async || holds()).await;
    }

    async fn wait_for(&self, what: &str, patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + patience;
        while !holds().await {
            assert!(Instant::now() < deadline, "the bot did not {what} within {patience:?}");
            self.assert_alive();
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Every job of its queue: those that succeeded are gone.
    pub async fn jobs(&self) -> Vec<Job> {
        jobs(&mut self.connect().await).await
    }

    /// Jobs that were given up.
    pub async fn dead_jobs(&self) -> Vec<Job> {
        self.jobs().await.into_iter().filter(|job| job.state == "dead").collect()
    }

    /// Lets every failed job that waits for its next try be tried now.
    pub async fn hurry(&self) {
        self.execute("update jobs set run_at = 0 where state = 'queued' and attempt > 0").await;
    }

    /// Lets a job of this kind that waits for its time be done now.
    pub async fn bring_forward(&self, kind: &'static str) {
        let statement = format!("update jobs set run_at = 0 where state = 'queued' and kind = '{kind}'");
        assert!(self.execute(&statement).await > 0, "no `{kind}` waits");
    }

    /// Lets the jobs of a killed process be taken over now instead of when its lease ends.
    pub async fn end_leases(&self) {
        self.execute("update jobs set lease_until = 0 where state = 'running'").await;
    }

    /// Runs one statement on its database. Gives how many rows it changed.
    pub async fn execute(&self, statement: &str) -> u64 {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()));
        statement.execute(&mut self.connect().await).await.expect("the database takes the statement").rows_affected()
    }

    /// A connection to its database.
    pub async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.database_url).await.expect("the bot's database can be opened")
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where people reach it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Where GitHub sends its webhooks.
    pub fn webhook_url(&self) -> String {
        self.url("/webhooks/github")
    }

    /// The status and body of a page.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(self.url(path)).await.expect("the bot answers");
        (answer.status().as_u16(), answer.text().await.expect("the answer is text"))
    }

    /// The sum of a figure of `/metrics` over all its series whose labels contain `labels`; 0 where there is none.
    pub async fn metric(&self, name: &str, labels: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        let value = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let (given, value) = rest.rsplit_once(' ')?;
            let is_it = given.is_empty() || given.starts_with('{');
            (is_it && given.contains(labels)).then(|| value.parse::<f64>().expect("figures are numbers"))
        };
        text.lines().filter_map(value).sum()
    }

    /// Its data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log.jsonl")
    }

    fn n_log_lines(&self, text: &str) -> usize {
        self.log().lines().filter(|line| line.contains(text)).count()
    }

    async fn status_of(&self, path: &str) -> Option<u16> {
        reqwest::get(self.url(path)).await.ok().map(|answer| answer.status().as_u16())
    }

    /// Fails the test if the process has ended by itself.
    fn assert_alive(&self) {
        let status = self.status();
        assert!(status.is_none(), "the bot has ended by itself: {status:?}");
    }

    /// How the process ended, if it has.
    fn status(&self) -> Option<ExitStatus> {
        self.child().as_mut().expect("the bot is running").try_wait().expect("a child can be asked")
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(mut child) = self.child().take() {
            // It may have ended by itself: then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let n_lines = log.lines().count();
            let shown: Vec<&str> = log.lines().skip(n_lines.saturating_sub(SHOWN_LOG_LINES)).collect();
            eprintln!("what the bot logged:\n{}", shown.join("\n"));
        }
    }
}

impl Job {
    /// Nothing happens to it until its time comes. A job that was tried before is on its way.
    fn is_at_rest(&self) -> bool {
        let is_for_later = self.run_at > unix_seconds() && self.attempt == 0;
        self.state == "dead" || (self.state == "queued" && is_for_later)
    }
}

async fn jobs(connection: &mut AnyConnection) -> Vec<Job> {
    let statement = "select kind, state, run_at, attempt, error from jobs order by id";
    let rows = sqlx::query(statement).fetch_all(connection).await.expect("the database answers");
    let job = |row: &sqlx::any::AnyRow| Job {
        kind: row.get("kind"),
        state: row.get("state"),
        run_at: row.get("run_at"),
        attempt: row.get("attempt"),
        error: row.get("error"),
    };
    rows.iter().map(job).collect()
}

fn unix_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("it is before the end of time")
}

fn duplicate(log: &File) -> File {
    log.try_clone().expect("a file can be held twice")
}

/// A port that nobody listens on. Test programs that run at the same time begin at different places.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let n_ports = PORTS.end - PORTS.start;
    let first = (std::process::id() % u32::from(n_ports)) as u16;
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + (u32::from(first) + u32::from(step)).rem_euclid(u32::from(n_ports)) as u16;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
