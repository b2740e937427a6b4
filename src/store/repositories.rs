//! Which repositories may we look at, and for whom?
//!
//! In: what GitHub says about repositories. Out: each under GitHub's number, which survives renames and transfers.
//! A name is looked up only within one installation: names are given up and taken by others, numbers are not.

use super::columns::{bounded, from_number, moment, number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::{RepoName, Timestamp};
use sqlx::any::AnyRow;

/// Longest branch name kept; git refuses longer ones on most file systems.
const MAX_BRANCH_CHARS: usize = 255;

/// A repository of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// GitHub's number.
    pub id: u64,
    /// The installation through which we may look at it.
    pub installation_id: u64,
    /// `owner/name`, as of the last delivery.
    pub name: RepoName,
    /// The branch pull requests usually go to.
    pub default_branch: String,
    /// When we last heard of it.
    pub updated_at: Timestamp,
}

impl Store {
    /// Remembers a repository, or its new name, branch or installation. Its installation must be known.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_repository(&self, repository: &Repository) -> Result<(), Error> {
        sqlx::query(
            "insert into repositories (id, installation_id, full_name, default_branch, updated_at)
             values ($1, $2, $3, $4, $5)
                 on conflict (id) do update
                set installation_id = excluded.installation_id, full_name = excluded.full_name,
                    default_branch = excluded.default_branch, updated_at = excluded.updated_at",
        )
        .bind(from_number(repository.id))
        .bind(from_number(repository.installation_id))
        .bind(repository.name.to_string())
        .bind(bounded(&repository.default_branch, MAX_BRANCH_CHARS))
        .bind(repository.updated_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save a repository"))?;
        Ok(())
    }

    /// The repository with this number.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn repository(&self, id: u64) -> Result<Option<Repository>, Error> {
        let row = sqlx::query(
            "select id, installation_id, full_name, default_branch, updated_at from repositories where id = $1",
        )
        .bind(from_number(id))
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read a repository"))?;
        row.as_ref().map(repository_from).transpose().map_err(Error::query("read a repository"))
    }

    /// The repository an installation knows by this name; the one heard of last if the name was taken over.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn repository_by_name(&self, installation_id: u64, name: &RepoName) -> Result<Option<Repository>, Error> {
        let row = sqlx::query(
            "select id, installation_id, full_name, default_branch, updated_at from repositories
              where installation_id = $1 and full_name = $2 order by updated_at desc, id desc limit 1",
        )
        .bind(from_number(installation_id))
        .bind(name.to_string())
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("look up a repository by name"))?;
        row.as_ref().map(repository_from).transpose().map_err(Error::query("read a repository"))
    }

    /// The repository with this name, of whatever installation; the one heard of last if the name was taken over. For
    /// whoever may speak for the whole server.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn repository_named(&self, name: &RepoName) -> Result<Option<Repository>, Error> {
        let row = sqlx::query(
            "select id, installation_id, full_name, default_branch, updated_at from repositories
              where full_name = $1 order by updated_at desc, id desc limit 1",
        )
        .bind(name.to_string())
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("look up a repository by name"))?;
        row.as_ref().map(repository_from).transpose().map_err(Error::query("read a repository"))
    }

    /// The repositories of one installation, by name.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn repositories_of(&self, installation_id: u64) -> Result<Vec<Repository>, Error> {
        let rows = sqlx::query(
            "select id, installation_id, full_name, default_branch, updated_at from repositories
              where installation_id = $1 order by full_name, id",
        )
        .bind(from_number(installation_id))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list an installation's repositories"))?;
        rows.iter().map(repository_from).collect::<Result<_, _>>().map_err(Error::query("read a repository"))
    }

    /// Forgets a repository: its check runs, reviews, predictions and waiting jobs.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing was forgotten.
    pub async fn forget_repository(&self, installation_id: u64, id: u64) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let question = "forget a repository";
        sqlx::query(
            "delete from jobs where state <> 'running'
                and group_name in (select full_name from repositories where id = $2 and installation_id = $1)",
        )
        .bind(from_number(installation_id))
        .bind(from_number(id))
        .execute(&mut *transaction)
        .await
        .map_err(Error::query(question))?;
        sqlx::query("delete from repositories where id = $2 and installation_id = $1")
            .bind(from_number(installation_id))
            .bind(from_number(id))
            .execute(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        transaction.commit().await.map_err(Error::query(question))
    }
}

fn repository_from(row: &AnyRow) -> Result<Repository, sqlx::Error> {
    let name = text(row, "full_name")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Repository {
        id: number(row, "id")?,
        installation_id: number(row, "installation_id")?,
        name,
        default_branch: text(row, "default_branch")?,
        updated_at: moment(row, "updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use crate::store::test_database::{TestDatabase, installation, prediction, repository};

    #[tokio::test]
    async fn a_renamed_repository_keeps_its_number_and_what_hangs_on_it() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/old")).await.unwrap();
        store.save_prediction(&prediction(10)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/new")).await.unwrap();

        let old = "octo/old".parse().unwrap();
        let new = "octo/new".parse().unwrap();
        assert_eq!(store.repository_by_name(1, &old).await.unwrap(), None);
        assert_eq!(store.repository_by_name(1, &new).await.unwrap().unwrap().id, 10);
        assert!(store.prediction(10, "abc").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn one_installation_does_not_find_or_forget_anothers_repository() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_installation(&installation(2)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();

        let name = "octo/hello".parse().unwrap();
        assert_eq!(store.repository_by_name(2, &name).await.unwrap(), None);
        assert_eq!(store.repositories_of(2).await.unwrap(), vec![]);
        store.forget_repository(2, 10).await.unwrap();
        assert!(store.repository(10).await.unwrap().is_some());
        store.forget_repository(1, 10).await.unwrap();
        assert_eq!(store.repository(10).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_repository_of_an_unknown_installation_is_refused() {
        let database = TestDatabase::create().await;
        assert!(database.store.save_repository(&repository(10, 99, "octo/hello")).await.is_err());
    }
}
