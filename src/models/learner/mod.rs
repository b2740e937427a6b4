//! What do rows with known outcomes teach, and how sure may the answer be?
//!
//! In: [`Rows`], oldest first, unknown values as NaN. Out: a [`Lesson`]: the calibrated ensemble, what was chosen on the
//! way and why, and what it said of rows it had not learned from. Never looks at a row that is newer than the one it
//! judges, never shuffles, and gives the same bytes for the same rows and seed on any number of threads.
//!
//! Methods: a random forest (Breiman, 2001) and boosted trees (Friedman, 2001; Chen and Guestrin, 2016), averaged in
//! log-odds by a chosen share, then calibrated. Every choice is made by forward validation: learn from the older rows,
//! judge the newer ones, twice. The one learner of the risk model, of public tables and of the base model.

mod choose;
mod folds;
mod learned;
mod ranks;
mod recipe;
mod rows;
#[cfg(test)]
mod tests;

pub use choose::{Lesson, Trial, learn, learn_as};
pub use folds::MIN_OUTCOMES;
pub use learned::Learned;
pub use ranks::Ranks;
pub use recipe::{InvalidRecipe, Menu, Recipe};
pub use rows::{InvalidRows, OWN, Rows};

use super::calibration::CalibrationError;
use super::trees::TreesError;

/// Nothing could be learned.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The rows make no sense.
    #[error("could not use the rows")]
    Rows(#[from] InvalidRows),
    /// A recipe makes no sense.
    #[error("could not use the recipe")]
    Recipe(#[from] InvalidRecipe),
    /// No part of the rows can be judged by an older one.
    #[error(
        "{n_rows} rows with {n_positive} positives are too few to learn from the older and judge the newer: either part \
         needs {MIN_OUTCOMES} of either outcome"
    )]
    TooFew {
        /// Rows that are not others'.
        n_rows: usize,
        /// Positives among them.
        n_positive: usize,
    },
    /// The trees failed.
    #[error("the trees failed")]
    Trees(#[from] TreesError),
    /// What was held out cannot be read as probabilities.
    #[error("could not calibrate the scores")]
    Calibration(#[from] CalibrationError),
}
