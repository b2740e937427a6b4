//! Do fixes here follow a rhythm that chance does not explain?
//!
//! In: what was seen of a repository. Out: the temporal patterns a test on this history supports. Never reports what
//! was not tested, or what does not hold after correction for all tests made.
//!
//! All four questions are one: among commits to product sources, is the share of fixes higher in marked times than in
//! the others nearby? History is cut into stretches (a week, a sprint, the days around a release, eight weeks). Where
//! marks mean nothing, the fixes at marked times minus those expected from the share of the whole stretch are zero on
//! average, and stretches do not depend on each other. A t-test over stretches asks whether they are. It holds however
//! fixes cluster within a stretch, and slow changes of habit cancel out. Correction: Holm (1979).

use super::horizon::WEEK_DAYS;
use super::record::{Commit, Seen};
use crate::domain::{DAY_SECONDS, Timestamp};
use crate::models::answer::TemporalPattern;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A pattern is reported below this, corrected.
const MAX_P_VALUE: f64 = 0.05;

/// What is older says little about today's habits: five years.
const TESTED_DAYS: i64 = 1_826;

/// With fewer stretches that can tell, there is no test.
const MIN_STRETCHES: usize = 20;

/// The end of a sprint is its last fifth: the last two days of ten.
const SPRINT_END: f64 = 0.8;

/// Days before and after a release that are compared.
const RELEASE_DAYS: i64 = 7;

/// Weeks in which the weeks after newcomers' work are compared with the others.
const ROTATION_WEEKS: i64 = 8;

/// An author is new in the 90 days after their first commit.
const NEW_AUTHOR_DAYS: i64 = 90;

/// The patterns that hold, in the order of their names.
pub(super) fn patterns(seen: &Seen<'_>) -> Vec<TemporalPattern> {
    corrected(tests(seen))
}

/// A question that could be asked, with its uncorrected answer.
#[derive(Debug, Clone, Copy)]
struct Test {
    name: &'static str,
    answer: Answer,
}

fn tests(seen: &Seen<'_>) -> Vec<Test> {
    let from = seen.as_of.plus_days(-TESTED_DAYS);
    let first = seen.commits.partition_point(|commit| commit.at <= from);
    let commits: Vec<&Commit> = seen.commits[first..].iter().filter(|commit| !commit.touches.is_empty()).collect();
    let newcomers = if seen.record.people { after_newcomers(seen, &commits) } else { None };
    [
        ("monday_effect", monday(&commits)),
        ("release_correlation", around_releases(seen, &commits)),
        ("sprint_end_spike", sprint_end(seen, &commits)),
        ("team_rotation", newcomers),
    ]
    .into_iter()
    .filter_map(|(name, answer)| Some(Test { name, answer: answer? }))
    .collect()
}

/// Fixes on Mondays, beside the other days of the same week, where the author was.
fn monday(commits: &[&Commit]) -> Option<Answer> {
    let week = |commit: &Commit| (commit.local_day.0 / DAY_SECONDS + 3).div_euclid(WEEK_DAYS);
    ask(commits.iter().map(|commit| (week(commit), commit.local_day.weekday() == 0, commit.is_fix)))
}

/// Fixes in the last fifth of a sprint, beside the rest of it.
fn sprint_end(seen: &Seen<'_>, commits: &[&Commit]) -> Option<Answer> {
    let sprint = seen.record.sprint(seen.as_of).filter(|sprint| sprint.length_days > 0)?;
    let length = i64::from(sprint.length_days) * DAY_SECONDS;
    let since = |commit: &Commit| commit.at.0.saturating_sub(sprint.start.0);
    let phase = |commit: &Commit| since(commit).rem_euclid(length) as f64 / length as f64;
    ask(commits.iter().map(|commit| (since(commit).div_euclid(length), phase(commit) >= SPRINT_END, commit.is_fix)))
}

/// Fixes in the week after a release, beside the week before it. Of releases close together the first counts.
fn around_releases(seen: &Seen<'_>, commits: &[&Commit]) -> Option<Answer> {
    let mut apart: Vec<Timestamp> = Vec::new();
    for release in seen.releases {
        if apart.last().is_none_or(|last| last.plus_days(2 * RELEASE_DAYS) <= *release) {
            apart.push(*release);
        }
    }
    let nearest = |at: Timestamp| {
        let next = apart.partition_point(|release| release.plus_days(RELEASE_DAYS) < at);
        apart
            .get(next)
            .filter(|release| release.plus_days(-RELEASE_DAYS) < at)
            .map(|release| (next as i64, at > *release))
    };
    ask(commits.iter().filter_map(|commit| nearest(commit.at).map(|(nth, after)| (nth, after, commit.is_fix))))
}

/// Fixes in weeks after those in which newcomers did more than usual, beside the other weeks of the same eight.
fn after_newcomers(seen: &Seen<'_>, commits: &[&Commit]) -> Option<Answer> {
    let mut first_at: FxHashMap<u32, Timestamp> = FxHashMap::default();
    for commit in seen.commits {
        first_at.entry(commit.author).or_insert(commit.at);
    }
    let begins_at = seen.begins_at()?.plus_days(NEW_AUTHOR_DAYS);
    // From Monday to Sunday.
    let week = |commit: &Commit| (commit.at.0.div_euclid(DAY_SECONDS) + 3).div_euclid(WEEK_DAYS);
    let is_new = |commit: &Commit| commit.at <= first_at[&commit.author].plus_days(NEW_AUTHOR_DAYS);
    let mut by_week: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    // In the beginning everybody is new.
    for commit in commits.iter().filter(|commit| commit.at > begins_at) {
        let (n_new, n) = by_week.entry(week(commit)).or_default();
        *n_new += f64::from(u8::from(is_new(commit)));
        *n += 1.0;
    }
    let mut by_stretch: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let stretch = |week: i64| week.div_euclid(ROTATION_WEEKS);
    for (week, (n_new, n)) in &by_week {
        by_stretch.entry(stretch(week + 1)).or_default().push(n_new / n);
    }
    let usual = |week: i64| {
        let shares = by_stretch.get(&stretch(week))?;
        Some(shares.iter().sum::<f64>() / shares.len() as f64)
    };
    ask(commits.iter().filter_map(|commit| {
        let week = week(commit);
        let (n_new, n) = by_week.get(&(week - 1))?;
        Some((stretch(week), n_new / n > usual(week)?, commit.is_fix))
    }))
}

/// How much higher the share of fixes is at marked times, and how easily chance does that.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Answer {
    effect: f64,
    p_value: f64,
    n_stretches: usize,
}

/// Counts of one stretch.
#[derive(Default, Clone, Copy)]
struct Stretch {
    marked: f64,
    marked_fixes: f64,
    others: f64,
    other_fixes: f64,
}

impl Stretch {
    fn n(&self) -> f64 {
        self.marked + self.others
    }

    fn fixes(&self) -> f64 {
        self.marked_fixes + self.other_fixes
    }

    /// Whether both times and both kinds of commits occur.
    fn can_tell(&self) -> bool {
        self.marked > 0.0 && self.others > 0.0 && self.fixes() > 0.0 && self.fixes() < self.n()
    }

    /// Fixes at marked times that are expected where marks mean nothing.
    fn expected(&self) -> f64 {
        self.fixes() * self.marked / self.n()
    }
}

/// Each commit with its stretch, whether it is marked, whether it is a fix; `None` where too few stretches can tell.
fn ask(commits: impl Iterator<Item = (i64, bool, bool)>) -> Option<Answer> {
    let mut stretches: BTreeMap<i64, Stretch> = BTreeMap::new();
    for (stretch, is_marked, is_fix) in commits {
        let stretch = stretches.entry(stretch).or_default();
        let (n, fixes) = match is_marked {
            true => (&mut stretch.marked, &mut stretch.marked_fixes),
            false => (&mut stretch.others, &mut stretch.other_fixes),
        };
        *n += 1.0;
        *fixes += f64::from(u8::from(is_fix));
    }
    let telling: Vec<Stretch> = stretches.into_values().filter(Stretch::can_tell).collect();
    (telling.len() >= MIN_STRETCHES).then(|| compare(&telling)).flatten()
}

fn compare(stretches: &[Stretch]) -> Option<Answer> {
    let differences: Vec<f64> = stretches.iter().map(|stretch| stretch.marked_fixes - stretch.expected()).collect();
    let sum = |of: fn(&Stretch) -> f64| stretches.iter().map(of).sum::<f64>();
    // Fixes at marked times over those expected, and the same for the other times (Mantel and Haenszel, 1959).
    let marked = sum(|stretch| stretch.marked_fixes * stretch.others / stretch.n());
    let others = sum(|stretch| stretch.other_fixes * stretch.marked / stretch.n());
    let effect = (others > 0.0).then_some(marked / others)?;
    Some(Answer { effect, p_value: t_test(&differences)?, n_stretches: stretches.len() })
}

/// Chance that values around zero have a mean as far from it, both sides; `None` for fewer than two or equal values.
pub(super) fn t_test(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let t = mean / (variance / n).sqrt();
    (values.len() > 1 && t.is_finite()).then(|| two_sided(normal_score(t, n - 1.0)))
}

/// The score a normal distribution gives a tail as large as that of `t` (Wallace, 1959): right to three digits from ten
/// degrees of freedom on.
fn normal_score(t: f64, freedom: f64) -> f64 {
    (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0) * (freedom * (t * t / freedom).ln_1p()).sqrt()
}

/// Both tails of the normal distribution beyond a score.
pub(super) fn two_sided(score: f64) -> f64 {
    erfc(score.abs() / std::f64::consts::SQRT_2)
}

/// The complementary error function for `x >= 0`, to a relative error of 1.2e-7 (Press et al., Numerical Recipes, 6.2).
fn erfc(x: f64) -> f64 {
    const TERMS: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let polynomial = TERMS.iter().fold(0.0, |sum, term| sum * t + term);
    (t * (-x * x + polynomial).exp()).min(1.0)
}

/// Holm's correction over all tests made, and what holds after it.
fn corrected(mut tests: Vec<Test>) -> Vec<TemporalPattern> {
    tests.sort_by(|a, b| a.answer.p_value.total_cmp(&b.answer.p_value));
    let n_tests = tests.len();
    let mut highest: f64 = 0.0;
    let mut held: Vec<TemporalPattern> = Vec::new();
    for (nth, Test { name, answer }) in tests.into_iter().enumerate() {
        highest = highest.max(answer.p_value * (n_tests - nth) as f64).min(1.0);
        // A lull is no spike; its test was made all the same and counts in the correction.
        let is_meant = name != "sprint_end_spike" || answer.effect > 1.0;
        if highest < MAX_P_VALUE && is_meant {
            held.push(TemporalPattern {
                name: name.to_owned(),
                effect: answer.effect,
                p_value: highest,
                n_tests,
                description: describe(name, &answer),
            });
        }
    }
    held.sort_by(|a, b| a.name.cmp(&b.name));
    held
}

fn describe(name: &str, answer: &Answer) -> String {
    let times = match name {
        "monday_effect" => "on Mondays as on the other days of the same week",
        "release_correlation" => "in the week after a release as in the week before",
        "sprint_end_spike" => "in the last fifth of a sprint as in the rest of it",
        _ => "in weeks after newcomers did more than usual as in the other weeks",
    };
    format!("the share of fixes is {:.2} times as high {times} ({} compared)", answer.effect, answer.n_stretches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::bug_forecast::record::{Record, Touch};

    /// A Monday.
    const START: Timestamp = Timestamp(1_420_416_000);

    /// Chance for tests.
    struct Draw(u64);

    impl Draw {
        fn share(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Four years of some five commits a working day by authors who come and go, a release every second Friday, and the
    /// share of fixes `share(day, commits by newcomers in the week before)`. Fixes come in bursts: a day is fixing day or
    /// is not.
    fn record(seed: u64, share: impl Fn(i64, bool) -> f64) -> Record {
        let mut draw = Draw(seed * 7 + 1);
        let (mut commits, mut releases) = (Vec::new(), Vec::new());
        let (mut was_new, mut is_new) = (false, false);
        for day in 0..4 * 364 {
            if day % 7 == 0 {
                (was_new, is_new) = (is_new, draw.share() < 0.4);
            }
            let at = START.plus_days(day);
            if day % 14 == 11 {
                releases.push(Timestamp(at.0 + 40_000));
            }
            if day % 7 > 4 {
                continue;
            }
            let burst = if draw.share() < 0.3 { 2.0 } else { 0.57 };
            for nth in 0..(2.0 + 7.0 * draw.share()) as i64 {
                let author = if is_new && nth < 2 { 1_000 + (day / 7) as u32 } else { nth as u32 };
                commits.push(Commit {
                    at: Timestamp(at.0 + 30_000 + 1_000 * nth),
                    local_day: at,
                    author,
                    is_fix: draw.share() < burst * share(day, was_new),
                    has_tests: false,
                    touches: vec![Touch { path: 0, old_path: None, is_deleted: false, churn: 3, growth: 1 }],
                });
            }
        }
        Record::written(&["src/a.rs"], commits).with_releases(releases)
    }

    fn found(record: &Record) -> Vec<(String, f64)> {
        let patterns = patterns(&record.whole());
        assert!(patterns.iter().all(|pattern| pattern.p_value < MAX_P_VALUE && pattern.n_tests == 4), "{patterns:?}");
        patterns.into_iter().map(|pattern| (pattern.name, pattern.effect)).collect()
    }

    #[test]
    fn each_planted_pattern_is_found_with_its_size() {
        type Share = fn(i64, bool) -> f64;
        let planted: [(&str, Share); 3] = [
            ("monday_effect", |day, _| if day % 7 == 0 { 0.4 } else { 0.2 }),
            ("sprint_end_spike", |day, _| if (day + 3) % 14 >= 12 { 0.45 } else { 0.2 }),
            ("team_rotation", |_, was_new| if was_new { 0.35 } else { 0.18 }),
        ];
        for (name, share) in planted {
            let found = found(&record(3, share));
            let effect = found.iter().find(|(known, _)| known == name).map(|(_, effect)| *effect);
            assert!(effect.is_some_and(|effect| (1.5..3.0).contains(&effect)), "{name}: {found:?}");
        }
        let after = found(&record(5, |day, _| if (day - 12).rem_euclid(14) < 7 { 0.4 } else { 0.18 }));
        assert!(after.iter().any(|(name, effect)| name == "release_correlation" && *effect > 1.5), "{after:?}");
    }

    #[test]
    fn random_histories_show_a_pattern_no_more_often_than_the_level_allows() {
        let n = 200;
        let n_silent = (0..n).filter(|seed| found(&record(*seed, |_, _| 0.2)).is_empty()).count();
        // At a level of 0.05, 10 of 200 are expected and 19 are exceeded once in 300 times.
        assert!(n - n_silent as u64 <= 19, "{} of {n}", n - n_silent as u64);
    }

    #[test]
    fn single_tests_are_wrong_as_often_as_they_say() {
        let n = 200;
        let mut n_wrong: BTreeMap<&str, usize> = BTreeMap::new();
        for seed in 0..n {
            for test in tests(&record(1_000 + seed, |_, _| 0.2).whole()) {
                *n_wrong.entry(test.name).or_default() += usize::from(test.answer.p_value < 0.1);
            }
        }
        // 20 of 200 are expected; 34 are exceeded once in 1,000 times.
        for (name, n_wrong) in n_wrong {
            assert!(n_wrong <= 34, "{name}: {n_wrong} of {n}");
        }
    }

    #[test]
    fn little_history_is_not_tested() {
        let mut short = record(1, |_, _| 0.3);
        short = short.truncated(START.plus_days(100));
        assert!(patterns(&short.whole()).is_empty());
        assert!(patterns(&Record::default().whole()).is_empty());
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        assert!((two_sided(1.959_964) - 0.05).abs() < 1e-6);
        assert!((two_sided(0.0) - 1.0).abs() < 1e-6);
        // Student's t with 19 degrees of freedom at 2.093: 0.05.
        assert!((two_sided(normal_score(2.093_024, 19.0)) - 0.05).abs() < 1e-3);
        assert_eq!(t_test(&[1.0, 1.0]), None);
        assert_eq!(t_test(&[]), None);
    }
}
