//! What does a repository's own past teach of how far changes are felt?
//!
//! In: the past, a way to read contents, and which commits to ask about. Out: questions as of their moment with what
//! came true: the other files of the same commit, and the files of the commits of the next 30 days that touched the file again.
//! What is asked about a commit never depends on anything after it; what came true does, and is kept apart.

use super::chronicle::{Chronicle, Texts};
use super::evidence::{self, Asked, ChangedWords, Evidence, Question, SaidWords, is_telling};
use super::net::{Example, N_ANSWERS, Scene};
use super::words;
use crate::domain::{BlobId, Commit, FileChange};
use crate::history::Past;
use ndarray::Array2;
use rustc_hash::FxHashSet;

/// Days in which a later change counts as felt.
pub const FELT_DAYS: i64 = 30;

/// Files of one commit that are asked about: a large one would teach the same thing many times.
const MAX_QUESTIONS: usize = 5;

/// A question with what came true.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Place of the commit in the order of the past.
    pub nth: usize,
    /// Seconds, not earlier than any commit before.
    pub at: i64,
    pub(super) example: Example,
    /// Paths of the candidates at the moment, as indexes into the log's paths.
    pub paths: Vec<u32>,
    /// For each question: places of what came true among the candidates that are not ranked, best first from 0.
    pub(super) unranked_hits: [Vec<usize>; N_ANSWERS],
    /// Changes expected of the asked file within 30 days.
    pub(super) rate: f64,
    /// Path of the asked file, as an index into the log's paths.
    pub path: u32,
}

/// What may be known of a change when it is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Who made it.
    pub author: bool,
    /// Which lines of the file it changes.
    pub change: bool,
    /// How it is described.
    pub message: bool,
}

impl Known {
    /// Everything a review knows.
    pub const ALL: Self = Self { author: true, change: true, message: true };
    /// Only which file is changed.
    pub const FILE: Self = Self { author: false, change: false, message: false };
}

/// Questions about the commits at `wanted` places of the past's order, in that order; commits that tell nothing of
/// company (merges, one file, more than 30) ask nothing.
pub fn lessons(
    past: &Past<'_>,
    wanted: &dyn Fn(usize) -> bool,
    text: &dyn Fn(BlobId) -> Option<Vec<u8>>,
) -> Vec<Lesson> {
    let mut chronicle = Chronicle::new(past.log);
    let mut texts = Texts::default();
    let (mut open, mut done) = (Vec::<Open>::new(), Vec::new());
    for (nth, commit) in past.order.iter().map(|at| &past.log.commits[*at as usize]).enumerate() {
        if wanted(nth) && !commit.is_merge() && is_telling(commit.changes.len()) {
            let at = chronicle.now.max(commit.committed_at.0);
            let asked = ask_all(&chronicle, &mut texts, commit, text);
            let fresh = asked.into_iter().map(|(file, asked, along)| Open {
                nth,
                at,
                file,
                asked,
                along,
                later: FxHashSet::default(),
            });
            let first_new = open.len();
            open.extend(fresh);
            pass(&mut chronicle, commit, &mut open[..first_new]);
        } else {
            pass(&mut chronicle, commit, &mut open);
        }
        let now = chronicle.now;
        let (closed, still): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|open| open.is_over(now));
        open = still;
        done.extend(closed.into_iter().map(|open| open.close(true)));
    }
    done.extend(open.into_iter().map(|open| open.close(false)));
    done.sort_by_key(|lesson| lesson.nth);
    done
}

/// A question whose month is not over.
struct Open {
    nth: usize,
    at: i64,
    file: u32,
    asked: Asked,
    /// The other files of the commit.
    along: FxHashSet<u32>,
    /// Files of later commits that touch the file again.
    later: FxHashSet<u32>,
}

fn pass(chronicle: &mut Chronicle<'_>, commit: &Commit, open: &mut [Open]) {
    let touched = chronicle.pass(commit);
    if commit.changes.len() > super::chronicle::MAX_COMMIT_FILES {
        return;
    }
    for open in open.iter_mut().filter(|open| touched.contains(&open.file)) {
        open.later.extend(touched.iter().filter(|file| **file != open.file));
    }
}

/// One question for each code file of the commit, at most [`MAX_QUESTIONS`], with the others.
fn ask_all(
    chronicle: &Chronicle<'_>,
    texts: &mut Texts,
    commit: &Commit,
    text: &dyn Fn(BlobId) -> Option<Vec<u8>>,
) -> Vec<(u32, Asked, FxHashSet<u32>)> {
    let files = chronicle.known_files(commit);
    if files.len() < 2 {
        return Vec::new();
    }
    texts.catch_up(chronicle, text);
    let message = SaidWords::of(&commit.message);
    // Evenly spread over the commit, so that its first folder is not all that is asked about.
    let step = files.len().div_ceil(MAX_QUESTIONS);
    let asked = files.iter().step_by(step).map(|(file, place)| {
        let change = changed_words(&commit.changes[*place], text);
        let question =
            Question { file: *file, author: Some(commit.author), change: Some(&change), message: Some(&message) };
        let along = files.iter().map(|(file, _)| *file).filter(|other| other != file).collect();
        (*file, evidence::ask(chronicle, texts, question), along)
    });
    asked.collect()
}

/// The words on the changed lines of both sides.
pub(super) fn changed_words(change: &FileChange, text: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> ChangedWords {
    let side = |blob: Option<BlobId>, is_new: bool| {
        let text = blob.and_then(text)?;
        Some(words::changed_lines(&text, &change.hunks, is_new))
    };
    let mut lines = side(change.old_blob, false).unwrap_or_default();
    lines.extend(side(change.new_blob, true).unwrap_or_default());
    ChangedWords::of(&lines)
}

impl Open {
    fn is_over(&self, now: i64) -> bool {
        now - self.at > FELT_DAYS * 86_400
    }

    /// `is_mature`: whether its month is over; what is still open teaches nothing of it.
    fn close(self, is_mature: bool) -> Lesson {
        let Self { nth, at, asked, along, later, .. } = self;
        let none = FxHashSet::default();
        let came_true = [&along, if is_mature { &later } else { &none }];
        let truth =
            |(place, answer): (usize, usize)| f32::from(u8::from(came_true[answer].contains(&asked.files[place])));
        let truth = Array2::from_shape_fn((asked.files.len(), N_ANSWERS), truth);
        let unranked_hits = came_true.map(|hits| {
            let places = asked.others.iter().enumerate().filter(|(_, file)| hits.contains(*file));
            places.map(|(place, _)| place).collect()
        });
        Lesson {
            nth,
            at,
            example: Example { scene: asked.scene, truth },
            paths: asked.paths,
            unranked_hits,
            path: asked.path,
            rate: asked.rate,
        }
    }
}

impl Lesson {
    /// The same question with less known of the change.
    pub fn knowing(&self, known: Known) -> Self {
        let mut lesson = self.clone();
        withhold(&mut lesson.example.scene, known);
        lesson
    }

    /// What was known of it at `end`, in seconds: whether a month that was not over then came true, was not.
    pub fn before(&self, end: i64) -> Self {
        let mut lesson = self.clone();
        if self.at + FELT_DAYS * 86_400 > end {
            lesson.example.truth.column_mut(1).fill(0.0);
            lesson.unranked_hits[1].clear();
        }
        lesson
    }

    /// Files that came true, ranked or not.
    pub fn n_hits(&self, answer: usize) -> usize {
        self.example.truth.column(answer).sum() as usize + self.unranked_hits[answer].len()
    }

    /// Whether the candidate at `place` came true.
    pub fn came_true(&self, place: usize, answer: usize) -> bool {
        self.example.truth[[place, answer]] > 0.0
    }

    /// Average precision and recall among the first ten of the order that `score` gives the candidates; `None` where nothing
    /// came true.
    pub fn quality(&self, answer: usize, score: impl Fn(usize) -> f32) -> Option<Quality> {
        let n_hits = self.n_hits(answer);
        let n_ranked = self.example.truth.nrows();
        let mut order: Vec<usize> = (0..n_ranked).collect();
        let scores: Vec<f32> = order.iter().map(|place| score(*place)).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        let hits = order.iter().enumerate().filter(|(_, place)| self.example.truth[[**place, answer]] > 0.0);
        let ranks = hits.map(|(rank, _)| rank).chain(self.unranked_hits[answer].iter().map(|place| n_ranked + place));
        let (mut precision, mut n_early) = (0.0, 0);
        for (nth, rank) in ranks.enumerate() {
            precision += (nth + 1) as f64 / (rank + 1) as f64;
            n_early += usize::from(rank < 10);
        }
        (n_hits > 0)
            .then(|| Quality { average_precision: precision / n_hits as f64, recall: n_early as f64 / n_hits as f64 })
    }

    /// A candidate's number, for plain baselines.
    pub fn evidence(&self, place: usize, which: Evidence) -> f32 {
        self.example.scene.evidence[[place, which as usize]]
    }
}

/// How well one question was answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Mean over the hits of the share of hits up to each.
    pub average_precision: f64,
    /// Share of the hits among the first ten.
    pub recall: f64,
}

/// Takes out of a scene what is not known.
pub(super) fn withhold(scene: &mut Scene, known: Known) {
    use Evidence as E;
    const AUTHOR: [Evidence; 3] = [E::AuthorShare, E::AuthorRecent, E::AuthorLast];
    const CHANGE: [Evidence; 2] = [E::ChangedWords, E::ChangedNames];
    const MESSAGE: [Evidence; 2] = [E::MessagePath, E::MessagePast];
    let groups = [
        (known.author, &AUTHOR[..], E::KnowsAuthor),
        (known.change, &CHANGE[..], E::KnowsChange),
        (known.message, &MESSAGE[..], E::KnowsMessage),
    ];
    for (_, numbers, flag) in groups.into_iter().filter(|(is_known, ..)| !is_known) {
        // What is no number counts as usual.
        numbers.iter().for_each(|number| scene.evidence.column_mut(*number as usize).fill(f32::NAN));
        scene.evidence.column_mut(flag as usize).fill(0.0);
    }
}
