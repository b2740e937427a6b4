//! What would the gate have blocked and caught, and where should its threshold lie?
//!
//! In: scored changes in time order, and the share of them that may be blocked. Out: a row for each threshold, and for
//! the budget a threshold chosen on the older half with its result on the newer half. Never chooses by outcomes: a
//! budget is about scores alone.

use super::{Plan, Scored, weeks};
use serde::{Deserialize, Serialize};

/// Thresholds that are shown. Where fixes are rare, calibrated scores are low: nothing may lie above 0.3.
const THRESHOLDS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// A recommended threshold is rounded up to this, so that a person can write it down and the budget still holds.
const STEPS_OF_ONE: f64 = 100.0;

/// The share of changes a gate may block, above 0 and below 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Budget(f64);

/// A budget that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("expected a share of changes above 0% and below 100%, such as `5%`, got `{found}`")]
pub struct InvalidBudget {
    /// What was written.
    pub found: String,
}

impl Budget {
    /// One change in twenty.
    pub const DEFAULT: Budget = Budget(0.05);

    /// The share in (0, 1).
    pub fn share(self) -> f64 {
        self.0
    }
}

/// `5%`, or `0.05` for the same.
impl std::str::FromStr for Budget {
    type Err = InvalidBudget;

    fn from_str(text: &str) -> Result<Self, InvalidBudget> {
        let share = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => text.trim().parse::<f64>(),
        };
        let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
        let invalid = || InvalidBudget { found: text.chars().take(50).collect() };
        share.ok().filter(is_share).map(Budget).ok_or_else(invalid)
    }
}

/// What the gate would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// At the threshold this repository has.
    pub configured: AtThreshold,
    /// At thresholds in steps of a tenth.
    pub thresholds: Vec<AtThreshold>,
    /// For the budget.
    pub recommendation: Recommendation,
}

/// What one threshold does to some changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtThreshold {
    /// A score above this blocks.
    pub threshold: f64,
    /// Changes.
    pub n: usize,
    /// Changes that needed a fix.
    pub n_positive: usize,
    /// Changes that were blocked.
    pub n_blocked: usize,
    /// Changes that were blocked and needed a fix.
    pub n_caught: usize,
    /// Changes blocked in a week.
    pub blocked_per_week: f64,
    /// Share of the blocked that needed a fix; `None` where nothing was blocked.
    pub precision: Option<f64>,
    /// Share of the changes that needed a fix that were blocked; `None` where none needed one.
    pub recall: Option<f64>,
    /// Precision over the share of all changes that needed a fix; `None` where either has no value.
    pub lift: Option<f64>,
}

/// A threshold for a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// Share of the changes that may be blocked.
    pub budget: Budget,
    /// Chosen on the older half: the lowest, in steps of a hundredth, that blocks no more than the budget there.
    pub threshold: f64,
    /// What it did on the older half.
    pub older: AtThreshold,
    /// What it did on the newer half, which had no part in choosing it.
    pub newer: AtThreshold,
}

pub(super) fn simulate(changes: &[Scored], plan: &Plan) -> Gate {
    let (older, newer) = changes.split_at(changes.len() / 2);
    let threshold = threshold_for(older, plan.budget);
    Gate {
        configured: at_threshold(changes, plan.threshold),
        thresholds: THRESHOLDS.into_iter().map(|threshold| at_threshold(changes, threshold)).collect(),
        recommendation: Recommendation {
            budget: plan.budget,
            threshold,
            older: at_threshold(older, threshold),
            newer: at_threshold(newer, threshold),
        },
    }
}

fn at_threshold(changes: &[Scored], threshold: f64) -> AtThreshold {
    // The review's rule: a score at its threshold is not a flag.
    let blocked = changes.iter().filter(|change| change.score > threshold);
    let n_positive = changes.iter().filter(|change| change.needed_fix).count();
    let n_blocked = blocked.clone().count();
    let n_caught = blocked.filter(|change| change.needed_fix).count();
    let precision = ratio(n_caught, n_blocked);
    let base_rate = ratio(n_positive, changes.len()).filter(|rate| *rate > 0.0);
    AtThreshold {
        threshold,
        n: changes.len(),
        n_positive,
        n_blocked,
        n_caught,
        blocked_per_week: n_blocked as f64 / weeks(changes),
        precision,
        recall: ratio(n_caught, n_positive),
        lift: precision.zip(base_rate).map(|(precision, rate)| precision / rate),
    }
}

fn ratio(n: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}

/// The lowest threshold, in hundredths, above which no more than the budget's share of the scores lies.
fn threshold_for(changes: &[Scored], budget: Budget) -> f64 {
    let mut scores: Vec<f64> = changes.iter().map(|change| change.score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    // As many may lie above it as the budget allows, so the next one must not.
    let n_allowed = (budget.share() * scores.len() as f64 + 1e-9).floor() as usize;
    let bound = scores.get(n_allowed).copied().unwrap_or(0.0);
    (bound * STEPS_OF_ONE - 1e-9).ceil().clamp(0.0, STEPS_OF_ONE) / STEPS_OF_ONE
}
