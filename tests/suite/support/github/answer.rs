//! What does the stand-in say back?
//!
//! In: a status and a document, or a refusal in GitHub's words. Out: the bytes of an answer with GitHub's headers.

use serde_json::{Value, json};

/// An answer before it is put on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What handlers give: `Err` is a refusal, so `?` ends a handler with it.
pub type Outcome = Result<Answer, Answer>;

impl Answer {
    pub fn json(status: u16, document: &Value) -> Self {
        Self::bytes(status, "application/json; charset=utf-8", document.to_string().into_bytes())
    }

    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
    }

    pub fn with_header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// A refusal as GitHub words it: the message, a link to the documentation, and the status as text.
    pub fn refusal(status: u16, message: &str) -> Self {
        Self::json(status, &refusal_document(status, message))
    }

    /// 422 with the list of what is wrong.
    pub fn unprocessable(errors: Value) -> Self {
        let mut document = refusal_document(422, "Unprocessable Entity");
        document["errors"] = errors;
        Self::json(422, &document)
    }

    pub fn not_found() -> Self {
        Self::refusal(404, "Not Found")
    }

    pub fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn refusal_document(status: u16, message: &str) -> Value {
    json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    })
}
