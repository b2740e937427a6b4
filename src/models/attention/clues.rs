//! What is known of each spot of a change?
//!
//! In: the files of a change, and the history before it. Out: one row of numbers for each spot, in the order of
//! [`CLUES`]. Sizes and counts are logarithms of one plus themselves. Knows nothing that came after the change.

use super::spots::{Pieces, Spot, pieces, within};
use super::{ChangedFile, Scene};
use crate::code::{Token, TokenKind};
use crate::domain::Timestamp;
use rustc_hash::FxHashSet;

/// Changes of a file that are followed back for those that touched a spot's place.
const MAX_CHANGES_BACK: usize = 12;

/// Names of the numbers.
pub const CLUES: [&str; 26] = [
    "lines", "tokens", "hunk_lines", "share", "size_rank", "in_function", "cognitive", "function_length",
    "starts_function", "new_file", "replaces", "replaced_lines", "branches", "logic", "calls", "assignments",
    "literals", "names", "imports", "errors", "nothing", "returns", "earlier_fixes", "earlier_touches", "age",
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
    let taken: Vec<Pieces<'_>> = files.iter().map(pieces).collect();
    let n_lines: f64 = taken.iter().flat_map(|pieces| &pieces.spots).map(|spot| f64::from(spot.n_lines())).sum();
    let mut seen: Vec<Seen> = Vec::new();
    for (at, (file, pieces)) in files.iter().zip(&taken).enumerate() {
        seen.extend(pieces.spots.iter().map(|spot| Seen {
            file: at,
            spot: *spot,
            clues: clues(scene, file, pieces, spot, n_lines),
        }));
    }
    rank_by_size(&mut seen);
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

fn clues(scene: &Scene<'_>, file: &ChangedFile<'_>, pieces: &Pieces<'_>, spot: &Spot, n_lines: f64) -> [f32; CLUES.len()] {
    let hunk = &file.hunks[spot.hunk];
    let function = spot.function.map(|at| &file.functions[at]);
    let words = Words::of(&pieces.tokens, within(&pieces.tokens, spot.first_line, spot.last_line));
    let place = Place::of(scene, file, spot);
    let last_line = pieces.tokens.last().map_or(1, |token| token.line);
    [
        log(spot.n_lines()),
        log(words.n_tokens),
        log(hunk.new_lines),
        (f64::from(spot.n_lines()) / n_lines) as f32,
        0.0,
        flag(function.is_some()),
        log(function.map_or(0, |function| function.cognitive)),
        log(function.map_or(0, |function| function.end_line - function.start_line + 1)),
        flag(function.is_some_and(|function| function.start_line >= spot.first_line)),
        flag(file.before.is_none()),
        flag(hunk.old_lines > 0),
        log(hunk.old_lines),
        log(words.n_branches),
        log(words.n_logic),
        log(words.n_calls),
        log(words.n_assignments),
        log(words.n_literals),
        log(words.n_names),
        flag(words.is_import),
        log(words.n_errors),
        log(words.n_nothing),
        log(words.n_returns),
        log(place.n_fixes),
        log(place.n_touches),
        place.age,
        (f64::from(spot.first_line) / f64::from(last_line.max(1))) as f32,
    ]
}

/// One over the spot's place when the largest comes first.
fn rank_by_size(seen: &mut [Seen]) {
    let mut sizes: Vec<f32> = seen.iter().map(|seen| seen.clues[0]).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    for seen in seen {
        let n_larger = sizes.partition_point(|size| *size > seen.clues[0]);
        seen.clues[4] = 1.0 / (1 + n_larger) as f32;
    }
}

/// What the tokens of a spot are.
#[derive(Default)]
struct Words {
    n_tokens: u32,
    n_branches: u32,
    n_logic: u32,
    n_calls: u32,
    n_assignments: u32,
    n_literals: u32,
    n_names: u32,
    n_errors: u32,
    n_nothing: u32,
    n_returns: u32,
    is_import: bool,
}

const BRANCHES: [&str; 16] = [
    "if", "else", "elif", "elsif", "for", "foreach", "while", "until", "switch", "case", "when", "match", "loop", "goto",
    "break", "continue",
];
const ERRORS: [&str; 14] = [
    "try", "catch", "except", "finally", "raise", "throw", "throws", "rescue", "panic", "unwrap", "expect", "Err", "err",
    "error",
];
const NOTHING: [&str; 8] = ["null", "None", "nil", "NULL", "nullptr", "undefined", "Option", "Optional"];
const RETURNS: [&str; 3] = ["return", "yield", "await"];
const IMPORTS: [&str; 8] = ["import", "use", "from", "include", "using", "require", "require_once", "package"];
const LOGIC: [&str; 12] = ["&&", "||", "!", "<", ">", "==", "!=", "<=", ">=", "and", "or", "not"];

impl Words {
    fn of(all: &[Token<'_>], spot: std::ops::Range<usize>) -> Self {
        let tokens = &all[spot];
        let mut words = Self { n_tokens: tokens.len() as u32, ..Self::default() };
        let mut names = FxHashSet::default();
        for (at, token) in tokens.iter().enumerate() {
            let text = token.text;
            let next = tokens.get(at + 1).map_or("", |next| next.text);
            let before = at.checked_sub(1).map_or("", |at| tokens[at].text);
            words.n_logic += u32::from(LOGIC.contains(&text));
            words.n_assignments += u32::from(text == "=" && next != "=" && !["=", "!", "<", ">"].contains(&before));
            words.n_literals += u32::from(token.kind == TokenKind::Literal || text.starts_with(|c: char| c.is_ascii_digit()));
            if token.kind == TokenKind::Word {
                words.n_branches += u32::from(BRANCHES.contains(&text));
                words.n_errors += u32::from(ERRORS.contains(&text));
                words.n_nothing += u32::from(NOTHING.contains(&text));
                words.n_returns += u32::from(RETURNS.contains(&text));
                words.n_calls += u32::from(next == "(" && !BRANCHES.contains(&text));
                names.insert(text);
            }
        }
        words.n_names = names.len() as u32;
        let begins = |token: &Token<'_>| IMPORTS.contains(&token.text.trim_start_matches('#'));
        words.is_import = tokens.iter().take(2).any(begins);
        words
    }
}

/// What happened before at the place a spot replaces or stands in.
struct Place {
    n_fixes: u32,
    n_touches: u32,
    /// Logarithm of the days since it was last touched; of ten years where nothing says when.
    age: f32,
}

impl Place {
    fn of(scene: &Scene<'_>, file: &ChangedFile<'_>, spot: &Spot) -> Self {
        let hunk = &file.hunks[spot.hunk];
        let touches = file.before.map_or_else(Vec::new, |(path, blob)| {
            let (first, last) = (hunk.old_start.max(1), hunk.old_start + hunk.old_lines.max(2) - 1);
            scene.lines.touched_by(scene.before, path, blob, first..=last.max(first), MAX_CHANGES_BACK)
        });
        let at = |commit: u32| -> Timestamp { scene.log.commits[commit as usize].committed_at };
        Self {
            n_fixes: touches.iter().filter(|commit| scene.is_fix[**commit as usize]).count() as u32,
            n_touches: touches.len() as u32,
            age: log(touches.first().map_or(3_652.0, |newest| scene.at.days_since(at(*newest)).max(0.0))),
        }
    }
}
