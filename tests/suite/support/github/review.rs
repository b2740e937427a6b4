//! What was said on which line?
//!
//! Reviews with their line comments. A comment whose line is not part of the diff refuses the whole review, as GitHub
//! does: nothing of it is kept.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::diff::{self, FileDiff, Side};
use super::paging;
use super::payload::{patched, template};
use super::pull_request::Pull;
use super::state::State;
use crate::support::git;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Review {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub author: String,
    pub body: String,
    /// `COMMENTED`, `APPROVED`, `CHANGES_REQUESTED`, `PENDING`
    pub state: &'static str,
    pub commit: String,
    pub submitted_at: i64,
}

#[derive(Debug, Clone)]
pub struct ReviewComment {
    pub id: u64,
    pub review: u64,
    pub repository: u64,
    pub number: u64,
    pub author: String,
    pub path: String,
    pub line: u64,
    pub side: String,
    pub start_line: Option<u64>,
    pub body: String,
    pub commit: String,
    pub in_reply_to: Option<u64>,
    pub created_at: i64,
}

impl State {
    fn review_document(&mut self, review: &Review) -> Value {
        let full_name = self.repository(review.repository).full_name();
        let html_url = format!("{}/{full_name}/pull/{}#pullrequestreview-{}", self.urls.web, review.number, review.id);
        let pull_url = format!("{}/repos/{full_name}/pulls/{}", self.urls.api, review.number);
        json!({
            "id": review.id,
            "node_id": format!("PRR_{}", review.id),
            "user": self.user(&review.author),
            "body": review.body,
            "state": review.state,
            "html_url": html_url,
            "pull_request_url": pull_url,
            "author_association": self.association(review.repository, &review.author),
            "_links": { "html": { "href": html_url }, "pull_request": { "href": pull_url } },
            "submitted_at": date(review.submitted_at),
            "commit_id": review.commit,
        })
    }

    fn review_comment_document(&mut self, comment: &ReviewComment) -> Value {
        let full_name = self.repository(comment.repository).full_name();
        let (id, number) = (comment.id, comment.number);
        let url = format!("{}/repos/{full_name}/pulls/comments/{id}", self.urls.api);
        let html_url = format!("{}/{full_name}/pull/{number}#discussion_r{id}", self.urls.web);
        let pull_url = format!("{}/repos/{full_name}/pulls/{number}", self.urls.api);
        let mut document = patched(
            template("pull_request_review_comment", "created", "/comment", &self.urls, &full_name),
            json!({
                "id": id,
                "node_id": format!("PRRC_{id}"),
                "url": url,
                "html_url": html_url,
                "pull_request_url": pull_url,
                "pull_request_review_id": comment.review,
                "path": comment.path,
                "position": 1,
                "original_position": 1,
                "line": comment.line,
                "original_line": comment.line,
                "side": comment.side,
                "start_line": comment.start_line,
                "original_start_line": comment.start_line,
                "start_side": comment.start_line.map(|_| &comment.side),
                "subject_type": "line",
                "commit_id": comment.commit,
                "original_commit_id": comment.commit,
                "user": self.user(&comment.author),
                "body": comment.body,
                "created_at": date(comment.created_at),
                "updated_at": date(comment.created_at),
                "author_association": self.association(comment.repository, &comment.author),
                "_links": { "self": { "href": url }, "html": { "href": html_url }, "pull_request": { "href": pull_url } },
            }),
        );
        if let Some(first) = comment.in_reply_to {
            document["in_reply_to_id"] = json!(first);
        }
        document
    }

    pub fn reach_review_comment(&self, call: &Call) -> Result<ReviewComment, Answer> {
        let repository = self.reach(call)?;
        let comment = self.review_comments.get(&call.number("comment_id")?);
        comment.filter(|comment| comment.repository == repository).cloned().ok_or_else(Answer::not_found)
    }

    fn reach_review(&self, call: &Call) -> Result<Review, Answer> {
        let pull = self.reach_pull(call)?;
        let review = self.reviews.get(&call.number("review_id")?);
        let is_its = |review: &&Review| review.repository == pull.repository && review.number == pull.number;
        review.filter(is_its).cloned().ok_or_else(Answer::not_found)
    }

    fn emit_review_comment(&mut self, comment: &ReviewComment, action: &str) {
        let pull = self.pull(comment.repository, comment.number).expect("its pull request exists").clone();
        let fields = json!({
            "comment": self.review_comment_document(comment),
            "pull_request": self.pull_document(&pull),
        });
        self.emit(comment.repository, "pull_request_review_comment", Some(action), &comment.author, fields);
    }
}

/// Where one comment of a review wants to stand.
struct Place {
    line: u64,
    side: &'static str,
    start_line: Option<u64>,
}

/// `POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews`
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let pull = state.reach_pull(call)?;
    let commit = call.text("commit_id").unwrap_or_else(|| pull.head.clone());
    let comments = call.body["comments"].as_array().cloned().unwrap_or_default();
    let review_state = match call.body["event"].as_str() {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        _ => "PENDING",
    };
    let body = call.text("body").unwrap_or_default();
    if review_state == "COMMENTED" && body.is_empty() && comments.is_empty() {
        return Err(Answer::unprocessable(json!(["Review body can't be blank"])));
    }
    let files = files_at(state, &pull, &commit)?;
    let places: Vec<Place> = comments.iter().map(|comment| place(&files, comment)).collect::<Result<_, _>>()?;
    let author = state.calling_app(call)?.bot_login();
    let (id, now) = (state.new_id(), state.clock.now());
    let (repository, number) = (pull.repository, pull.number);
    let review = Review {
        id,
        repository,
        number,
        author: author.clone(),
        body,
        state: review_state,
        commit: commit.clone(),
        submitted_at: now,
    };
    state.reviews.insert(id, review.clone());
    for (comment, place) in comments.iter().zip(places) {
        let note = ReviewComment {
            id: state.new_id(),
            review: id,
            repository,
            number,
            author: author.clone(),
            path: comment["path"].as_str().unwrap_or_default().to_owned(),
            line: place.line,
            side: place.side.to_owned(),
            start_line: place.start_line,
            body: comment["body"].as_str().unwrap_or_default().to_owned(),
            commit: commit.clone(),
            in_reply_to: None,
            created_at: now,
        };
        state.review_comments.insert(note.id, note.clone());
        state.emit_review_comment(&note, "created");
    }
    Ok(Answer::json(200, &state.review_document(&review)))
}

/// The diff that a review of `commit` is on. The commit must belong to the pull request, now or before a force-push.
fn files_at(state: &State, pull: &Pull, commit: &str) -> Result<Vec<FileDiff>, Answer> {
    let directory = &state.repository(pull.repository).directory;
    if git::resolve(directory, commit).is_none() {
        return Err(Answer::unprocessable(json!(["Commit is not part of the pull request"])));
    }
    Ok(diff::between(directory, &pull.base, commit))
}

/// Where a comment stands in the diff; if nowhere, the refusal of the whole review.
fn place(files: &[FileDiff], comment: &Value) -> Result<Place, Answer> {
    let unresolved = |what: &str| Answer::unprocessable(json!([format!("{what} could not be resolved")]));
    let file = files.iter().find(|file| comment["path"] == file.path.as_str()).ok_or_else(|| unresolved("Path"))?;
    let line = comment["line"].as_u64().ok_or_else(|| unresolved("Line"))?;
    let (side, side_name) = side_of(&comment["side"]);
    let hunk = file.hunk_with(side, line).ok_or_else(|| unresolved("Line"))?;
    let start_line = comment["start_line"].as_u64();
    if let Some(start) = start_line {
        let (start_side, _) =
            if comment["start_side"].is_null() { (side, "") } else { side_of(&comment["start_side"]) };
        if start_side == side && start >= line {
            return Err(Answer::unprocessable(json!(["Start line must precede the end line."])));
        }
        if file.hunk_with(start_side, start) != Some(hunk) {
            return Err(Answer::unprocessable(json!(["Start line must be part of the same hunk as the line."])));
        }
    }
    Ok(Place { line, side: side_name, start_line })
}

fn side_of(value: &Value) -> (Side, &'static str) {
    if value == "LEFT" { (Side::Left, "LEFT") } else { (Side::Right, "RIGHT") }
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews`
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let pull = state.reach_pull(call)?;
    let fits = |review: &&Review| review.repository == pull.repository && review.number == pull.number;
    let reviews: Vec<Review> = state.reviews.values().filter(fits).cloned().collect();
    let documents = reviews.iter().map(|review| state.review_document(review)).collect();
    Ok(paging::list(state, call, documents))
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let review = state.reach_review(call)?;
    Ok(Answer::json(200, &state.review_document(&review)))
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments`
pub fn comments_of_review(state: &mut State, call: &Call) -> Outcome {
    let review = state.reach_review(call)?;
    list_comments(state, call, |comment| comment.review == review.id)
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/comments`
pub fn comments_of_pull(state: &mut State, call: &Call) -> Outcome {
    let pull = state.reach_pull(call)?;
    list_comments(state, call, |comment| comment.repository == pull.repository && comment.number == pull.number)
}

fn list_comments(state: &mut State, call: &Call, fits: impl Fn(&ReviewComment) -> bool) -> Outcome {
    let comments: Vec<ReviewComment> =
        state.review_comments.values().filter(|comment| fits(comment)).cloned().collect();
    let documents = comments.iter().map(|comment| state.review_comment_document(comment)).collect();
    Ok(paging::list(state, call, documents))
}

/// `GET /repos/{owner}/{repo}/pulls/comments/{comment_id}`
pub fn get_comment(state: &mut State, call: &Call) -> Outcome {
    let comment = state.reach_review_comment(call)?;
    Ok(Answer::json(200, &state.review_comment_document(&comment)))
}

/// `POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies`
pub fn reply(state: &mut State, call: &Call) -> Outcome {
    state.reach_pull(call)?;
    let first = state.reach_review_comment(call)?;
    let (author, body) = (state.calling_app(call)?.bot_login(), call.text("body").unwrap_or_default());
    let (id, created_at) = (state.new_id(), state.clock.now());
    let reply = ReviewComment { id, author, body, created_at, in_reply_to: Some(first.id), ..first };
    state.review_comments.insert(id, reply.clone());
    state.emit_review_comment(&reply, "created");
    Ok(Answer::json(201, &state.review_comment_document(&reply)))
}

impl GitHub {
    /// A person approves a pull request.
    pub fn approve(&self, full_name: &str, number: u64, login: &str) {
        let pull = self.pull_request(full_name, number);
        let mut state = self.state();
        let review = Review {
            id: state.new_id(),
            repository: pull.repository,
            number,
            author: login.to_owned(),
            body: String::new(),
            state: "APPROVED",
            commit: pull.head,
            submitted_at: state.clock.now(),
        };
        state.reviews.insert(review.id, review);
    }

    /// A person comments on a line of the change. Sends `pull_request_review_comment.created`. Gives its id.
    pub fn comment_on_line(
        &self,
        full_name: &str,
        number: u64,
        author: &str,
        path: &str,
        line: u64,
        body: &str,
    ) -> u64 {
        let pull = self.pull_request(full_name, number);
        let mut state = self.state();
        let (id, review, created_at) = (state.new_id(), state.new_id(), state.clock.now());
        let comment = ReviewComment {
            id,
            review,
            repository: pull.repository,
            number,
            author: author.to_owned(),
            path: path.to_owned(),
            line,
            side: "RIGHT".to_owned(),
            start_line: None,
            body: body.to_owned(),
            commit: pull.head,
            in_reply_to: None,
            created_at,
        };
        state.review_comments.insert(id, comment.clone());
        state.emit_review_comment(&comment, "created");
        id
    }

    /// All reviews of a pull request, oldest first.
    pub fn reviews(&self, full_name: &str, number: u64) -> Vec<Review> {
        let state = self.state();
        let repository = state.repository_id(full_name);
        state.reviews.values().filter(|r| r.repository == repository && r.number == number).cloned().collect()
    }

    /// All line comments of a pull request, oldest first.
    pub fn review_comments(&self, full_name: &str, number: u64) -> Vec<ReviewComment> {
        let state = self.state();
        let repository = state.repository_id(full_name);
        state.review_comments.values().filter(|c| c.repository == repository && c.number == number).cloned().collect()
    }
}
