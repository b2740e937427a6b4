//! Which files were changed for the sake of speed?
//!
//! In: a past. Out: for each file, by its present path, how many of its changes spoke of speed in the first line of
//! their message. Changes of many files say nothing about one. Never reads a file.

use super::past_changes::past_changes;
use crate::history::{Past, speaks_of_speed};
use rustc_hash::FxHashMap;

/// Files in one commit above which its message is not about each of them.
const MAX_FILES: usize = 10;

/// Changes for speed by present path; files without any are absent.
pub fn speed_changes<'a>(past: &'a Past<'a>) -> FxHashMap<&'a str, u32> {
    let mut n_changes = FxHashMap::default();
    for (commit, paths) in past_changes(past) {
        if paths.len() <= MAX_FILES && speaks_of_speed(commit.subject()) {
            for path in paths {
                *n_changes.entry(path).or_default() += 1;
            }
        }
    }
    n_changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::History;

    #[test]
    fn changes_whose_first_line_speaks_of_speed_count_under_the_name_of_today() {
        let history = History::read(
            "0 ann | start | +src/a.rs 10/0, +src/b.rs 5/0
             1 bob | Make parsing 2x faster | src/a.rs 1/1
             2 bob | perf: avoid a copy | src/a.rs 1/1, src/b.rs 1/1
             3 cyd | move | src/a.rs>src/c.rs 1/0
             4 cyd | say when it is slow no more | src/b.rs 1/0",
        );
        let past = history.past_on(10);
        let mut found: Vec<(&str, u32)> = speed_changes(&past).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, [("src/b.rs", 1), ("src/c.rs", 2)]);
    }
}
