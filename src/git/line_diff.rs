//! Which lines differ between two contents?
//!
//! In: two byte strings. Out: [`Hunk`]s as `git diff -U0` numbers them. Method: Myers with git's heuristics
//! (imara-diff), so the counts agree with `git log --numstat`.

use crate::domain::Hunk;
use imara_diff::{Algorithm, Diff, InternedInput};

/// Content is taken as binary when a NUL stands in its first bytes, as git does.
const BINARY_PROBE_BYTES: usize = 8_000;

/// Whether git would call it binary.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content.iter().take(BINARY_PROBE_BYTES).any(|&byte| byte == 0)
}

/// The changed regions from `old` to `new`, in order, without context.
pub(super) fn hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    if old.is_empty() || new.is_empty() {
        return whole(count_lines(old), count_lines(new));
    }
    let input = InternedInput::new(old, new);
    Diff::compute(Algorithm::Myers, &input)
        .hunks()
        .map(|hunk| Hunk {
            old_start: start(hunk.before.start, hunk.before.len()),
            old_lines: hunk.before.len() as u32,
            new_start: start(hunk.after.start, hunk.after.len()),
            new_lines: hunk.after.len() as u32,
        })
        .collect()
}

fn whole(old_lines: u32, new_lines: u32) -> Vec<Hunk> {
    if old_lines + new_lines == 0 {
        return Vec::new();
    }
    vec![Hunk { old_start: old_lines.min(1), old_lines, new_start: new_lines.min(1), new_lines }]
}

/// Unified diffs name the first line of a side, or the line before it when the side is empty.
fn start(zero_based: u32, n_lines: usize) -> u32 {
    if n_lines == 0 { zero_based } else { zero_based + 1 }
}

fn count_lines(content: &[u8]) -> u32 {
    let newlines = content.iter().filter(|&&byte| byte == b'\n').count() as u32;
    newlines + u32::from(content.last().is_some_and(|&byte| byte != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        let shown: Vec<String> = hunks(old.as_bytes(), new.as_bytes())
            .iter()
            .map(|h| format!("-{},{} +{},{}", h.old_start, h.old_lines, h.new_start, h.new_lines))
            .collect();
        assert_eq!(shown.join(" | "), expected);
    }

    #[test]
    fn hunks_are_numbered_as_git_numbers_them() {
        check("a\nb\nc\n", "a\nB\nc\n", "-2,1 +2,1");
        check("a\nb\n", "x\na\nb\n", "-0,0 +1,1");
        check("a\nb\nc\n", "a\nc\n", "-2,1 +1,0");
        check("", "a\nb", "-0,0 +1,2");
        check("a\n", "", "-1,1 +0,0");
        check("a\n", "a", "-1,1 +1,1");
        check("same\n", "same\n", "");
    }
}
