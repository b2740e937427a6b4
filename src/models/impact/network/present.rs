//! Which files will feel the change that is proposed now?
//!
//! In: the past, the texts of its newest tree, a network, and the changed files. Out: for each changed file the others
//! with the chance that they change along or within 30 days; and what was expected of past changes, the chances of their files put
//! together as if they were independent.

use super::chronicle::{Chronicle, Texts};
use super::evidence::{self, ChangedWords, Question, SaidWords};
use super::lessons::Lesson;
use super::net::{Scene, log_softmax};
use super::{Network, words};
use crate::domain::{Author, BlobId, ChangeKind, Diff, DiffFile};
use crate::history::Past;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, HashMap};

/// Changed files that are asked about; a change of more is a sweep, whose largest files speak for it.
const MAX_ASKED: usize = 30;

/// The end of a past, ready to be asked.
pub struct Present<'a> {
    chronicle: Chronicle<'a>,
    texts: Texts,
    places: HashMap<&'a str, u32>,
}

/// What is known of a change beyond the names of its files.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    files: Vec<ChangedFile>,
    message: Option<SaidWords>,
    author: Option<Author>,
}

impl<'a> Present<'a> {
    /// Passes the whole past, and reads the newest contents of its code files. `is_there` tells which paths exist: what a merge
    /// alone removed is not in the log of plain commits.
    pub fn new(past: &Past<'a>, is_there: &dyn Fn(&str) -> bool, text: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> Self {
        let mut chronicle = Chronicle::new(past.log);
        past.order.iter().for_each(|at| drop(chronicle.pass(&past.log.commits[*at as usize])));
        chronicle.keep_only(is_there);
        let mut texts = Texts::default();
        texts.catch_up(&chronicle, text);
        let there = (0u32..).zip(&chronicle.files).filter(|(_, file)| file.is_there);
        let places = there.map(|(place, _)| (chronicle.path(place), place)).collect();
        Self { chronicle, texts, places }
    }

    /// The other files with the chance that they change along with the changed file at `path`, or within 30 days of it;
    /// empty for a file that is new, or that is none of the largest of its change.
    pub fn chances(&self, network: &Network, changed: &Changed, path: &str) -> Vec<(String, Chance)> {
        let asked = changed.files.iter().take(MAX_ASKED).find(|known| known.after == path);
        let known = asked.and_then(|asked| Some((&asked.words, *self.places.get(asked.before.as_str())?)));
        let Some((change, file)) = known else { return Vec::new() };
        let author = changed
            .author
            .as_ref()
            .and_then(|author| self.chronicle.log.authors.iter().position(|known| known == author).map(|at| at as u32));
        let question = Question { file, author, change: Some(change), message: changed.message.as_ref() };
        let asked = evidence::ask(&self.chronicle, &self.texts, question);
        let chances = network.chances(&asked.scene, asked.rate);
        asked.files.iter().map(|file| self.chronicle.path(*file).to_owned()).zip(chances).collect()
    }
}

impl Changed {
    /// Paths after the change, most changed first.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.after.as_str())
    }

    /// What `diff` says; `people` tells whether its author may be used.
    pub fn of(diff: &Diff, people: bool, text: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> Self {
        let mut files: Vec<&DiffFile> = diff.files.iter().filter(|file| file.kind != ChangeKind::Added).collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.added.saturating_add(file.deleted)));
        let read = |file: &&DiffFile| {
            let before = file.old_path.as_ref().unwrap_or(&file.path).clone();
            ChangedFile { before, after: file.path.clone(), words: changed_words(file, text) }
        };
        let message = (!diff.messages.is_empty()).then(|| SaidWords::of(&diff.messages.join("\n")));
        Self { files: files.iter().map(read).collect(), message, author: diff.author.clone().filter(|_| people) }
    }
}

fn changed_words(file: &DiffFile, text: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> ChangedWords {
    let side = |blob: Option<BlobId>, is_new| Some(words::changed_lines(&blob.and_then(text)?, &file.hunks, is_new));
    let mut lines = side(file.old_blob, false).unwrap_or_default();
    lines.extend(side(file.new_blob, true).unwrap_or_default());
    ChangedWords::of(&lines)
}

/// A changed file that was there before.
#[derive(Debug, Clone)]
struct ChangedFile {
    before: String,
    after: String,
    words: ChangedWords,
}

/// What is expected of one file after the change of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Probability that it changes along, or within 30 days with the changed file: the likelier of the two.
    pub felt: f64,
    /// How many changes of both together are expected within 30 days: those of the changed file by its rate, times the
    /// probability that this one goes along.
    pub n_expected: f64,
}

/// Files expected to move, from how often each is expected to: one or more events of a Poisson process.
pub fn expected_files(n_expected: impl Iterator<Item = f64>) -> f64 {
    n_expected.map(|n| -(-n).exp_m1()).sum()
}

impl Network {
    /// One for each candidate.
    fn chances(&self, scene: &Scene, rate: f64) -> Vec<Chance> {
        let shares = log_softmax(&self.net.scores(scene));
        let chance = |answer: usize, share: f32| {
            let odds = self.meaning[answer].log_odds(f64::from(share));
            1.0 / (1.0 + (-odds).exp())
        };
        let both = shares.rows().into_iter().map(|row| (chance(0, row[0]), chance(1, row[1])));
        both.map(|(along, later)| Chance { felt: along.max(later), n_expected: rate * along }).collect()
    }

    /// Files expected to move with the asked file of a lesson.
    pub fn expected(&self, lesson: &Lesson) -> f64 {
        let chances = self.chances(&lesson.example.scene, lesson.rate);
        expected_files(chances.iter().map(|chance| chance.n_expected))
    }

    /// What was expected of each commit among the lessons, and what came, oldest first.
    pub fn reach_of_past(&self, lessons: &[Lesson]) -> Vec<PastReach> {
        let mut commits: BTreeMap<usize, PastReach> = BTreeMap::new();
        for lesson in lessons {
            let commit = commits.entry(lesson.nth).or_insert_with(|| PastReach::of(lesson));
            commit.own.insert(lesson.path);
            let chances = self.chances(&lesson.example.scene, lesson.rate);
            for ((path, chance), truth) in lesson.paths.iter().zip(chances).zip(lesson.example.truth.rows()) {
                *commit.missed.entry(*path).or_insert(1.0) *= 1.0 - chance.felt;
                *commit.n_expected.entry(*path).or_insert(0.0) += chance.n_expected;
                commit.own.extend((truth[0] > 0.0).then_some(*path));
                commit.later.extend((truth[1] > 0.0).then_some(*path));
            }
        }
        commits.into_values().collect()
    }
}

/// What was expected of a past commit, and what came.
#[derive(Debug, Clone, Default)]
pub struct PastReach {
    /// Place of the commit in the order of the past.
    pub nth: usize,
    /// Seconds.
    pub at: i64,
    missed: FxHashMap<u32, f64>,
    n_expected: FxHashMap<u32, f64>,
    own: FxHashSet<u32>,
    later: FxHashSet<u32>,
}

impl PastReach {
    fn of(lesson: &Lesson) -> Self {
        Self { nth: lesson.nth, at: lesson.at, ..Self::default() }
    }

    /// Files outside the commit with the chance that they move, likeliest first; paths as indexes into the log's paths.
    pub fn felt(&self) -> Vec<(u32, f64)> {
        let outside = self.missed.iter().filter(|(path, _)| !self.own.contains(path));
        let mut felt: Vec<(u32, f64)> = outside.map(|(path, missed)| (*path, 1.0 - missed)).collect();
        felt.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        felt
    }

    /// Files outside the commit that were expected to move.
    pub fn expected(&self) -> f64 {
        let outside = self.n_expected.iter().filter(|(path, _)| !self.own.contains(path));
        expected_files(outside.map(|(_, n)| *n))
    }

    /// Files outside the commit that moved with one of its files within 30 days.
    pub fn n_moved(&self) -> usize {
        self.later.difference(&self.own).count()
    }
}
