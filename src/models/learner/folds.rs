//! Which newer rows judge which older ones?
//!
//! In: rows. Out: parts of them, in time order. Never cuts a moment in two, and never lets a row teach whose outcome was
//! still open when the rows it would be judged by began.

use super::rows::Rows;

/// Rows of either outcome that each side of a fold needs.
pub const MIN_OUTCOMES: usize = 5;

/// Where the judging rows begin and end, as shares of the own rows: two steps forward in time. The last one ends with
/// the newest row and calibrates.
const STEPS: [(f64, f64); 2] = [(0.6, 0.8), (0.8, 1.0)];

/// Older rows to learn from and newer own rows to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    /// The oldest rows, others' among them: this many.
    pub(super) n_train: usize,
    /// Own rows, oldest first.
    pub(super) judged: Vec<usize>,
}

/// The folds with enough of either outcome on both sides, oldest first.
pub(super) fn folds(rows: &Rows<'_>) -> Vec<Fold> {
    let own: Vec<usize> = (0..rows.len()).filter(|row| rows.is_own(*row)).collect();
    STEPS.iter().filter_map(|step| fold(rows, &own, *step)).collect()
}

fn fold(rows: &Rows<'_>, own: &[usize], (from, to): (f64, f64)) -> Option<Fold> {
    let judged = own[moment_start(rows, own, from)..moment_start(rows, own, to)].to_vec();
    let n_train = rows.n_known_at(rows.at[*judged.first()?]).min(judged[0]);
    let has_both = |labels: &mut dyn Iterator<Item = bool>| {
        let (mut n, mut n_positive) = (0, 0);
        labels.for_each(|label| (n, n_positive) = (n + 1, n_positive + usize::from(label)));
        n_positive >= MIN_OUTCOMES && n - n_positive >= MIN_OUTCOMES
    };
    let is_usable = has_both(&mut rows.labels[..n_train].iter().copied())
        && has_both(&mut judged.iter().map(|row| rows.labels[*row]));
    is_usable.then_some(Fold { n_train, judged })
}

/// The first own row at or after a share of them that starts a new moment.
fn moment_start(rows: &Rows<'_>, own: &[usize], share: f64) -> usize {
    let near = (own.len() as f64 * share).round() as usize;
    let is_inside = |nth: usize| nth > 0 && rows.at[own[nth]] == rows.at[own[nth - 1]];
    (near..own.len()).find(|nth| !is_inside(*nth)).unwrap_or(own.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn check(days: impl Iterator<Item = i64>, label_days: i64, owners: Option<&[u32]>) -> Vec<Fold> {
        let at: Vec<Timestamp> = days.map(|day| Timestamp(0).plus_days(day)).collect();
        let labels: Vec<bool> = (0..at.len()).map(|row| row % 2 == 0).collect();
        let values = vec![0.0; at.len()];
        folds(&Rows { values: &values, n_columns: 1, labels: &labels, at: &at, label_days, owners })
    }

    #[test]
    fn what_teaches_was_decided_before_what_it_is_judged_by_began() {
        let found = check(0..100, 10, None);
        assert_eq!(found[0], Fold { n_train: 51, judged: (60..80).collect() });
        assert_eq!(found[1], Fold { n_train: 71, judged: (80..100).collect() });
    }

    #[test]
    fn others_teach_and_are_not_judged() {
        let owners: Vec<u32> = (0..200).map(|row| row % 2).collect();
        // Two rows a day; own rows have the even places, so labels must not follow the place alone.
        let at: Vec<Timestamp> = (0..200).map(|row| Timestamp(0).plus_days(row / 2)).collect();
        let labels: Vec<bool> = (0..200).map(|row| (row / 2) % 2 == 0).collect();
        let rows =
            Rows { values: &[0.0; 200], n_columns: 1, labels: &labels, at: &at, label_days: 0, owners: Some(&owners) };
        let found = folds(&rows);
        assert_eq!(found[1].judged, (160..200).step_by(2).collect::<Vec<_>>());
        assert_eq!(found[1].n_train, 160);
    }

    #[test]
    fn a_moment_is_never_cut_in_two() {
        for fold in check((0..100).map(|row| row / 7), 0, None) {
            assert_eq!((fold.judged[0] % 7, fold.n_train % 7), (0, 0));
        }
    }

    #[test]
    fn too_few_rows_leave_no_fold() {
        assert_eq!(check(0..12, 0, None), []);
        assert_eq!(check(0..0, 0, None), []);
        assert_eq!(check(0..100, 1_000, None), []);
        assert_eq!(check(0..100, 0, Some(&[7; 100])), []);
    }
}
