//! How is a frequency said so that nobody has to calculate?
//!
//! In: counts. Out: "1 in 3", or the counts themselves where they are small. Never makes a rate look surer than its
//! counts: few cases are said as few cases.

use super::span::capitalised;
use crate::models::answer::Frequency;

/// Fewer cases than this are said as counts: one more would change the fraction.
const MIN_CASES: u32 = 20;

/// Fractions people know, beside "1 in n".
const KNOWN_FRACTIONS: [(u32, u32); 6] = [(2, 5), (3, 5), (2, 3), (3, 4), (4, 5), (9, 10)];

/// The rarest "1 in n" that is said.
const MAX_ONE_IN: u32 = 100;

/// `1 in 3 file changes scored this high or higher here needed a fix within 30 days; 1 in 8 overall`.
///
/// `None` without cases. `cases` are what was scored, `happened` what came of them.
pub(super) fn sentence(counts: Frequency, cases: &str, happened: &str) -> Option<String> {
    let Frequency { n, n_hits, n_all, n_all_hits } = counts;
    let overall = if n_all < MIN_CASES { format!("{n_all_hits} of all {n_all}") } else { share(n_all_hits, n_all) };
    let scored = format!("{cases} scored this high or higher here");
    let said = match n {
        _ if n_all == 0 => return None,
        0 => return Some(format!("None of {n_all} earlier {cases} here scored this high; {overall} {happened}")),
        1 => format!("{n_hits} of the 1 {} scored this high or higher here {happened}", cases.trim_end_matches('s')),
        n if n < MIN_CASES => format!("{n_hits} of the {n} {scored} {happened}"),
        n => format!("{} {scored} {happened}", share(n_hits, n)),
    };
    Some(capitalised(&format!("{said}; {overall} overall")))
}

/// `1 in 3`; `none of the 40`, `all 40`. The nearest of the fractions people know, measured in log-odds.
pub(super) fn share(n_hits: u32, n: u32) -> String {
    if n_hits == 0 {
        return format!("none of the {n}");
    }
    if n_hits >= n {
        return format!("all {n}");
    }
    let log_odds = |n_hits: u32, n: u32| (f64::from(n_hits) / f64::from(n - n_hits)).ln();
    let distance = |fraction: &(u32, u32)| (log_odds(fraction.0, fraction.1) - log_odds(n_hits, n)).abs();
    let known = (2..=MAX_ONE_IN).map(|n| (1, n)).chain(KNOWN_FRACTIONS);
    let (few, many) = known.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or((n_hits, n));
    match n_hits {
        n_hits if u64::from(n_hits) * u64::from(MAX_ONE_IN) < u64::from(n) => format!("fewer than 1 in {MAX_ONE_IN}"),
        n_hits if u64::from(n_hits) * 100 > u64::from(n) * 95 => "more than 19 in 20".to_owned(),
        _ => format!("{few} in {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: (u32, u32, u32, u32), expected: &str) {
        let (n_hits, n, n_all_hits, n_all) = counts;
        let said = sentence(Frequency { n, n_hits, n_all, n_all_hits }, "file changes", "needed a fix");
        assert_eq!(said.as_deref(), Some(expected));
    }

    #[test]
    fn a_frequency_is_said_as_people_say_it() {
        check((17, 50, 96, 812), "1 in 3 file changes scored this high or higher here needed a fix; 1 in 8 overall");
        check((41, 50, 96, 812), "4 in 5 file changes scored this high or higher here needed a fix; 1 in 8 overall");
        check(
            (0, 30, 8, 800),
            "None of the 30 file changes scored this high or higher here needed a fix; 1 in 100 overall",
        );
        check(
            (30, 30, 3, 800),
            "All 30 file changes scored this high or higher here needed a fix; fewer than 1 in 100 overall",
        );
    }

    #[test]
    fn few_cases_are_said_as_counts() {
        check((3, 7, 96, 812), "3 of the 7 file changes scored this high or higher here needed a fix; 1 in 8 overall");
        check(
            (1, 1, 3, 12),
            "1 of the 1 file change scored this high or higher here needed a fix; 3 of all 12 overall",
        );
        check((0, 0, 96, 812), "None of 812 earlier file changes here scored this high; 1 in 8 needed a fix");
        assert_eq!(sentence(Frequency { n: 0, n_hits: 0, n_all: 0, n_all_hits: 0 }, "changes", "failed"), None);
    }

    #[test]
    fn no_fraction_is_far_from_its_counts() {
        for n in [20_u32, 37, 100, 999] {
            for n_hits in 1..n {
                let said = share(n_hits, n);
                let Some((few, many)) = said.split_once(" in ").filter(|(few, _)| few.len() <= 2) else { continue };
                let rate = few.parse::<f64>().expect("a number") / many.parse::<f64>().expect("a number");
                let truth = f64::from(n_hits) / f64::from(n);
                assert!((rate - truth).abs() < 0.06 && (rate / truth - 1.0).abs() < 0.16, "{n_hits} of {n}: {said}");
            }
        }
    }
}
