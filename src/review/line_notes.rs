//! Which lines deserve a word in the conversation?
//!
//! In: the flags and the diff. Out: at most three notes, each on a line that stands in the diff. Never a note without
//! a flag, but for one on the riskiest file where it is at least to be watched. A note stands where attention is due
//! first in its file, where that is known. Never on a line GitHub would refuse:
//! one bad line refuses the whole review.

use super::findings;
use super::span::{Line, capitalised};
use super::types::LineNote;
use super::verdict::Flags;
use super::view::View;
use super::{Input, markdown};
use crate::domain::{Band, DiffFile};
use crate::models::answer::{AttentionSpot, FileRisk};

/// More notes than these are noise.
const MAX_NOTES: usize = 3;
/// GitHub shows no patch for a file with more changed lines, and takes no note on it.
const MAX_PATCH_LINES: u32 = 20_000;

/// At most three notes, riskiest file first.
pub(super) fn choose(input: &Input<'_>, view: &View<'_>, flags: &Flags) -> Vec<LineNote> {
    let flagged: Vec<&str> = flags.files.iter().map(|file| file.path.as_str()).collect();
    let strongest = view.top().filter(|top| top.band >= Band::Watch && flagged.is_empty()).map(|top| top.file.as_str());
    flagged
        .into_iter()
        .chain(strongest)
        .filter_map(|path| Some((path, line_to_note(input, view.diff_of(path)?)?)))
        .map(|(path, line)| LineNote { path: path.to_owned(), line, body: body(input, view, path) })
        .take(MAX_NOTES)
        .collect()
}

/// Where attention is due first in the file, else its first changed line.
fn line_to_note(input: &Input<'_>, file: &DiffFile) -> Option<u32> {
    let usual = line_in_diff(file)?;
    let is_added = |line: u32| {
        file.hunks.iter().any(|hunk| (hunk.new_start..hunk.new_start.saturating_add(hunk.new_lines)).contains(&line))
    };
    let spot = spot_of(input, &file.path).map(|spot| spot.first_line).filter(|line| is_added(*line));
    Some(spot.unwrap_or(usual))
}

/// The first spot of a file.
fn spot_of<'a>(input: &Input<'a>, path: &str) -> Option<&'a AttentionSpot> {
    input.risk.ready()?.line_attention.spots.iter().find(|spot| spot.file == path)
}

/// The first added line; for a file that only lost lines, the line before the first gap.
fn line_in_diff(file: &DiffFile) -> Option<u32> {
    // A replaced byte means that the path here is not the path GitHub knows.
    let has_patch = file.is_counted && file.new_blob.is_some() && !file.path.contains('\u{fffd}');
    if !has_patch || file.added.saturating_add(file.deleted) > MAX_PATCH_LINES {
        return None;
    }
    let first_added = file.hunks.iter().find(|hunk| hunk.new_lines > 0).map(|hunk| hunk.new_start);
    let line = first_added.or_else(|| file.hunks.first().map(|hunk| hunk.new_start))?;
    (line > 0).then_some(line)
}

fn body(input: &Input<'_>, view: &View<'_>, path: &str) -> String {
    let risk = view.risk_of(path);
    let is_risky = |risk: &&FileRisk| risk.band >= Band::Watch || risk.risk_score.get() > input.policy.risk_threshold;
    let risky = risk.filter(is_risky);
    let mut line = match risky {
        Some(risk) => Line::new().strong(format!("{} {}.", risk.band, risk.risk_score)),
        None => Line::new(),
    };
    if let Some(frequency) = risky.and_then(|risk| risk.frequency).and_then(findings::frequency) {
        line = line.ours(format!(" {frequency}."));
    }
    if let Some(score) = view.impact_of(path).filter(|&score| score > input.policy.impact_threshold || risky.is_none())
    {
        line = line.ours(" ").strong(format!("Impact {score:.1} of 10."));
    }
    if let Some(spot) = spot_of(input, path) {
        line = findings::spot(line, spot);
    }
    let reason = risky.and_then(|risk| risk.factors.first());
    let advice = risk.and_then(|risk| risk.recommendations.first());
    for text in reason.into_iter().chain(advice) {
        line = line.ours(" ").theirs(capitalised(findings::without_stop(text))).ours(".");
    }
    markdown::line(&line).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BlobId, ChangeKind, Hunk};
    use crate::review::scenarios;

    #[test]
    fn at_most_three_notes_however_many_files_are_flagged() {
        assert_eq!(scenarios::many_flagged(130).review().line_notes.len(), 3);
        assert_eq!(scenarios::flagged().review().line_notes.len(), 2);
    }

    #[test]
    fn a_calm_change_gets_no_note_and_one_to_watch_gets_one() {
        let mut scenario = scenarios::calm();
        assert_eq!(scenario.review().line_notes, []);
        scenario.set_risk("src/cache.rs", 0.52);
        let places: Vec<_> = scenario.review().line_notes.into_iter().map(|note| (note.path, note.line)).collect();
        assert_eq!(places, [("src/cache.rs".to_owned(), 12)]);
    }

    #[test]
    fn a_note_stands_on_a_line_of_the_diff_or_nowhere() {
        let hunk = |new_start, new_lines| Hunk { old_start: 4, old_lines: 2, new_start, new_lines };
        check(&[hunk(7, 3)], Some(7));
        check(&[hunk(6, 0), hunk(20, 1)], Some(20));
        check(&[hunk(6, 0)], Some(6));
        // Everything was deleted, or the top was: there is no line before the gap.
        check(&[hunk(0, 0)], None);
        check(&[], None);
    }

    fn check(hunks: &[Hunk], expected: Option<u32>) {
        let mut file = DiffFile {
            path: "src/a.rs".into(),
            old_path: None,
            kind: ChangeKind::Modified,
            old_blob: Some(BlobId::default()),
            new_blob: Some(BlobId::default()),
            added: 3,
            deleted: 2,
            is_counted: true,
            hunks: hunks.to_vec(),
        };
        assert_eq!(line_in_diff(&file), expected);
        file.path = "src/\u{fffd}.rs".into();
        assert_eq!(line_in_diff(&file), None);
    }
}
