//! Who does the work that waits?
//!
//! In: the queue and a handler. Out: every job done, tried again later, or kept as a dead letter.
//! The queue itself is the store's; this room takes jobs from it and answers for them until they end ([`run`]), and
//! hands each to its use case ([`Dispatch`]).

mod dispatch;
mod worker;

pub use dispatch::Dispatch;
pub use worker::{Backoff, Context, Failure, Handler, Settings, run};
