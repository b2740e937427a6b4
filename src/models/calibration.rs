//! What probability does a margin stand for?
//!
//! In: margins (uncalibrated log-odds) of rows the members have not learned from, and their outcomes. Out: a rising
//! curve from margin to log-odds. Never turns the order of scores around, never joins two scores into one.
//!
//! Methods: Platt scaling (Platt, 1999), a line; beta calibration (Kull, Silva Filho and Flach, 2017), a line at either
//! end with a bend between. Both are fitted by logistic regression with a penalty on the slopes. The penalty is worth
//! about one row of evidence: it is lost among hundreds of rows and keeps a dozen of them from giving certainty.
//! Isotonic regression is not offered: its steps tie scores that differ, and its ends claim certainty.

use super::trees::Parts;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Strength of the penalty `alpha / 2 * slope^2` beside the summed log loss.
const SLOPE_PENALTY: f64 = 1.0;

/// Steps after which the fit stops: it converges in about ten.
const MAX_ITERATIONS: u64 = 200;

/// Margins nearer to the base than this take the curve's slope there: a quotient of two tiny numbers is noise.
const NEAR: f64 = 1e-6;

/// How a curve may be bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Not at all.
    Platt,
    /// Once: high and low margins may be stretched differently.
    Beta,
}

/// A rising curve from margin to log-odds: `intercept + low * ln p - high * ln (1 - p)` for the margin's `p`.
///
/// Where `low` and `high` are the same it is the line `intercept + low * margin`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Slope far below margin 0, not negative.
    pub low: f64,
    /// Slope far above margin 0, not negative.
    pub high: f64,
    /// Log-odds of a flat curve.
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

impl Calibration {
    /// The line that changes nothing: margins are log-odds already.
    pub fn identity() -> Self {
        Self { low: 1.0, high: 1.0, intercept: 0.0 }
    }

    /// Fits the curve.
    ///
    /// A beta curve that would fall at one end is flat there instead, as its authors advise.
    ///
    /// # Errors
    /// [`CalibrationError`] when the outcomes are all the same, the curve does not rise, or the fit fails.
    pub fn fit(shape: Shape, margins: &[f64], labels: &[bool]) -> Result<Self, CalibrationError> {
        if labels.iter().all(|label| *label == labels[0]) {
            return Err(CalibrationError::OneOutcome { n_rows: labels.len() });
        }
        let fitted = match shape {
            Shape::Platt => Self::line(margins, labels)?,
            Shape::Beta => Self::bent(margins, labels)?,
        };
        let rises = fitted.low >= 0.0 && fitted.high >= 0.0 && fitted.low + fitted.high > 0.0;
        if rises && fitted.intercept.is_finite() { Ok(fitted) } else { Err(CalibrationError::NotRising) }
    }

    fn line(margins: &[f64], labels: &[bool]) -> Result<Self, CalibrationError> {
        let ([slope], intercept) = regress([&|margin| margin], margins, labels)?;
        Ok(Self { low: slope, high: slope, intercept })
    }

    fn bent(margins: &[f64], labels: &[bool]) -> Result<Self, CalibrationError> {
        let ([low, high], intercept) = regress([&log_p, &|margin| -log_p(-margin)], margins, labels)?;
        if low >= 0.0 && high >= 0.0 {
            return Ok(Self { low, high, intercept });
        }
        if low < high {
            let ([high], intercept) = regress([&|margin| -log_p(-margin)], margins, labels)?;
            return Ok(Self { low: 0.0, high, intercept });
        }
        let ([low], intercept) = regress([&log_p], margins, labels)?;
        Ok(Self { low, high: 0.0, intercept })
    }

    /// The log-odds a margin stands for.
    pub fn log_odds(&self, margin: f64) -> f64 {
        self.intercept + self.low * log_p(margin) - self.high * log_p(-margin)
    }

    /// The parts of a margin as parts of the log-odds it stands for: [`Calibration::stretch`]ed alike.
    pub fn parts(&self, Parts { weights, base }: Parts) -> Parts {
        let stretch = self.stretch(base, base + weights.iter().sum::<f64>());
        Parts { weights: weights.into_iter().map(|weight| stretch * weight).collect(), base: self.log_odds(base) }
    }

    /// By how much every part of `margin` beside its `base` is stretched, so that the parts and the base's log-odds sum
    /// to the log-odds of the margin.
    ///
    /// For a line this is its slope, the same for every margin. For a bent curve it is the slope of the chord: parts
    /// keep their signs, their order and their proportions.
    pub fn stretch(&self, base: f64, margin: f64) -> f64 {
        if (margin - base).abs() > NEAR {
            return (self.log_odds(margin) - self.log_odds(base)) / (margin - base);
        }
        let p = log_p(base).exp();
        self.low * (1.0 - p) + self.high * p
    }
}

/// Logarithm of the probability a margin stands for before calibration, exact at both ends.
fn log_p(margin: f64) -> f64 {
    if margin > 0.0 { -(-margin).exp().ln_1p() } else { margin - margin.exp().ln_1p() }
}

/// Slopes and intercept of a logistic regression on some readings of the margins.
fn regress<const N: usize>(
    readings: [&dyn Fn(f64) -> f64; N],
    margins: &[f64],
    labels: &[bool],
) -> Result<([f64; N], f64), CalibrationError> {
    let records = Array2::from_shape_fn((margins.len(), N), |(row, reading)| readings[reading](margins[row]));
    let dataset = linfa::DatasetBase::new(records, Array1::from(labels.to_vec()));
    let regression = LogisticRegression::default().alpha(SLOPE_PENALTY).max_iterations(MAX_ITERATIONS);
    let fitted = regression.fit(&dataset).map_err(CalibrationError::Fit)?;
    // The library fits the more frequent outcome, whichever that is.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    Ok((std::array::from_fn(|reading| sign * fitted.params()[reading]), sign * fitted.intercept()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Probability;

    fn probability(curve: &Calibration, margin: f64) -> f64 {
        Probability::from_log_odds(curve.log_odds(margin)).get()
    }

    /// At margin 2m the true log-odds are m: of 1,000 rows each, 731, 500 and 269 are positive.
    fn too_sure(n_positive_high: usize) -> (Vec<f64>, Vec<bool>) {
        let (mut margins, mut labels) = (Vec::new(), Vec::new());
        for (margin, n_positive) in [(2.0, n_positive_high), (0.0, 500), (-2.0, 269)] {
            margins.extend([margin; 1_000]);
            labels.extend((0..1_000).map(|row| row < n_positive));
        }
        (margins, labels)
    }

    #[test]
    fn margins_that_are_twice_too_sure_are_halved() {
        let (margins, labels) = too_sure(731);
        for shape in [Shape::Platt, Shape::Beta] {
            let curve = Calibration::fit(shape, &margins, &labels).expect("both outcomes occur");
            for (margin, expected) in [(2.0, 0.731), (0.0, 0.5), (-2.0, 0.269)] {
                assert!((probability(&curve, margin) - expected).abs() < 0.01, "{shape:?} {curve:?}");
            }
        }
    }

    #[test]
    fn a_bent_curve_follows_ends_that_err_differently() {
        // At the high end the margins are right (0.881), at the low end twice too sure.
        let (margins, labels) = too_sure(881);
        let curve = Calibration::fit(Shape::Beta, &margins, &labels).expect("both outcomes occur");
        assert!((probability(&curve, 2.0) - 0.881).abs() < 0.01 && (probability(&curve, -2.0) - 0.269).abs() < 0.01);
        assert!(curve.high > 1.5 * curve.low, "{curve:?}");
    }

    #[test]
    fn stretched_parts_and_the_base_sum_to_the_log_odds() {
        for curve in [
            Calibration { low: 0.7, high: 0.7, intercept: -0.2 },
            Calibration { low: 0.3, high: 1.4, intercept: 0.1 },
            Calibration { low: 0.0, high: 1.0, intercept: 0.0 },
        ] {
            for (base, margin) in [(-1.0, 2.5), (0.4, -3.0), (-0.5, -0.5), (0.3, 0.3 + 1e-7)] {
                let sum = curve.log_odds(base) + curve.stretch(base, margin) * (margin - base);
                assert!((sum - curve.log_odds(margin)).abs() < 1e-9, "{curve:?} {base} {margin}");
                assert!(curve.stretch(base, margin) > 0.0);
            }
        }
        let line = Calibration { low: 0.7, high: 0.7, intercept: -0.2 };
        assert!((line.stretch(-40.0, 700.0) - 0.7).abs() < 1e-9 && (line.log_odds(-900.0) + 630.2).abs() < 1e-9);
    }

    #[test]
    fn a_few_perfectly_ordered_rows_do_not_give_certainty() {
        for shape in [Shape::Platt, Shape::Beta] {
            let curve = Calibration::fit(shape, &[-2.0, -1.0, 1.0, 2.0], &[false, false, true, true]);
            let curve = curve.expect("both outcomes occur");
            assert!(probability(&curve, 2.0) < 0.95 && probability(&curve, -2.0) > 0.05, "{curve:?}");
        }
    }

    #[test]
    fn the_mean_probability_is_the_share_of_positives() {
        let margins: Vec<f64> = (0..200).map(|row| f64::from(row % 20) / 5.0 - 5.0).collect();
        let labels: Vec<bool> = (0..200).map(|row| row % 20 > 16).collect();
        for shape in [Shape::Platt, Shape::Beta] {
            let curve = Calibration::fit(shape, &margins, &labels).expect("both outcomes occur");
            let mean = margins.iter().map(|margin| probability(&curve, *margin)).sum::<f64>() / 200.0;
            assert!((mean - 0.15).abs() < 1e-3, "{mean}");
        }
    }

    #[test]
    fn order_is_never_turned_around() {
        for shape in [Shape::Platt, Shape::Beta] {
            let fit = |margins: &[f64], labels: &[bool]| Calibration::fit(shape, margins, labels);
            assert!(matches!(fit(&[1.0, 2.0], &[true, false]), Err(CalibrationError::NotRising)), "{shape:?}");
            assert!(matches!(fit(&[1.0, 2.0], &[true, true]), Err(CalibrationError::OneOutcome { n_rows: 2 })));
            assert!(matches!(fit(&[], &[]), Err(CalibrationError::OneOutcome { n_rows: 0 })));
        }
    }
}
