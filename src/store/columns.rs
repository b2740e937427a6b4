//! How does a column become a value?
//!
//! In: rows as the database gives them. Out: GitHub's numbers, moments and texts. Never guesses at a missing column.

use crate::domain::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// GitHub's number as a column holds it. A number beyond 2⁶³ is nobody's: it finds nothing and shadows nobody.
pub(super) fn from_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// [`from_number`] for a column that may be empty.
pub(super) fn from_optional_number(number: Option<u64>) -> Option<i64> {
    number.map(from_number)
}

/// A column with one of GitHub's numbers.
pub(super) fn number(row: &AnyRow, column: &str) -> Result<u64, sqlx::Error> {
    row.try_get::<i64, _>(column).map(|value| u64::try_from(value).unwrap_or_default())
}

/// A column with one of GitHub's numbers, or nothing.
pub(super) fn optional_number(row: &AnyRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    let value = row.try_get::<Option<i64>, _>(column)?;
    Ok(value.map(|value| u64::try_from(value).unwrap_or_default()))
}

/// A column with a moment.
pub(super) fn moment(row: &AnyRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    row.try_get(column).map(Timestamp)
}

/// A column with a moment, or nothing.
pub(super) fn optional_moment(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp))
}

/// A column with text.
pub(super) fn text(row: &AnyRow, column: &str) -> Result<String, sqlx::Error> {
    row.try_get(column)
}

/// A column with text, or nothing.
pub(super) fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, sqlx::Error> {
    row.try_get(column)
}

/// Text that both databases take: PostgreSQL refuses a zero byte, and no column needs more than `max_chars`.
pub(super) fn bounded(text: &str, max_chars: usize) -> String {
    text.chars().filter(|character| *character != '\0').take(max_chars).collect()
}
