//! How is the database opened?
//!
//! In: an address. Out: a [`Store`] whose tables are up to date. SQLite gets one connection that writes and a few that
//! read; PostgreSQL gets one pool for both. The file of a SQLite database is made readable for its owner alone.

use super::dialect::Dialect;
use super::error::Error;
use super::letterbox::Letterbox;
use super::migrations;
use super::queue::{Bell, LeasesSeen};
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};
use std::path::Path;
use std::time::Duration;

/// Connections that read a SQLite file beside its writer: a page of the dashboard asks a few questions at once.
const SQLITE_READERS: u32 = 4;

/// Connections a process opens to PostgreSQL. Its servers allow 100 by default, and several processes share them.
const POSTGRES_CONNECTIONS: u32 = 12;

/// How long a question waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(20);

/// The database. Cheap to clone; all clones share connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) dialect: Dialect,
    writer: AnyPool,
    reader: AnyPool,
    pub(super) letterbox: Letterbox,
    pub(super) bell: Bell,
    pub(super) leases_seen: LeasesSeen,
}

impl Store {
    /// Opens the database at `url` and brings its tables up to date. Must be called inside a Tokio runtime.
    ///
    /// `sqlite:///path/to/file.db` (the file and its folder are created) or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`Error::UnknownScheme`], [`Error::InMemory`], [`Error::CreateFile`], [`Error::Connect`], [`Error::Migrate`].
    pub async fn open(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(url)?;
        if dialect == Dialect::Sqlite {
            create_private_file(url)?;
        }
        migrate(url, dialect).await?;
        let (writer, reader) = pools(url, dialect).await?;
        let bell = Bell::default();
        let letterbox = Letterbox::start(writer.clone(), dialect, bell.clone());
        Ok(Self { dialect, writer, reader, letterbox, bell, leases_seen: LeasesSeen::default() })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Query`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("select 1").execute(&self.reader).await.map_err(Error::query("reach the database"))?;
        Ok(())
    }

    /// Closes every connection; the store and its clones are of no use afterwards. On SQLite this folds the log into
    /// the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Where questions go that only read.
    pub(super) fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// Where single statements go that write.
    pub(super) fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// A transaction that may write.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        self.writer.begin_with(self.dialect.begin()).await.map_err(Error::query("begin a transaction"))
    }
}

async fn migrate(url: &str, dialect: Dialect) -> Result<(), Error> {
    let connect = |source| Error::Connect { database: dialect.name(), source };
    let mut connection = AnyConnection::connect(url).await.map_err(connect)?;
    migrations::apply(&mut connection, dialect).await?;
    connection.close().await.map_err(connect)
}

async fn pools(url: &str, dialect: Dialect) -> Result<(AnyPool, AnyPool), Error> {
    match dialect {
        Dialect::Sqlite => {
            // The writer comes first: it switches the file to the write-ahead log that the readers rely on.
            let writer = pool(url, dialect, 1, dialect.prepare_writer()).await?;
            let reader = pool(url, dialect, SQLITE_READERS, dialect.prepare_reader()).await?;
            Ok((writer, reader))
        }
        Dialect::Postgres => {
            let both = pool(url, dialect, POSTGRES_CONNECTIONS, dialect.prepare_writer()).await?;
            Ok((both.clone(), both))
        }
    }
}

async fn pool(url: &str, dialect: Dialect, n_connections: u32, prepare: &'static str) -> Result<AnyPool, Error> {
    AnyPoolOptions::new()
        .max_connections(n_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file does not hang up; a server may.
        .test_before_acquire(dialect == Dialect::Postgres)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(prepare).execute(connection).await.map(|_| ()) })
        })
        .connect(url)
        .await
        .map_err(|source| Error::Connect { database: dialect.name(), source })
}

/// Creates the file of a SQLite address, readable for its owner alone: it holds contents of private repositories.
fn create_private_file(url: &str) -> Result<(), Error> {
    let address = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (file, parameters) = address.split_once('?').unwrap_or((address, ""));
    if file.is_empty() || file.contains(":memory:") || parameters.contains("mode=memory") {
        return Err(Error::InMemory);
    }
    let path = Path::new(file);
    create_file(path).map_err(|source| Error::CreateFile { path: path.to_owned(), source })
}

fn create_file(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::TestDatabase;

    #[tokio::test]
    async fn an_opened_store_answers_and_opens_again() {
        let database = TestDatabase::create().await;
        database.store.ping().await.unwrap();
        let again = Store::open(&database.url).await.unwrap();
        again.ping().await.unwrap();
    }

    #[tokio::test]
    async fn a_database_in_memory_is_refused() {
        for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite://", "sqlite://a?mode=memory"] {
            assert!(matches!(Store::open(url).await, Err(Error::InMemory)), "{url}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_of_a_new_database_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("hyperion.db");
        let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
        store.ping().await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
