//! What does a reviewer get to read?
//!
//! In: the models' answers, the diff and the repository's policy. Out: a [`Review`]: verdict, check run text, comment,
//! annotations and line notes as plain data; the same words for a terminal ([`text`]) and as JSON ([`document`]).
//! Never talks to anyone; never shows a number that was not computed; never names a person.
//!
//! The walk: [`findings`] decides what there is to say, as spans that remember which words are a stranger's;
//! [`comment`] and [`text`] say it; [`check_run`] and [`line_notes`] point at lines.

pub mod backtest;
mod check_run;
mod comment;
pub mod document;
mod findings;
mod frequency;
mod hostile;
mod line_notes;
mod markdown;
mod picture;
mod picture_svg;
mod span;
pub mod text;
mod types;
mod verdict;
mod view;

#[cfg(test)]
pub(crate) mod scenarios;

pub use comment::{SUMMARY_MARKER, page};
pub use picture_svg::picture_svg;
pub use types::{Annotation, AnnotationLevel, Conclusion, Gate, LineNote, Policy, Review, Verdict};

use crate::domain::{Diff, Skipped, Timestamp};
use crate::models::answer::{AnomalyAnswer, BugAnswer, ImpactAnswer, Outcome, RiskAnswer};

/// Everything a review is made from. Borrowed: nothing is computed here that the models did not compute.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What changes.
    pub diff: &'a Diff,
    /// How likely each file needs a fix.
    pub risk: &'a Outcome<RiskAnswer>,
    /// What is extraordinary about the change.
    pub anomaly: &'a Outcome<AnomalyAnswer>,
    /// How far the change is felt.
    pub impact: &'a Outcome<ImpactAnswer>,
    /// Where fixes are expected next.
    pub bugs: &'a Outcome<BugAnswer>,
    /// How the repository wants to be reviewed.
    pub policy: &'a Policy,
    /// What was left out on the way, besides [`Diff::skipped`].
    pub skipped: &'a [Skipped],
    /// Changed paths the repository's configuration leaves out: never flagged, never listed as risky.
    pub ignored: &'a [String],
    /// What is wrong with `.github/hyperion.yml`, as a sentence fragment naming line and field. `policy` then holds
    /// the defaults, and the check is neutral.
    pub config_problem: Option<&'a str>,
    /// Where file names link to; `None` for a local repository.
    pub repository: Option<Repository<'a>>,
    /// Version of the program, such as `0.1.0`.
    pub hyperion_version: &'a str,
    /// Newest moment of the data everything was computed from.
    pub data_as_of: Timestamp,
}

/// The repository on its GitHub.
#[derive(Debug, Clone, Copy)]
pub struct Repository<'a> {
    /// `owner/name`.
    pub name: &'a str,
    /// Its page, such as `https://github.com/owner/name`; `None` where files cannot be linked.
    pub web_url: Option<&'a str>,
}

/// The whole review, ready to be posted or printed.
pub fn compose(input: Input<'_>) -> Review {
    let view = view::View::new(&input);
    let flags = verdict::flags(&view, input.policy);
    let verdict = verdict::verdict(&input, &flags);
    let conclusion = verdict::conclusion(verdict, input.policy.gate, input.config_problem.is_some());
    let findings = findings::find(&input, &view, &flags, verdict, conclusion);
    Review {
        verdict,
        conclusion,
        title: check_run::title(&input, &view, &flags),
        summary: check_run::summary(&findings),
        comment: comment::render(&findings),
        annotations: check_run::annotations(&input, &view, &flags),
        line_notes: line_notes::choose(&input, &view, &flags),
    }
}
