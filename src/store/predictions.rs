//! What did we predict, and when?
//!
//! In: the document of one head. Out: the same document later, to be shown again and to be graded.

use super::columns::{from_number, moment, number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::Timestamp;
use sqlx::any::AnyRow;

/// The predictions for one head of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The commit, in hexadecimal.
    pub head: String,
    /// The predictions, as JSON.
    pub document: String,
    /// When they were made.
    pub created_at: Timestamp,
}

impl Store {
    /// Keeps the predictions for a head; those made before for the same head are replaced.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_prediction(&self, prediction: &Prediction) -> Result<(), Error> {
        sqlx::query(
            "insert into predictions (repository_id, head_sha, document, created_at) values ($1, $2, $3, $4)
                 on conflict (repository_id, head_sha) do update
                set document = excluded.document, created_at = excluded.created_at",
        )
        .bind(from_number(prediction.repository_id))
        .bind(&prediction.head)
        .bind(&prediction.document)
        .bind(prediction.created_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save a prediction"))?;
        Ok(())
    }

    /// The predictions for a head.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn prediction(&self, repository_id: u64, head: &str) -> Result<Option<Prediction>, Error> {
        let row = sqlx::query(
            "select repository_id, head_sha, document, created_at from predictions
              where repository_id = $1 and head_sha = $2",
        )
        .bind(from_number(repository_id))
        .bind(head)
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read a prediction"))?;
        row.as_ref().map(prediction_from).transpose().map_err(Error::query("read a prediction"))
    }

    /// A repository's newest predictions, newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn newest_predictions(&self, repository_id: u64, limit: u32) -> Result<Vec<Prediction>, Error> {
        let rows = sqlx::query(
            "select repository_id, head_sha, document, created_at from predictions
              where repository_id = $1 order by created_at desc, head_sha limit $2",
        )
        .bind(from_number(repository_id))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list predictions"))?;
        rows.iter().map(prediction_from).collect::<Result<_, _>>().map_err(Error::query("read a prediction"))
    }
}

fn prediction_from(row: &AnyRow) -> Result<Prediction, sqlx::Error> {
    Ok(Prediction {
        repository_id: number(row, "repository_id")?,
        head: text(row, "head_sha")?,
        document: text(row, "document")?,
        created_at: moment(row, "created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, prediction, repository};

    #[tokio::test]
    async fn the_newest_predictions_come_first_and_a_head_has_one() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        for (head, created_at) in [("a", 1), ("b", 3), ("c", 2), ("a", 4)] {
            let made = Prediction { head: head.to_owned(), created_at: Timestamp(created_at), ..prediction(10) };
            store.save_prediction(&made).await.unwrap();
        }
        let newest = store.newest_predictions(10, 2).await.unwrap();
        let heads: Vec<_> = newest.iter().map(|prediction| prediction.head.as_str()).collect();
        assert_eq!(heads, ["a", "b"]);
        assert_eq!(store.newest_predictions(11, 2).await.unwrap(), vec![]);
    }
}
