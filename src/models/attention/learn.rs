//! Which weights tell guilty spots from the others best?
//!
//! In: lessons of many repositories. Out: the weights under which the guilty spots of each change have the most of its
//! attention: the maximum of the conditional likelihood with a small penalty, by gradient ascent on standardised clues.
//! Deterministic.

use super::{CLUES, Lesson, Weights};

const N_CLUES: usize = CLUES.len();

/// Steps of the ascent; the likelihood stands still in its fifth digit long before.
const N_STEPS: usize = 3_000;

/// Length of a step: short enough for clues that nearly say the same.
const STEP: f64 = 0.3;

/// Penalty on the squared weights of standardised clues.
const PENALTY: f64 = 1.0;

/// Learns from `lessons`; all zero when there are none.
pub fn learn(lessons: &[&Lesson]) -> Weights {
    let scale = deviations(lessons);
    let mut weights = [0.0; N_CLUES];
    if lessons.is_empty() {
        return Weights(weights);
    }
    for _ in 0..N_STEPS {
        let slope = slope(lessons, &weights, &scale);
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight += STEP * (slope - PENALTY * *weight) / lessons.len() as f64;
        }
    }
    Weights(std::array::from_fn(|clue| weights[clue] / scale[clue]))
}

/// Standard deviation of each clue over all spots; 1 for one that is always the same.
fn deviations(lessons: &[&Lesson]) -> [f64; N_CLUES] {
    let clues = || lessons.iter().flat_map(|lesson| &lesson.spots).map(|seen| &seen.clues);
    let n = clues().count().max(1) as f64;
    std::array::from_fn(|clue| {
        let mean = clues().map(|clues| f64::from(clues[clue])).sum::<f64>() / n;
        let variance = clues().map(|clues| (f64::from(clues[clue]) - mean).powi(2)).sum::<f64>() / n;
        if variance > 0.0 { variance.sqrt() } else { 1.0 }
    })
}

/// What each weight adds to the likelihood: mean clue of the guilty spots minus that of all, by their shares.
fn slope(lessons: &[&Lesson], weights: &[f64; N_CLUES], scale: &[f64; N_CLUES]) -> [f64; N_CLUES] {
    let mut slope = [0.0; N_CLUES];
    let now = Weights(std::array::from_fn(|clue| weights[clue] / scale[clue]));
    for lesson in lessons {
        let shares = now.shares(&lesson.spots);
        let of_guilty: f64 = shares.iter().zip(&lesson.is_guilty).filter(|(_, guilty)| **guilty).map(|(s, _)| s).sum();
        for ((seen, share), is_guilty) in lesson.spots.iter().zip(&shares).zip(&lesson.is_guilty) {
            let blame = if *is_guilty && of_guilty > 0.0 { share / of_guilty } else { 0.0 };
            for clue in 0..N_CLUES {
                slope[clue] += (blame - share) * f64::from(seen.clues[clue]) / scale[clue];
            }
        }
    }
    slope
}
