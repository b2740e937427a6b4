//! The room's doors against a server that misbehaves on purpose and counts what it is asked.

mod faults;
mod operations;
mod server;
