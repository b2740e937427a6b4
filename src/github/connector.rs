//! How does a connection to GitHub come about, with or without a proxy?
//!
//! In: an address. Out: a stream, encrypted where the address says `https`. A proxy is always asked for a tunnel
//! (`CONNECT`), also for plain `http` addresses, so that it never sees a header of ours.
//! Never reads the environment: the proxy's settings are handed in.

use super::error::{BoxError, Error};
use super::transport::Proxy;
use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
/// To GitHub or to the proxy; encrypted only towards an `https` proxy.
type Road = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Connects by name, through the proxy where one applies, encrypted where the address asks for it, within a time limit.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<Router>,
    timeout: Duration,
}

impl Connector {
    /// # Errors
    /// [`Error::PrepareTls`] when an `https` API is wanted and this machine has no certificates;
    /// [`Error::InvalidProxy`] when a proxy is given that is none.
    pub(super) fn new(api: &Uri, proxy: &Proxy, timeout: Duration) -> Result<Self, Error> {
        let tls = tls_config(api)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp.clone());
        let router = Router { tcp, to_proxy, matcher: Arc::new(matcher(proxy)?) };
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(router);
        Ok(Self { https, timeout })
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Road>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connecting = self.https.call(destination);
        let timeout = self.timeout;
        Box::pin(async move {
            // The limit spans name look-up, proxy and handshake: any of them can hang.
            tokio::time::timeout(timeout, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time").into()))
        })
    }
}

/// Decides between the straight way and the proxy.
#[derive(Clone)]
struct Router {
    tcp: HttpConnector,
    to_proxy: HttpsConnector<HttpConnector>,
    matcher: Arc<Matcher>,
}

impl Service<Uri> for Router {
    type Response = Road;
    type Error = BoxError;
    type Future = Connecting<Road>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        match self.matcher.intercept(&destination) {
            None => straight(self.tcp.call(destination)),
            Some(proxy) => through(&proxy, self.to_proxy.clone(), destination),
        }
    }
}

fn straight<E: Into<BoxError> + 'static>(
    connecting: impl Future<Output = Result<TokioIo<TcpStream>, E>> + Send + 'static,
) -> Connecting<Road> {
    Box::pin(async move { connecting.await.map(MaybeHttpsStream::Http).map_err(Into::into) })
}

fn through(proxy: &Intercept, to_proxy: HttpsConnector<HttpConnector>, destination: Uri) -> Connecting<Road> {
    let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
    if let Some(credentials) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(credentials.clone());
    }
    Box::pin(async move { tunnel.call(with_port(destination)?).await.map_err(Into::into) })
}

/// The tunnel assumes 443 where no port is written; a plain address means 80.
fn with_port(destination: Uri) -> Result<Uri, http::Error> {
    if destination.port().is_some() || destination.scheme() != Some(&Scheme::HTTP) {
        return Ok(destination);
    }
    let host = destination.host().unwrap_or_default().to_owned();
    let path = destination.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    Uri::builder().scheme(Scheme::HTTP).authority(format!("{host}:80")).path_and_query(path).build()
}

fn matcher(proxy: &Proxy) -> Result<Matcher, Error> {
    for address in [&proxy.http, &proxy.https].into_iter().flatten().filter(|address| !address.is_empty()) {
        // The address may hold a password, so it is not repeated.
        check_proxy(address).ok_or(Error::InvalidProxy)?;
    }
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(Matcher::builder().http(value(&proxy.http)).https(value(&proxy.https)).no(value(&proxy.exceptions)).build())
}

fn check_proxy(address: &str) -> Option<()> {
    let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let uri: Uri = with_scheme.parse().ok()?;
    (matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()).then_some(())
}

fn tls_config(api: &Uri) -> Result<rustls::ClientConfig, Error> {
    let prepare = |source: BoxError| Error::PrepareTls { source };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| prepare(source.into()))?;
    // A plain API needs no certificates, and a machine without any may still run against one.
    let builder = match api.scheme_str() {
        Some("http") => builder.with_root_certificates(rustls::RootCertStore::empty()),
        _ => builder.with_native_roots().map_err(|source| prepare(source.into()))?,
    };
    Ok(builder.with_no_client_auth())
}
