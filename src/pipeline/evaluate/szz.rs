//! Are the commits that introduced bugs found?
//!
//! In: an oracle (fixes with the commits known to be guilty) and a folder with their repositories. Out: precision,
//! recall and F1 over (fix, culprit) pairs, of our labels and of the plain variants of SZZ on the same fixes, and
//! everything that could not be judged. Reads every fix of the oracle as a fix, whatever our own classifier says of
//! it. The oracles were made from the fixes' own messages: nothing on this way reads a commit's name, or a quotation,
//! out of a message.

mod figures;
mod oracle;
mod variants;

use super::{Error, repository_place};
use crate::domain::{BlobId, CommitId, Log, Timestamp};
use crate::git::{self, Repository};
use crate::history::{Fix, Jury, LineHistory};
use crate::pipeline::Progress;
use figures::{Answer, Figures, interval};
use oracle::OracleFix;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use variants::{OURS, Variant};

/// Commits dated later than this are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of our labels; the same as the variant `ours`.
    #[serde(flatten)]
    figures: Figures,
    /// 95% bootstrap interval of our F1, over fixes.
    f1_interval: [f64; 2],
    /// Fixes that were judged: their repository and commit are here.
    n_fixes: usize,
    /// (fix, culprit) pairs of those.
    n_pairs: usize,
    /// Each way to choose culprits, ours among them.
    variants: BTreeMap<&'static str, Figures>,
    /// Our figures for each repository.
    repositories: BTreeMap<String, RepositoryFigures>,
    /// Repositories of the oracle that were not found or could not be read.
    missing_repositories: BTreeMap<String, String>,
    /// Commits of the oracle that their repository does not hold.
    missing_commits: Vec<MissingCommit>,
}

#[derive(Debug, Serialize)]
struct RepositoryFigures {
    #[serde(flatten)]
    figures: Figures,
    n_fixes: usize,
    /// Seconds to trace its fixes, mining not counted.
    tracing_seconds: f64,
}

#[derive(Debug, Serialize)]
struct MissingCommit {
    repository: String,
    commit: String,
    role: &'static str,
}

/// Judges every fix of `oracle` whose repository lies in `repositories`, as `owner+name/repo`, `owner+name` or
/// `owner/name`.
///
/// # Errors
/// When the oracle cannot be read. A repository that cannot is named in the report.
pub fn evaluate(oracle: &Path, repositories: &Path, progress: &Progress<'_>) -> Result<Report, Error> {
    let fixes = oracle::read(oracle)?;
    let mut by_repository: BTreeMap<&str, Vec<&OracleFix>> = BTreeMap::new();
    for fix in &fixes {
        by_repository.entry(&fix.repo_name).or_default().push(fix);
    }
    let mut court = Court::default();
    for (done, (name, fixes)) in by_repository.iter().enumerate() {
        progress(&format!("tracing the fixes of {name}"), done, by_repository.len());
        if let Err(reason) = court.hear(name, fixes, repositories) {
            court.missing_repositories.insert((*name).to_owned(), reason);
        }
    }
    Ok(court.report())
}

/// Answers gathered so far.
#[derive(Default)]
struct Court {
    answers: BTreeMap<&'static str, Vec<Answer>>,
    repositories: BTreeMap<String, RepositoryFigures>,
    missing_repositories: BTreeMap<String, String>,
    missing_commits: Vec<MissingCommit>,
}

impl Court {
    /// Judges the fixes of one repository; its log is gone afterwards.
    fn hear(&mut self, name: &str, fixes: &[&OracleFix], repositories: &Path) -> Result<(), String> {
        let path =
            repository_place(repositories, name).ok_or_else(|| format!("not in `{}`", repositories.display()))?;
        let (repository, log) = mined(&path).map_err(|error| crate::store::chain(&error))?;
        let index: FxHashMap<CommitId, u32> =
            log.commits.iter().enumerate().map(|(at, commit)| (commit.id, at as u32)).collect();
        let text = |blob: BlobId| repository.text(blob);
        let lines = LineHistory::new(&log);
        let jury = Jury::new(&log, &lines);
        let started = Instant::now();
        let mut ours = Vec::new();
        for fix in fixes {
            let Some(at) = self.find(name, &fix.fix_commit_hash, "fix", &index) else { continue };
            let guilty: Vec<Option<u32>> =
                fix.bug_commit_hash.iter().map(|hash| self.find(name, hash, "culprit", &index)).collect();
            let found = jury.accuse(Fix { commit: at, reported_at: fix.reported_at() }, &text);
            let found: Vec<u32> = found.into_iter().map(|accused| accused.culprit).collect();
            ours.push(Answer::new(&found, &guilty));
            for variant in Variant::ALL {
                let found = variant.culprits(&log, &lines, at, &text);
                self.answers.entry(variant.name()).or_default().push(Answer::new(&found, &guilty));
            }
        }
        let tracing_seconds = started.elapsed().as_secs_f64();
        let figures = RepositoryFigures { figures: Figures::of(&ours), n_fixes: ours.len(), tracing_seconds };
        self.repositories.insert(name.to_owned(), figures);
        self.answers.entry(OURS).or_default().extend(ours);
        Ok(())
    }

    fn find(
        &mut self,
        repository: &str,
        hash: &str,
        role: &'static str,
        index: &FxHashMap<CommitId, u32>,
    ) -> Option<u32> {
        let found = hash.parse().ok().and_then(|id: CommitId| index.get(&id).copied());
        if found.is_none() {
            let (repository, commit) = (repository.to_owned(), hash.to_owned());
            self.missing_commits.push(MissingCommit { repository, commit, role });
        }
        found
    }

    fn report(self) -> Report {
        let ours = self.answers.get(OURS).map_or(&[][..], Vec::as_slice);
        Report {
            figures: Figures::of(ours),
            f1_interval: interval(ours),
            n_fixes: ours.len(),
            n_pairs: ours.iter().map(|answer| answer.n_guilty).sum(),
            variants: self.answers.iter().map(|(name, answers)| (*name, Figures::of(answers))).collect(),
            repositories: self.repositories,
            missing_repositories: self.missing_repositories,
            missing_commits: self.missing_commits,
        }
    }
}

fn mined(path: &Path) -> Result<(Repository, Log), git::Error> {
    let repository = Repository::open(path)?;
    let tip = repository.resolve("HEAD")?;
    let mut log = Log::default();
    git::mine(&repository, &mut log, &[tip], END_OF_TIME, None, &|_, _| {})?;
    Ok((repository, log))
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [low, high] = self.f1_interval;
        writeln!(
            f,
            "{} fixes, {} pairs of fix and culprit; our F1 lies in {low:.3}-{high:.3} (95%, bootstrap over fixes)",
            self.n_fixes, self.n_pairs
        )?;
        writeln!(f, "\n{:<24} {:>9} {:>9} {:>9}", "variant", "precision", "recall", "F1")?;
        for (name, figures) in &self.variants {
            writeln!(f, "{name:<24} {figures}")?;
        }
        writeln!(
            f,
            "\n{:<40} {:>5} {:>9} {:>9} {:>9}  seconds to trace",
            "ours, by repository", "fixes", "precision", "recall", "F1"
        )?;
        for (name, row) in &self.repositories {
            writeln!(f, "{name:<40} {:>5} {}  {:.2}", row.n_fixes, row.figures, row.tracing_seconds)?;
        }
        for (name, reason) in &self.missing_repositories {
            writeln!(f, "left out: {name}: {reason}")?;
        }
        for missing in &self.missing_commits {
            writeln!(f, "not in {}: {} {}", missing.repository, missing.role, missing.commit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
