//! Which numbers describe a change, and which of them belong to which type of anomaly?
//!
//! Amounts stand as ln(1 + amount): cuts are drawn evenly between the smallest and the largest value, and one commit of
//! a million lines would otherwise take every cut. [`Column::is_about_people`] says what is unknown with `people: off`.

use serde::{Deserialize, Serialize};

/// What is extraordinary about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// More than 500 lines people wrote, and far more than is usual here.
    LargeCommit,
    /// Written at night, at an hour its author hardly ever works.
    LateNightCoding,
    /// A file became far more complex in one step.
    ComplexitySpike,
    /// Files of a kind, in a place, or in a company that is hardly ever seen here.
    UnusualFilePattern,
    /// Much was taken away and little put in its place.
    MassDeletion,
    /// A package nobody expected: never seen, named like another, or from elsewhere.
    DependencyInjection,
}

/// One number of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Lines added to files people write.
    LinesAdded,
    /// Files touched.
    FilesTouched,
    /// Lines deleted from files people write.
    LinesDeleted,
    /// Lines deleted beyond those added, of files people write.
    NetLinesDeleted,
    /// Files deleted.
    FilesDeleted,
    /// Largest rise of one file's cyclomatic complexity.
    ComplexityRise,
    /// Largest ln((after + 5) / (before + 5)) of one file's cyclomatic complexity.
    ComplexityRatio,
    /// -log10 of the share of the author's work at hours this rare for them.
    HourRarity,
    /// -log10 of the share of earlier changes that touched a file of the rarest kind among these.
    KindRarity,
    /// Files without lines: binary, or too large to count.
    UncountedFiles,
    /// Mean surprise of two folders that change together, in -log10 of the share of the rarer one's changes.
    PairSurprise,
    /// The same, summed over all pairs.
    PairSurpriseSum,
    /// Folders touched.
    Directories,
    /// How suspicious the most suspicious new dependency is; 0 without one.
    DependencyEvidence,
    /// Packages named for the first time.
    NewDependencies,
    /// How evenly the lines are spread over the files, 0 to 1.
    Entropy,
    /// Share of the lines that stand in tests.
    TestShare,
    /// Mean days since the touched files last changed.
    FileAge,
    /// Mean earlier changes of the touched files.
    EarlierChanges,
    /// Files added.
    FilesAdded,
    /// Earlier commits of the author.
    AuthorExperience,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::LargeCommit,
        Kind::LateNightCoding,
        Kind::ComplexitySpike,
        Kind::UnusualFilePattern,
        Kind::MassDeletion,
        Kind::DependencyInjection,
    ];

    /// As answers name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::LargeCommit => "large_commit",
            Kind::LateNightCoding => "late_night_coding",
            Kind::ComplexitySpike => "complexity_spike",
            Kind::UnusualFilePattern => "unusual_file_pattern",
            Kind::MassDeletion => "mass_deletion",
            Kind::DependencyInjection => "dependency_injection",
        }
    }

    /// The columns in which a change of this type stands apart.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Kind::LargeCommit => &[Column::LinesAdded, Column::FilesTouched],
            Kind::LateNightCoding => &[Column::HourRarity],
            Kind::ComplexitySpike => &[Column::ComplexityRise, Column::ComplexityRatio],
            Kind::UnusualFilePattern => {
                &[Column::KindRarity, Column::UncountedFiles, Column::PairSurprise, Column::PairSurpriseSum]
            }
            Kind::MassDeletion => &[Column::LinesDeleted, Column::NetLinesDeleted, Column::FilesDeleted],
            Kind::DependencyInjection => &[Column::DependencyEvidence],
        }
    }
}

impl Column {
    /// All of them, in the order of a row.
    pub const ALL: [Column; 21] = [
        Column::LinesAdded,
        Column::FilesTouched,
        Column::LinesDeleted,
        Column::NetLinesDeleted,
        Column::FilesDeleted,
        Column::ComplexityRise,
        Column::ComplexityRatio,
        Column::HourRarity,
        Column::KindRarity,
        Column::UncountedFiles,
        Column::PairSurprise,
        Column::PairSurpriseSum,
        Column::Directories,
        Column::DependencyEvidence,
        Column::NewDependencies,
        Column::Entropy,
        Column::TestShare,
        Column::FileAge,
        Column::EarlierChanges,
        Column::FilesAdded,
        Column::AuthorExperience,
    ];

    /// How many there are.
    pub const COUNT: usize = Column::ALL.len();

    /// As answers and tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Column::LinesAdded => "lines_added",
            Column::FilesTouched => "files_touched",
            Column::LinesDeleted => "lines_deleted",
            Column::NetLinesDeleted => "net_lines_deleted",
            Column::FilesDeleted => "files_deleted",
            Column::ComplexityRise => "complexity_rise",
            Column::ComplexityRatio => "complexity_ratio",
            Column::HourRarity => "hour_rarity",
            Column::KindRarity => "kind_rarity",
            Column::UncountedFiles => "uncounted_files",
            Column::PairSurprise => "pair_surprise",
            Column::PairSurpriseSum => "pair_surprise_sum",
            Column::Directories => "directories",
            Column::DependencyEvidence => "dependency_evidence",
            Column::NewDependencies => "new_dependencies",
            Column::Entropy => "entropy",
            Column::TestShare => "test_share",
            Column::FileAge => "file_age",
            Column::EarlierChanges => "earlier_changes",
            Column::FilesAdded => "files_added",
            Column::AuthorExperience => "author_experience",
        }
    }

    /// Whether it describes a person: unknown with `people: off`.
    pub fn is_about_people(self) -> bool {
        matches!(self, Column::HourRarity | Column::AuthorExperience)
    }
}
