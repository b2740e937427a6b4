//! What do the models say together, and how far is each to be trusted here?
//!
//! Not available yet, and says so: no other room may pretend that there is an answer. The card beside this file says
//! what is planned.

use super::answer::Outcome;

/// This version of Hyperion does not have the model yet.
pub fn predict() -> Outcome<()> {
    Outcome::NotAvailable
}
