//! Who said what on a pull request?
//!
//! Comments on issues and pull requests, by people and by the App's bot, which GitHub marks as such.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::paging;
use super::payload::{patched, template};
use super::state::State;
use serde_json::{Value, json};

/// A longer comment is refused.
const MOST_CHARACTERS: usize = 65_536;

#[derive(Debug, Clone)]
pub struct Comment {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub author: String,
    /// The App that wrote it, if one did.
    pub app: Option<u64>,
    pub body: String,
    pub created_at: i64,
    pub updated_at: i64,
    /// How often it was edited.
    pub n_edits: usize,
}

impl State {
    fn comment_document(&mut self, comment: &Comment) -> Value {
        let full_name = self.repository(comment.repository).full_name();
        let app = comment.app.and_then(|id| self.apps.iter().find(|app| app.id == id).cloned());
        let app = app.map(|app| self.app_document(&app));
        let (Comment { id, number, .. }, api) = (comment, format!("{}/repos/{full_name}", self.urls.api));
        let kind = if self.pull(comment.repository, *number).is_some() { "pull" } else { "issues" };
        patched(
            template("issue_comment", "created", "/comment", &self.urls, &full_name),
            json!({
                "id": id,
                "node_id": format!("IC_{id}"),
                "url": format!("{api}/issues/comments/{id}"),
                "html_url": format!("{}/{full_name}/{kind}/{number}#issuecomment-{id}", self.urls.web),
                "issue_url": format!("{api}/issues/{number}"),
                "user": self.user(&comment.author),
                "created_at": date(comment.created_at),
                "updated_at": date(comment.updated_at),
                "author_association": self.association(comment.repository, &comment.author),
                "body": comment.body,
                "performed_via_github_app": app,
            }),
        )
    }

    fn add_comment(&mut self, repository: u64, number: u64, author: &str, app: Option<u64>, body: &str) -> Comment {
        let (id, now) = (self.new_id(), self.clock.now());
        let (author, body) = (author.to_owned(), body.to_owned());
        let comment =
            Comment { id, repository, number, author, app, body, created_at: now, updated_at: now, n_edits: 0 };
        self.comments.insert(id, comment.clone());
        self.emit_comment(&comment, "created", json!({}));
        comment
    }

    fn edit_comment(&mut self, id: u64, body: &str, editor: &str) -> Comment {
        let now = self.clock.now();
        let comment = self.comments.get_mut(&id).expect("the comment exists");
        let from = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        comment.n_edits += 1;
        let edited = comment.clone();
        let changes = json!({ "changes": { "body": { "from": from } } });
        self.emit_comment_by(&edited, "edited", editor, changes);
        edited
    }

    fn emit_comment(&mut self, comment: &Comment, action: &str, fields: Value) {
        let sender = comment.author.clone();
        self.emit_comment_by(comment, action, &sender, fields);
    }

    fn emit_comment_by(&mut self, comment: &Comment, action: &str, sender: &str, mut fields: Value) {
        fields["issue"] = self.issue_document(comment.repository, comment.number);
        fields["comment"] = self.comment_document(comment);
        self.emit(comment.repository, "issue_comment", Some(action), sender, fields);
    }

    /// The comment in the call's path.
    pub fn reach_comment(&self, call: &Call) -> Result<Comment, Answer> {
        let repository = self.reach(call)?;
        let comment = self.comments.get(&call.number("comment_id")?);
        comment.filter(|comment| comment.repository == repository).cloned().ok_or_else(Answer::not_found)
    }
}

fn checked_body(call: &Call) -> Result<String, Answer> {
    let body = call.text("body").unwrap_or_default();
    let refused = |code: &str, message: &str| {
        Err(Answer::unprocessable(
            json!([{ "resource": "IssueComment", "code": code, "field": "body", "message": message }]),
        ))
    };
    match body.chars().count() {
        _ if body.trim().is_empty() => refused("unprocessable", "body can't be blank"),
        n if n > MOST_CHARACTERS => refused("unprocessable", "body is too long (maximum is 65536 characters)"),
        _ => Ok(body),
    }
}

/// `GET /repos/{owner}/{repo}/issues/{issue_number}/comments`
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let (repository, number) = reach_number(state, call)?;
    let since = call.query("since").map(str::to_owned);
    let comments = state.comments.values().filter(|c| c.repository == repository && c.number == number);
    // RFC 3339 in one time zone sorts as text.
    let comments = comments.filter(|comment| since.as_ref().is_none_or(|since| date(comment.updated_at) >= *since));
    let comments: Vec<Comment> = comments.cloned().collect();
    let documents = comments.iter().map(|comment| state.comment_document(comment)).collect();
    Ok(paging::list(state, call, documents))
}

/// `POST /repos/{owner}/{repo}/issues/{issue_number}/comments`
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (repository, number) = reach_number(state, call)?;
    let body = checked_body(call)?;
    let app = state.calling_app(call)?.clone();
    let comment = state.add_comment(repository, number, &app.bot_login(), Some(app.id), &body);
    Ok(Answer::json(201, &state.comment_document(&comment)))
}

fn reach_number(state: &State, call: &Call) -> Result<(u64, u64), Answer> {
    let (repository, number) = (state.reach(call)?, call.number("issue_number")?);
    state.has_number(repository, number).then_some((repository, number)).ok_or_else(Answer::not_found)
}

/// `GET /repos/{owner}/{repo}/issues/comments/{comment_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let comment = state.reach_comment(call)?;
    Ok(Answer::json(200, &state.comment_document(&comment)))
}

/// `PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}`
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let comment = state.reach_comment(call)?;
    let body = checked_body(call)?;
    let editor = state.calling_app(call)?.bot_login();
    let edited = state.edit_comment(comment.id, &body, &editor);
    Ok(Answer::json(200, &state.comment_document(&edited)))
}

impl GitHub {
    /// A person comments. Sends `issue_comment.created`. Gives the comment's id.
    pub fn comment(&self, full_name: &str, number: u64, author: &str, body: &str) -> u64 {
        let mut state = self.state();
        let repository = state.repository_id(full_name);
        state.add_comment(repository, number, author, None, body).id
    }

    /// A person edits a comment. Sends `issue_comment.edited`.
    pub fn edit_comment(&self, id: u64, body: &str) {
        let mut state = self.state();
        let editor = state.comments[&id].author.clone();
        state.edit_comment(id, body, &editor);
    }

    /// A person deletes a comment. Sends `issue_comment.deleted`.
    pub fn delete_comment(&self, id: u64) {
        let mut state = self.state();
        let comment = state.comments.remove(&id).expect("the comment exists");
        state.emit_comment(&comment, "deleted", json!({}));
    }

    /// All comments on a pull request or issue, oldest first.
    pub fn comments(&self, full_name: &str, number: u64) -> Vec<Comment> {
        let state = self.state();
        let repository = state.repository_id(full_name);
        state.comments.values().filter(|c| c.repository == repository && c.number == number).cloned().collect()
    }

    /// The comments that the App wrote.
    pub fn bot_comments(&self, full_name: &str, number: u64) -> Vec<Comment> {
        self.comments(full_name, number).into_iter().filter(|comment| comment.app.is_some()).collect()
    }
}
