//! What do the five models say?
//!
//! In: rows of the catalogue and the graph. Out: [`answer`]s with their reasons, or an honest "not enough history".
//! Never reads a clock or unseeded chance, never learns while predicting, never judges itself on rows it learned from.

pub mod anomaly;
pub mod answer;
pub mod attention;
pub mod backtest;
pub mod bug_forecast;
pub mod calibration;
pub mod dataset;
pub mod evaluation;
pub mod explanation;
pub mod frequency;
pub mod impact;
pub mod interval;
pub mod learner;
pub mod meta_learner;
pub mod risk;
pub mod trees;
