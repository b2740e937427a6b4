//! What would the model say of this change if it were a little different?
//!
//! In: a model, the change, and what surrounds it. Out: what the model says without one of the files, with a test, and
//! in two parts. Each is a change of its own: its diff is built and measured again from the beginning, no number is
//! poked into a row. What comes out is what the model would say, not a promise: it learned from changes that differ
//! in more than what was taken away here.

use super::head::Head;
use super::{Error, Model};
use crate::domain::{BlobId, ChangeKind, Diff, DiffFile, Hunk, Probability};
use crate::features::{Feature, ImaginedRows, Inputs, MetricsOf, Present, Row, subsystem};
use crate::models::answer::{ChangePart, Counterfactual, CounterfactualKind, ScoreSubject};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Files that are left out one by one, the most changed first. Each costs about a millisecond.
const MAX_LEFT_OUT: usize = 20;

/// Counterfactuals that are kept.
const MAX_COUNTERFACTUALS: usize = 3;

/// A score that falls by less is not worth a sentence: neither a tenth of the odds nor two hundredths are felt.
const MIN_FALL: f64 = 0.02;
const MIN_LOG_ODDS_FALL: f64 = 0.105;

/// A test of a larger share would be thought of in changes that are mostly tests.
const MAX_TEST_SHARE: f64 = 0.6;

/// What a change stands in.
pub struct Surroundings<'a> {
    /// The moment it comes on top of.
    pub present: &'a Present<'a>,
    /// The change.
    pub diff: &'a Diff,
    /// Looks up the metrics of its files.
    pub metrics: &'a MetricsOf<'a>,
    /// What was handed in.
    pub inputs: Inputs<'a>,
    /// Pairs of its paths that belong together: one imports the other, or they usually change together.
    pub links: &'a [(String, String)],
    /// The test that most often changes together with its files.
    pub usual_test: Option<&'a str>,
    /// Functions it changes, where that is known.
    pub n_functions: Option<usize>,
}

/// Which score is compared, and how it is asked of other rows.
struct Question<'a> {
    head: &'a Head,
    subject: ScoreSubject,
    now: Probability,
    /// The file that is asked about where the change has no score.
    file: &'a str,
}

/// At most three different changes that score noticeably lower than this one, lowest first.
///
/// `change` is the score of the change as a whole where it has one, `riskiest` the riskiest file and its score.
pub(super) fn counterfactuals(
    model: &Model,
    around: &Surroundings<'_>,
    change: Option<Probability>,
    riskiest: (&str, Probability),
) -> Result<Vec<Counterfactual>, Error> {
    let question = match (model.changes.head(), change, model.files.head()) {
        (Some(head), Some(now), _) => Question { head, subject: ScoreSubject::Change, now, file: riskiest.0 },
        (_, _, Some(head)) => Question { head, subject: ScoreSubject::RiskiestFile, now: riskiest.1, file: riskiest.0 },
        _ => return Ok(Vec::new()),
    };
    let found = [question.without_a_file(around)?, question.with_tests(around)?, question.split(around)?];
    let mut found: Vec<Counterfactual> = found.into_iter().flatten().filter(is_noticeable).collect();
    found.sort_by(|a, b| a.risk_score.get().total_cmp(&b.risk_score.get()));
    found.truncate(MAX_COUNTERFACTUALS);
    Ok(found)
}

fn is_noticeable(found: &Counterfactual) -> bool {
    let (now, then) = (found.risk_now, found.risk_score);
    // A fall that rounding hides would read "0.44 instead of 0.44".
    now.get() - then.get() >= MIN_FALL && log_odds(now) - log_odds(then) >= MIN_LOG_ODDS_FALL
}

fn log_odds(probability: Probability) -> f64 {
    (probability.get() / (1.0 - probability.get())).ln()
}

impl Question<'_> {
    /// The score of another change; `None` where what is asked about is not in it.
    fn ask(&self, around: &Surroundings<'_>, diff: &Diff) -> Result<Option<Probability>, Error> {
        let rows = around.present.rows(diff, around.metrics, around.inputs);
        self.row(&rows).map_or(Ok(None), |row| Ok(self.head.probabilities([row].into_iter())?.pop()))
    }

    fn row<'r>(&self, rows: &'r ImaginedRows) -> Option<&'r Row> {
        match self.subject {
            ScoreSubject::Change => rows.change.as_ref(),
            ScoreSubject::RiskiestFile => rows.files.iter().find(|(path, _)| path == self.file).map(|(_, row)| row),
        }
    }

    fn without_a_file(&self, around: &Surroundings<'_>) -> Result<Option<Counterfactual>, Error> {
        let mut candidates: Vec<&DiffFile> = around.diff.files.iter().filter(|file| self.may_go(file)).collect();
        candidates.sort_by_key(|file| std::cmp::Reverse(file.added.saturating_add(file.deleted)));
        let mut best: Option<(Probability, &DiffFile)> = None;
        for file in candidates.into_iter().take(MAX_LEFT_OUT) {
            let rest = part_of(around.diff, |other| other.path != file.path);
            let score = self.ask(around, &rest)?;
            best =
                score.map(|score| (score, file)).into_iter().chain(best).min_by(|a, b| a.0.get().total_cmp(&b.0.get()));
        }
        Ok(best.map(|(score, file)| {
            let description = format!("without `{}` {} instead of {}", file.path, score, self.now);
            self.found(CounterfactualKind::WithoutFile, description, score, vec![file.path.clone()], Vec::new())
        }))
    }

    /// Tests make a change safer or say nothing of it: leaving one out is no advice, whatever the model says.
    fn may_go(&self, file: &DiffFile) -> bool {
        crate::code::is_source(&file.path) && (self.subject == ScoreSubject::Change || file.path != self.file)
    }

    /// A change without tests gets one: the test that usually changes with its files, with as many lines as half of
    /// the changes here that have tests have, in proportion.
    fn with_tests(&self, around: &Surroundings<'_>) -> Result<Option<Counterfactual>, Error> {
        let (Some(test), Some(share)) = (around.usual_test, self.head.usual_share_of_tests()) else { return Ok(None) };
        if around.diff.files.iter().any(|file| is_test(&file.path)) {
            return Ok(None);
        }
        let n_lines: f64 = around.diff.files.iter().map(|file| f64::from(file.added) + f64::from(file.deleted)).sum();
        let share = share.min(MAX_TEST_SHARE);
        let n_test_lines = (n_lines * share / (1.0 - share)).round().max(1.0) as u32;
        let mut tested = around.diff.clone();
        tested.files.push(grown(test, n_test_lines));
        tested.files.sort_by(|a, b| a.path.cmp(&b.path));
        let Some(score) = self.ask(around, &tested)? else { return Ok(None) };
        let of = match around.n_functions {
            Some(1) => " of the changed function".to_owned(),
            Some(n) if n > 1 => format!(" of the {n} changed functions"),
            _ => String::new(),
        };
        let lines = if n_test_lines == 1 { "1 line".to_owned() } else { format!("{n_test_lines} lines") };
        let description =
            format!("with tests{of} ({lines} in `{test}`, a usual share here) {score} instead of {}", self.now);
        Ok(Some(self.found(CounterfactualKind::WithTests, description, score, vec![test.to_owned()], Vec::new())))
    }

    fn split(&self, around: &Surroundings<'_>) -> Result<Option<Counterfactual>, Error> {
        let Some(sides) = two_parts(around.diff, around.links) else { return Ok(None) };
        let mut parts = Vec::new();
        for side in [true, false] {
            let part = part_of(around.diff, |file| sides[&file.path] == side);
            let Some(score) = self.ask_part(around, &part)? else { return Ok(None) };
            parts.push(ChangePart { files: part.files.into_iter().map(|file| file.path).collect(), risk_score: score });
        }
        parts.sort_by(|a, b| b.risk_score.get().total_cmp(&a.risk_score.get()));
        let (higher, lower) = (parts[0].risk_score, parts[1].risk_score);
        let description = format!("split in two {higher} + {lower} instead of {}", self.now);
        Ok(Some(self.found(CounterfactualKind::Split, description, higher, Vec::new(), parts)))
    }

    /// A part without the file that is asked about is asked about its own riskiest.
    fn ask_part(&self, around: &Surroundings<'_>, part: &Diff) -> Result<Option<Probability>, Error> {
        let rows = around.present.rows(part, around.metrics, around.inputs);
        let scores = match self.subject {
            ScoreSubject::Change => self.head.probabilities(rows.change.iter())?,
            ScoreSubject::RiskiestFile => self.head.probabilities(rows.files.iter().map(|(_, row)| row))?,
        };
        Ok(scores.into_iter().max_by(|a, b| a.get().total_cmp(&b.get())))
    }

    fn found(
        &self,
        kind: CounterfactualKind,
        description: String,
        risk_score: Probability,
        files: Vec<String>,
        parts: Vec<ChangePart>,
    ) -> Counterfactual {
        Counterfactual { kind, description, subject: self.subject, risk_now: self.now, risk_score, files, parts }
    }
}

impl Head {
    /// Median share of test lines among the past changes that touch tests; `None` where there are none.
    fn usual_share_of_tests(&self) -> Option<f64> {
        let place = self.columns().iter().position(|column| *column == Some(Feature::TestLinesRatio))?;
        self.usual.get(place)?.median_above(0.0).map(f64::from)
    }
}

fn is_test(path: &str) -> bool {
    crate::code::file_kind(path) == crate::code::FileKind::Test
}

/// A file that exists and gets lines. No content is made up: a test is not judged, so none is asked for.
fn grown(path: &str, n_lines: u32) -> DiffFile {
    DiffFile {
        path: path.to_owned(),
        old_path: None,
        kind: ChangeKind::Modified,
        old_blob: Some(BlobId::default()),
        new_blob: Some(BlobId::default()),
        added: n_lines,
        deleted: 0,
        is_counted: true,
        hunks: vec![Hunk { old_start: 0, old_lines: 0, new_start: 1, new_lines: n_lines }],
    }
}

/// The change with some of its files only.
fn part_of(diff: &Diff, is_in: impl Fn(&DiffFile) -> bool) -> Diff {
    let files = diff.files.iter().filter(|file| is_in(file)).cloned().collect();
    Diff { files, ..diff.clone() }
}

/// Puts every file on one of two sides, each with source code; `None` where the change is one piece.
///
/// Files that belong together stay together; the largest such group is one side. Where all of them hang together, the
/// subsystem, else the folder, with most of the changed lines is one side. Files that are not source code go with
/// a file they are linked to, else with the larger side.
fn two_parts(diff: &Diff, links: &[(String, String)]) -> Option<FxHashMap<String, bool>> {
    let folder = |file: &DiffFile| file.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    by_links(diff, links)
        .or_else(|| by_place(diff, links, &|file| subsystem(&file.path).to_owned()))
        .or_else(|| by_place(diff, links, &folder))
}

fn by_links(diff: &Diff, links: &[(String, String)]) -> Option<FxHashMap<String, bool>> {
    let groups = groups(diff, links);
    let sources = |file: &&DiffFile| crate::code::is_source(&file.path);
    let sizes = sizes(diff.files.iter().filter(sources).map(|file| (groups[file.path.as_str()], file)));
    let largest = largest(&sizes)?;
    let side = |file: &DiffFile| match groups[file.path.as_str()] {
        group if sizes.contains_key(&group) => group == *largest,
        _ => true,
    };
    Some(diff.files.iter().map(|file| (file.path.clone(), side(file))).collect())
}

fn by_place(
    diff: &Diff,
    links: &[(String, String)],
    place: &dyn Fn(&DiffFile) -> String,
) -> Option<FxHashMap<String, bool>> {
    let sources: Vec<&DiffFile> = diff.files.iter().filter(|file| crate::code::is_source(&file.path)).collect();
    let sizes = sizes(sources.iter().map(|file| (place(file), *file)));
    let largest = largest(&sizes)?;
    let mut sides: FxHashMap<String, bool> =
        sources.iter().map(|file| (file.path.clone(), place(file) == *largest)).collect();
    for file in &diff.files {
        let linked = |(a, b): &(String, String)| match (a == &file.path, b == &file.path) {
            (true, _) => sides.get(b).copied(),
            (_, true) => sides.get(a).copied(),
            _ => None,
        };
        let side = links.iter().find_map(linked).unwrap_or(true);
        sides.entry(file.path.clone()).or_insert(side);
    }
    Some(sides)
}

fn sizes<'a, Key: Ord>(files: impl Iterator<Item = (Key, &'a DiffFile)>) -> BTreeMap<Key, u64> {
    let mut sizes = BTreeMap::new();
    for (key, file) in files {
        *sizes.entry(key).or_insert(0) += u64::from(file.added) + u64::from(file.deleted);
    }
    sizes
}

/// The group with most changed lines, the first of equals; `None` where there are no two.
fn largest<Key>(sizes: &BTreeMap<Key, u64>) -> Option<&Key> {
    let largest = sizes.iter().rev().max_by_key(|(_, size)| **size)?;
    (sizes.len() > 1).then_some(largest.0)
}

/// For each path the number of its group: paths that are linked, directly or not, have the same.
fn groups<'a>(diff: &'a Diff, links: &[(String, String)]) -> FxHashMap<&'a str, usize> {
    let mut groups: FxHashMap<&str, usize> =
        diff.files.iter().enumerate().map(|(at, file)| (file.path.as_str(), at)).collect();
    for (a, b) in links {
        if let (Some(&from), Some(&to)) = (groups.get(a.as_str()), groups.get(b.as_str())) {
            groups.values_mut().filter(|group| **group == from).for_each(|group| *group = to);
        }
    }
    groups
}
