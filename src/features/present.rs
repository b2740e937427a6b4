//! What would the rows be if the change were another one?
//!
//! In: a past, and any number of changes on top of it. Out: the rows of each, measured by the same path as the rows of
//! the change that is really there. The past is walked once. Never changes a number of a row by hand.

use super::inputs::Inputs;
use super::measure::{MetricsOf, measure};
use super::moment::Moment;
use super::row::Row;
use super::sweep::{after, reviewed_change};
use crate::domain::Diff;
use crate::history::Past;

/// The end of a past, ready to be asked about changes on top of it.
pub struct Present<'a> {
    past: &'a Past<'a>,
    moment: Moment<'a>,
}

/// The rows of a change that is only thought of.
#[derive(Debug, Clone, PartialEq)]
pub struct ImaginedRows {
    /// Judged files in the order of the diff: path after the change, and row.
    pub files: Vec<(String, Row)>,
    /// The change as a whole; `None` when it has no source file to judge.
    pub change: Option<Row>,
}

impl<'a> Present<'a> {
    /// Walks through `past` once.
    pub fn of(past: &'a Past<'a>) -> Self {
        Self { past, moment: after(past) }
    }

    /// The share of each file's changes that changed a benchmark too, by present path; nothing where there never was one.
    pub fn shares_with_benchmarks(&self) -> impl Iterator<Item = (&'a str, f64)> + '_ {
        let named = self.moment.present_files();
        named.filter_map(|(path, file)| Some((path, self.moment.share_with_benchmarks(file)?)))
    }

    /// The rows of `diff` as a change of this moment.
    pub fn rows(&self, diff: &Diff, metrics: &MetricsOf<'_>, inputs: Inputs<'_>) -> ImaginedRows {
        let (change, _) = reviewed_change(self.past, diff);
        let measured = measure(&self.moment, &change, metrics, inputs);
        let is_judged = !measured.files.is_empty();
        let files = measured.files.into_iter().map(|(place, row)| (change.files[place].path.to_owned(), row));
        ImaginedRows { files: files.collect(), change: is_judged.then_some(measured.change) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::{EVERYTHING, History};
    use crate::features::{Feature, rows_for_change};

    #[test]
    fn the_change_that_is_there_has_the_rows_it_has_in_a_review_and_a_smaller_one_has_others() {
        let history = History::read(
            "0 ann | start | +src/a.rs 10/0 c3, +lib/b.rs 5/0 c2
             1 bob | fix(0) crash | src/a.rs 1/1 c4
             2 cyd | grow | src/a.rs 40/2 c9, lib/b.rs 3/0 c2",
        );
        let (past, mut diff) = (history.past_before(2), history.diff_of(2));
        let metrics = |blob| history.metrics(blob);
        let present = Present::of(&past);
        let real = rows_for_change(&past, &diff, &metrics, EVERYTHING);
        let imagined = present.rows(&diff, &metrics, EVERYTHING);
        assert!(imagined.change.as_ref().zip(real.change.as_ref()).is_some_and(|(a, b)| a.is_same(b)));
        for (file, (path, row)) in real.files.iter().zip(&imagined.files) {
            assert!(file.path == *path && file.after.is_same(row), "{path}");
        }
        diff.files.retain(|file| file.path == "lib/b.rs");
        let smaller = present.rows(&diff, &metrics, EVERYTHING).change.expect("a file is left");
        assert_eq!([Feature::NFiles, Feature::LinesAdded].map(|feature| smaller.get(feature)), [Some(1.0), Some(3.0)]);
    }
}
