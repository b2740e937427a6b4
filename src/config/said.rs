//! What had a repository's owners said at each moment of its past?
//!
//! In: the versions of `.github/hyperion.yml` and of `CODEOWNERS`, each with the moment its commit was made. Out: what
//! held at a moment, for [`crate::features`]. Never lets a moment see a later version; a version that is wrong says
//! nothing until the next one.

use super::codeowners::Codeowners;
use super::repository::{RepositoryConfig, parse};
use crate::domain::Timestamp;
use crate::features::{Feature, Said, Sprint};
use std::sync::OnceLock;

/// Versions of one file that are read, the newest ones: settings change a few times a year.
pub const MAX_VERSIONS: usize = 100;

/// One version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// When it was committed.
    pub at: Timestamp,
    /// Its text; `None` where the file was removed.
    pub text: Option<String>,
}

/// What held when, oldest first. A version is parsed when a moment first asks for it: a review asks for one or two.
#[derive(Debug, Default)]
pub struct SaidOverTime {
    settings: Vec<Lazy<RepositoryConfig>>,
    owners: Vec<Lazy<Option<Codeowners>>>,
}

#[derive(Debug)]
struct Lazy<T> {
    version: Version,
    parsed: OnceLock<T>,
}

impl SaidOverTime {
    /// Reads versions, oldest first. Before the oldest one that is kept, nothing is known to have been said.
    pub fn new(settings: Vec<Version>, owners: Vec<Version>) -> Self {
        Self { settings: newest(settings), owners: newest(owners) }
    }

    fn settings_at(&self, at: Timestamp) -> Option<&RepositoryConfig> {
        let config = |text: Option<&str>| text.and_then(|text| parse(text).ok()).unwrap_or_default();
        as_of(&self.settings, at, config)
    }

    fn owners_at(&self, at: Timestamp) -> Option<&Codeowners> {
        as_of(&self.owners, at, |text| text.map(Codeowners::parse))?.as_ref()
    }
}

fn newest<T>(versions: Vec<Version>) -> Vec<Lazy<T>> {
    let n_passed_over = versions.len().saturating_sub(MAX_VERSIONS);
    versions.into_iter().skip(n_passed_over).map(|version| Lazy { version, parsed: OnceLock::new() }).collect()
}

fn as_of<T>(versions: &[Lazy<T>], at: Timestamp, parse: impl FnOnce(Option<&str>) -> T) -> Option<&T> {
    let n_known = versions.partition_point(|lazy| lazy.version.at <= at);
    let held = versions[..n_known].last()?;
    Some(held.parsed.get_or_init(|| parse(held.version.text.as_deref())))
}

impl Said for SaidOverTime {
    fn business(&self, path: &str, at: Timestamp) -> Vec<(Feature, f32)> {
        self.settings_at(at).map_or(Vec::new(), |settings| settings.business.of(path))
    }

    fn owners(&self, path: &str, at: Timestamp) -> Option<Vec<&str>> {
        Some(self.owners_at(at)?.owners(path).iter().map(String::as_str).collect())
    }

    fn sprint(&self, at: Timestamp) -> Option<Sprint> {
        self.settings_at(at)?.sprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp(0).plus_days(day)
    }

    fn version(at: i64, text: Option<&str>) -> Version {
        Version { at: day(at), text: text.map(str::to_owned) }
    }

    #[test]
    fn each_moment_knows_the_version_that_held_then() {
        let said = SaidOverTime::new(
            vec![
                version(
                    10,
                    Some("business:\n  src/: {revenue_impact: 0.5}\nsprint: {length_days: 7, start: 1970-01-05}\n"),
                ),
                version(20, Some("business:\n  src/: {revenue_impact: 0.75}\n")),
                version(30, Some("business: broken\n")),
                version(40, None),
            ],
            vec![version(10, Some("* @all\n")), version(20, None)],
        );
        let revenue = |at: i64| said.business("src/a.rs", day(at)).first().map(|(_, value)| *value);
        assert_eq!([9, 10, 19, 20, 30, 40].map(revenue), [None, Some(0.5), Some(0.5), Some(0.75), None, None]);
        assert_eq!([9, 10, 20].map(|at| said.sprint(day(at)).map(|sprint| sprint.length_days)), [None, Some(7), None]);
        assert_eq!([9, 10, 20].map(|at| said.owners("a", day(at))), [None, Some(vec!["@all"]), None]);
    }

    #[test]
    fn only_the_newest_versions_are_read() {
        let versions: Vec<Version> = (0..150).map(|at| version(at, Some("* @x\n"))).collect();
        let said = SaidOverTime::new(Vec::new(), versions);
        assert_eq!((said.owners("a", day(49)), said.owners("a", day(50))), (None, Some(vec!["@x"])));
    }
}
