//! When is a failed job tried again?
//!
//! In: the job's number and its try. Out: a wait that doubles with each try up to a limit, moved by up to a quarter so
//! that jobs which failed together do not come back together. The same job always waits the same time.

use std::time::Duration;

/// Waits between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first try.
    pub first: Duration,
    /// After any try.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(10), longest: Duration::from_secs(15 * 60) }
    }
}

impl Backoff {
    /// Whole seconds to wait after try number `attempt` (from 1) of job `job_id`; at least one.
    pub fn wait_seconds(&self, job_id: i64, attempt: u32) -> i64 {
        let doublings = attempt.saturating_sub(1).min(30);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest).as_secs_f64();
        let moved = wait * (0.75 + 0.5 * fraction(job_id, attempt));
        (moved.round() as i64).max(1)
    }
}

/// A number in [0, 1) that looks like chance and is not: the finishing step of SplitMix64 (Steele, Lea and Flood, 2014).
fn fraction(job_id: i64, attempt: u32) -> f64 {
    let mut bits = (job_id as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(u64::from(attempt) << 17);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn waits_double_up_to_the_limit_and_stay_within_a_quarter() {
        let backoff = Backoff { first: Duration::from_secs(100), longest: Duration::from_secs(500) };
        for (attempt, middle) in [(1, 100.0), (2, 200.0), (3, 400.0), (4, 500.0), (4_000_000, 500.0)] {
            for job_id in 0..200 {
                let wait = backoff.wait_seconds(job_id, attempt) as f64;
                assert!((middle * 0.75..=middle * 1.25).contains(&wait), "try {attempt} waits {wait}");
            }
        }
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart_and_always_at_the_same_time() {
        let backoff = Backoff { first: Duration::from_secs(1_000), ..Backoff::default() };
        let waits: HashSet<_> = (0..100).map(|job_id| backoff.wait_seconds(job_id, 1)).collect();
        assert!(waits.len() > 60, "{} different waits", waits.len());
        assert_eq!(backoff.wait_seconds(5, 2), backoff.wait_seconds(5, 2));
    }

    #[test]
    fn the_default_tries_span_longer_than_most_outages() {
        let seconds: i64 =
            (1..crate::store::DEFAULT_MAX_ATTEMPTS).map(|attempt| Backoff::default().wait_seconds(1, attempt)).sum();
        assert!((90 * 60..4 * 60 * 60).contains(&seconds), "{seconds}");
    }
}
