//! What does a plain time-series model expect next week?
//!
//! In: weekly counts, one after the other. Out: after each week the level and slope of exponential smoothing and the
//! chance of a week with a fix. Never looks ahead: constants are chosen by how well each foretold the weeks so far.
//!
//! Level: simple exponential smoothing and Holt's damped trend (ETS(A,N,N) and ETS(A,Ad,N); Hyndman et al., 2008), the
//! one of the candidates with the smallest sum of Poisson deviances one week ahead. Chance: the smoothing for
//! intermittent demand of Teunter, Syntetos and Babai (2011), which also forgets while nothing happens.

/// Smoothing constants of level and slope that are tried. Weekly fix counts are noisy: large constants chase them.
const CANDIDATES: [(f64, f64); 7] =
    [(0.02, 0.0), (0.05, 0.0), (0.1, 0.0), (0.2, 0.0), (0.4, 0.0), (0.1, 0.02), (0.2, 0.05)];

/// How much of a slope is left a week later.
const DAMPING: f64 = 0.9;

/// A level below one fix in four years is not told from it.
const MIN_LEVEL: f64 = 0.005;

/// Constant of the chance: half of what is known comes from the newest seven weeks.
const CHANCE_CONSTANT: f64 = 0.1;

/// What is expected after some weeks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Smoothed {
    /// Fixes expected next week.
    pub(super) level: f64,
    /// By how much that changes from week to week.
    pub(super) slope: f64,
    /// Chance that there is any.
    pub(super) chance: f64,
}

/// After each week what is expected next.
pub(super) fn smooth(counts: &[f64]) -> Vec<Smoothed> {
    let Some(first) = counts.first() else { return Vec::new() };
    let mut states = CANDIDATES.map(|(alpha, beta)| State { alpha, beta, level: *first, slope: 0.0, deviance: 0.0 });
    let mut chance = f64::from(u8::from(*first > 0.0));
    let mut step = |count: &f64| {
        states.iter_mut().for_each(|state| state.learn(*count));
        chance += CHANCE_CONSTANT * (f64::from(u8::from(*count > 0.0)) - chance);
        let best = states.iter().min_by(|a, b| a.deviance.total_cmp(&b.deviance));
        best.map_or_else(Smoothed::default, |best| Smoothed { level: best.next(), slope: best.slope, chance })
    };
    counts.iter().map(&mut step).collect()
}

struct State {
    alpha: f64,
    beta: f64,
    level: f64,
    slope: f64,
    /// Summed deviance of the forecasts so far.
    deviance: f64,
}

impl State {
    fn next(&self) -> f64 {
        (self.level + DAMPING * self.slope).max(MIN_LEVEL)
    }

    fn learn(&mut self, count: f64) {
        let expected = self.next();
        self.deviance += expected - count * expected.ln();
        let before = self.level;
        self.level = expected + self.alpha * (count - expected);
        self.slope = DAMPING * self.slope + self.beta * (self.level - before - DAMPING * self.slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_series_is_expected_to_go_on_and_a_rising_one_to_rise() {
        let steady = smooth(&[3.0; 80]);
        let last = steady.last().expect("eighty weeks");
        assert!((last.level - 3.0).abs() < 0.01 && last.slope.abs() < 0.01 && last.chance > 0.99, "{last:?}");
        let rising: Vec<f64> = (0..80).map(|week| f64::from(week) / 4.0).collect();
        let last = smooth(&rising)[79];
        assert!(last.level > 15.0, "{last:?}");
    }

    #[test]
    fn what_stopped_is_forgotten_week_by_week() {
        let counts: Vec<f64> = (0..60).map(|week| if week < 30 { 2.0 } else { 0.0 }).collect();
        let smoothed = smooth(&counts);
        assert!(smoothed[59].chance < 0.1 && smoothed[59].level < 0.3, "{:?}", smoothed[59]);
        assert!(smoothed[30..].windows(2).all(|pair| pair[1].chance < pair[0].chance));
    }

    #[test]
    fn later_weeks_do_not_change_earlier_answers() {
        let counts: Vec<f64> = (0..100).map(|week| f64::from(week * 7 % 5)).collect();
        assert_eq!(smooth(&counts)[..50], smooth(&counts[..50])[..]);
        assert_eq!(smooth(&[]), []);
    }
}
