//! What is each feature of a history small enough to count on one's fingers?
//!
//! One case or more for each feature of the catalogue: a history, the file (or the change) that is asked about, which is
//! always that of the newest commit, and the value. A feature without a case fails the test.

use super::super::fixture::History;
use super::super::{Feature, Row, rows_for_change};
use std::collections::BTreeSet;

/// Instead of a path: the row of the change as a whole.
const CHANGE: &str = "the change";

struct Case(Feature, &'static str, &'static str, Option<f32>);

/// Six years of one file by two authors, for whatever counts commits.
const TWO_AUTHORS: &str = "
    0    ann | start   | +src/a.rs 9/0
    2000 bob | fix it  | src/a.rs 1/1
    2010 ann | on      | src/a.rs 1/1
    2020 ann | on      | src/a.rs 1/1, +src/b.rs 1/0
    2030 bob | both    | src/a.rs 1/1, src/b.rs 1/1";

/// A release every other Monday, then a change a week and a day after the newest.
const FORTNIGHTS: &str = "
    0 ann | r #v0 | +a.rs 1/0
    14 ann | r #v1 | a.rs 1/0
    28 ann | r #v2 | a.rs 1/0
    42 ann | r #v3 | a.rs 1/0
    56 ann | r #v4 | a.rs 1/0
    70 ann | r #v5 | a.rs 1/0
    84 ann | r #v6 | a.rs 1/0
    98 ann | r #v7 | a.rs 1/0
    105 ann | on    | a.rs 1/0";

const CASES: &[Case] = &[
    // Code quality: the metrics of the text after the change.
    Case(Feature::CyclomaticComplexity, "a.rs", "0 ann | x | +a.rs 9/0 c7", Some(7.0)),
    Case(Feature::CyclomaticComplexity, CHANGE, "0 ann | x | +a.rs 9/0 c7, +b.rs 9/0 c9", Some(9.0)),
    Case(Feature::CognitiveComplexity, "a.rs", "0 ann | x | +a.rs 9/0 cognitive=12", Some(12.0)),
    Case(Feature::LinesOfCode, "a.rs", "0 ann | x | +a.rs 9/0 code=40", Some(40.0)),
    Case(Feature::CodeDuplicationRatio, "a.rs", "0 ann | x | +a.rs 9/0 duplication=0.25", Some(0.25)),
    Case(Feature::TechnicalDebtRatio, "a.rs", "0 ann | x | +a.rs 9/0 code=4 repair=60", Some(0.5)),
    Case(Feature::TechnicalDebtRatio, "a.rs", "0 ann | x | +a.rs 9/0 code=0 smells=1", None),
    Case(Feature::MaintainabilityIndex, "a.rs", "0 ann | x | +a.rs 9/0 maintainability=61", Some(61.0)),
    Case(Feature::MaintainabilityIndex, "a.rs", "0 ann | x | +a.rs 9/0", None),
    Case(
        Feature::TestCoverageRatio,
        "a.rs",
        "0 ann | x | +a.rs 9/0\n0 ! covers a.rs 3/4\n5 ann | y | a.rs 1/0",
        Some(0.75),
    ),
    Case(
        Feature::TestCoverageRatio,
        "b.rs",
        "0 ann | x | +a.rs 9/0\n0 ! covers a.rs 3/4\n5 ann | y | a.rs>b.rs 1/0",
        Some(0.75),
    ),
    Case(Feature::TestCoverageRatio, "a.rs", "0 ann | x | +a.rs 9/0\n6 ! covers a.rs 3/4\n5 ann | y | a.rs 1/0", None),
    Case(
        Feature::TestCoverageRatio,
        "a.rs",
        "0 ann | x | +a.rs 9/0\n0 ! covers a.rs 3/4\n181 ann | y | a.rs 1/0",
        None,
    ),
    Case(Feature::CommentDensity, "a.rs", "0 ann | x | +a.rs 9/0 code=15 comments=5", Some(0.25)),
    Case(Feature::FunctionLengthAvg, "a.rs", "0 ann | x | +a.rs 9/0 length=6.5", Some(6.5)),
    Case(Feature::ClassCoupling, "a.rs", "0 ann | x | +a.rs 9/0 coupling=4", Some(4.0)),
    Case(Feature::InheritanceDepth, "A.java", "0 ann | x | +A.java 9/0 depth=2", Some(2.0)),
    Case(Feature::CodeSmellsCount, "a.rs", "0 ann | x | +a.rs 9/0 smells=3", Some(3.0)),
    // Team dynamics: the commits before.
    Case(Feature::CommitFrequency, "src/a.rs", TWO_AUTHORS, Some(3.0)),
    Case(Feature::ContributorsCount, "src/a.rs", TWO_AUTHORS, Some(2.0)),
    Case(Feature::CodeOwnershipConcentration, "src/a.rs", TWO_AUTHORS, Some(0.75)),
    Case(
        Feature::ReviewParticipationRate,
        "a.rs",
        "0 ann | x | +a.rs 9/0\n5 ann | x | a.rs 1/0\n6 bob | x | a.rs 1/0\n7 bob | x | a.rs 1/0\n9 bob | x | a.rs 1/0\n\
         5 ! reviewed 1 by 1\n6 ! reviewed 2 by 0\n10 ! reviewed 3 by 1",
        // Of the commits since day 5, the first had a reviewer, the second none; the third got one too late to be known.
        Some(1.0 / 3.0),
    ),
    Case(Feature::ReviewParticipationRate, "a.rs", TWO_FILES, None),
    Case(Feature::KnowledgeDistribution, "src/a.rs", TWO_AUTHORS, Some(0.811_278_1)),
    Case(Feature::KnowledgeDistribution, "src/b.rs", TWO_AUTHORS, Some(0.0)),
    // Of the last year's commits bob, ann, ann: one handover in two.
    Case(Feature::CollaborationScore, "src/a.rs", TWO_AUTHORS, Some(0.5)),
    Case(Feature::ContributorExperience, "src/a.rs", TWO_AUTHORS, Some(1.0)),
    Case(Feature::TeamVelocity, "src/a.rs", TWO_AUTHORS, Some(2.0)),
    // Business impact: what the owners say, from the day they say it.
    Case(Feature::FeatureUsageFrequency, "src/a.rs", SAID, Some(5000.0)),
    Case(Feature::UserImpactScore, "src/a.rs", SAID, Some(0.1)),
    Case(Feature::UserImpactScore, "lib/b.rs", SAID, None),
    Case(Feature::BusinessCriticality, "src/a.rs", SAID, Some(0.2)),
    Case(Feature::RevenueImpact, "src/a.rs", SAID, Some(0.3)),
    Case(Feature::RevenueImpact, "a.rs", "0 ann | x | +a.rs 9/0\n1 ! says a revenue_impact 0.3", None),
    Case(Feature::ComplianceRequirements, "src/a.rs", SAID, Some(2.0)),
    Case(Feature::ScalabilityRequirements, "src/a.rs", SAID, Some(0.4)),
    Case(Feature::SecuritySensitivity, "src/auth/a.rs", "0 ann | x | +src/auth/a.rs 9/0", Some(1.0)),
    Case(Feature::SecuritySensitivity, "a.rs", "0 ann | x | +a.rs 9/0 security=1", Some(1.0)),
    Case(Feature::SecuritySensitivity, "a.rs", "0 ann | x | +a.rs 9/0", Some(0.0)),
    Case(
        Feature::SecuritySensitivity,
        "auth.rs",
        "0 ! says auth security_sensitivity 0.3\n0 ann | x | +auth.rs 9/0",
        Some(0.3),
    ),
    Case(Feature::DataSensitivity, "db/a.rs", "0 ann | x | +db/a.rs 9/0", Some(1.0)),
    Case(Feature::DataSensitivity, "a.rs", "0 ann | x | +a.rs 9/0 data=2", Some(1.0)),
    Case(Feature::ExternalDependencies, "client.rs", "0 ann | x | +client.rs 9/0", Some(1.0)),
    Case(Feature::ExternalDependencies, "client.rs", "0 ann | x | +client.rs 9/0 outside=3", Some(3.0)),
    Case(
        Feature::PerformanceCriticality,
        "a.rs",
        "0 ann | x | +a.rs 9/0\n1 ann | x | a.rs 1/0, +benches/a.rs 9/0\n2 ann | x | a.rs 1/0",
        Some(0.5),
    ),
    Case(Feature::PerformanceCriticality, "a.rs", TWO_FILES, None),
    // Temporal.
    Case(Feature::TimeSinceLastChange, "src/a.rs", TWO_AUTHORS, Some(10.0)),
    Case(Feature::TimeSinceLastChange, "a.rs", "0 ann | x | +a.rs 9/0", None),
    Case(
        Feature::ChangeFrequencyTrend,
        "a.rs",
        "0 ann | x | +a.rs 9/0\n20 ann | x | a.rs 1/0\n100 ann | x | a.rs 1/0\n110 ann | x | a.rs 1/0\n120 ann | x | a.rs 1/0\n\
         130 ann | x | a.rs 1/0",
        // Three in the newer 90 days, two in the older.
        Some(0.2),
    ),
    // Fifty Mondays with a fix at every other, and nothing on other days: Mondays are like all days.
    Case(Feature::SeasonalPatterns, "a.rs", MONDAYS, Some(1.0)),
    Case(Feature::SeasonalPatterns, "a.rs", TWO_FILES, None),
    Case(Feature::SprintPhase, "a.rs", "0 ! sprint 10\n13 ann | x | +a.rs 9/0", Some(0.3)),
    Case(Feature::SprintPhase, "a.rs", FORTNIGHTS, Some(0.5)),
    Case(Feature::SprintPhase, "a.rs", "14 ! sprint 10\n13 ann | x | +a.rs 9/0", None),
    Case(Feature::ReleaseProximity, "a.rs", FORTNIGHTS, Some(7.0)),
    Case(Feature::ReleaseProximity, "a.rs", TWO_FILES, None),
    Case(
        Feature::HistoricalBugDensity,
        "a.rs",
        "0 ann | fix | +a.rs 9/0\n100 ann | fix | a.rs 9/0\n200 ann | fix | a.rs 1/0\n400 ann | x | a.rs 1/0 code=500",
        // Two fixes in the year before, in half a thousand lines.
        Some(4.0),
    ),
    Case(
        Feature::CodeAge,
        "b.rs",
        "0 ann | x | +a.rs 9/0\n3 ann | x | a.rs>b.rs 1/0\n10 ann | x | b.rs 1/0",
        Some(10.0),
    ),
    // The change.
    Case(Feature::LinesAdded, CHANGE, TWO_FILES, Some(4.0)),
    Case(Feature::LinesDeleted, CHANGE, TWO_FILES, Some(4.0)),
    Case(Feature::NFiles, CHANGE, TWO_FILES, Some(2.0)),
    Case(Feature::NDirectories, CHANGE, "0 ann | x | +a/b/c/d.rs 1/0, +a/b/e.rs 1/0, +a/b/f.rs 1/0", Some(2.0)),
    Case(Feature::NSubsystems, CHANGE, "0 ann | x | +a/b/c/d.rs 1/0, +a/b/e.rs 1/0, +x.rs 1/0", Some(2.0)),
    Case(Feature::Entropy, CHANGE, "0 ann | x | +a.rs 5/0, +b.rs 5/0", Some(1.0)),
    Case(Feature::Entropy, CHANGE, "0 ann | x | +a.rs 5/0", Some(0.0)),
    Case(
        Feature::NNewDependencies,
        CHANGE,
        "0 ann | x | +Cargo.toml 3/0 needs=serde+toml, +core/Cargo.toml 1/0 needs=\n\
         1 ann | x | +a.rs 1/0, Cargo.toml 1/1 needs=serde+tokio, core/Cargo.toml 2/0 needs=toml+own-x",
        // tokio is new; toml only moved, and x lies in the repository.
        Some(1.0),
    ),
    Case(Feature::NNewDependencies, CHANGE, TWO_FILES, Some(0.0)),
    Case(Feature::NNewDependencies, CHANGE, "0 ann | x | +a.rs 1/0, +Cargo.lock 90/0", Some(0.0)),
    Case(Feature::NNewDependencies, CHANGE, "0 ann | x | +a.rs 1/0, +setup.py 90/0", None),
    Case(Feature::ComplexityDelta, CHANGE, TWO_FILES, Some(1.0)),
    Case(Feature::TestLinesRatio, CHANGE, "0 ann | x | +a.rs 3/0, +tests/a.rs 1/0", Some(0.25)),
    // bob has one commit before.
    Case(Feature::AuthorExperience, CHANGE, TWO_AUTHORS, Some(1.0)),
    // ann has three: one over five years old, two of this year.
    Case(
        Feature::AuthorExperienceRecent,
        CHANGE,
        "0 ann | x | +a.rs 9/0\n2000 ann | x | a.rs 1/1\n2010 ann | x | a.rs 1/1\n2020 ann | x | a.rs 1/1",
        Some(1.0 + 1.0 + 1.0 / 6.0),
    ),
    Case(
        Feature::AuthorExperienceSubsystem,
        CHANGE,
        "0 ann | x | +core/a.rs 9/0\n1 ann | x | core/a.rs 1/0\n2 ann | x | core/a.rs 1/0, +web/b.rs 1/0",
        // Two commits to core and none to web.
        Some(1.0),
    ),
    Case(Feature::MeanAge, CHANGE, TWO_FILES, Some(6.0)),
    Case(Feature::LinesBefore, CHANGE, TWO_FILES, Some(35.0)),
    Case(Feature::NDevelopers, CHANGE, TWO_FILES, Some(3.0)),
    // a.rs and b.rs were last touched by one commit, c.rs by another.
    Case(
        Feature::NUniqueChanges,
        CHANGE,
        "0 ann | x | +a.rs 1/0, +b.rs 1/0\n1 ann | x | +c.rs 1/0\n2 ann | x | a.rs 1/0, b.rs 1/0, c.rs 1/0, +d.rs 1/0",
        Some(2.0),
    ),
    Case(
        Feature::NCodeOwners,
        CHANGE,
        "0 ! owned src/ @ann @core\n0 ann | x | +src/a.rs 1/0, +src/b.rs 1/0, +c.md 1/0",
        Some(2.0),
    ),
    Case(Feature::NCodeOwners, CHANGE, TWO_FILES, None),
    Case(Feature::EarlierChanges, CHANGE, TWO_FILES, Some(1.5)),
    Case(Feature::IsFix, CHANGE, "0 ann | fix it | +a.rs 1/0", Some(1.0)),
    Case(Feature::IsFix, CHANGE, "0 ann | go on | +a.rs 1/0", Some(0.0)),
    Case(Feature::FileLinesAdded, "a.rs", TWO_FILES, Some(3.0)),
    Case(Feature::FileLinesDeleted, "a.rs", TWO_FILES, Some(2.0)),
    Case(Feature::FileComplexityDelta, "a.rs", TWO_FILES, Some(2.0)),
    Case(Feature::FileComplexityDelta, "b.rs", TWO_FILES, Some(-1.0)),
    Case(Feature::FileCognitiveDelta, "a.rs", TWO_FILES, Some(3.0)),
    Case(Feature::FileLargestFunctionDelta, "a.rs", TWO_FILES, Some(1.0)),
    Case(Feature::FileLinesOfCodeDelta, "a.rs", TWO_FILES, Some(20.0)),
    Case(Feature::FileSmellsDelta, "a.rs", TWO_FILES, Some(-1.0)),
    Case(Feature::FileCouplingDelta, "a.rs", TWO_FILES, Some(2.0)),
    Case(Feature::FileMaintainabilityDelta, "a.rs", TWO_FILES, Some(-5.0)),
    Case(Feature::FileLinesBefore, "a.rs", TWO_FILES, Some(50.0)),
    Case(Feature::FileLinesBefore, "a.rs", "0 ann | x | +a.rs 9/0", Some(0.0)),
    Case(Feature::FileRelativeChurn, "a.rs", TWO_FILES, Some(0.1)),
    Case(Feature::FileRelativeChurn, "a.rs", "0 ann | x | +a.rs 9/0", None),
    Case(Feature::FileHunks, "a.rs", TWO_FILES, Some(1.0)),
    Case(Feature::FileEarlierChanges, "a.rs", TWO_FILES, Some(2.0)),
    Case(Feature::FileEarlierFixes, "src/a.rs", TWO_AUTHORS, Some(1.0)),
    Case(Feature::FileRecentFixes, "src/a.rs", TWO_AUTHORS, Some(1.0)),
    Case(Feature::FileRecentFixes, "a.rs", "0 ann | fix | +a.rs 9/0\n365 ann | x | a.rs 1/0", Some(0.0)),
    Case(Feature::FileLargestFunction, "a.rs", TWO_FILES, Some(3.0)),
    Case(Feature::FileDeepestNesting, "a.rs", DEEPER, Some(4.0)),
    Case(Feature::FileDeepestNestingDelta, "a.rs", DEEPER, Some(1.0)),
    Case(Feature::FileDeepestNestingDelta, "b.rs", DEEPER, Some(2.0)),
    Case(Feature::FileHalsteadVolume, "a.rs", DEEPER, Some(90.5)),
    Case(Feature::FileHalsteadVolumeDelta, "a.rs", DEEPER, Some(-9.5)),
    Case(Feature::FileCommentLinesDelta, "a.rs", DEEPER, Some(-2.0)),
    Case(Feature::FileDebt, "a.rs", DEEPER, Some(20.0)),
    Case(Feature::FileDebtDelta, "a.rs", DEEPER, Some(15.0)),
    Case(Feature::FileIsRenamed, "b.rs", "0 ann | x | +a.rs 9/0\n1 ann | x | a.rs>b.rs 1/0", Some(1.0)),
    Case(Feature::FileIsRenamed, "a.rs", TWO_FILES, Some(0.0)),
    // Of 6 + 3 + 3 changed lines; the page is no source file.
    Case(Feature::FileChurnShare, "a.rs", THREE_SIZES, Some(0.5)),
    Case(Feature::FileChurnShare, "a.rs", "0 ann | x | +a.rs 9/0\n1 ann | x | a.rs>b.rs 0/0, +a.rs 0/0", None),
    Case(Feature::FileChurnShare, "a.rs", "0 ann | x | +a.rs 9/0, +b.md 9/0", Some(1.0)),
    // Above two of three and equal to itself; then above none and equal to two of three.
    Case(Feature::FileChurnRank, "a.rs", THREE_SIZES, Some(2.5 / 3.0)),
    Case(Feature::FileChurnRank, "b.rs", THREE_SIZES, Some(1.0 / 3.0)),
    Case(Feature::FileChurnRank, "a.rs", "0 ann | x | +a.rs 9/0", Some(0.5)),
];

/// A text that becomes deeper and shorter, beside a new one.
const DEEPER: &str = "
    0 ann | x | +a.rs 9/0 nesting=3 volume=100 comments=7 repair=5
    1 ann | x | a.rs 3/2 nesting=4 volume=90.5 comments=5 repair=20, +b.rs 9/0 nesting=2";

/// Three source files and a page.
const THREE_SIZES: &str = "
    0 ann | x | +a.rs 9/0, +b.rs 9/0, +c.rs 9/0
    1 ann | x | a.rs 4/2, b.rs 3/0, c.rs 2/1, +d.md 50/0";

/// Two files, one changed twice before.
const TWO_FILES: &str = "
    0 ann | x | +a.rs 9/0
    2 bob | x | a.rs 9/0 c3 lines=50 cognitive=4 largest=2 smells=2 coupling=1 maintainability=80
    6 cid | x | +b.rs 9/0 c2
    10 ann | y | a.rs 3/2 c5 lines=51 cognitive=7 largest=3 smells=1 coupling=3 maintainability=75, b.rs 1/2 c1";

/// Everything the owners can say about one folder.
const SAID: &str = "
    0 ann | x | +src/a.rs 9/0, +lib/b.rs 9/0
    1 ! says src/ feature_usage_frequency 5000
    1 ! says src/ user_impact_score 0.1
    1 ! says src/ business_criticality 0.2
    1 ! says src/ revenue_impact 0.3
    1 ! says src/ compliance_requirements 2
    1 ! says src/ scalability_requirements 0.4
    2 ann | y | src/a.rs 1/1, lib/b.rs 1/1";

const MONDAYS: &str = "
    0 ann | x | +a.rs 9/0
    7 ann | fix | a.rs 1/0
    14 ann | x | a.rs 1/0
    21 ann | fix | a.rs 1/0
    28 ann | x | a.rs 1/0
    35 ann | fix | a.rs 1/0
    42 ann | x | a.rs 1/0
    49 ann | fix | a.rs 1/0
    56 ann | x | a.rs 1/0
    63 ann | fix | a.rs 1/0
    70 ann | x | a.rs 1/0
    77 ann | fix | a.rs 1/0
    84 ann | x | a.rs 1/0
    91 ann | fix | a.rs 1/0
    98 ann | x | a.rs 1/0
    105 ann | fix | a.rs 1/0
    112 ann | x | a.rs 1/0
    119 ann | fix | a.rs 1/0
    126 ann | x | a.rs 1/0
    133 ann | fix | a.rs 1/0
    140 ann | x | a.rs 1/0";

/// The row of a path, or of the whole change, in the newest commit, through the review door.
fn newest_row(history: &History, path: &str) -> Option<Row> {
    let newest = history.log.commits.len() - 1;
    let (past, diff) = (history.past_before(newest), history.diff_of(newest));
    let rows = rows_for_change(&past, &diff, &|blob| history.metrics(blob), history.inputs());
    if path == CHANGE {
        rows.change
    } else {
        rows.files.into_iter().find(|file| file.path == path).map(|file| file.after)
    }
}

#[test]
fn every_feature_is_what_its_definition_says() {
    let mut wrong = Vec::new();
    for Case(feature, path, text, expected) in CASES {
        let row = newest_row(&History::read(text), path).unwrap_or_else(|| panic!("no row of {path} in {text}"));
        let found = row.get(*feature);
        let is_same = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-5,
            (found, expected) => found == *expected,
        };
        if !is_same {
            wrong.push(format!("{} of {path}: expected {expected:?}, found {found:?} in\n{text}", feature.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_feature_has_a_case() {
    let told: BTreeSet<Feature> = CASES.iter().map(|Case(feature, ..)| *feature).collect();
    let untold: Vec<&str> = Feature::all().filter(|feature| !told.contains(feature)).map(Feature::name).collect();
    assert!(untold.is_empty(), "features without a case: {untold:?}");
}
