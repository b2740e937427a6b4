//! What is in a file of a repository, at a commit?

use super::answer::{Answer, Outcome};
use super::call::Call;
use super::state::State;
use crate::support::git;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;

/// Content of larger files is not in the answer, but for the raw media type.
const MOST_BYTES_ENCODED: usize = 1024 * 1024;

/// `GET /repos/{owner}/{repo}/contents/{path}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let repository = state.repository(state.reach(call)?).clone();
    let revision = call.query("ref").unwrap_or(&repository.default_branch);
    let no_commit = || Answer::refusal(404, &format!("No commit found for the ref {revision}"));
    let commit = git::resolve(&repository.directory, revision).ok_or_else(no_commit)?;
    let path = call.parameter("path").trim_matches('/');
    let entry = entry(&repository.directory, &commit, path).ok_or_else(Answer::not_found)?;
    if entry.kind == "tree" {
        let entries = entries(&repository.directory, &format!("{commit}:{path}"));
        let documents =
            entries.iter().map(|child| document(state, call, child, &format!("{path}/{}", child.name), &commit));
        return Ok(Answer::json(200, &documents.collect()));
    }
    let content = git::run(&repository.directory, &["cat-file", "blob", &entry.id]);
    if call.header("accept").is_some_and(|accept| accept.contains("raw")) {
        return Ok(Answer::bytes(200, "application/vnd.github.raw; charset=utf-8", content));
    }
    let mut file = document(state, call, &entry, path, &commit);
    let is_small = content.len() <= MOST_BYTES_ENCODED;
    file["size"] = json!(content.len());
    file["encoding"] = json!(if is_small { "base64" } else { "none" });
    file["content"] = json!(if is_small { wrapped(&STANDARD.encode(&content)) } else { String::new() });
    Ok(Answer::json(200, &file))
}

struct Entry {
    kind: String,
    id: String,
    name: String,
}

fn entry(repository: &Path, commit: &str, path: &str) -> Option<Entry> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    git::resolve(repository, commit)?;
    let tree = format!("{commit}:{parent}");
    git::try_run(repository, &["cat-file", "-e", &tree]).ok()?;
    entries(repository, &tree).into_iter().find(|entry| entry.name == name)
}

fn entries(repository: &Path, tree: &str) -> Vec<Entry> {
    let listed = git::run(repository, &["ls-tree", "-z", tree]);
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let read = |line: &str| {
        let (facts, name) = line.split_once('\t')?;
        let mut words = facts.split(' ').skip(1);
        Some(Entry { kind: words.next()?.to_owned(), id: words.next()?.to_owned(), name: name.to_owned() })
    };
    listed.split('\0').filter_map(read).collect()
}

fn document(state: &State, call: &Call, entry: &Entry, path: &str, commit: &str) -> Value {
    let full_name = format!("{}/{}", call.parameter("owner"), call.parameter("repo"));
    let api = format!("{}/repos/{full_name}", state.urls.api);
    let url = format!("{api}/contents/{path}?ref={commit}");
    let git_url = format!("{api}/git/{}s/{}", entry.kind, entry.id);
    let html_url = format!("{}/{full_name}/blob/{commit}/{path}", state.urls.web);
    json!({
        "type": if entry.kind == "tree" { "dir" } else { "file" },
        "name": entry.name,
        "path": path,
        "sha": entry.id,
        "size": 0,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": html_url,
        "_links": { "self": url, "git": git_url, "html": html_url },
    })
}

/// Base64 as GitHub breaks it: a line end after every 60 characters.
fn wrapped(text: &str) -> String {
    let lines = text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    lines.collect()
}
