//! Are fixes told from other commits?
//!
//! In: commits that a person labelled, as `fixtures/fix_commits/labels.tsv` with `population.tsv` beside it, and the
//! repositories they are from. Out: precision, recall and F1 of the classifier and of the keyword lists of the
//! literature, on the half it was made with (`dev`) and on the half it was not (`held_out`); the commits it got wrong;
//! on demand the weights that the dev half teaches. Messages are read from the repositories by commit and checked
//! against their hash: none is kept beside the labels.
//!
//! Weighted figures count each commit by how many of its repository it stands for: half of the sample was drawn among
//! commits whose message has a cue (`stratum`), so plain shares would flatter. Repositories count alike.

use super::{Error, read, repository_place};
use crate::code::is_source;
use crate::domain::{CommitId, Diff};
use crate::git::Repository;
use crate::history::{FIX_SIGNS, FixSigns, FixWeights, fix_signs, is_fix_diff, learn_fix_weights};
use crate::pipeline::Progress;
use rustc_hash::FxHashMap;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use std::time::Instant;

/// Labelled commits that are read at the most: a person labels thousands, not millions.
const MAX_ROWS: usize = 100_000;

/// Parts the dev half is cut into, by repository, to judge weights on repositories they have not seen.
const N_FOLDS: usize = 6;

/// Samples drawn with replacement for an interval.
const N_RESAMPLES: usize = 1_000;

/// Seed of those samples.
const SEED: u64 = 20_261_123;

/// Words that mark a fix in the literature: Mockus and Votta, "Identifying Reasons for Software Changes Using
/// Historic Databases", 2000, with the additions of Kim, Whitehead and Zhang, 2008, and of the tools that followed.
const KEYWORDS: [&str; 26] = [
    "fix",
    "fixes",
    "fixed",
    "fixing",
    "bug",
    "bugs",
    "defect",
    "defects",
    "patch",
    "patches",
    "patched",
    "error",
    "errors",
    "fault",
    "faults",
    "faulty",
    "fail",
    "fails",
    "failed",
    "failure",
    "failures",
    "issue",
    "issues",
    "mistake",
    "mistakes",
    "incorrect",
];

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Labelled commits that were judged.
    pub n_commits: usize,
    /// Of them, labelled as fixes.
    pub n_fixes: usize,
    /// Commits that were not found, or whose message is not the labelled one.
    pub missing: Vec<String>,
    /// Each way of telling fixes, on each half.
    pub methods: Vec<Method>,
    /// The classifier on both halves together, by repository.
    pub repositories: Vec<OfRepository>,
    /// Commits the classifier got wrong.
    pub confusions: Vec<Confusion>,
    /// Microseconds to judge one commit, message and paths, on one thread.
    pub microseconds_a_commit: f64,
    /// What the dev half teaches, if it was asked for.
    pub learned: Option<Learned>,
}

/// One way of telling fixes.
#[derive(Debug, Serialize)]
pub struct Method {
    /// `hyperion`, `keywords` (any file) or `keywords_in_source` (source files only).
    pub name: &'static str,
    /// On the half it was made with.
    pub dev: Figures,
    /// On the half it was not.
    pub held_out: Figures,
}

/// How well fixes were told.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// Commits.
    pub n: usize,
    /// Of them, fixes.
    pub n_fixes: usize,
    /// Share of the commits called fixes that are.
    pub precision: f64,
    /// Share of the fixes that were called so.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Where `f1` lies in 95 of 100 samples drawn with replacement.
    pub f1_interval: [f64; 2],
    /// Precision, weighted to the commits the sample stands for.
    pub weighted_precision: f64,
    /// Recall, likewise.
    pub weighted_recall: f64,
    /// F1, likewise.
    pub weighted_f1: f64,
}

/// The classifier in one repository.
#[derive(Debug, Serialize)]
pub struct OfRepository {
    /// `owner/name`.
    pub repository: String,
    /// Its figures.
    pub hyperion: Figures,
    /// Those of the keywords on source files.
    pub keywords_in_source: Figures,
}

/// A commit that was judged wrongly.
#[derive(Debug, Serialize)]
pub struct Confusion {
    /// `owner/name`.
    pub repository: String,
    /// The commit.
    pub commit: String,
    /// `dev` or `held_out`.
    pub split: Split,
    /// What a person called it.
    pub is_fix: bool,
    /// The person's reason.
    pub reason: String,
}

/// What the dev half teaches.
#[derive(Debug, Serialize)]
pub struct Learned {
    /// Score of a commit that shows nothing.
    pub bias: f64,
    /// Each sign with its weight.
    pub weights: Vec<(String, f64)>,
    /// The dev half again, each repository judged by weights learned without it.
    pub cross_validated: Figures,
}

/// Half of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// The classifier was made with it.
    Dev,
    /// It was not.
    HeldOut,
}

/// One labelled commit.
struct Row {
    repository: String,
    commit: CommitId,
    message_sha256: String,
    has_cue: bool,
    split: Split,
    is_fix: bool,
    reason: String,
}

/// A row with what its commit changes.
struct Judged {
    row: Row,
    diff: Diff,
    weight: f64,
}

/// Judges the classifier on the commits of `labels`, read from the repositories in the folder `repositories`.
///
/// # Errors
/// [`Error::Read`] and [`Error::Reference`] when a table cannot be read or understood, or no commit of it is there.
/// Commits that are not there are listed in the report.
pub fn evaluate(
    labels: &Path,
    repositories: &Path,
    is_learning: bool,
    progress: &Progress<'_>,
) -> Result<Report, Error> {
    let rows = read_rows(labels)?;
    let populations = read_populations(&labels.with_file_name("population.tsv"))?;
    let (mut judged, missing) = read_commits(rows, repositories, progress);
    if judged.is_empty() {
        let reason = "none of the labelled commits is in its repositories".into();
        return Err(Error::Reference { path: repositories.to_owned(), reason });
    }
    weigh(&mut judged, &populations);
    let all: Vec<&Judged> = judged.iter().collect();
    let methods: [(&'static str, Judge); 3] =
        [("hyperion", by_us), ("keywords", by_keywords), ("keywords_in_source", by_keywords_in_source)];
    Ok(Report {
        n_commits: all.len(),
        n_fixes: all.iter().filter(|one| one.row.is_fix).count(),
        missing,
        methods: methods.map(|(name, judge)| method(name, judge, &all)).into(),
        repositories: by_repository(&all),
        confusions: all.iter().filter(|one| by_us(one) != one.row.is_fix).map(|one| confusion(one)).collect(),
        microseconds_a_commit: microseconds_a_commit(&all),
        learned: is_learning.then(|| learn(&all)),
    })
}

type Judge = fn(&Judged) -> bool;

fn by_us(one: &Judged) -> bool {
    is_fix_diff(&one.diff, &[])
}

fn by_keywords(one: &Judged) -> bool {
    let words = |text: &str| -> bool {
        let lower = text.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).any(|word| KEYWORDS.contains(&word))
    };
    one.diff.messages.iter().any(|message| words(message))
}

fn by_keywords_in_source(one: &Judged) -> bool {
    one.diff.files.iter().any(|file| is_source(&file.path)) && by_keywords(one)
}

fn method(name: &'static str, judge: Judge, all: &[&Judged]) -> Method {
    let on = |split: Split| {
        let half: Vec<Verdict> =
            all.iter().filter(|one| one.row.split == split).map(|one| verdict(one, judge)).collect();
        figures(&half)
    };
    Method { name, dev: on(Split::Dev), held_out: on(Split::HeldOut) }
}

fn by_repository(all: &[&Judged]) -> Vec<OfRepository> {
    let mut names: Vec<&str> = all.iter().map(|one| one.row.repository.as_str()).collect();
    names.dedup();
    let of = |name: &str, judge: Judge| {
        let here = all.iter().filter(|one| one.row.repository == name);
        figures(&here.map(|one| verdict(one, judge)).collect::<Vec<_>>())
    };
    let row = |name: &&str| OfRepository {
        repository: (*name).to_owned(),
        hyperion: of(name, by_us),
        keywords_in_source: of(name, by_keywords_in_source),
    };
    names.iter().map(row).collect()
}

fn confusion(one: &Judged) -> Confusion {
    Confusion {
        repository: one.row.repository.clone(),
        commit: one.row.commit.to_string(),
        split: one.row.split,
        is_fix: one.row.is_fix,
        reason: one.row.reason.clone(),
    }
}

fn microseconds_a_commit(all: &[&Judged]) -> f64 {
    const ROUNDS: usize = 20;
    let began = Instant::now();
    let n_fixes = (0..ROUNDS).map(|_| all.iter().filter(|one| by_us(std::hint::black_box(one))).count()).sum::<usize>();
    std::hint::black_box(n_fixes);
    began.elapsed().as_secs_f64() * 1e6 / (ROUNDS * all.len().max(1)) as f64
}

/// What the dev half teaches; only commits that change source lines are examples, for no other is scored.
fn learn(all: &[&Judged]) -> Learned {
    let dev: Vec<&&Judged> = all.iter().filter(|one| one.row.split == Split::Dev).collect();
    let mut names: Vec<&str> = dev.iter().map(|one| one.row.repository.as_str()).collect();
    names.dedup();
    let fold_of = |one: &Judged| names.iter().position(|name| *name == one.row.repository).unwrap_or(0) % N_FOLDS;
    let shown = |one: &Judged| changes_source(one).then(|| signs_of(one));
    let fit = |skipped: Option<usize>| -> FixWeights {
        let taught = dev.iter().filter(|one| Some(fold_of(one)) != skipped);
        learn_fix_weights(&taught.filter_map(|one| Some((shown(one)?, one.row.is_fix))).collect::<Vec<_>>())
    };
    let folds: Vec<FixWeights> = (0..N_FOLDS).map(|fold| fit(Some(fold))).collect();
    let verdicts = dev.iter().map(|one| Verdict {
        is_fix: one.row.is_fix,
        called: shown(one).is_some_and(|shown| folds[fold_of(one)].score(&shown) > 0.0),
        weight: one.weight,
    });
    let weights = fit(None);
    let named = FIX_SIGNS.iter().zip(weights.of_signs).map(|(sign, weight)| (format!("{sign:?}"), weight)).collect();
    Learned { bias: weights.bias, weights: named, cross_validated: figures(&verdicts.collect::<Vec<_>>()) }
}

fn changes_source(one: &Judged) -> bool {
    one.diff.files.iter().any(|file| is_source(&file.path) && (file.added + file.deleted > 0 || !file.is_counted))
}

fn signs_of(one: &Judged) -> FixSigns {
    let message = one.diff.messages.first().map_or("", String::as_str);
    fix_signs(message, one.diff.files.iter().map(|file| file.path.as_str()))
}

/// What one commit is, what it was called, and for how many it stands.
#[derive(Clone, Copy)]
struct Verdict {
    is_fix: bool,
    called: bool,
    weight: f64,
}

fn verdict(one: &Judged, judge: Judge) -> Verdict {
    Verdict { is_fix: one.row.is_fix, called: judge(one), weight: one.weight }
}

fn figures(verdicts: &[Verdict]) -> Figures {
    let [precision, recall, f1] = shares(verdicts.iter().map(|v| (v, 1.0)));
    let [weighted_precision, weighted_recall, weighted_f1] = shares(verdicts.iter().map(|v| (v, v.weight)));
    Figures {
        n: verdicts.len(),
        n_fixes: verdicts.iter().filter(|verdict| verdict.is_fix).count(),
        precision,
        recall,
        f1,
        f1_interval: interval(verdicts),
        weighted_precision,
        weighted_recall,
        weighted_f1,
    }
}

/// Precision, recall and F1; 0 where nothing was called or nothing is a fix.
fn shares<'a>(verdicts: impl Iterator<Item = (&'a Verdict, f64)>) -> [f64; 3] {
    let (mut both, mut called, mut fixes) = (0.0, 0.0, 0.0);
    for (verdict, weight) in verdicts {
        both += if verdict.called && verdict.is_fix { weight } else { 0.0 };
        called += if verdict.called { weight } else { 0.0 };
        fixes += if verdict.is_fix { weight } else { 0.0 };
    }
    let share = |of: f64| if of > 0.0 { both / of } else { 0.0 };
    let sum = called + fixes;
    [share(called), share(fixes), if sum > 0.0 { 2.0 * both / sum } else { 0.0 }]
}

fn interval(verdicts: &[Verdict]) -> [f64; 2] {
    if verdicts.is_empty() {
        return [0.0, 0.0];
    }
    let mut state = SEED;
    let mut draw = || &verdicts[(next(&mut state) % verdicts.len() as u64) as usize];
    let mut f1s: Vec<f64> = (0..N_RESAMPLES)
        .map(|_| shares((0..verdicts.len()).map(|_| (draw(), 1.0)).collect::<Vec<_>>().into_iter())[2])
        .collect();
    f1s.sort_by(f64::total_cmp);
    [f1s[N_RESAMPLES * 25 / 1_000], f1s[N_RESAMPLES * 975 / 1_000 - 1]]
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Commits with and without a cue in a repository's history.
type Populations = FxHashMap<String, [f64; 2]>;

/// Gives each commit the share of its repository's history it stands for, within its half and its stratum.
fn weigh(judged: &mut [Judged], populations: &Populations) {
    let cell = |row: &Row| (row.repository.clone(), row.split == Split::Dev, row.has_cue);
    let mut n_in: FxHashMap<(String, bool, bool), f64> = FxHashMap::default();
    for one in judged.iter() {
        *n_in.entry(cell(&one.row)).or_default() += 1.0;
    }
    for one in judged {
        let [n_cue, n_plain] = populations.get(&one.row.repository).copied().unwrap_or([1.0, 1.0]);
        let stratum = if one.row.has_cue { n_cue } else { n_plain };
        one.weight = stratum / (n_cue + n_plain).max(1.0) / n_in[&cell(&one.row)];
    }
}

fn read_commits(rows: Vec<Row>, folder: &Path, progress: &Progress<'_>) -> (Vec<Judged>, Vec<String>) {
    let (mut judged, mut missing) = (Vec::new(), Vec::new());
    let mut open: Option<(String, Option<Repository>)> = None;
    let n_rows = rows.len();
    for (at, row) in rows.into_iter().enumerate() {
        progress("reading commits", at, n_rows);
        if open.as_ref().is_none_or(|(name, _)| *name != row.repository) {
            open = Some((
                row.repository.clone(),
                repository_place(folder, &row.repository).and_then(|place| Repository::open(&place).ok()),
            ));
        }
        let repository = open.as_ref().and_then(|(_, repository)| repository.as_ref());
        match repository.and_then(|repository| diff_of(repository, &row)) {
            Some(diff) => judged.push(Judged { row, diff, weight: 0.0 }),
            None => missing.push(format!("{}@{}", row.repository, row.commit.short())),
        }
    }
    (judged, missing)
}

/// What the row's commit changes; `None` when it is not there or bears another message.
fn diff_of(repository: &Repository, row: &Row) -> Option<Diff> {
    // Against itself a commit is compared with its parent.
    let diff = repository.diff(row.commit, row.commit).ok()?;
    let message = diff.messages.first()?;
    (hex(&Sha256::digest(message.as_bytes())) == row.message_sha256).then_some(diff)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The labelled commits of a table of tabulator-separated values with a line of names.
fn read_rows(path: &Path) -> Result<Vec<Row>, Error> {
    let text = read_text(path)?;
    let rows: Vec<Row> = text
        .lines()
        .enumerate()
        .skip(1)
        .take(MAX_ROWS)
        .map(|(at, line)| row_of(line).ok_or_else(|| not_a_row(path, at, "nine fields of a labelled commit")))
        .collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Err(Error::Reference { path: path.to_owned(), reason: "it holds no labelled commit".into() });
    }
    Ok(rows)
}

fn row_of(line: &str) -> Option<Row> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [repository, _language, commit, message_sha256, _draw, stratum, split, label, reason] = fields[..] else {
        return None;
    };
    let is_name = repository.split('/').all(|part| !part.is_empty() && part != "..") && repository.contains('/');
    Some(Row {
        repository: is_name.then(|| repository.to_owned())?,
        commit: commit.parse().ok()?,
        message_sha256: message_sha256.to_owned(),
        has_cue: one_of(stratum, "cue", "plain")?,
        split: if one_of(split, "dev", "held_out")? { Split::Dev } else { Split::HeldOut },
        is_fix: one_of(label, "fix", "other")?,
        reason: reason.to_owned(),
    })
}

fn one_of(field: &str, yes: &str, no: &str) -> Option<bool> {
    (field == yes || field == no).then_some(field == yes)
}

fn read_populations(path: &Path) -> Result<Populations, Error> {
    let text = read_text(path)?;
    let row = |(at, line): (usize, &str)| {
        let fields: Vec<&str> = line.split('\t').collect();
        let counts = match fields[..] {
            [name, _read_at, n_cue, n_plain] => Some((name, n_cue.parse().ok(), n_plain.parse().ok())),
            _ => None,
        };
        match counts {
            Some((name, Some(n_cue), Some(n_plain))) => Ok((name.to_owned(), [n_cue, n_plain])),
            _ => Err(not_a_row(path, at, "a repository, a commit and two numbers")),
        }
    };
    text.lines().enumerate().skip(1).take(MAX_ROWS).map(row).collect()
}

fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?)
        .map_err(|_| Error::Reference { path: path.to_owned(), reason: "it is not UTF-8".into() })
}

fn not_a_row(path: &Path, at: usize, wanted: &str) -> Error {
    Error::Reference { path: path.to_owned(), reason: format!("line {}: expected {wanted}", at + 1) }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} commits, {} of them fixes, {} not found", self.n_commits, self.n_fixes, self.missing.len())?;
        writeln!(f, "{:.1} microseconds a commit\n", self.microseconds_a_commit)?;
        writeln!(f, "{:32} precision recall     F1 (95%)             weighted: P     R    F1", "")?;
        for method in &self.methods {
            line(f, &format!("{}, dev", method.name), &method.dev)?;
            line(f, &format!("{}, held out", method.name), &method.held_out)?;
        }
        writeln!(f, "\nby repository, both halves")?;
        for of in &self.repositories {
            line(f, &of.repository, &of.hyperion)?;
            line(f, "  keywords in source", &of.keywords_in_source)?;
        }
        writeln!(f, "\njudged wrongly")?;
        for wrong in &self.confusions {
            let was = if wrong.is_fix { "fix" } else { "other" };
            writeln!(f, "{} {} {:?}, {was}: {}", wrong.repository, &wrong.commit[..10], wrong.split, wrong.reason)?;
        }
        self.missing.iter().try_for_each(|commit| writeln!(f, "not found: {commit}"))?;
        self.learned.as_ref().map_or(Ok(()), |learned| write!(f, "{learned}"))
    }
}

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nlearned from the dev half")?;
        line(f, "other repositories' weights", &self.cross_validated)?;
        writeln!(f, "{:20} {:6.2}", "bias", self.bias)?;
        self.weights.iter().try_for_each(|(sign, weight)| writeln!(f, "{sign:20} {weight:6.2}"))
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, of: &Figures) -> fmt::Result {
    let [low, high] = of.f1_interval;
    writeln!(
        f,
        "{name:32} {:9.3} {:6.3} {:6.3} ({low:.3}–{high:.3}) {:12.3} {:5.3} {:5.3}  {} of {}",
        of.precision, of.recall, of.f1, of.weighted_precision, of.weighted_recall, of.weighted_f1, of.n_fixes, of.n
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Where the labelled commits are kept.
    fn fixture() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fix_commits/labels.tsv")
    }

    #[test]
    fn the_labelled_commits_are_many_distinct_and_split_by_their_name() {
        let rows = read_rows(&fixture()).unwrap();
        let text = std::fs::read_to_string(fixture()).unwrap();
        let languages: BTreeSet<&str> = text.lines().skip(1).filter_map(|line| line.split('\t').nth(1)).collect();
        let commits: BTreeSet<CommitId> = rows.iter().map(|row| row.commit).collect();
        assert!(rows.len() >= 600 && commits.len() == rows.len(), "{} rows, {} commits", rows.len(), commits.len());
        assert!(languages.len() >= 5, "{languages:?}");
        for row in &rows {
            let is_dev = row.commit.0[19].is_multiple_of(2);
            assert_eq!(row.split == Split::Dev, is_dev, "{}: the last digit of its name decides", row.commit);
            let is_hash = row.message_sha256.len() == 64 && row.message_sha256.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_hash && !row.reason.is_empty(), "{}", row.commit);
        }
        let n_fixes = |split| rows.iter().filter(|row| row.split == split && row.is_fix).count();
        assert!(n_fixes(Split::Dev) >= 75 && n_fixes(Split::HeldOut) >= 75);
    }

    #[test]
    fn every_labelled_repository_has_its_population() {
        let populations = read_populations(&fixture().with_file_name("population.tsv")).unwrap();
        for row in read_rows(&fixture()).unwrap() {
            assert!(populations.contains_key(&row.repository), "{}", row.repository);
        }
    }

    #[test]
    fn a_line_that_is_no_label_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.tsv");
        for text in ["names\na\tb\n", "names\n", "names\n../x\tC\t0\t0\tuniform\tcue\tdev\tfix\ty\n"] {
            std::fs::write(&path, text).unwrap();
            let Err(error) = evaluate(&path, folder.path(), false, &|_, _, _| {}) else { panic!("{text}") };
            assert!(error.to_string().contains("line 2") || error.to_string().contains("no labelled"), "{error}");
        }
    }

    #[test]
    fn without_any_of_the_repositories_no_figure_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let Err(error) = evaluate(&fixture(), folder.path(), false, &|_, _, _| {}) else { panic!("a report") };
        assert!(error.to_string().contains("none of the labelled commits"), "{error}");
    }

    #[test]
    fn figures_count_each_commit_by_what_it_stands_for() {
        let verdict = |is_fix, called, weight| Verdict { is_fix, called, weight };
        let found = figures(&[verdict(true, true, 1.0), verdict(true, false, 3.0), verdict(false, true, 1.0)]);
        assert_eq!((found.precision, found.recall, found.f1), (0.5, 0.5, 0.5));
        assert_eq!((found.weighted_precision, found.weighted_recall), (0.5, 0.25));
        assert_eq!(figures(&[]).f1, 0.0);
    }
}
