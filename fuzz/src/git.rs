//! Which lines differ?

#[path = "../../src/git/line_diff.rs"]
mod line_diff;
#[path = "../../src/git/myers.rs"]
mod myers;

pub fn hunks(old: &[u8], new: &[u8]) -> Box<[crate::domain::Hunk]> {
    let mut lines = line_diff::Lines::new(0);
    let old = lines.cut(old, None);
    let new = lines.cut(new, Some(&old));
    lines.hunks(&old, &new)
}
