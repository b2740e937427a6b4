//! In what do SQLite and PostgreSQL differ?
//!
//! In: a database address, a SQL text with words in braces. Out: the same in the words of one database.
//! Everything the two do not share stands in this file: the words in braces, how a connection is prepared, how a
//! writing transaction begins and how claims take turns. All other SQL is the same text for both.

use super::error::Error;

/// Which database is it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// One file, one process, one writer.
    Sqlite,
    /// A server that many processes share.
    Postgres,
}

impl Dialect {
    /// The database that `url` names.
    pub(super) fn of(url: &str) -> Result<Self, Error> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            _ => Err(Error::UnknownScheme { scheme: scheme.chars().take(20).collect() }),
        }
    }

    /// Its name, as people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// `sql` with the words in braces put into this database's words.
    ///
    /// `{id}`: a whole number the database counts up itself and never gives twice. `{blob}`: bytes.
    /// `{skip_locked}`: pass over the candidate rows another transaction holds.
    pub(super) fn text(self, sql: &str) -> String {
        let (id, blob, skip_locked) = match self {
            // Without `autoincrement` the number of a deleted job would be given again.
            Self::Sqlite => ("integer primary key autoincrement", "blob", ""),
            Self::Postgres => {
                ("bigint generated always as identity primary key", "bytea", "for update of candidate skip locked")
            }
        };
        sql.replace("{id}", id).replace("{blob}", blob).replace("{skip_locked}", skip_locked)
    }

    /// How a transaction that writes begins.
    ///
    /// SQLite takes its write lock at once: one that began by reading could not always become a writer later.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// A statement that makes claims wait for each other until the transaction ends.
    ///
    /// The limit of running jobs per group is a count, and a count is only true while nobody else claims.
    /// SQLite needs none: it has one writer. The number is ours alone; it has no meaning.
    pub(super) fn take_turns_claiming(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("select pg_advisory_xact_lock(7221044)"),
        }
    }

    /// What a connection that writes is told first.
    ///
    /// `synchronous = full` syncs the log before a commit returns: a webhook answered 2xx survives a power cut.
    /// The log is folded into the file every 4,000 pages (16 MiB) and not every 1,000: fewer pauses under load.
    pub(super) fn prepare_writer(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 10000; \
                 pragma foreign_keys = on; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864"
            }
            Self::Postgres => {
                "set statement_timeout = '60s'; set lock_timeout = '20s'; \
                 set idle_in_transaction_session_timeout = '60s'; set synchronous_commit = on"
            }
        }
    }

    /// What a connection that only reads is told first.
    pub(super) fn prepare_reader(self) -> &'static str {
        match self {
            Self::Sqlite => "pragma busy_timeout = 10000; pragma query_only = on",
            Self::Postgres => self.prepare_writer(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_database_and_a_bad_one_is_not_repeated() {
        assert_eq!(Dialect::of("sqlite:///a.db").unwrap(), Dialect::Sqlite);
        assert_eq!(Dialect::of("postgresql://a@b/c").unwrap(), Dialect::Postgres);
        let error = Dialect::of("mysql://root:secret@localhost/db").unwrap_err().to_string();
        assert!(error.contains("`mysql`") && !error.contains("secret"), "{error}");
    }
}
