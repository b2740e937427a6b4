//! What is left on GitHub when something goes wrong on the way?
//!
//! Every sentence here lets a request fail, a process die or a stranger knock, and then reads what stands on the pull
//! request: one comment, one check run that has ended, nothing twice and nothing in progress.

mod closed_doors;
mod failing_github;
mod hostile_deliveries;
mod internal_failures;
mod killed;
mod pushes;
mod scene;
mod silence;
mod stopped;
mod two_workers;
