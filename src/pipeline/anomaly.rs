//! How unlike this repository's usual changes is the one under review?
//!
//! In: an open repository, a past, and the metrics read before. Out: AnomalyDetector's answer. Uses the model kept from
//! an earlier review, or fits one first. Contents that cannot be read are unknown.

mod contents;

use super::engine::{Engine, Error};
use super::facts::Progress;
use crate::code::manifests;
use crate::domain::Diff;
use crate::features::Dependencies;
use crate::git;
use crate::history::Past;
use crate::models::anomaly::change::{Change, Contents, LocalTime};
use crate::models::anomaly::gather;
use crate::models::anomaly::habits::Habits;
use crate::models::anomaly::packages::Packages;
use crate::models::anomaly::{self, MIN_CHANGES, MODEL_VERSION, Model, Params};
use crate::models::answer::AnomalyAnswer;
use crate::store::VersionMetrics;
use contents::declared;
pub(super) use contents::read_contents;

/// Name of the model in the registry.
const ANOMALY_MODEL: &str = "anomaly_detector";

/// What a judgement is made from.
pub(super) struct Scene<'a> {
    pub(super) engine: &'a Engine,
    pub(super) repository: &'a git::Repository,
    pub(super) key: &'a str,
    pub(super) past: &'a Past<'a>,
    pub(super) diff: &'a Diff,
    /// Whether facts about people may be used.
    pub(super) people: bool,
}

impl Scene<'_> {
    /// Judges the change. `metrics` must know both sides of its source files.
    pub(super) fn judge(&self, metrics: &mut VersionMetrics, progress: &Progress<'_>) -> Result<AnomalyAnswer, Error> {
        let model = self.model(metrics, progress)?;
        let habits = self.habits(&model.packages, model.trained_until);
        let dependencies = declared(self.repository, &gather::manifests_of(self.diff));
        let contents = Contents { metrics: &|blob| metrics.get(blob), dependencies: &dependencies };
        let written = self.repository.written(&self.diff.commits)?;
        let written = written.map(|(at, utc_offset_minutes)| LocalTime { at, utc_offset_minutes });
        let change = Change::of_diff(self.past.log, self.diff, written, contents);
        let observed = habits.observe(&change, self.people);
        Ok(anomaly::predict(&model, &observed, self.diff.head, self.diff.head_at))
    }

    /// The newest model that may be used, fitted now where there is none.
    fn model(&self, metrics: &mut VersionMetrics, progress: &Progress<'_>) -> Result<Model, Error> {
        let version = format!("{MODEL_VERSION}-{}", if self.people { "people" } else { "no-people" });
        let kept = self.engine.kept_model(self.key, ANOMALY_MODEL, &version, self.past);
        if let Some(model) = kept.and_then(|entry| Model::from_bytes(&entry.bytes).ok()) {
            return Ok(model);
        }
        let dependencies = read_contents(self.repository, self.past, metrics, progress)?;
        progress("learning what is usual", 0, 0);
        let contents = Contents { metrics: &|blob| metrics.get(blob), dependencies: &dependencies };
        let model = fit(self.past, contents, self.people).map_err(|source| self.error(source))?;
        let bytes = model.to_bytes().map_err(|source| self.error(source))?;
        self.engine.keep_model(self.key, ANOMALY_MODEL, &version, self.past, bytes)?;
        Ok(model)
    }

    /// What is usual at the end of the past. Packages come from the model, and from manifests changed since.
    fn habits(&self, packages: &Packages, since: crate::domain::Timestamp) -> Habits<'_> {
        let nothing = Dependencies::default();
        let contents = Contents { metrics: &|_| None, dependencies: &nothing };
        let mut habits = gather::habits(self.past, contents);
        habits.packages.know_all(packages);
        let recent = gather::manifests_since(self.past, since);
        let declared = declared(self.repository, &recent);
        for (blob, path) in &recent {
            if let (Some(ecosystem), Some(declared)) = (manifests::ecosystem(path), declared.get(blob)) {
                habits.packages.know(ecosystem, declared.iter());
            }
        }
        habits
    }

    fn error(&self, source: anomaly::Error) -> Error {
        Error::Anomaly { key: self.key.to_owned(), source }
    }
}

/// A model of the changes of `past`; the base model with this repository's packages where they are too few.
fn fit(past: &Past<'_>, contents: Contents<'_>, people: bool) -> Result<Model, anomaly::Error> {
    let (seen, habits) = gather::history(past, contents, people, |_, _, _| ());
    let observed: Vec<_> = seen.into_iter().map(|seen| seen.observed).collect();
    let mut model = if observed.len() < MIN_CHANGES {
        Model::base()?
    } else {
        Model::fit(&observed, past.as_of, &Params::default())?
    };
    model.packages = habits.packages;
    Ok(model)
}
