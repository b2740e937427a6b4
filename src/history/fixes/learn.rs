//! Which weights separate labelled fixes best?
//!
//! In: what labelled commits show. Out: the weights of a logistic regression with a squared penalty of 1 on each weight
//! but the bias, found by accelerated descent from 0: the same examples give the same weights on every machine.

use super::signs::{SIGNS, Shown};

/// Steps of the descent; on a thousand examples the weights stand still, to three digits, after a tenth of them.
const STEPS: usize = 4_000;

/// A bias and a weight for each sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Score of a commit that shows nothing.
    pub bias: f64,
    /// In the order of [`SIGNS`].
    pub of_signs: [f64; SIGNS.len()],
}

impl Weights {
    /// Log odds that a commit which shows `shown` is a fix.
    pub fn score(&self, shown: &Shown) -> f64 {
        self.bias + shown.iter().zip(self.of_signs).map(|(x, weight)| x * weight).sum::<f64>()
    }
}

/// The weights that fit `examples`: what each shows, and whether it is a fix.
pub fn learn(examples: &[(Shown, bool)]) -> Weights {
    let mut now = Weights { bias: 0.0, of_signs: [0.0; SIGNS.len()] };
    let mut before = now.clone();
    let step = 1.0 / smoothness(examples);
    for n in 0..STEPS {
        let momentum = n as f64 / (n as f64 + 3.0);
        let way = along(&now, &before, -1.0);
        let ahead = along(&now, &way, momentum);
        let slope = slope(&ahead, examples);
        before = std::mem::replace(&mut now, along(&ahead, &slope, -step));
    }
    now
}

/// Upper bound of the curvature of the loss: a quarter of the squared lengths, and 1 for the penalty.
fn smoothness(examples: &[(Shown, bool)]) -> f64 {
    1.0 + examples.iter().map(|(shown, _)| 1.0 + shown.iter().map(|x| x * x).sum::<f64>()).sum::<f64>() / 4.0
}

fn slope(weights: &Weights, examples: &[(Shown, bool)]) -> Weights {
    let mut slope = Weights { bias: 0.0, of_signs: weights.of_signs };
    for (shown, is_fix) in examples {
        let error = 1.0 / (1.0 + (-weights.score(shown)).exp()) - f64::from(u8::from(*is_fix));
        slope.bias += error;
        slope.of_signs.iter_mut().zip(shown).for_each(|(slope, x)| *slope += error * x);
    }
    slope
}

/// `from + length * way`.
fn along(from: &Weights, way: &Weights, length: f64) -> Weights {
    Weights {
        bias: from.bias + length * way.bias,
        of_signs: std::array::from_fn(|at| from.of_signs[at] + length * way.of_signs[at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_goes_with_fixes_weighs_more_than_one_that_goes_against() {
        let with = |sign: usize| std::array::from_fn(|at| f64::from(u8::from(at == sign)));
        let examples: Vec<(Shown, bool)> = (0..60).map(|n| (with(n % 3), n % 3 == 0 || n % 15 == 1)).collect();
        let weights = learn(&examples);
        assert!(weights.score(&with(0)) > 0.0 && weights.score(&with(1)) < 0.0, "{weights:?}");
        // At the minimum no direction leads further down.
        let slope = slope(&weights, &examples);
        assert!(slope.bias.abs() < 1e-6 && slope.of_signs.iter().all(|slope| slope.abs() < 1e-6), "{slope:?}");
    }
}
