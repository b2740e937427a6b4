//! Which readers are fuzzed?
//!
//! The rooms and files of Hyperion that read strangers' text, mounted as they are.

#![allow(dead_code, unreachable_pub, unused_imports, missing_docs)]

#[path = "../../src/code/mod.rs"]
pub mod code;

pub mod config;

#[path = "../../src/domain/mod.rs"]
pub mod domain;

#[path = "../../src/features/mod.rs"]
pub mod features;

pub mod git;

pub mod github;

#[path = "../../src/history/mod.rs"]
pub mod history;

pub mod review;
