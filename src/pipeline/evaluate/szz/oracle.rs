//! Which fixes are known, and who is guilty?
//!
//! In: a JSON file, gzip allowed: a list of `repo_name`, `fix_commit_hash`, `bug_commit_hash` (one or many), and
//! `best_scenario_issue_date` where it is known, as the published oracles have them. Out: the fixes.

use super::super::{Error, read_unpacked};
use crate::domain::Timestamp;
use serde::Deserialize;
use std::path::Path;

/// Largest oracle that is unpacked; the largest published one has 1 MiB.
const MAX_ORACLE_BYTES: u64 = 256 << 20;

/// One fix of the oracle.
#[derive(Debug, Deserialize)]
pub(super) struct OracleFix {
    pub(super) repo_name: String,
    pub(super) fix_commit_hash: String,
    pub(super) bug_commit_hash: Vec<String>,
    best_scenario_issue_date: Option<String>,
}

impl OracleFix {
    /// When the bug was reported, where the oracle knows: what came later is innocent.
    pub(super) fn reported_at(&self) -> Option<Timestamp> {
        parse_date(self.best_scenario_issue_date.as_deref()?)
    }
}

/// Every fix of the file at `path`.
///
/// # Errors
/// When it cannot be read, unpacked or understood.
pub(super) fn read(path: &Path) -> Result<Vec<OracleFix>, Error> {
    let fail = |reason: String| Error::Reference { path: path.to_owned(), reason };
    let bytes = read_unpacked(path, MAX_ORACLE_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))
}

/// `2017-02-11T12:08:39`, taken as UTC; what follows the seconds is not read.
fn parse_date(text: &str) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let is_possible = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    // Days from civil (Hinnant): years begin in March, so that a leap day comes last.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468;
    is_possible.then_some(Timestamp(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const ONE: &str = r#"[{"repo_name":"a/b","fix_commit_hash":"f","bug_commit_hash":["c"],"language":["c"]}]"#;

    #[test]
    fn plain_and_packed_files_are_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("o.json"), folder.path().join("o.json.gz"));
        std::fs::write(&plain, ONE).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(ONE.as_bytes()).unwrap();
        std::fs::write(&packed, encoder.finish().unwrap()).unwrap();
        for path in [plain, packed] {
            let fixes = read(&path).unwrap();
            assert_eq!((fixes.len(), fixes[0].bug_commit_hash[0].as_str(), fixes[0].reported_at()), (1, "c", None));
        }
    }

    #[test]
    fn a_damaged_oracle_is_named_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o.json");
        for (bytes, expected) in [(&b"{}"[..], "o.json"), (&[0x1f, 0x8b, 8, 0][..], "o.json"), (b"[{}]", "repo_name")] {
            std::fs::write(&path, bytes).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_report_date_is_read_as_utc() {
        assert_eq!(parse_date("2017-02-11T12:08:39").map(|at| at.to_string()).as_deref(), Some("2017-02-11T12:08:39Z"));
        assert_eq!(parse_date("2017-13-11T12:08:39"), None);
        assert_eq!(parse_date("soon"), None);
    }
}
