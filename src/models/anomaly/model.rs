//! How far does a change stand out, and in which way?
//!
//! In: observed changes of the past. Out: a [`Model`]: one forest over all columns, and for each [`Kind`] a forest over
//! the columns of that kind alone, so that a change that is extraordinary in one way only is not lost among columns in
//! which it is ordinary (feature bagging after Lazarevic and Kumar, 2005). Each forest keeps the scores of the changes
//! it was fitted on: what is told is always how many of them were at least as strange.

use super::columns::{Column, Kind};
use super::definitions;
use super::forest::{Cut, Forest, Growth};
use super::habits::Observed;
use super::packages::Packages;
use crate::domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Changes whenever the method or the columns change.
pub const MODEL_VERSION: &str = "anomaly-1";

/// With fewer changes than these the base forest answers.
pub const MIN_CHANGES: usize = 200;

/// Changes a forest is fitted on: the newest. More change nothing (each tree sees 256), and older ones are other times.
pub(super) const MAX_CHANGES: usize = 5_000;

/// Share of changes that may show an anomaly, where the alarm is set.
pub(super) const TARGET_ALARMS: f64 = 0.01;

/// Share of the fitted changes, the newest of them, on which the alarm is set.
const ALARM_SHARE: f64 = 0.25;

/// The alarm never lets a change through to which more than this share is similar.
const MAX_ALARM: f64 = 0.01;

/// The alarm where too few changes are there to set it.
const DEFAULT_ALARM: f64 = 0.003;

/// Scores and values of the fitted changes that are kept, evenly over their order.
const MAX_REFERENCE: usize = 4_000;
const MAX_QUANTILES: usize = 400;

/// Headroom of the forests of a kind, in ranges: more is stranger in all their columns, without an end.
const HEADROOM: f32 = 1.0;

/// How forests are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Trees of the forest over all columns.
    pub n_trees: usize,
    /// Trees of the forest of each kind.
    pub n_trees_of_a_kind: usize,
    /// Changes each tree sees.
    pub sample_size: usize,
    /// What a cut of the forest over all columns looks at.
    pub cut: Cut,
    /// Where chance begins.
    pub seed: u64,
}

/// Cuts over all columns have the better average precision (the card has the figures). Sixty trees: each slope holds a
/// number for every column, and with more the model would outgrow a megabyte for nothing measurable.
impl Default for Params {
    fn default() -> Self {
        Self { n_trees: 60, n_trees_of_a_kind: 60, sample_size: 256, cut: Cut::AllColumns, seed: 1 }
    }
}

/// Everything that was learned from the changes of one past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    whole: Ranked,
    kinds: Vec<(Kind, Ranked)>,
    quantiles: Vec<Vec<f32>>,
    alarm: f64,
    /// Changes it was fitted on.
    pub n_changes: usize,
    /// Moment of the newest of them.
    pub trained_until: Timestamp,
    /// Whether it was fitted on other repositories.
    pub is_base: bool,
    /// Packages that were named up to then.
    pub packages: Packages,
}

/// A forest over some columns, with the scores of the changes it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ranked {
    columns: Vec<Column>,
    forest: Forest,
    /// Ascending.
    reference: Vec<f32>,
}

/// How strange something is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strangeness {
    /// Isolation score, in (0, 1).
    pub isolation: f64,
    /// Share of the fitted changes that were at least as strange, in (0, 1].
    pub share: f64,
    /// Share of the trees that agree that it is stranger than the middle one of the fitted changes.
    pub agreement: f64,
}

impl Strangeness {
    /// The anomaly score: 1 - 2 √share. -1: every change is at least as strange; 0: one in four is; 0.8: one in a
    /// hundred; 0.9: one in four hundred.
    pub fn score(self) -> f64 {
        (1.0 - 2.0 * self.share.sqrt()).clamp(-1.0, 1.0)
    }

    /// How sure it is: the percentile of the score times the agreement of the trees.
    pub fn confidence(self) -> f64 {
        ((1.0 - self.share) * self.agreement).clamp(0.0, 1.0)
    }
}

/// A model could not be fitted, stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to learn from.
    #[error("expected at least one change to fit the anomaly model on, got none")]
    NoChanges,
    /// The model was stored by another version.
    #[error("expected an anomaly model of version `{MODEL_VERSION}`, found `{found}`: train it again")]
    OtherVersion {
        /// The version that was stored.
        found: String,
    },
    /// The bytes are not a model.
    #[error("could not store or read the anomaly model")]
    Store(#[from] postcard::Error),
}

impl Model {
    /// Fits a model on observed changes, oldest first.
    ///
    /// The alarm is set on the newest quarter, by forests fitted on the three quarters before: as low as
    /// [`TARGET_ALARMS`] allows.
    ///
    /// # Errors
    /// [`Error::NoChanges`] without changes.
    pub fn fit(changes: &[Observed], until: Timestamp, params: &Params) -> Result<Self, Error> {
        let n_older = changes.len() - (changes.len() as f64 * ALARM_SHARE) as usize;
        let mut model = Self::grow(changes, until, params).ok_or(Error::NoChanges)?;
        let (older, newer) = changes.split_at(n_older);
        if newer.len() >= MIN_CHANGES / 4 {
            let earlier = Self::grow(older, until, params).ok_or(Error::NoChanges)?;
            model.alarm = earlier.alarm_for(newer);
        }
        Ok(model)
    }

    fn grow(changes: &[Observed], until: Timestamp, params: &Params) -> Option<Self> {
        let rows: Vec<&[f32]> = changes.iter().map(|change| change.values.as_slice()).collect();
        let growth = |n_trees: usize, cut: Cut, headroom: f32, seed: u64| Growth {
            n_trees,
            sample_size: params.sample_size,
            cut,
            headroom,
            seed: params.seed.wrapping_mul(1_000).wrapping_add(seed),
        };
        let whole = Ranked::grow(&rows, &Column::ALL, growth(params.n_trees, params.cut, 0.0, 0))?;
        let of_kind = |(kind, seed): (Kind, u64)| {
            let growth = growth(params.n_trees_of_a_kind, Cut::OneColumn, HEADROOM, seed);
            Some((kind, Ranked::grow(&rows, kind.columns(), growth)?))
        };
        let kinds = Kind::ALL.into_iter().zip(1..).map(of_kind).collect::<Option<_>>()?;
        let quantiles = Column::ALL.iter().map(|column| quantiles(&rows, *column)).collect();
        Some(Self {
            whole,
            kinds,
            quantiles,
            alarm: DEFAULT_ALARM,
            n_changes: changes.len(),
            trained_until: until,
            is_base: false,
            packages: Packages::default(),
        })
    }

    /// The largest share at which no more than [`TARGET_ALARMS`] of `changes` show an anomaly.
    pub fn alarm_for(&self, changes: &[Observed]) -> f64 {
        let mut smallest: Vec<f64> = changes.iter().filter_map(|change| self.smallest_share(change)).collect();
        smallest.sort_by(f64::total_cmp);
        let n_allowed = (changes.len() as f64 * TARGET_ALARMS) as usize;
        // Just below the first one too many.
        let limit = smallest.get(n_allowed).map_or(MAX_ALARM, |share| share * (1.0 - 1e-9));
        limit.clamp(0.0, MAX_ALARM)
    }

    /// The share of the kind in which a change is strangest, among the kinds whose definition it meets.
    pub fn smallest_share(&self, change: &Observed) -> Option<f64> {
        let shares = Kind::ALL.into_iter().filter_map(|kind| self.of_kind(kind, change));
        shares.map(|strangeness| strangeness.share).reduce(f64::min)
    }

    /// How strange a change is over all columns.
    pub fn whole(&self, change: &Observed) -> Strangeness {
        self.whole.judge(&change.values)
    }

    /// How strange a change is in one way; `None` where it does not meet the definition of that kind.
    pub fn of_kind(&self, kind: Kind, change: &Observed) -> Option<Strangeness> {
        let (_, ranked) = self.kinds.iter().find(|(known, _)| *known == kind)?;
        definitions::holds(kind, change).then(|| ranked.judge(&change.values))
    }

    /// The kinds in which a change is strange enough to be told, strangest first.
    pub fn told(&self, change: &Observed) -> Vec<(Kind, Strangeness)> {
        let met = Kind::ALL.into_iter().filter_map(|kind| Some((kind, self.of_kind(kind, change)?)));
        let mut told: Vec<(Kind, Strangeness)> = met.filter(|(_, found)| found.share <= self.alarm).collect();
        told.sort_by(|(_, a), (_, b)| a.share.total_cmp(&b.share));
        told
    }

    /// The part each column has in setting a change apart, largest first; columns without a part are left out.
    pub fn shares(&self, change: &Observed) -> Vec<(Column, f64)> {
        let shares = self.whole.forest.shares(&self.whole.row(&change.values));
        let mut named: Vec<(Column, f64)> = self.whole.columns.iter().copied().zip(shares).collect();
        named.retain(|(_, share)| *share > 0.0);
        named.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        named
    }

    /// Share of the fitted changes with a lower value in a column, 0 to 1; `None` where it is unknown.
    pub fn percentile(&self, column: Column, value: f32) -> Option<f64> {
        let known = &self.quantiles[column as usize];
        let n_lower = known.partition_point(|other| *other < value);
        (value.is_finite() && !known.is_empty()).then(|| n_lower as f64 / known.len() as f64)
    }

    /// A change is told when at most this share of the fitted ones is as strange.
    pub fn alarm(&self) -> f64 {
        self.alarm
    }

    /// As bytes that [`Model::from_bytes`] reads.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(postcard::to_stdvec(&(MODEL_VERSION, self))?)
    }

    /// Reads a model of this version.
    ///
    /// # Errors
    /// [`Error::OtherVersion`] for a model of another version, [`Error::Store`] when the bytes are not a model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (version, rest): (String, _) = postcard::take_from_bytes(bytes)?;
        if version != MODEL_VERSION {
            return Err(Error::OtherVersion { found: version.chars().take(100).collect() });
        }
        Ok(postcard::from_bytes(rest)?)
    }
}

impl Ranked {
    fn grow(rows: &[&[f32]], columns: &[Column], growth: Growth) -> Option<Self> {
        let chosen: Vec<Vec<f32>> = rows.iter().map(|row| chosen(columns, row)).collect();
        let forest = Forest::grow(&chosen, columns.len(), growth)?;
        let mut scores: Vec<f32> = chosen.iter().map(|row| forest.score(row) as f32).collect();
        scores.sort_by(f32::total_cmp);
        Some(Self { columns: columns.to_vec(), forest, reference: evenly(&scores, MAX_REFERENCE) })
    }

    fn row(&self, values: &[f32]) -> Vec<f32> {
        chosen(&self.columns, values)
    }

    fn judge(&self, values: &[f32]) -> Strangeness {
        let row = self.row(values);
        let isolation = self.forest.score(&row);
        let n_lower = self.reference.partition_point(|other| *other < isolation as f32);
        let n = self.reference.len();
        let share = (n - n_lower + 1) as f64 / (n + 1) as f64;
        let middle = f64::from(self.reference[n / 2]);
        Strangeness { isolation, share, agreement: self.forest.agreement(&row, middle) }
    }
}

fn chosen(columns: &[Column], values: &[f32]) -> Vec<f32> {
    columns.iter().map(|column| values[*column as usize]).collect()
}

/// Known values of a column, ascending, evenly thinned.
fn quantiles(rows: &[&[f32]], column: Column) -> Vec<f32> {
    let mut known: Vec<f32> = rows.iter().map(|row| row[column as usize]).filter(|value| value.is_finite()).collect();
    known.sort_by(f32::total_cmp);
    evenly(&known, MAX_QUANTILES)
}

/// At most `n` of sorted values, the first and the last among them.
fn evenly(sorted: &[f32], n: usize) -> Vec<f32> {
    if sorted.len() <= n {
        return sorted.to_vec();
    }
    (0..n).map(|at| sorted[at * (sorted.len() - 1) / (n - 1)]).collect()
}
