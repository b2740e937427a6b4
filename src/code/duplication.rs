//! How much of a file repeats itself?
//!
//! In: a file's lines and which of them carry code. Out: the share of code lines that stand in repeated blocks.
//! A block is [`BLOCK_LINES`] code lines in a row that hold at least [`BLOCK_WORDS`] words and signs, equal but for
//! white space, comments on lines of their own and lines without code.

use std::collections::HashMap;

/// Lines of the smallest block that counts as repeated; shorter ones repeat by chance.
const BLOCK_LINES: usize = 6;

/// Words and signs of the smallest block that counts, as copy-paste detectors use it: lists of short lines are not
/// copies.
const BLOCK_WORDS: usize = 50;

/// Share of the lines with `is_code` that stand in blocks occurring at least twice, 0 to 1.
pub(super) fn duplication_ratio(text: &str, is_code: &[bool]) -> f32 {
    let lines: Vec<&str> = text.lines().zip(is_code).filter(|(_, is_code)| **is_code).map(|(line, _)| line).collect();
    if lines.len() < 2 * BLOCK_LINES {
        return 0.0;
    }
    let repeated = repeated_lines(&lines);
    repeated.iter().filter(|is_repeated| **is_repeated).count() as f32 / lines.len() as f32
}

fn repeated_lines(lines: &[&str]) -> Vec<bool> {
    let numbers = numbered(lines);
    let sizes: Vec<usize> = lines.iter().map(|line| n_words(line)).collect();
    let mut first_at: HashMap<&[u32], usize> = HashMap::new();
    let mut is_repeated = vec![false; lines.len()];
    for (at, block) in numbers.windows(BLOCK_LINES).enumerate() {
        if sizes[at..at + BLOCK_LINES].iter().sum::<usize>() < BLOCK_WORDS {
            continue;
        }
        let first = *first_at.entry(block).or_insert(at);
        // A block that overlaps its own first occurrence is a run of like lines, not a copy.
        if at >= first + BLOCK_LINES {
            is_repeated[first..first + BLOCK_LINES].fill(true);
            is_repeated[at..at + BLOCK_LINES].fill(true);
        }
    }
    is_repeated
}

/// Equal lines get equal numbers.
fn numbered(lines: &[&str]) -> Vec<u32> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut number = |line: &str| {
        let next = numbers.len() as u32;
        *numbers.entry(line.split_whitespace().collect()).or_insert(next)
    };
    lines.iter().map(|line| number(line)).collect()
}

/// Runs of letters and digits, and single signs.
fn n_words(line: &str) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut count = 0;
    let mut was_word = false;
    for byte in line.bytes() {
        let is_start = if is_word(byte) { !was_word } else { !byte.is_ascii_whitespace() };
        count += usize::from(is_start);
        was_word = is_word(byte);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "let a = first(x, y, z);\nlet b = second(a, x);\nif a > b && b > 0 {\n    swap(a, b, c);\n\
                         let d = third(a, b, c, d);\nreturn d + a * b;\n";

    fn check(text: &str, expected: f32) {
        let is_code = vec![true; text.lines().count()];
        assert!((duplication_ratio(text, &is_code) - expected).abs() < 1e-6, "{}", duplication_ratio(text, &is_code));
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
        let is_code: Vec<bool> = text.lines().map(|line| !line.starts_with("//")).collect();
        assert_eq!(duplication_ratio(&text, &is_code), 1.0);
    }
}
