//! When was that, in GitHub's words?
//!
//! In: RFC 3339 text from an answer. Out: a [`Timestamp`], or nothing where the text is something else. Fractions of a
//! second are dropped.

use crate::domain::{DAY_SECONDS, Timestamp};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time; passed in, so that a test can hold it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    })
}

/// `2026-11-01T12:00:00Z`, `2026-11-01T12:00:00.000Z` or `2026-11-01T14:00:00+02:00`.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok().map(i64::from);
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let offset = offset_seconds(text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()))?;
    let seconds_of_day = hour * 3_600 + minute * 60 + second;
    in_range.then(|| Timestamp(days_since_epoch(year, month, day) * DAY_SECONDS + seconds_of_day - offset))
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    Some(sign * (i64::from(hours.parse::<u8>().ok()?) * 3_600 + i64::from(minutes.parse::<u8>().ok()?) * 60))
}

/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_as_it_was_written() {
        for seconds in [0, 951_826_400, 1_761_998_400, 4_102_444_800] {
            assert_eq!(parse(&Timestamp(seconds).to_string()), Some(Timestamp(seconds)));
        }
    }

    #[test]
    fn fractions_are_dropped_and_offsets_are_kept() {
        let noon = parse("2026-11-01T12:00:00Z");
        assert!(noon.is_some());
        assert_eq!(parse("2026-11-01T12:00:00.123Z"), noon);
        assert_eq!(parse("2026-11-01T14:30:00+02:30"), noon);
        assert_eq!(parse("2026-11-01T04:00:00-08:00"), noon);
    }

    #[test]
    fn other_words_are_no_moment() {
        for text in
            ["", "yesterday", "2026-13-01T12:00:00Z", "2026-11-01", "2026-11-01T12:00:00", "２０26-11-01T12:00:00Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
