//! How does GitHub fail today?
//!
//! A queue of rules: which requests, which of them, and what happens instead of or after the real answer. A fault may
//! strike before the request had its effect or after it, so that an answer is lost though the work was done.

use super::GitHub;
use super::answer::Answer;
use std::time::Duration;

/// Whether the request has its effect although it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    BeforeEffect,
    AfterEffect,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another answer than the right one.
    Answers(Answer, When),
    /// The connection closes without a byte of an answer.
    Drops(When),
    /// The right answer, late.
    Delays(Duration),
    /// No answer until the test ends; the request has no effect.
    IsSilent,
}

#[derive(Debug)]
struct Rule {
    method: String,
    pattern: String,
    n_to_pass: usize,
    n_to_strike: usize,
    fault: Fault,
}

/// All rules, oldest first. The first one that fits a request strikes.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// The fault for this request, which counts it.
    pub fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        for rule in self.rules.iter_mut().filter(|rule| rule.fits(method, path)) {
            if rule.n_to_pass > 0 {
                rule.n_to_pass -= 1;
            } else if rule.n_to_strike > 0 {
                rule.n_to_strike -= 1;
                return Some(rule.fault.clone());
            }
        }
        None
    }

    /// Rules that have not struck as often as they should: a test that set them proved less than it says.
    pub fn unused(&self) -> Vec<String> {
        let left = self.rules.iter().filter(|rule| rule.n_to_strike > 0 && rule.n_to_strike < FOREVER);
        left.map(|rule| format!("{} {} has {} to go", rule.method, rule.pattern, rule.n_to_strike)).collect()
    }
}

const FOREVER: usize = usize::MAX;

impl Rule {
    fn fits(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && segments_fit(&self.pattern, path)
    }
}

/// `*` stands for one segment, `**` at the end for any rest.
fn segments_fit(pattern: &str, path: &str) -> bool {
    let mut given = path.split('/');
    for expected in pattern.split('/') {
        match (expected, given.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (expected, Some(segment)) if expected == segment => {}
            _ => return false,
        }
    }
    given.next().is_none()
}

/// A rule being written: `github.on("POST", "/repos/*/*/check-runs").nth(2).answers(500, When::AfterEffect)`.
pub struct RuleBuilder<'a> {
    github: &'a GitHub,
    method: String,
    pattern: String,
    nth: usize,
    times: usize,
}

impl GitHub {
    /// Begins a rule for requests with this method (`*` for any) and path.
    pub fn on(&self, method: &str, pattern: &str) -> RuleBuilder<'_> {
        RuleBuilder { github: self, method: method.to_owned(), pattern: pattern.to_owned(), nth: 1, times: 1 }
    }

    /// Takes all rules back.
    pub fn heal(&self) {
        self.state().faults.rules.clear();
    }
}

impl RuleBuilder<'_> {
    /// Strikes from the n-th fitting request on; 1 is the next one.
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth;
        self
    }

    /// Strikes this many requests; 1 unless said.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Strikes until [`GitHub::heal`].
    pub fn always(self) -> Self {
        self.times(FOREVER)
    }

    /// Answers with this status, as a server in trouble does.
    pub fn answers(self, status: u16, when: When) {
        let message = if status >= 500 { "Server Error" } else { "Refused by a rule of the test" };
        self.strikes(Fault::Answers(Answer::refusal(status, message), when));
    }

    /// Answers 429 or 403 with `Retry-After`: a secondary limit that says how long to wait.
    pub fn limits_with_retry_after(self, status: u16, seconds: u64) {
        let answer = secondary_limit(status).with_header("retry-after", seconds);
        self.strikes(Fault::Answers(answer, When::BeforeEffect));
    }

    /// Answers 403 without any hint how long to wait.
    pub fn limits_bare(self) {
        self.strikes(Fault::Answers(secondary_limit(403), When::BeforeEffect));
    }

    /// Answers 403 because the hour's requests are used up; the next hour begins in `seconds`.
    pub fn limits_primary(self, seconds: i64) {
        let reset = self.github.state().clock.now() + seconds;
        let answer = Answer::refusal(403, "API rate limit exceeded for installation.")
            .with_header("x-ratelimit-limit", 5000)
            .with_header("x-ratelimit-remaining", 0)
            .with_header("x-ratelimit-reset", reset);
        self.strikes(Fault::Answers(answer, When::BeforeEffect));
    }

    /// Closes the connection without an answer.
    pub fn drops_connection(self, when: When) {
        self.strikes(Fault::Drops(when));
    }

    /// Answers rightly, but late.
    pub fn delays(self, by: Duration) {
        self.strikes(Fault::Delays(by));
    }

    /// Never answers.
    pub fn stays_silent(self) {
        self.strikes(Fault::IsSilent);
    }

    fn strikes(self, fault: Fault) {
        let Self { github, method, pattern, nth, times } = self;
        let rule = Rule { method, pattern, n_to_pass: nth - 1, n_to_strike: times, fault };
        github.state().faults.rules.push(rule);
    }
}

fn secondary_limit(status: u16) -> Answer {
    Answer::refusal(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
}

#[cfg(test)]
mod tests {
    use super::segments_fit;

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(segments_fit("/repos/*/*/check-runs", "/repos/octo/engine/check-runs"));
        assert!(!segments_fit("/repos/*/*/check-runs", "/repos/octo/engine/check-runs/7"));
        assert!(!segments_fit("/repos/*/*/check-runs", "/repos/octo/check-runs"));
        assert!(segments_fit("/octo/engine.git/**", "/octo/engine.git/info/refs"));
    }
}
