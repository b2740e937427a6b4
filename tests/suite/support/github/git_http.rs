//! How do people and bots fetch a repository?
//!
//! Git's own `http-backend` behind Basic authentication with an installation token, read only.

use super::answer::Answer;
use super::state::State;
use crate::support::git;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

/// One request of a git client.
pub struct GitRequest {
    pub method: String,
    /// `octo/engine`
    pub full_name: String,
    /// `info/refs` or `git-upload-pack`
    pub service: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl GitRequest {
    /// The git request that a path means: `/octo/engine.git/info/refs`, with or without `.git`.
    pub fn address(path: &str) -> Option<(String, String)> {
        let mut parts = path.trim_start_matches('/').splitn(3, '/');
        let (owner, name, service) = (parts.next()?, parts.next()?, parts.next()?);
        let is_service = matches!(service, "info/refs" | "git-upload-pack" | "git-receive-pack");
        let name = name.strip_suffix(".git").unwrap_or(name);
        is_service.then(|| (format!("{owner}/{name}"), service.to_owned()))
    }
}

impl State {
    /// The bare repository that this request may read.
    pub fn admit_git(&self, request: &GitRequest) -> Result<PathBuf, Answer> {
        let (owner, name) = request.full_name.split_once('/').unwrap_or_default();
        let not_found = || Answer::bytes(404, "text/plain", b"Repository not found.".to_vec());
        let token = match request.headers.get("authorization") {
            Some(header) => {
                Some(self.live_token(&password(header).ok_or_else(unauthorized)?).map_err(|_| unauthorized())?)
            }
            None => None,
        };
        if request.service == "git-receive-pack" || request.query.contains("git-receive-pack") {
            return Err(Answer::bytes(403, "text/plain", b"Write access to repository not granted.".to_vec()));
        }
        let repository = self.repository_named(owner, name).or_else(|| {
            let is_former = |r: &&super::repository::Repository| r.former_names.contains(&request.full_name);
            self.repositories.values().find(is_former)
        });
        let may_read = |id: u64| {
            let is_granted = token
                .is_some_and(|token| token.repositories.contains(&id) && token.permissions.contains_key("contents"));
            is_granted || !self.repository(id).is_private
        };
        match repository {
            Some(repository) if may_read(repository.id) && repository.full_name() != request.full_name => {
                Err(self.sent_on(request, &repository.full_name()))
            }
            Some(repository) if may_read(repository.id) => Ok(repository.directory.clone()),
            // Without credentials, what is private and what is not there look the same.
            _ if token.is_none() => Err(unauthorized()),
            _ => Err(not_found()),
        }
    }

    /// Where a renamed repository is now.
    fn sent_on(&self, request: &GitRequest, full_name: &str) -> Answer {
        let address = format!("{}/{full_name}.git/{}?{}", self.urls.web, request.service, request.query);
        Answer::bytes(301, "text/plain", Vec::new()).with_header("location", address)
    }
}

fn unauthorized() -> Answer {
    Answer::bytes(401, "text/plain", b"Invalid username or token.".to_vec())
        .with_header("www-authenticate", "Basic realm=\"GitHub\"")
}

/// The password of `Basic` credentials whose user is `x-access-token`.
fn password(header: &str) -> Option<String> {
    let encoded = header.strip_prefix("Basic ").or_else(|| header.strip_prefix("basic "))?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    Some(decoded.strip_prefix("x-access-token:")?.to_owned())
}

/// Runs git's CGI program on an admitted request.
pub fn serve(directory: &std::path::Path, request: &GitRequest) -> Answer {
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let mut command = git::command(directory);
    command.arg("http-backend").envs([
        ("GIT_PROJECT_ROOT", directory.to_string_lossy().into_owned()),
        ("GIT_HTTP_EXPORT_ALL", "1".to_owned()),
        ("PATH_INFO", format!("/{}", request.service)),
        ("REQUEST_METHOD", request.method.clone()),
        ("QUERY_STRING", request.query.clone()),
        ("CONTENT_TYPE", header("content-type")),
        ("CONTENT_LENGTH", request.body.len().to_string()),
        ("HTTP_CONTENT_ENCODING", header("content-encoding")),
        ("GIT_PROTOCOL", header("git-protocol")),
        ("REMOTE_USER", "x-access-token".to_owned()),
        ("REMOTE_ADDR", "127.0.0.1".to_owned()),
    ]);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.expect("git is installed");
    let (input, mut output) = (child.stdin.take(), child.stdout.take().expect("standard output was piped"));
    let mut answer = Vec::new();
    std::thread::scope(|scope| {
        // A reader of its own: the program may answer before it has read everything.
        scope.spawn(|| input.map(|mut input| input.write_all(&request.body)));
        output.read_to_end(&mut answer)
    })
    .expect("git answers on its standard output");
    child.wait().expect("git was started");
    parsed(&answer)
}

/// A CGI answer: header lines, an empty line, the body.
fn parsed(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else { return Answer::bytes(500, "text/plain", b"git gave no answer".to_vec()) };
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut parsed = Answer { status: 200, headers: Vec::new(), body: answer[end + 4..].to_vec() };
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        if name.eq_ignore_ascii_case("status") {
            parsed.status = value.split(' ').next().and_then(|status| status.parse().ok()).unwrap_or(500);
        } else {
            parsed.headers.push((name.to_lowercase(), value.to_owned()));
        }
    }
    parsed
}
