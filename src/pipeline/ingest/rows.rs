//! Which feature rows are missing, and which no longer hold?
//!
//! In: the past up to the tip, and the rows in the database. Out: a row of every judged file of every telling commit,
//! all by one recipe. A row depends on the commits before it in history's order, and on nothing else: where that
//! order still begins as it did when the rows were made, they stay; from the first difference on they go and
//! are made anew. One comparison thus serves new commits, merged branches with older commits, late tags and
//! rewritten history.

use super::{Ask, Error, FEW_COMMITS, Shelf};
use crate::domain::CommitId;
use crate::features::{CATALOGUE_VERSION, CoverageSnapshot, Inputs, Outcome, Sweep, SweptRow};
use crate::git;
use crate::history::Past;
use crate::pipeline::engine::Engine;
use crate::pipeline::facts::{Progress, extend_metrics};
use crate::pipeline::inputs;
use crate::pipeline::stopwatch::Stopwatch;
use crate::store::{FeatureRow, FeatureSet, Recipe, VersionMetrics, facts_version};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

/// Commits that are measured and saved together: their rows and texts are in memory at the same time, and a kill
/// costs their measurement at most.
const COMMITS_A_SEGMENT: usize = 2_000;

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowsReport {
    /// Rows that are there now.
    pub n_rows: usize,
    /// Paths they are of.
    pub n_files: usize,
    /// Rows that were made now.
    pub n_new: usize,
    /// Rows that held no longer and went.
    pub n_cut: usize,
    /// Rows whose file's outcome is known.
    pub n_known_files: usize,
    /// Rows whose change's outcome is known.
    pub n_known_changes: usize,
    /// How the rows that were there before were made, where it was in another way: they all went.
    pub replaced: Option<String>,
}

/// The rows in the database and what came after each.
pub(in crate::pipeline) struct Rows<'a> {
    pub(in crate::pipeline) set: FeatureSet,
    pub(in crate::pipeline) outcomes: Vec<Outcome<'a>>,
    pub(in crate::pipeline) report: RowsReport,
}

/// Which rows are there, and for which history they should be.
pub(super) struct Standing {
    set: FeatureSet,
    steps: Vec<[u8; 8]>,
    n_cut: usize,
    replaced: Option<String>,
}

/// Everything that making rows takes.
pub(super) struct Measuring<'a, 'b> {
    pub(super) engine: &'a Engine,
    pub(super) repository: &'a git::Repository,
    pub(super) ask: &'a Ask<'a>,
    pub(super) shelf: &'a Shelf,
    pub(super) past: &'a Past<'a>,
    pub(super) metrics: VersionMetrics,
    pub(super) stopwatch: &'b mut Stopwatch,
    pub(super) progress: &'a Progress<'a>,
}

impl<'a> Measuring<'a, '_> {
    /// Finds out which rows still hold, takes the others away, and reads the metrics that making the rest will take.
    pub(super) fn prepare(&mut self, inputs: Inputs<'_>) -> Result<Standing, Error> {
        let steps = steps(self.past);
        let (mut set, replaced) = self.set_made_by(&recipe(inputs))?;
        let n_cut = self.cut_from(&mut set, &steps)?;
        self.metrics = match steps.len() - set.steps.len() {
            ..=FEW_COMMITS => self.engine.facts().no_metrics(self.ask.key),
            _ => self.engine.facts().metrics(self.ask.key),
        };
        Ok(Standing { set, steps, n_cut, replaced })
    }

    /// Makes the rows that are missing up to the end of the past.
    pub(super) fn extend(&mut self, standing: Standing, inputs: Inputs<'_>) -> Result<Rows<'a>, Error> {
        let Standing { mut set, steps, n_cut, replaced } = standing;
        let mut sweep = Sweep::new(self.past);
        let n_new = self.add_missing(&mut sweep, &mut set, &steps, inputs)?;
        let outcomes = sweep.outcomes();
        let report = RowsReport { n_new, n_cut, replaced, ..report(&outcomes) };
        self.stopwatch.lap("features");
        Ok(Rows { set, outcomes, report })
    }

    /// Takes away rows that no longer hold, without making any.
    pub(super) fn cut(&mut self) -> Result<(), Error> {
        self.metrics = self.engine.facts().no_metrics(self.ask.key);
        if let Some(mut set) = self.shelf.runtime.block_on(self.shelf.store.feature_set(self.ask.key))? {
            self.cut_from(&mut set, &steps(self.past))?;
        }
        Ok(())
    }

    /// The set that is there, or an empty one in its place where it was made in another way.
    fn set_made_by(&self, recipe: &Recipe) -> Result<(FeatureSet, Option<String>), Error> {
        let Shelf { store, runtime } = self.shelf;
        let kept = runtime.block_on(store.feature_set(self.ask.key))?;
        let replaced = match kept {
            Some(set) if set.recipe == *recipe => return Ok((set, None)),
            other => other.map(|set| set.recipe.made_from),
        };
        Ok((runtime.block_on(store.begin_feature_set(self.ask.key, recipe, self.ask.now))?, replaced))
    }

    /// Takes away the rows from the first commit on at which history is not what it was. Returns how many went.
    fn cut_from(&self, set: &mut FeatureSet, steps: &[[u8; 8]]) -> Result<usize, Error> {
        let n_same = set.steps.iter().zip(steps).take_while(|(then, now)| then == now).count();
        if n_same == set.steps.len() {
            return Ok(0);
        }
        let Shelf { store, runtime } = self.shelf;
        Ok(runtime.block_on(store.cut_feature_rows(set, n_same, self.ask.now))? as usize)
    }

    /// Makes and saves the rows of the commits behind those of the set. Returns how many.
    fn add_missing(
        &mut self,
        sweep: &mut Sweep<'a>,
        set: &mut FeatureSet,
        steps: &[[u8; 8]],
        inputs: Inputs<'_>,
    ) -> Result<usize, Error> {
        sweep.pass_until(set.steps.len());
        let mut n_new = 0;
        while set.steps.len() < steps.len() || set.tip != Some(self.ask.tip) {
            let from = set.steps.len();
            let until = steps.len().min(from + COMMITS_A_SEGMENT);
            self.stopwatch.lap("features");
            (self.progress)("measuring past changes", from, steps.len());
            extend_metrics(self.repository, &mut self.metrics, sweep.wanted_until(until), self.progress)?;
            self.stopwatch.lap("metrics");
            let dependencies = inputs::dependencies(self.repository, &sweep.wanted_manifests_until(until));
            let inputs = Inputs { dependencies: &dependencies, ..inputs };
            let rows = sweep.rows_until(until, &|blob| self.metrics.get(blob), inputs);
            let rows: Vec<FeatureRow> = rows.into_iter().map(|row| self.stored(row)).collect();
            self.stopwatch.lap("features");
            self.engine.save(self.ask.key, |files| files.save_metrics(self.ask.key, &mut self.metrics))?;
            let Shelf { store, runtime } = self.shelf;
            let tip = (until == steps.len()).then_some(self.ask.tip);
            runtime.block_on(store.add_feature_rows(set, &rows, &steps[from..until], tip, self.ask.now))?;
            self.stopwatch.lap("save");
            n_new += rows.len();
        }
        Ok(n_new)
    }

    fn stored(&self, row: SweptRow<'_>) -> FeatureRow {
        let SweptRow { position, commit, path, at, values } = row;
        FeatureRow { position, path: path.to_owned(), commit: self.id(commit), at, values }
    }

    fn id(&self, commit: u32) -> CommitId {
        self.past.log.commits[commit as usize].id
    }
}

/// How rows are made with these inputs: whatever changes a value must change this, or be part of the history.
fn recipe(inputs: Inputs<'_>) -> Recipe {
    let people = if inputs.people { "on" } else { "off" };
    let handed_in = digest_of(inputs.coverage);
    let made_from =
        format!("catalogue {CATALOGUE_VERSION}, {}, people {people}, coverage {handed_in}", facts_version());
    Recipe { catalogue_version: CATALOGUE_VERSION, made_from }
}

/// `none`, or the first digits of a digest of all of it: coverage handed in later for an earlier commit changes rows.
fn digest_of(coverage: &[CoverageSnapshot]) -> String {
    if coverage.is_empty() {
        return "none".to_owned();
    }
    let bytes = postcard::to_stdvec(coverage).expect("paths and counts can always be written");
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A fingerprint of everything that later rows take from each commit: which it is, when, whether it is a fix, its tags.
fn steps(past: &Past<'_>) -> Vec<[u8; 8]> {
    let mut tags = FxHashMap::<u32, Vec<&str>>::default();
    past.log.tags.iter().for_each(|tag| tags.entry(tag.commit).or_default().push(&tag.name));
    let step = |commit: &u32| {
        let raw = &past.log.commits[*commit as usize];
        let digest = Sha256::new().chain_update(raw.id.0).chain_update(raw.committed_at.0.to_le_bytes());
        let mut digest = digest.chain_update([u8::from(past.is_fix[*commit as usize])]);
        // A line feed cannot stand in a tag's name.
        tags.get(commit).into_iter().flatten().for_each(|name| digest.update(format!("{name}\n")));
        let mut first = [0; 8];
        first.copy_from_slice(&digest.finalize()[..8]);
        first
    };
    past.order.iter().map(step).collect()
}

fn report(outcomes: &[Outcome<'_>]) -> RowsReport {
    let paths: FxHashSet<&str> = outcomes.iter().map(|outcome| outcome.path).collect();
    RowsReport {
        n_rows: outcomes.len(),
        n_files: paths.len(),
        n_known_files: outcomes.iter().filter(|outcome| outcome.file.is_some()).count(),
        n_known_changes: outcomes.iter().filter(|outcome| outcome.change.is_some()).count(),
        ..RowsReport::default()
    }
}
