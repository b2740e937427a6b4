//! How are connections taken and let go?
//!
//! In: a listener, the doors, a signal to stop. Out: nothing until the signal; then no new connection is taken, and
//! those in the middle of an answer get a moment to end. A client that is slow to ask, or never does, is dropped.

use super::Metrics;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at a time: further ones wait in the listener's queue. Half of the files a process may open by default;
/// three hundred deliveries a second need a tenth of it.
const MAX_CONNECTIONS: usize = 512;

/// How long a connection is left alone when others wait for its place: time to send the request it was opened for.
const SETTLE: Duration = Duration::from_secs(2);

/// How often those who hold a place are asked for it while somebody waits.
const ASK_INTERVAL: Duration = Duration::from_millis(100);

/// How long a client may take to send the head of a request, waiting between two requests included. Longer than the
/// minute for which proxies keep connections, so they let go first.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// Requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long answers may go on after the signal to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How often measurements are folded into their buckets.
const TIDY_INTERVAL: Duration = Duration::from_secs(5);

/// After an accept that failed: usually too many open files, and those need a moment to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers until `shutdown` turns true.
pub async fn serve(listener: TcpListener, router: Router, shutdown: watch::Receiver<bool>) {
    serve_in(Places::new(MAX_CONNECTIONS, SETTLE), listener, router, shutdown).await;
}

async fn serve_in(places: Places, listener: TcpListener, router: Router, shutdown: watch::Receiver<bool>) {
    let metrics = Metrics::install();
    let mut stopped = shutdown.clone();
    let mut tidy = tokio::time::interval(TIDY_INTERVAL);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = is_set(&mut stopped) => break,
            _ = tidy.tick() => metrics.tidy(),
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &places) => {
                if let Some((stream, place)) = accepted {
                    connections.spawn(answer(stream, place, router.clone(), shutdown.clone()));
                }
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("stopped with answers under way");
    }
}

/// The right to hold a connection.
struct Place {
    _permit: OwnedSemaphorePermit,
    is_wanted: watch::Receiver<()>,
    settle: Duration,
}

/// All of them.
struct Places {
    free: Arc<Semaphore>,
    /// Changes when somebody waits for a place.
    wanted: watch::Sender<()>,
    settle: Duration,
}

impl Places {
    fn new(max_connections: usize, settle: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(max_connections)), wanted: watch::Sender::new(()), settle }
    }

    /// A free place. While there is none, idle connections are asked to go: kept open for later they would keep out
    /// those who want something now.
    async fn take(&self) -> Option<Place> {
        loop {
            let free = Arc::clone(&self.free).acquire_owned();
            match tokio::time::timeout(ASK_INTERVAL, free).await {
                Ok(permit) => return Some(self.place(permit.ok()?)),
                Err(_) => self.wanted.send_replace(()),
            }
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        Place { _permit: permit, is_wanted: self.wanted.subscribe(), settle: self.settle }
    }
}

impl Place {
    /// Waits until somebody else should have the place.
    async fn given_up(&mut self) {
        tokio::time::sleep(self.settle).await;
        self.is_wanted.mark_unchanged();
        // Without a sender the server has stopped, which is told by another signal.
        if self.is_wanted.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn accept(listener: &TcpListener, places: &Places) -> Option<(TcpStream, Place)> {
    let place = places.take().await?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "could not take a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn answer(stream: TcpStream, mut place: Place, router: Router, mut shutdown: watch::Receiver<bool>) {
    // Answers are small: waiting to fill a packet would cost each of them up to 40 ms.
    let _ = stream.set_nodelay(true);
    let builder = builder();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = must_go(&mut shutdown, &mut place) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection broke off");
    }
}

/// Waits until the connection should end after the answer it is giving, if any.
async fn must_go(shutdown: &mut watch::Receiver<bool>, place: &mut Place) {
    tokio::select! {
        () = is_set(shutdown) => {}
        () = place.given_up() => {}
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// Waits until the signal is true. A signal whose sender is gone counts as given: nobody is left to give it.
async fn is_set(signal: &mut watch::Receiver<bool>) {
    let _ = signal.wait_for(|is_set| *is_set).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::test_door::Door;
    use axum::routing::get;

    #[tokio::test]
    async fn the_server_stops_when_told_and_takes_no_more_connections() {
        let door = Door::open().await;
        assert_eq!(door.get("/livez").await.0, 200);
        let address = door.address;
        door.shutdown.send_replace(true);
        door.server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    // Met in the benchmark: connections kept open by one client held every place until their time was over.
    #[tokio::test]
    async fn connections_kept_open_for_later_make_room_for_new_ones() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let shutdown = watch::Sender::new(false);
        tokio::spawn(serve_in(Places::new(2, Duration::ZERO), listener, router, shutdown.subscribe()));

        let mut clients = Vec::new();
        for _ in 0..5 {
            let client = reqwest::Client::new();
            let answer = client.get(format!("http://{address}/")).send();
            let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("a place becomes free");
            assert_eq!(answer.unwrap().text().await.unwrap(), "here");
            clients.push(client);
        }
    }
}
