//! How risky is this change, and how far will it be felt?
//!
//! In: an open repository and two commits. Out: a [`Reviewed`] with everything that will be shown. Reads the facts and
//! the model kept from earlier reviews, computes what is missing, and keeps it for the next. The same on a laptop
//! and behind a webhook. Runs for seconds and blocks: call it from a thread that may.

use super::advise::Advising;
use super::anomaly::Scene;
use super::facts::{Progress, extend_history, extend_metrics, extend_sources};
use super::forecast_bugs::{self, MadeForecast};
use super::handed_in::HandedIn;
use super::stopwatch::Stopwatch;
use super::{around, inputs, learn_impact, reach};
use crate::config::{self, REPOSITORY_CONFIG_PATH, RepositoryConfig};
use crate::domain::{CommitId, Diff, Skipped, Timestamp};
use crate::features::{self, Inputs, Present, Table};
use crate::git;
use crate::history::Past;
use crate::models::answer::{AnomalyAnswer, BugAnswer, ImpactAnswer, Outcome, RiskAnswer, TrackRecord};
use crate::models::{anomaly, attention, bug_forecast, impact, risk};
use crate::registry;
use crate::review::{self, Policy, Review};
use crate::store::{FactsFiles, History, VersionMetrics};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::path::Path;

/// A model is trained anew when the past has grown by more than this since: a week's labels change little.
const MODEL_MAX_AGE_DAYS: f64 = 7.0;

/// Name of the risk model in the registry.
const RISK_MODEL: &str = "risk_predictor";

/// What is kept beside it: the past changes it remembers.
const RISK_MEMORY: &str = "risk_memory";

/// Name of line attention's track record in the registry.
const LINE_ATTENTION: &str = "line_attention";

/// Reviews changes of repositories that are on this machine.
#[derive(Debug, Clone)]
pub struct Engine {
    facts: FactsFiles,
    models: registry::Local,
}

/// Which change to review.
#[derive(Debug, Clone, Copy)]
pub struct ReviewRequest<'a> {
    /// Names the repository's facts and models in the data directory; safe as a file name.
    pub key: &'a str,
    /// Newest commit of the base branch; the head itself for a first commit.
    pub base: CommitId,
    /// Newest commit of the change.
    pub head: CommitId,
    /// The present, to bound commit times.
    pub now: Timestamp,
    /// What is known of the repository that its commits do not say.
    pub handed_in: &'a HandedIn,
}

/// Everything a review was made from, and the review.
#[derive(Debug)]
pub struct Reviewed {
    /// What changes.
    pub diff: Diff,
    /// RiskPredictor's answer.
    pub risk: Outcome<RiskAnswer>,
    /// AnomalyDetector's answer.
    pub anomaly: Outcome<AnomalyAnswer>,
    /// ImpactAnalyzer's answer.
    pub impact: Outcome<ImpactAnswer>,
    /// BugPredictor's answer.
    pub bugs: Outcome<BugAnswer>,
    /// The forecast behind it, to be graded later.
    pub bug_forecast: Option<MadeForecast>,
    /// How the repository wants to be reviewed.
    pub policy: Policy,
    /// What is wrong with its configuration, if anything.
    pub config_problem: Option<String>,
    /// Changed paths the configuration leaves out.
    pub ignored: Vec<String>,
    /// What was left out on the way.
    pub skipped: Vec<Skipped>,
    /// Newest moment of the data.
    pub data_as_of: Timestamp,
    /// Milliseconds of each step.
    pub timings_ms: BTreeMap<String, u64>,
}

/// A review that could not be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not read the repository")]
    Read(#[from] git::Error),
    #[error("could not keep the facts of `{key}`")]
    SaveFacts {
        key: String,
        #[source]
        source: std::io::Error,
    },
    #[error("could not keep the model of `{key}`")]
    SaveModel {
        key: String,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use the risk model of `{key}`")]
    Risk {
        key: String,
        #[source]
        source: risk::Error,
    },
    #[error("could not use the anomaly model of `{key}`")]
    Anomaly {
        key: String,
        #[source]
        source: anomaly::Error,
    },
    #[error("could not use the impact network of `{key}`")]
    Impact {
        key: String,
        #[source]
        source: impact::network::Error,
    },
    #[error("could not use the bug forecast of `{key}`")]
    Bugs {
        key: String,
        #[source]
        source: bug_forecast::Error,
    },
}

impl Engine {
    /// Keeps facts and models in `data_dir`.
    pub fn new(data_dir: &Path) -> Self {
        Self { facts: FactsFiles::new(data_dir.join("facts")), models: registry::Local::new(data_dir.join("models")) }
    }

    /// Forgets everything kept under `key`.
    ///
    /// # Errors
    /// When a file is there and cannot be removed.
    pub fn forget(&self, key: &str) -> std::io::Result<()> {
        self.facts.remove(key)?;
        self.models.remove(key)
    }

    /// Reads everything a later review of a change onto `tip` will need.
    ///
    /// # Errors
    /// As [`Engine::review`].
    pub fn mine(
        &self,
        repository: &git::Repository,
        key: &str,
        tip: CommitId,
        now: Timestamp,
        progress: &Progress<'_>,
    ) -> Result<(), Error> {
        let mut stopwatch = Stopwatch::start();
        let (mut history, mut metrics) = (self.facts.history(key), self.facts.no_metrics(key));
        let reached = (&[tip][..], now);
        extend_history(repository, &mut history, reached, &mut stopwatch, &self.keeps_history(key), progress)?;
        self.read_tree(repository, key, tip, &mut metrics, progress)?;
        self.save(key, |files| files.save_metrics(key, &mut metrics))
    }

    /// Reads the sources of the tree of `tip` that a review will build its import graph from. Returns how many there are.
    pub(super) fn read_tree(
        &self,
        repository: &git::Repository,
        key: &str,
        tip: CommitId,
        metrics: &mut VersionMetrics,
        progress: &Progress<'_>,
    ) -> Result<usize, Error> {
        let mut sources = self.facts.sources(key);
        let (is_new, _) = extend_sources(repository, &mut sources, metrics, &repository.files_at(tip)?, progress)?;
        if is_new {
            self.save(key, |files| files.save_sources(key, &sources))?;
        }
        Ok(sources.len())
    }

    /// The log up to `tip`, labelled; kept as in a review.
    ///
    /// # Errors
    /// As [`Engine::review`].
    pub(super) fn history(
        &self,
        repository: &git::Repository,
        key: &str,
        tip: CommitId,
        now: Timestamp,
        progress: &Progress<'_>,
    ) -> Result<History, Error> {
        let mut history = self.facts.history(key);
        let keep = self.keeps_history(key);
        extend_history(repository, &mut history, (&[tip], now), &mut Stopwatch::start(), &keep, progress)?;
        Ok(history)
    }

    /// The oldest commit and the rows the past of `tip` teaches, with what is known of it from git alone.
    ///
    /// # Errors
    /// As [`Engine::review`].
    pub(super) fn training_table(
        &self,
        repository: &git::Repository,
        key: &str,
        tip: CommitId,
        now: Timestamp,
        progress: &Progress<'_>,
    ) -> Result<(CommitId, Table), Error> {
        let history = self.history(repository, key, tip, now, progress)?;
        let mut metrics = self.facts.metrics(key);
        let History { log, labels, .. } = &history;
        let past = Past::new(log, labels, tip).unwrap_or_else(|| Past::empty(log, tip, now));
        let said = inputs::said(repository, &past);
        let inputs = Inputs { said: &said, ..Inputs::none(true) };
        let table = Training { engine: self, repository, key, past: &past, inputs }.table(&mut metrics, progress)?;
        self.save(key, |files| files.save_metrics(key, &mut metrics))?;
        Ok((past.order.first().map_or(tip, |oldest| log.commits[*oldest as usize].id), table))
    }

    /// Reviews one change.
    ///
    /// # Errors
    /// When the repository cannot be read, or facts or models cannot be kept. A file that cannot be read is no error:
    /// it is named in [`Reviewed::skipped`].
    pub fn review(
        &self,
        repository: &git::Repository,
        request: &ReviewRequest<'_>,
        progress: &Progress<'_>,
    ) -> Result<Reviewed, Error> {
        let mut stopwatch = Stopwatch::start();
        let mut diff = repository.diff(request.base, request.head)?;
        let (config, config_problem) = repository_config(repository, request.base)?;
        let ignored = take_ignored(&mut diff, &config);
        stopwatch.lap("diff");

        let key = request.key;
        let (mut history, mut metrics) = (self.facts.history(key), self.facts.metrics(key));
        let mut sources = self.facts.sources(key);
        stopwatch.lap("load_facts");
        let ends_with = if diff.base == diff.head { diff.merge_base } else { Some(diff.base) };
        let reached = (ends_with.as_slice(), request.now);
        extend_history(repository, &mut history, reached, &mut stopwatch, &self.keeps_history(key), progress)?;
        let tree = repository.files_at(request.head)?;
        let (has_new_sources, unread) = extend_sources(repository, &mut sources, &mut metrics, &tree, progress)?;
        stopwatch.lap("sources");

        let History { log, labels, skipped: skipped_commits, .. } = &history;
        let past = match ends_with.and_then(|commit| Past::new(log, labels, commit)) {
            Some(past) => past,
            None => Past::empty(log, diff.base, diff.head_at),
        };
        let said = inputs::said(repository, &past);
        let dependencies = inputs::dependencies(repository, &features::wanted_manifests_for_change(&past, &diff));
        let reviews = request.handed_in.reviews(&past);
        let inputs = Inputs {
            people: config.policy.people,
            said: &said,
            coverage: &request.handed_in.coverage,
            reviews: &reviews,
            dependencies: &dependencies,
        };
        let training = Training { engine: self, repository, key, past: &past, inputs };
        let (model, memory) = training.model(&mut metrics, progress)?;
        stopwatch.lap("risk_model");
        let record = training.track_record(progress)?;
        stopwatch.lap("attention_record");

        extend_metrics(repository, &mut metrics, features::wanted_blobs_for_change(&past, &diff), progress)?;
        let rows = features::rows_for_change(&past, &diff, &|blob| metrics.get(blob), inputs);
        stopwatch.lap("rows");
        let scene = Scene { engine: self, repository, key, past: &past, diff: &diff, people: config.policy.people };
        let anomaly = Outcome::Ready(scene.judge(&mut metrics, progress)?);
        stopwatch.lap("anomaly");
        let graphs = reach::graphs(repository, &past, &tree, &sources);
        let present = Present::of(&past);
        let learned = learn_impact::learned(self, repository, key, &past, progress)?;
        stopwatch.lap("impact_network");
        let around = reach::Surroundings {
            repository,
            past: &past,
            present: &present,
            tree: &tree,
            sources: &sources,
            config: &config,
            learned: learned.as_ref(),
        };
        let mut impact = reach::impact(&graphs, &around, &diff)?;
        stopwatch.lap("impact");
        if let Outcome::Ready(answer) = &mut impact {
            let asked = request.handed_in.asked.as_ref();
            let (people, said) = (config.policy.people, inputs.said);
            let scene =
                Advising { repository, tree: &tree, past: &past, diff: &diff, graphs: &graphs, said, people, asked };
            scene.advise(answer);
        }
        stopwatch.lap("advice");
        let fail = |source| Error::Risk { key: key.into(), source };
        let (links, usual_test) = (around::links(&diff, &graphs), around::usual_test(&diff, &graphs));
        let surroundings = risk::Surroundings {
            present: &present,
            diff: &diff,
            metrics: &|blob| metrics.get(blob),
            inputs,
            links: &links,
            usual_test: usual_test.as_deref(),
            n_functions: around::n_functions(&diff, &sources),
        };
        let mut risk = risk::predict_with(&model, &rows, &surroundings).map_err(fail)?;
        stopwatch.lap("risk");
        if let Outcome::Ready(answer) = &mut risk {
            answer.similar_changes = memory.similar_changes(&model, &rows, &past).map_err(fail)?;
            answer.line_attention = around::line_attention(repository, &past, (&diff, rows.at), &sources, record);
        }
        stopwatch.lap("explain");
        let (bugs, bug_forecast) = forecast_bugs::for_review(self, key, &past, inputs, &diff)?;
        stopwatch.lap("bugs");

        let skipped: Vec<Skipped> =
            unread.into_iter().chain(rows.skipped).chain(summary_of_skipped(skipped_commits)).collect();
        let data_as_of = past.as_of;
        if has_new_sources {
            self.save(key, |files| files.save_sources(key, &sources))?;
        }
        self.save(key, |files| files.save_metrics(key, &mut metrics))?;
        stopwatch.lap("save_facts");
        Ok(Reviewed {
            diff,
            risk,
            anomaly,
            impact,
            bugs,
            bug_forecast,
            policy: config.policy,
            config_problem,
            ignored,
            skipped,
            data_as_of,
            timings_ms: milliseconds(stopwatch),
        })
    }

    /// Saves what is new in a history, for [`extend_history`].
    pub(super) fn keeps_history<'a>(&'a self, key: &'a str) -> impl Fn(&mut History) -> Result<(), Error> + 'a {
        move |history| self.save(key, |files| files.save_history(key, history))
    }

    /// Carries out a change to the facts of `key`.
    pub(super) fn save<T>(
        &self,
        key: &str,
        change: impl FnOnce(&FactsFiles) -> std::io::Result<T>,
    ) -> Result<T, Error> {
        change(&self.facts).map_err(|source| Error::SaveFacts { key: key.to_owned(), source })
    }

    /// The newest kept model that saw nothing but `past`, and not much less than it.
    pub(super) fn kept_model(&self, key: &str, name: &str, version: &str, past: &Past<'_>) -> Option<registry::Entry> {
        let known: FxHashSet<CommitId> =
            past.order.iter().map(|commit| past.log.commits[*commit as usize].id).collect();
        let is_usable = |entry: &registry::Entry| {
            known.contains(&entry.as_of_commit) && past.as_of.days_since(entry.as_of) <= MODEL_MAX_AGE_DAYS
        };
        self.models.newest(key, name, version, is_usable)
    }

    /// Keeps a model that was trained on `past`.
    pub(super) fn keep_model(
        &self,
        key: &str,
        name: &str,
        version: &str,
        past: &Past<'_>,
        bytes: Vec<u8>,
    ) -> Result<(), Error> {
        let entry = registry::Entry { as_of_commit: past.as_of_commit, as_of: past.as_of, bytes };
        let saved = self.models.save(key, name, version, &entry);
        saved.map_err(|source| Error::SaveModel { key: key.to_owned(), source })
    }

    /// What was read of repositories before.
    pub(super) fn facts(&self) -> &FactsFiles {
        &self.facts
    }
}

impl Reviewed {
    /// What the review room composes texts from. `repository` is where file names link to.
    pub fn input<'a>(&'a self, repository: Option<review::Repository<'a>>) -> review::Input<'a> {
        review::Input {
            diff: &self.diff,
            risk: &self.risk,
            anomaly: &self.anomaly,
            impact: &self.impact,
            bugs: &self.bugs,
            policy: &self.policy,
            skipped: &self.skipped,
            ignored: &self.ignored,
            config_problem: self.config_problem.as_deref(),
            repository,
            hyperion_version: env!("CARGO_PKG_VERSION"),
            data_as_of: self.data_as_of,
        }
    }

    /// The review as it will be shown.
    pub fn compose(&self, repository: Option<review::Repository<'_>>) -> Review {
        review::compose(self.input(repository))
    }

    /// The whole answer as one JSON document.
    pub fn document(&self, review: &Review, repository: Option<review::Repository<'_>>) -> serde_json::Result<String> {
        let input = self.input(repository);
        serde_json::to_string_pretty(&review::document::document(&input, review, Some(&self.timings_ms)))
    }
}

/// What `.github/hyperion.yml` of the base says: nobody changes the rules of their own review. A broken one gives the
/// defaults and a sentence fragment that names line and field.
pub(super) fn repository_config(
    repository: &git::Repository,
    base: CommitId,
) -> Result<(RepositoryConfig, Option<String>), git::Error> {
    let Some(bytes) = repository.file_at(base, REPOSITORY_CONFIG_PATH)? else {
        return Ok((RepositoryConfig::default(), None));
    };
    let parsed = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
    Ok(match parsed.and_then(|text| config::parse(&text).map_err(|problem| problem.to_string())) {
        Ok(config) => (config, None),
        Err(problem) => (RepositoryConfig::default(), Some(problem)),
    })
}

/// Takes the files the repository does not want judged out of the change, and names them.
fn take_ignored(diff: &mut Diff, config: &RepositoryConfig) -> Vec<String> {
    let (judged, ignored) = std::mem::take(&mut diff.files).into_iter().partition(|file| config.judges(&file.path));
    diff.files = judged;
    let ignored: Vec<crate::domain::DiffFile> = ignored;
    ignored.into_iter().map(|file| file.path).collect()
}

/// Passed-over commits as one note: naming each would bury the rest.
pub(super) fn summary_of_skipped(commits: &[Skipped]) -> Option<Skipped> {
    let first = commits.first()?;
    let others = match commits.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(Skipped::new(format!("{}{others}", first.subject), first.reason.clone()))
}

/// Finds or trains the risk model of one past.
struct Training<'a> {
    engine: &'a Engine,
    repository: &'a git::Repository,
    key: &'a str,
    past: &'a Past<'a>,
    inputs: Inputs<'a>,
}

impl Training<'_> {
    /// The newest model that may be used, with the past changes it remembers; trained now where there is none.
    fn model(
        &self,
        metrics: &mut VersionMetrics,
        progress: &Progress<'_>,
    ) -> Result<(risk::Model, risk::Memory), Error> {
        if let Some(kept) = self.kept_model() {
            return Ok(kept);
        }
        let table = self.table(metrics, progress)?;
        progress("learning", 0, 0);
        let fail = |source| Error::Risk { key: self.key.to_owned(), source };
        let params = risk::Params::default().check().expect("the default parameters are valid");
        let base = risk::Base::shipped().for_past(self.past);
        let model = risk::train_beside(&table, &params, base).map_err(fail)?;
        let memory = risk::Memory::of(&model, &table, self.past).map_err(fail)?;
        self.keep(RISK_MEMORY, &self.version(), memory.to_bytes().map_err(fail)?)?;
        self.keep(RISK_MODEL, &self.version(), model.to_bytes().map_err(fail)?)?;
        Ok((model, memory))
    }

    /// The newest model, and the memory that was made with it.
    fn kept_model(&self) -> Option<(risk::Model, risk::Memory)> {
        let kept = self.kept(RISK_MODEL, &self.version())?;
        let beside = self.kept(RISK_MEMORY, &self.version())?;
        let model = risk::Model::from_bytes(&kept.bytes).ok()?;
        let memory = risk::Memory::from_bytes(&beside.bytes).ok()?;
        (kept.as_of_commit == beside.as_of_commit).then_some((model, memory))
    }

    /// How often line attention was right on this past, judged now where that is not known.
    fn track_record(&self, progress: &Progress<'_>) -> Result<Option<TrackRecord>, Error> {
        let kept = self.kept(LINE_ATTENTION, attention::VERSION);
        if let Some(record) = kept.and_then(|entry| postcard::from_bytes(&entry.bytes).ok()) {
            return Ok(record);
        }
        progress("looking back at lines", 0, 0);
        let record = around::track_record(self.repository, self.past)?;
        let bytes = postcard::to_stdvec(&record)
            .map_err(|source| Error::Risk { key: self.key.into(), source: source.into() })?;
        self.keep(LINE_ATTENTION, attention::VERSION, bytes)?;
        Ok(record)
    }

    /// The rows a model learns from; what is missing to compute them is measured first.
    fn table(&self, metrics: &mut VersionMetrics, progress: &Progress<'_>) -> Result<Table, Error> {
        extend_metrics(self.repository, metrics, features::wanted_blobs(self.past), progress)?;
        let dependencies = inputs::dependencies(self.repository, &features::wanted_manifests(self.past));
        let inputs = Inputs { dependencies: &dependencies, ..self.inputs };
        Ok(features::training_table(self.past, &|blob| metrics.get(blob), inputs))
    }

    /// The newest of what was kept under a name that saw nothing but this past, and not much less than it.
    fn kept(&self, name: &str, version: &str) -> Option<registry::Entry> {
        self.engine.kept_model(self.key, name, version, self.past)
    }

    fn keep(&self, name: &str, version: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.engine.keep_model(self.key, name, version, self.past, bytes)
    }

    /// Models with and without features about people are kept apart.
    fn version(&self) -> String {
        let people = if self.inputs.people { "people" } else { "no-people" };
        format!("{}-{people}", risk::MODEL_VERSION.replace('/', "-"))
    }
}

/// Milliseconds of each step.
fn milliseconds(stopwatch: Stopwatch) -> BTreeMap<String, u64> {
    stopwatch.laps().into_iter().map(|lap| (lap.step.to_owned(), lap.wall.as_millis() as u64)).collect()
}
