//! Which newer rows judge which older ones?
//!
//! In: rows. Out: parts of them, in time order. Never cuts a moment in two, and never lets a row teach whose outcome was
//! still open when the rows it would be judged by began.

use super::rows::Rows;

/// Rows of either outcome that each side of a fold needs.
pub const MIN_OUTCOMES: usize = 5;

/// Where the judging rows begin and end, as shares of the own rows: steps forward in time.
const STEPS: [(f64, f64); 4] = [(0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)];

/// Newest steps that choices are made on.
const N_STEPS_TO_CHOOSE_ON: usize = 2;

/// Newest steps that calibrate: two follow a rate that drifts better than one (decision 13).
const N_STEPS_TO_CALIBRATE_ON: usize = 2;

/// Rows that calibrate: with fewer in these steps, older ones are added. A slope fitted to 500 rows is uncertain by about
/// a tenth.
const N_ROWS_TO_CALIBRATE_ON: usize = 500;

/// Older rows to learn from and newer own rows to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    /// The oldest rows, others' among them: this many.
    pub(super) n_train: usize,
    /// Own rows, oldest first.
    pub(super) judged: Vec<usize>,
}

/// The folds to choose on, oldest first: those of the newest steps with enough of either outcome on both sides.
pub(super) fn folds_to_choose_on(rows: &Rows<'_>) -> Vec<Fold> {
    let own = rows.own();
    STEPS[STEPS.len() - N_STEPS_TO_CHOOSE_ON..].iter().filter_map(|step| fold(rows, &own, *step)).collect()
}

/// The folds to calibrate on, oldest first: as many of the newest as it takes.
pub(super) fn folds_to_calibrate_on(rows: &Rows<'_>) -> Vec<Fold> {
    let own = rows.own();
    let mut found: Vec<Fold> = Vec::new();
    for step in STEPS.iter().rev() {
        let n_rows: usize = found.iter().map(|fold| fold.judged.len()).sum();
        if found.len() >= N_STEPS_TO_CALIBRATE_ON && n_rows >= N_ROWS_TO_CALIBRATE_ON {
            break;
        }
        found.extend(fold(rows, &own, *step));
    }
    found.reverse();
    found
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
        folds_to_choose_on(&Rows { values: &values, n_columns: 1, labels: &labels, at: &at, label_days, owners })
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
        let found = folds_to_choose_on(&rows);
        assert_eq!(found[1].judged, (160..200).step_by(2).collect::<Vec<_>>());
        assert_eq!(found[1].n_train, 160);
    }

    #[test]
    fn where_no_row_is_own_all_are_judged() {
        assert_eq!(check(0..100, 10, Some(&[7; 100])), check(0..100, 10, None));
    }

    #[test]
    fn few_rows_are_calibrated_on_more_steps_than_many() {
        let steps = |n: usize| {
            let at: Vec<Timestamp> = (0..n as i64).map(|day| Timestamp(0).plus_days(day)).collect();
            let labels: Vec<bool> = (0..n).map(|row| row % 2 == 0).collect();
            let values = vec![0.0; n];
            let rows = Rows { values: &values, n_columns: 1, labels: &labels, at: &at, label_days: 0, owners: None };
            folds_to_calibrate_on(&rows).iter().map(|fold| fold.judged[0]).collect::<Vec<_>>()
        };
        assert_eq!(steps(3_000), [1_800, 2_400]);
        assert_eq!(steps(1_000), [400, 600, 800]);
        assert_eq!(steps(500), [100, 200, 300, 400]);
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
        assert_eq!(check(0..100, 1_000, Some(&[7; 100])), []);
    }
}
