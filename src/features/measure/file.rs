//! What is known of one changed file?
//!
//! In: the values of the whole change, the file, and its text on both sides. Out: the file's row.

use super::shares::{mean, rank, relative_entropy, shares, trend};
use super::{Code, Scene, flag};
use crate::code::Metrics;
use crate::domain::ChangeKind;
use crate::features::catalogue::{Feature, Group};
use crate::features::change::{Author, Touched};
use crate::features::inputs::coverage_as_of;
use crate::features::moment::{FileHistory, RECENT_DAYS, Touch, YEAR_DAYS};
use crate::features::paths::{is_about_the_outside, is_data_sensitive, is_security_sensitive};
use crate::features::row::Row;

/// Lines below which a file counts as this long: one fix in ten lines is not a hundred in a thousand.
const MIN_DENSITY_LINES: f64 = 100.0;

impl Scene<'_> {
    pub(super) fn file_row(&self, whole: &Row, touched: &Touched<'_>, code: &Code) -> Row {
        let mut row = whole.clone();
        if let Some(metrics) = &code.after {
            measure_code(&mut row, metrics);
        }
        self.measure_history(&mut row, touched, code);
        self.measure_team(&mut row, touched);
        self.measure_coverage(&mut row, touched);
        self.measure_business(&mut row, touched, code);
        measure_file_change(&mut row, touched, code);
        self.measure_place_in_change(&mut row, touched);
        row
    }

    /// How much of the change happens in this file.
    fn measure_place_in_change(&self, row: &mut Row, touched: &Touched<'_>) {
        let own = touched.churn();
        // A change to 0 lines is not a number, and so unknown.
        row.set(Feature::FileChurnShare, own / self.churns.iter().sum::<f64>());
        row.set(Feature::FileChurnRank, rank(&self.churns, own));
        row.set(Feature::FileIsRenamed, flag(touched.kind == ChangeKind::Renamed));
    }

    fn measure_history(&self, row: &mut Row, touched: &Touched<'_>, code: &Code) {
        let unseen = FileHistory::default();
        let history = self.moment.history_of(touched);
        let known = history.unwrap_or(&unseen);
        let last_change = known.touches.last().map(|touch| self.now.days_since(touch.at));
        let n_recent = known.since(self.now, RECENT_DAYS).len();
        let n_fixes_a_year = n_fixes(known.since(self.now, YEAR_DAYS));
        let n_thousand_lines = |code: &Metrics| f64::from(code.lines_of_code).max(MIN_DENSITY_LINES) / 1_000.0;
        row.set(Feature::CommitFrequency, n_recent as f64);
        row.set(Feature::TimeSinceLastChange, last_change);
        row.set(Feature::ChangeFrequencyTrend, trend(n_recent, known.since(self.now, 2 * RECENT_DAYS).len()));
        row.set(Feature::HistoricalBugDensity, code.after.as_ref().map(|code| n_fixes_a_year / n_thousand_lines(code)));
        row.set(Feature::FileEarlierChanges, known.touches.len() as f64);
        row.set(Feature::FileEarlierFixes, n_fixes(&known.touches));
        row.set(Feature::FileRecentFixes, n_fixes_a_year);
        let is_new = history.is_none() && touched.old_blob.is_none();
        row.set(Feature::CodeAge, if is_new { Some(0.0) } else { known.born_at.map(|at| self.now.days_since(at)) });
    }

    fn measure_team(&self, row: &mut Row, touched: &Touched<'_>) {
        let unseen = FileHistory::default();
        let known = self.moment.history_of(touched).unwrap_or(&unseen);
        let shares = shares(known.by_author.iter().map(|(_, n_commits)| *n_commits));
        row.set(Feature::ContributorsCount, shares.len() as f64);
        row.set(Feature::CodeOwnershipConcentration, shares.iter().copied().reduce(f64::max));
        row.set(Feature::KnowledgeDistribution, relative_entropy(&shares));
        row.set(Feature::CollaborationScore, share_of_handovers(known.since(self.now, YEAR_DAYS)));
        row.set(Feature::ContributorExperience, self.experience_in(known));
        let reviewed = known.touches.iter().filter_map(|touch| self.is_reviewed(touch));
        row.set(Feature::ReviewParticipationRate, mean(reviewed.map(flag)));
    }

    fn is_reviewed(&self, touch: &Touch) -> Option<bool> {
        self.inputs.reviews.is_reviewed(self.moment.commit_id(touch.commit), touch.at, self.now)
    }

    /// Earlier commits of the change's author to a file.
    fn experience_in(&self, known: &FileHistory) -> Option<f64> {
        match self.change.author {
            Author::Unknown => None,
            Author::Newcomer => Some(0.0),
            Author::Known(author) => {
                let own = known.by_author.iter().find(|(known, _)| *known == author);
                Some(own.map_or(0.0, |(_, n_commits)| f64::from(*n_commits)))
            }
        }
    }

    fn measure_coverage(&self, row: &mut Row, touched: &Touched<'_>) {
        let names: Vec<&str> = [touched.path].into_iter().chain(touched.old_path).collect();
        row.set(Feature::TestCoverageRatio, coverage_as_of(self.inputs.coverage, &names, self.now));
    }

    /// What the path, the imports and the history suggest, and over it what the owners say.
    fn measure_business(&self, row: &mut Row, touched: &Touched<'_>, code: &Code) {
        let libraries = code.after.as_ref().map(|code| code.libraries).unwrap_or_default();
        let n_outside = libraries.n_outside.max(u16::from(is_about_the_outside(touched.path)));
        let is_secured = libraries.n_security > 0 || is_security_sensitive(touched.path);
        row.set(Feature::SecuritySensitivity, flag(is_secured));
        row.set(Feature::DataSensitivity, flag(libraries.n_data > 0 || is_data_sensitive(touched.path)));
        row.set(Feature::ExternalDependencies, f64::from(n_outside));
        row.set(
            Feature::PerformanceCriticality,
            self.moment.history_of(touched).and_then(|file| self.moment.share_with_benchmarks(file)),
        );
        for (feature, value) in self.inputs.said.business(touched.path, self.now) {
            if feature.definition().group == Group::BusinessImpact {
                row.set(feature, f64::from(value));
            }
        }
    }
}

fn measure_code(row: &mut Row, metrics: &Metrics) {
    let n_text_lines = f64::from(metrics.comment_lines) + f64::from(metrics.lines_of_code);
    row.set(Feature::CyclomaticComplexity, f64::from(metrics.cyclomatic));
    row.set(Feature::CognitiveComplexity, f64::from(metrics.cognitive));
    row.set(Feature::LinesOfCode, f64::from(metrics.lines_of_code));
    row.set(Feature::CodeDuplicationRatio, f64::from(metrics.duplication_ratio));
    row.set(Feature::TechnicalDebtRatio, metrics.technical_debt_ratio().map(f64::from));
    row.set(Feature::MaintainabilityIndex, metrics.maintainability_index.map(f64::from));
    row.set(Feature::CommentDensity, f64::from(metrics.comment_lines) / n_text_lines);
    row.set(Feature::FunctionLengthAvg, metrics.function_length_avg.map(f64::from));
    row.set(Feature::ClassCoupling, f64::from(metrics.class_coupling));
    row.set(Feature::InheritanceDepth, metrics.inheritance_depth.map(f64::from));
    row.set(Feature::CodeSmellsCount, f64::from(metrics.code_smells));
    row.set(Feature::FileLargestFunction, f64::from(metrics.cyclomatic_max));
    row.set(Feature::FileDeepestNesting, f64::from(metrics.nesting_max));
    row.set(Feature::FileHalsteadVolume, f64::from(metrics.halstead_volume));
    row.set(Feature::FileDebt, f64::from(metrics.debt_minutes));
}

fn measure_file_change(row: &mut Row, touched: &Touched<'_>, code: &Code) {
    let counted = |n: u32| touched.is_counted.then_some(f64::from(n));
    row.set(Feature::FileLinesAdded, counted(touched.added));
    row.set(Feature::FileLinesDeleted, counted(touched.deleted));
    row.set(Feature::FileHunks, counted(touched.n_hunks));
    let n_before = code.before.as_ref().map(|before| f64::from(before.lines));
    row.set(Feature::FileLinesBefore, n_before);
    let churn = counted(0).map(|_| touched.churn());
    row.set(Feature::FileRelativeChurn, churn.zip(n_before).filter(|(_, n)| *n > 0.0).map(|(churn, n)| churn / n));
    row.set(Feature::FileComplexityDelta, code.complexity_delta());
    row.set(Feature::FileCognitiveDelta, code.delta(|metrics| Some(f64::from(metrics.cognitive))));
    row.set(Feature::FileLargestFunctionDelta, code.delta(|metrics| Some(f64::from(metrics.cyclomatic_max))));
    row.set(Feature::FileLinesOfCodeDelta, code.delta(|metrics| Some(f64::from(metrics.lines_of_code))));
    row.set(Feature::FileSmellsDelta, code.delta(|metrics| Some(f64::from(metrics.code_smells))));
    row.set(Feature::FileCouplingDelta, code.delta(|metrics| Some(f64::from(metrics.class_coupling))));
    row.set(Feature::FileDeepestNestingDelta, code.delta(|metrics| Some(f64::from(metrics.nesting_max))));
    row.set(Feature::FileHalsteadVolumeDelta, code.delta(|metrics| Some(f64::from(metrics.halstead_volume))));
    row.set(Feature::FileCommentLinesDelta, code.delta(|metrics| Some(f64::from(metrics.comment_lines))));
    row.set(Feature::FileDebtDelta, code.delta(|metrics| Some(f64::from(metrics.debt_minutes))));
    row.set(Feature::FileMaintainabilityDelta, code.delta(|metrics| metrics.maintainability_index.map(f64::from)));
}

fn n_fixes(touches: &[Touch]) -> f64 {
    touches.iter().filter(|touch| touch.is_fix).count() as f64
}

fn share_of_handovers(touches: &[Touch]) -> Option<f64> {
    mean(touches.windows(2).map(|pair| flag(pair[0].author != pair[1].author)))
}
