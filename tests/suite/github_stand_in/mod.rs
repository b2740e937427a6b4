//! Is the stand-in as strict as GitHub?
//!
//! What the bot's tests rest on, asked directly: with an HTTP client and with git, not through the bot.

mod checks;
mod client;
mod conversation;
mod description;
mod faults;
mod git;
mod histories;
mod identity;
mod pull_requests;
mod webhooks;
