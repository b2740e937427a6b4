//! What do many public repositories teach about one that is none of them?
//!
//! In: training tables of other repositories. Out: a [`Base`]: both heads, grown on all of them together, for
//! repositories whose own labels are few. The one that is shipped stands in `base.model` beside this file; the card says
//! which repositories taught it, how well it does on a repository it has not seen, and the command that makes it.
//! Never reads a feature about people: what a person's habits mean in one project says nothing in another.

use super::train::columns;
use crate::domain::{CommitId, Timestamp};
use crate::features::{CATALOGUE_VERSION, CHANGE_LABEL_DAYS, FILE_LABEL_DAYS, Feature, Row, Table};
use crate::history::Past;
use crate::models::answer::BaseInfo;
use crate::models::calibration::Shape;
use crate::models::dataset::Dataset;
use crate::models::explanation::RowKind;
use crate::models::learner::{LearnError, Learned, Recipe, learn_as};
use crate::models::trees::{Boosting, Forest, Parts, TreesError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// Rows one repository teaches at most, evenly over its commits: the largest must not drown the others.
pub const MAX_ROWS_A_REPOSITORY: usize = 3_000;

/// Chosen over repositories: see the card.
const RECIPE: Recipe = Recipe {
    forest: Forest { n_trees: 64, depth: 7, row_share: 0.632, column_share: 0.3 },
    boosting: Boosting { n_rounds: 200, depth: 4, learning_rate: 0.06, row_share: 0.8, column_share: 0.8 },
    forest_share: 0.5,
    half_life_days: None,
    balance: 0.0,
    others_weight: 1.0,
    calibration: Shape::Platt,
};

/// Where chance starts.
const SEED: u64 = 20_261_123;

/// Both heads of the base model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Base {
    /// Catalogue its columns are from.
    catalogue_version: u32,
    /// Oldest commit of each repository it learned from.
    beginnings: Vec<CommitId>,
    pub(super) files: Arc<BaseHead>,
    pub(super) changes: Arc<BaseHead>,
}

/// What many repositories say to one question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BaseHead {
    /// Tells one base model from another.
    fingerprint: [u8; 8],
    /// Names of the columns, in order.
    columns: Vec<String>,
    learned: Learned,
    /// Rows it learned from, and from how many repositories.
    n_train: usize,
    n_repositories: usize,
    pub(super) trained_until: Timestamp,
}

impl Base {
    /// Learns from many repositories: the oldest commit of each, and its rows.
    ///
    /// # Errors
    /// [`LearnError`] when the rows of all of them together are too few.
    pub fn train(repositories: &[(CommitId, &Table)]) -> Result<Self, LearnError> {
        let (beginnings, tables): (Vec<CommitId>, Vec<&Table>) = repositories.iter().copied().unzip();
        let tables = &tables;
        Ok(Self {
            catalogue_version: CATALOGUE_VERSION,
            beginnings,
            files: Arc::new(BaseHead::train(RowKind::File, tables)?),
            changes: Arc::new(BaseHead::train(RowKind::Change, tables)?),
        })
    }

    /// The one this program carries.
    pub fn shipped() -> &'static Base {
        static SHIPPED: OnceLock<Base> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let bytes = include_bytes!("base.model");
            postcard::from_bytes(bytes).expect("the shipped base model is of this version, a test keeps it so")
        })
    }

    /// This model, unless the repository of `past` is among those it learned from: it must not be judged by, or
    /// blended with, what it taught itself. A fork shares its oldest commit and counts as the same.
    pub fn for_past(&self, past: &Past<'_>) -> Option<&Self> {
        let beginning = past.order.first().map(|commit| past.log.commits[*commit as usize].id);
        let has_taught = beginning.is_some_and(|beginning| self.beginnings.contains(&beginning));
        (!has_taught).then_some(self)
    }

    /// Whether its columns mean what this version's mean.
    pub fn is_of_this_catalogue(&self) -> bool {
        self.catalogue_version == CATALOGUE_VERSION
    }

    /// As `base.model` holds it.
    ///
    /// # Errors
    /// When the trees cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    pub(super) fn head(&self, kind: RowKind) -> &Arc<BaseHead> {
        match kind {
            RowKind::File => &self.files,
            RowKind::Change => &self.changes,
        }
    }
}

impl BaseHead {
    fn train(kind: RowKind, tables: &[&Table]) -> Result<Self, LearnError> {
        let columns = columns(kind, false);
        let mut rows: Vec<Labelled<'_>> = tables.iter().flat_map(|table| thinned(labelled(kind, table))).collect();
        rows.sort_by_key(|row| row.at);
        let days = if kind == RowKind::File { FILE_LABEL_DAYS } else { CHANGE_LABEL_DAYS };
        let mut data = Dataset::new(columns.clone(), days);
        rows.iter().for_each(|row| data.push(row.values, row.label, row.at));
        let learned = learn_as(&data.rows(0..data.len()), &RECIPE, SEED)?.learned;
        Ok(Self {
            fingerprint: fingerprint(&learned),
            columns: columns.iter().map(|column| column.name().to_owned()).collect(),
            learned,
            n_train: data.len(),
            n_repositories: tables.len(),
            trained_until: data.at.last().copied().unwrap_or_default(),
        })
    }

    pub(super) fn info(&self) -> BaseInfo {
        let Self { n_repositories, n_train, trained_until, .. } = *self;
        BaseInfo { n_repositories, n_train, trained_until }
    }

    pub(super) fn columns(&self) -> Vec<Feature> {
        let known = |name: &String| Feature::named(name).expect("its columns are in the catalogue, a test keeps it so");
        self.columns.iter().map(known).collect()
    }

    /// Where its columns stand among `names`.
    pub(super) fn places_in(&self, names: &[Feature]) -> Vec<usize> {
        let place =
            |column| names.iter().position(|name| *name == column).expect("every head reads what the base reads");
        self.columns().into_iter().map(place).collect()
    }

    /// Log-odds of rows of its columns.
    pub(super) fn log_odds(&self, values: &[f32]) -> Result<Vec<f64>, TreesError> {
        self.learned.log_odds(values)
    }

    /// For each row the leaf it falls into, in every tree.
    pub(super) fn leaves(&self, values: &[f32]) -> Result<Vec<Vec<u32>>, TreesError> {
        self.learned.leaves(values)
    }

    /// Their parts.
    pub(super) fn parts(&self, values: &[f32]) -> Result<Vec<Parts>, TreesError> {
        self.learned.parts(values)
    }
}

/// A row whose outcome is known.
struct Labelled<'a> {
    commit: u32,
    at: Timestamp,
    values: &'a Row,
    label: bool,
}

fn labelled(kind: RowKind, table: &Table) -> Vec<Labelled<'_>> {
    let labelled = |commit, at, values, label: Option<bool>| Some(Labelled { commit, at, values, label: label? });
    match kind {
        RowKind::File => {
            table.files.iter().filter_map(|row| labelled(row.commit, row.at, &row.values, row.label)).collect()
        }
        RowKind::Change => {
            table.changes.iter().filter_map(|row| labelled(row.commit, row.at, &row.values, row.label)).collect()
        }
    }
}

/// Whole commits, evenly over time, until few enough rows are left.
fn thinned(rows: Vec<Labelled<'_>>) -> Vec<Labelled<'_>> {
    if rows.len() <= MAX_ROWS_A_REPOSITORY {
        return rows;
    }
    let share = MAX_ROWS_A_REPOSITORY as f64 / rows.len() as f64;
    let mut commits: Vec<u32> = rows.iter().map(|row| row.commit).collect();
    commits.dedup();
    let is_taken = |nth: usize| ((nth + 1) as f64 * share).floor() > (nth as f64 * share).floor();
    let taken: rustc_hash::FxHashSet<u32> =
        commits.into_iter().enumerate().filter(|(nth, _)| is_taken(*nth)).map(|(_, commit)| commit).collect();
    rows.into_iter().filter(|row| taken.contains(&row.commit)).collect()
}

fn fingerprint(learned: &Learned) -> [u8; 8] {
    let bytes = postcard::to_stdvec(learned).unwrap_or_default();
    let digest = Sha256::digest(&bytes);
    std::array::from_fn(|place| digest[place])
}

/// Writes which base model it is instead of the model, and finds it again.
pub(super) mod by_name {
    use super::{Base, BaseHead};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(in super::super) fn serialize<S: Serializer>(head: &Arc<BaseHead>, serializer: S) -> Result<S::Ok, S::Error> {
        head.fingerprint.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<BaseHead>, D::Error> {
        let wanted = <[u8; 8]>::deserialize(deserializer)?;
        let Base { files, changes, .. } = Base::shipped();
        let found = [files, changes].into_iter().find(|head| head.fingerprint == wanted);
        found.cloned().ok_or_else(|| serde::de::Error::custom("it was blended with another base model"))
    }
}
