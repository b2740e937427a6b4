//! Which bug forecasts were made, and did they come true?
//!
//! In: forecasts and grades, as documents. Out: the same later, each once: what was forecast is never changed, and what
//! was graded is not graded again.

use super::columns::{from_number, moment, number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use sqlx::any::AnyRow;

/// A forecast as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugForecast {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The newest commit it knew.
    pub commit: CommitId,
    /// The moment from which its days are counted.
    pub as_of: Timestamp,
    /// The forecast, as JSON.
    pub document: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// How one horizon of a forecast turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugForecastGrade {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The commit of the forecast.
    pub commit: CommitId,
    /// Days of the horizon.
    pub horizon_days: i64,
    /// The grade, as JSON.
    pub document: String,
    /// When it was graded.
    pub graded_at: Timestamp,
}

impl Store {
    /// Keeps a forecast; one that is kept for the same commit stays as it is.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_bug_forecast(&self, forecast: &BugForecast) -> Result<(), Error> {
        sqlx::query(
            "insert into bug_forecasts (repository_id, commit_sha, as_of, document, made_at)
             values ($1, $2, $3, $4, $5)
                 on conflict (repository_id, commit_sha) do nothing",
        )
        .bind(from_number(forecast.repository_id))
        .bind(forecast.commit.to_string())
        .bind(forecast.as_of.0)
        .bind(&forecast.document)
        .bind(forecast.made_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save a bug forecast"))?;
        Ok(())
    }

    /// Forecasts of a repository made as of `until` or before whose horizon of `horizon_days` has no grade, oldest first, at
    /// most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn ungraded_bug_forecasts(
        &self,
        repository_id: u64,
        horizon_days: i64,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BugForecast>, Error> {
        let rows = sqlx::query(
            "select repository_id, commit_sha, as_of, document, made_at from bug_forecasts
              where repository_id = $1 and as_of <= $2
                and not exists (select 1 from bug_forecast_grades g
                                 where g.repository_id = bug_forecasts.repository_id
                                   and g.commit_sha = bug_forecasts.commit_sha and g.horizon_days = $3)
              order by as_of, commit_sha limit $4",
        )
        .bind(from_number(repository_id))
        .bind(until.0)
        .bind(horizon_days)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list ungraded bug forecasts"))?;
        rows.iter().map(forecast_from).collect::<Result<_, _>>().map_err(Error::query("read a bug forecast"))
    }

    /// Keeps a grade; one that is kept for the same horizon stays as it is.
    ///
    /// # Errors
    /// [`Error::Query`], also where there is no such forecast.
    pub async fn save_bug_forecast_grade(&self, grade: &BugForecastGrade) -> Result<(), Error> {
        sqlx::query(
            "insert into bug_forecast_grades (repository_id, commit_sha, horizon_days, document, graded_at)
             values ($1, $2, $3, $4, $5)
                 on conflict (repository_id, commit_sha, horizon_days) do nothing",
        )
        .bind(from_number(grade.repository_id))
        .bind(grade.commit.to_string())
        .bind(grade.horizon_days)
        .bind(&grade.document)
        .bind(grade.graded_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save the grade of a bug forecast"))?;
        Ok(())
    }

    /// A repository's newest forecasts, newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn newest_bug_forecasts(&self, repository_id: u64, limit: u32) -> Result<Vec<BugForecast>, Error> {
        let rows = sqlx::query(
            "select repository_id, commit_sha, as_of, document, made_at from bug_forecasts
              where repository_id = $1 order by as_of desc, commit_sha limit $2",
        )
        .bind(from_number(repository_id))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list bug forecasts"))?;
        rows.iter().map(forecast_from).collect::<Result<_, _>>().map_err(Error::query("read a bug forecast"))
    }

    /// A repository's newest grades, those of the newest forecasts first, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn bug_forecast_grades(&self, repository_id: u64, limit: u32) -> Result<Vec<BugForecastGrade>, Error> {
        let rows = sqlx::query(
            "select g.repository_id, g.commit_sha, g.horizon_days, g.document, g.graded_at
               from bug_forecast_grades g
               join bug_forecasts f on f.repository_id = g.repository_id and f.commit_sha = g.commit_sha
              where g.repository_id = $1
              order by f.as_of desc, g.commit_sha, g.horizon_days limit $2",
        )
        .bind(from_number(repository_id))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("list grades of bug forecasts"))?;
        rows.iter().map(grade_from).collect::<Result<_, _>>().map_err(Error::query("read the grade of a bug forecast"))
    }
}

fn commit_of(row: &AnyRow) -> Result<CommitId, sqlx::Error> {
    text(row, "commit_sha")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn forecast_from(row: &AnyRow) -> Result<BugForecast, sqlx::Error> {
    Ok(BugForecast {
        repository_id: number(row, "repository_id")?,
        commit: commit_of(row)?,
        as_of: moment(row, "as_of")?,
        document: text(row, "document")?,
        made_at: moment(row, "made_at")?,
    })
}

fn grade_from(row: &AnyRow) -> Result<BugForecastGrade, sqlx::Error> {
    Ok(BugForecastGrade {
        repository_id: number(row, "repository_id")?,
        commit: commit_of(row)?,
        horizon_days: number(row, "horizon_days")?.try_into().unwrap_or(i64::MAX),
        document: text(row, "document")?,
        graded_at: moment(row, "graded_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, repository};

    fn forecast(byte: u8, as_of: i64, document: &str) -> BugForecast {
        BugForecast {
            repository_id: 10,
            commit: CommitId([byte; 20]),
            as_of: Timestamp(as_of),
            document: document.to_owned(),
            made_at: Timestamp(as_of + 5),
        }
    }

    fn grade(byte: u8, horizon_days: i64, document: &str) -> BugForecastGrade {
        let graded_at = Timestamp(1_000);
        let commit = CommitId([byte; 20]);
        BugForecastGrade { repository_id: 10, commit, horizon_days, document: document.to_owned(), graded_at }
    }

    async fn database() -> TestDatabase {
        let database = TestDatabase::create().await;
        database.store.save_installation(&installation(1)).await.unwrap();
        database.store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        database
    }

    #[tokio::test]
    async fn a_forecast_and_its_grades_are_kept_once_and_go_with_their_repository() {
        let database = database().await;
        let store = &database.store;
        for made in [forecast(1, 100, "first"), forecast(1, 100, "again"), forecast(2, 200, "second")] {
            store.save_bug_forecast(&made).await.unwrap();
        }
        for made in [grade(1, 7, "right"), grade(1, 7, "other"), grade(1, 15, "wrong")] {
            store.save_bug_forecast_grade(&made).await.unwrap();
        }
        let newest = store.newest_bug_forecasts(10, 9).await.unwrap();
        assert_eq!(newest, [forecast(2, 200, "second"), forecast(1, 100, "first")]);
        let grades = store.bug_forecast_grades(10, 9).await.unwrap();
        assert_eq!(grades, [grade(1, 7, "right"), grade(1, 15, "wrong")]);
        store.forget_repository(1, 10).await.unwrap();
        assert_eq!(store.newest_bug_forecasts(10, 9).await.unwrap(), []);
        assert_eq!(store.bug_forecast_grades(10, 9).await.unwrap(), []);
    }

    #[tokio::test]
    async fn only_what_is_due_and_not_yet_graded_is_asked_for() {
        let database = database().await;
        let store = &database.store;
        for made in [forecast(1, 100, "a"), forecast(2, 200, "b"), forecast(3, 300, "c")] {
            store.save_bug_forecast(&made).await.unwrap();
        }
        store.save_bug_forecast_grade(&grade(1, 7, "{}")).await.unwrap();
        let open = async |days, until, limit| {
            let found = store.ungraded_bug_forecasts(10, days, Timestamp(until), limit).await.unwrap();
            found.iter().map(|forecast| forecast.commit.0[0]).collect::<Vec<_>>()
        };
        assert_eq!(open(7, 200, 9).await, [2]);
        assert_eq!(open(15, 200, 9).await, [1, 2]);
        assert_eq!(open(7, 900, 1).await, [2]);
        assert_eq!(open(30, 99, 9).await, [0; 0]);
        assert_eq!(store.ungraded_bug_forecasts(11, 7, Timestamp(900), 9).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_grade_without_its_forecast_is_refused() {
        let database = database().await;
        assert!(database.store.save_bug_forecast_grade(&grade(7, 7, "{}")).await.is_err());
    }
}
