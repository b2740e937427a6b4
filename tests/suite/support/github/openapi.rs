//! Does a request say what GitHub's own description allows?
//!
//! In: the cut OpenAPI description in `fixtures/github/openapi`. Out: for a request the operation it means and every
//! way it differs from it; the same for the stand-in's own answers. Beyond the description it holds the rules that the
//! description only tells in prose. Never talks to the network.

use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

/// The description, read and compiled once for all tests.
pub static DESCRIPTION: LazyLock<Arc<Description>> = LazyLock::new(|| Arc::new(Description::read()));

pub struct Description {
    operations: Vec<Operation>,
}

pub struct Operation {
    pub method: String,
    /// `/repos/{owner}/{repo}`
    pub template: String,
    parameters: BTreeMap<String, Value>,
    query: BTreeMap<String, Value>,
    body: Option<Body>,
    answers: BTreeMap<u16, Schema>,
}

struct Body {
    is_required: bool,
    schema: Schema,
}

/// A schema with everything it refers to, compiled when first used.
struct Schema {
    raw: Value,
    components: Arc<Value>,
    compiled: OnceLock<jsonschema::Validator>,
}

/// The operation that a request means, and the values in its path.
pub struct Match<'a> {
    pub operation: &'a Operation,
    pub parameters: BTreeMap<String, String>,
}

impl Description {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/github/openapi/api.github.com.cut.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document: Value = serde_json::from_str(&text).expect("the cut description is JSON");
        let components = Arc::new(with_null_allowed(&document["components"], true));
        let operations = object(&document["paths"])
            .iter()
            .flat_map(|(template, methods)| object(methods).iter().map(move |(method, raw)| (template, method, raw)))
            .map(|(template, method, raw)| Operation::read(&document, &components, template, method, raw))
            .collect();
        Self { operations }
    }

    /// The operation for a method and a path. Where several fit, the one with the most literal segments.
    pub fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        let fitting = self.operations.iter().filter(|operation| operation.method == method);
        let matches = fitting
            .filter_map(|operation| operation.parameters_in(path).map(|parameters| Match { operation, parameters }));
        matches.min_by_key(|found| found.parameters.len())
    }
}

impl Operation {
    fn read(document: &Value, components: &Arc<Value>, template: &str, method: &str, raw: &Value) -> Self {
        let schema = |raw: &Value| Schema {
            raw: with_null_allowed(raw, false),
            components: Arc::clone(components),
            compiled: OnceLock::new(),
        };
        let declared: Vec<&Value> = list(&raw["parameters"]).iter().map(|raw| dereferenced(document, raw)).collect();
        let placed = |place: &str| {
            let here = declared.iter().filter(|parameter| parameter["in"] == place);
            here.map(|parameter| (text(&parameter["name"]), parameter["schema"].clone())).collect()
        };
        let body = raw.get("requestBody").map(|body| Body {
            is_required: body["required"] == true,
            schema: schema(&body["content"]["application/json"]["schema"]),
        });
        let answers = object(&raw["responses"]).iter().filter_map(|(status, answer)| {
            let content = &dereferenced(document, answer)["content"]["application/json"]["schema"];
            (!content.is_null()).then(|| Some((status.parse().ok()?, schema(content)))).flatten()
        });
        Self {
            method: method.to_uppercase(),
            template: template.to_owned(),
            parameters: placed("path"),
            query: placed("query"),
            body,
            answers: answers.collect(),
        }
    }

    /// The values of the path's names, if the path has this shape.
    fn parameters_in(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        let mut given = path.trim_start_matches('/').split('/');
        for expected in self.template.trim_start_matches('/').split('/') {
            let Some(name) = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                (given.next()? == expected).then_some(())?;
                continue;
            };
            let value = match name {
                // A file's path is the rest of the address.
                "path" => given.by_ref().collect::<Vec<_>>().join("/"),
                _ => given.next()?.to_owned(),
            };
            let is_number = self.parameters.get(name).is_some_and(|schema| schema["type"] == "integer");
            (!value.is_empty() && (!is_number || value.parse::<u64>().is_ok())).then_some(())?;
            found.insert(name.to_owned(), decoded(&value));
        }
        given.next().is_none().then_some(found)
    }

    /// What GitHub refuses a request's body for, in its words where they are known.
    pub fn body_errors(&self, body: Option<&Value>) -> Vec<String> {
        match (&self.body, body) {
            (Some(expected), Some(body)) => expected.schema.errors(body),
            (Some(expected), None) if expected.is_required => vec!["no body".to_owned()],
            _ => Vec::new(),
        }
    }

    /// What GitHub lets pass or only says in prose, and a bot should not do all the same.
    pub fn bad_habits(&self, query: &[(String, String)], body: Option<&Value>) -> Vec<String> {
        let mut habits: Vec<String> = query.iter().filter_map(|(name, value)| self.in_query(name, value)).collect();
        match (&self.body, body) {
            (Some(expected), Some(body)) => {
                habits.extend(unknown_names(&expected.schema.raw, body, ""));
                habits.extend(told_in_prose(self, body));
            }
            (None, Some(_)) => habits.push("a body where none is taken".to_owned()),
            _ => {}
        }
        habits
    }

    fn in_query(&self, name: &str, value: &str) -> Option<String> {
        let Some(schema) = self.query.get(name) else { return Some(format!("unknown query name `{name}`")) };
        let is_wrong = match schema["type"].as_str() {
            Some("integer") => value.parse::<i64>().is_err(),
            _ => schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(&json!(value))),
        };
        is_wrong.then(|| format!("query `{name}` may not be `{value}`"))
    }

    /// In what an answer of the stand-in differs from what GitHub says it answers.
    pub fn answer_defects(&self, status: u16, document: &Value) -> Vec<String> {
        let Some(schema) = self.answers.get(&status) else { return Vec::new() };
        // The places where the description is known to be wrong: a deleted fork leaves no head repository, and in the
        // list of installations an account would have to be a user and an enterprise at once.
        let is_known = |error: &String| {
            let is_account = self.template == "/app/installations" && error.contains("/account`: ");
            error.contains("/head/repo`: null") || is_account
        };
        let errors = schema.errors(document).into_iter().filter(|error| !is_known(error));
        errors.map(|error| format!("answer {status} to {} {}: {error}", self.method, self.template)).collect()
    }
}

/// What the description says in words alone. The npm copy of it lost the first as a schema.
fn told_in_prose(operation: &Operation, body: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    let mut forbid = |is_wrong: bool, what: &str| violations.extend(is_wrong.then(|| what.to_owned()));
    if operation.template.contains("/check-runs") {
        let is_completed = body["status"] == "completed" || !body["completed_at"].is_null();
        forbid(is_completed && body["conclusion"].is_null(), "`completed` needs a `conclusion`");
        forbid(body["conclusion"] == "stale", "only GitHub may conclude `stale`");
        for annotation in list(&body["output"]["annotations"]) {
            let has_columns = !annotation["start_column"].is_null() || !annotation["end_column"].is_null();
            let is_one_line = annotation["start_line"] == annotation["end_line"];
            forbid(has_columns && !is_one_line, "columns need `start_line` = `end_line`");
            forbid(longer_than(&annotation["message"], 64 * 1024), "an annotation's message is above 64 KB");
            forbid(longer_than(&annotation["raw_details"], 64 * 1024), "an annotation's raw_details are above 64 KB");
            forbid(longer_than(&annotation["title"], 255), "an annotation's title is above 255 characters");
        }
    }
    if operation.template.ends_with("/reviews") {
        let needs_body = body["event"] == "COMMENT" || body["event"] == "REQUEST_CHANGES";
        forbid(needs_body && body["body"].as_str().unwrap_or("").is_empty(), "this `event` needs a `body`");
        for comment in list(&body["comments"]) {
            forbid(!comment["position"].is_null(), "`position` is closing down: use `line` and `side`");
        }
    }
    violations
}

fn longer_than(value: &Value, limit: usize) -> bool {
    value.as_str().is_some_and(|text| text.len() > limit)
}

/// Names in a body that no schema knows: GitHub ignores them in silence, so a misspelt name would pass.
fn unknown_names(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| unknown_names(&schema["items"], item, place)).collect(),
        Value::Object(fields) => {
            let Some(known) = schema["properties"].as_object() else { return Vec::new() };
            let check = |(name, value): (&String, &Value)| match known.get(name) {
                Some(schema) => unknown_names(schema, value, &format!("{place}/{name}")),
                None => vec![format!("unknown name `{place}/{name}`")],
            };
            fields.iter().flat_map(check).collect()
        }
        _ => Vec::new(),
    }
}

impl Schema {
    fn errors(&self, value: &Value) -> Vec<String> {
        let validator = self.compiled.get_or_init(|| self.compile());
        let describe =
            |error: jsonschema::ValidationError<'_>| format!("`{}`: {}", error.instance_path(), words(&error));
        validator.iter_errors(value).map(describe).collect()
    }

    /// References read `#/components/…`, so the components stand beside the schema in one document.
    fn compile(&self) -> jsonschema::Validator {
        let document = json!({ "allOf": [self.raw], "components": *self.components });
        // OpenAPI 3.0 describes with the words of draft 4.
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft4).should_validate_formats(true);
        options.build(&document).expect("GitHub's schemas compile")
    }
}

/// GitHub's words for what it limits; else the library's, without the whole body in them.
fn words(error: &jsonschema::ValidationError<'_>) -> String {
    let instance = error.instance();
    match error.kind() {
        ValidationErrorKind::MaxItems { limit } => {
            let n_items = instance.as_array().map_or(0, Vec::len);
            format!("No more than {limit} items are allowed; {n_items} were supplied.")
        }
        ValidationErrorKind::MaxLength { limit } => {
            let n_characters = instance.as_str().map_or(0, |text| text.chars().count());
            format!("Only {limit} characters are allowed; {n_characters} were supplied.")
        }
        _ => error.to_string().chars().take(300).collect(),
    }
}

/// The same schema with OpenAPI's `nullable` written as JSON Schema has it.
fn with_null_allowed(value: &Value, is_name_map: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| with_null_allowed(item, false)).collect(),
        Value::Object(fields) => {
            let names_follow = |name: &str| !is_name_map && matches!(name, "properties" | "schemas");
            let translate =
                |(name, item): (&String, &Value)| (name.clone(), with_null_allowed(item, names_follow(name)));
            let translated: Map<String, Value> = fields.iter().map(translate).collect();
            if is_name_map || translated.get("nullable") != Some(&Value::Bool(true)) {
                return Value::Object(translated);
            }
            let mut plain = translated;
            plain.remove("nullable");
            // The names stay in reach of `unknown_names`; they say nothing about null.
            let properties = plain.get("properties").cloned().unwrap_or_else(|| json!({}));
            json!({ "anyOf": [{ "type": "null" }, plain], "properties": properties })
        }
        other => other.clone(),
    }
}

fn dereferenced<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("references lead somewhere"),
        None => value,
    }
}

/// Undoes percent-encoding.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("the description has an object here")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
