//! What have we said on a pull request?
//!
//! In: what was posted. Out: the same, so that it is edited and not said twice.

use super::columns::{bounded, from_number, from_optional_number, moment, number, optional_number, text};
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use sqlx::any::AnyRow;

/// Longest verdict word kept.
const MAX_VERDICT_CHARS: usize = 100;

/// The newest review of one pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// GitHub's number of the repository.
    pub repository_id: u64,
    /// The pull request.
    pub pull_request: u64,
    /// The newest head that was reviewed.
    pub head: CommitId,
    /// The summary comment, once it stands.
    pub comment_id: Option<u64>,
    /// What we concluded, in the review room's word.
    pub verdict: String,
    /// When it was posted.
    pub posted_at: Timestamp,
}

impl Store {
    /// Remembers the newest review. A summary comment known before is kept when `review` names none.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn save_review(&self, review: &Review) -> Result<(), Error> {
        sqlx::query(
            "insert into reviews (repository_id, pull_number, head_sha, verdict, comment_id, posted_at)
             values ($1, $2, $3, $4, $5, $6)
                 on conflict (repository_id, pull_number) do update
                set head_sha = excluded.head_sha, verdict = excluded.verdict, posted_at = excluded.posted_at,
                    comment_id = coalesce(excluded.comment_id, reviews.comment_id)",
        )
        .bind(from_number(review.repository_id))
        .bind(from_number(review.pull_request))
        .bind(review.head.to_string())
        .bind(bounded(&review.verdict, MAX_VERDICT_CHARS))
        .bind(from_optional_number(review.comment_id))
        .bind(review.posted_at.0)
        .execute(self.writer())
        .await
        .map_err(Error::query("save a review"))?;
        Ok(())
    }

    /// The newest review of a pull request.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn review(&self, repository_id: u64, pull_request: u64) -> Result<Option<Review>, Error> {
        let row = sqlx::query(
            "select repository_id, pull_number, head_sha, verdict, comment_id, posted_at from reviews
              where repository_id = $1 and pull_number = $2",
        )
        .bind(from_number(repository_id))
        .bind(from_number(pull_request))
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read a review"))?;
        row.as_ref().map(review_from).transpose().map_err(Error::query("read a review"))
    }

    /// Forgets the summary comment of a pull request: somebody deleted it.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn comment_gone(&self, repository_id: u64, pull_request: u64) -> Result<(), Error> {
        sqlx::query("update reviews set comment_id = null where repository_id = $1 and pull_number = $2")
            .bind(from_number(repository_id))
            .bind(from_number(pull_request))
            .execute(self.writer())
            .await
            .map_err(Error::query("forget a comment"))?;
        Ok(())
    }

    /// Notes that the line notes for a head were posted, as the GitHub review with this number.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn line_notes_posted(
        &self,
        repository_id: u64,
        pull_request: u64,
        head: CommitId,
        review_id: u64,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into review_posts (repository_id, pull_number, head_sha, review_id) values ($1, $2, $3, $4)
                 on conflict (repository_id, pull_number, head_sha) do update set review_id = excluded.review_id",
        )
        .bind(from_number(repository_id))
        .bind(from_number(pull_request))
        .bind(head.to_string())
        .bind(from_number(review_id))
        .execute(self.writer())
        .await
        .map_err(Error::query("note posted line notes"))?;
        Ok(())
    }

    /// Whether line notes were ever posted on the pull request.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn has_line_notes(&self, repository_id: u64, pull_request: u64) -> Result<bool, Error> {
        let row = sqlx::query("select 1 from review_posts where repository_id = $1 and pull_number = $2 limit 1")
            .bind(from_number(repository_id))
            .bind(from_number(pull_request))
            .fetch_optional(self.reader())
            .await
            .map_err(Error::query("look for line notes"))?;
        Ok(row.is_some())
    }

    /// The review that carries the line notes of `head`, if they were posted.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn posted_line_notes(
        &self,
        repository_id: u64,
        pull_request: u64,
        head: CommitId,
    ) -> Result<Option<u64>, Error> {
        let row = sqlx::query(
            "select review_id from review_posts where repository_id = $1 and pull_number = $2 and head_sha = $3",
        )
        .bind(from_number(repository_id))
        .bind(from_number(pull_request))
        .bind(head.to_string())
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("look for posted line notes"))?;
        row.as_ref().map(|row| number(row, "review_id")).transpose().map_err(Error::query("look for posted line notes"))
    }
}

fn review_from(row: &AnyRow) -> Result<Review, sqlx::Error> {
    let head = text(row, "head_sha")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Review {
        repository_id: number(row, "repository_id")?,
        pull_request: number(row, "pull_number")?,
        head,
        comment_id: optional_number(row, "comment_id")?,
        verdict: text(row, "verdict")?,
        posted_at: moment(row, "posted_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_database::{TestDatabase, installation, repository};

    #[tokio::test]
    async fn the_comment_is_remembered_over_heads_until_it_is_gone() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        let first = Review {
            repository_id: 10,
            pull_request: 5,
            head: CommitId([1; 20]),
            comment_id: Some(77),
            verdict: "success".to_owned(),
            posted_at: Timestamp(100),
        };
        store.save_review(&first).await.unwrap();
        let second = Review { head: CommitId([2; 20]), comment_id: None, posted_at: Timestamp(200), ..first.clone() };
        store.save_review(&second).await.unwrap();
        assert_eq!(store.review(10, 5).await.unwrap(), Some(Review { comment_id: Some(77), ..second }));
        store.comment_gone(10, 5).await.unwrap();
        assert_eq!(store.review(10, 5).await.unwrap().unwrap().comment_id, None);
    }

    #[tokio::test]
    async fn line_notes_are_remembered_per_head() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        store.save_installation(&installation(1)).await.unwrap();
        store.save_repository(&repository(10, 1, "octo/hello")).await.unwrap();
        store.line_notes_posted(10, 5, CommitId([1; 20]), 900).await.unwrap();
        assert_eq!(store.posted_line_notes(10, 5, CommitId([1; 20])).await.unwrap(), Some(900));
        assert_eq!(store.posted_line_notes(10, 5, CommitId([2; 20])).await.unwrap(), None);
    }
}
