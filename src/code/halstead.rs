//! How much information does the text hold?
//!
//! In: the leaves of a syntax tree, item by item. Out: Halstead's volume: length times the bits it takes to name one
//! word of the vocabulary (Halstead, "Elements of Software Science", 1977). Operators are keywords, signs and opening brackets;
//! operands are names and literals; closing brackets, separators, comments and imports are not counted.

use super::grammar::Token;
use std::collections::HashSet;

/// Counts of operators and operands, all and distinct.
#[derive(Debug, Default)]
pub(super) struct Halstead<'t> {
    operators: HashSet<u16>,
    // The default hasher: names come from strangers, and a weaker one could be made to collide.
    operands: HashSet<&'t str>,
    length: u32,
}

impl<'t> Halstead<'t> {
    /// Counts one leaf of kind `kind_id`.
    pub(super) fn count(&mut self, token: Token, kind_id: u16, written: &'t str) {
        match token {
            Token::Ignored => return,
            Token::Operator => self.operators.insert(kind_id),
            Token::Operand => self.operands.insert(written),
        };
        self.length += 1;
    }

    /// Words in all.
    pub(super) fn length(&self) -> u32 {
        self.length
    }

    /// The different operators, by the kind of their node.
    pub(super) fn operators(&self) -> impl Iterator<Item = u16> {
        self.operators.iter().copied()
    }

    /// The different operands.
    pub(super) fn operands(&self) -> impl Iterator<Item = &'t str> {
        self.operands.iter().copied()
    }
}

/// Volume in bits of `length` words out of `vocabulary` different ones; 0 for an empty text or one that says a single
/// word over and over.
pub(super) fn volume(length: u32, vocabulary: usize) -> f32 {
    if vocabulary == 0 { 0.0 } else { length as f32 * (vocabulary as f32).log2() }
}

/// Maintainability index, 0 (hard) to 100 (easy), of a whole file; `None` without code.
///
/// `max(0, (171 - 5.2 ln V - 0.23 CC - 16.2 ln LOC) * 100 / 171)`, with the sums of the file, as Visual Studio rescales
/// the index of Coleman, Ash, Lowther and Oman ("Using Metrics to Evaluate Software System Maintainability", 1994).
/// Long files reach 0: read it as a rank.
pub(super) fn maintainability_index(volume: f32, cyclomatic: u32, lines_of_code: u32) -> Option<f32> {
    if lines_of_code == 0 {
        return None;
    }
    let raw = 171.0 - 5.2 * volume.max(1.0).ln() - 0.23 * cyclomatic as f32 - 16.2 * (lines_of_code as f32).ln();
    Some((raw * 100.0 / 171.0).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_is_length_times_bits_of_the_vocabulary() {
        let mut counts = Halstead::default();
        // a = a + b: operators = and +, operands a, a, b: 5 words out of 4.
        for (token, kind, word) in [
            (Token::Operand, 9, "a"),
            (Token::Operator, 1, "="),
            (Token::Operand, 9, "a"),
            (Token::Operator, 2, "+"),
            (Token::Operand, 9, "b"),
            (Token::Ignored, 3, ";"),
        ] {
            counts.count(token, kind, word);
        }
        let vocabulary = counts.operators().count() + counts.operands().count();
        assert_eq!(volume(counts.length(), vocabulary), 5.0 * 2.0);
        assert_eq!(volume(0, 0), 0.0);
    }

    #[test]
    fn the_index_falls_from_100_to_0_with_size() {
        assert_eq!(maintainability_index(0.0, 1, 0), None);
        let small = maintainability_index(10.0, 1, 1).unwrap();
        assert!((small - (171.0 - 5.2 * 10f32.ln() - 0.23) * 100.0 / 171.0).abs() < 1e-3, "{small}");
        assert_eq!(maintainability_index(1e7, 4_000, 20_000), Some(0.0));
    }
}
