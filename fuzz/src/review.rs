//! Words that settings are written in.

#[path = "../../src/review/types.rs"]
mod types;
pub use types::{Gate, Policy};
