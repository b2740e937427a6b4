//! Which settings are there?
//!
//! One row a setting and one row a key of `.github/hyperion.yml`. The documentation is compared with these tables by a
//! test, and the readers take names and defaults from here. Never holds a value.

/// A setting of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Environment variable.
    pub variable: &'static str,
    /// Key in the TOML file.
    pub key: &'static str,
    /// What holds when it is not set, as the documentation writes it.
    pub default: &'static str,
    /// Whether `<variable>_FILE` (and `<key>_file`) may name a file with the value instead.
    pub has_file: bool,
    /// What it is, in one sentence.
    pub meaning: &'static str,
}

const fn setting(variable: &'static str, key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { variable, key, default, has_file: false, meaning }
}

const fn secret(variable: &'static str, key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { variable, key, default, has_file: true, meaning }
}

pub(super) const LISTEN: Setting =
    setting("HYPERION_LISTEN", "listen", "127.0.0.1:8000", "Address and port of the web server.");
pub(super) const PUBLIC_URL: Setting = setting(
    "HYPERION_PUBLIC_URL",
    "public_url",
    "the address the set-up page was opened with",
    "Address under which GitHub reaches this server; the set-up page writes it into the App.",
);
pub(super) const DATA_DIR: Setting = setting(
    "HYPERION_DATA_DIR",
    "data_dir",
    "`$XDG_DATA_HOME/hyperion`, else `~/.local/share/hyperion`",
    "Directory for mirrors, cached facts, models, the database and the App's credentials.",
);
pub(super) const DATABASE_URL: Setting = secret(
    "HYPERION_DATABASE_URL",
    "database_url",
    "SQLite in the data directory",
    "`sqlite://path` or `postgres://user:password@host/name`.",
);
pub(super) const GITHUB_API_URL: Setting = setting(
    "HYPERION_GITHUB_API_URL",
    "github_api_url",
    "https://api.github.com",
    "Address of GitHub's REST API; for GitHub Enterprise Server `https://host/api/v3`. A path prefix is kept.",
);
pub(super) const GITHUB_APP_ID: Setting =
    setting("HYPERION_GITHUB_APP_ID", "github_app_id", "what `/setup` stored", "Number of the GitHub App.");
pub(super) const GITHUB_PRIVATE_KEY: Setting = secret(
    "HYPERION_GITHUB_PRIVATE_KEY",
    "github_private_key",
    "what `/setup` stored",
    "Private key of the App in PEM; line ends may be written as `\\n`.",
);
pub(super) const GITHUB_WEBHOOK_SECRET: Setting = secret(
    "HYPERION_GITHUB_WEBHOOK_SECRET",
    "github_webhook_secret",
    "what `/setup` stored",
    "Secret of the App's webhook. While rotating two are allowed, separated by a comma or a line end.",
);
pub(super) const GITHUB_WEBHOOK_SECRET_PREVIOUS: Setting = secret(
    "HYPERION_GITHUB_WEBHOOK_SECRET_PREVIOUS",
    "github_webhook_secret_previous",
    "none",
    "The secret before, accepted as well until it is removed here.",
);
pub(super) const API_TOKEN: Setting = secret(
    "HYPERION_API_TOKEN",
    "api_token",
    "none: uploads are refused",
    "Token that builds send with coverage reports, as `Authorization: Bearer`; at least 16 characters.",
);
pub(super) const LOG: Setting =
    setting("HYPERION_LOG", "log", "info", "What is logged, as tracing directives such as `info,hyperion=debug`.");
pub(super) const HTTPS_PROXY: Setting = secret(
    "HTTPS_PROXY",
    "https_proxy",
    "none",
    "Proxy for requests to `https` addresses, as `http://host:port`; `https_proxy` is read as well.",
);
pub(super) const HTTP_PROXY: Setting = secret(
    "HTTP_PROXY",
    "http_proxy",
    "none",
    "The same for a GitHub server whose address begins with `http://`; `http_proxy` is read as well.",
);
pub(super) const NO_PROXY: Setting = setting(
    "NO_PROXY",
    "no_proxy",
    "none",
    "Hosts, domains and networks reached without a proxy, separated by commas; `no_proxy` is read as well.",
);
pub(super) const MIRROR_BUDGET: Setting = setting(
    "HYPERION_MIRROR_BUDGET_BYTES",
    "mirror_budget_bytes",
    "20 GiB",
    "Disk space for mirrors; above it the least recently used go. Bytes, or a number with `MiB`, `GiB` or `TiB`.",
);
pub(super) const WORKER_CONCURRENCY: Setting = setting(
    "HYPERION_WORKER_CONCURRENCY",
    "worker_concurrency",
    "2",
    "Reviews computed at the same time by one process, 1 to 64.",
);
pub(super) const WRITE_INTERVAL: Setting = setting(
    "HYPERION_GITHUB_WRITE_INTERVAL_MS",
    "github_write_interval_ms",
    "1000",
    "Pause between two writes of one installation; github.com asks for a second, other servers may need none.",
);
pub(super) const GITHUB_TIMEOUT: Setting = setting(
    "HYPERION_GITHUB_TIMEOUT_SECONDS",
    "github_timeout_seconds",
    "30",
    "How long GitHub may take for one answer before it is asked again, 1 to 600; a server that is far away may need more.",
);
pub(super) const REVIEW_DEADLINE: Setting = setting(
    "HYPERION_REVIEW_DEADLINE_SECONDS",
    "review_deadline_seconds",
    "600",
    "After this time a review ends as neutral with the reason, 10 to 21600.",
);
pub(super) const MLFLOW_TRACKING_URI: Setting =
    setting("MLFLOW_TRACKING_URI", "mlflow_tracking_uri", "none", "Accepted, not used yet.");

/// All settings, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    LISTEN,
    PUBLIC_URL,
    DATA_DIR,
    DATABASE_URL,
    GITHUB_API_URL,
    GITHUB_APP_ID,
    GITHUB_PRIVATE_KEY,
    GITHUB_WEBHOOK_SECRET,
    GITHUB_WEBHOOK_SECRET_PREVIOUS,
    API_TOKEN,
    LOG,
    HTTPS_PROXY,
    HTTP_PROXY,
    NO_PROXY,
    MIRROR_BUDGET,
    WORKER_CONCURRENCY,
    WRITE_INTERVAL,
    GITHUB_TIMEOUT,
    REVIEW_DEADLINE,
    MLFLOW_TRACKING_URI,
];

/// A key of `.github/hyperion.yml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepositoryKey {
    /// The key; a dot stands for a level.
    pub key: &'static str,
    /// What may be written there.
    pub expected: &'static str,
    /// What holds when it is not there.
    pub default: &'static str,
    /// Whether this version acts on it.
    pub is_used: bool,
    /// What it does, in one sentence.
    pub meaning: &'static str,
}

const fn used(
    key: &'static str,
    expected: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> RepositoryKey {
    RepositoryKey { key, expected, default, is_used: true, meaning }
}

const fn not_used_yet(key: &'static str, meaning: &'static str) -> RepositoryKey {
    RepositoryKey { key, expected: "anything", default: "none", is_used: false, meaning }
}

/// All keys of `.github/hyperion.yml`, in the order of the documentation.
pub const REPOSITORY_KEYS: &[RepositoryKey] = &[
    used(
        "gate",
        "`advisory` or `required`",
        "`advisory`",
        "What a flag does to the check run: `advisory` makes it neutral, `required` makes it fail.",
    ),
    used("thresholds.risk", "a number from 0 to 1", "0.7", "A file risk above this is a flag."),
    used("thresholds.impact", "a number from 0 to 10", "8.0", "An impact score above this is a flag."),
    used("paths", "a list of path patterns", "all files", "Only files that match are judged."),
    used(
        "ignore",
        "a list of path patterns",
        "none",
        "Files that match are not judged, even where `paths` names them.",
    ),
    used("comment", "`on` or `off`", "`on`", "Whether the summary comment is posted; the check run always is."),
    used("people", "`on` or `off`", "`on`", "Whether facts about authors may be used by the models."),
    used(
        "sprint",
        "`length_days` (1 to 92) and `start` (a date)",
        "the rhythm of releases, where there is one",
        "When sprints begin and how long they are; the models read how much of one has passed.",
    ),
    used(
        "business",
        "a map from path patterns to values of business features",
        "nothing",
        "What only its owners know about a path; the models read it for changes from then on.",
    ),
    used(
        "components",
        "a map from names to lists of path patterns",
        "packages, crates and folders",
        "Names for groups of paths, by which impact is summed up; the first that matches counts.",
    ),
    not_used_yet("budget", "How much risk a period may take on."),
    not_used_yet("alerts", "Where to send alerts."),
];
