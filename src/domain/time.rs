//! When did it happen?
//!
//! In: unix seconds. Out: a point in time with day arithmetic and RFC 3339 text. Never asks a clock: callers pass
//! the moment in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Seconds in a day.
pub const DAY_SECONDS: i64 = 86_400;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Days from `earlier` to `self`; negative when `earlier` is later.
    pub fn days_since(self, earlier: Timestamp) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / DAY_SECONDS as f64
    }

    /// This moment moved by `days`.
    pub fn plus_days(self, days: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(days.saturating_mul(DAY_SECONDS)))
    }

    /// Year, month (1–12) and day (1–31) in UTC.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub fn date(self) -> (i64, u32, u32) {
        let days = self.0.div_euclid(DAY_SECONDS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    /// Midnight UTC of a date; `None` where the calendar has no such day.
    ///
    /// Source: Howard Hinnant, as above, `days_from_civil`.
    pub fn of_date(year: i64, month: u32, day: u32) -> Option<Timestamp> {
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let shifted_month = (i64::from(month) + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era.checked_mul(146_097)?.checked_add(day_of_era - 719_468)?;
        Some(Timestamp(days.checked_mul(DAY_SECONDS)?)).filter(|at| at.date() == (year, month, day))
    }

    /// Hour of the day (0–23) at `utc_offset_minutes` east of UTC.
    pub fn hour_at(self, utc_offset_minutes: i16) -> u32 {
        let local = self.0 + i64::from(utc_offset_minutes) * 60;
        (local.rem_euclid(DAY_SECONDS) / 3_600) as u32
    }

    /// Day of the week in UTC, Monday is 0.
    pub fn weekday(self) -> u32 {
        (self.0.div_euclid(DAY_SECONDS) + 3).rem_euclid(7) as u32
    }
}

/// RFC 3339 in UTC, to the second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let seconds = self.0.rem_euclid(DAY_SECONDS);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        for (seconds, text, weekday) in [
            (0, "1970-01-01T00:00:00Z", 3),
            (951_826_400, "2000-02-29T12:13:20Z", 1),
            (-1, "1969-12-31T23:59:59Z", 2),
            (4_102_444_800, "2100-01-01T00:00:00Z", 4),
        ] {
            assert_eq!(Timestamp(seconds).to_string(), text);
            assert_eq!(Timestamp(seconds).weekday(), weekday, "{text}");
        }
    }

    #[test]
    fn a_date_and_its_midnight_are_one() {
        for days in (-800_000..800_000).step_by(97) {
            let at = Timestamp(0).plus_days(days);
            let (year, month, day) = at.date();
            assert_eq!(Timestamp::of_date(year, month, day), Some(at));
        }
        for (year, month, day) in [(2026, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (2026, 1, 0)] {
            assert_eq!(Timestamp::of_date(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
