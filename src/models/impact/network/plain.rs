//! What would a plain logistic regression say?
//!
//! In: lessons. Out: the baseline the network is judged by: sixteen numbers that need nothing but the log and the names of
//! files, one weight each. Never used in a review.

use super::evidence::Evidence;
use super::lessons::Lesson;
use linfa::prelude::Fit;
use linfa_logistic::{FittedLogisticRegression, LogisticRegression};
use ndarray::{Array1, Array2, Axis};

use Evidence as E;

/// What it may look at.
const NUMBERS: [Evidence; 16] = [
    E::Confidence,
    E::PlainConfidence,
    E::ReverseConfidence,
    E::RecentConfidence,
    E::Support,
    E::SinceTogether,
    E::Changes,
    E::RecentChanges,
    E::Idle,
    E::SameFolder,
    E::CommonPath,
    E::PathWords,
    E::SameStem,
    E::NamesFile,
    E::NamedByFile,
    E::SecondHand,
];

/// A fitted logistic regression.
#[derive(Debug)]
pub struct Logistic {
    mean: Array1<f64>,
    scale: Array1<f64>,
    fitted: FittedLogisticRegression<f64, bool>,
}

impl Logistic {
    /// Learns whether a candidate came true, for one of the answers; `None` where all came out the same or the fit fails.
    pub fn fit(lessons: &[Lesson], answer: usize) -> Option<Self> {
        let lessons = || lessons.iter().filter(|lesson| lesson.n_hits(answer) > 0);
        let rows: usize = lessons().map(|lesson| lesson.paths.len()).sum();
        let mut values = Array2::zeros((rows, NUMBERS.len()));
        let places = lessons().flat_map(|lesson| (0..lesson.paths.len()).map(move |place| (lesson, place)));
        let mut labels = Vec::with_capacity(rows);
        for (mut row, (lesson, place)) in values.rows_mut().into_iter().zip(places) {
            row.assign(&numbers(lesson, place));
            labels.push(lesson.came_true(place, answer));
        }
        let mean = values.mean_axis(Axis(0))?;
        let scale = values.std_axis(Axis(0), 0.0).mapv(|scale| if scale > 1e-9 { scale } else { 1.0 });
        values = (values - &mean) / &scale;
        let data = linfa::Dataset::new(values, Array1::from(labels));
        let fitted = LogisticRegression::default().max_iterations(200).fit(&data).ok()?;

        Some(Self { mean, scale, fitted })
    }

    /// Rises with the chance that the candidate comes true.
    pub fn score(&self, lesson: &Lesson, place: usize) -> f32 {
        let row = ((numbers(lesson, place) - &self.mean) / &self.scale).insert_axis(Axis(0));
        let chance = self.fitted.predict_probabilities(&row)[0];
        let of_true = if self.fitted.labels().pos.class { chance } else { 1.0 - chance };
        // Beyond the last digit of a chance the order would be lost.
        (of_true / (1.0 - of_true).max(1e-300)).ln() as f32
    }
}

fn numbers(lesson: &Lesson, place: usize) -> Array1<f64> {
    NUMBERS.iter().map(|number| f64::from(lesson.evidence(place, *number))).collect()
}
