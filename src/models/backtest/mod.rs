//! How often was the model right on this repository's own past, and what would its gate have done?
//!
//! In: past changes with the scores they would have had, and what came of them. Out: [`Figures`] for a person to judge
//! by, or what is missing for any. Never makes a score, and never recommends a threshold on the changes it is shown on.
//!
//! A change is scored by its riskiest file, as the gate does it, and needed a fix when one of its judged files was
//! touched by a fix within 30 days.

mod cases;
mod effort;
mod gate;
mod reliability;
mod window;

pub use cases::Case;
pub use effort::Effort;
pub use gate::{AtThreshold, Budget, Gate, InvalidBudget, Recommendation};
pub use reliability::Bin;
pub use window::{InvalidSince, Since, longer, refit_moments};

use super::answer::Outcome;
use super::evaluation::{brier, expected_calibration_error};
use super::interval::{Interval, auc_gain, auc_interval};
use crate::domain::{CommitId, DAY_SECONDS, Skipped, Timestamp};
use serde::Serialize;

/// Changes of either outcome that the figures need: with fewer, one more changes what a reader would conclude.
pub const MIN_OUTCOMES: usize = 10;

/// Days whose rows are taken as one: files of one commit, and commits of one week, share what happened to them.
const CLUSTER_DAYS: i64 = 7;

/// A past change, scored with what was known then.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Which.
    pub commit: CommitId,
    /// First line of its message: a stranger's words.
    pub subject: String,
    /// Its moment.
    pub at: Timestamp,
    /// Its judged files, at least one.
    pub files: Vec<JudgedFile>,
    /// Its change risk, where the model had one and the outcome is known.
    pub introduction: Option<Introduction>,
}

/// A file of a past change.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedFile {
    /// Path after the change: a stranger's words.
    pub path: String,
    /// The file risk as it would have been said.
    pub score: f64,
    /// Lines added and deleted.
    pub n_lines: f64,
    /// Fixes of the file before the change.
    pub n_earlier_fixes: f64,
    /// The first fix of the file within 30 days.
    pub repair: Option<Repair>,
}

/// A fix that came after a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repair {
    /// Which commit.
    pub commit: CommitId,
    /// First line of its message: a stranger's words.
    pub subject: String,
    /// Days after the change.
    pub after_days: f64,
}

/// What was said of a change as a whole, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Introduction {
    /// The change risk as it would have been said.
    pub score: f64,
    /// Whether a fix within 180 days blames the change.
    pub is_blamed: bool,
}

/// What the reader wants to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// A file risk above this is a flag in this repository.
    pub threshold: f64,
    /// The share of changes the reader would let the gate block.
    pub budget: Budget,
}

/// A replay of one repository, with what it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What people call the repository.
    pub repository: String,
    /// The newest commit that was read.
    pub as_of_commit: CommitId,
    /// Its moment.
    #[serde(serialize_with = "as_text")]
    pub as_of: Timestamp,
    /// The moment of the oldest commit that was read.
    #[serde(serialize_with = "as_text")]
    pub history_from: Timestamp,
    /// Changes after this moment were replayed.
    #[serde(serialize_with = "as_text")]
    pub since: Timestamp,
    /// Changes up to this moment, the newest whose outcome is known.
    #[serde(serialize_with = "as_text")]
    pub until: Timestamp,
    /// Version of the model.
    pub model: &'static str,
    /// What of history was not read, such as what a shallow clone does not hold.
    pub skipped: Vec<Skipped>,
    /// What was replayed.
    pub replay: Replay,
    /// Where too little was replayed: a stretch that holds more.
    pub longer: Option<Longer>,
    /// What it shows, or what is missing.
    pub backtest: Outcome<Figures>,
}

/// A longer stretch than the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Longer {
    /// Years before the end.
    pub years: u32,
    /// Changes in it whose outcome is known.
    pub n_changes: usize,
}

/// How much was replayed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replay {
    /// Changes with a score.
    pub n_scored: usize,
    /// Changes before which the model abstained: the review would have said "not enough history".
    pub n_without_score: usize,
    /// Older changes of the window that were left out because there are too many.
    pub n_left_out: usize,
    /// Models that were fitted, each on what was known at its moment.
    pub n_refits: usize,
    /// How many of them abstained.
    pub n_abstained: usize,
    /// Why the newest of those did.
    pub abstained_because: Option<String>,
}

/// How often the model was right, and what its gate would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The first and last judged change.
    #[serde(serialize_with = "as_text")]
    pub from: Timestamp,
    /// The last judged change.
    #[serde(serialize_with = "as_text")]
    pub to: Timestamp,
    /// Weeks between them, at least one.
    pub n_weeks: f64,
    /// Will a fix touch the file within 30 days?
    pub files: Question,
    /// Will a fix touch one of the change's files within 30 days? Ranked by the riskiest file.
    pub changes: Question,
    /// Will a fix within 180 days blame the change? Ranked by change risk; absent where too few outcomes are known.
    pub introductions: Option<Question>,
    /// What was said of files, and how often it happened.
    pub calibration: Calibration,
    /// What the gate would have done.
    pub gate: Gate,
    /// What a reader of the riskiest changes would have met.
    pub effort: Effort,
    /// Changes that were scored high and needed a fix, highest first.
    pub catches: Vec<Case>,
    /// Changes that were scored low and needed a fix, lowest first.
    pub misses: Vec<Case>,
}

/// Whether a score knows more than chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The whole interval is above chance.
    BetterThanChance,
    /// The interval includes chance.
    NoneYet,
    /// The whole interval is below chance.
    WorseThanChance,
}

/// How well one score ranks one outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Cases judged.
    pub n: usize,
    /// How many came true.
    pub n_positive: usize,
    /// Chance that a case that came true had a higher score than one that did not; `None` with too few weeks.
    pub auc: Option<Interval>,
    /// What that says.
    pub evidence: Evidence,
    /// Plain rankings of the same cases.
    pub baselines: Vec<Baseline>,
}

/// A plain ranking to compare with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// What it ranks by.
    pub name: &'static str,
    /// Its AUC.
    pub auc: Option<Interval>,
    /// The model's AUC minus its own, on the same cases.
    pub gain: Option<Interval>,
}

/// How far the file risk is to be taken at its word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// What was said in ten steps, and how often it happened; steps without a case are absent.
    pub bins: Vec<Bin>,
    /// Mean squared error of the probability; lower is better.
    pub brier: f64,
    /// The same of always saying how often it happened, which nobody knew beforehand.
    pub base_rate_brier: f64,
    /// Expected calibration error, 15 bins.
    pub ece: f64,
}

/// A change as the gate sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    at: Timestamp,
    score: f64,
    needed_fix: bool,
    n_lines: f64,
}

/// The figures of changes in time order.
pub fn figures(judged: &[Judged], plan: &Plan) -> Outcome<Figures> {
    let scored: Vec<Scored> = judged.iter().map(Judged::scored).collect();
    let n_positive = scored.iter().filter(|change| change.needed_fix).count();
    if n_positive.min(scored.len() - n_positive) < MIN_OUTCOMES {
        return Outcome::NotEnoughHistory { missing: missing(scored.len(), n_positive) };
    }
    Outcome::Ready(Figures {
        from: scored[0].at,
        to: scored[scored.len() - 1].at,
        n_weeks: weeks(&scored),
        files: of_files(judged),
        changes: of_changes(judged, &scored),
        introductions: of_introductions(judged),
        calibration: calibration(judged),
        gate: gate::simulate(&scored, plan),
        effort: effort::effort(&scored),
        catches: cases::catches(judged),
        misses: cases::misses(judged),
    })
}

fn missing(n: usize, n_positive: usize) -> String {
    format!(
        "{n} past changes have a score and a known outcome, {n_positive} of them needed a fix within 30 days; at least \
         {MIN_OUTCOMES} that did and {MIN_OUTCOMES} that did not are needed"
    )
}

/// From the first to the last change; at least one, so that a rate is not made of an afternoon.
fn weeks(changes: &[Scored]) -> f64 {
    let days = changes.first().zip(changes.last()).map_or(0.0, |(first, last)| last.at.days_since(first.at));
    (days / 7.0).max(1.0)
}

impl Judged {
    fn scored(&self) -> Scored {
        Scored { at: self.at, score: self.score(), needed_fix: self.repair().is_some(), n_lines: self.n_lines() }
    }

    /// The riskiest file's.
    fn score(&self) -> f64 {
        self.files.iter().map(|file| file.score).fold(0.0, f64::max)
    }

    fn n_lines(&self) -> f64 {
        self.files.iter().map(|file| file.n_lines).sum()
    }

    /// The first fix of any of its files, and which file that was.
    fn repair(&self) -> Option<(&JudgedFile, &Repair)> {
        let repairs = self.files.iter().filter_map(|file| Some((file, file.repair.as_ref()?)));
        repairs.min_by(|(_, a), (_, b)| a.after_days.total_cmp(&b.after_days))
    }

    fn cluster(&self) -> u32 {
        self.at.0.div_euclid(CLUSTER_DAYS * DAY_SECONDS) as u32
    }
}

/// Cases of one question, one entry a case.
#[derive(Default)]
struct Cases {
    scores: Vec<f64>,
    labels: Vec<bool>,
    clusters: Vec<u32>,
}

impl Cases {
    fn push(&mut self, score: f64, label: bool, cluster: u32) {
        self.scores.push(score);
        self.labels.push(label);
        self.clusters.push(cluster);
    }

    fn question(&self, baselines: &[(&'static str, Vec<f64>)]) -> Question {
        let Self { scores, labels, clusters } = self;
        let auc = auc_interval(scores, labels, clusters);
        let baseline = |(name, others): &(&'static str, Vec<f64>)| Baseline {
            name,
            auc: auc_interval(others, labels, clusters),
            gain: auc_gain(scores, others, labels, clusters),
        };
        Question {
            n: labels.len(),
            n_positive: labels.iter().filter(|label| **label).count(),
            auc,
            evidence: evidence(auc),
            baselines: baselines.iter().map(baseline).collect(),
        }
    }
}

fn evidence(auc: Option<Interval>) -> Evidence {
    match auc {
        Some(auc) if auc.low > 0.5 => Evidence::BetterThanChance,
        Some(auc) if auc.high < 0.5 => Evidence::WorseThanChance,
        _ => Evidence::NoneYet,
    }
}

/// What plain rankings rank by.
const EARLIER_FIXES: &str = "earlier_fixes";
const LINES_CHANGED: &str = "lines_changed";

fn of_files(judged: &[Judged]) -> Question {
    let mut cases = Cases::default();
    let files = || judged.iter().flat_map(|change| change.files.iter().map(move |file| (change, file)));
    files().for_each(|(change, file)| cases.push(file.score, file.repair.is_some(), change.cluster()));
    let fixes = files().map(|(_, file)| file.n_earlier_fixes).collect();
    let lines = files().map(|(_, file)| file.n_lines).collect();
    cases.question(&[(EARLIER_FIXES, fixes), (LINES_CHANGED, lines)])
}

fn of_changes(judged: &[Judged], scored: &[Scored]) -> Question {
    let mut cases = Cases::default();
    judged.iter().zip(scored).for_each(|(change, it)| cases.push(it.score, it.needed_fix, change.cluster()));
    let most_fixed = |change: &Judged| change.files.iter().map(|file| file.n_earlier_fixes).fold(0.0, f64::max);
    let fixes = judged.iter().map(most_fixed).collect();
    let lines = scored.iter().map(|change| change.n_lines).collect();
    cases.question(&[(EARLIER_FIXES, fixes), (LINES_CHANGED, lines)])
}

fn of_introductions(judged: &[Judged]) -> Option<Question> {
    let known: Vec<(&Judged, Introduction)> =
        judged.iter().filter_map(|change| Some((change, change.introduction?))).collect();
    let n_positive = known.iter().filter(|(_, introduction)| introduction.is_blamed).count();
    if n_positive.min(known.len() - n_positive) < MIN_OUTCOMES {
        return None;
    }
    let mut cases = Cases::default();
    known.iter().for_each(|(change, it)| cases.push(it.score, it.is_blamed, change.cluster()));
    let lines = known.iter().map(|(change, _)| change.n_lines()).collect();
    Some(cases.question(&[(LINES_CHANGED, lines)]))
}

fn calibration(judged: &[Judged]) -> Calibration {
    let files = judged.iter().flat_map(|change| &change.files);
    let (said, happened): (Vec<f64>, Vec<bool>) = files.map(|file| (file.score, file.repair.is_some())).unzip();
    let rate = happened.iter().filter(|it| **it).count() as f64 / happened.len() as f64;
    Calibration {
        bins: reliability::bins(&said, &happened),
        brier: brier(&said, &happened),
        base_rate_brier: rate * (1.0 - rate),
        ece: expected_calibration_error(&said, &happened),
    }
}

pub(super) fn as_text<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[cfg(test)]
mod tests;
