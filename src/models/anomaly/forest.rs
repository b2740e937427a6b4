//! How few random cuts set a row apart from the others?
//!
//! In: rows of numbers, NaN where unknown. Out: a [`Forest`] whose score grows as the cuts get fewer, and for each row
//! the part each column had in setting it apart. Knows nothing of commits. The same rows and seed give the same forest.
//! Method: isolation forest (Liu, Ting and Zhou, "Isolation Forest", ICDM 2008); with [`Cut::AllColumns`] the extended
//! one (Hariri, Carrasco Kind and Brunner, 2019). An unknown value takes the median of its column: not to know
//! something is nothing extraordinary.

use serde::{Deserialize, Serialize};

/// The headroom of a column that was the same in all rows is measured from this: one e-fold of an amount.
const MIN_SPREAD: f32 = 1.0;

/// Euler's constant, in the harmonic number of [`usual_path`].
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// How the forest is grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Trees: scores settle well before 100 (Liu et al., figure 5).
    pub n_trees: usize,
    /// Rows each tree sees; more of them hide what is rare (swamping and masking, as above, section 3).
    pub sample_size: usize,
    /// What a cut looks at.
    pub cut: Cut,
    /// How far above the largest value a cut of one column may lie, in ranges of that column. With 0, as in the paper,
    /// nothing can be stranger than the strangest row a tree has seen; with 1 a value far above all of them is set
    /// apart by one cut in two.
    pub headroom: f32,
    /// Where chance begins.
    pub seed: u64,
}

/// What a cut looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// One column.
    OneColumn,
    /// A slope through all columns.
    AllColumns,
}

/// A grown forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    medians: Vec<f32>,
    /// One over the spread of each column, 0 where it has none; slopes see columns of one size.
    scales: Vec<f32>,
    trees: Vec<Tree>,
    usual_path: f64,
}

/// Nodes in the order they were grown; the one below a cut on its lower side follows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tree(Vec<Node>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Node {
    n_rows: u16,
    split: Option<Split>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Split {
    plane: Plane,
    at: f32,
    /// Index of the node above the cut.
    above: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Plane {
    Column(u16),
    Slope(Vec<f32>),
}

impl Forest {
    /// Grows a forest on `rows`; `None` without rows or trees.
    ///
    /// All rows have `n_columns` values. A column without two different known values is cut only where there is headroom.
    pub fn grow(rows: &[Vec<f32>], n_columns: usize, growth: Growth) -> Option<Self> {
        if rows.is_empty() || growth.n_trees == 0 {
            return None;
        }
        let medians: Vec<f32> = (0..n_columns).map(|column| median(rows, column)).collect();
        let filled: Vec<Vec<f32>> = rows.iter().map(|row| fill(row, &medians)).collect();
        let scales: Vec<f32> = (0..n_columns).map(|column| scale(&filled, column)).collect();
        let sample_size = growth.sample_size.clamp(1, filled.len()).min(usize::from(u16::MAX) / 2);
        let headrooms: Vec<f32> =
            (0..n_columns).map(|column| growth.headroom * spread(&filled, column).max(MIN_SPREAD)).collect();
        let grower = Grower {
            rows: &filled,
            scales: &scales,
            headrooms: &headrooms,
            cut: growth.cut,
            max_depth: balanced_depth(sample_size),
        };
        let mut chance = Chance::new(growth.seed);
        let trees = (0..growth.n_trees).map(|_| grower.tree(&mut chance, sample_size)).collect();
        Some(Self { medians, scales, trees, usual_path: usual_path(sample_size) })
    }

    /// How extraordinary a row is, in (0, 1): 0.5 takes as many cuts as a random search does, 1 would take none.
    pub fn score(&self, row: &[f32]) -> f64 {
        let row = fill(row, &self.medians);
        let mean = self.trees.iter().map(|tree| self.path(tree, &row)).sum::<f64>() / self.trees.len() as f64;
        score_of_path(mean, self.usual_path)
    }

    /// Share of the trees that set the row apart in fewer cuts than `score` stands for.
    pub fn agreement(&self, row: &[f32], score: f64) -> f64 {
        let row = fill(row, &self.medians);
        let n_agreeing = self.trees.iter().filter(|tree| score_of_path(self.path(tree, &row), self.usual_path) > score);
        n_agreeing.count() as f64 / self.trees.len() as f64
    }

    /// The part of each column in setting the row apart; together 1, or all 0 where nothing was cut.
    ///
    /// A cut that leaves `m` of `n` rows beside this one tells log2(n / m) bits. Early cuts weigh more, after the depth
    /// weights of DIFFI (Carletti, Terzi and Susto, "Interpretable Anomaly Detection with DIFFI", 2020).
    pub fn shares(&self, row: &[f32]) -> Vec<f64> {
        let row = fill(row, &self.medians);
        let mut shares = vec![0.0; self.medians.len()];
        for tree in &self.trees {
            self.walk(tree, &row, |depth, split, bits| {
                let weight = bits / (depth + 1) as f64;
                match &split.plane {
                    Plane::Column(column) => shares[usize::from(*column)] += weight,
                    Plane::Slope(normal) => self.share_slope(&row, normal, weight, &mut shares),
                }
            });
        }
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        shares
    }

    /// How many columns a row has.
    pub fn n_columns(&self) -> usize {
        self.medians.len()
    }

    /// Each column's part in a slope is what it moves the row along it, away from the median.
    fn share_slope(&self, row: &[f32], normal: &[f32], weight: f64, shares: &mut [f64]) {
        let moved = |column: usize| {
            f64::from((normal[column] * (row[column] - self.medians[column]) * self.scales[column]).abs())
        };
        let sum: f64 = (0..row.len()).map(moved).sum();
        if sum > 0.0 {
            shares.iter_mut().enumerate().for_each(|(column, share)| *share += weight * moved(column) / sum);
        }
    }

    fn path(&self, tree: &Tree, row: &[f32]) -> f64 {
        let (depth, n_left) = self.walk(tree, row, |_, _, _| ());
        depth as f64 + usual_path(n_left)
    }

    /// Follows a row to its leaf, telling each cut with its depth and bits. Returns the depth and the leaf's rows.
    fn walk(&self, tree: &Tree, row: &[f32], mut cut: impl FnMut(usize, &Split, f64)) -> (usize, usize) {
        let (mut at, mut depth) = (0, 0);
        while let Some(split) = &tree.0[at].split {
            let is_above = position(&split.plane, row, &self.scales) > split.at;
            let next = if is_above { usize::from(split.above) } else { at + 1 };
            // A side that held no row of the sample holds this one alone.
            let bits = (f64::from(tree.0[at].n_rows.max(1)) / f64::from(tree.0[next].n_rows.max(1))).log2();
            cut(depth, split, bits);
            (at, depth) = (next, depth + 1);
        }
        (depth, usize::from(tree.0[at].n_rows))
    }
}

struct Grower<'a> {
    rows: &'a [Vec<f32>],
    scales: &'a [f32],
    headrooms: &'a [f32],
    cut: Cut,
    max_depth: u32,
}

impl Grower<'_> {
    fn tree(&self, chance: &mut Chance, sample_size: usize) -> Tree {
        let mut sample = chance.sample(self.rows.len(), sample_size);
        let mut nodes = Vec::new();
        self.grow(&mut nodes, &mut sample, 0, chance);
        Tree(nodes)
    }

    fn grow(&self, nodes: &mut Vec<Node>, sample: &mut [usize], depth: u32, chance: &mut Chance) {
        let at = nodes.len();
        nodes.push(Node { n_rows: sample.len() as u16, split: None });
        let is_leaf = sample.len() < 2 || depth >= self.max_depth;
        let Some((plane, threshold)) = (!is_leaf).then(|| self.split(sample, chance)).flatten() else { return };
        let n_below = partition(sample, |row| position(&plane, &self.rows[row], self.scales) <= threshold);
        let (below, above) = sample.split_at_mut(n_below);
        self.grow(nodes, below, depth + 1, chance);
        nodes[at].split = Some(Split { plane, at: threshold, above: nodes.len() as u16 });
        self.grow(nodes, above, depth + 1, chance);
    }

    /// A cut; `None` where all rows are the same and there is no headroom. Without headroom it leaves rows on both
    /// sides.
    fn split(&self, sample: &[usize], chance: &mut Chance) -> Option<(Plane, f32)> {
        match self.cut {
            Cut::OneColumn => {
                let range_of = |column: usize| {
                    let (low, high) = range(sample.iter().map(|row| self.rows[*row][column]));
                    (column, low, high + self.headrooms[column])
                };
                let cuttable: Vec<(usize, f32, f32)> =
                    (0..self.scales.len()).map(range_of).filter(|(_, low, high)| low < high).collect();
                let (column, low, high) = *cuttable.get(chance.below(cuttable.len())?)?;
                Some((Plane::Column(column as u16), chance.between(low, high)))
            }
            Cut::AllColumns => {
                let normal: Vec<f32> = self.scales.iter().map(|_| chance.normal()).collect();
                let plane = Plane::Slope(normal);
                let (low, high) = range(sample.iter().map(|row| position(&plane, &self.rows[*row], self.scales)));
                (low < high).then(|| (plane, chance.between(low, high)))
            }
        }
    }
}

/// Where a row stands across a cut.
fn position(plane: &Plane, row: &[f32], scales: &[f32]) -> f32 {
    match plane {
        Plane::Column(column) => row[usize::from(*column)],
        Plane::Slope(normal) => normal.iter().zip(row).zip(scales).map(|((n, value), scale)| n * value * scale).sum(),
    }
}

/// Mean cuts of a search in a random tree of `n` rows that does not find (Liu et al., equation 1).
fn usual_path(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        n => {
            let n = n as f64;
            2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}

/// Liu et al., equation 2. One row alone has no usual path: nothing can be said of it.
fn score_of_path(path: f64, usual_path: f64) -> f64 {
    if usual_path > 0.0 { 2f64.powf(-path / usual_path) } else { 0.5 }
}

fn fill(row: &[f32], medians: &[f32]) -> Vec<f32> {
    row.iter().zip(medians).map(|(value, median)| if value.is_finite() { *value } else { *median }).collect()
}

/// Median of the known values of a column, 0 where none is known.
fn median(rows: &[Vec<f32>], column: usize) -> f32 {
    let mut known: Vec<f32> = rows.iter().map(|row| row[column]).filter(|value| value.is_finite()).collect();
    known.sort_by(f32::total_cmp);
    known.get(known.len() / 2).copied().unwrap_or(0.0)
}

fn scale(rows: &[Vec<f32>], column: usize) -> f32 {
    let n = rows.len() as f64;
    let mean = rows.iter().map(|row| f64::from(row[column])).sum::<f64>() / n;
    let variance = rows.iter().map(|row| (f64::from(row[column]) - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { (1.0 / variance.sqrt()) as f32 } else { 0.0 }
}

/// From the smallest to the largest value of a column.
fn spread(rows: &[Vec<f32>], column: usize) -> f32 {
    let (low, high) = range(rows.iter().map(|row| row[column]));
    high - low
}

fn range(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Moves the rows that hold to the front, and returns how many they are.
fn partition(rows: &mut [usize], holds: impl Fn(usize) -> bool) -> usize {
    let mut n = 0;
    for at in 0..rows.len() {
        if holds(rows[at]) {
            rows.swap(n, at);
            n += 1;
        }
    }
    n
}

/// The depth of a balanced tree with `n` leaves: deeper down nothing extraordinary is left (Liu et al., section 4).
fn balanced_depth(n: usize) -> u32 {
    n.max(2).next_power_of_two().ilog2()
}

/// Seeded chance: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Below `n`; `None` when `n` is 0.
    pub fn below(&mut self, n: usize) -> Option<usize> {
        (n > 0).then(|| ((self.unit() * n as f64) as usize).min(n - 1))
    }

    /// In [low, high): a cut there leaves the lowest value below and the highest above.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        let drawn = (f64::from(low) + self.unit() * (f64::from(high) - f64::from(low))) as f32;
        if drawn < high { drawn } else { low }
    }

    /// Mean 0, spread 1 (Box and Muller, 1958).
    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * self.unit()).cos()) as f32
    }

    /// `n` different numbers below `n_rows` (Floyd's way, in Bentley and Floyd, 1987).
    fn sample(&mut self, n_rows: usize, n: usize) -> Vec<usize> {
        let mut taken = std::collections::BTreeSet::new();
        for last in n_rows - n..n_rows {
            let drawn = self.below(last + 1).unwrap_or(0);
            taken.insert(if taken.contains(&drawn) { last } else { drawn });
        }
        taken.into_iter().collect()
    }
}
