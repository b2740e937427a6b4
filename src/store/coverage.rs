//! Which lines did the tests run, at which commit?
//!
//! In: coverage reports as they came, and what was read from them. Out: one snapshot a commit. A report waits until it
//! was read, and goes with the same transaction that keeps its snapshot.

use super::columns::moment;
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use crate::features::CoverageSnapshot;
use sqlx::Row as _;
use sqlx::any::AnyRow;

/// Snapshots of one repository that are read: coverage older than half a year is not used, and a busy branch has one a
/// day.
const MAX_SNAPSHOTS: i64 = 400;

/// Reports that may wait for one commit: a build has one a language and shard.
pub const MAX_COVERAGE_UPLOADS: i64 = 50;

impl Store {
    /// Keeps a report until it is read; false when too many wait for this commit already.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn add_coverage_upload(
        &self,
        repository: &str,
        commit: CommitId,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let added = sqlx::query(
            "insert into coverage_uploads (repository, commit_sha, body, received_at)
             select $1, $2, $3, $4
              where (select count(*) from coverage_uploads where repository = $1 and commit_sha = $2) < $5",
        )
        .bind(repository)
        .bind(commit.to_string())
        .bind(body)
        .bind(now.0)
        .bind(MAX_COVERAGE_UPLOADS)
        .execute(self.writer())
        .await
        .map_err(Error::query("keep a coverage report"))?;
        Ok(added.rows_affected() > 0)
    }

    /// Reports that wait for a commit, oldest first, each with its number.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn coverage_uploads(&self, repository: &str, commit: CommitId) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let question = "read coverage reports";
        let rows =
            sqlx::query("select id, body from coverage_uploads where repository = $1 and commit_sha = $2 order by id")
                .bind(repository)
                .bind(commit.to_string())
                .fetch_all(self.reader())
                .await
                .map_err(Error::query(question))?;
        let read = |row: &AnyRow| Ok((row.try_get("id")?, row.try_get("body")?));
        rows.iter().map(read).collect::<Result<_, _>>().map_err(Error::query(question))
    }

    /// Keeps the coverage of a commit; files of an earlier report of the same commit stay unless they are in this one.
    /// The reports up to number `read_until` have been read, and go.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing changed.
    pub async fn save_coverage(
        &self,
        repository: &str,
        commit: CommitId,
        mut snapshot: CoverageSnapshot,
        read_until: Option<i64>,
    ) -> Result<(), Error> {
        let question = "save the coverage of a commit";
        let mut transaction = self.begin().await?;
        let earlier = sqlx::query("select at, files from coverage_snapshots where repository = $1 and commit_sha = $2")
            .bind(repository)
            .bind(commit.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        if let Some(earlier) = earlier.as_ref().map(snapshot_from).transpose().map_err(Error::query(question))? {
            for (path, file) in earlier.files {
                snapshot.files.entry(path).or_insert(file);
            }
        }
        let files = postcard::to_stdvec(&snapshot.files).expect("paths and counts can always be written");
        sqlx::query(
            "insert into coverage_snapshots (repository, commit_sha, at, files) values ($1, $2, $3, $4)
                 on conflict (repository, commit_sha) do update set at = excluded.at, files = excluded.files",
        )
        .bind(repository)
        .bind(commit.to_string())
        .bind(snapshot.at.0)
        .bind(files)
        .execute(&mut *transaction)
        .await
        .map_err(Error::query(question))?;
        sqlx::query("delete from coverage_uploads where repository = $1 and commit_sha = $2 and id <= $3")
            .bind(repository)
            .bind(commit.to_string())
            .bind(read_until.unwrap_or_default())
            .execute(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        transaction.commit().await.map_err(Error::query(question))
    }

    /// The newest coverage of a repository, oldest first.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn coverage(&self, repository: &str) -> Result<Vec<CoverageSnapshot>, Error> {
        let question = "read the coverage of a repository";
        let rows = sqlx::query(
            "select at, files from coverage_snapshots where repository = $1 order by at desc, commit_sha limit $2",
        )
        .bind(repository)
        .bind(MAX_SNAPSHOTS)
        .fetch_all(self.reader())
        .await
        .map_err(Error::query(question))?;
        rows.iter().rev().map(snapshot_from).collect::<Result<_, _>>().map_err(Error::query(question))
    }

    /// Forgets all coverage of a repository.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn forget_coverage(&self, repository: &str) -> Result<(), Error> {
        for table in [
            "delete from coverage_uploads where repository = $1",
            "delete from coverage_snapshots where repository = $1",
        ] {
            sqlx::query(table)
                .bind(repository)
                .execute(self.writer())
                .await
                .map_err(Error::query("forget the coverage of a repository"))?;
        }
        Ok(())
    }
}

fn snapshot_from(row: &AnyRow) -> Result<CoverageSnapshot, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("files")?;
    let files = postcard::from_bytes(&bytes).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(CoverageSnapshot { at: moment(row, "at")?, files })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FileCoverage;
    use crate::store::test_database::TestDatabase;

    const COMMIT: CommitId = CommitId([7; 20]);

    fn snapshot(at: i64, files: &[(&str, u32)]) -> CoverageSnapshot {
        let file = |&(path, n_covered): &(&str, u32)| (path.to_owned(), FileCoverage { n_covered, n_lines: 10 });
        CoverageSnapshot { at: Timestamp(at), files: files.iter().map(file).collect() }
    }

    #[tokio::test]
    async fn reports_of_one_commit_add_up_and_go_once_they_are_read() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        for body in [b"one".to_vec(), b"two".to_vec()] {
            assert!(store.add_coverage_upload("a", COMMIT, body, Timestamp(1)).await.unwrap());
        }
        let waiting = store.coverage_uploads("a", COMMIT).await.unwrap();
        assert_eq!(waiting.iter().map(|(_, body)| body.as_slice()).collect::<Vec<_>>(), [b"one", b"two"]);
        store.save_coverage("a", COMMIT, snapshot(5, &[("x.rs", 1), ("y.rs", 2)]), Some(waiting[0].0)).await.unwrap();
        assert_eq!(store.coverage_uploads("a", COMMIT).await.unwrap().len(), 1);
        store.save_coverage("a", COMMIT, snapshot(5, &[("y.rs", 9)]), Some(waiting[1].0)).await.unwrap();
        store.save_coverage("a", CommitId([1; 20]), snapshot(3, &[]), None).await.unwrap();
        let kept = store.coverage("a").await.unwrap();
        assert_eq!(kept, [snapshot(3, &[]), snapshot(5, &[("x.rs", 1), ("y.rs", 9)])]);
        assert_eq!(store.coverage("b").await.unwrap(), []);
        store.forget_coverage("a").await.unwrap();
        assert_eq!(store.coverage("a").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_commit_takes_only_so_many_reports() {
        let database = TestDatabase::create().await;
        for i in 0..=MAX_COVERAGE_UPLOADS {
            let is_kept = database.store.add_coverage_upload("a", COMMIT, vec![0], Timestamp(i)).await.unwrap();
            assert_eq!(is_kept, i < MAX_COVERAGE_UPLOADS);
        }
    }
}
