//! `hyperion serve` and `hyperion work`: the GitHub App, running.
//!
//! Without credentials the server shows `/setup` until it has some, then goes on as the App. On SIGTERM or Ctrl-C it
//! takes no new work, ends the check runs of reviews under way, and gives unfinished jobs back to the queue.

use super::failure::Failure;
use crate::config::{Credentials, ProxySettings, Settings};
use crate::github::{self, AppCredentials, BoxError, Connection, Pacing, Proxy, Timeouts};
use crate::http::{self, LogFormat, Metrics, setup};
use crate::jobs::{self, Dispatch};
use crate::pipeline::{App, Engine};
use crate::store::{Clock, Store};
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{info, warn};

/// Reviews that still compute when the process ends are left behind after this long: their jobs are in the queue.
const LEAVE_BEHIND: Duration = Duration::from_secs(1);

/// How long the page that says "done" may take to reach the browser before the App starts.
const SETUP_FAREWELL: Duration = Duration::from_secs(1);

/// Arguments of `hyperion serve`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What this process does: `web` receives webhooks, `worker` carries out jobs
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

impl Arguments {
    /// `hyperion work`.
    pub(super) fn worker() -> Self {
        Self { role: Role::Worker }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Both, in one process
    All,
    /// Webhooks and health only
    Web,
    /// Jobs only
    Worker,
}

pub(super) fn run(arguments: &Arguments, settings: Settings) -> Result<ExitCode, Failure> {
    http::start_logging(&settings.log, LogFormat::Json).map_err(Failure::input)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::internal)?;
    let result = runtime.block_on(serve(arguments.role, &settings));
    runtime.shutdown_timeout(LEAVE_BEHIND);
    result.map(|()| ExitCode::SUCCESS)
}

async fn serve(role: Role, settings: &Settings) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let credentials = match settings.credentials().map_err(Failure::input)? {
        Some(credentials) => credentials,
        None if role == Role::Worker => {
            return Err(Failure::text("there is no GitHub App yet: run `hyperion serve` and open /setup"));
        }
        None => match set_up(settings, stop.clone()).await? {
            Some(credentials) => credentials,
            None => return Ok(()),
        },
    };
    let store = Store::open(settings.database_url.expose()).await.map_err(Failure::input)?;
    let web = async {
        if role != Role::Worker { serve_web(settings, &credentials, &store, stop.clone()).await } else { Ok(()) }
    };
    let work =
        async { if role != Role::Web { do_work(settings, &credentials, &store, stop.clone()).await } else { Ok(()) } };
    let result = tokio::try_join!(web, work).map(|_| ());
    store.close().await;
    info!("stopped");
    result
}

/// True once the process is asked to stop.
fn stop_signal() -> Result<watch::Receiver<bool>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::internal)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("asked to stop");
        let _ = sender.send(true);
        // Kept alive: receivers take a missing sender for the signal, and it has just been given.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}

/// Shows `/setup` until an App was made there; `None` when asked to stop before.
async fn set_up(settings: &Settings, stop: watch::Receiver<bool>) -> Result<Option<Credentials>, Failure> {
    let (made, mut is_made) = watch::channel(false);
    let data_dir = settings.data_dir.clone();
    let save = move |made_app: AppCredentials| -> Result<(), BoxError> {
        credentials_of(made_app).write(&data_dir)?;
        let _ = made.send(true);
        Ok(())
    };
    let state = setup::SetupState::new(connection(settings), settings.public_url.clone(), Arc::new(save))
        .map_err(Failure::input)?;
    let listener = listen(settings).await?;
    info!(address = %settings.listen, "no GitHub App yet: open /setup to make one");
    let (end, ended) = watch::channel(false);
    let mut asked = stop;
    let wait = async {
        tokio::select! {
            _ = is_made.wait_for(|is_made| *is_made) => tokio::time::sleep(SETUP_FAREWELL).await,
            _ = asked.wait_for(|stop| *stop) => {}
        }
        let _ = end.send(true);
    };
    tokio::join!(http::serve(listener, setup::router(state), ended), wait);
    settings.credentials().map_err(Failure::input)
}

fn credentials_of(app: AppCredentials) -> Credentials {
    Credentials {
        app_id: app.app_id,
        private_key: app.private_key_pem,
        webhook_secrets: vec![app.webhook_secret],
        slug: Some(app.slug),
        html_url: Some(app.html_url),
    }
}

async fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let cannot = |error| Failure::text(format!("could not listen on `{}`: {error}", settings.listen));
    TcpListener::bind(settings.listen).await.map_err(cannot)
}

async fn serve_web(
    settings: &Settings,
    credentials: &Credentials,
    store: &Store,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let secrets = credentials.webhook_secrets.clone();
    let verify = move |body: &[u8], header: Option<&str>| github::verify(&secrets, body, header).is_ok();
    let state = http::State::new(
        store.clone(),
        Arc::new(verify),
        &KNOWN_EVENTS,
        Metrics::install(),
        Clock::system(),
        stop.clone(),
    )
    .with_api_token(settings.api_token.clone());
    let listener = listen(settings).await?;
    info!(address = %settings.listen, app_id = credentials.app_id, "receiving webhooks");
    http::serve(listener, http::router(state), stop).await;
    Ok(())
}

/// Events that become jobs: those the App subscribes to, and the two that come unasked.
const KNOWN_EVENTS: [&str; github::EVENTS.len() + 2] = {
    let mut events = ["installation"; github::EVENTS.len() + 2];
    events[1] = "installation_repositories";
    let mut at = 0;
    while at < github::EVENTS.len() {
        events[at + 2] = github::EVENTS[at];
        at += 1;
    }
    events
};

async fn do_work(
    settings: &Settings,
    credentials: &Credentials,
    store: &Store,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let app = app(settings, credentials, store)?;
    let dispatch = Dispatch::new(Arc::new(app), stop.clone());
    if let Err(error) = dispatch.enqueue_recurring().await {
        warn!(%error, "could not enqueue the recurring work");
    }
    let worker = jobs::Settings { n_long: settings.worker_concurrency, ..jobs::Settings::default() };
    info!(n_long = worker.n_long, n_quick = worker.n_quick, "working on jobs");
    jobs::run(store.clone(), Arc::new(dispatch), worker, stop).await;
    Ok(())
}

fn app(settings: &Settings, credentials: &Credentials, store: &Store) -> Result<App, Failure> {
    let pacing = Pacing { write_interval: settings.github.write_interval, ..Pacing::default() };
    let github = github::Settings {
        connection: connection(settings),
        app_id: credentials.app_id,
        private_key_pem: credentials.private_key.clone(),
        pacing,
        now: github::system_clock(),
    };
    Ok(App::new(
        store.clone(),
        Arc::new(github::App::new(github).map_err(Failure::input)?),
        super::mirrors(settings),
        Engine::new(&settings.data_dir),
        Clock::system(),
        settings.github.web_url(),
        settings.review_deadline,
    ))
}

fn connection(settings: &Settings) -> Connection {
    let ProxySettings { https, http, no_proxy } = settings.proxy.clone();
    let text = |secret: Option<crate::domain::Secret>| secret.map(|secret| secret.expose().to_owned());
    Connection {
        api_url: settings.github.api_url.clone(),
        proxy: Proxy { https: text(https), http: text(http), exceptions: no_proxy },
        timeouts: Timeouts::answered_within(settings.github.timeout),
    }
}
