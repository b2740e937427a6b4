//! How likely is each changed file to need a bug fix soon, and how likely does the change introduce a bug?
//!
//! In: a training table of this repository, later the rows of a change. Out: a [`Model`] that has been judged on newer
//! rows than it learned from, and its [`RiskAnswer`](super::answer::RiskAnswer), or the numbers that are missing for
//! one. Never learns while predicting, and never answers where it was no better than always saying the base rate.
//! Method: a random forest and boosted trees, averaged in log-odds, then calibrated. The card beside this file says
//! what the labels are and where not to believe them.

mod base;
mod blend;
mod compare;
mod counterfactual;
mod explain;
mod head;
mod neighbours;
mod params;
mod predict;
mod score;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_base;
#[cfg(test)]
mod tests_of_explanations;
mod train;

pub use base::{Base, MAX_ROWS_A_REPOSITORY};
pub use compare::{Compared, Comparison, Quality, compare};
pub use counterfactual::Surroundings;
pub use explain::MAX_EXPLAINED_FILES;
pub use neighbours::Memory;
pub use params::{Params, ValidParams};
pub use predict::{predict, predict_with};
pub use train::{MIN_POSITIVES, MIN_ROWS, train, train_beside};

use super::answer::BaseInfo;
use super::learner::LearnError;
use super::trees::TreesError;
use head::Head;
use serde::{Deserialize, Serialize};

/// Changes whenever the method changes; the end is the version of the catalogue.
pub const MODEL_VERSION: &str = "risk-4/features-3";

/// Both heads, trained or abstaining. Kept as bytes between reviews.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    files: Trained,
    changes: Trained,
}

/// A head, or why there is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Trained {
    Ready(Box<Head>),
    Abstains { missing: String },
}

/// A model could not be trained, asked, stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A member of the ensemble failed.
    #[error("the trees of the risk model failed")]
    Trees(#[from] TreesError),
    /// Nothing could be learned.
    #[error("the risk model could not learn")]
    Learn(#[from] LearnError),
    /// The model was stored by another version.
    #[error(
        "expected a risk model of version `{MODEL_VERSION}`, the saved one has version `{found}`: \
         `hyperion review <path>` trains it anew"
    )]
    OtherVersion {
        /// The version that was stored.
        found: String,
    },
    /// The bytes are not a model.
    #[error("could not store or read the risk model")]
    Store(#[from] postcard::Error),
}

impl Model {
    /// As bytes that [`Model::from_bytes`] reads.
    ///
    /// # Errors
    /// [`Error::Store`] when the trees cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(postcard::to_stdvec(&(MODEL_VERSION, self))?)
    }

    /// Reads a model of this version.
    ///
    /// # Errors
    /// [`Error::OtherVersion`] for a model of another version, [`Error::Store`] when the bytes are not a model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (version, rest): (String, _) = postcard::take_from_bytes(bytes)?;
        if version != MODEL_VERSION {
            return Err(Error::OtherVersion { found: version.chars().take(100).collect() });
        }
        Ok(postcard::from_bytes(rest)?)
    }

    /// What it draws on beside this repository.
    pub fn base(&self) -> Option<BaseInfo> {
        self.files.head()?.ensemble.base().map(base::BaseHead::info)
    }

    /// Why there is no file risk that was shown to be of use here, if there is none.
    pub fn missing_for_files(&self) -> Option<&str> {
        self.files.missing()
    }

    /// Why there is no change risk that was shown to be of use here, if there is none.
    pub fn missing_for_changes(&self) -> Option<&str> {
        self.changes.missing()
    }
}

impl Trained {
    fn head(&self) -> Option<&Head> {
        match self {
            Trained::Ready(head) => Some(head),
            Trained::Abstains { .. } => None,
        }
    }

    fn missing(&self) -> Option<&str> {
        match self {
            Trained::Ready(head) => head.missing.as_deref(),
            Trained::Abstains { missing } => Some(missing),
        }
    }
}
