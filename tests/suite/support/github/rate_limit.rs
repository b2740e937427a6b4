//! How many requests are left?
//!
//! The stand-in never runs out by itself: a test that wants a limit sets a rule. The numbers count down all the same.

use super::answer::{Answer, Outcome};
use super::call::Call;
use super::state::State;
use serde_json::{Value, json};

const REQUESTS_AN_HOUR: usize = 5_000;

impl State {
    fn rate(&self) -> (usize, i64) {
        let now = self.clock.now();
        (self.requests.len().min(REQUESTS_AN_HOUR), now - now.rem_euclid(3_600) + 3_600)
    }

    /// The headers that every answer carries.
    pub fn rate_headers(&self) -> [(&'static str, String); 5] {
        let (used, reset) = self.rate();
        [
            ("x-ratelimit-limit", REQUESTS_AN_HOUR.to_string()),
            ("x-ratelimit-remaining", (REQUESTS_AN_HOUR - used).to_string()),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ]
    }
}

/// `GET /rate_limit`
pub fn get(state: &mut State, _: &Call) -> Outcome {
    let (used, reset) = state.rate();
    let core: Value =
        json!({ "limit": REQUESTS_AN_HOUR, "used": used, "remaining": REQUESTS_AN_HOUR - used, "reset": reset });
    Ok(Answer::json(200, &json!({ "resources": { "core": core, "search": core }, "rate": core })))
}
