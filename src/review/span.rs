//! Which words are ours, and which came from a stranger?
//!
//! In: pieces of a sentence. Out: a [`Line`] whose pieces remember where they came from, so that no renderer can
//! forget to disarm a stranger's. Never holds markup: each renderer brings its own.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    /// Written in this room; numbers and plain words only.
    Ours(String),
    /// The same, and it matters.
    Strong(String),
    /// A sentence that may carry text of the repository; pairs of backticks in it mark code.
    Theirs(String),
    /// A command or a commit, shown as code.
    Code(String),
    /// A commit of the repository, linked where there is something to link to.
    Commit {
        /// The beginning of its name.
        short: String,
        /// Where to read it.
        url: Option<String>,
    },
    /// A path of the repository, shown as code, cut where it is long.
    Path(String),
    /// A path of the repository as it stands at the head of the change, linked where there is something to link to.
    File {
        /// Path after the change.
        path: String,
        /// Where to read it.
        url: Option<String>,
    },
}

/// One line of a review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line(pub(super) Vec<Span>);

impl Line {
    /// A line without words yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds our own words.
    pub(super) fn ours(self, words: impl Into<String>) -> Self {
        self.with(Span::Ours(words.into()))
    }

    /// Adds our own words, loudly.
    pub(super) fn strong(self, words: impl Into<String>) -> Self {
        self.with(Span::Strong(words.into()))
    }

    /// Adds a sentence that may carry text of the repository.
    pub(super) fn theirs(self, words: impl Into<String>) -> Self {
        self.with(Span::Theirs(words.into()))
    }

    /// Adds a command or a commit.
    pub(super) fn code(self, code: impl Into<String>) -> Self {
        self.with(Span::Code(code.into()))
    }

    /// Adds a path.
    pub(super) fn path(self, path: impl Into<String>) -> Self {
        self.with(Span::Path(path.into()))
    }

    /// Adds one more piece.
    pub(super) fn with(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `1 file is`, `2 files are`.
pub(super) fn count_are(n: usize, noun: &str) -> String {
    format!("{} {}", count(n, noun), if n == 1 { "is" } else { "are" })
}

/// The same with a capital at its beginning.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}
