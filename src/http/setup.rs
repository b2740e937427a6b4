//! How does a server without credentials get its GitHub App?
//!
//! In: a person's browser. Out: a form that has GitHub register the App from our manifest, and, when GitHub sends the
//! browser back, the new App's credentials handed to `save`. A one-time `state`, bound to the browser by a cookie, keeps
//! strangers from slipping in an App of theirs. Pages load nothing from anywhere and escape everything they show.
//! Never shows, logs or keeps a credential.
//!
//! Whoever opens the page first registers the App: keep the server on a private address until that is done.

use crate::github::{self, AppCredentials, BoxError, Connection, ManifestRequest};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, SET_COOKIE,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::{error, info, warn};

/// GitHub's code lives an hour; so does the form that leads to it.
const STATE_LIFE: Duration = Duration::from_secs(3_600);
/// Forms that may be open at once; the oldest is forgotten first.
const MAX_OPEN_FORMS: usize = 32;
const COOKIE_NAME: &str = "hyperion_setup";

/// Keeps the credentials, readable by the server alone.
pub type Save = Arc<dyn Fn(AppCredentials) -> Result<(), BoxError> + Send + Sync>;

/// What the set-up pages need. Cheap to clone: clones share what they remember.
#[derive(Clone)]
pub struct SetupState {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Connection,
    /// Where people reach the same GitHub.
    web_url: String,
    /// Where GitHub reaches this server, if that is known already.
    public_url: Option<String>,
    save: Save,
    open_forms: Mutex<VecDeque<(String, Instant)>>,
    is_done: AtomicBool,
}

impl SetupState {
    /// For the GitHub at `connection`. `public_url` is where GitHub reaches this server; the page asks when it is `None`.
    ///
    /// # Errors
    /// [`github::Error::InvalidApiUrl`].
    pub fn new(connection: Connection, public_url: Option<String>, save: Save) -> Result<Self, github::Error> {
        let web_url = github::web_url(&connection.api_url)?;
        let (open_forms, is_done) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { inner: Arc::new(Inner { connection, web_url, public_url, save, open_forms, is_done }) })
    }
}

impl Inner {
    fn open_form(&self) -> String {
        let state = uuid::Uuid::new_v4().simple().to_string();
        let mut forms = self.forms();
        while forms.len() >= MAX_OPEN_FORMS {
            forms.pop_front();
        }
        forms.push_back((state.clone(), Instant::now()));
        state
    }

    /// Whether the form was opened here and not used before.
    fn close_form(&self, state: &str) -> bool {
        let mut forms = self.forms();
        forms.retain(|(_, opened_at)| opened_at.elapsed() < STATE_LIFE);
        let found = forms.iter().position(|(known, _)| known == state);
        found.is_some_and(|index| forms.remove(index).is_some())
    }

    fn forms(&self) -> MutexGuard<'_, VecDeque<(String, Instant)>> {
        self.open_forms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /setup` and `GET /setup/callback`.
pub fn router(state: SetupState) -> Router {
    Router::new().route("/setup", get(show_form)).route("/setup/callback", get(finish)).with_state(state)
}

#[derive(Deserialize)]
struct FormQuery {
    #[serde(default)]
    public_url: Option<String>,
    #[serde(default)]
    organization: Option<String>,
}

async fn show_form(State(state): State<SetupState>, headers: HeaderMap, Query(query): Query<FormQuery>) -> Response {
    let setup = &state.inner;
    if setup.is_done.load(Ordering::SeqCst) {
        return already_done();
    }
    let visited = visited_origin(&headers, setup.public_url.as_deref());
    let given = query.public_url.or_else(|| setup.public_url.clone()).unwrap_or_else(|| visited.clone());
    let organization = query.organization.unwrap_or_default().trim().to_owned();
    let Some(public_url) = checked_origin(&given) else {
        return problem(
            StatusCode::BAD_REQUEST,
            &format!("Expected an address such as https://hyperion.example.com, got {given}."),
        );
    };
    if !organization.is_empty() && !is_login(&organization) {
        return problem(StatusCode::BAD_REQUEST, &format!("Expected an organization's name, got {organization}."));
    }
    let form_state = setup.open_form();
    let page = form_page(setup, &public_url, &visited, &organization, &form_state);
    let max_age = STATE_LIFE.as_secs();
    let cookie = format!("{COOKIE_NAME}={form_state}; Path=/setup; HttpOnly; SameSite=Lax; Max-Age={max_age}");
    let mut response = html(StatusCode::OK, "Set up Hyperion", &page);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn form_page(setup: &Inner, public_url: &str, visited: &str, organization: &str, form_state: &str) -> String {
    let redirect_url = format!("{visited}/setup/callback");
    let request = ManifestRequest { name: "hyperion", public_url, redirect_url: &redirect_url };
    let manifest = escape(&github::manifest(&request).to_string());
    let owner = match organization {
        "" => "settings".to_owned(),
        organization => format!("organizations/{organization}/settings"),
    };
    let action = escape(&format!("{}/{owner}/apps/new?state={form_state}", setup.web_url));
    let (web_url, public_url, organization) = (escape(&setup.web_url), escape(public_url), escape(organization));
    format!(
        r#"<p>This server has no GitHub App yet. GitHub can register one now, with the permissions and events Hyperion needs.
You can change its name there; nothing is installed before you choose the repositories.</p>
<form action="/setup" method="get">
<label>Address at which GitHub reaches this server <input name="public_url" type="url" required value="{public_url}"></label>
<label>Organization that will own the App (empty: you) <input name="organization" value="{organization}"></label>
<button>Use these</button>
</form>
<form action="{action}" method="post">
<input type="hidden" name="manifest" value="{manifest}">
<p>The App will belong to <b>{owner}</b> on <b>{web_url}</b> and send its webhooks to <b>{public_url}/webhooks/github</b>.</p>
<button class="main">Register the App on GitHub</button>
</form>"#,
        owner = if organization.is_empty() { "you" } else { organization.as_str() },
    )
}

#[derive(Deserialize)]
struct CallbackQuery {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

async fn finish(State(state): State<SetupState>, headers: HeaderMap, Query(query): Query<CallbackQuery>) -> Response {
    let setup = &state.inner;
    if setup.is_done.load(Ordering::SeqCst) {
        return already_done();
    }
    // The cookie first: somebody else's browser must not use up this one's form.
    let is_same_browser = !query.state.is_empty() && cookie(&headers).is_some_and(|value| value == query.state);
    if !is_same_browser || !setup.close_form(&query.state) {
        return problem(
            StatusCode::FORBIDDEN,
            "This form was opened in another browser, used before, or is over an hour old.",
        );
    }
    if query.code.is_empty() {
        return problem(StatusCode::BAD_REQUEST, "GitHub sent no code.");
    }
    let credentials = match github::exchange_manifest_code(&setup.connection, &query.code).await {
        Ok(credentials) => credentials,
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "could not exchange the manifest's code");
            return problem(StatusCode::BAD_GATEWAY, &format!("GitHub did not give the App's credentials: {error}."));
        }
    };
    keep(setup, credentials)
}

fn keep(setup: &Inner, credentials: AppCredentials) -> Response {
    let (slug, app_id, page) = (credentials.slug.clone(), credentials.app_id, credentials.html_url.clone());
    if let Err(error) = (setup.save)(credentials) {
        error!(error = error.as_ref(), app_id, slug, "could not save the new App's credentials");
        let advice = format!(
            "The App {slug} was registered, but its credentials could not be saved: {error}. \
             Delete the App on GitHub, mend the cause, and begin again."
        );
        return problem(StatusCode::INTERNAL_SERVER_ERROR, &advice);
    }
    setup.is_done.store(true, Ordering::SeqCst);
    info!(app_id, slug, "registered the App {slug} and saved its credentials");
    html(StatusCode::OK, "Hyperion is registered", &done_page(&slug, &page, &setup.web_url))
}

fn done_page(slug: &str, page: &str, web_url: &str) -> String {
    let slug = escape(slug);
    // Only a link to the GitHub that was asked is worth following.
    let link = match page.starts_with(&format!("{web_url}/")) {
        true => {
            format!(r#"<p><a class="main" href="{}/installations/new">Choose the repositories</a></p>"#, escape(page))
        }
        false => "<p>Install it from its page on GitHub.</p>".to_owned(),
    };
    format!("<p>The App <b>{slug}</b> is registered and its credentials are saved on this server.</p>\n{link}")
}

fn already_done() -> Response {
    problem(StatusCode::CONFLICT, "This server has its GitHub App already.")
}

fn problem(status: StatusCode, what: &str) -> Response {
    html(status, "Set up Hyperion", &format!("<p>{}</p>\n<p><a href=\"/setup\">Begin again</a></p>", escape(what)))
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}\
label{display:block;margin:.5rem 0}input{display:block;width:100%;font:inherit;padding:.3rem}\
form{margin:1.5rem 0}button,a.main{font:inherit;padding:.4rem 1rem}";

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    );
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
        // The callback's address holds a code.
        (REFERRER_POLICY, "strict-origin"),
    ];
    (status, headers, page).into_response()
}

/// Text that means nothing to a browser, in an element or a quoted attribute.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |escaped, character| match character {
        '&' => escaped + "&amp;",
        '<' => escaped + "&lt;",
        '>' => escaped + "&gt;",
        '"' => escaped + "&quot;",
        '\'' => escaped + "&#39;",
        other => escaped + other.encode_utf8(&mut [0; 4]),
    })
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then_some(value)
    })
}

/// Where the browser believes this server is: there GitHub must send it back, or the cookie stays behind.
fn visited_origin(headers: &HeaderMap, public_url: Option<&str>) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str()).unwrap_or("localhost");
    if let Some(origin) = public_url.and_then(checked_origin)
        && origin.split("://").nth(1) == Some(host)
    {
        return origin;
    }
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    checked_origin(&format!("{scheme}://{host}")).unwrap_or_else(|| "http://localhost".to_owned())
}

/// `https://host:port` and perhaps a path, without a slash at the end.
fn checked_origin(url: &str) -> Option<String> {
    let url = url.trim().trim_end_matches('/');
    let uri: Uri = url.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_credentials = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_plain = uri.query().is_none() && !url.contains('#');
    (is_http && uri.host().is_some_and(|host| !host.is_empty()) && !has_credentials && is_plain).then(|| url.to_owned())
}

fn is_login(text: &str) -> bool {
    text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests;
