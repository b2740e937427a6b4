//! May the next call go out now?
//!
//! In: every call before it is sent and every answer after. Out: go, after a short sleep at most, or
//! [`Error::RateLimited`] with the moment to come back, so that a queue and not a thread does the long waiting.
//!
//! Primary and secondary limits are obeyed as GitHub documents them: `Retry-After` first, else `x-ratelimit-reset` when
//! nothing remains, else a back-off that starts at a minute. Writes are paced one a second, 80 a minute, 500 an hour.
//! Source: GitHub documentation, "Rate limits for the REST API" and "Best practices for using the REST API".

use super::error::Error;
use super::moment::Clock;
use super::transport::Answer;
use crate::domain::Timestamp;
use http::HeaderMap;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// GitHub allows 100 at once for everything an App does; several installations share that.
const MAX_CONCURRENT_CALLS: usize = 10;
/// Primary limits are reset every hour; a longer wait than this is a clock that is wrong or an answer that is.
const MAX_WAIT_SECONDS: i64 = 3_600;

/// How fast an installation may be used. The defaults are GitHub's documented limits.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    /// Between two writes.
    pub write_interval: Duration,
    /// Within any 60 seconds.
    pub writes_per_minute: usize,
    /// Within any hour.
    pub writes_per_hour: usize,
    /// A wait up to this long is slept through, a longer one is an [`Error::RateLimited`].
    pub patience: Duration,
    /// First wait after a secondary limit that does not say how long; doubled each time.
    pub secondary_wait: Duration,
    /// First wait before a call that failed is tried again; doubled each time.
    pub retry_wait: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            write_interval: Duration::from_secs(1),
            writes_per_minute: 80,
            writes_per_hour: 500,
            patience: Duration::from_secs(10),
            secondary_wait: Duration::from_secs(60),
            retry_wait: Duration::from_millis(500),
        }
    }
}

/// What one set of credentials has used up.
pub(super) struct Limits {
    pacing: Pacing,
    clock: Clock,
    at_once: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    blocked_until: Option<Timestamp>,
    n_secondary_in_a_row: u32,
    /// Newest last, at most `writes_per_hour` of them.
    writes: VecDeque<Instant>,
}

impl State {
    fn block(&mut self, until: Timestamp) {
        self.blocked_until = self.blocked_until.max(Some(until));
    }

    fn succeed(&mut self, now: Timestamp, used_up_until: Option<Timestamp>) {
        // A call that was under way when the limit struck says nothing about the limit.
        if self.blocked_until.is_none_or(|until| until <= now) {
            self.n_secondary_in_a_row = 0;
        }
        if let Some(until) = used_up_until {
            self.block(until);
        }
    }
}

impl Limits {
    pub(super) fn new(pacing: Pacing, clock: Clock) -> Self {
        Self { pacing, clock, at_once: Semaphore::new(MAX_CONCURRENT_CALLS), state: Mutex::default() }
    }

    /// Waits for its turn; hold the permit while the call is under way.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the turn is further away than patience goes. Nothing is used up then.
    pub(super) async fn admit(&self, label: &str, is_paced: bool) -> Result<SemaphorePermit<'_>, Error> {
        let wait = self
            .reserve(is_paced, Instant::now())
            .map_err(|wait| Error::RateLimited { call: label.to_owned(), until: self.after(wait) })?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(self.at_once.acquire().await.expect("the semaphore is never closed"))
    }

    /// Takes the next turn if it is near enough; the wait is the error if not.
    fn reserve(&self, is_paced: bool, now: Instant) -> Result<Duration, Duration> {
        let mut state = self.state();
        let blocked = state.blocked_until.map_or(Duration::ZERO, |until| self.until(until));
        let turn = if is_paced { next_turn(&state.writes, &self.pacing, now) } else { now };
        let wait = blocked.max(turn.saturating_duration_since(now));
        if wait > self.pacing.patience {
            return Err(wait);
        }
        if is_paced {
            state.writes.push_back(now + wait);
            while state.writes.len() > self.pacing.writes_per_hour {
                state.writes.pop_front();
            }
        }
        Ok(wait)
    }

    /// Learns from an answer. Some moment when the answer itself is a refusal by a limit: nothing was done, come back
    /// then.
    pub(super) fn note(&self, answer: &Answer, message: &str) -> Option<Timestamp> {
        let now = (self.clock)();
        let mut state = self.state();
        let until = match refusal(answer.status, &answer.headers, message) {
            Some(Refusal::After(seconds)) => plus(now, seconds),
            Some(Refusal::At(reset)) => reset.max(now),
            Some(Refusal::Unsaid) => {
                let doubled = self.pacing.secondary_wait * 2u32.saturating_pow(state.n_secondary_in_a_row.min(10));
                state.n_secondary_in_a_row += 1;
                plus(now, seconds_up(doubled))
            }
            None => {
                if answer.status < 400 {
                    state.succeed(now, used_up(&answer.headers).map(|reset| at_most(now, reset)));
                }
                return None;
            }
        };
        let until = at_most(now, until);
        state.block(until);
        Some(until)
    }

    /// How long until `moment` by the clock that was passed in.
    pub(super) fn until(&self, moment: Timestamp) -> Duration {
        let seconds = moment.0.saturating_sub((self.clock)().0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }

    /// Whether a wait is slept through.
    pub(super) fn is_short(&self, wait: Duration) -> bool {
        wait <= self.pacing.patience
    }

    /// Wait before try number `n_failures` + 1.
    pub(super) fn retry_wait(&self, n_failures: u32) -> Duration {
        self.pacing.retry_wait * 2u32.saturating_pow(n_failures.saturating_sub(1).min(10))
    }

    fn after(&self, wait: Duration) -> Timestamp {
        plus((self.clock)(), seconds_up(wait))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first moment at which one more write breaks no limit.
fn next_turn(writes: &VecDeque<Instant>, pacing: &Pacing, now: Instant) -> Instant {
    let after = |n_writes: usize, window: Duration| {
        let index = writes.len().checked_sub(n_writes.max(1))?;
        writes.get(index).map(|write| *write + window)
    };
    let windows = [
        after(1, pacing.write_interval),
        after(pacing.writes_per_minute, Duration::from_secs(60)),
        after(pacing.writes_per_hour, Duration::from_secs(3_600)),
    ];
    windows.into_iter().flatten().fold(now, Instant::max)
}

/// How a limit says no.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// Come back after so many seconds.
    After(i64),
    /// Come back then.
    At(Timestamp),
    /// Come back later.
    Unsaid,
}

/// Tells a limit from a missing permission: both come as 403.
fn refusal(status: u16, headers: &HeaderMap, message: &str) -> Option<Refusal> {
    if !matches!(status, 403 | 429) {
        return None;
    }
    if let Some(seconds) = number(headers, "retry-after") {
        return Some(Refusal::After(seconds));
    }
    if let Some(reset) = used_up(headers) {
        return Some(Refusal::At(reset));
    }
    let message = message.to_ascii_lowercase();
    let speaks_of_limits = ["rate limit", "abuse detection"].iter().any(|words| message.contains(words));
    (status == 429 || speaks_of_limits).then_some(Refusal::Unsaid)
}

/// When the primary limit is refilled, if nothing remains of it.
fn used_up(headers: &HeaderMap) -> Option<Timestamp> {
    let remaining = number(headers, "x-ratelimit-remaining")?;
    let reset = number(headers, "x-ratelimit-reset")?;
    (remaining == 0).then_some(Timestamp(reset))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    let number: i64 = headers.get(name)?.to_str().ok()?.trim().parse().ok()?;
    (number >= 0).then_some(number)
}

fn plus(moment: Timestamp, seconds: i64) -> Timestamp {
    Timestamp(moment.0.saturating_add(seconds))
}

fn at_most(now: Timestamp, until: Timestamp) -> Timestamp {
    until.min(plus(now, MAX_WAIT_SECONDS))
}

fn seconds_up(wait: Duration) -> i64 {
    let whole = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
    whole.saturating_add(i64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    const NOW: i64 = 1_000_000;

    fn limits(pacing: Pacing) -> Limits {
        Limits::new(pacing, Arc::new(|| Timestamp(NOW)))
    }

    fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status, headers, body: Bytes::new() }
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let check = |status, headers: &[_], message| {
            limits(Pacing::default()).note(&answer(status, headers), message).map(|until| until.0 - NOW)
        };
        assert_eq!(check(403, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(check(429, &[("retry-after", "7"), ("x-ratelimit-remaining", "0")], ""), Some(7));
        assert_eq!(check(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000090")], ""), Some(90));
        assert_eq!(check(403, &[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "1000090")], ""), None);
        assert_eq!(check(403, &[], "You have exceeded a secondary rate limit"), Some(60));
        assert_eq!(check(429, &[], ""), Some(60));
        assert_eq!(check(403, &[], "Resource not accessible by integration"), None);
        assert_eq!(check(429, &[("retry-after", "999999999")], ""), Some(MAX_WAIT_SECONDS));
        assert_eq!(check(404, &[("retry-after", "7")], ""), None);
    }

    #[test]
    fn unsaid_waits_double_until_something_succeeds_after_the_wait() {
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let limits = Limits::new(Pacing::default(), Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))));
        let refused = || limits.note(&answer(429, &[]), "").map(|until| until.0 - now.load(Ordering::Relaxed));
        assert_eq!([refused(), refused()], [Some(60), Some(120)]);
        limits.note(&answer(200, &[]), "");
        assert_eq!(refused(), Some(240));
        now.fetch_add(240, Ordering::Relaxed);
        limits.note(&answer(200, &[]), "");
        assert_eq!(refused(), Some(60));
    }

    #[tokio::test]
    async fn a_call_that_was_under_way_does_not_open_the_door_again() {
        let limits = limits(Pacing::default());
        limits.note(&answer(403, &[("retry-after", "90")]), "");
        limits.note(&answer(200, &[]), "");
        limits.note(&answer(403, &[("retry-after", "30")]), "");
        let error = limits.admit("GET /app", false).await.err().unwrap();
        assert_eq!(error.retry_at(), Some(Timestamp(NOW + 90)));
    }

    #[tokio::test]
    async fn the_last_allowed_call_closes_the_door_behind_it() {
        let limits = limits(Pacing::default());
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000900")];
        assert_eq!(limits.note(&answer(200, &headers), ""), None);
        let error = limits.admit("GET /app", false).await.err().unwrap();
        assert_eq!(error.retry_at(), Some(Timestamp(1_000_900)));
    }

    #[test]
    fn writes_keep_a_second_apart_and_reads_do_not_wait() {
        let limits = limits(Pacing::default());
        let start = Instant::now();
        let seconds =
            |is_paced, after| limits.reserve(is_paced, start + Duration::from_secs(after)).map(|wait| wait.as_secs());
        assert_eq!([seconds(true, 0), seconds(true, 0), seconds(true, 0)], [Ok(0), Ok(1), Ok(2)]);
        assert_eq!(seconds(false, 0), Ok(0));
        assert_eq!([seconds(true, 60), seconds(true, 60)], [Ok(0), Ok(1)]);
    }

    #[test]
    fn the_eighty_first_write_of_a_minute_is_sent_back_with_its_wait() {
        let limits = limits(Pacing { write_interval: Duration::ZERO, ..Pacing::default() });
        let start = Instant::now();
        let seconds = |after| limits.reserve(true, start + Duration::from_secs(after)).map_err(|wait| wait.as_secs());
        assert!((0..80).all(|_| seconds(0).is_ok()));
        assert_eq!([seconds(0), seconds(0), seconds(20)], [Err(60), Err(60), Err(40)]);
        assert!(seconds(60).is_ok());
    }

    #[test]
    fn the_five_hundred_and_first_write_of_an_hour_is_sent_back_with_its_wait() {
        let limits = limits(Pacing { write_interval: Duration::ZERO, ..Pacing::default() });
        let start = Instant::now();
        let write = |n: u64| limits.reserve(true, start + Duration::from_secs(n)).map_err(|wait| wait.as_secs());
        assert!((0..500).all(|n| write(n).is_ok()));
        assert_eq!(write(500), Err(3_100));
    }
}
