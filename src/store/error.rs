//! What can go wrong between us and the database?

use std::path::PathBuf;

/// A step of the store that failed, with its subject and its source.
///
/// Database addresses may hold a password, so no text here repeats one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address names a database we do not speak to.
    #[error("expected a database address that begins with `sqlite://` or `postgres://`, got the scheme `{scheme}`")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// A database in memory would forget every delivery it promised to keep.
    #[error(
        "a SQLite database in memory cannot keep what it promises: name a file, as in `sqlite:///var/lib/hyperion.db`"
    )]
    InMemory,
    /// The folder or the file of the SQLite database could not be made.
    #[error("could not create the database file {}", path.display())]
    CreateFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database did not let us in.
    #[error("could not connect to the {database} database")]
    Connect {
        /// `SQLite` or `PostgreSQL`.
        database: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed, or the database was written by another version.
    #[error("could not bring the database's tables up to date")]
    Migrate {
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A question to the database failed.
    #[error("could not {question}")]
    Query {
        /// What was asked, as a verb with its object.
        question: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A stored word is not one this version knows.
    #[error("could not read the {column} `{value}` that the database holds")]
    UnknownWord {
        /// Table and column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The transaction that should have kept a delivery failed; it was shared with other deliveries.
    #[error("could not keep the delivery")]
    Deliver {
        /// Why.
        #[source]
        source: std::sync::Arc<Error>,
    },
    /// The store was closed while the delivery waited for its turn.
    #[error("could not keep the delivery: the store is closed")]
    Closed,
}

impl Error {
    /// For `map_err`: says which question failed.
    pub(super) fn query(question: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
        move |source| Error::Query { question, source }
    }

    /// Whether the database answered, with a refusal.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Error::Query { source: sqlx::Error::Database(_), .. })
    }

    /// Whether the database refused a row because one with the same key is there.
    pub(super) fn is_unique_violation(&self) -> bool {
        match self {
            Error::Query { source: sqlx::Error::Database(source), .. } => source.is_unique_violation(),
            _ => false,
        }
    }
}

/// The error and everything that caused it, in one line: a line of the log must say the cause by itself.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
