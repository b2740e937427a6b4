//! Who has let us in?
//!
//! In: what GitHub says about installations of the App. Out: whether we may act for one.
//! A suspended or deleted installation is remembered, so that a late delivery does not call GitHub in its name.

use super::columns::{bounded, from_number, moment, number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::Timestamp;
use sqlx::any::AnyRow;

/// Longest account name kept; GitHub's are at most 39 characters.
const MAX_ACCOUNT_CHARS: usize = 100;

/// Whether we may act for an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationState {
    /// We may.
    Active,
    /// Its owner has paused us.
    Suspended,
    /// Its owner has removed us.
    Deleted,
}

impl InstallationState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            "deleted" => Ok(Self::Deleted),
            _ => Err(Error::UnknownWord { column: "installations.state", value: text.to_owned() }),
        }
    }
}

/// The App, installed by one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// GitHub's number.
    pub id: u64,
    /// The user or organisation.
    pub account: String,
    /// Whether we may act for it.
    pub state: InstallationState,
    /// When we last heard of it.
    pub updated_at: Timestamp,
}

impl Store {
    /// Remembers an installation, or what has changed about it.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_installation(&self, installation: &Installation) -> Result<(), Error> {
        sqlx::query(
            "insert into installations (id, account, state, updated_at) values ($1, $2, $3, $4)
                 on conflict (id) do update
                set account = excluded.account, state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(from_number(installation.id))
        .bind(bounded(&installation.account, MAX_ACCOUNT_CHARS))
        .bind(installation.state.as_str())
        .bind(installation.updated_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save an installation"))?;
        Ok(())
    }

    /// The installation with this number.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn installation(&self, id: u64) -> Result<Option<Installation>, Error> {
        let row = sqlx::query("select id, account, state, updated_at from installations where id = $1")
            .bind(from_number(id))
            .fetch_optional(self.reader())
            .await
            .map_err(Error::query("read an installation"))?;
        row.as_ref().map(installation_from).transpose().map_err(Error::query("read an installation"))
    }

    /// Every installation we may act for, by number.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn active_installations(&self) -> Result<Vec<Installation>, Error> {
        let rows = sqlx::query("select id, account, state, updated_at from installations where state = $1 order by id")
            .bind(InstallationState::Active.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(Error::query("list active installations"))?;
        rows.iter().map(installation_from).collect::<Result<_, _>>().map_err(Error::query("read an installation"))
    }

    /// Marks the installation as deleted and forgets everything about its repositories, and their waiting jobs.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing was forgotten.
    pub async fn forget_installation(&self, id: u64, now: Timestamp) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let question = "forget an installation";
        sqlx::query(
            "delete from jobs where state <> 'running'
                and group_name in (select full_name from repositories where installation_id = $1)",
        )
        .bind(from_number(id))
        .execute(&mut *transaction)
        .await
        .map_err(Error::query(question))?;
        // Check runs, reviews and predictions go with their repository.
        sqlx::query("delete from repositories where installation_id = $1")
            .bind(from_number(id))
            .execute(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        sqlx::query("update installations set state = 'deleted', updated_at = $2 where id = $1")
            .bind(from_number(id))
            .bind(now.0)
            .execute(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        transaction.commit().await.map_err(Error::query(question))
    }
}

fn installation_from(row: &AnyRow) -> Result<Installation, sqlx::Error> {
    let state = InstallationState::parse(&text(row, "state")?).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Installation {
        id: number(row, "id")?,
        account: text(row, "account")?,
        state,
        updated_at: moment(row, "updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, prediction, repository};
    use crate::store::{Claim, Lane, NewJob};

    #[tokio::test]
    async fn an_installation_changes_its_state_in_place() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(7)).await.unwrap();
        let suspended = Installation { state: InstallationState::Suspended, ..installation(7) };
        store.save_installation(&suspended).await.unwrap();
        assert_eq!(store.installation(7).await.unwrap(), Some(suspended));
        assert_eq!(store.installation(8).await.unwrap(), None);
        assert_eq!(store.active_installations().await.unwrap(), vec![]);
    }

    #[tokio::test]
    async fn forgetting_an_installation_takes_its_repositories_and_jobs_and_nothing_else() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        for (id, name) in [(1, "octo/hello"), (2, "other/world")] {
            store.save_installation(&installation(id)).await.unwrap();
            store.save_repository(&repository(id * 10, id, name)).await.unwrap();
            store.save_prediction(&prediction(id * 10)).await.unwrap();
            let job = NewJob { group: name.to_owned(), ..NewJob::new("review", "{}", Timestamp(0)) };
            store.enqueue(&job).await.unwrap();
        }
        store.forget_installation(1, Timestamp(9)).await.unwrap();

        assert_eq!(store.installation(1).await.unwrap().unwrap().state, InstallationState::Deleted);
        assert_eq!(store.repository(10).await.unwrap(), None);
        assert_eq!(store.prediction(10, "abc").await.unwrap(), None);
        assert!(store.repository(20).await.unwrap().is_some());
        assert!(store.prediction(20, "abc").await.unwrap().is_some());
        let claim = Claim::new("w", Lane::Quick, Timestamp(9));
        assert_eq!(store.claim(&claim).await.unwrap().unwrap().group, "other/world");
        assert_eq!(store.claim(&claim).await.unwrap(), None);
    }
}
