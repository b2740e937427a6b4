//! Everything that is proven from outside: one binary, one link.
//!
//! `support` holds the stand-in for GitHub, the small histories, the fresh databases and the running bot; every other
//! module is a set of sentences about one door.

// Helpers are `pub` for their siblings, and a failed `unwrap` in a test is a failed test.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod architecture;
mod documents;
mod faults;
mod flows;
mod github_stand_in;
mod support;
