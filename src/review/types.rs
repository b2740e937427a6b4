//! What is a review made of?

use serde::Serialize;

/// How the repository wants to be reviewed; read from `.github/hyperion.yml` on the base branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Whether a flag may fail the check.
    pub gate: Gate,
    /// A file risk above this is a flag.
    pub risk_threshold: f64,
    /// An impact score above this is a flag.
    pub impact_threshold: f64,
    /// Whether to post a summary comment.
    pub comment: bool,
    /// Whether facts about people may be used at all.
    pub people: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { gate: Gate::Advisory, risk_threshold: 0.7, impact_threshold: 8.0, comment: true, people: true }
    }
}

/// What a flag does to the check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// A flag makes the check neutral.
    Advisory,
    /// A flag makes the check fail.
    Required,
}

/// What the whole review comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is above its threshold.
    Clear,
    /// At least one score is above its threshold.
    Flagged,
    /// The models abstain.
    NotEnoughHistory,
}

/// What the check run says to branch protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum Conclusion {
    Success,
    Neutral,
    Failure,
}

/// Everything that will be shown, ready to be posted or printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// What it comes to.
    pub verdict: Verdict,
    /// What branch protection reads.
    pub conclusion: Conclusion,
    /// Title of the check run, one line, at most 255 characters.
    pub title: String,
    /// Summary of the check run, Markdown, at most 65,535 characters.
    pub summary: String,
    /// The one comment, Markdown, at most 65,535 characters, with its hidden marker.
    pub comment: String,
    /// One for every flagged file, at its first changed line.
    pub annotations: Vec<Annotation>,
    /// At most three, for the conversation.
    pub line_notes: Vec<LineNote>,
}

/// A remark in the check run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// Path after the change.
    pub path: String,
    /// Line in the new file, from 1.
    pub line: u32,
    /// How loud.
    pub level: AnnotationLevel,
    /// At most 255 characters.
    pub title: String,
    /// At most 64 KiB.
    pub message: String,
}

/// GitHub's annotation levels that Hyperion uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "GitHub's own words")]
pub enum AnnotationLevel {
    Notice,
    Warning,
}

/// A remark in the conversation, on a line that is in the diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineNote {
    /// Path after the change.
    pub path: String,
    /// Line in the new file, from 1.
    pub line: u32,
    /// Markdown.
    pub body: String,
}
