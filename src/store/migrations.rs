//! Which tables are there, and how did they become so?
//!
//! In: a connection. Out: the same database with every migration applied once, in order, each in a transaction.
//! A migration that was applied is never edited: add another file and a line below.

use super::dialect::Dialect;
use super::error::Error;
use sqlx::AnyConnection;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// Version, name and text of every migration. Words in braces are put into the database's own by [`Dialect::text`].
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "inbox and queue", include_str!("migrations/0001_inbox_and_queue.sql")),
    (2, "installations", include_str!("migrations/0002_installations.sql")),
    (3, "feature rows", include_str!("migrations/0003_feature_rows.sql")),
    (4, "merged changes", include_str!("migrations/0004_merged_changes.sql")),
    (5, "coverage", include_str!("migrations/0005_coverage.sql")),
    (6, "bug forecasts", include_str!("migrations/0006_bug_forecasts.sql")),
];

/// Applies what is missing.
///
/// # Errors
/// [`Error::Migrate`] when a statement fails, or an applied migration is not the one this version carries.
pub(super) async fn apply(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), Error> {
    let migrations = MIGRATIONS.iter().map(|(version, name, text)| migration(*version, name, text, dialect));
    Migrator::with_migrations(migrations.collect())
        .run_direct(None, connection, false)
        .await
        .map_err(|source| Error::Migrate { source })
}

fn migration(version: i64, name: &'static str, text: &str, dialect: Dialect) -> Migration {
    let sql = AssertSqlSafe(dialect.text(text)).into_sql_str();
    Migration::new(version, name.into(), MigrationType::Simple, sql, false)
}
