//! What are the values of one change and of each of its files?
//!
//! In: the [`Moment`] before a change, the change, and the metrics of file contents. Out: rows. One function for each
//! part of the catalogue; the definitions are in the catalogue's table. Never asks for metrics of a file that is not
//! judged.

use super::catalogue::{CATALOGUE, Feature, InChange};
use super::change::{Author, Change, Touched};
use super::moment::{FileHistory, Moment, RECENT_DAYS, Touch, YEAR_DAYS, subsystems};
use super::paths::{directory, is_about_the_outside, is_data_sensitive, is_manifest, is_security_sensitive, is_test};
use super::row::Row;
use crate::code::Metrics;
use crate::domain::{BlobId, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Looks up the metrics of a file's content; `None` where it could not be read.
pub type MetricsOf<'a> = dyn Fn(BlobId) -> Option<Metrics> + 'a;

/// The rows of one change.
pub(super) struct Measured {
    /// For each judged file: its place in [`Change::files`], and its row.
    pub(super) files: Vec<(usize, Row)>,
    /// The change as a whole.
    pub(super) change: Row,
}

/// Measures a change on top of the moment before it. With `people` off, everything about authors is unknown.
pub(super) fn measure(moment: &Moment<'_>, change: &Change<'_>, metrics: &MetricsOf<'_>, people: bool) -> Measured {
    let scene = Scene { moment, change, now: change.at };
    let judged: Vec<(usize, Code)> = change
        .files
        .iter()
        .enumerate()
        .filter(|(_, touched)| touched.is_judged())
        .map(|(place, touched)| (place, Code::of(touched, metrics)))
        .collect();
    let mut whole = Row::unknown();
    scene.measure_change(&mut whole, &judged);
    let files = judged.iter().map(|(place, code)| (*place, scene.file_row(&whole, &change.files[*place], code)));
    let mut measured = Measured { files: files.collect(), change: whole };
    summarise_files(&mut measured);
    if !people {
        forget_people(&mut measured);
    }
    measured
}

/// Where and when it is measured.
struct Scene<'a> {
    moment: &'a Moment<'a>,
    change: &'a Change<'a>,
    now: Timestamp,
}

/// The text of a file on both sides of a change.
struct Code {
    after: Option<Metrics>,
    /// Cyclomatic complexity after minus before; a file that does not exist has none.
    complexity_delta: Option<f64>,
}

impl Code {
    fn of(touched: &Touched<'_>, metrics: &MetricsOf<'_>) -> Self {
        let after = touched.new_blob.and_then(metrics);
        let before = match touched.old_blob {
            Some(blob) => metrics(blob).map(|metrics| f64::from(metrics.cyclomatic)),
            None => Some(0.0),
        };
        let complexity_delta = after.as_ref().zip(before).map(|(after, before)| f64::from(after.cyclomatic) - before);
        Self { after, complexity_delta }
    }
}

impl Scene<'_> {
    fn file_row(&self, whole: &Row, touched: &Touched<'_>, code: &Code) -> Row {
        let mut row = whole.clone();
        if let Some(metrics) = &code.after {
            measure_code(&mut row, metrics);
        }
        measure_path(&mut row, touched.path);
        self.measure_history(&mut row, touched);
        self.measure_team(&mut row, touched);
        measure_file_change(&mut row, touched, code);
        row
    }

    fn measure_history(&self, row: &mut Row, touched: &Touched<'_>) {
        let unseen = FileHistory::default();
        let history = self.moment.history_of(touched);
        let known = history.unwrap_or(&unseen);
        let last_change = known.touches.last().map(|touch| self.now.days_since(touch.at));
        let n_recent = known.since(self.now, RECENT_DAYS).len();
        row.set(Feature::CommitFrequency, n_recent as f64);
        row.set(Feature::TimeSinceLastChange, last_change);
        row.set(Feature::ChangeFrequencyTrend, trend(n_recent, known.since(self.now, 2 * RECENT_DAYS).len()));
        row.set(Feature::HistoricalBugDensity, n_fixes(known.since(self.now, YEAR_DAYS)));
        row.set(Feature::FileEarlierChanges, known.touches.len() as f64);
        row.set(Feature::FileEarlierFixes, n_fixes(&known.touches));
        let is_new = history.is_none() && touched.old_blob.is_none();
        row.set(Feature::CodeAge, if is_new { Some(0.0) } else { known.born_at.map(|at| self.now.days_since(at)) });
    }

    fn measure_team(&self, row: &mut Row, touched: &Touched<'_>) {
        let touches = self.moment.history_of(touched).map_or(&[][..], |history| &history.touches);
        let lately = self.moment.history_of(touched).map_or(&[][..], |history| history.since(self.now, YEAR_DAYS));
        let shares = shares_by_author(touches);
        row.set(Feature::ContributorsCount, shares.len() as f64);
        row.set(Feature::CodeOwnershipConcentration, shares.iter().copied().reduce(f64::max));
        row.set(Feature::KnowledgeDistribution, relative_entropy(&shares));
        row.set(Feature::CollaborationScore, share_of_handovers(lately));
        row.set(Feature::ContributorExperience, self.experience_in(touches));
    }

    /// Earlier commits of the change's author among `touches`.
    fn experience_in(&self, touches: &[Touch]) -> Option<f64> {
        match self.change.author {
            Author::Unknown => None,
            Author::Newcomer => Some(0.0),
            Author::Known(author) => Some(touches.iter().filter(|touch| touch.author == author).count() as f64),
        }
    }

    fn measure_change(&self, row: &mut Row, judged: &[(usize, Code)]) {
        self.measure_size(row);
        self.measure_spread(row);
        self.measure_author(row);
        self.measure_touched_files(row, judged);
        row.set(Feature::IsFix, flag(self.change.is_fix));
        row.set(Feature::TeamVelocity, self.moment.n_commits_since(self.now, 30) as f64);
        row.set(Feature::SeasonalPatterns, self.moment.year.weekday_fix_ratio(self.now));
        row.set(Feature::ReleaseProximity, self.moment.released_at.map(|at| self.now.days_since(at)));
    }

    fn measure_size(&self, row: &mut Row) {
        let files = &self.change.files;
        row.set(Feature::LinesAdded, files.iter().map(|touched| f64::from(touched.added)).sum::<f64>());
        row.set(Feature::LinesDeleted, files.iter().map(|touched| f64::from(touched.deleted)).sum::<f64>());
        row.set(Feature::NFiles, files.len() as f64);
        let has_manifest = files.iter().any(|touched| is_manifest(touched.path));
        row.set(Feature::NNewDependencies, (!has_manifest).then_some(0.0));
    }

    fn measure_spread(&self, row: &mut Row) {
        let files = &self.change.files;
        let directories: BTreeSet<&str> = files.iter().map(|touched| directory(touched.path)).collect();
        row.set(Feature::NDirectories, directories.len() as f64);
        row.set(Feature::NSubsystems, subsystems(self.change).len() as f64);
        let n_lines: f64 = files.iter().map(Touched::churn).sum();
        if n_lines > 0.0 {
            let shares: Vec<f64> = files.iter().map(|touched| touched.churn() / n_lines).collect();
            row.set(Feature::Entropy, relative_entropy(&shares));
            let n_test_lines: f64 = files.iter().filter(|touched| is_test(touched.path)).map(Touched::churn).sum();
            row.set(Feature::TestLinesRatio, n_test_lines / n_lines);
        }
    }

    fn measure_author(&self, row: &mut Row) {
        let history = match self.change.author {
            Author::Unknown => return,
            Author::Newcomer => None,
            Author::Known(author) => self.moment.author(author),
        };
        let subsystems = subsystems(self.change);
        let n_commits_there =
            |subsystem: &&str| history.map_or(0.0, |history| f64::from(history.n_commits_to(subsystem)));
        row.set(Feature::AuthorExperience, history.map_or(0.0, |history| history.n_commits() as f64));
        row.set(
            Feature::AuthorExperienceRecent,
            history.map_or(0.0, |history| history.n_commits_since(self.now, RECENT_DAYS) as f64),
        );
        row.set(Feature::AuthorExperienceSubsystem, mean(subsystems.iter().map(n_commits_there)));
    }

    fn measure_touched_files(&self, row: &mut Row, judged: &[(usize, Code)]) {
        let histories = || judged.iter().map(|(place, _)| self.moment.history_of(&self.change.files[*place]));
        let last_change = |history: &FileHistory| Some(self.now.days_since(history.touches.last()?.at));
        row.set(Feature::MeanAge, mean(histories().flatten().filter_map(last_change)));
        let n_touches = |history: Option<&FileHistory>| history.map_or(0.0, |history| history.touches.len() as f64);
        row.set(Feature::EarlierChanges, mean(histories().map(n_touches)));
        let deltas = || judged.iter().filter_map(|(_, code)| code.complexity_delta);
        row.set(Feature::ComplexityDelta, deltas().next().map(|_| deltas().sum()));
    }
}

fn measure_code(row: &mut Row, metrics: &Metrics) {
    let n_text_lines = f64::from(metrics.comment_lines) + f64::from(metrics.lines_of_code);
    row.set(Feature::CyclomaticComplexity, f64::from(metrics.cyclomatic));
    row.set(Feature::CognitiveComplexity, f64::from(metrics.cognitive));
    row.set(Feature::LinesOfCode, f64::from(metrics.lines_of_code));
    row.set(Feature::CodeDuplicationRatio, f64::from(metrics.duplication_ratio));
    row.set(Feature::MaintainabilityIndex, metrics.maintainability_index.map(f64::from));
    row.set(Feature::CommentDensity, f64::from(metrics.comment_lines) / n_text_lines);
    row.set(Feature::FunctionLengthAvg, metrics.function_length_avg.map(f64::from));
    row.set(Feature::ClassCoupling, f64::from(metrics.class_coupling));
    row.set(Feature::InheritanceDepth, metrics.inheritance_depth.map(f64::from));
    row.set(Feature::CodeSmellsCount, f64::from(metrics.code_smells));
}

fn measure_path(row: &mut Row, path: &str) {
    row.set(Feature::SecuritySensitivity, flag(is_security_sensitive(path)));
    row.set(Feature::DataSensitivity, flag(is_data_sensitive(path)));
    row.set(Feature::ExternalDependencies, flag(is_about_the_outside(path)));
}

fn measure_file_change(row: &mut Row, touched: &Touched<'_>, code: &Code) {
    row.set(Feature::FileLinesAdded, touched.is_counted.then_some(f64::from(touched.added)));
    row.set(Feature::FileLinesDeleted, touched.is_counted.then_some(f64::from(touched.deleted)));
    row.set(Feature::FileComplexityDelta, code.complexity_delta);
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

fn n_fixes(touches: &[Touch]) -> f64 {
    touches.iter().filter(|touch| touch.is_fix).count() as f64
}

/// `n_twice` counts the newer and the older half of the time together.
fn trend(n_newer: usize, n_twice: usize) -> Option<f64> {
    let n_older = n_twice - n_newer;
    (n_twice > 0).then(|| (n_newer as f64 - n_older as f64) / n_twice as f64)
}

fn shares_by_author(touches: &[Touch]) -> Vec<f64> {
    let mut n_by_author = FxHashMap::<u32, u32>::default();
    touches.iter().for_each(|touch| *n_by_author.entry(touch.author).or_default() += 1);
    // Sorted, because the order of a hash map would leak into sums of fractions.
    let mut counts: Vec<u32> = n_by_author.into_values().collect();
    counts.sort_unstable();
    counts.into_iter().map(|n| f64::from(n) / touches.len() as f64).collect()
}

/// Shannon entropy of shares that sum to 1, over its largest possible value; 0 for a single share.
fn relative_entropy(shares: &[f64]) -> Option<f64> {
    let entropy = -shares.iter().filter(|share| **share > 0.0).map(|share| share * share.log2()).sum::<f64>();
    match shares.len() {
        0 => None,
        1 => Some(0.0),
        n => Some((entropy / (n as f64).log2()).clamp(0.0, 1.0)),
    }
}

fn share_of_handovers(touches: &[Touch]) -> Option<f64> {
    mean(touches.windows(2).map(|pair| flag(pair[0].author != pair[1].author)))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}
