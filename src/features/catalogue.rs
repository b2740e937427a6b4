//! Which features are there, and what does each one mean?
//!
//! One table. `docs/features.md` is this table in Markdown, and a test keeps the two the same. Adding, removing or
//! redefining a feature changes [`CATALOGUE_VERSION`], so that stored rows and trained models are not mixed up.

use std::fmt::Write;

/// Changes whenever the meaning or the order of any feature changes.
pub const CATALOGUE_VERSION: u32 = 3;

/// What one feature means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Which one.
    pub feature: Feature,
    /// Its name in answers, tables and documents.
    pub name: &'static str,
    /// The part of the catalogue it belongs to.
    pub group: Group,
    /// Unit of its value.
    pub unit: &'static str,
    /// What is counted or measured.
    pub definition: &'static str,
    /// What may be looked at.
    pub as_of: AsOf,
    /// Where it comes from.
    pub source: Source,
    /// When its value is unknown.
    pub unknown_when: &'static str,
    /// Whether it describes people; such features can be switched off and are never shown as a reason.
    pub subject: Subject,
    /// How the values of the changed files become the value of the change.
    pub in_change: InChange,
}

/// The five parts of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Group {
    CodeQuality,
    TeamDynamics,
    BusinessImpact,
    Temporal,
    Change,
}

impl Group {
    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Group::CodeQuality => "code_quality",
            Group::TeamDynamics => "team_dynamics",
            Group::BusinessImpact => "business_impact",
            Group::Temporal => "temporal",
            Group::Change => "change",
        }
    }
}

/// The part of the world a feature may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The file's text as the change leaves it.
    CodeAfter,
    /// The file's text before and after the change.
    CodeBoth,
    /// Commits that stand before the change in history.
    HistoryBefore,
    /// The change itself: its files, lines, message, author and moment.
    ThisChange,
    /// Settings and files of the repository's owner, from the commit on that they belong to.
    HandedIn,
}

impl AsOf {
    /// As documents write it.
    pub fn text(self) -> &'static str {
        match self {
            AsOf::CodeAfter => "the text the change leaves",
            AsOf::CodeBoth => "the text before and after the change",
            AsOf::HistoryBefore => "commits before the change",
            AsOf::ThisChange => "the change itself",
            AsOf::HandedIn => "what was handed in for this or an earlier moment",
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    SourceText,
    GitHistory,
    Tags,
    Settings,
    SettingsElsePath,
    SettingsElseHistory,
    SettingsElseTags,
    CodeOwners,
    CoverageFiles,
    Reviews,
    Manifests,
}

impl Source {
    /// As documents write it.
    pub fn text(self) -> &'static str {
        match self {
            Source::SourceText => "source text",
            Source::GitHistory => "git history",
            Source::Tags => "git tags",
            Source::Settings => "`.github/hyperion.yml`",
            Source::SettingsElsePath => "`.github/hyperion.yml`, else words of the path and known imports",
            Source::SettingsElseHistory => "`.github/hyperion.yml`, else git history",
            Source::SettingsElseTags => "`.github/hyperion.yml`, else git tags",
            Source::CodeOwners => "`CODEOWNERS`",
            Source::CoverageFiles => "coverage files",
            Source::Reviews => "GitHub reviews",
            Source::Manifests => "manifests",
        }
    }
}

/// Whom or what a feature describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Code, commits, files, releases.
    Things,
    /// Authors: unknown under `people: off`, and never a reason on a pull request.
    People,
}

/// How the values of the changed files become one value of the whole change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InChange {
    /// The largest of the changed files' values.
    Max,
    /// The smallest of them.
    Min,
    /// Their mean.
    Mean,
    /// It describes the whole change anyway: every file row of the change holds the same value.
    Whole,
    /// Known for a file only.
    FileOnly,
}

impl InChange {
    fn text(self) -> &'static str {
        match self {
            InChange::Max => "largest of its files",
            InChange::Min => "smallest of its files",
            InChange::Mean => "mean of its files",
            InChange::Whole => "same in every file row",
            InChange::FileOnly => "files only",
        }
    }
}

macro_rules! catalogue {
    ($($feature:ident = $name:literal, $group:ident, $subject:ident, $in_change:ident, $as_of:ident, $source:ident,
        unit $unit:literal, $definition:literal, unknown $unknown:literal;)+) => {
        /// Every feature, in the order of a [`super::Row`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature {
            $(#[doc = $definition] $feature,)+
        }

        /// The table.
        pub const CATALOGUE: [Definition; Feature::COUNT] = [$(Definition {
            feature: Feature::$feature,
            name: $name,
            group: Group::$group,
            unit: $unit,
            definition: $definition,
            as_of: AsOf::$as_of,
            source: Source::$source,
            unknown_when: $unknown,
            subject: Subject::$subject,
            in_change: InChange::$in_change,
        }),+];

        impl Feature {
            /// How many there are.
            pub const COUNT: usize = [$(Feature::$feature),+].len();
        }
    };
}

catalogue! {
    // Code quality: the file as the change leaves it.
    CyclomaticComplexity = "cyclomatic_complexity", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "paths", "McCabe's number summed over the file's functions, plus 1 for code outside them",
        unknown "the language has no grammar here, or the file breaks a size limit";
    CognitiveComplexity = "cognitive_complexity", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "points", "cognitive complexity after SonarSource, summed over the file's functions",
        unknown "the language has no grammar here, or the file breaks a size limit";
    LinesOfCode = "lines_of_code", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "lines", "lines that carry code",
        unknown "the language has no grammar here, or the file breaks a size limit";
    CodeDuplicationRatio = "code_duplication_ratio", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "share", "share of the code lines that stand in blocks repeated inside the file",
        unknown "the language has no grammar here, or the file breaks a size limit";
    TechnicalDebtRatio = "technical_debt_ratio", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "share", "minutes to repair the file's smells over minutes to write it, at 30 a line of code",
        unknown "the file has no code, its language has no grammar here, or it breaks a size limit";
    MaintainabilityIndex = "maintainability_index", CodeQuality, Things, Min, CodeAfter, SourceText,
        unit "0 to 100", "maintainability index in the rescaled form; higher is easier to maintain",
        unknown "the file is empty, its language has no grammar here, or it breaks a size limit";
    TestCoverageRatio = "test_coverage_ratio", CodeQuality, Things, Min, HandedIn, CoverageFiles,
        unit "share", "share of the lines that can run which tests ran, in the newest coverage of the 180 days before that names the file",
        unknown "no coverage of these days names the file, or none of its lines can run";
    CommentDensity = "comment_density", CodeQuality, Things, Min, CodeAfter, SourceText,
        unit "share", "comment lines over comment lines plus code lines",
        unknown "the file has neither code nor comments, its language has no grammar here, or it breaks a size limit";
    FunctionLengthAvg = "function_length_avg", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "lines", "mean lines of a function, first to last line",
        unknown "the file has no function, its language has no grammar here, or it breaks a size limit";
    ClassCoupling = "class_coupling", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "types and modules", "distinct other types and modules the file names in its imports",
        unknown "the language has no grammar here, or the file breaks a size limit";
    InheritanceDepth = "inheritance_depth", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "levels", "most base types above one class within the file's text",
        unknown "the language has no inheritance or no grammar here, or the file breaks a size limit";
    CodeSmellsCount = "code_smells_count", CodeQuality, Things, Max, CodeAfter, SourceText,
        unit "smells", "long functions, deep nesting, many parameters, complex functions and the like",
        unknown "the language has no grammar here, or the file breaks a size limit";

    // Team dynamics: the file's commits before the change.
    CommitFrequency = "commit_frequency", TeamDynamics, Things, Max, HistoryBefore, GitHistory,
        unit "commits", "commits that changed the file in the 90 days before",
        unknown "never";
    ContributorsCount = "contributors_count", TeamDynamics, People, Max, HistoryBefore, GitHistory,
        unit "people", "different authors who changed the file before",
        unknown "under `people: off`";
    CodeOwnershipConcentration = "code_ownership_concentration", TeamDynamics, People, Min, HistoryBefore, GitHistory,
        unit "share", "share of the file's earlier commits made by the author with most of them",
        unknown "the file has no earlier commit, or under `people: off`";
    ReviewParticipationRate = "review_participation_rate", TeamDynamics, People, Mean, HistoryBefore, Reviews,
        unit "share", "share of the file's earlier commits, since reviews are recorded, that came in a pull request somebody other than its author had reviewed",
        unknown "no earlier commit of the file is as new as the records, or under `people: off`";
    KnowledgeDistribution = "knowledge_distribution", TeamDynamics, People, Mean, HistoryBefore, GitHistory,
        unit "0 to 1", "entropy of the authors' shares in the file's earlier commits, over its largest possible value; 0 for a single author",
        unknown "the file has no earlier commit, or under `people: off`";
    CollaborationScore = "collaboration_score", TeamDynamics, People, Mean, HistoryBefore, GitHistory,
        unit "share", "share of the file's commits of the 365 days before whose author differs from the previous one's",
        unknown "the file has fewer than two commits in that time, or under `people: off`";
    ContributorExperience = "contributor_experience", TeamDynamics, People, Min, HistoryBefore, GitHistory,
        unit "commits", "earlier commits of the change's author to this file",
        unknown "the author of the change is not known, or under `people: off`";
    TeamVelocity = "team_velocity", TeamDynamics, Things, Whole, HistoryBefore, GitHistory,
        unit "commits", "commits to the repository in the 30 days before",
        unknown "never";

    // Business impact: mostly what no repository contains.
    FeatureUsageFrequency = "feature_usage_frequency", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "uses a day", "how often users touch the feature the file belongs to",
        unknown "the settings of the moment say nothing about the file";
    UserImpactScore = "user_impact_score", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "0 to 1", "share of users who would notice a failure of the file",
        unknown "the settings of the moment say nothing about the file";
    BusinessCriticality = "business_criticality", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "0 to 1", "how much of the business stops when the file fails",
        unknown "the settings of the moment say nothing about the file";
    RevenueImpact = "revenue_impact", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "0 to 1", "share of revenue that passes through the file",
        unknown "the settings of the moment say nothing about the file";
    SecuritySensitivity = "security_sensitivity", BusinessImpact, Things, Max, CodeAfter, SettingsElsePath,
        unit "0 to 1", "1 when the path speaks of authentication, permissions, secrets or cryptography or a known library for them is imported, else 0; or what the settings say",
        unknown "never";
    ComplianceRequirements = "compliance_requirements", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "rules", "compliance rules that apply to the file",
        unknown "the settings of the moment say nothing about the file";
    PerformanceCriticality = "performance_criticality", BusinessImpact, Things, Max, HistoryBefore, SettingsElseHistory,
        unit "0 to 1", "how much the file's speed matters: what the settings say, else the share of its earlier commits that changed a benchmark too; those of more than 100 files do not count as such",
        unknown "the settings say nothing about it, and the repository had no benchmark or the file no commit";
    DataSensitivity = "data_sensitivity", BusinessImpact, Things, Max, CodeAfter, SettingsElsePath,
        unit "0 to 1", "1 when the path speaks of stored or personal data (databases, migrations, accounts, payments) or a known library for data is imported, else 0; or what the settings say",
        unknown "never";
    ExternalDependencies = "external_dependencies", BusinessImpact, Things, Max, CodeAfter, SettingsElsePath,
        unit "systems", "outside systems the file talks to: what the settings say, else the known client libraries it imports, at least 1 when the path speaks of clients, gateways or integrations",
        unknown "never";
    ScalabilityRequirements = "scalability_requirements", BusinessImpact, Things, Max, HandedIn, Settings,
        unit "0 to 1", "how much load the file has to bear",
        unknown "the settings of the moment say nothing about the file";

    // Temporal.
    TimeSinceLastChange = "time_since_last_change", Temporal, Things, Mean, HistoryBefore, GitHistory,
        unit "days", "days since the file's last commit",
        unknown "the file has no earlier commit";
    ChangeFrequencyTrend = "change_frequency_trend", Temporal, Things, Max, HistoryBefore, GitHistory,
        unit "-1 to 1", "commits to the file in the last 90 days minus those in the 90 days before, over their sum",
        unknown "the file has no commit in these 180 days";
    SeasonalPatterns = "seasonal_patterns", Temporal, Things, Whole, HistoryBefore, GitHistory,
        unit "ratio", "share of fixes among the repository's commits of the last 365 days on the change's weekday (UTC), over the same share on all days; 1 is no pattern",
        unknown "there are fewer than 20 commits on that weekday, or no fix at all, in that time";
    SprintPhase = "sprint_phase", Temporal, Things, Whole, HistoryBefore, SettingsElseTags,
        unit "0 to 1", "how much of the sprint has passed; the sprint is configured, else inferred where most of the last 52 releases came in steps of 1, 2, 3, 4 or 6 weeks and chance explains it with p < 0.01",
        unknown "no sprint is configured and the releases before have no such rhythm, or the first sprint has not begun";
    ReleaseProximity = "release_proximity", Temporal, Things, Whole, HistoryBefore, Tags,
        unit "days", "days since the newest commit with a tag; a tag counts from the moment of its commit",
        unknown "no earlier commit has a tag";
    HistoricalBugDensity = "historical_bug_density", Temporal, Things, Max, HistoryBefore, GitHistory,
        unit "fixes per 1,000 lines", "fix commits that changed the file in the 365 days before, over its thousands of lines of code; a file under 100 lines counts as 100, and fixes of more than 100 files do not count",
        unknown "the language has no grammar here, or the file breaks a size limit";
    CodeAge = "code_age", Temporal, Things, Min, HistoryBefore, GitHistory,
        unit "days", "days since the file was first added, followed through renames; 0 for a new file",
        unknown "history does not reach back to the file's first commit";

    // The change itself.
    LinesAdded = "lines_added", Change, Things, Whole, ThisChange, GitHistory,
        unit "lines", "lines added in all files of the change",
        unknown "never";
    LinesDeleted = "lines_deleted", Change, Things, Whole, ThisChange, GitHistory,
        unit "lines", "lines deleted in all files of the change",
        unknown "never";
    NFiles = "n_files", Change, Things, Whole, ThisChange, GitHistory,
        unit "files", "files changed, of any kind",
        unknown "never";
    NDirectories = "n_directories", Change, Things, Whole, ThisChange, GitHistory,
        unit "folders", "different folders the changed files stand in",
        unknown "never";
    NSubsystems = "n_subsystems", Change, Things, Whole, ThisChange, GitHistory,
        unit "subsystems", "different first two folders of the changed paths",
        unknown "never";
    Entropy = "entropy", Change, Things, Whole, ThisChange, GitHistory,
        unit "0 to 1", "how evenly the changed lines spread over the files: entropy over its largest possible value; 0 for one file",
        unknown "no line was counted";
    NNewDependencies = "n_new_dependencies", Change, Things, Whole, ThisChange, Manifests,
        unit "dependencies", "packages from outside that a changed manifest declares after the change and none of the changed manifests declared before",
        unknown "a changed manifest is a program or of an unknown format, or could not be read";
    ComplexityDelta = "complexity_delta", Change, Things, Whole, CodeBoth, SourceText,
        unit "paths", "cyclomatic complexity after minus before, summed over the changed source files that are known on both sides",
        unknown "no changed file is known on both sides";
    TestLinesRatio = "test_lines_ratio", Change, Things, Whole, ThisChange, GitHistory,
        unit "share", "share of the changed lines that stand in test files",
        unknown "no line was counted";
    AuthorExperience = "author_experience", Change, People, Whole, HistoryBefore, GitHistory,
        unit "commits", "earlier commits of the change's author in this repository",
        unknown "the author of the change is not known, or under `people: off`";
    AuthorExperienceRecent = "author_experience_recent", Change, People, Whole, HistoryBefore, GitHistory,
        unit "weighted commits", "earlier commits of the change's author, each weighing 1 / (1 + its age in whole years)",
        unknown "the author of the change is not known, or under `people: off`";
    AuthorExperienceSubsystem = "author_experience_subsystem", Change, People, Whole, HistoryBefore, GitHistory,
        unit "commits", "earlier commits of the change's author to the touched subsystems, mean over these",
        unknown "the author of the change is not known, or under `people: off`";
    MeanAge = "mean_age", Change, Things, Whole, HistoryBefore, GitHistory,
        unit "days", "days since the last commit of each changed source file, mean over these",
        unknown "no changed source file has an earlier commit";
    LinesBefore = "lines_before", Change, Things, Whole, CodeBoth, SourceText,
        unit "lines", "lines of each changed source file before the change, mean over these; 0 for a new file",
        unknown "no changed source file could be read before the change";
    NDevelopers = "n_developers", Change, People, Whole, HistoryBefore, GitHistory,
        unit "people", "different authors of the earlier commits of the changed source files",
        unknown "under `people: off`";
    NUniqueChanges = "n_unique_changes", Change, Things, Whole, HistoryBefore, GitHistory,
        unit "commits", "different commits among the last ones of the changed source files",
        unknown "never";
    NCodeOwners = "n_code_owners", Change, People, Whole, HandedIn, CodeOwners,
        unit "owners", "different people and teams that `CODEOWNERS` names for the changed files",
        unknown "the repository has no `CODEOWNERS`, or under `people: off`";
    EarlierChanges = "earlier_changes", Change, Things, Whole, HistoryBefore, GitHistory,
        unit "commits", "earlier commits of each changed source file, mean over these",
        unknown "the change has no source file";
    IsFix = "is_fix", Change, Things, Whole, ThisChange, GitHistory,
        unit "0 or 1", "1 when the message says that the change repairs a defect",
        unknown "never";
    FileLinesAdded = "file_lines_added", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "lines", "lines the change adds to this file",
        unknown "the file's lines were not counted: binary or above the size limit";
    FileLinesDeleted = "file_lines_deleted", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "lines", "lines the change deletes from this file",
        unknown "the file's lines were not counted: binary or above the size limit";
    FileComplexityDelta = "file_complexity_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "paths", "cyclomatic complexity of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileCognitiveDelta = "file_cognitive_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "points", "cognitive complexity of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileLargestFunctionDelta = "file_largest_function_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "paths", "largest cyclomatic complexity of one function of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileLinesOfCodeDelta = "file_lines_of_code_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "lines", "lines of code of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileSmellsDelta = "file_smells_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "smells", "code smells of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileCouplingDelta = "file_coupling_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "types and modules", "class coupling of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileMaintainabilityDelta = "file_maintainability_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "points", "maintainability index of this file after minus before",
        unknown "the file is not known on both sides of the change, or was empty";
    FileLinesBefore = "file_lines_before", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "lines", "lines of this file before the change; 0 for a new file",
        unknown "the file could not be read before the change";
    FileRelativeChurn = "file_relative_churn", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "ratio", "lines the change adds and deletes over the lines of the file before",
        unknown "the file is new, could not be read before the change, or its lines were not counted";
    FileHunks = "file_hunks", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "regions", "separate regions of this file that the change touches",
        unknown "the file's lines were not counted: binary or above the size limit";
    FileEarlierChanges = "file_earlier_changes", Change, Things, FileOnly, HistoryBefore, GitHistory,
        unit "commits", "earlier commits that changed this file",
        unknown "never";
    FileEarlierFixes = "file_earlier_fixes", Change, Things, FileOnly, HistoryBefore, GitHistory,
        unit "fixes", "earlier fix commits that changed this file; those of more than 100 files do not count",
        unknown "never";
    FileRecentFixes = "file_recent_fixes", Change, Things, FileOnly, HistoryBefore, GitHistory,
        unit "fixes", "fix commits that changed this file in the 365 days before; those of more than 100 files do not count",
        unknown "never";
    FileLargestFunction = "file_largest_function", Change, Things, FileOnly, CodeAfter, SourceText,
        unit "paths", "largest cyclomatic complexity of one function of this file, after the change",
        unknown "the language has no grammar here, or the file breaks a size limit";
    FileDeepestNesting = "file_deepest_nesting", Change, Things, FileOnly, CodeAfter, SourceText,
        unit "levels", "deepest nesting of control structures in this file, after the change",
        unknown "the language has no grammar here, or the file breaks a size limit";
    FileDeepestNestingDelta = "file_deepest_nesting_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "levels", "deepest nesting of control structures in this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileHalsteadVolume = "file_halstead_volume", Change, Things, FileOnly, CodeAfter, SourceText,
        unit "bits", "Halstead volume of this file, after the change",
        unknown "the language has no grammar here, or the file breaks a size limit";
    FileHalsteadVolumeDelta = "file_halstead_volume_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "bits", "Halstead volume of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileCommentLinesDelta = "file_comment_lines_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "lines", "comment lines of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileDebt = "file_debt", Change, Things, FileOnly, CodeAfter, SourceText,
        unit "minutes", "minutes to repair the smells of this file, after the change",
        unknown "the language has no grammar here, or the file breaks a size limit";
    FileDebtDelta = "file_debt_delta", Change, Things, FileOnly, CodeBoth, SourceText,
        unit "minutes", "minutes to repair the smells of this file after minus before",
        unknown "the file is not known on both sides of the change";
    FileIsRenamed = "file_is_renamed", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "0 or 1", "1 when the change gives this file another path",
        unknown "never";
    FileChurnShare = "file_churn_share", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "share", "lines the change adds to and deletes from this file, over those of all its source files; 1 for a change of one",
        unknown "no line of a source file was counted";
    FileChurnRank = "file_churn_rank", Change, Things, FileOnly, ThisChange, GitHistory,
        unit "0 to 1", "share of the change's source files with fewer changed lines than this one, files with as many counting half; 0.5 for a change of one",
        unknown "never";
}

impl Feature {
    /// What it means.
    pub fn definition(self) -> &'static Definition {
        &CATALOGUE[self as usize]
    }

    /// Its name in answers, tables and documents.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Whether it describes people.
    pub fn is_about_people(self) -> bool {
        self.definition().subject == Subject::People
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Feature> {
        CATALOGUE.iter().map(|definition| definition.feature)
    }

    /// The feature with this name.
    pub fn named(name: &str) -> Option<Feature> {
        Self::all().find(|feature| feature.name() == name)
    }
}

/// The table as `docs/features.md` shows it.
pub fn as_markdown() -> String {
    let mut page = format!("{INTRODUCTION}\nCatalogue version {CATALOGUE_VERSION}.\n");
    for group in [Group::CodeQuality, Group::TeamDynamics, Group::BusinessImpact, Group::Temporal, Group::Change] {
        let members: Vec<_> = CATALOGUE.iter().filter(|definition| definition.group == group).collect();
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {} ({})\n\n{TABLE_HEAD}", group.name(), members.len());
        members.iter().for_each(|definition| page.push_str(&as_table_line(definition)));
    }
    page
}

const INTRODUCTION: &str = "# The feature catalogue

Every number the models read, in the order of a row. Each is computed only from what was known at the moment of the
row; what is unknown is missing, never 0. Features about people are marked: `people: off` leaves them unknown, and they
are never shown as a reason on a pull request. A file row describes one changed source file; a change row describes the
whole change and takes the values of its files as the column \"in a change row\" says.

This page is written by the table in `src/features/catalogue.rs`, and a test keeps the two the same.
";

const TABLE_HEAD: &str = "| feature | unit | definition | as of | source | unknown when | people | in a change row |
|---|---|---|---|---|---|---|---|
";

fn as_table_line(definition: &Definition) -> String {
    format!(
        "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
        definition.name,
        definition.unit,
        definition.definition,
        definition.as_of.text(),
        definition.source.text(),
        definition.unknown_when,
        if definition.subject == Subject::People { "yes" } else { "" },
        definition.in_change.text(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_this_table() {
        expect_test::expect_file!["../../docs/features.md"].assert_eq(&as_markdown());
    }

    #[test]
    fn the_catalogue_has_thirty_seven_features_beside_the_change_group() {
        let count = |group| CATALOGUE.iter().filter(|definition| definition.group == group).count();
        let counts = [Group::CodeQuality, Group::TeamDynamics, Group::BusinessImpact, Group::Temporal].map(count);
        assert_eq!(counts, [12, 8, 10, 7]);
        assert_eq!(counts.iter().sum::<usize>() + count(Group::Change), Feature::COUNT);
    }

    #[test]
    fn every_feature_is_found_by_its_name_at_its_own_place() {
        for (place, definition) in CATALOGUE.iter().enumerate() {
            assert_eq!(definition.feature as usize, place);
            assert_eq!(Feature::named(definition.name), Some(definition.feature));
        }
    }
}
