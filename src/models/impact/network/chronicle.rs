//! What had happened to every file up to a moment?
//!
//! In: commits in their order. Out: for each code file how often it changed, with whom, by whom, and under which
//! messages, newer changes counting more. Files keep their past when they are renamed. Never looks ahead: what is asked
//! is answered from the commits passed so far.

use super::words::{self, Word};
use crate::domain::{BlobId, ChangeKind, Commit, FileChange, Log};
use crate::models::impact::structural::{is_code, is_test};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

/// Files in one commit above which it ties nobody together: the limit of the published co-change baselines.
pub(super) const MAX_COMMIT_FILES: usize = 30;

/// Half-lives of a change, in days: a year for habits, six weeks for what is being worked on.
const HALF_LIVES_DAYS: [f64; 2] = [365.0, 45.0];

/// Pairs that are counted at most, about 100 MB; beyond it the weakest are forgotten.
const MAX_PAIRS: usize = 1_000_000;

/// Commits by the same author that follow each other within this many days may be parts of one work …
const MAX_WORK_DAYS: f64 = 2.0;
/// … and this many of them are looked back at.
const MAX_WORK_COMMITS: usize = 5;

/// Newest commits of anybody that are remembered as they were.
const N_RECENT: usize = 3;

/// Words of messages that are remembered at most, with the files they were said of.
const MAX_MESSAGE_WORDS: usize = 200_000;

const SECONDS_A_DAY: f64 = 86_400.0;

/// Two weights that fade: by a year, and by six weeks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Fading {
    pub long: f64,
    pub short: f64,
}

/// What is known of a pair of files.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Together {
    /// Commits that changed both.
    pub n: u32,
    pub weight: Fading,
    /// Fading count of commits of one author, shortly after each other, that changed one each.
    pub near: f64,
    /// Place of the last commit that changed both.
    pub last_nth: u32,
}

/// What is known of a file.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Index into the log's paths, as of now.
    pub path: u32,
    pub is_there: bool,
    pub n: u32,
    pub weight: Fading,
    pub last_at: i64,
    pub last_nth: u32,
    /// Lines, as far as additions and deletions tell.
    pub n_lines: i64,
    pub blob: Option<BlobId>,
    pub partners: FxHashMap<u32, Together>,
    pub name: Name,
}

/// What a path says.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub parts: Vec<Word>,
    pub stem: Word,
    pub bare_stem: Word,
    pub is_test: bool,
}

/// Everything up to a moment.
pub(super) struct Chronicle<'a> {
    pub log: &'a Log,
    pub files: Vec<File>,
    by_path: FxHashMap<u32, u32>,
    authors: FxHashMap<u32, Author>,
    pub recent: VecDeque<Vec<u32>>,
    pub said_of: FxHashMap<Word, FxHashMap<u32, u32>>,
    is_code: FxHashMap<u32, bool>,
    n_pairs: usize,
    n_words: usize,
    /// Newest moment passed, in seconds.
    pub now: i64,
    /// Commits passed.
    pub nth: u32,
    began: i64,
}

/// What somebody did.
#[derive(Debug, Default)]
pub(super) struct Author {
    pub files: FxHashMap<u32, Fading>,
    /// Newest last: when, and which files.
    pub works: VecDeque<(i64, Vec<u32>)>,
}

impl<'a> Chronicle<'a> {
    pub(super) fn new(log: &'a Log) -> Self {
        Self {
            log,
            files: Vec::new(),
            by_path: FxHashMap::default(),
            authors: FxHashMap::default(),
            recent: VecDeque::new(),
            said_of: FxHashMap::default(),
            is_code: FxHashMap::default(),
            n_pairs: 0,
            n_words: 0,
            now: i64::MIN,
            nth: 0,
            began: 0,
        }
    }

    /// The file that has this path now.
    pub(super) fn file_at(&self, path: u32) -> Option<u32> {
        self.by_path.get(&path).copied().filter(|file| self.files[*file as usize].is_there)
    }

    pub(super) fn path(&self, file: u32) -> &'a str {
        &self.log.paths[self.files[file as usize].path as usize]
    }

    pub(super) fn author(&self, author: u32) -> Option<&Author> {
        self.authors.get(&author)
    }

    /// The unit in which weights are counted now: divide by it to have a change of this moment weigh 1.
    pub(super) fn unit(&self) -> Fading {
        self.unit_at(self.now)
    }

    /// Code files of a commit that are there before it, with their place in it, in its order.
    pub(super) fn known_files(&self, commit: &Commit) -> Vec<(u32, usize)> {
        let known = |(place, change): (usize, &FileChange)| {
            let before = change.old_path.filter(|_| change.kind == ChangeKind::Renamed).unwrap_or(change.path);
            Some((self.file_at(before)?, place))
        };
        let mut files: Vec<(u32, usize)> = commit.changes.iter().enumerate().filter_map(known).collect();
        let mut seen = FxHashSet::default();
        files.retain(|(file, _)| seen.insert(*file));
        files
    }

    /// Passes a commit and says which code files it touched; merges repeat what was passed before.
    pub(super) fn pass(&mut self, commit: &Commit) -> Vec<u32> {
        if commit.is_merge() {
            return Vec::new();
        }
        let at = commit.committed_at.0;
        if self.now == i64::MIN {
            self.began = at;
        }
        self.now = self.now.max(at);
        let touched = self.apply(commit);
        if !touched.is_empty() && commit.changes.len() <= MAX_COMMIT_FILES {
            self.note_company(&touched, commit);
        }
        self.nth += 1;
        touched
    }

    /// Takes files away whose paths are not there.
    pub(super) fn keep_only(&mut self, is_there: &dyn Fn(&str) -> bool) {
        let paths = &self.log.paths;
        self.files.iter_mut().for_each(|file| file.is_there &= is_there(&paths[file.path as usize]));
    }

    /// Moves, adds and removes files, and says which code files the commit touched.
    fn apply(&mut self, commit: &Commit) -> Vec<u32> {
        let mut touched = Vec::new();
        // Two files may trade names in one commit: all leave before any arrives.
        let renamed = commit.changes.iter().filter(|change| change.kind == ChangeKind::Renamed);
        let mut moved: FxHashMap<u32, u32> =
            renamed.filter_map(|change| Some((change.path, self.by_path.remove(&change.old_path?)?))).collect();
        for change in &commit.changes {
            if !self.is_code(change.path) {
                if let Some(file) = moved.remove(&change.path) {
                    self.files[file as usize].is_there = false;
                }
                continue;
            }
            let file = match moved.remove(&change.path) {
                Some(file) => self.rename(file, change.path),
                None => self.file(change.path),
            };
            let is_there = change.kind != ChangeKind::Deleted;
            let state = &mut self.files[file as usize];
            state.is_there = is_there;
            state.blob = change.new_blob;
            let grown = i64::from(change.added) - i64::from(change.deleted);
            state.n_lines = if is_there { (state.n_lines + grown).max(0) } else { 0 };
            state.last_at = self.now;
            state.last_nth = self.nth;
            touched.push(file);
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn file(&mut self, path: u32) -> u32 {
        if let Some(file) = self.by_path.get(&path) {
            return *file;
        }
        let file = self.files.len() as u32;
        let name = Name::of(&self.log.paths[path as usize]);
        self.files.push(File {
            path,
            is_there: true,
            n: 0,
            weight: Fading::default(),
            last_at: self.now,
            last_nth: self.nth,
            n_lines: 0,
            blob: None,
            partners: FxHashMap::default(),
            name,
        });
        self.by_path.insert(path, file);
        file
    }

    fn rename(&mut self, file: u32, path: u32) -> u32 {
        if let Some(replaced) = self.by_path.insert(path, file) {
            self.files[replaced as usize].is_there = false;
        }
        let state = &mut self.files[file as usize];
        state.path = path;
        state.name = Name::of(&self.log.paths[path as usize]);
        file
    }

    fn note_company(&mut self, touched: &[u32], commit: &Commit) {
        let unit = self.unit();
        for &file in touched {
            let state = &mut self.files[file as usize];
            state.n += 1;
            state.weight.add(unit);
            for &other in touched.iter().filter(|other| **other != file) {
                let together = state.partners.entry(other).or_insert_with(|| {
                    self.n_pairs += 1;
                    Together::default()
                });
                together.n += 1;
                together.weight.add(unit);
                together.last_nth = self.nth;
            }
        }
        self.note_work(touched, commit.author, unit);
        self.recent.push_back(touched.to_vec());
        self.recent.drain(..self.recent.len().saturating_sub(N_RECENT));
        for word in words::plain(commit.subject()) {
            if self.n_words < MAX_MESSAGE_WORDS || self.said_of.contains_key(&word) {
                let files = self.said_of.entry(word).or_default();
                for &file in touched {
                    *files.entry(file).or_insert_with(|| {
                        self.n_words += 1;
                        0
                    }) += 1;
                }
            }
        }
        if self.n_pairs > MAX_PAIRS {
            self.forget_pairs(unit.long);
        }
    }

    fn note_work(&mut self, touched: &[u32], author: u32, unit: Fading) {
        let author = self.authors.entry(author).or_default();
        for &file in touched {
            author.files.entry(file).or_default().add(unit);
        }
        let is_near = |at: i64| (self.now - at) as f64 <= MAX_WORK_DAYS * SECONDS_A_DAY;
        for (_, others) in author.works.iter().filter(|(at, _)| is_near(*at)) {
            for (&file, &other) in touched.iter().flat_map(|file| others.iter().map(move |other| (file, other))) {
                if file != other {
                    for (a, b) in [(file, other), (other, file)] {
                        let together = self.files[a as usize].partners.entry(b).or_insert_with(|| {
                            self.n_pairs += 1;
                            Together::default()
                        });
                        together.near += unit.long;
                    }
                }
            }
        }
        author.works.push_back((self.now, touched.to_vec()));
        author.works.drain(..author.works.len().saturating_sub(MAX_WORK_COMMITS));
    }

    /// Forgets the weakest pairs until there is room for as many again.
    fn forget_pairs(&mut self, unit: f64) {
        let mut least = 0.1;
        while self.n_pairs > MAX_PAIRS / 2 {
            self.n_pairs = 0;
            for file in &mut self.files {
                file.partners.retain(|_, together| together.weight.long + together.near >= least * unit);
                self.n_pairs += file.partners.len();
            }
            least *= 2.0;
        }
    }

    fn is_code(&mut self, path: u32) -> bool {
        let log = self.log;
        *self.is_code.entry(path).or_insert_with(|| is_code(&log.paths[path as usize]))
    }

    /// Weights grow with time instead of fading, so that old ones need not be touched: within a hundred years of the
    /// first commit the largest is 2 to the power of 811.
    fn unit_at(&self, at: i64) -> Fading {
        let days = ((at - self.began) as f64 / SECONDS_A_DAY).clamp(-20_000.0, 36_500.0);
        let [long, short] = HALF_LIVES_DAYS.map(|half_life| (days / half_life).exp2());
        Fading { long, short }
    }
}

impl File {
    /// Changes expected of the file in the next 30 days: the mean of its rates over a year and over six weeks, each the
    /// fading count over the time it stands for.
    pub(super) fn rate(&self, unit: Fading) -> f64 {
        let [long, short] = HALF_LIVES_DAYS.map(|half_life| 30.0 * std::f64::consts::LN_2 / half_life);
        (self.weight.long / unit.long * long + self.weight.short / unit.short * short) / 2.0
    }
}

impl Name {
    fn of(path: &str) -> Self {
        Self {
            parts: words::parts(path),
            stem: words::stem(path),
            bare_stem: words::bare_stem(path),
            is_test: is_test(path),
        }
    }
}

impl Fading {
    fn add(&mut self, unit: Fading) {
        self.long += unit.long;
        self.short += unit.short;
    }
}

/// Which words stand in which file, for the files read so far.
#[derive(Debug, Default)]
pub(super) struct Texts {
    read: FxHashMap<u32, Read>,
    using: FxHashMap<Word, FxHashSet<u32>>,
    declaring: FxHashMap<Word, FxHashSet<u32>>,
}

/// The words of one file.
#[derive(Debug)]
pub(super) struct Read {
    blob: BlobId,
    pub uses: Vec<Word>,
    pub declares: Vec<Word>,
}

impl Texts {
    /// Reads what changed since the last call.
    pub(super) fn catch_up(&mut self, chronicle: &Chronicle<'_>, text: &dyn Fn(BlobId) -> Option<Vec<u8>>) {
        for (file, state) in (0u32..).zip(&chronicle.files) {
            let wanted = state.blob.filter(|_| state.is_there);
            if wanted == self.read.get(&file).map(|read| read.blob) {
                continue;
            }
            self.forget(file);
            if let Some((blob, text)) = wanted.and_then(|blob| Some((blob, text(blob)?))) {
                self.learn(file, Read { blob, uses: words::identifiers(&text), declares: words::declared(&text) });
            }
        }
    }

    /// The words of a file, where it was read.
    pub(super) fn of(&self, file: u32) -> Option<&Read> {
        self.read.get(&file)
    }

    /// Files that use the word.
    pub(super) fn using(&self, word: Word) -> Option<&FxHashSet<u32>> {
        self.using.get(&word)
    }

    /// Files that declare the word.
    pub(super) fn declaring(&self, word: Word) -> Option<&FxHashSet<u32>> {
        self.declaring.get(&word)
    }

    fn learn(&mut self, file: u32, read: Read) {
        for (words, index) in [(&read.uses, &mut self.using), (&read.declares, &mut self.declaring)] {
            for word in words {
                index.entry(*word).or_default().insert(file);
            }
        }
        self.read.insert(file, read);
    }

    fn forget(&mut self, file: u32) {
        let Some(read) = self.read.remove(&file) else { return };
        for (words, index) in [(&read.uses, &mut self.using), (&read.declares, &mut self.declaring)] {
            for word in words {
                if let Some(files) = index.get_mut(word) {
                    files.remove(&file);
                }
            }
        }
    }
}
