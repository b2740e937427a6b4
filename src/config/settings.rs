//! How is this Hyperion set up?
//!
//! In: the environment and an optional TOML file. Out: [`Settings`], checked once and trusted from then on. Never
//! guesses: what does not fit is an error that names the variable and what was expected.

use super::table;
use super::value::{Sources, Value};
use super::{Credentials, Environment, Error, Secret};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// GitHub's own cloud.
const GITHUB_DOT_COM_API: &str = "https://api.github.com";
/// While a webhook secret is rotated the old one and the new one are in use, and no more.
const MAX_WEBHOOK_SECRETS: usize = 2;
/// A shorter token could be guessed.
const MIN_TOKEN_CHARS: usize = 16;
/// Room for a few hundred middle-sized repositories.
const DEFAULT_MIRROR_BUDGET_BYTES: u64 = 20 << 30;

/// Everything an operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the web server listens.
    pub listen: SocketAddr,
    /// Where GitHub reaches it, without a slash at the end.
    pub public_url: Option<String>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`; may hold a password.
    pub database_url: Secret,
    /// How GitHub is reached.
    pub github: GithubSettings,
    /// What builds send to upload coverage; without it uploads are refused.
    pub api_token: Option<Secret>,
    /// Tracing directives.
    pub log: String,
    /// How requests leave the network.
    pub proxy: ProxySettings,
    /// Disk space for mirrors.
    pub mirror_budget_bytes: u64,
    /// Reviews computed at the same time.
    pub worker_concurrency: usize,
    /// How long a review may take.
    pub review_deadline: Duration,
}

/// How GitHub is reached, and as which App.
#[derive(Debug, Clone)]
pub struct GithubSettings {
    /// REST API with its path prefix, without a slash at the end.
    pub api_url: String,
    /// Number of the App, where it is set.
    pub app_id: Option<u64>,
    /// Its private key in PEM, where it is set.
    pub private_key: Option<Secret>,
    /// Secrets of the webhook, newest first, at most two; empty where none is set.
    pub webhook_secrets: Vec<Secret>,
    /// Between two writes of one installation.
    pub write_interval: Duration,
    /// Until an answer counts as lost.
    pub timeout: Duration,
}

/// How requests leave the network.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    /// For `https` addresses: `http://host:port`, perhaps with a password.
    pub https: Option<Secret>,
    /// For `http` addresses, such as a server inside the network.
    pub http: Option<Secret>,
    /// Hosts, domains and networks reached without a proxy, separated by commas.
    pub no_proxy: Option<String>,
}

impl Settings {
    /// Reads the process's environment and the file that `config_file` (or else `HYPERION_CONFIG`) names.
    ///
    /// # Errors
    /// [`Error`] naming the variable or field and what was expected.
    pub fn load(config_file: Option<&Path>) -> Result<Self, Error> {
        Self::read(&Environment::of_process(), config_file)
    }

    /// The same with another environment.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn read(environment: &Environment, config_file: Option<&Path>) -> Result<Self, Error> {
        let from_environment = environment.get("HYPERION_CONFIG").map(PathBuf::from);
        let file = match (config_file, &from_environment) {
            (Some(path), _) => Some(("--config", path)),
            (None, Some(path)) => Some(("HYPERION_CONFIG", path.as_path())),
            (None, None) => None,
        };
        let sources = Sources::read(environment, file)?;
        let data_dir = data_dir(&sources, environment)?;
        Ok(Self {
            listen: parsed(&sources, table::LISTEN, "an address and a port such as 127.0.0.1:8000")?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000))),
            public_url: sources.get(table::PUBLIC_URL)?.map(|value| web_address(&value)).transpose()?,
            database_url: database_url(&sources, &data_dir)?,
            github: github(&sources)?,
            api_token: sources.get(table::API_TOKEN)?.map(|value| api_token(&value)).transpose()?,
            log: log(&sources)?,
            proxy: proxy(&sources)?,
            mirror_budget_bytes: mirror_budget(&sources)?,
            worker_concurrency: in_range(&sources, table::WORKER_CONCURRENCY, 1, 64, 2)? as usize,
            review_deadline: Duration::from_secs(in_range(&sources, table::REVIEW_DEADLINE, 10, 21_600, 600)?),
            data_dir,
        })
    }

    /// The App to act as: from the settings, else what the set-up page stored, else none yet.
    ///
    /// # Errors
    /// [`Error::MissingCredential`] when only some of the three are set; other variants when the stored file cannot be
    /// used.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        let github = &self.github;
        match (github.app_id, &github.private_key, github.webhook_secrets.is_empty()) {
            (None, None, true) => Credentials::read(&self.data_dir),
            (Some(app_id), Some(key), false) => Ok(Some(Credentials {
                app_id,
                private_key: key.clone(),
                webhook_secrets: github.webhook_secrets.clone(),
                slug: None,
                html_url: None,
            })),
            (None, ..) => Err(Error::MissingCredential { missing: table::GITHUB_APP_ID.variable }),
            (_, None, _) => Err(Error::MissingCredential { missing: table::GITHUB_PRIVATE_KEY.variable }),
            (.., true) => Err(Error::MissingCredential { missing: table::GITHUB_WEBHOOK_SECRET.variable }),
        }
    }
}

impl GithubSettings {
    /// Where people look at GitHub: `https://github.com`, or the server before its `/api/v3`.
    pub fn web_url(&self) -> String {
        if self.api_url == GITHUB_DOT_COM_API {
            return "https://github.com".to_owned();
        }
        self.api_url.strip_suffix("/api/v3").unwrap_or(&self.api_url).to_owned()
    }
}

fn parsed<T: std::str::FromStr>(
    sources: &Sources<'_>,
    setting: table::Setting,
    expected: &str,
) -> Result<Option<T>, Error> {
    let parse = |value: Value| value.text.parse().map_err(|_| Error::invalid(&value.name, expected, &value.text));
    sources.get(setting)?.map(parse).transpose()
}

fn in_range(sources: &Sources<'_>, setting: table::Setting, min: u64, max: u64, default: u64) -> Result<u64, Error> {
    let expected = format!("a whole number from {min} to {max}");
    match sources.get(setting)? {
        None => Ok(default),
        Some(value) => match value.text.parse() {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(Error::invalid(&value.name, expected, &value.text)),
        },
    }
}

fn api_token(value: &Value) -> Result<Secret, Error> {
    let is_long = value.text.chars().count() >= MIN_TOKEN_CHARS;
    let short = || Error::invalid_secret(&value.name, format!("a token of at least {MIN_TOKEN_CHARS} characters"));
    is_long.then(|| Secret::from(value.text.clone())).ok_or_else(short)
}

fn data_dir(sources: &Sources<'_>, environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(value) = sources.get(table::DATA_DIR)? {
        return Ok(PathBuf::from(value.text));
    }
    // The specification tells programs to pass over a relative path here.
    let data_home = environment.get("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.get("HOME").map(|home| Path::new(home).join(".local/share"));
    let expected = "a directory, since neither `XDG_DATA_HOME` nor `HOME` is set";
    let missing = || Error::invalid_secret(table::DATA_DIR.variable, expected);
    data_home.or(home).map(|path| path.join("hyperion")).ok_or_else(missing)
}

fn database_url(sources: &Sources<'_>, data_dir: &Path) -> Result<Secret, Error> {
    let Some(value) = sources.get(table::DATABASE_URL)? else {
        return Ok(Secret::from(format!("sqlite://{}", url_path(&data_dir.join("hyperion.db")))));
    };
    let is_known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| value.text.starts_with(scheme));
    // Not shown: it may hold a password.
    let unknown = || Error::invalid_secret(&value.name, "a URL that starts with `sqlite://` or `postgres://`");
    is_known.then(|| Secret::from(value.text.clone())).ok_or_else(unknown)
}

/// Characters that would end the path of a URL are encoded.
fn url_path(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn github(sources: &Sources<'_>) -> Result<GithubSettings, Error> {
    let api_url = sources.get(table::GITHUB_API_URL)?.map(|value| web_address(&value)).transpose()?;
    Ok(GithubSettings {
        api_url: api_url.unwrap_or_else(|| GITHUB_DOT_COM_API.to_owned()),
        app_id: parsed(sources, table::GITHUB_APP_ID, "the App's number")?,
        private_key: sources.get(table::GITHUB_PRIVATE_KEY)?.map(|value| private_key(&value)).transpose()?,
        webhook_secrets: webhook_secrets(sources)?,
        write_interval: Duration::from_millis(in_range(sources, table::WRITE_INTERVAL, 0, 60_000, 1_000)?),
        timeout: Duration::from_secs(in_range(sources, table::GITHUB_TIMEOUT, 1, 600, 30)?),
    })
}

/// An address with scheme and host, perhaps a path, nothing after it; without slashes at the end.
fn web_address(value: &Value) -> Result<String, Error> {
    let expected = "an address such as https://host or https://host/path";
    let invalid = || Error::invalid(&value.name, expected, &value.text);
    let uri: http::Uri = value.text.parse().map_err(|_| invalid())?;
    let has_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    if !has_scheme || uri.host().is_none_or(str::is_empty) || uri.query().is_some() || has_password {
        return Err(if has_password { Error::invalid_secret(&value.name, expected) } else { invalid() });
    }
    Ok(value.text.trim_end_matches('/').to_owned())
}

fn private_key(value: &Value) -> Result<Secret, Error> {
    // Some secret stores keep one line only: their users write the line ends out.
    let text = if value.text.contains('\n') { value.text.clone() } else { value.text.replace("\\n", "\n") };
    let is_pem = text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----") && text.contains("-----END ");
    let not_pem = || Error::invalid_secret(&value.name, "a private key in PEM, from `-----BEGIN` to `-----END`");
    is_pem.then(|| Secret::from(text.clone())).ok_or_else(not_pem)
}

fn webhook_secrets(sources: &Sources<'_>) -> Result<Vec<Secret>, Error> {
    let (current, previous) =
        (sources.get(table::GITHUB_WEBHOOK_SECRET)?, sources.get(table::GITHUB_WEBHOOK_SECRET_PREVIOUS)?);
    if let (None, Some(previous)) = (&current, &previous) {
        let expected = format!("`{}` to be set as well", table::GITHUB_WEBHOOK_SECRET.variable);
        return Err(Error::invalid_secret(&previous.name, expected));
    }
    let texts = current.iter().chain(&previous).flat_map(|value| value.text.split([',', '\n']));
    let secrets: Vec<_> = texts.map(str::trim).filter(|text| !text.is_empty()).map(Secret::from).collect();
    match current {
        Some(value) if secrets.len() > MAX_WEBHOOK_SECRETS || secrets.is_empty() => {
            let expected = format!("one or two secrets in all, found {}", secrets.len());
            Err(Error::invalid_secret(&value.name, expected))
        }
        _ => Ok(secrets),
    }
}

fn log(sources: &Sources<'_>) -> Result<String, Error> {
    let Some(value) = sources.get(table::LOG)? else { return Ok("info".to_owned()) };
    match tracing_subscriber::EnvFilter::try_new(&value.text) {
        Ok(_) => Ok(value.text),
        Err(_) => Err(Error::invalid(&value.name, "tracing directives such as `info,hyperion=debug`", &value.text)),
    }
}

fn proxy(sources: &Sources<'_>) -> Result<ProxySettings, Error> {
    Ok(ProxySettings {
        https: sources.get(table::HTTPS_PROXY)?.map(|value| proxy_address(&value)).transpose()?,
        http: sources.get(table::HTTP_PROXY)?.map(|value| proxy_address(&value)).transpose()?,
        no_proxy: sources.get(table::NO_PROXY)?.map(|value| value.text),
    })
}

fn proxy_address(value: &Value) -> Result<Secret, Error> {
    let expected = "an address such as http://host:port";
    let uri: Option<http::Uri> = value.text.parse().ok();
    let is_address = uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
    // Not shown: it may hold a password.
    is_address.then(|| Secret::from(value.text.clone())).ok_or_else(|| Error::invalid_secret(&value.name, expected))
}

fn mirror_budget(sources: &Sources<'_>) -> Result<u64, Error> {
    let Some(value) = sources.get(table::MIRROR_BUDGET)? else { return Ok(DEFAULT_MIRROR_BUDGET_BYTES) };
    let expected = "at least 1 MiB, as bytes or as a number with `MiB`, `GiB` or `TiB`";
    let invalid = || Error::invalid(&value.name, expected, &value.text);
    bytes(&value.text).filter(|&bytes| bytes >= 1 << 20).ok_or_else(invalid)
}

fn bytes(text: &str) -> Option<u64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let (number, shift) = units
        .iter()
        .find_map(|&(unit, shift)| text.strip_suffix(unit).map(|number| (number, shift)))
        .unwrap_or((text, 0));
    number.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----";

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Settings, String> {
        let mut all = Environment::of(variables);
        if all.get("HYPERION_DATA_DIR").is_none() {
            all = all.with("HYPERION_DATA_DIR", "/var/lib/hyperion");
        }
        Settings::read(&all, None).map_err(|error| error.to_string())
    }

    fn check<const N: usize>(variables: [(&str, &str); N], expected: &str) {
        assert_eq!(read(variables).unwrap_err(), expected);
    }

    #[test]
    fn without_settings_the_defaults_hold() {
        let settings = Settings::read(&Environment::of([("HOME", "/home/ada")]), None).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
        assert_eq!(settings.data_dir, Path::new("/home/ada/.local/share/hyperion"));
        assert_eq!(settings.database_url.expose(), "sqlite:///home/ada/.local/share/hyperion/hyperion.db");
        assert_eq!(settings.github.api_url, "https://api.github.com");
        assert_eq!(settings.github.web_url(), "https://github.com");
        assert_eq!(settings.log, "info");
        assert_eq!(settings.mirror_budget_bytes, 20 << 30);
        assert_eq!((settings.worker_concurrency, settings.review_deadline.as_secs()), (2, 600));
        assert!(settings.proxy.https.is_none() && settings.proxy.no_proxy.is_none());
    }

    #[test]
    fn every_error_names_the_variable_and_what_was_expected() {
        check(
            [("HYPERION_LISTEN", "localhost")],
            "`HYPERION_LISTEN`: expected an address and a port such as 127.0.0.1:8000, got `localhost`",
        );
        check(
            [("HYPERION_GITHUB_API_URL", "api.github.com")],
            "`HYPERION_GITHUB_API_URL`: expected an address such as https://host or https://host/path, got `api.github.com`",
        );
        check(
            [("HYPERION_GITHUB_APP_ID", "my-app")],
            "`HYPERION_GITHUB_APP_ID`: expected the App's number, got `my-app`",
        );
        check(
            [("HYPERION_WORKER_CONCURRENCY", "0")],
            "`HYPERION_WORKER_CONCURRENCY`: expected a whole number from 1 to 64, got `0`",
        );
        check(
            [("HYPERION_MIRROR_BUDGET_BYTES", "much")],
            "`HYPERION_MIRROR_BUDGET_BYTES`: expected at least 1 MiB, as bytes or as a number with `MiB`, `GiB` or `TiB`, got `much`",
        );
        check(
            [("HYPERION_LOG", "hyperion=shout")],
            "`HYPERION_LOG`: expected tracing directives such as `info,hyperion=debug`, got `hyperion=shout`",
        );
    }

    #[test]
    fn an_error_never_shows_a_secret() {
        for (variable, value) in [
            ("HYPERION_DATABASE_URL", "mysql://root:hunter2@db/x"),
            ("HYPERION_GITHUB_PRIVATE_KEY", "hunter2"),
            ("HYPERION_GITHUB_WEBHOOK_SECRET", "hunter2,b,c"),
            ("HYPERION_GITHUB_WEBHOOK_SECRET_PREVIOUS", "hunter2"),
            ("HYPERION_GITHUB_API_URL", "https://ada:hunter2@host/"),
            ("HTTPS_PROXY", "socks5://ada:hunter2@host"),
        ] {
            let error = read([(variable, value)]).unwrap_err();
            assert!(error.contains(variable) && !error.contains("hunter2"), "{error}");
        }
        let settings =
            read([("HYPERION_DATABASE_URL", "postgres://a:hunter2@db/x"), ("https_proxy", "http://a:hunter2@p:1")]);
        let shown = format!("{:?}", settings.unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused_and_not_repeated() {
        assert!(read([]).unwrap().api_token.is_none());
        assert!(read([("HYPERION_API_TOKEN", "0123456789abcdef")]).unwrap().api_token.is_some());
        let error = read([("HYPERION_API_TOKEN", "hunter2")]).unwrap_err().to_string();
        assert!(error.contains("at least 16 characters") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn two_webhook_secrets_are_allowed_while_rotating() {
        let secrets = |settings: Settings| {
            settings.github.webhook_secrets.iter().map(|secret| secret.expose().to_owned()).collect::<Vec<_>>()
        };
        let variable = "HYPERION_GITHUB_WEBHOOK_SECRET";
        assert_eq!(secrets(read([(variable, "new,old")]).unwrap()), ["new", "old"]);
        assert_eq!(secrets(read([(variable, "new\nold\n")]).unwrap()), ["new", "old"]);
        let previous = "HYPERION_GITHUB_WEBHOOK_SECRET_PREVIOUS";
        assert_eq!(secrets(read([(variable, "new"), (previous, "old")]).unwrap()), ["new", "old"]);
        check([(variable, "a,b,c")], "`HYPERION_GITHUB_WEBHOOK_SECRET`: expected one or two secrets in all, found 3");
    }

    #[test]
    fn a_secret_may_come_from_a_file_but_not_from_two_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, format!("{PEM}\n")).unwrap();
        let path = path.to_str().unwrap();
        let settings = read([("HYPERION_GITHUB_PRIVATE_KEY_FILE", path)]).unwrap();
        assert_eq!(settings.github.private_key.unwrap().expose(), PEM);
        check(
            [("HYPERION_GITHUB_PRIVATE_KEY_FILE", path), ("HYPERION_GITHUB_PRIVATE_KEY", PEM)],
            "`HYPERION_GITHUB_PRIVATE_KEY` and `HYPERION_GITHUB_PRIVATE_KEY_FILE` are both set: keep one",
        );
        check(
            [("HYPERION_GITHUB_PRIVATE_KEY_FILE", "/nowhere/key.pem")],
            "could not read `/nowhere/key.pem`, which `HYPERION_GITHUB_PRIVATE_KEY_FILE` names",
        );
    }

    #[test]
    fn a_private_key_may_have_its_line_ends_written_out() {
        let settings = read([("HYPERION_GITHUB_PRIVATE_KEY", &PEM.replace('\n', "\\n"))]).unwrap();
        assert_eq!(settings.github.private_key.unwrap().expose(), PEM);
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hyperion.toml");
        std::fs::write(&path, "listen = \"0.0.0.0:9000\"\nworker_concurrency = 7\ndata_dir = \"/srv\"\n").unwrap();
        let environment =
            Environment::of([("HYPERION_LISTEN", "127.0.0.1:1"), ("HYPERION_CONFIG", path.to_str().unwrap())]);
        let settings = Settings::read(&environment, None).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:1");
        assert_eq!((settings.worker_concurrency, settings.data_dir.as_path()), (7, Path::new("/srv")));
    }

    #[test]
    fn a_mistake_in_the_file_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hyperion.toml");
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let error = Settings::read(&Environment::of([("HOME", "/h")]), Some(&path)).unwrap_err().to_string();
            error.replace(path.to_str().unwrap(), "hyperion.toml")
        };
        assert!(error("listen = \"a\"\nlog = = 1\n").starts_with("could not read `hyperion.toml` as TOML, line 2: "));
        assert!(
            error("lisen = \"a\"\n")
                .starts_with("`lisen` in `hyperion.toml` is not a setting: expected one of `listen`, ")
        );
        assert_eq!(error("listen = [1]\n"), "`listen`: expected a text or a whole number");
        assert!(error("listen = \"a\"\n").starts_with("`listen`: expected an address and a port"));
    }

    #[test]
    fn a_server_with_a_path_prefix_keeps_it() {
        let settings = read([("HYPERION_GITHUB_API_URL", "https://git.example/team/api/v3/")]).unwrap();
        assert_eq!(settings.github.api_url, "https://git.example/team/api/v3");
        assert_eq!(settings.github.web_url(), "https://git.example/team");
    }

    #[test]
    fn credentials_come_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = ("HYPERION_DATA_DIR", folder.path().to_str().unwrap());
        assert!(read([data_dir]).unwrap().credentials().unwrap().is_none());
        let id = ("HYPERION_GITHUB_APP_ID", "12");
        let error = read([data_dir, id]).unwrap().credentials().unwrap_err().to_string();
        assert!(error.starts_with("`HYPERION_GITHUB_PRIVATE_KEY` is not set"), "{error}");
        let all = [data_dir, id, ("HYPERION_GITHUB_PRIVATE_KEY", PEM), ("HYPERION_GITHUB_WEBHOOK_SECRET", "s")];
        assert_eq!(read(all).unwrap().credentials().unwrap().unwrap().app_id, 12);
    }
}
