//! What happened in a repository, as far as a forecast looks at it?
//!
//! In: a [`Past`] and what is known beside it. Out: a [`Record`]: commits to product sources, releases and sprints, in
//! the order of time, that can be looked at as of any moment. Never shows a moment what came after it.

use super::modules::Modules;
use crate::code::{self, FileKind};
use crate::domain::{ChangeKind, DAY_SECONDS, Timestamp};
use crate::features::{Inputs, MAX_FILES_A_COMMIT, Sprint, rhythms};
use crate::history::Past;

/// Everything a forecast is made from, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Every path that ever changed, by the index of the log.
    pub(super) paths: Vec<String>,
    pub(super) commits: Vec<Commit>,
    pub(super) releases: Vec<Timestamp>,
    /// Which sprint held from when on.
    sprints: Vec<(Timestamp, Option<Sprint>)>,
    /// Whether facts about authors may be known.
    pub(super) people: bool,
    as_of: Timestamp,
}

/// One commit that is no merge.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    /// Never before the commit ahead of it.
    pub(super) at: Timestamp,
    /// Midnight, in UTC, of the day it was where its author was.
    pub(super) local_day: Timestamp,
    pub(super) author: u32,
    /// Whether it repairs a defect in product sources; a mass change repairs nothing in particular.
    pub(super) is_fix: bool,
    pub(super) has_tests: bool,
    /// Product sources it touches.
    pub(super) touches: Vec<Touch>,
}

/// One product source in one commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch {
    pub(super) path: u32,
    /// Its earlier path, for a rename.
    pub(super) old_path: Option<u32>,
    pub(super) is_deleted: bool,
    /// Lines added plus lines deleted.
    pub(super) churn: u32,
    /// Lines added minus lines deleted.
    pub(super) growth: i32,
}

/// A record as it was at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub(super) record: &'a Record,
    /// Commits up to the moment.
    pub(super) commits: &'a [Commit],
    /// Releases up to the moment.
    pub(super) releases: &'a [Timestamp],
    /// The moment.
    pub as_of: Timestamp,
}

impl Record {
    /// Reads a past.
    pub fn of(past: &Past<'_>, inputs: Inputs<'_>) -> Self {
        let kinds: Vec<FileKind> = past.log.paths.iter().map(|path| code::file_kind(path)).collect();
        let mut now = Timestamp(i64::MIN);
        let mut commits = Vec::with_capacity(past.order.len());
        for &index in &past.order {
            // Clocks run behind; what was committed after another commit did not happen before it.
            now = now.max(past.log.commits[index as usize].committed_at);
            if !past.log.commits[index as usize].is_merge() {
                commits.push(commit(past, index, now, &kinds));
            }
        }
        let releases = releases(past);
        let sprints = sprints(&commits, &releases, inputs);
        Self { paths: past.log.paths.clone(), commits, releases, sprints, people: inputs.people, as_of: past.as_of }
    }

    /// All of it.
    pub fn whole(&self) -> Seen<'_> {
        self.as_of(self.as_of)
    }

    /// What was known at a moment.
    pub fn as_of(&self, at: Timestamp) -> Seen<'_> {
        let commits = &self.commits[..self.commits.partition_point(|commit| commit.at <= at)];
        let releases = &self.releases[..self.releases.partition_point(|release| *release <= at)];
        Seen { record: self, commits, releases, as_of: at }
    }

    /// Whether facts about authors were read.
    pub fn knows_people(&self) -> bool {
        self.people
    }

    /// The moment it ends with.
    pub fn ends_at(&self) -> Timestamp {
        self.as_of
    }

    /// When each module was fixed, then and later, the whole last. Each file counts for the module it was in at the moment
    /// that was seen.
    pub(super) fn fixes_by_module(&self, seen: &Seen<'_>, modules: &Modules) -> Vec<Vec<Timestamp>> {
        let places = modules.of_paths(seen);
        let whole = modules.names().len();
        let mut fixes = vec![Vec::new(); whole + 1];
        for commit in self.commits.iter().filter(|commit| commit.is_fix) {
            let mut units: Vec<usize> = commit.touches.iter().filter_map(|touch| places[touch.path as usize]).collect();
            units.push(whole);
            units.sort_unstable();
            units.dedup();
            units.into_iter().for_each(|unit| fixes[unit].push(commit.at));
        }
        fixes
    }

    /// How much of the sprint has passed at a moment, 0 to 1; `None` where no sprint is known then.
    pub(super) fn sprint_phase(&self, at: Timestamp) -> Option<f64> {
        self.sprint(at)?.phase(at)
    }

    /// The sprint that held at a moment.
    pub(super) fn sprint(&self, at: Timestamp) -> Option<Sprint> {
        let n_known = self.sprints.partition_point(|(since, _)| *since <= at);
        self.sprints[..n_known].last()?.1
    }
}

impl Seen<'_> {
    /// The first commit's time.
    pub(super) fn begins_at(&self) -> Option<Timestamp> {
        self.commits.first().map(|commit| commit.at)
    }

    /// Commits that repaired something.
    pub fn n_fixes(&self) -> usize {
        self.commits.iter().filter(|commit| commit.is_fix).count()
    }
}

fn commit(past: &Past<'_>, index: u32, at: Timestamp, kinds: &[FileKind]) -> Commit {
    let raw = &past.log.commits[index as usize];
    let is_source = |path: u32| kinds[path as usize] == FileKind::Source;
    let touches: Vec<Touch> = raw
        .changes
        .iter()
        .filter(|change| is_source(change.path))
        .map(|change| Touch {
            path: change.path,
            old_path: change.old_path.filter(|_| change.kind == ChangeKind::Renamed),
            is_deleted: change.kind == ChangeKind::Deleted,
            churn: change.churn(),
            growth: i32::try_from(i64::from(change.added) - i64::from(change.deleted)).unwrap_or_default(),
        })
        .collect();
    let local = Timestamp(at.0.saturating_add(i64::from(raw.utc_offset_minutes) * 60));
    Commit {
        at,
        local_day: Timestamp(local.0.div_euclid(DAY_SECONDS) * DAY_SECONDS),
        author: raw.author,
        is_fix: past.is_fix[index as usize] && !touches.is_empty() && raw.changes.len() <= MAX_FILES_A_COMMIT,
        has_tests: raw.changes.iter().any(|change| kinds[change.path as usize] == FileKind::Test),
        touches,
    }
}

/// When something was released: the times of tagged commits of this past, each day once.
fn releases(past: &Past<'_>) -> Vec<Timestamp> {
    let mut is_known = vec![false; past.log.commits.len()];
    past.order.iter().for_each(|index| is_known[*index as usize] = true);
    let tagged = past.log.tags.iter().map(|tag| tag.commit).filter(|commit| is_known[*commit as usize]);
    let mut at: Vec<Timestamp> = tagged.map(|commit| past.log.commits[commit as usize].committed_at).collect();
    at.sort_unstable();
    at.dedup_by_key(|at| at.date());
    at
}

/// Which sprint held from when on: the configured one, else the one the releases so far keep.
fn sprints(commits: &[Commit], releases: &[Timestamp], inputs: Inputs<'_>) -> Vec<(Timestamp, Option<Sprint>)> {
    let inferred = rhythms(releases);
    let mut sprints: Vec<(Timestamp, Option<Sprint>)> = Vec::new();
    for moments in commits.chunk_by(|a, b| a.at.date() == b.at.date()) {
        let at = moments[0].at;
        let n_releases = releases.partition_point(|release| *release <= at);
        let habit = n_releases.checked_sub(1).and_then(|newest| inferred[newest]).map(|rhythm| rhythm.sprint);
        let sprint = inputs.said.sprint(at).or(habit);
        if sprints.last().is_none_or(|(_, known)| *known != sprint) {
            sprints.push((at, sprint));
        }
    }
    sprints
}

#[cfg(test)]
impl Record {
    /// A record a test writes down: each commit with its paths. `as_of` is the last commit's time.
    pub(super) fn written(paths: &[&str], mut commits: Vec<Commit>) -> Self {
        commits.sort_by_key(|commit| commit.at);
        let as_of = commits.last().map(|commit| commit.at).unwrap_or_default();
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Self { paths, commits, releases: Vec::new(), sprints: Vec::new(), people: true, as_of }
    }

    pub(super) fn with_releases(mut self, releases: Vec<Timestamp>) -> Self {
        self.sprints = sprints(&self.commits, &releases, Inputs::none(true));
        self.releases = releases;
        self
    }

    /// The same record without what came after a moment.
    pub(super) fn truncated(&self, at: Timestamp) -> Self {
        let mut cut = self.clone();
        cut.commits.retain(|commit| commit.at <= at);
        cut.releases.retain(|release| *release <= at);
        cut.sprints.retain(|(since, _)| *since <= at);
        cut.as_of = at;
        cut
    }
}
