//! Which lines does a patch show?

#[path = "../../src/github/diff_lines.rs"]
mod diff_lines;

pub fn shown(patch: &str) -> Vec<std::ops::RangeInclusive<u32>> {
    diff_lines::shown(patch)
}
