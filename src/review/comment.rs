//! How is the one comment written?
//!
//! In: the findings. Out: GitHub-flavoured Markdown that reads from the finding to the reason to what one can do, with
//! everything else folded, and a hidden marker by which the comment is found again. Never above GitHub's limit: the
//! last sections go first, and the comment says so.

use super::findings::{Block, Findings, Headline, Section, Table};
use super::span::Line;
use super::types::Review;
use super::{markdown, picture};

/// Finds the summary comment again among all comments of a pull request.
pub const SUMMARY_MARKER: &str = "<!-- hyperion:summary -->";

/// GitHub refuses a longer comment or check run summary: 65,535 characters, counted here in bytes to be safe.
pub(super) const MAX_BYTES: usize = 65_535;

/// The comment.
pub(super) fn render(findings: &Findings) -> String {
    let tail = format!("{}\n\n{SUMMARY_MARKER}\n", footer(findings));
    fit(body(findings, true), &folded(findings), &tail)
}

/// Comment and line notes on one page, as `review --format markdown` prints them.
pub fn page(review: &Review) -> String {
    let mut out = format!("# {}\n\n{}", markdown::prose(&review.title), review.comment);
    for note in &review.line_notes {
        let place = Line::new().path(&note.path).ours(format!(", line {}", note.line));
        out.push_str(&format!("\n---\n\n{}\n\n{}\n", markdown::line(&place), note.body));
    }
    out
}

/// `head`, as many of `parts` as fit, `tail`. Says when parts were left out.
pub(super) fn fit(head: String, parts: &[String], tail: &str) -> String {
    const LEFT_OUT: &str =
        "More was found than a comment can hold: `hyperion review` on the command line shows all.\n\n";
    let room = MAX_BYTES - tail.len() - LEFT_OUT.len();
    let mut out = head;
    for part in parts {
        if out.len() + part.len() > room {
            return out + LEFT_OUT + tail;
        }
        out.push_str(part);
    }
    out + tail
}

/// Everything above the fold.
pub(super) fn body(findings: &Findings, with_headline: bool) -> String {
    let mut out = String::new();
    if with_headline {
        out.push_str(&format!("### {}\n\n", headline(&findings.headline)));
    }
    out.push_str(&paragraph(&findings.gate));
    out.extend(findings.notice.iter().map(paragraph));
    if let Some(reasons) = &findings.reasons {
        out.push_str(&format!("**{}**\n\n{}\n", markdown::line(&reasons.title), items("-", &reasons.items)));
    }
    if !findings.actions.is_empty() {
        out.push_str(&format!("**What would help**\n\n{}\n", items("- [ ]", &findings.actions)));
    }
    out.extend(findings.riskiest.iter().map(|riskiest| format!("{}\n", table(riskiest))));
    out
}

/// Band, number and frequency on one line.
pub(super) fn headline(headline: &Headline) -> String {
    match &headline.frequency {
        Some(frequency) => format!("{} · {frequency}", headline.words),
        None => headline.words.clone(),
    }
}

/// Commit, model, data and commands in small print.
pub(super) fn footer(findings: &Findings) -> String {
    let parts: Vec<_> = findings.footer.iter().map(markdown::line).collect();
    format!("<sub>{}</sub>", parts.join(" · "))
}

/// One folded piece of Markdown a section.
pub(super) fn folded(findings: &Findings) -> Vec<String> {
    findings.sections.iter().map(fold).collect()
}

fn fold(section: &Section) -> String {
    // The blank lines matter: without them GitHub reads the inside as HTML.
    let inside: String = section.blocks.iter().map(block).collect();
    format!("<details><summary>{}</summary>\n\n{inside}</details>\n\n", section.title)
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(line) => paragraph(line),
        Block::Items(lines) => format!("{}\n", items("-", lines)),
        Block::Table(rows) => format!("{}\n", table(rows)),
        Block::Picture(drawn) => picture::mermaid(drawn).unwrap_or_default(),
    }
}

fn paragraph(line: &Line) -> String {
    format!("{}\n\n", markdown::line(line))
}

fn items(bullet: &str, lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{bullet} {}\n", markdown::line(line))).collect()
}

fn table(table: &Table) -> String {
    markdown::table(&table.head, &table.is_number, &table.rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::answer::Outcome;
    use crate::review::scenarios;

    #[test]
    fn the_comment_ends_with_its_marker_and_fits_whatever_came_in() {
        for scenario in [scenarios::calm(), scenarios::young(), scenarios::hostile()] {
            let review = scenario.review();
            assert!(review.comment.len() <= MAX_BYTES, "{} bytes", review.comment.len());
            assert!(review.comment.trim_end().ends_with(SUMMARY_MARKER));
            assert_eq!(review.comment.matches(SUMMARY_MARKER).count(), 1);
        }
    }

    #[test]
    fn sections_that_do_not_fit_are_left_out_from_the_end_and_the_comment_says_so() {
        let parts = vec!["a".repeat(40_000), "b".repeat(40_000)];
        let text = fit("head\n".to_owned(), &parts, "tail");
        assert!(text.starts_with("head\naaa") && text.ends_with("tail") && !text.contains("bbb"));
        assert!(text.contains("More was found than a comment can hold"));
        assert!(text.len() <= MAX_BYTES);
    }

    #[test]
    fn the_part_above_the_fold_fits_even_when_every_character_needs_an_escape() {
        let mut scenario = scenarios::hostile();
        let Outcome::Ready(answer) = &mut scenario.risk else { panic!("the scenario has an answer") };
        for (index, risk) in answer.risk_predictions.iter_mut().enumerate() {
            risk.file = format!("{index}{}", "|\u{10ffff}".repeat(2_000));
            risk.factors = vec!["$".repeat(4_000); 20];
            risk.recommendations = (0..20).map(|n| format!("{n}{}", "$".repeat(4_000))).collect();
        }
        scenario.config_problem = Some("$".repeat(70_000));
        let review = scenario.review();
        assert!(review.comment.len() <= MAX_BYTES && review.summary.len() <= MAX_BYTES);
        assert!(review.comment.trim_end().ends_with(SUMMARY_MARKER));
    }

    #[test]
    fn nobody_is_named() {
        let mut scenario = scenarios::flagged();
        scenario.diff.author =
            Some(crate::domain::Author { name: "Ada Lovelace".into(), email: "ada@example.com".into() });
        let shown = serde_json::to_string(&scenario.review()).unwrap();
        assert!(!shown.contains("Ada") && !shown.contains("ada@"));
    }
}
