//! How many lines did each of many changes add and delete, and where?
//!
//! In: pairs of contents, with the path each belongs to. Out: the hunks of each pair. Pairs of one path are taken
//! together, in the order they are stored, so that a content is read once although it is the end of one change and the
//! start of the next, and the content it was made from is still at hand. Paths are spread over threads; the result does
//! not depend on their number. Never holds more than a few MiB of contents in each thread.

use super::line_diff::{Lines, Version, count_lines, is_binary, whole};
use super::objects::{Kind, ObjectName, Objects, Unread};
use super::spread::spread;
use crate::domain::Hunk;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Contents of one path that are held at a time.
const RUN_BYTES: usize = 6 << 20;

/// Pairs below which a path is not worth a turn of its own.
const PAIRS_A_TURN: usize = 64;

/// Pairs from which it is worth a look in which direction a path is stored.
const MIN_PAIRS_TO_LOOK: usize = 3;

/// A line has about this many bytes: a first guess for tables.
const LINE_BYTES: usize = 32;

/// Two contents to compare; `None` for a side that is not there.
pub(super) type Pair = (Option<ObjectName>, Option<ObjectName>);

/// What became of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Counted {
    Hunks(Box<[Hunk]>),
    Binary,
    Unread(Unread),
}

/// The pairs to compare, each once.
#[derive(Default)]
pub(super) struct Pairs {
    all: Vec<Pair>,
    at: FxHashMap<Pair, u32>,
    /// For each path the pairs that belong to it, oldest first.
    chains: Vec<Vec<u32>>,
    chain_of: FxHashMap<Vec<u8>, u32>,
}

impl Pairs {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The number of `pair`, which changed `path`.
    pub(super) fn add(&mut self, path: &[u8], pair: Pair) -> u32 {
        if let Some(at) = self.at.get(&pair) {
            return *at;
        }
        let at = self.all.len() as u32;
        self.all.push(pair);
        self.at.insert(pair, at);
        let chain = match self.chain_of.get(path) {
            Some(chain) => *chain as usize,
            None => {
                self.chain_of.insert(path.to_owned(), self.chains.len() as u32);
                self.chains.push(Vec::new());
                self.chains.len() - 1
            }
        };
        self.chains[chain].push(at);
        at
    }

    /// Compares all pairs. `progress` is told how many are done.
    pub(super) fn count(self, handles: &mut [Objects], progress: &(dyn Fn(usize) + Sync)) -> Vec<Counted> {
        let turns = turns(self.chains);
        let all = &self.all;
        let done = std::sync::atomic::AtomicUsize::new(0);
        let results = spread(handles, turns.len(), |objects| {
            let objects = &*objects;
            let (turns, done) = (&turns, &done);
            let mut buffer = Vec::new();
            move |turn| {
                let mut counted = Vec::new();
                turns[turn].iter().for_each(|chain| count_chain(objects, all, chain, &mut buffer, &mut counted));
                progress(done.fetch_add(counted.len(), std::sync::atomic::Ordering::Relaxed) + counted.len());
                counted
            }
        });
        let mut counted = vec![Counted::Binary; all.len()];
        for (at, one) in results.into_iter().flatten() {
            counted[at as usize] = one;
        }
        counted
    }
}

/// Chains in the portions threads take, the longest first so that none is left alone with it at the end.
fn turns(mut chains: Vec<Vec<u32>>) -> Vec<Vec<Vec<u32>>> {
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.len()));
    let mut turns: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut n_pairs = PAIRS_A_TURN;
    for chain in chains {
        if n_pairs >= PAIRS_A_TURN {
            turns.push(Vec::new());
            n_pairs = 0;
        }
        n_pairs += chain.len();
        turns.last_mut().expect("a turn was begun").push(chain);
    }
    turns
}

fn count_chain(
    objects: &Objects,
    all: &[Pair],
    chain: &[u32],
    buffer: &mut Vec<u8>,
    counted: &mut Vec<(u32, Counted)>,
) {
    let mut waiting: VecDeque<u32> = chain.iter().copied().collect();
    if !is_stored_oldest_first(objects, all, chain) {
        waiting.make_contiguous().reverse();
    }
    while !waiting.is_empty() {
        let mut run = Run::default();
        while let Some(at) = waiting.pop_front_if(|_| run.n_bytes < RUN_BYTES) {
            run.read(objects, all[at as usize], buffer);
            run.pairs.push(at);
        }
        run.count(all, counted);
    }
}

/// Most packs make older contents from newer ones; some are the other way round. What others are made from is made from
/// fewer differences itself.
fn is_stored_oldest_first(objects: &Objects, all: &[Pair], chain: &[u32]) -> bool {
    let content = |at: &u32| all[*at as usize].1;
    let (oldest, newest) = (chain.iter().find_map(content), chain.iter().rev().find_map(content));
    let n_deltas = |name: Option<ObjectName>| name.and_then(|name| objects.n_deltas(&name));
    chain.len() >= MIN_PAIRS_TO_LOOK
        && n_deltas(oldest).zip(n_deltas(newest)).is_some_and(|(oldest, newest)| oldest < newest)
}

/// Some versions of one path, in the order they were read.
#[derive(Default)]
struct Run {
    pairs: Vec<u32>,
    contents: Vec<Result<Box<[u8]>, Counted>>,
    at: FxHashMap<ObjectName, u32>,
    n_bytes: usize,
}

impl Run {
    fn read(&mut self, objects: &Objects, (old, new): Pair, buffer: &mut Vec<u8>) {
        for name in [new, old].into_iter().flatten() {
            if self.at.contains_key(&name) {
                continue;
            }
            let read: Result<Box<[u8]>, Counted> = match objects.read(&name, Kind::Blob, buffer) {
                Err(why) => Err(Counted::Unread(why)),
                Ok(()) if is_binary(buffer) => Err(Counted::Binary),
                // The buffer is larger than the content: it held the differences the content was made from.
                Ok(()) => Ok(buffer.as_slice().into()),
            };
            self.n_bytes += read.as_ref().map_or(0, |content| content.len());
            self.at.insert(name, self.contents.len() as u32);
            self.contents.push(read);
        }
    }

    fn count(&self, all: &[Pair], counted: &mut Vec<(u32, Counted)>) {
        let mut cutter = Cutter {
            run: self,
            lines: Lines::new(self.contents.iter().flatten().next().map_or(0, |content| content.len() / LINE_BYTES)),
            versions: (0..self.contents.len()).map(|_| None).collect(),
            last: None,
        };
        counted.extend(self.pairs.iter().map(|at| (*at, cutter.compare(all[*at as usize]))));
    }
}

/// Cuts each version of a run into lines when it is first needed.
struct Cutter<'a> {
    run: &'a Run,
    lines: Lines<'a>,
    versions: Vec<Option<Version>>,
    last: Option<usize>,
}

impl Cutter<'_> {
    fn compare(&mut self, (old, new): Pair) -> Counted {
        let place = |name: ObjectName| self.run.at[&name] as usize;
        let (old, new) = (old.map(place), new.map(place));
        for side in [old, new].into_iter().flatten() {
            if let Err(reason) = &self.run.contents[side] {
                return reason.clone();
            }
        }
        match (old, new) {
            // Only whether it is text was to be found out.
            (Some(old), Some(new)) if old == new => Counted::Hunks(Box::default()),
            (Some(old), Some(new)) => {
                self.cut(new);
                self.cut(old);
                let version = |at: usize| self.versions[at].as_ref().expect("both versions were cut just now");
                Counted::Hunks(self.lines.hunks(version(old), version(new)))
            }
            (old, new) => {
                let n_lines = |side: Option<usize>| {
                    side.and_then(|at| self.run.contents[at].as_ref().ok()).map_or(0, |content| count_lines(content))
                };
                Counted::Hunks(whole(n_lines(old), n_lines(new)).into())
            }
        }
    }

    fn cut(&mut self, at: usize) {
        if let (None, Ok(content)) = (&self.versions[at], &self.run.contents[at]) {
            let similar = self.last.and_then(|last| self.versions[last].as_ref());
            self.versions[at] = Some(self.lines.cut(content, similar));
        }
        self.last = Some(at);
    }
}
