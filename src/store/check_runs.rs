//! Which check runs have we started, and has each of them ended?
//!
//! In: check runs, noted before GitHub is asked to create them. Out: those that still have to end.
//! `external_id` is ours and is known from the first moment; GitHub's number is added once its answer arrived, so a
//! create whose answer was lost can be looked up instead of repeated.

use super::columns::{
    bounded, from_number, from_optional_number, moment, number, optional_moment, optional_number, text,
};
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use sqlx::any::AnyRow;

/// Longest `external_id` kept; ours are short.
const MAX_EXTERNAL_ID_CHARS: usize = 200;

/// Overdue check runs ended in one sweep: the next sweep takes the rest.
const MAX_OVERDUE: i64 = 200;

/// A check run that is about to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckRun {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The commit it is about.
    pub head: CommitId,
    /// The pull request, if it is about one.
    pub pull_request: Option<u64>,
    /// Our own name for it, unique within the repository.
    pub external_id: String,
    /// The present.
    pub started_at: Timestamp,
    /// When it must have ended, by verdict or as neutral.
    pub deadline_at: Timestamp,
}

/// A check run we have started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The installation through which it can be ended.
    pub installation_id: u64,
    /// The commit it is about.
    pub head: CommitId,
    /// The pull request, if it is about one.
    pub pull_request: Option<u64>,
    /// Our own name for it.
    pub external_id: String,
    /// GitHub's number; unknown until its answer arrived.
    pub github_id: Option<u64>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it must have ended.
    pub deadline_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

impl Store {
    /// Notes a check run before it is created, and gives what is known of it: a repeated job finds the number that
    /// GitHub gave the first time, and the deadline of the first time: trying again is no reason to wait longer.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn start_check_run(&self, new: &NewCheckRun) -> Result<CheckRun, Error> {
        let question = "note a check run";
        let row = sqlx::query(
            "insert into check_runs (repository_id, head_sha, pull_number, external_id, state, started_at, deadline_at)
             values ($1, $2, $3, $4, 'started', $5, $6)
                 on conflict (repository_id, external_id) do update set head_sha = excluded.head_sha
             returning repository_id, head_sha, pull_number, external_id, github_id, started_at, deadline_at,
                       completed_at, (select installation_id from repositories where id = $1) as installation_id",
        )
        .bind(from_number(new.repository_id))
        .bind(new.head.to_string())
        .bind(from_optional_number(new.pull_request))
        .bind(bounded(&new.external_id, MAX_EXTERNAL_ID_CHARS))
        .bind(new.started_at.0)
        .bind(new.deadline_at.0)
        .fetch_one(self.writer())
        .await
        .map_err(Error::query(question))?;
        check_run_from(&row).map_err(Error::query(question))
    }

    /// Notes the number GitHub gave a check run.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn check_run_created(&self, repository_id: u64, external_id: &str, github_id: u64) -> Result<(), Error> {
        sqlx::query("update check_runs set github_id = $3 where repository_id = $1 and external_id = $2")
            .bind(from_number(repository_id))
            .bind(external_id)
            .bind(from_number(github_id))
            .execute(self.writer())
            .await
            .map_err(Error::query("note a check run's number"))?;
        Ok(())
    }

    /// Notes that a check run taken for ended is in progress after all, and must end by `deadline_at`.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn check_run_reopened(
        &self,
        repository_id: u64,
        external_id: &str,
        deadline_at: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query(
            "update check_runs set state = 'started', deadline_at = $3, completed_at = null
              where repository_id = $1 and external_id = $2 and state = 'completed'",
        )
        .bind(from_number(repository_id))
        .bind(external_id)
        .bind(deadline_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("open a check run again"))?;
        Ok(())
    }

    /// Notes that a check run has ended on GitHub.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn check_run_completed(
        &self,
        repository_id: u64,
        external_id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query(
            "update check_runs set state = 'completed', completed_at = $3
              where repository_id = $1 and external_id = $2",
        )
        .bind(from_number(repository_id))
        .bind(external_id)
        .bind(now.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("note the end of a check run"))?;
        Ok(())
    }

    /// The check run with our own name for it.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn check_run(&self, repository_id: u64, external_id: &str) -> Result<Option<CheckRun>, Error> {
        let row = sqlx::query(
            "select runs.*, repositories.installation_id from check_runs runs
               join repositories on repositories.id = runs.repository_id
              where runs.repository_id = $1 and runs.external_id = $2",
        )
        .bind(from_number(repository_id))
        .bind(external_id)
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read a check run"))?;
        row.as_ref().map(check_run_from).transpose().map_err(Error::query("read a check run"))
    }

    /// Every check run on a commit, oldest first.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn check_runs_on(&self, repository_id: u64, head: CommitId) -> Result<Vec<CheckRun>, Error> {
        let rows = sqlx::query(
            "select runs.*, repositories.installation_id from check_runs runs
               join repositories on repositories.id = runs.repository_id
              where runs.repository_id = $1 and runs.head_sha = $2 order by runs.started_at, runs.external_id",
        )
        .bind(from_number(repository_id))
        .bind(head.to_string())
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list a commit's check runs"))?;
        rows.iter().map(check_run_from).collect::<Result<_, _>>().map_err(Error::query("read a check run"))
    }

    /// Check runs of a pull request that have not ended, oldest first: a newer head ends those of older ones.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn open_check_runs(&self, repository_id: u64, pull_request: u64) -> Result<Vec<CheckRun>, Error> {
        let rows = sqlx::query(
            "select runs.*, repositories.installation_id from check_runs runs
               join repositories on repositories.id = runs.repository_id
              where runs.repository_id = $1 and runs.pull_number = $2 and runs.state = 'started'
              order by runs.started_at, runs.external_id",
        )
        .bind(from_number(repository_id))
        .bind(from_number(pull_request))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list a pull request's open check runs"))?;
        rows.iter().map(check_run_from).collect::<Result<_, _>>().map_err(Error::query("read a check run"))
    }

    /// Check runs that should have ended by now and that we may end, most overdue first.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn overdue_check_runs(&self, now: Timestamp) -> Result<Vec<CheckRun>, Error> {
        let rows = sqlx::query(
            "select runs.*, repositories.installation_id from check_runs runs
               join repositories on repositories.id = runs.repository_id
               join installations on installations.id = repositories.installation_id
              where runs.state = 'started' and runs.deadline_at <= $1 and installations.state = 'active'
              order by runs.deadline_at, runs.external_id limit $2",
        )
        .bind(now.0)
        .bind(MAX_OVERDUE)
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("look for overdue check runs"))?;
        rows.iter().map(check_run_from).collect::<Result<_, _>>().map_err(Error::query("read a check run"))
    }
}

fn check_run_from(row: &AnyRow) -> Result<CheckRun, sqlx::Error> {
    let head = text(row, "head_sha")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(CheckRun {
        repository_id: number(row, "repository_id")?,
        installation_id: number(row, "installation_id")?,
        head,
        pull_request: optional_number(row, "pull_number")?,
        external_id: text(row, "external_id")?,
        github_id: optional_number(row, "github_id")?,
        started_at: moment(row, "started_at")?,
        deadline_at: moment(row, "deadline_at")?,
        completed_at: optional_moment(row, "completed_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, repository};
    use crate::store::{Installation, InstallationState};

    fn new_check_run(external_id: &str, deadline_at: i64) -> NewCheckRun {
        NewCheckRun {
            repository_id: 10,
            head: CommitId([7; 20]),
            pull_request: Some(5),
            external_id: external_id.to_owned(),
            started_at: Timestamp(100),
            deadline_at: Timestamp(deadline_at),
        }
    }

    async fn database() -> TestDatabase {
        let database = TestDatabase::create().await;
        database.store.save_installation(&installation(1)).await.unwrap();
        database.store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        database
    }

    #[tokio::test]
    async fn a_repeated_start_finds_the_number_github_gave_before() {
        let database = database().await;
        let store = &database.store;
        assert_eq!(store.start_check_run(&new_check_run("a", 400)).await.unwrap().github_id, None);
        store.check_run_created(10, "a", 4_711).await.unwrap();
        let again = store.start_check_run(&new_check_run("a", 500)).await.unwrap();
        assert_eq!((again.github_id, again.deadline_at, again.installation_id), (Some(4_711), Timestamp(400), 1));
        assert_eq!(store.check_run(10, "a").await.unwrap(), Some(again));
    }

    #[tokio::test]
    async fn what_has_ended_stays_ended_until_it_is_opened_again() {
        let database = database().await;
        let store = &database.store;
        store.start_check_run(&new_check_run("a", 400)).await.unwrap();
        store.check_run_completed(10, "a", Timestamp(300)).await.unwrap();
        let again = store.start_check_run(&new_check_run("a", 900)).await.unwrap();
        assert_eq!(again.completed_at, Some(Timestamp(300)));
        store.check_run_reopened(10, "a", Timestamp(900)).await.unwrap();
        let open = store.check_run(10, "a").await.unwrap().unwrap();
        assert_eq!((open.completed_at, open.deadline_at), (None, Timestamp(900)));
    }

    #[tokio::test]
    async fn nobody_is_asked_to_end_the_check_runs_of_a_closed_installation() {
        let database = database().await;
        let store = &database.store;
        store.start_check_run(&new_check_run("a", 400)).await.unwrap();
        let suspended = Installation { state: InstallationState::Suspended, ..installation(1) };
        store.save_installation(&suspended).await.unwrap();
        assert_eq!(store.overdue_check_runs(Timestamp(500)).await.unwrap(), []);
        store.save_installation(&installation(1)).await.unwrap();
        assert_eq!(store.overdue_check_runs(Timestamp(500)).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn only_open_check_runs_past_their_deadline_are_overdue() {
        let database = database().await;
        let store = &database.store;
        for (external_id, deadline_at) in [("late", 200), ("later", 150), ("ended", 100), ("in time", 900)] {
            store.start_check_run(&new_check_run(external_id, deadline_at)).await.unwrap();
        }
        store.check_run_completed(10, "ended", Timestamp(90)).await.unwrap();

        let overdue = store.overdue_check_runs(Timestamp(200)).await.unwrap();
        let names: Vec<_> = overdue.iter().map(|run| run.external_id.as_str()).collect();
        assert_eq!(names, ["later", "late"]);
        assert_eq!(store.open_check_runs(10, 5).await.unwrap().len(), 3);
        assert_eq!(store.open_check_runs(10, 6).await.unwrap().len(), 0);
        assert_eq!(store.check_runs_on(10, CommitId([7; 20])).await.unwrap().len(), 4);
    }
}
