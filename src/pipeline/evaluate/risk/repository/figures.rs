//! How good is a ranking of files, over all, within a commit, and as a ranking of commits?
//!
//! In: a score or a probability for each file, its commit and what became of it. Out: [`Figures`]. Nothing here knows
//! where the scores come from.

use crate::domain::CommitId;
use crate::models::evaluation::{auc, brier, caught_in_riskiest_fifth, expected_calibration_error, pr_auc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) commit: CommitId,
    pub(super) is_bug: bool,
}

/// How good one ranking is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    /// Over all files.
    pub(super) auc: f64,
    pr_auc: f64,
    /// Share of the files that introduced a defect among the fifth with the highest scores.
    c20: f64,
    /// Of probabilities only.
    #[serde(skip_serializing_if = "Option::is_none")]
    brier: Option<f64>,
    /// Of probabilities only; 15 bins.
    #[serde(skip_serializing_if = "Option::is_none")]
    ece: Option<f64>,
    /// Mean AUC inside the commits that hold files of either outcome; absent where there is none.
    within_commit_auc: Option<f64>,
    /// Share of these commits whose file with the highest score introduced a defect; equals share the place.
    within_commit_top1: Option<f64>,
    /// Of commits: whether any file introduced a defect.
    commit_auc: Option<f64>,
}

impl Figures {
    pub(super) const HEAD: &'static str =
        "    auc  pr_auc     c20   brier     ece  within auc  within top-1  commit auc";

    /// Of probabilities. That of a commit is one minus the chance that none of its files introduces a defect.
    ///
    /// # Errors
    /// When all files have the same outcome.
    pub(super) fn of_probabilities(probabilities: &[f64], judged: &[Judged]) -> Result<Self, String> {
        let labels: Vec<bool> = judged.iter().map(|file| file.is_bug).collect();
        let ranked = Self::of(probabilities, judged, &|files| 1.0 - files.iter().map(|p| 1.0 - p).product::<f64>())?;
        Ok(Self {
            brier: Some(brier(probabilities, &labels)),
            ece: Some(expected_calibration_error(probabilities, &labels)),
            ..ranked
        })
    }

    /// Of scores that count something. That of a commit is their sum.
    ///
    /// # Errors
    /// As [`Figures::of_probabilities`].
    pub(super) fn of_scores(scores: &[f64], judged: &[Judged]) -> Result<Self, String> {
        Self::of(scores, judged, &|files| files.iter().sum())
    }

    fn of(scores: &[f64], judged: &[Judged], of_commit: &dyn Fn(&[f64]) -> f64) -> Result<Self, String> {
        let labels: Vec<bool> = judged.iter().map(|file| file.is_bug).collect();
        let one_outcome = || format!("all {} rows to judge by have the same outcome", labels.len());
        let commits = by_commit(scores, judged);
        let within: Vec<(f64, f64)> = commits
            .values()
            .filter_map(|(scores, labels)| Some((auc(scores, labels)?, top1(scores, labels))))
            .collect();
        let commit_scores: Vec<f64> = commits.values().map(|(scores, _)| of_commit(scores)).collect();
        let commit_labels: Vec<bool> = commits.values().map(|(_, labels)| labels.contains(&true)).collect();
        Ok(Self {
            auc: auc(scores, &labels).ok_or_else(one_outcome)?,
            pr_auc: pr_auc(scores, &labels).ok_or_else(one_outcome)?,
            c20: caught_in_riskiest_fifth(scores, &labels).ok_or_else(one_outcome)?,
            brier: None,
            ece: None,
            within_commit_auc: mean(within.iter().map(|(auc, _)| *auc)),
            within_commit_top1: mean(within.iter().map(|(_, top1)| *top1)),
            commit_auc: auc(&commit_scores, &commit_labels),
        })
    }

    /// Mean of each figure, over the projects that have it.
    pub(super) fn mean<'a>(figures: impl Iterator<Item = &'a Figures> + Clone) -> Self {
        let known = |of: fn(&Figures) -> Option<f64>| mean(figures.clone().filter_map(of));
        // Of no project no figure is a number, and nobody asks for them.
        let all = |of: fn(&Figures) -> f64| mean(figures.clone().map(of)).unwrap_or(f64::NAN);
        Self {
            auc: all(|figures| figures.auc),
            pr_auc: all(|figures| figures.pr_auc),
            c20: all(|figures| figures.c20),
            brier: known(|figures| figures.brier),
            ece: known(|figures| figures.ece),
            within_commit_auc: known(|figures| figures.within_commit_auc),
            within_commit_top1: known(|figures| figures.within_commit_top1),
            commit_auc: known(|figures| figures.commit_auc),
        }
    }
}

/// Commits in which some files introduced a defect and others did not.
pub(super) fn n_mixed_commits(judged: &[Judged]) -> usize {
    let scores = vec![0.0; judged.len()];
    let commits = by_commit(&scores, judged);
    commits.values().filter(|(_, labels)| labels.contains(&true) && labels.contains(&false)).count()
}

fn by_commit(scores: &[f64], judged: &[Judged]) -> BTreeMap<CommitId, (Vec<f64>, Vec<bool>)> {
    let mut commits: BTreeMap<CommitId, (Vec<f64>, Vec<bool>)> = BTreeMap::new();
    for (score, file) in scores.iter().zip(judged) {
        let (scores, labels) = commits.entry(file.commit).or_default();
        scores.push(*score);
        labels.push(file.is_bug);
    }
    commits
}

/// Share of positives among the files with the highest score.
fn top1(scores: &[f64], labels: &[bool]) -> f64 {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let first: Vec<bool> =
        scores.iter().zip(labels).filter(|(score, _)| **score == highest).map(|(_, label)| *label).collect();
    first.iter().filter(|label| **label).count() as f64 / first.len().max(1) as f64
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { auc, pr_auc, c20, brier, ece, within_commit_auc, within_commit_top1, commit_auc } = self;
        write!(f, "{auc:>7.3} {pr_auc:>7.3} {c20:>7.3} ")?;
        let shown = |figure: &Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.3}"));
        write!(f, "{:>7} {:>7} {:>11} ", shown(brier), shown(ece), shown(within_commit_auc))?;
        write!(f, "{:>13} {:>11}", shown(within_commit_top1), shown(commit_auc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(files: &[(u8, bool)]) -> Vec<Judged> {
        files.iter().map(|(commit, is_bug)| Judged { commit: CommitId([*commit; 20]), is_bug: *is_bug }).collect()
    }

    /// Two mixed commits, one clean one.
    const FILES: [(u8, bool); 7] = [(1, true), (1, false), (1, false), (2, false), (2, true), (3, false), (3, false)];

    #[test]
    fn files_are_ranked_within_their_commits() {
        let figures = Figures::of_scores(&[9.0, 1.0, 2.0, 5.0, 4.0, 0.0, 0.0], &judged(&FILES)).expect("both outcomes");
        assert_eq!(figures.within_commit_auc, Some(0.5), "perfect in the first, wrong in the second");
        assert_eq!(figures.within_commit_top1, Some(0.5));
        assert_eq!(figures.commit_auc, Some(1.0), "12 and 9 against 0");
        assert_eq!((figures.brier, n_mixed_commits(&judged(&FILES))), (None, 2));
    }

    #[test]
    fn equal_scores_share_the_first_place() {
        let figures = Figures::of_scores(&[1.0; 7], &judged(&FILES)).expect("both outcomes");
        let top1 = figures.within_commit_top1.expect("mixed commits");
        assert!((top1 - (1.0 / 3.0 + 1.0 / 2.0) / 2.0).abs() < 1e-12, "{top1}");
        assert_eq!((figures.auc, figures.within_commit_auc), (0.5, Some(0.5)));
    }

    #[test]
    fn a_commit_is_risky_when_any_of_its_files_is() {
        let files = judged(&[(1, true), (1, false), (2, false)]);
        // One minus 0.5 x 0.5 against 0.6: the sum of two halves would say the same, their maximum would not.
        let figures = Figures::of_probabilities(&[0.5, 0.5, 0.6], &files).expect("both outcomes");
        assert_eq!(figures.commit_auc, Some(1.0));
        let brier = figures.brier.expect("probabilities");
        assert!((brier - (0.25 + 0.25 + 0.36) / 3.0).abs() < 1e-12);
        Figures::of_probabilities(&[0.5], &judged(&[(1, true)])).expect_err("one outcome");
    }

    #[test]
    fn the_mean_is_over_the_projects_that_have_a_figure() {
        let mixed = Figures::of_scores(&[2.0, 1.0], &judged(&[(1, true), (1, false)])).expect("both outcomes");
        let apart = Figures::of_scores(&[1.0, 2.0], &judged(&[(1, true), (2, false)])).expect("both outcomes");
        let mean = Figures::mean([&mixed, &apart].into_iter());
        assert_eq!((mean.auc, mean.within_commit_auc, mean.brier), (0.5, Some(1.0), None));
    }
}
