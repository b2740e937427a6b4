//! How far is a change felt, by what changes before it moved?
//!
//! In: a repository's network, its present, and a change. Out: an [`Analyzer`] whose strengths are chances and whose reach is
//! the number of files expected to move. What the graph alone can say (dimensions, dependents, tests) stays with the
//! structural analyzer.

use super::network::{Chance, Changed, Lesson, Network, PastReach, Present, expected_files};
use super::scale::score;
use super::{Analyzer, Reach, Scale, Structural};
use crate::models::answer::Companion;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Files of a past change that its chances are taken from: as many as are looked at.
const N_LOOKED_AT: usize = 10;

/// A chance below this is not worth a line.
const MIN_CHANCE: f64 = 0.01;

/// What one repository taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    network: Network,
    /// Files that past changes were expected to move, lowest first.
    reach: Vec<f64>,
    /// The same for single files.
    file_reach: Vec<f64>,
    /// Chances of the likeliest files of past changes, lowest first.
    chances: Vec<f64>,
}

impl Learned {
    /// Adapts the base network to the lessons of one repository, oldest first, and measures its past changes with it.
    pub fn learn(base: &Network, lessons: &[Lesson]) -> Self {
        let network = base.adapted(lessons);
        let past = network.reach_of_past(lessons);
        let sorted = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values
        };
        let likeliest = |change: &PastReach| change.felt().into_iter().take(N_LOOKED_AT).map(|(_, chance)| chance);
        Self {
            reach: sorted(past.iter().map(PastReach::expected).collect()),
            file_reach: sorted(lessons.iter().map(|lesson| network.expected(lesson)).collect()),
            chances: sorted(past.iter().flat_map(likeliest).collect()),
            network,
        }
    }

    /// The scale of the repository's past changes, with reach as this network measures it.
    pub fn scale(&self, structural: Scale) -> Scale {
        structural.with_reach(&self.reach, &self.file_reach)
    }

    /// As bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// Reads what [`Learned::to_bytes`] wrote; the version is the registry's to compare.
    ///
    /// # Errors
    /// When the bytes are nothing of the kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

/// The network on top of the graph.
pub struct WithNetwork<'a> {
    structural: Structural<'a>,
    learned: &'a Learned,
    /// For each changed file: the others with the chance that they move, from both sides of a rename.
    chances: FxHashMap<String, Vec<(String, Chance)>>,
}

impl<'a> WithNetwork<'a> {
    /// Asks the network about every changed file once.
    pub fn new(structural: Structural<'a>, learned: &'a Learned, present: &Present<'_>, changed: &Changed) -> Self {
        let chances = changed.paths().map(|path| (path.to_owned(), present.chances(&learned.network, changed, path)));
        Self { structural, learned, chances: chances.collect() }
    }

    /// Files outside `changed` with what is expected of them, likeliest first: chances come together as if they were
    /// independent, expected changes add up.
    fn felt(&self, changed: &[&str]) -> Vec<(&str, Chance)> {
        let mut felt = FxHashMap::<&str, Chance>::default();
        for (path, chance) in changed.iter().filter_map(|path| self.chances.get(*path)).flatten() {
            let sum = felt.entry(path).or_insert(Chance { felt: 0.0, n_expected: 0.0 });
            sum.felt = 1.0 - (1.0 - sum.felt) * (1.0 - chance.felt);
            sum.n_expected += chance.n_expected;
        }
        let mut felt: Vec<(&str, Chance)> = felt.into_iter().filter(|(path, _)| !changed.contains(path)).collect();
        felt.sort_by(|a, b| b.1.felt.total_cmp(&a.1.felt).then_with(|| a.0.cmp(b.0)));
        felt
    }

    /// Changes the network knows nothing of are left to the graph.
    fn knows(&self, changed: &[&str]) -> bool {
        changed.iter().any(|path| self.chances.get(*path).is_some_and(|chances| !chances.is_empty()))
    }
}

impl Analyzer for WithNetwork<'_> {
    fn method(&self) -> &'static str {
        "graph_network"
    }

    fn reach(&self, changed: &[&str]) -> Reach {
        let overall = expected_files(self.felt(changed).iter().map(|(_, chance)| chance.n_expected));
        Reach { overall, ..self.structural.reach(changed) }
    }

    /// A chance, on the scale of the chances of the likeliest files of past changes.
    fn strengths(&self, changed: &[&str]) -> Vec<(String, f64)> {
        if !self.knows(changed) {
            return self.structural.strengths(changed);
        }
        let felt = self.felt(changed).into_iter().filter(|(_, chance)| chance.felt >= MIN_CHANCE);
        felt.map(|(path, chance)| (path.to_owned(), score(&self.learned.chances, chance.felt) / 10.0)).collect()
    }

    fn n_dependents(&self, changed: &[&str]) -> usize {
        self.structural.n_dependents(changed)
    }

    fn n_direct_dependents(&self, path: &str) -> usize {
        self.structural.n_direct_dependents(path)
    }

    fn tests(&self, changed: &[&str]) -> Vec<String> {
        self.structural.tests(changed)
    }

    fn missing_companions(&self, changed: &[&str]) -> Vec<Companion> {
        self.structural.missing_companions(changed)
    }
}
