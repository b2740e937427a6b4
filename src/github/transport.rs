//! How does one request get to GitHub and one answer back?
//!
//! In: method, path and body. Out: status, headers and the whole body, or which way it failed: before GitHub saw it, or
//! after. octocrab is used here and nowhere else, as a plain service: its retries, its credentials, its paging and its
//! answer types stay off (`docs/decisions/0003-github-client.md` says why).
//! Never tries twice, never adds credentials of its own, never follows another host.

use super::connector::Connector;
use super::error::{BoxError, Error};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use std::error::Error as StdError;
use std::time::Duration;

/// No answer we ask for comes near this: 100 changed files with their patches stay below 4 MiB.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// GitHub closes idle connections after about a minute; leaving first avoids sending into a closed one.
const MAX_IDLE: Duration = Duration::from_secs(30);
/// A connection takes a second at worst; what takes longer than this hangs.
const MAX_CONNECT: Duration = Duration::from_secs(10);
const API_VERSION: &str = "2022-11-28";
const MEDIA_TYPE: &str = "application/vnd.github+json";
const OUR_NAME: &str = concat!("hyperion/", env!("CARGO_PKG_VERSION"));

/// Where GitHub is, and how to get there.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `https://api.github.com`, `https://github.example.com/api/v3`, or a test address. A path prefix is kept.
    pub api_url: String,
    /// None by default.
    pub proxy: Proxy,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl Connection {
    /// Straight to `api_url`, with the default time limits.
    pub fn to(api_url: impl Into<String>) -> Self {
        Self { api_url: api_url.into(), proxy: Proxy::default(), timeouts: Timeouts::default() }
    }
}

/// The values of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, read by whoever reads the environment.
#[derive(Clone, Default)]
pub struct Proxy {
    /// For `https` addresses, such as `http://user:password@proxy.example:3128`.
    pub https: Option<String>,
    /// For `http` addresses.
    pub http: Option<String>,
    /// Hosts, domains and networks reached without a proxy, separated by commas, as curl reads them.
    pub exceptions: Option<String>,
}

// By hand: a proxy's address may hold a password.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_set = |address: &Option<String>| if address.is_some() { "set" } else { "none" };
        f.debug_struct("Proxy")
            .field("https", &is_set(&self.https))
            .field("http", &is_set(&self.http))
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

/// How long one attempt may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until there is a connection: name look-up, proxy and handshake included.
    pub connect: Duration,
    /// From sending until the last byte of the answer.
    pub answer: Duration,
}

impl Timeouts {
    /// Up to `answer` for an answer, and for a connection not longer than that.
    pub fn answered_within(answer: Duration) -> Self {
        Self { connect: answer.min(MAX_CONNECT), answer }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::answered_within(Duration::from_secs(30))
    }
}

/// One attempt's request.
pub(super) struct Request<'a> {
    pub method: Method,
    /// Path and query below the API's address, starting with `/`.
    pub path: &'a str,
    pub body: Option<&'a serde_json::Value>,
    /// `Bearer …`, where credentials are needed.
    pub authorization: Option<HeaderValue>,
}

/// One whole answer.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer.
pub(super) enum Failure {
    /// The request could not be built.
    Unbuildable(BoxError),
    /// GitHub has not seen the request.
    NotSent(BoxError),
    /// GitHub may have acted on the request.
    Lost(BoxError),
    /// GitHub may have acted on the request.
    TimedOut(Duration),
    /// GitHub acted on the request, the answer is over the limit.
    TooLarge(usize),
}

/// A way to one GitHub. Must be made inside a Tokio runtime.
pub(super) struct Transport {
    service: Octocrab,
    scheme: String,
    authority: String,
    prefix: String,
    timeouts: Timeouts,
}

impl Transport {
    /// # Errors
    /// [`Error::InvalidApiUrl`], [`Error::InvalidProxy`] or [`Error::PrepareTls`].
    pub(super) fn new(connection: &Connection) -> Result<Self, Error> {
        let api = parse_api_url(&connection.api_url)?;
        let connector = Connector::new(&api, &connection.proxy, connection.timeouts.connect)?;
        let client: legacy::Client<_, OctoBody> = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(MAX_IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        let Ok(service) = OctocrabBuilder::new_empty().with_service(client).with_auth(AuthState::None).build();
        Ok(Self {
            service,
            scheme: api.scheme_str().unwrap_or("https").to_owned(),
            authority: api.authority().map(ToString::to_string).unwrap_or_default(),
            prefix: api.path().trim_end_matches('/').to_owned(),
            timeouts: connection.timeouts,
        })
    }

    /// Sends once and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, Failure> {
        let request = self.build(request).map_err(|source| Failure::Unbuildable(source.into()))?;
        // An answer's time limit alone would count a slow connection as "maybe done"; the connector has its own.
        let limit = self.timeouts.connect + self.timeouts.answer;
        tokio::time::timeout(limit, self.exchange(request)).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }

    async fn exchange(&self, request: http::Request<OctoBody>) -> Result<Answer, Failure> {
        let answer = self.service.send(request).await.map_err(failure_of)?;
        let (head, body) = answer.into_parts();
        match Limited::new(body, MAX_ANSWER_BYTES).collect().await {
            Ok(body) => Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() }),
            Err(source) if source.is::<LengthLimitError>() => Err(Failure::TooLarge(MAX_ANSWER_BYTES)),
            Err(source) => Err(Failure::Lost(source)),
        }
    }

    fn build(&self, request: Request<'_>) -> Result<http::Request<OctoBody>, http::Error> {
        let uri = format!("{}://{}{}{}", self.scheme, self.authority, self.prefix, request.path);
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(uri)
            .header(USER_AGENT, OUR_NAME)
            .header(ACCEPT, MEDIA_TYPE)
            .header("x-github-api-version", API_VERSION);
        if let Some(mut authorization) = request.authorization {
            authorization.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, authorization);
        }
        match request.body {
            Some(body) => builder.header(CONTENT_TYPE, "application/json").body(body.to_string().into()),
            None => builder.body(OctoBody::empty()),
        }
    }

    /// Path and query of `url` below this API's address; `None` when it leads to another host or out of the prefix.
    pub(super) fn own_path(&self, url: &str) -> Option<String> {
        let below_prefix = |path: &str| match path.strip_prefix(&self.prefix) {
            Some(rest) if rest.starts_with('/') => Some(rest.to_owned()),
            _ => None,
        };
        if url.starts_with('/') && !url.starts_with("//") {
            return below_prefix(url);
        }
        let uri: Uri = url.parse().ok()?;
        let same_host = uri.authority().is_some_and(|authority| self.is_own(uri.scheme_str(), authority.as_str()));
        same_host.then_some(()).and_then(|()| below_prefix(uri.path_and_query()?.as_str()))
    }

    fn is_own(&self, scheme: Option<&str>, authority: &str) -> bool {
        let bare = |scheme: &str, authority: &str| {
            let default_port = if scheme == "http" { ":80" } else { ":443" };
            authority.to_ascii_lowercase().trim_end_matches(default_port).to_owned()
        };
        scheme == Some(self.scheme.as_str()) && bare(&self.scheme, authority) == bare(&self.scheme, &self.authority)
    }
}

fn parse_api_url(url: &str) -> Result<Uri, Error> {
    let invalid = || Error::InvalidApiUrl { url: url.chars().take(200).collect() };
    let api: Uri = url.trim().parse().map_err(|_| invalid())?;
    let has_credentials = api.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_http = matches!(api.scheme_str(), Some("http" | "https"));
    if is_http && api.host().is_some() && api.query().is_none() && !has_credentials { Ok(api) } else { Err(invalid()) }
}

fn failure_of(error: octocrab::Error) -> Failure {
    let never_connected =
        causes(&error).filter_map(|cause| cause.downcast_ref::<legacy::Error>()).any(legacy::Error::is_connect);
    if never_connected { Failure::NotSent(error.into()) } else { Failure::Lost(error.into()) }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(api_url: &str) -> Transport {
        Transport::new(&Connection::to(api_url)).unwrap()
    }

    #[tokio::test]
    async fn a_later_page_keeps_to_its_own_host_and_prefix() {
        let github = transport("http://github.example.com:8080/api/v3/");
        let own = |url: &str| github.own_path(url);
        assert_eq!(own("http://github.example.com:8080/api/v3/app?page=2").as_deref(), Some("/app?page=2"));
        assert_eq!(own("http://GitHub.example.com:8080/api/v3/app").as_deref(), Some("/app"));
        assert_eq!(own("/api/v3/app").as_deref(), Some("/app"));
        for foreign in [
            "http://evil.example/api/v3/app",
            "https://github.example.com:8080/api/v3/app",
            "http://github.example.com:8080/api/v34/app",
            "http://github.example.com:8080/app",
            "http://github.example.com:8080@evil.example/api/v3/app",
            "//evil.example/api/v3/app",
            "page=2",
        ] {
            assert_eq!(own(foreign), None, "{foreign}");
        }
    }

    #[tokio::test]
    async fn an_address_without_prefix_accepts_its_default_port() {
        let github = transport("http://api.example.com");
        assert_eq!(github.own_path("http://api.example.com:80/app").as_deref(), Some("/app"));
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        for url in ["", "github.com", "ftp://github.com", "https://token@github.com", "https://github.com/?q=1"] {
            let error = parse_api_url(url).unwrap_err();
            assert!(error.to_string().ends_with(&format!("got `{url}`")), "{error}");
        }
    }

    #[test]
    fn a_proxy_does_not_print_its_password() {
        let proxy = Proxy { https: Some("http://user:hunter2@proxy:3128".to_owned()), ..Proxy::default() };
        assert!(!format!("{proxy:?}").contains("hunter2"));
    }
}
