//! What is usual here, as of one moment?
//!
//! In: changes, oldest first. Out: for the next change its [`Observed`] row, made from what came before it alone. Never
//! looks ahead; a change is observed first and learned after.

use super::change::{Change, File, LocalTime};
use super::columns::Column;
use super::packages::{Finding, Packages};
use crate::code::{FileKind, file_kind};
use crate::domain::{ChangeKind, Timestamp};
use rustc_hash::FxHashMap;

/// Commits after which an author's hours are called usual; fewer say nothing about a day of 24.
const MIN_COMMITS_FOR_HOURS: u32 = 50;

/// An author's hours fade with this share at each further commit: some 500 commits are remembered.
const HOURS_FADE: f32 = 1.0 / 500.0;

/// The habits of the whole repository count as this many commits of an author: an hour never used is rare, not
/// impossible.
const COMMITS_OF_ALL: f32 = 2.0;

/// A folder changed less often has no habits yet.
const MIN_CHANGES_OF_A_FOLDER: u32 = 5;

/// Folders of one change whose pairs are looked at: a move of everything says nothing of two folders.
const MAX_FOLDERS: usize = 40;

/// What came before one moment.
#[derive(Debug, Default)]
pub struct Habits<'a> {
    n_changes: u32,
    kinds: FxHashMap<&'a str, u32>,
    folders: FxHashMap<&'a str, Folder>,
    together: FxHashMap<(u32, u32), u32>,
    files: FxHashMap<&'a str, (Timestamp, u32)>,
    authors: FxHashMap<u32, Hours>,
    all_hours: Hours,
    /// Packages that were named before.
    pub packages: Packages,
}

#[derive(Debug, Clone, Copy)]
struct Folder {
    number: u32,
    n_changes: u32,
}

/// When somebody works.
#[derive(Debug, Clone, Copy, Default)]
struct Hours {
    weights: [f32; 24],
    n_commits: u32,
}

/// A change as numbers, with the facts behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// In the order of [`Column::ALL`], NaN where unknown.
    pub values: Vec<f32>,
    /// What can be said of it in words.
    pub facts: Facts,
}

/// What can be said of a change in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Files touched.
    pub n_files: usize,
    /// Lines added to files people write.
    pub lines_added: u64,
    /// Lines deleted from files people write.
    pub lines_deleted: u64,
    /// Files deleted.
    pub n_deleted: usize,
    /// The file whose complexity rose most, with its complexity before and after.
    pub spike: Option<(String, u32, u32)>,
    /// When it was written on its author's clock, and the share of the author's work at hours this rare.
    pub hour: Option<(u32, u32, f64)>,
    /// The rarest kind of file among these, a path of it, how many earlier changes touched one, and of how many.
    pub rarest: Option<Rarest>,
    /// Files without countable lines.
    pub n_uncounted: usize,
    /// Folders touched.
    pub n_folders: usize,
    /// The two folders whose company surprises most.
    pub strangers: Option<Strangers>,
    /// Unexpected packages, most suspicious first.
    pub findings: Vec<Finding>,
}

/// The rarest kind of file of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rarest {
    /// Extension, or the name of a file without one.
    pub kind: String,
    /// A file of it.
    pub path: String,
    /// Earlier changes that touched such a file.
    pub n_before: u32,
    /// Earlier changes.
    pub n_changes: u32,
}

/// Two folders that hardly ever change together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strangers {
    /// The two.
    pub folders: (String, String),
    /// How often they changed together.
    pub n_together: u32,
    /// How often the one that changes less often changed.
    pub n_changes: u32,
}

impl<'a> Habits<'a> {
    /// A change as numbers, made from what came before it.
    ///
    /// Without `people` nothing about its author is known.
    pub fn observe(&self, change: &Change<'_>, people: bool) -> Observed {
        let mut row = Values(vec![f32::NAN; Column::COUNT]);
        let mut facts = Facts { n_files: change.files.len(), ..Facts::default() };
        observe_size(change, &mut row, &mut facts);
        observe_complexity(change, &mut row, &mut facts);
        self.observe_kinds(change, &mut row, &mut facts);
        self.observe_folders(change, &mut row, &mut facts);
        self.observe_files(change, &mut row);
        if people {
            self.observe_author(change, &mut row, &mut facts);
        }
        let has_source = change.files.iter().any(|file| file_kind(file.path) == FileKind::Source);
        facts.findings = self.packages.findings(&change.manifests, has_source);
        row.set(Column::DependencyEvidence, facts.findings.first().map_or(0.0, Finding::evidence));
        let n_new = facts.findings.iter().filter(|finding| finding.is_new()).count();
        row.set(Column::NewDependencies, amount(n_new as f64));
        Observed { values: row.0, facts }
    }

    /// Lets a change become part of what is usual.
    pub fn learn(&mut self, change: &Change<'a>) {
        self.n_changes += 1;
        let mut kinds: Vec<&'a str> = change.files.iter().map(|file| kind_of(file.path)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().for_each(|kind| *self.kinds.entry(kind).or_default() += 1);
        self.learn_folders(&folders_of(&change.files));
        self.learn_files(change);
        if let (Some(author), Some(written)) = (change.author, change.written) {
            self.authors.entry(author).or_default().add(written.hour());
            self.all_hours.add(written.hour());
        }
        self.packages.learn(&change.manifests);
    }

    fn learn_folders(&mut self, folders: &[&'a str]) {
        let mut numbers = Vec::with_capacity(folders.len());
        for name in folders {
            let next = self.folders.len() as u32;
            let folder = self.folders.entry(name).or_insert(Folder { number: next, n_changes: 0 });
            folder.n_changes += 1;
            numbers.push(folder.number);
        }
        if numbers.len() <= MAX_FOLDERS {
            numbers.sort_unstable();
            pairs(&numbers).for_each(|pair| *self.together.entry(pair).or_default() += 1);
        }
    }

    fn learn_files(&mut self, change: &Change<'a>) {
        for file in &change.files {
            let earlier = file.old_path.and_then(|old| self.files.remove(old));
            let known = self.files.entry(file.path).or_insert((change.at, earlier.map_or(0, |(_, n)| n)));
            *known = (change.at, known.1 + 1);
        }
    }

    fn observe_kinds(&self, change: &Change<'_>, row: &mut Values, facts: &mut Facts) {
        let n_before = |file: &File<'_>| self.kinds.get(kind_of(file.path)).copied().unwrap_or(0);
        if let Some(file) = change.files.iter().min_by_key(|file| n_before(file)) {
            let n_before = n_before(file);
            row.set(Column::KindRarity, -((f64::from(n_before) + 0.5) / (f64::from(self.n_changes) + 1.0)).log10());
            let (kind, path) = (kind_of(file.path).to_owned(), file.path.to_owned());
            facts.rarest = Some(Rarest { kind, path, n_before, n_changes: self.n_changes });
        }
        facts.n_uncounted =
            change.files.iter().filter(|file| !file.is_counted && file.kind != ChangeKind::Deleted).count();
        row.set(Column::UncountedFiles, amount(facts.n_uncounted as f64));
    }

    fn observe_folders(&self, change: &Change<'_>, row: &mut Values, facts: &mut Facts) {
        let names = folders_of(&change.files);
        facts.n_folders = names.len();
        row.set(Column::Directories, amount(names.len() as f64));
        let known: Vec<(&str, Folder)> =
            names.iter().filter_map(|name| Some((*name, *self.folders.get(name)?))).collect();
        let settled: Vec<(&str, Folder)> = known
            .into_iter()
            .filter(|(_, folder)| folder.n_changes >= MIN_CHANGES_OF_A_FOLDER)
            .take(MAX_FOLDERS)
            .collect();
        let (mut sum, mut n_pairs, mut most) = (0.0, 0usize, 0.0);
        for (at, one) in settled.iter().enumerate() {
            for other in &settled[at + 1..] {
                let strangers = self.strangers(*one, *other);
                let surprise = -((f64::from(strangers.0) + 0.5) / (f64::from(strangers.1) + 1.0)).log10();
                (sum, n_pairs) = (sum + surprise.max(0.0), n_pairs + 1);
                if surprise > most {
                    most = surprise;
                    let folders = (one.0.to_owned(), other.0.to_owned());
                    facts.strangers = Some(Strangers { folders, n_together: strangers.0, n_changes: strangers.1 });
                }
            }
        }
        row.set(Column::PairSurprise, if n_pairs > 0 { sum / n_pairs as f64 } else { 0.0 });
        row.set(Column::PairSurpriseSum, amount(sum));
    }

    /// How often two folders changed together, and how often the one that changes less often changed.
    fn strangers(&self, one: (&str, Folder), other: (&str, Folder)) -> (u32, u32) {
        let (a, b) = (one.1.number.min(other.1.number), one.1.number.max(other.1.number));
        let n_together = self.together.get(&(a, b)).copied().unwrap_or(0);
        (n_together, one.1.n_changes.min(other.1.n_changes))
    }

    fn observe_files(&self, change: &Change<'_>, row: &mut Values) {
        let known = |file: &File<'_>| self.files.get(file.old_path.unwrap_or(file.path));
        let ages = change.files.iter().filter_map(|file| Some(change.at.days_since(known(file)?.0).max(0.0)));
        row.set(Column::FileAge, mean(ages).map_or(f64::NAN, amount));
        let touches = change.files.iter().map(|file| known(file).map_or(0.0, |(_, n)| f64::from(*n)));
        row.set(Column::EarlierChanges, mean(touches).map_or(f64::NAN, amount));
    }

    fn observe_author(&self, change: &Change<'_>, row: &mut Values, facts: &mut Facts) {
        let hours = change.author.and_then(|author| self.authors.get(&author));
        row.set(Column::AuthorExperience, amount(hours.map_or(0.0, |hours| f64::from(hours.n_commits))));
        let (Some(hours), Some(written)) = (hours, change.written) else { return };
        if let Some(share) = hours.share_as_rare(written, &self.all_hours) {
            row.set(Column::HourRarity, -share.log10());
            facts.hour = Some((written.hour(), written.minute(), share));
        }
    }

    /// Hours of the day at which an author wrote less than `share` of their commits; `None` while there are too few.
    pub fn hours_below(&self, author: u32, share: f32) -> Option<Vec<u32>> {
        let hours = self.authors.get(&author).filter(|hours| hours.n_commits >= MIN_COMMITS_FOR_HOURS)?;
        let limit = share * hours.weights.iter().sum::<f32>();
        Some((0..24).filter(|hour| hours.weights[*hour as usize] < limit).collect())
    }

    /// Folders that changed often enough to have habits, in the order of their names.
    pub fn settled_folders(&self) -> Vec<&'a str> {
        let settled = self.folders.iter().filter(|(_, folder)| folder.n_changes >= MIN_CHANGES_OF_A_FOLDER);
        let mut names: Vec<&'a str> = settled.map(|(name, _)| *name).collect();
        names.sort_unstable();
        names
    }

    /// Files that were touched at least once and may still be there, in the order of their names.
    pub fn known_files(&self) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = self.files.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

impl Hours {
    fn add(&mut self, hour: u32) {
        self.weights.iter_mut().for_each(|weight| *weight *= 1.0 - HOURS_FADE);
        self.weights[hour as usize % 24] += 1.0;
        self.n_commits += 1;
    }

    /// Share of the work in each hour; an hour lends a fifth of its weight to each neighbour, because nobody keeps to
    /// the minute.
    fn shares(&self, all: &Hours) -> [f64; 24] {
        let own = smooth(&self.weights);
        let others = smooth(&all.weights);
        let (n_own, n_all): (f32, f32) = (own.iter().sum(), others.iter().sum());
        let prior = |hour: usize| {
            // A tenth of the prior is even, so that no hour is impossible.
            let usual = if n_all > 0.0 { others[hour] / n_all } else { 1.0 / 24.0 };
            COMMITS_OF_ALL * (0.9 * usual + 0.1 / 24.0)
        };
        std::array::from_fn(|hour| f64::from((own[hour] + prior(hour)) / (n_own + COMMITS_OF_ALL)))
    }

    /// Share of the work at hours no more usual than this one; `None` while there are too few commits to say.
    fn share_as_rare(&self, written: LocalTime, all: &Hours) -> Option<f64> {
        let shares = self.shares(all);
        let here = shares[written.hour() as usize % 24];
        let as_rare: f64 = shares.iter().filter(|share| **share <= here).sum();
        (self.n_commits >= MIN_COMMITS_FOR_HOURS).then_some(as_rare.clamp(1e-6, 1.0))
    }
}

fn smooth(weights: &[f32; 24]) -> [f32; 24] {
    std::array::from_fn(|hour| 0.6 * weights[hour] + 0.2 * weights[(hour + 1) % 24] + 0.2 * weights[(hour + 23) % 24])
}

struct Values(Vec<f32>);

impl Values {
    /// Writes a value; anything that is not finite is unknown.
    fn set(&mut self, column: Column, value: f64) {
        self.0[column as usize] = if value.is_finite() { value as f32 } else { f32::NAN };
    }
}

fn observe_size(change: &Change<'_>, row: &mut Values, facts: &mut Facts) {
    let written = || change.files.iter().filter(|file| file.is_written());
    facts.lines_added = written().map(|file| u64::from(file.added)).sum();
    facts.lines_deleted = written().map(|file| u64::from(file.deleted)).sum();
    let count = |kind: ChangeKind| change.files.iter().filter(|file| file.kind == kind).count();
    facts.n_deleted = count(ChangeKind::Deleted);
    row.set(Column::LinesAdded, amount(facts.lines_added as f64));
    row.set(Column::FilesTouched, amount(change.files.len() as f64));
    row.set(Column::LinesDeleted, amount(facts.lines_deleted as f64));
    row.set(Column::NetLinesDeleted, amount(facts.lines_deleted.saturating_sub(facts.lines_added) as f64));
    row.set(Column::FilesDeleted, amount(facts.n_deleted as f64));
    row.set(Column::FilesAdded, amount(count(ChangeKind::Added) as f64));
    let churn = |file: &File<'_>| f64::from(file.added) + f64::from(file.deleted);
    let n_lines: f64 = change.files.iter().map(churn).sum();
    if n_lines > 0.0 {
        row.set(Column::Entropy, relative_entropy(change.files.iter().map(|file| churn(file) / n_lines)));
        let tests = change.files.iter().filter(|file| file_kind(file.path) == FileKind::Test);
        row.set(Column::TestShare, tests.map(churn).sum::<f64>() / n_lines);
    }
}

fn observe_complexity(change: &Change<'_>, row: &mut Values, facts: &mut Facts) {
    let known = || change.files.iter().filter_map(|file| Some((file.path, file.complexity?)));
    // A change without source code makes nothing more complex; one whose source could not be read is unknown.
    let has_unread = change.files.iter().any(|file| {
        file.complexity.is_none() && file.kind == ChangeKind::Modified && file_kind(file.path) == FileKind::Source
    });
    if known().next().is_none() && has_unread {
        return;
    }
    let rise = |(before, after): (u32, u32)| f64::from(after.saturating_sub(before));
    let ratio = |(before, after): (u32, u32)| ((f64::from(after) + 5.0) / (f64::from(before) + 5.0)).ln().max(0.0);
    row.set(Column::ComplexityRise, amount(known().map(|(_, sides)| rise(sides)).fold(0.0, f64::max)));
    row.set(Column::ComplexityRatio, known().map(|(_, sides)| ratio(sides)).fold(0.0, f64::max));
    let spike = known().max_by(|(_, a), (_, b)| (rise(*a) * ratio(*a)).total_cmp(&(rise(*b) * ratio(*b))));
    facts.spike = spike.filter(|(_, sides)| sides.1 > sides.0).map(|(path, (b, a))| (path.to_owned(), b, a));
}

/// ln(1 + amount).
fn amount(amount: f64) -> f64 {
    amount.max(0.0).ln_1p()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// Shannon's entropy over its largest possible value: 0 for one file, 1 for lines spread evenly.
fn relative_entropy(shares: impl Iterator<Item = f64>) -> f64 {
    let (entropy, n) = shares.fold((0.0, 0usize), |(entropy, n), share| {
        (entropy - if share > 0.0 { share * share.log2() } else { 0.0 }, n + 1)
    });
    if n > 1 { entropy / (n as f64).log2() } else { 0.0 }
}

/// Extension, or the whole name where there is none.
fn kind_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(name, |(_, extension)| extension)
}

/// Folders of the touched files, each once.
fn folders_of<'a>(files: &[File<'a>]) -> Vec<&'a str> {
    let mut folders: Vec<&str> =
        files.iter().map(|file| file.path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// Every two of `numbers`, the smaller first where they are sorted.
fn pairs(numbers: &[u32]) -> impl Iterator<Item = (u32, u32)> + '_ {
    numbers.iter().enumerate().flat_map(|(at, one)| numbers[at + 1..].iter().map(move |other| (*one, *other)))
}
