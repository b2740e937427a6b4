//! What was going on in each module, week by week?
//!
//! In: what was seen of a repository, and its modules. Out: a [`Panel`]: weekly series of every module and of the whole,
//! the rows made from them, and when fixes came. A week ends with the moment that was seen or whole weeks before it.
//! A row of a week knows nothing later than the end of that week.

use super::columns::{Column, N_COLUMNS};
use super::horizon::WEEK_DAYS;
use super::modules::Modules;
use super::record::{Commit, Seen};
use super::smoothing::{Smoothed, smooth};
use crate::domain::{DAY_SECONDS, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

/// Weeks that are looked at: what is older tells little, and eight years fit in a moment's work.
const MAX_WEEKS: usize = 416;

/// An author is new in the 90 days after their first commit.
const NEW_AUTHOR_DAYS: i64 = 90;

/// A module's own rate is that of the last year.
pub(super) const OWN_RATE_DAYS: i64 = 365;

/// Half-lives, in weeks, of what [`Panel::expected`] remembers.
pub(super) const HALF_LIVES_WEEKS: [f64; 3] = [5.0, 13.0, 39.0];

/// The ones of [`HALF_LIVES_WEEKS`] whose mean forecasts by itself.
pub(super) const SMOOTHED_BY: [usize; 2] = [1, 2];

/// Weeks of the average module that every module is given beside its own.
const PRIOR_WEEKS: f64 = 4.0;

/// Fixes and weeks every average is given: a repository without a fix is not one that will never have any.
const WHOLE_PRIOR: (f64, f64) = (0.25, 0.5);

/// Weekly series of the modules; the last unit is the whole repository.
pub(super) struct Panel<'a> {
    seen: Seen<'a>,
    units: Vec<Unit>,
    n_weeks: usize,
    /// For each half-life, week and unit the expected fixes a week.
    expected: [Vec<Vec<f64>>; 3],
}

/// One module, or the whole.
#[derive(Default)]
struct Unit {
    /// Every fix, oldest first, also those before the first week.
    fixes_at: Vec<Timestamp>,
    /// Sums up to the beginning of each week: one more than there are weeks.
    fixes: Sums,
    fix_weeks: Sums,
    commits: Sums,
    churn: Sums,
    with_tests: Sums,
    /// Lines at the beginning of the first week and what each added.
    lines: Sums,
    smoothed: Vec<Smoothed>,
    /// Week, author, whether new.
    authors: Vec<(u32, u32, bool)>,
    born_at: Option<Timestamp>,
    /// The week of `born_at`, 0 where that was before the first week.
    born_in: usize,
}

/// Sums of weekly values, so that any stretch of weeks is one difference.
#[derive(Default)]
struct Sums(Vec<f64>);

impl Sums {
    fn of(weekly: &[f64]) -> Self {
        let mut sum = 0.0;
        let up_to = weekly.iter().map(|value| {
            sum += value;
            sum
        });
        Self(std::iter::once(0.0).chain(up_to).collect())
    }

    /// Of the `n` weeks that end with `week`; fewer where there are fewer.
    fn last(&self, week: usize, n: usize) -> f64 {
        self.0[week + 1] - self.0[(week + 1).saturating_sub(n)]
    }
}

impl<'a> Panel<'a> {
    pub(super) fn of(seen: Seen<'a>, modules: &Modules) -> Self {
        let n_weeks = n_weeks(&seen);
        let places = modules.of_paths(&seen);
        let mut gathering = Gathering::new(modules.names().len() + 1, n_weeks, seen.as_of);
        for commit in seen.commits {
            gathering.add(commit, &places);
        }
        let units = gathering.units();
        let expected = HALF_LIVES_WEEKS.map(|half_life| expected(&units, n_weeks, half_life));
        Self { seen, units, n_weeks, expected }
    }

    /// Modules and the whole.
    pub(super) fn n_units(&self) -> usize {
        self.units.len()
    }

    /// The whole repository's index.
    pub(super) fn whole(&self) -> usize {
        self.units.len() - 1
    }

    /// Whole weeks there are, the newest ending with the moment that was seen.
    pub(super) fn n_weeks(&self) -> usize {
        self.n_weeks
    }

    /// When a week ends.
    pub(super) fn end_of(&self, week: usize) -> Timestamp {
        self.seen.as_of.plus_days(-WEEK_DAYS * (self.n_weeks - 1 - week) as i64)
    }

    /// Whether a fix touched the unit in the days after a week; `None` while they have not passed.
    pub(super) fn label(&self, unit: usize, week: usize, days: i64) -> Option<bool> {
        let from = self.end_of(week);
        let until = from.plus_days(days);
        (until <= self.seen.as_of).then(|| n_between(&self.units[unit].fixes_at, from, until) > 0)
    }

    /// Whether the unit had any commit up to a week: before that there is nothing to forecast.
    pub(super) fn is_born(&self, unit: usize, week: usize) -> bool {
        self.units[unit].born_at.is_some_and(|at| at <= self.end_of(week))
    }

    /// Fixes a week: those of the last year, and half a one that keeps a silent module possible (Jeffreys' prior).
    pub(super) fn own_rate(&self, unit: usize, week: usize) -> f64 {
        own_rate(&self.units[unit].fixes_at, self.units[unit].born_at, self.end_of(week), OWN_RATE_DAYS)
    }

    /// Fixes a week expected after a week, from what is remembered with one of [`HALF_LIVES_WEEKS`].
    pub(super) fn expected(&self, unit: usize, week: usize, half_life: usize) -> f64 {
        self.expected[half_life][week][unit]
    }

    /// Fixes in each four weeks of the year that ends with a week, oldest first.
    pub(super) fn fixes_by_month(&self, unit: usize, week: usize) -> Vec<f64> {
        let fixes = &self.units[unit].fixes;
        (0..13usize).rev().filter_map(|back| week.checked_sub(4 * back)).map(|end| fixes.last(end, 4)).collect()
    }

    /// Fixes in 30 days, on average over the year that ends with a week, or over its shorter life.
    pub(super) fn fixes_of_month(&self, unit: usize, week: usize) -> f64 {
        let lived = (week + 1 - self.units[unit].born_in.min(week)).min(52);
        self.units[unit].fixes.last(week, 52) * 30.0 / (lived as f64 * WEEK_DAYS as f64)
    }

    /// The row of a unit at the end of a week; NaN is unknown.
    pub(super) fn row(&self, unit: usize, week: usize) -> [f32; N_COLUMNS] {
        let mut row = [f32::NAN; N_COLUMNS];
        let mut set = |column: Column, value: f64| row[column as usize] = value as f32;
        let (this, whole) = (&self.units[unit], &self.units[self.whole()]);
        let now = self.end_of(week);
        self.set_fixes(this, week, &mut set);
        self.set_activity(this, week, &mut set);
        if self.seen.record.people {
            set_team(this, week, &mut set);
        }
        self.set_calendar(this, now, &mut set);
        for (half_life, column) in [Column::Rate5, Column::Rate13, Column::Rate39].into_iter().enumerate() {
            set(column, self.expected(unit, week, half_life));
        }
        set(Column::WholeFixes4, whole.fixes.last(week, 4));
        set(Column::WholeCommits4, whole.commits.last(week, 4));
        set(Column::WholeTrend, trend(whole, week));
        set(Column::IsWhole, f64::from(u8::from(unit == self.whole())));
        row
    }

    fn set_fixes(&self, this: &Unit, week: usize, set: &mut impl FnMut(Column, f64)) {
        use Column::*;
        for (column, n) in
            [(Fixes1, 1), (Fixes2, 2), (Fixes4, 4), (Fixes8, 8), (Fixes13, 13), (Fixes26, 26), (Fixes52, 52)]
        {
            set(column, this.fixes.last(week, n));
        }
        set(FixWeeks26, this.fix_weeks.last(week, 26));
        let now = self.end_of(week);
        let n_before = this.fixes_at.partition_point(|at| *at <= now);
        if let Some(last) = this.fixes_at[..n_before].last() {
            set(DaysSinceFix, now.days_since(*last));
        }
        let smoothed = this.smoothed[week];
        set(Level, smoothed.level);
        set(Slope, smoothed.slope);
        set(Chance, smoothed.chance);
        set(Trend, trend(this, week));
        let commits = this.commits.last(week, 26);
        if commits > 0.0 {
            set(FixShare26, this.fixes.last(week, 26) / commits);
        }
    }

    fn set_activity(&self, this: &Unit, week: usize, set: &mut impl FnMut(Column, f64)) {
        use Column::*;
        for (column, n) in [(Commits1, 1), (Commits4, 4), (Commits13, 13), (Commits52, 52)] {
            set(column, this.commits.last(week, n));
        }
        set(Churn4, this.churn.last(week, 4));
        set(Churn13, this.churn.last(week, 13));
        let commits = this.commits.last(week, 13);
        if commits > 0.0 {
            set(ChurnPerCommit13, this.churn.last(week, 13) / commits);
            set(TestShare13, this.with_tests.last(week, 13) / commits);
        }
        set(Lines, this.lines.0[week + 1].max(0.0));
        if let Some(born_at) = this.born_at {
            set(AgeWeeks, self.end_of(week).days_since(born_at).max(0.0) / WEEK_DAYS as f64);
        }
    }

    fn set_calendar(&self, this: &Unit, now: Timestamp, set: &mut impl FnMut(Column, f64)) {
        // Whole weeks, so that weekdays fall on weekdays.
        let year_before = now.plus_days(-52 * WEEK_DAYS);
        if this.born_at.is_some_and(|at| at <= year_before) {
            set(Column::LastYear, n_between(&this.fixes_at, year_before, year_before.plus_days(28)) as f64);
        }
        let (year, month, _) = now.date();
        let day = Timestamp::of_date(year, 1, 1).map_or(0.0, |new_year| now.days_since(new_year));
        let turn = std::f64::consts::TAU * day / 365.25;
        set(Column::SeasonSine, turn.sin());
        set(Column::SeasonCosine, turn.cos());
        set(Column::Month, f64::from(month));
        let releases = &self.seen.releases[..self.seen.releases.partition_point(|at| *at <= now)];
        if let Some(last) = releases.last() {
            set(Column::DaysSinceRelease, now.days_since(*last));
            set(Column::Releases13, n_between(releases, now.plus_days(-91), now) as f64);
        }
        if let Some(phase) = self.seen.record.sprint_phase(now) {
            set(Column::SprintPhase, phase);
        }
    }
}

/// Different authors of the last 13 weeks, the share of new ones among them, the largest share of commits.
fn set_team(this: &Unit, week: usize, set: &mut impl FnMut(Column, f64)) {
    let from = this.authors.partition_point(|(at, ..)| *at as usize + 13 <= week);
    let to = this.authors.partition_point(|(at, ..)| *at as usize <= week);
    let commits = &this.authors[from..to];
    if commits.is_empty() {
        return;
    }
    let mut by_author: FxHashMap<u32, u32> = FxHashMap::default();
    commits.iter().for_each(|(_, author, _)| *by_author.entry(*author).or_default() += 1);
    let newcomers: FxHashSet<u32> = commits.iter().filter(|(.., new)| *new).map(|(_, author, _)| *author).collect();
    let most = by_author.values().copied().max().unwrap_or(0);
    set(Column::Authors13, by_author.len() as f64);
    set(Column::NewAuthorShare13, newcomers.len() as f64 / by_author.len() as f64);
    set(Column::TopAuthorShare13, f64::from(most) / commits.len() as f64);
}

/// Fixes a week of the last quarter over those of the last year.
fn trend(unit: &Unit, week: usize) -> f64 {
    let (quarter, year) = (unit.fixes.last(week, 13), unit.fixes.last(week, 52));
    let weeks = (week + 1).min(52) as f64;
    ((quarter + 0.5) / 13.0_f64.min(weeks)) / ((year + 0.5) / weeks)
}

/// Fixes a week in the `days` before `now`, half a fix added; of a shorter life where it is shorter.
pub(super) fn own_rate(fixes_at: &[Timestamp], born_at: Option<Timestamp>, now: Timestamp, days: i64) -> f64 {
    let lived = born_at.map_or(0.0, |at| now.days_since(at)).clamp(WEEK_DAYS as f64, days as f64);
    let n_fixes = n_between(fixes_at, now.plus_days(-days), now) as f64;
    (n_fixes + 0.5) * WEEK_DAYS as f64 / lived
}

/// How many moments lie after `from` and not after `until`; moments oldest first.
pub(super) fn n_between(sorted: &[Timestamp], from: Timestamp, until: Timestamp) -> usize {
    let up_to = |moment: Timestamp| sorted.partition_point(|at| *at <= moment);
    up_to(until).saturating_sub(up_to(from))
}

/// After each week what each unit is expected to see, by fixes and weeks that are forgotten with a half-life.
///
/// A module is drawn towards the mean of the modules by [`PRIOR_WEEKS`] of it: the posterior mean of a Poisson rate
/// under a gamma prior, with forgetting (West and Harrison, 1997).
fn expected(units: &[Unit], n_weeks: usize, half_life: f64) -> Vec<Vec<f64>> {
    let kept = 0.5_f64.powf(1.0 / half_life);
    let mut remembered = vec![(0.0, 0.0); units.len()];
    let step = |week: usize| {
        for ((fixes, weeks), unit) in remembered.iter_mut().zip(units) {
            if week >= unit.born_in {
                *fixes = *fixes * kept + unit.fixes.last(week, 1);
                *weeks = *weeks * kept + 1.0;
            }
        }
        let Some((whole, modules)) = remembered.split_last() else { return Vec::new() };
        let sum = |of: fn(&(f64, f64)) -> f64| modules.iter().map(of).sum::<f64>();
        let mean = (sum(|module| module.0) + WHOLE_PRIOR.0) / (sum(|module| module.1) + WHOLE_PRIOR.1);
        let rate = |(fixes, weeks): &(f64, f64)| (fixes + PRIOR_WEEKS * mean) / (weeks + PRIOR_WEEKS);
        let whole = (whole.0 + WHOLE_PRIOR.0) / (whole.1 + WHOLE_PRIOR.1);
        modules.iter().map(rate).chain([whole]).collect()
    };
    (0..n_weeks).map(step).collect()
}

/// Weeks since the first commit, begun ones included.
fn n_weeks(seen: &Seen<'_>) -> usize {
    let Some(begins_at) = seen.begins_at() else { return 0 };
    let week_seconds = WEEK_DAYS * DAY_SECONDS;
    let weeks = seen.as_of.0.saturating_sub(begins_at.0) / week_seconds + 1;
    usize::try_from(weeks).unwrap_or(0).min(MAX_WEEKS)
}

/// Weekly values under construction.
struct Gathering {
    n_weeks: usize,
    as_of: Timestamp,
    units: Vec<Weekly>,
    first_commit_of: FxHashMap<u32, Timestamp>,
}

#[derive(Clone)]
struct Weekly {
    unit_fixes_at: Vec<Timestamp>,
    fixes: Vec<f64>,
    commits: Vec<f64>,
    churn: Vec<f64>,
    with_tests: Vec<f64>,
    growth: Vec<f64>,
    lines_before: f64,
    authors: Vec<(u32, u32, bool)>,
    born_at: Option<Timestamp>,
    born_in: usize,
}

/// What one commit did to one unit.
#[derive(Clone, Copy, Default)]
struct Share {
    churn: f64,
    growth: f64,
}

impl Gathering {
    fn new(n_units: usize, n_weeks: usize, as_of: Timestamp) -> Self {
        let zeros = || vec![0.0; n_weeks];
        let empty = Weekly {
            unit_fixes_at: Vec::new(),
            fixes: zeros(),
            commits: zeros(),
            churn: zeros(),
            with_tests: zeros(),
            growth: zeros(),
            lines_before: 0.0,
            authors: Vec::new(),
            born_at: None,
            born_in: usize::MAX,
        };
        Self { n_weeks, as_of, units: vec![empty; n_units], first_commit_of: FxHashMap::default() }
    }

    fn add(&mut self, commit: &Commit, places: &[Option<usize>]) {
        let first = *self.first_commit_of.entry(commit.author).or_insert(commit.at);
        let is_new = commit.at <= first.plus_days(NEW_AUTHOR_DAYS);
        for (unit, share) in shares(commit, places, self.units.len() - 1) {
            let week = self.week_of(commit.at);
            self.units[unit].add(commit, share, week, is_new);
        }
    }

    /// `None` before the first week that is looked at.
    fn week_of(&self, at: Timestamp) -> Option<usize> {
        let back = self.as_of.0.saturating_sub(at.0) / (WEEK_DAYS * DAY_SECONDS);
        (self.n_weeks).checked_sub(1)?.checked_sub(usize::try_from(back).ok()?)
    }

    fn units(self) -> Vec<Unit> {
        self.units.into_iter().map(Weekly::finish).collect()
    }
}

/// The units a commit touches, each once; the whole is touched by every commit to product sources.
fn shares(commit: &Commit, places: &[Option<usize>], whole: usize) -> Vec<(usize, Share)> {
    let mut shares: Vec<(usize, Share)> = Vec::new();
    for touch in &commit.touches {
        for unit in places[touch.path as usize].into_iter().chain([whole]) {
            let nth = shares.iter().position(|(known, _)| *known == unit).unwrap_or_else(|| {
                shares.push((unit, Share::default()));
                shares.len() - 1
            });
            shares[nth].1.churn += f64::from(touch.churn);
            shares[nth].1.growth += f64::from(touch.growth);
        }
    }
    shares
}

impl Weekly {
    fn add(&mut self, commit: &Commit, share: Share, week: Option<usize>, is_new: bool) {
        self.born_at.get_or_insert(commit.at);
        self.born_in = self.born_in.min(week.unwrap_or(0));
        if commit.is_fix {
            self.unit_fixes_at.push(commit.at);
        }
        let Some(week) = week else {
            self.lines_before += share.growth;
            return;
        };
        self.fixes[week] += f64::from(u8::from(commit.is_fix));
        self.commits[week] += 1.0;
        self.churn[week] += share.churn;
        self.with_tests[week] += f64::from(u8::from(commit.has_tests));
        self.growth[week] += share.growth;
        self.authors.push((week as u32, commit.author, is_new));
    }

    fn finish(mut self) -> Unit {
        if let Some(first) = self.growth.first_mut() {
            *first += self.lines_before;
        }
        let fix_weeks: Vec<f64> = self.fixes.iter().map(|n| f64::from(u8::from(*n > 0.0))).collect();
        Unit {
            smoothed: smooth(&self.fixes),
            fixes: Sums::of(&self.fixes),
            fix_weeks: Sums::of(&fix_weeks),
            commits: Sums::of(&self.commits),
            churn: Sums::of(&self.churn),
            with_tests: Sums::of(&self.with_tests),
            lines: Sums::of(&self.growth),
            fixes_at: self.unit_fixes_at,
            authors: self.authors,
            born_at: self.born_at,
            born_in: self.born_in,
        }
    }
}
