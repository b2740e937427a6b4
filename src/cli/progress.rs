//! How far is it?
//!
//! One line on a terminal, rewritten in place, shown only for work that takes longer than a second. Nothing at all
//! when standard error is not a terminal.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Work that ends sooner is not announced.
const QUIET: Duration = Duration::from_secs(1);

/// The line is rewritten at most this often.
const INTERVAL: Duration = Duration::from_millis(100);

/// A progress line on standard error.
pub(super) struct ProgressLine {
    is_terminal: bool,
    started: Instant,
    shown: Mutex<Option<Instant>>,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), started: Instant::now(), shown: Mutex::new(None) }
    }

    /// Shows `step`, with `done` of `all` where there is a count.
    pub(super) fn show(&self, step: &str, done: usize, all: usize) {
        if !self.is_terminal || self.started.elapsed() < QUIET {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if shown.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        *shown = Some(Instant::now());
        let count = if all > 0 { format!(" {done}/{all}") } else { String::new() };
        let _ = write!(std::io::stderr(), "\r\x1b[K{step}{count} ({} s)", self.started.elapsed().as_secs());
    }

    /// Removes the line.
    pub(super) fn clear(&self) {
        let was_shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some();
        if was_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
