//! What does the check run say?
//!
//! In: the findings and the flags. Out: a title, a Markdown summary, and one warning for every flagged file at its
//! first changed line. Never above GitHub's limits, never without an annotation for a flag.

use super::findings::{self, Findings};
use super::span::capitalised;
use super::types::{Annotation, AnnotationLevel};
use super::verdict::{FlaggedFile, Flags};
use super::view::View;
use super::{Input, comment, hostile};

/// GitHub's limit for a check run's title and an annotation's title.
const MAX_TITLE_CHARS: usize = 255;
/// Reasons repeated in an annotation: the comment has them all.
const MAX_REASONS: usize = 2;

/// One line: band, number, impact, and whether anything is above its threshold. Holds no text of the repository.
pub(super) fn title(input: &Input<'_>, view: &View<'_>, flags: &Flags) -> String {
    let mut parts = vec![findings::headline(input, view).words];
    parts.extend(view.impact.map(|impact| format!("impact {:.1}", impact.overall_impact_score)));
    match flags.files.len() {
        _ if input.config_problem.is_some() => parts.push(".github/hyperion.yml could not be used".to_owned()),
        0 if flags.overall_impact.is_some() => parts.push("impact above its threshold".to_owned()),
        0 if input.risk.ready().is_some() => parts.push("nothing above its threshold".to_owned()),
        0 => {}
        1 => parts.push("1 file flagged".to_owned()),
        n => parts.push(format!("{n} files flagged")),
    }
    hostile::sentence(&parts.join(" · "), MAX_TITLE_CHARS)
}

/// The comment's content; the headline is the check's title already.
pub(super) fn summary(findings: &Findings) -> String {
    let mut head = comment::body(findings, false);
    if let Some(frequency) = &findings.headline.frequency {
        head = format!("{frequency}.\n\n{head}");
    }
    comment::fit(head, &comment::folded(findings), &comment::footer(findings))
}

/// One warning for every flagged file.
pub(super) fn annotations(input: &Input<'_>, view: &View<'_>, flags: &Flags) -> Vec<Annotation> {
    flags.files.iter().map(|file| annotation(input, view, file)).collect()
}

fn annotation(input: &Input<'_>, view: &View<'_>, file: &FlaggedFile) -> Annotation {
    let line = view.diff_of(&file.path).and_then(|changed| changed.first_changed_line());
    Annotation {
        path: file.path.clone(),
        // Binary, renamed and deleted files have no changed line; GitHub wants one, and a file has a first.
        line: line.unwrap_or(1),
        level: AnnotationLevel::Warning,
        title: annotation_title(view, file),
        message: message(input, view, file),
    }
}

fn annotation_title(view: &View<'_>, file: &FlaggedFile) -> String {
    let band = view.risk_of(&file.path).filter(|_| file.risk.is_some());
    let risk = band.map(|risk| format!("{} {}", risk.band, risk.risk_score));
    let impact = file.impact.map(|score| format!("impact {score:.1}"));
    let parts: Vec<_> = risk.into_iter().chain(impact).collect();
    if parts.is_empty() { "Carries most of the impact".to_owned() } else { capitalised(&parts.join(" · ")) }
}

/// Which threshold was passed, how often that was followed by a fix, and the first reasons. Plain text.
fn message(input: &Input<'_>, view: &View<'_>, file: &FlaggedFile) -> String {
    let mut sentences = Vec::new();
    if let Some(risk) = view.risk_of(&file.path).filter(|_| file.risk.is_some()) {
        sentences.push(format!("Risk {} is above the threshold {:.2}.", risk.risk_score, input.policy.risk_threshold));
        sentences.extend(risk.frequency.and_then(findings::frequency).map(|text| format!("{text}.")));
        sentences.extend(risk.factors.iter().take(MAX_REASONS).map(|factor| plain(factor)));
        sentences.extend(risk.recommendations.first().map(|advice| plain(advice)));
    }
    if let Some(score) = file.impact {
        let threshold = input.policy.impact_threshold;
        sentences.push(format!("Impact {score:.1} of 10 is above the threshold {threshold:.1}."));
    }
    if sentences.is_empty() {
        sentences.push("The impact of the whole change is above its threshold; this file carries most of it.".into());
    }
    sentences.join("\n")
}

/// A stranger's sentence where no markup is read: clean, ended, and without a mention all the same.
fn plain(text: &str) -> String {
    let text = hostile::sentence(text, hostile::SENTENCE_CHARS).replace('@', "@\u{200d}");
    capitalised(&format!("{}.", findings::without_stop(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::scenarios;

    #[test]
    fn every_flagged_file_gets_one_warning_at_its_first_changed_line() {
        let scenario = scenarios::many_flagged(130);
        let review = scenario.review();
        assert_eq!(review.annotations.len(), 130);
        for annotation in &review.annotations {
            let file = scenario.diff.files.iter().find(|file| file.path == annotation.path).unwrap();
            assert_eq!(Some(annotation.line), file.first_changed_line());
            assert_eq!(annotation.level, AnnotationLevel::Warning);
            assert!(annotation.title.chars().count() <= MAX_TITLE_CHARS && annotation.message.len() < 64 * 1024);
        }
        let mut paths: Vec<_> = review.annotations.iter().map(|annotation| &annotation.path).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 130);
    }

    #[test]
    fn a_flagged_impact_without_a_flagged_file_points_at_the_file_that_carries_most_of_it() {
        let mut scenario = scenarios::calm();
        scenario.set_overall_impact(8.6);
        let review = scenario.review();
        let places: Vec<_> = review.annotations.iter().map(|note| (note.path.as_str(), note.title.as_str())).collect();
        assert_eq!(places, [("src/cache.rs", "Carries most of the impact")]);
    }

    #[test]
    fn the_title_is_one_short_line() {
        for (scenario, expected) in [
            (scenarios::calm(), "Normal 0.18 · impact 2.4 · nothing above its threshold"),
            (scenarios::flagged(), "Immediate action 0.83 · impact 6.1 · 2 files flagged"),
            (scenarios::young(), "Not enough history · impact 2.4"),
        ] {
            assert_eq!(scenario.review().title, expected);
        }
    }
}
