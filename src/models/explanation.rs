//! How is a contribution said in words that can be checked?
//!
//! In: a feature, its value, where the value stands among this repository's, and its contribution in log-odds. Out: a
//! fact, a comparison and an effect, such as `4 fixes in the last year, more than in 93% of past file changes here;
//! raises the odds 1.5-fold`. Never speaks of people, and never of a value that is unknown.

use crate::features::{Feature, InChange};
use serde::{Deserialize, Serialize};

/// Values kept of each column: enough to place a value to a tenth of a percent.
const MAX_KEPT_VALUES: usize = 1_000;

/// Contributions below this, in log-odds, change the odds by less than 5% and are not worth a reader's time.
const MIN_WORDED_WEIGHT: f64 = 0.05;

/// Where a value stands among many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    sorted: Vec<f32>,
}

impl Distribution {
    /// Of all known values, thinned evenly by rank where there are very many.
    pub fn of(values: impl Iterator<Item = f32>) -> Self {
        let mut sorted: Vec<f32> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        if sorted.len() > MAX_KEPT_VALUES {
            let last = sorted.len() - 1;
            sorted = (0..MAX_KEPT_VALUES).map(|nth| sorted[nth * last / (MAX_KEPT_VALUES - 1)]).collect();
        }
        Self { sorted }
    }

    /// Percent of the values that are lower, 0 to 100; `None` when none is known.
    pub fn percent_below(&self, value: f32) -> Option<f64> {
        self.percent(self.sorted.partition_point(|known| *known < value))
    }

    /// Percent of the values that are higher, 0 to 100; `None` when none is known.
    pub fn percent_above(&self, value: f32) -> Option<f64> {
        self.percent(self.sorted.len() - self.sorted.partition_point(|known| *known <= value))
    }

    /// The middle one of the values above `floor`; `None` where none is.
    pub fn median_above(&self, floor: f32) -> Option<f32> {
        let above = &self.sorted[self.sorted.partition_point(|known| *known <= floor)..];
        above.get(above.len() / 2).copied()
    }

    fn percent(&self, n: usize) -> Option<f64> {
        (!self.sorted.is_empty()).then(|| 100.0 * n as f64 / self.sorted.len() as f64)
    }
}

/// What a row describes, for the comparison's last words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowKind {
    /// A file as a change leaves it.
    File,
    /// A whole change.
    Change,
}

/// Fact, comparison and effect in one line; `None` for people, unknown values and contributions too small to matter.
pub fn factor(
    kind: RowKind,
    feature: Feature,
    value: Option<f32>,
    among: &Distribution,
    weight: f64,
) -> Option<String> {
    let fact = fact(feature, value?).filter(|_| !feature.is_about_people() && weight.abs() >= MIN_WORDED_WEIGHT)?;
    let whose = match (kind, feature.definition().in_change) {
        (RowKind::Change, InChange::Max | InChange::Min) => " in one of its files",
        (RowKind::Change, InChange::Mean) => " on average over its files",
        _ => "",
    };
    Some(format!("{fact}{whose}{}; {}", comparison(kind, value?, among), effect(weight)))
}

fn comparison(kind: RowKind, value: f32, among: &Distribution) -> String {
    let rows = match kind {
        RowKind::File => "past file changes here",
        RowKind::Change => "past changes here",
    };
    match (among.percent_below(value), among.percent_above(value)) {
        (Some(below), _) if below >= 50.0 => format!(", more than in {below:.0}% of {rows}"),
        (_, Some(above)) if above >= 50.0 => format!(", less than in {above:.0}% of {rows}"),
        (Some(_), Some(_)) => format!(", about as in most {rows}"),
        _ => String::new(),
    }
}

/// `weight` in log-odds; adding it multiplies the odds by `e^weight`.
pub(super) fn effect(weight: f64) -> String {
    if weight > 0.0 {
        format!("raises the odds {:.1}-fold", weight.exp())
    } else {
        format!("lowers the odds by {:.0}%", 100.0 * (1.0 - weight.exp()))
    }
}

/// The value as a person would say it; `None` for features about people.
fn fact(feature: Feature, value: f32) -> Option<String> {
    (!feature.is_about_people()).then(|| sentence(feature, value).unwrap_or_else(|| by_definition(feature, value)))
}

/// What the catalogue says of a feature that has no sentence of its own: a new one cannot be forgotten.
fn by_definition(feature: Feature, value: f32) -> String {
    let definition = feature.definition();
    let name = definition.name.replace('_', " ");
    match definition.unit {
        "share" => format!("{name} {:.0}%", 100.0 * value),
        "0 or 1" if value > 0.0 => format!("{name}: yes"),
        "0 or 1" => format!("{name}: no"),
        "days" => format!("{name}: {}", duration(value)),
        unit if unit.starts_with("0 ") || unit.starts_with("-1 ") => format!("{name} {value:.2} ({unit})"),
        unit => format!("{name} {} ({unit})", count(value)),
    }
}

/// Words of its own, for the features that decide most often.
fn sentence(feature: Feature, value: f32) -> Option<String> {
    let whole = count(value);
    let fact = match feature {
        Feature::CyclomaticComplexity => format!("cyclomatic complexity {whole}"),
        Feature::CognitiveComplexity => format!("cognitive complexity {whole}"),
        Feature::LinesOfCode => format!("{} of code", counted(value, "line")),
        Feature::MaintainabilityIndex => format!("maintainability index {whole} of 100"),
        Feature::FunctionLengthAvg => format!("functions of {whole} lines on average"),
        Feature::ClassCoupling if value == 1.0 => "1 type or module imported".to_owned(),
        Feature::ClassCoupling => format!("{whole} types and modules imported"),
        Feature::CodeSmellsCount => counted(value, "code smell"),
        Feature::CommitFrequency => format!("{} in the last 90 days", counted(value, "commit")),
        Feature::TimeSinceLastChange => format!("last changed {} before", duration(value)),
        Feature::ChangeFrequencyTrend => format!("commits to it {}", trend(value)),
        Feature::HistoricalBugDensity => format!("{value:.1} fixes per 1,000 lines in the last year"),
        Feature::FileRecentFixes if value == 1.0 => "1 fix in the last year".to_owned(),
        Feature::FileRecentFixes => format!("{whole} fixes in the last year"),
        Feature::CodeAge if value == 0.0 => "a new file".to_owned(),
        Feature::CodeAge => format!("first added {} before", duration(value)),
        Feature::LinesAdded => format!("{} added by the change", counted(value, "line")),
        Feature::LinesDeleted => format!("{} deleted by the change", counted(value, "line")),
        Feature::NFiles => format!("{} changed together", counted(value, "file")),
        Feature::NDirectories => format!("{} touched by the change", counted(value, "folder")),
        Feature::NSubsystems => format!("{} touched by the change", counted(value, "subsystem")),
        Feature::Entropy => format!("changed lines spread over its files, {:.0} where 100 is evenly", 100.0 * value),
        Feature::ComplexityDelta => format!("cyclomatic complexity {} over the whole change", growth(value)),
        Feature::TestLinesRatio => format!("{:.0}% of the changed lines in tests", 100.0 * value),
        Feature::MeanAge => format!("the changed files last changed {} before on average", duration(value)),
        Feature::EarlierChanges => format!("{} of each changed file on average", counted(value, "earlier commit")),
        Feature::IsFix if value > 0.0 => "the change says it repairs a defect".to_owned(),
        Feature::IsFix => "the change does not say it repairs a defect".to_owned(),
        Feature::FileLinesAdded => format!("{} added to the file", counted(value, "line")),
        Feature::FileLinesDeleted => format!("{} deleted from the file", counted(value, "line")),
        Feature::FileComplexityDelta => format!("cyclomatic complexity of the file {}", growth(value)),
        Feature::FileCognitiveDelta => format!("cognitive complexity of the file {}", growth(value)),
        Feature::FileLargestFunctionDelta => format!("complexity of its largest function {}", growth(value)),
        Feature::FileLinesOfCodeDelta => format!("number of its lines of code {}", growth(value)),
        Feature::FileSmellsDelta => format!("number of its code smells {}", growth(value)),
        Feature::FileCouplingDelta => format!("number of its imported types and modules {}", growth(value)),
        Feature::FileLinesBefore => format!("{} before the change", counted(value, "line")),
        Feature::FileRelativeChurn => format!("{:.0}% of the file rewritten", 100.0 * value),
        Feature::FileHunks => format!("{} of the file touched", counted(value, "region")),
        Feature::LinesBefore => format!("{} in each changed file on average", counted(value, "line")),
        Feature::NUniqueChanges => format!("the changed files were last touched by {}", counted(value, "commit")),
        Feature::NNewDependencies if value == 1.0 => "1 new dependency".to_owned(),
        Feature::NNewDependencies => format!("{whole} new dependencies"),
        Feature::FileEarlierChanges => format!("{} of the file", counted(value, "earlier commit")),
        Feature::FileEarlierFixes if value == 1.0 => "1 earlier fix of the file".to_owned(),
        Feature::FileEarlierFixes => format!("{whole} earlier fixes of the file"),
        _ => return None,
    };
    Some(fact)
}

fn counted(value: f32, noun: &str) -> String {
    if value == 1.0 { format!("1 {noun}") } else { format!("{} {noun}s", count(value)) }
}

/// Whole numbers as such, with a comma for thousands; means with one decimal.
fn count(value: f32) -> String {
    if value.fract() != 0.0 && value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let head = digits.len() % 3;
    let groups = [&digits[..head]].into_iter().chain(digits.as_bytes()[head..].chunks(3).map(as_text));
    let grouped = groups.filter(|group| !group.is_empty()).collect::<Vec<_>>().join(",");
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

fn as_text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).expect("digits are ASCII")
}

fn duration(days: f32) -> String {
    match days {
        days if days < 1.0 => "less than a day".to_owned(),
        days if days < 60.0 => counted(days.floor(), "day"),
        days if days < 730.0 => counted((days / 30.44).floor(), "month"),
        days => counted((days / 365.25).floor(), "year"),
    }
}

fn growth(delta: f32) -> String {
    match delta {
        delta if delta > 0.0 => format!("grows by {}", count(delta)),
        delta if delta < 0.0 => format!("shrinks by {}", count(-delta)),
        _ => "stays the same".to_owned(),
    }
}

fn trend(value: f32) -> &'static str {
    match value {
        value if value > 0.0 => "are becoming more frequent",
        value if value < 0.0 => "are becoming rarer",
        _ => "come as often as before",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundred() -> Distribution {
        Distribution::of((0..100).map(|value| value as f32))
    }

    #[test]
    fn a_factor_is_a_fact_a_comparison_and_an_effect() {
        let worded = |kind, feature, value, weight| factor(kind, feature, Some(value), &hundred(), weight);
        assert_eq!(
            worded(RowKind::File, Feature::FileRecentFixes, 93.0, 0.405).as_deref(),
            Some("93 fixes in the last year, more than in 93% of past file changes here; raises the odds 1.5-fold")
        );
        assert_eq!(
            worded(RowKind::Change, Feature::CodeAge, 3.0, -0.693).as_deref(),
            Some(
                "first added 3 days before in one of its files, less than in 96% of past changes here; lowers the odds by 50%"
            )
        );
    }

    #[test]
    fn people_unknown_values_and_trifles_are_never_worded() {
        let worded = |feature, value, weight| factor(RowKind::File, feature, value, &hundred(), weight);
        for feature in Feature::all().filter(|feature| feature.is_about_people()) {
            assert_eq!(worded(feature, Some(1.0), 2.0), None, "{}", feature.name());
        }
        assert_eq!(worded(Feature::CodeAge, None, 2.0), None);
        assert_eq!(worded(Feature::CodeAge, Some(1.0), 0.01), None);
    }

    #[test]
    fn every_feature_that_is_not_about_people_has_words_with_its_value() {
        for feature in Feature::all().filter(|feature| !feature.is_about_people()) {
            let (none, some) = (fact(feature, 0.0), fact(feature, 3.0));
            assert!(none.is_some() && none != some, "{}: {none:?}, {some:?}", feature.name());
        }
        assert_eq!(by_definition(Feature::CodeDuplicationRatio, 0.25), "code duplication ratio 25%");
        assert_eq!(by_definition(Feature::InheritanceDepth, 2.0), "inheritance depth 2 (levels)");
    }

    #[test]
    fn the_middle_of_the_values_above_a_floor_is_found() {
        assert_eq!(Distribution::of([0.0, 0.0, 0.2, 0.5, 0.9].into_iter()).median_above(0.0), Some(0.5));
        assert_eq!(Distribution::of([0.0].into_iter()).median_above(0.0), None);
    }

    #[test]
    fn a_thinned_distribution_keeps_its_places() {
        let many = Distribution::of((0..50_000).map(|value| value as f32));
        assert!((many.percent_below(25_000.0).expect("known") - 50.0).abs() < 0.2);
        assert_eq!(many.percent_below(0.0), Some(0.0));
        assert_eq!(many.percent_above(49_999.0), Some(0.0));
        assert_eq!(Distribution::of([f32::NAN].into_iter()).percent_below(1.0), None);
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(
            [0.0, 999.0, 1_000.0, 1_234_567.0, 2.5, -3.0].map(count),
            ["0", "999", "1,000", "1,234,567", "2.5", "-3"]
        );
        assert_eq!(
            [0.2, 1.0, 59.0, 400.0, 4_000.0].map(duration),
            ["less than a day", "1 day", "59 days", "13 months", "10 years"]
        );
    }
}
