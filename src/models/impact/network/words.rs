//! Which words does a text use?
//!
//! In: bytes of a source file, a message or a path. Out: words as 32-bit hashes, each once, sorted. The same in every
//! language: an identifier is letters, digits and underscores, whatever it stands for. Never keeps the text.

use crate::domain::Hunk;

/// A word's hash. Two words that share one would be taken for the same; among the words of one repository that is rare,
/// and costs a wrong hint at the most.
pub(super) type Word = u32;

/// Letters an identifier has at least: shorter ones are loop counters.
const MIN_LETTERS: usize = 3;

/// Bytes of one text that are looked at: hand-written sources stay below.
const MAX_BYTES: usize = 1 << 20;

/// What stands before a name that is declared, in the languages with a grammar here.
const DECLARING: [&[u8]; 13] = [
    b"def",
    b"fn",
    b"func",
    b"function",
    b"class",
    b"struct",
    b"enum",
    b"trait",
    b"interface",
    b"type",
    b"module",
    b"const",
    b"define",
];

/// Identifiers of a text.
pub(super) fn identifiers(text: &[u8]) -> Vec<Word> {
    distinct(raw(text).map(hash).collect())
}

/// Names a text declares, as far as the word before them tells.
pub(super) fn declared(text: &[u8]) -> Vec<Word> {
    let mut before: &[u8] = b"";
    let mut found = Vec::new();
    for word in pieces(text) {
        if DECLARING.contains(&before) && is_long(word) {
            found.push(hash(word));
        }
        before = word;
    }
    distinct(found)
}

/// Parts of the names in a path or a message, in lower case: `parseHeader_v2` is `parse`, `header`.
pub(super) fn parts(text: &str) -> Vec<Word> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_BYTES)];
    let mut found = Vec::new();
    for word in bytes.split(|byte| !byte.is_ascii_alphanumeric()) {
        let mut start = 0;
        for end in 1..=word.len() {
            if end == word.len() || is_seam(word, end) {
                let part = &word[start..end];
                if part.len() > 1 {
                    found.push(hash(&part.to_ascii_lowercase()));
                }
                start = end;
            }
        }
    }
    distinct(found)
}

/// Words of a message in lower case, as they stand.
pub(super) fn plain(message: &str) -> Vec<Word> {
    let bytes = &message.as_bytes()[..message.len().min(MAX_BYTES)];
    let words = bytes.split(|byte| !(byte.is_ascii_alphabetic() || *byte == b'_')).filter(|word| is_long(word));
    distinct(words.map(|word| hash(&word.to_ascii_lowercase())).collect())
}

/// The word a file is imported by: its name without extension.
pub(super) fn stem(path: &str) -> Word {
    hash(stem_text(path).as_bytes())
}

/// The name a file shares with its test: without extension and without what marks a test.
pub(super) fn bare_stem(path: &str) -> Word {
    let stem = stem_text(path).to_ascii_lowercase();
    let front = ["test_", "tests_", "spec_"].iter().find_map(|mark| stem.strip_prefix(mark)).unwrap_or(&stem);
    let ends = ["_tests", "_test", "_spec", ".test", ".spec", "-test", "tests", "test"];
    let bare = ends.iter().find_map(|mark| front.strip_suffix(mark)).unwrap_or(front);
    hash(bare.as_bytes())
}

/// Text of the changed lines on one side of a diff; `is_new` tells which.
pub(super) fn changed_lines(text: &[u8], hunks: &[Hunk], is_new: bool) -> Vec<u8> {
    let mut found = Vec::new();
    let mut lines = text[..text.len().min(MAX_BYTES)].split_inclusive(|byte| *byte == b'\n');
    let mut passed = 0usize;
    for hunk in hunks {
        let (start, n) = if is_new { (hunk.new_start, hunk.new_lines) } else { (hunk.old_start, hunk.old_lines) };
        let start = (start as usize).saturating_sub(1);
        if n == 0 || start < passed {
            continue;
        }
        lines.by_ref().take(start - passed).for_each(drop);
        lines.by_ref().take(n as usize).for_each(|line| found.extend_from_slice(line));
        passed = start + n as usize;
    }
    found
}

fn stem_text(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn raw(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    pieces(text).filter(|word| is_long(word))
}

fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_apart = |byte: &u8| !(byte.is_ascii_alphanumeric() || *byte == b'_');
    text[..text.len().min(MAX_BYTES)].split(is_apart).filter(|word| !word.is_empty())
}

fn is_long(word: &[u8]) -> bool {
    word.len() >= MIN_LETTERS && !word[0].is_ascii_digit()
}

fn is_seam(word: &[u8], at: usize) -> bool {
    let (before, here) = (word[at - 1], word[at]);
    let next_is_small = word.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    (before.is_ascii_digit() != here.is_ascii_digit())
        || (here.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_small)))
}

fn distinct(mut words: Vec<Word>) -> Vec<Word> {
    words.sort_unstable();
    words.dedup();
    words
}

/// FNV-1a, 32 bits (Fowler, Noll and Vo, 1991).
fn hash(word: &[u8]) -> Word {
    word.iter().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(words: &[&str]) -> Vec<Word> {
        distinct(words.iter().map(|word| hash(word.as_bytes())).collect())
    }

    #[test]
    fn identifiers_are_told_from_short_names_and_numbers() {
        assert_eq!(identifiers(b"let x = parse_line(0x12, parse_line);"), hashes(&["let", "parse_line"]));
        assert_eq!(declared(b"def read(self):\n  fn\nclass Parser: pass"), hashes(&["read", "class", "Parser"]));
    }

    #[test]
    fn a_name_falls_into_its_parts() {
        assert_eq!(
            parts("src/HTTPServer_v2/readHeader.rs"),
            hashes(&["src", "http", "server", "read", "header", "rs"])
        );
        assert_eq!(bare_stem("tests/test_app.py"), bare_stem("src/app.py"));
        assert_eq!(bare_stem("a/FooTest.java"), bare_stem("b/Foo.java"));
    }

    #[test]
    fn only_changed_lines_are_read_even_of_hunks_that_lead_outside() {
        let hunk = |new_start, new_lines| Hunk { old_start: 1, old_lines: 0, new_start, new_lines };
        let text = b"one\ntwo\nthree\nfour";
        assert_eq!(changed_lines(text, &[hunk(2, 1), hunk(4, 9)], true), b"two\nfour");
        assert_eq!(changed_lines(text, &[hunk(4, 1), hunk(2, 1), hunk(900, u32::MAX)], true), b"four");
    }
}
