//! What speaks for it that one file feels a change of another?
//!
//! In: the chronicle and the texts of a moment, and a question: one changed file, with its change, its author and the
//! message as far as they are known. Out: the candidates worth ranking, a row of numbers for each, and the edges among
//! them. Never uses anything later than the moment, and never an author where facts about people are off.

use super::chronicle::{Chronicle, Fading, File, MAX_COMMIT_FILES, Texts};
use super::net::{Edge, Scene};
use super::words::{self, Word};
use ndarray::Array2;
use rustc_hash::{FxHashMap, FxHashSet};

/// Numbers that speak for one candidate.
pub(super) const N_FEATURES: usize = 39;

/// Where each number stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Evidence {
    /// Share of the file's changes, fading over a year, that changed the candidate too.
    Confidence,
    /// The same unfaded.
    PlainConfidence,
    /// Share of the candidate's changes that changed the file too.
    ReverseConfidence,
    /// Share over six weeks.
    RecentConfidence,
    /// Logarithm of the commits that changed both.
    Support,
    /// Cosine of the two files' changes.
    Cosine,
    /// Jaccard index of the two files' changes.
    Jaccard,
    /// Logarithm of the commits since both changed.
    SinceTogether,
    /// Confidence by way of a third file.
    SecondHand,
    /// The same over six weeks.
    RecentSecondHand,
    /// Neighbouring commits of one author.
    Near,
    /// Changes of the candidate, fading over a year.
    Changes,
    /// The same over six weeks.
    RecentChanges,
    /// Logarithm of the days since it changed.
    Idle,
    /// Logarithm of the commits since it changed.
    IdleCommits,
    /// Logarithm of all its changes.
    AllChanges,
    /// Logarithm of its lines.
    Size,
    /// Whether the newest commits changed it.
    JustChanged,
    /// Same folder.
    SameFolder,
    /// Share of the path in common.
    CommonPath,
    /// Jaccard index of the words of the two paths.
    PathWords,
    /// The same name, without what marks a test.
    SameStem,
    /// A test and what it tests, by name.
    TestPair,
    /// Rare words in common.
    SharedWords,
    /// The same by the candidate's size.
    SharedWordsBySize,
    /// Names the file declares and the candidate uses.
    UsesFile,
    /// Names the candidate declares and the file uses.
    UsedByFile,
    /// The candidate names the file.
    NamesFile,
    /// The file names the candidate.
    NamedByFile,
    /// The author's share in the candidate's changes.
    AuthorShare,
    /// The author's changes of it in the last six weeks.
    AuthorRecent,
    /// Whether it is in what the author did last.
    AuthorLast,
    /// Rare words of the changed lines that it uses.
    ChangedWords,
    /// Names declared on the changed lines that it uses.
    ChangedNames,
    /// Words of the message in its path.
    MessagePath,
    /// Words of the message that were said of its changes.
    MessagePast,
    /// Whether the author is known.
    KnowsAuthor,
    /// Whether the changed lines are known.
    KnowsChange,
    /// Whether the message is known.
    KnowsMessage,
}

use Evidence as E;

/// Candidates that are ranked by the network; the others follow by [`E::Confidence`].
pub(super) const N_CANDIDATES: usize = 128;

/// Files above which only those with a sign of company are looked at.
const MAX_ALL: usize = 4_000;

/// Most changed files that are looked at where not all are.
const N_POPULAR: usize = 500;

/// Third files that are asked for their company.
const MAX_THIRDS: usize = 50;

/// Words of a change that are looked up.
const MAX_WORDS: usize = 400;

/// A word in more than this share of the files tells nothing: of changed lines, and of whole files.
const COMMON: (f32, f32) = (0.3, 0.1);

/// Files that may declare a name before it is ambiguous.
const MAX_DECLARING: usize = 3;

/// A word said of more changes than this is a word of the house.
const MAX_SAID: u32 = 3_000;

/// Company of a candidate that is kept as edges.
const MAX_EDGES_EACH: usize = 8;

/// Signs by which candidates are found, best of each in turn.
const SIGNS: [Evidence; 13] = [
    E::Confidence,
    E::ChangedWords,
    E::SecondHand,
    E::NamedByFile,
    E::Cosine,
    E::MessagePast,
    E::SharedWords,
    E::MessagePath,
    E::UsesFile,
    E::AuthorRecent,
    E::Changes,
    E::NamesFile,
    E::SameStem,
];

/// The words of a change.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ChangedWords {
    pub(super) uses: Vec<Word>,
    pub(super) declares: Vec<Word>,
}

/// The words of a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SaidWords {
    parts: Vec<Word>,
    plain: Vec<Word>,
}

/// Which files feel a change of this one?
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub file: u32,
    pub author: Option<u32>,
    pub change: Option<&'a ChangedWords>,
    pub message: Option<&'a SaidWords>,
}

/// Candidates with their scene; what stands in `files` and in the rows goes together.
pub(super) struct Asked {
    pub files: Vec<u32>,
    /// Their paths, and that of the asked file, as indexes into the log's paths.
    pub paths: Vec<u32>,
    pub path: u32,
    /// Changes expected of the asked file within 30 days.
    pub rate: f64,
    pub scene: Scene,
    /// All others that were looked at, most company first.
    pub others: Vec<u32>,
}

impl ChangedWords {
    /// The words of changed lines, old and new together.
    pub(super) fn of(lines: &[u8]) -> Self {
        Self { uses: words::identifiers(lines), declares: words::declared(lines) }
    }
}

impl SaidWords {
    /// Characters of a message that are looked at.
    const MAX_CHARS: usize = 800;

    /// The words of a message.
    pub fn of(message: &str) -> Self {
        let end = message.char_indices().nth(Self::MAX_CHARS).map_or(message.len(), |(at, _)| at);
        Self { parts: words::parts(&message[..end]), plain: words::plain(&message[..end]) }
    }
}

/// Asks the chronicle.
pub(super) fn ask(chronicle: &Chronicle<'_>, texts: &Texts, question: Question<'_>) -> Asked {
    let view = View { chronicle, texts, question, unit: chronicle.unit() };
    let pool = view.pool();
    let rows = view.rows(&pool);
    let (chosen, rest) = candidates(&rows);
    let files: Vec<u32> = chosen.iter().map(|at| pool[*at]).collect();
    let evidence = Array2::from_shape_fn((chosen.len(), N_FEATURES), |(nth, at)| rows[chosen[nth]][at]);
    let edges = view.edges(&files);
    let path_of = |file: &u32| chronicle.files[*file as usize].path;
    let (paths, path) = (files.iter().map(path_of).collect(), path_of(&question.file));
    Asked {
        files,
        paths,
        path,
        rate: view.asked().rate(view.unit),
        scene: Scene { evidence, edges },
        others: rest.into_iter().map(|at| pool[at]).collect(),
    }
}

type Row = [f32; N_FEATURES];

/// Places of the rows that are ranked, by taking the best of each sign in turn; and the others, best first.
fn candidates(rows: &[Row]) -> (Vec<usize>, Vec<usize>) {
    let company = |at: usize| (rows[at][E::Confidence as usize], rows[at][E::Changes as usize]);
    let by_company = |a: &usize, b: &usize| {
        let ((a_with, a_all), (b_with, b_all)) = (company(*a), company(*b));
        b_with.total_cmp(&a_with).then(b_all.total_cmp(&a_all)).then(a.cmp(b))
    };
    let mut all: Vec<usize> = (0..rows.len()).collect();
    if rows.len() <= N_CANDIDATES {
        return (all, Vec::new());
    }
    let lists: Vec<Vec<usize>> = SIGNS
        .iter()
        .map(|sign| {
            let value = |at: &usize| rows[*at][*sign as usize];
            let mut list: Vec<usize> = all.iter().copied().filter(|at| value(at) > 0.0).collect();
            list.sort_unstable_by(|a, b| value(b).total_cmp(&value(a)).then(a.cmp(b)));
            list.truncate(N_CANDIDATES);
            list
        })
        .collect();
    let mut is_chosen = vec![false; rows.len()];
    let mut chosen = Vec::with_capacity(N_CANDIDATES);
    let in_turn = (0..N_CANDIDATES).flat_map(|rank| lists.iter().filter_map(move |list| list.get(rank)));
    for &at in in_turn {
        if chosen.len() < N_CANDIDATES && !std::mem::replace(&mut is_chosen[at], true) {
            chosen.push(at);
        }
    }
    all.retain(|at| !is_chosen[*at]);
    all.sort_unstable_by(by_company);
    (chosen, all)
}

struct View<'a> {
    chronicle: &'a Chronicle<'a>,
    texts: &'a Texts,
    question: Question<'a>,
    unit: Fading,
}

impl View<'_> {
    fn asked(&self) -> &File {
        self.file(self.question.file)
    }

    fn file(&self, file: u32) -> &File {
        &self.chronicle.files[file as usize]
    }

    fn is_there(&self, file: u32) -> bool {
        file != self.question.file && self.file(file).is_there
    }

    /// Files that may be felt: all, or in a huge repository those with a sign and the most changed.
    fn pool(&self) -> Vec<u32> {
        let n = self.chronicle.files.len() as u32;
        let there: Vec<u32> = (0..n).filter(|file| self.is_there(*file)).collect();
        if there.len() <= MAX_ALL {
            return there;
        }
        let mut pool: FxHashSet<u32> = self.asked().partners.keys().copied().collect();
        pool.extend(self.second_hand().0.into_keys());
        pool.extend(self.mentions().0.into_keys());
        pool.extend(self.changed().0.into_keys());
        let mut popular = there.clone();
        popular.sort_unstable_by(|a, b| self.file(*b).weight.long.total_cmp(&self.file(*a).weight.long).then(a.cmp(b)));
        pool.extend(popular.into_iter().take(N_POPULAR));
        let here = folder_of(self.chronicle.path(self.question.file));
        let is_near = |file: &u32| {
            folder_of(self.chronicle.path(*file)) == here
                || self.file(*file).name.bare_stem == self.asked().name.bare_stem
        };
        there.into_iter().filter(|file| pool.contains(file) || is_near(file)).collect()
    }

    fn rows(&self, pool: &[u32]) -> Vec<Row> {
        let found = Found {
            second_hand: self.second_hand(),
            shared: self.shared_words(),
            mentions: self.mentions(),
            changed: self.changed(),
            said: self.said(),
            last: self.author_last(),
            just: self.just_changed(),
        };
        pool.iter().map(|file| self.row(*file, &found)).collect()
    }

    fn row(&self, file: u32, found: &Found) -> Row {
        let mut row = [0.0; N_FEATURES];
        let mut put = |at: Evidence, value: f64| row[at as usize] = if value.is_finite() { value as f32 } else { 0.0 };
        self.put_company(file, &mut put);
        self.put_name(file, &mut put);
        self.put_author(file, &mut put);
        let of = |found: &FxHashMap<u32, f64>| found.get(&file).copied().unwrap_or(0.0);
        put(E::SecondHand, of(&found.second_hand.0));
        put(E::RecentSecondHand, of(&found.second_hand.1));
        put(E::JustChanged, of(&found.just));
        put(E::AuthorLast, of(&found.last));
        let shared = of(&found.shared);
        put(E::SharedWords, shared);
        put(E::SharedWordsBySize, shared / (1.0 + self.file(file).n_lines as f64 / 100.0).sqrt());
        put(E::UsesFile, of(&found.mentions.0).ln_1p());
        put(E::UsedByFile, of(&found.mentions.1).ln_1p());
        put(E::ChangedWords, of(&found.changed.0));
        put(E::ChangedNames, of(&found.changed.1));
        put(E::MessagePast, of(&found.said));
        row
    }

    fn put_company(&self, file: u32, put: &mut impl FnMut(Evidence, f64)) {
        let (asked, candidate) = (self.asked(), self.file(file));
        let (own, their) = (asked.weight, candidate.weight);
        let together = asked.partners.get(&file).copied().unwrap_or_default();
        let both = together.weight;
        put(E::Confidence, ratio(both.long, own.long));
        put(E::PlainConfidence, ratio(f64::from(together.n), f64::from(asked.n)));
        put(E::ReverseConfidence, ratio(both.long, their.long));
        put(E::RecentConfidence, both.short / (own.short + 0.3 * self.unit.short));
        put(E::Support, f64::from(together.n).ln_1p());
        put(E::Cosine, ratio(both.long, (own.long * their.long).sqrt()));
        put(E::Jaccard, ratio(both.long, own.long + their.long - both.long));
        let since = f64::from(self.chronicle.nth.saturating_sub(together.last_nth)).ln_1p();
        put(E::SinceTogether, if together.n > 0 { since } else { 12.0 });
        put(E::Near, ratio(together.near, own.long));
        put(E::Changes, their.long / self.unit.long);
        put(E::RecentChanges, their.short / self.unit.short);
        put(E::Idle, ((self.chronicle.now - candidate.last_at).max(0) as f64 / 86_400.0).ln_1p());
        put(E::IdleCommits, f64::from(self.chronicle.nth - candidate.last_nth).ln_1p());
        put(E::AllChanges, f64::from(candidate.n).ln_1p());
        put(E::Size, (candidate.n_lines as f64).ln_1p());
    }

    fn put_name(&self, file: u32, put: &mut impl FnMut(Evidence, f64)) {
        let (asked, candidate) = (&self.asked().name, &self.file(file).name);
        let (here, there) = (self.chronicle.path(self.question.file), self.chronicle.path(file));
        let is_same_stem = f64::from(u8::from(asked.bare_stem == candidate.bare_stem));
        let is_pair = f64::from(u8::from(asked.is_test != candidate.is_test));
        put(E::SameFolder, f64::from(u8::from(folder_of(here) == folder_of(there))));
        put(E::CommonPath, common_path(here, there));
        let n_both = n_common(&asked.parts, &candidate.parts) as f64;
        put(E::PathWords, ratio(n_both, (asked.parts.len() + candidate.parts.len()) as f64 - n_both));
        put(E::SameStem, is_same_stem);
        put(E::TestPair, is_pair * (is_same_stem + 0.2));
        let uses = |file: u32, word: Word| {
            let read = self.texts.of(file);
            f64::from(u8::from(read.is_some_and(|read| read.uses.binary_search(&word).is_ok())))
        };
        put(E::NamesFile, uses(file, asked.stem));
        put(E::NamedByFile, uses(self.question.file, candidate.stem));
        if let Some(message) = self.question.message {
            put(E::KnowsMessage, 1.0);
            let n = n_common(&message.parts, &candidate.parts) as f64;
            put(E::MessagePath, n / (1.0 + candidate.parts.len() as f64).sqrt());
        }
    }

    fn put_author(&self, file: u32, put: &mut impl FnMut(Evidence, f64)) {
        put(E::KnowsChange, f64::from(u8::from(self.question.change.is_some())));
        let Some(author) = self.question.author else { return };
        put(E::KnowsAuthor, 1.0);
        let did = self.chronicle.author(author).and_then(|author| author.files.get(&file)).copied().unwrap_or_default();
        put(E::AuthorShare, did.long / (self.unit.long + self.file(file).weight.long));
        put(E::AuthorRecent, did.short / self.unit.short);
    }

    /// Company by way of third files, over a year and over six weeks.
    fn second_hand(&self) -> (FxHashMap<u32, f64>, FxHashMap<u32, f64>) {
        let asked = self.asked();
        let mut thirds: Vec<(u32, f64)> = asked
            .partners
            .iter()
            .map(|(third, together)| (*third, ratio(together.weight.long, asked.weight.long)))
            .collect();
        thirds.retain(|(_, share)| *share > 0.02);
        thirds.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let (mut long, mut short) = (FxHashMap::default(), FxHashMap::default());
        for (third, share) in thirds.into_iter().take(MAX_THIRDS) {
            let third = self.file(third);
            for (file, together) in &third.partners {
                *long.entry(*file).or_insert(0.0) += share * ratio(together.weight.long, third.weight.long);
                let recent = together.weight.short / (third.weight.short + 0.3 * self.unit.short);
                *short.entry(*file).or_insert(0.0) += share * recent;
            }
        }
        (long, short)
    }

    /// Rare words in common, as a share of the rarity of all words of the file.
    fn shared_words(&self) -> FxHashMap<u32, f64> {
        let uses = self.texts.of(self.question.file).map_or(&[][..], |read| &read.uses);
        self.by_rarity(uses, COMMON.1, 2)
    }

    fn by_rarity(&self, words: &[Word], common: f32, min_files: usize) -> FxHashMap<u32, f64> {
        let n_files = self.chronicle.files.len() as f32;
        let mut found = FxHashMap::default();
        let mut total = 1e-9;
        for files in words.iter().filter_map(|word| self.texts.using(*word)) {
            let n = files.len();
            if n < min_files.max(1) || n as f32 > common * n_files + 3.0 {
                continue;
            }
            let rarity = f64::from(n_files / n as f32).ln().max(0.0);
            total += rarity;
            files.iter().for_each(|file| *found.entry(*file).or_insert(0.0) += rarity);
        }
        found.values_mut().for_each(|sum| *sum /= total);
        found
    }

    /// Names the file declares and others use, and names others declare and the file uses.
    fn mentions(&self) -> (FxHashMap<u32, f64>, FxHashMap<u32, f64>) {
        let (mut using, mut used) = (FxHashMap::default(), FxHashMap::default());
        let Some(read) = self.texts.of(self.question.file) else { return (using, used) };
        for word in &read.declares {
            let n_declaring = self.texts.declaring(*word).map_or(0, FxHashSet::len);
            if (1..=MAX_DECLARING).contains(&n_declaring) {
                for file in self.texts.using(*word).into_iter().flatten() {
                    *using.entry(*file).or_insert(0.0) += 1.0 / n_declaring as f64;
                }
            }
        }
        for word in &read.uses {
            if let Some(declaring) = self.texts.declaring(*word).filter(|files| files.len() <= MAX_DECLARING) {
                for file in declaring {
                    *used.entry(*file).or_insert(0.0) += 1.0 / declaring.len() as f64;
                }
            }
        }
        (using, used)
    }

    /// Words of the changed lines that others use, and names declared there that others use.
    fn changed(&self) -> (FxHashMap<u32, f64>, FxHashMap<u32, f64>) {
        let mut named = FxHashMap::default();
        let Some(change) = self.question.change else { return (FxHashMap::default(), named) };
        let n_files = self.chronicle.files.len() as f32;
        for files in change.declares.iter().take(MAX_WORDS).filter_map(|word| self.texts.using(*word)) {
            let n = files.len();
            if n > 0 && n as f32 <= COMMON.1 * n_files + 3.0 {
                let rarity = f64::from(n_files / n as f32).ln().max(0.0) / (n as f64).sqrt();
                files.iter().for_each(|file| *named.entry(*file).or_insert(0.0) += rarity);
            }
        }
        let uses = &change.uses[..change.uses.len().min(MAX_WORDS)];
        (self.by_rarity(uses, COMMON.0, 1), named)
    }

    /// How often changes of a file were described by the words of this message, rare words counting more.
    fn said(&self) -> FxHashMap<u32, f64> {
        let mut found = FxHashMap::default();
        let Some(message) = self.question.message else { return found };
        for files in message.plain.iter().filter_map(|word| self.chronicle.said_of.get(word)) {
            let total: u32 = files.values().sum();
            if total <= MAX_SAID {
                for (file, n) in files {
                    *found.entry(*file).or_insert(0.0) += f64::from(*n) / f64::from(5 + total);
                }
            }
        }
        found
    }

    fn author_last(&self) -> FxHashMap<u32, f64> {
        let mut found = FxHashMap::default();
        let author = self.question.author.and_then(|author| self.chronicle.author(author));
        for (back, (at, files)) in author.into_iter().flat_map(|author| author.works.iter().rev().enumerate()) {
            let days = (self.chronicle.now - at).max(0) as f64 / 86_400.0;
            let weight = 0.8f64.powi(back as i32) * (-days / 7.0).exp();
            files.iter().for_each(|file| keep_larger(&mut found, *file, weight));
        }
        found
    }

    fn just_changed(&self) -> FxHashMap<u32, f64> {
        let mut found = FxHashMap::default();
        for (back, files) in self.chronicle.recent.iter().rev().enumerate() {
            files.iter().for_each(|file| keep_larger(&mut found, *file, 0.7f64.powi(back as i32)));
        }
        found
    }

    /// Edges among the candidates: company, names used, names declared, and the same name.
    fn edges(&self, files: &[u32]) -> Vec<Edge> {
        let place: FxHashMap<u32, u16> = files.iter().copied().zip(0..).collect();
        let mut edges = Vec::new();
        for (file, to) in files.iter().zip(0u16..) {
            let state = self.file(*file);
            let known = state.partners.iter().filter_map(|(other, together)| {
                Some((*place.get(other)?, ratio(together.weight.long, state.weight.long) as f32))
            });
            push_strongest(&mut edges, to, 0, known.filter(|(_, weight)| *weight > 0.0).collect());
            let uses = self.texts.of(*file).map_or(&[][..], |read| &read.uses);
            let named = files
                .iter()
                .zip(0u16..)
                .filter(|(other, _)| **other != *file && uses.binary_search(&self.file(**other).name.stem).is_ok());
            let named: Vec<u16> = named.map(|(_, at)| at).take(MAX_EDGES_EACH).collect();
            push_strongest(&mut edges, to, 1, named.iter().map(|at| (*at, 1.0)).collect());
            edges.extend(named.iter().map(|at| Edge { to: *at, from: to, kind: 2, weight: 1.0 }));
            let alike = files
                .iter()
                .zip(0u16..)
                .filter(|(other, _)| **other != *file && self.file(**other).name.bare_stem == state.name.bare_stem);
            push_strongest(&mut edges, to, 3, alike.map(|(_, at)| (at, 1.0)).take(MAX_EDGES_EACH).collect());
        }
        level(&mut edges, files.len(), 2);
        edges
    }
}

/// Sparse evidence, by file.
struct Found {
    second_hand: (FxHashMap<u32, f64>, FxHashMap<u32, f64>),
    shared: FxHashMap<u32, f64>,
    mentions: (FxHashMap<u32, f64>, FxHashMap<u32, f64>),
    changed: (FxHashMap<u32, f64>, FxHashMap<u32, f64>),
    said: FxHashMap<u32, f64>,
    last: FxHashMap<u32, f64>,
    just: FxHashMap<u32, f64>,
}

/// Adds the strongest senders; their weights become shares of their sum, a lonely weak one stays weak.
fn push_strongest(edges: &mut Vec<Edge>, to: u16, kind: u8, mut senders: Vec<(u16, f32)>) {
    senders.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    senders.truncate(MAX_EDGES_EACH);
    let total = 0.5 + senders.iter().map(|(_, weight)| weight).sum::<f32>();
    edges.extend(senders.into_iter().map(|(from, weight)| Edge { to, from, kind, weight: weight / total }));
}

/// Makes the weights of `kind` that arrive at one file sum to at most 1.
fn level(edges: &mut [Edge], n_files: usize, kind: u8) {
    let mut arriving = vec![0.5f32; n_files];
    edges.iter().filter(|edge| edge.kind == kind).for_each(|edge| arriving[usize::from(edge.to)] += edge.weight);
    for edge in edges.iter_mut().filter(|edge| edge.kind == kind) {
        edge.weight /= arriving[usize::from(edge.to)];
    }
}

fn keep_larger(found: &mut FxHashMap<u32, f64>, file: u32, weight: f64) {
    let kept = found.entry(file).or_insert(0.0);
    *kept = kept.max(weight);
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Share of the longer path's steps that both begin with.
fn common_path(a: &str, b: &str) -> f64 {
    let n_same = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count();
    n_same as f64 / a.split('/').count().max(b.split('/').count()) as f64
}

/// Elements that both sorted lists have.
fn n_common(a: &[Word], b: &[Word]) -> usize {
    a.iter().filter(|word| b.binary_search(word).is_ok()).count()
}

/// Whether a change of so many files says anything of company.
pub(super) fn is_telling(n_files: usize) -> bool {
    (2..=MAX_COMMIT_FILES).contains(&n_files)
}
