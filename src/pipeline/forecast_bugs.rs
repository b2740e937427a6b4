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
use crate::store::{BugForecast, BugForecastGrade, History};

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
        store_forecast(app, repository_id, made).await?;
    }
    grade_due(app, repository_id, &record).await
}

/// Stores a forecast; the first one made from a commit stays.
pub(super) async fn store_forecast(app: &App, repository_id: u64, made: &MadeForecast) -> Result<(), Error> {
    let Ok(document) = serde_json::to_string(&made.forecast) else { return Ok(()) };
    let (commit, as_of) = (made.commit, made.forecast.as_of);
    let forecast = BugForecast { repository_id, commit, as_of, document, made_at: app.now() };
    Ok(app.store.save_bug_forecast(&forecast).await?)
}

async fn grade_due(app: &App, repository_id: u64, record: &Record) -> Result<(), Error> {
    for (horizon, days) in HORIZONS_DAYS.into_iter().enumerate() {
        let until = Timestamp(record.ends_at().0.saturating_sub(days * DAY_SECONDS));
        for due in app.store.ungraded_bug_forecasts(repository_id, days, until, MAX_GRADED_AT_ONCE).await? {
            if let Some(grade) = grade(&due, horizon, record, app.now()) {
                app.store.save_bug_forecast_grade(&grade).await?;
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
