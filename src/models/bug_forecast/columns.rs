//! What does the model look at, and how is it said in words?
//!
//! One column for each number of a row, and for each group of columns a sentence with its numbers. Never words a fact
//! about people.

use super::horizon::WEEK_DAYS;

/// The columns of a row, in their order. A number is a window of weeks, after `Rate` a half-life in weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Fixes1,
    Fixes2,
    Fixes4,
    Fixes8,
    Fixes13,
    Fixes26,
    Fixes52,
    FixWeeks26,
    DaysSinceFix,
    Level,
    Slope,
    Chance,
    Rate5,
    Rate13,
    Rate39,
    Trend,
    Commits1,
    Commits4,
    Commits13,
    Commits52,
    Churn4,
    Churn13,
    ChurnPerCommit13,
    FixShare26,
    TestShare13,
    Lines,
    AgeWeeks,
    Authors13,
    NewAuthorShare13,
    TopAuthorShare13,
    LastYear,
    SeasonSine,
    SeasonCosine,
    Month,
    DaysSinceRelease,
    Releases13,
    SprintPhase,
    WholeFixes4,
    WholeCommits4,
    WholeTrend,
    IsWhole,
}

/// How many there are.
pub(super) const N_COLUMNS: usize = Column::IsWhole as usize + 1;

/// Columns that speak of the same thing, explained together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Fixes,
    Activity,
    Size,
    Tests,
    Team,
    Season,
    Release,
    Sprint,
    Repository,
}

pub(super) const TOPICS: [Topic; 9] = [
    Topic::Fixes,
    Topic::Activity,
    Topic::Size,
    Topic::Tests,
    Topic::Team,
    Topic::Season,
    Topic::Release,
    Topic::Sprint,
    Topic::Repository,
];

/// The topic of the column at an index.
pub(super) fn topic(column: usize) -> Topic {
    match column {
        at if at <= Column::Trend as usize => Topic::Fixes,
        at if at <= Column::ChurnPerCommit13 as usize => Topic::Activity,
        at if at == Column::FixShare26 as usize => Topic::Fixes,
        at if at == Column::TestShare13 as usize => Topic::Tests,
        at if at <= Column::AgeWeeks as usize => Topic::Size,
        at if at <= Column::TopAuthorShare13 as usize => Topic::Team,
        at if at <= Column::Month as usize => Topic::Season,
        at if at <= Column::Releases13 as usize => Topic::Release,
        at if at == Column::SprintPhase as usize => Topic::Sprint,
        _ => Topic::Repository,
    }
}

impl Topic {
    /// The fact in words with its numbers; `None` for people, and where a number is unknown.
    pub(super) fn fact(self, row: &[f32]) -> Option<String> {
        let value = |column: Column| Some(f64::from(row[column as usize])).filter(|value| value.is_finite());
        Some(match self {
            Topic::Fixes => {
                let (month, year) = (value(Column::Fixes4)?, value(Column::Fixes52)?);
                let last = value(Column::DaysSinceFix).map(|days| format!(", the last {}", days_before(days)));
                format!(
                    "{} in the last 4 weeks, {year:.0} in the last 52{}",
                    counted(month, "fix", "fixes"),
                    last.unwrap_or_default()
                )
            }
            Topic::Activity => {
                let (commits, churn) = (value(Column::Commits4)?, value(Column::Churn4)?);
                let lines = counted(churn, "line", "lines");
                format!("{} changed {lines} in the last 4 weeks", counted(commits, "commit", "commits"))
            }
            Topic::Size => format!("{} of product source", counted(value(Column::Lines)?, "line", "lines")),
            Topic::Tests => {
                let share = 100.0 * value(Column::TestShare13)?;
                format!("{share:.0}% of its commits of the last 13 weeks touch tests")
            }
            Topic::Team => return None,
            Topic::Season => {
                let fixes = counted(value(Column::LastYear)?, "fix", "fixes");
                format!("the season: {fixes} in the same four weeks a year before")
            }
            Topic::Release => format!("the last release was {}", days_before(value(Column::DaysSinceRelease)?)),
            Topic::Sprint => format!("{:.0}% of the sprint has passed", 100.0 * value(Column::SprintPhase)?),
            Topic::Repository => {
                let fixes = counted(value(Column::WholeFixes4)?, "fix", "fixes");
                let commits = counted(value(Column::WholeCommits4)?, "commit", "commits");
                format!("the whole repository: {fixes} in {commits} of the last 4 weeks")
            }
        })
    }
}

fn counted(n: f64, one: &str, many: &str) -> String {
    if n.round() == 1.0 { format!("1 {one}") } else { format!("{n:.0} {many}") }
}

fn days_before(days: f64) -> String {
    match days {
        days if days < 1.0 => "less than a day before".to_owned(),
        days if days < 2.0 * WEEK_DAYS as f64 => format!("{} before", counted(days.floor(), "day", "days")),
        days => format!("{} before", counted((days / WEEK_DAYS as f64).floor(), "week", "weeks")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_but_people_says_its_numbers_and_unknowns_say_nothing() {
        let row: Vec<f32> = (0..N_COLUMNS).map(|column| column as f32 + 2.0).collect();
        for topic in TOPICS {
            let fact = topic.fact(&row);
            assert_eq!(fact.is_none(), topic == Topic::Team, "{topic:?}");
            assert!(fact.is_none_or(|fact| fact.chars().any(|letter| letter.is_ascii_digit())));
            assert_eq!(topic.fact(&[f32::NAN; N_COLUMNS]), None);
        }
    }

    #[test]
    fn every_column_has_the_topic_of_its_name() {
        use Column::*;
        let topics = |columns: &[Column]| columns.iter().map(|column| topic(*column as usize)).collect::<Vec<_>>();
        assert_eq!(topics(&[Fixes1, Trend, FixShare26]), [Topic::Fixes; 3]);
        assert_eq!(topics(&[Commits1, ChurnPerCommit13]), [Topic::Activity; 2]);
        assert_eq!(topics(&[Authors13, NewAuthorShare13, TopAuthorShare13]), [Topic::Team; 3]);
        assert_eq!(topics(&[Lines, AgeWeeks]), [Topic::Size; 2]);
        assert_eq!(topics(&[LastYear, Month]), [Topic::Season; 2]);
        assert_eq!(topics(&[WholeFixes4, IsWhole]), [Topic::Repository; 2]);
    }
}
