//! Which readers are fuzzed?
//!
//! The rooms and files of Hyperion that read strangers' text, mounted as they are.

#![allow(dead_code, unreachable_pub, unused_imports, missing_docs)]

#[path = "../../src/code/mod.rs"]
pub mod code;

pub mod config {
    #[path = "../../../src/config/business.rs"]
    mod business;
    #[path = "../../../src/config/codeowners.rs"]
    pub mod codeowners;
    #[path = "../../../src/config/globs.rs"]
    mod globs;
    #[path = "../../../src/config/repository.rs"]
    mod repository;
    #[path = "../../../src/config/table.rs"]
    mod table;
    #[path = "../../../src/config/yaml.rs"]
    mod yaml;
    pub use repository::*;
}

#[path = "../../src/domain/mod.rs"]
pub mod domain;

#[path = "../../src/features/mod.rs"]
pub mod features;

pub mod git {
    #[path = "../../../src/git/line_diff.rs"]
    mod line_diff;
    #[path = "../../../src/git/myers.rs"]
    mod myers;

    pub fn hunks(old: &[u8], new: &[u8]) -> Box<[crate::domain::Hunk]> {
        let mut lines = line_diff::Lines::new(0);
        let old = lines.cut(old, None);
        let new = lines.cut(new, Some(&old));
        lines.hunks(&old, &new)
    }
}

pub mod github {
    #[path = "../../../src/github/diff_lines.rs"]
    mod diff_lines;

    pub fn shown(patch: &str) -> Vec<std::ops::RangeInclusive<u32>> {
        diff_lines::shown(patch)
    }
}

#[path = "../../src/history/mod.rs"]
pub mod history;

pub mod review {
    #[path = "../../../src/review/types.rs"]
    mod types;
    pub use types::{Gate, Policy};
}
