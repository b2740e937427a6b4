//! What can be asked of a worker?
//!
//! In: a request of a user or of the service itself. Out: a job for the queue and back. Names of jobs, their keys and
//! groups stand here and nowhere else.

use crate::domain::{CommitId, RepoName, Timestamp};
use crate::github::CommentKind;
use crate::store::{Job, Lane, NewJob};
use serde::{Deserialize, Serialize};

/// One piece of work, as the queue's payload holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Review one pull request on its newest head.
    ReviewPullRequest(ReviewPullRequest),
    /// Review every open pull request with this head: someone pressed "re-run" and GitHub did not say where.
    ReviewHead(ReviewHead),
    /// Do what a slash command asks for.
    RunCommand(RunCommand),
    /// Tell a merge queue that the pull requests in it were judged.
    AnswerMergeGroup(AnswerMergeGroup),
    /// Bring the mirror and the facts of a repository up to its default branch.
    MineRepository(MineRepository),
    /// Find out which files uploaded coverage reports mean.
    ReadCoverage(ReadCoverage),
    /// Find deliveries that did not arrive, and make up for missed pull requests.
    CatchUp,
    /// Make up for missed pull requests of one installation.
    CatchUpInstallation {
        /// Which.
        installation_id: u64,
    },
    /// End check runs whose deadline has passed, and drop what has been kept long enough.
    TidyUp,
}

/// Where a piece of work happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose token to use.
    pub installation_id: u64,
    /// GitHub's number of the repository: stays when it is renamed.
    pub repository_id: u64,
    /// Its name when the work was asked for.
    pub repository: RepoName,
}

/// See [`Work::ReviewPullRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPullRequest {
    /// Where.
    pub place: Place,
    /// Number of the pull request.
    pub number: u64,
    /// `push` for a review that follows the head; the delivery's id for one that was asked for again, so that it gets
    /// a check run of its own.
    pub occasion: String,
}

/// See [`Work::ReviewHead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewHead {
    /// Where.
    pub place: Place,
    /// Newest commit of the pull requests that are meant.
    pub head: CommitId,
    /// The delivery's id.
    pub occasion: String,
}

/// See [`Work::RunCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCommand {
    /// Where.
    pub place: Place,
    /// Number of the pull request.
    pub number: u64,
    /// The comment that holds the command.
    pub comment_id: u64,
    /// Whether it stands in the conversation or on a line.
    pub is_line_comment: bool,
    /// Login of who wrote it.
    pub author: String,
    /// Login of who opened the pull request.
    pub opened_by: String,
    /// The first line of the comment after `/hyperion`, cut to a sensible length.
    pub text: String,
    /// The delivery's id.
    pub occasion: String,
}

impl RunCommand {
    /// Which of GitHub's two kinds of comments it is.
    pub fn comment_kind(&self) -> CommentKind {
        if self.is_line_comment { CommentKind::Line } else { CommentKind::Conversation }
    }
}

/// See [`Work::AnswerMergeGroup`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerMergeGroup {
    /// Where.
    pub place: Place,
    /// The commit the queue waits for.
    pub head: CommitId,
}

/// See [`Work::MineRepository`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineRepository {
    /// Where.
    pub place: Place,
    /// Name of the default branch.
    pub default_branch: String,
}

/// See [`Work::ReadCoverage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCoverage {
    /// Where.
    pub place: Place,
    /// The commit whose tests ran.
    pub commit: CommitId,
}

impl Work {
    /// Name of the job, as logs and metrics show it.
    pub fn kind(&self) -> &'static str {
        match self {
            Work::ReviewPullRequest(_) => "review_pull_request",
            Work::ReviewHead(_) => "review_head",
            Work::RunCommand(_) => "run_command",
            Work::AnswerMergeGroup(_) => "answer_merge_group",
            Work::MineRepository(_) => "mine_repository",
            Work::ReadCoverage(_) => "read_coverage",
            Work::CatchUp => "catch_up",
            Work::CatchUpInstallation { .. } => "catch_up_installation",
            Work::TidyUp => "tidy_up",
        }
    }

    /// The job to enqueue, to run not before `run_at`; `delivery` is where it came from, if from a webhook.
    pub fn into_job(self, delivery: Option<String>, run_at: Timestamp) -> NewJob {
        let payload = serde_json::to_string(&self).expect("work holds nothing that JSON cannot");
        let (lane, group, key, pull_request) = self.slot();
        NewJob { lane, group, key, pull_request, delivery, ..NewJob::new(self.kind(), payload, run_at) }
    }

    /// What a job of the queue asks for.
    ///
    /// # Errors
    /// When the payload was written by another version that knew other work.
    pub fn of_job(job: &Job) -> Result<Work, serde_json::Error> {
        serde_json::from_str(&job.payload)
    }

    /// Lane, group, key and pull request.
    fn slot(&self) -> (Lane, String, Option<String>, Option<u64>) {
        let group = |place: &Place| place.repository.to_string();
        match self {
            Work::ReviewPullRequest(ask) => {
                let key = format!("review {}#{}", ask.place.repository_id, ask.number);
                (Lane::Long, group(&ask.place), Some(key), Some(ask.number))
            }
            Work::ReviewHead(ask) => {
                let key = format!("review head {} {}", ask.place.repository_id, ask.head);
                (Lane::Quick, group(&ask.place), Some(key), None)
            }
            Work::RunCommand(ask) => {
                let key = format!("command {} {}", ask.place.repository_id, ask.comment_id);
                (Lane::Quick, group(&ask.place), Some(key), Some(ask.number))
            }
            Work::AnswerMergeGroup(ask) => {
                let key = format!("merge group {} {}", ask.place.repository_id, ask.head);
                (Lane::Quick, group(&ask.place), Some(key), None)
            }
            Work::MineRepository(ask) => {
                let key = format!("mine {}", ask.place.repository_id);
                (Lane::Long, group(&ask.place), Some(key), None)
            }
            Work::ReadCoverage(ask) => {
                let key = format!("coverage {} {}", ask.place.repository_id, ask.commit);
                (Lane::Long, group(&ask.place), Some(key), None)
            }
            Work::CatchUp => (Lane::Quick, String::new(), Some("catch up".to_owned()), None),
            Work::CatchUpInstallation { installation_id } => {
                (Lane::Quick, String::new(), Some(format!("catch up {installation_id}")), None)
            }
            Work::TidyUp => (Lane::Quick, String::new(), Some("tidy up".to_owned()), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_push_takes_the_place_of_the_waiting_review() {
        let place = Place { installation_id: 1, repository_id: 2, repository: "octo/hello".parse().unwrap() };
        let ask = |number, occasion: &str| {
            let ask = ReviewPullRequest { place: place.clone(), number, occasion: occasion.to_owned() };
            Work::ReviewPullRequest(ask).into_job(None, Timestamp(0))
        };
        assert_eq!(ask(5, "push").key, ask(5, "again").key);
        assert_ne!(ask(5, "push").key, ask(6, "push").key);
        assert_eq!(ask(5, "push").group, "octo/hello");
    }
}
