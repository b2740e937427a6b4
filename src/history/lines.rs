//! Which commit wrote this line?
//!
//! In: a log with the hunks of every change. Out: for lines of a file version, the commit that wrote each. Works on
//! the hunks alone: a version is followed to the change that produced it (same path, same content), its lines are
//! carried back through that change's hunks, and so on. No tree is read and nothing is diffed twice, which makes it
//! much faster than asking git for a blame of each file. Where the same content appeared twice at one path, the
//! newer appearance before the asking commit is followed.

use crate::domain::{BlobId, FileChange, Hunk, Log};
use rustc_hash::FxHashMap;
use std::ops::RangeInclusive;

/// Changes followed back for one question; no measured file changed half as often.
const MAX_STEPS: usize = 20_000;

/// Where lines came from: `commit` wrote them into `path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Index into [`Log::commits`]; may be a merge that wrote the line itself.
    pub commit: u32,
    /// The path the commit wrote to, index into [`Log::paths`].
    pub path: u32,
    /// The lines that were asked for, ascending: numbers in the version asked about, or as the commit wrote them.
    pub lines: Vec<u32>,
}

/// Content of a blob as text; `None` when it cannot be read.
pub type ReadText<'a> = dyn Fn(BlobId) -> Option<Vec<u8>> + 'a;

/// Every change of every path, ready to be followed back.
pub struct LineHistory<'a> {
    log: &'a Log,
    /// For each path: (commit, position in its changes), ascending.
    changes: FxHashMap<u32, Vec<(u32, u32)>>,
}

/// Lines on their way back: `now` is the number in the version reached, `asked` the one in the question.
#[derive(Clone, Copy)]
struct Line {
    asked: u32,
    now: u32,
}

struct Step {
    path: u32,
    blob: BlobId,
    before: u32,
    lines: Vec<Line>,
}

impl<'a> LineHistory<'a> {
    /// Indexes the log; takes time linear in its changes.
    pub fn new(log: &'a Log) -> Self {
        let mut changes: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
        for (index, commit) in log.commits.iter().enumerate() {
            for (position, change) in commit.changes.iter().enumerate() {
                changes.entry(change.path).or_default().push((index as u32, position as u32));
            }
        }
        Self { log, changes }
    }

    /// Who wrote `lines` (from 1, ascending) of `blob`, as `path` held it just before commit `before`.
    ///
    /// Lines that were only re-indented by a commit are followed to the commit before it, when `text` can show both
    /// versions. Lines whose origin lies outside the log (shallow clones, skipped commits) are left out.
    pub fn origins(&self, before: u32, path: u32, blob: BlobId, lines: &[u32], text: &ReadText<'_>) -> Vec<Origin> {
        self.writers(before, path, blob, lines, text, |line| line.asked)
    }

    /// As [`Self::origins`], with the numbers the lines had in the version their commit wrote.
    pub fn written(&self, before: u32, path: u32, blob: BlobId, lines: &[u32], text: &ReadText<'_>) -> Vec<Origin> {
        self.writers(before, path, blob, lines, text, |line| line.now)
    }

    fn writers(
        &self,
        before: u32,
        path: u32,
        blob: BlobId,
        lines: &[u32],
        text: &ReadText<'_>,
        number: fn(&Line) -> u32,
    ) -> Vec<Origin> {
        let lines = lines.iter().map(|&line| Line { asked: line, now: line }).collect();
        let mut steps = vec![Step { path, blob, before, lines }];
        let mut found: FxHashMap<(u32, u32), Vec<Line>> = FxHashMap::default();
        for _ in 0..MAX_STEPS {
            let Some(step) = steps.pop() else { break };
            self.go_back(step, text, &mut steps, &mut found);
        }
        let mut origins: Vec<Origin> = found
            .into_iter()
            .map(|((commit, path), lines)| {
                let mut lines: Vec<u32> = lines.iter().map(number).collect();
                lines.sort_unstable();
                Origin { commit, path, lines }
            })
            .collect();
        origins.sort_unstable_by_key(|origin| (origin.commit, origin.path));
        origins
    }

    fn go_back(
        &self,
        step: Step,
        text: &ReadText<'_>,
        steps: &mut Vec<Step>,
        found: &mut FxHashMap<(u32, u32), Vec<Line>>,
    ) {
        let Some((commit, produced)) = self.produced_by(step.path, step.blob, step.before) else { return };
        let mut lines = step.lines;
        for change in produced {
            let (written, carried) = carry_back(&lines, &change.hunks);
            let (written, reindented) = split_reindented(written, change, text);
            let carried: Vec<Line> = carried.into_iter().chain(reindented).collect();
            if let (Some(blob), false) = (change.old_blob, carried.is_empty()) {
                let path = change.old_path.unwrap_or(change.path);
                steps.push(Step { path, blob, before: commit, lines: carried });
            }
            // For a merge, what one parent does not explain is asked of the next.
            lines = written;
        }
        if !lines.is_empty() {
            found.entry((commit, step.path)).or_default().extend(lines);
        }
    }

    /// The newest commit before `before` that left `blob` at `path`, with its changes there (several for a merge).
    fn produced_by(&self, path: u32, blob: BlobId, before: u32) -> Option<(u32, Vec<&'a FileChange>)> {
        let all = self.changes.get(&path)?;
        let end = all.partition_point(|(commit, _)| *commit < before);
        let change_at = |(commit, position): (u32, u32)| -> &'a FileChange {
            &self.log.commits[commit as usize].changes[position as usize]
        };
        let (commit, _) = *all[..end].iter().rev().find(|at| change_at(**at).new_blob == Some(blob))?;
        let start = all.partition_point(|(other, _)| *other < commit);
        let produced = all[start..end].iter().take_while(|(other, _)| *other == commit);
        Some((commit, produced.map(|at| change_at(*at)).filter(|change| change.new_blob == Some(blob)).collect()))
    }
}

/// A change met on the way back through a file's history.
pub(super) struct Change<'a> {
    /// Index into [`Log::commits`]; never a merge.
    pub(super) commit: u32,
    pub(super) change: &'a FileChange,
    /// Hunks that changed the regions asked about.
    pub(super) n_touches: u32,
    /// Lines those hunks removed.
    pub(super) n_removed: u32,
}

type Region = RangeInclusive<u32>;

impl<'a> LineHistory<'a> {
    /// Those of the newest `most` changes of the file before commit `before` that touched `region` (lines of `blob`),
    /// newest first, as indexes into [`Log::commits`].
    pub fn touched_by(&self, before: u32, path: u32, blob: BlobId, region: Region, most: usize) -> Vec<u32> {
        let changes = self.changes_back(before, path, blob, &[region], most);
        changes.into_iter().filter(|change| change.n_touches > 0).map(|change| change.commit).collect()
    }

    /// The newest `most` changes of the file before commit `before`, newest first, and how each touched `regions`.
    ///
    /// Regions are ranges of lines of `blob`; they are followed back as lines are. Unlike [`Self::origins`] this also
    /// finds commits that only removed lines there.
    pub(super) fn changes_back(
        &self,
        before: u32,
        path: u32,
        blob: BlobId,
        regions: &[Region],
        most: usize,
    ) -> Vec<Change<'a>> {
        let mut found = Vec::new();
        let mut ahead = vec![(before, path, blob, regions.to_vec())];
        for _ in 0..MAX_STEPS {
            let newest = (0..ahead.len()).max_by_key(|at| ahead[*at].0);
            let Some((before, path, blob, regions)) = newest.map(|at| ahead.swap_remove(at)) else { break };
            let Some((commit, produced)) = self.produced_by(path, blob, before) else { continue };
            let is_merge = self.log.commits[commit as usize].is_merge();
            for change in produced {
                if !is_merge {
                    let touching = || change.hunks.iter().filter(|hunk| touches(hunk, &regions));
                    let (n_touches, n_removed) =
                        (touching().count() as u32, touching().map(|hunk| hunk.old_lines).sum());
                    found.push(Change { commit, change, n_touches, n_removed });
                }
                if let Some(old) = change.old_blob {
                    let regions = regions.iter().filter_map(|region| region_before(region, &change.hunks)).collect();
                    ahead.push((commit, change.old_path.unwrap_or(change.path), old, regions));
                }
            }
            if found.len() >= most {
                break;
            }
        }
        found.truncate(most);
        found
    }
}

fn touches(hunk: &Hunk, regions: &[Region]) -> bool {
    // A hunk that only removed stands between two lines and touches both.
    let last = if hunk.new_lines == 0 { hunk.new_start + 1 } else { hunk.new_start + hunk.new_lines - 1 };
    regions.iter().any(|region| hunk.new_start <= *region.end() && *region.start() <= last)
}

/// Where `region` was before `hunks`; `None` for lines that all came with them.
fn region_before(region: &Region, hunks: &[Hunk]) -> Option<Region> {
    let (start, end) = (line_before(*region.start(), hunks, false), line_before(*region.end(), hunks, true));
    (start.max(1) <= end).then(|| start.max(1) as u32..=end as u32)
}

/// The old number of `line`. In a hunk, the line as far from its beginning, or the hunk's last.
fn line_before(line: u32, hunks: &[Hunk], is_end: bool) -> i64 {
    let mut shift = 0;
    for hunk in hunks {
        if ends_before(hunk, line) {
            shift += i64::from(hunk.old_lines) - i64::from(hunk.new_lines);
        } else if hunk.new_lines > 0 && hunk.new_start <= line {
            let first = i64::from(hunk.old_start) + i64::from(hunk.old_lines == 0);
            let offset = i64::from((line - hunk.new_start).min(hunk.old_lines));
            return match (is_end, hunk.old_lines) {
                (true, 0) => first - 1,
                (true, _) => first + offset,
                (false, n) => first + offset.min(i64::from(n.saturating_sub(1))),
            };
        } else {
            break;
        }
    }
    i64::from(line) + shift
}

/// Splits `lines` (ascending by `now`) into those a hunk wrote and those that were there before, renumbered.
fn carry_back(lines: &[Line], hunks: &[Hunk]) -> (Vec<Line>, Vec<Line>) {
    let (mut written, mut carried) = (Vec::new(), Vec::new());
    let mut sorted = lines.to_vec();
    sorted.sort_unstable_by_key(|line| line.now);
    let mut hunks = hunks.iter().peekable();
    let mut shift: i64 = 0;
    for line in sorted {
        while let Some(hunk) = hunks.next_if(|hunk| ends_before(hunk, line.now)) {
            shift += i64::from(hunk.old_lines) - i64::from(hunk.new_lines);
        }
        let is_written = hunks.peek().is_some_and(|hunk| hunk.new_lines > 0 && hunk.new_start <= line.now);
        if is_written {
            written.push(line);
        } else {
            carried.push(Line { now: (i64::from(line.now) + shift).max(1) as u32, ..line });
        }
    }
    (written, carried)
}

/// Whether the whole new side of `hunk` stands before `line`.
fn ends_before(hunk: &Hunk, line: u32) -> bool {
    if hunk.new_lines == 0 { hunk.new_start < line } else { hunk.new_start + hunk.new_lines <= line }
}

/// Takes out the lines whose hunk replaced a line with the same text but for white space, renumbered to that line.
fn split_reindented(written: Vec<Line>, change: &FileChange, text: &ReadText<'_>) -> (Vec<Line>, Vec<Line>) {
    let replaces = |line: &Line| hunk_of(&change.hunks, line.now).is_some_and(|hunk| hunk.old_lines > 0);
    if !written.iter().any(replaces) {
        return (written, Vec::new());
    }
    let (Some(old), Some(new)) = (change.old_blob.and_then(text), change.new_blob.and_then(text)) else {
        return (written, Vec::new());
    };
    let (old, new): (Vec<&[u8]>, Vec<&[u8]>) =
        (old.split(|byte| *byte == b'\n').collect(), new.split(|byte| *byte == b'\n').collect());
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for line in written {
        match before_reindentation(&line, &change.hunks, &old, &new) {
            Some(now) => moved.push(Line { now, ..line }),
            None => kept.push(line),
        }
    }
    (kept, moved)
}

fn before_reindentation(line: &Line, hunks: &[Hunk], old: &[&[u8]], new: &[&[u8]]) -> Option<u32> {
    let hunk = hunk_of(hunks, line.now)?;
    let wanted = without_spaces(new.get(line.now as usize - 1)?);
    let replaced = hunk.old_start..hunk.old_start + hunk.old_lines;
    replaced.into_iter().find(|number| {
        let candidate = (*number as usize).checked_sub(1).and_then(|at| old.get(at));
        !wanted.is_empty() && candidate.is_some_and(|candidate| without_spaces(candidate) == wanted)
    })
}

fn hunk_of(hunks: &[Hunk], line: u32) -> Option<&Hunk> {
    hunks.iter().find(|hunk| (hunk.new_start..hunk.new_start + hunk.new_lines).contains(&line))
}

/// The line without any white space: equal for lines that differ in indentation or line end only.
pub(super) fn without_spaces(line: &[u8]) -> Vec<u8> {
    line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}
