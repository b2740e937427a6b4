//! What does the ensemble say of a row, and why?

use super::recipe::Recipe;
use super::rows::{OWN, Rows};
use crate::domain::{Probability, Timestamp};
use crate::models::calibration::Calibration;
use crate::models::trees::{Parts, Sample, Trees, TreesError, Weighted, grow_boosting, grow_forest};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Lightest weight of a row beside a mean of 1: lighter rows would be lost in rounding.
const MIN_WEIGHT: f64 = 1e-3;

/// Heaviest weight: a single row may not speak for hundreds.
const MAX_WEIGHT: f64 = 100.0;

/// Two members, their share, and the curve from their mean margin to log-odds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learned {
    members: Members,
    calibration: Calibration,
}

/// Both members before calibration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Members {
    forest: Trees,
    boosting: Trees,
    forest_share: f64,
}

impl Learned {
    pub(super) fn new(members: Members, calibration: Calibration) -> Self {
        Self { members, calibration }
    }

    /// Calibrated log-odds of each row; `values` are whole rows.
    ///
    /// # Errors
    /// [`TreesError::Ask`] when `values` are not whole rows, or hold an infinite value.
    pub fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let margins = self.members.margins(values)?;
        Ok(margins.into_iter().map(|margin| self.calibration.log_odds(margin)).collect())
    }

    /// Calibrated probability of each row, in [0, 1].
    ///
    /// # Errors
    /// As [`Learned::log_odds`].
    pub fn probabilities(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let log_odds = self.log_odds(values)?;
        Ok(log_odds.into_iter().map(|log_odds| Probability::from_log_odds(log_odds).get()).collect())
    }

    /// The parts of each row's log-odds; base and weights sum to them.
    ///
    /// Shapley values of both members' trees (Lundberg et al., 2020), averaged by their share, then stretched by the
    /// calibration: under a line each is the Shapley value of the log-odds, under a bent curve they keep its signs,
    /// order and proportions. The base is the same for every row.
    ///
    /// # Errors
    /// As [`Learned::log_odds`].
    pub fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        let parts = self.members.parts(values)?;
        Ok(parts.into_iter().map(|parts| self.calibration.parts(parts)).collect())
    }

    /// For each row the leaf it falls into, in every tree of both members.
    ///
    /// # Errors
    /// As [`Learned::log_odds`].
    pub fn leaves(&self, values: &[f32]) -> Result<Vec<Vec<u32>>, TreesError> {
        let (forest, boosting) = (self.members.forest.leaves(values)?, self.members.boosting.leaves(values)?);
        Ok(forest.into_iter().zip(boosting).map(|(forest, boosting)| [forest, boosting].concat()).collect())
    }

    /// The curve from mean margin to log-odds.
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// The same ensemble with another curve, for rows of another place.
    pub fn recalibrated(self, calibration: Calibration) -> Self {
        Self { calibration, ..self }
    }

    /// Mean margin of each row before calibration.
    ///
    /// # Errors
    /// As [`Learned::log_odds`].
    pub fn margins(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        self.members.margins(values)
    }
}

impl Members {
    /// Grows both on `rows` as they are seen at `now`.
    pub(super) fn grow(rows: &Rows<'_>, recipe: &Recipe, now: Timestamp, seed: u64) -> Result<Self, TreesError> {
        if recipe.others_weight == 0.0 && rows.owners.is_some() {
            let own = OwnRows::of(rows);
            return Self::grow(&own.rows(rows), recipe, now, seed);
        }
        let weights = weights(rows, recipe, now);
        let sample = Sample { values: rows.values, n_columns: rows.n_columns, labels: rows.labels };
        let weighted = Weighted { sample, weights: weights.as_deref() };
        Ok(Self {
            forest: grow_forest(weighted, &recipe.forest, seed)?,
            boosting: grow_boosting(weighted, &recipe.boosting, seed.wrapping_add(1))?,
            forest_share: recipe.forest_share,
        })
    }

    /// What the forest says of each row, and what the boosted trees say.
    pub(super) fn margins_of_each(&self, values: &[f32]) -> Result<(Vec<f64>, Vec<f64>), TreesError> {
        if values.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        Ok((self.forest.margins(values)?, self.boosting.margins(values)?))
    }

    fn margins(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let (forest, boosting) = self.margins_of_each(values)?;
        Ok(forest.iter().zip(&boosting).map(|(a, b)| self.mean(*a, *b)).collect())
    }

    fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        let (forest, boosting) = (self.forest.parts(values)?, self.boosting.parts(values)?);
        let mean = |(forest, boosting): (&Parts, &Parts)| Parts {
            weights: forest.weights.iter().zip(&boosting.weights).map(|(a, b)| self.mean(*a, *b)).collect(),
            base: self.mean(forest.base, boosting.base),
        };
        Ok(forest.iter().zip(&boosting).map(mean).collect())
    }

    fn mean(&self, forest: f64, boosting: f64) -> f64 {
        self.forest_share * forest + (1.0 - self.forest_share) * boosting
    }
}

/// The own rows alone.
struct OwnRows {
    values: Vec<f32>,
    labels: Vec<bool>,
    at: Vec<Timestamp>,
}

impl OwnRows {
    fn of(rows: &Rows<'_>) -> Self {
        let own = rows.own();
        Self {
            values: own.iter().flat_map(|row| rows.row(*row)).copied().collect(),
            labels: own.iter().map(|row| rows.labels[*row]).collect(),
            at: own.iter().map(|row| rows.at[*row]).collect(),
        }
    }

    fn rows<'a>(&'a self, like: &Rows<'_>) -> Rows<'a> {
        Rows {
            values: &self.values,
            n_columns: like.n_columns,
            labels: &self.labels,
            at: &self.at,
            label_days: like.label_days,
            owners: None,
        }
    }
}

/// How much each row counts, 1 on average; `None` when all count the same.
pub(super) fn weights(rows: &Rows<'_>, recipe: &Recipe, now: Timestamp) -> Option<Vec<f32>> {
    if recipe.half_life_days.is_none() && recipe.balance == 0.0 && rows.owners.is_none() {
        return None;
    }
    let odds = Odds::of(rows);
    let aim = odds.aim().powf(1.0 - recipe.balance);
    let weight = |row: usize| {
        let age = recipe.half_life_days.map_or(1.0, |days| 0.5_f64.powf(now.days_since(rows.at[row]).max(0.0) / days));
        let owner = rows.owner(row);
        let counts = if owner == OWN || !odds.has_own() { 1.0 } else { recipe.others_weight };
        age * counts * if rows.labels[row] { aim / odds.of_owner(owner) } else { 1.0 }
    };
    let weights: Vec<f64> = (0..rows.len()).map(weight).collect();
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    Some(weights.into_iter().map(|weight| (weight / mean).clamp(MIN_WEIGHT, MAX_WEIGHT) as f32).collect())
}

/// Positives for each negative, of each owner.
///
/// Others' positives are weighed so that their odds are the own ones: else the trees would learn to tell the projects
/// apart, by whatever column does, instead of what is risky within each.
struct Odds(FxHashMap<u32, (f64, f64)>);

impl Odds {
    fn of(rows: &Rows<'_>) -> Self {
        let mut counts: FxHashMap<u32, (f64, f64)> = FxHashMap::default();
        for row in 0..rows.len() {
            let (positive, negative) = counts.entry(rows.owner(row)).or_default();
            if rows.labels[row] { *positive += 1.0 } else { *negative += 1.0 }
        }
        Self(counts)
    }

    fn has_own(&self) -> bool {
        self.0.contains_key(&OWN)
    }

    /// The odds every owner is brought to: the own ones, or those of all rows where none is own.
    fn aim(&self) -> f64 {
        if self.has_own() {
            return self.of_owner(OWN);
        }
        let (positive, negative) = self.0.values().fold((0.0, 0.0), |sum, n| (sum.0 + n.0, sum.1 + n.1));
        (positive + 1.0) / (negative + 1.0)
    }

    /// One of either outcome is added: an owner with few rows does not get weights beyond measure.
    fn of_owner(&self, owner: u32) -> f64 {
        let (positive, negative) = self.0.get(&owner).copied().unwrap_or_default();
        (positive + 1.0) / (negative + 1.0)
    }
}
