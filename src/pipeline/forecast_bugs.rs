//! Where will the next bugs come, and did those come that were forecast?
//!
//! In: the past of one commit. Out: BugPredictor's answer, made by the model that was kept or is learned now; in the App
//! the forecast is stored once, and graded once when the days of a horizon have passed. Never grades by what was not
//! committed by then.

use super::app::repository_key;
use super::engine::{Engine, Error as EngineError, repository_config};
use super::{App, Error, inputs};
use crate::domain::{CommitId, DAY_SECONDS, Diff, Timestamp};
use crate::features::Inputs;
use crate::git;
use crate::history::Past;
use crate::models::answer::{BugAnswer, Outcome};
use crate::models::bug_forecast::{Forecast, HORIZONS_DAYS, MODEL_VERSION, Model, Params, Record};
use crate::store::{BugForecast, BugForecastGrade, History, Store};

/// Name of the model in the registry.
const BUG_MODEL: &str = "bug_predictor";

/// Forecasts of one horizon that are graded after one push: a busy day's worth. The next push goes on with the rest.
const MAX_GRADED_AT_ONCE: u32 = 100;

/// A forecast and the commit it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeForecast {
    /// The newest commit it knew.
    pub commit: CommitId,
    /// What was forecast.
    pub forecast: Forecast,
}

/// What is forecast from the past of a change, with the changed files in their modules.
pub(super) fn for_review(
    engine: &Engine,
    key: &str,
    past: &Past<'_>,
    inputs: Inputs<'_>,
    diff: &Diff,
) -> Result<(Outcome<BugAnswer>, Option<MadeForecast>), EngineError> {
    let record = Record::of(past, inputs);
    let fail = |source| EngineError::Bugs { key: key.to_owned(), source };
    let model = match model(engine, key, past, &record)? {
        Ok(model) => model,
        Err(missing) => return Ok((Outcome::NotEnoughHistory { missing }, None)),
    };
    let (forecast, mut answer) = model.answer(record.whole()).map_err(fail)?;
    model.place_changed_files(&mut answer, diff.files.iter().map(|file| file.path.as_str()));
    Ok((Outcome::Ready(answer), Some(MadeForecast { commit: past.as_of_commit, forecast })))
}

/// The model that was kept, or one learned now; the inner error says what is missing.
fn model(engine: &Engine, key: &str, past: &Past<'_>, record: &Record) -> Result<Result<Model, String>, EngineError> {
    let people = if record.knows_people() { "people" } else { "no-people" };
    let version = format!("{MODEL_VERSION}-{people}");
    let kept = engine.kept_model(key, BUG_MODEL, &version, past);
    if let Some(model) = kept.and_then(|entry| Model::from_bytes(&entry.bytes).ok()) {
        return Ok(Ok(model));
    }
    let fail = |source| EngineError::Bugs { key: key.to_owned(), source };
    let trained = Model::train(record.whole(), &Params::default()).map_err(fail)?;
    if let Ok(model) = &trained {
        engine.keep_model(key, BUG_MODEL, &version, past, model.to_bytes().map_err(fail)?)?;
    }
    Ok(trained)
}

impl Engine {
    /// What happened up to `tip`, whose history was mined, and what is forecast from there; nothing where `tip` was not
    /// mined.
    fn forecast_at(
        &self,
        repository: &git::Repository,
        key: &str,
        tip: CommitId,
    ) -> Result<Option<(Record, Option<MadeForecast>)>, EngineError> {
        let History { log, labels, .. } = self.facts().history(key);
        let Some(past) = Past::new(&log, &labels, tip) else { return Ok(None) };
        let (config, _) = repository_config(repository, tip)?;
        let said = inputs::said(repository, &past);
        let record = Record::of(&past, Inputs { said: &said, ..Inputs::none(config.policy.people) });
        let made = match model(self, key, &past, &record)? {
            Err(_) => None,
            Ok(model) => {
                let fail = |source| EngineError::Bugs { key: key.to_owned(), source };
                Some(MadeForecast { commit: tip, forecast: model.forecast(record.whole()).map_err(fail)? })
            }
        };
        Ok(Some((record, made)))
    }
}

/// Stores what is forecast from `tip`, and grades what was forecast before and has come due by then.
///
/// # Errors
/// When the repository cannot be read or the database fails. What was stored or graded stays so.
pub(super) async fn forecast_and_grade(
    app: &App,
    repository_id: u64,
    repository: git::Repository,
    tip: CommitId,
) -> Result<(), Error> {
    let (engine, key) = (app.engine.clone(), repository_key(repository_id));
    let work = tokio::task::spawn_blocking(move || engine.forecast_at(&repository, &key, tip));
    let Some((record, made)) = work.await.map_err(|_| Error::Panicked)?? else { return Ok(()) };
    if let Some(made) = &made {
        store_forecast(&app.store, repository_id, made, app.now()).await?;
    }
    grade_due(&app.store, repository_id, &record, app.now()).await
}

/// Stores a forecast; the first one made from a commit stays.
pub(super) async fn store_forecast(
    store: &Store,
    repository_id: u64,
    made: &MadeForecast,
    now: Timestamp,
) -> Result<(), Error> {
    let Ok(document) = serde_json::to_string(&made.forecast) else { return Ok(()) };
    let (commit, as_of) = (made.commit, made.forecast.as_of);
    let forecast = BugForecast { repository_id, commit, as_of, document, made_at: now };
    Ok(store.save_bug_forecast(&forecast).await?)
}

async fn grade_due(store: &Store, repository_id: u64, record: &Record, now: Timestamp) -> Result<(), Error> {
    for (horizon, days) in HORIZONS_DAYS.into_iter().enumerate() {
        let until = Timestamp(record.ends_at().0.saturating_sub(days * DAY_SECONDS));
        for due in store.ungraded_bug_forecasts(repository_id, days, until, MAX_GRADED_AT_ONCE).await? {
            if let Some(grade) = grade(&due, horizon, record, now) {
                store.save_bug_forecast_grade(&grade).await?;
            }
        }
    }
    Ok(())
}

/// `None` where the horizon is still open, or the document is of a version that is not read any more.
fn grade(made: &BugForecast, horizon: usize, record: &Record, now: Timestamp) -> Option<BugForecastGrade> {
    let forecast: Forecast = serde_json::from_str(&made.document).ok()?;
    let grade = forecast.grade(horizon, record)?;
    Some(BugForecastGrade {
        repository_id: made.repository_id,
        commit: made.commit,
        horizon_days: grade.horizon_days,
        document: serde_json::to_string(&grade).ok()?,
        graded_at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::History as Written;
    use crate::models::bug_forecast::Grade;
    use crate::store::test_database::{TestDatabase, installation, repository};

    /// A year in which one of four files is changed each day, and fixed every fourth day.
    fn written() -> Written {
        let mut history = Written::default();
        history.add("0 ann | start | +a/a.rs 10/0, +b/b.rs 10/0, +c/c.rs 10/0, +d.rs 10/0");
        for day in 1..365 {
            let file = ["a/a.rs", "b/b.rs", "c/c.rs", "d.rs"][(day * day + day / 5) % 4];
            let message = if day % 4 == 0 { "fix it" } else { "change it" };
            history.add(&format!("{day} ann | {message} | {file} 2/1"));
        }
        history
    }

    fn record(history: &Written, day: i64) -> Record {
        Record::of(&history.past_on(day), history.inputs())
    }

    fn made(history: &Written, day: i64) -> MadeForecast {
        let record = record(history, day);
        let model = Model::train(record.whole(), &Params::default()).expect("trees grow").expect("enough history");
        let forecast = model.forecast(record.whole()).expect("trees answer");
        MadeForecast { commit: CommitId([day as u8; 20]), forecast }
    }

    async fn database() -> TestDatabase {
        let database = TestDatabase::create().await;
        database.store.save_installation(&installation(1)).await.unwrap();
        database.store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        database
    }

    async fn graded(store: &Store) -> Vec<(i64, Timestamp, Grade)> {
        let grades = store.bug_forecast_grades(10, 99).await.unwrap();
        let read = |grade: &BugForecastGrade| {
            let document = serde_json::from_str(&grade.document).expect("a grade");
            (grade.horizon_days, grade.graded_at, document)
        };
        grades.iter().map(read).collect()
    }

    #[tokio::test]
    async fn each_horizon_is_graded_once_when_its_days_have_passed() {
        let (database, history) = (database().await, written());
        let store = &database.store;
        let made = made(&history, 300);
        store_forecast(store, 10, &made, Timestamp(1)).await.unwrap();
        grade_due(store, 10, &record(&history, 306), Timestamp(2)).await.unwrap();
        assert_eq!(graded(store).await, []);
        grade_due(store, 10, &record(&history, 316), Timestamp(3)).await.unwrap();
        let first = graded(store).await;
        assert_eq!(first.iter().map(|(days, at, _)| (*days, at.0)).collect::<Vec<_>>(), [(7, 3), (15, 3)]);
        for now in [4, 5] {
            grade_due(store, 10, &record(&history, 340), Timestamp(now)).await.unwrap();
        }
        let all = graded(store).await;
        assert_eq!(all[..2], first[..], "a grade stays as it was given");
        assert_eq!((all.len(), all[2].0, all[2].1), (3, 30, Timestamp(4)));
        let month = &all[2].2;
        assert!(month.whole_happened && month.n_happened > 0 && month.n_modules == made.forecast.modules.len());
    }

    #[tokio::test]
    async fn the_first_forecast_from_a_commit_stays() {
        let (database, history) = (database().await, written());
        let store = &database.store;
        let first = made(&history, 300);
        let again = MadeForecast { commit: first.commit, ..made(&history, 310) };
        store_forecast(store, 10, &first, Timestamp(1)).await.unwrap();
        store_forecast(store, 10, &again, Timestamp(2)).await.unwrap();
        let kept = store.newest_bug_forecasts(10, 9).await.unwrap();
        let documents: Vec<&str> = kept.iter().map(|kept| kept.document.as_str()).collect();
        assert_eq!(documents, [serde_json::to_string(&first.forecast).unwrap()]);
    }

    #[tokio::test]
    async fn a_document_of_another_version_is_not_graded_and_stops_nothing() {
        let (database, history) = (database().await, written());
        let store = &database.store;
        let strange = BugForecast {
            repository_id: 10,
            commit: CommitId([9; 20]),
            as_of: Timestamp(0),
            document: "{}".to_owned(),
            made_at: Timestamp(0),
        };
        store.save_bug_forecast(&strange).await.unwrap();
        store_forecast(store, 10, &made(&history, 300), Timestamp(1)).await.unwrap();
        grade_due(store, 10, &record(&history, 340), Timestamp(2)).await.unwrap();
        assert_eq!(graded(store).await.len(), 3);
    }
}
