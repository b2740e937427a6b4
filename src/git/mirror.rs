//! How does a repository get here, and how much room may all of them take?
//!
//! In: an address, a token and the references to bring. Out: an up-to-date bare mirror under the data directory.
//! The transfer is git's own (`git fetch`): it speaks every proxy and certificate set-up its users have, and can be
//! stopped at a deadline. It runs with an empty configuration: no hooks, no filters, no submodules, no LFS, no
//! prompts, https only (plain http towards loopback or a configured http address). The token travels in the
//! environment, never in arguments or on disk.

use super::{Error, Repository};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use tokio::process::Command;

/// Bounds on one fetch and on all mirrors together.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A fetch that takes longer is stopped.
    pub fetch_seconds: u64,
    /// A mirror that grows beyond is removed and refused.
    pub repository_bytes: u64,
    /// Above this, mirrors used least recently are removed.
    pub total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fetch_seconds: 600, repository_bytes: 4 << 30, total_bytes: 20 << 30 }
    }
}

/// How often the size of a growing mirror is looked at while git runs.
const SIZE_CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Bytes of git's complaint that are kept for the log.
const MAX_MESSAGE_BYTES: usize = 2_000;

/// Variables that would point git at other objects, settings or programs. Certificate settings are inherited.
const FOREIGN_VARIABLES: [&str; 9] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
];

/// All mirrors of one data directory.
#[derive(Debug, Clone)]
pub struct Mirrors {
    root: PathBuf,
    limits: Limits,
    proxy: Option<String>,
}

/// What to bring, and from where.
pub struct Source<'a> {
    /// Names the mirror's folder: digits of the repository's id, or a name free of separators.
    pub key: &'a str,
    /// As people read it, for errors.
    pub name: &'a str,
    /// `https://host/owner/name.git`.
    pub url: &'a str,
    /// Installation token, if the repository needs one.
    pub token: Option<&'a str>,
    /// `+refs/heads/main:refs/heads/main` and the like; a missing one is an error naming it.
    pub refspecs: &'a [String],
}

impl Mirrors {
    /// Mirrors live in `root`, which is created when needed. `proxy` is an address for git's `http.proxy`.
    pub fn new(root: PathBuf, limits: Limits, proxy: Option<String>) -> Self {
        Self { root, limits, proxy }
    }

    /// Where the mirror of `key` is or would be.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(format!("{key}.git"))
    }

    /// Brings the mirror up to date and opens it. The caller sees to it that one fetch at a time runs for a `key`.
    ///
    /// # Errors
    /// [`Error::MissingReference`] when the remote lacks a reference, [`Error::FetchTooSlow`] and
    /// [`Error::FetchTooLarge`] at the limits, [`Error::FetchRefused`] when it does not let us in, [`Error::Fetch`] with
    /// git's own words otherwise.
    pub async fn fetch(&self, source: &Source<'_>) -> Result<Repository, Error> {
        let path = self.path(source.key);
        self.prepare(&path).await?;
        match self.run_fetch(&path, source).await {
            // A process that died while it wrote left a lock or half an object: nothing here is worth mending.
            Err(Error::MirrorDamaged { .. }) => {
                remove(&path)?;
                self.prepare(&path).await?;
                self.run_fetch(&path, source).await?;
            }
            result => result?,
        }
        touch(&path);
        Repository::open(&path)
    }

    /// Removes the mirror of `key`, if there is one.
    pub fn remove(&self, key: &str) -> Result<(), Error> {
        remove(&self.path(key))
    }

    /// Removes mirrors used least recently until all fit into the budget; `keep` is never removed.
    ///
    /// Returns the keys that went.
    pub fn evict(&self, keep: &str) -> Result<Vec<String>, Error> {
        let mut mirrors: Vec<(SystemTime, u64, PathBuf)> = list(&self.root);
        mirrors.sort();
        let mut total: u64 = mirrors.iter().map(|(_, bytes, _)| bytes).sum();
        let mut removed = Vec::new();
        for (_, bytes, path) in mirrors {
            let key = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if total <= self.limits.total_bytes {
                break;
            }
            if key != keep {
                remove(&path)?;
                total -= bytes;
                removed.push(key);
            }
        }
        Ok(removed)
    }

    async fn prepare(&self, path: &Path) -> Result<(), Error> {
        if path.join("HEAD").exists() {
            return Ok(());
        }
        let prepare = |source| Error::PrepareMirror { path: path.to_owned(), source };
        std::fs::create_dir_all(&self.root).map_err(prepare)?;
        let status = self
            .git(path)
            .args(["init", "--quiet", "--bare", "--template=", "--initial-branch=hyperion-none"])
            .arg(path)
            .status()
            .await
            .map_err(Error::RunGit)?;
        if status.success() { Ok(()) } else { Err(prepare(std::io::Error::other("git init failed"))) }
    }

    async fn run_fetch(&self, path: &Path, source: &Source<'_>) -> Result<(), Error> {
        let mut command = self.git(path);
        command
            .args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--prune"])
            .args(["--no-auto-maintenance", "--", source.url])
            .args(source.refspecs)
            .arg("+refs/tags/*:refs/tags/*")
            .stderr(Stdio::piped());
        let settings = self.configuration(source);
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        let child = command.spawn().map_err(Error::RunGit)?;
        let output = tokio::select! {
            output = child.wait_with_output() => output.map_err(Error::RunGit)?,
            () = tokio::time::sleep(Duration::from_secs(self.limits.fetch_seconds)) => {
                return Err(Error::FetchTooSlow {
                    repository: source.name.to_owned(),
                    limit_seconds: self.limits.fetch_seconds,
                });
            }
            () = self.outgrown(path) => {
                remove(path)?;
                return Err(Error::FetchTooLarge {
                    repository: source.name.to_owned(),
                    limit_bytes: self.limits.repository_bytes,
                });
            }
        };
        if output.status.success() { Ok(()) } else { Err(fetch_error(source, &output.stderr)) }
    }

    /// A git that reads no configuration but ours and asks nobody anything.
    fn git(&self, path: &Path) -> Command {
        let mut command = Command::new("git");
        for variable in FOREIGN_VARIABLES {
            command.env_remove(variable);
        }
        command
            .env("GIT_DIR", path)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn configuration(&self, source: &Source<'_>) -> Vec<(String, String)> {
        let mut settings: Vec<(String, String)> = [
            ("core.hooksPath", "/dev/null"),
            ("core.fsmonitor", "false"),
            ("credential.helper", ""),
            ("protocol.allow", "never"),
            ("protocol.https.allow", "always"),
            // A renamed repository answers its first request from its new place; nothing later may lead elsewhere.
            ("http.followRedirects", "initial"),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "60"),
            ("fetch.fsckObjects", "false"),
            ("gc.auto", "0"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        if source.url.starts_with("http://") {
            settings.push(("protocol.http.allow".to_owned(), "always".to_owned()));
        }
        if let Some(proxy) = &self.proxy {
            settings.push(("http.proxy".to_owned(), proxy.clone()));
        }
        if let Some(token) = source.token {
            let key = format!("http.{}.extraHeader", origin(source.url));
            settings.push((key, format!("Authorization: Basic {}", basic(token))));
        }
        settings
    }

    /// Returns when the mirror is above its limit, else never.
    async fn outgrown(&self, path: &Path) {
        loop {
            tokio::time::sleep(SIZE_CHECK_INTERVAL).await;
            if size_bytes(path) > self.limits.repository_bytes {
                return;
            }
        }
    }
}

/// `https://host/` of an address: the token is for that host alone.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    format!("{scheme}://{}/", rest.split('/').next().unwrap_or(rest))
}

fn basic(token: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"))
}

/// Words of git when the remote does not let us in.
const REFUSAL: [&str; 5] =
    ["error: 401", "error: 403", "' not found", "Authentication failed", "could not read Username"];

/// Words of git when the mirror itself is in the way: locks and halves that a crash left behind, or a branch whose name
/// is now a folder of branches.
const DAMAGE: [&str; 9] = [
    ".lock'",
    "cannot lock ref",
    "not a git repository",
    "corrupt",
    "bad object",
    "unable to read",
    "is empty",
    "bad config",
    "did not send all necessary objects",
];

fn fetch_error(source: &Source<'_>, stderr: &[u8]) -> Error {
    let message = String::from_utf8_lossy(&stderr[..stderr.len().min(MAX_MESSAGE_BYTES)]).trim().to_owned();
    let repository = source.name.to_owned();
    if let Some((_, rest)) = message.split_once("couldn't find remote ref ") {
        let reference = rest.lines().next().unwrap_or("").trim().to_owned();
        return Error::MissingReference { repository, reference };
    }
    // What the remote says about itself is no word about this machine.
    let own_lines = || message.lines().filter(|line| !line.starts_with("remote:"));
    let has_one_of = |words: &[&str]| own_lines().any(|line| words.iter().any(|word| line.contains(word)));
    if has_one_of(&REFUSAL) {
        Error::FetchRefused { repository, message }
    } else if has_one_of(&DAMAGE) {
        Error::MirrorDamaged { repository, message }
    } else {
        Error::Fetch { repository, message }
    }
}

fn touch(path: &Path) {
    let marker = path.join("hyperion-last-used");
    // A mirror whose marker cannot be written is merely evicted earlier.
    let _ = std::fs::write(marker, b"");
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::PrepareMirror { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn list(root: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "git"))
        .map(|path| {
            let used = std::fs::metadata(path.join("hyperion-last-used")).and_then(|meta| meta.modified());
            (used.unwrap_or(SystemTime::UNIX_EPOCH), size_bytes(&path), path)
        })
        .collect()
}

fn size_bytes(path: &Path) -> u64 {
    let mut total = 0;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => total += meta.len(),
                Err(_) => {}
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mirror of `bytes` bytes, last used `seconds` after the epoch.
    fn mirror(root: &Path, key: &str, bytes: usize, seconds: u64) {
        let path = root.join(format!("{key}.git"));
        std::fs::create_dir_all(path.join("objects")).unwrap();
        std::fs::write(path.join("objects/pack"), vec![0; bytes]).unwrap();
        let marker = std::fs::File::create(path.join("hyperion-last-used")).unwrap();
        marker.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn a_token_is_for_the_host_it_was_made_for() {
        assert_eq!(origin("https://github.example:8443/a/b.git"), "https://github.example:8443/");
    }

    #[test]
    fn mirrors_used_least_recently_go_first_and_the_one_in_use_stays() {
        let root = tempfile::tempdir().unwrap();
        mirror(root.path(), "old-in-use", 600, 1);
        mirror(root.path(), "older", 600, 2);
        mirror(root.path(), "newer", 600, 3);
        let limits = Limits { total_bytes: 1_300, ..Limits::default() };
        let mirrors = Mirrors::new(root.path().to_owned(), limits, None);
        assert_eq!(mirrors.evict("old-in-use").unwrap(), ["older"]);
        assert!(mirrors.path("old-in-use").exists() && mirrors.path("newer").exists());
        assert!(mirrors.evict("old-in-use").unwrap().is_empty());
        mirrors.remove("newer").unwrap();
        mirrors.remove("newer").unwrap();
        assert!(!mirrors.path("newer").exists());
    }

    #[tokio::test]
    async fn a_local_path_is_no_address_to_fetch_from() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = crate::git::test_repository::TestRepository::new();
        let url = format!("file://{}", elsewhere.open().git_directory().display());
        let mirrors = Mirrors::new(root.path().join("mirrors"), Limits::default(), None);
        let refspecs = ["+refs/heads/main:refs/heads/main".to_owned()];
        let source = Source { key: "1", name: "octo/hello", url: &url, token: None, refspecs: &refspecs };
        let refused = mirrors.fetch(&source).await.err().unwrap().to_string();
        assert!(refused.contains("not allowed"), "{refused}");
    }
}
