//! What was asked, and by whom?
//!
//! One request after it was read whole and its caller was recognised. Handlers read their parameters here.

use super::answer::Answer;
use serde_json::Value;
use std::collections::BTreeMap;

/// One request to the REST API.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// Below the API's base path: `/repos/octo/engine`.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
    /// Values of the names in the operation's path.
    pub parameters: BTreeMap<String, String>,
    pub caller: Caller,
}

/// Who proved to be asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An App, by its JSON web token.
    App { app_id: u64 },
    /// An App's installation, by its token.
    Installation { token: String },
    /// Nobody: there were no credentials.
    Anonymous,
}

impl Call {
    /// A value from the path.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A number from the path.
    pub fn number(&self, name: &str) -> Result<u64, Answer> {
        self.parameter(name).parse().map_err(|_| Answer::not_found())
    }

    /// A value from the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A text from the body; `None` where it is absent or null.
    pub fn text(&self, name: &str) -> Option<String> {
        self.body[name].as_str().map(str::to_owned)
    }
}
