//! To be written.

use super::Error;
use crate::pipeline::Progress;
use serde::Serialize;
use std::path::Path;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {}

impl std::fmt::Display for Report {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

/// To be written.
pub fn evaluate(path: &Path, _reference: &Path, _progress: &Progress<'_>) -> Result<Report, Error> {
    Err(Error::Reference { path: path.to_owned(), reason: "not built yet".into() })
}
