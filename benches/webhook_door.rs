//! How fast is a webhook answered, and is any lost?
//!
//! In: `--rate` deliveries a second (300) for `--seconds` (20), bodies of `--body-kb` (25), and `--json` for a machine.
//! Out: how long the answers took, and how many of the deliveries answered 2xx are not in the database afterwards.
//!
//! A whole server on a port of its own, with SQLite in a file and a worker that takes every delivery's job, as
//! `serve --role all` runs. Deliveries go out on a fixed schedule, whether earlier ones were answered or not, and a
//! time counts from the moment it should have gone out: a server that stalls cannot hide it by holding its clients
//! back. Client and server share the machine's cores.

#![allow(missing_docs, clippy::print_stdout)]

use anyhow::{Context as _, bail, ensure};
use hmac::{Hmac, KeyInit, Mac};
use hyperion::http::{Metrics, State, router, serve};
use hyperion::jobs::{self, Context, Failure, Handler, Settings};
use hyperion::store::{Clock, Job, Store};
use sha2::Sha256;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const SECRET: &[u8] = b"It's a Secret to Everybody";

/// Repositories that take turns: more than one, so that fairness has something to do.
const N_REPOSITORIES: u64 = 40;

struct Load {
    rate: u64,
    seconds: u64,
    body_kb: usize,
    is_json: bool,
}

struct Answer {
    id: String,
    status: u16,
    elapsed: Duration,
}

fn main() -> anyhow::Result<()> {
    let load = Load::from_arguments()?;
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("hyperion.db");
    let answers = tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(&load, &database))?;
    let (answers, n_handled) = answers;
    let n_lost = tokio::runtime::Runtime::new()?.block_on(count_lost(&database, &answers))?;
    report(&load, answers, n_handled, n_lost)
}

impl Load {
    fn from_arguments() -> anyhow::Result<Self> {
        let mut load = Self { rate: 300, seconds: 20, body_kb: 25, is_json: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> anyhow::Result<u64> {
                let value = arguments.next().with_context(|| format!("expected a number after `{argument}`"))?;
                value.parse().with_context(|| format!("expected a number after `{argument}`, got `{value}`"))
            };
            match argument.as_str() {
                "--rate" => load.rate = number()?.max(1),
                "--seconds" => load.seconds = number()?.max(1),
                "--body-kb" => load.body_kb = usize::try_from(number()?)?.clamp(1, 25_000),
                "--json" => load.is_json = true,
                // What `cargo bench` adds by itself.
                "--bench" => {}
                _ => bail!("unknown argument `{argument}`: --rate, --seconds, --body-kb and --json are known"),
            }
        }
        Ok(load)
    }
}

/// Every answer, and the jobs the worker did meanwhile.
async fn run(load: &Load, database: &Path) -> anyhow::Result<(Vec<Answer>, u64)> {
    let store = Store::open(&address_of(database)).await?;
    let shutdown = watch::Sender::new(false);
    let handler = Arc::new(Reader { store: store.clone(), n_handled: AtomicU64::new(0) });
    let worker = tokio::spawn(jobs::run(store.clone(), handler.clone(), Settings::default(), shutdown.subscribe()));
    let (address, server) = start_server(store.clone(), &shutdown).await?;

    let answers = send_all(load, address).await?;

    shutdown.send_replace(true);
    server.await?;
    worker.await?;
    let n_handled = handler.n_handled.load(Ordering::Relaxed);
    store.close().await;
    Ok((answers, n_handled))
}

fn address_of(database: &Path) -> String {
    format!("sqlite://{}", database.display())
}

async fn start_server(store: Store, shutdown: &watch::Sender<bool>) -> anyhow::Result<(SocketAddr, JoinHandle<()>)> {
    let state = State::new(
        store,
        Arc::new(is_right),
        &["pull_request"],
        Metrics::install(),
        Clock::system(),
        shutdown.subscribe(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((address, tokio::spawn(serve(listener, router(state), shutdown.subscribe()))))
}

/// Reads each delivery back, as the real job begins, and is done.
struct Reader {
    store: Store,
    n_handled: AtomicU64,
}

impl Handler for Reader {
    async fn run(&self, job: &Job, _: &Context) -> Result<(), Failure> {
        let id = job.delivery.as_deref().unwrap_or_default();
        let delivery = self.store.delivery(id).await?;
        if delivery.and_then(|delivery| delivery.body).is_none() {
            return Err(Failure::permanent(anyhow::anyhow!("the delivery `{id}` is not in the inbox")));
        }
        self.n_handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn send_all(load: &Load, address: SocketAddr) -> anyhow::Result<Vec<Answer>> {
    let client = reqwest::Client::new();
    let url = format!("http://{address}/webhooks/github");
    let started = Instant::now();
    let mut sent = Vec::new();
    for number in 0..load.rate * load.seconds {
        let due = started + Duration::from_secs_f64(number as f64 / load.rate as f64);
        tokio::time::sleep_until(due.into()).await;
        sent.push(tokio::spawn(send(client.clone(), url.clone(), number, load.body_kb, due)));
    }
    let mut answers = Vec::with_capacity(sent.len());
    for answer in sent {
        answers.push(answer.await?);
    }
    Ok(answers)
}

async fn send(client: reqwest::Client, url: String, number: u64, body_kb: usize, due: Instant) -> Answer {
    let body = payload(number, body_kb * 1000);
    let id = format!("00000000-0000-0000-0000-{number:012}");
    let request = client
        .post(url)
        .header("x-github-delivery", &id)
        .header("x-github-event", "pull_request")
        .header("x-hub-signature-256", signature(body.as_bytes()))
        .header("content-type", "application/json")
        .body(body);
    let status = answer_to(request).await.unwrap_or(0);
    Answer { id, status, elapsed: due.elapsed() }
}

async fn answer_to(request: reqwest::RequestBuilder) -> reqwest::Result<u16> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    // A connection whose answer was read to the end is used again.
    response.bytes().await?;
    Ok(status)
}

/// A `pull_request` payload of about `n_bytes`, in GitHub's shape: most of it is addresses and the text of the request.
fn payload(number: u64, n_bytes: usize) -> String {
    let repository = format!("octo/repository-{}", number % N_REPOSITORIES);
    let links: serde_json::Map<_, _> = (0..60)
        .map(|link| {
            let url = format!("https://api.github.com/repos/{repository}/things-{link}{{/number}}{{?page,per_page}}");
            (format!("link_{link}_url"), url.into())
        })
        .collect();
    let mut payload = serde_json::json!({
        "action": "synchronize",
        "number": number,
        "pull_request": { "number": number, "title": "Make the parser faster", "body": "", "links": links.clone() },
        "repository": { "id": number % N_REPOSITORIES, "full_name": repository, "links": links },
        "installation": { "id": 7 },
    });
    let missing = n_bytes.saturating_sub(payload.to_string().len());
    payload["pull_request"]["body"] = "One line of the description.\n".repeat(missing / 30).into();
    payload.to_string()
}

fn mac_of(body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key of any length will do");
    mac.update(body);
    mac
}

fn signature(body: &[u8]) -> String {
    let bytes = mac_of(body).finalize().into_bytes();
    bytes.iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn is_right(body: &[u8], header: Option<&str>) -> bool {
    let Some(digits) = header.and_then(|header| header.strip_prefix("sha256=")) else { return false };
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let bytes: Result<Vec<u8>, _> = pairs.map(|pair| u8::from_str_radix(pair, 16)).collect();
    bytes.is_ok_and(|bytes| mac_of(body).verify_slice(&bytes).is_ok())
}

/// Deliveries that were answered 2xx and are not in the file, read anew.
async fn count_lost(database: &Path, answers: &[Answer]) -> anyhow::Result<u64> {
    let store = Store::open(&address_of(database)).await?;
    let mut n_lost = 0;
    for answer in answers.iter().filter(|answer| is_2xx(answer)) {
        n_lost += u64::from(store.delivery(&answer.id).await?.is_none());
    }
    Ok(n_lost)
}

fn is_2xx(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

fn report(load: &Load, answers: Vec<Answer>, n_handled: u64, n_lost: u64) -> anyhow::Result<()> {
    let n_accepted = answers.iter().filter(|answer| is_2xx(answer)).count();
    let mut times_ms: Vec<f64> = answers.iter().map(|answer| answer.elapsed.as_secs_f64() * 1000.0).collect();
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() as f64 * share) as usize).min(times_ms.len() - 1)];
    let (p50_ms, p90_ms, p99_ms, max_ms) = (at(0.5), at(0.9), at(0.99), at(1.0));
    if load.is_json {
        let document = serde_json::json!({
            "rate_per_second": load.rate, "seconds": load.seconds, "body_kb": load.body_kb, "n_sent": answers.len(),
            "n_accepted": n_accepted, "n_handled": n_handled, "n_lost": n_lost,
            "p50_ms": p50_ms, "p90_ms": p90_ms, "p99_ms": p99_ms, "max_ms": max_ms,
        });
        println!("{document}");
    } else {
        println!("{} deliveries a second of {} kB for {} s, SQLite on disk", load.rate, load.body_kb, load.seconds);
        println!("sent {}, accepted {n_accepted}, handled meanwhile {n_handled}, lost {n_lost}", answers.len());
        println!("answered in: p50 {p50_ms:.2} ms, p90 {p90_ms:.2} ms, p99 {p99_ms:.2} ms, max {max_ms:.2} ms");
    }
    ensure!(n_lost == 0, "{n_lost} deliveries were answered 2xx and are not in the database");
    ensure!(n_accepted == answers.len(), "{} deliveries were not accepted", answers.len() - n_accepted);
    Ok(())
}
