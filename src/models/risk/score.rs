//! What probability does the model give to rows alone, without reasons?
//!
//! In: rows of the catalogue. Out: a calibrated probability for each, or nothing where the model abstains or
//! was not shown to be better than chance on this repository: then it could have blocked nothing. The door for
//! whoever judges a model on many rows; a review, which explains, goes through [`super::predict`].

use super::{Error, Model, Trained};
use crate::domain::Probability;
use crate::features::Row;

impl Model {
    /// File risk of each row, in their order; `None` where the file head abstains or was not shown to be of use here.
    ///
    /// # Errors
    /// [`Error::Trees`] when a row holds an infinite value, which rows of the catalogue never do.
    pub fn file_probabilities<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
    ) -> Result<Option<Vec<Probability>>, Error> {
        probabilities(&self.files, rows)
    }

    /// Change risk of each row, in their order; `None` where the change head abstains or was not shown to be of use here.
    ///
    /// # Errors
    /// As [`Model::file_probabilities`].
    pub fn change_probabilities<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
    ) -> Result<Option<Vec<Probability>>, Error> {
        probabilities(&self.changes, rows)
    }
}

fn probabilities<'a>(
    trained: &Trained,
    rows: impl Iterator<Item = &'a Row>,
) -> Result<Option<Vec<Probability>>, Error> {
    let judged = trained.head().filter(|head| head.missing.is_none());
    Ok(judged.map(|head| head.probabilities(rows)).transpose()?)
}
