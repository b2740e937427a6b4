//! In which sprint does a moment lie, and how do we know?
//!
//! In: the configured sprint, or the days of earlier releases. Out: start and length with the evidence, or nothing.
//! Never calls a habit what chance explains: an inferred sprint says so and carries its test.
//!
//! Inference: releases come in step with a length of L days when the days between one release and the next are
//! multiples of L. Releases that fall on working days at random are multiples of L with a chance of 7 / (5 L). The
//! observed number is compared with that chance (binomial tail, corrected for the lengths that are tried). Merges are
//! not used: their weekly rhythm is the weekend, and nothing in their number tells where a sprint begins.

use crate::domain::{DAY_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;

/// Sprints people agree on: one to four weeks, and six.
const LENGTHS_DAYS: [u32; 5] = [7, 14, 21, 28, 42];

/// How unlikely chance must be, after correction for the number of lengths.
const MAX_P_VALUE: f64 = 0.01;

/// With fewer steps between releases no length can be told.
const MIN_GAPS: usize = 6;

/// Releases that are looked at: about two years of fortnights, so that an old habit is forgotten.
const MAX_RELEASES: usize = 52;

/// A sprint without its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sprint {
    /// The beginning of one of them.
    pub start: Timestamp,
    /// Days of each.
    pub length_days: u32,
}

impl Sprint {
    /// How much of the sprint has passed, 0 to 1; `None` before the first one.
    pub fn phase(self, at: Timestamp) -> Option<f64> {
        let length = i64::from(self.length_days) * DAY_SECONDS;
        let since = at.0.checked_sub(self.start.0).filter(|since| *since >= 0 && length > 0)?;
        Some((since % length) as f64 / length as f64)
    }
}

/// A sprint, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Start and length.
    pub sprint: Sprint,
    /// Who says so.
    pub source: RhythmSource,
}

/// How a sprint is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RhythmSource {
    /// The repository's configuration.
    Configured,
    /// The rhythm of its releases.
    Inferred {
        /// Steps between releases that were looked at.
        n_gaps: u32,
        /// Steps that are whole sprints.
        n_in_step: u32,
        /// Chance of so many by accident, corrected for the lengths tried.
        p_value: f64,
    },
}

/// Says where it is known from, so that nobody takes an inference for a setting.
impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.sprint.start.to_string();
        write!(
            f,
            "sprints of {} days, one from {}",
            self.sprint.length_days,
            start.split('T').next().unwrap_or(&start)
        )?;
        match self.source {
            RhythmSource::Configured => f.write_str(" (configured)"),
            RhythmSource::Inferred { n_gaps, n_in_step, p_value } => {
                write!(f, " (inferred: {n_in_step} of {n_gaps} steps between releases fit, p = {p_value:.2e})")
            }
        }
    }
}

/// The days on which something was released, newest last.
#[derive(Debug, Clone, Default)]
pub(super) struct Releases {
    days: VecDeque<i64>,
    rhythm: Option<Rhythm>,
}

impl Releases {
    /// Notes a release that is not older than the newest.
    pub(super) fn add(&mut self, at: Timestamp) {
        let day = at.0.div_euclid(DAY_SECONDS);
        if self.days.back() == Some(&day) {
            return;
        }
        self.days.push_back(day);
        if self.days.len() > MAX_RELEASES {
            self.days.pop_front();
        }
        self.rhythm = infer(self.days.make_contiguous());
    }

    /// The rhythm of the releases so far, if it is one.
    pub(super) fn rhythm(&self) -> Option<Rhythm> {
        self.rhythm
    }
}

/// The sprint each release leaves behind, as far as the releases up to it tell; releases oldest first.
pub fn rhythms(releases: &[Timestamp]) -> Vec<Option<Rhythm>> {
    let mut known = Releases::default();
    let after = |at: &Timestamp| {
        known.add(*at);
        known.rhythm()
    };
    releases.iter().map(after).collect()
}

/// The longest length that most releases keep and that chance does not explain.
fn infer(days: &[i64]) -> Option<Rhythm> {
    let n_gaps = days.len().saturating_sub(1);
    if n_gaps < MIN_GAPS {
        return None;
    }
    LENGTHS_DAYS.iter().rev().find_map(|&length_days| {
        let length = i64::from(length_days);
        let is_in_step = |pair: &&[i64]| (pair[1] - pair[0]) % length == 0;
        let n_in_step = days.windows(2).filter(is_in_step).count();
        let chance = 7.0 / (5.0 * length as f64);
        let p_value = (LENGTHS_DAYS.len() as f64 * binomial_tail(n_gaps, n_in_step, chance)).min(1.0);
        let is_habit = 2 * n_in_step > n_gaps && p_value < MAX_P_VALUE;
        // The newest release that kept step is where a sprint ended and the next began.
        let newest = days.windows(2).rev().find(is_in_step).map(|pair| pair[1])?;
        let sprint = Sprint { start: Timestamp(newest * DAY_SECONDS), length_days };
        let source = RhythmSource::Inferred { n_gaps: n_gaps as u32, n_in_step: n_in_step as u32, p_value };
        is_habit.then_some(Rhythm { sprint, source })
    })
}

/// Chance of at least `k` hits in `n` tries.
fn binomial_tail(n: usize, k: usize, chance: f64) -> f64 {
    let odds = chance / (1.0 - chance);
    let mut next = (1.0 - chance).powi(n as i32);
    let terms = (0..=n).map(|i| {
        let term = next;
        next *= (n - i) as f64 / (i + 1) as f64 * odds;
        term
    });
    terms.skip(k).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(days: impl IntoIterator<Item = i64>) -> Option<(u32, i64)> {
        let mut releases = Releases::default();
        days.into_iter().for_each(|day| releases.add(Timestamp(day * DAY_SECONDS + 50_000)));
        releases.rhythm().map(|rhythm| (rhythm.sprint.length_days, rhythm.sprint.start.0 / DAY_SECONDS))
    }

    #[test]
    fn releases_in_step_are_a_rhythm_of_the_longest_length_they_keep() {
        assert_eq!(inferred((0..12).map(|week| 7 * week)), Some((7, 77)));
        assert_eq!(inferred((0..12).map(|sprint| 14 * sprint)), Some((14, 154)));
        assert_eq!(inferred((0..12).map(|sprint| 42 * sprint)), Some((42, 462)));
        // A hotfix in between, and one sprint without a release.
        let mut days: Vec<i64> = (0..12).filter(|sprint| *sprint != 7).map(|sprint| 14 * sprint).collect();
        days.insert(3, 30);
        assert_eq!(inferred(days), Some((14, 154)));
    }

    #[test]
    fn what_chance_or_the_calendar_explains_is_no_rhythm() {
        assert_eq!(inferred([]), None);
        assert_eq!(inferred((0..6).map(|week| 7 * week)), None, "five steps are too few");
        // The first of each month.
        assert_eq!(inferred([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]), None);
        // Working days at random.
        let mut state = 9u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64
        };
        let n_found = (0..500)
            .filter(|_| {
                let mut days: Vec<i64> = (0..40).map(|_| 7 * (random() % 104) + random() % 5).collect();
                days.sort_unstable();
                inferred(days).is_some()
            })
            .count();
        assert!(n_found <= 5, "{n_found} of 500 random histories have a rhythm at a level of 0.01");
    }

    #[test]
    fn an_inferred_sprint_says_that_it_is_inferred() {
        let mut releases = Releases::default();
        (0..12).for_each(|sprint| releases.add(Timestamp(14 * sprint * DAY_SECONDS)));
        let text = releases.rhythm().map(|rhythm| rhythm.to_string()).unwrap_or_default();
        assert_eq!(
            text,
            "sprints of 14 days, one from 1970-06-04 (inferred: 11 of 11 steps between releases fit, p = 5.00e-11)"
        );
        let sprint = Sprint { start: Timestamp(0), length_days: 7 };
        let configured = Rhythm { sprint, source: RhythmSource::Configured };
        assert_eq!(configured.to_string(), "sprints of 7 days, one from 1970-01-01 (configured)");
    }

    #[test]
    fn a_phase_runs_from_the_start_of_each_sprint() {
        let sprint = Sprint { start: Timestamp(0).plus_days(10), length_days: 14 };
        let phase = |day: i64| sprint.phase(Timestamp(0).plus_days(day));
        assert_eq!([9, 10, 17, 24, 31].map(phase), [None, Some(0.0), Some(0.5), Some(0.0), Some(0.5)]);
        assert_eq!(Sprint { start: Timestamp(0), length_days: 0 }.phase(Timestamp(5)), None);
    }

    #[test]
    fn a_binomial_tail_is_that_of_the_tables() {
        assert!((binomial_tail(10, 3, 0.2) - 0.322_200_5).abs() < 1e-6);
        assert!((binomial_tail(20, 20, 0.1) / 1e-20 - 1.0).abs() < 1e-6);
        assert!((binomial_tail(5, 0, 0.3) - 1.0).abs() < 1e-12);
    }
}
