//! How may the ensemble be grown, and between what may be chosen?

use crate::models::calibration::Shape;
use crate::models::trees::{Boosting, Forest};
use serde::{Deserialize, Serialize};

/// Everything that is decided before trees grow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The random forest.
    pub forest: Forest,
    /// The boosted trees.
    pub boosting: Boosting,
    /// How much of the mean margin is the forest's, above 0 and below 1.
    pub forest_share: f64,
    /// Days after which a row counts half; `None`: old rows count as new ones.
    pub half_life_days: Option<f64>,
    /// How much a positive counts beside a negative: `(n_negative / n_positive)^balance`, 0 for as it is, 1 for even.
    pub balance: f64,
    /// How much a row of others counts beside an own one; 0 leaves them out.
    pub others_weight: f64,
    /// How scores become probabilities.
    pub calibration: Shape,
}

/// Small trees, both members alike, every row counting the same.
impl Default for Recipe {
    fn default() -> Self {
        Self {
            forest: Forest { n_trees: 64, depth: 4, row_share: 0.632, column_share: 0.2 },
            boosting: Boosting { n_rounds: 60, depth: 2, learning_rate: 0.06, row_share: 0.8, column_share: 0.8 },
            forest_share: 0.5,
            half_life_days: None,
            balance: 0.0,
            others_weight: 0.33,
            calibration: Shape::Platt,
        }
    }
}

/// What may be chosen from. The first of each list is taken unless another is better beyond chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// Sizes of the forest.
    pub forests: Vec<Forest>,
    /// Sizes of the boosted trees.
    pub boostings: Vec<Boosting>,
    /// See [`Recipe::forest_share`].
    pub forest_shares: Vec<f64>,
    /// See [`Recipe::others_weight`]; looked at only where there are rows of others.
    pub others_weights: Vec<f64>,
    /// See [`Recipe::half_life_days`].
    pub half_lives_days: Vec<Option<f64>>,
    /// See [`Recipe::balance`].
    pub balances: Vec<f64>,
    /// See [`Recipe::calibration`].
    pub calibrations: Vec<Shape>,
    /// Where chance starts.
    pub seed: u64,
}

/// All of them small enough that one row is explained in less than two milliseconds.
impl Default for Menu {
    fn default() -> Self {
        let usual = Recipe::default();
        let boosting = |n_rounds, depth| Boosting { n_rounds, depth, ..usual.boosting };
        Self {
            forests: vec![usual.forest, Forest { depth: 7, column_share: 0.3, ..usual.forest }],
            boostings: vec![usual.boosting, boosting(120, 3), boosting(150, 5)],
            forest_shares: vec![usual.forest_share, 0.25, 0.75],
            others_weights: vec![0.33, 1.0, 0.1, 0.0],
            half_lives_days: vec![None, Some(730.0), Some(240.0)],
            balances: vec![0.0, 1.0],
            calibrations: vec![Shape::Platt, Shape::Beta],
            seed: 20_261_123,
        }
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("expected `{name}` to be {expected}, got {found}")]
pub struct InvalidRecipe {
    /// Which setting.
    pub name: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: f64,
}

/// More trees than this only cost time.
const MAX_TREES: usize = 2_000;

/// Deeper trees than this learn single rows by heart and take seconds to explain.
const MAX_DEPTH: usize = 12;

/// A row of others that counts more than this beside an own one would be the only one to count.
const MAX_OTHERS_WEIGHT: f64 = 100.0;

impl Menu {
    /// Only one recipe: nothing is left to choose.
    pub fn only(recipe: Recipe, seed: u64) -> Self {
        Self {
            forests: vec![recipe.forest],
            boostings: vec![recipe.boosting],
            forest_shares: vec![recipe.forest_share],
            others_weights: vec![recipe.others_weight],
            half_lives_days: vec![recipe.half_life_days],
            balances: vec![recipe.balance],
            calibrations: vec![recipe.calibration],
            seed,
        }
    }

    /// Checks that there is something to choose from everywhere, and that every choice makes sense.
    ///
    /// # Errors
    /// [`InvalidRecipe`] with the first list that is empty or the first setting that makes no sense.
    pub fn check(&self) -> Result<(), InvalidRecipe> {
        let lengths = [
            ("forests", self.forests.len()),
            ("boostings", self.boostings.len()),
            ("forest_shares", self.forest_shares.len()),
            ("others_weights", self.others_weights.len()),
            ("half_lives_days", self.half_lives_days.len()),
            ("balances", self.balances.len()),
            ("calibrations", self.calibrations.len()),
        ];
        if let Some((name, _)) = lengths.into_iter().find(|(_, length)| *length == 0) {
            return Err(InvalidRecipe { name, expected: "a list of at least one", found: 0.0 });
        }
        self.each_choice_alone().try_for_each(|recipe| recipe.check())
    }

    /// The first recipe with one setting after the other replaced by every entry of its list.
    fn each_choice_alone(&self) -> impl Iterator<Item = Recipe> + '_ {
        let first = self.first();
        let forests = self.forests.iter().map(move |forest| Recipe { forest: *forest, ..first });
        let boostings = self.boostings.iter().map(move |boosting| Recipe { boosting: *boosting, ..first });
        let shares = self.forest_shares.iter().map(move |share| Recipe { forest_share: *share, ..first });
        let others = self.others_weights.iter().map(move |weight| Recipe { others_weight: *weight, ..first });
        let half_lives = self.half_lives_days.iter().map(move |days| Recipe { half_life_days: *days, ..first });
        let balances = self.balances.iter().map(move |balance| Recipe { balance: *balance, ..first });
        forests.chain(boostings).chain(shares).chain(others).chain(half_lives).chain(balances)
    }

    /// The first of everything.
    pub(super) fn first(&self) -> Recipe {
        Recipe {
            forest: self.forests[0],
            boosting: self.boostings[0],
            forest_share: self.forest_shares[0],
            half_life_days: self.half_lives_days[0],
            balance: self.balances[0],
            others_weight: self.others_weights[0],
            calibration: self.calibrations[0],
        }
    }
}

impl Recipe {
    /// What is other in `other`, as text.
    pub(super) fn difference(&self, other: &Recipe) -> String {
        let mut parts = Vec::new();
        let mut say = |name: &str, is_other: bool, value: String| {
            if is_other {
                parts.push(format!("{name} {value}"));
            }
        };
        let Recipe { forest, boosting, .. } = other;
        say("forest", self.forest != *forest, format!("{} x depth {}", forest.n_trees, forest.depth));
        say("boosting", self.boosting != *boosting, format!("{} x depth {}", boosting.n_rounds, boosting.depth));
        say("forest share", self.forest_share != other.forest_share, other.forest_share.to_string());
        let half_life = other.half_life_days.map_or("none".to_owned(), |days| format!("{days} days"));
        say("half-life", self.half_life_days != other.half_life_days, half_life);
        say("balance", self.balance != other.balance, other.balance.to_string());
        say("weight of others", self.others_weight != other.others_weight, other.others_weight.to_string());
        say("calibration", self.calibration != other.calibration, format!("{:?}", other.calibration).to_lowercase());
        parts.join(", ")
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// [`InvalidRecipe`] with the first setting that makes no sense.
    pub fn check(&self) -> Result<(), InvalidRecipe> {
        let Recipe { forest, boosting, .. } = self;
        within("forest.n_trees", forest.n_trees, MAX_TREES, "between 1 and 2000")?;
        within("forest.depth", forest.depth, MAX_DEPTH, "between 1 and 12")?;
        within("boosting.n_rounds", boosting.n_rounds, MAX_TREES, "between 1 and 2000")?;
        within("boosting.depth", boosting.depth, MAX_DEPTH, "between 1 and 12")?;
        share("forest.row_share", forest.row_share)?;
        share("forest.column_share", forest.column_share)?;
        share("boosting.learning_rate", boosting.learning_rate)?;
        share("boosting.row_share", boosting.row_share)?;
        share("boosting.column_share", boosting.column_share)?;
        let is_share = self.forest_share > 0.0 && self.forest_share < 1.0;
        let sound = [
            ("forest_share", "above 0 and below 1", self.forest_share, is_share),
            ("balance", "between 0 and 1", self.balance, (0.0..=1.0).contains(&self.balance)),
            (
                "others_weight",
                "between 0 and 100",
                self.others_weight,
                (0.0..=MAX_OTHERS_WEIGHT).contains(&self.others_weight),
            ),
            (
                "half_life_days",
                "at least 1",
                self.half_life_days.unwrap_or(1.0),
                self.half_life_days.is_none_or(|days| days.is_finite() && days >= 1.0),
            ),
        ];
        match sound.into_iter().find(|(.., is_sound)| !is_sound) {
            Some((name, expected, found, _)) => Err(InvalidRecipe { name, expected, found }),
            None => Ok(()),
        }
    }
}

fn within(name: &'static str, found: usize, max: usize, expected: &'static str) -> Result<(), InvalidRecipe> {
    if (1..=max).contains(&found) { Ok(()) } else { Err(InvalidRecipe { name, expected, found: found as f64 }) }
}

fn share(name: &'static str, found: f64) -> Result<(), InvalidRecipe> {
    let is_share = found > 0.0 && found <= 1.0;
    if is_share { Ok(()) } else { Err(InvalidRecipe { name, expected: "above 0 and at most 1", found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl Fn(&mut Recipe), expected: &str) {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        let text = recipe.check().expect_err(expected).to_string();
        assert_eq!(text, expected);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        assert_eq!(Recipe::default().check(), Ok(()));
        check(|recipe| recipe.forest.depth = 30, "expected `forest.depth` to be between 1 and 12, got 30");
        check(|recipe| recipe.forest_share = 1.0, "expected `forest_share` to be above 0 and below 1, got 1");
        check(|recipe| recipe.half_life_days = Some(0.0), "expected `half_life_days` to be at least 1, got 0");
        check(
            |recipe| recipe.others_weight = f64::INFINITY,
            "expected `others_weight` to be between 0 and 100, got inf",
        );
        check(
            |recipe| recipe.boosting.learning_rate = f64::NAN,
            "expected `boosting.learning_rate` to be above 0 and at most 1, got NaN",
        );
    }

    #[test]
    fn the_first_of_everything_is_the_default() {
        let (menu, usual) = (Menu::default(), Recipe::default());
        assert_eq!((menu.forests[0], menu.boostings[0], menu.forest_shares[0]), (usual.forest, usual.boosting, 0.5));
        assert_eq!((menu.half_lives_days[0], menu.balances[0], menu.calibrations[0]), (None, 0.0, usual.calibration));
    }
}
