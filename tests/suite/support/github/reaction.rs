//! Who reacted to which comment?

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::paging;
use super::state::State;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Reaction {
    pub id: u64,
    /// The comment; issue comments and review comments share their numbers' space here.
    pub comment: u64,
    pub author: String,
    /// `+1`, `eyes`, …
    pub content: String,
    pub created_at: i64,
}

impl State {
    fn reaction_document(&mut self, reaction: &Reaction) -> Value {
        json!({
            "id": reaction.id,
            "node_id": format!("REA_{}", reaction.id),
            "user": self.user(&reaction.author),
            "content": reaction.content,
            "created_at": date(reaction.created_at),
        })
    }
}

/// `GET …/comments/{comment_id}/reactions`, for both kinds of comments.
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let comment = reach(state, call)?;
    let wanted = call.query("content");
    let fits =
        |reaction: &&Reaction| reaction.comment == comment && wanted.is_none_or(|wanted| wanted == reaction.content);
    let reactions: Vec<Reaction> = state.reactions.values().filter(fits).cloned().collect();
    let documents = reactions.iter().map(|reaction| state.reaction_document(reaction)).collect();
    Ok(paging::list(state, call, documents))
}

/// `POST …/comments/{comment_id}/reactions`, for both kinds of comments. The same reaction again is the same one.
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let comment = reach(state, call)?;
    let (author, content) = (state.calling_app(call)?.bot_login(), call.text("content").unwrap_or_default());
    let is_same =
        |reaction: &&Reaction| reaction.comment == comment && reaction.author == author && reaction.content == content;
    if let Some(reaction) = state.reactions.values().find(is_same).cloned() {
        return Ok(Answer::json(200, &state.reaction_document(&reaction)));
    }
    let reaction = Reaction { id: state.new_id(), comment, author, content, created_at: state.clock.now() };
    state.reactions.insert(reaction.id, reaction.clone());
    Ok(Answer::json(201, &state.reaction_document(&reaction)))
}

fn reach(state: &State, call: &Call) -> Result<u64, Answer> {
    if call.path.contains("/pulls/comments/") {
        return Ok(state.reach_review_comment(call)?.id);
    }
    Ok(state.reach_comment(call)?.id)
}

impl GitHub {
    /// Reactions to a comment of either kind, oldest first.
    pub fn reactions(&self, comment: u64) -> Vec<Reaction> {
        self.state().reactions.values().filter(|reaction| reaction.comment == comment).cloned().collect()
    }
}
