//! Is a repository judged by its labels as they were known, and by nothing later?

use super::labels::{Label, Part};
use super::rows::{Project, Row};
use super::*;
use crate::features;

const DAY: i64 = 86_400;

/// A row of a day, with the days its defects were fixed on and what it is for.
fn row(day: i64, fixed_on: &[i64], part: Part, start: i64) -> Row {
    let fixed_at: Vec<Timestamp> = fixed_on.iter().map(|day| Timestamp(day * DAY)).collect();
    let is_known = fixed_at.first().is_some_and(|at| at.0 <= start * DAY);
    Row {
        at: Timestamp(day * DAY),
        values: features::Row::unknown(),
        label: Label {
            commit: CommitId([day as u8; 20]),
            file: "A.java".to_owned(),
            is_bug: !fixed_at.is_empty(),
            is_known_at_test_start: is_known,
            fixed_at,
            part,
        },
    }
}

#[test]
fn a_model_learns_only_what_was_known_when_its_test_part_began() {
    let own = Project::of_rows(
        "own",
        vec![
            row(1, &[5], Part::Train, 100),
            row(2, &[150], Part::Train, 100),
            row(60, &[], Part::Unused, 100),
            row(100, &[101], Part::Test, 100),
        ],
    );
    let other = Project::of_rows(
        "other",
        vec![
            row(1, &[99, 300], Part::Train, 500),
            row(2, &[101], Part::Train, 500),
            row(3, &[4], Part::Train, 500),
            row(1, &[2], Part::Test, 500),
            row(2, &[], Part::Unused, 500),
        ],
    );
    let lessons = Lessons::known_at_test_start(&own, &[&other]);
    let found: Vec<(u32, i64, bool)> =
        lessons.rows.iter().map(|row| (row.owner, row.row.at.0 / DAY, row.label)).collect();
    let expected = [
        (OWN, 1, true),
        // Fixed by day 99, a day before the test part began.
        (1, 1, true),
        // Fixed after it began: as clean as it looked.
        (OWN, 2, false),
        (1, 2, false),
        (1, 2, false),
        // The row of day 3 is younger than every own training row, and a row of the other's test part teaches nobody.
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_column_nobody_knows_is_not_learned() {
    let mut known = row(1, &[], Part::Train, 10);
    known.values.set(Feature::FileLinesAdded, 3.0);
    let own = Project::of_rows("own", vec![known, row(2, &[], Part::Train, 10), row(20, &[], Part::Test, 10)]);
    assert_eq!(Lessons::known_at_test_start(&own, &[]).known_columns(), [Feature::FileLinesAdded]);
}
