//! How does a person read a backtest?
//!
//! In: a [`Report`]. Out: one terminal screen, one JSON document, or one HTML page that needs nothing else. Never shows a
//! figure that the report does not hold, never names a person, and never says more than the interval allows.

mod html;
mod parts;
#[cfg(test)]
mod tests;

use super::text::{self, Style};
use crate::models::backtest::Report;
use serde::Serialize;

/// The JSON document. Field names are documented in `docs/json.md`; more may be added.
#[derive(Debug, Clone, Serialize)]
pub struct Document<'a> {
    /// Version of the program.
    pub hyperion_version: &'a str,
    /// The report.
    #[serde(flatten)]
    pub report: &'a Report,
}

/// The report for a terminal.
pub fn text(report: &Report, style: Style) -> String {
    let parts = parts::parts(report);
    let sections: Vec<_> = parts.sections.into_iter().map(|part| part.section).collect();
    text::report(&parts.headline, &parts.lead, &sections, style)
}

/// The report as a page of its own: no script, no style sheet, no picture from anywhere else.
pub fn html(report: &Report, hyperion_version: &str) -> String {
    html::page(&parts::parts(report), report, hyperion_version)
}
