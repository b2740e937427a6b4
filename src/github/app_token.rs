//! Who are we, and in whose name do we speak?
//!
//! In: the App's id and private key, and the id of an installation. Out: the `Authorization` header: the App's own
//! short-lived JWT, or a token of one installation. Tokens are opaque text, asked for once however many calls wait for
//! one, and renewed five minutes before they expire. Never logged, never shared between installations.

use super::Secret;
use super::call::{Call, Caller};
use super::error::Error;
use super::lenient;
use super::moment::Clock;
use crate::domain::Timestamp;
use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use tokio::sync::Mutex;

/// A clock that is ahead of GitHub's would make a token from the future; GitHub recommends this much.
const JWT_BACKDATED_SECONDS: i64 = 60;
/// GitHub accepts ten minutes at most; one is left for a clock that is ahead.
const JWT_LIFE_SECONDS: i64 = 540;
/// Enough for the longest fetch that starts with a token, out of the hour it lives.
const RENEWAL_MARGIN_SECONDS: i64 = 300;
/// GitHub's documented life of an installation token, for an answer that does not say.
const ASSUMED_LIFE_SECONDS: i64 = 3_600;

/// Whose name a call is made in.
pub(super) enum Credentials {
    /// Nobody's.
    None,
    /// The App's.
    App(AppKey),
    /// One installation's.
    Installation(Arc<InstallationToken>),
}

impl Credentials {
    pub(super) async fn authorization(&self) -> Result<Option<HeaderValue>, Error> {
        match self {
            Self::None => Ok(None),
            Self::App(key) => bearer(&key.token()?).map(Some),
            Self::Installation(token) => bearer(&token.current().await?).map(Some),
        }
    }

    /// Told that GitHub answered 401 to `refused`. True when another try would use another token.
    pub(super) async fn renew(&self, refused: Option<&HeaderValue>) -> bool {
        match (self, refused) {
            (Self::Installation(token), Some(refused)) => {
                token.forget(refused).await;
                true
            }
            _ => false,
        }
    }

    /// Told of an error that came back. An installation whose owner suspended it is not called again until resumed.
    pub(super) fn learn(&self, status: u16, message: &str) -> Option<Error> {
        match self {
            Self::Installation(token) if status == 403 && speaks_of_suspension(message) => {
                Some(token.close(Closed::Suspended))
            }
            _ => None,
        }
    }
}

fn speaks_of_suspension(message: &str) -> bool {
    message.to_ascii_lowercase().contains("suspended")
}

fn bearer(token: &Secret) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map(sensitive)
        .map_err(|source| Error::BuildRequest { call: "authorization".to_owned(), source: source.into() })
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// The App's private key.
pub(super) struct AppKey {
    app_id: u64,
    key: EncodingKey,
    clock: Clock,
}

#[derive(Serialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: String,
}

impl AppKey {
    /// # Errors
    /// [`Error::InvalidPrivateKey`] when it is not an RSA key in PEM form (PKCS#1 as GitHub gives it, or PKCS#8).
    pub(super) fn new(app_id: u64, pem: &Secret, clock: Clock) -> Result<Self, Error> {
        let key =
            EncodingKey::from_rsa_pem(pem.expose().as_bytes()).map_err(|source| Error::InvalidPrivateKey { source })?;
        Ok(Self { app_id, key, clock })
    }

    fn token(&self) -> Result<Secret, Error> {
        let now = (self.clock)().0;
        let claims =
            Claims { iat: now - JWT_BACKDATED_SECONDS, exp: now + JWT_LIFE_SECONDS, iss: self.app_id.to_string() };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map(Secret::from)
            .map_err(|source| Error::SignAppToken { source })
    }
}

/// The token of one installation, shared by everybody who calls in its name.
pub(super) struct InstallationToken {
    installation_id: u64,
    app: Arc<Caller>,
    clock: Clock,
    // Held while a token is asked for: whoever comes meanwhile waits for that answer instead of asking again.
    cached: Mutex<Option<Token>>,
    closed: StdMutex<Option<Closed>>,
}

struct Token {
    secret: Secret,
    expires_at: Timestamp,
}

/// Why an installation is not called any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Uninstalled.
    Gone,
    /// Suspended by its owner or by GitHub.
    Suspended,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
    #[serde(default, deserialize_with = "lenient::moment")]
    expires_at: Option<Timestamp>,
}

impl InstallationToken {
    pub(super) fn new(installation_id: u64, app: Arc<Caller>, clock: Clock) -> Self {
        Self { installation_id, app, clock, cached: Mutex::default(), closed: StdMutex::default() }
    }

    /// A token that lives at least five more minutes.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Suspended`] without asking GitHub again; else whatever the request failed with.
    pub(super) async fn current(&self) -> Result<Secret, Error> {
        self.check_open()?;
        let mut cached = self.cached.lock().await;
        // Whoever held the lock before may have learned that there is nothing to ask any more.
        self.check_open()?;
        let fresh_enough = Timestamp((self.clock)().0 + RENEWAL_MARGIN_SECONDS);
        if let Some(token) = cached.as_ref().filter(|token| token.expires_at > fresh_enough) {
            return Ok(token.secret.clone());
        }
        let token = self.request().await?;
        let secret = token.secret.clone();
        *cached = Some(token);
        Ok(secret)
    }

    async fn request(&self) -> Result<Token, Error> {
        let path = format!("/app/installations/{}/access_tokens", self.installation_id);
        // Asking twice costs nothing: an unused token expires by itself.
        let call = Call::post(path, serde_json::json!({})).repeatable().unpaced();
        // Boxed: a call asks for a token, and asking for a token is a call.
        let answer: TokenAnswer = match Box::pin(self.app.json(call)).await {
            Ok(answer) => answer,
            Err(error) if error.is_not_found() => return Err(self.close(Closed::Gone)),
            Err(Error::Refused { status: 403, message, .. }) if speaks_of_suspension(&message) => {
                return Err(self.close(Closed::Suspended));
            }
            Err(error) => return Err(error),
        };
        let assumed = Timestamp((self.clock)().0 + ASSUMED_LIFE_SECONDS);
        Ok(Token { secret: answer.token.into(), expires_at: answer.expires_at.unwrap_or(assumed) })
    }

    /// Drops the cached token if it is the refused one; somebody else may have renewed it meanwhile.
    async fn forget(&self, refused: &HeaderValue) {
        let mut cached = self.cached.lock().await;
        let is_refused = |token: &Token| bearer(&token.secret).is_ok_and(|value| value == refused);
        if cached.as_ref().is_some_and(is_refused) {
            *cached = None;
        }
    }

    /// No call goes out for this installation until it is [resumed](Self::resume).
    pub(super) fn close(&self, why: Closed) -> Error {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        self.error_of(why)
    }

    pub(super) async fn resume(&self) {
        *self.cached.lock().await = None;
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.check_open().is_err()
    }

    fn check_open(&self) -> Result<(), Error> {
        let closed = *self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.map_or(Ok(()), |why| Err(self.error_of(why)))
    }

    fn error_of(&self, why: Closed) -> Error {
        let installation_id = self.installation_id;
        match why {
            Closed::Gone => Error::Gone { installation_id },
            Closed::Suspended => Error::Suspended { installation_id },
        }
    }
}
