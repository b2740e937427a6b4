//! Where did a handed-in text stop making sense?

use std::fmt;

/// What is wrong with a text, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// What was expected and what was there, lowercase, without a full stop.
    pub message: String,
}

impl Fault {
    pub(super) fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line: line.max(1), message: message.into() }
    }

    /// A fault at a byte of `text`.
    pub(super) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.bytes().take(offset);
        Self::new(1 + before.filter(|byte| *byte == b'\n').count() as u64, message)
    }

    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        // The place is told apart from the message, and said once.
        let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
        Self::new(error.line() as u64, format!("expected JSON of this format: {}", shown(words)))
    }

    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        Self::at(text, error.span().map_or(0, |span| span.start), format!("expected TOML: {}", shown(error.message())))
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The first line of a text from a stranger, cut where it is long.
pub(super) fn shown(text: &str) -> String {
    text.lines().next().unwrap_or("").chars().take(80).collect()
}
