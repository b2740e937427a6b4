//! How likely, and how loudly does the product say so?
//!
//! In: a number. Out: a calibrated probability and its band. Never clamps silently: outside [0, 1] there is no
//! probability.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A calibrated probability in [0, 1]. Anything else that ranks is a score and stays a plain number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Probability(f64);

impl Probability {
    /// `None` outside [0, 1] or for NaN.
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The probability whose log-odds are `log_odds`; 0 and 1 are reached at infinity only.
    pub fn from_log_odds(log_odds: f64) -> Self {
        Self(1.0 / (1.0 + (-log_odds).exp()))
    }

    /// The number in [0, 1].
    pub fn get(self) -> f64 {
        self.0
    }

    /// Which band the product shows for it.
    pub fn band(self) -> Band {
        match self.0 {
            p if p >= 0.8 => Band::ImmediateAction,
            p if p >= 0.6 => Band::ReinforcedMonitoring,
            p if p >= 0.4 => Band::Watch,
            _ => Band::Normal,
        }
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// The four bands of a risk score, as the product shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below 0.4.
    Normal,
    /// 0.4 to 0.6.
    Watch,
    /// 0.6 to 0.8.
    ReinforcedMonitoring,
    /// 0.8 and above.
    ImmediateAction,
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Band::Normal => "Normal",
            Band::Watch => "Watch",
            Band::ReinforcedMonitoring => "Reinforced monitoring",
            Band::ImmediateAction => "Immediate action",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_starts_at_its_lower_bound() {
        let bands = [0.0, 0.4, 0.6, 0.8].map(|p| Probability::new(p).unwrap().band());
        assert_eq!(bands, [Band::Normal, Band::Watch, Band::ReinforcedMonitoring, Band::ImmediateAction]);
        assert_eq!(Probability::new(f64::NAN), None);
        assert_eq!(Probability::new(1.01), None);
    }
}
