//! What can go wrong when a repository is read or fetched?

use std::path::PathBuf;

/// A read or a fetch that failed, with its subject.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("no git repository at `{path}`")]
    Open {
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("could not open the objects of `{path}`")]
    OpenObjects {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{path}` uses SHA-256 object names, which are not supported yet")]
    UnsupportedObjectFormat { path: PathBuf },
    #[error("`{revision}` names no commit in `{path}`")]
    Resolve {
        revision: String,
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("`{path}` has no commit yet")]
    Empty { path: PathBuf },
    #[error("could not {action} in `{path}`")]
    Read {
        action: String,
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("could not prepare the mirror `{path}`")]
    PrepareMirror {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not run `git`: is it installed")]
    RunGit(#[source] std::io::Error),
    #[error("git could not count the lines of `{path}`: {message}")]
    Numstat { path: PathBuf, message: String },
    #[error("git could not fetch `{repository}`: {message}")]
    Fetch { repository: String, message: String },
    #[error("git was refused `{repository}`: {message}")]
    FetchRefused { repository: String, message: String },
    #[error("git could not write into the mirror of `{repository}`: {message}")]
    MirrorDamaged { repository: String, message: String },
    #[error("fetching `{repository}` took longer than {limit_seconds} s")]
    FetchTooSlow { repository: String, limit_seconds: u64 },
    #[error("the mirror of `{repository}` grew over its limit of {limit_bytes} bytes")]
    FetchTooLarge { repository: String, limit_bytes: u64 },
    #[error("`{repository}` has no `{reference}` to fetch")]
    MissingReference { repository: String, reference: String },
}

impl Error {
    /// Whether the same call may succeed later: the network or the remote failed, not what was asked.
    pub fn is_transient(&self) -> bool {
        self.is_refusal()
            || matches!(
                self,
                Error::Fetch { .. }
                    | Error::FetchTooSlow { .. }
                    | Error::PrepareMirror { .. }
                    | Error::MirrorDamaged { .. }
            )
    }

    /// Whether the remote did not let us in. A new token takes some seconds to be known everywhere; what is still refused
    /// after that will be refused for long.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Error::FetchRefused { .. })
    }

    /// Whether objects are missing or unreadable: what is left by a crash or a full disk, and mended by a new mirror.
    pub fn is_damage(&self) -> bool {
        match self {
            Error::Open { source, .. } | Error::Resolve { source, .. } | Error::Read { source, .. } => matches!(
                source.class(),
                git2::ErrorClass::Odb | git2::ErrorClass::Zlib | git2::ErrorClass::Object | git2::ErrorClass::Sha1
            ),
            _ => false,
        }
    }
}
