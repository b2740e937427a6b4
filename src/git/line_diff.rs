//! Which lines differ between two contents?
//!
//! In: byte strings, usually many versions of one file. Out: [`Hunk`]s as unified diffs number them, with the counts of
//! `git log --numstat`. Each version is cut into lines once, and most lines are found by looking at the next line of
//! the version before; equal ends are passed over, and what is between is compared by `myers`.

use super::myers::{Myers, Region};
use crate::domain::Hunk;
use imara_diff::{Interner, sources};

/// Content is taken as binary when a NUL stands in its first bytes, as git does.
const BINARY_PROBE_BYTES: usize = 8_000;

/// Tokens compared at once where two versions agree.
const TOKENS_A_STEP: usize = 32;

/// Whether git would call it binary.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_PROBE_BYTES)].contains(&0)
}

/// How many lines `content` has; the last may lack its line end.
pub(super) fn count_lines(content: &[u8]) -> u32 {
    let newlines = content.iter().filter(|&&byte| byte == b'\n').count() as u32;
    newlines + u32::from(content.last().is_some_and(|&byte| byte != b'\n'))
}

/// The one region of a file that came or went as a whole.
pub(super) fn whole(old_lines: u32, new_lines: u32) -> Vec<Hunk> {
    if old_lines + new_lines == 0 {
        return Vec::new();
    }
    vec![Hunk { old_start: old_lines.min(1), old_lines, new_start: new_lines.min(1), new_lines }]
}

/// A content cut into lines; equal numbers are equal lines, for one [`Lines`].
pub(super) struct Version(Vec<u32>);

/// Cuts versions into lines and compares them.
pub(super) struct Lines<'a> {
    interner: Interner<&'a [u8]>,
    /// Every line known, by its number.
    known: Vec<&'a [u8]>,
    /// Where each line stood in the version that was cut last.
    place: Vec<u32>,
    /// A smaller number for each line of the regions in hand.
    small: Vec<u32>,
    old: Side,
    new: Side,
    myers: Myers,
}

/// The region of one version in which it differs from the other.
#[derive(Default)]
struct Side {
    lines: Vec<u32>,
    /// How often each line of both regions occurs in the whole version.
    n_times: Vec<u32>,
    is_changed: Vec<bool>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(n_lines: usize) -> Self {
        Self {
            interner: Interner::new(n_lines),
            known: Vec::new(),
            place: Vec::new(),
            small: Vec::new(),
            old: Side::default(),
            new: Side::default(),
            myers: Myers::default(),
        }
    }

    /// Cuts `content` into lines. `similar` is a version that shares most of them: it makes this faster, and changes
    /// nothing else.
    pub(super) fn cut(&mut self, mut content: &'a [u8], similar: Option<&Version>) -> Version {
        let similar = similar.map_or(&[][..], |version| &version.0);
        let mut numbers = Vec::with_capacity(similar.len() + 16);
        let mut expected_at = 0;
        while !content.is_empty() {
            let expected = similar.get(expected_at).copied().filter(|number| self.starts_with(content, *number));
            let number = match expected {
                Some(number) => {
                    expected_at += 1;
                    number
                }
                None => {
                    let number = self.number_of_first_line(content);
                    let place = self.place[number as usize] as usize;
                    if similar.get(place) == Some(&number) {
                        expected_at = place + 1;
                    }
                    number
                }
            };
            self.place[number as usize] = numbers.len() as u32;
            numbers.push(number);
            content = &content[self.known[number as usize].len()..];
        }
        Version(numbers)
    }

    /// A line that ends in a line end, or that is all there is.
    fn starts_with(&self, content: &[u8], number: u32) -> bool {
        let line = self.known[number as usize];
        content.starts_with(line) && (line.ends_with(b"\n") || line.len() == content.len())
    }

    fn number_of_first_line(&mut self, content: &'a [u8]) -> u32 {
        let line = sources::byte_lines(content).next().unwrap_or(content);
        let number = self.interner.intern(line).0;
        if number as usize == self.known.len() {
            self.known.push(line);
            self.place.push(u32::MAX);
            self.small.push(u32::MAX);
        }
        number
    }

    /// The changed regions from `old` to `new`, in order, without context.
    pub(super) fn hunks(&mut self, old: &Version, new: &Version) -> Box<[Hunk]> {
        let (all_old, all_new) = (&old.0[..], &new.0[..]);
        let n_before = n_common(all_old, all_new);
        let (old, new) = (&all_old[n_before..], &all_new[n_before..]);
        let n_after = n_common_at_end(old, new);
        let (old, new) = (&old[..old.len() - n_after], &new[..new.len() - n_after]);
        if old.is_empty() || new.is_empty() {
            let (n_old, n_new) = (old.len(), new.len());
            return if n_old + n_new == 0 { Box::default() } else { [hunk(n_before, n_old, n_before, n_new)].into() };
        }
        self.renumber(old, new);
        self.count_common(all_old[..n_before].iter().chain(&all_old[all_old.len() - n_after..]));
        self.forget(old, new);
        let (old, new) = (&mut self.old, &mut self.new);
        self.myers.compare(
            Region {
                lines: &old.lines,
                n_partners: &new.n_times,
                n_file_lines: all_old.len(),
                is_changed: &mut old.is_changed,
            },
            Region {
                lines: &new.lines,
                n_partners: &old.n_times,
                n_file_lines: all_new.len(),
                is_changed: &mut new.is_changed,
            },
        );
        regions(n_before, &old.is_changed, &new.is_changed)
    }

    /// Numbers the lines of two regions from 0 on, and counts them: tables stay as small as the regions.
    fn renumber(&mut self, old: &[u32], new: &[u32]) {
        let mut n_lines = 0;
        for (region, side) in [(old, &mut self.old), (new, &mut self.new)] {
            side.lines.clear();
            side.lines.extend(region.iter().map(|number| {
                let small = &mut self.small[*number as usize];
                if *small == u32::MAX {
                    *small = n_lines;
                    n_lines += 1;
                }
                *small
            }));
        }
        for side in [&mut self.old, &mut self.new] {
            side.n_times.clear();
            side.n_times.resize(n_lines as usize, 0);
            side.lines.iter().for_each(|line| side.n_times[*line as usize] += 1);
        }
    }

    /// Adds the lines that both versions have in common before and after the regions.
    fn count_common<'b>(&mut self, lines: impl Iterator<Item = &'b u32>) {
        for number in lines {
            let small = self.small[*number as usize];
            if small != u32::MAX {
                self.old.n_times[small as usize] += 1;
                self.new.n_times[small as usize] += 1;
            }
        }
    }

    fn forget(&mut self, old: &[u32], new: &[u32]) {
        old.iter().chain(new).for_each(|number| self.small[*number as usize] = u32::MAX);
    }
}

/// Runs of changed lines; between them both sides have the same number of lines.
fn regions(n_before: usize, old: &[bool], new: &[bool]) -> Box<[Hunk]> {
    let mut hunks = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    while old_at < old.len() || new_at < new.len() {
        let n_old = old[old_at..].iter().take_while(|is_changed| **is_changed).count();
        let n_new = new[new_at..].iter().take_while(|is_changed| **is_changed).count();
        if n_old + n_new > 0 {
            hunks.push(hunk(n_before + old_at, n_old, n_before + new_at, n_new));
        }
        (old_at, new_at) = (old_at + n_old, new_at + n_new);
        let n_same = old[old_at..].iter().take_while(|is_changed| !**is_changed).count();
        let n_same_new = new[new_at..].iter().take_while(|is_changed| !**is_changed).count();
        let n_same = n_same.min(n_same_new);
        (old_at, new_at) = (old_at + n_same, new_at + n_same);
    }
    hunks.into()
}

fn n_common(old: &[u32], new: &[u32]) -> usize {
    let steps = old.chunks(TOKENS_A_STEP).zip(new.chunks(TOKENS_A_STEP)).take_while(|(old, new)| old == new);
    let at = steps.map(|(old, _)| old.len()).sum::<usize>();
    at + old[at..].iter().zip(&new[at..]).take_while(|(old, new)| old == new).count()
}

fn n_common_at_end(old: &[u32], new: &[u32]) -> usize {
    let steps = old.rchunks(TOKENS_A_STEP).zip(new.rchunks(TOKENS_A_STEP)).take_while(|(old, new)| old == new);
    let at = steps.map(|(old, _)| old.len()).sum::<usize>();
    let (old, new) = (&old[..old.len() - at], &new[..new.len() - at]);
    at + old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count()
}

/// Unified diffs name the first line of a side, or the line before it when the side is empty.
fn hunk(old_at: usize, old_lines: usize, new_at: usize, new_lines: usize) -> Hunk {
    let start = |at: usize, n_lines: usize| if n_lines == 0 { at as u32 } else { at as u32 + 1 };
    Hunk {
        old_start: start(old_at, old_lines),
        old_lines: old_lines as u32,
        new_start: start(new_at, new_lines),
        new_lines: new_lines as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        let mut lines = Lines::new(0);
        let before = lines.cut(old.as_bytes(), None);
        let after = lines.cut(new.as_bytes(), Some(&before));
        let shown: Vec<String> = lines
            .hunks(&before, &after)
            .iter()
            .map(|h| format!("-{},{} +{},{}", h.old_start, h.old_lines, h.new_start, h.new_lines))
            .collect();
        assert_eq!(shown.join(" | "), expected);
    }

    #[test]
    fn hunks_are_numbered_as_git_numbers_them() {
        check("a\nb\nc\n", "a\nB\nc\n", "-2,1 +2,1");
        check("a\nb\n", "x\na\nb\n", "-0,0 +1,1");
        check("a\nb\nc\n", "a\nc\n", "-2,1 +1,0");
        check("a\nb\nc\nd\ne\n", "a\nx\nc\ny\ne\n", "-2,1 +2,1 | -4,1 +4,1");
        check("", "a\nb", "-0,0 +1,2");
        check("a\n", "", "-1,1 +0,0");
        check("a\n", "a", "-1,1 +1,1");
        check("a", "ab\n", "-1,1 +1,1");
        check("a\nb", "a\nb\nb", "-1,0 +2,1");
        check("same\n", "same\n", "");
    }

    #[test]
    fn a_similar_version_changes_nothing_but_the_time() {
        let versions: Vec<String> =
            (0..6).map(|version| (0..200).map(|line| format!("{}\n", line % (7 + version))).collect()).collect();
        let mut alone = Lines::new(0);
        let mut helped = Lines::new(0);
        let mut last: Option<Version> = None;
        for version in &versions {
            let cut = helped.cut(version.as_bytes(), last.as_ref());
            assert_eq!(alone.cut(version.as_bytes(), None).0, cut.0);
            last = Some(cut);
        }
    }

    #[test]
    fn long_common_ends_are_passed_over() {
        let text = |middle: &str| format!("{}{middle}{}", "x\n".repeat(100), "y\n".repeat(77));
        check(&text("a\n"), &text("b\nc\n"), "-101,1 +101,2");
        check(&text(""), &text("y\n"), "-177,0 +178,1");
    }
}
