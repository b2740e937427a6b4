//! What happens on a slash command?
//!
//! In: a command someone wrote on a pull request. Out: a reaction that says it was seen, and what it asked for, if they
//! may ask. Repeating it changes nothing.

use super::command::{Command, command, help_text};
use super::{App, Error, Place, ReviewPullRequest, RunCommand, Work};
use crate::github::{Installation, Reaction};
use tracing::info;

/// Carries out one command.
///
/// # Errors
/// When GitHub or the database fail.
pub async fn run_command(app: &App, ask: &RunCommand) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let reaction = match command(&ask.text) {
        Command::Help => {
            let marker = format!("<!-- hyperion:help {} -->", ask.comment_id);
            installation.comment_once(&place.repository, ask.number, &marker, help_text()).await?;
            Reaction::ThumbsUp
        }
        Command::Reanalyze if may_reanalyze(&installation, &place, ask).await? => {
            let place = ask.place.clone();
            let again = ReviewPullRequest { place, number: ask.number, occasion: ask.occasion.clone() };
            app.store.enqueue(&Work::ReviewPullRequest(again).into_job(Some(ask.occasion.clone()), app.now())).await?;
            Reaction::Eyes
        }
        Command::Reanalyze => Reaction::ThumbsDown,
        Command::Unknown => Reaction::Confused,
    };
    info!(repository = %place.repository, pull_request = ask.number, ?reaction, "answered a command");
    match installation.react(&place.repository, ask.comment_id, ask.comment_kind(), reaction).await {
        // The comment was deleted meanwhile: there is nothing left to react to.
        Err(error) if error.is_not_found() => Ok(()),
        result => Ok(result?),
    }
}

/// The author of the pull request may always ask; others need write access.
async fn may_reanalyze(installation: &Installation, place: &Place, ask: &RunCommand) -> Result<bool, Error> {
    let is_author = !ask.author.is_empty() && ask.author.eq_ignore_ascii_case(&ask.opened_by);
    Ok(is_author || installation.permission(&place.repository, &ask.author).await?.has_write())
}
