//! Do the three spots hold the lines that were later repaired?
//!
//! In: repositories. Out: for each, how often one of the three spots that line attention would have shown on its past
//! bug-introducing changes held a line that a fix changed later, beside the three longest spots and three drawn by lot.
//! With `learn`, also the weights that these repositories teach, and each one judged by the weights of the others.

use super::Error;
use crate::domain::{CommitId, Timestamp};
use crate::git::{self, Repository};
use crate::history::{Labels, Past};
use crate::models::attention::{CLUES, HitRates, Lesson, MIN_JUDGED, WEIGHTS, judge, learn};
use crate::pipeline::facts::extend_history;
use crate::pipeline::stopwatch::Stopwatch;
use crate::pipeline::{Progress, around};
use crate::store::History;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Commits dated later than this are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// By the path that was given.
    repositories: BTreeMap<String, Judged>,
    /// What all of them teach together; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<BTreeMap<&'static str, f64>>,
}

#[derive(Debug, Serialize)]
struct Judged {
    tip: String,
    /// With the weights of this version; absent with fewer changes than a judgement needs.
    rates: Option<HitRates>,
    /// With the weights of the other repositories of this run; only when asked to learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<HitRates>,
    n_changes: usize,
    /// Seconds to read the changes, mining not counted.
    reading_seconds: f64,
}

/// Judges line attention on each of `paths`.
///
/// # Errors
/// When a repository cannot be read.
pub fn evaluate(paths: &[PathBuf], is_learning: bool, progress: &Progress<'_>) -> Result<Report, Error> {
    let read: Vec<(CommitId, Vec<Lesson>, f64)> =
        paths.iter().map(|path| lessons(path, progress)).collect::<Result<_, _>>()?;
    let others = |at: usize| -> Vec<&Lesson> {
        read.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, (_, lessons, _))| lessons).collect()
    };
    let judged = read.iter().enumerate().map(|(at, (tip, lessons, reading_seconds))| Judged {
        tip: tip.to_string(),
        rates: judge(&WEIGHTS, lessons),
        left_out: is_learning.then(|| judge(&learn(&others(at)), lessons)).flatten(),
        n_changes: lessons.len(),
        reading_seconds: *reading_seconds,
    });
    let repositories = paths.iter().map(|path| path.display().to_string()).zip(judged).collect();
    let learned = is_learning.then(|| {
        let weights = learn(&others(usize::MAX));
        CLUES.into_iter().zip(weights.0).collect()
    });
    Ok(Report { repositories, learned })
}

fn lessons(path: &Path, progress: &Progress<'_>) -> Result<(CommitId, Vec<Lesson>, f64), Error> {
    let repository = Repository::open(path)?;
    let tip = repository.resolve("HEAD")?;
    let history = mined(&repository, tip, progress)?;
    let Some(past) = Past::new(&history.0, &history.1, tip) else { return Ok((tip, Vec::new(), 0.0)) };
    progress("reading changes", 0, 0);
    let started = Instant::now();
    let lessons = around::lessons(&repository, &past)?;
    Ok((tip, lessons, started.elapsed().as_secs_f64()))
}

fn mined(
    repository: &Repository,
    tip: CommitId,
    progress: &Progress<'_>,
) -> Result<(crate::domain::Log, Labels), git::Error> {
    let mut history = History::default();
    let keep = |_: &mut History| Ok(());
    let mined =
        extend_history(repository, &mut history, (&[tip], END_OF_TIME), &mut Stopwatch::start(), &keep, progress);
    match mined {
        Ok(_) => Ok((history.log, history.labels)),
        Err(crate::pipeline::EngineError::Read(error)) => Err(error),
        // Nothing is kept, so nothing else can fail.
        Err(_) => Ok((history.log, history.labels)),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, judged) in &self.repositories {
            writeln!(f, "{name} at {}", &judged.tip[..12.min(judged.tip.len())])?;
            match &judged.rates {
                None => writeln!(f, "  {} changes, {MIN_JUDGED} needed", judged.n_changes)?,
                Some(rates) => write_rates(f, "ours", rates)?,
            }
            if let Some(rates) = &judged.left_out {
                write_rates(f, "learned on the others", rates)?;
            }
            writeln!(f, "  read in {:.1} s", judged.reading_seconds)?;
        }
        for (name, weight) in self.learned.iter().flatten() {
            writeln!(f, "{name:20} {weight:8.4}")?;
        }
        Ok(())
    }
}

fn write_rates(f: &mut fmt::Formatter<'_>, whose: &str, rates: &HitRates) -> fmt::Result {
    let record = &rates.record;
    writeln!(
        f,
        "  {whose}: {:.3} of {} changes, the longest spots {:.3}, by lot {:.3}; difference {:+.3} to {:+.3}; {:.1} spots a change",
        record.hit_rate,
        record.n,
        record.baseline_hit_rate,
        rates.by_chance,
        record.difference_interval[0],
        record.difference_interval[1],
        rates.mean_spots,
    )
}
