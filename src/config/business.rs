//! What do a repository's owners say about the business behind its paths, and about its sprints?
//!
//! In: the `business` and `sprint` keys of `.github/hyperion.yml`. Out: values of business features for a path, and a
//! [`Sprint`]; or a [`Problem`] that names line and field. Never takes a value outside the range of its feature.

use super::globs::{Globs, MAX_PATTERNS};
use super::repository::{Problem, Tree, map, problem, unexpected, unknown};
use super::yaml::Node;
use crate::domain::Timestamp;
use crate::features::{Feature, Sprint};
use serde_saphyr::Spanned;

/// The longest sprint that is one: a quarter.
const MAX_SPRINT_DAYS: f64 = 92.0;

/// What may be said of a path: the feature and its largest value.
const VALUES: [(Feature, f64); 10] = [
    (Feature::FeatureUsageFrequency, 1e9),
    (Feature::UserImpactScore, 1.0),
    (Feature::BusinessCriticality, 1.0),
    (Feature::RevenueImpact, 1.0),
    (Feature::SecuritySensitivity, 1.0),
    (Feature::ComplianceRequirements, 1_000.0),
    (Feature::PerformanceCriticality, 1.0),
    (Feature::DataSensitivity, 1.0),
    (Feature::ExternalDependencies, 1_000.0),
    (Feature::ScalabilityRequirements, 1.0),
];

/// Values of business features by path pattern.
#[derive(Debug, Clone)]
pub struct Business {
    globs: Globs,
    /// One entry for each pattern.
    values: Vec<Vec<(Feature, f32)>>,
}

impl Business {
    /// Nothing about any path.
    pub(super) fn none() -> Self {
        Self { globs: Globs::none(), values: Vec::new() }
    }

    /// What is said of a path. Where several patterns match, all count; of two values for one feature the later one.
    pub fn of(&self, path: &str) -> Vec<(Feature, f32)> {
        self.globs.matches(path).into_iter().flat_map(|pattern| self.values[pattern].iter().copied()).collect()
    }
}

/// Reads `business`: a map from path patterns to maps from features to numbers.
pub(super) fn business(value: &Spanned<Node>) -> Result<Business, Problem> {
    let entries = map(value, "business")?;
    if entries.len() > MAX_PATTERNS {
        let message = format!("expected at most {MAX_PATTERNS} patterns, got {}", entries.len());
        return Err(problem("business", value, message));
    }
    let patterns: Vec<String> = entries.iter().map(|(pattern, _)| pattern.value.clone()).collect();
    let globs = Globs::new(&patterns).map_err(|(index, message)| problem("business", &entries[index].0, message))?;
    let values = entries.iter().map(|(pattern, values)| values_of(pattern, values)).collect::<Result<_, _>>()?;
    Ok(Business { globs, values })
}

fn values_of(pattern: &Spanned<String>, values: &Tree) -> Result<Vec<(Feature, f32)>, Problem> {
    let shown: String = pattern.value.chars().take(60).collect();
    let entries = map(values, &format!("business.{shown}"))?;
    entries.iter().map(|(key, value)| value_of(&shown, key, value)).collect()
}

fn value_of(pattern: &str, key: &Spanned<String>, value: &Tree) -> Result<(Feature, f32), Problem> {
    let Some((feature, max)) = VALUES.iter().find(|(feature, _)| feature.name() == key.value) else {
        let known = VALUES.iter().map(|(feature, _)| feature.name()).collect();
        return Err(unknown(key, &format!("business.{pattern}."), known));
    };
    match value.value {
        Node::Number(number) if (0.0..=*max).contains(&number) => Ok((*feature, number as f32)),
        _ => {
            let field = format!("business.{pattern}.{}", feature.name());
            Err(unexpected(&field, value, &format!("a number from 0 to {max}")))
        }
    }
}

/// Reads `sprint`: `length_days` and `start`, both needed.
pub(super) fn sprint(value: &Spanned<Node>) -> Result<Sprint, Problem> {
    let (mut length_days, mut start) = (None, None);
    for (key, value) in map(value, "sprint")? {
        match key.value.as_str() {
            "length_days" => length_days = Some(days(value)?),
            "start" => start = Some(date(value)?),
            _ => return Err(unknown(key, "sprint.", vec!["length_days", "start"])),
        }
    }
    match (length_days, start) {
        (Some(length_days), Some(start)) => Ok(Sprint { start, length_days }),
        _ => Err(problem("sprint", value, "expected both `length_days` and `start`".to_owned())),
    }
}

fn days(value: &Tree) -> Result<u32, Problem> {
    match value.value {
        Node::Number(days) if (1.0..=MAX_SPRINT_DAYS).contains(&days) && days.fract() == 0.0 => Ok(days as u32),
        _ => Err(unexpected("sprint.length_days", value, &format!("a whole number from 1 to {MAX_SPRINT_DAYS}"))),
    }
}

fn date(value: &Tree) -> Result<Timestamp, Problem> {
    let found = match &value.value {
        Node::Text(text) => of_text(text),
        _ => None,
    };
    found.ok_or_else(|| unexpected("sprint.start", value, "a date such as `2026-01-05`"))
}

fn of_text(text: &str) -> Option<Timestamp> {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return None };
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    Timestamp::of_date(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn what_is_said_of_a_path_is_what_its_patterns_say() {
        let config = parse(
            "business:\n  src/:\n    revenue_impact: 0.2\n    compliance_requirements: 3\n  src/pay/**:\n    revenue_impact: 0.9\n  '*.sql':\n",
        )
        .unwrap();
        assert_eq!(
            config.business.of("src/a.rs"),
            [(Feature::RevenueImpact, 0.2), (Feature::ComplianceRequirements, 3.0)]
        );
        assert_eq!(config.business.of("src/pay/a.rs").last(), Some(&(Feature::RevenueImpact, 0.9)));
        assert_eq!(config.business.of("lib/a.sql"), []);
        assert_eq!(parse("business:\n").unwrap().business.of("a"), []);
    }

    #[test]
    fn every_business_feature_can_be_said() {
        use crate::features::{CATALOGUE, Group};
        let group = CATALOGUE.iter().filter(|definition| definition.group == Group::BusinessImpact);
        assert_eq!(
            VALUES.map(|(feature, _)| feature).to_vec(),
            group.map(|definition| definition.feature).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_sprint_has_a_length_and_a_start() {
        let sprint = parse("sprint:\n  length_days: 14\n  start: 2026-01-05\n").unwrap().sprint.unwrap();
        assert_eq!((sprint.length_days, sprint.start.to_string().as_str()), (14, "2026-01-05T00:00:00Z"));
        assert_eq!(parse("").unwrap().sprint, None);
    }

    #[test]
    fn a_problem_names_line_and_field() {
        for (text, expected) in [
            ("business: x\n", "line 1, column 11, `business`: expected a map of keys and values, got `x`"),
            ("business:\n  src/: 1\n", "line 2, column 9, `business.src/`: expected a map of keys and values, got `1`"),
            (
                "business:\n  src/:\n    revenue_impact: 1.5\n",
                "line 3, column 21, `business.src/.revenue_impact`: expected a number from 0 to 1, got `1.5`",
            ),
            (
                "business:\n  src/:\n    revenue: 1\n",
                "line 3, column 5, `business.src/.revenue`: unknown key, expected one of `feature_usage_frequency`",
            ),
            ("business:\n  '!src/': {}\n", "line 2, column 3, `business`: expected a pattern without `!`"),
            ("sprint:\n  length_days: 14\n", "line 2, column 3, `sprint`: expected both `length_days` and `start`"),
            (
                "sprint:\n  length_days: 14.5\n  start: 2026-01-05\n",
                "line 2, column 16, `sprint.length_days`: expected a whole number from 1 to 92, got `14.5`",
            ),
            (
                "sprint:\n  length_days: 14\n  start: monday\n",
                "line 3, column 10, `sprint.start`: expected a date such as `2026-01-05`, got `monday`",
            ),
            ("sprint:\n  start: 2026-02-30\n", "line 2, column 10, `sprint.start`: expected a date"),
            (
                "sprint:\n  lenght: 1\n",
                "line 2, column 3, `sprint.lenght`: unknown key, expected one of `length_days`, `start`",
            ),
        ] {
            let found = parse(text).map(|config| format!("{config:?}")).unwrap_err().to_string();
            assert!(found.starts_with(expected), "{text:?}\n  expected {expected}\n  got      {found}");
        }
        let many: String = (0..=MAX_PATTERNS).map(|nth| format!("  p{nth}/: {{}}\n")).collect();
        assert!(parse(&format!("business:\n{many}")).unwrap_err().message.starts_with("expected at most 200 patterns"));
    }
}
