//! What of a stranger's text may be shown at all?
//!
//! In: paths and sentences that came from a repository. Out: one line of visible characters, not too long. Never
//! decides how a place wants it written: that is [`super::markdown`]'s part.

/// A path longer than this is cut in the middle: it keeps a table readable on a laptop.
pub(super) const PATH_CHARS: usize = 80;

/// A sentence longer than this is cut: what matters is said before, and a comment stays a comment.
pub(super) const SENTENCE_CHARS: usize = 400;

/// `text` on one line, without characters that hide, reorder or control.
///
/// White space becomes a plain space; other controls, bidirectional marks, zero-width and tag characters become `�`,
/// so that a reader sees that something was there.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() || is_invisible(c) => '\u{fffd}',
        c => c,
    }
}

/// Unicode's format characters that change how their neighbours are read (Trojan Source, Boucher and Anderson, 2021).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first `max_chars` characters of a clean sentence, with `…` where more followed.
pub(super) fn sentence(text: &str, max_chars: usize) -> String {
    let text = clean(text.trim());
    match text.char_indices().nth(max_chars) {
        None => text,
        Some(_) => text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A clean path of at most [`PATH_CHARS`] characters. What is cut out of the middle shows as `…`: the first folder and
/// the file name tell a reader most.
pub(super) fn path(text: &str) -> String {
    let text = clean(text);
    let n_chars = text.chars().count();
    if n_chars <= PATH_CHARS {
        return text;
    }
    let head = PATH_CHARS / 3;
    let tail = PATH_CHARS - head - 1;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(n_chars - tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_hide_or_reorder_are_shown_as_strange() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200b}d\u{1b}[31me\0f"), "a�b�c�d�[31me�f");
        assert_eq!(clean("two\r\nlines\tand\u{2028}more"), "two  lines and more");
        assert_eq!(clean("ordinary/ünïcode/文件.rs"), "ordinary/ünïcode/文件.rs");
    }

    #[test]
    fn a_long_path_keeps_its_folder_and_its_file_name() {
        let long = format!("src/{}/the_file_that_matters.rs", "deep/".repeat(60));
        let cut = path(&long);
        assert_eq!(cut.chars().count(), PATH_CHARS);
        assert!(cut.starts_with("src/deep/") && cut.ends_with("/the_file_that_matters.rs"), "{cut}");
        assert_eq!(path("src/lib.rs"), "src/lib.rs");
    }

    #[test]
    fn a_long_sentence_says_that_it_goes_on() {
        assert_eq!(sentence("short", 5), "short");
        assert_eq!(sentence("longer", 5), "long…");
        assert_eq!(sentence("éééééé", 5), "éééé…");
    }
}
