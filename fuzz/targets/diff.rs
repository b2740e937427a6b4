//! Do the hunks between two texts turn the one into the other? Is every patch read without harm?
#![no_main]

use hyperion_fuzz::{git, github};

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8])| {
    let (old, new) = input;
    assert_eq!(applied(old, new), lines(new));
    github::shown(&String::from_utf8_lossy(new));
});

/// `old` with every hunk's lines replaced by those of `new`.
fn applied<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<&'a [u8]> {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let (mut made, mut at) = (Vec::new(), 0);
    for hunk in git::hunks(old, new) {
        // A side without lines names the line before the hunk.
        let start = |start: u32, n_lines: u32| (start as usize).saturating_sub(usize::from(n_lines > 0));
        let (from, into) = (start(hunk.old_start, hunk.old_lines), start(hunk.new_start, hunk.new_lines));
        made.extend(&old_lines[at..from]);
        made.extend(&new_lines[into..into + hunk.new_lines as usize]);
        at = from + hunk.old_lines as usize;
    }
    made.extend(&old_lines[at..]);
    made
}

/// Lines with their ends.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}
