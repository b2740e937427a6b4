//! Which records does a CSV text hold?
//!
//! RFC 4180: quoted cells may hold commas, line ends and doubled quotation marks. One record at a time, so that a large
//! table is never held twice.

use std::iter::Peekable;
use std::str::Chars;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Line of the text it begins on, from 1.
    pub(super) line: usize,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

/// The records of a text, one after the other.
pub(super) struct Records<'a> {
    characters: Peekable<Chars<'a>>,
    line: usize,
}

/// The records of `text`.
pub(super) fn records(text: &str) -> Records<'_> {
    Records { characters: text.chars().peekable(), line: 1 }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.characters.peek()?;
        let mut record = Record { line: self.line, cells: Vec::new() };
        let (mut cell, mut is_quoted) = (String::new(), false);
        while let Some(character) = self.characters.next() {
            self.line += usize::from(character == '\n');
            match character {
                '"' if is_quoted && self.characters.peek() == Some(&'"') => cell.extend(self.characters.next()),
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => record.cells.push(std::mem::take(&mut cell)),
                '\r' if !is_quoted => {}
                '\n' if !is_quoted => break,
                _ => cell.push(character),
            }
        }
        record.cells.push(cell);
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_cells_may_hold_anything_and_lines_are_counted() {
        let text = "a,b\r\n\"x, \"\"y\"\"\n\",2\n\nlast,";
        let found: Vec<(usize, Vec<String>)> = records(text).map(|record| (record.line, record.cells)).collect();
        let cells = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expected = [(1, &["a", "b"][..]), (2, &["x, \"y\"\n", "2"]), (4, &[""]), (5, &["last", ""])];
        assert_eq!(found, expected.map(|(line, texts)| (line, cells(texts))));
        assert_eq!(records("").next(), None);
    }
}
