//! What probability does a margin stand for?
//!
//! In: margins (uncalibrated log-odds) of rows the members have not learned from, and their outcomes. Out: a line from
//! margin to log-odds. Never turns the order of scores around.
//!
//! Method: Platt scaling (Platt, 1999), fitted by logistic regression with a penalty on the slope. The penalty is worth
//! about one row of evidence: it is lost among hundreds of rows and keeps a dozen of them from giving certainty.

use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Strength of the penalty `alpha / 2 * slope^2` beside the summed log loss.
const SLOPE_PENALTY: f64 = 1.0;

/// Steps after which the fit stops: it converges in about ten.
const MAX_ITERATIONS: u64 = 200;

/// A line from margin to log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Positive: a higher margin is a higher probability.
    pub slope: f64,
    /// Log-odds at margin 0.
    pub intercept: f64,
}

/// Why margins could not be calibrated.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// All rows have the same outcome.
    #[error("all {n_rows} calibration rows have the same outcome")]
    OneOutcome {
        /// Rows given.
        n_rows: usize,
    },
    /// Higher margins went with fewer positives.
    #[error("on the calibration rows, higher scores did not go with more positives")]
    NotRising,
    /// The fit failed.
    #[error("could not fit the calibration")]
    Fit(#[source] linfa_logistic::error::Error),
}

impl Platt {
    /// Fits the line.
    ///
    /// # Errors
    /// [`CalibrationError`] when the outcomes are all the same, the slope is not positive, or the fit fails.
    pub fn fit(margins: &[f64], labels: &[bool]) -> Result<Self, CalibrationError> {
        if labels.iter().all(|label| *label == labels[0]) {
            return Err(CalibrationError::OneOutcome { n_rows: labels.len() });
        }
        let records = Array2::from_shape_fn((margins.len(), 1), |(row, _)| margins[row]);
        let dataset = linfa::DatasetBase::new(records, Array1::from(labels.to_vec()));
        let regression = LogisticRegression::default().alpha(SLOPE_PENALTY).max_iterations(MAX_ITERATIONS);
        let fitted = regression.fit(&dataset).map_err(CalibrationError::Fit)?;
        // The library fits the more frequent outcome, whichever that is.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let line = Self { slope: sign * fitted.params()[0], intercept: sign * fitted.intercept() };
        if line.slope > 0.0 && line.intercept.is_finite() { Ok(line) } else { Err(CalibrationError::NotRising) }
    }

    /// The log-odds a margin stands for.
    pub fn log_odds(&self, margin: f64) -> f64 {
        self.slope * margin + self.intercept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Probability;

    fn probability(line: &Platt, margin: f64) -> f64 {
        Probability::from_log_odds(line.log_odds(margin)).get()
    }

    #[test]
    fn margins_that_are_twice_too_sure_are_halved() {
        // At margin 2m the true log-odds are m: of 1,000 rows each, 731, 500 and 269 are positive.
        let (mut margins, mut labels) = (Vec::new(), Vec::new());
        for (margin, n_positive) in [(2.0, 731), (0.0, 500), (-2.0, 269)] {
            margins.extend([margin; 1_000]);
            labels.extend((0..1_000).map(|row| row < n_positive));
        }
        let line = Platt::fit(&margins, &labels).expect("both outcomes occur");
        assert!((line.slope - 0.5).abs() < 0.005 && line.intercept.abs() < 0.005, "{line:?}");
    }

    #[test]
    fn a_few_perfectly_ordered_rows_do_not_give_certainty() {
        let line = Platt::fit(&[-2.0, -1.0, 1.0, 2.0], &[false, false, true, true]).expect("both outcomes occur");
        assert!(probability(&line, 2.0) < 0.95 && probability(&line, -2.0) > 0.05, "{line:?}");
    }

    #[test]
    fn the_mean_probability_is_the_share_of_positives() {
        let margins: Vec<f64> = (0..200).map(|row| f64::from(row % 20) / 5.0 - 5.0).collect();
        let labels: Vec<bool> = (0..200).map(|row| row % 20 > 16).collect();
        let line = Platt::fit(&margins, &labels).expect("both outcomes occur");
        let mean = margins.iter().map(|margin| probability(&line, *margin)).sum::<f64>() / 200.0;
        assert!((mean - 0.15).abs() < 1e-3, "{mean}");
    }

    #[test]
    fn order_is_never_turned_around() {
        assert!(matches!(Platt::fit(&[1.0, 2.0], &[true, false]), Err(CalibrationError::NotRising)));
        assert!(matches!(Platt::fit(&[1.0, 2.0], &[true, true]), Err(CalibrationError::OneOutcome { n_rows: 2 })));
        assert!(matches!(Platt::fit(&[], &[]), Err(CalibrationError::OneOutcome { n_rows: 0 })));
    }
}
