//! How do requests come in and answers go out?
//!
//! axum on a free port of this machine, on threads of its own so that a test may block. Each request is read whole,
//! logged, struck by faults, checked against GitHub's description, and handled under the one lock.

use super::answer::Answer;
use super::call::{Call, Caller};
use super::faults::{Fault, When};
use super::git_http::{self, GitRequest};
use super::openapi::{DESCRIPTION, decoded};
use super::request_log::Recorded;
use super::router;
use super::state::State;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A request above this is not one a bot should send: GitHub takes far less.
const MOST_BODY_BYTES: usize = 64 * 1024 * 1024;
/// Longer than any test waits.
const SILENCE: Duration = Duration::from_secs(3_600);

/// The state and its lock, shared by the server and the test.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// A handler that panicked has failed its test already: the state is still worth reading.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until the runtime goes.
pub async fn serve(listener: TcpListener, shared: Shared, base_path: String) {
    let respond = move |ConnectInfo(line): ConnectInfo<Line>, request: Request| {
        let (shared, base_path) = (shared.clone(), base_path.clone());
        async move { respond(&shared, &base_path, &line, request).await }
    };
    let service = Router::new().fallback(respond).into_make_service_with_connect_info::<Line>();
    // Only ends with the test.
    let _ = axum::serve(Door(listener), service).await;
}

/// One request, read whole.
struct Incoming {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

async fn respond(shared: &Shared, base_path: &str, line: &Line, request: Request) -> Response {
    let incoming = read(base_path, request).await;
    let fault = shared.lock().faults.strike(&incoming.method, &incoming.path);
    let has_effect = !matches!(
        fault,
        Some(Fault::Answers(_, When::BeforeEffect) | Fault::Drops(When::BeforeEffect) | Fault::IsSilent)
    );
    let entry = record(shared, &incoming, fault.is_some());
    let shared_here = shared.clone();
    let handled = tokio::task::spawn_blocking(move || handle(&shared_here, entry, &incoming, has_effect));
    let right = handled.await.unwrap_or_else(|error| {
        shared.lock().defects.push(format!("a handler panicked: {error}"));
        Answer::refusal(500, "The stand-in failed")
    });
    let given = strike(fault, right, line).await;
    if let Some(recorded) = shared.lock().requests.get_mut(entry) {
        recorded.status = (!line.is_cut()).then_some(given.status);
    }
    response(&shared.lock(), given)
}

async fn strike(fault: Option<Fault>, right: Answer, line: &Line) -> Answer {
    match fault {
        None => right,
        Some(Fault::Answers(wrong, _)) => wrong,
        Some(Fault::Drops(_)) => {
            line.cut();
            right
        }
        Some(Fault::Delays(by)) => {
            tokio::time::sleep(by).await;
            right
        }
        Some(Fault::IsSilent) => {
            tokio::time::sleep(SILENCE).await;
            right
        }
    }
}

async fn read(base_path: &str, request: Request) -> Incoming {
    let (parts, body) = request.into_parts();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let path = parts.uri.path();
    Incoming {
        method: parts.method.to_string(),
        path: path.strip_prefix(base_path).unwrap_or(path).to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: to_bytes(body, MOST_BODY_BYTES).await.unwrap_or_default().to_vec(),
    }
}

fn record(shared: &Shared, incoming: &Incoming, was_struck: bool) -> usize {
    let mut state = shared.lock();
    state.requests.push(Recorded {
        at: Instant::now(),
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        template: String::new(),
        body: serde_json::from_slice(&incoming.body).unwrap_or(Value::Null),
        status: None,
        was_struck,
    });
    state.requests.len() - 1
}

fn handle(shared: &Shared, entry: usize, incoming: &Incoming, has_effect: bool) -> Answer {
    if let Some((full_name, service)) = GitRequest::address(&incoming.path) {
        return if has_effect { handle_git(shared, incoming, full_name, service) } else { nothing() };
    }
    let mut state = shared.lock();
    if incoming.path == "/settings/apps/new" {
        return handle_manifest(&mut state, incoming);
    }
    handle_api(&mut state, entry, incoming, has_effect)
}

/// What a request without effect would be answered; a fault answers instead.
fn nothing() -> Answer {
    Answer::refusal(500, "The request had no effect")
}

fn handle_git(shared: &Shared, incoming: &Incoming, full_name: String, service: String) -> Answer {
    let (method, query) = (incoming.method.clone(), incoming.query.clone());
    let (headers, body) = (incoming.headers.clone(), incoming.body.clone());
    let request = GitRequest { method, full_name, service, query, headers, body };
    // The lock is free while git works.
    let admitted = shared.lock().admit_git(&request);
    match admitted {
        Ok(directory) => git_http::serve(&directory, &request),
        Err(refusal) => refusal,
    }
}

/// The form by which a person's browser brings a manifest.
fn handle_manifest(state: &mut State, incoming: &Incoming) -> Answer {
    let form = pairs(&String::from_utf8_lossy(&incoming.body));
    let query = pairs(&incoming.query);
    let value = |pairs: &[(String, String)], name: &str| {
        pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    match state.accept_manifest(&value(&form, "manifest"), &value(&query, "state")) {
        Ok(address) => Answer::bytes(302, "text/html", Vec::new()).with_header("location", address),
        Err(refusal) => refusal,
    }
}

fn handle_api(state: &mut State, entry: usize, incoming: &Incoming, has_effect: bool) -> Answer {
    let path = named_path(state, &incoming.path);
    let Some(found) = DESCRIPTION.find(&incoming.method, &path) else {
        state
            .violations
            .push(format!("{} {} is not among the operations the bot may use", incoming.method, incoming.path));
        return Answer::not_found();
    };
    let (operation, parameters) = (found.operation, found.parameters);
    // A test may have forgotten the requests since this one came.
    if let Some(recorded) = state.requests.get_mut(entry) {
        recorded.template.clone_from(&operation.template);
    }
    let query = pairs(&incoming.query);
    let body = parsed_body(state, incoming);
    let errors = operation.body_errors(body.as_ref());
    let noted =
        errors.iter().cloned().chain(operation.bad_habits(&query, body.as_ref())).chain(anonymous_sender(incoming));
    state.violations.extend(noted.map(|what| format!("{} {}: {what}", operation.method, operation.template)));
    if !has_effect {
        return nothing();
    }
    let caller = match state.recognise(incoming.headers.get("authorization").map(String::as_str)) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let call = Call {
        method: incoming.method.clone(),
        path,
        query,
        headers: incoming.headers.clone(),
        body: body.unwrap_or(Value::Null),
        parameters,
        caller,
    };
    let answer = router::answer(state, &operation.method, &operation.template, &call, &errors);
    if answer.status < 300 && is_json(&answer) {
        state.defects.extend(operation.answer_defects(answer.status, &answer.document()));
    }
    answer
}

fn is_json(answer: &Answer) -> bool {
    answer.headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("application/json"))
}

/// GitHub refuses requests that do not say who sends them.
fn anonymous_sender(incoming: &Incoming) -> Option<String> {
    let is_named = incoming.headers.get("user-agent").is_some_and(|agent| !agent.is_empty());
    (!is_named).then(|| "no `User-Agent`".to_owned())
}

fn parsed_body(state: &mut State, incoming: &Incoming) -> Option<Value> {
    if incoming.body.is_empty() {
        return None;
    }
    let parsed = serde_json::from_slice(&incoming.body);
    if let Err(error) = &parsed {
        state.violations.push(format!("{} {}: the body is not JSON: {error}", incoming.method, incoming.path));
    }
    parsed.ok()
}

/// `/repositories/17/pulls` becomes `/repos/octo/engine/pulls`.
fn named_path(state: &State, path: &str) -> String {
    let named = || {
        let rest = path.strip_prefix("/repositories/")?;
        let (id, rest) = rest.split_once('/').map_or((rest, String::new()), |(id, rest)| (id, format!("/{rest}")));
        let repository = state.repositories.get(&id.parse().ok()?)?;
        Some(format!("/repos/{}{rest}", repository.full_name()))
    };
    named().unwrap_or_else(|| path.to_owned())
}

/// `a=1&b=2`, decoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn response(state: &State, answer: Answer) -> Response {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let has = |name: &str| answer.headers.iter().any(|(given, _)| given == name);
    for (name, value) in state.rate_headers().iter().filter(|(name, _)| !has(name)) {
        response = response.header(*name, value);
    }
    response = response.header("x-github-request-id", "0000:0000:STAND:IN");
    response.body(Body::from(answer.body)).expect("headers of answers are plain text")
}

/// A listener whose connections can be cut before an answer leaves.
struct Door(TcpListener);

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Connection { stream, line: Line::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// The handler's hold on its connection.
#[derive(Clone, Default)]
struct Line(Arc<AtomicBool>);

impl Line {
    fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().line.clone()
    }
}

/// A TCP connection that refuses to write once it is cut: the client sees it close.
struct Connection {
    stream: TcpStream,
    line: Line,
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if self.line.is_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
