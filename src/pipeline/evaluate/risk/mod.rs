//! Is the risk model as good as we say, on data that others made?
//!
//! In: public data sets with known outcomes. Out: one report for each protocol, with the figures of the product on rows
//! that are newer than everything the model learned from. Never keeps a model.

pub mod repository;
pub mod table;
