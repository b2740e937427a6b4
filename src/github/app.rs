//! What can the App do in its own name?
//!
//! In: [`Settings`]. Out: the shared [`Installation`]s, the App's own name, and its webhook deliveries. Everything here
//! uses the App's JWT; what happens on a repository is done by an [`Installation`].

use super::Secret;
use super::app_token::{AppKey, Closed, Credentials};
use super::call::{Call, Caller};
use super::error::Error;
use super::installation::Installation;
use super::lenient;
use super::limits::{Limits, Pacing};
use super::moment::Clock;
use super::paging::{self, PER_PAGE};
use super::transport::{Connection, Transport};
use crate::domain::{RepoName, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;
use tracing::warn;

/// Installations kept with their token; above it those nobody is using are dropped and asked for again when needed.
const MAX_KEPT_INSTALLATIONS: usize = 10_000;

/// What the App needs to speak with GitHub.
#[derive(Clone)]
pub struct Settings {
    /// Where GitHub is.
    pub connection: Connection,
    /// The App's number.
    pub app_id: u64,
    /// RSA, PEM.
    pub private_key_pem: Secret,
    /// How fast each installation may be used.
    pub pacing: Pacing,
    /// What time it is.
    pub now: Clock,
}

/// The App as GitHub knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The App's number.
    pub id: u64,
    /// Its name in addresses; its comments are written by `<slug>[bot]`.
    pub slug: String,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
}

impl Identity {
    /// The login its comments and reviews carry.
    pub fn bot_login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// Where the App is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationInfo {
    /// Its number.
    pub id: u64,
    /// The user or organisation.
    pub account: String,
    /// Whether calls would be refused.
    pub is_suspended: bool,
}

/// One attempt of GitHub to deliver a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookDelivery {
    /// Number of the attempt: what [`App::redeliver`] takes.
    pub id: u64,
    /// `X-GitHub-Delivery`: the same for every attempt at one event.
    pub guid: String,
    /// When it was tried.
    #[serde(default, deserialize_with = "lenient::moment")]
    pub delivered_at: Option<Timestamp>,
    /// Whether it was asked for again.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub redelivery: bool,
    /// `OK`, or what went wrong.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: String,
    /// Our answer's status; 0 where there was none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status_code: u16,
    /// Such as `pull_request`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub event: String,
    /// Such as `opened`.
    #[serde(default)]
    pub action: Option<String>,
    /// Whose event it was.
    #[serde(default)]
    pub installation_id: Option<u64>,
}

impl HookDelivery {
    /// Whether we took it.
    pub fn is_delivered(&self) -> bool {
        self.status == "OK" || (200..300).contains(&self.status_code)
    }
}

/// What all installations share.
pub(super) struct Shared {
    pub caller: Arc<Caller>,
    pub app_id: u64,
    pub pacing: Pacing,
    pub clock: Clock,
    identity: OnceCell<Identity>,
}

impl Shared {
    /// Asked for once, on first need.
    pub(super) async fn identity(&self) -> Result<&Identity, Error> {
        self.identity.get_or_try_init(|| self.caller.get("/app")).await
    }
}

/// The App. Must be made inside a Tokio runtime; make one and share it.
pub struct App {
    shared: Arc<Shared>,
    installations: Mutex<HashMap<u64, Arc<Installation>>>,
}

impl App {
    /// Reads the key and prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::InvalidPrivateKey`], [`Error::InvalidApiUrl`], [`Error::InvalidProxy`] or [`Error::PrepareTls`].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let Settings { connection, app_id, private_key_pem, pacing, now: clock } = settings;
        let transport = Arc::new(Transport::new(&connection)?);
        let credentials = Credentials::App(AppKey::new(app_id, &private_key_pem, clock.clone())?);
        let caller = Arc::new(Caller::new(transport, credentials, Limits::new(pacing, clock.clone())));
        let shared = Arc::new(Shared { caller, app_id, pacing, clock, identity: OnceCell::new() });
        Ok(Self { shared, installations: Mutex::default() })
    }

    /// The one client of this installation, shared by everybody who works for it.
    pub fn installation(&self, id: u64) -> Arc<Installation> {
        let mut kept = self.kept();
        if kept.len() >= MAX_KEPT_INSTALLATIONS && !kept.contains_key(&id) {
            kept.retain(|_, installation| Arc::strong_count(installation) > 1);
        }
        kept.entry(id).or_insert_with(|| Arc::new(Installation::new(id, self.shared.clone()))).clone()
    }

    /// No call goes out for this installation any more, also from those who hold it already.
    pub fn close(&self, id: u64, why: Closed) {
        self.installation(id).close(why);
    }

    /// Calls go out again.
    pub async fn resume(&self, id: u64) {
        self.installation(id).resume().await;
    }

    /// The App's own number and name, asked for once.
    ///
    /// # Errors
    /// Whatever the call failed with.
    pub async fn identity(&self) -> Result<&Identity, Error> {
        self.shared.identity().await
    }

    /// Everywhere the App is installed.
    ///
    /// # Errors
    /// Whatever a call failed with; [`Error::TooManyPages`] above 10,000.
    pub async fn installations(&self) -> Result<Vec<InstallationInfo>, Error> {
        let answers: Vec<InstallationAnswer> =
            self.shared.caller.all(format!("/app/installations?per_page={PER_PAGE}")).await?;
        Ok(answers.into_iter().map(InstallationAnswer::info).collect())
    }

    /// The installation that may act on `repo`, if there is one.
    ///
    /// # Errors
    /// Whatever the call failed with, but for "not found".
    pub async fn installation_of(&self, repo: &RepoName) -> Result<Option<u64>, Error> {
        match self.shared.caller.get::<InstallationAnswer>(format!("/repos/{repo}/installation")).await {
            Ok(answer) => Ok(Some(answer.id)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Attempts to deliver since `since`, newest first, each redelivery being one more attempt.
    ///
    /// GitHub keeps three days (seven on GitHub Enterprise Server). Above 10,000 attempts the older ones are left out.
    ///
    /// # Errors
    /// Whatever a call failed with.
    pub async fn hook_deliveries_since(&self, since: Timestamp) -> Result<Vec<HookDelivery>, Error> {
        let mut deliveries = Vec::new();
        let take = |page: Vec<HookDelivery>| {
            for delivery in page {
                if delivery.delivered_at.is_some_and(|at| at < since) {
                    return ControlFlow::Break(());
                }
                deliveries.push(delivery);
            }
            ControlFlow::Continue(())
        };
        let end = self.shared.caller.each_page(format!("/app/hook/deliveries?per_page={PER_PAGE}"), take).await?;
        if end == paging::End::Capped {
            warn!(n_deliveries = deliveries.len(), %since, "more webhook deliveries than are read at once, older ones left out");
        }
        Ok(deliveries)
    }

    /// Has GitHub deliver once more what attempt `delivery_id` carried, under the same `X-GitHub-Delivery`.
    ///
    /// # Errors
    /// Whatever the call failed with.
    pub async fn redeliver(&self, delivery_id: u64) -> Result<(), Error> {
        let path = format!("/app/hook/deliveries/{delivery_id}/attempts");
        // Delivering twice is harmless: the inbox knows the delivery's name.
        let call = Call::post_nothing(path).repeatable();
        self.shared.caller.send(&call).await.map(|_| ())
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<u64, Arc<Installation>>> {
        self.installations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct InstallationAnswer {
    id: u64,
    #[serde(default)]
    account: Option<Account>,
    #[serde(default)]
    suspended_at: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    login: Option<String>,
    /// An enterprise's name.
    #[serde(default)]
    slug: Option<String>,
}

impl InstallationAnswer {
    fn info(self) -> InstallationInfo {
        InstallationInfo {
            id: self.id,
            account: self.account.and_then(|account| account.login.or(account.slug)).unwrap_or_default(),
            is_suspended: self.suspended_at.is_some(),
        }
    }
}
