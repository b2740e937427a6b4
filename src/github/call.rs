//! How is one call brought to its end?
//!
//! In: a [`Call`]. Out: GitHub's answer, or the one [`Error`] that says why there is none. A read is tried again when
//! GitHub fails or stays silent; a write that may have happened is not: its operation looks first
//! ([`Caller::find_or_create`]). What GitHub refused unseen (401 for an old token, a limit) is tried again for both.
//! Never waits long: see [`super::limits`].

use super::app_token::Credentials;
use super::error::{Error, message_of};
use super::limits::Limits;
use super::transport::{Answer, Failure, Request, Transport};
use http::header::LOCATION;
use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use tracing::{debug, warn};

/// Tries of a call that failed on the way or at GitHub: two more survive a restart over there; a longer outage is the
/// job queue's to wait for.
const MAX_TRIES: u32 = 3;
/// A renamed repository answers with one redirect; more than a few are a circle.
const MAX_REDIRECTS: usize = 3;

/// What is asked of GitHub.
pub(super) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    label: String,
    is_repeatable: bool,
    is_paced: bool,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), None).repeatable().unpaced()
    }

    /// Creates something: not repeated once it may have happened.
    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path.into(), Some(body))
    }

    /// Has something happen that needs no further word.
    pub(super) fn post_nothing(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path.into(), None)
    }

    /// Sets something: doing it twice is doing it once.
    pub(super) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path.into(), Some(body)).repeatable()
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Self {
        let label = format!("{method} {}", path.split('?').next().unwrap_or_default());
        Self { method, path, body, label, is_repeatable: false, is_paced: true }
    }

    /// May be sent again although it may have happened.
    pub(super) fn repeatable(self) -> Self {
        Self { is_repeatable: true, ..self }
    }

    /// May not be sent again once it may have happened.
    pub(super) fn once(self) -> Self {
        Self { is_repeatable: false, ..self }
    }

    /// Does not count as a write.
    pub(super) fn unpaced(self) -> Self {
        Self { is_paced: false, ..self }
    }

    /// For a path that holds a secret.
    pub(super) fn labelled(self, label: &str) -> Self {
        Self { label: label.to_owned(), ..self }
    }

    /// Method and path, for errors and logs.
    pub(super) fn label(&self) -> &str {
        &self.label
    }
}

/// Makes calls with one set of credentials, within its limits.
pub(super) struct Caller {
    transport: Arc<Transport>,
    credentials: Credentials,
    limits: Limits,
}

impl Caller {
    pub(super) fn new(transport: Arc<Transport>, credentials: Credentials, limits: Limits) -> Self {
        Self { transport, credentials, limits }
    }

    pub(super) fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    /// Reads one thing.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T, Error> {
        self.json(Call::get(path)).await
    }

    /// Sends and reads the answer as JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let answer = self.send(&call).await?;
        parse(&call, &answer)
    }

    /// Sends until there is an answer of success, or no sense in another try.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, Error> {
        let mut is_renewed = false;
        let mut n_failures = 0;
        loop {
            let authorization = self.credentials.authorization().await?;
            let error = match self.follow(call, authorization.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if matches!(error, Error::Unauthorized { .. }) {
                if is_renewed || !self.credentials.renew(authorization.as_ref()).await {
                    return Err(error);
                }
                is_renewed = true;
                debug!(call = call.label, "token was refused, asking for another");
                continue;
            }
            n_failures += 1;
            match self.wait_before_retry(call, &error, n_failures) {
                Some(wait) if n_failures < MAX_TRIES => {
                    debug!(call = call.label, %error, n_failures, wait_ms = wait.as_millis() as u64, "trying again");
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// How long to wait before the same call makes sense again; `None` when it does not, or not soon.
    fn wait_before_retry(&self, call: &Call, error: &Error, n_failures: u32) -> Option<std::time::Duration> {
        match error {
            Error::RateLimited { until, .. } => {
                Some(self.limits.until(*until)).filter(|wait| self.limits.is_short(*wait))
            }
            Error::Unreachable { .. } => Some(self.limits.retry_wait(n_failures)),
            error if error.may_have_happened() && call.is_repeatable => Some(self.limits.retry_wait(n_failures)),
            _ => None,
        }
    }

    /// One try, along redirects on the same host.
    async fn follow(&self, call: &Call, authorization: Option<HeaderValue>) -> Result<Answer, Error> {
        let mut path = call.path.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.attempt(call, &path, authorization.clone()).await?;
            match redirect_of(call, &answer) {
                None => return self.judge(call, answer),
                Some(location) => {
                    path = self.transport.own_path(&location).ok_or_else(|| Error::ForeignAddress {
                        call: call.label.clone(),
                        url: location.chars().take(200).collect(),
                    })?;
                }
            }
        }
        Err(Error::Refused { call: call.label.clone(), status: 310, message: "redirects in a circle".to_owned() })
    }

    async fn attempt(&self, call: &Call, path: &str, authorization: Option<HeaderValue>) -> Result<Answer, Error> {
        let _turn = self.limits.admit(&call.label, call.is_paced).await?;
        let request = Request { method: call.method.clone(), path, body: call.body.as_ref(), authorization };
        self.transport.send(request).await.map_err(|failure| error_of(call, failure))
    }

    fn judge(&self, call: &Call, answer: Answer) -> Result<Answer, Error> {
        let status = answer.status;
        let message = if status >= 400 { message_of(&answer.body) } else { String::new() };
        let label = || call.label.clone();
        if let Some(until) = self.limits.note(&answer, &message) {
            warn!(call = call.label, status, %until, "rate limit");
            return Err(Error::RateLimited { call: label(), until });
        }
        match status {
            200..300 => Ok(answer),
            401 => Err(Error::Unauthorized { call: label() }),
            // GitHub closes a request it did not get in time with 408: like its own failures, of unknown effect.
            408 | 500.. => Err(Error::ServerFailed { call: label(), status }),
            _ => Err(match self.credentials.learn(status, &message) {
                Some(error) => error,
                None => Error::Refused { call: label(), status, message },
            }),
        }
    }

    /// What `find` finds, or else what `create` creates. After a lost answer it looks again before it creates again, so
    /// that nothing is created twice.
    pub(super) async fn find_or_create<T, F, C>(&self, find: impl Fn() -> F, create: impl Fn() -> C) -> Result<T, Error>
    where
        F: Future<Output = Result<Option<T>, Error>>,
        C: Future<Output = Result<T, Error>>,
    {
        let mut n_failures = 0;
        loop {
            if let Some(found) = find().await? {
                return Ok(found);
            }
            match create().await {
                Err(error) if error.may_have_happened() => {
                    n_failures += 1;
                    if n_failures == MAX_TRIES {
                        return Err(error);
                    }
                    warn!(%error, n_failures, "looking before trying again");
                    self.pause(n_failures).await;
                }
                // It was created, only its description could not be read.
                Err(error @ Error::UnexpectedAnswer { .. }) => return find().await?.ok_or(error),
                done => return done,
            }
        }
    }

    /// Waits a little, longer after each failure.
    pub(super) async fn pause(&self, n_failures: u32) {
        tokio::time::sleep(self.limits.retry_wait(n_failures)).await;
    }
}

/// Reads an answer's body.
pub(super) fn parse<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|source| Error::UnexpectedAnswer { call: call.label.clone(), source })
}

/// Where a renamed or moved repository is now. A write is only repeated elsewhere where the status keeps its method.
fn redirect_of(call: &Call, answer: &Answer) -> Option<String> {
    let is_followed = match answer.status {
        307 | 308 => true,
        301 | 302 => call.method == Method::GET,
        _ => false,
    };
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    is_followed.then(|| location.to_owned())
}

fn error_of(call: &Call, failure: Failure) -> Error {
    let call = call.label.clone();
    match failure {
        Failure::Unbuildable(source) => Error::BuildRequest { call, source },
        Failure::NotSent(source) => Error::Unreachable { call, source },
        Failure::Lost(source) => Error::LostAnswer { call, source },
        Failure::TimedOut(after) => Error::TimedOut { call, after },
        Failure::TooLarge(limit_bytes) => Error::AnswerTooLarge { call, limit_bytes },
    }
}

/// One segment of a path or one value of a query, whatever it holds.
pub(super) fn encode(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().fold(String::with_capacity(text.len()), |encoded, byte| {
        if is_plain(byte) { encoded + &char::from(byte).to_string() } else { encoded + &format!("%{byte:02X}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_segment_stays_a_segment() {
        assert_eq!(encode("octo-cat_1.0~"), "octo-cat_1.0~");
        assert_eq!(encode("a/../b?c=d#e é"), "a%2F..%2Fb%3Fc%3Dd%23e%20%C3%A9");
        assert_eq!(encode("renovate[bot]"), "renovate%5Bbot%5D");
    }

    #[test]
    fn a_label_leaves_the_query_out() {
        assert_eq!(Call::get("/app/hook/deliveries?cursor=abc").label(), "GET /app/hook/deliveries");
        assert_eq!(
            Call::post("/app-manifests/x/y", Value::Null).labelled("POST /app-manifests").label(),
            "POST /app-manifests"
        );
    }
}
