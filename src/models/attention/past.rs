//! Where were the faults in the changes that were later repaired?
//!
//! In: a past with its bug-introducing changes, and a way to read contents. Out: [`Lesson`]s, oldest first: the spots of
//! each such change, and which of them wrote a line that a fix later changed.

use super::{ChangedFile, Scene, Seen, see};
use crate::code;
use crate::domain::{FileChange, Timestamp};
use crate::history::{Introduction, LineHistory, Past, ReadText};
use std::collections::{BTreeMap, BTreeSet};

/// Spots of a change that are looked at: a change with more is an import, and nobody reads it spot by spot.
pub const MAX_SPOTS: usize = 400;

/// Source files of a change that are read.
const MAX_FILES: usize = 30;

/// One change that introduced a defect.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Index into the log's commits.
    pub commit: u32,
    /// When the first fix told.
    pub known_at: Timestamp,
    /// Its spots.
    pub spots: Vec<Seen>,
    /// Which of them were at fault, one for each spot.
    pub is_guilty: Vec<bool>,
}

/// The newest `most` bug-introducing changes with more than `min_spots` spots, oldest first.
pub fn lessons(past: &Past<'_>, lines: &LineHistory<'_>, text: &ReadText<'_>, min_spots: usize, most: usize) -> Vec<Lesson> {
    let mut by_culprit: BTreeMap<u32, Vec<&Introduction>> = BTreeMap::new();
    for found in past.introductions.iter().filter(|found| found.is_repaired) {
        by_culprit.entry(found.culprit).or_default().push(found);
    }
    let told = by_culprit.iter().rev().filter_map(|(culprit, found)| lesson(past, lines, text, *culprit, found));
    let mut lessons: Vec<Lesson> =
        told.filter(|lesson| lesson.spots.len() > min_spots && lesson.is_guilty.contains(&true)).take(most).collect();
    lessons.reverse();
    lessons
}

fn lesson(past: &Past<'_>, lines: &LineHistory<'_>, text: &ReadText<'_>, culprit: u32, found: &[&Introduction]) -> Option<Lesson> {
    let log = past.log;
    let commit = &log.commits[culprit as usize];
    let sources: Vec<&FileChange> = commit.changes.iter()
        .filter(|change| change.new_blob.is_some() && change.added > 0 && code::is_source(&log.paths[change.path as usize]))
        .collect();
    if sources.len() > MAX_FILES {
        return None;
    }
    let guilty: BTreeSet<(u32, u32)> =
        found.iter().flat_map(|found| guilty_lines(past, lines, text, found)).collect();
    if guilty.is_empty() {
        return None;
    }
    let read: Vec<(&FileChange, String)> = sources.into_iter()
        .filter_map(|change| Some((change, String::from_utf8_lossy(&text(change.new_blob?)?).into_owned())))
        .collect();
    let facts: Vec<Option<code::FileFacts>> =
        read.iter().map(|(change, text)| code::read(&log.paths[change.path as usize], text.as_bytes()).ok()).collect();
    let files: Vec<ChangedFile<'_>> = read.iter().zip(&facts).map(|((change, text), facts)| ChangedFile {
        path: &log.paths[change.path as usize],
        before: change.old_blob.map(|blob| (change.old_path.unwrap_or(change.path), blob)),
        hunks: &change.hunks,
        text,
        functions: facts.as_ref().map_or(&[], |facts| &facts.functions),
    }).collect();
    let scene = Scene { log, lines, is_fix: &past.is_fix, before: culprit, at: commit.committed_at };
    let spots = see(&scene, &files);
    if spots.len() > MAX_SPOTS {
        return None;
    }
    let is_guilty = spots.iter().map(|seen| {
        let path = read[seen.file].0.path;
        guilty.range((path, seen.spot.first_line)..=(path, seen.spot.last_line)).next().is_some()
    }).collect();
    let known_at = found.iter().map(|found| log.commits[found.fix as usize].committed_at).min()?;
    Some(Lesson { commit: culprit, known_at, spots, is_guilty })
}

/// (path, line) as the culprit wrote them.
fn guilty_lines(past: &Past<'_>, lines: &LineHistory<'_>, text: &ReadText<'_>, found: &Introduction) -> Vec<(u32, u32)> {
    let fix = &past.log.commits[found.fix as usize];
    let changes = |change: &&FileChange| change.old_path.unwrap_or(change.path) == found.fixed_path;
    let Some(blob) = fix.changes.iter().find(changes).and_then(|change| change.old_blob) else { return Vec::new() };
    let asked: Vec<u32> = found.lines.iter().filter(|run| run.0 > 0).flat_map(|run| run.0..=run.1).collect();
    let origins = lines.written(found.fix, found.fixed_path, blob, &asked, text);
    origins.into_iter().filter(|origin| origin.commit == found.culprit)
        .flat_map(|origin| origin.lines.into_iter().map(move |line| (origin.path, line))).collect()
}
