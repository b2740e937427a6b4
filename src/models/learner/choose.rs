//! Which recipe serves these rows best, and what does it learn from all of them?
//!
//! In: rows and a menu. Out: a [`Lesson`]. The choice is made step by step: sizes and shares of the members, then how
//! much others' rows, old rows and rare outcomes count, then the curve to probabilities. At each step the first entry
//! of the menu stays unless another one has a lower log loss on the newer rows, by more than its standard error: on a
//! short history nearly everything looks better by chance.

use super::LearnError;
use super::folds::{Fold, folds_to_calibrate_on, folds_to_choose_on};
use super::learned::{Learned, Members};
use super::recipe::{Menu, Recipe};
use super::rows::{OWN, Rows};
use crate::models::calibration::{Calibration, CalibrationError, Shape};
use crate::models::trees::TreesError;
use serde::{Deserialize, Serialize};

/// Newest rows that a choice is made on: choices need fewer rows than learning does.
const MAX_ROWS_TO_CHOOSE_ON: usize = 20_000;

/// What was learned, and what is known of it.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Grown on all rows.
    pub learned: Learned,
    /// How it was grown.
    pub recipe: Recipe,
    /// What was compared on the way, in order; empty where nothing was.
    pub trials: Vec<Trial>,
    /// The newest own rows and the calibrated log-odds that twins which had not seen them gave them, oldest first.
    pub held_out: Vec<(usize, f64)>,
}

/// One comparison of the choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What was tried, as text.
    pub what: String,
    /// Mean log loss on the newer rows, lower is better.
    pub log_loss: f64,
    /// By how much that is lower than what had been chosen before, on the same rows; 0 for the first.
    pub gain: f64,
    /// Standard error of the gain; 0 for the first.
    pub standard_error: f64,
    /// Whether it was taken.
    pub is_taken: bool,
}

/// Chooses a recipe from the menu and learns from all rows with it.
///
/// # Errors
/// [`LearnError`] for rows that make no sense or are too few, or scores that cannot be calibrated.
pub fn learn(rows: &Rows<'_>, menu: &Menu) -> Result<Lesson, LearnError> {
    rows.check()?;
    menu.check()?;
    let folds = usable_folds(rows)?;
    let (recipe, trials) = Choice::start(rows, menu)?.run()?;
    finish(rows, &folds, recipe, trials, menu.seed)
}

/// Learns from all rows with a recipe that was chosen before.
///
/// # Errors
/// As [`learn`].
pub fn learn_as(rows: &Rows<'_>, recipe: &Recipe, seed: u64) -> Result<Lesson, LearnError> {
    rows.check()?;
    finish(rows, &usable_folds(rows)?, *recipe, Vec::new(), seed)
}

fn usable_folds(rows: &Rows<'_>) -> Result<Vec<Fold>, LearnError> {
    let folds = folds_to_calibrate_on(rows);
    if !folds.is_empty() {
        return Ok(folds);
    }
    let own = rows.own();
    Err(LearnError::TooFew { n_rows: own.len(), n_positive: own.iter().filter(|row| rows.labels[**row]).count() })
}

/// Calibrates on the newest rows by twins that have not seen them, then grows both members on all rows.
fn finish(
    rows: &Rows<'_>,
    folds: &[Fold],
    recipe: Recipe,
    trials: Vec<Trial>,
    seed: u64,
) -> Result<Lesson, LearnError> {
    recipe.check()?;
    let (mut held_out, mut labels) = (Vec::new(), Vec::new());
    for fold in folds {
        let twin = Judged::by(rows, fold, &recipe, seed)?;
        held_out.extend(fold.judged.iter().copied().zip(twin.margins(recipe.forest_share)));
        labels.extend(twin.labels);
    }
    let margins: Vec<f64> = held_out.iter().map(|(_, margin)| *margin).collect();
    let calibration = Calibration::fit(recipe.calibration, &margins, &labels)?;
    held_out.iter_mut().for_each(|(_, margin)| *margin = calibration.log_odds(*margin));
    let members = Members::grow(rows, &recipe, rows.at[rows.len() - 1], seed)?;
    Ok(Lesson { learned: Learned::new(members, calibration), recipe, trials, held_out })
}

/// What both members say of the rows of one fold.
#[derive(Clone)]
struct Judged {
    forest: Vec<f64>,
    boosting: Vec<f64>,
    labels: Vec<bool>,
}

impl Judged {
    /// Learns from the older part of a fold and looks at the newer.
    fn by(rows: &Rows<'_>, fold: &Fold, recipe: &Recipe, seed: u64) -> Result<Self, TreesError> {
        let now = rows.at[fold.judged[0]];
        let members = Members::grow(&rows.slice(0..fold.n_train), recipe, now, seed)?;
        let values: Vec<f32> = fold.judged.iter().flat_map(|row| rows.row(*row)).copied().collect();
        let (forest, boosting) = members.margins_of_each(&values)?;
        Ok(Self { forest, boosting, labels: fold.judged.iter().map(|row| rows.labels[*row]).collect() })
    }

    fn margins(&self, forest_share: f64) -> Vec<f64> {
        let mean = |(forest, boosting): (&f64, &f64)| forest_share * forest + (1.0 - forest_share) * boosting;
        self.forest.iter().zip(&self.boosting).map(mean).collect()
    }
}

/// A choice under way.
struct Choice<'a> {
    rows: Rows<'a>,
    folds: Vec<Fold>,
    menu: &'a Menu,
    /// The best so far, and its loss on every judged row.
    recipe: Recipe,
    losses: Vec<f64>,
    trials: Vec<Trial>,
}

impl<'a> Choice<'a> {
    fn start(rows: &Rows<'a>, menu: &'a Menu) -> Result<Self, LearnError> {
        let rows = rows.slice(rows.len().saturating_sub(MAX_ROWS_TO_CHOOSE_ON)..rows.len());
        let (folds, recipe) = (folds_to_choose_on(&rows), menu.first());
        let mut choice = Self { rows, folds, menu, recipe, losses: Vec::new(), trials: Vec::new() };
        if choice.folds.is_empty() {
            return Ok(choice);
        }
        choice.losses = losses(&choice.judge(&choice.recipe)?, choice.recipe.forest_share);
        let (log_loss, _) = mean_and_error(&choice.losses);
        choice.trials.push(Trial {
            what: "the usual".to_owned(),
            log_loss,
            gain: 0.0,
            standard_error: 0.0,
            is_taken: true,
        });
        Ok(choice)
    }

    /// Step by step through the menu.
    fn run(mut self) -> Result<(Recipe, Vec<Trial>), LearnError> {
        if self.folds.is_empty() {
            return Ok((self.recipe, self.trials));
        }
        self.sizes_and_shares()?;
        let owners = self.rows.owners.unwrap_or_default();
        let has_others = owners.contains(&OWN) && owners.iter().any(|owner| *owner != OWN);
        let menu = self.menu;
        if has_others {
            self.one_of(&menu.others_weights, |recipe, weight| recipe.others_weight = weight)?;
        }
        self.one_of(&menu.half_lives_days, |recipe, days| recipe.half_life_days = days)?;
        self.one_of(&menu.balances, |recipe, balance| recipe.balance = balance)?;
        self.calibration()?;
        Ok((self.recipe, self.trials))
    }

    fn judge(&self, recipe: &Recipe) -> Result<Vec<Judged>, LearnError> {
        recipe.check()?;
        let judged = self.folds.iter().map(|fold| Judged::by(&self.rows, fold, recipe, self.menu.seed));
        Ok(judged.collect::<Result<_, _>>()?)
    }

    /// Members are grown once for each size, and every pair of them is looked at with every share.
    fn sizes_and_shares(&mut self) -> Result<(), LearnError> {
        let Menu { forests, boostings, .. } = self.menu;
        let usual = self.recipe;
        let n = forests.len().max(boostings.len());
        let pairs = (0..n).map(|nth| Recipe {
            forest: forests[nth.min(forests.len() - 1)],
            boosting: boostings[nth.min(boostings.len() - 1)],
            ..usual
        });
        let grown = pairs.map(|recipe| self.judge(&recipe)).collect::<Result<Vec<_>, _>>()?;
        let mut best: Option<(f64, Recipe, Vec<f64>)> = None;
        for (nth_forest, forest) in forests.iter().enumerate() {
            for (nth_boosting, boosting) in boostings.iter().enumerate() {
                let pair: Vec<Judged> = grown[nth_forest]
                    .iter()
                    .zip(&grown[nth_boosting])
                    .map(|(a, b)| Judged { boosting: b.boosting.clone(), ..a.clone() })
                    .collect();
                for &forest_share in &self.menu.forest_shares {
                    let losses = losses(&pair, forest_share);
                    let (loss, _) = mean_and_error(&losses);
                    if best.as_ref().is_none_or(|(lowest, ..)| loss < *lowest) {
                        let recipe = Recipe { forest: *forest, boosting: *boosting, forest_share, ..usual };
                        best = Some((loss, recipe, losses));
                    }
                }
            }
        }
        if let Some((_, recipe, losses)) = best.filter(|(_, recipe, _)| *recipe != usual) {
            self.offer(recipe, losses);
        }
        Ok(())
    }

    /// Tries every entry of one list of the menu beside what has been chosen.
    fn one_of<T: Copy + PartialEq>(&mut self, entries: &[T], set: impl Fn(&mut Recipe, T)) -> Result<(), LearnError> {
        let before = self.recipe;
        for entry in entries {
            let mut recipe = before;
            set(&mut recipe, *entry);
            if recipe != before {
                let losses = losses(&self.judge(&recipe)?, recipe.forest_share);
                self.offer(recipe, losses);
            }
        }
        Ok(())
    }

    /// Takes a recipe whose losses are lower by more than the standard error of the difference.
    fn offer(&mut self, recipe: Recipe, losses: Vec<f64>) {
        let differences: Vec<f64> = losses.iter().zip(&self.losses).map(|(new, old)| old - new).collect();
        let (gain, standard_error) = mean_and_error(&differences);
        let is_taken = gain > standard_error;
        let (log_loss, _) = mean_and_error(&losses);
        self.trials.push(Trial { what: self.recipe.difference(&recipe), log_loss, gain, standard_error, is_taken });
        if is_taken {
            (self.recipe, self.losses) = (recipe, losses);
        }
    }

    /// Fits each curve to the older fold and looks at the newer one; without two folds the first one stays.
    fn calibration(&mut self) -> Result<(), LearnError> {
        let judged = self.judge(&self.recipe)?;
        let [older, newer] = &judged[..] else { return Ok(()) };
        let share = self.recipe.forest_share;
        let (old, new) = (older.margins(share), newer.margins(share));
        let loss = |shape: Shape| -> Result<Vec<f64>, CalibrationError> {
            let curve = Calibration::fit(shape, &old, &older.labels)?;
            Ok(new.iter().zip(&newer.labels).map(|(margin, label)| log_loss(curve.log_odds(*margin), *label)).collect())
        };
        // A curve that cannot be fitted is not a choice.
        let Ok(usual) = loss(self.recipe.calibration) else { return Ok(()) };
        self.losses = usual;
        for shape in &self.menu.calibrations {
            if *shape == self.recipe.calibration {
                continue;
            }
            if let Ok(losses) = loss(*shape) {
                self.offer(Recipe { calibration: *shape, ..self.recipe }, losses);
            }
        }
        Ok(())
    }
}

/// Log loss of each judged row under the line that fits its fold best: what the order and the distances are worth,
/// whatever the scale. Where no rising line fits, that of the fold's share of positives.
fn losses(judged: &[Judged], forest_share: f64) -> Vec<f64> {
    judged.iter().flat_map(|judged| losses_of_fold(&judged.margins(forest_share), &judged.labels)).collect()
}

fn losses_of_fold(margins: &[f64], labels: &[bool]) -> Vec<f64> {
    let log_odds: Vec<f64> = match Calibration::fit(Shape::Platt, margins, labels) {
        Ok(line) => margins.iter().map(|margin| line.log_odds(*margin)).collect(),
        Err(_) => {
            let n_positive = labels.iter().filter(|label| **label).count() as f64;
            vec![(n_positive / (labels.len() as f64 - n_positive)).ln(); labels.len()]
        }
    };
    log_odds.iter().zip(labels).map(|(log_odds, label)| log_loss(*log_odds, *label)).collect()
}

/// `-ln` of the probability that was given to what happened.
fn log_loss(log_odds: f64, label: bool) -> f64 {
    let against = if label { -log_odds } else { log_odds };
    against.max(0.0) + (-against.abs()).exp().ln_1p()
}

/// Mean, and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}
