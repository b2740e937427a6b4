//! What do the tests stand on?
//!
//! A GitHub of our own ([`github`]), git histories written in milliseconds ([`history`]), a fresh database for every
//! test ([`database`]), and the program itself ([`bot`]). Nothing here reaches beyond this machine, or depends on the
//! order of tests.

// Each test uses a part of what GitHub can do; the whole of it is here.
#![allow(dead_code, unused_imports)]

pub mod bot;
pub mod database;
pub mod git;
pub mod github;
pub mod history;
