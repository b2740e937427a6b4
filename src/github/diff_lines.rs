//! Which lines of the new file does a patch show?
//!
//! In: the `patch` of a changed file as GitHub gives it. Out: ranges of line numbers, from 1, added and context lines
//! together: those a note may stand on. What is no hunk header is passed over.

use std::ops::RangeInclusive;

/// One range for each hunk that has lines in the new file.
pub(super) fn shown(patch: &str) -> Vec<RangeInclusive<u32>> {
    patch.lines().filter_map(new_side).collect()
}

/// `@@ -12,7 +12,9 @@ fn main()` shows 12 to 20.
fn new_side(line: &str) -> Option<RangeInclusive<u32>> {
    let (_, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (range, _) = rest.split_once(" @@")?;
    let (start, n_lines) = range.split_once(',').unwrap_or((range, "1"));
    let (start, n_lines): (u32, u32) = (start.parse().ok()?, n_lines.parse().ok()?);
    (n_lines > 0).then(|| start..=start.saturating_add(n_lines - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_shows_its_added_and_context_lines() {
        let patch = "@@ -1,3 +1,4 @@ fn main()\n a\n+@@ -9,9 +90,9 @@\n b\n c\n@@ -10 +11 @@\n-x\n+y\n@@ -20,2 +20,0 @@\n-p\n-q";
        assert_eq!(shown(patch), [1..=4, 11..=11]);
    }

    #[test]
    fn what_is_no_patch_shows_nothing() {
        for text in ["", "@@ -1 +x @@", "@@ nonsense @@", "Binary files differ"] {
            assert!(shown(text).is_empty(), "{text}");
        }
        assert_eq!(shown("@@ -1,1 +4294967295,9 @@"), [u32::MAX..=u32::MAX]);
    }
}
