//! Hyperion tells reviewers which changed files are likely to need a bug fix soon and how far a change will be felt.
//!
//! The rooms, in the one direction they may use each other (`tests/suite/architecture.rs` keeps it):
//! `domain → code → history → graph → features → models → review → config → {git, github, registry, store} →
//! pipeline → jobs → http → cli`. `ARCHITECTURE.md` is the map.

pub mod cli;
pub mod code;
pub mod config;
pub mod domain;
pub mod features;
pub mod git;
pub mod github;
pub mod graph;
pub mod history;
pub mod http;
pub mod jobs;
pub mod models;
pub mod pipeline;
pub mod registry;
pub mod review;
pub mod store;
