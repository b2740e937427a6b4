//! What do GitHub's documents look like?
//!
//! In: the recorded examples in `fixtures/github/webhooks`. Out: one of them, moved to this server's addresses, for the
//! caller to patch. So every document has all the fields that GitHub sends, also those nobody here reads.

use super::state::Urls;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// Events with recorded examples.
pub const EVENTS: [&str; 11] = [
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "issue_comment",
    "merge_group",
    "ping",
    "pull_request",
    "pull_request_review_comment",
    "push",
    "repository",
];

static EXAMPLES: LazyLock<BTreeMap<&str, Vec<Value>>> =
    LazyLock::new(|| EVENTS.into_iter().map(|event| (event, read(event))).collect());

fn read(event: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/github/webhooks/{event}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All recorded payloads of an event, as GitHub sent them.
pub fn examples(event: &str) -> &'static [Value] {
    EXAMPLES.get(event).unwrap_or_else(|| panic!("no examples of `{event}`"))
}

/// Part of the first example of an event and action, with the example's repository and hosts replaced.
///
/// `pointer` names the part as JSON pointers do; `""` is all of it.
pub fn template(event: &str, action: &str, pointer: &str, urls: &Urls, full_name: &str) -> Value {
    let example = examples(event)
        .iter()
        .find(|example| action.is_empty() || example["action"] == action)
        .unwrap_or_else(|| panic!("no example of `{event}.{action}`"));
    let part = example.pointer(pointer).unwrap_or_else(|| panic!("no `{pointer}` in `{event}.{action}`"));
    replaced(part, &|text| {
        text.replace("Codertocat/Hello-World", full_name)
            .replace("https://api.github.com", &urls.api)
            .replace("https://github.com", &urls.web)
    })
}

/// The same document with every text replaced.
pub fn replaced(value: &Value, replace: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(replace(text)),
        Value::Array(items) => items.iter().map(|item| replaced(item, replace)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), replaced(value, replace)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Sets the fields of `patch` in `document`, whole: nothing below them is merged.
pub fn patched(mut document: Value, patch: Value) -> Value {
    let Value::Object(fields) = patch else { panic!("a patch is an object") };
    for (name, value) in fields {
        document[name.as_str()] = value;
    }
    document
}

/// A user as every document shows one. Names that end in `[bot]` are Apps' bots.
pub fn user(urls: &Urls, id: u64, login: &str) -> Value {
    let sender = template("pull_request", "opened", "/sender", urls, "");
    let renamed = replaced(&sender, &|text| text.replace("Codertocat", &login.replace('[', "%5B").replace(']', "%5D")));
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    let avatar_url = format!("https://avatars.githubusercontent.com/u/{id}?v=4");
    patched(
        renamed,
        json!({ "login": login, "id": id, "avatar_url": avatar_url, "type": kind, "node_id": format!("U_{id}") }),
    )
}
