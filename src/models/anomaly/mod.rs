//! How unlike this repository's usual changes is this one?
//!
//! In: changes of the past, later one change. Out: a fitted [`Model`] and what it says of a change.

mod base;
pub mod change;
pub mod columns;
pub mod definitions;
pub mod forest;
pub mod gather;
pub mod habits;
mod model;
pub mod packages;
mod predict;
#[cfg(test)]
mod tests;

pub use model::{Error, MIN_CHANGES, MODEL_VERSION, Model, Params, Strangeness};
pub use predict::predict;
