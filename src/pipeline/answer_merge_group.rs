//! What does a merge queue get to hear?
//!
//! A merge group holds pull requests whose required checks passed; the queue only waits for a check run of ours on its
//! own commit. It gets one at once: nothing is judged again, and nothing makes the queue wait.

use super::check_run;
use super::{AnswerMergeGroup, App, Error};
use crate::github::Completion;
use crate::review::Conclusion;

/// Completes a check run on the queue's commit.
///
/// # Errors
/// When GitHub or the database fail.
pub async fn answer_merge_group(app: &App, ask: &AnswerMergeGroup) -> Result<(), Error> {
    let Some((installation, place)) = app.reach(&ask.place).await? else { return Ok(()) };
    let external_id = format!("merge-group:{}", ask.head);
    let run = check_run::start(app, &installation, &place, ask.head, None, external_id).await?;
    let completion = Completion {
        conclusion: Conclusion::Success,
        title: "Judged on the pull requests",
        summary: "Each pull request in this group was reviewed on its own head; the group itself is not judged again.",
        annotations: &[],
    };
    check_run::complete(app, &installation, &place, &run, &completion).await
}
