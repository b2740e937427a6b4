//! Which files will feel a change, by what happened to changes before it?
//!
//! In: lessons from the past of one or many repositories. Out: a [`Network`] that ranks all files for one changed file
//! and says how likely each is to change along, and to change within 30 days. A base network that learned from public
//! repositories comes with the program; what a repository itself teaches is learned on top of it, and kept only where that
//! ranks the newest part of the past better. Never reads a file itself, and never sees a commit later than its question.

mod chronicle;
mod evidence;
mod lessons;
mod net;
mod plain;
mod present;
#[cfg(test)]
mod tests;
mod words;

pub use evidence::{Evidence, SaidWords};
pub use lessons::{FELT_DAYS, Known, Lesson, Quality, lessons};
pub use plain::Logistic;
pub use present::{Chance, Changed, PastReach, Present, expected_files};

use super::super::calibration::{Calibration, CalibrationError, Shape};
use net::{Example, N_ANSWERS, Net, Schedule, log_softmax};
use serde::{Deserialize, Serialize};

/// Changes with the method or the evidence; a network of another version is not read.
pub const MODEL_VERSION: &str = "impact-1";

/// The network that learned from public repositories.
const BASE: &[u8] = include_bytes!("base.network");

/// Everything is drawn from this.
const SEED: u64 = 20_261_124;

const FROM_SCRATCH: Schedule = Schedule { n_epochs: 8, rate: 3e-3, decay: 1e-5, seed: SEED };
const ON_TOP: Schedule = Schedule { n_epochs: 3, rate: 1e-3, decay: 1e-5, seed: SEED };

/// Own lessons from which a repository can teach anything, and the share of the newest that judges.
const MIN_OWN_LESSONS: usize = 60;
const JUDGING_SHARE: f64 = 0.25;

/// A network with what its scores mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    net: Net,
    /// One curve for each answer, from the logarithm of the softmax share to the logarithm of the odds.
    meaning: [Calibration; N_ANSWERS],
    /// Lessons of this repository it learned from; 0 for the base network.
    pub n_own_lessons: usize,
}

/// A network could not be made or read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum Error {
    #[error("expected a network of version `{MODEL_VERSION}`, got `{found}`: delete it, it is made anew")]
    OtherVersion { found: String },
    #[error("could not read or write the network")]
    Store(#[from] postcard::Error),
    #[error("could not learn from {n} lessons: too few of them came true")]
    TooFew { n: usize },
    #[error("could not calibrate the network")]
    Calibrate(#[from] CalibrationError),
}

impl Network {
    /// The base network that comes with the program.
    ///
    /// # Errors
    /// [`Error`] when it is of another version.
    pub fn base() -> Result<Self, Error> {
        Self::from_bytes(BASE)
    }

    /// Learns from many repositories at once: one list of lessons each. Every lesson is learned with everything known and,
    /// in turn, with less.
    ///
    /// # Errors
    /// [`Error::TooFew`] without lessons.
    pub fn train(repositories: &[&[Lesson]]) -> Result<Self, Error> {
        let lessons: Vec<Lesson> =
            repositories.iter().flat_map(|lessons| lessons.iter().enumerate()).map(withheld_in_turn).collect();
        let examples = examples(&lessons);
        if examples.is_empty() {
            return Err(Error::TooFew { n: lessons.len() });
        }
        let mut net = Net::new(&examples, SEED);
        net.learn(&examples, FROM_SCRATCH);
        let meaning = meaning(&net, &lessons)?;
        Ok(Self { net, meaning, n_own_lessons: 0 })
    }

    /// This network with what one repository teaches, oldest lesson first, where the newest of them are ranked better so.
    pub fn adapted(&self, lessons: &[Lesson]) -> Self {
        let cut = lessons.len() - (lessons.len() as f64 * JUDGING_SHARE) as usize;
        let (older, newest) = lessons.split_at(cut);
        if lessons.len() < MIN_OWN_LESSONS {
            return self.clone();
        }
        let tuned = self.tuned(older);
        let is_better = mean_quality(&tuned.net, newest) > mean_quality(&self.net, newest);
        let judged = if is_better { &tuned } else { self };
        let meaning = meaning(&judged.net, newest).unwrap_or(self.meaning);
        let adapted = if is_better { self.tuned(lessons) } else { self.clone() };
        Self { meaning, ..adapted }
    }

    fn tuned(&self, lessons: &[Lesson]) -> Self {
        let examples = examples(lessons);
        let mut net = self.net.clone();
        net.learn(&examples, ON_TOP);
        Self { net, meaning: self.meaning, n_own_lessons: examples.len() }
    }

    /// How well it ranks what came true, for one of the answers; `None` where nothing did.
    pub fn quality(&self, lesson: &Lesson, answer: usize) -> Option<Quality> {
        quality(&self.net, lesson, answer)
    }

    /// The same without what candidates tell each other.
    pub fn without_messages(&self) -> Self {
        Self { net: self.net.without_messages(), ..self.clone() }
    }

    /// As bytes, with the version.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(postcard::to_stdvec(&(MODEL_VERSION, self))?)
    }

    /// Reads a network of this version.
    ///
    /// # Errors
    /// [`Error::OtherVersion`], or [`Error::Store`] when the bytes are no network.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (version, rest): (String, _) = postcard::take_from_bytes(bytes)?;
        if version != MODEL_VERSION {
            return Err(Error::OtherVersion { found: version.chars().take(100).collect() });
        }
        Ok(postcard::from_bytes(rest)?)
    }
}

/// Half of the lessons as they are, a quarter without the message, an eighth without the author, an eighth with the
/// file alone: a network that always saw everything would lean on it.
fn withheld_in_turn((nth, lesson): (usize, &Lesson)) -> Lesson {
    match nth % 8 {
        1 | 5 => lesson.knowing(Known { message: false, ..Known::ALL }),
        3 => lesson.knowing(Known { author: false, ..Known::ALL }),
        7 => lesson.knowing(Known::FILE),
        _ => lesson.clone(),
    }
}

fn examples(lessons: &[Lesson]) -> Vec<&Example> {
    lessons.iter().map(|lesson| &lesson.example).filter(|example| example.truth.sum() > 0.0).collect()
}

fn quality(net: &Net, lesson: &Lesson, answer: usize) -> Option<Quality> {
    let scores = net.scores(&lesson.example.scene);
    lesson.quality(answer, |place| scores[[place, answer]])
}

/// Mean average precision over both answers.
fn mean_quality(net: &Net, lessons: &[Lesson]) -> f64 {
    let asked = lessons.iter().flat_map(|lesson| (0..N_ANSWERS).filter_map(|answer| quality(net, lesson, answer)));
    let found: Vec<f64> = asked.map(|quality| quality.average_precision).collect();
    found.iter().sum::<f64>() / found.len().max(1) as f64
}

/// What the shares mean, on lessons whose month is over.
fn meaning(net: &Net, lessons: &[Lesson]) -> Result<[Calibration; N_ANSWERS], Error> {
    let mut margins: [Vec<f64>; N_ANSWERS] = Default::default();
    let mut labels: [Vec<bool>; N_ANSWERS] = Default::default();
    for Example { scene, truth } in lessons.iter().map(|lesson| &lesson.example) {
        let shares = log_softmax(&net.scores(scene));
        for ((place, answer), share) in shares.indexed_iter() {
            margins[answer].push(f64::from(*share));
            labels[answer].push(truth[[place, answer]] > 0.0);
        }
    }
    let [along, later] = [0, 1].map(|answer| Calibration::fit(Shape::Platt, &margins[answer], &labels[answer]));
    Ok([along?, later?])
}
