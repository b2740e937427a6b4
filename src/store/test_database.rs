//! Where do tests keep their rows?
//!
//! In: nothing, or `HYPERION_TEST_DATABASE_URL`. Out: an empty store of the test's own: a SQLite file in a folder that
//! goes with it, or a schema of its own in the PostgreSQL database that the variable names.

use super::{Installation, InstallationState, NewDelivery, Prediction, Repository, Store};
use crate::domain::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

/// An empty store, and its address for a second look.
pub(crate) struct TestDatabase {
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        let (url, folder) = match std::env::var("HYPERION_TEST_DATABASE_URL") {
            Ok(server) if !server.is_empty() => (postgres_schema(&server).await, None),
            _ => sqlite_file(),
        };
        let store = Store::open(&url).await.expect("the test database opens");
        Self { store, url, _folder: folder }
    }
}

fn sqlite_file() -> (String, Option<tempfile::TempDir>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    (format!("sqlite://{}", folder.path().join("test.db").display()), Some(folder))
}

/// Creates a schema and gives an address whose connections see nothing else.
async fn postgres_schema(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = AnyConnection::connect(server).await.expect("the test server answers");
    let create = AssertSqlSafe(format!("create schema {schema}"));
    sqlx::query(create).execute(&mut connection).await.expect("the test schema is created");
    connection.close().await.expect("the connection closes");
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options=-csearch_path%3D{schema}")
}

pub(crate) fn delivery(id: &str, repository: &str, received_at: Timestamp) -> NewDelivery {
    NewDelivery {
        id: id.to_owned(),
        event: "pull_request".to_owned(),
        repository: repository.to_owned(),
        pull_request: None,
        body: format!(r#"{{"n":"{id}"}}"#).into_bytes(),
        received_at,
    }
}

pub(crate) fn installation(id: u64) -> Installation {
    let state = InstallationState::Active;
    Installation { id, account: "octo".to_owned(), state, updated_at: Timestamp(1) }
}

pub(crate) fn repository(id: u64, installation_id: u64, name: &str) -> Repository {
    Repository {
        id,
        installation_id,
        name: name.parse().expect("a repository name"),
        default_branch: "main".to_owned(),
        updated_at: Timestamp(1),
    }
}

pub(crate) fn prediction(repository_id: u64) -> Prediction {
    Prediction { repository_id, head: "abc".to_owned(), document: "{}".to_owned(), created_at: Timestamp(1) }
}
