//! What was said, and how often did it happen?
//!
//! In: probabilities and outcomes. Out: ten steps, as one says them: "said 70%, happened 66% of 41". Never shows a step
//! in which nothing was said.

use serde::Serialize;

/// Steps of a tenth each: finer ones hold too few cases to be said aloud.
const N_BINS: usize = 10;

/// Everything that was said within one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Lower end of the step.
    pub from: f64,
    /// Upper end of the step.
    pub to: f64,
    /// Mean of what was said.
    pub said: f64,
    /// How often it was said.
    pub n: usize,
    /// How often it then happened.
    pub n_happened: usize,
}

/// The steps in which something was said, lowest first.
pub(super) fn bins(said: &[f64], happened: &[bool]) -> Vec<Bin> {
    let mut sums = [(0.0, 0, 0); N_BINS];
    for (p, happened) in said.iter().zip(happened) {
        let (sum, n, n_happened) = &mut sums[((p * N_BINS as f64) as usize).min(N_BINS - 1)];
        *sum += p;
        *n += 1;
        *n_happened += usize::from(*happened);
    }
    let width = 1.0 / N_BINS as f64;
    let bin = |(nth, (sum, n, n_happened)): (usize, (f64, usize, usize))| Bin {
        from: nth as f64 * width,
        to: (nth + 1) as f64 * width,
        said: sum / n as f64,
        n,
        n_happened,
    };
    sums.into_iter().enumerate().filter(|(_, (_, n, _))| *n > 0).map(bin).collect()
}
