//! How often did cases that were scored this high come true?
//!
//! In: scores of cases a model had not learned from, with their outcomes. Out: counts, so that whoever says them can
//! round honestly. Never counts a case with a lower score.

use super::answer::Frequency;

/// Counts the cases that scored `score` or higher, and all of them; `None` without a case.
///
/// `table` holds scores with outcomes, lowest score first.
pub fn scored_at_least(table: &[(f32, bool)], score: f32) -> Option<Frequency> {
    let count = |cases: &[(f32, bool)]| (cases.len() as u32, cases.iter().filter(|case| case.1).count() as u32);
    let (n, n_hits) = count(&table[table.partition_point(|case| case.0 < score)..]);
    let (n_all, n_all_hits) = count(table);
    (n_all > 0).then_some(Frequency { n, n_hits, n_all, n_all_hits })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [(f32, bool); 5] = [(0.1, false), (0.2, true), (0.4, false), (0.4, true), (0.9, true)];

    fn check(score: f32, expected: (u32, u32)) {
        let found = scored_at_least(&TABLE, score).expect("there are cases");
        assert_eq!((found.n, found.n_hits, found.n_all, found.n_all_hits), (expected.0, expected.1, 5, 3), "{score}");
    }

    #[test]
    fn cases_with_the_same_score_or_a_higher_one_count() {
        check(0.0, (5, 3));
        check(0.4, (3, 2));
        check(0.41, (1, 1));
        check(0.95, (0, 0));
        assert_eq!(scored_at_least(&[], 0.5), None);
    }
}
