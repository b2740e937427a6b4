//! Which added file is a deleted one under another name?
//!
//! In: the differences of one commit against its parent. Out: for each added file the deleted one it was, exactly as
//! `git diff -M` pairs them. Method, in git's order: equal contents; files whose base name is unique on both sides and
//! that are at least 75% alike; then the best of all pairs from 50% on, unless there are too many pairs to compare.
//! Alike means: of the larger file's bytes, the share that stands in chunks (lines, cut at 64 bytes) of both.

use super::line_diff::is_binary;
use super::objects::{Kind, Objects};
use super::trees::{Difference, Side};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::cmp::Ordering;

/// Scores run from 0 to this, so that thresholds and ties fall as they do in git.
const MAX_SCORE: f64 = 60_000.0;

/// 50%: from here two files may be one.
const MIN_SCORE: u32 = 30_000;

/// 75%: from here they are one when the base name agrees and is unique.
const MIN_BASENAME_SCORE: u32 = 45_000;

/// Deleted times added files are compared at the most: the square of git's `diff.renameLimit`.
const MAX_PAIRS: usize = 1_000 * 1_000;

/// Deleted files remembered for each added one.
const N_CANDIDATES: usize = 4;

/// Identical deleted files looked at for each added one.
const MAX_IDENTICAL: usize = 102;

/// A line is cut into chunks of this size.
const CHUNK_BYTES: usize = 64;

/// Chunks are told apart modulo this prime.
const CHUNK_KINDS: u32 = 107_927;

/// For each of `differences` the index of the difference it is a rename of.
pub(super) fn sources(differences: &[Difference], objects: &Objects) -> Vec<Option<usize>> {
    let mut search = Search::new(differences, objects);
    if !search.sources.is_empty() && !search.targets.is_empty() {
        search.pair_identical();
        search.pair_unique_basenames();
        search.pair_best();
    }
    search.source_of
}

struct Search<'a> {
    differences: &'a [Difference],
    /// Deleted files that are not paired yet.
    sources: Vec<usize>,
    /// Added files that are not paired yet.
    targets: Vec<usize>,
    source_of: Vec<Option<usize>>,
    contents: Contents<'a>,
}

impl<'a> Search<'a> {
    fn new(differences: &'a [Difference], objects: &'a Objects) -> Self {
        let of =
            |wanted: fn(&Difference) -> bool| (0..differences.len()).filter(|at| wanted(&differences[*at])).collect();
        Self {
            differences,
            sources: of(|one| one.new.is_none()),
            targets: of(|one| one.old == [None]),
            source_of: vec![None; differences.len()],
            contents: Contents { objects, chunks: vec![OnceCell::new(); differences.len()] },
        }
    }

    fn pair(&mut self, source: usize, target: usize) {
        self.source_of[target] = Some(source);
    }

    fn drop_paired(&mut self) {
        let mut is_used = vec![false; self.differences.len()];
        for source in self.source_of.iter().flatten() {
            is_used[*source] = true;
        }
        self.sources.retain(|source| !is_used[*source]);
        let source_of = &self.source_of;
        self.targets.retain(|target| source_of[*target].is_none());
    }

    fn pair_identical(&mut self) {
        let mut by_content: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for source in &self.sources {
            by_content.entry(self.before(*source).name).or_default().push(*source);
        }
        for target in self.targets.clone() {
            let Some(same) = by_content.get_mut(&self.after(target).name) else { continue };
            let fits = |source: usize| may_be_one(self.before(source), self.after(target));
            let candidates = || same.iter().take(MAX_IDENTICAL).copied().filter(|source| fits(*source));
            let best = candidates().find(|source| self.same_basename(*source, target)).or_else(|| candidates().next());
            if let Some(source) = best {
                same.retain(|other| *other != source);
                self.pair(source, target);
            }
        }
        self.drop_paired();
    }

    fn pair_unique_basenames(&mut self) {
        let mut targets: FxHashMap<&[u8], Option<usize>> = FxHashMap::default();
        for target in &self.targets {
            let known = targets.entry(basename(&self.differences[*target].path));
            known.and_modify(|known| *known = None).or_insert(Some(*target));
        }
        let mut n_sources: FxHashMap<&[u8], usize> = FxHashMap::default();
        for source in &self.sources {
            *n_sources.entry(basename(&self.differences[*source].path)).or_default() += 1;
        }
        for source in self.sources.clone() {
            let name = basename(&self.differences[source].path);
            let target = targets.get(name).copied().flatten().filter(|_| n_sources[name] == 1);
            let is_one = |target: &usize| self.score(source, *target, MIN_BASENAME_SCORE) >= MIN_BASENAME_SCORE;
            if let Some(target) = target.filter(is_one) {
                self.pair(source, target);
            }
        }
        self.drop_paired();
    }

    fn pair_best(&mut self) {
        if self.sources.len() * self.targets.len() > MAX_PAIRS {
            return;
        }
        let mut candidates: Vec<Candidate> =
            self.targets.iter().flat_map(|target| self.candidates(*target)).flatten().collect();
        candidates.sort_by(Candidate::best_first);
        let mut is_used = vec![false; self.differences.len()];
        for one in candidates.iter().take_while(|one| one.score >= MIN_SCORE) {
            if self.source_of[one.target].is_none() && !is_used[one.source] {
                is_used[one.source] = true;
                self.pair(one.source, one.target);
            }
        }
    }

    /// The few best sources of one target. Which place a candidate takes decides ties, so it is git's.
    fn candidates(&self, target: usize) -> [Option<Candidate>; N_CANDIDATES] {
        let mut kept: [Option<Candidate>; N_CANDIDATES] = [None; N_CANDIDATES];
        for source in &self.sources {
            let candidate = Candidate {
                source: *source,
                target,
                score: self.score(*source, target, MIN_SCORE),
                same_basename: self.same_basename(*source, target),
            };
            let worst = (1..N_CANDIDATES).fold(0, |worst, at| match is_worse(&kept[at], &kept[worst]) {
                true => at,
                false => worst,
            });
            if is_worse(&kept[worst], &Some(candidate)) {
                kept[worst] = Some(candidate);
            }
        }
        kept
    }

    /// 0 to [`MAX_SCORE`]; 0 where a score of `least` is out of reach.
    fn score(&self, source: usize, target: usize, least: u32) -> u32 {
        let (old, new) = (self.before(source), self.after(target));
        if !old.is_regular() || !new.is_regular() {
            return 0;
        }
        let (Some(old), Some(new)) = (self.contents.of(source, old), self.contents.of(target, new)) else { return 0 };
        let (larger, smaller) = (old.n_bytes.max(new.n_bytes), old.n_bytes.min(new.n_bytes));
        let is_out_of_reach =
            f64::from(larger) * (MAX_SCORE - f64::from(least)) < f64::from(larger - smaller) * MAX_SCORE;
        if is_out_of_reach || new.n_bytes == 0 {
            return 0;
        }
        (n_shared_bytes(&old.chunks, &new.chunks) as f64 * MAX_SCORE / f64::from(larger)) as u32
    }

    fn same_basename(&self, source: usize, target: usize) -> bool {
        basename(&self.differences[source].path) == basename(&self.differences[target].path)
    }

    fn before(&self, source: usize) -> Side {
        self.differences[source].old[0].expect("a source is a file that was there")
    }

    fn after(&self, target: usize) -> Side {
        self.differences[target].new.expect("a target is a file that is there")
    }
}

/// Symbolic links and submodules are renamed among their own kind only.
fn may_be_one(old: Side, new: Side) -> bool {
    (old.is_regular() && new.is_regular()) || old.mode == new.mode
}

fn basename(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

#[derive(Clone, Copy)]
struct Candidate {
    source: usize,
    target: usize,
    score: u32,
    same_basename: bool,
}

impl Candidate {
    fn best_first(&self, other: &Self) -> Ordering {
        other.score.cmp(&self.score).then(other.same_basename.cmp(&self.same_basename))
    }
}

/// An empty place is worse than any candidate.
fn is_worse(one: &Option<Candidate>, other: &Option<Candidate>) -> bool {
    match (one, other) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one.best_first(other).is_gt(),
    }
}

/// What is alike between files, each file read once.
struct Contents<'a> {
    objects: &'a Objects,
    chunks: Vec<OnceCell<Option<Chunks>>>,
}

/// Bytes in each kind of chunk of one file.
#[derive(Clone)]
struct Chunks {
    n_bytes: u32,
    /// `(kind, bytes)`, ascending by kind.
    chunks: Vec<(u32, u32)>,
}

impl Contents<'_> {
    fn of(&self, at: usize, side: Side) -> Option<&Chunks> {
        let read = || {
            let mut content = Vec::new();
            self.objects.read(&side.name, Kind::Blob, &mut content).ok()?;
            Some(Chunks { n_bytes: content.len() as u32, chunks: chunks(&content) })
        };
        self.chunks[at].get_or_init(read).as_ref()
    }
}

/// Chunks end at a line end or after 64 bytes. In text the carriage return of a line end does not count.
fn chunks(content: &[u8]) -> Vec<(u32, u32)> {
    let is_text = !is_binary(content);
    let mut all: Vec<u64> = Vec::with_capacity(content.len() / 24);
    let (mut low, mut high, mut n_bytes) = (0_u32, 0_u32, 0_u32);
    for (at, byte) in content.iter().enumerate() {
        if *byte == b'\r' && is_text && content.get(at + 1) == Some(&b'\n') {
            continue;
        }
        (low, high) = ((low << 7) ^ (high >> 25), (high << 7) ^ (low >> 25));
        low = low.wrapping_add(u32::from(*byte));
        n_bytes += 1;
        if n_bytes == CHUNK_BYTES as u32 || *byte == b'\n' {
            all.push(chunk(low, high, n_bytes));
            (low, high, n_bytes) = (0, 0, 0);
        }
    }
    if n_bytes > 0 {
        all.push(chunk(low, high, n_bytes));
    }
    all.sort_unstable();
    sum_by_kind(&all)
}

fn chunk(low: u32, high: u32, n_bytes: u32) -> u64 {
    let kind = low.wrapping_add(high.wrapping_mul(0x61)) % CHUNK_KINDS;
    u64::from(kind) << 32 | u64::from(n_bytes)
}

fn sum_by_kind(sorted: &[u64]) -> Vec<(u32, u32)> {
    let mut sums: Vec<(u32, u32)> = Vec::with_capacity(sorted.len());
    for one in sorted {
        let (kind, n_bytes) = ((one >> 32) as u32, *one as u32);
        match sums.last_mut() {
            Some(last) if last.0 == kind => last.1 += n_bytes,
            _ => sums.push((kind, n_bytes)),
        }
    }
    sums
}

fn n_shared_bytes(old: &[(u32, u32)], new: &[(u32, u32)]) -> u64 {
    let (mut at_old, mut at_new, mut shared) = (0, 0, 0);
    while let (Some(old), Some(new)) = (old.get(at_old), new.get(at_new)) {
        if old.0 == new.0 {
            shared += u64::from(old.1.min(new.1));
        }
        at_old += usize::from(old.0 <= new.0);
        at_new += usize::from(new.0 <= old.0);
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_counted_in_bytes_of_common_chunks() {
        let (old, new) = (chunks(b"one\ntwo\ntwo\nthree\n"), chunks(b"two\nthree\nfour"));
        assert_eq!(n_shared_bytes(&old, &new), 4 + 6);
        assert_eq!(n_shared_bytes(&chunks(b"a\r\nb\r\n"), &chunks(b"a\nb\n")), 4);
        assert_eq!(n_shared_bytes(&chunks(b"a\r\n\0"), &chunks(b"a\n\0")), 1, "in a binary file every byte counts");
        assert_eq!(n_shared_bytes(&chunks(&[b'x'; 130]), &chunks(&[b'x'; 64])), 64);
        assert_eq!(n_shared_bytes(&chunks(b""), &chunks(b"x")), 0);
    }
}
