//! What is usual in a repository that is still too young to say?
//!
//! A model fitted on the first changes of other repositories. The card says which, and the command that wrote it.

use super::model::{Error, Model};

/// Written by `hyperion evaluate anomaly-base`.
static BASE: &[u8] = include_bytes!("base.forest");

impl Model {
    /// The base model, without packages.
    ///
    /// # Errors
    /// When the shipped bytes are of another version of the method: they are to be written anew.
    pub fn base() -> Result<Self, Error> {
        Self::from_bytes(BASE)
    }
}
