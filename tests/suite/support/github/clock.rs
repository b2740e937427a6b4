//! What time is it for the stand-in?
//!
//! The wall clock plus an offset that a test may move. Tokens, JSON web tokens and every date it shows follow it.

use hyperion::domain::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Default)]
pub struct Clock {
    offset_seconds: i64,
}

impl Clock {
    pub fn now(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        since_epoch.as_secs() as i64 + self.offset_seconds
    }

    pub fn advance(&mut self, seconds: i64) {
        self.offset_seconds += seconds;
    }
}

/// `2024-01-01T00:00:00Z`
pub fn date(unix_seconds: i64) -> String {
    Timestamp(unix_seconds).to_string()
}
