//! Which changes were reviewed before they were merged?
//!
//! In: merged pull requests with the number of their reviewers. Out: the same later, for the features that ask. Nobody
//! is named.

use super::columns::{from_number, moment, number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use sqlx::any::AnyRow;

/// One merged pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedChange {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// Number of the pull request.
    pub pull_number: u64,
    /// The commit it became.
    pub merge_commit: CommitId,
    /// When.
    pub merged_at: Timestamp,
    /// People other than its author who reviewed it before.
    pub n_reviewers: u32,
}

impl Store {
    /// Remembers a merged change.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_merged_change(&self, change: &MergedChange) -> Result<(), Error> {
        sqlx::query(
            "insert into merged_changes (repository_id, pull_number, merge_sha, merged_at, n_reviewers)
             values ($1, $2, $3, $4, $5)
                 on conflict (repository_id, pull_number) do update
                set merge_sha = excluded.merge_sha, merged_at = excluded.merged_at, n_reviewers = excluded.n_reviewers",
        )
        .bind(from_number(change.repository_id))
        .bind(from_number(change.pull_number))
        .bind(change.merge_commit.to_string())
        .bind(change.merged_at.0)
        .bind(i64::from(change.n_reviewers))
        .execute(self.writer())
        .await
        .map_err(Error::query("save a merged change"))?;
        Ok(())
    }

    /// A repository's merged changes, oldest first.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn merged_changes(&self, repository_id: u64) -> Result<Vec<MergedChange>, Error> {
        let rows = sqlx::query(
            "select repository_id, pull_number, merge_sha, merged_at, n_reviewers from merged_changes
              where repository_id = $1 order by merged_at, pull_number",
        )
        .bind(from_number(repository_id))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list merged changes"))?;
        rows.iter().map(merged_change_from).collect::<Result<_, _>>().map_err(Error::query("read a merged change"))
    }
}

fn merged_change_from(row: &AnyRow) -> Result<MergedChange, sqlx::Error> {
    Ok(MergedChange {
        repository_id: number(row, "repository_id")?,
        pull_number: number(row, "pull_number")?,
        merge_commit: text(row, "merge_sha")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        merged_at: moment(row, "merged_at")?,
        n_reviewers: number(row, "n_reviewers")?.try_into().unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, repository};

    #[tokio::test]
    async fn a_merged_change_is_kept_once_and_goes_with_its_repository() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        let change = |pull_number, merged_at, n_reviewers| MergedChange {
            repository_id: 10,
            pull_number,
            merge_commit: CommitId([pull_number as u8; 20]),
            merged_at: Timestamp(merged_at),
            n_reviewers,
        };
        for saved in [change(2, 20, 0), change(1, 10, 1), change(2, 20, 3)] {
            store.save_merged_change(&saved).await.unwrap();
        }
        assert_eq!(store.merged_changes(10).await.unwrap(), [change(1, 10, 1), change(2, 20, 3)]);
        store.forget_repository(1, 10).await.unwrap();
        assert_eq!(store.merged_changes(10).await.unwrap(), []);
    }
}
