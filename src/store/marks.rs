//! How far had we come?
//!
//! In: a name and a short text. Out: the text, after a restart. For facts about ourselves, such as the newest delivery
//! the catch-up has seen; nothing about an installation belongs here.

use super::columns::text;
use super::error::Error;
use super::open::Store;
use crate::domain::Timestamp;

impl Store {
    /// Sets a mark.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn set_mark(&self, name: &str, value: &str, now: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "insert into marks (name, value, updated_at) values ($1, $2, $3)
                 on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at",
        )
        .bind(name)
        .bind(value)
        .bind(now.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("set a mark"))?;
        Ok(())
    }

    /// The mark with this name.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn mark(&self, name: &str) -> Result<Option<String>, Error> {
        let row = sqlx::query("select value from marks where name = $1")
            .bind(name)
            .fetch_optional(self.reader())
            .await
            .map_err(Error::query("read a mark"))?;
        row.as_ref().map(|row| text(row, "value")).transpose().map_err(Error::query("read a mark"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::TestDatabase;

    #[tokio::test]
    async fn a_mark_is_what_was_set_last() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        assert_eq!(store.mark("newest delivery").await.unwrap(), None);
        store.set_mark("newest delivery", "1", Timestamp(1)).await.unwrap();
        store.set_mark("newest delivery", "2", Timestamp(2)).await.unwrap();
        assert_eq!(store.mark("newest delivery").await.unwrap().as_deref(), Some("2"));
    }
}
