//! What does the model say of one change?
//!
//! In: a fitted model and an observed change. Out: an [`AnomalyAnswer`]. Every number in its words was counted in this
//! change or in this repository. Names nobody, and does not speak of whoever wrote the change: an hour is an hour.

use super::columns::{Column, Kind};
use super::definitions::{has_rare_kind, is_strange_company};
use super::habits::{Facts, Observed};
use super::model::{MODEL_VERSION, Model, Strangeness};
use super::packages::{Finding, Why};
use crate::domain::{CommitId, Timestamp};
use crate::models::answer::{Anomaly, AnomalyAnswer, AnomalyContribution, AnomalyModel, ChangeStrangeness};

/// Columns that are told with their part.
const MAX_CONTRIBUTIONS: usize = 5;

/// Letters of a stranger's name that are shown.
const MAX_NAME_CHARS: usize = 80;

/// Packages that are named; the others are counted.
const MAX_PACKAGES: usize = 3;

/// What the model says of the change that ends with `commit` at `at`.
pub fn predict(model: &Model, change: &Observed, commit: CommitId, at: Timestamp) -> AnomalyAnswer {
    let anomaly = |(kind, found): (Kind, Strangeness)| Anomaly {
        kind: kind.name().to_owned(),
        score: found.score(),
        confidence: found.confidence(),
        share_as_strange: found.share,
        description: format!("{}; {}", description(kind, &change.facts, change), rank(model, found.share)),
        commit,
        timestamp: at,
        impact_assessment: impact(kind, &change.facts),
        suggested_action: action(kind, &change.facts, change),
    };
    let whole = model.whole(change);
    AnomalyAnswer {
        anomalies_detected: model.told(change).into_iter().map(anomaly).collect(),
        change: ChangeStrangeness {
            score: whole.score(),
            share_as_strange: whole.share,
            contributions: contributions(model, change),
        },
        model: AnomalyModel {
            name: "anomaly_detector".to_owned(),
            version: MODEL_VERSION.to_owned(),
            mix: if model.is_base { "100% base" } else { "100% this repository" }.to_owned(),
            n_changes: model.n_changes,
            trained_until: model.trained_until,
            alarm_share: model.alarm(),
        },
        as_of: at,
    }
}

/// The columns that set the change apart. What is about people is not shown.
fn contributions(model: &Model, change: &Observed) -> Vec<AnomalyContribution> {
    let shown = model.shares(change).into_iter().filter(|(column, _)| !column.is_about_people());
    let contribution = |(column, share): (Column, f64)| AnomalyContribution {
        column: column.name().to_owned(),
        share,
        percentile: model.percentile(column, change.values[column as usize]).map(|share| 100.0 * share),
    };
    shown.take(MAX_CONTRIBUTIONS).map(contribution).collect()
}

/// `stranger than 99.6% of the 2,310 changes here it was compared with`.
fn rank(model: &Model, share: f64) -> String {
    // Never more than the number of compared changes can show.
    let percent = ((1.0 - share) * 1_000.0).floor() / 10.0;
    let whose = if model.is_base { "changes of other repositories" } else { "changes here" };
    format!(
        "in this it stands out from {percent}% of the {} {whose} it was compared with",
        thousands(model.n_changes as u64)
    )
}

fn description(kind: Kind, facts: &Facts, change: &Observed) -> String {
    let files = counted(facts.n_files as u64, "file");
    match kind {
        Kind::LargeCommit => format!(
            "{} added and {} deleted in {files} in one change",
            counted(facts.lines_added, "line"),
            thousands(facts.lines_deleted)
        ),
        Kind::MassDeletion => format!(
            "{} and {} deleted, {} added",
            counted(facts.n_deleted as u64, "file"),
            counted(facts.lines_deleted, "line"),
            counted(facts.lines_added, "line")
        ),
        Kind::ComplexitySpike => facts.spike.as_ref().map_or_else(String::new, |(path, before, after)| {
            format!("the complexity of {} goes from {before} to {after} in one change", code(path))
        }),
        Kind::LateNightCoding => facts.hour.map_or_else(String::new, |(hour, minute, share)| {
            let percent = (share * 1_000.0).ceil() / 10.0;
            format!("written at {hour:02}:{minute:02} local time, when at most {percent}% of comparable work is done")
        }),
        Kind::UnusualFilePattern => pattern(facts, change),
        Kind::DependencyInjection => packages(&facts.findings),
    }
}

fn pattern(facts: &Facts, change: &Observed) -> String {
    let rare = facts.rarest.as_ref().filter(|_| has_rare_kind(change)).map(|rarest| {
        let of = thousands(u64::from(rarest.n_changes));
        let times = thousands(u64::from(rarest.n_before));
        format!(
            "{} is a `{}` file, touched in {times} of {of} earlier changes",
            code(&rarest.path),
            plain(&rarest.kind)
        )
    });
    let company = facts.strangers.as_ref().filter(|_| is_strange_company(change)).map(|strangers| {
        let (one, other) = (folder(&strangers.folders.0), folder(&strangers.folders.1));
        let (n_together, n) = (strangers.n_together, strangers.n_changes);
        let folders = counted(facts.n_folders as u64, "folder");
        format!(
            "{folders} change together that hardly ever do: {one} and {other} did so in {n_together} of {n} changes"
        )
    });
    [rare, company].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn packages(findings: &[Finding]) -> String {
    let mut told: Vec<String> = findings.iter().take(MAX_PACKAGES).map(package).collect();
    let n_more = findings.len() - told.len();
    told.extend((n_more > 0).then(|| format!("{} more", counted(n_more as u64, "such package"))));
    told.join("; ")
}

fn package(finding: &Finding) -> String {
    let (name, path) = (code(&finding.name), code(&finding.path));
    match &finding.why {
        Why::NeverSeen { .. } => format!("{path} asks for {name}, which was never named here before"),
        Why::OnlyLocked => format!("{path} holds {name}, which no manifest of the change asks for"),
        Why::Foreign(place) => {
            format!("{path} brings in {name}, new here, from {} and not from the registry", code(place))
        }
        Why::Moved(from, to) => {
            format!("{path} takes {name} from {} where it came from {} before", code(to), code(from))
        }
        Why::Imitates(known) => {
            format!("{path} brings in {name}, new here, whose name is nearly that of {}", code(known))
        }
    }
}

fn impact(kind: Kind, facts: &Facts) -> String {
    match kind {
        Kind::LargeCommit => format!(
            "A reader has {} to follow at once; defects hide in changes that are too large to read closely",
            counted(facts.lines_added + facts.lines_deleted, "line")
        ),
        Kind::MassDeletion => "Whatever still depends on the deleted files breaks, tests among them".to_owned(),
        Kind::ComplexitySpike => facts.spike.as_ref().map_or_else(String::new, |(_, before, after)| {
            format!("{} more paths through one file to understand and to test", after.saturating_sub(*before))
        }),
        Kind::LateNightCoding => "None by itself; changes at unusual hours deserve rested eyes".to_owned(),
        Kind::UnusualFilePattern if facts.n_uncounted > 0 => {
            format!(
                "{} cannot be read as text, so a review sees only the name",
                counted(facts.n_uncounted as u64, "file")
            )
        }
        Kind::UnusualFilePattern => "Reviewers and tests of each part may not know the other".to_owned(),
        Kind::DependencyInjection => "Somebody else's code runs in the build or in the product from here on".to_owned(),
    }
}

fn action(kind: Kind, facts: &Facts, change: &Observed) -> String {
    match kind {
        Kind::LargeCommit => {
            "Split it into parts that can be read and undone one at a time, or say why it must be one".to_owned()
        }
        Kind::MassDeletion => "Check that nothing refers to what goes, and that it was meant to go".to_owned(),
        Kind::ComplexitySpike => facts.spike.as_ref().map_or_else(String::new, |(path, ..)| {
            format!("Take the new branches of {} apart into functions, and test each", code(path))
        }),
        Kind::LateNightCoding => "Have it read by day before it is merged".to_owned(),
        Kind::UnusualFilePattern if has_rare_kind(change) => {
            let path = facts.rarest.as_ref().map_or_else(String::new, |rarest| code(&rarest.path));
            format!("Check that {path} belongs in the repository, and where it comes from")
        }
        Kind::UnusualFilePattern => {
            "Ask somebody who knows each part, or split the change along its folders".to_owned()
        }
        Kind::DependencyInjection => {
            let names: Vec<String> =
                facts.findings.iter().take(MAX_PACKAGES).map(|finding| code(&finding.name)).collect();
            format!("Confirm name, source and owner of {} before it is installed anywhere", names.join(", "))
        }
    }
}

/// A stranger's word as code: no backtick, no control character, not too long.
fn code(text: &str) -> String {
    format!("`{}`", plain(text))
}

fn plain(text: &str) -> String {
    let is_shown = |letter: &char| !letter.is_control() && *letter != '`';
    let shown: String = text.chars().filter(is_shown).take(MAX_NAME_CHARS).collect();
    let is_cut = text.chars().filter(is_shown).nth(MAX_NAME_CHARS).is_some();
    if is_cut { format!("{shown}…") } else { shown }
}

fn folder(name: &str) -> String {
    if name.is_empty() { "the top folder".to_owned() } else { code(name) }
}

/// `1 line`, `2,310 lines`.
fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(n), if n == 1 { "" } else { "s" })
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
