//! How does this repository teach both heads, and is what they learned worth saying?
//!
//! In: a training table and checked settings. Out: a [`Model`] whose heads have been judged on newer rows and then
//! fitted again on more of them, or abstain with the numbers that are missing. Never judges on rows it learned from.

use super::base::Base;
use super::blend::{Blend, Blended, FitError, select};
use super::head::{Head, HeadParts};
use super::params::ValidParams;
use super::{Error, Model, Trained};
use crate::domain::{DAY_SECONDS, Probability, Timestamp};
use crate::features::{CHANGE_LABEL_DAYS, FILE_LABEL_DAYS, Feature, Group, InChange, Table};
use crate::models::answer::Evaluation;
use crate::models::dataset::{Dataset, Split};
use crate::models::evaluation::{auc, brier, expected_calibration_error, pr_auc};
use crate::models::explanation::{Distribution, RowKind};
use crate::models::interval::{Interval, auc_interval};
use crate::models::learner::{LearnError, Lesson, Recipe, Rows, learn, learn_as};
use crate::models::trees::TreesError;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;

/// Mature rows a head needs: with fewer, the newest fifth is under 40 rows and its AUC is uncertain by 0.1 or more.
pub const MIN_ROWS: usize = 200;

/// Positives a head needs among them, for the same reason.
pub const MIN_POSITIVES: usize = 20;

/// Rows, and rows of either outcome, that each part of the split needs.
const MIN_PART_ROWS: usize = 20;
const MIN_PART_OUTCOMES: usize = 5;

/// The 15 features of complexity and git history that the predictor reads beside the change group.
const CATALOGUE_COLUMNS: [Feature; 15] = [
    Feature::CyclomaticComplexity,
    Feature::CognitiveComplexity,
    Feature::LinesOfCode,
    Feature::MaintainabilityIndex,
    Feature::FunctionLengthAvg,
    Feature::ClassCoupling,
    Feature::CodeSmellsCount,
    Feature::CommitFrequency,
    Feature::ContributorsCount,
    Feature::CodeOwnershipConcentration,
    Feature::ContributorExperience,
    Feature::TimeSinceLastChange,
    Feature::ChangeFrequencyTrend,
    Feature::HistoricalBugDensity,
    Feature::CodeAge,
];

/// Trains both heads on this repository alone.
///
/// # Errors
/// [`Error::Learn`] when nothing can be learned for another reason than too little history, which sound rows never
/// cause.
pub fn train(table: &Table, params: &ValidParams) -> Result<Model, Error> {
    train_beside(table, params, None)
}

/// Trains both heads, and blends each with what `base` says by the weight that later rows ask for.
///
/// Where this repository has too few rows to be judged on, a head is the base model's, and says that it was not judged.
/// `base` must not have learned from this repository.
///
/// # Errors
/// As [`train`].
pub fn train_beside(table: &Table, params: &ValidParams, base: Option<&Base>) -> Result<Model, Error> {
    let files = Task::of_files(table).train(params, base)?;
    Ok(Model { files, changes: Task::of_changes(table).train(params, base)? })
}

/// One question with its rows.
pub(super) struct Task {
    pub(super) kind: RowKind,
    /// What the rows are called when some are missing.
    noun: &'static str,
    pub(super) data: Dataset,
    /// A plain ranking to compare with.
    pub(super) baseline: Vec<f64>,
    /// For each row, which file (or commit) it is about.
    subjects: Vec<u32>,
}

/// Features a head reads: the fifteen and the change group, without people where they are off.
pub(super) fn columns(kind: RowKind, people: bool) -> Vec<Feature> {
    let change_group = Feature::all().filter(|feature| feature.definition().group == Group::Change);
    let is_known = |feature: &Feature| kind == RowKind::File || feature.definition().in_change != InChange::FileOnly;
    let columns = CATALOGUE_COLUMNS.into_iter().chain(change_group.filter(is_known));
    columns.filter(|feature| people || !feature.is_about_people()).collect()
}

impl Task {
    /// Will a fix touch the file within 30 days? Baseline: its earlier fixes.
    pub(super) fn of_files(table: &Table) -> Self {
        let columns = columns(RowKind::File, table.people);
        let data = Dataset::new(columns, FILE_LABEL_DAYS);
        let mut task =
            Self { kind: RowKind::File, noun: "file changes", data, baseline: Vec::new(), subjects: Vec::new() };
        for (row, label) in table.files.iter().filter_map(|row| Some((row, row.label?))) {
            task.data.push(&row.values, label, row.at);
            task.baseline.push(f64::from(row.values.get(Feature::FileEarlierFixes).unwrap_or(0.0)));
            task.subjects.push(row.file);
        }
        task
    }

    /// Will a fix blame the change within 180 days? Baseline: its size.
    pub(super) fn of_changes(table: &Table) -> Self {
        let columns = columns(RowKind::Change, table.people);
        let data = Dataset::new(columns, CHANGE_LABEL_DAYS);
        let mut task =
            Self { kind: RowKind::Change, noun: "changes", data, baseline: Vec::new(), subjects: Vec::new() };
        for (row, label) in table.changes.iter().filter_map(|row| Some((row, row.label?))) {
            let lines = [Feature::LinesAdded, Feature::LinesDeleted].map(|lines| row.values.get(lines).unwrap_or(0.0));
            task.data.push(&row.values, label, row.at);
            task.baseline.push(f64::from(lines[0] + lines[1]));
            task.subjects.push(row.commit);
        }
        task
    }

    fn train(&self, params: &ValidParams, base: Option<&Base>) -> Result<Trained, Error> {
        match (self.try_train(params, base), base) {
            (Ok(head), _) => Ok(Trained::Ready(Box::new(head))),
            (Err(Stop::Missing(missing)), Some(base)) => match self.borrow(base, missing) {
                Ok(head) => Ok(Trained::Ready(Box::new(head))),
                Err(source) => Err(Error::Trees(source)),
            },
            (Err(Stop::Missing(missing) | Stop::NotWorth(missing)), _) => Ok(Trained::Abstains { missing }),
            (Err(Stop::Failed(source)), _) => Err(source),
        }
    }

    /// Judges on the newest fifth first, then learns from every row with the recipe that was judged.
    fn try_train(&self, params: &ValidParams, base: Option<&Base>) -> Result<Head, Stop> {
        self.check_rows()?;
        let judged = self.judge(params, base)?;
        let all = self.data.rows(0..self.data.len());
        let lesson = learn_as(&all, &judged.recipe, params.get().menu.seed)?;
        let blended = self.blend(lesson, base, &all)?;
        Ok(self.head(blended, judged)?)
    }

    /// Both opinions where there are two.
    pub(super) fn blend(&self, lesson: Lesson, base: Option<&Base>, rows: &Rows<'_>) -> Result<Blended, Stop> {
        Ok(match base {
            Some(base) => Blended::fit(lesson, base.head(self.kind), &self.data.columns, rows)?,
            None => Blended::of_own(lesson),
        })
    }

    fn check_rows(&self) -> Result<(), Stop> {
        let (n, n_positive) = (self.data.len(), self.data.n_positive(0..self.data.len()));
        if n < MIN_ROWS {
            return Err(Stop::Missing(format!("{n} mature {}, {MIN_ROWS} needed", self.noun)));
        }
        if n_positive < MIN_POSITIVES {
            let event = match self.kind {
                RowKind::File => "followed by a fix within 30 days",
                RowKind::Change => "blamed by a fix within 180 days",
            };
            return Err(Stop::Missing(format!("{n_positive} of {n} {} {event}, {MIN_POSITIVES} needed", self.noun)));
        }
        Ok(())
    }

    fn check_parts(&self, parts: &[(&Range<usize>, &str)]) -> Result<(), Stop> {
        for (rows, purpose) in parts {
            let (n, n_positive) = (rows.len(), self.data.n_positive((*rows).clone()));
            let n_rarer = n_positive.min(n - n_positive);
            if n < MIN_PART_ROWS || n_rarer < MIN_PART_OUTCOMES {
                return Err(Stop::Missing(format!(
                    "{n} {} with {n_positive} positives are old enough to {purpose}, at least \
                     {MIN_PART_ROWS} with {MIN_PART_OUTCOMES} of either outcome needed",
                    self.noun
                )));
            }
        }
        Ok(())
    }

    fn judge(&self, params: &ValidParams, base: Option<&Base>) -> Result<Judged, Stop> {
        let split = self.data.judging_split();
        self.check_parts(&[(&split.train, "learn from"), (&split.test, "judge by")])?;
        let rows = self.data.rows(split.train.clone());
        let lesson = learn(&rows, &params.get().menu)?;
        let recipe = lesson.recipe;
        let log_odds = self.blend(lesson, base, &rows)?.blend.log_odds(self.data.values(split.test.clone()))?;
        let probabilities: Vec<f64> = log_odds.into_iter().map(|odds| Probability::from_log_odds(odds).get()).collect();
        let evaluation = self.evaluate(&split, &probabilities);
        check_worth(&evaluation, self.noun)?;
        let missing = self.missing_evidence(&split, &probabilities);
        let backtest = probabilities.into_iter().zip(self.data.labels[split.test].iter().copied()).collect();
        Ok(Judged { recipe, evaluation, missing, backtest })
    }

    /// What keeps the order of the scores from being told apart from chance, if anything does. Rows of one week are not
    /// taken for independent.
    fn missing_evidence(&self, split: &Split, probabilities: &[f64]) -> Option<String> {
        let week = |at: &Timestamp| at.0.div_euclid(7 * DAY_SECONDS) as u32;
        let weeks: Vec<u32> = self.data.at[split.test.clone()].iter().map(week).collect();
        let found = auc_interval(probabilities, &self.data.labels[split.test.clone()], &weeks);
        let (n, noun) = (split.test.len(), self.noun);
        match found {
            Some(interval) if interval.low > 0.5 => None,
            Some(Interval { value, low, high }) => Some(format!(
                "evidence that its scores are better than chance here: on the newest {n} {noun} AUC {value:.2}, 95% interval \
                 {low:.2} to {high:.2} (0.50 is chance)"
            )),
            None => Some(format!(
                "evidence that its scores are better than chance here: the newest {n} {noun} lie in too few weeks"
            )),
        }
    }

    fn evaluate(&self, split: &Split, probabilities: &[f64]) -> Evaluation {
        let test = split.test.clone();
        let labels = &self.data.labels[test.clone()];
        let base_rate = self.data.n_positive(split.train.clone()) as f64 / split.train.len() as f64;
        // Both outcomes occur in the test part: that has been checked.
        Evaluation {
            n_test: test.len(),
            n_positive: self.data.n_positive(test.clone()),
            from: self.data.at[test.start],
            to: self.data.at[test.end - 1],
            auc: auc(probabilities, labels).unwrap_or(0.5),
            pr_auc: pr_auc(probabilities, labels).unwrap_or(0.0),
            brier: brier(probabilities, labels),
            ece: expected_calibration_error(probabilities, labels),
            baseline_auc: auc(&self.baseline[test.clone()], labels).unwrap_or(0.5),
            baseline_brier: brier(&vec![base_rate; test.len()], labels),
        }
    }

    fn head(&self, Blended { blend, held_out }: Blended, judged: Judged) -> Result<Head, TreesError> {
        let all = 0..self.data.len();
        let usual = (0..self.data.columns.len()).map(|column| Distribution::of(self.data.column(column, all.clone())));
        Ok(Head::new(HeadParts {
            kind: self.kind,
            columns: self.data.columns.clone(),
            base_log_odds: base_log_odds(&blend, self.data.values(0..1))?,
            usual: usual.collect(),
            scores: self.newest_scores(&held_out),
            backtest: judged.backtest,
            evaluation: Some(judged.evaluation),
            missing: judged.missing,
            base_rate: Some(self.data.n_positive(all.clone()) as f64 / all.len() as f64),
            n_train: all.len(),
            trained_until: self.data.at[all.end - 1],
            ensemble: blend,
        }))
    }

    /// The base model's head, beside what little is known here.
    fn borrow(&self, base: &Base, missing: String) -> Result<Head, TreesError> {
        let (base, all) = (base.head(self.kind), 0..self.data.len());
        let blend = Blend::Base(Arc::clone(base));
        let columns = base.columns();
        let values: Vec<f32> =
            select(self.data.values(all.clone()), self.data.columns.len(), &base.places_in(&self.data.columns));
        let column = |nth: usize| values.iter().skip(nth).step_by(columns.len()).copied();
        let scored: Vec<(usize, f64)> = blend.log_odds(&values)?.into_iter().enumerate().collect();
        Ok(Head::new(HeadParts {
            kind: self.kind,
            base_log_odds: base_log_odds(&blend, &vec![f32::NAN; columns.len()])?,
            usual: (0..columns.len()).map(|nth| Distribution::of(column(nth))).collect(),
            columns,
            scores: self.newest_scores(&scored),
            backtest: Vec::new(),
            evaluation: None,
            missing: Some(missing),
            base_rate: (!self.data.is_empty()).then(|| self.data.n_positive(all.clone()) as f64 / all.len() as f64),
            n_train: 0,
            trained_until: base.trained_until,
            ensemble: blend,
        }))
    }

    /// Scores of rows the trees that gave them have not learned from, one for each subject: its newest.
    fn newest_scores(&self, held_out: &[(usize, f64)]) -> Distribution {
        // Later rows replace earlier ones of the same subject.
        let newest: FxHashMap<u32, f64> =
            held_out.iter().map(|(row, log_odds)| (self.subjects[*row], *log_odds)).collect();
        Distribution::of(newest.into_values().map(|log_odds| Probability::from_log_odds(log_odds).get() as f32))
    }
}

/// What there is before any column speaks: the same for every row.
fn base_log_odds(blend: &Blend, row: &[f32]) -> Result<f64, TreesError> {
    Ok(blend.parts(row)?.first().map_or(0.0, |parts| parts.base))
}

/// A model that was better than its baseline, and what it said of each row it was judged on.
struct Judged {
    recipe: Recipe,
    evaluation: Evaluation,
    missing: Option<String>,
    backtest: Vec<(f64, bool)>,
}

fn check_worth(evaluation: &Evaluation, noun: &str) -> Result<(), Stop> {
    let Evaluation { n_test, auc, brier, baseline_brier, .. } = evaluation;
    if *auc > 0.5 && brier < baseline_brier {
        return Ok(());
    }
    Err(Stop::NotWorth(format!(
        "a model better than always saying the base rate: on the newest {n_test} {noun} it reached AUC {auc:.2} (0.50 is \
         chance) and Brier score {brier:.3} (the base rate alone {baseline_brier:.3}, lower is better)"
    )))
}

/// Why there is no head.
pub(super) enum Stop {
    /// Too little is known here.
    Missing(String),
    /// Enough is known, and the model is no use here.
    NotWorth(String),
    Failed(Error),
}

impl From<TreesError> for Stop {
    fn from(source: TreesError) -> Self {
        Stop::Failed(Error::Trees(source))
    }
}

impl From<FitError> for Stop {
    fn from(source: FitError) -> Self {
        match source {
            FitError::Trees(source) => source.into(),
            FitError::Calibration(source) => LearnError::Calibration(source).into(),
        }
    }
}

impl From<LearnError> for Stop {
    fn from(source: LearnError) -> Self {
        match source {
            LearnError::TooFew { .. } => Stop::Missing(format!("more history: {source}")),
            LearnError::Calibration(source) => {
                Stop::Missing(format!("a model whose scores can be read as probabilities: {source}"))
            }
            source => Stop::Failed(Error::Learn(source)),
        }
    }
}
