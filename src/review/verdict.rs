//! What does the review come to?
//!
//! In: scores, thresholds and the gate. Out: which files are flagged, the verdict, and what branch protection reads.
//! Never blocks on something it is not sure of: abstaining, or a broken configuration, is neutral.

use super::Input;
use super::types::{Conclusion, Gate, Policy, Verdict};
use super::view::View;
use crate::models::answer::Outcome;
use std::collections::HashSet;

/// Every score above its threshold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flags {
    /// Files, riskiest first, then those flagged for their impact alone, highest impact first.
    pub(super) files: Vec<FlaggedFile>,
    /// The impact of the change as a whole, where it is above the threshold.
    pub(super) overall_impact: Option<f64>,
}

/// A file with a score above its threshold; with neither, the file that carries the most of a flagged overall impact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FlaggedFile {
    /// Path after the change.
    pub(super) path: String,
    /// The risk, where it is above the threshold.
    pub(super) risk: Option<f64>,
    /// The impact, where it is above the threshold.
    pub(super) impact: Option<f64>,
}

impl Flags {
    /// Whether anything is above its threshold.
    pub(super) fn any(&self) -> bool {
        !self.files.is_empty() || self.overall_impact.is_some()
    }

    /// Files above the risk threshold.
    pub(super) fn n_risky(&self) -> usize {
        self.files.iter().filter(|file| file.risk.is_some()).count()
    }

    /// Files above the impact threshold.
    pub(super) fn n_felt(&self) -> usize {
        self.files.iter().filter(|file| file.impact.is_some()).count()
    }
}

/// Which scores are above their thresholds.
pub(super) fn flags(view: &View<'_>, policy: &Policy) -> Flags {
    let felt = |path: &str| view.impact_of(path).filter(|&score| score > policy.impact_threshold);
    let risky = view.risks.iter().filter(|risk| risk.risk_score.get() > policy.risk_threshold);
    let mut files: Vec<_> = risky
        .map(|risk| (risk.file.clone(), Some(risk.risk_score.get())))
        .map(|(path, risk)| FlaggedFile { impact: felt(&path), path, risk })
        .collect();
    let seen: HashSet<String> = files.iter().map(|file| file.path.clone()).collect();
    let impacts = view.impacts();
    let only_felt = impacts.iter().filter(|(path, _)| felt(path).is_some() && !seen.contains(*path));
    files.extend(only_felt.map(|&(path, score)| FlaggedFile {
        path: path.to_owned(),
        risk: None,
        impact: Some(score),
    }));
    let overall_impact = view.impact.map(|answer| answer.overall_impact_score).filter(|&s| s > policy.impact_threshold);
    if overall_impact.is_some() && files.iter().all(|file| file.impact.is_none()) {
        add_largest_part(&mut files, &impacts);
    }
    Flags { files, overall_impact }
}

/// A flag on the change as a whole still needs a line to point at: the file that carries most of it.
fn add_largest_part(files: &mut Vec<FlaggedFile>, impacts: &[(&str, f64)]) {
    let Some(&(path, _)) = impacts.first() else { return };
    if files.iter().all(|file| file.path != path) {
        files.push(FlaggedFile { path: path.to_owned(), risk: None, impact: None });
    }
}

/// What the whole review comes to. Where RiskPredictor abstains, or was not shown to be of use on this repository, so does the
/// review.
pub(super) fn verdict(input: &Input<'_>, flags: &Flags) -> Verdict {
    match input.risk {
        Outcome::NotEnoughHistory { .. } | Outcome::NotAvailable => Verdict::NotEnoughHistory,
        Outcome::Ready(risk) if risk.model.missing.is_some() => Verdict::NotEnoughHistory,
        Outcome::Ready(_) if flags.any() => Verdict::Flagged,
        Outcome::Ready(_) => Verdict::Clear,
    }
}

/// What branch protection reads.
pub(super) fn conclusion(verdict: Verdict, gate: Gate, is_config_broken: bool) -> Conclusion {
    match (verdict, gate) {
        _ if is_config_broken => Conclusion::Neutral,
        (Verdict::Clear, _) => Conclusion::Success,
        (Verdict::NotEnoughHistory, _) | (Verdict::Flagged, Gate::Advisory) => Conclusion::Neutral,
        (Verdict::Flagged, Gate::Required) => Conclusion::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::scenarios::{self, Scenario};

    fn check(scenario: &Scenario, verdict: Verdict, conclusion: Conclusion, flagged: &[&str]) {
        let review = scenario.review();
        assert_eq!((review.verdict, review.conclusion), (verdict, conclusion));
        let paths: Vec<_> = review.annotations.iter().map(|annotation| annotation.path.as_str()).collect();
        assert_eq!(paths, flagged);
    }

    #[test]
    fn a_score_at_its_threshold_is_not_a_flag() {
        let mut at = scenarios::calm();
        at.set_risk("src/cache.rs", 0.7);
        at.set_impact("src/cache.rs", 8.0);
        check(&at, Verdict::Clear, Conclusion::Success, &[]);
        at.set_risk("src/cache.rs", 0.700001);
        check(&at, Verdict::Flagged, Conclusion::Neutral, &["src/cache.rs"]);
    }

    #[test]
    fn a_flag_fails_the_check_only_where_the_gate_is_required() {
        let mut flagged = scenarios::flagged();
        check(&flagged, Verdict::Flagged, Conclusion::Neutral, &["src/parser.rs", "src/lexer.rs"]);
        flagged.policy.gate = Gate::Required;
        check(&flagged, Verdict::Flagged, Conclusion::Failure, &["src/parser.rs", "src/lexer.rs"]);
        let mut calm = scenarios::calm();
        calm.policy.gate = Gate::Required;
        check(&calm, Verdict::Clear, Conclusion::Success, &[]);
    }

    #[test]
    fn abstaining_never_blocks() {
        let mut abstaining = scenarios::young();
        abstaining.policy.gate = Gate::Required;
        check(&abstaining, Verdict::NotEnoughHistory, Conclusion::Neutral, &[]);
        abstaining.set_impact("src/cache.rs", 9.5);
        check(&abstaining, Verdict::NotEnoughHistory, Conclusion::Neutral, &["src/cache.rs"]);
    }

    #[test]
    fn a_model_that_was_not_judged_here_shows_its_scores_and_never_blocks() {
        let mut borrowed = scenarios::flagged();
        borrowed.policy.gate = Gate::Required;
        borrowed.not_judged("91 mature file changes, 200 needed");
        check(&borrowed, Verdict::NotEnoughHistory, Conclusion::Neutral, &["src/parser.rs", "src/lexer.rs"]);
        let comment = borrowed.review().comment;
        assert!(
            comment.contains("learned over 47 public repositories, which has not been judged on this one"),
            "{comment}"
        );
        assert!(
            comment.contains("91 mature file changes, 200 needed") && !comment.contains("The check fails"),
            "{comment}"
        );
    }

    #[test]
    fn a_broken_configuration_is_neutral_whatever_was_found() {
        let problem = Some("line 2, `thresholds.risk`: expected a number from 0 to 1, got `high`".to_owned());
        let mut calm = scenarios::calm();
        calm.config_problem = problem.clone();
        check(&calm, Verdict::Clear, Conclusion::Neutral, &[]);
        let mut flagged = scenarios::flagged();
        flagged.config_problem = problem;
        check(&flagged, Verdict::Flagged, Conclusion::Neutral, &["src/parser.rs", "src/lexer.rs"]);
    }

    #[test]
    fn an_ignored_file_is_never_flagged() {
        let mut flagged = scenarios::flagged();
        flagged.ignored = vec!["src/parser.rs".into()];
        check(&flagged, Verdict::Flagged, Conclusion::Neutral, &["src/lexer.rs"]);
    }

    #[test]
    fn impact_alone_is_a_flag() {
        let mut calm = scenarios::calm();
        calm.set_impact("src/cache.rs", 8.4);
        check(&calm, Verdict::Flagged, Conclusion::Neutral, &["src/cache.rs"]);
    }
}
