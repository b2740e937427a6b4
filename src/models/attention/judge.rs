//! Would the spots have held the lines that were later repaired?
//!
//! In: past bug-introducing changes with their spots. Out: how often one of the first three spots was guilty, beside the
//! three longest, with an interval of the difference. Each change is judged with what was known when it was made.

use super::{Lesson, MAX_SHOWN, Weights};
use crate::models::answer::TrackRecord;
use serde::Serialize;

/// With fewer changes the interval is wider than any difference that was ever measured.
pub const MIN_JUDGED: usize = 50;

/// Resamples of the bootstrap (Efron, 1979): the ends of the interval are then steady to half a point.
const N_RESAMPLES: usize = 2_000;

/// Where the bootstrap's chance starts.
const SEED: u64 = 20_261_123;

/// Shares of changes with a hit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HitRates {
    /// What is shown, and the baseline it must beat.
    #[serde(flatten)]
    pub record: TrackRecord,
    /// Of three spots drawn by lot.
    pub by_chance: f64,
    /// Spots of a change, on average.
    pub mean_spots: f64,
}

/// How often `weights` are right on `lessons`; `None` with fewer than [`MIN_JUDGED`] of them.
pub fn judge(weights: &Weights, lessons: &[Lesson]) -> Option<HitRates> {
    if lessons.len() < MIN_JUDGED {
        return None;
    }
    let hit = |lesson: &Lesson, scores: &[f64]| top(scores).into_iter().any(|at| lesson.is_guilty[at]);
    let ours: Vec<bool> = lessons.iter().map(|lesson| hit(lesson, &weights.shares(&lesson.spots))).collect();
    let longest = |lesson: &Lesson| lesson.spots.iter().map(|seen| f64::from(seen.spot.n_lines())).collect::<Vec<_>>();
    let baseline: Vec<bool> = lessons.iter().map(|lesson| hit(lesson, &longest(lesson))).collect();
    let n = lessons.len() as f64;
    let differences: Vec<i32> = ours.iter().zip(&baseline).map(|(a, b)| i32::from(*a) - i32::from(*b)).collect();
    Some(HitRates {
        record: TrackRecord {
            n: lessons.len() as u32,
            hit_rate: share(&ours),
            baseline_hit_rate: share(&baseline),
            difference_interval: interval(&differences),
        },
        by_chance: lessons.iter().map(chance).sum::<f64>() / n,
        mean_spots: lessons.iter().map(|lesson| lesson.spots.len() as f64).sum::<f64>() / n,
    })
}

/// The places of the highest scores, highest first; of equals the earlier in the diff.
pub(super) fn top(scores: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..scores.len()).collect();
    places.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    places.truncate(MAX_SHOWN);
    places
}

fn share(hits: &[bool]) -> f64 {
    hits.iter().filter(|hit| **hit).count() as f64 / hits.len() as f64
}

/// Chance that three spots drawn without looking hold a guilty one.
fn chance(lesson: &Lesson) -> f64 {
    let n = lesson.spots.len();
    let n_innocent = lesson.is_guilty.iter().filter(|is_guilty| !**is_guilty).count();
    let miss = |drawn: usize| n_innocent.saturating_sub(drawn) as f64 / n.saturating_sub(drawn).max(1) as f64;
    1.0 - (0..MAX_SHOWN.min(n)).map(miss).product::<f64>()
}

/// 95% percentile interval of the mean.
fn interval(differences: &[i32]) -> [f64; 2] {
    let mut state = SEED;
    let mut draw = || {
        // Knuth's linear congruential generator; its high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        differences[(state >> 33) as usize % differences.len()]
    };
    let n = differences.len();
    let mut means: Vec<f64> =
        (0..N_RESAMPLES).map(|_| f64::from((0..n).map(|_| draw()).sum::<i32>()) / n as f64).collect();
    means.sort_by(f64::total_cmp);
    [means[N_RESAMPLES / 40], means[N_RESAMPLES - 1 - N_RESAMPLES / 40]]
}
