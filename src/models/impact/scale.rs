//! Is this much, for this repository?
//!
//! In: what each of the newest past changes reaches on today's graph. Out: scores from 0 to 10. A score says how many
//! past changes reach less, bent so that 8.0 is the top 4%: with `q` the share that reaches less, the score is
//! `10 * (1 - sqrt(1 - q))`. Never compares repositories with each other.

use super::past_changes::past_changes;
use super::{Analyzer, Reach};
use crate::history::Past;
use std::collections::BTreeMap;

/// Past changes a change is compared with: enough to place it to a third of a percent, few enough to be of today's code.
pub const N_PAST_CHANGES: usize = 300;

/// With fewer, one past change moves a score by more than half a point.
pub const MIN_PAST_CHANGES: usize = 50;

/// What past changes reach, lowest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scale {
    overall: Vec<f64>,
    dimensions: BTreeMap<&'static str, Vec<f64>>,
    /// What single files of past changes reach, where that was measured apart.
    files: Option<Vec<f64>>,
}

impl Scale {
    /// Measures the newest [`N_PAST_CHANGES`] non-merge commits that touch code, on the analyzer's graph of today: the
    /// graph each of them met is not rebuilt.
    pub fn of_past(analyzer: &dyn Analyzer, past: &Past<'_>) -> Self {
        let mut scale = Self::default();
        for paths in newest_changes(past) {
            scale.add(&analyzer.reach(&paths));
        }
        scale.overall.sort_by(f64::total_cmp);
        scale.dimensions.values_mut().for_each(|values| values.sort_by(f64::total_cmp));
        scale
    }

    fn add(&mut self, reach: &Reach) {
        self.overall.push(reach.overall);
        for (name, raw) in &reach.dimensions {
            self.dimensions.entry(name).or_default().push(*raw);
        }
    }

    /// What is missing for scores, if anything is.
    pub fn missing(&self) -> Option<String> {
        let n = self.overall.len();
        (n < MIN_PAST_CHANGES).then(|| format!("{n} past changes to code to compare with, {MIN_PAST_CHANGES} needed"))
    }

    /// The same dimensions, with another way to measure reach: that of past changes and of single files, lowest first.
    pub fn with_reach(self, changes: &[f64], files: &[f64]) -> Self {
        Self { overall: changes.to_vec(), files: Some(files.to_vec()), ..self }
    }

    /// The score of one file's raw reach, 0 to 10.
    pub fn file(&self, raw: f64) -> f64 {
        score(self.files.as_ref().unwrap_or(&self.overall), raw)
    }

    /// The overall score of a raw reach, 0 to 10.
    pub fn overall(&self, raw: f64) -> f64 {
        score(&self.overall, raw)
    }

    /// The score of a raw reach in one dimension, 0 to 10.
    pub fn dimension(&self, name: &str, raw: f64) -> f64 {
        self.dimensions.get(name).map_or(0.0, |sorted| score(sorted, raw))
    }
}

/// 0 to 10 by the share of `sorted` that is not below `raw`.
pub(super) fn score(sorted: &[f64], raw: f64) -> f64 {
    let n_below = sorted.partition_point(|past| *past < raw);
    let share_not_below = 1.0 - n_below as f64 / sorted.len().max(1) as f64;
    10.0 * (1.0 - share_not_below.sqrt())
}

/// Paths of the newest changes to code, under the names their files have today.
fn newest_changes<'a>(past: &'a Past<'a>) -> impl Iterator<Item = Vec<&'a str>> {
    let paths = past_changes(past).map(|(_, paths)| paths);
    paths.filter(|paths| paths.iter().any(|path| super::structural::is_code(path))).take(N_PAST_CHANGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_is_the_top_four_percent() {
        let scale = Scale { overall: (0..100).map(f64::from).collect(), dimensions: BTreeMap::new(), files: None };
        assert!((scale.overall(96.0) - 8.0).abs() < 1e-9);
        assert_eq!(scale.overall(0.0), 0.0);
        assert_eq!(scale.overall(1_000.0), 10.0);
        assert_eq!(scale.dimension("functional", 1.0), 0.0);
    }

    #[test]
    fn too_few_past_changes_are_said_with_their_number() {
        let scale = Scale { overall: vec![0.0; 12], dimensions: BTreeMap::new(), files: None };
        assert_eq!(scale.missing().as_deref(), Some("12 past changes to code to compare with, 50 needed"));
        assert_eq!(Scale { overall: vec![0.0; 50], dimensions: BTreeMap::new(), files: None }.missing(), None);
    }
}
