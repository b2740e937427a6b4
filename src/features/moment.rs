//! What was known of every file, author and release at one moment of history?
//!
//! In: the commits of a past, one after the other. Out: a [`Moment`] that has seen exactly the commits it was given.
//! Files are followed through renames. Never looks ahead: that is what makes rows as of their commit.

use super::change::{Change, Touched};
use super::paths::{is_benchmark, subsystem};
use super::sprint::Releases;
use super::sweep::MAX_FILES_A_COMMIT;
use crate::domain::{ChangeKind, CommitId, FileChange, Timestamp};
use crate::history::Past;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Days that count as "the last year".
pub(super) const YEAR_DAYS: i64 = 365;
/// Days that count as "lately".
pub(super) const RECENT_DAYS: i64 = 90;

/// The world after some commits of a past.
pub(super) struct Moment<'a> {
    past: &'a Past<'a>,
    /// Time of the newest commit seen; never goes backwards.
    pub(super) now: Timestamp,
    /// Which file a path means, by index into the log's paths.
    names: Vec<Option<Name>>,
    /// Every file there ever was.
    pub(super) files: Vec<FileHistory>,
    authors: FxHashMap<u32, AuthorHistory>,
    commits_at: Vec<Timestamp>,
    /// The repository's last year by weekday.
    pub(super) year: Year,
    /// Newest commit with a tag.
    pub(super) released_at: Option<Timestamp>,
    /// The days of all releases.
    pub(super) releases: Releases,
    /// Whether any commit touched a benchmark.
    pub(super) has_benchmarks: bool,
    tagged: FxHashSet<u32>,
}

/// What a path stands for.
#[derive(Clone, Copy)]
struct Name {
    file: u32,
    /// Whether the file has moved on to another path. Kept because a parallel branch may still use the old one.
    is_former: bool,
}

/// One file through all its names.
#[derive(Default)]
pub(super) struct FileHistory {
    /// Commits that changed it, oldest first.
    pub(super) touches: Vec<Touch>,
    /// Each author with their commits, in order of their first: counted as they come, because every row asks.
    pub(super) by_author: Vec<(u32, u32)>,
    /// When it was added, if history reaches back that far.
    pub(super) born_at: Option<Timestamp>,
}

/// One commit to one file.
#[derive(Clone, Copy)]
pub(super) struct Touch {
    pub(super) at: Timestamp,
    pub(super) commit: u32,
    pub(super) author: u32,
    /// Whether it repaired this file: false for a mass change, whatever it says.
    pub(super) is_fix: bool,
    /// Whether it changed a benchmark too, and was no mass change.
    pub(super) with_benchmark: bool,
}

impl FileHistory {
    /// Commits later than `days` before `now`.
    pub(super) fn since(&self, now: Timestamp, days: i64) -> &[Touch] {
        let from = now.plus_days(-days);
        &self.touches[self.touches.partition_point(|touch| touch.at <= from)..]
    }

    /// The newest fix of the file.
    pub(super) fn last_fix(&self) -> Option<u32> {
        self.touches.iter().rev().find(|touch| touch.is_fix).map(|touch| touch.commit)
    }
}

/// One author's commits.
#[derive(Default)]
pub(super) struct AuthorHistory {
    commits_at: Vec<Timestamp>,
    // Ordered, because paths come from strangers, who could make a hash map slow.
    by_subsystem: BTreeMap<Box<str>, u32>,
}

impl AuthorHistory {
    pub(super) fn n_commits(&self) -> usize {
        self.commits_at.len()
    }

    /// Commits weighted by one over one plus their age in whole years (REXP of Kamei et al., 2013).
    pub(super) fn recent_experience(&self, now: Timestamp) -> f64 {
        let n_younger = |years: i64| n_since(&self.commits_at, now, years * YEAR_DAYS);
        let of_year = |year: i64| (n_younger(year) - n_younger(year - 1)) as f64 / year as f64;
        // A commit of this very moment is younger than none.
        n_younger(0) as f64 + (1..=MAX_EXPERIENCE_YEARS).map(of_year).sum::<f64>()
    }

    pub(super) fn n_commits_to(&self, subsystem: &str) -> u32 {
        self.by_subsystem.get(subsystem).copied().unwrap_or(0)
    }
}

/// Commits older than this weigh nothing: a fortieth of a new one is less than one commit in most careers.
const MAX_EXPERIENCE_YEARS: i64 = 40;

/// Commits and fixes of the last 365 days, by weekday.
#[derive(Default)]
pub(super) struct Year {
    commits: VecDeque<(Timestamp, bool)>,
    n_commits: [u32; 7],
    n_fixes: [u32; 7],
}

/// Fewer commits than this on a weekday say nothing about it.
const MIN_WEEKDAY_COMMITS: u32 = 20;

impl Year {
    fn add(&mut self, at: Timestamp, is_fix: bool) {
        self.forget_before(at);
        self.commits.push_back((at, is_fix));
        let weekday = at.weekday() as usize;
        self.n_commits[weekday] += 1;
        self.n_fixes[weekday] += u32::from(is_fix);
    }

    fn forget_before(&mut self, now: Timestamp) {
        let from = now.plus_days(-YEAR_DAYS);
        while let Some(&(at, is_fix)) = self.commits.front().filter(|(at, _)| *at <= from) {
            self.commits.pop_front();
            let weekday = at.weekday() as usize;
            self.n_commits[weekday] -= 1;
            self.n_fixes[weekday] -= u32::from(is_fix);
        }
    }

    /// Share of fixes on the weekday of `now` over the share on all days, in the year before `now`.
    pub(super) fn weekday_fix_ratio(&self, now: Timestamp) -> Option<f64> {
        let (mut n_commits, mut n_fixes) = (self.n_commits, self.n_fixes);
        let from = now.plus_days(-YEAR_DAYS);
        for (at, is_fix) in self.commits.iter().take_while(|(at, _)| *at <= from) {
            n_commits[at.weekday() as usize] -= 1;
            n_fixes[at.weekday() as usize] -= u32::from(*is_fix);
        }
        let today = now.weekday() as usize;
        let (all_commits, all_fixes) = (n_commits.iter().sum::<u32>(), n_fixes.iter().sum::<u32>());
        if n_commits[today] < MIN_WEEKDAY_COMMITS || all_fixes == 0 {
            return None;
        }
        let share = |fixes: u32, commits: u32| f64::from(fixes) / f64::from(commits);
        Some(share(n_fixes[today], n_commits[today]) / share(all_fixes, all_commits))
    }
}

impl<'a> Moment<'a> {
    /// Before the first commit.
    pub(super) fn before(past: &'a Past<'a>) -> Self {
        Self {
            past,
            now: Timestamp(i64::MIN),
            names: vec![None; past.log.paths.len()],
            files: Vec::new(),
            authors: FxHashMap::default(),
            commits_at: Vec::new(),
            year: Year::default(),
            released_at: None,
            releases: Releases::default(),
            has_benchmarks: false,
            tagged: past.log.tags.iter().map(|tag| tag.commit).collect(),
        }
    }

    /// The moment of a commit that comes next: its own time, or the newest time seen where its clock runs behind.
    pub(super) fn time_of(&self, commit: u32) -> Timestamp {
        self.past.log.commits[commit as usize].committed_at.max(self.now)
    }

    /// The commit as a change on top of this moment; `None` for a merge, whose diff repeats its parents.
    pub(super) fn change(&self, commit: u32) -> Option<Change<'a>> {
        let is_merge = self.past.log.commits[commit as usize].is_merge();
        let is_fix = self.past.is_fix[commit as usize];
        (!is_merge).then(|| Change::of_commit(self.past.log, commit, is_fix, self.time_of(commit)))
    }

    /// Lets a commit pass: afterwards the moment knows it.
    ///
    /// Gives back which file each of the commit's changes is; nothing for a merge.
    pub(super) fn pass(&mut self, commit: u32) -> Vec<u32> {
        let at = self.time_of(commit);
        let past = self.past;
        let raw = &past.log.commits[commit as usize];
        let mut files = Vec::new();
        if !raw.is_merge() {
            let says_fix = past.is_fix[commit as usize];
            let is_mass = raw.changes.len() > MAX_FILES_A_COMMIT;
            let has_benchmark = raw.changes.iter().any(|change| is_benchmark(&past.log.paths[change.path as usize]));
            self.has_benchmarks |= has_benchmark;
            let (is_fix, with_benchmark) = (says_fix && !is_mass, has_benchmark && !is_mass);
            let touch = Touch { at, commit, author: raw.author, is_fix, with_benchmark };
            files = self.touch_files(&raw.changes, touch);
            self.remember_author(&raw.changes, touch);
            self.commits_at.push(at);
            self.year.add(at, says_fix);
        }
        if self.tagged.contains(&commit) {
            self.released_at = Some(at);
            self.releases.add(at);
        }
        self.now = at;
        files
    }

    /// Which file this is, by its path before the change; `None` for one that was never seen.
    pub(super) fn file_of(&self, touched: &Touched<'_>) -> Option<u32> {
        self.file_named(touched.path_before?, touched.kind)
    }

    fn file_named(&self, path_before: u32, kind: ChangeKind) -> Option<u32> {
        let name = self.names[path_before as usize]?;
        // A file added under a name that another file has left is another file.
        (kind != ChangeKind::Added || !name.is_former).then_some(name.file)
    }

    /// Its history, if it has one.
    pub(super) fn history_of(&self, touched: &Touched<'_>) -> Option<&FileHistory> {
        self.file_of(touched).map(|file| &self.files[file as usize])
    }

    /// Every file under the path it was last known by.
    pub(super) fn present_files(&self) -> impl Iterator<Item = (&'a str, &FileHistory)> {
        let named = self.past.log.paths.iter().zip(&self.names);
        let present = named.filter_map(|(path, name)| Some((path.as_str(), name.filter(|name| !name.is_former)?.file)));
        present.map(|(path, file)| (path, &self.files[file as usize]))
    }

    /// The share of a file's changes that changed a benchmark too; `None` where no commit ever touched a benchmark.
    pub(super) fn share_with_benchmarks(&self, file: &FileHistory) -> Option<f64> {
        let n_touches = file.touches.len();
        let n_with = file.touches.iter().filter(|touch| touch.with_benchmark).count();
        (self.has_benchmarks && n_touches > 0).then(|| n_with as f64 / n_touches as f64)
    }

    /// The name of a commit of the log.
    pub(super) fn commit_id(&self, commit: u32) -> CommitId {
        self.past.log.commits[commit as usize].id
    }

    /// What an author did before.
    pub(super) fn author(&self, author: u32) -> Option<&AuthorHistory> {
        self.authors.get(&author)
    }

    /// Commits to the repository later than `days` before `now`.
    pub(super) fn n_commits_since(&self, now: Timestamp, days: i64) -> usize {
        n_since(&self.commits_at, now, days)
    }

    fn touch_files(&mut self, changes: &[FileChange], touch: Touch) -> Vec<u32> {
        // All files are found before any is renamed: two files may swap their names in one commit.
        let found: Vec<Option<u32>> =
            changes.iter().map(|change| self.file_named(change.old_path.unwrap_or(change.path), change.kind)).collect();
        for old_path in changes.iter().filter_map(|change| change.old_path) {
            if let Some(name) = &mut self.names[old_path as usize] {
                name.is_former = true;
            }
        }
        let mut files = Vec::with_capacity(changes.len());
        for (found, change) in found.into_iter().zip(changes) {
            let file = found.unwrap_or_else(|| self.new_file(change.kind, touch.at));
            self.names[change.path as usize] = Some(Name { file, is_former: false });
            self.touch_file(file, touch);
            files.push(file);
        }
        files
    }

    fn touch_file(&mut self, file: u32, touch: Touch) {
        let history = &mut self.files[file as usize];
        // A file replaced by one of another type is deleted and added in one commit: that is one touch.
        if history.touches.last().is_some_and(|last| last.commit == touch.commit) {
            return;
        }
        history.touches.push(touch);
        match history.by_author.iter_mut().find(|(author, _)| *author == touch.author) {
            Some((_, n_commits)) => *n_commits += 1,
            None => history.by_author.push((touch.author, 1)),
        }
    }

    fn new_file(&mut self, kind: ChangeKind, at: Timestamp) -> u32 {
        let born_at = (kind == ChangeKind::Added).then_some(at);
        self.files.push(FileHistory { born_at, ..FileHistory::default() });
        (self.files.len() - 1) as u32
    }

    fn remember_author(&mut self, changes: &[FileChange], touch: Touch) {
        let paths = &self.past.log.paths;
        let subsystems: BTreeSet<&str> = changes.iter().map(|change| subsystem(&paths[change.path as usize])).collect();
        let history = self.authors.entry(touch.author).or_default();
        history.commits_at.push(touch.at);
        for subsystem in subsystems {
            match history.by_subsystem.get_mut(subsystem) {
                Some(n_commits) => *n_commits += 1,
                None => drop(history.by_subsystem.insert(subsystem.into(), 1)),
            }
        }
    }
}

/// The different subsystems a change touches.
pub(super) fn subsystems<'a>(change: &Change<'a>) -> BTreeSet<&'a str> {
    change.files.iter().map(|touched| subsystem(touched.path)).collect()
}

fn n_since(sorted: &[Timestamp], now: Timestamp, days: i64) -> usize {
    let from = now.plus_days(-days);
    sorted.len() - sorted.partition_point(|at| *at <= from)
}
