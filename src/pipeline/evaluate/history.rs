//! Are lines and renames counted as git counts them, and how long does it take beside git?
//!
//! In: a repository. Out: every row of `git log --numstat -M --no-merges` compared with our own log, what differs by
//! class with examples, and processor time, wall time and memory of both, taken in turn in the same run. Merges are not
//! compared: git's command leaves them out, our log keeps of them what they wrote themselves.

use super::Error;
use super::usage::{Spent, Usage, peak_memory_mib};
use crate::domain::{CommitId, FileChange, Log, Skipped, Timestamp};
use crate::git::{self, EntryKind, NumstatRow};
use crate::pipeline::Progress;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Both are run this often at the most; single runs of short histories are noise.
const MAX_ROUNDS: usize = 5;

/// No further round is begun after this.
const ENOUGH_SECONDS: f64 = 20.0;

/// Tries of an update by one commit.
const N_UPDATES: usize = 10;

/// Examples of each class that are shown.
const MAX_EXAMPLES: usize = 5;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The commit up to which history was read.
    pub tip: String,
    /// Commits in our log, merges included.
    pub n_commits: usize,
    /// Rows of git: a file in a commit that is no merge.
    pub n_rows: usize,
    /// Share of all rows, of git's and of ours, that are the same: path, lines added, lines deleted.
    pub equal_share: f64,
    /// The same without symbolic links and submodules, which our log leaves out because they hold no text of their own.
    pub equal_share_of_files: f64,
    /// Share of rows in which the earlier path of a rename agrees as well.
    pub equal_share_with_renames: f64,
    /// Classes of rows that differ, the largest first.
    pub differences: Vec<Difference>,
    /// What our miner says it left out.
    pub skipped: Vec<Skipped>,
    /// Our processor time over git's.
    pub cpu_ratio: f64,
    /// Our wall time over git's.
    pub wall_ratio: f64,
    /// Medians over the rounds.
    pub ours: Cost,
    /// Medians over the rounds.
    pub git: Cost,
    /// Rounds of both, taken in turn.
    pub n_rounds: usize,
    /// The most memory our process held until our first run ended.
    pub peak_memory_mib: Option<f64>,
    /// Opening the repository and mining the newest commit alone, with the log of all others at hand.
    pub update: Update,
}

/// What an update by one commit takes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Update {
    /// Milliseconds of processor time, the mean of some tries.
    pub cpu_ms: f64,
    /// Milliseconds of wall time, the fastest of some tries.
    pub wall_ms: f64,
}

/// Rows that differ in the same way.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// What they have in common.
    pub class: &'static str,
    /// How many.
    pub n_rows: usize,
    /// Some of them.
    pub examples: Vec<String>,
}

/// What one run takes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// Processor seconds, all threads.
    pub cpu_seconds: f64,
    /// Wall seconds.
    pub wall_seconds: f64,
}

/// Runs both in turn on the history of `HEAD` and compares their rows.
///
/// # Errors
/// When the repository cannot be read, or git cannot be run on it.
pub fn evaluate(path: &Path, progress: &Progress<'_>) -> Result<Report, Error> {
    let repository = git::Repository::open(path)?;
    let tip = repository.resolve("HEAD")?;
    let first = our_run(path, tip, progress)?;
    let peak_memory_mib = peak_memory_mib();
    let mut ours = vec![first.spent];
    let (answer, spent) = git_run(&repository, tip, progress)?;
    let mut gits = vec![spent];
    while ours.len() < MAX_ROUNDS && total_seconds(&ours) + total_seconds(&gits) < ENOUGH_SECONDS {
        ours.push(our_run(path, tip, progress)?.spent);
        gits.push(git_run(&repository, tip, progress)?.1);
    }
    let compared = Comparison::of(&repository, &first.log, &git::numstat_rows(&answer));
    let update = update_cost(path, tip, &first.log)?;
    let (our_cost, git_cost) = (median(&ours), median(&gits));
    Ok(Report {
        tip: tip.to_string(),
        n_commits: first.log.commits.len(),
        n_rows: compared.n_rows,
        equal_share: compared.equal_share(0),
        equal_share_of_files: compared.equal_share(compared.n_without_text()),
        equal_share_with_renames: share(compared.n_equal_with_renames, compared.n_all()),
        skipped: first.skipped,
        cpu_ratio: our_cost.cpu_seconds / git_cost.cpu_seconds,
        wall_ratio: our_cost.wall_seconds / git_cost.wall_seconds,
        ours: our_cost,
        git: git_cost,
        n_rounds: ours.len(),
        peak_memory_mib,
        update,
        differences: compared.into_differences(),
    })
}

struct OurRun {
    log: Log,
    skipped: Vec<Skipped>,
    spent: Spent,
}

/// The newest commit is taken from the log and mined again.
fn update_cost(path: &Path, tip: CommitId, log: &Log) -> Result<Update, Error> {
    let mut log = log.clone();
    let mut update = Update { cpu_ms: 0.0, wall_ms: f64::INFINITY };
    for _ in 0..N_UPDATES {
        log.commits.pop();
        log.tags.retain(|tag| (tag.commit as usize) < log.commits.len());
        let started = Usage::now();
        let repository = git::Repository::open(path)?;
        git::mine(&repository, &mut log, &[tip], Timestamp(i64::MAX), None, &|_, _| {})?;
        let spent = Usage::now().own_since(&started);
        update.cpu_ms += spent.cpu * 1_000.0 / N_UPDATES as f64;
        update.wall_ms = update.wall_ms.min(spent.wall * 1_000.0);
    }
    Ok(update)
}

/// From opening the repository to the whole log.
fn our_run(path: &Path, tip: CommitId, progress: &Progress<'_>) -> Result<OurRun, Error> {
    let started = Usage::now();
    let repository = git::Repository::open(path)?;
    let mut log = Log::default();
    // No commit is from later than this: times play no part in the comparison.
    let now = Timestamp(i64::MAX);
    let told = |done: usize, all: usize| progress("mining", done, all);
    let mined = git::mine(&repository, &mut log, &[tip], now, None, &told)?;
    Ok(OurRun { log, skipped: mined.skipped, spent: Usage::now().own_since(&started) })
}

fn git_run(repository: &git::Repository, tip: CommitId, progress: &Progress<'_>) -> Result<(Vec<u8>, Spent), Error> {
    progress("running git", 0, 0);
    let started = Usage::now();
    let answer = repository.numstat(tip)?;
    Ok((answer, Usage::now().children_since(&started)))
}

fn total_seconds(runs: &[Spent]) -> f64 {
    runs.iter().map(|run| run.wall).sum()
}

fn median(runs: &[Spent]) -> Cost {
    let of = |value: fn(&Spent) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Cost { cpu_seconds: of(|run| run.cpu), wall_seconds: of(|run| run.wall) }
}

fn share(n: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { n as f64 / all as f64 }
}

const SYMBOLIC_LINK: &str = "symbolic links: git counts the target as a line, they are no files of ours";
const SUBMODULE: &str = "submodules: git counts the commit as a line, they are no files of ours";
const OTHER_KIND: &str = "a file that became a link or a submodule, or was one";
const UNREAD: &str = "content above the size limit, missing or corrupt: not counted";
const BINARY: &str = "binary for one only";
const COUNTS: &str = "other counts";
const RENAME: &str = "another earlier path";
const LEFT_OUT: &str = "commits whose files were left out";
const ABSENT: &str = "rows only git has";
const EXTRA: &str = "rows only our log has";

#[derive(Default)]
struct Comparison {
    n_rows: usize,
    n_extra: usize,
    n_equal: usize,
    n_equal_with_renames: usize,
    classes: BTreeMap<&'static str, Vec<String>>,
}

type Ours<'a> = FxHashMap<(CommitId, &'a str), &'a FileChange>;

impl Comparison {
    fn of(repository: &git::Repository, log: &Log, rows: &[NumstatRow]) -> Self {
        let mut ours = our_rows(log);
        let with_files: FxHashSet<CommitId> = ours.keys().map(|(commit, _)| *commit).collect();
        let mut compared = Self { n_rows: rows.len(), ..Self::default() };
        let mut absent = Vec::new();
        for row in rows {
            match ours.remove(&(row.commit, row.path.as_str())) {
                None => absent.push(row),
                Some(change) => compared.row(repository, log, row, change),
            }
        }
        for row in absent {
            let class = match class_of_absent(repository, row) {
                ABSENT if !with_files.contains(&row.commit) => LEFT_OUT,
                class => class,
            };
            compared.note(class, || format!("{}: git {}", named(row), shown(row.lines)));
        }
        compared.n_extra = ours.len();
        for ((commit, path), change) in ours {
            let lines = change.is_counted.then_some((change.added, change.deleted));
            compared.note(EXTRA, || format!("{} {path}: ours {}", commit.short(), shown(lines)));
        }
        compared
    }

    fn row(&mut self, repository: &git::Repository, log: &Log, row: &NumstatRow, change: &FileChange) {
        let lines = change.is_counted.then_some((change.added, change.deleted));
        let old_path = change.old_path.map(|path| log.paths[path as usize].as_str());
        if lines == row.lines {
            self.n_equal += 1;
            if old_path == row.old_path.as_deref() {
                self.n_equal_with_renames += 1;
                return;
            }
        }
        let text = || format!("{}: git {}, ours {}", named(row), shown(row.lines), shown(lines));
        let is_one_kind = || kind_before(repository, row) == repository.entry_at(row.commit, &row.path);
        let class = match (lines, row.lines) {
            _ if old_path != row.old_path.as_deref() => RENAME,
            (None, Some(_)) if is_large_or_gone(repository, change) => UNREAD,
            (None, _) | (_, None) => BINARY,
            _ if is_one_kind() => COUNTS,
            _ => OTHER_KIND,
        };
        self.note(class, text);
    }

    fn note(&mut self, class: &'static str, text: impl FnOnce() -> String) {
        self.classes.entry(class).or_default().push(text());
    }

    fn n_all(&self) -> usize {
        self.n_rows + self.n_extra
    }

    fn n_without_text(&self) -> usize {
        [SYMBOLIC_LINK, SUBMODULE].iter().filter_map(|class| self.classes.get(class)).map(Vec::len).sum()
    }

    fn equal_share(&self, n_excepted: usize) -> f64 {
        share(self.n_equal, self.n_all() - n_excepted)
    }

    fn into_differences(self) -> Vec<Difference> {
        let mut differences: Vec<Difference> = self
            .classes
            .into_iter()
            .map(|(class, mut examples)| {
                let n_rows = examples.len();
                examples.sort();
                examples.truncate(MAX_EXAMPLES);
                Difference { class, n_rows, examples }
            })
            .collect();
        differences.sort_by_key(|difference| std::cmp::Reverse(difference.n_rows));
        differences
    }
}

fn our_rows(log: &Log) -> Ours<'_> {
    let commits = log.commits.iter().filter(|commit| !commit.is_merge());
    commits
        .flat_map(|commit| {
            commit.changes.iter().map(|change| ((commit.id, log.paths[change.path as usize].as_str()), change))
        })
        .collect()
}

/// Why we have no row: what stood at the path is no file, or something went wrong.
fn class_of_absent(repository: &git::Repository, row: &NumstatRow) -> &'static str {
    match repository.entry_at(row.commit, &row.path).or_else(|| kind_before(repository, row)) {
        Some(EntryKind::SymbolicLink) => SYMBOLIC_LINK,
        Some(EntryKind::Submodule) => SUBMODULE,
        _ => ABSENT,
    }
}

fn kind_before(repository: &git::Repository, row: &NumstatRow) -> Option<EntryKind> {
    let parent = repository.first_parent(row.commit).ok().flatten()?;
    repository.entry_at(parent, row.old_path.as_deref().unwrap_or(&row.path))
}

/// A side that is no text: then its content was not read, or it is binary for git as well.
fn is_large_or_gone(repository: &git::Repository, change: &FileChange) -> bool {
    let sides = [change.old_blob, change.new_blob];
    sides.into_iter().flatten().any(|blob| repository.text(blob).is_none())
}

fn named(row: &NumstatRow) -> String {
    let from = row.old_path.as_ref().map_or(String::new(), |old| format!("{old} -> "));
    format!("{} {from}{}", row.commit.short(), row.path)
}

fn shown(lines: Option<(u32, u32)>) -> String {
    lines.map_or("binary or not counted".to_owned(), |(added, deleted)| format!("+{added} -{deleted}"))
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: f64| format!("{:.3}%", share * 100.0);
        writeln!(f, "{} commits up to {}, {} rows of git", self.n_commits, &self.tip[..7], self.n_rows)?;
        writeln!(f, "equal          {} (path, lines added, lines deleted)", percent(self.equal_share))?;
        writeln!(f, "equal files    {} (without symbolic links and submodules)", percent(self.equal_share_of_files))?;
        writeln!(f, "equal renames  {} (the earlier path as well)", percent(self.equal_share_with_renames))?;
        for difference in &self.differences {
            writeln!(f, "  {} x {}", difference.n_rows, difference.class)?;
            difference.examples.iter().try_for_each(|example| writeln!(f, "      {example}"))?;
        }
        for skipped in &self.skipped {
            writeln!(f, "  skipped {}: {}", skipped.subject, skipped.reason)?;
        }
        let row = |name: &str, cost: &Cost| format!("{name}  {:>8.2}  {:>9.2}", cost.cpu_seconds, cost.wall_seconds);
        writeln!(f, "median of {}     CPU s     wall s", self.n_rounds)?;
        writeln!(f, "{}", row("ours         ", &self.ours))?;
        writeln!(f, "{}", row("git          ", &self.git))?;
        writeln!(f, "ratio          {:>8.2}  {:>9.2}", self.cpu_ratio, self.wall_ratio)?;
        let Update { cpu_ms, wall_ms } = self.update;
        writeln!(f, "one commit more{cpu_ms:>8.0} ms CPU, {wall_ms:.0} ms wall")?;
        match self.peak_memory_mib {
            Some(mib) => writeln!(f, "peak memory    {mib:>8.0} MiB"),
            None => writeln!(f, "peak memory    not known on this system"),
        }
    }
}
