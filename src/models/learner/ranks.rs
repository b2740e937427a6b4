//! Where does a value stand among the values of its own project?
//!
//! In: rows of one project. Out: for each value the share of the project's known values below it, ties counting half.
//! Never looks at outcomes. Projects differ in what is large; places in an order can be compared between them.

use serde::{Deserialize, Serialize};

/// Values kept of each column: enough to place a value to a twentieth of a percent.
const MAX_KEPT_VALUES: usize = 2_000;

/// The known values of each column, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranks {
    columns: Vec<Vec<f32>>,
}

impl Ranks {
    /// Of some rows, one row after the other.
    pub fn of(values: &[f32], n_columns: usize) -> Self {
        let column = |nth: usize| {
            let mut known: Vec<f32> = values.iter().skip(nth).step_by(n_columns).copied().collect();
            known.retain(|value| value.is_finite());
            known.sort_by(f32::total_cmp);
            thinned(known)
        };
        Self { columns: (0..n_columns).map(column).collect() }
    }

    /// The places of the values of some rows, 0 to 1; unknown where the value or the whole column is.
    pub fn places(&self, values: &[f32]) -> Vec<f32> {
        let columns = self.columns.iter().cycle();
        values.iter().zip(columns).map(|(value, known)| place(*value, known)).collect()
    }
}

/// Every so many by rank, the first and the last among them.
fn thinned(sorted: Vec<f32>) -> Vec<f32> {
    if sorted.len() <= MAX_KEPT_VALUES {
        return sorted;
    }
    let last = sorted.len() - 1;
    (0..MAX_KEPT_VALUES).map(|nth| sorted[nth * last / (MAX_KEPT_VALUES - 1)]).collect()
}

fn place(value: f32, known: &[f32]) -> f32 {
    if !value.is_finite() || known.is_empty() {
        return f32::NAN;
    }
    let (below, up_to) =
        (known.partition_point(|other| *other < value), known.partition_point(|other| *other <= value));
    (below + up_to) as f32 / (2 * known.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_share_below_with_ties_halved() {
        let ranks = Ranks::of(&[1.0, f32::NAN, 2.0, f32::NAN, 2.0, f32::NAN, 9.0, f32::NAN], 2);
        let places = ranks.places(&[2.0, 5.0, 0.0, f32::NAN, 10.0, 1.0]);
        assert_eq!((places[0], places[2], places[4]), (0.5, 0.0, 1.0));
        assert!(places[1].is_nan() && places[3].is_nan() && places[5].is_nan());
    }

    #[test]
    fn many_values_are_thinned_and_keep_their_places() {
        let values: Vec<f32> = (0..50_000).map(|value| value as f32).collect();
        let place = Ranks::of(&values, 1).places(&[12_500.0])[0];
        assert!((place - 0.25).abs() < 1e-3, "{place}");
    }
}
