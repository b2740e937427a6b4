//! Which settings does the forecast have?

use crate::models::trees::Boosting;

/// Settings of the forecast. Chosen by rolling origin on the histories named in the card, none of which is among those
/// the figures are reported on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// The boosted trees of one horizon.
    pub boosting: Boosting,
    /// The newest weeks with a known outcome that are learned from.
    pub n_weeks: usize,
    /// How much the trees' margin counts beside that of the smoothed rate.
    pub trees_weight: f64,
    /// Where chance starts.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            boosting: Boosting { n_rounds: 60, depth: 2, learning_rate: 0.06, row_share: 0.5, column_share: 0.5 },
            n_weeks: 260,
            trees_weight: 0.5,
            seed: 20_261_123,
        }
    }
}
