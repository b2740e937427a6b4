//! How much of a file repeats itself?
//!
//! In: a file's lines that carry code, as prints. Out: the share of code lines that stand in repeated blocks.
//! A block is [`BLOCK_LINES`] code lines in a row that hold at least [`BLOCK_WORDS`] words and signs, equal but for
//! white space, comments on lines of their own and lines without code.

use rustc_hash::FxHashMap;
use std::hash::{DefaultHasher, Hasher};

/// Lines of the smallest block that counts as repeated; shorter ones repeat by chance.
const BLOCK_LINES: usize = 6;

/// Words and signs of the smallest block that counts, as copy-paste detectors use it: lists of short lines are not
/// copies.
const BLOCK_WORDS: u32 = 50;

/// What is kept of a line to compare it with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    /// Of everything but white space. Lines with equal hashes are taken for equal.
    hash: u64,
    /// Words and signs.
    n_words: u32,
}

/// The print of a line; `squeezed` is room to work in.
pub(super) fn print_of(line: &str, squeezed: &mut Vec<u8>) -> Print {
    squeezed.clear();
    if line.is_ascii() {
        squeezed.extend(line.bytes().filter(|&byte| !byte.is_ascii_whitespace() && byte != 0x0b));
    } else {
        line.split_whitespace().for_each(|part| squeezed.extend_from_slice(part.as_bytes()));
    }
    // A hash that strangers cannot steer: they write the lines.
    let mut hasher = DefaultHasher::new();
    hasher.write(squeezed);
    Print { hash: hasher.finish(), n_words: n_words(line) }
}

/// Share of the lines that stand in blocks occurring at least twice, 0 to 1.
pub(super) fn duplication_ratio(lines: &[Print]) -> f32 {
    if lines.len() < 2 * BLOCK_LINES {
        return 0.0;
    }
    let repeated = repeated_lines(lines);
    repeated.iter().filter(|is_repeated| **is_repeated).count() as f32 / lines.len() as f32
}

fn repeated_lines(lines: &[Print]) -> Vec<bool> {
    let mut first_at: FxHashMap<u64, usize> = FxHashMap::default();
    first_at.reserve(lines.len());
    let mut is_repeated = vec![false; lines.len()];
    for (at, block) in lines.windows(BLOCK_LINES).enumerate() {
        if block.iter().map(|line| line.n_words).sum::<u32>() < BLOCK_WORDS {
            continue;
        }
        let first = *first_at.entry(block_hash(block)).or_insert(at);
        // A block that overlaps its own first occurrence is a run of like lines, not a copy.
        if at >= first + BLOCK_LINES {
            is_repeated[first..first + BLOCK_LINES].fill(true);
            is_repeated[at..at + BLOCK_LINES].fill(true);
        }
    }
    is_repeated
}

/// A number for the hashes in their order.
fn block_hash(block: &[Print]) -> u64 {
    // An odd number without pattern: 2^64 over the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    block.iter().fold(0, |hash, line| hash.wrapping_mul(FACTOR).rotate_left(29) ^ line.hash)
}

/// Runs of letters and digits, and single signs.
fn n_words(line: &str) -> u32 {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut count = 0;
    let mut was_word = false;
    for byte in line.bytes() {
        let is_start = if is_word(byte) { !was_word } else { !byte.is_ascii_whitespace() };
        count += u32::from(is_start);
        was_word = is_word(byte);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "let a = first(x, y, z);\nlet b = second(a, x);\nif a > b && b > 0 {\n    swap(a, b, c);\n\
                         let d = third(a, b, c, d);\nreturn d + a * b;\n";

    fn ratio<'a>(lines: impl Iterator<Item = &'a str>) -> f32 {
        let mut room = Vec::new();
        duplication_ratio(&lines.map(|line| print_of(line, &mut room)).collect::<Vec<_>>())
    }

    fn check(text: &str, expected: f32) {
        assert!((ratio(text.lines()) - expected).abs() < 1e-6, "{}", ratio(text.lines()));
    }

    #[test]
    fn a_copied_block_counts_on_both_sides() {
        let other: String = (0..8).map(|n| format!("one(line{n}, of, its, own, number, {n});\n")).collect();
        check(&format!("{BLOCK}{other}{}", BLOCK.replace("    ", "\t")), 12.0 / 20.0);
        check(&format!("{BLOCK}{other}"), 0.0);
    }

    #[test]
    fn a_run_of_like_lines_and_short_lists_are_no_copies() {
        check(&"value(1, 2, 3, 4, 5),\n".repeat(11), 0.0);
        check(&"0,\n1,\n2,\n3,\n4,\n5,\n".repeat(10), 0.0);
    }

    #[test]
    fn lines_without_code_do_not_part_a_block() {
        let text = format!("{BLOCK}{}", BLOCK.replacen('\n', "\n// note\n", 1));
        assert_eq!(ratio(text.lines().filter(|line| !line.starts_with("//"))), 1.0);
    }
}
