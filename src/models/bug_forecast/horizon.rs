//! How far ahead does a forecast look?
//!
//! In: probabilities for three horizons. Out: the same, never falling with a longer one, and what lies between them.

use crate::domain::Probability;
use serde::{Deserialize, Serialize};

/// Days of the three horizons.
pub const HORIZONS_DAYS: [i64; 3] = [7, 15, 30];

/// Days of a week.
pub(super) const WEEK_DAYS: i64 = 7;

/// Probability of at least one fix within each of [`HORIZONS_DAYS`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curve([Probability; 3]);

impl Curve {
    /// What three models said, each raised to what a shorter horizon has already: a fix within a week is one within a month.
    pub(super) fn raised(said: [Probability; 3]) -> Self {
        let [week, half, month] = said.map(Probability::get);
        let half = half.max(week);
        Self([week, half, month.max(half)].map(|p| Probability::new(p).unwrap_or(said[2])))
    }

    /// At least as high as `other` everywhere.
    pub(super) fn at_least(self, other: Self) -> Self {
        let higher = |nth: usize| if other.0[nth] > self.0[nth] { other.0[nth] } else { self.0[nth] };
        Self([higher(0), higher(1), higher(2)])
    }

    /// One for each of [`HORIZONS_DAYS`].
    pub fn all(&self) -> [Probability; 3] {
        self.0
    }

    /// Within 30 days.
    pub fn month(&self) -> Probability {
        self.0[2]
    }

    /// Within 7, 14, 21 and 28 days. Between two horizons the hazard is taken to be even; beyond a certainty there is
    /// nothing to add.
    pub(super) fn weeks(&self) -> [Probability; 4] {
        [7, 14, 21, 28].map(|days| self.within(days))
    }

    fn within(&self, days: i64) -> Probability {
        let nth = HORIZONS_DAYS.iter().position(|horizon| days <= *horizon).unwrap_or(2);
        let hazard = |p: Probability| -(1.0 - p.get()).ln();
        let (from, low) = nth.checked_sub(1).map_or((0, 0.0), |nth| (HORIZONS_DAYS[nth], hazard(self.0[nth])));
        let (to, high) = (HORIZONS_DAYS[nth], hazard(self.0[nth]));
        let part = (days - from) as f64 / (to - from) as f64;
        if days == to || !high.is_finite() {
            return self.0[nth];
        }
        Probability::new(1.0 - (-(low + part * (high - low))).exp()).unwrap_or(self.0[nth])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(said: [f64; 3]) -> Curve {
        Curve::raised(said.map(|p| Probability::new(p).expect("a probability")))
    }

    #[test]
    fn a_probability_never_falls_with_a_longer_horizon() {
        for said in [[0.5, 0.3, 0.4], [0.0, 0.0, 0.0], [1.0, 0.2, 1.0], [0.1, 0.9, 0.3]] {
            let curve = curve(said);
            assert!(curve.all().is_sorted(), "{curve:?}");
            assert!(curve.weeks().is_sorted(), "{:?}", curve.weeks());
            let [week_1, .., week_4] = curve.weeks();
            assert!(week_1 == curve.all()[0] && week_4 <= curve.month());
        }
    }

    #[test]
    fn an_even_hazard_is_even_between_the_horizons() {
        let rate = 0.02;
        let within = |days: i64| 1.0 - (-rate * days as f64).exp();
        let weeks = curve(HORIZONS_DAYS.map(within)).weeks().map(Probability::get);
        for (week, expected) in weeks.iter().zip([7, 14, 21, 28].map(within)) {
            assert!((week - expected).abs() < 1e-12, "{week} is not {expected}");
        }
    }
}
