//! What happens between a webhook and the review on the pull request?
//!
//! Every sentence here begins at the door people use: something happens on the stand-in for GitHub, the program itself
//! is told, and what it left there is read. A test also fails where a request broke GitHub's description, where work
//! was given up, or where a check run hangs.

mod anomalies;
mod asked_again;
mod backtest;
mod commands;
mod coverage;
mod enterprise;
mod ingest;
mod installations;
mod missed;
mod order;
mod pull_requests;
mod repository_settings;
mod running;
mod setup;
mod stage;
mod strange_changes;
mod webhook_door;
