//! What may be forgotten?
//!
//! In: the present. Out: how many rows went. Nothing that still has to be done is ever touched.

use super::error::Error;
use super::open::Store;
use crate::domain::{DAY_SECONDS, Timestamp};

/// How long the body of a handled delivery is kept: a day to look into what went wrong, since a busy installation
/// sends gigabytes a week.
const BODY_RETENTION_SECONDS: i64 = DAY_SECONDS;

/// How long a handled delivery is recognised when it comes again. GitHub redelivers for three days, GitHub Enterprise
/// Server for seven; one more for clocks that differ.
const DELIVERY_RETENTION_SECONDS: i64 = 8 * DAY_SECONDS;

/// How long a dead letter waits for somebody to look at it.
const DEAD_LETTER_RETENTION_SECONDS: i64 = 30 * DAY_SECONDS;

/// How long an ended check run is remembered: a rerequest comes days later, not months.
const CHECK_RUN_RETENTION_SECONDS: i64 = 90 * DAY_SECONDS;

/// How long a prediction is kept: its outcome is known after 30 days, and a year of graded ones is shown.
const PREDICTION_RETENTION_SECONDS: i64 = 400 * DAY_SECONDS;

/// How many rows were forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Bodies of handled deliveries.
    pub n_bodies: u64,
    /// Handled deliveries.
    pub n_deliveries: u64,
    /// Dead letters.
    pub n_dead_letters: u64,
    /// Ended check runs.
    pub n_check_runs: u64,
    /// Predictions.
    pub n_predictions: u64,
    /// Bug forecasts, with their grades.
    pub n_bug_forecasts: u64,
}

impl Store {
    /// Forgets what has outlived its retention. To be called every hour or so.
    ///
    /// # Errors
    /// [`Error::Query`]: what was forgotten before stays forgotten.
    pub async fn prune(&self, now: Timestamp) -> Result<Pruned, Error> {
        Ok(Pruned {
            n_bodies: self.drop_old_bodies(now).await?,
            n_deliveries: self.drop_old_deliveries(now).await?,
            n_dead_letters: self.drop_old_dead_letters(now).await?,
            n_check_runs: self.drop_old_check_runs(now).await?,
            n_predictions: self.drop_old_predictions(now).await?,
            n_bug_forecasts: self.drop_old_bug_forecasts(now).await?,
        })
    }

    async fn drop_old_bodies(&self, now: Timestamp) -> Result<u64, Error> {
        let sql = "update deliveries set body = null where handled_at < $1 and body is not null";
        self.drop_before(sql, now, BODY_RETENTION_SECONDS).await
    }

    async fn drop_old_deliveries(&self, now: Timestamp) -> Result<u64, Error> {
        self.drop_before("delete from deliveries where handled_at < $1", now, DELIVERY_RETENTION_SECONDS).await
    }

    async fn drop_old_dead_letters(&self, now: Timestamp) -> Result<u64, Error> {
        let sql = "delete from jobs where state = 'dead' and died_at < $1";
        self.drop_before(sql, now, DEAD_LETTER_RETENTION_SECONDS).await
    }

    async fn drop_old_check_runs(&self, now: Timestamp) -> Result<u64, Error> {
        let sql = "delete from check_runs where state = 'completed' and completed_at < $1";
        self.drop_before(sql, now, CHECK_RUN_RETENTION_SECONDS).await
    }

    async fn drop_old_predictions(&self, now: Timestamp) -> Result<u64, Error> {
        self.drop_before("delete from predictions where created_at < $1", now, PREDICTION_RETENTION_SECONDS).await
    }

    async fn drop_old_bug_forecasts(&self, now: Timestamp) -> Result<u64, Error> {
        self.drop_before("delete from bug_forecasts where made_at < $1", now, PREDICTION_RETENTION_SECONDS).await
    }

    async fn drop_before(&self, sql: &'static str, now: Timestamp, retention_seconds: i64) -> Result<u64, Error> {
        let dropped = sqlx::query(sql)
            .bind(now.0.saturating_sub(retention_seconds))
            .execute(self.writer())
            .await
            .map_err(Error::query("forget old rows"))?;
        Ok(dropped.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, delivery};
    use crate::store::{Claim, Delivered, Lane};

    #[tokio::test]
    async fn a_handled_body_goes_after_a_day_and_its_delivery_is_recognised_for_a_week() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        let handled_at = Timestamp(1_000);
        for id in ["handled", "waiting"] {
            store.deliver(delivery(id, "", handled_at)).await.unwrap();
        }
        let job = store.claim(&Claim::new("w", Lane::Quick, handled_at)).await.unwrap().unwrap();
        assert_eq!(job.delivery.as_deref(), Some("handled"));
        store.complete(&job, handled_at).await.unwrap();

        assert_eq!(store.prune(handled_at.plus_days(1)).await.unwrap(), Pruned::default());
        let pruned = store.prune(Timestamp(1_001).plus_days(1)).await.unwrap();
        assert_eq!((pruned.n_bodies, pruned.n_deliveries), (1, 0));
        assert_eq!(store.delivery("handled").await.unwrap().unwrap().body, None);
        assert_eq!(store.deliver(delivery("handled", "", handled_at)).await.unwrap(), Delivered::Duplicate);

        let pruned = store.prune(Timestamp(1_001).plus_days(8)).await.unwrap();
        assert_eq!(pruned.n_deliveries, 1);
        assert!(store.delivery("waiting").await.unwrap().unwrap().body.is_some());
    }
}
