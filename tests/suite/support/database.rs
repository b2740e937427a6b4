//! Where does a test store things?
//!
//! A fresh database for every test: an SQLite file by default, a new database on the server that
//! `HYPERION_TEST_DATABASE_URL` names where it begins with `postgres://`. Gone when dropped.

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

/// The variable that chooses PostgreSQL.
const SERVER: &str = "HYPERION_TEST_DATABASE_URL";

/// A database that nobody else uses.
pub struct Database {
    url: String,
    keeper: Keeper,
}

enum Keeper {
    File(TempDir),
    Server { url: String, name: String },
}

impl Database {
    /// An empty database of the kind that the environment chooses.
    pub async fn fresh() -> Self {
        match std::env::var(SERVER) {
            Ok(server) if server.starts_with("postgres") => Self::on_server(server).await,
            _ => Self::in_file(),
        }
    }

    fn in_file() -> Self {
        let directory = tempfile::tempdir().expect("there is room for temporary files");
        let url = format!("sqlite://{}", directory.path().join("hyperion.sqlite").display());
        Self { url, keeper: Keeper::File(directory) }
    }

    async fn on_server(server: String) -> Self {
        let name = format!("hyperion_test_{}", uuid::Uuid::new_v4().simple());
        execute(&server, format!("create database {name}")).await;
        let url = with_database(&server, &name);
        Self { url, keeper: Keeper::Server { url: server, name } }
    }

    /// What `HYPERION_DATABASE_URL` is set to.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.keeper, Keeper::Server { .. })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Keeper::Server { url, name } = &self.keeper else { return };
        let (url, statement) = (url.clone(), format!("drop database if exists {name} with (force)"));
        // A thread of its own: this may be dropped inside a runtime, which must not be blocked from within.
        let dropping = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread can wait");
            runtime.block_on(execute(&url, statement));
        });
        // A database that stays behind harms nobody but the disk.
        let _ = dropping.join();
    }
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.expect("the test server answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("the test user may create databases");
}

/// The server's address with another database's name in it.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, String::new()), |(a, o)| (a, format!("?{o}")));
    let host_at = address.find("://").map_or(0, |at| at + 3);
    let host = address[host_at..].find('/').map_or(address, |at| &address[..host_at + at]);
    format!("{host}/{name}{options}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_servers_address_keeps_everything_but_the_database() {
        let check = |server: &str, expected: &str| assert_eq!(with_database(server, "new"), expected);
        check("postgres://me@localhost:5433/old?sslmode=disable", "postgres://me@localhost:5433/new?sslmode=disable");
        check("postgres://me@localhost", "postgres://me@localhost/new");
    }
}
