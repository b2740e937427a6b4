//! Which settings does the ensemble have, and which of them make sense?

use crate::models::trees::{Boosting, Forest};

/// Settings as somebody wrote them down; [`Params::check`] makes them usable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// The random forest.
    pub forest: Forest,
    /// The boosted trees.
    pub boosting: Boosting,
    /// Where chance starts.
    pub seed: u64,
}

/// The best of twelve on time-ordered validation inside the training parts of a public data set (the card says which),
/// all of them small enough that a file is explained in about a millisecond.
impl Default for Params {
    fn default() -> Self {
        Self {
            forest: Forest { n_trees: 64, depth: 4, row_share: 0.632, column_share: 0.2 },
            boosting: Boosting { n_rounds: 60, depth: 2, learning_rate: 0.06, row_share: 0.8, column_share: 0.8 },
            seed: 20_261_123,
        }
    }
}

/// Settings that have been checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidParams(Params);

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("expected `{name}` to be {expected}, got {found}")]
pub struct InvalidParams {
    /// Which setting.
    pub name: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: f64,
}

/// More trees than this only cost time.
const MAX_TREES: usize = 2_000;
/// Deeper trees than this learn single rows by heart and take seconds to explain.
const MAX_DEPTH: usize = 12;

impl Params {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`InvalidParams`] with the first setting that makes no sense.
    pub fn check(self) -> Result<ValidParams, InvalidParams> {
        let Params { forest, boosting, .. } = self;
        within("forest.n_trees", forest.n_trees, MAX_TREES, "between 1 and 2000")?;
        within("forest.depth", forest.depth, MAX_DEPTH, "between 1 and 12")?;
        within("boosting.n_rounds", boosting.n_rounds, MAX_TREES, "between 1 and 2000")?;
        within("boosting.depth", boosting.depth, MAX_DEPTH, "between 1 and 12")?;
        share("forest.row_share", forest.row_share)?;
        share("forest.column_share", forest.column_share)?;
        share("boosting.learning_rate", boosting.learning_rate)?;
        share("boosting.row_share", boosting.row_share)?;
        share("boosting.column_share", boosting.column_share)?;
        Ok(ValidParams(self))
    }
}

impl ValidParams {
    /// The settings.
    pub fn get(&self) -> &Params {
        &self.0
    }
}

impl Default for ValidParams {
    fn default() -> Self {
        Params::default().check().expect("the default settings make sense, a test keeps it so")
    }
}

fn within(name: &'static str, found: usize, max: usize, expected: &'static str) -> Result<(), InvalidParams> {
    if (1..=max).contains(&found) { Ok(()) } else { Err(InvalidParams { name, expected, found: found as f64 }) }
}

fn share(name: &'static str, found: f64) -> Result<(), InvalidParams> {
    let is_share = found > 0.0 && found <= 1.0;
    if is_share { Ok(()) } else { Err(InvalidParams { name, expected: "above 0 and at most 1", found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        assert_eq!(ValidParams::default().get(), &Params::default());
        let mut params = Params::default();
        params.forest.depth = 30;
        let text = params.check().expect_err("too deep").to_string();
        assert_eq!(text, "expected `forest.depth` to be between 1 and 12, got 30");
        let mut params = Params::default();
        params.boosting.learning_rate = f64::NAN;
        assert_eq!(params.check().expect_err("not a share").name, "boosting.learning_rate");
    }
}
