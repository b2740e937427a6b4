//! Changes to review in tests, written by hand: no number here was measured anywhere.

use super::{Input, Policy, Repository, Review, compose};
use crate::domain::{BlobId, ChangeKind, CommitId, Diff, DiffFile, Hunk, Probability, Skipped, Timestamp};
use crate::models::answer::*;
use std::collections::BTreeMap;

/// Everything an [`Input`] borrows.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) diff: Diff,
    pub(crate) risk: Outcome<RiskAnswer>,
    pub(crate) anomaly: Outcome<AnomalyAnswer>,
    pub(crate) impact: Outcome<ImpactAnswer>,
    pub(crate) bugs: Outcome<BugAnswer>,
    pub(crate) policy: Policy,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) ignored: Vec<String>,
    pub(crate) config_problem: Option<String>,
    pub(crate) web_url: Option<String>,
}

impl Scenario {
    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            diff: &self.diff,
            risk: &self.risk,
            anomaly: &self.anomaly,
            impact: &self.impact,
            bugs: &self.bugs,
            policy: &self.policy,
            skipped: &self.skipped,
            ignored: &self.ignored,
            config_problem: self.config_problem.as_deref(),
            repository: self.web_url.as_deref().map(|url| Repository { name: "octo/parser", web_url: Some(url) }),
            hyperion_version: "0.1.0",
            data_as_of: NOW,
        }
    }

    pub(crate) fn review(&self) -> Review {
        compose(self.input())
    }

    pub(crate) fn set_risk(&mut self, path: &str, score: f64) {
        let Outcome::Ready(answer) = &mut self.risk else { panic!("the scenario abstains") };
        let risk = answer.risk_predictions.iter_mut().find(|risk| risk.file == path).expect("a judged file");
        risk.risk_score = probability(score);
        risk.band = risk.risk_score.band();
    }

    /// Makes the answer the base model's alone.
    pub(crate) fn not_judged(&mut self, missing: &str) {
        let Outcome::Ready(answer) = &mut self.risk else { panic!("the scenario abstains") };
        answer.model.evaluation = None;
        answer.model.missing = Some(missing.to_owned());
        answer.model.mix = "100% base".to_owned();
        let trained_until = answer.model.trained_until;
        answer.model.base = Some(BaseInfo { n_repositories: 47, n_train: 90_000, trained_until });
    }

    pub(crate) fn set_impact(&mut self, path: &str, score: f64) {
        let impact = self.impact_mut();
        let index = impact.files_changed.iter().position(|file| file == path).expect("a changed file");
        impact.file_scores[index] = score;
    }

    pub(crate) fn set_overall_impact(&mut self, score: f64) {
        self.impact_mut().overall_impact_score = score;
    }

    fn impact_mut(&mut self) -> &mut ImpactAnswer {
        match &mut self.impact {
            Outcome::Ready(answer) => answer,
            _ => panic!("the scenario has no impact"),
        }
    }
}

/// 2026-03-02, a Monday.
const NOW: Timestamp = Timestamp(1_772_445_600);

fn probability(value: f64) -> Probability {
    Probability::new(value).expect("a probability")
}

/// Modules that all need watching, each with the changed files in it: nothing stands out, so no comment speaks of them.
fn bugs(areas: &[(&str, &[&str])]) -> BugAnswer {
    let area = |(module, changed_files): &(&str, &[&str])| HighRiskArea {
        module: (*module).to_owned(),
        probability: probability(0.84),
        probability_7_days: probability(0.31),
        probability_15_days: probability(0.56),
        historical_bug_rate: 2.5,
        trend: Trend::Rising,
        contributing_factors: vec!["9 fixes in the last 4 weeks, 31 in the last 52; raises the odds 1.9-fold".into()],
        changed_files: changed_files.iter().map(|path| (*path).to_owned()).collect(),
    };
    let trial =
        BugTrial { n_test: 312, brier: 0.141, log_loss: 0.433, baseline_brier: 0.152, baseline_log_loss: 0.471 };
    let horizon = |days| BugHorizonInfo { days, method: "boosting_and_rate".to_owned(), trial: Some(trial) };
    let [week_1, week_2, week_3, week_4] = [0.71, 0.9, 0.95, 0.98].map(probability);
    BugAnswer {
        bug_predictions: BugPredictions {
            overall_probability_7_days: week_1,
            overall_probability_15_days: probability(0.92),
            overall_probability_30_days: probability(0.99),
            high_risk_areas: areas.iter().map(area).collect(),
            n_modules: areas.len(),
            temporal_forecast: TemporalForecast { week_1, week_2, week_3, week_4 },
            temporal_patterns: vec![TemporalPattern {
                name: "monday_effect".to_owned(),
                effect: 1.4,
                p_value: 0.012,
                n_tests: 3,
                description: "the share of fixes is 1.40 times as high on Mondays".to_owned(),
            }],
        },
        model: BugModelInfo {
            name: "bug_predictor".to_owned(),
            version: "bugs-1".to_owned(),
            trained_until: NOW,
            horizons: [7, 15, 30].into_iter().map(horizon).collect(),
        },
        as_of: NOW,
    }
}

/// One small change to a quiet file.
pub(crate) fn calm() -> Scenario {
    let files = vec![modified("src/cache.rs", 12, 4)];
    let risks = vec![risk(
        "src/cache.rs",
        0.18,
        Some(0.17),
        41.0,
        &[
            ("1 fix in the last year, less than in 58% of past file changes here; lowers the odds by 19%", -0.21),
            ("12 lines added to the file, less than in 53% of past file changes here; lowers the odds by 8%", -0.08),
        ],
        &[],
        (7, 50),
    )];
    Scenario {
        diff: diff(files),
        risk: Outcome::Ready(risk_answer(risks)),
        anomaly: Outcome::Ready(anomaly_answer(vec![])),
        impact: Outcome::Ready(impact(&[("src/cache.rs", 2.4)], 2.4)),
        bugs: Outcome::Ready(bugs(&[("src/parser.rs", &[])])),
        policy: Policy::default(),
        skipped: vec![],
        ignored: vec![],
        config_problem: None,
        web_url: None,
    }
}

/// Two files above the risk threshold, one that is not, a missing companion, a skipped picture.
pub(crate) fn flagged() -> Scenario {
    let files = vec![
        modified("docs/grammar.png", 0, 0),
        modified("src/lexer.rs", 88, 31),
        modified("src/parser.rs", 214, 96),
        modified("src/tree.rs", 6, 2),
    ];
    let parser: &[(&str, f64)] = &[
        ("9 fixes in the last year, more than in 97% of past file changes here; raises the odds 2.5-fold", 0.92),
        ("214 lines added to the file, more than in 95% of past file changes here; raises the odds 1.8-fold", 0.61),
        ("cyclomatic complexity 134, more than in 93% of past file changes here; raises the odds 1.4-fold", 0.34),
        ("last changed 2 days before, less than in 88% of past file changes here; raises the odds 1.1-fold", 0.12),
    ];
    let lexer: &[(&str, f64)] =
        &[("88 lines added to the file, more than in 84% of past file changes here; raises the odds 1.7-fold", 0.55)];
    let risks = vec![
        risk(
            "src/tree.rs",
            0.22,
            Some(0.21),
            55.0,
            &[("first added 4 years before, more than in 91% of past file changes here; lowers the odds by 26%", -0.3)],
            &[],
            (9, 50),
        ),
        risk(
            "src/lexer.rs",
            0.74,
            Some(0.52),
            93.0,
            lexer,
            &["The change touches no test: add one for this file, or name the one that covers it."],
            (35, 50),
        ),
        risk(
            "src/parser.rs",
            0.83,
            Some(0.62),
            98.0,
            parser,
            &[
                "Check that the change keeps what `3f1c9a2` repaired, the newest of 9 fixes of this file.",
                "The change adds 214 lines to this file: reviewed in parts, each is easier to check.",
            ],
            (41, 50),
        ),
    ];
    let mut impact = impact(&[("src/lexer.rs", 5.2), ("src/parser.rs", 6.1), ("src/tree.rs", 3.0)], 6.1);
    impact.n_dependents = 23;
    impact.affected_components = vec![
        affected(
            "src/format",
            "src/format/print.rs",
            5.4,
            "imports",
            &["src/parser.rs", "src/tree.rs", "src/format/print.rs"],
            "medium",
        ),
        affected("src/lint", "src/lint/unused.rs", 3.9, "imports", &["src/parser.rs", "src/lint/unused.rs"], "low"),
        affected("docs", "docs/grammar.md", 2.2, "changes_together", &["src/parser.rs", "docs/grammar.md"], "high"),
    ];
    impact.affected_components[0].symbols =
        vec![vec!["Tree".into(), "parse".into(), "Span".into()], vec!["Node".into()]];
    impact.dimensions = [("functional", 6.4), ("performance", 0.0), ("security", 2.0), ("architectural", 6.1)]
        .map(|(name, score)| (name.to_owned(), score))
        .into();
    impact.dimension_evidence = BTreeMap::from([
        ("functional".into(), vec!["`src/parser.rs` is imported by 9 files".into()]),
        (
            "architectural".into(),
            vec![
                "new import against the grain: `src/lexer.rs` imports `src/format/print.rs`".into(),
                "it is felt in 2 components beyond its own: `src/format`, `src/lint`".into(),
            ],
        ),
    ]);
    impact.components = vec![
        component("src/format", 6.6, 3, "src/format/print.rs", false),
        component("src/lint", 3.9, 1, "src/lint/unused.rs", true),
    ];
    impact.graph.n_unresolved_imports = 12;
    impact.graph.n_left_out = 1;
    impact.graph.n_without_grammar = 7;
    impact.picture = picture(
        &[("src/parser.rs", true), ("src/tree.rs", true), ("src/format/print.rs", false), ("docs/grammar.md", false)],
        &[(0, 1, "imports"), (1, 2, "imports"), (0, 3, "changes_together")],
    );
    impact.recommended_tests = vec!["tests/parse.rs".into(), "tests/format.rs".into()];
    impact.recommendations = vec!["Check whether `docs/grammar.md` needs the same change: it went along in 9 of the 12 changes of `src/parser.rs`".into()];
    impact.missing_companions =
        vec![Companion { file: "docs/grammar.md".into(), with: "src/parser.rs".into(), n_together: 9, n_changes: 12 }];
    let mut answer = risk_answer(risks);
    answer.change_risk = Some(change_risk());
    answer.counterfactuals = counterfactuals("src/lexer.rs", "tests/parse.rs", ["src/parser.rs", "src/lexer.rs"]);
    answer.similar_changes = similar_changes("parse trailing commas in calls");
    answer.line_attention = line_attention("src/parser.rs", "Parser::call");
    Scenario {
        diff: diff(files),
        risk: Outcome::Ready(answer),
        anomaly: Outcome::Ready(anomaly_answer(vec![spike()])),
        impact: Outcome::Ready(impact),
        bugs: Outcome::Ready(bugs(&[("src/parser.rs", &["src/parser.rs"]), ("src", &["src/lexer.rs", "src/tree.rs"])])),
        skipped: vec![Skipped::new("docs/grammar.png", "binary")],
        web_url: Some("https://github.com/octo/parser".into()),
        ..calm()
    }
}

/// A repository too young to say anything about risk.
pub(crate) fn young() -> Scenario {
    let missing = "14 mature fixes are known, at least 30 are needed".to_owned();
    let bugs = Outcome::NotEnoughHistory { missing: "4 fixes are known, at least 10 are needed".to_owned() };
    Scenario { risk: Outcome::NotEnoughHistory { missing }, bugs, ..calm() }
}

/// A change that touches documentation alone.
pub(crate) fn only_documentation() -> Scenario {
    Scenario {
        diff: diff(vec![modified("docs/guide.md", 3, 1)]),
        risk: Outcome::Ready(risk_answer(vec![])),
        impact: Outcome::Ready(impact(&[("docs/guide.md", 0.0)], 0.0)),
        bugs: Outcome::Ready(bugs(&[("src/parser.rs", &[])])),
        ..calm()
    }
}

/// `n` files above the risk threshold.
pub(crate) fn many_flagged(n: usize) -> Scenario {
    let path = |index: usize| format!("src/generated/file_{index:03}.rs");
    let score = |index: usize| 0.71 + 0.28 * index as f64 / n as f64;
    let reasons: &[(&str, f64)] =
        &[("300 lines added to the file, more than in 99% of past file changes here; raises the odds 3.0-fold", 1.1)];
    Scenario {
        diff: diff((0..n).map(|index| modified(&path(index), 300, 100)).collect()),
        risk: Outcome::Ready(risk_answer(
            (0..n).map(|i| risk(&path(i), score(i), None, 99.0, reasons, &[], (40, 50))).collect(),
        )),
        ..calm()
    }
}

/// Paths and sentences somebody could put into a repository to make the bot ping, link, hide or break.
pub(crate) fn hostile() -> Scenario {
    let paths = [
        "src/@octocat/`x` | y.rs".to_owned(),
        "<img src=x onerror=alert(1)>.rs".to_owned(),
        "[click me](https://evil.example).rs".to_owned(),
        "a`; @octo/team `b.rs".to_owned(),
        "</details><!-- hyperion:summary -->".to_owned(),
        "\u{202e}sr.evil\u{2066}/\u{1b}[31mred\nnext: #1 GH-2".to_owned(),
        format!("deep/{}end.rs", "very_long_folder_name/".repeat(200)),
    ];
    let sentence =
        |path: &str| format!("`{path}` changed with {path} by @octocat, see https://evil.example, fixes #1 | ${path}$");
    let risks: Vec<_> = paths
        .iter()
        .enumerate()
        .map(|(index, path)| {
            let factor = sentence(path);
            let factors: Vec<(&str, f64)> = vec![(&factor, 0.5); 20];
            risk(path, 0.95 - index as f64 / 100.0, Some(0.5), 99.0, &factors, &[&factor], (40, 50))
        })
        .collect();
    let scores: Vec<_> = paths.iter().map(|path| (path.as_str(), 9.0)).collect();
    let mut impact = impact(&scores, 9.0);
    let long: Vec<&str> = paths.iter().map(String::as_str).cycle().take(40).collect();
    impact.affected_components =
        paths.iter().cycle().take(500).map(|path| affected(path, path, 9.0, "imports", &long, path)).collect();
    impact.recommended_tests = paths.iter().cycle().take(500).cloned().collect();
    impact.recommendations = paths.iter().map(|path| sentence(path)).collect();
    impact.missing_companions = paths
        .iter()
        .cycle()
        .take(500)
        .map(|path| Companion { file: path.clone(), with: path.clone(), n_together: 3, n_changes: 4 })
        .collect();
    impact.dimensions = paths.iter().map(|path| (path.clone(), 9.0)).collect();
    impact.dimension_evidence = paths.iter().map(|path| (path.clone(), vec![sentence(path); 3])).collect();
    impact.affected_components.iter_mut().for_each(|one| one.symbols = vec![paths.to_vec(); 4]);
    impact.components = paths.iter().map(|path| component(path, 9.0, 3, path, true)).collect();
    let drawn: Vec<(&str, bool)> = paths.iter().map(|path| (path.as_str(), true)).collect();
    impact.picture = picture(&drawn, &[(0, 1, "imports"), (0, 2, "@octocat"), (7_000, 2, "imports")]);
    let mut answer = risk_answer(risks);
    answer.model.mix = "@octocat | <b>".into();
    answer.counterfactuals = counterfactuals(&paths[0], &paths[1], [&paths[3], &paths[4]]);
    answer.similar_changes = similar_changes(&sentence(&paths[2]));
    answer.line_attention = line_attention(&paths[0], &paths[4]);
    Scenario {
        diff: diff(paths.iter().map(|path| modified(path, 10, 10)).collect()),
        risk: Outcome::Ready(answer),
        anomaly: Outcome::Ready(anomaly_answer(paths.iter().map(|path| injected(path, &sentence(path))).collect())),
        impact: Outcome::Ready(impact),
        bugs: Outcome::Ready(bugs(&[("src/<img src=x>|@everyone\n# hi", &["a"])])),
        skipped: (0..500).map(|index| Skipped::new(format!("{}{index}", paths[index % 7]), sentence("x"))).collect(),
        config_problem: Some("line 1, `<b>@octocat</b>`: unknown key\n# heading".into()),
        web_url: Some("https://github.com/octo/parser".into()),
        ..calm()
    }
}

fn commit(byte: u8) -> CommitId {
    CommitId([byte; 20])
}

fn diff(files: Vec<DiffFile>) -> Diff {
    Diff {
        merge_base: Some(commit(0xaa)),
        base: commit(0xbb),
        head: commit(0xcc),
        head_at: NOW,
        commits: vec![commit(0xcc)],
        messages: vec!["parse trailing commas".into()],
        author: None,
        files,
        skipped: vec![],
    }
}

fn modified(path: &str, added: u32, deleted: u32) -> DiffFile {
    let hunk = Hunk { old_start: 12, old_lines: deleted, new_start: 12, new_lines: added };
    DiffFile {
        path: path.into(),
        old_path: None,
        kind: ChangeKind::Modified,
        old_blob: Some(BlobId([1; 20])),
        new_blob: Some(BlobId([2; 20])),
        added,
        deleted,
        is_counted: added + deleted > 0,
        hunks: if added + deleted > 0 { vec![hunk] } else { vec![] },
    }
}

fn risk(
    path: &str,
    score: f64,
    before: Option<f64>,
    percentile: f64,
    factors: &[(&str, f64)],
    advice: &[&str],
    hits: (u32, u32),
) -> FileRisk {
    let contribution =
        |weight: f64| Contribution { feature: "lines_added".into(), value: None, weight, percentile: None };
    FileRisk {
        file: path.into(),
        risk_score: probability(score),
        risk_before: before.map(probability),
        band: probability(score).band(),
        percentile: Some(percentile),
        factors: factors.iter().map(|&(text, _)| text.to_owned()).collect(),
        contributions: factors.iter().map(|&(_, weight)| contribution(weight)).collect(),
        recommendations: advice.iter().map(|&text| text.to_owned()).collect(),
        frequency: Some(Frequency { n_hits: hits.0, n: hits.1, n_all: 812, n_all_hits: 96 }),
    }
}

fn risk_answer(risk_predictions: Vec<FileRisk>) -> RiskAnswer {
    let model = ModelInfo {
        name: "risk_predictor".into(),
        version: "1".into(),
        mix: "100% this repository".into(),
        trained_until: NOW.plus_days(-40),
        n_train: 3_248,
        base_log_odds: -1.9,
        missing: None,
        base: None,
        evaluation: Some(evaluation()),
    };
    RiskAnswer {
        risk_predictions,
        change_risk: None,
        counterfactuals: vec![],
        similar_changes: vec![],
        line_attention: LineAttention::default(),
        model,
        as_of: NOW,
    }
}

/// What the model would say of the change without a file, with a test, and in two parts.
fn counterfactuals(without: &str, test: &str, sides: [&str; 2]) -> Vec<Counterfactual> {
    let found = |kind, description: String, score, files: Vec<String>, parts| Counterfactual {
        kind,
        description,
        subject: ScoreSubject::Change,
        risk_now: probability(0.31),
        risk_score: probability(score),
        files,
        parts,
    };
    let part = |file: &str, score| ChangePart { files: vec![file.to_owned()], risk_score: probability(score) };
    vec![
        found(
            CounterfactualKind::WithoutFile,
            format!("without `{without}` 0.19 instead of 0.31"),
            0.19,
            vec![without.to_owned()],
            vec![],
        ),
        found(
            CounterfactualKind::Split,
            "split in two 0.22 + 0.14 instead of 0.31".to_owned(),
            0.22,
            vec![],
            vec![part(sides[0], 0.22), part(sides[1], 0.14)],
        ),
        found(
            CounterfactualKind::WithTests,
            format!("with tests (40 lines in `{test}`, a usual share here) 0.25 instead of 0.31"),
            0.25,
            vec![test.to_owned()],
            vec![],
        ),
    ]
}

/// One earlier change for each thing that may become of one.
fn similar_changes(subject: &str) -> Vec<SimilarChange> {
    let similar = |byte, similarity, outcome, by| SimilarChange {
        commit: commit(byte),
        subject: subject.to_owned(),
        at: NOW.plus_days(-300),
        similarity,
        outcome,
        by,
    };
    vec![
        similar(0x11, 0.91, ChangeOutcome::Fixed, Some(commit(0x22))),
        similar(0x33, 0.84, ChangeOutcome::Clean, None),
        similar(0x44, 0.80, ChangeOutcome::Reverted, Some(commit(0x55))),
    ]
}

/// Two spots of one file, with a good record.
fn line_attention(file: &str, function: &str) -> LineAttention {
    let spot = |first_line, share| AttentionSpot {
        file: file.to_owned(),
        first_line,
        last_line: first_line + 8,
        function: Some(function.to_owned()),
        share,
        reasons: vec!["14 calls".to_owned(), "cognitive complexity 31 around it".to_owned()],
    };
    LineAttention {
        spots: vec![spot(15, 0.14), spot(30, 0.09)],
        not_shown: None,
        track_record: Some(TrackRecord {
            n: 400,
            hit_rate: 0.62,
            baseline_hit_rate: 0.55,
            difference_interval: [0.02, 0.12],
        }),
    }
}

fn change_risk() -> ChangeRisk {
    ChangeRisk {
        risk_score: probability(0.31),
        base_rate: Some(probability(0.14)),
        percentile: Some(89.0),
        factors: vec![
            "4 files changed together, more than in 80% of past changes here; raises the odds 2.0-fold".into(),
        ],
        contributions: vec![Contribution {
            feature: "files".into(),
            value: Some(4.0),
            weight: 0.7,
            percentile: Some(80.0),
        }],
        base_log_odds: -1.8,
        frequency: Some(Frequency { n: 50, n_hits: 16, n_all: 812, n_all_hits: 96 }),
        evaluation: Some(evaluation()),
    }
}

fn evaluation() -> Evaluation {
    Evaluation {
        n_test: 812,
        n_positive: 96,
        from: NOW.plus_days(-310),
        to: NOW.plus_days(-40),
        auc: 0.781,
        pr_auc: 0.352,
        brier: 0.091,
        ece: 0.021,
        baseline_auc: 0.702,
        baseline_brier: 0.104,
    }
}

fn anomaly_answer(anomalies_detected: Vec<Anomaly>) -> AnomalyAnswer {
    let contributions =
        vec![AnomalyContribution { column: "complexity_rise".into(), share: 0.31, percentile: Some(99.6) }];
    let model = AnomalyModel {
        name: "anomaly_detector".into(),
        version: "anomaly-1".into(),
        mix: "100% this repository".into(),
        n_changes: 2_310,
        trained_until: NOW.plus_days(-2),
        alarm_share: 0.004,
    };
    AnomalyAnswer {
        anomalies_detected,
        change: ChangeStrangeness { score: 0.62, share_as_strange: 0.036, contributions },
        model,
        as_of: NOW,
    }
}

fn spike() -> Anomaly {
    Anomaly {
        kind: "complexity_spike".into(),
        score: 0.94,
        confidence: 0.97,
        share_as_strange: 0.0009,
        description: "the complexity of `src/parser.rs` goes from 42 to 128 in one change; in this it stands out from \
                      99.9% of the 2,310 changes here it was compared with"
            .into(),
        commit: commit(0xcc),
        timestamp: NOW,
        impact_assessment: "86 more paths through one file to understand and to test".into(),
        suggested_action: "Take the new branches of `src/parser.rs` apart into functions, and test each".into(),
    }
}

fn injected(name: &str, sentence: &str) -> Anomaly {
    Anomaly {
        kind: "dependency_injection".into(),
        description: format!("`{name}` brings in {sentence}"),
        impact_assessment: sentence.to_owned(),
        suggested_action: format!("Confirm {name} {sentence}"),
        ..spike()
    }
}

fn impact(scores: &[(&str, f64)], overall: f64) -> ImpactAnswer {
    ImpactAnswer {
        files_changed: scores.iter().map(|&(path, _)| path.to_owned()).collect(),
        overall_impact_score: overall,
        dimensions: BTreeMap::from([("architectural".to_owned(), overall)]),
        affected_components: vec![],
        recommended_tests: vec![],
        recommendations: vec![],
        n_dependents: 1,
        missing_companions: vec![],
        file_scores: scores.iter().map(|&(_, score)| score).collect(),
        graph: GraphSummary { n_files: 120, n_edges: 341, n_internal_imports: 400, ..GraphSummary::default() },
        method: "structural".into(),
        ..ImpactAnswer::default()
    }
}

fn affected(
    component: &str,
    file: &str,
    score: f64,
    impact_type: &str,
    path: &[&str],
    effort: &str,
) -> AffectedComponent {
    AffectedComponent {
        component: component.into(),
        file: file.into(),
        impact_score: score,
        impact_type: impact_type.into(),
        dependency_path: path.iter().map(|&step| step.to_owned()).collect(),
        estimated_test_effort: effort.into(),
        ..AffectedComponent::default()
    }
}

fn component(name: &str, score: f64, n_files: usize, file: &str, is_changed: bool) -> ComponentImpact {
    ComponentImpact { component: name.into(), impact_score: score, n_files, file: file.into(), is_changed }
}

fn picture(nodes: &[(&str, bool)], edges: &[(usize, usize, &str)]) -> Picture {
    let node = |&(file, is_changed): &(&str, bool)| PictureNode { file: file.into(), is_changed, is_test: false };
    let edge = |&(from, to, kind): &(usize, usize, &str)| PictureEdge { from, to, kind: kind.into() };
    Picture { nodes: nodes.iter().map(node).collect(), edges: edges.iter().map(edge).collect() }
}

mod snapshots {
    //! The reviews as a reader sees them, in `fixtures/reviews`. `UPDATE_EXPECT=1 cargo test --lib review` rewrites.

    use super::*;
    use crate::review::{Gate, page, text};
    use expect_test::expect_file;

    macro_rules! check {
        ($name:literal, $scenario:expr) => {
            let scenario = $scenario;
            let review = scenario.review();
            expect_file![concat!("../../fixtures/reviews/", $name, "/expected.md")].assert_eq(&page(&review));
            expect_file![concat!("../../fixtures/reviews/", $name, "/expected.txt")].assert_eq(&text::render(
                &scenario.input(),
                &review,
                text::Style { width: 100, colour: false },
            ));
        };
    }

    #[test]
    fn a_calm_change_reads_calmly() {
        check!("calm", calm());
    }

    #[test]
    fn a_flagged_change_says_why_and_what_would_help() {
        check!("flagged", flagged());
    }

    #[test]
    fn a_required_gate_says_that_it_fails() {
        let mut scenario = flagged();
        scenario.policy.gate = Gate::Required;
        check!("required_gate", scenario);
    }

    #[test]
    fn a_young_repository_gets_no_number() {
        check!("not_enough_history", young());
    }

    #[test]
    fn a_broken_configuration_names_line_and_field() {
        let mut scenario = calm();
        scenario.config_problem = Some("line 3, `thresholds.risk`: expected a number from 0 to 1, got `high`".into());
        check!("broken_configuration", scenario);
    }

    #[test]
    fn a_change_without_source_code_has_nothing_to_judge() {
        check!("only_documentation", only_documentation());
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        check!("hostile_text", hostile());
    }

    #[test]
    fn a_change_of_ignored_files_alone_says_so() {
        let mut scenario = only_documentation();
        scenario.ignored = vec!["docs/guide.md".into()];
        check!("all_ignored", scenario);
    }

    #[test]
    fn ignored_files_are_named_and_not_judged() {
        let mut scenario = flagged();
        scenario.ignored = vec!["src/parser.rs".into()];
        check!("ignored_files", scenario);
    }
}
