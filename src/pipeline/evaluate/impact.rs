//! Are the files that change along, and within 30 days, ranked first?
//!
//! In: a repository. Out: for the newest fifth of its commits, given one changed file, how well the network and plain
//! baselines rank all other files, in the same run: target A the same commit, target C the commits of the next 30 days
//! that touch the file. And how well the reach expected of past changes goes with what they moved. What is learned is learned
//! from the older four fifths; every question is asked as of its moment.

use super::Error;
use crate::domain::{BlobId, Timestamp};
use crate::git::Repository;
use crate::graph::ImportGraph;
use crate::history::Past;
use crate::models::evaluation::spearman;
use crate::models::impact::network::{Evidence, Known, Lesson, Logistic, Network, PastReach, Quality, lessons};
use crate::pipeline::engine::Engine;
use crate::pipeline::facts::Progress;
use crate::pipeline::import_graph::graph_of_tree;
use crate::pipeline::ingest::place::folder_key;
use crate::pipeline::train_impact::{TEACHING, telling};
use crate::store::History;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What to judge.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The repository.
    pub path: &'a Path,
    /// Where what is read of it is kept.
    pub data_dir: &'a Path,
    /// The present, to bound commit times.
    pub now: Timestamp,
}

/// What an edge of the import graph counts in the baseline, beside a share of changes.
const IMPORT: f32 = 0.1;

/// Own commits the network is adapted to, newest before the judged part.
const MAX_OWN_COMMITS: usize = 400;

/// Files outside a change that count as affected when it is asked which of them needed a fix.
const N_AFFECTED: usize = 20;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The newest commit read.
    pub tip: String,
    /// Commits judged for A, and questions asked of them.
    pub n_commits: usize,
    /// Questions, at most five for a commit.
    pub n_questions: usize,
    /// Own lessons the network was adapted to; 0 where that did not rank better.
    pub n_own_lessons: usize,
    /// Same commit.
    #[serde(rename = "A")]
    pub along: Target,
    /// Commits of the next 30 days that touch the file.
    #[serde(rename = "C")]
    pub later: Target,
    /// Rank correlation of what was said of a past change with what it then moved.
    pub correlation: Correlation,
}

/// One target.
#[derive(Debug, Serialize)]
pub struct Target {
    /// The network as a review uses it.
    pub model: Figures,
    /// The network knowing less, or put together otherwise.
    pub variants: BTreeMap<&'static str, Figures>,
    /// Plain rankings on the same questions.
    pub baselines: BTreeMap<&'static str, Figures>,
}

/// Means over the commits of the means over their questions.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Figures {
    /// Mean average precision.
    pub map: f64,
    /// Share of the hits among the first ten.
    pub recall_at_10: f64,
}

/// Spearman's coefficients over the judged commits.
#[derive(Debug, Serialize)]
pub struct Correlation {
    /// Commits whose month is over.
    pub n: usize,
    /// With the files outside the change that moved with one of its files within 30 days.
    pub moved: Said,
    /// With the affected files that a fix touched within 30 days.
    pub fixed: Said,
}

/// What was said of the changes.
#[derive(Debug, Default, Serialize)]
pub struct Said {
    /// Files expected to move.
    pub model: Option<f64>,
    /// Files that import the changed ones, in the tree before the judged part.
    pub fan_in: Option<f64>,
    /// Lines added and deleted.
    pub lines_changed: Option<f64>,
}

/// Judges the network on the newest fifth of the repository at `path`.
///
/// # Errors
/// When the repository cannot be read, or the network is of another version.
pub fn evaluate(ask: &Ask<'_>, progress: &Progress<'_>) -> Result<Report, Error> {
    let repository = Repository::open(ask.path)?;
    let tip = repository.resolve("HEAD")?;
    let key = folder_key(repository.git_directory());
    let engine = Engine::new(ask.data_dir);
    let History { log, labels, .. } = engine.history(&repository, &key, tip, ask.now, progress)?;
    let past = Past::new(&log, &labels, tip).unwrap_or_else(|| Past::empty(&log, tip, ask.now));
    let text = |blob: BlobId| repository.text(blob);
    let plain: Vec<usize> =
        (0..past.order.len()).filter(|nth| !log.commits[past.order[*nth] as usize].is_merge()).collect();
    let cut = plain.get(plain.len() * 4 / 5).copied().unwrap_or(past.order.len());
    let share = cut as f64 / past.order.len().max(1) as f64;
    let teaching = telling(&past, (TEACHING.0, share), usize::MAX);
    let newest: FxHashSet<usize> = teaching.iter().rev().take(MAX_OWN_COMMITS).copied().collect();
    progress("asking about past changes", 0, 0);
    let all = lessons(&past, &|nth| nth >= cut || newest.contains(&nth), &text);
    let (own, judged) = all.split_at(all.partition_point(|lesson| lesson.nth < cut));
    // A month that reaches into the judged part would tell of it.
    let end = judged.first().map_or(i64::MAX, |lesson| lesson.at);
    let own: Vec<Lesson> = own.iter().map(|lesson| lesson.before(end)).collect();
    progress("learning from them", 0, 0);
    let base = Network::base()?;
    let network = base.adapted(&own);
    let before = past.order.get(cut.saturating_sub(1)).map(|at| log.commits[*at as usize].id);
    let imports = before.map(|commit| graph_of_tree(&repository, commit)).transpose()?;
    let imports = Imports::new(imports.as_ref(), &log.paths);
    let scene = Scene { own: &own, judged, base: &base, network: &network, imports: &imports };
    Ok(Report {
        tip: tip.to_string(),
        n_commits: judged.iter().filter(|l| l.n_hits(0) > 0).map(|l| l.nth).collect::<FxHashSet<_>>().len(),
        n_questions: judged.len(),
        n_own_lessons: network.n_own_lessons,
        along: scene.target(0),
        later: scene.target(1),
        correlation: correlation(&past, &network.reach_of_past(judged), &imports),
    })
}

struct Scene<'a> {
    own: &'a [Lesson],
    judged: &'a [Lesson],
    base: &'a Network,
    network: &'a Network,
    imports: &'a Imports<'a>,
}

impl Scene<'_> {
    fn target(&self, answer: usize) -> Target {
        let of = |quality: &dyn Fn(&Lesson) -> Option<Quality>| figures(self.judged, quality);
        let knowing = |known: Known| of(&|lesson| self.network.quality(&lesson.knowing(known), answer));
        let plain =
            |score: &dyn Fn(&Lesson, usize) -> f32| of(&|lesson| lesson.quality(answer, |place| score(lesson, place)));
        let by = |which: Evidence| plain(&|lesson, place| lesson.evidence(place, which));
        let popular = |lesson: &Lesson, place| 1e-6 * lesson.evidence(place, Evidence::Changes);
        let with_imports = |weight: f32| {
            plain(&|lesson, place| {
                let company = weight * lesson.evidence(place, Evidence::Confidence);
                company + IMPORT * self.imports.joins(lesson.path, lesson.paths[place]) + popular(lesson, place)
            })
        };
        let logistic = Logistic::fit(self.own, answer);
        let mut baselines = BTreeMap::from([
            ("popularity", by(Evidence::Changes)),
            ("imports", with_imports(0.0)),
            ("co_online", by(Evidence::PlainConfidence)),
            ("co_decay", by(Evidence::Confidence)),
            ("co_decay_imports", with_imports(1.0)),
        ]);
        if let Some(logistic) = &logistic {
            baselines.insert("logistic_16", plain(&|lesson, place| logistic.score(lesson, place)));
        }
        let variants = BTreeMap::from([
            ("base_not_adapted", of(&|lesson| self.base.quality(lesson, answer))),
            ("without_messages_between_files", {
                let alone = self.network.without_messages();
                of(&|lesson| alone.quality(lesson, answer))
            }),
            ("file_alone", knowing(Known::FILE)),
            ("without_commit_message", knowing(Known { message: false, ..Known::ALL })),
            ("without_author", knowing(Known { author: false, ..Known::ALL })),
        ]);
        Target { model: knowing(Known::ALL), variants, baselines }
    }
}

fn figures(lessons: &[Lesson], quality: &dyn Fn(&Lesson) -> Option<Quality>) -> Figures {
    let mut commits: BTreeMap<usize, Vec<Quality>> = BTreeMap::new();
    for lesson in lessons {
        if let Some(found) = quality(lesson) {
            commits.entry(lesson.nth).or_default().push(found);
        }
    }
    let mean = |of: fn(&Quality) -> f64| {
        let means = commits.values().map(|found| found.iter().map(of).sum::<f64>() / found.len() as f64);
        means.sum::<f64>() / commits.len().max(1) as f64
    };
    Figures { map: mean(|found| found.average_precision), recall_at_10: mean(|found| found.recall) }
}

/// Imports of one tree, by the log's path numbers.
struct Imports<'a> {
    graph: Option<&'a ImportGraph>,
    places: FxHashMap<u32, u32>,
    pairs: FxHashSet<(u32, u32)>,
}

impl<'a> Imports<'a> {
    fn new(graph: Option<&'a ImportGraph>, paths: &[String]) -> Self {
        let place = |(nth, path): (u32, &String)| Some((nth, graph?.index_of(path)?));
        let places = (0u32..).zip(paths).filter_map(place).collect();
        let pairs = graph.into_iter().flat_map(|graph| {
            (0..graph.len() as u32).flat_map(move |from| graph.imports(from).map(move |to| (from, to)))
        });
        Self { graph, places, pairs: pairs.collect() }
    }

    /// 1 where one of the files imports the other.
    fn joins(&self, a: u32, b: u32) -> f32 {
        let (Some(&a), Some(&b)) = (self.places.get(&a), self.places.get(&b)) else { return 0.0 };
        f32::from(u8::from(self.pairs.contains(&(a, b)) || self.pairs.contains(&(b, a))))
    }

    fn fan_in(&self, path: u32) -> usize {
        self.places.get(&path).zip(self.graph).map_or(0, |(place, graph)| graph.fan_in(*place))
    }
}

fn correlation(past: &Past<'_>, reaches: &[PastReach], imports: &Imports<'_>) -> Correlation {
    let month = 30 * 86_400;
    let over: Vec<&PastReach> = reaches.iter().filter(|reach| past.as_of.0 - reach.at > month).collect();
    let mut fixes: FxHashMap<u32, Vec<i64>> = FxHashMap::default();
    for at in past.order.iter().filter(|at| past.is_fix[**at as usize]) {
        let commit = &past.log.commits[*at as usize];
        commit.changes.iter().for_each(|change| fixes.entry(change.path).or_default().push(commit.committed_at.0));
    }
    let is_fixed = |path: u32, at: i64| {
        fixes.get(&path).is_some_and(|times| times.iter().any(|time| (at + 1..=at + month).contains(time)))
    };
    let n_fixed = |reach: &PastReach| {
        reach.felt().iter().take(N_AFFECTED).filter(|(path, _)| is_fixed(*path, reach.at)).count() as f64
    };
    let changes = |reach: &PastReach| &past.log.commits[past.order[reach.nth] as usize].changes;
    let of = |value: &dyn Fn(&PastReach) -> f64| over.iter().map(|reach| value(reach)).collect::<Vec<f64>>();
    let expected = of(&|reach| reach.expected());
    let fan_in = of(&|reach| changes(reach).iter().map(|change| imports.fan_in(change.path) as f64).sum());
    let lines = of(&|reach| changes(reach).iter().map(|change| f64::from(change.churn())).sum());
    let said = |truth: &[f64]| Said {
        model: spearman(&expected, truth),
        fan_in: spearman(&fan_in, truth),
        lines_changed: spearman(&lines, truth),
    };
    Correlation { n: over.len(), moved: said(&of(&|reach| reach.n_moved() as f64)), fixed: said(&of(&n_fixed)) }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tip, n_commits, n_questions, n_own_lessons, .. } = self;
        writeln!(
            f,
            "{n_questions} questions about {n_commits} commits up to {tip}; adapted to {n_own_lessons} lessons."
        )?;
        for (name, target) in [("A, same commit", &self.along), ("C, within 30 days", &self.later)] {
            writeln!(f, "\n{name}: MAP, recall@10")?;
            let model = [("model", target.model)];
            let variants = target.variants.iter().map(|(name, found)| (*name, *found));
            let baselines = target.baselines.iter().map(|(name, found)| (*name, *found));
            for (name, found) in model.into_iter().chain(variants).chain(baselines) {
                writeln!(f, "  {name:32} {:.3} {:.3}", found.map, found.recall_at_10)?;
            }
        }
        let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        let Correlation { n, moved, fixed } = &self.correlation;
        writeln!(f, "\nSpearman over {n} commits: model, fan-in, lines changed")?;
        for (name, said) in [("files moved", moved), ("affected files fixed", fixed)] {
            let found = [said.model, said.fan_in, said.lines_changed].map(figure).join(" ");
            writeln!(f, "  {name:32} {found}")?;
        }
        Ok(())
    }
}
