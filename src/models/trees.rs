//! How are trees grown, asked and explained?
//!
//! In: rows with unknowns as NaN, labels, checked parameters, a seed. Out: margins in log-odds and exact contributions.
//! Never draws unseeded chance: the same input gives the same trees on any number of threads.
//!
//! The only file that names the boosting library. Why it was chosen, and how to leave it: the decision
//! `docs/decisions/0005-learning-libraries.md`.

use hessboost::model::{BoostedModel, Iterations, ModelFormat};
use hessboost::objective::{Objective, RegLoss};
use hessboost::prelude::{DMatrix, HessboostError, TrainingParams, TreeMethod, train};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a random forest is grown (Breiman, 2001): many deep trees on random halves, averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// Trees.
    pub n_trees: usize,
    /// Splits from root to leaf, at most.
    pub depth: usize,
    /// Share of the rows each tree sees.
    pub row_share: f64,
    /// Share of the columns each split may choose from.
    pub column_share: f64,
}

/// How boosted trees are grown (Friedman, 2001; Chen and Guestrin, 2016): many shallow trees, each mending the last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Boosting {
    /// Trees.
    pub n_rounds: usize,
    /// Splits from root to leaf, at most.
    pub depth: usize,
    /// Share of each tree's advice that is taken.
    pub learning_rate: f64,
    /// Share of the rows each tree sees.
    pub row_share: f64,
    /// Share of the columns each tree sees.
    pub column_share: f64,
}

/// Rows one after the other, and the outcome of each.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Values; NaN is unknown.
    pub values: &'a [f32],
    /// Values of one row.
    pub n_columns: usize,
    /// Outcomes.
    pub labels: &'a [bool],
}

/// A sample of which some rows count more than others.
#[derive(Debug, Clone, Copy)]
pub struct Weighted<'a> {
    /// The rows.
    pub sample: Sample<'a>,
    /// How much each row counts, above 0; `None` when all count the same.
    pub weights: Option<&'a [f32]>,
}

impl<'a> From<Sample<'a>> for Weighted<'a> {
    fn from(sample: Sample<'a>) -> Self {
        Self { sample, weights: None }
    }
}

/// Grown trees that give one margin for a row.
#[derive(Debug, Clone)]
pub struct Trees(BoostedModel);

/// The parts of one margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// One for each column, in log-odds.
    pub weights: Vec<f64>,
    /// What is there before any column speaks.
    pub base: f64,
}

/// Trees could not be grown, asked, stored or read.
#[derive(Debug, thiserror::Error)]
pub enum TreesError {
    /// Growing failed.
    #[error("could not grow trees on {n_rows} rows")]
    Grow {
        /// Rows given.
        n_rows: usize,
        /// What the library said.
        #[source]
        source: HessboostError,
    },
    /// The rows do not fit the trees.
    #[error("could not ask the trees about {n_values} values, they were grown on {n_columns} columns")]
    Ask {
        /// Values given.
        n_values: usize,
        /// Values of one row.
        n_columns: usize,
        /// What the library said.
        #[source]
        source: HessboostError,
    },
    /// The bytes are not trees of this version.
    #[error("could not store or read trees")]
    Store(#[source] HessboostError),
}

/// Grows a random forest.
///
/// # Errors
/// [`TreesError::Grow`] for an empty or misshapen sample, or an infinite value.
pub fn grow_forest<'a>(sample: impl Into<Weighted<'a>>, forest: &Forest, seed: u64) -> Result<Trees, TreesError> {
    let params = TrainingParams::builder()
        .objective(Objective::BinaryLogistic(RegLoss::default()))
        .tree_method(TreeMethod::Hist)
        .num_parallel_tree(forest.n_trees)
        .eta(1.0)
        .max_depth(forest.depth)
        .subsample(forest.row_share)
        .colsample_bynode(forest.column_share)
        .seed(seed)
        .build();
    grow(sample.into(), params, 1)
}

/// Grows boosted trees.
///
/// # Errors
/// [`TreesError::Grow`] for an empty or misshapen sample, or an infinite value.
pub fn grow_boosting<'a>(sample: impl Into<Weighted<'a>>, boosting: &Boosting, seed: u64) -> Result<Trees, TreesError> {
    let params = TrainingParams::builder()
        .objective(Objective::BinaryLogistic(RegLoss::default()))
        .tree_method(TreeMethod::Hist)
        .eta(boosting.learning_rate)
        .max_depth(boosting.depth)
        .subsample(boosting.row_share)
        .colsample_bytree(boosting.column_share)
        .seed(seed)
        .build();
    grow(sample.into(), params, boosting.n_rounds)
}

fn grow(
    Weighted { sample, weights }: Weighted<'_>,
    params: Result<TrainingParams, HessboostError>,
    n_rounds: usize,
) -> Result<Trees, TreesError> {
    let n_rows = sample.labels.len();
    let labels: Vec<f32> = sample.labels.iter().map(|label| f32::from(u8::from(*label))).collect();
    let grown = || {
        let matrix = DMatrix::from_dense(sample.values, n_rows, sample.n_columns)?.with_labels(&labels)?;
        let matrix = match weights {
            Some(weights) => matrix.with_weights(weights)?,
            None => matrix,
        };
        train(&params?, &matrix, n_rounds)
    };
    grown().map(Trees).map_err(|source| TreesError::Grow { n_rows, source })
}

impl Trees {
    /// One margin in log-odds for each row.
    ///
    /// # Errors
    /// [`TreesError::Ask`] when `values` are not whole rows, or hold an infinite value.
    pub fn margins(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        let margins =
            self.0.predict_margin_rows(values, Iterations::Best).map_err(|source| self.ask_error(values, source))?;
        Ok(margins.as_slice().iter().map(|margin| f64::from(*margin)).collect())
    }

    /// The parts of each row's margin: Shapley values of the trees, which sum to it (Lundberg et al., 2020).
    ///
    /// # Errors
    /// [`TreesError::Ask`] when `values` are not whole rows, or hold an infinite value.
    pub fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let n_columns = self.0.n_features();
        let explained = || {
            let matrix = DMatrix::from_dense(values, values.len() / n_columns, n_columns)?;
            self.0.predict_contribs(&matrix, Iterations::Best)
        };
        let parts = explained().map_err(|source| self.ask_error(values, source))?;
        Ok(parts.as_slice().chunks_exact(n_columns + 1).map(parts_of_row).collect())
    }

    /// For each row the leaf it falls into, in every tree.
    ///
    /// # Errors
    /// [`TreesError::Ask`] when `values` are not whole rows, or hold an infinite value.
    pub fn leaves(&self, values: &[f32]) -> Result<Vec<Vec<u32>>, TreesError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let n_columns = self.0.n_features();
        let n_rows = values.len() / n_columns;
        let found = || {
            let matrix = DMatrix::from_dense(values, n_rows, n_columns)?;
            self.0.predict_leaf(&matrix, Iterations::Best)
        };
        let leaves = found().map_err(|source| self.ask_error(values, source))?;
        Ok(leaves.as_slice().chunks_exact((leaves.as_slice().len() / n_rows).max(1)).map(<[u32]>::to_vec).collect())
    }

    /// As bytes that [`Trees::from_bytes`] reads.
    ///
    /// # Errors
    /// [`TreesError::Store`] when there are more trees than the format can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TreesError> {
        self.0.encode(ModelFormat::Binary).map_err(TreesError::Store)
    }

    /// Reads trees.
    ///
    /// # Errors
    /// [`TreesError::Store`] when the bytes are not trees.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreesError> {
        BoostedModel::decode(bytes, ModelFormat::Binary).map(Self).map_err(TreesError::Store)
    }

    fn ask_error(&self, values: &[f32], source: HessboostError) -> TreesError {
        TreesError::Ask { n_values: values.len(), n_columns: self.0.n_features(), source }
    }
}

fn parts_of_row(values: &[f32]) -> Parts {
    let (base, weights) = values.split_last().expect("a row has at least its base");
    Parts { weights: weights.iter().map(|weight| f64::from(*weight)).collect(), base: f64::from(*base) }
}

impl Serialize for Trees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_bytes().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Trees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Trees::from_bytes(&Vec::<u8>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOREST: Forest = Forest { n_trees: 20, depth: 5, row_share: 0.6, column_share: 0.6 };
    const BOOSTING: Boosting =
        Boosting { n_rounds: 20, depth: 3, learning_rate: 0.3, row_share: 0.8, column_share: 1.0 };

    /// Positive where the first of two columns is above one half; every seventh value is unknown.
    fn rows() -> (Vec<f32>, Vec<bool>) {
        let value = |row: usize, column: usize| ((row * (7 + 4 * column)) % 101) as f32 / 101.0;
        let labels = (0..400).map(|row| value(row, 0) > 0.5).collect();
        let is_unknown = |row: usize, column: usize| column == 1 && row.is_multiple_of(7);
        let known = |row, column| if is_unknown(row, column) { f32::NAN } else { value(row, column) };
        ((0..400).flat_map(|row| [known(row, 0), known(row, 1)]).collect(), labels)
    }

    fn check_both(check: impl Fn(&Trees, &[f32], &[bool])) {
        let (values, labels) = rows();
        let sample = Sample { values: &values, n_columns: 2, labels: &labels };
        check(&grow_forest(sample, &FOREST, 1).expect("a forest grows"), &values, &labels);
        check(&grow_boosting(sample, &BOOSTING, 1).expect("boosted trees grow"), &values, &labels);
    }

    #[test]
    fn trees_learn_what_decides_the_outcome() {
        check_both(|trees, values, labels| {
            let margins = trees.margins(values).expect("rows fit");
            let n_right = margins.iter().zip(labels).filter(|(margin, label)| (**margin > 0.0) == **label).count();
            assert!(n_right > 390, "{n_right} of 400");
        });
    }

    #[test]
    fn parts_sum_to_the_margin() {
        check_both(|trees, values, _| {
            let margins = trees.margins(values).expect("rows fit");
            for (parts, margin) in trees.parts(values).expect("rows fit").iter().zip(margins) {
                let sum = parts.base + parts.weights.iter().sum::<f64>();
                assert!((sum - margin).abs() < 1e-4, "{sum} is not {margin}");
            }
        });
    }

    #[test]
    fn trees_read_back_from_bytes_answer_the_same() {
        check_both(|trees, values, _| {
            let read = Trees::from_bytes(&trees.to_bytes().expect("trees can be stored")).expect("and read");
            assert_eq!(read.margins(values).expect("rows fit"), trees.margins(values).expect("rows fit"));
        });
        assert!(matches!(Trees::from_bytes(b"no trees"), Err(TreesError::Store(_))));
    }

    #[test]
    fn the_same_seed_grows_the_same_trees() {
        let (values, labels) = rows();
        let sample = Sample { values: &values, n_columns: 2, labels: &labels };
        let bytes =
            |seed| grow_forest(sample, &FOREST, seed).and_then(|trees| trees.to_bytes()).expect("a forest grows");
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }

    #[test]
    fn rows_that_count_more_are_learned_first() {
        // Both outcomes in every row; the heavier one wins.
        let values: Vec<f32> = (0..200).map(|row| (row / 2) as f32).collect();
        let labels: Vec<bool> = (0..200).map(|row| row % 2 == 0).collect();
        let weights: Vec<f32> = (0..200).map(|row| if (row % 2 == 0) == (row < 100) { 9.0 } else { 1.0 }).collect();
        let sample = Sample { values: &values, n_columns: 1, labels: &labels };
        let trees = grow_boosting(Weighted { sample, weights: Some(&weights) }, &BOOSTING, 1).expect("trees grow");
        let margins = trees.margins(&[10.0, 90.0]).expect("rows fit");
        assert!(margins[0] > 1.0 && margins[1] < -1.0, "{margins:?}");
        let too_few = Weighted { sample, weights: Some(&weights[1..]) };
        assert!(matches!(grow_forest(too_few, &FOREST, 1), Err(TreesError::Grow { .. })));
    }

    #[test]
    fn misshapen_rows_are_refused() {
        check_both(|trees, _, _| {
            assert!(matches!(trees.margins(&[1.0]), Err(TreesError::Ask { n_values: 1, n_columns: 2, .. })));
            assert!(matches!(trees.parts(&[1.0, 2.0, 3.0]), Err(TreesError::Ask { .. })));
        });
        let empty = Sample { values: &[], n_columns: 2, labels: &[] };
        assert!(matches!(grow_forest(empty, &FOREST, 1), Err(TreesError::Grow { n_rows: 0, .. })));
    }
}
