//! Which lines of a repository stand in it more than once?
//!
//! In: paths and texts of one state of a repository. Out: for each file how many of its lines are repeated somewhere,
//! in the same file or another, and the longest repeated parts. A part is repeated when at least [`CLONE_TOKENS`]
//! tokens that fill at least [`CLONE_LINES`] lines stand in two places that do not overlap; a line of which only a
//! piece is repeated is none. White space and comments are not
//! tokens; names and literals must be the same. Never compares across more than [`MAX_TOKENS`] tokens, and says which
//! files it left out.
//!
//! Method: a rolling hash over every window of tokens (Rabin and Karp, 1987) finds equal windows, which are then grown
//! to the longest equal parts around them and compared token by token, so that no collision can make a copy.

use super::tokens::{Token, tokens};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::ops::Range;

/// Tokens of the shortest repeated part, the usual choice of copy-paste detectors.
pub(super) const CLONE_TOKENS: usize = 50;

/// Lines with tokens that the shortest repeated part fills.
pub(super) const CLONE_LINES: usize = 5;

/// Tokens of all files together: about three million lines, at some 40 bytes a token.
const MAX_TOKENS: usize = 24_000_000;

/// Other places of a window that are tried; a window that stands in more places is a table or a licence.
const MAX_PARTNERS: usize = 8;

/// How far before a window its repeated part may begin, so that a text made of near copies costs no square time.
const MAX_BACKWARD: usize = 2_000;

/// Most repeated parts that are listed; lines are counted beyond.
const MAX_LISTED: usize = 10_000;

/// What is repeated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clones {
    /// One entry for each file, in the order given.
    pub files: Vec<FileClones>,
    /// Repeated parts, in the order of their first place; at most some thousands.
    pub clones: Vec<CodeClone>,
    /// Files that were not compared, because those before them held all the tokens that are kept.
    pub n_left_out: usize,
}

/// How much of one file is repeated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileClones {
    /// Lines with tokens.
    pub n_lines: u32,
    /// Those of them that stand in a repeated part.
    pub n_duplicated_lines: u32,
    /// The lines that stand in a repeated part, from 1, in order.
    pub duplicated: Vec<u32>,
}

/// Two places with the same tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CodeClone {
    pub first: ClonePart,
    pub second: ClonePart,
    pub n_tokens: usize,
}

/// One of the places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClonePart {
    /// Which of the files given.
    pub file: usize,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
}

impl FileClones {
    /// Share of the lines with tokens that stand in a repeated part; 0 for a file without any.
    pub fn ratio(&self) -> f32 {
        if self.n_lines == 0 { 0.0 } else { self.n_duplicated_lines as f32 / self.n_lines as f32 }
    }
}

impl Clones {
    /// Share of all lines with tokens that stand in a repeated part; 0 without any.
    pub fn ratio(&self) -> f32 {
        let sum = |of: fn(&FileClones) -> u32| self.files.iter().map(|file| u64::from(of(file))).sum::<u64>();
        let n_lines = sum(|file| file.n_lines);
        if n_lines == 0 { 0.0 } else { sum(|file| file.n_duplicated_lines) as f32 / n_lines as f32 }
    }
}

/// What is repeated within and between `files`, given as (path, text).
pub fn clones(files: &[(&str, &str)]) -> Clones {
    let stream = Stream::of(files);
    let groups = Groups::of(&stream.tokens);
    let parts = repeated_parts(&stream, &groups);
    let mut is_repeated = vec![false; stream.tokens.len()];
    for part in &parts {
        for at in [part.at, part.partner] {
            is_repeated[stream.whole_lines(at, part.n_tokens)].fill(true);
        }
    }
    Clones {
        files: stream
            .files
            .iter()
            .map(|range| file_clones(&stream.lines[range.clone()], &is_repeated[range.clone()]))
            .collect(),
        clones: listed(&stream, parts),
        n_left_out: stream.n_left_out,
    }
}

/// All tokens one after the other; equal texts have equal numbers.
#[derive(Default)]
struct Stream {
    tokens: Vec<u32>,
    lines: Vec<u32>,
    /// Which tokens each file has. Between two files stands one token that equals no other.
    files: Vec<Range<usize>>,
    n_left_out: usize,
}

impl Stream {
    fn of(files: &[(&str, &str)]) -> Stream {
        let mut stream = Stream::default();
        // The default hasher: the words come from strangers, and a weaker one could be made to collide.
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        // Numbers count up for texts and down for the ends of files.
        let mut end_of_file = u32::MAX;
        for (path, text) in files {
            let tokens: Vec<Token<'_>> = tokens(path, text);
            let start = stream.tokens.len();
            if start + tokens.len() > MAX_TOKENS {
                stream.n_left_out += 1;
                stream.files.push(start..start);
                continue;
            }
            for token in &tokens {
                let next = numbers.len() as u32;
                stream.tokens.push(*numbers.entry(token.text).or_insert(next));
                stream.lines.push(token.line);
            }
            stream.files.push(start..stream.tokens.len());
            stream.tokens.push(end_of_file);
            stream.lines.push(0);
            end_of_file -= 1;
        }
        stream
    }

    /// Which file a token belongs to.
    fn file_of(&self, at: usize) -> usize {
        self.files.partition_point(|range| range.end <= at)
    }

    /// The tokens of a part on lines that lie wholly inside it.
    fn whole_lines(&self, at: usize, n_tokens: usize) -> Range<usize> {
        let end = at + n_tokens;
        let line_before = at.checked_sub(1).map(|before| self.lines[before]);
        let line_after = self.lines.get(end);
        let is_cut = |line: &u32| Some(*line) == line_before || Some(line) == line_after;
        let n_cut_first = self.lines[at..end].iter().take_while(|line| Some(**line) == line_before).count();
        let n_cut_last = self.lines[at + n_cut_first..end].iter().rev().take_while(|line| is_cut(line)).count();
        at + n_cut_first..end - n_cut_last
    }

    /// Whether a part fills [`CLONE_LINES`] lines in both of its places.
    fn fills_lines(&self, part: Part) -> bool {
        let fills_at = |at: usize| {
            let lines = &self.lines[self.whole_lines(at, part.n_tokens)];
            let n_ends = lines.windows(2).filter(|pair| pair[0] != pair[1]).take(CLONE_LINES - 1).count();
            n_ends == CLONE_LINES - 1
        };
        fills_at(part.at) && fills_at(part.partner)
    }
}

/// Windows of [`CLONE_TOKENS`] tokens that occur more than once.
struct Groups {
    /// Places of windows, equal ones beside each other.
    places: Vec<u32>,
    /// Which of `places` are equal to the window that begins at a token; empty for those that occur once.
    of_token: FxHashMap<u32, Range<u32>>,
}

impl Groups {
    fn of(tokens: &[u32]) -> Groups {
        let mut hashes: Vec<(u64, u32)> = window_hashes(tokens);
        hashes.sort_unstable();
        let mut groups = Groups { places: Vec::new(), of_token: FxHashMap::default() };
        for equal in hashes.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
            let start = groups.places.len() as u32;
            let range = start..start + equal.len() as u32;
            for (_, place) in equal {
                groups.places.push(*place);
                groups.of_token.insert(*place, range.clone());
            }
        }
        groups
    }

    /// Other places whose window is equal to the one at `at`, but for chance: the next ones around it.
    fn partners(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.of_token.get(&(at as u32)).cloned().unwrap_or_default();
        let equal = &self.places[range.start as usize..range.end as usize];
        let own = equal.partition_point(|place| (*place as usize) < at);
        let around =
            equal[..own].iter().rev().take(MAX_PARTNERS / 2).chain(equal[own..].iter().skip(1).take(MAX_PARTNERS / 2));
        // The first and the last place are tried too: those beside it may all overlap it.
        let ends = equal.first().into_iter().chain(equal.last());
        around.chain(ends).map(|place| *place as usize).filter(move |place| *place != at)
    }
}

/// The hash of every window, with the place where it begins.
fn window_hashes(tokens: &[u32]) -> Vec<(u64, u32)> {
    // An odd factor with well mixed bits (2^64 over the golden ratio).
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    if tokens.len() < CLONE_TOKENS {
        return Vec::new();
    }
    // Spread first: neighbouring numbers would leave the high bits alike.
    let spread = |token: u32| (u64::from(token) + 1).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(29);
    let oldest_factor = (0..CLONE_TOKENS).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut hash =
        tokens[..CLONE_TOKENS].iter().fold(0u64, |hash, token| hash.wrapping_mul(FACTOR).wrapping_add(spread(*token)));
    let mut hashes = Vec::with_capacity(tokens.len() - CLONE_TOKENS + 1);
    hashes.push((hash, 0));
    for (at, token) in tokens.iter().enumerate().skip(CLONE_TOKENS) {
        let oldest = spread(tokens[at - CLONE_TOKENS]).wrapping_mul(oldest_factor);
        hash = hash.wrapping_mul(FACTOR).wrapping_add(spread(*token)).wrapping_sub(oldest);
        hashes.push((hash, (at + 1 - CLONE_TOKENS) as u32));
    }
    hashes
}

/// A part that stands in two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    at: usize,
    partner: usize,
    n_tokens: usize,
}

/// Repeated parts that together cover every token of every repeated part, in the order of their first place.
fn repeated_parts(stream: &Stream, groups: &Groups) -> Vec<Part> {
    let mut parts = Vec::new();
    // Up to where the text is covered by the newest part.
    let mut covered = 0;
    for at in 0..stream.tokens.len().saturating_sub(CLONE_TOKENS - 1) {
        if at + CLONE_TOKENS <= covered {
            continue;
        }
        let candidates = groups.partners(at).filter_map(|partner| grown(&stream.tokens, at, partner));
        let longest = candidates.filter(|part| stream.fills_lines(*part)).max_by_key(|part| part.at + part.n_tokens);
        if let Some(part) = longest {
            covered = covered.max(part.at + part.n_tokens);
            parts.push(part);
        }
    }
    parts
}

/// The longest equal parts around two equal windows, without overlap; `None` where less than a window is left.
fn grown(tokens: &[u32], at: usize, partner: usize) -> Option<Part> {
    let distance = at.abs_diff(partner);
    let is_equal = |a: usize, b: usize| a < tokens.len() && b < tokens.len() && tokens[a] == tokens[b];
    let forward = (0..distance).take_while(|n| is_equal(at + n, partner + n)).count();
    if forward < CLONE_TOKENS {
        return None;
    }
    let before = at.min(partner).min(MAX_BACKWARD).min(distance - forward);
    let backward = (1..=before).take_while(|n| is_equal(at - n, partner - n)).count();
    Some(Part { at: at - backward, partner: partner - backward, n_tokens: forward + backward })
}

fn file_clones(lines: &[u32], is_repeated: &[bool]) -> FileClones {
    let mut all: Vec<u32> = lines.to_vec();
    all.dedup();
    let mut duplicated: Vec<u32> =
        lines.iter().zip(is_repeated).filter(|(_, is_repeated)| **is_repeated).map(|(line, _)| *line).collect();
    duplicated.dedup();
    FileClones { n_lines: all.len() as u32, n_duplicated_lines: duplicated.len() as u32, duplicated }
}

/// The parts as people read them. A part is found from both of its places; it is listed once.
fn listed(stream: &Stream, parts: Vec<Part>) -> Vec<CodeClone> {
    let mut pairs: Vec<Part> = parts
        .into_iter()
        .map(|part| Part { at: part.at.min(part.partner), partner: part.at.max(part.partner), ..part })
        .collect();
    pairs.sort_unstable_by_key(|part| (part.at, part.partner, part.n_tokens));
    pairs.dedup();
    let place = |at: usize, n_tokens: usize| {
        let tokens = stream.whole_lines(at, n_tokens);
        let (start_line, end_line) = (stream.lines[tokens.start], stream.lines[tokens.end - 1]);
        ClonePart { file: stream.file_of(at), start_line, end_line }
    };
    let clone = |part: Part| CodeClone {
        first: place(part.at, part.n_tokens),
        second: place(part.partner, part.n_tokens),
        n_tokens: part.n_tokens,
    };
    pairs.into_iter().take(MAX_LISTED).map(clone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function of `n` statements that share no line with those of another `seed`.
    fn function(seed: &str, n: usize) -> String {
        let lines = (0..n).map(|k| format!("    {seed}{k} = call_{seed}(x, {seed}_{k}, {k}) + other_{seed}[{k}];\n"));
        format!("int {seed}(int x) {{\n{}    return {seed}0;\n}}\n", lines.collect::<String>())
    }

    /// The lines of each file that are found repeated, as `file:first-last`.
    fn check(files: &[(&str, String)], expected: &[&str]) {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let found = clones(&files);
        let mut runs = Vec::new();
        for (file, (path, _)) in found.files.iter().zip(&files) {
            for run in file.duplicated.chunk_by(|a, b| a + 1 == *b) {
                runs.push(format!("{path}:{}-{}", run[0], run[run.len() - 1]));
            }
        }
        assert_eq!(runs, expected);
    }

    #[test]
    fn an_exact_copy_is_found_in_one_file_and_across_files() {
        check(
            &[("a.c", function("p", 8) + &function("q", 8) + &function("p", 8)), ("b.c", function("q", 8))],
            &["a.c:1-33", "b.c:1-11"],
        );
        check(&[("a.c", function("p", 8)), ("b.c", function("q", 8))], &[]);
    }

    #[test]
    fn white_space_and_comments_hide_nothing() {
        let spaced = function("p", 8).replace(";\n", " ; // note\n\n").replace('(', "( /* a */ ");
        check(
            &[("a.c", function("p", 8)), ("b.c", spaced)],
            &[
                "a.c:1-11",
                "b.c:1-2",
                "b.c:4-4",
                "b.c:6-6",
                "b.c:8-8",
                "b.c:10-10",
                "b.c:12-12",
                "b.c:14-14",
                "b.c:16-16",
                "b.c:18-18",
                "b.c:20-20",
            ],
        );
    }

    #[test]
    fn a_renamed_copy_is_no_copy() {
        let renamed = function("p", 8).replace("call_p", "ask_p");
        check(&[("a.c", function("p", 8)), ("b.c", renamed)], &[]);
    }

    #[test]
    fn functions_in_another_order_are_each_found() {
        let (p, q, r) = (function("p", 8), function("q", 8), function("r", 8));
        check(&[("a.c", format!("{p}{q}{r}")), ("b.c", format!("{r}{p}{q}"))], &["a.c:1-33", "b.c:1-33"]);
    }

    #[test]
    fn copies_that_overlap_each_other_are_all_found() {
        // b repeats the first two functions of a, c the last two.
        let (p, q, r) = (function("p", 8), function("q", 8), function("r", 8));
        check(
            &[("a.c", format!("{p}{q}{r}")), ("b.c", format!("{p}{q}")), ("c.c", format!("{q}{r}"))],
            &["a.c:1-33", "b.c:1-22", "c.c:1-22"],
        );
    }

    #[test]
    fn a_copy_ends_where_the_texts_differ() {
        let changed = function("p", 8).replace("p1 =", "changed =");
        // Two lines before the change are too few; the line of the change is no copy.
        check(&[("a.c", function("p", 8)), ("b.c", changed)], &["a.c:4-11", "b.c:4-11"]);
    }

    #[test]
    fn few_lines_few_tokens_and_runs_of_like_lines_are_no_copies() {
        let long_lines: String = (0..2).map(|n| format!("f({});\n", format!("a{n}, ").repeat(40))).collect();
        check(&[("a.c", long_lines.clone() + "x;\n" + &long_lines)], &[]);
        check(
            &[("a.c", "a;\nb;\nc;\nd;\ne;\nf;\ng;\n".to_owned()), ("b.c", "a;\nb;\nc;\nd;\ne;\nf;\ng;\n".to_owned())],
            &[],
        );
        check(&[("a.c", "value(1, 2, 3, 4, 5),\n".repeat(7))], &[]);
    }

    #[test]
    fn a_part_needs_its_lines_in_both_places() {
        // b holds the tokens of p on one line: neither a copy itself nor in the way of the one in c.
        let p = function("p", 8);
        let squeezed = p.lines().collect::<Vec<_>>().join(" ");
        check(&[("a.c", p.clone()), ("b.c", squeezed), ("c.c", p)], &["a.c:1-11", "c.c:1-11"]);
    }

    #[test]
    fn a_clone_says_where_both_places_are() {
        let text = [function("p", 8), function("q", 9)];
        let other = format!("int x;\n{}", text[0]);
        let found = clones(&[("a.c", &text.concat()), ("b.c", &other)]);
        let part = |file, start_line, end_line| ClonePart { file, start_line, end_line };
        let expected =
            [CodeClone { first: part(0, 1, 11), second: part(1, 2, 12), n_tokens: found.clones[0].n_tokens }];
        assert_eq!(found.clones, expected);
        assert!((found.files[1].ratio() - 11.0 / 12.0).abs() < 1e-6, "{}", found.files[1].ratio());
        assert_eq!(clones(&[("a.c", ""), ("b.c", "")]).ratio(), 0.0);
    }
}
