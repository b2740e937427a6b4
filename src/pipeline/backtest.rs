//! How often would the review have been right here, had it been there all along?
//!
//! In: an open repository and a stretch of its past. Out: a [`Report`]. At moments a month apart a model is fitted as the
//! review would have fitted it then, on the commits of the main line up to that moment; it scores the changes up to the next
//! moment, each as of itself, and is judged by outcomes that are known today. Never shows a model anything newer than
//! its moment. What it reads of commits and files is kept, so that a second run, or a first after a kill, goes on
//! from there.

use super::engine::{self, Engine};
use super::facts::{Progress, extend_history, extend_metrics};
use super::inputs;
use super::read_sources::Version;
use super::stopwatch::Stopwatch;
use crate::config::RepositoryConfig;
use crate::domain::{CommitId, Log, Timestamp};
use crate::features::{self, Feature, Inputs, PastChange, PastFile, Replayable};
use crate::git;
use crate::history::{Past, main_line};
use crate::models::backtest::{
    Budget, Introduction, Judged, JudgedFile, Longer, Plan, Repair, Replay, Report, Since, figures, longer,
    refit_moments,
};
use crate::models::risk;
use crate::store::{History, VersionMetrics};

/// File rows that are scored: more would take minutes of parsing, and the newest say most about today.
const MAX_ROWS: usize = 30_000;

/// File versions that are measured before they are kept: about two seconds of work, and what a kill costs at most.
const VERSIONS_A_SEGMENT: usize = 2_000;

/// What is to be replayed.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Names the repository's facts in the data directory; safe as a file name.
    pub key: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Newest commit that counts.
    pub tip: CommitId,
    /// The present, to bound commit times.
    pub now: Timestamp,
    /// From when on changes are replayed.
    pub since: Since,
    /// The share of changes that may be blocked.
    pub budget: Budget,
}

/// A replay that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("could not replay the repository's history")]
    Engine(#[from] engine::Error),
    #[error("`{tip}` is not in the history that was read")]
    TipMissing { tip: CommitId },
    #[error(
        "nothing can be judged from {since} on: the newest commit is of {newest}, and outcomes are known 30 days later, \
         so `--since` must be before {until}"
    )]
    SinceTooLate { since: String, newest: String, until: String },
}

impl From<git::Error> for Error {
    fn from(error: git::Error) -> Self {
        Error::Engine(error.into())
    }
}

/// Replays the past. Blocks for as long as that takes.
///
/// # Errors
/// When the repository cannot be read, facts cannot be kept, or nothing after `ask.since` has an outcome yet.
pub fn backtest(
    engine: &Engine,
    repository: &git::Repository,
    ask: &Ask<'_>,
    progress: &Progress<'_>,
) -> Result<Report, Error> {
    replay(engine, repository, ask, progress).map(|(report, _)| report)
}

/// The report, and the scored changes it was made from.
fn replay(
    engine: &Engine,
    repository: &git::Repository,
    ask: &Ask<'_>,
    progress: &Progress<'_>,
) -> Result<(Report, Vec<Judged>), Error> {
    let mut history = engine.facts().history(ask.key);
    let reached = (&[ask.tip][..], ask.now);
    let keep = engine.keeps_history(ask.key);
    extend_history(repository, &mut history, reached, &mut Stopwatch::start(), &keep, progress)?;
    let past = Past::new(&history.log, &history.labels, ask.tip).ok_or(Error::TipMissing { tip: ask.tip })?;
    let window = Window::of(&past, ask.since)?;
    let (config, _) = engine::repository_config(repository, ask.tip)?;
    let said = inputs::said(repository, &past);
    let inputs = Inputs { said: &said, ..Inputs::none(config.policy.people) };
    let metrics = engine.facts().metrics(ask.key);
    let mut stage = Stage { engine, repository, key: ask.key, inputs, metrics, progress };

    let changes = stage.changes(&past, &window, &config)?;
    let replayed = stage.replay(&history, &past, &window, &changes)?;
    let plan = Plan { threshold: config.policy.risk_threshold, budget: ask.budget };
    let backtest = figures(&replayed.judged, &plan);
    let report = Report {
        repository: ask.name.to_owned(),
        as_of_commit: past.as_of_commit,
        as_of: past.as_of,
        history_from: time_of(&past, past.order.first()),
        since: window.since,
        until: window.until,
        model: risk::MODEL_VERSION,
        skipped: engine::summary_of_skipped(&history.skipped).into_iter().collect(),
        replay: Replay { n_left_out: window.n_left_out, ..replayed.replay },
        longer: backtest.ready().map_or_else(|| window.longer(&past), |_| None),
        backtest,
    };
    Ok((report, replayed.judged))
}

fn time_of(past: &Past<'_>, commit: Option<&u32>) -> Timestamp {
    commit.map_or(past.as_of, |commit| past.log.commits[*commit as usize].committed_at)
}

/// The stretch that is replayed, and its changes.
struct Window {
    since: Timestamp,
    until: Timestamp,
    changes: Vec<Replayable>,
    n_left_out: usize,
}

impl Window {
    fn of(past: &Past<'_>, asked: Since) -> Result<Self, Error> {
        let until = past.as_of.plus_days(-features::FILE_LABEL_DAYS);
        let since = asked.before(until);
        if since >= until {
            let day = |at: Timestamp| at.to_string().chars().take(10).collect();
            return Err(Error::SinceTooLate { since: day(since), newest: day(past.as_of), until: day(until) });
        }
        let mut changes = features::replayable(past);
        changes.retain(|change| change.at > since);
        let n_left_out = n_beyond_limit(&changes);
        changes.drain(..n_left_out);
        let since = changes.first().filter(|_| n_left_out > 0).map_or(since, |first| Timestamp(first.at.0 - 1));
        let since = since.max(time_of(past, past.order.first())).min(until);
        Ok(Self { since, until, changes, n_left_out })
    }

    fn longer(&self, past: &Past<'_>) -> Option<Longer> {
        let moments: Vec<Timestamp> = features::replayable(past).iter().map(|change| change.at).collect();
        longer(&moments, self.since, self.until)
    }
}

/// How many of the oldest changes must go so that the rows of the others can be measured.
fn n_beyond_limit(changes: &[Replayable]) -> usize {
    let mut n_rows = 0;
    let fits = |change: &&Replayable| {
        n_rows += change.n_files;
        n_rows <= MAX_ROWS
    };
    changes.len() - changes.iter().rev().take_while(fits).count()
}

/// Where rows are made and models fitted.
struct Stage<'a> {
    engine: &'a Engine,
    repository: &'a git::Repository,
    key: &'a str,
    inputs: Inputs<'a>,
    metrics: VersionMetrics,
    progress: &'a Progress<'a>,
}

/// Every change with its scores.
struct Replayed {
    judged: Vec<Judged>,
    replay: Replay,
}

impl Stage<'_> {
    /// The rows and outcomes of the window's changes, without the files the repository does not want judged.
    fn changes(
        &mut self,
        past: &Past<'_>,
        window: &Window,
        config: &RepositoryConfig,
    ) -> Result<Vec<PastChange>, Error> {
        let [blobs, manifests] = features::wanted_for_replay(past, &window.changes);
        self.measure(blobs)?;
        let dependencies = inputs::dependencies(self.repository, &manifests);
        let inputs = Inputs { dependencies: &dependencies, ..self.inputs };
        let mut changes = features::past_changes(past, &window.changes, &|blob| self.metrics.get(blob), inputs);
        let judges = |file: &PastFile| config.judges(&past.log.paths[file.path as usize]);
        changes.iter_mut().for_each(|change| change.files.retain(judges));
        changes.retain(|change| !change.files.is_empty());
        Ok(changes)
    }

    /// Scores all changes, each by the model fitted before it.
    fn replay(
        &mut self,
        history: &History,
        past: &Past<'_>,
        window: &Window,
        changes: &[PastChange],
    ) -> Result<Replayed, Error> {
        let moments = refit_moments(window.since, window.until);
        let mut replayed = Replayed { judged: Vec::new(), replay: Replay::default() };
        for (nth, &moment) in moments.iter().enumerate() {
            (self.progress)("replaying the past", nth, moments.len());
            let following = following(changes, moment, moments.get(nth + 1).copied());
            let then = commit_at(past, moment).and_then(|commit| Past::new(&history.log, &history.labels, commit));
            let model = match then.filter(|_| !following.is_empty()) {
                Some(then) => Some(self.fit(&then)?),
                None => None,
            };
            replayed.add(past, following, model.as_ref()).map_err(|source| self.failed(source))?;
        }
        Ok(replayed)
    }

    /// The model that the review would have had at the end of `then`.
    fn fit(&mut self, then: &Past<'_>) -> Result<risk::Model, Error> {
        self.measure(features::wanted_blobs(then))?;
        let dependencies = inputs::dependencies(self.repository, &features::wanted_manifests(then));
        let inputs = Inputs { dependencies: &dependencies, ..self.inputs };
        let table = features::training_table(then, &|blob| self.metrics.get(blob), inputs);
        risk::train(&table, &risk::ValidParams::default()).map_err(|source| self.failed(source))
    }

    /// Measures what was never measured, and keeps it segment by segment.
    fn measure(&mut self, versions: Vec<Version>) -> Result<(), Error> {
        let missing: Vec<Version> = versions.iter().filter(|(blob, _)| !self.metrics.knows(*blob)).cloned().collect();
        for (nth, segment) in missing.chunks(VERSIONS_A_SEGMENT).enumerate() {
            let n_before = nth * VERSIONS_A_SEGMENT;
            let told = |step: &str, done: usize, _: usize| (self.progress)(step, n_before + done, missing.len());
            extend_metrics(self.repository, &mut self.metrics, segment.to_vec(), &told)?;
            self.engine.save(self.key, |files| files.save_metrics(self.key, &mut self.metrics))?;
        }
        // Where memory is full, an earlier segment has had to go: all that is wanted now is kept together.
        Ok(extend_metrics(self.repository, &mut self.metrics, versions, self.progress)?)
    }

    fn failed(&self, source: risk::Error) -> Error {
        engine::Error::Risk { key: self.key.to_owned(), source }.into()
    }
}

/// The changes after one moment, up to the next.
fn following(changes: &[PastChange], moment: Timestamp, next: Option<Timestamp>) -> &[PastChange] {
    let first = changes.partition_point(|change| change.at <= moment);
    let end = next.map_or(changes.len(), |next| changes.partition_point(|change| change.at <= next));
    &changes[first..end]
}

/// The newest commit of the main line at a moment: what a review of that moment would have compared with.
fn commit_at(past: &Past<'_>, moment: Timestamp) -> Option<CommitId> {
    let tip = past.log.commits.iter().rposition(|commit| commit.id == past.as_of_commit)? as u32;
    let mut line = main_line(past.log, tip).into_iter().map(|commit| &past.log.commits[commit as usize]);
    line.find(|commit| commit.committed_at <= moment).map(|commit| commit.id)
}

impl Replayed {
    /// Adds what `model` says of the changes that followed it; without a model they have no score.
    fn add(&mut self, past: &Past<'_>, changes: &[PastChange], model: Option<&risk::Model>) -> Result<(), risk::Error> {
        let files = changes.iter().flat_map(|change| &change.files);
        let scores = model.map(|model| model.file_probabilities(files.map(|file| &file.values))).transpose()?.flatten();
        let risks = model.map(|model| model.change_probabilities(changes.iter().map(|change| &change.values)));
        let risks = risks.transpose()?.flatten();
        self.replay.n_refits += usize::from(model.is_some());
        let Some(scores) = scores else {
            self.replay.n_without_score += changes.len();
            self.replay.n_abstained += usize::from(model.is_some());
            let because = model.and_then(risk::Model::missing_for_files).map(str::to_owned);
            self.replay.abstained_because = because.or(self.replay.abstained_because.take());
            return Ok(());
        };
        let mut scores = scores.into_iter().map(crate::domain::Probability::get);
        for (nth, change) in changes.iter().enumerate() {
            let risk = risks.as_ref().map(|risks| risks[nth].get());
            let scored = change.files.iter().zip(scores.by_ref().take(change.files.len()));
            self.judged.push(judged(past.log, change, scored, risk));
        }
        self.replay.n_scored += changes.len();
        Ok(())
    }
}

fn judged<'a>(
    log: &Log,
    change: &PastChange,
    scored: impl Iterator<Item = (&'a PastFile, f64)>,
    risk: Option<f64>,
) -> Judged {
    let commit = &log.commits[change.commit as usize];
    let introduction = risk.zip(change.introduced).map(|(score, is_blamed)| Introduction { score, is_blamed });
    let files = scored.map(|(file, score)| judged_file(log, change.at, file, score)).collect();
    Judged { commit: commit.id, subject: commit.subject().to_owned(), at: change.at, files, introduction }
}

fn judged_file(log: &Log, at: Timestamp, file: &PastFile, score: f64) -> JudgedFile {
    let value = |feature: Feature| f64::from(file.values.get(feature).unwrap_or(0.0));
    let repair = |fix: u32| {
        let fix = &log.commits[fix as usize];
        let after_days = fix.committed_at.days_since(at).max(0.0);
        Repair { commit: fix.id, subject: fix.subject().to_owned(), after_days }
    };
    JudgedFile {
        path: log.paths[file.path as usize].clone(),
        score,
        n_lines: value(Feature::FileLinesAdded) + value(Feature::FileLinesDeleted),
        n_earlier_fixes: value(Feature::FileEarlierFixes),
        repair: file.repaired_by.map(repair),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::test_repository::TestRepository;
    use crate::models::answer::Outcome;

    /// The first commit of a [`TestRepository`].
    const DAY_0: Timestamp = Timestamp(1_577_836_800);

    /// Eight files; every day three of them change, every third day one of the first two is repaired.
    ///
    /// From day `until` on, `later` is done instead, if anything.
    fn repository(until: u32, later: Option<(u32, &str)>) -> TestRepository {
        let mut repository = TestRepository::new();
        let mut versions = [0_u32; 8];
        let n_days = until + later.map_or(0, |(n_days, _)| n_days);
        for day in 0..n_days {
            let (is_later, fixed) = (day >= until, (day / 3 % 2) as usize);
            let is_fix = is_later || day % 3 == 2;
            let touched: Vec<usize> =
                if is_fix { vec![fixed] } else { (0..3).map(|n| (day * 5 + n * 3) as usize % 8).collect() };
            touched.iter().for_each(|file| versions[*file] = day);
            let texts: Vec<(String, String)> =
                versions.iter().enumerate().map(|(file, version)| text(file, *version)).collect();
            let files: Vec<(&str, &[u8])> = texts.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
            let message = later.filter(|_| is_later).map_or_else(
                || if is_fix { format!("Fix crash in part {fixed}") } else { format!("Extend parts, step {day}") },
                |(_, message)| format!("{message} {day}"),
            );
            repository.commit("main", &message, &files);
        }
        repository.write("HEAD", "ref: refs/heads/main\n");
        repository
    }

    fn text(file: usize, version: u32) -> (String, String) {
        let branches: String =
            (0..version % 7).map(|n| format!("    if x > {n}:\n        return {version}\n")).collect();
        (format!("src/part_{file}.py"), format!("def part(x):\n{branches}    return {version}\n"))
    }

    fn run(repository: &TestRepository, since: Since, data: &std::path::Path) -> Result<(Report, Vec<Judged>), Error> {
        let opened = repository.open();
        let ask = Ask {
            key: "test",
            name: "test",
            tip: opened.resolve("HEAD").expect("there is a commit"),
            now: DAY_0.plus_days(10_000),
            since,
            budget: Budget::DEFAULT,
        };
        replay(&Engine::new(data), &opened, &ask, &|_, _, _| {})
    }

    fn judged(repository: &TestRepository, since_day: i64) -> Vec<Judged> {
        let data = tempfile::tempdir().expect("a folder");
        run(repository, Since::Date(DAY_0.plus_days(since_day)), data.path()).expect("a sound repository").1
    }

    /// Commit and scores to the last bit, up to a day.
    fn scores(judged: &[Judged], until_day: i64) -> Vec<(CommitId, Vec<u64>)> {
        let early = judged.iter().filter(|change| change.at <= DAY_0.plus_days(until_day));
        early.map(|it| (it.commit, it.files.iter().map(|file| file.score.to_bits()).collect())).collect()
    }

    #[test]
    fn what_happens_later_changes_no_score() {
        let (alone, calm, stormy) = (
            repository(300, None),
            repository(300, Some((60, "Describe"))),
            repository(300, Some((60, "Fix crash again"))),
        );
        let (alone, calm, stormy) = (judged(&alone, 220), judged(&calm, 220), judged(&stormy, 220));
        let expected = scores(&alone, 269);
        assert!(expected.len() > 40, "{} changes were scored", expected.len());
        assert_eq!(scores(&calm, 269), expected);
        assert_eq!(scores(&stormy, 269), expected);
        // With more that is known, more can be judged: the same changes have the same scores then too.
        assert!(scores(&calm, 299).len() > expected.len());
        assert_eq!(scores(&calm, 299), scores(&stormy, 299));
    }

    #[test]
    fn a_second_replay_reads_no_file_again_and_says_the_same() {
        let repository = repository(260, None);
        let data = tempfile::tempdir().expect("a folder");
        let since = Since::Date(DAY_0.plus_days(200));
        let first = run(&repository, since, data.path()).expect("a sound repository");
        let steps = std::sync::Mutex::new(Vec::new());
        let opened = repository.open();
        let tip = opened.resolve("HEAD").expect("there is a commit");
        let now = DAY_0.plus_days(10_000);
        let ask = Ask { key: "test", name: "test", tip, now, since, budget: Budget::DEFAULT };
        let told = |step: &str, _: usize, _: usize| steps.lock().expect("no panic").push(step.to_owned());
        let second = replay(&Engine::new(data.path()), &opened, &ask, &told).expect("a sound repository");
        assert_eq!(first, second);
        let steps = steps.into_inner().expect("no panic");
        assert!(steps.iter().any(|step| step == "replaying the past"), "{steps:?}");
        assert!(!steps.iter().any(|step| step == "measuring files"), "{steps:?}");
    }

    #[test]
    fn histories_that_cannot_be_replayed_say_what_is_missing() {
        let data = tempfile::tempdir().expect("a folder");
        let missing = |repository: &TestRepository, since: Since| {
            let folder = data.path().join(repository.path().file_name().expect("a name"));
            match run(repository, since, &folder).expect("no error").0.backtest {
                Outcome::NotEnoughHistory { missing } => missing,
                other => panic!("expected nothing, got {other:?}"),
            }
        };
        let year = Since::Months(12);
        assert!(missing(&repository(1, None), year).starts_with("0 past changes have a score"));
        assert!(missing(&repository(60, None), year).starts_with("0 past changes have a score"));
        // All fixes: nothing to tell apart.
        assert!(missing(&repository(0, Some((120, "Fix crash"))), year).contains("are needed"));
        // No fixes.
        assert!(missing(&repository(0, Some((120, "Describe"))), year).contains("0 of them needed a fix"));
        // From before the first commit on: the replay begins with the history.
        let long_ago = Since::Date(Timestamp(0));
        assert!(missing(&repository(60, None), long_ago).starts_with("0 past changes have a score"));
        let late = run(&repository(60, None), Since::Date(DAY_0.plus_days(45)), data.path()).expect_err("too late");
        let late = late.to_string();
        assert!(late.contains("2020-02-15") && late.contains("must be before 2020-01-30"), "{late}");
    }
}
