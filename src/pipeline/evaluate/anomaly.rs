//! Are extraordinary changes found, and ordinary ones left alone?
//!
//! In: one repository. Out: four figures, all on changes newer than those the forests were fitted on: how reverted and
//! hot-fixed commits rank beside lines changed; how many planted anomalies of each type are found at 1% false alarms;
//! how many ordinary changes show an anomaly; and average precision of both ways to cut. What was read is kept in the
//! data directory, as a review keeps it.

mod plants;
mod real;

use super::Error;
use crate::domain::Timestamp;
use crate::features::Dependencies;
use crate::git::Repository;
use crate::history::Past;
use crate::models::anomaly::change::Contents;
use crate::models::anomaly::columns::{Column, Kind};
use crate::models::anomaly::forest::{Chance, Cut};
use crate::models::anomaly::gather::{self, Seen};
use crate::models::anomaly::habits::Observed;
use crate::models::anomaly::{Model, Params};
use crate::models::evaluation::{auc, pr_auc};
use crate::pipeline::Progress;
use crate::pipeline::anomaly::read_contents;
use crate::pipeline::facts::extend_history;
use crate::pipeline::ingest::place::folder_key;
use crate::pipeline::stopwatch::Stopwatch;
use crate::store::{FactsFiles, History};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The newest share of the changes, on which everything but the ranking of real anomalies is judged.
const NEWEST_SHARE: f64 = 0.2;

/// Origins from which real anomalies are ranked: they are too few in the newest part alone. Each part is ranked by a
/// forest fitted on all before it.
const ORIGINS: usize = 5;

/// Changes that are turned into anomalies of each type.
const PLANTS_OF_A_KIND: usize = 200;

/// False alarms at which planted anomalies must be found.
const FALSE_ALARMS: f64 = 0.01;

/// Share of the changes that are planted anomalies where average precision is measured.
const SHARE_OF_PLANTS: f64 = 0.05;

/// Fewer real anomalies than these cannot be ranked.
const MIN_REAL: usize = 5;

/// What to judge.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The repository.
    pub path: &'a Path,
    /// Where facts are kept.
    pub data_dir: &'a Path,
    /// The present.
    pub now: Timestamp,
    /// Where the chance of plants and forests begins.
    pub seed: u64,
    /// Where to write the rows as CSV, for comparison with another tool.
    pub dump: Option<&'a Path>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    seed: u64,
    /// The newest commit, and its time.
    head: String,
    head_at: String,
    /// Changes, and how many of them are the newer part.
    n_changes: usize,
    n_newer: usize,
    /// How reverted and hot-fixed commits rank.
    real: Real,
    /// Planted anomalies by type.
    planted: BTreeMap<&'static str, Planted>,
    /// Planted packages by sort, and large files by sort: parts of `planted`.
    planted_sorts: BTreeMap<&'static str, Planted>,
    /// Share of the newer ordinary changes that show an anomaly, and of which type.
    told: Told,
    /// Average precision on planted and real anomalies among the newer changes, by way of cutting.
    average_precision: BTreeMap<&'static str, f64>,
    /// Seconds to fit the model on all changes, and milliseconds to judge one.
    fit_seconds: f64,
    judge_ms: f64,
    model_bytes: usize,
}

/// How real anomalies rank: area under the ROC curve, 0.5 is chance.
#[derive(Debug, Default, Serialize)]
struct Real {
    n_reverted: usize,
    n_hot_fixed: usize,
    n_ordinary: usize,
    /// Of the forest over all columns; absent where there are too few anomalies.
    auc: Option<f64>,
    auc_reverted: Option<f64>,
    auc_hot_fixed: Option<f64>,
    /// The same with cuts of one column.
    auc_one_column: Option<f64>,
    auc_one_column_reverted: Option<f64>,
    /// Of lines changed alone.
    baseline_auc: Option<f64>,
    baseline_auc_reverted: Option<f64>,
}

/// How many planted anomalies were found.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Planted {
    n: usize,
    /// Found where 1% of the ordinary changes would be called by the same type.
    recall_at_false_alarms: f64,
    /// Shown by the model as it is.
    recall_as_told: f64,
    /// Meet the definition of the type.
    meets_definition: f64,
    /// Share of the ordinary changes that would be called by this type at that threshold.
    false_alarms: f64,
}

#[derive(Debug, Default, Serialize)]
struct Told {
    n_ordinary: usize,
    n_told: usize,
    share: f64,
    by_type: BTreeMap<&'static str, usize>,
    /// Share of the fitted changes up to which a change is told.
    alarm: f64,
}

/// One anomaly that was made.
struct Plant {
    kind: Kind,
    sort: &'static str,
    observed: Observed,
}

/// Judges the model on one repository.
///
/// # Errors
/// When the repository cannot be read, has too few changes, or the dump cannot be written.
pub fn evaluate(ask: &Ask<'_>, progress: &Progress<'_>) -> Result<Report, Error> {
    let repository = Repository::open(ask.path)?;
    let head = repository.resolve("HEAD")?;
    let key = folder_key(repository.git_directory());
    let files = FactsFiles::new(ask.data_dir.join("facts"));
    let unread = |reason: String| Error::Reference { path: ask.path.to_owned(), reason };
    let (mut history, mut metrics) = (files.history(&key), files.metrics(&key));
    let keep = |history: &mut History| {
        let saved = files.save_history(&key, history);
        saved.map_err(|source| crate::pipeline::EngineError::SaveFacts { key: key.clone(), source })
    };
    extend_history(&repository, &mut history, (&[head], ask.now), &mut Stopwatch::start(), &keep, progress)
        .map_err(|error| unread(error.to_string()))?;
    let past = Past::new(&history.log, &history.labels, head).ok_or_else(|| unread("its head was not read".into()))?;
    let dependencies = read_contents(&repository, &past, &mut metrics, progress)?;
    files.save_metrics(&key, &mut metrics).map_err(|source| Error::Read { path: ask.data_dir.to_owned(), source })?;
    progress("judging", 0, 0);
    let (seen, plants) = observe(&past, &|blob| metrics.get(blob), &dependencies, ask.seed);
    if seen.len() < crate::models::anomaly::MIN_CHANGES {
        return Err(unread(format!(
            "expected at least {} changes, got {}",
            crate::models::anomaly::MIN_CHANGES,
            seen.len()
        )));
    }
    Judge { past: &past, seen, plants, ask }.report()
}

/// As shipped; with one column a cut, as the paper and other tools have it.
fn params(cut: Cut, seed: u64) -> Params {
    let shipped = Params { cut, seed, ..Params::default() };
    if cut == Cut::OneColumn { Params { n_trees: 100, ..shipped } } else { shipped }
}

fn n_older(n: usize) -> usize {
    n - (n as f64 * NEWEST_SHARE) as usize
}

/// Every change as of its moment, and for the newer part what it looks like turned into an anomaly.
fn observe(
    past: &Past<'_>,
    metrics: &dyn Fn(crate::domain::BlobId) -> Option<crate::code::Metrics>,
    dependencies: &Dependencies,
    seed: u64,
) -> (Vec<Seen>, Vec<Plant>) {
    let n = gather::newest(past).len();
    let n_older = n_older(n);
    let stride = ((n - n_older) / PLANTS_OF_A_KIND).max(1);
    let (mut at, mut plants, mut chance) = (0, Vec::new(), Chance::new(seed));
    let contents = Contents { metrics, dependencies };
    let (seen, _) = gather::history(past, contents, true, |habits, change, _| {
        if at >= n_older && (at - n_older).is_multiple_of(stride) {
            for kind in Kind::ALL {
                let made = plants::plant(kind, habits, change, &mut chance);
                plants.extend(made.map(|(sort, observed)| Plant { kind, sort, observed }));
            }
        }
        at += 1;
    });
    (seen, plants)
}

struct Judge<'a> {
    past: &'a Past<'a>,
    seen: Vec<Seen>,
    plants: Vec<Plant>,
    ask: &'a Ask<'a>,
}

impl Judge<'_> {
    fn report(self) -> Result<Report, Error> {
        let n = self.seen.len();
        let n_older = n_older(n);
        let real = real::of(self.past);
        let is_real: Vec<bool> = self.seen.iter().map(|seen| real.is_any(seen.commit)).collect();
        let observed: Vec<Observed> = self.seen.iter().map(|seen| seen.observed.clone()).collect();
        let (older, newer) = observed.split_at(n_older);
        let model = self.fit(older, Cut::AllColumns);
        let plain = self.fit(older, Cut::OneColumn);
        let ordinary: Vec<&Observed> = newer
            .iter()
            .zip(&is_real[n_older..])
            .filter(|(_, is_real)| !**is_real)
            .map(|(observed, _)| observed)
            .collect();
        let started = std::time::Instant::now();
        let all = self.fit(&observed, Cut::AllColumns);
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = std::time::Instant::now();
        newer.iter().for_each(|change| drop((all.whole(change), all.told(change))));
        let judge_ms = started.elapsed().as_secs_f64() * 1e3 / newer.len().max(1) as f64;
        self.dump(&observed, &is_real, &plain)?;
        let sorts = [
            "package named like another",
            "package from elsewhere",
            "package moved",
            "package never seen",
            "foreign files",
            "scattered files",
        ];
        Ok(Report {
            seed: self.ask.seed,
            head: self.past.as_of_commit.to_string(),
            head_at: self.past.as_of.to_string(),
            n_changes: n,
            n_newer: n - n_older,
            real: self.rank_real(&observed, &real),
            planted: Kind::ALL
                .into_iter()
                .map(|kind| {
                    (kind.name(), found(&model, &ordinary, kind, self.plants.iter().filter(|p| p.kind == kind)))
                })
                .collect(),
            planted_sorts: sorts
                .into_iter()
                .filter_map(|sort| {
                    let kind = self.plants.iter().find(|plant| plant.sort == sort)?.kind;
                    Some((sort, found(&model, &ordinary, kind, self.plants.iter().filter(|p| p.sort == sort))))
                })
                .collect(),
            told: told(&model, &ordinary),
            average_precision: self.average_precision(newer, &is_real[n_older..], &plain, &model),
            fit_seconds,
            judge_ms,
            model_bytes: all.to_bytes().map_or(0, |bytes| bytes.len()),
        })
    }

    fn fit(&self, changes: &[Observed], cut: Cut) -> Model {
        let params = params(cut, self.ask.seed);
        Model::fit(changes, self.past.as_of, &params).expect("there are changes to fit on")
    }

    /// Ranks each part of the changes by a forest fitted on all before it, and pools the ranks.
    fn rank_real(&self, observed: &[Observed], real: &real::Real) -> Real {
        let n = observed.len();
        let (mut scores, mut plain, mut lines, mut commits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for origin in 1..ORIGINS {
            let (from, to) = (n * origin / ORIGINS, n * (origin + 1) / ORIGINS);
            let model = self.fit(&observed[..from], Cut::AllColumns);
            let other = self.fit(&observed[..from], Cut::OneColumn);
            for (change, seen) in observed[from..to].iter().zip(&self.seen[from..to]) {
                scores.push(model.whole(change).isolation);
                plain.push(other.whole(change).isolation);
                lines.push((change.facts.lines_added + change.facts.lines_deleted) as f64);
                commits.push(seen.commit);
            }
        }
        let reverted: Vec<bool> = commits.iter().map(|at| real.is_reverted(*at)).collect();
        let hot_fixed: Vec<bool> = commits.iter().map(|at| real.is_hot_fixed(*at)).collect();
        let any: Vec<bool> = commits.iter().map(|at| real.is_any(*at)).collect();
        let count = |labels: &[bool]| labels.iter().filter(|label| **label).count();
        let ranked =
            |scores: &[f64], labels: &[bool]| (count(labels) >= MIN_REAL).then(|| auc(scores, labels)).flatten();
        Real {
            n_reverted: count(&reverted),
            n_hot_fixed: count(&hot_fixed),
            n_ordinary: any.len() - count(&any),
            auc: ranked(&scores, &any),
            auc_reverted: ranked(&scores, &reverted),
            auc_hot_fixed: ranked(&scores, &hot_fixed),
            auc_one_column: ranked(&plain, &any),
            auc_one_column_reverted: ranked(&plain, &reverted),
            baseline_auc: ranked(&lines, &any),
            baseline_auc_reverted: ranked(&lines, &reverted),
        }
    }

    fn average_precision(
        &self,
        newer: &[Observed],
        is_real: &[bool],
        plain: &Model,
        model: &Model,
    ) -> BTreeMap<&'static str, f64> {
        // All plants at once would be more than half of the changes: they take turns, a few at a time.
        let n_turns = (self.plants.len() as f64 / (newer.len() as f64 * SHARE_OF_PLANTS)).ceil().max(1.0) as usize;
        let precision = |score: &dyn Fn(&Observed) -> f64| {
            let usual: Vec<f64> = newer.iter().map(score).collect();
            let planted: Vec<f64> = self.plants.iter().map(|plant| score(&plant.observed)).collect();
            let of_turn = |turn: usize| {
                let plants: Vec<f64> = planted.iter().copied().skip(turn).step_by(n_turns).collect();
                let labels: Vec<bool> = is_real.iter().copied().chain(plants.iter().map(|_| true)).collect();
                pr_auc(&[usual.as_slice(), &plants].concat(), &labels).unwrap_or(f64::NAN)
            };
            (0..n_turns).map(of_turn).sum::<f64>() / n_turns as f64
        };
        let told = |model: &Model, change: &Observed| model.smallest_share(change).map_or(0.0, |share| 1.0 - share);
        BTreeMap::from([
            ("one column a cut", precision(&|change| plain.whole(change).isolation)),
            ("all columns a cut", precision(&|change| model.whole(change).isolation)),
            ("by type", precision(&|change| told(model, change))),
            ("lines changed", precision(&|change| (change.facts.lines_added + change.facts.lines_deleted) as f64)),
        ])
    }

    /// One line a change: its part, what it is, two scores of ours with different seeds, and its columns.
    fn dump(&self, observed: &[Observed], is_real: &[bool], model: &Model) -> Result<(), Error> {
        let Some(path) = self.ask.dump else { return Ok(()) };
        let n_older = n_older(observed.len());
        let other = params(Cut::OneColumn, self.ask.seed + 1);
        let other = Model::fit(&observed[..n_older], self.past.as_of, &other).expect("there are changes to fit on");
        let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        let mut out = format!("part,what,score,score_of_another_seed,{}\n", names.join(","));
        let mut line = |part: &str, what: &str, change: &Observed| {
            let values: Vec<String> = change
                .values
                .iter()
                .map(|value| if value.is_finite() { value.to_string() } else { String::new() })
                .collect();
            let (score, again) = (model.whole(change).isolation, other.whole(change).isolation);
            out.push_str(&format!("{part},{what},{score},{again},{}\n", values.join(",")));
        };
        for (at, change) in observed.iter().enumerate() {
            let part = if at < n_older { "older" } else { "newer" };
            line(part, if is_real[at] { "real" } else { "ordinary" }, change);
        }
        self.plants.iter().for_each(|plant| line("newer", plant.kind.name(), &plant.observed));
        std::fs::write(path, out).map_err(|source| Error::Read { path: path.to_owned(), source })
    }
}

/// How many plants of one kind are found, and at which price.
fn found<'a>(model: &Model, ordinary: &[&Observed], kind: Kind, plants: impl Iterator<Item = &'a Plant>) -> Planted {
    // What does not meet the definition is never called by the name.
    let strangeness = |change: &Observed| model.of_kind(kind, change).map_or(0.0, |found| found.isolation);
    let mut usual: Vec<f64> = ordinary.iter().map(|change| strangeness(change)).collect();
    usual.sort_by(f64::total_cmp);
    let n_allowed = (usual.len() as f64 * FALSE_ALARMS) as usize;
    let threshold = usual.len().checked_sub(n_allowed + 1).map_or(0.0, |at| usual[at]);
    let n_false = usual.iter().filter(|score| **score > threshold).count();
    let (mut n, mut n_found, mut n_told, mut n_met) = (0, 0, 0, 0);
    for plant in plants {
        n += 1;
        n_found += usize::from(strangeness(&plant.observed) > threshold);
        n_told += usize::from(model.told(&plant.observed).iter().any(|(told, _)| *told == kind));
        n_met += usize::from(model.of_kind(kind, &plant.observed).is_some());
    }
    let share = |count: usize| count as f64 / n.max(1) as f64;
    Planted {
        n,
        recall_at_false_alarms: share(n_found),
        recall_as_told: share(n_told),
        meets_definition: share(n_met),
        false_alarms: n_false as f64 / usual.len().max(1) as f64,
    }
}

fn told(model: &Model, ordinary: &[&Observed]) -> Told {
    let mut told = Told { n_ordinary: ordinary.len(), alarm: model.alarm(), ..Told::default() };
    for kinds in ordinary.iter().map(|change| model.told(change)).filter(|kinds| !kinds.is_empty()) {
        told.n_told += 1;
        kinds.iter().for_each(|(kind, _)| *told.by_type.entry(kind.name()).or_default() += 1);
    }
    told.share = told.n_told as f64 / told.n_ordinary.max(1) as f64;
    told
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_changes, n_newer, real, told, .. } = self;
        writeln!(f, "{n_changes} changes up to {}; judged on the newest {n_newer}, seed {}", self.head_at, self.seed)?;
        let area = |area: Option<f64>| area.map_or_else(|| "too few".to_owned(), |area| format!("{area:.3}"));
        writeln!(
            f,
            "real anomalies ({} reverted, {} hot-fixed): AUC {} (one column a cut {}), lines changed {}",
            real.n_reverted,
            real.n_hot_fixed,
            area(real.auc),
            area(real.auc_one_column),
            area(real.baseline_auc),
        )?;
        writeln!(f, "planted anomalies: found at 1% false alarms, shown, n")?;
        for (name, planted) in self.planted.iter().chain(&self.planted_sorts) {
            let Planted { n, recall_at_false_alarms, recall_as_told, .. } = planted;
            writeln!(f, "  {name:<28} {recall_at_false_alarms:>5.3}  {recall_as_told:>5.3}  {n}")?;
        }
        writeln!(
            f,
            "ordinary changes that show an anomaly: {} of {} ({:.2}%)",
            told.n_told,
            told.n_ordinary,
            100.0 * told.share
        )?;
        for (way, precision) in &self.average_precision {
            writeln!(f, "average precision, {way}: {precision:.3}")?;
        }
        write!(
            f,
            "fitted in {:.2} s, judged in {:.3} ms a change, {} bytes",
            self.fit_seconds, self.judge_ms, self.model_bytes
        )
    }
}
