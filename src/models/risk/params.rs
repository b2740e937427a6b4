//! Which settings does the risk model have, and which of them make sense?

use crate::models::learner::{InvalidRecipe, Menu};

/// Settings as somebody wrote them down; [`Params::check`] makes them usable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Params {
    /// What the learner may choose from.
    pub menu: Menu,
}

/// Settings that have been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidParams(Params);

impl Params {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`InvalidRecipe`] with the first setting that makes no sense.
    pub fn check(self) -> Result<ValidParams, InvalidRecipe> {
        self.menu.check()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        assert_eq!(ValidParams::default().get(), &Params::default());
        let mut params = Params::default();
        params.menu.forests[1].depth = 30;
        let text = params.check().expect_err("too deep").to_string();
        assert_eq!(text, "expected `forest.depth` to be between 1 and 12, got 30");
        let mut params = Params::default();
        params.menu.balances.clear();
        assert_eq!(params.check().expect_err("nothing to choose").name, "balances");
    }
}
