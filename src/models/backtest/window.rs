//! Which stretch of the past is replayed, and when is the model fitted anew?
//!
//! In: what somebody asked for, and the newest moment whose outcome is known. Out: moments. Never asks a clock.

use crate::domain::Timestamp;

/// A model is fitted anew after this many days: the review does it weekly, a month's labels change it little.
const REFIT_DAYS: i64 = 30;

/// More fits than this only cost time: over many years they are farther apart.
const MAX_REFITS: i64 = 24;

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
    /// A year: long enough for every season, short enough that the code is still the same.
    pub const DEFAULT: Since = Since::Months(12);

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
    fn models_are_fitted_monthly_and_less_often_over_many_years() {
        let moments = |days: i64| refit_moments(Timestamp(0), Timestamp(0).plus_days(days));
        assert_eq!(moments(365).len(), 13);
        assert_eq!(moments(60), [Timestamp(0), Timestamp(0).plus_days(30)]);
        assert_eq!(moments(0), []);
        let decade = moments(3_650);
        assert!(decade.len() <= 24 && decade[1] == Timestamp(0).plus_days(153), "{decade:?}");
    }
}
