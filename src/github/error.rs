//! What can go wrong between this room and GitHub, and is another try worth it?
//!
//! A variant is a call that failed, with its subject (method and path, never a body or a token) and its source.

use crate::domain::Timestamp;
use std::error::Error as StdError;
use std::time::Duration;

/// A source of any type, as transports give it.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// GitHub's own words are quoted up to here: enough to see why, too short to fill a log.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// A call that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the API cannot be used.
    #[error("expected an address such as `https://api.github.com`, got `{url}`")]
    InvalidApiUrl {
        /// What was given.
        url: String,
    },
    /// The address of the proxy cannot be used.
    #[error("expected a proxy such as `http://proxy.example:3128`, got another form")]
    InvalidProxy,
    /// The App's private key cannot be read.
    #[error("could not read the App's private key: expected RSA in PEM form")]
    InvalidPrivateKey {
        /// Why.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// The certificates of this machine cannot be loaded.
    #[error("could not prepare encrypted connections")]
    PrepareTls {
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The App's token could not be signed.
    #[error("could not sign the App's token")]
    SignAppToken {
        /// Why.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// The request could not be put together.
    #[error("could not build the request `{call}`")]
    BuildRequest {
        /// Method and path.
        call: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// No connection: GitHub has not seen the call.
    #[error("could not reach GitHub for `{call}`")]
    Unreachable {
        /// Method and path.
        call: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The connection broke after the call went out: GitHub may have done it.
    #[error("lost GitHub's answer to `{call}`")]
    LostAnswer {
        /// Method and path.
        call: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// No whole answer in time: GitHub may have done it.
    #[error("GitHub did not answer `{call}` within {} ms", after.as_millis())]
    TimedOut {
        /// Method and path.
        call: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// GitHub failed (5xx): it may have done it all the same.
    #[error("GitHub failed at `{call}` with status {status}")]
    ServerFailed {
        /// Method and path.
        call: String,
        /// 500 to 599.
        status: u16,
    },
    /// A primary or secondary limit: nothing may be asked before `until`.
    #[error("GitHub's rate limit holds `{call}` back until {until}")]
    RateLimited {
        /// Method and path.
        call: String,
        /// When to come back.
        until: Timestamp,
    },
    /// 401 with a token that is not too old.
    #[error("GitHub does not accept the credentials for `{call}`")]
    Unauthorized {
        /// Method and path.
        call: String,
    },
    /// The App was uninstalled there.
    #[error("installation {installation_id} is gone")]
    Gone {
        /// Which.
        installation_id: u64,
    },
    /// The owner of the installation, or GitHub, suspended it.
    #[error("installation {installation_id} is suspended")]
    Suspended {
        /// Which.
        installation_id: u64,
    },
    /// GitHub understood and says no.
    #[error("GitHub refused `{call}` with status {status}: {message}")]
    Refused {
        /// Method and path.
        call: String,
        /// 400 to 499.
        status: u16,
        /// GitHub's reason, cut short.
        message: String,
    },
    /// The answer is not what its documentation says.
    #[error("could not read GitHub's answer to `{call}`")]
    UnexpectedAnswer {
        /// Method and path.
        call: String,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// The answer is larger than any we expect.
    #[error("GitHub's answer to `{call}` is larger than {limit_bytes} bytes")]
    AnswerTooLarge {
        /// Method and path.
        call: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// A list that must be read to its end has no end.
    #[error("`{call}` has more than {limit} pages")]
    TooManyPages {
        /// Method and path.
        call: String,
        /// The limit.
        limit: usize,
    },
    /// An answer sends us to another host, where our credentials have no business.
    #[error("`{call}` leads to another host: `{url}`")]
    ForeignAddress {
        /// Method and path.
        call: String,
        /// Where it leads.
        url: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        // 401 counts: GitHub answers so during its own troubles, and an operator may mend a clock or a key meanwhile.
        self.may_have_happened()
            || matches!(self, Self::Unreachable { .. } | Self::RateLimited { .. } | Self::Unauthorized { .. })
    }

    /// The earliest moment another try makes sense, where GitHub named one.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::RateLimited { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether every call of this installation fails from now on.
    pub fn is_installation_closed(&self) -> bool {
        matches!(self, Self::Gone { .. } | Self::Suspended { .. })
    }

    /// Whether GitHub says there is no such thing (or none that we may see).
    pub fn is_not_found(&self) -> bool {
        matches!(self.status(), Some(404 | 410))
    }

    /// Whether GitHub may have done what was asked although we did not get its word.
    pub(super) fn may_have_happened(&self) -> bool {
        matches!(self, Self::LostAnswer { .. } | Self::TimedOut { .. } | Self::ServerFailed { .. })
    }

    /// Status of a refusal.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// GitHub's reason from the body of an error answer: its `message` and its `errors`, cut short.
pub(super) fn message_of(body: &[u8]) -> String {
    let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) else {
        return "no reason given".to_owned();
    };
    let mut reasons = vec![answer["message"].as_str().unwrap_or("no reason given").to_owned()];
    // A refused review line stands here as a plain string, a refused field as an object.
    for error in answer["errors"].as_array().into_iter().flatten() {
        reasons.push(reason_of(error));
    }
    reasons.join("; ").chars().take(MAX_MESSAGE_CHARACTERS).collect()
}

fn reason_of(error: &serde_json::Value) -> String {
    match error {
        serde_json::Value::String(text) => text.clone(),
        other => other["message"].as_str().map_or_else(|| other.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_every_reason() {
        let body = br#"{"message":"Unprocessable Entity","errors":["Line could not be resolved",{"message":"too long"},{"code":"missing_field","field":"name"}]}"#;
        assert_eq!(
            message_of(body),
            r#"Unprocessable Entity; Line could not be resolved; too long; {"code":"missing_field","field":"name"}"#
        );
        assert_eq!(message_of(b"<html>"), "no reason given");
    }

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        let call = || "GET /app".to_owned();
        assert!(Error::RateLimited { call: call(), until: Timestamp(7) }.is_retryable());
        assert!(Error::ServerFailed { call: call(), status: 502 }.is_retryable());
        assert!(!Error::Refused { call: call(), status: 422, message: String::new() }.is_retryable());
        assert!(!Error::Gone { installation_id: 1 }.is_retryable());
        assert_eq!(Error::RateLimited { call: call(), until: Timestamp(7) }.retry_at(), Some(Timestamp(7)));
    }
}
