//! What are the values of one change and of each of its files?
//!
//! In: the [`Moment`] before a change, the change, the metrics of file contents, and what was handed in. Out: rows. One
//! function for each part of the catalogue; the definitions are in the catalogue's table. Never asks for metrics of a
//! file that is not judged.

mod file;
mod shares;
mod whole;

use super::catalogue::{CATALOGUE, Feature, InChange};
use super::change::{Change, Touched};
use super::inputs::Inputs;
use super::moment::Moment;
use super::row::Row;
use crate::code::Metrics;
use crate::domain::{BlobId, Timestamp};
use shares::mean;

/// Looks up the metrics of a file's content; `None` where it could not be read.
pub type MetricsOf<'a> = dyn Fn(BlobId) -> Option<Metrics> + 'a;

/// The rows of one change.
pub(super) struct Measured {
    /// For each judged file: its place in [`Change::files`], and its row.
    pub(super) files: Vec<(usize, Row)>,
    /// The change as a whole.
    pub(super) change: Row,
}

/// Measures a change on top of the moment before it. With people off, everything about authors is unknown.
pub(super) fn measure(
    moment: &Moment<'_>,
    change: &Change<'_>,
    metrics: &MetricsOf<'_>,
    inputs: Inputs<'_>,
) -> Measured {
    let churns = change.files.iter().filter(|touched| touched.is_judged).map(Touched::churn).collect();
    let scene = Scene { moment, change, inputs, now: change.at, churns };
    let judged: Vec<(usize, Code)> = change
        .files
        .iter()
        .enumerate()
        .filter(|(_, touched)| touched.is_judged)
        .map(|(place, touched)| (place, Code::of(touched, metrics)))
        .collect();
    let mut whole = Row::unknown();
    scene.measure_change(&mut whole, &judged);
    let files = judged.iter().map(|(place, code)| (*place, scene.file_row(&whole, &change.files[*place], code)));
    let mut measured = Measured { files: files.collect(), change: whole };
    summarise_files(&mut measured);
    if !inputs.people {
        forget_people(&mut measured);
    }
    measured
}

/// Where and when it is measured.
struct Scene<'a> {
    moment: &'a Moment<'a>,
    change: &'a Change<'a>,
    inputs: Inputs<'a>,
    now: Timestamp,
    /// Changed lines of each judged file.
    churns: Vec<f64>,
}

/// The text of a file on both sides of a change.
struct Code {
    /// `None` where it could not be read.
    after: Option<Metrics>,
    /// `None` where it could not be read; a file that did not exist has the metrics of an empty one.
    before: Option<Metrics>,
}

impl Code {
    fn of(touched: &Touched<'_>, metrics: &MetricsOf<'_>) -> Self {
        let before = match touched.old_blob {
            Some(blob) => metrics(blob),
            None => Some(Metrics::default()),
        };
        Self { after: touched.new_blob.and_then(metrics), before }
    }

    /// A number after the change minus the same number before it.
    fn delta(&self, number: impl Fn(&Metrics) -> Option<f64>) -> Option<f64> {
        Some(number(self.after.as_ref()?)? - number(self.before.as_ref()?)?)
    }

    fn complexity_delta(&self) -> Option<f64> {
        self.delta(|metrics| Some(f64::from(metrics.cyclomatic)))
    }
}

/// Gives the change row the values of its files, each in the way the catalogue says.
fn summarise_files(measured: &mut Measured) {
    for definition in &CATALOGUE {
        let values = || measured.files.iter().filter_map(|(_, row)| row.get(definition.feature)).map(f64::from);
        let value = match definition.in_change {
            InChange::Whole | InChange::FileOnly => continue,
            InChange::Max => values().reduce(f64::max),
            InChange::Min => values().reduce(f64::min),
            InChange::Mean => mean(values()),
        };
        measured.change.set(definition.feature, value);
    }
}

fn forget_people(measured: &mut Measured) {
    let rows = measured.files.iter_mut().map(|(_, row)| row).chain([&mut measured.change]);
    rows.for_each(|row| {
        Feature::all().filter(|feature| feature.is_about_people()).for_each(|feature| row.set(feature, None::<f64>))
    });
}

/// 1 for yes, 0 for no.
fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}
