//! Which stretch of the past is replayed, and when is the model fitted anew?
//!
//! In: what somebody asked for, and the newest moment whose outcome is known. Out: moments. Never asks a clock.

use super::Longer;
use crate::domain::Timestamp;

/// A model is fitted anew after this many days: the review does it weekly, a month's labels change it little.
const REFIT_DAYS: i64 = 30;

/// More fits than this only cost time: over many years they are farther apart.
const MAX_REFITS: i64 = 24;

/// Stretches that are proposed where a shorter one holds too little.
const LONGER_YEARS: [u32; 5] = [2, 3, 5, 10, 20];

/// So many changes mostly hold ten of either outcome.
const ENOUGH_CHANGES: usize = 200;

/// Longer than any history.
const MAX_NUMBER: u32 = 40_000;

/// From when on changes are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// This many days before the end.
    Days(u32),
    /// This many months before the end.
    Months(u32),
    /// From a day on.
    Date(Timestamp),
}

/// What was written is no such moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected days, weeks, months or years such as `90d`, `8w`, `12m`, `2y`, or a date such as `2025-06-30`, got `{found}`"
)]
pub struct InvalidSince {
    /// What was written.
    pub found: String,
}

impl Since {
    /// The moment it means when the replay ends at `until`.
    pub fn before(self, until: Timestamp) -> Timestamp {
        match self {
            Since::Days(days) => until.plus_days(-i64::from(days)),
            Since::Months(months) => months_before(until, months),
            Since::Date(at) => at,
        }
    }
}

impl std::str::FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, InvalidSince> {
        let text = text.trim();
        let found = date(text).map(Since::Date).or_else(|| duration(text));
        found.ok_or_else(|| InvalidSince { found: text.chars().take(50).collect() })
    }
}

fn date(text: &str) -> Option<Timestamp> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let mut parts = text.split('-').filter(|_| is_plain);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Timestamp::of_date(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).filter(|_| parts.next().is_none())
}

fn duration(text: &str) -> Option<Since> {
    let unit = text.chars().last()?;
    let number = &text[..text.len() - unit.len_utf8()];
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u32>().ok().filter(|number| is_plain && (1..=MAX_NUMBER).contains(number))?;
    match unit {
        'd' => Some(Since::Days(number)),
        'w' => Some(Since::Days(number * 7)),
        'm' => Some(Since::Months(number)),
        'y' => Some(Since::Months(number * 12)),
        _ => None,
    }
}

/// The same day of an earlier month, or its last day where it is shorter.
fn months_before(at: Timestamp, months: u32) -> Timestamp {
    let (year, month, day) = at.date();
    let since_year_0 = year * 12 + i64::from(month) - 1 - i64::from(months);
    let (year, month) = (since_year_0.div_euclid(12), since_year_0.rem_euclid(12) as u32 + 1);
    (1..=day).rev().find_map(|day| Timestamp::of_date(year, month, day)).unwrap_or(at)
}

/// The shortest of some longer stretches that holds enough changes to be worth a try, or the one with most.
///
/// `changes` are the moments of all changes whose outcome is known, oldest first; `since` is the stretch that held too few.
pub fn longer(changes: &[Timestamp], since: Timestamp, until: Timestamp) -> Option<Longer> {
    let n_after = |since: Timestamp| changes.len() - changes.partition_point(|at| *at <= since);
    let n_now = n_after(since);
    let stretch = |years: u32| Longer { years, n_changes: n_after(months_before(until, 12 * years)) };
    let stretches = || LONGER_YEARS.into_iter().map(stretch).filter(|it| it.n_changes > n_now);
    let enough = stretches().find(|it| it.n_changes >= ENOUGH_CHANGES);
    // Of equally many the shortest.
    enough.or_else(|| stretches().rev().max_by_key(|it| it.n_changes))
}

/// The moments at which models are fitted, the first at `since`, all before `until`.
pub fn refit_moments(since: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let days = until.days_since(since).ceil() as i64;
    let step = REFIT_DAYS.max(days.div_euclid(MAX_REFITS) + 1);
    (0..).map(|nth| since.plus_days(nth * step)).take_while(|moment| *moment < until).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(text: &str) -> Option<String> {
        let until = Timestamp::of_date(2026, 3, 31)?;
        Some(text.parse::<Since>().ok()?.before(until).to_string()[..10].to_owned())
    }

    #[test]
    fn a_stretch_is_written_as_days_weeks_months_years_or_a_date() {
        for (text, expected) in [
            ("90d", "2025-12-31"),
            ("2w", "2026-03-17"),
            ("1m", "2026-02-28"),
            ("12m", "2025-03-31"),
            ("2y", "2024-03-31"),
            (" 2025-06-30 ", "2025-06-30"),
        ] {
            assert_eq!(since(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "12", "m", "0d", "-3m", "+3m", "1.5y", "3é", "2025-13-01", "2025-02-30", "2025-6-3", "99999999999d"]
        {
            assert_eq!(since(text), None, "{text}");
        }
        let error = "yesterday".parse::<Since>().expect_err("not a date").to_string();
        assert!(error.contains("`12m`") && error.ends_with("got `yesterday`"), "{error}");
    }

    #[test]
    fn a_longer_stretch_is_proposed_where_it_holds_more() {
        let until = Timestamp::of_date(2026, 1, 1).expect("a day");
        let changes = |step: i64, n: i64| (0..n).rev().map(|nth| until.plus_days(-nth * step)).collect::<Vec<_>>();
        let proposed = |changes: &[Timestamp]| {
            longer(changes, until.plus_days(-365), until).map(|longer| (longer.years, longer.n_changes))
        };
        // One in eight days: 92 in two years, 137 in three, 229 in five.
        assert_eq!(proposed(&changes(8, 1_000)), Some((5, 229)));
        // Never enough: the shortest that holds all.
        assert_eq!(proposed(&changes(30, 50)), Some((5, 50)));
        assert_eq!(proposed(&changes(30, 5)), None);
        assert_eq!(proposed(&[]), None);
    }

    #[test]
    fn models_are_fitted_monthly_and_less_often_over_many_years() {
        let moments = |days: i64| refit_moments(Timestamp(0), Timestamp(0).plus_days(days));
        assert_eq!(moments(365).len(), 13);
        assert_eq!(moments(60), [Timestamp(0), Timestamp(0).plus_days(30)]);
        assert_eq!(moments(0), []);
        let decade = moments(3_650);
        assert!(decade.len() <= 24 && decade[1] == Timestamp(0).plus_days(153), "{decade:?}");
    }
}
