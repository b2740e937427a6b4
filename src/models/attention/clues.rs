//! What is known of each spot of a change?
//!
//! In: the files of a change, and the history before it. Out: one row of numbers for each spot, in the order of
//! [`CLUES`]. Sizes and counts are logarithms of one plus themselves. Knows nothing that came after the change.

use super::spots::{Pieces, Spot, pieces, within};
use super::{ChangedFile, Scene};
use crate::code::{Token, TokenKind};
use rustc_hash::FxHashSet;

/// Changes of a file that are followed back for those that touched a spot's place.
const MAX_CHANGES_BACK: usize = 12;

/// Names of the numbers.
pub const CLUES: [&str; 16] = [
    "lines",
    "tokens",
    "hunk_lines",
    "in_function",
    "cognitive",
    "function_length",
    "starts_function",
    "replaces",
    "replaced_lines",
    "logic",
    "calls",
    "literals",
    "names",
    "imports",
    "earlier_fixes",
    "place",
];

/// A spot of a change and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Which of the change's files.
    pub file: usize,
    /// Where in it.
    pub spot: Spot,
    /// In the order of [`CLUES`].
    pub clues: [f32; CLUES.len()],
}

/// All spots of a change with their clues.
pub fn see(scene: &Scene<'_>, files: &[ChangedFile<'_>]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let pieces = pieces(file);
        seen.extend(pieces.spots.iter().map(|spot| Seen {
            file: at,
            spot: *spot,
            clues: clues(scene, file, &pieces, spot),
        }));
    }
    seen
}

impl Spot {
    pub(super) fn n_lines(&self) -> u32 {
        self.last_line - self.first_line + 1
    }
}

fn log(n: impl Into<f64>) -> f32 {
    n.into().max(0.0).ln_1p() as f32
}

fn flag(is_set: bool) -> f32 {
    f32::from(u8::from(is_set))
}

fn clues(scene: &Scene<'_>, file: &ChangedFile<'_>, pieces: &Pieces<'_>, spot: &Spot) -> [f32; CLUES.len()] {
    let hunk = &file.hunks[spot.hunk];
    let function = spot.function.map(|at| &file.functions[at]);
    let words = Words::of(&pieces.tokens[within(&pieces.tokens, spot.first_line, spot.last_line)]);
    let last_line = pieces.tokens.last().map_or(1, |token| token.line);
    [
        log(spot.n_lines()),
        log(words.n_tokens),
        log(hunk.new_lines),
        flag(function.is_some()),
        log(function.map_or(0, |function| function.cognitive)),
        log(function.map_or(0, |function| function.end_line.saturating_sub(function.start_line) + 1)),
        flag(function.is_some_and(|function| function.start_line >= spot.first_line)),
        flag(hunk.old_lines > 0),
        log(hunk.old_lines),
        log(words.n_logic),
        log(words.n_calls),
        log(words.n_literals),
        log(words.n_names),
        flag(words.is_import),
        log(n_earlier_fixes(scene, file, spot)),
        (f64::from(spot.first_line) / f64::from(last_line.max(1))) as f32,
    ]
}

/// Fixes among the newest changes of the file that touched the lines the spot replaces or stands between.
fn n_earlier_fixes(scene: &Scene<'_>, file: &ChangedFile<'_>, spot: &Spot) -> u32 {
    let Some((path, blob)) = file.before else { return 0 };
    let hunk = &file.hunks[spot.hunk];
    // A hunk that replaces nothing stands between two lines.
    let first = hunk.old_start.max(1);
    let last = hunk.old_start.saturating_add(hunk.old_lines.max(2) - 1).max(first);
    let touched = scene.lines.touched_by(scene.before, path, blob, first..=last, MAX_CHANGES_BACK);
    touched.into_iter().filter(|commit| scene.is_fix[*commit as usize]).count() as u32
}

/// What the tokens of a spot are.
#[derive(Default)]
struct Words {
    n_tokens: u32,
    n_logic: u32,
    n_calls: u32,
    n_literals: u32,
    n_names: u32,
    is_import: bool,
}

/// Words that a parenthesis may follow without a call.
const BRANCHES: [&str; 16] = [
    "if", "else", "elif", "elsif", "for", "foreach", "while", "until", "switch", "case", "when", "match", "loop",
    "goto", "break", "continue",
];
/// First words of a line that takes something from elsewhere.
const IMPORTS: [&str; 8] = ["import", "use", "from", "include", "using", "require", "require_once", "package"];
/// Comparisons and logical operators.
const LOGIC: [&str; 12] = ["&&", "||", "!", "<", ">", "==", "!=", "<=", ">=", "and", "or", "not"];

impl Words {
    fn of(tokens: &[Token<'_>]) -> Self {
        let mut words = Self { n_tokens: tokens.len() as u32, ..Self::default() };
        let mut names = FxHashSet::default();
        for (at, token) in tokens.iter().enumerate() {
            let is_word = token.kind == TokenKind::Word;
            let is_number = token.text.starts_with(|c: char| c.is_ascii_digit());
            let is_called = tokens.get(at + 1).is_some_and(|next| next.text == "(");
            words.n_logic += u32::from(LOGIC.contains(&token.text));
            words.n_literals += u32::from(token.kind == TokenKind::Literal || is_number);
            words.n_calls += u32::from(is_word && is_called && !BRANCHES.contains(&token.text));
            if is_word {
                names.insert(token.text);
            }
        }
        words.n_names = names.len() as u32;
        let begins = |token: &Token<'_>| IMPORTS.contains(&token.text.trim_start_matches('#'));
        words.is_import = tokens.iter().take(2).any(begins);
        words
    }
}
