//! Which lines of two regions have to change to turn one into the other?
//!
//! In: two sequences of line numbers that differ at both ends, and how often each line occurs in the whole other file.
//! Out: one flag for each line. Method: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, in linear
//! space, with the shortcuts git takes: lines without a partner are set aside before, frequent lines among them too,
//! and a search that grows too long is cut at the most promising point. Counts therefore agree with git's, shortcut by
//! shortcut; constants and the order in which points are tried are part of that.

/// Frequent lines beside lines without a partner are looked at in a window of this size.
const WINDOW: usize = 100;

/// A frequent line is set aside when fewer than one in this many lines around it is frequent.
const RARE_SHARE: usize = 4;

/// A line that occurs this often is frequent in a file of any size.
const MAX_FREQUENT: usize = 1_024;

/// Matching lines in a row that make a point promising.
const SNAKE_LINES: isize = 20;

/// Steps after which promising points are looked for.
const PATIENT_STEPS: isize = 256;

/// Steps a search may take in a small region before it is cut; in a large one, about the square root of its size.
const MIN_STEPS: isize = 256;

/// How many times more than its steps a promising point has come forward.
const PROMISE: isize = 4;

/// One side of a comparison.
pub(super) struct Region<'a> {
    /// Its lines; equal numbers are equal lines on both sides.
    pub(super) lines: &'a [u32],
    /// For each line number, how often it occurs in the whole other file.
    pub(super) n_partners: &'a [u32],
    /// Lines of the whole file.
    pub(super) n_file_lines: usize,
    /// Set for each line that has to change.
    pub(super) is_changed: &'a mut Vec<bool>,
}

/// Buffers that serve one comparison after another.
#[derive(Default)]
pub(super) struct Myers {
    old: Kept,
    new: Kept,
    forward: Diagonals,
    backward: Diagonals,
    boxes: Vec<Part>,
}

/// The lines that take part in the search, and where they stand in their region.
#[derive(Default)]
struct Kept {
    lines: Vec<u32>,
    places: Vec<u32>,
    partners: Vec<Partners>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Partners {
    None,
    Some,
    Many,
}

/// A part of the search space: what lies between two points.
#[derive(Clone, Copy)]
struct Part {
    old: (isize, isize),
    new: (isize, isize),
    /// The shortest way is wanted, whatever it takes.
    is_exact: bool,
}

/// A point on the way, and which of the two halves must be searched to the end.
struct Split {
    old: isize,
    new: isize,
    is_exact: (bool, bool),
}

/// The furthest point on each diagonal (place in the old lines minus place in the new ones).
#[derive(Default)]
struct Diagonals {
    furthest: Vec<isize>,
    offset: isize,
    from: isize,
    to: isize,
}

impl Myers {
    /// Fills in `is_changed` on both sides.
    pub(super) fn compare(&mut self, old: Region<'_>, new: Region<'_>) {
        self.old.keep(&old);
        self.new.keep(&new);
        mark_all_but(&self.old.places, old.lines.len(), old.is_changed);
        mark_all_but(&self.new.places, new.lines.len(), new.is_changed);
        let (n_old, n_new) = (self.old.lines.len() as isize, self.new.lines.len() as isize);
        self.forward.reset(n_old, n_new);
        self.backward.reset(n_old, n_new);
        let max_steps = power_of_two_root((n_old + n_new + 3) as usize).max(MIN_STEPS);
        self.boxes.push(Part { old: (0, n_old), new: (0, n_new), is_exact: false });
        while let Some(part) = self.boxes.pop() {
            let part = without_common_ends(part, &self.old.lines, &self.new.lines);
            if part.old.0 == part.old.1 {
                mark(&self.new.places[part.new.0 as usize..part.new.1 as usize], new.is_changed);
            } else if part.new.0 == part.new.1 {
                mark(&self.old.places[part.old.0 as usize..part.old.1 as usize], old.is_changed);
            } else {
                let split = self.split(part, max_steps);
                let (first, second) = split.is_exact;
                let (from, to) = ((part.old.0, split.old), (split.old, part.old.1));
                self.boxes.push(Part { old: from, new: (part.new.0, split.new), is_exact: first });
                self.boxes.push(Part { old: to, new: (split.new, part.new.1), is_exact: second });
            }
        }
    }

    /// A point where the way from the start meets the way from the end, or the best point when that takes too long.
    fn split(&mut self, part: Part, max_steps: isize) -> Split {
        let (start, end) = (part.old.0 - part.new.0, part.old.1 - part.new.1);
        let (first, last) = (part.old.0 - part.new.1, part.old.1 - part.new.0);
        let meets_forward = (start - end) & 1 != 0;
        self.forward.begin(start, part.old.0);
        self.backward.begin(end, part.old.1);
        for n_steps in 1.. {
            self.forward.widen(first, last, -1);
            let (meeting, went_far_ahead) = self.step_forward(part, meets_forward);
            if let Some(split) = meeting {
                return split;
            }
            self.backward.widen(first, last, isize::MAX);
            let (meeting, went_far_back) = self.step_backward(part, !meets_forward);
            if let Some(split) = meeting {
                return split;
            }
            if part.is_exact {
                continue;
            }
            if (went_far_ahead || went_far_back)
                && n_steps > PATIENT_STEPS
                && let Some(split) = self.promising(part, n_steps)
            {
                return split;
            }
            if n_steps >= max_steps {
                break;
            }
        }
        self.furthest(part)
    }

    /// One more step from the start on every second diagonal.
    fn step_forward(&mut self, part: Part, may_meet: bool) -> (Option<Split>, bool) {
        let mut went_far = false;
        for diagonal in self.forward.each() {
            let (below, above) = (self.forward.at(diagonal - 1), self.forward.at(diagonal + 1));
            let from = if below >= above { below + 1 } else { above };
            let mut old = from;
            while old < part.old.1 && old - diagonal < part.new.1 && self.is_match(old, old - diagonal) {
                old += 1;
            }
            went_far |= old - from > SNAKE_LINES;
            self.forward.set(diagonal, old);
            if may_meet && self.backward.covers(diagonal) && self.backward.at(diagonal) <= old {
                return (Some(Split { old, new: old - diagonal, is_exact: (true, true) }), went_far);
            }
        }
        (None, went_far)
    }

    /// One more step from the end on every second diagonal.
    fn step_backward(&mut self, part: Part, may_meet: bool) -> (Option<Split>, bool) {
        let mut went_far = false;
        for diagonal in self.backward.each() {
            let (below, above) = (self.backward.at(diagonal - 1), self.backward.at(diagonal + 1));
            let from = if below < above { below } else { above - 1 };
            let mut old = from;
            while old > part.old.0 && old - diagonal > part.new.0 && self.is_match(old - 1, old - diagonal - 1) {
                old -= 1;
            }
            went_far |= from - old > SNAKE_LINES;
            self.backward.set(diagonal, old);
            if may_meet && self.forward.covers(diagonal) && old <= self.forward.at(diagonal) {
                return (Some(Split { old, new: old - diagonal, is_exact: (true, true) }), went_far);
            }
        }
        (None, went_far)
    }

    /// The point that came furthest for its steps and stands at the end of a long match.
    fn promising(&self, part: Part, n_steps: isize) -> Option<Split> {
        let middle = part.old.0 - part.new.0;
        let ahead = |old: isize, new: isize| {
            let is_inside = part.old.0 + SNAKE_LINES <= old
                && old < part.old.1
                && part.new.0 + SNAKE_LINES <= new
                && new < part.new.1;
            let gain = (old - part.old.0) + (new - part.new.0) - (old - new - middle).abs();
            (gain, is_inside && (1..=SNAKE_LINES).all(|back| self.is_match(old - back, new - back)))
        };
        if let Some((old, new)) = best(&self.forward, n_steps, ahead) {
            return Some(Split { old, new, is_exact: (true, false) });
        }
        let middle = part.old.1 - part.new.1;
        let back = |old: isize, new: isize| {
            let is_inside = part.old.0 < old
                && old <= part.old.1 - SNAKE_LINES
                && part.new.0 < new
                && new <= part.new.1 - SNAKE_LINES;
            let gain = (part.old.1 - old) + (part.new.1 - new) - (old - new - middle).abs();
            (gain, is_inside && (0..SNAKE_LINES).all(|ahead| self.is_match(old + ahead, new + ahead)))
        };
        best(&self.backward, n_steps, back).map(|(old, new)| Split { old, new, is_exact: (false, true) })
    }

    /// The point that came furthest from either end.
    fn furthest(&self, part: Part) -> Split {
        let (mut ahead, mut ahead_old) = (-1, -1);
        for diagonal in self.forward.each() {
            let mut old = self.forward.at(diagonal).min(part.old.1);
            if old - diagonal > part.new.1 {
                old = part.new.1 + diagonal;
            }
            if 2 * old - diagonal > ahead {
                (ahead, ahead_old) = (2 * old - diagonal, old);
            }
        }
        let (mut back, mut back_old) = (isize::MAX, isize::MAX);
        for diagonal in self.backward.each() {
            let mut old = self.backward.at(diagonal).max(part.old.0);
            if old - diagonal < part.new.0 {
                old = part.new.0 + diagonal;
            }
            if 2 * old - diagonal < back {
                (back, back_old) = (2 * old - diagonal, old);
            }
        }
        if part.old.1 + part.new.1 - back < ahead - (part.old.0 + part.new.0) {
            Split { old: ahead_old, new: ahead - ahead_old, is_exact: (true, false) }
        } else {
            Split { old: back_old, new: back - back_old, is_exact: (false, true) }
        }
    }

    fn is_match(&self, old: isize, new: isize) -> bool {
        self.old.lines[old as usize] == self.new.lines[new as usize]
    }
}

/// The point with the largest gain among those that pass, if the gain is worth the steps.
fn best(
    diagonals: &Diagonals,
    n_steps: isize,
    judge: impl Fn(isize, isize) -> (isize, bool),
) -> Option<(isize, isize)> {
    let (mut best_gain, mut point) = (0, None);
    for diagonal in diagonals.each() {
        let old = diagonals.at(diagonal);
        let (gain, passes) = judge(old, old - diagonal);
        if gain > PROMISE * n_steps && gain > best_gain && passes {
            (best_gain, point) = (gain, Some((old, old - diagonal)));
        }
    }
    point
}

impl Diagonals {
    /// Room for every diagonal between two sequences, and one more on each side.
    fn reset(&mut self, n_old: isize, n_new: isize) {
        let n_diagonals = (n_old + n_new + 3) as usize;
        if self.furthest.len() < n_diagonals {
            self.furthest.resize(n_diagonals, 0);
        }
        self.offset = n_new + 1;
    }

    fn begin(&mut self, diagonal: isize, old: isize) {
        (self.from, self.to) = (diagonal, diagonal);
        self.set(diagonal, old);
    }

    /// One diagonal more on each side, or one fewer where the part ends. `outside` stands beyond both ends.
    fn widen(&mut self, first: isize, last: isize, outside: isize) {
        if self.from > first {
            self.from -= 1;
            self.set(self.from - 1, outside);
        } else {
            self.from += 1;
        }
        if self.to < last {
            self.to += 1;
            self.set(self.to + 1, outside);
        } else {
            self.to -= 1;
        }
    }

    /// Every second diagonal, the highest first.
    fn each(&self) -> impl Iterator<Item = isize> + use<> {
        let (from, to) = (self.from, self.to);
        (0..=(to - from).max(-1) / 2).map(move |step| to - 2 * step).take_while(move |diagonal| *diagonal >= from)
    }

    fn covers(&self, diagonal: isize) -> bool {
        self.from <= diagonal && diagonal <= self.to
    }

    fn at(&self, diagonal: isize) -> isize {
        self.furthest[(diagonal + self.offset) as usize]
    }

    fn set(&mut self, diagonal: isize, old: isize) {
        self.furthest[(diagonal + self.offset) as usize] = old;
    }
}

impl Kept {
    /// Sets aside lines without a partner, and frequent lines that stand among many of those.
    fn keep(&mut self, region: &Region<'_>) {
        let frequent = (power_of_two_root(region.n_file_lines) as usize).min(MAX_FREQUENT);
        self.partners.clear();
        self.partners.extend(region.lines.iter().map(|line| match region.n_partners[*line as usize] as usize {
            0 => Partners::None,
            n if n >= frequent => Partners::Many,
            _ => Partners::Some,
        }));
        self.lines.clear();
        self.places.clear();
        for (place, line) in region.lines.iter().enumerate() {
            let is_kept = match self.partners[place] {
                Partners::None => false,
                Partners::Some => true,
                Partners::Many => !stands_among_strangers(&self.partners, place),
            };
            if is_kept {
                self.lines.push(*line);
                self.places.push(place as u32);
            }
        }
    }
}

/// Whether a frequent line has lines without a partner on both sides, and few frequent ones.
fn stands_among_strangers(partners: &[Partners], place: usize) -> bool {
    let before = partners[place.saturating_sub(WINDOW)..place].iter().rev();
    let after = partners[place + 1..partners.len().min(place + WINDOW + 1)].iter();
    let (strangers_before, frequent_before) = strangers_and_frequent(before);
    if strangers_before == 0 {
        return false;
    }
    let (strangers_after, frequent_after) = strangers_and_frequent(after);
    if strangers_after == 0 {
        return false;
    }
    // The line itself is counted on both sides.
    let frequent = frequent_before + frequent_after + 2;
    frequent * RARE_SHARE < frequent + strangers_before + strangers_after
}

fn strangers_and_frequent<'a>(lines: impl Iterator<Item = &'a Partners>) -> (usize, usize) {
    lines.take_while(|partners| **partners != Partners::Some).fold((0, 0), |(strangers, frequent), partners| {
        match partners {
            Partners::None => (strangers + 1, frequent),
            _ => (strangers, frequent + 1),
        }
    })
}

/// A power of two near the square root of `n`.
fn power_of_two_root(n: usize) -> isize {
    1 << (usize::BITS - n.leading_zeros()).div_ceil(2)
}

fn without_common_ends(mut part: Part, old: &[u32], new: &[u32]) -> Part {
    let is_open = |part: &Part| part.old.0 < part.old.1 && part.new.0 < part.new.1;
    while is_open(&part) && old[part.old.0 as usize] == new[part.new.0 as usize] {
        part.old.0 += 1;
        part.new.0 += 1;
    }
    while is_open(&part) && old[part.old.1 as usize - 1] == new[part.new.1 as usize - 1] {
        part.old.1 -= 1;
        part.new.1 -= 1;
    }
    part
}

fn mark(places: &[u32], is_changed: &mut [bool]) {
    places.iter().for_each(|place| is_changed[*place as usize] = true);
}

fn mark_all_but(places: &[u32], n_lines: usize, is_changed: &mut Vec<bool>) {
    is_changed.clear();
    is_changed.resize(n_lines, true);
    places.iter().for_each(|place| is_changed[*place as usize] = false);
}
