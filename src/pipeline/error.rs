//! Why could a use case not be carried out, and is another try worth it?

use crate::domain::Timestamp;
use crate::{git, github, store};

/// Tries of a fetch that is refused: a new token takes some seconds to be known to all of GitHub, with the worker's
/// back-off these are half a minute.
const MAX_TRIES_WHEN_REFUSED: u32 = 3;

/// Tries of a mirror with unreadable objects: it is removed in between.
const MAX_TRIES_WHEN_DAMAGED: u32 = 2;

/// Which try of a job this is, from 1, and how many there will be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// From 1.
    pub number: u32,
    /// The queue's limit.
    pub max: u32,
}

impl Try {
    /// Whether another try makes no sense after this failure.
    pub fn is_last_for(self, failure: &Error) -> bool {
        !failure.is_retryable() || self.number >= self.max.min(failure.max_tries())
    }
}

/// A use case that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not speak with GitHub")]
    GitHub(#[from] github::Error),
    #[error("could not use the database")]
    Store(#[from] store::Error),
    #[error("could not bring the repository here")]
    Mirror(#[from] git::Error),
    #[error("could not review the change")]
    Review(#[from] super::EngineError),
    #[error("the review took longer than {limit_seconds} s")]
    TooSlow { limit_seconds: u64 },
    #[error("the review stopped because of a fault in Hyperion")]
    Panicked,
    #[error("the process was asked to stop")]
    Stopped,
    #[error("the head {head} of the pull request is not in the repository")]
    HeadMissing { head: crate::domain::CommitId },
    #[error("the base branch of the pull request is not in the repository any more")]
    BaseMissing(#[source] git::Error),
    #[error("delivery `{id}` is not in the inbox")]
    UnknownDelivery { id: String },
    #[error("could not read delivery `{id}`")]
    BadDelivery {
        id: String,
        #[source]
        source: github::InvalidPayload,
    },
    #[error("could not remove what was kept of a repository")]
    Forget(#[source] std::io::Error),
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::GitHub(error) => error.is_retryable(),
            Error::Store(_) | Error::Stopped | Error::HeadMissing { .. } | Error::Forget(_) => true,
            Error::Mirror(error) => error.is_transient() || error.is_damage(),
            Error::Review(super::EngineError::Read(error)) => error.is_damage(),
            Error::Review(_) | Error::TooSlow { .. } | Error::Panicked | Error::BaseMissing(_) => false,
            Error::UnknownDelivery { .. } | Error::BadDelivery { .. } => false,
        }
    }

    /// How often the same may be tried at most.
    fn max_tries(&self) -> u32 {
        match self {
            Error::Mirror(error) if error.is_refusal() => MAX_TRIES_WHEN_REFUSED,
            error if error.is_damaged_mirror() => MAX_TRIES_WHEN_DAMAGED,
            _ => u32::MAX,
        }
    }

    /// Whether the mirror should be thrown away before the next try.
    pub(super) fn is_damaged_mirror(&self) -> bool {
        match self {
            Error::Mirror(error) | Error::Review(super::EngineError::Read(error)) => error.is_damage(),
            _ => false,
        }
    }

    /// When GitHub said to come back.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Error::GitHub(error) => error.retry_at(),
            _ => None,
        }
    }

    /// Whether the App may no longer act for the installation: nothing is to be done then.
    pub fn is_installation_closed(&self) -> bool {
        matches!(self, Error::GitHub(error) if error.is_installation_closed())
    }

    /// Everything that led to this, from the outside in, in one line.
    pub(super) fn causes(&self) -> String {
        let first = std::error::Error::source(self);
        let chain = std::iter::successors(first, |cause| cause.source());
        chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}
